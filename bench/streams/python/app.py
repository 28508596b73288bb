"""Content in pieces on Trivet in Python: `app.py PORT`."""

import sys
from collections.abc import AsyncIterator

from trivet import App, Request, RouteLimits, ServerSentEvent, StreamResponse, sse

PIECE = b"x" * 65536

app = App()


@app.get("/hello")
def hello() -> str:
    return "Hello, World!"


@app.post("/upload", stream=True, limits=RouteLimits(body_bytes_max=1 << 30))
async def upload(request: Request) -> str:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return str(size)


@app.get("/pieces/{n:int}")
async def pieces(n: int) -> StreamResponse:
    async def made() -> AsyncIterator[bytes]:
        for _ in range(n):
            yield PIECE

    return StreamResponse(made(), media_type="application/octet-stream")


@app.get("/events/{n:int}")
async def events(n: int) -> AsyncIterator[ServerSentEvent]:
    for number in range(1, n + 1):
        yield sse(f"message {number}", id=number)


app.run(port=int(sys.argv[1]))
