"""Content in pieces: read as it arrives, written as it is made."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator

from trivet import App, Request, RouteLimits, StreamResponse

PIECE_BYTES = 16384
BYTES = "application/octet-stream"


async def count(request: Request) -> dict[str, object]:
    digest, total = hashlib.sha256(), 0
    async for chunk in request.stream():
        digest.update(chunk)
        total += len(chunk)
    trailers = request.trailers.items_list()
    return {"bytes": total, "sha256": digest.hexdigest(), "trailers": trailers}


def many(n: int) -> StreamResponse:
    async def pieces() -> AsyncIterator[bytes]:
        for begin in range(0, n, PIECE_BYTES):
            yield b"x" * min(PIECE_BYTES, n - begin)

    return StreamResponse(pieces(), media_type=BYTES, length=n)


def pieces(n: int) -> StreamResponse:
    lines = (f"piece {number}\n" for number in range(1, n + 1))
    return StreamResponse(lines, media_type="text/plain", trailers={"x-pieces": str(n)})


def register(app: App) -> None:
    app.post("/stream/count", stream=True, limits=RouteLimits(body_bytes_max=1 << 40))(count)
    app.post("/stream/small", stream=True, limits=RouteLimits(body_bytes_max=16))(count)

    @app.post("/stream/echo", stream=True)
    async def echo(request: Request) -> StreamResponse:
        return StreamResponse(request.stream(), media_type=BYTES, trailers=lambda: request.trailers)

    @app.post("/stream/early", stream=True)
    async def early() -> str:
        return "early"

    app.get("/stream/pieces/{n:int}")(pieces)
    app.get("/stream/bytes/{n:int}")(many)

    @app.get("/stream/broken")
    def broken() -> Iterator[str]:
        yield "half of it"
        raise RuntimeError("the handler failed in the middle")
