"""Forms, and content that arrives decoded."""

from __future__ import annotations

import hashlib
import stat
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from streams import count
from trivet import App, Form, FormLimits, Request, RouteLimits, TrivetError

TIGHT: FormLimits = {
    "fields_max": 20,
    "files_max": 3,
    "name_bytes_max": 32,
    "filename_bytes_max": 32,
    "value_bytes_max": 1000,
    "fields_bytes_max": 5000,
    "file_bytes_max": 100_000,
    "memory_bytes_max": 1024,
}


def parts(form: Form) -> dict[str, object]:
    told = []
    for part in form.parts:
        digest = hashlib.sha256()
        for chunk in part:
            digest.update(chunk)
        told.append(
            {
                "name": part.name,
                "filename": part.filename,
                "content_type": part.content_type,
                "bytes": part.size,
                "sha256": digest.hexdigest(),
                "spooled": part.is_spooled,
            }
        )
    return {"parts": told}


async def streamed(request: Request) -> dict[str, object]:
    return parts(await request.form(**TIGHT))


def name_of(call: Callable[[], object]) -> str:
    """The name of the status that a call ends with."""
    try:
        call()
    except TrivetError as error:
        return error.status_name
    return "TRIVET_OK"


async def name_of_awaited(awaitable: Awaitable[object]) -> str:
    try:
        await awaitable
    except TrivetError as error:
        return error.status_name
    return "TRIVET_OK"


async def keep(request: Request) -> dict[str, object]:
    """Keeps the part "file" as a file, and tells what calls give."""
    form = await request.form(**TIGHT)
    index = next(number for number, part in enumerate(form.parts) if part.name == "file")
    part = form.parts[index]
    is_missing = "no such" not in form and "no such" not in form.files
    told: dict[str, object] = {
        "get": name_of(request.form),
        "parts": len(form.parts),
        "read": await name_of_awaited(request.read()),
        "missing": "TRIVET_E_NOT_FOUND" if is_missing else "TRIVET_OK",
        "find": "TRIVET_OK" if form.files["file"] is part else "TRIVET_E_NOT_FOUND",
        "index": index,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kept"
        told["save"] = name_of(lambda: part.save(path))
        told["mode"] = f"{stat.S_IMODE(path.stat().st_mode):o}"
        told["saved"] = hashlib.sha256(path.read_bytes()).hexdigest()
        told["again"] = name_of(lambda: part.save(path))
        told["replace"] = name_of(lambda: part.save(path, replace=True))
    told["nowhere"] = name_of(lambda: part.save(path))
    with part.open() as file:
        told["descriptor"] = hashlib.sha256(file.read()).hexdigest()
    return told


def decoded(request: Request) -> dict[str, object]:
    """What arrived, and which fields still say how it was encoded."""
    body = request.body
    fields = [name for name in ("Content-Encoding", "Content-Length") if name in request.headers]
    return {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest(), "fields": fields}


def register(app: App) -> None:
    @app.post("/form")
    def whole(request: Request) -> dict[str, object]:
        return parts(request.form())

    app.post("/form/stream", stream=True)(streamed)
    app.post("/form/small", stream=True, limits=RouteLimits(body_bytes_max=300))(streamed)
    app.post("/form/keep", stream=True)(keep)
    group = app.group("/decode", decompress=True)
    group.post("", limits=RouteLimits(body_bytes_max=100_000))(decoded)
    group.post("/stream", stream=True, limits=RouteLimits(body_bytes_max=100_000))(count)
    group.post("/form", stream=True)(streamed)
    group.post("/raw", decompress=False)(decoded)
