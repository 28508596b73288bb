"""Folders that are served, and files that handlers send."""

from __future__ import annotations

import os
from typing import Any

from trivet import App, FileResponse, Request, Response, Text
from trivet.errors import ArgumentError
from trivet.middleware import bearer, compress

FOLDER = os.environ.get("TRIVET_DRIVER_FILES", ".")


def register(app: App) -> None:
    app.static(
        "/files",
        FOLDER,
        name="files",
        cache_rules={"assets/*": "public, max-age=31536000, immutable"},
        types={"sku": "application/x-sku"},
    )
    app.static(
        "/spa",
        FOLDER,
        index=None,
        fallback="page/index.html",
        cache_control=None,
        dot_files=True,
        symlinks=False,
        precompressed=False,
    )
    gated = app.group("/gated/{org}")
    gated.use(bearer("alpha-token"))
    gated.static("/files", FOLDER)
    coded = app.group("/coded")
    coded.use(compress())
    coded.static("/", FOLDER)
    hooked = app.group("/hooked")
    hooked.static("/", FOLDER)
    hooked.before(stop_some)
    hooked.after(mark)
    register_handlers(app)


def register_handlers(app: App) -> None:
    @app.get("/file/{path:path}")
    def send(request: Request, path: str) -> FileResponse:
        asked = request.query
        status = asked.get("status")
        return FileResponse(
            path,
            int(status) if status else None,
            {"X-Mine": "yes"},
            asked.get("type"),
            root=FOLDER,
            download=asked.get("download"),
            cache_control=asked.get("cache"),
        )

    @app.get("/own-file")
    async def own() -> FileResponse:
        return FileResponse(os.path.join(FOLDER, "hello.txt"))


def stop_some(request: Request) -> Response | None:
    return None if request.headers.get("x-stop") is None else Text("stopped", 403)


def mark(_: Request, response: Response) -> None:
    response.headers["x-after"] = "files"


def errors(_request: Request) -> dict[str, str]:
    """What the configuration of a folder is refused for, on an app that nobody serves."""
    wrong: dict[str, dict[str, Any]] = {
        "directory": {},
        "index": {"index": "a/b"},
        "fallback": {"fallback": "../a"},
        "cache_rules": {"cache_rules": {"": "text/plain"}},
        "types": {"types": {".txt": "text/plain"}},
    }
    answer = {}
    app = App()
    for name, options in wrong.items():
        try:
            app.static("/x", "/none/such" if name == "directory" else FOLDER, **options)
        except ArgumentError as error:
            answer[name] = error.detail
    return answer
