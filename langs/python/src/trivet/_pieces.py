"""Answers in pieces; imported with the first of them."""

from __future__ import annotations

from ._closing import aclose, close
from ._core import ServerSentEvent, break_stream, reply_end, reply_write, sse_send
from ._errors_gen import ClientGoneError, StaleHandleError, StateError
from ._streams import channel_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
    from contextvars import Context
    from typing import Any

    from ._core import Request, StreamResponse

_END = object()
_TEXT = "text/plain; charset=utf-8"
_BYTES = "application/octet-stream"
_EVENTS = "text/event-stream"
# Who has gone, or was answered otherwise, is nobody's failure.
_ENDED = (ClientGoneError, StaleHandleError)


class _Primed:
    """A producer whose first piece is there already."""

    __slots__ = ("_first", "_rest")

    def __init__(self, first: object, rest: Any) -> None:
        self._first = first
        self._rest = rest

    def _take_first(self) -> object:
        first, self._first = self._first, _END
        return first

    def parts(self) -> tuple[object, Any]:
        """Give the first piece and what gives the others, which is quicker than being asked."""
        return self._take_first(), self._rest


class Pieces(_Primed):
    """One that is driven."""

    def __iter__(self) -> Pieces:
        return self

    def __next__(self) -> Any:
        return next(self._rest) if self._first is _END else self._take_first()

    def close(self) -> None:
        """Close the producer."""
        close(self._rest)


class AsyncPieces(_Primed):
    """One that is awaited."""

    def __aiter__(self) -> AsyncPieces:
        return self

    async def __anext__(self) -> Any:
        return await anext(self._rest) if self._first is _END else self._take_first()

    async def aclose(self) -> None:
        """Close the producer."""
        await aclose(self._rest)


def _close_all(iterators: Iterable[object]) -> None:
    """Close each, whatever becomes of the others."""
    failure: BaseException | None = None
    for iterator in iterators:
        try:
            close(iterator)
        except BaseException as error:
            failure = failure or error
    if failure is not None:
        raise failure


async def _aclose_all(iterators: Iterable[object]) -> None:
    failure: BaseException | None = None
    for iterator in iterators:
        try:
            if isinstance(iterator, Pieces):
                iterator.close()
            else:
                await aclose(iterator)
        except BaseException as error:
            failure = failure or error
    if failure is not None:
        raise failure


def _has_content(request: Request, response: StreamResponse) -> bool:
    return request.method != "HEAD" and response.status not in (204, 304)


def is_awaited(response: StreamResponse) -> bool:
    """Whether the first piece has to be awaited."""
    return not response._begins_at_once and hasattr(type(response.body), "__aiter__")


def prime(request: Request, response: StreamResponse) -> Awaitable[None] | None:
    """Make the first piece, which decides the media type; None when there is nothing to await."""
    content = response.body
    if content is None:
        raise StateError(
            detail="a StreamResponse of an iterator is sent once; make one for each request"
        )
    if isinstance(content, _Primed) or not _has_content(request, response):
        return None
    is_async = hasattr(type(content), "__aiter__")
    if response._begins_at_once:
        begun = AsyncPieces(_END, aiter(content)) if is_async else Pieces(_END, iter(content))
        response.body = begun
        return None
    if is_async:
        return _prime_async(response, aiter(content))
    iterator = iter(content)
    try:
        first = next(iterator, _END)
    except BaseException:
        close(iterator)
        raise
    if first is _END:
        close(iterator)
    _begin_with(response, first, iterator, Pieces)
    return None


async def _prime_async(response: StreamResponse, iterator: AsyncIterator[Any]) -> None:
    try:
        first = await anext(iterator, _END)
    except BaseException:
        await aclose(iterator)
        raise
    if first is _END:
        await aclose(iterator)
    _begin_with(response, first, iterator, AsyncPieces)


def _begin_with(
    response: StreamResponse, first: object, rest: Any, kind: type[Pieces] | type[AsyncPieces]
) -> None:
    if first is _END:
        response.body = Pieces(_END, iter(()))
        return
    if response.content_type is None and isinstance(first, ServerSentEvent):
        response.content_type = _EVENTS
        response._events = (None, None)
        # As an EventStream has it, whatever the route's; another one of its own is refused.
        if not response._has_status:
            response.status = 200
    elif response.content_type is None:
        response.content_type = _TEXT if isinstance(first, str) else _BYTES
    response.body = kind(first, rest)


