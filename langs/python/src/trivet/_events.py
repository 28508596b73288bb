"""Server-Sent Events: answers of events and of tokens, and hubs."""

from __future__ import annotations

from . import _abi_gen as abi
from ._closing import aclose, close
from ._core import (
    ServerSentEvent,
    StreamResponse,
    encode_json,
    hub_stream,
    sse,
    sse_hub_close,
    sse_hub_info,
    sse_hub_open,
    sse_hub_publish,
)
from ._errors_gen import ArgumentError, StaleHandleError
from ._settings import choice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
    from typing import Any, Literal

    from typing_extensions import Self

    from ._app import App
    from ._core import HubInfo, HubStream, Request

    HeaderItems = Mapping[str, str] | Iterable[tuple[str, str]]
    Policy = Literal["drop_oldest", "close", "coalesce"]
    TokenFormat = Literal["sse", "ndjson", "text"]

_EVENTS = "text/event-stream"
_MILLISECONDS_MAX = (1 << 31) - 1
_POLICIES = {
    "drop_oldest": abi.SSE_POLICY_DROP_OLDEST,
    "close": abi.SSE_POLICY_CLOSE,
    "coalesce": abi.SSE_POLICY_COALESCE,
}


def _milliseconds(name: str, value: int | None) -> int | None:
    if value is not None and not 0 <= value <= _MILLISECONDS_MAX:
        raise ArgumentError(detail=f"{name} is a number of milliseconds, not {value}")
    return value


class EventStream(StreamResponse):
    """An answer of events: what an iterable or async iterable gives, each sent at once.

    An item is what `sse` gives, or the data of an event: text as it is, anything else as JSON, but
    None is nothing, and an ArgumentError. The answer begins before the first item. While the source
    is silent for `heartbeat_ms` (15 seconds; 0: never), the engine sends a comment. `retry_ms`
    tells clients how long to wait before they connect again.
    """

    _begins_at_once = True

    def __new__(
        cls,
        source: Iterable[object] | AsyncIterable[object],
        *,
        heartbeat_ms: int | None = None,
        retry_ms: int | None = None,
        headers: HeaderItems | None = None,
    ) -> Self:
        """Make the answer; the source is not touched before it is sent."""
        items: Any = source
        # The status of a route is for other answers; to a client, events have this one.
        self = super().__new__(cls, items, 200, headers, _EVENTS)
        self._events = (
            _milliseconds("heartbeat_ms", heartbeat_ms),
            _milliseconds("retry_ms", retry_ms),
        )
        return self


class TokenStream(StreamResponse):
    """An answer of tokens as a language model gives them: plain or async, each sent at once.

    In the format "sse" each token is an event, and the last event is `[DONE]`; in "ndjson" each is
    a line of JSON; in "text" the tokens are the text. A token of "sse" and "text" is str, or bytes
    that are sent as they are, which of an event have to be UTF-8; anything else is an error. The
    answer begins with the first token, so that a source that fails before it is an ordinary error.
    A client that takes less holds the source back; one that leaves closes it.
    """

    def __new__(
        cls,
        source: Iterable[object] | AsyncIterable[object],
        format: TokenFormat = "sse",  # noqa: A002
        *,
        heartbeat_ms: int | None = None,
        retry_ms: int | None = None,
        headers: HeaderItems | None = None,
    ) -> Self:
        """Make the answer; the source is not touched before it is sent."""
        if format not in _FORMATS:
            known = ", ".join(_FORMATS)
            raise ArgumentError(detail=f"format is one of {known}, not {format!r}")
        if format != "sse" and (heartbeat_ms is not None or retry_ms is not None):
            raise ArgumentError(detail="heartbeat_ms and retry_ms are for the format sse")
        is_async = hasattr(type(source), "__aiter__")
        if isinstance(source, str | bytes) or not (is_async or hasattr(type(source), "__iter__")):
            kind = type(source).__name__
            raise TypeError(f"TokenStream takes an iterable or async iterable, not {kind}")
        media_type, write, end = _FORMATS[format]
        counter = _Counter()
        make: Any = _async_tokens if is_async else _tokens
        pieces = make(source, write, end, counter)
        status = 200 if format == "sse" else None
        self = super().__new__(cls, pieces, status, headers, media_type)
        self._counter = counter
        if format == "sse":
            self._events = (
                _milliseconds("heartbeat_ms", heartbeat_ms),
                _milliseconds("retry_ms", retry_ms),
            )
        return self

    _counter: _Counter

    @property
    def count(self) -> int:
        """How many tokens have been sent so far."""
        return self._counter.value


