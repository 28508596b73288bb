"""Requests and their answers over the C interface."""

from __future__ import annotations

import json
from typing import Any

from abi import borrowed, bytes_of, check, constant, ffi, initialised, lib, text_of

CONTENT = {"none": 0, "text": 1, "html": 2, "json": 3, "bytes": 4, "problem": 5, "xml": 6}


class Request:
    """A request's handle; whatever is read is asked of the library at that moment."""

    def __init__(self, handle: int) -> None:
        self.handle = handle

    def view(self) -> Any:
        out = ffi.new("const trivet_request_view **")
        check(lib.trivet_request_get(self.handle, out))
        return out[0]

    def body(self) -> bytes:
        return bytes_of(self.view().body)

    def params(self) -> dict[str, str]:
        view = self.view()
        items = view.params[0 : view.param_count] if view.param_count else []
        return {text_of(item.name): text_of(item.value) for item in items}

    def client(self) -> dict[str, object]:
        """Who has sent it, as /ops/client tells."""
        out = ffi.new("const trivet_client **")
        check(lib.trivet_request_client(self.handle, out))
        told = out[0]
        certificate = tls = None
        if told.flags & constant("TRIVET_CLIENT_CERTIFICATE"):
            certificate = {
                "subject": text_of(told.certificate_subject),
                "fingerprint": text_of(told.certificate_fingerprint),
                "bytes": told.certificate.size,
            }
        if told.flags & constant("TRIVET_CLIENT_SECURED"):
            tls = {
                "version": text_of(told.tls_version),
                "cipher": text_of(told.tls_cipher),
                "server_name": text_of(told.tls_server_name),
                "certificate": certificate,
            }
        return {
            "address": text_of(told.address),
            "port": told.port,
            "scheme": text_of(told.scheme),
            "host": text_of(told.host),
            "hops": told.hops,
            "forwarded": bool(told.flags & constant("TRIVET_CLIENT_FORWARDED")),
            "tls": tls,
        }

    def lookup(self, kind: str, name: str) -> str | None:
        """kind is header, query or cookie."""
        key, _keep = borrowed(name)
        out = ffi.new("trivet_str *")
        status = getattr(lib, f"trivet_request_{kind}")(self.handle, key, out)
        if status == constant("TRIVET_E_NOT_FOUND"):
            return None
        check(status)
        return text_of(out[0])

    def items(self, kind: str) -> list[tuple[str, str]]:
        items, count = ffi.new("const trivet_param **"), ffi.new("size_t *")
        check(getattr(lib, f"trivet_request_{kind}_items")(self.handle, items, count))
        return [(text_of(items[0][i].name), text_of(items[0][i].value)) for i in range(count[0])]

    def route(self) -> Any:
        """The trivet_route_info of the route the request was matched with."""
        info = ffi.new("trivet_route_info *", {"size": ffi.sizeof("trivet_route_info")})
        check(lib.trivet_request_route(self.handle, info))
        return info

    def data(self) -> int:
        """The number kept with the request, 0 for none."""
        out = ffi.new("void **")
        check(lib.trivet_request_get_data(self.handle, out))
        return int(ffi.cast("uintptr_t", out[0]))

    def keep(self, number: int, drop: Any) -> None:
        check(lib.trivet_request_set_data(self.handle, ffi.cast("void *", number), drop))

    def add_header(self, name: str, value: str) -> None:
        (name_str, _name), (value_str, _value) = borrowed(name), borrowed(value)
        check(lib.trivet_reply_add_header(self.handle, name_str, value_str))

    def reply(self, kind: str, status: int, body: bytes | str) -> None:
        """kind is text, html, xml, json, bytes, redirect or problem."""
        content, _keep = borrowed(body)
        check(getattr(lib, f"trivet_reply_{kind}")(self.handle, status, content))

    def json(self, value: object, status: int = 200) -> None:
        self.reply("json", status, compact(value))

    def empty(self, status: int) -> None:
        check(lib.trivet_reply_empty(self.handle, status))

    def fail(self, cause: str, detail: str = "") -> None:
        content, _keep = borrowed(cause)
        shown, _keep_shown = borrowed(detail)
        check(lib.trivet_reply_fail(self.handle, content, shown))

    def read(self) -> bytes | None:
        """What has come of the content, empty at its end; None when nothing has."""
        out = ffi.new("trivet_str *")
        status = lib.trivet_request_read(self.handle, out)
        if status == constant("TRIVET_E_AGAIN"):
            return None
        check(status)
        return bytes_of(out[0])

    def trailers(self) -> list[tuple[str, str]]:
        items, count = ffi.new("const trivet_header **"), ffi.new("size_t *")
        check(lib.trivet_request_trailers(self.handle, items, count))
        return [(text_of(items[0][i].name), text_of(items[0][i].value)) for i in range(count[0])]

    def begin(self, length: int | None, content: str) -> None:
        reply = initialised("reply")
        reply.content = CONTENT[content]
        unknown = constant("TRIVET_LENGTH_UNKNOWN")
        check(lib.trivet_reply_begin(self.handle, unknown if length is None else length, reply))

    def write(self, piece: bytes | str) -> bool:
        """Whether to wait for room."""
        bytes_str, _keep = borrowed(piece)
        wait = ffi.new("uint32_t *")
        check(lib.trivet_reply_write(self.handle, bytes_str, wait))
        return bool(wait[0])

    def end(self, trailers: list[tuple[str, str]]) -> None:
        headers, _keeps = headers_of(trailers)
        check(lib.trivet_reply_end(self.handle, headers, len(trailers)))

    def abort(self) -> None:
        check(lib.trivet_reply_abort(self.handle))

    def folder(self) -> None:
        """The file of the folder that the route has."""
        check(lib.trivet_reply_static(self.handle))

    def file(
        self, path: str, fields: list[tuple[str, str]], status: int = 200, **texts: str
    ) -> None:
        """`texts` are root, download_name, content_type and cache_control."""
        headers, keeps = headers_of(fields)
        file = initialised("file")
        file.status = status
        file.headers, file.header_count = headers, len(fields)
        for name, text in {"path": path, **texts}.items():
            value, keep = borrowed(text)
            keeps.append(keep)
            setattr(file, name, value)
        check(lib.trivet_reply_file(self.handle, file))

    def send(
        self, status: int, body: bytes, fields: list[tuple[str, str]], content: str = "text"
    ) -> None:
        headers, keeps = headers_of(fields)
        reply = initialised("reply")
        reply.status, reply.content = status, CONTENT[content]
        reply.headers, reply.header_count = headers, len(fields)
        reply.body, body_keep = borrowed(body)
        keeps.append(body_keep)
        check(lib.trivet_reply_send(self.handle, reply))


def headers_of(fields: list[tuple[str, str]]) -> tuple[Any, list[Any]]:
    """An array of trivet_header and what it points into, which the caller keeps for the call."""
    keeps: list[Any] = []
    headers = ffi.new("trivet_header[]", len(fields))
    for header, (name, value) in zip(headers, fields, strict=True):
        header.name, name_keep = borrowed(name)
        header.value, value_keep = borrowed(value)
        keeps += [name_keep, value_keep]
    return headers, keeps


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
