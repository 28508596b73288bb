"""Answers in pieces go at the client's pace, end with it, and keep nothing."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import urllib.error
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from conftest import Running
from programs import Program
from streaming import HEAD, Steps, read_all, split

from trivet import App, StreamResponse, ndjson

GET = b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n"
PIECE = b"x" * 65536


@pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])
@pytest.mark.parametrize("wraps", [False, True], ids=["pieces", "ndjson"])
def test_a_slow_client_holds_the_producer(
    serve: Callable[..., Running],
    capfd: pytest.CaptureFixture[str],
    engine: str,
    is_async: bool,
    wraps: bool,
) -> None:
    app = App(send_timeout_ms=60_000)
    steps = Steps()
    made: list[int] = []
    item: Any = "x" * 65536 if wraps else PIECE

    def pieces() -> Iterator[Any]:
        try:
            for number in range(4096):
                made.append(number)
                yield item
        finally:
            steps.tell("closed")

    async def async_pieces() -> AsyncIterator[Any]:
        try:
            for number in range(4096):
                made.append(number)
                yield item
        finally:
            await asyncio.sleep(0)
            steps.tell("closed")

    @app.get("/")
    def answer() -> StreamResponse:
        content = async_pieces() if is_async else pieces()
        return ndjson(content) if wraps else StreamResponse(content)

    @app.get("/turn")
    def turn() -> int:
        return len(made)

    running = serve(app, engine)
    with running.connect() as client:
        client.sendall(GET)
        assert client.recv(100)
        while running.get("/turn").json() != len(made) or not made:
            pass
        # The kernel takes some megabytes, the engine a quarter of one.
        before = len(made)
        assert before < 1024
        for _ in range(20):
            assert running.get("/turn").json() < 1024
        received = 0
        while received < 32 << 20:
            received += len(client.recv(1 << 20))
        assert running.get("/turn").json() > before
    steps.wait("closed")
    assert len(made) < 4096
    running.stop()
    assert "error" not in capfd.readouterr().err


def test_a_client_that_leaves_cancels_what_waits_for_a_piece(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], engine: str
) -> None:
    app = App()
    steps = Steps()

    @app.get("/")
    async def answer() -> AsyncIterator[str]:
        try:
            yield "first"
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            steps.tell("cancelled")
            raise
        finally:
            await asyncio.sleep(0)
            steps.tell("closed")

    running = serve(app, engine)
    with running.connect() as client:
        client.sendall(GET)
        while b"first" not in client.recv(65536):
            pass
    steps.wait("closed")
    assert steps.told == ["cancelled", "closed"]
    running.stop()
    assert "error" not in capfd.readouterr().err


def test_a_producer_that_fails_to_clean_up_is_logged(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], engine: str
) -> None:
    app = App()
    steps = Steps()

    @app.get("/")
    def answer() -> Iterator[bytes]:
        try:
            while True:
                yield PIECE
        finally:
            steps.tell("closed")
            raise ValueError("not clean")

    @app.get("/alive")
    def alive() -> str:
        return "alive"

    running = serve(app, engine)
    with running.connect() as client:
        client.sendall(GET)
        assert client.recv(100)
        assert running.get("/alive").text == "alive"
    steps.wait("closed")
    running.stop()
    assert capfd.readouterr().err.count("ValueError: not clean") == 1


def test_a_drain_that_is_forced_closes_producers(
    serve: Callable[..., Running], engine: str
) -> None:
    app = App(shutdown_timeout_ms=1)
    steps = Steps()

    @app.get("/")
    def answer() -> Iterator[bytes]:
        try:
            while True:
                yield PIECE
        finally:
            steps.tell("closed")

    running = serve(app, engine)
    with running.connect() as client:
        client.sendall(GET)
        assert client.recv(100)
        running.stop()
        steps.wait("closed")


@pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])
def test_nothing_is_kept(serve: Callable[..., Running], engine: str, is_async: bool) -> None:
    """Without the collector, so that a cycle would show."""
    app = App()
    alive: weakref.WeakSet[Any] = weakref.WeakSet()

    class Buffer:
        def __init__(self) -> None:
            alive.add(self)

    def pieces() -> Iterator[bytes]:
        buffer = Buffer()
        for _ in range(64):
            yield PIECE
        del buffer

    async def async_pieces() -> AsyncIterator[bytes]:
        buffer = Buffer()
        for _ in range(64):
            yield PIECE
        del buffer

    @app.get("/")
    def answer() -> StreamResponse:
        return StreamResponse(async_pieces() if is_async else pieces())

    @app.get("/alive")
    def count() -> int:
        return len(alive)

    running = serve(app, engine)
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            assert len(running.get("/").body) == 64 * len(PIECE)
            with running.connect() as client:
                client.sendall(GET)
                assert client.recv(100)
        descriptors = len(os.listdir("/proc/self/fd"))
        while running.get("/alive").json() > 0:
            pass
        while len(os.listdir("/proc/self/fd")) > descriptors:  # the last one is being closed
            pass
        from trivet import _streams

        assert not _streams._channels
    finally:
        gc.enable()


PLAIN = """
    import sys
    from trivet import App

    app = App()

    @app.get("/")
    def answer(n: int):
        for _ in range(n):
            yield b"x" * 65536

    @app.get("/asyncio")
    def has_asyncio():
        return "asyncio" in sys.modules
