"""What lives longer than a handler: work after an answer, and what is made once in each worker."""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING, Any, ClassVar

from ._core import exception_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._app import App
    from ._depends import Step

    Opened = list[tuple[Any, Step]]
    Calls = list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]]

__all__ = ["AppScope", "after_answer", "unwind"]


async def unwind(opened: Opened, error: BaseException) -> BaseException:
    """Raise an exception at the yields of generators, the last one first; give what comes of it."""
    while opened:
        generator, step = opened.pop()
        try:
            if step.is_generator:
                generator.throw(error)
            else:
                await generator.athrow(error)
        except (StopIteration, StopAsyncIteration):
            continue  # it has seen the exception, which goes on
        except BaseException as other:
            error = other
        else:
            error = _yields_again(step)
    return error


async def _end(opened: Opened, report: Callable[[str], None]) -> None:
    """Let generators run to their end, the last one first."""
    while opened:
        generator, step = opened.pop()
        try:
            if step.is_generator:
                next(generator)
            else:
                await generator.__anext__()
        except (StopIteration, StopAsyncIteration):
            continue
        except Exception as error:
            report(f"the end of the dependency {step.place} failed: {exception_line(error)}")
        else:
            report(str(_yields_again(step)))


def _yields_again(step: Step) -> RuntimeError:
    return RuntimeError(f"the dependency {step.place} yields twice: it yields its value once")


def after_answer(app: App, calls: Calls, opened: Opened) -> None:
    """Have functions called, and generators ended, once the running task has answered."""
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("work after an answer belongs to a task")
    loop = task.get_loop()
    scope = AppScope.of(app)
    ticket = loop.create_future()
    scope.tickets.add(ticket)

    def begin(task: object) -> None:
        work = loop.create_task(_run(app, calls, opened))
        scope.work.add(work)
        work.add_done_callback(finish)

    def finish(work: asyncio.Task[None]) -> None:
        scope.work.discard(work)
        scope.tickets.discard(ticket)
        if not ticket.done():
            ticket.set_result(None)

    task.add_done_callback(begin)


async def _run(app: App, calls: Calls, opened: Opened) -> None:
    try:
        for function, arguments, named in calls:
            try:
                result = function(*arguments, **named)
                if asyncio.iscoroutine(result):
                    await result
            except Exception as error:
                name = getattr(function, "__qualname__", repr(function))
                app.log.error(f"the background task {name}() failed: {exception_line(error)}")
    finally:
        await _end(opened, app.log.error)


class AppScope:
    """What one event loop keeps for an app: values of scope "app", and work after answers."""

    _all: ClassVar[weakref.WeakKeyDictionary[Any, dict[int, AppScope]]] = (
        weakref.WeakKeyDictionary()
    )

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = asyncio.Lock()
        self._values: dict[Any, Any] = {}
        self._opened: Opened = []
        self.tickets: set[asyncio.Future[None]] = set()
        self.work: set[asyncio.Task[None]] = set()

    @classmethod
    def of(cls, app: App) -> AppScope:
        """Give that of the running loop."""
        scopes = cls._all.setdefault(asyncio.get_running_loop(), {})
        scope = scopes.get(id(app))
        if scope is None:
            scope = scopes[id(app)] = cls(app)
        return scope

    async def value(self, step: Step, slots: list[Any]) -> Any:
        """Give the value of a function, which is called when nobody has asked before."""
        try:
            return self._values[step.function]
        except KeyError:
            async with self._lock:
                return await self._make(step, slots)

    async def _make(self, step: Step, slots: list[Any]) -> Any:
        from ._depends import enter

        if step.function not in self._values:
            arguments, named = step.arguments(None, slots)
            self._values[step.function] = await enter(step, arguments, named, self._opened)
        return self._values[step.function]

    async def start(self) -> None:
        """Make the values of all routes."""
        for runner in self._app.runners:
            steps = runner.steps()
            slots: list[Any] = [None] * steps.size
            for step in steps.of_app:
                slots[step.slot] = await self.value(step, slots)

    async def drain(self, timeout: float) -> None:
        """Wait for the work after answers; what takes too long is cancelled."""
        if self.tickets:
            await asyncio.wait(list(self.tickets), timeout=timeout)
        late = list(self.work)
        for work in late:
            self._app.log.error("a background task was not done in time and is cancelled")
            work.cancel()
        if late:
            await asyncio.wait(late, timeout=timeout)

    async def close(self) -> None:
        """Let the generators of the values run to their end."""
        self._values.clear()
        await _end(self._opened, self._app.log.error)
