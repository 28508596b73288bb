"""Forms and content that arrives decoded."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from abi import (
    AbiError,
    borrowed,
    bytes_of,
    check,
    constant,
    ffi,
    initialised,
    lib,
    sized,
    status_name,
    text_of,
)
from app import App
from request import Request
from server import Server
from streams import Steps, Streams, count

PIECE_BYTES = 1000
ENCODED = ("Content-Encoding", "Content-Length")


def tight() -> Any:
    """Limits that are soon met; what is larger than a kilobyte lies in a file."""
    config = initialised("form_config")
    config.fields_max, config.files_max = 20, 3
    config.name_bytes_max, config.filename_bytes_max = 32, 32
    config.value_bytes_max, config.fields_bytes_max = 1000, 5000
    config.file_bytes_max, config.memory_bytes_max = 100_000, 1024
    return config


def open_form(request: Request, config: Any) -> int | None:
    """The number of parts; None while there is more to come."""
    form = sized("trivet_form")
    status = lib.trivet_form_open(request.handle, config, form)
    if status == constant("TRIVET_E_AGAIN"):
        return None
    check(status)
    count: int = form.part_count
    return count


def pieces(request: Request, index: int) -> Iterator[bytes]:
    room, size, offset = ffi.new("char[]", PIECE_BYTES), ffi.new("size_t *"), 0
    while True:
        check(lib.trivet_form_read(request.handle, index, offset, PIECE_BYTES, room, size))
        if size[0] == 0:
            return
        yield bytes(ffi.buffer(room, size[0]))
        offset += size[0]


def part(request: Request, index: int) -> dict[str, object]:
    found, digest = sized("trivet_form_part"), hashlib.sha256()
    check(lib.trivet_form_get_part(request.handle, index, found))
    for piece in pieces(request, index):
        digest.update(piece)
    is_spooled = bool(found.flags & constant("TRIVET_PART_SPOOLED"))
    if not is_spooled and digest.digest() != hashlib.sha256(bytes_of(found.value)).digest():
        raise RuntimeError("the value is not what can be read")
    is_file = found.flags & constant("TRIVET_PART_FILE")
    return {
        "name": text_of(found.name),
        "filename": text_of(found.filename) if is_file else None,
        "content_type": text_of(found.content_type),
        "bytes": found.bytes,
        "sha256": digest.hexdigest(),
        "spooled": is_spooled,
    }


def answer_parts(request: Request, count: int) -> None:
    request.json({"parts": [part(request, index) for index in range(count)]})


def refuse(request: Request, error: AbiError) -> None:
    """The engine knows what to answer with."""
    if error.name not in ("TRIVET_E_STALE", "TRIVET_E_GONE"):
        request.fail("the form was refused")


def whole(request: Request) -> None:
    try:
        count = open_form(request, ffi.NULL)
    except AbiError as error:
        refuse(request, error)
    else:
        answer_parts(request, count or 0)


def opened(request: Request) -> Iterator[int | None]:
    config = tight()
    while (count := open_form(request, config)) is None:
        yield None
    yield count


def streamed(request: Request) -> Steps:
    try:
        for count in opened(request):
            if count is None:
                yield
            else:
                answer_parts(request, count)
    except AbiError as error:
        refuse(request, error)


def kept(request: Request) -> Steps:
    """Keeps the part "file" as a file, and tells what calls give."""
    try:
        for count in opened(request):
            if count is None:
                yield
            else:
                request.json(keep(request))
    except AbiError as error:
        refuse(request, error)


def find(request: Request, name: str) -> tuple[str, int]:
    text, _keep = borrowed(name)
    index = ffi.new("size_t *")
    status = lib.trivet_form_find(request.handle, text, 0, index)
    return status_name(status), index[0]


def save(request: Request, index: int, path: Path, flags: int = 0) -> str:
    text, _keep = borrowed(str(path))
    return status_name(lib.trivet_form_save(request.handle, index, text, flags))


def keep(request: Request) -> dict[str, object]:
    form, bytes_out, fd = sized("trivet_form"), ffi.new("trivet_str *"), ffi.new("int32_t *")
    told: dict[str, object] = {
        "get": status_name(lib.trivet_form_get(request.handle, form)),
        "parts": form.part_count,
        "read": status_name(lib.trivet_request_read(request.handle, bytes_out)),
        "missing": find(request, "no such")[0],
    }
    told["find"], index = find(request, "file")
    told["index"] = index
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kept"
        told["save"] = save(request, index, path)
        told["mode"] = f"{stat.S_IMODE(path.stat().st_mode):o}"
        told["saved"] = hashlib.sha256(path.read_bytes()).hexdigest()
        told["again"] = save(request, index, path)
        told["replace"] = save(request, index, path, constant("TRIVET_SAVE_REPLACE"))
    told["nowhere"] = save(request, index, path)
    check(lib.trivet_form_descriptor(request.handle, index, fd))
    with os.fdopen(fd[0], "rb") as file:
        told["descriptor"] = hashlib.sha256(file.read()).hexdigest()
    return told


def decoded(request: Request) -> None:
    """What arrived, and which fields still say how it was encoded."""
    body = request.body()
    fields = [name for name in ENCODED if request.lookup("header", name) is not None]
    digest = hashlib.sha256(body).hexdigest()
    request.json({"bytes": len(body), "sha256": digest, "fields": fields})


def add_routes(server: Server) -> None:
    app: App = server.app
    streams = Streams(server)
    app.route("POST", "/form", whole, as_event=True)
    for pattern, way, bytes_max in (
        ("/form/stream", streamed, 0),
        ("/form/keep", kept, 0),
        ("/form/small", streamed, 300),
    ):
        app.route(
            "POST",
            pattern,
            streams.handler(way),
            as_event=True,
            streams=True,
            body_bytes_max=bytes_max,
        )
    group = app.group("/decode", decompress=constant("TRIVET_DECOMPRESS_ON"))
    app.route("POST", "", decoded, as_event=True, group=group, body_bytes_max=100_000)
    app.route(
        "POST",
        "/stream",
        streams.handler(count),
        as_event=True,
        streams=True,
        group=group,
        body_bytes_max=100_000,
    )
    app.route("POST", "/form", streams.handler(streamed), as_event=True, streams=True, group=group)
    off = constant("TRIVET_DECOMPRESS_OFF")
    app.route("POST", "/raw", decoded, as_event=True, group=group, decompress=off)
