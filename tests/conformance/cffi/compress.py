"""/z: answers that middleware encodes and tags; README.md tells which."""

from __future__ import annotations

import events
from app import App
from request import Request
from server import Server
from streams import Streams, many, param, pieces

OFF = [("enabled", "false")]
FEW = [
    ("coding", "gzip"),
    ("coding", "br"),
    ("min_bytes", "1"),
    ("gzip_level", "9"),
    ("br_level", "5"),
    ("type", "text/plain"),
]
WITH_EVENTS = [("type", "default"), ("type", "text/event-stream")]


def rows(request: Request) -> None:
    text = "".join(f"row {number}\n" for number in range(1, param(request) + 1))
    request.reply("text", 200, text)


def own(request: Request) -> None:
    for name, value in (("ETag", '"v1"'), ("Vary", "Accept"), ("Cache-Control", "max-age=60")):
        request.add_header(name, value)
    request.reply("text", 200, "x" * 2000)


def final(request: Request) -> None:
    request.add_header("Content-Encoding", "identity")
    request.reply("text", 200, "x" * 2000)


def add_routes(server: Server) -> None:
    app, streams = server.app, Streams(server)
    group = app.group("/z")
    app.use(group, "compress", [])
    app.use(group, "etag", [])
    app.route("GET,POST", "/rows/{n:int}", rows, group=group)
    app.route("GET", "/own", own, group=group)
    app.route("GET", "/final", final, group=group)
    app.route("GET", "/pieces/{n:int}", streams.handler(pieces), group=group)
    app.route("GET", "/bytes/{n:int}", streams.handler(many), group=group)
    app.route("GET", "/events", streams.handler(events.numbers), group=group)
    coded = app.middleware("compress", WITH_EVENTS)
    app.route(
        "GET", "/events/coded", streams.handler(events.numbers), group=group, middleware=[coded]
    )
    add_inner(app, group)


def add_inner(app: App, parent: object) -> None:
    group = app.group("/off", parent)
    app.use(group, "compress", OFF)
    app.use(group, "etag", OFF)
    app.route("GET", "/rows/{n:int}", rows, group=group)
    group = app.group("/strong", parent)
    app.use(group, "compress", FEW)
    app.use(group, "etag", [("strong", "true")])
    app.route("GET", "/rows/{n:int}", rows, group=group)
