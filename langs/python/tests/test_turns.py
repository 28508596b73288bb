"""Several requests of one turn: none sees what an earlier one has left behind."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import json
import sys
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Running

from trivet import JSON, App, HTTPError, Request

Serve = Callable[..., Running]

variable = contextvars.ContextVar("variable", default="unset")


def ask_all(running: Running, *paths: str) -> list[Any]:
    """The JSON contents of requests that arrive in one segment."""
    last = f"GET {paths[-1]} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    first = [f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n" for path in paths[:-1]]
    received = b""
    with running.connect() as client:
        client.sendall("".join([*first, last]).encode())
        while part := client.recv(65536):
            received += part
    found = []
    while received:
        head, _, received = received.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        size = int(fields[b"content-length"])
        found.append(json.loads(received[:size]))
        received = received[size:]
    return found


def current_name() -> str | None:
    task = asyncio.current_task()
    return task.get_name() if task is not None else None


@pytest.fixture
def app() -> App:
    """Handlers that tell the current task and the context, and change the latter or not."""
    app = App()

    @app.get("/plain")
    def plain(put: str = "") -> list[Any]:
        seen = [variable.get(), current_name() is None]
        if put:
            variable.set(put)
        return seen

    @app.get("/async")
    async def asynchronous(request: Request, put: str = "") -> list[Any]:
        seen = [variable.get(), current_name() == f"trivet-request-{request.id}"]
        if put:
            variable.set(put)
        return seen

    @app.get("/reset")
    async def reset() -> list[Any]:
        token = variable.set("for a while")
        variable.reset(token)
        return [variable.get(), current_name() is not None]

    @app.get("/later")
    async def later() -> list[Any]:
        await asyncio.sleep(0)
        return [variable.get(), current_name() is not None]

    return app


def test_variables_and_tasks_are_of_one_request(app: App, serve: Serve, engine: str) -> None:
    running = serve(app, engine)
    paths = ["/async", "/plain", "/async?put=a", "/async", "/plain?put=b", "/plain", "/reset"]
    paths += ["/async", "/later", "/plain", "/async", "/later", "/async", "/async?put=c", "/later"]
    for _ in range(3):
        assert ask_all(running, *paths) == [["unset", True]] * len(paths)


def test_hooks_and_error_handlers_have_no_task_but_their_own(serve: Serve) -> None:
    app = App()

    @app.on_error(HTTPError)
    def on_error(request: Request, error: HTTPError) -> Any:
        return JSON(["error", current_name() is None])

    @app.get("/async")
    async def asynchronous(n: int) -> list[Any]:
        return ["async", current_name() is not None]

    hooked = app.group("/hooked")

    @hooked.before
    def before(request: Request) -> None:
        request.state.is_none = current_name() is None

    @hooked.get("/plain")
    def plain(request: Request) -> list[Any]:
        return ["hooked", request.state.is_none]

    @hooked.get("/async")
    async def hooked_async(request: Request) -> list[Any]:
        return ["hooked async", not request.state.is_none]

    paths = ["/async?n=1", "/async", "/async?n=1", "/hooked/plain", "/async?n=2", "/hooked/async"]
    kinds = ["async", "error", "async", "hooked", "async", "hooked async"]
    assert ask_all(serve(app), *paths * 2) == [[kind, True] for kind in kinds * 2]


def test_what_is_kept_is_not_given_to_the_next(serve: Serve) -> None:
    app = App()
    tasks: list[Any] = []
    contexts: list[Any] = []
    references: list[weakref.ref[Any]] = []

    @app.get("/task")
    async def keep_task() -> int:
        tasks.append(asyncio.current_task())
        return len(tasks)

    @app.get("/context")
    async def keep_context() -> int:
        task: Any = asyncio.current_task()
        contexts.append(task.get_context())
        return len(contexts)

    @app.get("/references")
    async def refer() -> int:
        task: Any = asyncio.current_task()
        references.extend([weakref.ref(task), weakref.ref(task.get_context())])
        return len(references)

    @app.get("/plain")
    def plain() -> int:
        variable.set("of a plain handler")
        gc.collect()
        return sum(reference() is not None for reference in references)

    running = serve(app)
    paths = ["/task", "/context", "/references", "/plain", "/context", "/plain", "/task"]
    assert ask_all(running, *paths) == [1, 1, 2, 0, 2, 0, 2]
    assert [task.result() for task in tasks] == [1, 2]
    assert tasks[0] is not tasks[1]
    assert contexts[0] is not contexts[1]
    assert [variable in context for context in contexts] == [False, False]


def test_a_task_that_is_current_already_is_an_error(
    serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    app = App()
    others: list[Any] = []

    @app.get("/enter")
    async def enter() -> str:
        loop = asyncio.get_running_loop()
        others.append(asyncio.create_task(asyncio.sleep(0)))
        asyncio.tasks._leave_task(loop, asyncio.current_task())  # type: ignore[arg-type]
        asyncio.tasks._enter_task(loop, others[0])
        return JSON("entered")  # type: ignore[return-value]

    @app.get("/leave")
    def leave() -> str:
        asyncio.tasks._leave_task(others[0].get_loop(), others[0])
        return JSON("left")  # type: ignore[return-value]

    @app.get("/async")
    async def asynchronous() -> str:
        return JSON("answered")  # type: ignore[return-value]

    hooks: list[str] = []
    previous = sys.unraisablehook
    sys.unraisablehook = lambda error: hooks.append(str(error.exc_value))
    try:
        found = ask_all(serve(app), "/async", "/enter", "/async", "/leave", "/async")
    finally:
        sys.unraisablehook = previous
    assert [item if isinstance(item, str) else item["status"] for item in found] == [
        "answered",
        "entered",
        500,
        "left",
        "answered",
    ]
    # The coroutine that could not run is reported, too.
    assert [message for message in hooks if "never awaited" not in message] == hooks[:1]
    assert "does not match the current task" in hooks[0]
    assert "Cannot enter into task" in capfd.readouterr().err
