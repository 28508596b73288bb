"""Hooks that do what the request's fields ask of them, on an app, in groups and on a route."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from trivet import App, Request, Response, Text


def trace(request: Request) -> list[str]:
    if not hasattr(request.state, "trace"):
        request.state.trace = []
    names: list[str] = request.state.trace
    return names


def before(name: str) -> Callable[[Request], Text | None]:
    def hook(request: Request) -> Text | None:
        if request.headers.get("x-fail") == name:
            raise RuntimeError(f"{name} fails")
        trace(request).append(name)
        if request.headers.get("x-stop") == name:
            return Text(f"stopped by {name}", 403)
        return None

    return hook


def after(name: str) -> Callable[[Request, Response], None]:
    def hook(request: Request, response: Response) -> None:
        if request.headers.get("x-fail-after") == name:
            raise RuntimeError(f"{name} fails afterwards")
        if request.headers.get("x-status") == name:
            response.status = 299
        if request.headers.get("x-inject") == name:
            response.headers["x-split"] = "a\r\nx-injected: b"
        response.headers.add("x-after", name)

    return hook


def before_later(name: str) -> Callable[[Request], Awaitable[Text | None]]:
    plain = before(name)

    async def hook(request: Request) -> Text | None:
        await asyncio.sleep(0)
        return plain(request)

    return hook


def after_later(name: str) -> Callable[[Request, Response], Awaitable[None]]:
    plain = after(name)

    async def hook(request: Request, response: Response) -> None:
        await asyncio.sleep(0)
        plain(request, response)

    return hook


def register(app: App) -> None:
    outer = app.group("/g", before=[before("outer")], after=[after("outer")])
    inner = outer.group("/inner/{org}")
    inner.before(before("inner"))
    inner.after(after("inner"))

    @outer.get("")
    def root(request: Request) -> dict[str, object]:
        return {"trace": trace(request)}

    @inner.get("/leaf/{id:int}", name="leaf", before=[before("route")], after=[after("route")])
    def leaf(request: Request, org: str, id: int) -> dict[str, object]:
        return {"trace": trace(request), "org": org, "id": id}

    outer = app.group("/ga", before=[before_later("outer")], after=[after_later("outer")])
    inner = outer.group("/inner/{org}")
    inner.before(before_later("inner"))
    inner.after(after_later("inner"))

    @outer.get("")
    async def root_later(request: Request) -> dict[str, object]:
        return {"trace": trace(request)}

    @inner.get(
        "/leaf/{id:int}",
        name="leaf-async",
        before=[before_later("route")],
        after=[after_later("route")],
    )
    async def leaf_later(request: Request, org: str, id: int) -> dict[str, object]:
        return {"trace": trace(request), "org": org, "id": id}
