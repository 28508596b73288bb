"""/limits: routes with limits of their own, and of the groups they are in."""

from __future__ import annotations

from collections.abc import Callable

import ops
from abi import constant
from request import Request
from server import Server
from streams import Streams, count, many


def body(request: Request) -> None:
    request.reply("bytes", 200, request.body())


def later(server: Server, delay_ms: int) -> Callable[[Request], None]:
    return lambda request: ops.reply_later(server, request, delay_ms, "slept")


def add_routes(server: Server) -> None:
    app, streams = server.app, Streams(server)
    counted = streams.handler(count)
    outer = app.group("/limits", body_bytes_max=12)
    inner = app.group("/inner", outer, request_timeout_ms=100)
    few = app.group("/few", outer, requests_max=2)
    app.route("POST", "/body", body, group=outer)
    app.route("POST", "/more", body, group=outer, body_bytes_max=16)
    app.route(
        "POST", "/slow", counted, group=outer, as_event=True, streams=True, body_timeout_ms=200
    )
    app.route(
        "POST",
        "/drip",
        counted,
        group=outer,
        as_event=True,
        streams=True,
        body_bytes_max=1 << 40,
        body_timeout_ms=200,
        body_rate_min=10_000,
    )
    app.route("GET", "/bytes/{n:int}", streams.handler(many), group=outer, send_rate_min=1_000_000)
    app.route("POST", "/body", body, group=inner)
    app.route("GET", "/late", later(server, 60_000), group=inner, as_event=True)
    app.route(
        "GET",
        "/patient",
        later(server, 400),
        group=inner,
        as_event=True,
        request_timeout_ms=constant("TRIVET_LIMIT_NONE"),
    )
    app.route("POST", "/hold", counted, group=few, as_event=True, streams=True, requests_max=1)
    app.route("POST", "/keep", counted, group=few, as_event=True, streams=True)
    app.route("GET", "/free", lambda request: request.reply("text", 200, "free"), group=few)
