"""The app: routes, settings, log, run."""

from __future__ import annotations

import sys

from . import _abi_gen as abi
from . import _signature
from ._core import NativeApp, Route
from ._errors_gen import ArgumentError, StateError, TrivetError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar

    from ._server import Server

    Handler = TypeVar("Handler", bound=Callable[..., Any])

_ENGINES = {"auto": abi.ENGINE_AUTO, "uring": abi.ENGINE_URING, "epoll": abi.ENGINE_EPOLL}
_LEVELS = {
    "debug": abi.LOG_DEBUG,
    "info": abi.LOG_INFO,
    "warn": abi.LOG_WARN,
    "error": abi.LOG_ERROR,
}
_LOG_LEVELS = {"default": abi.LOG_DEFAULT, **_LEVELS, "off": abi.LOG_OFF}


def _choice(kind: str, names: dict[str, int], name: str) -> int:
    if name not in names:
        raise ArgumentError(detail=f"{kind} is one of {', '.join(names)}, not {name!r}")
    return names[name]


class Log:
    """The app's log, one line a call, on standard error. TRIVET_LOG sets the level."""

    def __init__(self, native: NativeApp) -> None:
        self._native = native

    def write(self, level: str, message: str) -> None:
        """Write at a level by its name: debug, info, warn, error."""
        self._native.log(_choice("level", _LEVELS, level), message)

    def debug(self, message: str) -> None:
        """Write what helps to find a mistake."""
        self._native.log(abi.LOG_DEBUG, message)

    def info(self, message: str) -> None:
        """Write what happens in the normal course."""
        self._native.log(abi.LOG_INFO, message)

    def warn(self, message: str) -> None:
        """Write what is degraded."""
        self._native.log(abi.LOG_WARN, message)

    def error(self, message: str) -> None:
        """Write what failed."""
        self._native.log(abi.LOG_ERROR, message)


class App:
    """Routes and settings. Register handlers with the decorators, then `run`.

    Settings are those of trivet_app_config; None is the engine's default. A route that cannot be
    registered is reported by `run` and raised by `bind`.
    """

    def __init__(
        self,
        *,
        engine: str = "auto",
        log_level: str = "default",
        target_bytes_max: int | None = None,
        head_bytes_max: int | None = None,
        header_count_max: int | None = None,
        connections_max: int | None = None,
        body_bytes_max: int | None = None,
        head_timeout_ms: int | None = None,
        body_timeout_ms: int | None = None,
        idle_timeout_ms: int | None = None,
        send_timeout_ms: int | None = None,
        shutdown_timeout_ms: int | None = None,
        backlog: int | None = None,
        buffer_count: int | None = None,
        buffer_bytes: int | None = None,
    ) -> None:
        given = {
            "target_bytes_max": target_bytes_max,
            "head_bytes_max": head_bytes_max,
            "header_count_max": header_count_max,
            "connections_max": connections_max,
            "body_bytes_max": body_bytes_max,
            "head_timeout_ms": head_timeout_ms,
            "body_timeout_ms": body_timeout_ms,
            "idle_timeout_ms": idle_timeout_ms,
            "send_timeout_ms": send_timeout_ms,
            "shutdown_timeout_ms": shutdown_timeout_ms,
            "backlog": backlog,
            "buffer_count": buffer_count,
            "buffer_bytes": buffer_bytes,
        }
        self._settings = {name: value for name, value in given.items() if value is not None}
        self._settings["engine"] = _choice("engine", _ENGINES, engine)
        self._settings["log_level"] = _choice("log_level", _LOG_LEVELS, log_level)
        self._native = NativeApp()
        self._native.configure(self._settings)
        self._problems: list[TrivetError] = []
        self._is_bound = False
        self.has_async_handlers = False
        self.log = Log(self._native)

    def get(self, path: str, *, status: int = 0) -> Callable[[Handler], Handler]:
        """Route GET, and with it HEAD."""
        return self.route("GET", path, status=status)

    def post(self, path: str, *, status: int = 0) -> Callable[[Handler], Handler]:
        """Route POST."""
        return self.route("POST", path, status=status)

    def put(self, path: str, *, status: int = 0) -> Callable[[Handler], Handler]:
        """Route PUT."""
        return self.route("PUT", path, status=status)

    def patch(self, path: str, *, status: int = 0) -> Callable[[Handler], Handler]:
        """Route PATCH."""
        return self.route("PATCH", path, status=status)

    def delete(self, path: str, *, status: int = 0) -> Callable[[Handler], Handler]:
        """Route DELETE."""
        return self.route("DELETE", path, status=status)

    def head(self, path: str, *, status: int = 0) -> Callable[[Handler], Handler]:
        """Route HEAD by itself."""
        return self.route("HEAD", path, status=status)

    def options(self, path: str, *, status: int = 0) -> Callable[[Handler], Handler]:
        """Route OPTIONS, which the engine answers otherwise."""
        return self.route("OPTIONS", path, status=status)

    def route(
        self, methods: str | Iterable[str], path: str, *, status: int = 0
    ) -> Callable[[Handler], Handler]:
        """Route one or several methods; "*" is every method.

        `status` is that of results that carry none, 0 for 200, or 204 where there is no content.
        """
        names = [methods] if isinstance(methods, str) else list(methods)

        def register(handler: Handler) -> Handler:
            if self._is_bound:
                raise StateError(detail="routes are added before the app is bound")
            try:
                self.add_route(names, path, handler, status=status)
            except TrivetError as problem:
                self._problems.append(problem)
            return handler

        return register

    def add_route(
        self,
        methods: Iterable[str],
        path: str,
        handler: Callable[..., Any],
        *,
        status: int = 0,
    ) -> None:
        """Add a route now; what is wrong with it is raised here."""
        if status != 0 and not 200 <= status <= 599:
            raise ArgumentError(detail=f"status is 200 to 599, not {status}")
        plan = _signature.read(handler, path)
        route = Route(
            handler,
            plan.is_async,
            status,
            plan.arguments,
            plan.keyword_names,
            plan.int_params,
            _signature.site(handler),
        )
        for method in methods:
            self._native.add_route(method, path, route)
        self.has_async_handlers = self.has_async_handlers or plan.is_async

    def bind(
        self,
        host: str = "127.0.0.1",
        port: int = 8000,
        *,
        engine: str | None = None,
        listen_fd: int = -1,
        reuse_port: bool = False,
    ) -> Server:
        """Bind a listener; the calling thread owns the server. Use as a context manager."""
        from ._server import Server

        if self._problems:
            raise self._problems[0]
        if engine is not None and not self._is_bound:
            self._settings["engine"] = _choice("engine", _ENGINES, engine)
            self._native.configure(self._settings)
        self._is_bound = True
        flags = abi.LOOP_REUSE_PORT if reuse_port else 0
        return Server(self, self._native, host, port, listen_fd, flags)

    def run(
        self,
        host: str = "127.0.0.1",
        port: int = 8000,
        *,
        engine: str | None = None,
        on_ready: Callable[[Server], None] | None = None,
    ) -> None:
        """Serve until SIGTERM or SIGINT, then drain.

        What prevents the start is one line on standard error and exit code 1. `on_ready` is called
        once the listener accepts.
        """
        try:
            if len(self._problems) > 1:
                for problem in self._problems[:-1]:
                    print(f"trivet: {problem}", file=sys.stderr)
                raise self._problems[-1]
            server = self.bind(host, port, engine=engine)
        except TrivetError as error:
            print(f"trivet: {error}", file=sys.stderr)
            raise SystemExit(1) from None
        with server:
            server.banner()
            server.serve(on_ready)
