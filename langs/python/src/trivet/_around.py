"""Hooks around a handler: each is given what calls the next one; imported with the first of them.

A level is a function of the request and of the list of producers that have begun, which are closed
in the end. It gives a Response, or a coroutine of one. A level of a plain hook runs without a task,
so all that is inside it must be plain as well.
"""

from __future__ import annotations

from . import _signature
from ._core import Response, StreamResponse, response_of
from ._errors_gen import ArgumentError, StateError
from ._pieces import is_awaited, prime

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from ._core import Request, Route
    from ._routing import Hook, Part

    Level = Callable[[Request, list[object]], Any]

__all__ = ["surround"]


def surround(
    hooks: tuple[Part, ...], route: Route, status: int, needs_loop: bool, handler: Any
) -> Part:
    """Make one function of hooks and the handler that they run around, outermost first."""
    level, is_async = (_answer_later if needs_loop else _answer)(route, status), needs_loop
    inside = f"{_signature.name_of(handler)} ({_signature.site(handler)})" if handler else ""
    for hook, is_hook_async in reversed(hooks):
        place = f"{_signature.name_of(hook)} ({_signature.site(hook)})"
        if is_async and not is_hook_async:
            raise ArgumentError(
                detail=f"around hook {place} is a plain function, and {inside}, which it runs "
                "around, is async: make the hook an async def, and write await call_next()"
            )
        if is_hook_async:
            level, is_async = _around_later(hook, place, level, is_async), True
        else:
            level = _around(hook, place, level)
        inside = place
    return level, is_async


def _result(result: object, status: int) -> Response:
    """Make a Response of what a handler gave; that it cannot be sent is the handler's failure."""
    try:
        return response_of(result, status)
    except Exception as error:
        error._of_result = True  # type: ignore[attr-defined]
        raise


def _answer(route: Route, status: int) -> Level:
    """Give what runs a plain handler."""

    def run(request: Request, producers: list[object]) -> Response:
        response = _result(route.call(request), status)
        if isinstance(response, StreamResponse):
            _begin(request, response, producers)
        return response

    return run


def _answer_later(route: Route, status: int) -> Level:
    is_coroutine = route.is_async

    async def run(request: Request, producers: list[object]) -> Response:
        result = route.call(request)
        response = _result(await result if is_coroutine else result, status)
        if isinstance(response, StreamResponse):
            await _begin_later(request, response, producers)
        return response

    return run


def _begin(request: Request, response: StreamResponse, producers: list[object]) -> None:
    """Make the first piece, so that its failure is the handler's. What is awaited comes later."""
    if not is_awaited(response):
        prime(request, response)
        producers.append(response.body)


async def _begin_later(request: Request, response: StreamResponse, producers: list[object]) -> None:
    waiting = prime(request, response)
    if waiting is not None:
        await waiting
    producers.append(response.body)


class _Turn:
    """One run of one hook, and the call_next that it is given."""

    __slots__ = ("_is_called", "_level", "_place", "_producers", "error", "is_over", "request",
                 "response")  # fmt: skip

    def __init__(self, level: Level, place: str, request: Request, producers: list[object]) -> None:
        self._level = level
        self._place = place
        self._producers = producers
        self._is_called = False
        self.request = request
        self.is_over = False
        self.response: Response | None = None
        self.error: Exception | None = None

    def _begin(self, request: Request | None) -> None:
        if request is not None and request is not self.request:
            raise TypeError(f"call_next() in {self._place} goes on with its own request, no other")
        if self.is_over:
            raise StateError(detail=f"call_next() of {self._place} is called after its hook ended")
        if self._is_called:
            raise StateError(
                detail=f"call_next() is called twice in {self._place}: the handler runs once for a "
                "request, so keep the response that it gave"
            )
        self._is_called = True

    def end(self, result: object) -> Response | None:
        """Say what the hook has answered; None where it is a Response that is new to us."""
        if result is None:
            if self.response is not None:
                return self.response
            if self.error is not None:
                raise self.error
            told = "has not awaited call_next()" if self._is_called else "calls no call_next()"
            raise TypeError(
                f"around hook {self._place} gives no answer and {told}: return what call_next() "
                "gives, awaited in an async def, or an answer of its own"
            )
        return self.response if result is self.response else None

    def close(self) -> None:
        """End it: a call_next that is called later is refused."""
        self.is_over = True
        self.response = self.error = None

    def response_of(self, result: object) -> Response:
        """Make a Response of what the hook gave in place of the handler's answer."""
        try:
            return response_of(result, 0)
        except (TypeError, ValueError) as error:
            raise TypeError(f"around hook {self._place} gives no answer: {error}") from error


class _Now(_Turn):
    __slots__ = ()

    def __call__(self, request: Request | None = None) -> Response:
        self._begin(request)
        try:
            response: Response = self._level(self.request, self._producers)
        except Exception as error:
            self.error = error
            raise
        self.response = response
        return response


class _Later(_Turn):
    __slots__ = ("_is_async",)

    def __init__(
        self,
        level: Level,
        is_async: bool,
        place: str,
        request: Request,
        producers: list[object],
    ) -> None:
        super().__init__(level, place, request, producers)
        self._is_async = is_async

    def __call__(self, request: Request | None = None) -> Coroutine[Any, Any, Response]:
        self._begin(request)
        return self._go()

    async def _go(self) -> Response:
        if self.is_over:
            self._is_called = False
            self._begin(None)
        try:
            given = self._level(self.request, self._producers)
            response: Response = await given if self._is_async else given
        except Exception as error:
            self.error = error
            raise
        self.response = response
        return response


def _around(hook: Hook, place: str, level: Level) -> Level:
    def run(request: Request, producers: list[object]) -> Response:
        turn = _Now(level, place, request, producers)
        try:
            result = hook(request, turn)
            response = turn.end(result)
        finally:
            turn.close()
        if response is None:
            response = turn.response_of(result)
            if isinstance(response, StreamResponse):
                _begin(request, response, producers)
        return response

    return run


def _around_later(hook: Hook, place: str, level: Level, is_async: bool) -> Level:
    async def run(request: Request, producers: list[object]) -> Response:
        turn = _Later(level, is_async, place, request, producers)
        try:
            result = await hook(request, turn)
            response = turn.end(result)
        finally:
            turn.close()
        if response is None:
            response = turn.response_of(result)
            if isinstance(response, StreamResponse):
                await _begin_later(request, response, producers)
        return response

    return run
