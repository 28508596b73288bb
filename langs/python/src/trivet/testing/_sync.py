"""The client for plain tests."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, TypedDict

from ._client import Core, Exchange, event_headers, milliseconds_of
from ._serving import Inline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from types import TracebackType

    from typing_extensions import Self, Unpack

    from .._app import App
    from ._events import ReceivedEvent
    from ._fields import ResponseHeaders
    from ._message import Content, File, Pairs, TestResponse


class RequestParts(TypedDict, total=False):
    """What a request may have. One of `content`, `json`, or `data` with `files`."""

    params: Pairs | None
    headers: Mapping[str, str] | Iterable[tuple[str, str]] | None
    content: Content | None
    json: object
    data: Pairs | None
    files: Mapping[str, File] | None


class ResponseStream:
    """An answer that is read while it comes: iterate over its pieces."""

    def __init__(self, serving: Inline, exchange: Exchange) -> None:
        self._run = serving.run
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

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._run(self._exchange.piece()):
            yield piece

    def read(self) -> bytes:
        """Read the rest."""
        return self._run(self._exchange.read())

    def events(self) -> Iterator[ReceivedEvent]:
        """Read the content as Server-Sent Events."""
        while event := self._run(self._exchange.event()):
            yield event


class TestClient:
    """Sends requests to an app that is served on this thread, while the client waits.

    Use as a context manager: the startup functions run when it is made, the shutdown functions when
    it is closed. What a handler raises and nobody answers is raised by the request, unless
    `raise_errors` is false; then the request gets its 500. `timeout` is in seconds.
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
        self._serving = Inline(app)
        self._core = Core(
            app,
            self._serving.failures,
            raise_errors=raise_errors,
            headers=dict(headers or {}),
            timeout=timeout,
        )
        self._is_closed = False

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

    def request(self, method: str, url: str, **parts: Unpack[RequestParts]) -> TestResponse:
        """Send a request and read the answer to its end."""
        return self._serving.run(self._core.request(method, url, **parts))

    def get(self, url: str, **parts: Unpack[RequestParts]) -> TestResponse:
        """Send a GET request."""
        return self.request("GET", url, **parts)

    def head(self, url: str, **parts: Unpack[RequestParts]) -> TestResponse:
        """Send a HEAD request."""
        return self.request("HEAD", url, **parts)

    def options(self, url: str, **parts: Unpack[RequestParts]) -> TestResponse:
        """Send a OPTIONS request."""
        return self.request("OPTIONS", url, **parts)

    def post(self, url: str, **parts: Unpack[RequestParts]) -> TestResponse:
        """Send a POST request."""
        return self.request("POST", url, **parts)

    def put(self, url: str, **parts: Unpack[RequestParts]) -> TestResponse:
        """Send a PUT request."""
        return self.request("PUT", url, **parts)

    def patch(self, url: str, **parts: Unpack[RequestParts]) -> TestResponse:
        """Send a PATCH request."""
        return self.request("PATCH", url, **parts)

    def delete(self, url: str, **parts: Unpack[RequestParts]) -> TestResponse:
        """Send a DELETE request."""
        return self.request("DELETE", url, **parts)

    @contextmanager
    def stream(
        self, method: str, url: str, **parts: Unpack[RequestParts]
    ) -> Iterator[ResponseStream]:
        """Send a request; read the answer in the block, at whose end the client leaves."""
        exchange = self._serving.run(self._core.open(method, url, **parts))
        try:
            yield ResponseStream(self._serving, exchange)
        finally:
            exchange.close()

    @contextmanager
    def sse(
        self,
        url: str,
        *,
        last_event_id: str | None = None,
        params: Pairs | None = None,
        headers: dict[str, str] | None = None,
    ) -> Iterator[Iterator[ReceivedEvent]]:
        """Read Server-Sent Events: `with client.sse("/news") as events: next(events).data`."""
        given = event_headers(last_event_id, headers)
        with self.stream("GET", url, params=params, headers=given) as response:
            yield response.events()

    def override(
        self, dependency: Callable[..., Any], replacement: Callable[..., Any]
    ) -> AbstractContextManager[None]:
        """Have a function called in place of one that handlers depend on, in a block."""
        return self._core.override(dependency, replacement)

    def advance(self, seconds: float) -> None:
        """Put the app's clock forward: its deadlines, heartbeats, timers and asyncio.sleep."""
        self._serving.advance(milliseconds_of(seconds))

    def close(self) -> None:
        """Leave, drain, and run the shutdown functions."""
        if not self._is_closed:
            self._is_closed = True
            self._core.close()
            self._serving.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
