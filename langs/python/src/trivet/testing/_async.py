"""The client for tests that run in an event loop."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

from ._client import Core, Exchange, event_headers, milliseconds_of
from ._serving import Threaded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from types import TracebackType

    from typing_extensions import Self, Unpack

    from .._app import App
    from ._events import ReceivedEvent
    from ._fields import ResponseHeaders
    from ._message import Pairs, TestResponse
    from ._sync import RequestParts


class AsyncResponseStream:
    """An answer that is read while it comes: iterate over its pieces."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    @property
    def status(self) -> int:
        """The status of the answer."""
        return self._exchange.status

    @property
    def headers(self) -> ResponseHeaders:
        """Its fields."""
        return self._exchange.headers

    @property
    def comments(self) -> list[str]:
        """The comments among the events that were read: what heartbeats are."""
        return self._exchange.comments

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await self._exchange.piece():
            yield piece

    async def read(self) -> bytes:
        """Read the rest."""
        return await self._exchange.read()

    async def events(self) -> AsyncIterator[ReceivedEvent]:
        """Read the content as Server-Sent Events."""
        while event := await self._exchange.event():
            yield event


class AsyncTestClient:
    """Sends requests to an app that is served on a thread of its own, from any event loop.

    Use as an asynchronous context manager. Everything else is as with TestClient.
    """

    __test__ = False  # pytest takes it for a test otherwise

    def __init__(
        self,
        app: App,
        *,
        raise_errors: bool = True,
        headers: dict[str, str] | None = None,
        timeout: float = 30.0,
    ) -> None:
        self.app = app
        self._serving = Threaded(app)
        self._core = Core(
            app,
            self._serving.failures,
            raise_errors=raise_errors,
            headers=dict(headers or {}),
            timeout=timeout,
        )
        self._is_open = False

    @property
    def headers(self) -> dict[str, str]:
        """Fields that every request has; change them as you like."""
        return self._core.headers

    @property
    def failures(self) -> list[BaseException]:
        """What handlers have raised, nobody has answered, and no request has raised."""
        return self._core.failures

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies that answers have set and that are kept."""
        return self._core.cookies()

    def set_cookie(self, name: str, value: str, path: str = "/") -> None:
        """Keep a cookie as if an answer had set it."""
        self._core.set_cookie(name, value, path)

    def clear_cookies(self) -> None:
        """Forget all cookies."""
        self._core.jar.clear()

    async def request(self, method: str, url: str, **parts: Unpack[RequestParts]) -> TestResponse:
        """Send a request and read the answer to its end."""
        return await self._core.request(method, url, **parts)

    async def get(self, url: str, **parts: Unpack[RequestParts]) -> TestResponse:
        """Send a GET request."""
        return await self.request("GET", url, **parts)

    async def head(self, url: str, **parts: Unpack[RequestParts]) -> TestResponse:
        """Send a HEAD request."""
        return await self.request("HEAD", url, **parts)

    async def options(self, url: str, **parts: Unpack[RequestParts]) -> TestResponse:
        """Send a OPTIONS request."""
        return await self.request("OPTIONS", url, **parts)

    async def post(self, url: str, **parts: Unpack[RequestParts]) -> TestResponse:
        """Send a POST request."""
        return await self.request("POST", url, **parts)

    async def put(self, url: str, **parts: Unpack[RequestParts]) -> TestResponse:
        """Send a PUT request."""
        return await self.request("PUT", url, **parts)

    async def patch(self, url: str, **parts: Unpack[RequestParts]) -> TestResponse:
        """Send a PATCH request."""
        return await self.request("PATCH", url, **parts)

    async def delete(self, url: str, **parts: Unpack[RequestParts]) -> TestResponse:
        """Send a DELETE request."""
        return await self.request("DELETE", url, **parts)

    @asynccontextmanager
    async def stream(
        self, method: str, url: str, **parts: Unpack[RequestParts]
    ) -> AsyncIterator[AsyncResponseStream]:
        """Send a request; read the answer in the block, at whose end the client leaves."""
        exchange = await self._core.open(method, url, **parts)
        try:
            yield AsyncResponseStream(exchange)
        finally:
            exchange.close()

    @asynccontextmanager
    async def sse(
        self,
        url: str,
        *,
        last_event_id: str | None = None,
        params: Pairs | None = None,
        headers: dict[str, str] | None = None,
    ) -> AsyncIterator[AsyncIterator[ReceivedEvent]]:
        """Read Server-Sent Events: `async with client.sse("/news") as events: …`."""
        given = event_headers(last_event_id, headers)
        async with self.stream("GET", url, params=params, headers=given) as response:
            yield response.events()

    def override(
        self, dependency: Callable[..., Any], replacement: Callable[..., Any]
    ) -> AbstractContextManager[None]:
        """Have a function called in place of one that handlers depend on, in a block."""
        return self._core.override(dependency, replacement)

    async def advance(self, seconds: float) -> None:
        """Put the app's clock forward: its deadlines, heartbeats, timers and asyncio.sleep."""
        await self._serving.advance(milliseconds_of(seconds))

    async def open(self) -> None:
        """Serve: run the startup functions, and raise what they raise."""
        if not self._is_open:
            await asyncio.to_thread(self._serving.start)
            self._is_open = True

    async def close(self) -> None:
        """Leave, drain, and run the shutdown functions."""
        if self._is_open:
            self._is_open = False
            self._core.close()
            await asyncio.to_thread(self._serving.close)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
