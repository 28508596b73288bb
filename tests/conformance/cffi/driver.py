"""The conformance driver over CFFI: the C interface without a compiler."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import sys

import ops
from abi import AbiError, borrowed, bytes_of, lib, text_of
from server import Request, Server, body_of, constant

ENGINES = ["auto", "uring", "epoll"]


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def param(request: Request) -> int:
    return int(bytes_of(request.view().params[0].value))


def hello(_server: Server, request: Request) -> None:
    request.reply("text", 200, "Hello, World!")


def message(_server: Server, request: Request) -> None:
    request.reply("json", 200, compact({"message": "Hello, World!"}))


def user(_server: Server, request: Request) -> None:
    request.reply("json", 200, compact({"id": param(request)}))


def echo(_server: Server, request: Request) -> None:
    view, body = request.view(), body_of(request)
    request.reply(
        "json",
        200,
        compact(
            {
                "method": text_of(view.method),
                "path": text_of(view.path),
                "query": text_of(view.query),
                "headers": [
                    [text_of(view.headers[i].name), text_of(view.headers[i].value)]
                    for i in range(view.header_count)
                ],
                "body_length": len(body),
                "body_sha256": hashlib.sha256(body).hexdigest(),
            }
        ),
    )


def body(_server: Server, request: Request) -> None:
    content = body_of(request)
    request.reply("bytes" if content else "text", 200, content or "ok")


def boom(_server: Server, _request: Request) -> None:
    raise RuntimeError("boom")


def status(_server: Server, request: Request) -> None:
    code = param(request)
    if 200 <= code <= 599:
        request.empty(code)
    else:
        request.reply("problem", 400, "the status must be 200 to 599")


def sleep(server: Server, request: Request) -> None:
    delay_ms = param(request)
    if delay_ms < 0:
        request.reply("problem", 400, "no such delay")
    else:
        ops.reply_later(server, request, delay_ms, "slept")


def serve(port: int, engine: str) -> None:
    server = Server(ENGINES.index(engine))
    server.route("GET", "/hello", hello)
    server.route("GET", "/json", message)
    server.route("GET", "/users/{id:int}", user)
    server.route("*", "/echo", echo, as_event=True)
    server.route("*", "/body", body, as_event=True)
    server.route("GET", "/boom", boom)
    server.route("GET", "/sleep/{ms:int}", sleep, as_event=True)
    server.route("GET", "/status/{code:int}", status)
    server.route("GET", "/ops/{name}", ops.answer)
    ops.prepare(server)
    server.listen(port)
    wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake_write)
    server.watch(wake_read, constant("TRIVET_WATCH_READ"))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: server.drain())
    runtime, _keep = borrowed(f"CFFI, Python {sys.version.split()[0]}")
    lib.trivet_loop_banner(server.loop, runtime)
    print(f"READY {server.info().port}", flush=True)
    server.run()
    server.close()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--engine", choices=ENGINES, default="auto")
    options = parser.parse_args()
    try:
        serve(options.port, options.engine)
    except AbiError as error:
        print(f"driver: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
