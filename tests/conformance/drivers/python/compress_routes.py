"""/z: answers that middleware encodes and tags; README.md tells which."""

from __future__ import annotations

import streams
from trivet import App, EventStream, Response, sse
from trivet.middleware import compress, etag


def rows(n: int) -> str:
    return "".join(f"row {number}\n" for number in range(1, n + 1))


def own() -> Response:
    headers = {"ETag": '"v1"', "Vary": "Accept", "Cache-Control": "max-age=60"}
    return Response("x" * 2000, headers=headers)


def final() -> Response:
    return Response("x" * 2000, headers={"Content-Encoding": "identity"})


def numbers() -> EventStream:
    return EventStream(sse(f"event {i}", id=i) for i in range(1, 4))


def register(app: App) -> None:
    group = app.group("/z")
    group.use(compress())
    group.use(etag())
    group.route("/rows/{n:int}", methods="GET,POST")(rows)
    group.get("/own")(own)
    group.get("/final")(final)
    group.get("/pieces/{n:int}")(streams.pieces)
    group.get("/bytes/{n:int}")(streams.many)
    group.get("/events")(numbers)
    coded = compress(types=["default", "text/event-stream"])
    group.get("/events/coded", middleware=[coded])(numbers)
    off = group.group("/off")
    off.use(compress(enabled=False))
    off.use(etag(enabled=False))
    off.get("/rows/{n:int}")(rows)
    strong = group.group("/strong")
    strong.use(
        compress(codings=["gzip", "br"], min_bytes=1, gzip_level=9, br_level=5, types="text/plain")
    )
    strong.use(etag(strong=True))
    strong.get("/rows/{n:int}")(rows)
