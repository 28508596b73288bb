"""Server-Sent Events: streams of one request, hubs of one and of many."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from trivet import (
    App,
    EventHub,
    EventStream,
    HubStream,
    Request,
    ServerSentEvent,
    TrivetError,
    lowlevel,
    sse,
)

POLICIES: dict[str, Any] = {"drop": "drop_oldest", "close": "close", "coalesce": "coalesce"}


def register(app: App) -> None:
    live = EventHub(app)

    @app.get("/sse")
    def numbers(n: int = 3) -> EventStream:
        return EventStream(sse(f"event {i}", id=i) for i in range(1, n + 1))

    @app.get("/sse/fields")
    async def fields() -> EventStream:
        async def events() -> AsyncIterator[ServerSentEvent]:
            data = "one\ntwo\r\nthree\rfour"
            yield sse(data, id="7 a", event="tick", retry=1500, comment="a\nb")
            yield sse("", id="")
            yield sse(comment="end")

        return EventStream(events(), retry_ms=2000, headers={"X-Sse": "1"})

    @app.get("/sse/hub")
    async def own_hub(
        request: Request,
        before: int = 0,
        after: int = 0,
        history: int | None = None,
        policy: str = "drop",
        last: str | None = None,
        retry: int | None = None,
        numbered: int = 0,
    ) -> HubStream:
        own_ids = numbered == 0
        hub = EventHub(
            app, history=history, policy=POLICIES[policy], retry_ms=retry, own_ids=own_ids
        )

        def publish(begin: int, end: int) -> None:
            for i in range(begin, end):
                hub.publish(f"event {i}", id=i if own_ids else None, event="tick")

        def finish() -> None:
            publish(before + 1, before + after + 1)
            hub.close()

        publish(1, before + 1)
        # The request subscribes when the handler has returned.
        asyncio.get_running_loop().call_soon(finish)
        return hub.stream(request, last_event_id=last)

    @app.get("/sse/closed")
    def closed(request: Request) -> HubStream:
        hub = EventHub(app)
        hub.close()
        return hub.stream(request)

    @app.get("/sse/live")
    def subscribe(request: Request) -> HubStream:
        return live.stream(request)

    @app.post("/sse/live")
    def publish_live(request: Request) -> dict[str, int]:
        live.publish(request.text())
        return {"subscribers": live.info()["subscribers"]}


def encoded(request: Request) -> object:
    """The operation sse_encode: an event of the request's parameters."""
    fields: dict[str, Any] = dict(request.query)
    if "retry" in fields:
        fields["retry"] = int(fields["retry"])
    try:
        return {"text": sse(**fields).encode().decode()}
    except TrivetError as error:
        return {"error": error.status_name}


def hub_life(app: App) -> Iterator[tuple[str, object]]:
    """The operation sse_hub: what a hub refuses, and what is left of it at the end."""

    def outcome(call: Callable[[], object]) -> str:
        try:
            call()
        except TrivetError as error:
            return error.status_name
        return "TRIVET_OK"

    yield "policy", outcome(lambda: lowlevel.sse_hub_open(app.native, {"policy": 9}))
    hub = EventHub(app, event_bytes_max=100)
    yield "open", "TRIVET_OK"
    yield "empty", outcome(hub.publish)
    yield "id", outcome(lambda: hub.publish("x", id="1"))
    yield "long", outcome(lambda: hub.publish("x" * 100))
    yield "publish", outcome(lambda: hub.publish("x"))
    info = hub.info()
    yield "published", info["published_total"]
    yield "history", info["history_events"]
    yield "close", outcome(hub.close)
    yield "late", outcome(lambda: hub.publish("x"))
    yield "again", outcome(lambda: lowlevel.sse_hub_close(hub.handle))
