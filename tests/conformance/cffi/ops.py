"""GET /ops/{name} of the CFFI driver: one operation of the interface each."""

from __future__ import annotations

import contextlib
import os
import struct
import threading
from collections.abc import Callable
from typing import Any

import cookies as cookie_ops
import events
import files
import openapi
import ops_app
import ops_middleware
from abi import AbiError, borrowed, constant, ffi, lib, status_name, text_of
from request import CONTENT, Request, compact
from server import Server

STATES = {1: "serving", 2: "draining", 3: "drained"}
LEVELS = ["debug", "info", "warn", "error"]

# What one request leaves for another to report, and what waits for its moment.
results: dict[str, Any] = {}
sleeping: dict[int, int] = {}
watching: dict[int, tuple[Request, int]] = {}


def name_of(call: Callable[[], object]) -> str:
    """The status name of what a call raises."""
    try:
        call()
    except AbiError as error:
        return error.name
    return "TRIVET_OK"


def reply_later(
    server: Server, request: Request, delay_ms: int, text: str, status: int = 200
) -> None:
    def fire() -> None:
        sleeping.pop(request.handle, None)
        # The handle is stale when the loop is ending.
        name_of(lambda: request.reply("text", status, text))

    sleeping[request.handle] = server.timer(delay_ms, fire)


def client_gone(server: Server, handle: int) -> None:
    timer = sleeping.pop(handle, None)
    if timer is not None:
        server.cancel(timer)
        name_of(lambda: Request(handle).empty(204))


def fd_ready(server: Server, fd: int) -> None:
    if fd not in watching:
        # The wake-up of Python's signal handling, which one read may empty for two signals.
        with contextlib.suppress(BlockingIOError):
            os.read(fd, 64)
        return
    request, write_fd = watching.pop(fd)
    came = os.read(fd, 1)
    server.watch(fd, 0)
    os.close(fd)
    os.close(write_fd)
    request.reply("text", 200, "ready" if came == b"x" else "nothing to read")


def prepare(server: Server) -> None:
    server.gone = lambda handle: client_gone(server, handle)
    server.ready = lambda fd: fd_ready(server, fd)
    results["conflict"] = name_of(lambda: server.app.route("GET", "/hello", nothing))
    results["pattern"] = name_of(lambda: server.app.route("GET", "/x/{", nothing))


def nothing(request: Request) -> None:
    request.empty(204)


def query(_server: Server, request: Request) -> None:
    values: dict[str, list[str]] = {}
    for name, value in request.items("query"):
        values.setdefault(name, []).append(value)
    request.json(values)


def cookies(_server: Server, request: Request) -> None:
    values: dict[str, str] = {}
    for name, value in request.items("cookie"):
        values.setdefault(name, value)
    request.json(values)


def one(kind: str) -> Callable[[Server, Request], None]:
    def answer_one(_server: Server, request: Request) -> None:
        request.json({"value": request.lookup(kind, request.lookup("query", "name") or "")})

    return answer_one


def fixed(kind: str, status: int, body: bytes | str) -> Callable[[Server, Request], None]:
    return lambda _server, request: request.reply(kind, status, body)


def stream_order(_server: Server, request: Request) -> None:
    told = {
        "write_first": name_of(lambda: request.write("x")),
        "end_first": name_of(lambda: request.end([])),
        "read": name_of(request.read),
        "begin": name_of(lambda: request.begin(None, "json")),
        "begin_twice": name_of(lambda: request.begin(None, "json")),
        "whole": name_of(lambda: request.reply("text", 200, "x")),
        "trailer": name_of(lambda: request.end([("Content-Length", "1")])),
    }
    request.write(compact(told))
    request.end([])


