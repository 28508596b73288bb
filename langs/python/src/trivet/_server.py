"""One loop that serves an app on the thread that made it."""

from __future__ import annotations

import sys

from ._core import NativeLoop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any

    from ._aio import TrivetEventLoop
    from ._app import App
    from ._core import NativeApp

# SIGINT and SIGTERM; the signal module would bring enum with it.
_SIGNALS = (2, 15)


class Server:
    """A bound app. Belongs to the thread that made it; `drain` alone may be called from any."""

    def __init__(
        self, app: App, native_app: NativeApp, host: str, port: int, listen_fd: int, flags: int
    ) -> None:
        self.app = app
        self.loop = NativeLoop(native_app, host, port, listen_fd, flags)
        self._event_loop: TrivetEventLoop | None = None
        # An app whose program never touched asyncio runs without it: eight megabytes less.
        if app.has_async_handlers or "asyncio" in sys.modules:
            from ._aio import TrivetEventLoop

            self._event_loop = TrivetEventLoop(self.loop)

    @property
    def host(self) -> str:
        """The address it listens on."""
        return self.loop.info()["host"]

    @property
    def port(self) -> int:
        """The port it listens on, also when 0 was asked for."""
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

    def serve(self, on_ready: Callable[[Server], None] | None = None) -> None:
        """Serve until drained. On the main thread SIGINT and SIGTERM drain.

        `on_ready` is called once signals are taken and the listener accepts.
        """

        def ready() -> None:
            if on_ready is not None:
                on_ready(self)

        if self._event_loop is None:
            self._serve_plain(ready)
            return
        restore = _take_signals(self.loop.drain, self._event_loop.wakeup_fd)
        try:
            self._event_loop.serve(ready)
        finally:
            restore()

    def close(self) -> None:
        """Close every connection, at once."""
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

    def _serve_plain(self, ready: Callable[[], None]) -> None:
        import os

        # The wake-up descriptor closes the gap between a look at the signals and the wait.
        reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        restore = _take_signals(self.loop.drain, writing)
        try:
            ready()
            self.loop.run(reading)
        finally:
            restore()
            os.close(reading)
            os.close(writing)


def _take_signals(drain: Callable[[], None], wakeup_fd: int) -> Callable[[], None]:
    """Let SIGINT and SIGTERM drain, on the main thread; give what undoes it.

    The second forces the end of the drain. A third SIGINT is a KeyboardInterrupt, for a handler
    that blocks and lets no turn come.
    """
    import _signal  # type: ignore[import-not-found]

    count = 0

    def on_signal(number: int, frame: object) -> None:
        nonlocal count
        count += 1
        if count > 2 and number == _SIGNALS[0]:
            raise KeyboardInterrupt
        drain()

    try:
        old_fd = _signal.set_wakeup_fd(wakeup_fd, warn_on_full_buffer=False)
    except ValueError:
        return lambda: None
    old: dict[int, Any] = {number: _signal.signal(number, on_signal) for number in _SIGNALS}

    def restore() -> None:
        for number, handler in old.items():
            _signal.signal(number, handler if handler is not None else _signal.SIG_DFL)
        _signal.set_wakeup_fd(old_fd)

    return restore
