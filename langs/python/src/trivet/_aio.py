"""asyncio's event loop on the engine's ring. Imported with the first async handler."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import inspect
import selectors
from asyncio import base_tasks, tasks
from typing import TYPE_CHECKING, Any

from . import _abi_gen as abi
from ._core import NativeApp, NativeLoop, setup_asyncio
from ._errors_gen import ArgumentError, TrivetError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from _typeshed import FileDescriptorLike

setup_asyncio(
    {
        "current_tasks": tasks._current_tasks,  # type: ignore[attr-defined]
        "register_task": tasks._register_task,
        "task_class": asyncio.Task,
        "cancelled_error": asyncio.CancelledError,
        "invalid_state_error": asyncio.InvalidStateError,
        "task_get_stack": base_tasks._task_get_stack,
        "task_print_stack": base_tasks._task_print_stack,
    }
)


class RingSelector(selectors._BaseSelectorImpl):
    """A selector whose wait is the engine's turn; requests are served inside it."""

    def __init__(self, native: NativeLoop) -> None:
        super().__init__()
        self._native = native
        # select comes back when the event loop's queue or its heap of timers changes.
        self.event_loop: Any = None

    def register(
        self, fileobj: FileDescriptorLike, events: int, data: Any = None
    ) -> selectors.SelectorKey:
        """Watch a descriptor."""
        key = super().register(fileobj, events, data)
        try:
            self._native.watch(key.fd, events)
        except ArgumentError:
            super().unregister(fileobj)
            # What epoll says of a regular file.
            raise PermissionError(errno.EPERM, "the descriptor cannot be watched") from None
        except BaseException:
            super().unregister(fileobj)
            raise
        return key

    def unregister(self, fileobj: FileDescriptorLike) -> selectors.SelectorKey:
        """Stop watching. A descriptor that was closed before is forgotten all the same."""
        key = super().unregister(fileobj)
        with contextlib.suppress(TrivetError):
            self._native.watch(key.fd, 0)
            # The kernel lets go of the descriptor now, so that closing it closes it.
            self._native.flush()
        return key

    def modify(
        self, fileobj: FileDescriptorLike, events: int, data: Any = None
    ) -> selectors.SelectorKey:
        """Change what is watched for."""
        key = self.get_key(fileobj)
        if events != key.events:
            self._native.watch(key.fd, events)
        key = key._replace(events=events, data=data)
        self._fd_to_key[key.fd] = key  # type: ignore[attr-defined]
        return key

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Turn the loop until there is something for Python code."""
        keys: dict[int, selectors.SelectorKey] = self._fd_to_key  # type: ignore[attr-defined]
        loop = self.event_loop
        # asyncio replaces the heap now and then, so it is asked for every time.
        ready = self._native.select(timeout, loop._ready, loop._scheduled)
        return [(keys[fd], mask & keys[fd].events) for fd, mask in ready if fd in keys]


class TrivetEventLoop(asyncio.SelectorEventLoop):
    """asyncio's selector event loop with the ring as its selector.

    Without an argument it serves nothing and is a loop for asyncio.Runner(loop_factory=...).
    """

    def __init__(self, native: NativeLoop | None = None) -> None:
        self._own_app = None
        if native is None:
            self._own_app = NativeApp()
            native = NativeLoop(self._own_app, "", 0, -1, abi.LOOP_UNBOUND)
        self._native = native
        self._hooks: asyncio.Task[None] | None = None
        self._is_in_turn = False
        selector = RingSelector(native)
        super().__init__(selector)
        selector.event_loop = self
        native.attach(self)

    def stop(self) -> None:
        """Stop after this round."""
        super().stop()
        self._native.interrupt()

    def close(self) -> None:
        """Close the loop and, if it made one, the engine's."""
        super().close()
        if self._own_app is not None:
            self._native.close()

    def count_turns(self) -> Callable[[], int]:
        """Count how often the loop looks for what is next; give what tells the number."""
        selector = self._selector  # type: ignore[attr-defined]
        select, count = selector.select, 0

        def counting(timeout: float | None = None) -> Any:
            nonlocal count
            count += 1
            return select(timeout)

        selector.select = counting
        return lambda: count

    @property
    def wakeup_fd(self) -> int:
        """What signal.set_wakeup_fd writes to so that a signal ends the wait."""
        return int(self._csock.fileno())  # type: ignore[attr-defined]

    def run_startup(self, functions: list[Callable[[], Any]]) -> bool:
        """Run functions in order, plain or async; False when a drain came before their end."""
        asyncio.set_event_loop(self)
        if not functions:
            return not self._native.is_drained

        async def run_all() -> None:
            for function in functions:
                result = function()
                if inspect.isawaitable(result):
                    await result

        is_whole = self._run_hooks(run_all(), ends_with_drain=True)
        return is_whole and not self._native.is_drained

    def run_shutdown(
        self,
        functions: list[Callable[[], Any]],
        timeout: float,
        on_failure: Callable[[BaseException], None],
    ) -> None:
        """Run functions in order, plain or async, each whatever becomes of the others."""
        if not functions:
            return

        async def run_all() -> None:
            for function in functions:
                try:
                    result = function()
                    if inspect.isawaitable(result):
                        await result
                except Exception as error:
                    on_failure(error)

        async def run_in_time() -> None:
            try:
                await asyncio.wait_for(run_all(), timeout)
            except asyncio.TimeoutError:
                on_failure(TimeoutError(f"not done after {timeout:g} s"))

        self._run_hooks(run_in_time(), ends_with_drain=False)

    def _run_hooks(self, work: Coroutine[Any, Any, None], *, ends_with_drain: bool) -> bool:
        """Run to the end; False when a drain or a signal has ended it before."""
        self._hooks = self.create_task(work)
        if ends_with_drain:
            self._native.on_drained = self._hooks.cancel
        try:
            self.run_until_complete(self._hooks)
        except asyncio.CancelledError:
            return False
        finally:
            self._hooks = None
            self._native.on_drained = None
        return True

    def cancel_hooks(self) -> None:
        """End what runs before the start or after the drain: a signal came."""
        if self._hooks is not None:
            self._hooks.cancel()

    def begin_in_turn(self) -> None:
        """Be the running loop of what is awaited in this turn, and run with `serve` after it."""
        asyncio._set_running_loop(self)
        self._is_in_turn = True
        self._native.interrupt()

    def end_turn(self) -> None:
        """Undo `begin_in_turn`."""
        if self._is_in_turn:
            self._is_in_turn = False
            asyncio._set_running_loop(None)

    def serve(self) -> None:
        """Run until the engine is drained."""
        asyncio.set_event_loop(self)
        self._native.on_drained = self.stop
        if not self._native.is_drained:
            self.run_forever()

    def shut_down(self) -> None:
        """Cancel what still runs, as asyncio.run does, and close."""
        if self.is_closed():
            return
        self._native.begin_close()
        try:
            left = asyncio.all_tasks(self)
            for task in left:
                task.cancel()
            if left:
                self.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            self.run_until_complete(self.shutdown_asyncgens())
            self.run_until_complete(self.shutdown_default_executor())
        finally:
            asyncio.set_event_loop(None)
            self.close()
