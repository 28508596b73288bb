"""The conformance driver app in Python: the same routes as every other language's."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import sys

import around
import compress_routes
import errors
import events
import files
import forms
import hooks
import limits
import middleware_routes
import openapi
import ops
import routing
import schema
import sdk
import streams
import validation
from trivet import App, HTTPError, Request, Response, Server


def make_app(options: argparse.Namespace) -> App:
    app = App(
        engine=options.engine,
        workers=options.workers,
        threads=options.threads,
        servers=openapi.SERVERS,
        **openapi.ABOUT,
    )
    if options.hooks:
        app.before(hooks.before("app"))
        app.around(around.around_later("app"))
        app.after(hooks.after("app"))
    register(app)
    routing.register(app)
    streams.register(app)
    limits.register(app)
    middleware_routes.register(app, streams.pieces)
    compress_routes.register(app)
    schema.register(app)
    files.register(app)
    forms.register(app)
    events.register(app)
    sdk.register(app)
    openapi.register(app)
    validation.register(app)
    hooks.register(app)
    around.register(app)
    errors.register(app, options.errors)
    ops.register(app)

    @app.on_startup
    async def started() -> None:
        await asyncio.sleep(0)
        ops.state.started += 1

    @app.on_shutdown
    async def stopped() -> None:
        await asyncio.sleep(0)
        say("STOPPED")

    return app


def register(app: App) -> None:
    @app.get("/hello")
    def hello() -> str:
        return "Hello, World!"

    @app.get("/json")
    def message() -> dict[str, str]:
        return {"message": "Hello, World!"}

    @app.get("/users/{id:int}")
    def user(id: int) -> dict[str, int]:
        return {"id": id}

    @app.route("/echo", methods="*")
    def echo(request: Request) -> dict[str, object]:
        body = request.body
        return {
            "method": request.method,
            "path": request.path,
            "query": request.query_string,
            "headers": request.headers.items_list(),
            "body_length": len(body),
            "body_sha256": hashlib.sha256(body).hexdigest(),
        }

    @app.route("/body", methods="*")
    def body(request: Request) -> bytes | str:
        return request.body or "ok"

    @app.get("/boom")
    def boom() -> None:
        raise RuntimeError("boom")

    @app.get("/sleep/{ms:int}")
    async def sleep(ms: int) -> str:
        if ms < 0:
            raise HTTPError(400, "no such delay")
        await asyncio.sleep(ms / 1000)
        return "slept"

    @app.get("/status/{code:int}")
    def status(code: int) -> Response:
        if not 200 <= code <= 599:
            raise HTTPError(400, "the status must be 200 to 599")
        return Response(None, code)


def say(line: str) -> None:
    """One write a line, for the workers share standard output."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def ready(server: Server) -> None:
    ops.state.server = server
    say(f"READY {server.port}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--fork", action="store_true")
    parser.add_argument("--hooks", action="store_true")
    parser.add_argument("--errors", action="store_true")
    options = parser.parse_args()
    make_app(options).run(port=options.port, fork=options.fork, on_ready=ready)


if __name__ == "__main__":
    main()
