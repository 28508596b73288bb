"""The app: routes, hooks, error handlers, settings, log, run."""

from __future__ import annotations

import sys

from . import _abi_gen as abi
from . import _signature
from ._core import NativeApp, Route
from ._errors import ErrorHandlers
from ._errors_gen import StateError, TrivetError
from ._limits import add_server_limits
from ._routing import Routes, surround
from ._settings import LEVELS, Settings, choice
from ._url import url_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from os import PathLike
    from typing import Any, TypeVar, overload

    from ._depends import Overrides, Runner
    from ._limits import ServerLimits
    from ._mounts import Mounts
    from ._routing import Handler, Part, Registered, RouteInfo
    from ._server import Server, Worker
    from ._settings import Setting
    from ._tls import Tls
    from ._url import QueryItems

    Kind = TypeVar("Kind", bound=type[Exception])


def _joined(given: str | Iterable[str] | None) -> str | None:
    return given if given is None or isinstance(given, str) else ",".join(given)


def _folders(given: str | Mapping[str, str | PathLike[str]] | None) -> str | None:
    if given is None or isinstance(given, str):
        return given
    import os

    return ",".join(f"{prefix}={os.fspath(folder)}" for prefix, folder in given.items())


class Log:
    """The app's log, one line a call, on standard error. TRIVET_LOG sets the level."""

    def __init__(self, native: NativeApp) -> None:
        self._native = native

    def write(self, level: str, message: str) -> None:
        """Write at a level by its name: debug, info, warn, error."""
        self._native.log(choice("level", LEVELS, level), message)

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


