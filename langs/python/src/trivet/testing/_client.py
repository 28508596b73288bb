"""What both clients are: connections, cookies, and what becomes of failures."""

from __future__ import annotations

import email.message
import urllib.request
from contextlib import contextmanager
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

from .._errors_gen import ArgumentError
from ._events import EventReader, ReceivedEvent
from ._fields import ResponseHeaders
from ._message import HOST, Outgoing, TestResponse
from ._wire import Wire, WireError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .._app import App

_FORWARD_SECONDS_MAX = 2**30
_REPEATABLE = ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE")


class _Answer:
    """What http.cookiejar asks of an answer."""

    def __init__(self, headers: ResponseHeaders) -> None:
        self._message = email.message.Message()
        for name, value in headers.items_list():
            self._message[name] = value

    def info(self) -> email.message.Message:
        return self._message


class Exchange:
    """An answer whose head is there; its content is read piece by piece."""

    def __init__(self, core: Core, wire: Wire, request: Outgoing) -> None:
        self._core = core
        self._wire = wire
        self.request = request
        self.status = 0
        self.headers = ResponseHeaders([])
        self._events = EventReader()
        self._waiting: list[ReceivedEvent] = []

    async def begin(self) -> None:
        """Send the request and read the head of the answer."""
        try:
            for piece in self.request.pieces():
                await self._wire.send(piece)
        except ConnectionError:
            pass  # answered before it was read, perhaps
        self.status, self.headers = await self._wire.head(self.request.method)

    async def piece(self) -> bytes:
        """Read the next piece of the content; empty at the end."""
        try:
            return await self._wire.piece()
        except WireError:
            self._core.raise_failure()
            raise

    async def read(self) -> bytes:
        """Read the rest of the content."""
        pieces = []
        while piece := await self.piece():
            pieces.append(piece)
        return b"".join(pieces)

    async def event(self) -> ReceivedEvent | None:
        """Read the next event; None at the end."""
        while not self._waiting:
            piece = await self.piece()
            if not piece:
                return None
            self._waiting += self._events.feed(piece)
        return self._waiting.pop(0)

    @property
    def comments(self) -> list[str]:
        """The comments among the events so far."""
        return self._events.comments

    def close(self) -> None:
        """Leave, or keep the connection for the next request where the answer was read."""
        self._core.give_back(self._wire)


class Core:
    """The connections of a client and what it remembers."""

    def __init__(
        self,
        app: App,
        failures: list[BaseException],
        *,
        raise_errors: bool,
        headers: dict[str, str],
        timeout: float,
    ) -> None:
        self.app = app
        self.failures = failures
        self.headers = headers
        self.jar = CookieJar(DefaultCookiePolicy(secure_protocols=("http", "https")))
        self._raises = raise_errors
        self._timeout = timeout
        self._idle: list[Wire] = []
        self._open: set[Wire] = set()

    def _take(self) -> Wire:
        while self._idle:
            wire = self._idle.pop()
            if wire.is_reusable:
                return wire
            self._drop(wire)
        wire = Wire(self.app.native.inject(), self._timeout)
        self._open.add(wire)
        return wire

    def _drop(self, wire: Wire) -> None:
        self._open.discard(wire)
        wire.close()

    def give_back(self, wire: Wire) -> None:
        """Keep a connection for later, or close it."""
        if wire in self._open and wire.is_reusable:
            self._idle.append(wire)
        else:
            self._drop(wire)

    def raise_failure(self) -> None:
        """Raise what a handler has raised, if it did."""
        if self._raises and self.failures:
            raise self.failures.pop(0)

    async def open(self, method: str, url: str, **given: Any) -> Exchange:
        """Send a request; give its answer once the head is there."""
        request = Outgoing(method, url, **given)
        for name, value in self.headers.items():
            request.add(name, value)
        asked = urllib.request.Request(request.url)  # noqa: S310
        self.jar.add_cookie_header(asked)
        if asked.has_header("Cookie"):
            request.add("Cookie", str(asked.get_header("Cookie")))
        exchange = await self._send(request)
        self.jar.extract_cookies(_Answer(exchange.headers), asked)  # type: ignore[arg-type]
        if exchange.status >= 500:
            try:
                self.raise_failure()
            except BaseException:
                self._drop(exchange._wire)
                raise
        return exchange

    async def _send(self, request: Outgoing) -> Exchange:
        while True:
            wire = self._take()
            exchange = Exchange(self, wire, request)
            try:
                await exchange.begin()
            except BaseException as error:
                self._drop(wire)
                # The server may have closed a connection that was idle in the very moment.
                is_late = wire.is_used and not wire.has_begun and request.method in _REPEATABLE
                if isinstance(error, ConnectionError) and is_late:
                    continue
                if isinstance(error, ConnectionError):
                    self.raise_failure()
                raise
            return exchange

    async def request(self, method: str, url: str, **given: Any) -> TestResponse:
        """Send a request and read the answer to its end."""
        exchange = await self.open(method, url, **given)
        try:
            content = await exchange.read()
        finally:
            exchange.close()
        return TestResponse(exchange.request.url, exchange.status, exchange.headers, content)

    def cookies(self) -> dict[str, str]:
        """Give the cookies that are kept."""
        return {cookie.name: cookie.value or "" for cookie in self.jar}

    def set_cookie(self, name: str, value: str, path: str) -> None:
        """Keep one as if an answer had set it."""
        given = {"port": None, "port_specified": False, "secure": False, "expires": None}
        about: dict[str, Any] = {"discard": True, "comment": None, "comment_url": None}
        self.jar.set_cookie(
            Cookie(
                **given,  # type: ignore[arg-type]
                **about,
                version=0,
                name=name,
                value=value,
                domain=HOST,
                domain_specified=False,
                domain_initial_dot=False,
                path=path,
                path_specified=True,
                rest={},
            )
        )

    @contextmanager
    def override(
        self, dependency: Callable[..., Any], replacement: Callable[..., Any]
    ) -> Iterator[None]:
        """Have a function called in place of another, until the end of the block."""
        overrides = self.app.overrides
        missing = object()
        before = overrides.get(dependency, missing)
        overrides[dependency] = replacement
        try:
            yield
        finally:
            if before is missing:
                del overrides[dependency]
            else:
                overrides[dependency] = before

    def close(self) -> None:
        """Close every connection: the handlers of those that wait are cancelled."""
        for wire in list(self._open):
            self._drop(wire)
        self._idle.clear()


def event_headers(last_event_id: str | None, headers: dict[str, str] | None) -> dict[str, str]:
    """Give the fields of a request for events."""
    own = {"Accept": "text/event-stream", **(headers or {})}
    if last_event_id is not None:
        own["Last-Event-ID"] = last_event_id
    return own


def milliseconds_of(seconds: float) -> int:
    """Give whole milliseconds, at least as long."""
    if not 0 <= seconds <= _FORWARD_SECONDS_MAX:
        raise ArgumentError(detail=f"time goes forward, by {_FORWARD_SECONDS_MAX} s at most")
    return -int(-seconds * 1000 // 1)
