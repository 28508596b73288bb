"""What only the SDKs have: lines of JSON, tokens, progress."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from trivet import App, Request, StreamResponse, TokenStream, ndjson


def register(app: App) -> None:
    @app.get("/sdk/ndjson")
    def lines() -> StreamResponse:
        return ndjson([{"n": 1}, "ü\n", None])

    @app.get("/sdk/tokens")
    async def tokens(format: str) -> TokenStream:
        async def source() -> AsyncIterator[str]:
            for token in ("You", " said\n", "ü"):
                await asyncio.sleep(0)
                yield token

        known: Any = format
        return TokenStream(source(), known)

    @app.post("/sdk/progress", stream=True)
    async def progress(request: Request) -> dict[str, int | None]:
        told: dict[str, int | None] = {"received": None, "total": None}

        def tell(received: int, total: int | None) -> None:
            told.update(received=received, total=total)

        content = await request.read(tell)
        return {**told, "bytes": len(content)}
