"""A client that leaves cancels its handler."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
from conftest import Running

from trivet import App, Request


@pytest.mark.parametrize("how", ["close", "reset", "half"])
def test_a_client_that_leaves_cancels(
    serve: Callable[..., Running],
    capfd: pytest.CaptureFixture[str],
    engine: str,
    how: str,
) -> None:
    import socket
    import struct

    app = App()
    started, cancelled = threading.Event(), threading.Event()
    gone: list[bool] = []

    @app.get("/wait")
    async def wait(request: Request) -> None:
        started.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            try:
                gone.append(request.is_gone)
            finally:
                cancelled.set()
            raise

    @app.get("/")
    def index() -> str:
        return "alive"

    running = serve(app, engine)
    client = running.connect()
    client.sendall(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
    assert started.wait(30)
    if how == "reset":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if how == "half":
        client.shutdown(socket.SHUT_WR)
    else:
        client.close()
    assert cancelled.wait(30)
    assert gone == [True]
    assert running.get("/").text == "alive"
    client.close()
    assert "error" not in capfd.readouterr().err


def test_a_handler_may_finish_all_the_same(serve: Callable[..., Running], engine: str) -> None:
    app = App()
    started, finished = threading.Event(), threading.Event()

    @app.get("/wait")
    async def wait() -> str:
        started.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0.001)
            finished.set()
        return "kept on"

    @app.get("/")
    def index() -> str:
        return "alive"

    running = serve(app, engine)
    client = running.connect()
    client.sendall(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
    assert started.wait(30)
    client.close()
    assert finished.wait(30)
    assert running.get("/").text == "alive"


def test_many_leave_at_once(serve: Callable[..., Running], engine: str) -> None:
    app = App()
    count = 150
    started = threading.Semaphore(0)
    cancelled = threading.Semaphore(0)

    @app.get("/wait")
    async def wait() -> None:
        started.release()
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.release()

    running = serve(app, engine)
    clients = [running.connect() for _ in range(count)]
    for client in clients:
        client.sendall(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
    for _ in range(count):
        assert started.acquire(timeout=30)
    for client in clients:
        client.close()
    for _ in range(count):
        assert cancelled.acquire(timeout=30)


def test_a_pipelined_request_behind_it_is_served(
    serve: Callable[..., Running], engine: str
) -> None:
    app = App()

    @app.get("/slow")
    async def slow() -> str:
        await asyncio.sleep(0.02)
        return "slow"

    @app.get("/fast")
    async def fast() -> str:
        return "fast"

    running = serve(app, engine)
    with running.connect() as client:
        client.sendall(
            b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"
            b"GET /fast HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        )
        answer = b""
        while chunk := client.recv(4096):
            answer += chunk
    assert answer.index(b"slow") < answer.index(b"fast")