class App(Routes):
    """Routes and settings. Register handlers with the decorators, then `run`.

    Settings are those of trivet_app_config. None leaves what the environment (TRIVET_PORT and its
    like) says, else trivet.toml, else the default. The limits among them may also be given as one
    value, `limits`; those of TLS are one, `tls`.

    The OpenAPI document of the routes is served at /openapi.json, and shown by Swagger UI at `docs`
    and by Scalar at `reference`. `openapi` is another path, or None to serve none of the three;
    `docs` and `reference` are None for no page. `title`, `version`, `description` and `servers`,
    URLs or pairs of URL and description, are what the document says of the app.
    """

    #: Whether an app of this process has been bound, or was asked to run.
    has_served = False

    def __init__(
        self,
        *,
        engine: str | None = None,
        log_level: str | None = None,
        host: str | None = None,
        port: int | None = None,
        workers: int | None = None,
        threads: int | None = None,
        profile: str | None = None,
        buffer_count: int | None = None,
        buffer_bytes: int | None = None,
        target_bytes_max: int | None = None,
        head_bytes_max: int | None = None,
        header_count_max: int | None = None,
        connections_max: int | None = None,
        body_bytes_max: int | None = None,
        body_decompress: bool | None = None,
        body_ratio_max: int | None = None,
        connections_per_address_max: int | None = None,
        requests_max: int | None = None,
        requests_per_connection_max: int | None = None,
        body_rate_min: int | None = None,
        send_rate_min: int | None = None,
        head_timeout_ms: int | None = None,
        body_timeout_ms: int | None = None,
        idle_timeout_ms: int | None = None,
        send_timeout_ms: int | None = None,
        request_timeout_ms: int | None = None,
        keep_alive_timeout_ms: int | None = None,
        start_timeout_ms: int | None = None,
        shutdown_timeout_ms: int | None = None,
        backlog: int | None = None,
        limits: ServerLimits | None = None,
        tls: Tls | None = None,
        trusted_proxies: str | Iterable[str] | None = None,
        forwarded: str | None = None,
        forwarded_host: bool | None = None,
        proxy_protocol: bool | None = None,
        also_listen: str | Iterable[str] | None = None,
        compress: bool | None = None,
        compress_min_bytes: int | None = None,
        etag: bool | None = None,
        static_folders: str | Mapping[str, str | PathLike[str]] | None = None,
        title: str = "API",
        version: str = "0.0.0",
        description: str = "",
        openapi: str | bool | None = True,
        docs: str | None = "/docs",
        reference: str | None = "/reference",
        servers: Iterable[str | tuple[str, str]] = (),
    ) -> None:
        super().__init__(self, None, 0, "", "")
        given: dict[str, str | int | None] = {
            "engine": engine,
            "log_level": log_level,
            "host": host,
            "port": port,
            "workers": workers,
            "threads": threads,
            "profile": profile,
            "buffer_count": buffer_count,
            "buffer_bytes": buffer_bytes,
            "target_bytes_max": target_bytes_max,
            "head_bytes_max": head_bytes_max,
            "header_count_max": header_count_max,
            "connections_max": connections_max,
            "body_bytes_max": body_bytes_max,
            "body_decompress": None if body_decompress is None else int(body_decompress),
            "body_ratio_max": body_ratio_max,
            "connections_per_address_max": connections_per_address_max,
            "requests_max": requests_max,
            "requests_per_connection_max": requests_per_connection_max,
            "body_rate_min": body_rate_min,
            "send_rate_min": send_rate_min,
            "head_timeout_ms": head_timeout_ms,
            "body_timeout_ms": body_timeout_ms,
            "idle_timeout_ms": idle_timeout_ms,
            "send_timeout_ms": send_timeout_ms,
            "request_timeout_ms": request_timeout_ms,
            "keep_alive_timeout_ms": keep_alive_timeout_ms,
            "start_timeout_ms": start_timeout_ms,
            "shutdown_timeout_ms": shutdown_timeout_ms,
            "backlog": backlog,
            **({} if tls is None else tls.given()),
            "trusted_proxies": _joined(trusted_proxies),
            "forwarded": forwarded,
            "forwarded_host": None if forwarded_host is None else int(forwarded_host),
            "proxy_protocol": None if proxy_protocol is None else int(proxy_protocol),
            "also_listen": _joined(also_listen),
            "compress": None if compress is None else int(compress),
            "compress_min_bytes": compress_min_bytes,
            "etag": None if etag is None else int(etag),
            "static_folders": _folders(static_folders),
        }
        add_server_limits(given, limits)
        self.native = NativeApp()
        self._mounts: Mounts | None = None
        self._settings = Settings(self.native, given)
        self._config: dict[str, str | int] | None = None
        self._errors = ErrorHandlers()
        self.registered: list[Registered] = []
        self.runners: list[Runner] = []
        self._overrides: Overrides | None = None
        self.startup_hooks: list[Part] = []
        self.shutdown_hooks: list[Part] = []
        self.log = Log(self.native)
        self._is_described = False
        self._serves_document = bool(openapi)
        if openapi:
            path = "/openapi.json" if openapi is True else openapi
            urls = [(one, "") if isinstance(one, str) else one for one in servers]
            self.native.serve_openapi(
                title, version, description, path, docs or "", reference or "", urls
            )

    @property
    def config(self) -> Mapping[str, str | int]:
        """Every setting as it is in force."""
        return self._settings.resolved() if self._config is None else self._config

    def settings(self) -> list[Setting]:
        """Give every setting of the server and of the table [app], and where each comes from.

        What the program has set is told from what it found only where the two differ.
        """
        return self._settings.all()

    def variables(self) -> dict[str, str]:
        """Give the entries of the file .env that are no settings of the server.

        The trivet command puts them into the environment of what it starts; nothing else does.
        """
        return self.native.variables()

    @property
    def routes(self) -> list[RouteInfo]:
        """The registered routes in the order of registration."""
        return [registered.route.info for registered in self.registered]

    if TYPE_CHECKING:

        @overload
        def on_error(self, kind: Kind, /, *kinds: Kind) -> Callable[[Handler], Handler]: ...
        @overload
        def on_error(self, handler: Handler, /) -> Handler: ...
        @overload
        def on_error(self, kind: Kind, /, *kinds: Kind, status: int) -> None: ...

    def on_error(self, *arguments: Any, status: int | None = None) -> Any:
        """Make answers of errors: handler(request, error), plain or async.

        `@app.on_error(LookupError)` takes a class and those below it, the most special class wins;
        `@app.on_error` takes everything else. What the handler returns is the answer, by default
        with the status of the HTTPError, else 500; None leaves it to the problem details. What the
        engine refuses (404, 405, 413) comes as an HTTPError. With a status it is no decorator:
        `app.on_error(OutOfStock, status=409)` makes problem details of these exceptions, and their
        message is the detail.
        """
        self.check_open("error handlers are added")
        if status is not None:
            self._errors.add_status(arguments, status)
            return None
        if len(arguments) == 1 and not isinstance(arguments[0], type):
            self._errors.add((), arguments[0])
            return arguments[0]

        def register(handler: Handler) -> Handler:
            self.check_open("error handlers are added")
            self._errors.add(arguments, handler)
            return handler

        return register

    def on_startup(self, function: Handler) -> Handler:
        """Run a function in each worker before it accepts, plain or async; a failure ends it."""
        self.check_open("startup functions are added")
        is_async = _signature.is_async(function, "startup function", 0)
        self.startup_hooks.append((function, is_async))
        return function

    def on_shutdown(self, function: Handler) -> Handler:
        """Run a function in each worker after the drain, the last one added first."""
        self.check_open("shutdown functions are added")
        is_async = _signature.is_async(function, "shutdown function", 0)
        self.shutdown_hooks.append((function, is_async))
        return function

    def url_for(
        self,
        name: str,
        /,
        params: Mapping[str, object] | None = None,
        query: QueryItems | None = None,
        **values: object,
    ) -> str:
        """Build the path of a named route: app.url_for("user", id=7, query={"page": 2}).

        Parameters are checked against their constraints. A route with a host gives //host/path.
        """
        return url_for(self.native, name, params, query, **values)

    @property
    def overrides(self) -> Overrides:
        """Functions to depend on in place of others: app.overrides[session] = fake_session."""
        if self._overrides is None:
            from ._depends import Overrides

            self._overrides = Overrides()
        return self._overrides

    @property
    def has_async(self) -> bool:
        """Whether anything in the app needs the asyncio event loop."""
        parts = [*self.startup_hooks, *self.shutdown_hooks]
        for registered in self.registered:
            before, around, after = registered.chain()
            parts += [*before, *around, *after, (registered.route.handler, registered.needs_loop)]
        parts += [*self.before_hooks, *self.around_hooks, *self.after_hooks]
        return self._errors.has_async or any(is_async for _, is_async in parts)

    @property
    def mounts(self) -> Mounts:
        """Its middleware as the engine knows it."""
        if self._mounts is None:
            from ._mounts import Mounts

            self._mounts = Mounts(self.native)
        return self._mounts

    def check_open(self, what: str) -> None:
        """Raise once the app is bound."""
        if self._config is not None:
            raise StateError(detail=f"{what} before the app is bound")

    def freeze(self) -> None:
        """Compile the hooks into the routes; nothing can be added from now on."""
        if self._config is not None:
            return
        self._config = self._settings.resolved()
        if self._serves_document:
            self._describe()
        errors = self._errors
        if is_development() and errors.everything is None:
            from ._dev import answer

            errors.add((), answer)
        for registered in self.registered:
            registered.surround(self, errors)
        fallback = Route(None, False, 0, [], (), 0, 0, "the engine")
        own = (self.before_hooks, self.around_hooks, self.after_hooks[::-1])
        before, around, after = map(tuple, own)
        if surround(fallback, (before, around, after), errors, None):
            self.native.set_fallback(fallback)

    def openapi(self) -> dict[str, Any]:
        """Give the OpenAPI document, served or not; nothing can be added from now on."""
        import json

        if self._config is None:
            self._describe()
        self.freeze()
        document: dict[str, Any] = json.loads(self.native.openapi())
        return document

    def _describe(self) -> None:
        """Tell the engine what the types say of the routes, once."""
        if not self._is_described:
            self._is_described = True
            from ._openapi import describe

            describe(self, is_development())

    def _inspect(self) -> None:
        """End the program when it was only started to tell what its app is like."""
        import os

        if not os.environ.get("TRIVET_INSPECT"):
            return
        self._describe()
        names = []
        for registered in self.registered:
            before, around, after = registered.chain()
            names.append((_names(before + around), _names(after)))
        if self.native.inspect(names):
            raise SystemExit(0)

    def bind(
        self,
        host: str | None = None,
        port: int | None = None,
        *,
        engine: str | None = None,
        listen_fd: int = -1,
        reuse_port: bool = False,
        worker: Worker | None = None,
    ) -> Server:
        """Bind a listener; the calling thread owns the server. Use as a context manager.

        It accepts from `start` or `serve` on. Host and port are the settings' unless given; where
        the settings hold and socket activation brought a listener (LISTEN_FDS), that one serves.
        """
        from ._server import Server

        App.has_served = True
        self._inspect()
        if self._config is None:
            self._settings.change({"engine": engine})
        self.freeze()
        flags = abi.LOOP_DEFERRED | (abi.LOOP_REUSE_PORT if reuse_port else 0)
        if host is None and port is None:
            flags |= abi.LOOP_CONFIGURED
        config = self.config
        return Server(
            self,
            str(config["host"]) if host is None else host,
            int(config["port"]) if port is None else port,
            listen_fd,
            flags,
            worker,
        )

    def run(
        self,
        host: str | None = None,
        port: int | None = None,
        *,
        workers: int | None = None,
        fork: bool = False,
        engine: str | None = None,
        on_ready: Callable[[Server], None] | None = None,
    ) -> None:
        """Serve until SIGTERM or SIGINT, then drain.

        With more than one worker, which is the default where there are several CPUs, this process
        becomes the supervisor and starts the program anew for each of them; `fork` forks the
        workers from the program as it is now, which saves memory. Every worker comes back from
        here after its drain. What prevents the start is one line on standard error and exit code 1.
        `host` may be a Unix socket, `unix:/run/app.sock`, which has no port.
        `on_ready` is called in each worker once its listener accepts.
        """
        from ._workers import run

        App.has_served = True
        given = {"host": host, "port": port, "workers": workers, "engine": engine}
        try:
            if self._config is None:
                self._settings.change(given)
                host = port = None  # they are the settings' now
            elif workers is not None and workers > 1:
                raise StateError(detail="workers are started before the app is bound")
            self._inspect()
            run(self, host, port, fork, on_ready)
        except TrivetError as error:
            print(f"trivet: {error}", file=sys.stderr)
            raise SystemExit(1) from None


def is_development() -> bool:
    """Whether `trivet dev` runs the program."""
    import os

    return os.environ.get("TRIVET_ENV") == "development"


def _names(parts: tuple[Part, ...]) -> str:
    """Give the names of hooks, joined by commas."""
    names = [getattr(hook, "__qualname__", type(hook).__qualname__) for hook, _ in parts]
    return ",".join(name.replace(",", " ") for name in names)