class _Counter:
    """Apart from the answer, so that its tokens do not refer to it."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0


def _text(token: object) -> str | bytes:
    if isinstance(token, str):
        if not token.isascii():
            token.encode()  # what is no UTF-8 fails here, where it may still be an ordinary error
        return token
    if isinstance(token, bytes | bytearray | memoryview):
        return bytes(token)
    raise TypeError(f"a token is str or bytes, not {type(token).__name__}")


def _data(token: object) -> str:
    text = _text(token)
    return text if isinstance(text, str) else text.decode()


def _line(token: object) -> bytes:
    return encode_json(token) + b"\n"


_FORMATS: dict[str, tuple[str, Callable[[object], object], tuple[ServerSentEvent, ...]]] = {
    "sse": (_EVENTS, _data, (sse("[DONE]"),)),
    "ndjson": ("application/x-ndjson", _line, ()),
    "text": ("text/plain; charset=utf-8", _text, ()),
}


def _tokens(
    source: Iterable[object],
    write: Callable[[object], object],
    end: Iterable[object],
    counter: _Counter,
) -> Iterator[object]:
    iterator = iter(source)
    try:
        for token in iterator:
            yield write(token)
            counter.value += 1
        yield from end
    finally:
        close(iterator)


async def _async_tokens(
    source: AsyncIterable[object],
    write: Callable[[object], object],
    end: Iterable[object],
    counter: _Counter,
) -> AsyncIterator[object]:
    iterator = aiter(source)
    try:
        async for token in iterator:
            yield write(token)
            counter.value += 1
        for item in end:
            yield item
    finally:
        await aclose(iterator)


def sse_stream(
    source: Iterable[str | bytes] | AsyncIterable[str | bytes],
    *,
    heartbeat_ms: int | None = None,
    retry_ms: int | None = None,
    headers: HeaderItems | None = None,
) -> TokenStream:
    """Answer with an event for each token, and `[DONE]` at the end."""
    return TokenStream(source, "sse", heartbeat_ms=heartbeat_ms, retry_ms=retry_ms, headers=headers)


class EventHub:
    """Sends each event to any number of clients of one process, over all of its loops.

    Open from the start until `close`, or the end of the app. `history` events are kept for clients
    that come back with Last-Event-ID; what becomes of a client that
    has more than `client_bytes_max` to take says the `policy`: "drop_oldest", "close", or
    "coalesce", which first leaves out events that a later one of the same key superseded. Where a
    number is not given, that of trivet_sse_hub_config holds.
    """

    def __init__(
        self,
        app: App,
        *,
        history: int | None = None,
        history_bytes: int | None = None,
        event_bytes_max: int | None = None,
        client_bytes_max: int | None = None,
        subscribers_max: int | None = None,
        policy: Policy = "drop_oldest",
        heartbeat_ms: int | None = None,
        retry_ms: int | None = None,
        own_ids: bool = False,
    ) -> None:
        """Open a hub; with `own_ids` the ids of its events are the publisher's."""
        given = {
            "history_events": history,
            "history_bytes": history_bytes,
            "event_bytes_max": event_bytes_max,
            "client_bytes_max": client_bytes_max,
            "subscribers_max": subscribers_max,
            "heartbeat_ms": heartbeat_ms,
            "retry_ms": retry_ms,
        }
        settings = {name: value for name, value in given.items() if value is not None}
        settings["policy"] = choice("policy", _POLICIES, policy)
        settings["flags"] = abi.SSE_HUB_OWN_IDS if own_ids else 0
        # The app lives as long as its hubs.
        self._app = app
        #: The hub in the engine, for trivet.lowlevel.
        self.handle = sse_hub_open(app.native, settings)

    def publish(
        self,
        data: object = None,
        *,
        id: str | int | None = None,  # noqa: A002
        event: str | None = None,
        retry: int | None = None,
        comment: str | None = None,
        key: str | None = None,
    ) -> None:
        """Send an event to every subscriber, from any thread: what `sse` gives, or is made of."""
        if isinstance(data, ServerSentEvent):
            if (id, event, retry, comment, key) != (None, None, None, None, None):
                raise ArgumentError(detail="the event is complete already; its fields are given")
            sse_hub_publish(self.handle, data)
            return
        item = sse(data, id=id, event=event, retry=retry, comment=comment, key=key)
        sse_hub_publish(self.handle, item)

    def stream(
        self,
        request: Request,
        *,
        last_event_id: str | None = None,
        headers: HeaderItems | None = None,
    ) -> HubStream:
        """Give the answer that subscribes a request, for its handler to return.

        First come the kept events after the last one that the client has seen, which it says in
        Last-Event-ID unless `last_event_id` is given ("" for none), then each as it is published.
        A hub that is closed or full answers 503.
        """
        if last_event_id is None:
            last_event_id = request.last_event_id or ""
        return hub_stream(self.handle, last_event_id, headers)

    def info(self) -> HubInfo:
        """Give what the hub has done, as trivet_sse_hub_info names it."""
        return sse_hub_info(self.handle)

    def close(self) -> None:
        """End every subscriber's answer, after what was published before; once is enough."""
        from contextlib import suppress

        with suppress(StaleHandleError):
            sse_hub_close(self.handle)
