"""Routes and hooks: what an app and its groups have in common."""

from __future__ import annotations

from . import _abi_gen as abi
from . import _plan, _signature
from ._core import Route
from ._errors_gen import ArgumentError, PatternError
from ._limits import native_limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from os import PathLike
    from typing import Any, TypedDict, TypeVar

    from typing_extensions import Unpack

    from ._app import App
    from ._binding import Inputs
    from ._core import RouteFacts
    from ._errors import ErrorHandlers
    from ._limits import RouteLimits
    from ._mounts import Middleware
    from ._signature import Plan
    from ._static import StaticOptions

    Handler = TypeVar("Handler", bound=Callable[..., Any])
    Hook = Callable[..., Any]
    Part = tuple[Hook, bool]
    Chain = tuple[tuple[Part, ...], tuple[Part, ...], tuple[Part, ...]]

    class RouteOptions(TypedDict, total=False):
        """Options of a route."""

        status: int
        name: str
        host: str
        metadata: Mapping[str, Any] | None
        before: Iterable[Hook]
        around: Iterable[Hook]
        after: Iterable[Hook]
        stream: bool
        limits: RouteLimits | None
        decompress: bool | None
        middleware: Iterable[Middleware]
        hidden: bool
        produces: str | Iterable[str]
        body_schema: str | Mapping[str, Any] | None


class RouteInfo:
    """A registered route, as `request.route` and `app.routes` show it."""

    __slots__ = ("host", "metadata", "methods", "name", "pattern", "site")

    def __init__(self, facts: RouteFacts, metadata: Mapping[str, Any]) -> None:
        #: Its name; empty when it has none.
        self.name: str = facts["name"]
        #: The whole pattern, prefixes of groups included.
        self.pattern: str = facts["pattern"]
        #: Its methods; ("*",) is every method.
        self.methods: tuple[str, ...] = tuple(facts["methods"].split(","))
        #: Its host pattern; empty for all hosts.
        self.host: str = facts["host"]
        #: What was registered with it, the object itself.
        self.metadata = metadata
        #: Where it was registered: app.py:12.
        self.site: str = facts["site"]

    def __repr__(self) -> str:
        return f"<RouteInfo {','.join(self.methods)} {self.host}{self.pattern}>"


class Registered:
    """A route of the engine with the hooks that stand around it."""

    __slots__ = (
        "after", "around", "before", "handler", "index", "inputs", "is_hidden", "is_static",
        "needs_loop", "place", "plan", "produces", "route", "status",
    )  # fmt: skip

    def __init__(
        self,
        route: Route,
        place: Routes,
        before: list[Part],
        around: list[Part],
        after: list[Part],
        handler: Callable[..., Any],
        plan: Plan,
        inputs: Inputs | None,
        status: int,
    ) -> None:
        self.route = route
        #: What was registered; the route may call it through something else.
        self.handler = handler
        self.plan = plan
        self.inputs = inputs
        self.status = status
        #: Its number in the engine, once it is there.
        self.index = 0
        #: It is not in the OpenAPI document.
        self.is_hidden = False
        #: Files of a folder answer.
        self.is_static = False
        #: The media types of its answer, where that document is to have them.
        self.produces: tuple[str, ...] = ()
        #: Its handler waits.
        self.needs_loop = plan.needs_loop
        self.place = place
        self.before = before
        self.around = around
        self.after = after

    def chain(self) -> Chain:
        """Give the hooks in the order they run: app, groups, route, and back."""
        before, around, after = self.before, self.around, self.after
        place: Routes | None = self.place
        while place is not None:
            before = place.before_hooks + before
            around = place.around_hooks + around
            after = place.after_hooks + after
            place = place.parent
        return tuple(before), tuple(around), tuple(reversed(after))

    def surround(self, app: App, errors: ErrorHandlers) -> None:
        """Put hooks and error handlers around the handler, once."""
        chain = self.chain()
        surround(self.route, chain, errors, self)
        if self.is_static:
            app.native.deliver_static(self.index, any(chain))


def surround(
    route: Route, chain: Chain, errors: ErrorHandlers, registered: Registered | None
) -> bool:
    """Put what stands around it around a handler, or around the refusals of the engine."""
    before, around, after = chain
    if not (before or around or after or errors):
        return False
    inner = None
    if around:
        from . import _around

        needs_loop = registered is not None and registered.needs_loop
        status = registered.status if registered is not None else 0
        handler = registered.handler if registered is not None else None
        inner = _around.surround(around, route, status, needs_loop, handler)
    route.surround(before, after, errors.types, errors.everything, inner)
    return True


