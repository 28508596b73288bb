"""/files, /spa, /gated, /coded, /hooked: folders that are served, and files that handlers send."""

from __future__ import annotations

import os
from typing import Any

from abi import AbiError, constant
from app import App
from request import Request
from server import Server

FOLDER = os.environ.get("TRIVET_DRIVER_FILES", ".")


def send(request: Request) -> None:
    texts = {"download_name": "download", "content_type": "type", "cache_control": "cache"}
    given = {name: request.lookup("query", asked) or "" for name, asked in texts.items()}
    status = int(request.lookup("query", "status") or 200)
    request.file(request.params()["path"], [("X-Mine", "yes")], status, root=FOLDER, **given)


def own(request: Request) -> None:
    request.file(f"{FOLDER}/hello.txt", [])


def stop_some(request: Request) -> bool:
    if request.lookup("header", "x-stop") is None:
        return True
    request.reply("text", 403, "stopped")
    return False


def mark(request: Request, _reply: Any) -> None:
    request.add_header("x-after", "files")


def add_routes(server: Server) -> None:
    app: App = server.app
    app.static(
        "/files",
        FOLDER,
        name="files",
        rules=[("assets/*", "public, max-age=31536000, immutable")],
        types=[("sku", "application/x-sku")],
    )
    flags = ("DOT_FILES", "NO_SYMLINKS", "NO_VARIANTS")
    app.static(
        "/spa",
        FOLDER,
        flags=sum(constant(f"TRIVET_STATIC_{flag}") for flag in flags),
        index="",
        fallback="page/index.html",
        cache_control="",
    )
    gated = app.group("/gated/{org}")
    app.use(gated, "bearer", [("token", "alpha-token")])
    app.static("/files", FOLDER, group=gated)
    coded = app.group("/coded")
    app.use(coded, "compress", [])
    app.static("/", FOLDER, group=coded)
    hooked = app.group("/hooked")
    app.before(hooked, stop_some)
    app.after(hooked, mark)
    delivered = constant("TRIVET_STATIC_DELIVERED")
    app.static("/", FOLDER, group=hooked, flags=delivered, answer=Request.folder)
    app.deliver_static(True)
    app.route("GET", "/file/{path:path}", send)
    app.route("GET", "/own-file", own, as_event=True)


def errors(_server: Server, request: Request) -> None:
    """What the configuration of a folder is refused for, on an app that nobody serves."""
    wrong: dict[str, dict[str, Any]] = {
        "directory": {},
        "index": {"index": "a/b"},
        "fallback": {"fallback": "../a"},
        "cache_rules": {"rules": [("", "text/plain")]},
        "types": {"types": [(".txt", "text/plain")]},
    }
    app, answer = App(), {}
    for name, options in wrong.items():
        try:
            app.static("/x", "/none/such" if name == "directory" else FOLDER, **options)
        except AbiError as error:
            answer[name] = error.detail if error.name == "TRIVET_E_ARGUMENT" else error.name
    app.close()
    request.json(answer)
