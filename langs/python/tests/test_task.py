"""The task of an async handler is asyncio's in all that can be seen."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import sys
import threading
import weakref
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.to_thread
import pytest
from conftest import Running

from trivet import App, Request

needs_3_11 = pytest.mark.skipif(sys.version_info < (3, 11), reason="new in Python 3.11")


def run(serve: Callable[..., Running], handler: Callable[[], Awaitable[Any]]) -> Any:
    """The JSON that a handler answers with."""
    app = App()

    @app.get("/")
    async def outer() -> Any:
        return await handler()

    return serve(app).get("/").json()


def test_it_is_the_current_task_from_the_first_instruction(serve: Callable[..., Running]) -> None:
    async def handler() -> list[Any]:
        task = asyncio.current_task()
        assert task is not None
        seen = [
            isinstance(task, asyncio.Task),
            isinstance(task, asyncio.Future),
            asyncio.isfuture(task),
            task in asyncio.all_tasks(),
            task.done(),
            task.cancelled(),
            task.get_loop() is asyncio.get_running_loop(),
            task.get_coro() is not None,
        ]
        await asyncio.sleep(0)
        return [*seen, asyncio.current_task() is task, task in asyncio.all_tasks()]

    expected = [True, True, True, True, False, False, True, True, True, True]
    assert run(serve, handler) == expected


def test_names(serve: Callable[..., Running]) -> None:
    app = App()

    @app.get("/")
    async def handler(request: Request) -> list[Any]:
        task = asyncio.current_task()
        assert task is not None
        first = task.get_name()
        task.set_name("mine")
        return [first == f"trivet-request-{request.id}", task.get_name(), "mine" in repr(task)]

    assert serve(app).get("/").json() == [True, "mine", True]


def test_none_is_current_between_handlers(serve: Callable[..., Running]) -> None:
    app = App()
    seen: list[Any] = []

    @app.get("/async")
    async def asynchronous() -> None:
        asyncio.get_running_loop().call_soon(lambda: seen.append(asyncio.current_task()))

    @app.get("/plain")
    def plain() -> list[Any]:
        return [asyncio.current_task() is None, seen == [None], len(asyncio.all_tasks())]

    running = serve(app)
    running.get("/async")
    assert running.get("/plain").json() == [True, True, 0]


@needs_3_11
def test_timeout(serve: Callable[..., Running]) -> None:
    async def handler() -> list[Any]:
        seen = []
        try:
            async with asyncio.timeout(0.01):
                await asyncio.sleep(30)
        except TimeoutError:
            seen.append("timeout")
        async with asyncio.timeout(30):
            await asyncio.sleep(0)
            seen.append("in time")
        try:
            async with asyncio.timeout(-1):
                await asyncio.sleep(30)
        except TimeoutError:
            seen.append("at once")
        task = asyncio.current_task()
        assert task is not None
        return [*seen, task.cancelling()]

    assert run(serve, handler) == ["timeout", "in time", "at once", 0]


def test_wait_for(serve: Callable[..., Running]) -> None:
    async def handler() -> list[Any]:
        try:
            await asyncio.wait_for(asyncio.sleep(30), 0.01)
        except asyncio.TimeoutError:
            return ["timeout", await asyncio.wait_for(asyncio.sleep(0, "value"), 30)]
        return []

    assert run(serve, handler) == ["timeout", "value"]


@needs_3_11
def test_task_group(serve: Callable[..., Running]) -> None:
    async def fail() -> None:
        await asyncio.sleep(0.001)
        raise ValueError("child")

    async def handler() -> list[Any]:
        async with asyncio.TaskGroup() as group:
            first = group.create_task(asyncio.sleep(0.001, 1))
            second = group.create_task(asyncio.sleep(0, 2))
        seen: list[Any] = [first.result(), second.result()]
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fail())
                await asyncio.sleep(30)
        except BaseExceptionGroup as error:  # noqa: F821
            seen.append(str(error.exceptions[0]))
        task = asyncio.current_task()
        assert task is not None
        return [*seen, task.cancelling()]

    assert run(serve, handler) == [1, 2, "child", 0]


def test_anyio(serve: Callable[..., Running]) -> None:
    async def handler() -> list[Any]:
        seen: list[Any] = []
        with anyio.move_on_after(0.01) as scope:
            await anyio.sleep(30)
        seen.append(scope.cancelled_caught)
        with anyio.CancelScope() as outer:
            outer.cancel()
            await anyio.sleep(30)
        seen.append(outer.cancelled_caught)
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep, 0.001)
            group.start_soon(anyio.sleep, 30)
            await anyio.sleep(0.002)
            group.cancel_scope.cancel()
        with anyio.fail_after(30):
            seen.append(
                await anyio.to_thread.run_sync(lambda: threading.current_thread().name != "")
            )
        lock = anyio.Lock()
        async with lock:
            seen.append(lock.locked())
        send, receive = anyio.create_memory_object_stream[int](1)
        async with send, receive:
            await send.send(5)
            seen.append(await receive.receive())
        return seen

    assert run(serve, handler) == [True, True, True, True, 5]


def test_gather_shield_and_wait(serve: Callable[..., Running]) -> None:
    async def handler() -> list[Any]:
        gathered = await asyncio.gather(asyncio.sleep(0, 1), asyncio.sleep(0.001, 2))
        shielded = await asyncio.shield(asyncio.sleep(0, 3))
        done, pending = await asyncio.wait([asyncio.ensure_future(asyncio.sleep(0))])
        return [*gathered, shielded, len(done), len(pending)]

    assert run(serve, handler) == [1, 2, 3, 1, 0]


def test_others_may_wait_for_it(serve: Callable[..., Running]) -> None:
    app = App()
    seen: list[Any] = []

    async def watch(task: asyncio.Task[Any]) -> None:
        seen.append(await task)
        seen.append([await asyncio.gather(task), task.result(), task.exception(), task.done()])
        seen.append(await asyncio.wait_for(asyncio.shield(task), 1))

    @app.get("/")
    async def handler() -> str:
        task = asyncio.current_task()
        assert task is not None
        watcher = asyncio.ensure_future(watch(task))
        task.add_done_callback(lambda done: seen.append(done is task))
        task.add_done_callback(seen.append)
        assert task.remove_done_callback(seen.append) == 1
        with pytest.raises(asyncio.InvalidStateError):
            task.result()
        with pytest.raises(asyncio.InvalidStateError):
            task.exception()
        with pytest.raises(RuntimeError):
            task.set_result(1)
        app.watcher = watcher  # type: ignore[attr-defined]
        await asyncio.sleep(0)
        return "result"

    @app.get("/seen")
    async def result() -> list[Any]:
        await app.watcher  # type: ignore[attr-defined]
        return seen

    running = serve(app)
    running.get("/")
    expected = ["result", [["result"], "result", None, True], "result"]
    assert [item for item in running.get("/seen").json() if item is not True] == expected
    assert seen.count(True) == 1


def test_done_callbacks_of_a_handler_that_never_suspends(serve: Callable[..., Running]) -> None:
    app = App()
    seen: list[Any] = []
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")

    @app.get("/")
    async def handler() -> str:
        variable.set("of the handler")
        task = asyncio.current_task()
        assert task is not None
        task.add_done_callback(lambda done: seen.append([done.result(), variable.get()]))
        return "done"

    @app.get("/seen")
    async def result() -> list[Any]:
        return seen

    running = serve(app)
    running.get("/")
    assert running.get("/seen").json() == [["done", "of the handler"]]


def test_cancel_from_outside_and_inside(serve: Callable[..., Running]) -> None:
    async def handler() -> list[Any]:
        task = asyncio.current_task()
        assert task is not None
        seen: list[Any] = []
        asyncio.get_running_loop().call_soon(task.cancel, "from outside")
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError as error:
            seen.append(error.args)
        task.cancel()
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            seen.append("inside")
        future = asyncio.get_running_loop().create_future()
        task.cancel()
        try:
            await future
        except asyncio.CancelledError:
            seen.append(future.cancelled())
        return [*seen, task.cancelling(), [task.uncancel() for _ in range(4)]]

    seen = run(serve, handler)
    # asyncio lost the message between 3.9 and 3.11 where a future was in between.
    assert seen[0] in ([], ["from outside"])
    assert seen[1:] == ["inside", True, 3, [2, 1, 0, 0]]


def test_a_cancelled_handler_is_answered(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str]
) -> None:
    app = App()

    @app.get("/")
    async def handler() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    @app.get("/last")
    async def last_step() -> str:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        return "too late"

    running = serve(app)
    assert running.get("/").status == 500
    assert running.get("/last").status == 500
    assert running.get("/none").status == 404
    assert capfd.readouterr().err.count("ancelled") == 2


def test_what_may_not_be_awaited(serve: Callable[..., Running]) -> None:
    class Yields:
        def __init__(self, value: object) -> None:
            self.value = value

        def __await__(self) -> Any:
            yield self.value

    async def handler() -> list[str]:
        loop = asyncio.new_event_loop()
        other = loop.create_future()
        own = asyncio.get_running_loop().create_future()
        seen = []
        nothing: list[int] = []
        for value in (3, object(), own, (n for n in nothing), asyncio.current_task()):
            try:
                await Yields(value)
            except RuntimeError as error:
                seen.append(str(error))
        try:
            await other
        except RuntimeError as error:
            seen.append(str(error))
        loop.close()
        return seen

    told = run(serve, handler)
    words = [
        "bad yield",
        "bad yield",
        "yield was used",
        "bad yield",
        "await on itself",
        "different",
    ]
    assert len(told) == len(words)
    assert all(word in line for word, line in zip(words, told, strict=True))


variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


@pytest.mark.parametrize("kind", ["plain", "async", "suspended"])
def test_context_variables_are_each_request_its_own(
    serve: Callable[..., Running], kind: str
) -> None:
    app = App()

    @app.get("/plain/{value}")
    def plain(value: str) -> list[str]:
        before = variable.get()
        variable.set(value)
        return [before, variable.get()]

    @app.get("/async/{value}")
    async def asynchronous(value: str) -> list[str]:
        before = variable.get()
        variable.set(value)
        return [before, variable.get()]

    @app.get("/suspended/{value}")
    async def suspended(value: str) -> list[str]:
        before = variable.get()
        variable.set(value)
        await asyncio.sleep(0.01)
        in_child = await asyncio.ensure_future(child())
        return [before, variable.get(), in_child]

    async def child() -> str:
        return variable.get()

    running = serve(app)
    results: dict[str, list[str]] = {}

    def ask(value: str) -> None:
        results[value] = running.get(f"/{kind}/{value}").json()

    threads = [threading.Thread(target=ask, args=(str(n),)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for value, seen in results.items():
        assert seen[0] == "unset"
        assert set(seen[1:]) == {value}
    assert len(results) == 16


def test_the_context_begins_as_the_server_s(serve: Callable[..., Running]) -> None:
    app = App()

    @app.get("/")
    async def handler() -> str:
        return variable.get()

    def bind_and_ask() -> str:
        variable.set("from the program")
        with app.bind(port=0) as server:
            answers: list[str] = []

            def ask() -> None:
                import urllib.request

                with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/") as response:
                    answers.append(response.read().decode())
                server.drain()

            thread = threading.Thread(target=ask)
            thread.start()
            server.serve()
            thread.join()
        return answers[0]

    assert contextvars.copy_context().run(bind_and_ask) == "from the program"


def test_tasks_are_recycled_but_never_mixed_up(serve: Callable[..., Running]) -> None:
    app = App()
    identities = set()
    kept: list[Any] = []
    references: list[weakref.ref[Any]] = []

    @app.get("/drop/{n:int}")
    async def drop(n: int) -> int:
        task = asyncio.current_task()
        assert task is not None
        assert not hasattr(task, "mark")
        assert task.cancelling() == 0
        task.mark = n  # type: ignore[attr-defined]
        task.set_name("mine")
        task.cancel()
        task.uncancel()
        identities.add(id(task))
        return n

    @app.get("/keep/{n:int}")
    async def keep(n: int) -> int:
        kept.append(asyncio.current_task())
        return n

    @app.get("/refer/{n:int}")
    async def refer(n: int) -> int:
        references.append(weakref.ref(asyncio.current_task()))
        return n

    running = serve(app)
    for n in range(50):
        assert running.get(f"/drop/{n}").json() == n
    assert len(identities) < 5
    for n in range(10):
        running.get(f"/keep/{n}")
    assert len({id(task) for task in kept}) == 10
    assert [task.result() for task in kept] == list(range(10))
    for n in range(10):
        running.get(f"/refer/{n}")
    gc.collect()
    assert [reference() for reference in references] == [None] * 10


def test_a_task_that_is_kept_stays_readable(serve: Callable[..., Running]) -> None:
    app = App()
    kept: list[Any] = []

    @app.get("/fail")
    async def fail() -> None:
        kept.append(asyncio.current_task())
        raise ValueError("kept")

    @app.get("/cancel")
    async def cancel() -> None:
        task = asyncio.current_task()
        assert task is not None
        kept.append(task)
        task.cancel("why")
        await asyncio.sleep(0)

    running = serve(app)
    running.get("/fail")
    running.get("/cancel")
    failed, cancelled = kept
    assert failed.done()
    assert not failed.cancel()
    assert isinstance(failed.exception(), ValueError)
    with pytest.raises(ValueError, match="kept"):
        failed.result()
    assert cancelled.cancelled()
    with pytest.raises(asyncio.CancelledError):
        cancelled.result()
    with pytest.raises(asyncio.CancelledError):
        cancelled.exception()
    assert failed._state == "FINISHED"
    assert cancelled._state == "CANCELLED"


def test_stack_of_a_suspended_task(serve: Callable[..., Running]) -> None:
    import io

    async def handler() -> list[Any]:
        task = asyncio.current_task()
        assert task is not None
        frames: list[Any] = []

        def look() -> None:
            text = io.StringIO()
            task.print_stack(file=text)
            frames.append([len(task.get_stack()), "outer" in text.getvalue()])

        asyncio.get_running_loop().call_soon(look)
        await asyncio.sleep(0.001)
        return frames

    assert run(serve, handler) == [[1, True]]


def test_many_at_once(serve: Callable[..., Running], engine: str) -> None:
    app = App()
    count = 100
    waiting: list[asyncio.Future[None]] = []

    @app.get("/{n:int}")
    async def handler(n: int) -> int:
        waiting.append(asyncio.get_running_loop().create_future())
        if len(waiting) == count:
            for future in waiting:
                future.set_result(None)
        await waiting[-1]
        return n

    running = serve(app, engine)
    clients = [running.connect() for _ in range(count)]
    for n, client in enumerate(clients):
        client.sendall(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % n)
    for n, client in enumerate(clients):
        answer = b""
        while b"\r\n\r\n" not in answer or not answer.endswith(b"%d" % n):
            answer += client.recv(4096)
        client.close()


@pytest.mark.skipif(sys.version_info < (3, 12), reason="new in Python 3.12")
def test_eager_tasks_beside_it(serve: Callable[..., Running]) -> None:
    async def handler() -> list[Any]:
        outer = asyncio.current_task()

        async def child() -> bool:
            return asyncio.current_task() is not outer

        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)
        task = loop.create_task(child())
        return [task.done(), await task, asyncio.current_task() is outer]

    assert run(serve, handler) == [True, True, True]
