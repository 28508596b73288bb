"""Routes with limits of their own, and of the groups they are in."""

from __future__ import annotations

import asyncio

from streams import count, many
from trivet import App, Request, RouteLimits


def body(request: Request) -> bytes:
    return request.body


def register(app: App) -> None:
    outer = app.group("/limits", limits=RouteLimits(body_bytes_max=12))
    outer.post("/body")(body)
    outer.post("/more", limits=RouteLimits(body_bytes_max=16))(body)
    outer.post("/slow", stream=True, limits=RouteLimits(body_timeout_ms=200))(count)
    drip = RouteLimits(body_bytes_max=1 << 40, body_timeout_ms=200, body_rate_min=10_000)
    outer.post("/drip", stream=True, limits=drip)(count)
    outer.get("/bytes/{n:int}", limits=RouteLimits(send_rate_min=1_000_000))(many)

    inner = outer.group("/inner", limits=RouteLimits(request_timeout_ms=100))
    inner.post("/body")(body)

    @inner.get("/late")
    async def late() -> str:
        await asyncio.sleep(60)
        return "slept"

    @inner.get("/patient", limits=RouteLimits(request_timeout_ms=0))
    async def patient() -> str:
        await asyncio.sleep(0.4)
        return "slept"

    few = outer.group("/few", limits=RouteLimits(requests_max=2))
    few.post("/hold", stream=True, limits=RouteLimits(requests_max=1))(count)
    few.post("/keep", stream=True)(count)

    @few.get("/free")
    def free() -> str:
        return "free"
