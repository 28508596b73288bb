"""The conformance driver over CFFI: the C interface without a compiler."""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import sys
from collections.abc import Callable

import compress
import events
import files
import forms
import hooks
import limits
import middleware
import openapi
import ops
import ops_app
import routing
import schema
import streams
from abi import AbiError, constant, text_of
from app import Answer, App
from request import Request
from server import Server, inherited, supervise

ENGINES = ["auto", "uring", "epoll"]


def param(request: Request) -> int:
    (value,) = request.params().values()
    return int(value)


def echo(request: Request) -> None:
    view, body = request.view(), request.body()
    request.json(
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
    )


def body(request: Request) -> None:
    content = request.body()
    request.reply("bytes" if content else "text", 200, content or "ok")


def boom(_request: Request) -> None:
    raise RuntimeError("boom")


def status(request: Request) -> None:
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


def with_server(server: Server, answer: Callable[[Server, Request], None]) -> Answer:
    return lambda request: answer(server, request)


def add_routes(server: Server) -> None:
    app = server.app
    app.route("GET", "/hello", lambda request: request.reply("text", 200, "Hello, World!"))
    app.route("GET", "/json", lambda request: request.json({"message": "Hello, World!"}))
    app.route("GET", "/users/{id:int}", lambda request: request.json({"id": param(request)}))
    app.route("*", "/echo", echo, as_event=True)
    app.route("*", "/body", body, as_event=True)
    app.route("GET", "/boom", boom)
    app.route("GET", "/sleep/{ms:int}", with_server(server, sleep), as_event=True)
    app.route("GET", "/status/{code:int}", status)
    app.route("GET", "/ops/{name}", with_server(server, ops.answer))
    app.route("GET", "/ops/route", ops_app.route, name="ops-route", metadata=[("team", "core")])


def say(line: str) -> None:
    """In one write, for other workers write to the same pipe."""
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


def serve(server: Server) -> None:
    worker = ops_app.results["worker"]

    def started(_loop: object) -> None:
        server.started += 1
        say(f"READY {server.info().port}")

    server.app.on_start(started)
    server.app.on_stop(lambda _loop: say("STOPPED"))
    server.listen(worker)
    wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake_write)
    server.watch(wake_read, constant("TRIVET_WATCH_READ"))
    signal.signal(signal.SIGTERM, lambda _number, _frame: server.drain())
    # The terminal's Ctrl-C reaches the supervisor, which then drains its workers.
    ignored = worker is not None
    signal.signal(
        signal.SIGINT, signal.SIG_IGN if ignored else lambda _number, _frame: server.drain()
    )
    server.start()
    server.run()
    server.close()


def run(options: argparse.Namespace) -> int:
    app = App()
    config = app.config()
    config.engine = ENGINES.index(options.engine)
    config.port, config.workers, config.threads = options.port, options.workers, 1
    app.configure(config)
    ops_app.results |= {"config": ops_app.told(app.config()), "worker": inherited()}
    workers, _threads = app.concurrency()
    if ops_app.results["worker"] is None and workers > 1:
        return supervise(app.config(), [sys.executable, *sys.argv])
    server = Server(app)
    add_routes(server)
    routing.add_routes(app)
    routing.add_errors(app, maps_errors=options.errors)
    streams.add_routes(server)
    limits.add_routes(server)
    middleware.add_routes(server)
    compress.add_routes(server)
    schema.add_routes(server)
    files.add_routes(server)
    forms.add_routes(server)
    events.add_routes(server)
    openapi.add_routes(server)
    hooks.add_hooks(server, has_hooks=options.hooks, maps_errors=options.errors)
    hooks.add_state(server)
    ops.prepare(server)
    ops_app.try_conflicts(server)
    if not app.inspect():
        serve(server)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--engine", choices=ENGINES, default="auto")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--hooks", action="store_true")
    parser.add_argument("--errors", action="store_true")
    try:
        return run(parser.parse_args())
    except AbiError as error:
        print(f"driver: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
