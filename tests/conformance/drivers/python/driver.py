"""The conformance driver app in Python: the same routes as every other language's."""

from __future__ import annotations

import argparse
import asyncio
import hashlib

import ops
from trivet import App, HTTPError, Request, Response, Server


def make_app(engine: str) -> App:
    app = App(engine=engine)

    @app.get("/hello")
    def hello() -> str:
        return "Hello, World!"

    @app.get("/json")
    def message() -> dict[str, str]:
        return {"message": "Hello, World!"}

    @app.get("/users/{id:int}")
    def user(id: int) -> dict[str, int]:
        return {"id": id}

    @app.route("*", "/echo")
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

    @app.route("*", "/body")
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

    ops.register(app)
    return app


def ready(server: Server) -> None:
    ops.state.loop = server.loop
    print(f"READY {server.port}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--engine", default="auto")
    options = parser.parse_args()
    make_app(options.engine).run(port=options.port, on_ready=ready)


if __name__ == "__main__":
    main()
