"""What a handler depends on: compiled once into a list of steps, run for each request.

The steps stand in the order in which they are called; each puts its value into a slot, from which
the arguments of later ones are taken. A route that has such steps, or background tasks, runs as a
task, whose end is the end of its answer.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from . import _signature
from ._after import AppScope, after_answer, unwind
from ._background import BackgroundTasks
from ._binding import Bound, Inputs, bind
from ._errors_gen import ArgumentError
from ._markers import Dependency
from ._params import RefusedError, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._app import App
    from ._core import Request

    Source = Callable[[Any, list[Any]], Any]

__all__ = ["Overrides", "Steps", "make_call"]

_GENERATOR = 0x20
_COROUTINE = 0x80 | 0x100
_ASYNC_GENERATOR = 0x200
_SCOPES = ("request", "app")


class Overrides(dict[Any, Any]):
    """Functions to call in place of others: app.overrides[session] = fake_session."""

    version = 0

    def _changed(name: str) -> Any:  # type: ignore[misc]  # noqa: N805
        original = getattr(dict, name)

        def change(self: Any, *arguments: Any, **named: Any) -> Any:
            self.version += 1
            return original(self, *arguments, **named)

        return change

    __setitem__ = _changed("__setitem__")
    __delitem__ = _changed("__delitem__")
    __ior__ = _changed("__ior__")
    clear = _changed("clear")
    pop = _changed("pop")
    popitem = _changed("popitem")
    setdefault = _changed("setdefault")
    update = _changed("update")
    del _changed


class Step:
    """One function: its arguments, and what a call of it gives."""

    def __init__(self, function: Callable[..., Any], scope: str) -> None:
        flags = _signature.kind_of(function)
        self.function = function
        self.scope = scope
        self.is_coroutine = bool(flags & _COROUTINE)
        self.is_generator = bool(flags & _GENERATOR)
        self.is_async_generator = bool(flags & _ASYNC_GENERATOR)
        self.positional: list[Source] = []
        self.named: list[tuple[str, Source]] = []
        self.takes_request = False
        self.slot = -1
        self.place = f"{_signature.name_of(function)} ({_signature.site(function)})"

    def arguments(
        self, request: Request | None, slots: list[Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        """Take its arguments."""
        return (
            [source(request, slots) for source in self.positional],
            {name: source(request, slots) for name, source in self.named},
        )


class Steps:
    """The functions a handler depends on, in the order of their calls, and the handler itself."""

    def __init__(
        self, handler: Callable[..., Any], inputs: Inputs, overrides: dict[Any, Any]
    ) -> None:
        self._inputs = inputs
        self._overrides = overrides
        self._known: dict[tuple[Any, str], Step] = {}
        self.calls: list[Step] = []
        self.size = 0
        self.background_slot = -1
        self.version = getattr(overrides, "version", 0)
        self.handler = self._read(handler, "request", ())

    @property
    def of_app(self) -> list[Step]:
        """Those that are called once in each worker."""
        return [step for step in self.calls if step.scope == "app"]

    def _slot(self) -> int:
        self.size += 1
        return self.size - 1

    def _read(self, function: Callable[..., Any], scope: str, above: tuple[Any, ...]) -> Step:
        if any(function is other for other in above):
            way = [*above[above.index(function) :], function]
            told = " needs ".join(f"{_signature.name_of(f)} ({_signature.site(f)})" for f in way)
            raise ArgumentError(detail=f"dependencies go round in a circle: {told}")
        step = Step(function, scope)
        bound: Bound = bind(function, self._inputs)
        for name, is_named, source in bound.arguments:
            if isinstance(source, Dependency):
                taken = self._of_slot(self._dependency(source, step, (*above, function)))
            elif isinstance(source, type):
                taken = self._of_slot(self._background())
                step.takes_request = True
            else:
                taken = _of_request(source)
                step.takes_request = True
            if is_named:
                step.named.append((name, taken))
            else:
                step.positional.append(taken)
        return step

    @staticmethod
    def _of_slot(slot: int) -> Source:
        return lambda request, slots: slots[slot]

    def _background(self) -> int:
        if self.background_slot < 0:
            self.background_slot = self._slot()
        return self.background_slot

    def _dependency(self, marker: Dependency, user: Step, above: tuple[Any, ...]) -> int:
        function = marker.function
        if not callable(function):
            given = repr(function)
            raise ArgumentError(
                detail=f"{user.place} depends on {given}, which cannot be called: write "
                "Depends(function), without calling the function"
            )
        if marker.scope not in _SCOPES:
            raise ArgumentError(
                detail=f'the scope of {marker!r} in {user.place} is "request" or "app", '
                f"not {marker.scope!r}"
            )
        function = self._overrides.get(function, function)
        key = (function, marker.scope)
        step = self._known.get(key) if marker.use_cache or marker.scope == "app" else None
        if step is None:
            step = self._read(function, marker.scope, above)
            step.slot = self._slot()
            self.calls.append(step)
            if marker.use_cache or marker.scope == "app":
                self._known[key] = step
        if user.scope == "app" and step.scope != "app":
            raise ArgumentError(
                detail=f"{user.place} is called once for the app, and needs {step.place} of each "
                'request: give that scope="app" as well'
            )
        if step.scope == "app" and step.takes_request:
            raise ArgumentError(
                detail=f"{step.place} is called once for the app, before any request, and has "
                "parameters that come from requests: leave them out, or the scope"
            )
        return step.slot


def _of_request(read: Callable[[Request], Any]) -> Source:
    return lambda request, slots: read(request)


class Runner:
    """Calls a handler with what it depends on; the overrides in force decide which functions."""

    def __init__(
        self,
        app: App,
        handler: Callable[..., Any],
        inputs: Inputs,
        send: Callable[[Any], Any] | None,
    ) -> None:
        self._app = app
        self._function = handler
        self._inputs = inputs
        self._send = send
        self._is_async = bool(_signature.kind_of(handler) & _COROUTINE)
        self._steps = Steps(handler, inputs, {})

    def steps(self) -> Steps:
        """Give the steps; anew when the overrides have changed."""
        overrides = self._app.overrides
        if self._steps.version != overrides.version:
            inputs = Inputs(self._inputs.path, self._inputs.is_stream)
            self._steps = Steps(self._function, inputs, overrides)
            self._inputs = inputs
        return self._steps

    async def __call__(self, request: Request) -> Any:
        """Answer a request."""
        steps = self.steps()
        slots: list[Any] = [None] * steps.size
        opened: list[tuple[Any, Step]] = []
        background = None
        if steps.background_slot >= 0:
            background = slots[steps.background_slot] = BackgroundTasks()
        try:
            for step in steps.calls:
                if step.scope == "app":
                    slots[step.slot] = await AppScope.of(self._app).value(step, slots)
                else:
                    slots[step.slot] = await self._call(step, request, slots, opened)
            arguments, named = self._arguments(steps.handler, request, slots)
            result = self._function(*arguments, **named)
            if self._is_async:
                result = await result
            if self._send is not None:
                result = self._send(result)
        except BaseException as error:
            raised = await unwind(opened, error) if opened else error
            if raised is error:
                raise
            raise raised from error
        if opened or (background is not None and background.calls):
            calls = background.calls if background is not None else []
            after_answer(self._app, calls, opened)
        return result

    def _arguments(
        self, step: Step, request: Request, slots: list[Any]
    ) -> tuple[list[Any], dict[str, Any]]:
        try:
            return step.arguments(request, slots)
        except RefusedError:
            raise refuse(self._inputs.params, self._inputs.body, request) from None

    async def _call(
        self, step: Step, request: Request, slots: list[Any], opened: list[tuple[Any, Step]]
    ) -> Any:
        arguments, named = self._arguments(step, request, slots)
        return await enter(step, arguments, named, opened)


async def enter(
    step: Step, arguments: list[Any], named: dict[str, Any], opened: list[tuple[Any, Step]]
) -> Any:
    """Call a dependency; of a generator it is what it yields, and the rest is for later."""
    given = step.function(*arguments, **named)
    if step.is_coroutine:
        return await given
    try:
        if step.is_generator:
            value = next(given)
        elif step.is_async_generator:
            value = await given.__anext__()
        else:
            return await given if asyncio.iscoroutine(given) else given
    except (StopIteration, StopAsyncIteration):
        told = f"the dependency {step.place} has ended without a yield: it yields its value once"
        raise RuntimeError(told) from None
    opened.append((given, step))
    return value


def make_call(
    app: App,
    handler: Callable[..., Any],
    inputs: Inputs,
    send: Callable[[Any], Any] | None,
) -> Callable[[Request], Any]:
    """Give what calls a handler with its dependencies, an async def."""
    runner = Runner(app, handler, inputs, send)
    app.runners.append(runner)

    async def call(request: Request) -> Any:
        return await runner(request)

    return call
