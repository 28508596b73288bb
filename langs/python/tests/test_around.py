"""Hooks around handlers: what they are given, what they may do, and what is a mistake."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from conftest import Running

from trivet import (
    App,
    ArgumentError,
    BackgroundTasks,
    Depends,
    Request,
    Response,
    StateError,
    StreamResponse,
    Text,
)

Serve = Callable[..., Running]
Next = Callable[[], Response]
NextLater = Callable[[], Awaitable[Response]]


def test_variables_set_in_a_hook_are_seen_by_the_handler(serve: Serve) -> None:
    tenant = contextvars.ContextVar("tenant", default="nobody")
    app = App()

    async def later(request: Request, call_next: NextLater) -> Response:
        tenant.set(request.headers["tenant"])
        return await call_next()

    def plain(request: Request, call_next: Next) -> Response:
        tenant.set(request.headers["tenant"])
        return call_next()

    @app.get("/later", around=[later])
    async def waits() -> str:
        await asyncio.sleep(0)
        return tenant.get()

    @app.get("/mixed", around=[later])
    def mixed() -> str:
        return tenant.get()

    @app.get("/plain", around=[plain])
    def runs() -> str:
        return tenant.get()

    @app.get("/none")
    def none() -> str:
        return tenant.get()

    running = serve(app)
    for name in ("ann", "bob"):
        for path in ("/later", "/mixed", "/plain"):
            assert running.get(path, {"tenant": name}).text == name
    assert running.get("/none").text == "nobody"


def test_the_request_may_be_given_to_call_next(serve: Serve) -> None:
    app = App()

    @app.around
    async def passing(request: Request, call_next: Callable[[Request], Any]) -> object:
        return await call_next(request)

    @app.get("/")
    def index() -> str:
        return "fine"

    assert serve(app).get("/").text == "fine"


def test_a_plain_hook_around_an_async_handler_is_an_error_that_names_both() -> None:
    app = App()

    @app.around
    def timing(request: Request, call_next: Next) -> Response:
        return call_next()

    @app.get("/")
    async def show() -> str:
        return "x"

    with pytest.raises(
        ArgumentError, match=r"around hook .*timing\(\) \(test_around.py:\d+\)"
    ) as e:
        app.bind(port=0)
    assert "show() (test_around.py:" in str(e.value)
    assert "make the hook an async def, and write await call_next()" in str(e.value)


def test_an_async_generator_is_an_async_handler_too() -> None:
    app = App()

    def hook(request: Request, call_next: Next) -> Response:
        return call_next()

    @app.get("/", around=[hook])
    async def pieces() -> AsyncIterator[str]:
        yield "x"

    with pytest.raises(ArgumentError, match="is async: make the hook an async def"):
        app.bind(port=0)


def test_a_hook_takes_two_parameters() -> None:
    def hook(request: Request) -> None: ...

    with pytest.raises(ArgumentError, match="takes 1 parameters, and is called with 2"):
        App().around(hook)


def test_hooks_are_added_before_the_app_is_bound(serve: Serve) -> None:
    app = App()
    serve(app)
    with pytest.raises(StateError, match="hooks are added before"):
        app.around(lambda request, call_next: call_next())


@pytest.mark.parametrize("is_awaited", [True, False])
def test_call_next_that_is_not_awaited_is_told(
    serve: Serve, capfd: pytest.CaptureFixture[str], is_awaited: bool
) -> None:
    app = App()

    async def hook(request: Request, call_next: Any) -> object:
        if is_awaited:
            await call_next()
        else:
            call_next().close()
        return None

    @app.get("/", around=[hook])
    def index() -> str:
        return "fine"

    answer = serve(app).get("/")
    assert answer.status == (200 if is_awaited else 500)
    assert ("has not awaited call_next()" in capfd.readouterr().err) is not is_awaited


def test_a_result_that_cannot_be_sent_fails_in_call_next(
    serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    app = App()
    seen: list[str] = []

    async def hook(request: Request, call_next: NextLater) -> Response:
        try:
            return await call_next()
        except TypeError as error:
            seen.append(str(error))
            raise

    @app.get("/", around=[hook])
    def index() -> object:
        return {1, 2}

    answer = serve(app).get("/")
    assert answer.status == 500
    assert seen == [answer.json()["detail"]]
    assert "(result of test_around.py:" in capfd.readouterr().err


def test_a_result_of_a_hook_that_cannot_be_sent_names_the_hook(
    serve: Serve, capfd: pytest.CaptureFixture[str]
) -> None:
    app = App()

    def hook(request: Request, call_next: Next) -> object:
        return {1, 2}

    @app.get("/", around=[hook])
    def index() -> str:
        return "x"

    assert serve(app).get("/").status == 500
    assert "hook() (test_around.py:" in capfd.readouterr().err


def test_dependencies_end_behind_the_hooks(serve: Serve) -> None:
    app = App()
    order: list[str] = []
    ended = threading.Event()

    async def session() -> AsyncIterator[str]:
        order.append("open")
        yield "session"
        order.append("close")
        ended.set()

    async def hook(request: Request, call_next: NextLater) -> Response:
        order.append("in")
        response = await call_next()
        order.append("out")
        return response

    @app.get("/", around=[hook])
    async def index(tasks: BackgroundTasks, held: str = Depends(session)) -> str:
        tasks.add(order.append, "task")
        return held

    assert serve(app).get("/").text == "session"
    assert ended.wait(30)
    assert order == ["in", "open", "out", "task", "close"]


def test_a_client_that_leaves_cancels_through_the_hook(serve: Serve) -> None:
    app = App()
    started, cancelled = threading.Event(), threading.Event()

    async def hook(request: Request, call_next: NextLater) -> Response:
        try:
            return await call_next()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    @app.get("/", around=[hook])
    async def index() -> None:
        started.set()
        await asyncio.sleep(60)

    client = serve(app).connect()
    client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert started.wait(30)
    client.close()
    assert cancelled.wait(30)


def test_a_timeout_in_a_hook_is_its_own(serve: Serve) -> None:
    app = App()

    async def hook(request: Request, call_next: NextLater) -> Response:
        try:
            return await asyncio.wait_for(call_next(), 0.01)
        except asyncio.TimeoutError:
            return Text("too late", 504)

    @app.get("/", around=[hook])
    async def index() -> None:
        await asyncio.sleep(60)

    assert serve(app).get("/").status == 504


def test_call_next_behind_its_end_is_harmless(serve: Serve) -> None:
    app = App()
    kept: list[NextLater] = []
    told: list[BaseException] = []
    calls: list[int] = []
    done = threading.Event()

    async def late() -> None:
        try:
            await kept[0]()
        except BaseException as error:
            told.append(error)
        done.set()

    async def hook(request: Request, call_next: NextLater) -> Response:
        kept.append(call_next)
        request.state.late = asyncio.get_running_loop().call_later(
            0, lambda: asyncio.ensure_future(late())
        )
        return Text("by itself")

    @app.get("/", around=[hook])
    async def index() -> None:
        calls.append(1)

    assert serve(app).get("/").text == "by itself"
    assert done.wait(30)
    assert calls == []
    assert isinstance(told[0], StateError)


def test_pieces_of_an_answer_that_a_hook_leaves_are_closed(serve: Serve) -> None:
    app = App()
    closed = threading.Event()

    async def hook(request: Request, call_next: NextLater) -> Response:
        await call_next()
        return Text("another")

    @app.get("/", around=[hook])
    async def pieces() -> AsyncIterator[str]:
        try:
            yield "one"
            yield "two"
        finally:
            closed.set()

    assert serve(app).get("/").text == "another"
    assert closed.wait(30)


@pytest.mark.parametrize("is_async", [False, True])
def test_a_hook_may_wrap_the_pieces(serve: Serve, is_async: bool) -> None:
    app = App()

    def plain(request: Request, call_next: Next) -> Response:
        response: Any = call_next()

        def louder() -> Iterator[str]:
            for piece in response.body:
                yield piece.upper()

        return StreamResponse(louder())

    async def later(request: Request, call_next: NextLater) -> Response:
        response: Any = await call_next()

        async def louder() -> AsyncIterator[str]:
            async for piece in response.body:
                yield piece.upper()

        return StreamResponse(louder())

    if is_async:

        @app.get("/", around=[later])
        async def pieces_later() -> AsyncIterator[str]:
            yield "one "
            yield "two"
    else:

        @app.get("/", around=[plain])
        def pieces() -> Iterator[str]:
            yield "one "
            yield "two"

    assert serve(app).get("/").text == "ONE TWO"


def test_a_response_that_the_program_keeps_is_not_changed(serve: Serve) -> None:
    app = App()
    kept = Text("kept")

    async def hook(request: Request, call_next: NextLater) -> Response:
        response = await call_next()
        response.headers.add("x-hook", "1")
        return response

    @app.get("/", around=[hook, hook])
    def index() -> Response:
        return kept

    running = serve(app)
    for _ in range(2):
        assert running.get("/").headers.get_all("x-hook") == ["1", "1"]
    assert "x-hook" not in kept.headers


def test_a_streaming_route_and_its_hook(serve: Serve) -> None:
    app = App()

    async def hook(request: Request, call_next: NextLater) -> Response:
        response = await call_next()
        response.headers["x-hook"] = "1"
        return response

    @app.post("/", stream=True, around=[hook])
    async def read(request: Request) -> bytes:
        return await request.read()

    answer = serve(app).request("POST", "/", "content")
    assert (answer.text, answer.headers["x-hook"]) == ("content", "1")


def test_nothing_is_kept_of_requests(serve: Serve) -> None:
    app = App()

    async def hook(request: Request, call_next: NextLater) -> Response:
        try:
            return await call_next()
        except LookupError:
            return Text("none", 404)

    @app.get("/{n:int}", around=[hook])
    def index(n: int) -> str:
        if n == 0:
            raise LookupError(n)
        return "fine"

    running = serve(app)
    for n in (0, 1):
        running.get(f"/{n}")
    gc.collect()
    before = len(gc.get_objects())
    for n in range(100):
        running.get(f"/{n % 2}")
    gc.collect()
    assert len(gc.get_objects()) < before + 100
