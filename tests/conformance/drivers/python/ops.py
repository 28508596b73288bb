"""GET /ops/{name}: one operation of the SDK each, answered with what it gave."""

from __future__ import annotations

import asyncio
import inspect
import os
import re
import threading
import time
from collections.abc import Callable
from typing import Any

import cookies
import events
import files
import middleware_routes
from trivet import (
    HTML,
    JSON,
    XML,
    App,
    HTTPError,
    NoContent,
    Request,
    Response,
    Server,
    TrivetError,
    lowlevel,
    redirect,
)
from trivet.testing import AsyncTestClient


class State:
    """What one operation leaves for the next."""

    app: App
    server: Server
    started = 0
    group_conflict: dict[str, object]
    bad_schema: dict[str, str]
    double_result = ""
    kept: Request | None = None
    conflict = ""
    pattern = ""


state = State()
operations: dict[str, Callable[[Request], Any]] = {}


def operation(function: Callable[[Request], Any]) -> Callable[[Request], Any]:
    operations[function.__name__.removeprefix("op_")] = function
    return function


def error_of(call: Callable[[], object]) -> str:
    """The name of the status that a call fails with."""
    try:
        call()
    except TrivetError as error:
        return error.status_name
    return "TRIVET_OK"


@operation
def op_query(request: Request) -> object:
    return {name: request.query.get_list(name) for name in request.query}


@operation
def op_query_one(request: Request) -> object:
    return {"value": request.query.get(request.query["name"])}


@operation
def op_cookies(request: Request) -> object:
    return dict(request.cookies)


@operation
def op_cookie_one(request: Request) -> object:
    return {"value": request.cookies.get(request.query["name"])}


@operation
def op_header_one(request: Request) -> object:
    return {"value": request.headers.get(request.query["name"])}


@operation
def op_stream_order(request: Request) -> None:
    def begin() -> None:
        lowlevel.reply_begin(request, 200, lowlevel.CONTENT_JSON, {})

    told = {
        "write_first": error_of(lambda: lowlevel.reply_write(request, "x")),
        "end_first": error_of(lambda: lowlevel.reply_end(request)),
        "read": error_of(lambda: lowlevel.request_read(request)),
        "begin": error_of(begin),
        "begin_twice": error_of(begin),
        "whole": error_of(lambda: lowlevel.reply_text(request, 200, "x")),
        "trailer": error_of(lambda: lowlevel.reply_end(request, {"Content-Length": "1"})),
    }
    lowlevel.reply_write(request, lowlevel.encode_json(told))
    lowlevel.reply_end(request)


@operation
def op_text(_: Request) -> object:
    return "text ü"


@operation
def op_html(_: Request) -> object:
    return HTML("<p>html ü</p>")


@operation
def op_json(_: Request) -> object:
    return JSON({"ok": True, "n": 1.5, "s": 'ü"\\\n'})


@operation
def op_bytes(_: Request) -> object:
    return b"\x00\x01\x02\xff"


@operation
def op_empty(_: Request) -> object:
    return NoContent()


@operation
def op_redirect(_: Request) -> object:
    return redirect("/hello")


@operation
def op_problem(_: Request) -> object:
    raise HTTPError(418, "short and stout")


