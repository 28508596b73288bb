"""Around hooks that do what the request's fields ask of them; plain ones, and such that suspend."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from hooks import after, before, trace
from trivet import App, HTTPError, Request, Response, ServerSentEvent, Text, sse

Hook = Callable[[Request, Any], Any]


def way(request: Request) -> list[str]:
    """What the hooks left: those before, then those around."""
    if not hasattr(request.state, "way"):
        request.state.way = list(trace(request))
    names: list[str] = request.state.way
    return names


def begin(name: str, request: Request) -> Response | None:
    """Fail or answer in place of the handler."""
    if request.headers.get("x-around-fail") == name:
        raise RuntimeError(f"{name} fails around")
    way(request).append(f"around {name}")
    if request.headers.get("x-around-stop") == name:
        return Text(f"stopped around {name}", 403)
    return None


def end(name: str, request: Request, response: Response) -> Response | None:
    """Change the response, replace it, or fail."""
    if request.headers.get("x-around-fail-after") == name:
        raise RuntimeError(f"{name} fails around, afterwards")
    if request.headers.get("x-around-replace") == name:
        response = Text(f"replaced by {name}")
    if request.headers.get("x-around-status") == name:
        response.status = 299
    response.headers.add("x-around", name)
    return None if request.headers.get("x-around-silent") == name else response


def around(name: str) -> Hook:
    def hook(request: Request, call_next: Callable[[], Response]) -> Response | None:
        answer = begin(name, request)
        if answer is not None or request.headers.get("x-around-nothing") == name:
            return answer
        try:
            response = call_next()
        except Exception:
            if request.headers.get("x-around-catch") != name:
                raise
            response = Text(f"caught by {name}")
        if request.headers.get("x-around-twice") == name:
            call_next()
        return end(name, request, response)

    return hook


def around_later(name: str) -> Hook:
    async def hook(
        request: Request, call_next: Callable[[], Awaitable[Response]]
    ) -> Response | None:
        await asyncio.sleep(0)
        answer = begin(name, request)
        if answer is not None or request.headers.get("x-around-nothing") == name:
            return answer
        try:
            response = await call_next()
        except Exception:
            if request.headers.get("x-around-catch") != name:
                raise
            response = Text(f"caught by {name}")
        await asyncio.sleep(0)
        if request.headers.get("x-around-twice") == name:
            await call_next()
        return end(name, request, response)

    return hook


def register(app: App) -> None:
    for prefix, kind in (("/w", around), ("/wa", around_later)):
        outer = app.group(prefix, around=[kind("outer")])
        inner = outer.group("/inner/{org}")
        inner.around(kind("inner"))

        @inner.get(
            "/leaf/{id:int}",
            before=[before("route")],
            around=[kind("route")],
            after=[after("route")],
        )
        def leaf(request: Request, org: str, id: int) -> dict[str, object]:
            return {"trace": way(request), "org": org, "id": id}

        @outer.get("/boom")
        def boom() -> None:
            raise RuntimeError("boom")

        @outer.get("/http")
        def refuse() -> None:
            raise HTTPError(409, "already there", headers={"Retry-After": "7"})

        @outer.get("/created", status=201)
        def create() -> dict[str, bool]:
            return {"created": True}

        @outer.get("/empty")
        def empty() -> None:
            return None

    @app.get("/w/pieces", around=[around("route")])
    def pieces() -> Iterator[str]:
        yield "one "
        yield "two"

    @app.get("/wa/pieces", around=[around_later("route")])
    async def pieces_later() -> AsyncIterator[str]:
        for piece in ("one ", "two"):
            await asyncio.sleep(0)
            yield piece

    @app.get("/w/broken", around=[around("route")])
    def broken() -> Iterator[str]:
        raise RuntimeError("no piece")
        yield ""

    @app.get("/wa/broken", around=[around_later("route")])
    async def broken_later() -> AsyncIterator[str]:
        await asyncio.sleep(0)
        raise RuntimeError("no piece")
        yield ""

    @app.get("/w/events", around=[around("route")])
    def events() -> Iterator[ServerSentEvent]:
        yield sse("one")
        yield sse("two")

    @app.get("/wa/events", around=[around_later("route")])
    async def events_later() -> AsyncIterator[ServerSentEvent]:
        for data in ("one", "two"):
            await asyncio.sleep(0)
            yield sse(data)
