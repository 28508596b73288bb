"""The event loop is asyncio's, on the ring."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Running
from programs import Program

from trivet import App, TrivetEventLoop


def resolve(future: asyncio.Future[Any]) -> None:
    if not future.done():
        future.set_result(True)


def alone(handler: Callable[[], Awaitable[Any]]) -> Any:
    """Run a coroutine on a loop that serves nothing."""
    loop = TrivetEventLoop()
    try:
        return loop.run_until_complete(handler())
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def in_handler(serve: Callable[..., Running], engine: str) -> Callable[..., Any]:
    def run(handler: Callable[[], Awaitable[Any]]) -> Any:
        app = App()

        @app.get("/")
        async def outer() -> Any:
            return await handler()

        answer = serve(app, engine).get("/")
        assert answer.status == 200, answer.text
        return answer.json()

    return run


@pytest.fixture(params=["uring", "epoll", "unbound"])
def run(request: pytest.FixtureRequest, serve: Callable[..., Running]) -> Callable[..., Any]:
    """Run a coroutine as a handler on each engine, and on a loop without a server."""
    return alone if request.param == "unbound" else in_handler(serve, request.param)


def test_subprocess(run: Callable[..., Any]) -> None:
    async def handler() -> list[Any]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "import sys; print(sys.stdin.read().upper()); sys.exit(3)",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = await process.communicate(b"tea" * 50_000)
        return [out.decode().strip() == "TEA" * 50_000, err.decode(), process.returncode]

    assert run(handler) == [True, "", 3]


def test_several_subprocesses_and_one_killed(run: Callable[..., Any]) -> None:
    async def one(text: str) -> str:
        process = await asyncio.create_subprocess_exec("echo", text, stdout=subprocess.PIPE)
        out, _ = await process.communicate()
        return out.decode().strip()

    async def handler() -> list[Any]:
        texts = await asyncio.gather(*(one(str(n)) for n in range(8)))
        sleeping = await asyncio.create_subprocess_exec("sleep", "60")
        sleeping.kill()
        return [texts, await sleeping.wait()]

    assert run(handler) == [[str(n) for n in range(8)], -signal.SIGKILL]


def test_timers(run: Callable[..., Any]) -> None:
    async def handler() -> list[Any]:
        loop = asyncio.get_running_loop()
        order: list[int] = []
        start = loop.time()
        loop.call_later(0.03, order.append, 3)
        loop.call_later(0.01, order.append, 1)
        loop.call_at(start + 0.02, order.append, 2)
        loop.call_later(0.015, order.append, 99).cancel()
        await asyncio.sleep(0.05)
        return [order, loop.time() - start >= 0.05]

    assert run(handler) == [[1, 2, 3], True]


def test_calls_from_other_threads(run: Callable[..., Any]) -> None:
    async def handler() -> list[Any]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[str] = loop.create_future()
        thread = threading.Thread(target=loop.call_soon_threadsafe, args=(future.set_result, "x"))
        thread.start()
        first = await future
        thread.join()
        second = await loop.run_in_executor(None, lambda: threading.current_thread() is not thread)
        third = await asyncio.to_thread(sum, [1, 2])
        ran = asyncio.run_coroutine_threadsafe(asyncio.sleep(0, "y"), loop)
        return [first, second, third, await asyncio.wrap_future(ran)]

    assert run(handler) == ["x", True, 3, "y"]


def test_streams(run: Callable[..., Any]) -> None:
    async def handler() -> list[Any]:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.read())
            await writer.drain()
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        reader, writer = await asyncio.open_connection(host, port)
        content = os.urandom(3 << 20)
        writer.write(content)
        writer.write_eof()
        back = await reader.read()
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        return [back == content]

    assert run(handler) == [True]


def test_datagrams(run: Callable[..., Any]) -> None:
    class Protocol(asyncio.DatagramProtocol):
        def __init__(self, future: asyncio.Future[bytes]) -> None:
            self.future = future

        def datagram_received(self, data: bytes, addr: Any) -> None:
            self.future.set_result(data)

    async def handler() -> list[Any]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bytes] = loop.create_future()
        receiver, _ = await loop.create_datagram_endpoint(
            lambda: Protocol(future), local_addr=("127.0.0.1", 0)
        )
        sender, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=receiver.get_extra_info("sockname")
        )
        sender.sendto(b"tea")
        got = await future
        sender.close()
        receiver.close()
        await asyncio.sleep(0)
        return [got.decode()]

    assert run(handler) == ["tea"]


def test_readers_and_writers(run: Callable[..., Any]) -> None:
    async def handler() -> list[Any]:
        loop = asyncio.get_running_loop()
        left, right = socket.socketpair()
        left.setblocking(False)
        right.setblocking(False)
        seen: list[Any] = []
        done = loop.create_future()

        def readable() -> None:
            seen.append(right.recv(100).decode())
            if len(seen) == 2:
                done.set_result(None)

        writable = loop.create_future()
        loop.add_writer(left, resolve, writable)
        await writable
        assert loop.remove_writer(left)
        assert not loop.remove_writer(left)
        loop.add_reader(right, readable)
        left.send(b"one")
        await asyncio.sleep(0.005)
        left.send(b"two")
        await done
        loop.add_writer(right, lambda: None)  # both interests on one descriptor
        loop.remove_writer(right)
        loop.remove_reader(right)
        left.send(b"three")
        await asyncio.sleep(0.005)
        left.close()
        right.close()
        return seen

    assert run(handler) == ["one", "two"]


def test_level_triggered(run: Callable[..., Any]) -> None:
    async def handler() -> list[Any]:
        loop = asyncio.get_running_loop()
        reading, writing = os.pipe()
        os.write(writing, b"abc")
        seen: list[str] = []
        done = loop.create_future()

        def one_byte() -> None:
            seen.append(os.read(reading, 1).decode())
            if len(seen) == 3:
                done.set_result(None)

        loop.add_reader(reading, one_byte)
        await done
        loop.remove_reader(reading)
        os.close(reading)
        os.close(writing)
        return seen

    assert run(handler) == ["a", "b", "c"]


def test_a_descriptor_number_may_come_back(run: Callable[..., Any]) -> None:
    async def handler() -> list[Any]:
        loop = asyncio.get_running_loop()
        seen = []
        for n in range(20):
            reading, writing = os.pipe()
            future = loop.create_future()
            loop.add_reader(reading, resolve, future)
            os.write(writing, b"x")
            await future
            loop.remove_reader(reading)
            os.close(reading)
            os.close(writing)
            seen.append(n)
        return [len(seen)]

    assert run(handler) == [20]


def test_closing_a_watched_socket_closes_it_at_once(run: Callable[..., Any]) -> None:
    async def handler() -> list[Any]:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        address = server.sockets[0].getsockname()
        await asyncio.sleep(0.001)
        server.close()
        try:
            socket.create_connection(address, timeout=1).close()
        except ConnectionRefusedError:
            return ["refused"]
        return ["accepted"]

    assert run(handler) == ["refused"]


def test_pipes(run: Callable[..., Any]) -> None:
    async def handler() -> list[Any]:
        loop = asyncio.get_running_loop()
        reading, writing = os.pipe()
        reader = asyncio.StreamReader()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(reading, "rb")
        )
        out, _ = await loop.connect_write_pipe(asyncio.Protocol, os.fdopen(writing, "wb"))
        out.write(b"through the pipe")
        out.close()
        text = (await reader.read()).decode()
        transport.close()
        await asyncio.sleep(0)
        return [text]

    assert run(handler) == ["through the pipe"]


def test_unix_sockets(run: Callable[..., Any], tmp_path: Path) -> None:
    path = str(tmp_path / "socket")

    async def handler() -> list[Any]:
        async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"hello")
            writer.close()

        server = await asyncio.start_unix_server(greet, path)
        reader, writer = await asyncio.open_unix_connection(path)
        text = (await reader.read()).decode()
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        return [text]

    assert run(handler) == ["hello"]


def test_names_are_resolved(run: Callable[..., Any]) -> None:
    async def handler() -> list[Any]:
        found = await asyncio.get_running_loop().getaddrinfo("localhost", 80)
        return [len(found) > 0]

    assert run(handler) == [True]


def test_a_file_cannot_be_watched(run: Callable[..., Any], tmp_path: Path) -> None:
    async def handler() -> list[Any]:
        loop = asyncio.get_running_loop()
        with (tmp_path / "file").open("w+b") as file:
            try:
                loop.add_reader(file, lambda: None)
            except PermissionError:
                return [loop.remove_reader(file)]
            return [not loop.remove_reader(file)]

    # io_uring may poll a file, which is then always ready; epoll refuses it.
    assert run(handler) == [False]


def test_debug_mode(run: Callable[..., Any]) -> None:
    async def handler() -> list[Any]:
        loop = asyncio.get_running_loop()
        loop.set_debug(True)
        await asyncio.sleep(0.001)
        await asyncio.to_thread(time.sleep, 0)
        loop.set_debug(False)
        return [loop.is_running()]

    assert run(handler) == [True]


def test_handlers_and_their_children_share_the_loop(
    serve: Callable[..., Running], engine: str
) -> None:
    app = App()
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.001)

    @app.get("/start")
    async def start() -> None:
        app.task = asyncio.ensure_future(tick())  # type: ignore[attr-defined]

    @app.get("/ticks")
    def show() -> int:
        return ticks

    running = serve(app, engine)
    running.get("/start")
    first = running.get("/ticks").json()
    deadline = time.monotonic() + 30
    while running.get("/ticks").json() <= first + 5 and time.monotonic() < deadline:
        pass
    assert running.get("/ticks").json() > first + 5
    # The drain ends although the task never does: it is cancelled then.


def test_timers_come_after_many_were_cancelled(serve: Callable[..., Running]) -> None:
    # asyncio then replaces its list of timers by another one.
    app = App()

    @app.get("/cancel")
    async def cancel() -> int:
        loop = asyncio.get_running_loop()
        handles = [loop.call_later(3600 + n, print) for n in range(500)]
        for handle in handles:
            handle.cancel()
        for _ in range(3):
            await asyncio.sleep(0)
        return len(loop._scheduled)  # type: ignore[attr-defined]

    @app.get("/sleep")
    async def sleep() -> str:
        await asyncio.sleep(0.001)
        return "slept"

    running = serve(app)
    assert running.get("/cancel").json() == 0
    assert running.get("/sleep").text == "slept"


def test_a_plain_handler_schedules_on_the_loop(serve: Callable[..., Running]) -> None:
    app = App()
    done: list[str] = []

    async def later() -> None:
        await asyncio.sleep(0.001)
        done.append("later")

    @app.get("/start")
    def start() -> None:
        task = asyncio.get_running_loop().create_task(later())
        task.add_done_callback(lambda _: done.append("done"))

    @app.get("/wait")
    async def wait() -> list[str]:
        while len(done) < 2:
            await asyncio.sleep(0.001)
        return done

    running = serve(app)
    running.get("/start")
    assert running.get("/wait").json() == ["later", "done"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="asyncio.run takes a factory since 3.12")
def test_asyncio_run() -> None:
    async def handler() -> bool:
        await asyncio.sleep(0.001)
        return isinstance(asyncio.get_running_loop(), TrivetEventLoop)

    assert asyncio.run(handler(), loop_factory=TrivetEventLoop)


def test_stop_and_run_again() -> None:
    loop = TrivetEventLoop()
    seen: list[int] = []
    loop.call_soon(loop.stop)
    loop.call_soon(seen.append, 1)
    loop.run_forever()
    loop.call_later(0.001, loop.stop)
    loop.run_forever()
    assert loop.run_until_complete(asyncio.sleep(0, 2)) == 2
    assert seen == [1]
    loop.close()
    loop.close()
    assert loop.is_closed()
    with pytest.raises(RuntimeError):
        loop.call_soon(print)


def test_an_exception_of_a_callback_is_reported() -> None:
    loop = TrivetEventLoop()
    told: list[Any] = []
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
    loop.call_soon(lambda: 1 / 0)
    loop.call_later(0.001, loop.stop)
    loop.run_forever()
    loop.close()
    assert [type(error) for error in told] == [ZeroDivisionError]


def test_keyboard_interrupt_leaves_the_loop() -> None:
    loop = TrivetEventLoop()

    async def interrupt() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(30)

    with pytest.raises(KeyboardInterrupt):
        loop.run_until_complete(interrupt())
    for task in asyncio.all_tasks(loop):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            loop.run_until_complete(task)
    loop.close()


def test_signal_handlers() -> None:
    loop = TrivetEventLoop()
    future = loop.create_future()
    loop.add_signal_handler(signal.SIGUSR1, future.set_result, "signal")
    loop.call_later(0.001, os.kill, os.getpid(), signal.SIGUSR1)
    assert loop.run_until_complete(future) == "signal"
    assert loop.remove_signal_handler(signal.SIGUSR1)
    loop.close()


def test_two_loops_in_two_threads(serve: Callable[..., Running], engine: str) -> None:
    app = App()

    @app.get("/")
    async def handler() -> int:
        await asyncio.sleep(0.001)
        return threading.get_ident()

    first, second = serve(app, engine), serve(app, engine)
    assert first.port != second.port
    assert first.get("/").json() == first.thread.ident
    assert second.get("/").json() == second.thread.ident


FORGOTTEN = """
    import threading
    from trivet import App, Request, lowlevel

    def make(kept):
        kept.append(lowlevel.Loop(App().native, "", 0, -1, lowlevel.LOOP_UNBOUND))

    def in_a_thread(function, *arguments):
        thread = threading.Thread(target=function, args=arguments)
        thread.start()
        thread.join()

    # The thread that made it has ended, and the next one may have its identifier.
    kept = []
    in_a_thread(make, kept)
    in_a_thread(kept.clear)

    # The thread that made it goes on, and asks which of its loops a request belongs to.
    make(kept)
    in_a_thread(kept.clear)
    app = App()

    @app.post("/", stream=True)
    async def upload(request: Request):
        await __import__("asyncio").sleep(0)
        return await request.read()

    with app.bind(port=0) as server:
        print("READY", server.port, flush=True)
        server.serve()
"""


def test_loops_that_other_threads_forget(program: Callable[..., Program]) -> None:
    running = program(FORGOTTEN).ready()
    with socket.create_connection(("127.0.0.1", running.port), timeout=30) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n")
        client.sendall(b"hi")
        assert client.recv(65536).endswith(b"hi")
    running.signal(signal.SIGTERM)
    assert running.finish()[0] == 0