def discard(request: Request, producers: list[object]) -> Awaitable[None] | None:
    """Close producers whose pieces nobody will have; None when there is nothing to await."""
    producers.reverse()
    primed = [producer for producer in producers if isinstance(producer, _Primed)]
    if any(isinstance(producer, AsyncPieces) for producer in primed):
        return _discard_async(request, primed)
    try:
        _close_all(primed)
    except Exception as error:
        break_stream(request, error)
    return None


async def _discard_async(request: Request, producers: Iterable[object]) -> None:
    try:
        await _aclose_all(producers)
    except Exception as error:
        break_stream(request, error)


def run(
    request: Request, response: StreamResponse, context: Context, producers: list[object]
) -> Awaitable[None] | None:
    """Write the pieces of an answer that has begun; None when there is nothing to await.

    `context` is the request's. `producers` are all that have made a first piece: hooks may have
    wrapped one, or left it.
    """
    content = response.body
    others = [
        producer
        for producer in reversed(producers)
        if producer is not content and isinstance(producer, _Primed)
    ]
    if hasattr(type(content), "__aiter__"):
        return _run_async(request, response, aiter(content), others)
    plain = [producer for producer in others if isinstance(producer, Pieces)]
    left = [producer for producer in others if isinstance(producer, AsyncPieces)]
    Pump(request, response, iter(content), context, plain).write()
    return _discard_async(request, left) if left else None


def _end(request: Request, response: StreamResponse) -> None:
    trailers: Any = response.trailers
    if callable(trailers):
        trailers = trailers() if _has_content(request, response) else None
    reply_end(request, trailers)


def _writer(response: StreamResponse) -> Callable[[Request, Any], bool]:
    return reply_write if response._events is None else sse_send


def _has_ended(request: Request) -> bool:
    """Whether that is why a producer or a write has failed."""
    try:
        return request.is_gone
    except StaleHandleError:
        return True


async def _run_async(
    request: Request,
    response: StreamResponse,
    iterator: AsyncIterator[Any],
    others: list[Any],
) -> None:
    write = _writer(response)
    try:
        try:
            if _has_content(request, response):
                pieces: Any = iterator
                if isinstance(iterator, AsyncPieces):
                    first, pieces = iterator.parts()
                    if first is not _END and write(request, first):
                        await channel_of(request).writable()
                async for piece in pieces:
                    if write(request, piece):
                        await channel_of(request).writable()
        finally:
            await _aclose_all((iterator, *others))
        _end(request, response)
    except _ENDED:
        if not _has_ended(request):
            raise
        break_stream(request, None)


class Pump:
    """Writes the pieces of a plain producer while there is room, on the loop.

    Every part of the producer runs in the context of its request.
    """

    __slots__ = (
        "_context",
        "_first",
        "_is_running",
        "_iterator",
        "_others",
        "_pieces",
        "_request",
        "_response",
        "_writes",
    )

    def __init__(
        self,
        request: Request,
        response: StreamResponse,
        iterator: Iterator[Any],
        context: Context,
        others: list[Pieces],
    ) -> None:
        self._request = request
        self._response = response
        self._iterator: Iterator[Any] | None = iterator
        self._first: Any = _END
        self._pieces = iterator
        if isinstance(iterator, Pieces):
            self._first, self._pieces = iterator.parts()
        self._context = context
        self._others = others
        self._writes = _writer(response)
        self._is_running = False

    def write(self) -> None:
        """Write until there is no room or no more. Failures are the caller's."""
        self._is_running = True
        try:
            if not _has_content(self._request, self._response):
                self._end()
            while self._iterator is not None:
                piece, self._first = self._first, _END
                if piece is _END:
                    piece = next(self._pieces, _END)
                if piece is _END:
                    self._end()
                elif self._writes(self._request, piece):
                    channel_of(self._request).pump = self
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

    def _end(self) -> None:
        self.close()
        _end(self._request, self._response)

    def close(self) -> None:
        """Let the producer clean up, once."""
        iterator, self._iterator = self._iterator, None
        if iterator is not None:
            _close_all((iterator, *self._others))

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
