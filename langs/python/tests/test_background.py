"""Work that is done after the answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Annotated

import pytest
from conftest import Running

from trivet import App, BackgroundTasks, Depends, Response, StreamResponse

EVENTS: list[str] = []


@pytest.fixture(autouse=True)
def no_events() -> None:
    EVENTS.clear()


def session() -> Iterator[str]:
    yield "session"
    EVENTS.append("closed")


async def later(word: str, *, times: int = 1) -> None:
    for _ in range(times):
        await asyncio.sleep(0)
        EVENTS.append(word)


def noted(tasks: BackgroundTasks) -> str:
    tasks.add(EVENTS.append, "dependency")
    return "noted"


def plain(
    tasks: BackgroundTasks, s: Annotated[str, Depends(session)], n: Annotated[str, Depends(noted)]
) -> str:
    tasks.add(later, "async", times=2)
    tasks.add(EVENTS.append, "plain")
    EVENTS.append("handler")
    return s


async def asynchronous(tasks: BackgroundTasks) -> StreamResponse:
    tasks.add(EVENTS.append, "task")

    async def pieces() -> object:
        for index in range(2):
            await asyncio.sleep(0)
            EVENTS.append(f"piece {index}")
            yield b"x"

    return StreamResponse(pieces())  # type: ignore[arg-type]


def failing(tasks: BackgroundTasks, fail: bool = False) -> None:
    def broken() -> None:
        raise OSError("no mail")

    tasks.add(broken)
    tasks.add(EVENTS.append, "next")
    if fail:
        raise ValueError("no answer")


def test_tasks_run_after_the_answer_in_order(serve: Callable[..., Running]) -> None:
    app = App()
    app.get("/")(plain)
    running = serve(app)
    assert running.get("/").text == "session"
    running.stop()
    assert EVENTS == ["handler", "dependency", "async", "async", "plain", "closed"]


def test_tasks_run_after_the_last_piece(serve: Callable[..., Running]) -> None:
    app = App()
    app.get("/")(asynchronous)
    running = serve(app)
    assert running.get("/").text == "xx"
    running.stop()
    assert EVENTS == ["piece 0", "piece 1", "task"]


def test_the_client_does_not_wait_for_them(serve: Callable[..., Running]) -> None:
    app = App()
    release = threading.Event()

    @app.get("/")
    async def slow(tasks: BackgroundTasks) -> str:
        async def wait() -> None:
            while not release.is_set():
                await asyncio.sleep(0.001)
            EVENTS.append("done")

        tasks.add(wait)
        return "early"

    running = serve(app)
    assert running.get("/").text == "early"
    assert EVENTS == []
    release.set()
    running.stop()
    assert EVENTS == ["done"]


def test_failures_are_logged_and_the_next_one_runs(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str]
) -> None:
    app = App()
    app.get("/")(failing)
    running = serve(app)
    assert running.get("/").status == 204
    # A handler that fails has promised nothing.
    assert running.get("/?fail=1").status == 500
    running.stop()
    assert EVENTS == ["next"]
    log = [line for line in capfd.readouterr().err.splitlines() if " error " in line]
    assert "broken() failed: OSError: no mail (test_background.py:" in "".join(log)
    assert len(log) == 2


def test_what_takes_too_long_is_cancelled_at_the_end(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str]
) -> None:
    app = App(shutdown_timeout_ms=100)
    app.on_shutdown(lambda: EVENTS.append("shutdown"))

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            EVENTS.append("cancelled")

    @app.get("/")
    def start(tasks: BackgroundTasks) -> str:
        tasks.add(forever)
        return "started"

    running = serve(app)
    assert running.get("/").text == "started"
    running.stop()
    assert sorted(EVENTS) == ["cancelled", "shutdown"]
    assert "a background task was not done in time" in capfd.readouterr().err


def test_a_task_is_a_function() -> None:
    with pytest.raises(TypeError, match=r"a background task is a function.*add\(send, order\)"):
        BackgroundTasks().add(Response("called already"))  # type: ignore[arg-type]
