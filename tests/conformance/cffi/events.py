"""Server-Sent Events: streams of one request, hubs of one and of many."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from abi import (
    AbiError,
    borrowed,
    check,
    constant,
    ffi,
    initialised,
    lib,
    sized,
    take_error,
    text_of,
)
from request import Request, headers_of
from server import Server
from streams import Streams

POLICIES = {"drop": "DROP_OLDEST", "close": "CLOSE", "coalesce": "COALESCE"}
TEXT_FIELDS = ("id", "event", "data", "comment")


class Event:
    """A trivet_sse_event and what it points into. An empty id or data is one that is sent."""

    def __init__(self, retry: int = -1, **texts: str) -> None:
        self.struct = initialised("sse_event")
        self._keeps = []
        for name, text in texts.items():
            value, keep = borrowed(text)
            setattr(self.struct, name, value)
            self._keeps.append(keep)
        flags = [
            constant(f"TRIVET_SSE_EVENT_{name.upper()}") for name in ("id", "data") if name in texts
        ]
        self.struct.flags = sum(flags)
        self.struct.retry_ms = retry

    def encode(self) -> str:
        error, size = ffi.new("trivet_error **"), ffi.new("size_t *")
        status = lib.trivet_sse_encode(self.struct, 0, ffi.NULL, size, error)
        if status != constant("TRIVET_E_LIMIT"):
            raise take_error(error)
        room = ffi.new("char[]", size[0])
        check(lib.trivet_sse_encode(self.struct, size[0], room, size, error))
        return ffi.buffer(room, size[0])[:].decode()


def begin(
    request: Request, *, retry: int = -1, fields: list[tuple[str, str]] | None = None
) -> None:
    config = initialised("sse_config")
    headers, _keeps = headers_of(fields or [])  # the array, too, lives until the call is over
    config.headers = headers
    config.header_count = len(fields or [])
    config.retry_ms = retry
    check(lib.trivet_sse_begin(request.handle, config))


def send(request: Request, event: Event) -> bool:
    """Whether to wait for room."""
    error, wait = ffi.new("trivet_error **"), ffi.new("uint32_t *")
    status = lib.trivet_sse_send(request.handle, event.struct, wait, error)
    if error[0]:
        raise take_error(error)
    check(status)
    return bool(wait[0])


class Hub:
    def __init__(self, app: Any, **settings: int) -> None:
        config, out, error = (
            initialised("sse_hub_config"),
            ffi.new("uint64_t *"),
            ffi.new("trivet_error **"),
        )
        for name, value in settings.items():
            setattr(config, name, value)
        if lib.trivet_sse_hub_open(app.handle, config, out, error) != 0:
            raise take_error(error)
        self.handle = out[0]

    def publish(self, event: Event) -> None:
        error = ffi.new("trivet_error **")
        status = lib.trivet_sse_hub_publish(self.handle, event.struct, error)
        if error[0]:
            raise take_error(error)
        check(status)

    def info(self) -> Any:
        info = sized("trivet_sse_hub_info")
        check(lib.trivet_sse_hub_get_info(self.handle, info))
        return info

    def subscribe(self, request: Request, last: str | None = None) -> None:
        text, _keep = borrowed(last or "")
        last_id = ffi.NULL if last is None else ffi.new("trivet_str *", text)
        check(lib.trivet_sse_subscribe(request.handle, self.handle, last_id, ffi.NULL, 0))

    def close(self) -> None:
        check(lib.trivet_sse_hub_close(self.handle))


def numbers(request: Request) -> Generator[None, None, None]:
    begin(request)
    for number in range(1, int(request.lookup("query", "n") or 3) + 1):
        if send(request, Event(id=str(number), data=f"event {number}")):
            yield
    request.end([])


def fields(request: Request) -> None:
    begin(request, retry=2000, fields=[("X-Sse", "1")])
    data = "one\ntwo\r\nthree\rfour"
    send(request, Event(comment="a\nb", id="7 a", event="tick", retry=1500, data=data))
    send(request, Event(id="", data=""))
    send(request, Event(comment="end"))
    request.end([])


def unavailable(request: Request, error: AbiError) -> None:
    if error.name not in ("TRIVET_E_STALE", "TRIVET_E_LIMIT"):
        raise error
    request.reply("problem", 503, "there are no events to be had")


def own_hub(server: Server, request: Request) -> None:
    asked = {
        name: request.lookup("query", name)
        for name in ("before", "after", "history", "policy", "last", "retry", "numbered")
    }
    has_ids = asked["numbered"] != "1"
    settings = {"flags": constant("TRIVET_SSE_HUB_OWN_IDS") if has_ids else 0}
    settings["policy"] = constant(f"TRIVET_SSE_POLICY_{POLICIES[asked['policy'] or 'drop']}")
    if asked["history"] is not None:
        settings["history_events"] = int(asked["history"])
    if asked["retry"] is not None:
        settings["retry_ms"] = int(asked["retry"])
    hub = Hub(server.app, **settings)
    before, after = int(asked["before"] or 0), int(asked["after"] or 0)

    def publish(begin: int, end: int) -> None:
        for number in range(begin, end):
            identity = {"id": str(number)} if has_ids else {}
            hub.publish(Event(event="tick", data=f"event {number}", **identity))

    publish(1, before + 1)
    hub.subscribe(request, asked["last"])
    publish(before + 1, before + after + 1)
    hub.close()


def closed_hub(server: Server, request: Request) -> None:
    hub = Hub(server.app)
    hub.close()
    try:
        hub.subscribe(request)
    except AbiError as error:
        unavailable(request, error)


def encode(_server: Server, request: Request) -> None:
    given = {name: request.lookup("query", name) for name in TEXT_FIELDS}
    retry = request.lookup("query", "retry")
    texts = {name: text for name, text in given.items() if text is not None}
    try:
        event = Event(retry=-1 if retry is None else int(retry), **texts)
        request.json({"text": event.encode()})
    except AbiError as error:
        request.json({"error": error.name})


def hub_life(server: Server, request: Request) -> None:
    told: dict[str, object] = {}

    def call(name: str, function: Any, *args: Any, **settings: int) -> Any:
        try:
            result = function(*args, **settings)
            told[name] = "TRIVET_OK"
        except AbiError as error:
            result, told[name] = None, error.name
        return result

    call("policy", Hub, server.app, policy=9)
    hub = call("open", Hub, server.app, event_bytes_max=100)
    call("empty", hub.publish, Event())
    call("id", hub.publish, Event(id="1", data="x"))
    call("long", hub.publish, Event(data="x" * 100))
    call("publish", hub.publish, Event(data="x"))
    info = hub.info()
    told["published"], told["history"] = info.published_total, info.history_events
    call("close", hub.close)
    call("late", hub.publish, Event(data="x"))
    call("again", hub.close)
    request.json(told)


def add_routes(server: Server) -> None:
    app, streams, live = server.app, Streams(server), Hub(server.app)

    def publish(request: Request) -> None:
        live.publish(Event(data=text_of(request.view().body)))
        request.json({"subscribers": live.info().subscribers})

    app.route("GET", "/sse", streams.handler(numbers))
    app.route("GET", "/sse/fields", fields)
    app.route("GET", "/sse/hub", lambda request: own_hub(server, request))
    app.route("GET", "/sse/closed", lambda request: closed_hub(server, request), as_event=True)
    app.route("GET", "/sse/live", live.subscribe, as_event=True)
    app.route("POST", "/sse/live", publish)
