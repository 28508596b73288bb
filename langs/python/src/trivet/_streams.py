"""Requests whose content is read as it arrives, and who waits for a client; imported when needed.

Answers in pieces are in _pieces.py.
"""

from __future__ import annotations

from ._abi_gen import READY_GONE, READY_READ, READY_WRITE
from ._core import request_on_ready, request_read
from ._errors_gen import (
    ClientGoneError,
    ClientTimeoutError,
    LimitError,
    OutOfMemoryError,
    ProtocolError,
    StaleHandleError,
    StateError,
    TrivetError,
)
from ._http_errors import (
    BadRequest,
    ContentTooLarge,
    HTTPError,
    RequestTimeout,
    ServiceUnavailable,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Awaitable, Callable
    from typing import TypeVar

    from ._core import Request
    from ._pieces import Pump

    Taken = TypeVar("Taken")
    Progress = Callable[[int, int | None], object]

# What a client that is read has done, or what reading it has met, as an answer.
_FAILURES: dict[type[TrivetError], tuple[Callable[[str], HTTPError], str]] = {
    LimitError: (ContentTooLarge, "the content is longer than it may be"),
    ClientTimeoutError: (RequestTimeout, "the content came too slowly"),
    ProtocolError: (BadRequest, "the content is malformed"),
    OutOfMemoryError: (ServiceUnavailable, "there is no memory for the content"),
}


class Channel:
    """Who waits for the client of one request. The engine keeps it until the request has ended."""

    __slots__ = ("_has_gone", "_number", "_reader", "_writer", "is_read", "pump")

    def __init__(self, number: int) -> None:
        self._number = number
        self._has_gone = False
        self._reader: Future[None] | None = None
        self._writer: Future[None] | None = None
        #: Someone waits for content, or has been woken for it.
        self.is_read = False
        #: What writes without a task, and waits.
        self.pump: Pump | None = None

    def __call__(self, ready: int) -> None:
        """Wake who waits; 0 says that the request has ended."""
        is_over = ready in (0, READY_GONE)
        self._has_gone = self._has_gone or ready == READY_GONE
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

    async def read(self, request: Request, take: Callable[[Request], Taken | None]) -> Taken:
        """Wait for what `take` gives once it is there; one at a time."""
        self.is_read = True
        try:
            while True:
                self._reader = _future()
                await self._reader
                taken = take(request)
                if taken is not None:
                    return taken
        except StaleHandleError:
            # The request of a client that has gone may have been answered before its reader ran.
            if self._has_gone:
                raise ClientGoneError from None
            raise
        finally:
            self._reader = None
            self.is_read = False

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


def channel_of(request: Request) -> Channel:
    """Give the request's channel; made when someone waits for the first time."""
    number = request.id
    channel = _channels.get(number)
    if channel is None:
        channel = Channel(number)
        request_on_ready(request, channel)
        _channels[number] = channel
    return channel


def failure_of(error: TrivetError) -> Exception:
    """Give what reading fails with: an HTTPError where there is one for it."""
    for kind, (failure, detail) in _FAILURES.items():
        if isinstance(error, kind):
            return failure(detail)
    return error


async def wait_for_content(request: Request, take: Callable[[Request], Taken | None]) -> Taken:
    """Give what `take` makes of the content, which is None until something has come."""
    if _channels and (known := _channels.get(request.id)) is not None and known.is_read:
        raise StateError(detail="the content is being read already")
    taken = take(request)
    return await channel_of(request).read(request, take) if taken is None else taken


async def _read(request: Request) -> bytes:
    """Give what has come, empty at the end."""
    try:
        return await wait_for_content(request, request_read)
    except TrivetError as error:
        failure = failure_of(error)
        if failure is error:
            raise
        raise failure from error


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


async def read_whole(request: Request, is_streamed: bool, progress: Progress | None) -> bytes:
    """Read to the end."""
    if not is_streamed and progress is None:
        return request.body
    chunks = [chunk async for chunk in Content(request, is_streamed, progress)]
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
