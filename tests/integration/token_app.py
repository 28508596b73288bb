"""An app whose streams of tokens wait for each other: token_app.py ENGINE."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

from trivet import App, Server, TokenStream, sse_stream

app = App()
gate = asyncio.Event()


async def tokens(count: int) -> AsyncIterator[str]:
    """All streams have sent their first token before any sends its second."""
    for number in range(count):
        yield f"token {number}"
        await gate.wait()
        await asyncio.sleep(0)


@app.get("/tokens")
async def stream(count: int) -> TokenStream:
    return sse_stream(tokens(count))


@app.post("/gate/{state}")
async def move(state: str) -> str:
    if state == "open":
        gate.set()
    else:
        gate.clear()
    return state


def ready(server: Server) -> None:
    print(f"READY {server.port}", flush=True)


app.run(port=0, engine=sys.argv[1], workers=1, on_ready=ready)