def headers(_server: Server, request: Request) -> None:
    request.send(
        201,
        b"ok",
        [("X-One", "1"), ("X-Two", "a, b"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")],
    )


def bad_header(_server: Server, request: Request) -> None:
    error = name_of(lambda: request.send(200, b"ok", [("X-Split", "a\r\nX-Injected: b")]))
    request.json({"error": error})


def double(_server: Server, request: Request) -> None:
    request.reply("text", 200, "first")
    results["double"] = name_of(lambda: request.reply("text", 200, "second"))


def stale(_server: Server, request: Request) -> None:
    results["kept"] = request
    request.reply("text", 200, "kept")


def stale_result(_server: Server, request: Request) -> None:
    request.json({"error": name_of(lambda: results["kept"].lookup("header", "Host"))})


def reported(key: str) -> Callable[[Server, Request], None]:
    return lambda _server, request: request.json({"error": results.get(key)})


def elsewhere(server: Server, request: Request) -> None:
    names: list[str] = []

    def call() -> None:
        names.append(name_of(lambda: request.reply("text", 200, "wrong thread")))
        lib.trivet_loop_wake(server.loop)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    request.json({"error": names[0]})


def unserialisable(_server: Server, request: Request) -> None:
    request.json(nothing)


def info(server: Server, request: Request) -> None:
    told = server.info()
    request.json(
        {
            "engine": text_of(told.engine),
            "reason": text_of(told.engine_reason),
            "state": STATES[told.state],
            "version": text_of(lib.trivet_version()),
            "abi": lib.trivet_abi_version(),
            "secured": bool(told.is_secured),
            "kernel_tls": bool(told.has_kernel_tls),
        },
    )


def client(_server: Server, request: Request) -> None:
    request.json(request.client())


def stats(server: Server, request: Request) -> None:
    told = server.stats()
    fields = [
        name for name, _ in ffi.typeof("trivet_loop_stats").fields if name not in ("size", "flags")
    ]
    request.json({name: getattr(told, name) for name in fields})


def timer(server: Server, request: Request) -> None:
    reply_later(server, request, int(request.lookup("query", "ms") or 0), "fired")


def timer_cancel(server: Server, request: Request) -> None:
    started = server.timer(60000, lambda: None)
    cancelled = name_of(lambda: server.cancel(started)) == "TRIVET_OK"
    request.json({"cancelled": cancelled, "again": name_of(lambda: server.cancel(started))})


def watch(server: Server, request: Request) -> None:
    read_fd, write_fd = os.pipe()
    watching[read_fd] = (request, write_fd)
    server.watch(read_fd, constant("TRIVET_WATCH_READ"))
    os.write(write_fd, b"x")


def log(server: Server, request: Request) -> None:
    level = request.lookup("query", "level")
    if level not in LEVELS:
        request.reply("problem", 400, "no such level")
        return
    message, _keep = borrowed(request.lookup("query", "text") or "")
    lib.trivet_app_log(server.app.handle, constant(f"TRIVET_LOG_{level.upper()}"), message)
    request.empty(204)


def conflict(server: Server, request: Request) -> None:
    late = name_of(lambda: server.app.route("GET", "/late", nothing))
    request.json({"conflict": results["conflict"], "pattern": results["pattern"], "late": late})


def named_status(_server: Server, request: Request) -> None:
    request.json({"name": status_name(int(request.lookup("query", "status") or 0))})


def post(server: Server, request: Request) -> None:
    def call() -> None:
        body = b"posted"
        head = ffi.new(
            "trivet_reply_record *",
            {
                "request": request.handle,
                "status": 200,
                "content": CONTENT["text"],
                "body_bytes": len(body),
            },
        )
        size = ffi.sizeof("trivet_reply_record") + 8
        # Items of 8 bytes: aligned as the record asks for.
        records = ffi.new("uint64_t[]", size // 8)
        ffi.buffer(records)[:] = bytes(ffi.buffer(head)) + struct.pack("8s", body)
        lib.trivet_reply_post(server.loop, records, size)

    threading.Thread(target=call).start()


OPERATIONS: dict[str, Callable[[Server, Request], None]] = {
    "query": query,
    "query_one": one("query"),
    "cookies": cookies,
    "cookie_one": one("cookie"),
    "header_one": one("header"),
    "text": fixed("text", 200, "text ü"),
    "html": fixed("html", 200, "<p>html ü</p>"),
    "xml": fixed("xml", 200, "<a>ü</a>"),
    "json": lambda _server, request: request.json({"ok": True, "n": 1.5, "s": 'ü"\\\n'}),
    "bytes": fixed("bytes", 200, b"\x00\x01\x02\xff"),
    "empty": lambda _server, request: request.empty(204),
    "redirect": fixed("redirect", 303, "/hello"),
    "problem": fixed("problem", 418, "short and stout"),
    "headers": headers,
    "bad_header": bad_header,
    "stream_order": stream_order,
    "middleware_errors": ops_middleware.errors,
    "static_errors": files.errors,
    "set_cookie": cookie_ops.set_cookie,
    "delete_cookie": cookie_ops.delete_cookie,
    "sse_encode": events.encode,
    "sse_hub": events.hub_life,
    "double": double,
    "double_result": reported("double"),
    "stale": stale,
    "stale_result": stale_result,
    "thread": elsewhere,
    "unserialisable": unserialisable,
    "info": info,
    "client": client,
    "stats": stats,
    "timer": timer,
    "timer_cancel": timer_cancel,
    "watch": watch,
    "log": log,
    "conflict": conflict,
    "status_name": named_status,
    "post": post,
    "openapi": openapi.document,
    **ops_app.OPERATIONS,
}


def answer(server: Server, request: Request) -> None:
    operation = OPERATIONS.get(text_of(request.view().params[0].value))
    if operation is None:
        request.reply("problem", 501, "the driver does not know this operation")
    else:
        operation(server, request)