"""
RUN = """
    app.run(port=0, on_ready=lambda server: print("READY", server.port, flush=True))
"""


def test_plain_producers_do_without_asyncio(program: Callable[..., Program]) -> None:
    running = program(PLAIN, RUN).ready()
    assert len(running.get("/?n=100")) == 100 * 65536
    assert running.get("/asyncio") == "false"


def test_an_async_producer_makes_the_event_loop(program: Callable[..., Program]) -> None:
    running = program(
        PLAIN,
        """
        @app.get("/async")
        async def waits():
            yield "waited"
        """,
        RUN,
    ).ready()
    assert running.get("/async") == "waited"
    assert running.get("/asyncio") == "true"


HIDDEN = """
    from trivet import StreamResponse

    async def pieces():
        try:
            import asyncio

            for number in range(3):
                await asyncio.sleep(0.001)
                yield f"{number},{asyncio.current_task() is not None}\\n"
        finally:
            await asyncio.sleep(0)
            print("closed", flush=True)

    @app.get("/hidden")
    def hidden():
        return StreamResponse(pieces())
"""


def test_an_async_producer_that_nobody_foresaw_makes_the_event_loop(
    program: Callable[..., Program],
) -> None:
    running = program(PLAIN, HIDDEN, RUN).ready()
    assert running.get("/asyncio") == "false"
    for _ in range(2):
        assert running.get("/hidden") == "0,True\n1,True\n2,True\n"
        assert running.line() == "closed\n"
        assert len(running.get("/?n=100")) == 100 * 65536
    assert running.get("/asyncio") == "true"
    running.signal(signal.SIGTERM)
    code, _, log = running.finish()
    assert code == 0, log
    assert "error" not in log


MAIN = """
    import sys
    from trivet.lowlevel import app_main

    sys.exit(app_main(app, ["app"]))
"""


def test_the_engines_own_main_program_has_no_event_loop(program: Callable[..., Program]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = program(PLAIN, HIDDEN, MAIN, TRIVET_PORT=str(port))
    running.port = port
    code = 0
    while code == 0 and running.process.poll() is None:
        try:
            running.get("/hidden")
        except urllib.error.HTTPError as error:
            code = error.code
            error.close()
        except urllib.error.URLError:
            pass  # it does not listen yet
    assert code == 500
    running.signal(signal.SIGTERM)
    _, _, log = running.finish()
    assert "what is awaited needs the asyncio event loop, which this program runs without" in log


GIGABYTE = """
    import hashlib, os
    from trivet import App, Request, StreamResponse

    app = App(body_bytes_max=1 << 31)

    def resident():
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

    @app.post("/up", stream=True)
    async def up(request: Request):
        total = 0
        async for chunk in request.stream():
            total += len(chunk)
        return total

    @app.get("/plain")
    def down(n: int):
        piece = bytes(65536)
        return StreamResponse((piece for _ in range(n)))

    @app.get("/async")
    async def down_async(n: int):
        piece = bytes(65536)
        for _ in range(n):
            yield piece

    @app.get("/resident")
    def told():
        return resident()
"""


def test_a_gibibyte_up_and_down_needs_no_memory(program: Callable[..., Program]) -> None:
    running = program(GIGABYTE, RUN).ready()
    total = 1 << 30
    piece = bytes(1 << 20)

    def connect() -> socket.socket:
        return socket.create_connection(("127.0.0.1", running.port), timeout=60)

    def down(path: str, count: int) -> int:
        received = 0
        with connect() as client:
            client.sendall(b"GET %s?n=%d HTTP/1.0\r\n\r\n" % (path.encode(), count))
            buffer = bytearray(1 << 20)
            while size := client.recv_into(buffer):
                received += size
        return received

    def up(size: int) -> bytes:
        with connect() as client:
            client.sendall(b"POST /up HTTP/1.1\r\n" + HEAD + b"Content-Length: %d\r\n\r\n" % size)
            for _ in range(size // len(piece)):
                client.sendall(piece)
            return split(read_all(client))[1]

    up(len(piece) * 8)
    assert down("/plain", 16) + down("/async", 16) > 32 * 65536
    before = running.json("/resident")
    assert up(total) == b"%d" % total
    for path in ("/plain", "/async"):
        assert total < down(path, total // 65536) < total + 1000
    assert running.json("/resident") - before <= 32 << 10
