"""Content in pieces; imported with the first request that is read or answered so."""

from __future__ import annotations

from contextvars import copy_context

from ._abi_gen import READY_GONE, READY_READ, READY_WRITE
from ._core import (
    break_stream,
    reply_end,
    reply_write,
    request_on_ready,
    request_read,
)
from ._errors_gen import (
    ClientGoneError,
    ClientTimeoutError,
    LimitError,
    ProtocolError,
    StaleHandleError,
    StateError,
)
from ._http_errors import BadRequest, ContentTooLarge, RequestTimeout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from typing import Any

    from ._core import Request, StreamResponse

    Progress = Callable[[int, int | None], object]

_END = object()
_TEXT = "text/plain; charset=utf-8"
_BYTES = "application/octet-stream"
# Who has gone, or was answered otherwise, is nobody's failure.
_ENDED = (ClientGoneError, StaleHandleError)


class Channel:
    """Who waits for the client of one request. The engine keeps it until the request has ended."""

    __slots__ = ("_number", "_reader", "_writer", "pump")

    def __init__(self, number: int) -> None:
        self._number = number
        self._reader: Future[None] | None = None
        self._writer: Future[None] | None = None
        #: What writes without a task, and waits.
        self.pump: Pump | None = None

    def __call__(self, ready: int) -> None:
        """Wake who waits; 0 says that the request has ended."""
        is_over = ready in (0, READY_GONE)
        if is_over or ready == READY_READ:
            _wake(self._reader)
        if is_over or ready == READY_WRITE:
            _wake(self._writer)
        if ready == 0:
            _channels.pop(self._number, None)
        pump = self.pump
        if pump is None:
            return
        if ready == 0:
            self.pump = None
            pump.drop()
        elif ready == READY_GONE:
            self.pump = None
            pump.stop()
        elif ready == READY_WRITE:
            pump.go()

    @property
    def is_read(self) -> bool:
        """Whether someone waits for content."""
        return self._reader is not None and not self._reader.done()

    def readable(self) -> Awaitable[None]:
        """Wait for content."""
        self._reader = _future()
        return self._reader

    def writable(self) -> Awaitable[None]:
        """Wait for room."""
        self._writer = _future()
        return self._writer


_channels: dict[int, Channel] = {}


def _future() -> Future[None]:
    import asyncio

    return asyncio.get_running_loop().create_future()


def _wake(future: Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)


def _channel(request: Request) -> Channel:
    number = request.id
    channel = _channels.get(number)
    if channel is None:
        channel = Channel(number)
        request_on_ready(request, channel)
        _channels[number] = channel
    return channel


async def _read(request: Request) -> bytes:
    """Give what has come, empty at the end; what went wrong is an HTTPError where there is one."""
    try:
        if _channels and (known := _channels.get(request.id)) is not None and known.is_read:
            raise StateError(detail="the content is being read already")
        while (chunk := request_read(request)) is None:
            await _channel(request).readable()
    except LimitError as error:
        raise ContentTooLarge("the content is longer than it may be") from error
    except ClientTimeoutError as error:
        raise RequestTimeout("the content came too slowly") from error
    except ProtocolError as error:
        raise BadRequest("the content is malformed") from error
    return chunk


class Content:
    """The content of a request, chunk by chunk; what `request.stream` gives."""

    __slots__ = ("_is_streamed", "_is_whole", "_progress", "_received", "_request", "_total")

    def __init__(self, request: Request, is_streamed: bool, progress: Progress | None) -> None:
        self._request = request
        self._is_streamed = is_streamed
        self._is_whole = False
        self._progress = progress
        self._received = 0
        self._total: int | None = None
        if progress is not None:
            length = request.headers.get("content-length")
            self._total = None if length is None else int(length)

    def __aiter__(self) -> Content:
        return self

    async def __anext__(self) -> bytes:
        if self._is_whole:
            raise StopAsyncIteration
        if self._is_streamed:
            chunk = await _read(self._request)
        else:
            chunk = self._request.body
            self._is_whole = True
        if not chunk:
            self._is_whole = True
            raise StopAsyncIteration
        if self._progress is not None:
            self._received += len(chunk)
            self._progress(self._received, self._total)
        return chunk


async def read_whole(request: Request, is_streamed: bool) -> bytes:
    """Read to the end."""
    if not is_streamed:
        return request.body
    chunks = []
    while chunk := await _read(request):
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


class _Pieces:
    """A producer whose first piece is there already."""

    __slots__ = ("_first", "_rest")

    def __init__(self, first: object, rest: Any) -> None:
        self._first = first
        self._rest = rest

    def _take_first(self) -> object:
        first, self._first = self._first, _END
        return first


class Pieces(_Pieces):
    """One that is driven."""

    def __iter__(self) -> Pieces:
        return self

    def __next__(self) -> Any:
        return next(self._rest) if self._first is _END else self._take_first()

    def close(self) -> None:
        """Close the producer."""
        _close(self._rest)