def read_before(hooks: Iterable[Hook]) -> list[Part]:
    """Read hooks that take the request."""
    return [(hook, _signature.is_async(hook, "before hook", 1)) for hook in hooks]


def read_after(hooks: Iterable[Hook]) -> list[Part]:
    """Read hooks that take the request and its response."""
    return [(hook, _signature.is_async(hook, "after hook", 2)) for hook in hooks]


def read_around(hooks: Iterable[Hook]) -> list[Part]:
    """Read hooks that take the request and what calls the next one."""
    return [(hook, _signature.is_async(hook, "around hook", 2)) for hook in hooks]


def _check_handler(pattern: str, handler: Callable[..., Any]) -> None:
    """Tell those who come from other frameworks what a handler takes."""
    if not callable(handler):
        raise ArgumentError(
            detail=f"{pattern} ({_signature.call_site()}) has no handler: it is no function, but "
            f"{handler!r}; write the decorator above a def, or give add_route a function"
        )
    code = getattr(handler, "__code__", None)
    names = [] if code is None else [*code.co_varnames[: code.co_argcount][:2]]
    is_pair = names in (["req", "res"], ["request", "response"])
    if is_pair and names[1] not in getattr(handler, "__annotations__", ()):
        raise ArgumentError(
            detail=f"{_signature.name_of(handler)} ({_signature.site(handler)}) takes "
            f"{names[0]} and {names[1]}: a handler has the request by the name `request` or the "
            "annotation `Request`, and returns its answer, such as `Response(text, 201)`"
        )


def _check_pattern(pattern: str, handler: Callable[..., Any]) -> None:
    """Tell those who come from other frameworks how a parameter is written."""
    if not isinstance(pattern, str):
        raise ArgumentError(
            detail=f"the pattern of {_signature.name_of(handler)} ({_signature.site(handler)}) is "
            f"text like /users/{{id:int}}, not {pattern!r}"
        )
    for segment in pattern.split("/"):
        kind, _, name = segment.strip("<>").rpartition(":")
        if segment == "*":
            hint = "{rest:path}"
        elif segment[:1] == ":" and segment[1:].isidentifier():
            hint = f"{{{segment[1:]}}}"
        elif segment[:1] == "<" and segment[-1:] == ">" and name.isidentifier():
            hint = f"{{{name}:{kind}}}" if kind in ("int", "uuid", "path") else f"{{{name}}}"
        else:
            continue
        raise PatternError(
            detail=f"{pattern} of {_signature.name_of(handler)} ({_signature.site(handler)}): a "
            f"parameter is written {hint}, not {segment}"
        )


def _decompress(choice: bool | None) -> int:
    if choice is None:
        return abi.DECOMPRESS_INHERIT
    return abi.DECOMPRESS_ON if choice else abi.DECOMPRESS_OFF


def _schema_text(schema: str | Mapping[str, Any] | None) -> str:
    if schema is None or isinstance(schema, str):
        return schema or ""
    import json  # few apps need it, and none at its start

    return json.dumps(schema, ensure_ascii=False)


def _media_types(produces: str | Iterable[str]) -> tuple[str, ...]:
    names = (produces,) if isinstance(produces, str) else tuple(produces)
    if not names:
        return ()
    import re  # few routes need it

    media_type = re.compile(r"[\w!#$&^.+*-]+/[\w!#$&^.+*-]+", re.ASCII)
    for name in names:
        if not (isinstance(name, str) and media_type.fullmatch(name)):
            raise ArgumentError(
                detail=f"produces is a media type like text/event-stream, or several, not {name!r}"
            )
    return tuple(name.lower() for name in names)


