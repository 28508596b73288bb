"""One loop that serves an app on the thread that made it."""

from __future__ import annotations

import sys

from ._abi_gen import LOOP_CONFIGURED
from ._app import is_development
from ._core import NativeLoop, exception_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any

    from ._aio import TrivetEventLoop
    from ._app import App
    from ._dev import Watch

# SIGINT and SIGTERM.
_SIGNALS = (2, 15)
_INTERRUPT = 2


class Worker:
    """What a supervisor gave this process."""

    def __init__(self, slot: int, workers: int, listen_fd: int, control_fd: int) -> None:
        #: Number of the worker, from 0.
        self.slot = slot
        #: How many there are.
        self.workers = workers
        self.listen_fd = listen_fd
        self.control_fd = control_fd


class StartError(Exception):
    """A startup function has failed: what `run` says in one line."""


class Server:
    """A bound app. Belongs to the thread that made it; `drain` alone may be called from any."""

    def __init__(
        self, app: App, host: str, port: int, listen_fd: int, flags: int, worker: Worker | None
    ) -> None:
        self.app = app
        self.worker = worker
        control_fd = -1
        if worker is not None:
            listen_fd, control_fd = worker.listen_fd, worker.control_fd
        self.loop = NativeLoop(app.native, host, port, listen_fd, flags, control_fd)
        if flags & LOOP_CONFIGURED:
            import os

            # The engine has taken what they name; processes started from here are given nothing.
            for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"):
                os.environ.pop(name, None)
        self._event_loop: TrivetEventLoop | None = None
        self._is_started = False
        # An app whose program never touched asyncio begins without it: eight megabytes less.
        if app.has_async or "asyncio" in sys.modules:
            self._event_loop = self._new_event_loop()

    def _new_event_loop(self) -> TrivetEventLoop:
        from ._aio import TrivetEventLoop

        return TrivetEventLoop(self.loop)

    @property
    def host(self) -> str:
        """The address it listens on; of a Unix socket `unix:/path`."""
        return self.loop.info()["host"]

    @property
    def port(self) -> int:
        """The port it listens on, also when 0 was asked for; 0 of a Unix socket."""
        return self.loop.info()["port"]

    @property
    def event_loop(self) -> TrivetEventLoop | None:
        """The asyncio event loop, or None for an app that runs without asyncio."""
        return self._event_loop

    def banner(self) -> None:
        """Write the banner to standard error."""
        version = sys.version_info
        self.loop.banner(f"Python {version.major}.{version.minor}.{version.micro}")

    def drain(self) -> None:
        """Stop accepting and finish what is in flight; a second call forces the end."""
        self.loop.drain()

    def start(self, *, banner: bool = False) -> None:
        """Run the startup functions, then begin to accept; `serve` does so by itself."""
        if not self._run_startup():
            return
        if banner:
            self.banner()
        self.loop.start()
        self._is_started = True

    def serve(
        self, on_ready: Callable[[Server], None] | None = None, *, banner: bool = False
    ) -> None:
        """Serve until drained. On the main thread SIGINT and SIGTERM drain.

        `on_ready` is called once signals are taken and the listener accepts.
        """
        import os

        wakeup: tuple[int, int] | None = None
        if self._event_loop is None:
            # It closes the gap between a look at the signals and the wait.
            wakeup = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
            writing = wakeup[1]
        else:
            writing = self._event_loop.wakeup_fd
        restore = _take_signals(self._on_signal, writing, self.worker is not None)
        watch: Watch | None = None
        try:
            if not self._is_started:
                self.start(banner=banner)
            if not self._is_started:
                return  # drained before it was started
            watch = self._watch()
            if on_ready is not None:
                on_ready(self)
            if wakeup is not None:
                self._run_without_asyncio(wakeup[0])
            if self._event_loop is not None:
                self._event_loop.serve()
            self._run_shutdown()
        finally:
            if watch is not None:
                watch.stop()
            restore()
            for fd in wakeup or ():
                os.close(fd)

    def _watch(self) -> Watch | None:
        """Look for handlers that hold the loop, while the program is being written."""
        if not is_development():
            return None
        from ._dev import Watch

        event_loop = self._event_loop
        watch = Watch(self.app, None if event_loop is None else event_loop.count_turns())
        watch.start()
        return watch

    def close(self) -> None:
        """Close every connection, at once."""
        try:
            self._run_shutdown()
        finally:
            if self._event_loop is not None:
                self._event_loop.shut_down()
            self.loop.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _run_without_asyncio(self, signal_fd: int) -> None:
        """Serve until drained, or until something is to be awaited after all."""
        self.loop.on_async = self._begin_asyncio
        try:
            self.loop.run(signal_fd)
        finally:
            self.loop.on_async = None
            if self._event_loop is not None:
                self._event_loop.end_turn()

    def _begin_asyncio(self) -> None:
        from contextlib import suppress

        from ._aio import TrivetEventLoop

        self._event_loop = TrivetEventLoop(self.loop)
        self._event_loop.begin_in_turn()
        with suppress(ValueError):  # only the main thread takes signals
            _signals().set_wakeup_fd(self._event_loop.wakeup_fd, warn_on_full_buffer=False)

    def _on_signal(self) -> None:
        self.loop.drain()
        if self._event_loop is not None:
            self._event_loop.cancel_hooks()

    def _run_startup(self) -> bool:
        """Run the startup functions; False when a drain came before their end."""
        hooks = self.app.startup_hooks
        try:
            if self._event_loop is not None:
                functions = [function for function, _ in hooks]
                if self.app.runners:
                    functions.append(self._start_scope)
                return self._event_loop.run_startup(functions)
            for function, _ in hooks:
                function()
        except Exception as error:
            raise StartError(exception_line(error)) from error
        return True

    def _run_shutdown(self) -> None:
        """Run the shutdown functions, once, when the start has succeeded. Failures are logged."""
        if not self._is_started or self.loop.is_closed:
            return
        self._is_started = False
        hooks = [function for function, _ in reversed(self.app.shutdown_hooks)]
        if self._event_loop is not None:
            timeout = int(self.app.config["shutdown_timeout_ms"]) / 1000
            if self.app.runners:
                hooks.insert(0, lambda: self._end_scope(timeout / 2))
            self._event_loop.run_shutdown(hooks, timeout, self._log_shutdown)
            return
        for function in hooks:
            try:
                function()
            except Exception as error:
                self._log_shutdown(error)

    async def _start_scope(self) -> None:
        from ._after import AppScope

        await AppScope.of(self.app).start()

    async def _end_scope(self, timeout: float) -> None:
        from ._after import AppScope

        scope = AppScope.of(self.app)
        await scope.drain(timeout)
        await scope.close()

    def _log_shutdown(self, error: BaseException) -> None:
        self.app.log.error(f"a shutdown function failed: {exception_line(error)}")