@operation
def op_headers(_: Request) -> object:
    headers = [("X-One", "1"), ("X-Two", "a, b"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
    return Response("ok", 201, headers)


@operation
def op_bad_header(request: Request) -> object:
    split = Response("ok", 200, {"X-Split": "a\r\nX-Injected: b"})
    return {"error": error_of(lambda: lowlevel.reply(request, split))}


@operation
def op_double(request: Request) -> None:
    lowlevel.reply_text(request, 200, "first")
    state.double_result = error_of(lambda: lowlevel.reply_text(request, 200, "second"))


@operation
def op_double_result(_: Request) -> object:
    return {"error": state.double_result}


@operation
def op_stale(request: Request) -> object:
    state.kept = request
    return "kept"


@operation
def op_stale_result(_: Request) -> object:
    kept = state.kept
    assert kept is not None
    return {"error": error_of(lambda: kept.headers.get("Host"))}


@operation
def op_thread(request: Request) -> object:
    errors = []
    thread = threading.Thread(
        target=lambda: errors.append(error_of(lambda: lowlevel.reply_text(request, 200, "wrong")))
    )
    thread.start()
    thread.join()
    return {"error": errors[0]}


@operation
def op_unserialisable(_: Request) -> object:
    return {"function": op_unserialisable}


@operation
def op_info(_: Request) -> object:
    info = state.server.loop.info()
    return {
        "engine": info["engine"],
        "reason": info["engine_reason"],
        "state": info["state"],
        "version": lowlevel.version(),
        "abi": lowlevel.abi_version(),
        "secured": info["is_secured"],
        "kernel_tls": info["has_kernel_tls"],
    }


@operation
def op_client(request: Request) -> object:
    client = request.client
    assert (request.scheme, request.host) == (client.scheme, client.host)
    shown = client.tls and client.tls.certificate
    return {
        "address": client.address,
        "port": client.port,
        "scheme": client.scheme,
        "host": client.host,
        "hops": client.hops,
        "forwarded": client.is_forwarded,
        "tls": client.tls
        and {
            "version": client.tls.version,
            "cipher": client.tls.cipher,
            "server_name": client.tls.server_name,
            "certificate": shown
            and {
                "subject": shown.subject,
                "fingerprint": shown.fingerprint,
                "bytes": len(shown.der),
            },
        },
    }


@operation
def op_stats(_: Request) -> object:
    return state.server.loop.stats()


@operation
async def op_timer(request: Request) -> object:
    fired: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    state.server.loop.timer_start(int(request.query["ms"]), lambda: fired.set_result("fired"))
    return await fired


@operation
def op_timer_cancel(_: Request) -> object:
    timer = state.server.loop.timer_start(60_000, os.abort)
    state.server.loop.timer_cancel(timer)
    return {"cancelled": True, "again": error_of(lambda: state.server.loop.timer_cancel(timer))}


@operation
async def op_watch(_: Request) -> object:
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def read() -> None:
        if not ready.done():
            ready.set_result(os.read(reading, 8))

    loop.add_reader(reading, read)
    try:
        os.write(writing, b"ready")
        return (await ready).decode()
    finally:
        loop.remove_reader(reading)
        os.close(reading)
        os.close(writing)


@operation
def op_log(request: Request) -> None:
    state.app.log.write(request.query["level"], request.query.get("text", ""))


@operation
def op_conflict(_: Request) -> object:
    late = error_of(lambda: state.app.add_route("/late", op_text))
    return {"conflict": state.conflict, "pattern": state.pattern, "late": late}


@operation
def op_status_name(request: Request) -> object:
    return {"name": lowlevel.status_name(int(request.query["status"]))}


@operation
def op_post(request: Request) -> None:
    lowlevel.defer(request)
    arguments = (state.server.loop, request, 200, b"posted")
    threading.Thread(target=lowlevel.post, args=arguments).start()


@operation
def op_xml(_: Request) -> object:
    return XML("<a>ü</a>")


@operation
def op_add_header(request: Request) -> object:
    lowlevel.reply_add_header(request, "X-Added", "1")
    return "ok"


@operation
def op_url(request: Request) -> object:
    params, query = {}, []
    for name, value in request.query.items_list():
        if name.startswith("p:"):
            params[name[2:]] = value
        elif name.startswith("q:"):
            query.append((name[2:], value))
    try:
        return {"url": request.url_for(request.query["name"], params, query)}
    except TrivetError as error:
        return {"error": error.status_name}


@operation
def op_routes(_: Request) -> object:
    routes = state.app.routes
    return {"count": len(routes), "names": sorted(route.name for route in routes if route.name)}


@operation
def op_openapi(_: Request) -> object:
    return state.app.openapi()


@operation
def op_lifecycle(_: Request) -> object:
    return {"started": state.started}


@operation
def op_worker(_: Request) -> object:
    worker = state.server.worker
    return {
        "pid": os.getpid(),
        "slot": None if worker is None else worker.slot,
        "workers": None if worker is None else worker.workers,
        "thread": threading.get_native_id(),
    }


@operation
def op_block(request: Request) -> object:
    time.sleep(int(request.query["ms"]) / 1000)
    return "blocked"


@operation
def op_config(_: Request) -> object:
    names = ("workers", "threads", "profile", "buffer_count", "buffer_bytes", "host", "port")
    return {name: state.app.config[name] for name in names}


@operation
def op_setting(request: Request) -> object:
    for setting in state.app.settings():
        if setting.key == request.query["key"]:
            names = ("variable", "value", "default", "place", "allowed", "help", "source")
            return {name: getattr(setting, name) for name in names}
    return {"error": "TRIVET_E_NOT_FOUND"}


@operation
def op_variables(_: Request) -> object:
    return state.app.variables()


@operation
def op_group_conflict(_: Request) -> object:
    return state.group_conflict


@operation
def op_set_cookie(request: Request) -> object:
    return cookies.set_cookie(request)


@operation
def op_middleware_errors(request: Request) -> object:
    return middleware_routes.errors(request)


@operation
def op_static_errors(request: Request) -> object:
    return files.errors(request)


@operation
def op_delete_cookie(request: Request) -> object:
    return cookies.delete_cookie(request)


def hello_app() -> App:
    app = App()
    app.get("/hello")(lambda: "Hello, World!")
    return app


@operation
async def op_inject(_: Request) -> object:
    async with AsyncTestClient(hello_app()) as client:
        response = await client.get("/hello")
    here = error_of(state.app.native.inject)
    return {"status": response.status, "body": response.text, "here": here}


@operation
async def op_advance(_: Request) -> object:
    async with AsyncTestClient(hello_app()) as client:
        await client.get("/hello")
        idle = client._core._idle[0]
        await client.advance(80)
        while idle.is_reusable:  # up to an eighth of a second
            await asyncio.sleep(0.01)
    return {"closed": True, "here": error_of(lambda: state.app.native.advance(1))}


@operation
def op_sse_encode(request: Request) -> object:
    return events.encoded(request)


@operation
def op_sse_hub(_: Request) -> object:
    return dict(events.hub_life(state.app))


@operation
def op_bad_schema(_: Request) -> object:
    return state.bad_schema


def bad_schemas(app: App) -> dict[str, str]:
    """What registrations fail with whose schema is wrong."""

    async def streamed(_: Request) -> None: ...

    def refused(schema: str) -> str:
        return error_of(lambda: app.add_route("/x", op_text, methods="POST", body_schema=schema))

    return {
        "malformed": refused('{"type":'),
        "unsupported": refused('{"format":"duration"}'),
        "streamed": error_of(
            lambda: app.add_route("/x", streamed, methods="POST", stream=True, body_schema="{}")
        ),
    }


def conflicts(app: App) -> dict[str, object]:
    """What registrations fail with that must fail."""
    sites: list[str] = []

    def through_a_group() -> None:
        try:
            app.group("/hello").add_route("", op_text)
        except TrivetError as error:
            sites.extend(re.findall(r"[a-z]+\.py:\d+", error.detail))
            raise

    return {
        "name": error_of(lambda: app.add_route("/other-leaf", op_text, name="leaf")),
        "group": error_of(through_a_group),
        "host": error_of(lambda: app.add_route("/x", op_text, host="bad host")),
        "regex": error_of(lambda: app.add_route("/x/{c:regex(()}", op_text)),
        "path": error_of(lambda: app.add_route("/x/{rest:path}/y", op_text)),
        "sites": len(sites) == 2,
    }


def keep(request: Request) -> None:
    request.state.kept = "kept"


def register(app: App) -> None:
    state.app = app
    state.conflict = error_of(lambda: app.add_route("/hello", op_text))
    state.pattern = error_of(lambda: app.add_route("/x/{", op_text))
    state.group_conflict = conflicts(app)
    state.bad_schema = bad_schemas(app)

    @app.get("/ops/route", name="ops-route", metadata={"team": "core"})
    def route(request: Request) -> object:
        info = request.route
        assert info is not None
        return {
            "name": info.name,
            "pattern": info.pattern,
            "methods": info.methods,
            "host": info.host,
            "metadata": info.metadata,
            "has_site": info.site != "",
        }

    @app.get("/ops/state", before=[keep])
    def kept(request: Request) -> object:
        return {"state": getattr(request.state, "kept", None)}

    @app.get("/ops/{name}")
    async def operate(request: Request, name: str) -> object:
        function = operations.get(name)
        if function is None:
            raise HTTPError(501, "the driver does not know this operation")
        result = function(request)
        return await result if inspect.isawaitable(result) else result