class Routes:
    """A prefix, a host and hooks for the routes that are added here."""

    def __init__(
        self, app: App, parent: Routes | None, number: int, prefix: str, host: str
    ) -> None:
        self._app = app
        self._number = number
        self._prefix = prefix
        self._host = host
        self.parent = parent
        self.before_hooks: list[Part] = []
        self.around_hooks: list[Part] = []
        self.after_hooks: list[Part] = []

    def get(self, pattern: str, **options: Unpack[RouteOptions]) -> Callable[[Handler], Handler]:
        """Route GET, and with it HEAD."""
        return self.route(pattern, methods="GET", **options)

    def post(self, pattern: str, **options: Unpack[RouteOptions]) -> Callable[[Handler], Handler]:
        """Route POST."""
        return self.route(pattern, methods="POST", **options)

    def put(self, pattern: str, **options: Unpack[RouteOptions]) -> Callable[[Handler], Handler]:
        """Route PUT."""
        return self.route(pattern, methods="PUT", **options)

    def patch(self, pattern: str, **options: Unpack[RouteOptions]) -> Callable[[Handler], Handler]:
        """Route PATCH."""
        return self.route(pattern, methods="PATCH", **options)

    def delete(self, pattern: str, **options: Unpack[RouteOptions]) -> Callable[[Handler], Handler]:
        """Route DELETE."""
        return self.route(pattern, methods="DELETE", **options)

    def head(self, pattern: str, **options: Unpack[RouteOptions]) -> Callable[[Handler], Handler]:
        """Route HEAD by itself."""
        return self.route(pattern, methods="HEAD", **options)

    def options(
        self, pattern: str, **options: Unpack[RouteOptions]
    ) -> Callable[[Handler], Handler]:
        """Route OPTIONS, which the engine answers otherwise."""
        return self.route(pattern, methods="OPTIONS", **options)

    def route(
        self,
        pattern: str,
        *,
        methods: str | Iterable[str] = "GET",
        **options: Unpack[RouteOptions],
    ) -> Callable[[Handler], Handler]:
        """Route one or several methods; "*" is every method.

        `status` is that of results that carry none, 0 for 200, or 204 where there is no content.
        `name` is for `url_for`; `host` is api.example.com or {tenant}.example.com; `metadata` is
        what `request.route` gives back; `before`, `around` and `after` are hooks of this route
        alone. A route with `stream` is called as soon as the head of a request is there, and its
        handler, an async def, reads the content with `request.stream` or `request.read`. `limits`
        are those of its requests, where they are not the group's or the app's. `decompress` says
        whether content in gzip, deflate, br or zstd arrives decoded, where that is not as the group
        or the app says. `middleware` is that of the engine for this route alone, from
        `trivet.middleware`. `body_schema` is a JSON Schema, as text or as a dict, that the engine
        holds the content against before any Python runs, hooks included: what is wrong is answered
        with 422. A route that is `hidden` is not in the OpenAPI document, and `produces` says there
        which media types its answer has, one or several, where the annotation does not. What is
        wrong with the route is raised at once.
        """
        if callable(pattern):  # a decorator without its call
            raise ArgumentError(
                detail=f"{_signature.name_of(pattern)} ({_signature.site(pattern)}) has no "
                'pattern: write @app.get("/path") above it, not @app.get'
            )

        def register(handler: Handler) -> Handler:
            self.add_route(pattern, handler, methods=methods, **options)
            return handler

        return register

    def add_route(
        self,
        pattern: str,
        handler: Callable[..., Any],
        *,
        methods: str | Iterable[str] = "GET",
        status: int = 0,
        name: str = "",
        host: str = "",
        metadata: Mapping[str, Any] | None = None,
        before: Iterable[Hook] = (),
        around: Iterable[Hook] = (),
        after: Iterable[Hook] = (),
        stream: bool = False,
        limits: RouteLimits | None = None,
        decompress: bool | None = None,
        middleware: Iterable[Middleware] = (),
        hidden: bool = False,
        produces: str | Iterable[str] = (),
        body_schema: str | Mapping[str, Any] | None = None,
    ) -> None:
        """Add a route without a decorator; the options are those of `route`."""
        app = self._app
        app.check_open("routes are added")
        if status != 0 and not 200 <= status <= 599:
            raise ArgumentError(detail=f"status is 200 to 599, not {status}")
        _check_handler(pattern, handler)
        _check_pattern(pattern, handler)
        plan = _signature.read(handler, self._prefix + pattern, host or self._host)
        if stream:
            _signature.check_stream(plan, handler)
        inputs = _plan.complete(app, plan, stream)
        route = Route(
            plan.handler,
            plan.is_async,
            status,
            plan.arguments,
            plan.keyword_names,
            plan.int_params,
            plan.uuid_params,
            _signature.site(handler),
            stream,
        )
        media_types = _media_types(produces)
        route.refuse = _plan.refusal(plan, inputs)
        registered = Registered(
            route,
            self,
            read_before(before),
            read_around(around),
            read_after(after),
            handler,
            plan,
            inputs,
            status,
        )
        metadata = {} if metadata is None else metadata
        app.native.add_route(
            methods if isinstance(methods, str) else ",".join(methods),
            pattern,
            route,
            self._number,
            name,
            host,
            [(key, value) for key, value in metadata.items() if isinstance(value, str)],
            _signature.call_site(),
            native_limits(limits),
            _decompress(decompress),
            app.mounts.numbers(middleware) if middleware else [],
            _schema_text(body_schema),
        )
        registered.index = app.native.route_count() - 1
        registered.is_hidden = hidden
        registered.produces = media_types
        route.info = RouteInfo(app.native.get_route(registered.index), metadata)
        app.registered.append(registered)

    def static(
        self, prefix: str, directory: str | PathLike[str], **options: Unpack[StaticOptions]
    ) -> None:
        """Serve a folder below a prefix, by the engine: app.static("/assets", "public").

        GET and HEAD with ETag, Last-Modified, preconditions and ranges; name.br, name.zst and
        name.gz stand for name where the client takes them (`precompressed`); a change on disk is
        served within two seconds, and no path leads out of the folder. `index` is the file that
        stands for a directory, `fallback` the one for paths without an extension that are not
        there, as single-page apps want it. `cache_control` is that of every file, but where one of
        `cache_rules`, patterns and values, matches first: {"assets/*": "public,
        max-age=31536000, immutable"}. `types` are media types by extension. `dot_files` serves
        names that begin with a dot; `symlinks` follows links that stay in the folder. `name`,
        `host`, `metadata`, `limits`, `middleware` and hooks are as of `route`. A folder with hooks
        around it comes through Python; one without them never does. What is wrong is raised at
        once.
        """
        from ._static import add_static

        self._app.check_open("folders are served")
        add_static(self._app, self, self._number, prefix, directory, **options)

    def group(
        self,
        prefix: str,
        *,
        host: str = "",
        before: Iterable[Hook] = (),
        around: Iterable[Hook] = (),
        after: Iterable[Hook] = (),
        limits: RouteLimits | None = None,
        decompress: bool | None = None,
    ) -> Group:
        """Make a group: its routes have the prefix before their pattern, its host and its hooks.

        The prefix begins with a slash and ends without one, and may hold parameters. Groups nest;
        the hooks of the outer one run around those of the inner one. Its limits and
        `decompress` hold for its routes in so far as they have none of their own.
        """
        self._app.check_open("groups are made")
        number = self._app.native.add_group(
            prefix,
            self._number,
            host,
            _signature.call_site(),
            native_limits(limits),
            _decompress(decompress),
        )
        group = Group(self._app, self, number, self._prefix + prefix, host or self._host)
        group.before_hooks.extend(read_before(before))
        group.around_hooks.extend(read_around(around))
        group.after_hooks.extend(read_after(after))
        return group

    def use(self, middleware: Middleware) -> Middleware:
        """Mount middleware of the engine on all routes here: app.use(request_id()).

        It runs before all hooks, whatever was added first. That of the app holds for requests
        without a route, too; of a kind that is mounted in several places the innermost counts, and
        of authentication each.
        """
        self._app.check_open("middleware is mounted")
        self._app.native.use(self._number, self._app.mounts.number(middleware))
        return middleware

    def before(self, hook: Handler) -> Handler:
        """Run a function before the handlers here: hook(request), plain or async.

        What it returns, if it returns something, is the answer, and no further before hook and no
        handler runs.
        """
        self._app.check_open("hooks are added")
        self.before_hooks.extend(read_before([hook]))
        return hook

    def around(self, hook: Handler) -> Handler:
        """Run a function around the handlers here: hook(request, call_next).

        `call_next()` runs the next hook, in the end the handler, and gives the response, which the
        hook may change; what the handler raises, it raises. What the hook returns is the answer,
        nothing is that of `call_next`; a hook that does not call it answers by itself. An async def
        awaits `call_next()`; a plain function can only run around what is plain. Around hooks run
        when all before hooks have, those of the app outermost, and error handlers and after hooks
        come behind them.
        """
        self._app.check_open("hooks are added")
        self.around_hooks.extend(read_around([hook]))
        return hook

    def after(self, hook: Handler) -> Handler:
        """Run a function after the handlers here: hook(request, response), plain or async.

        It sees the response whatever made it, may change it, or return another one. After hooks run
        in the opposite order, and for every answer.
        """
        self._app.check_open("hooks are added")
        self.after_hooks.extend(read_after([hook]))
        return hook


class Group(Routes):
    """Routes with a common prefix, host and hooks; made by `app.group`."""

    def __repr__(self) -> str:
        return f"<Group {self._host}{self._prefix}>"