class AsyncPieces(_Pieces):
    """One that is awaited."""

    def __aiter__(self) -> AsyncPieces:
        return self

    async def __anext__(self) -> Any:
        return await anext(self._rest) if self._first is _END else self._take_first()

    async def aclose(self) -> None:
        """Close the producer."""
        await _aclose(self._rest)


def _close(iterator: object) -> None:
    close = getattr(iterator, "close", None)
    if close is not None:
        close()


async def _aclose(iterator: object) -> None:
    close = getattr(iterator, "aclose", None)
    if close is not None:
        await close()


def _has_content(request: Request, response: StreamResponse) -> bool:
    return request.method != "HEAD" and response.status not in (204, 304)


def prime(request: Request, response: StreamResponse) -> Awaitable[None] | None:
    """Make the first piece, which decides the media type; None when there is nothing to await."""
    if not _has_content(request, response):
        return None
    content = response.body
    if hasattr(type(content), "__aiter__"):
        return _prime_async(response, aiter(content))
    iterator = iter(content)
    _begin_with(response, next(iterator, _END), iterator, Pieces)
    return None


async def _prime_async(response: StreamResponse, iterator: AsyncIterator[Any]) -> None:
    first = await anext(iterator, _END)
    _begin_with(response, first, iterator, AsyncPieces)


def _begin_with(
    response: StreamResponse, first: object, rest: Any, kind: type[Pieces] | type[AsyncPieces]
) -> None:
    if first is _END:
        response.body = Pieces(_END, iter(()))
        return
    if response.content_type is None:
        response.content_type = _TEXT if isinstance(first, str) else _BYTES
    response.body = kind(first, rest)


def run(request: Request, response: StreamResponse) -> Awaitable[None] | None:
    """Write the pieces of an answer that has begun; None when there is nothing to await."""
    content = response.body
    if hasattr(type(content), "__aiter__"):
        return _run_async(request, response, aiter(content))
    pump = Pump(request, response, iter(content))
    if not _has_content(request, response):
        pump.end()
    else:
        pump.write()
    return None


def _end(request: Request, response: StreamResponse) -> None:
    trailers: Any = response.trailers
    if callable(trailers):
        trailers = trailers() if _has_content(request, response) else None
    reply_end(request, trailers)


def _has_ended(request: Request) -> bool:
    """Whether that is why a producer or a write has failed."""
    try:
        return request.is_gone
    except StaleHandleError:
        return True


async def _run_async(
    request: Request, response: StreamResponse, iterator: AsyncIterator[Any]
) -> None:
    try:
        try:
            if _has_content(request, response):
                async for piece in iterator:
                    if reply_write(request, piece):
                        await _channel(request).writable()
        finally:
            await _aclose(iterator)
        _end(request, response)
    except _ENDED:
        if not _has_ended(request):
            raise
        break_stream(request, None)


class Pump:
    """Writes the pieces of a plain producer while there is room, on the loop."""

    __slots__ = ("_context", "_is_running", "_iterator", "_request", "_response")

    def __init__(self, request: Request, response: StreamResponse, iterator: Iterator[Any]) -> None:
        self._request = request
        self._response = response
        self._iterator: Iterator[Any] | None = iterator
        self._context = copy_context()
        self._is_running = False

    def write(self) -> None:
        """Write until there is no room or no more. Failures are the caller's."""
        self._is_running = True
        try:
            while self._iterator is not None:
                piece: Any = next(self._iterator, _END)
                if piece is _END:
                    self.end()
                elif reply_write(self._request, piece):
                    _channel(self._request).pump = self
                    return
        except _ENDED:
            self.close()
            if not _has_ended(self._request):
                raise
            break_stream(self._request, None)
        except BaseException:
            self.close()
            raise
        finally:
            self._is_running = False

    def end(self) -> None:
        """Close the producer and end the answer."""
        self.close()
        _end(self._request, self._response)

    def close(self) -> None:
        """Let the producer clean up, once."""
        iterator, self._iterator = self._iterator, None
        if iterator is not None:
            _close(iterator)

    def go(self) -> None:
        """Go on: there is room again."""
        if not self._is_running:
            self._guard(self.write)

    def stop(self) -> None:
        """Give up: the client has gone."""
        if not self._is_running and self._iterator is not None:
            self._guard(self.close)
            break_stream(self._request, None)

    def drop(self) -> None:
        """Clean up: the request has ended."""
        if not self._is_running and self._iterator is not None:
            self._context.run(self.close)

    def _guard(self, part: Callable[[], None]) -> None:
        try:
            self._context.run(part)
        except BaseException as error:
            break_stream(self._request, error)
            if not isinstance(error, Exception):
                raise
