"""/g and /ga: nested groups and hooks that leave a trace. With --hooks the app has some, too."""

from __future__ import annotations

from typing import Any

from abi import AbiError, borrowed, constant, ffi, lib, text_of
from app import App
from request import CONTENT, Request, compact
from server import Server

SERVER_ERROR = {"type": "about:blank", "title": "Internal Server Error", "status": 500}


class Trace:
    """Kept with the request. `after` holds the fields of the after hooks until the last one."""

    def __init__(self) -> None:
        self.before: list[str] = []
        self.after: list[str] = []
        self.keeps: list[Any] = []


class Hooks:
    """A pair of hooks of one name."""

    def __init__(self, server: Server, name: str, *, is_last: bool, maps_errors: bool) -> None:
        self.app: App = server.app
        self.name = name
        self.is_last = is_last
        self.maps_errors = maps_errors

    def add(self, group: Any) -> None:
        self.app.before(group, self.before)
        self.app.after(group, self.after)

    def asked(self, request: Request, field: str) -> bool:
        return request.lookup("header", field) == self.name

    def before(self, request: Request) -> bool:
        if self.asked(request, "x-fail"):
            request.fail("HookError: a before hook failed")
            return False
        trace_of(self.app, request).before.append(self.name)
        if self.asked(request, "x-stop"):
            request.reply("text", 403, f"stopped by {self.name}")
            return False
        return True

    def after(self, request: Request, reply: Any) -> None:
        trace = trace_of(self.app, request)
        if self.asked(request, "x-fail-after") or self.is_injected(request):
            self.fail(request, reply, trace)
        else:
            if self.asked(request, "x-status"):
                reply.status = 299
            trace.after.append(self.name)
        for name in trace.after if self.is_last else []:
            request.add_header("x-after", name)

    def is_injected(self, request: Request) -> bool:
        if not self.asked(request, "x-inject"):
            return False
        try:
            request.add_header("x-split", "a\r\nx-injected: b")
        except AbiError as error:
            return error.name == "TRIVET_E_HEADER"
        return False

    def fail(self, request: Request, reply: Any, trace: Trace) -> None:
        """What a language makes of a hook that raises: another response, and a line in the log."""
        view = request.view()
        line = f"{text_of(view.method)} {text_of(view.path)}: HookError: an after hook failed"
        message, _line = borrowed(line)
        lib.trivet_app_log(self.app.handle, constant("TRIVET_LOG_ERROR"), message)
        trace.after.clear()
        reply.status, reply.headers, reply.header_count = 500, ffi.NULL, 0
        body = {"error": 500, "detail": ""} if self.maps_errors else SERVER_ERROR
        reply.content = CONTENT["json" if self.maps_errors else "problem"]
        reply.body, kept = borrowed(compact(body))
        trace.keeps.append(kept)
        if self.maps_errors:
            request.add_header("x-error", "mapped")


def trace_of(app: App, request: Request) -> Trace:
    if not request.data():
        request.keep(int(ffi.cast("uintptr_t", app.keep(Trace()))), app.drop)
    trace: Trace = app.kept[request.data()]
    return trace


def add_hooks(server: Server, *, has_hooks: bool, maps_errors: bool) -> None:
    app = server.app

    def hooks(name: str, *, is_last: bool = False) -> Hooks:
        return Hooks(server, name, is_last=is_last, maps_errors=maps_errors)

    def answer(request: Request) -> None:
        params = request.params()
        told: dict[str, object] = {"trace": trace_of(app, request).before}
        if params:
            told |= {"org": params["org"], "id": int(params["id"])}
        request.json(told)

    if has_hooks:
        hooks("app", is_last=True).add(ffi.NULL)
        app.fallback(lambda request: request.reply("problem", request.view().refusal, ""))
    for prefix, name in (("/g", "leaf"), ("/ga", "leaf-async")):
        outer = app.group(prefix)
        inner = app.group("/inner/{org}", outer)
        # A route's own hooks are those of a group around it alone.
        around = app.group("", inner)
        hooks("outer", is_last=not has_hooks).add(outer)
        hooks("inner").add(inner)
        hooks("route").add(around)
        app.route("GET", "", answer, group=outer)
        app.route("GET", "/leaf/{id:int}", answer, group=around, name=name, as_event=True)


def add_state(server: Server) -> None:
    """/ops/state: a hook of the route leaves something for its handler."""
    app = server.app

    def keep(request: Request) -> bool:
        request.keep(int(ffi.cast("uintptr_t", app.keep("kept"))), app.drop)
        return True

    group = app.group("")
    app.before(group, keep)
    app.route(
        "GET",
        "/ops/state",
        lambda request: request.json({"state": app.kept.get(request.data())}),
        group=group,
    )
