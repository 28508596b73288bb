"""A loop over the C interface, and the processes it may run in."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from abi import borrowed, check, constant, ffi, initialised, lib, sized, take_error
from app import App

EVENTS_AT_ONCE = 64


class Server:
    """An app's loop, driven by trivet_loop_wait and trivet_loop_turn. Owner thread only."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.loop = ffi.NULL
        self.started = 0
        # The step of what waits for its client, by request: told whether the client has gone.
        self.waiting: dict[int, Callable[[bool], None]] = {}
        self.gone: Callable[[int], None] = lambda handle: None
        self.ready: Callable[[int], None] = lambda fd: None
        # CFFI looks names up under a lock that a signal handler must not need.
        self._loop_drain = lib.trivet_loop_drain
        self._timer = ffi.callback("trivet_timer_fn", self._on_timer)

    def listen(self, worker: Any) -> None:
        """Makes the loop where the app is configured to listen, or with what a worker inherited."""
        config, out = initialised("loop_config"), ffi.new("trivet_loop **")
        error = ffi.new("trivet_error **")
        config.flags = constant("TRIVET_LOOP_DEFERRED") | constant("TRIVET_LOOP_CONFIGURED")
        if worker is not None:
            config.listen_fd, config.control_fd = worker.listen_fd, worker.control_fd
        if lib.trivet_loop_new(self.app.handle, config, out, error) != 0:
            raise take_error(error)
        self.loop = out[0]

    def start(self) -> None:
        runtime, _keep = borrowed(f"CFFI, Python {sys.version.split()[0]}")
        lib.trivet_loop_banner(self.loop, runtime)
        error = ffi.new("trivet_error **")
        if lib.trivet_loop_start(self.loop, error) != 0:
            raise take_error(error)

    def info(self) -> Any:
        info = sized("trivet_loop_info")
        check(lib.trivet_loop_get_info(self.loop, info))
        return info

    def stats(self) -> Any:
        stats = sized("trivet_loop_stats")
        check(lib.trivet_loop_get_stats(self.loop, stats))
        return stats

    def timer(self, delay_ms: int, fire: Callable[[], None]) -> int:
        out = ffi.new("trivet_timer *")
        key = self.app.keep(fire)
        check(
            lib.trivet_loop_timer_start(self.loop, delay_ms, self._timer, key, self.app.drop, out)
        )
        timer: int = out[0]
        return timer

    def cancel(self, timer: int) -> None:
        check(lib.trivet_loop_timer_cancel(self.loop, timer))

    def watch(self, fd: int, interest: int) -> None:
        check(lib.trivet_loop_watch(self.loop, fd, interest))

    def drain(self) -> None:
        """Callable from a signal handler."""
        self._loop_drain(self.loop)

    def run(self) -> None:
        events, count = ffi.new("trivet_event[]", EVENTS_AT_ONCE), ffi.new("size_t *")
        drained = False
        while not drained:
            # CFFI releases the interpreter's lock around every call: other threads run on.
            check(lib.trivet_loop_wait(self.loop, -1))
            check(lib.trivet_loop_turn(self.loop, 0, events, EVENTS_AT_ONCE, count))
            for event in events[0 : count[0]]:
                drained = self._event(event) or drained

    def _event(self, event: Any) -> bool:
        if event.kind == constant("TRIVET_EVENT_REQUEST"):
            self.app.answer(event.request, event.user_data)
        elif event.kind == constant("TRIVET_EVENT_GONE"):
            step = self.waiting.get(event.request)
            if step is not None:
                step(True)
            else:
                self.gone(event.request)
        elif event.kind in (
            constant("TRIVET_EVENT_READABLE"),
            constant("TRIVET_EVENT_WRITABLE"),
        ):
            if (step := self.waiting.get(event.request)) is not None:
                step(False)
        elif event.kind == constant("TRIVET_EVENT_WATCH"):
            self.ready(event.fd)
        return bool(event.kind == constant("TRIVET_EVENT_DRAINED"))

    def _on_timer(self, user_data: Any) -> None:
        self.app.value(user_data)()

    def close(self) -> None:
        lib.trivet_loop_free(self.loop)
        self.app.close()


def inherited() -> Any:
    """What a supervisor gave this process; None when there is none."""
    info = sized("trivet_worker_info")
    status = lib.trivet_supervisor_inherit(info)
    if status == constant("TRIVET_E_NOT_FOUND"):
        return None
    check(status)
    return info


def supervise(config: Any, command: list[str]) -> int:
    """Starts the command as often as the configuration wants workers; gives the exit code."""
    options = initialised("supervisor_config")
    names = ("host", "port", "workers", "backlog", "start_timeout_ms", "shutdown_timeout_ms")
    for name in (*names, "also_listen"):
        setattr(options, name, getattr(config, name))
    words = [ffi.new("char[]", word.encode()) for word in command]
    arguments = ffi.new("char *[]", [*words, ffi.NULL])
    options.command = arguments
    code, error = ffi.new("int32_t *"), ffi.new("trivet_error **")
    nothing = ffi.NULL
    if lib.trivet_supervisor_run(options, nothing, nothing, nothing, code, error) != 0:
        raise take_error(error)
    exit_code: int = code[0]
    return exit_code