def _signals() -> Any:
    """Give what the signal module is made of; itself it would bring enum with it."""
    import _signal  # type: ignore[import-not-found]

    return _signal


def _take_signals(drain: Callable[[], None], wakeup_fd: int, is_worker: bool) -> Callable[[], None]:
    """Let SIGINT and SIGTERM drain, on the main thread; give what undoes it.

    The second forces the end of the drain. A third SIGINT is a KeyboardInterrupt, for a handler
    that blocks and lets no turn come. A worker leaves SIGINT to its supervisor, which the terminal
    tells as well.
    """
    _signal = _signals()
    count = 0

    def on_signal(number: int, frame: object) -> None:
        nonlocal count
        count += 1
        if count > 2 and number == _INTERRUPT:
            raise KeyboardInterrupt
        drain()

    try:
        old_fd = _signal.set_wakeup_fd(wakeup_fd, warn_on_full_buffer=False)
    except ValueError:
        return lambda: None
    old: dict[int, Any] = {}
    for number in _SIGNALS:
        ignores = is_worker and number == _INTERRUPT
        old[number] = _signal.signal(number, _signal.SIG_IGN if ignores else on_signal)

    def restore() -> None:
        for number, handler in old.items():
            _signal.signal(number, handler if handler is not None else _signal.SIG_DFL)
        _signal.set_wakeup_fd(old_fd)

    return restore
