"""Operations that set cookies."""

from __future__ import annotations

from typing import Any

from abi import AbiError, borrowed, check, constant, ffi, initialised, lib, take_error
from request import Request
from server import Server

FLAGS = {"i": "INSECURE", "s": "SCRIPTS", "p": "PARTITIONED"}


def encode(texts: dict[str, str], **numbers: int) -> str:
    """The value of a Set-Cookie field; `texts` and `numbers` are fields of trivet_cookie."""
    cookie, keeps = initialised("cookie"), []
    for name, text in texts.items():
        value, keep = borrowed(text)
        setattr(cookie, name, value)
        keeps.append(keep)
    for name, number in numbers.items():
        setattr(cookie, name, number)
    error, size = ffi.new("trivet_error **"), ffi.new("size_t *")
    if lib.trivet_cookie_encode(cookie, 0, ffi.NULL, size, error) != constant("TRIVET_E_LIMIT"):
        raise take_error(error)
    room = ffi.new("char[]", size[0])
    check(lib.trivet_cookie_encode(cookie, size[0], room, size, error))
    return ffi.buffer(room, size[0])[:].decode()


def answer(request: Request, *names: str, **numbers: int) -> None:
    given = {name: request.lookup("query", name) for name in ("name", "domain", "path", *names)}
    try:
        text = encode({name: text for name, text in given.items() if text}, **numbers)
    except AbiError as error:
        request.json({"error": error.name})
        return
    request.add_header("Set-Cookie", text)
    request.reply("text", 200, "ok")


def set_cookie(_server: Server, request: Request) -> None:
    def query(name: str) -> str:
        found: Any = request.lookup("query", name)
        return str(found or "")

    numbers = {"expires": query("expires"), "max_age_s": query("max_age")}
    answer(
        request,
        "value",
        **{name: int(text) for name, text in numbers.items() if text},
        same_site=constant(f"TRIVET_SAME_SITE_{(query('same_site') or 'lax').upper()}"),
        flags=sum(constant(f"TRIVET_COOKIE_{FLAGS[flag]}") for flag in query("flags")),
    )


def delete_cookie(_server: Server, request: Request) -> None:
    answer(request, expires=0)
