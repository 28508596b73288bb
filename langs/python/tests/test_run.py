"""A program from its start to its end."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from programs import ASYNC, HELLO, READY, Program


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("kind", ["plain", "async"])
def test_a_signal_drains(program: Callable[..., Program], kind: str, number: int) -> None:
    app = program(HELLO, ASYNC if kind == "async" else "", READY).ready()
    assert app.get("/") == "hello"
    app.signal(number)
    code, out, err = app.finish()
    assert (code, out) == (0, "after run\n")
    assert "trivet 0.1.0" in err
    assert f"Python {sys.version_info.major}.{sys.version_info.minor}" in err
    assert "Traceback" not in err


def test_a_drain_finishes_what_is_in_flight(program: Callable[..., Program]) -> None:
    app = program(HELLO, ASYNC, READY).ready()
    with socket.create_connection(("127.0.0.1", app.port), timeout=30) as client:
        client.sendall(b"GET /sleep/200 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert app.process.stdout is not None
        assert app.process.stdout.readline() == "sleeping\n"
        app.signal(signal.SIGTERM)
        answer = b""
        while chunk := client.recv(4096):
            answer += chunk
    assert answer.endswith(b"slept")
    assert app.finish()[0] == 0


def test_a_second_signal_forces_the_end(program: Callable[..., Program]) -> None:
    app = program(HELLO, ASYNC, READY).ready()
    with socket.create_connection(("127.0.0.1", app.port), timeout=30) as client:
        client.sendall(b"GET /sleep/60000 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert app.process.stdout is not None
        assert app.process.stdout.readline() == "sleeping\n"
        app.signal(signal.SIGTERM)
        assert app.process.stderr is not None
        while "draining" not in app.process.stderr.readline():
            pass
        app.signal(signal.SIGTERM)
        code, out, err = app.finish()
    assert (code, out) == (0, "after run\n")
    assert "Traceback" not in err


@pytest.mark.parametrize("kind", ["plain", "async"])
def test_a_third_interrupt_ends_a_handler_that_blocks(
    program: Callable[..., Program], kind: str
) -> None:
    source = """
        @app.get("/block")
        def block():
            print("blocking", flush=True)
            while True:
                pass
    """
    app = program(HELLO, ASYNC if kind == "async" else "", source, READY).ready()
    with socket.create_connection(("127.0.0.1", app.port), timeout=30) as client:
        client.sendall(b"GET /block HTTP/1.1\r\nHost: a\r\n\r\n")
        assert app.process.stdout is not None
        assert app.process.stdout.readline() == "blocking\n"
        for _ in range(50):
            app.signal(signal.SIGINT)
            try:
                app.process.wait(0.1)
                break
            except subprocess.TimeoutExpired:
                continue
        code, _, err = app.finish()
    assert code != 0
    assert "KeyboardInterrupt" in err


def test_a_drain_is_forced_at_the_timeout(program: Callable[..., Program]) -> None:
    source = HELLO.replace("App()", "App(shutdown_timeout_ms=50)")
    app = program(source, ASYNC, READY).ready()
    with socket.create_connection(("127.0.0.1", app.port), timeout=30) as client:
        client.sendall(b"GET /sleep/60000 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert app.process.stdout is not None
        assert app.process.stdout.readline() == "sleeping\n"
        app.signal(signal.SIGTERM)
        assert app.finish()[0] == 0


def test_a_port_in_use_is_one_line(program: Callable[..., Program]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = program(HELLO, f"app.run(port={port})").finish()
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert "already in use" in err
    assert str(port) in err


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ('app.run("not.an.address", 0)', "not.an.address"),
        ("app.run(port=70000)", "65535"),
        ('app.run(engine="steam")', "steam"),
        ("app.run(port=0, workers=5000)", "workers"),
    ],
)
def test_what_prevents_the_start_is_one_line(
    program: Callable[..., Program], source: str, told: str
) -> None:
    code, out, err = program(HELLO, source).finish()
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert err.startswith("trivet: ")
    assert told in err


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ('app.get("/x/{")(hello)\napp.run(port=0)', "/x/{"),
        ('app.get("/")(hello)\napp.run(port=0)', "app.py:"),
        ('app.get("/b")(lambda a=[]: 1)\napp.run(port=0)', "parameter 'a'"),
    ],
)
def test_a_bad_route_is_told_where_it_is_registered(
    program: Callable[..., Program], source: str, told: str
) -> None:
    code, out, err = program(HELLO, source).finish()
    assert (code, out) == (1, "")
    assert err.startswith("Traceback")
    assert re.search(r'File ".*app.py", line \d+, in <module>', err)
    assert told in err.splitlines()[-1]


@pytest.mark.parametrize("engine", ["uring", "epoll"])
def test_the_environment_names_the_engine(program: Callable[..., Program], engine: str) -> None:
    app = program(HELLO, READY, TRIVET_ENGINE=engine).ready()
    app.signal(signal.SIGTERM)
    assert {"uring": "io_uring", "epoll": "epoll"}[engine] in app.finish()[2]


def test_the_environment_quiets_the_log(program: Callable[..., Program]) -> None:
    app = program(HELLO, READY, TRIVET_LOG="off").ready()
    app.signal(signal.SIGTERM)
    assert app.finish() == (0, "after run\n", "")


def test_the_log(program: Callable[..., Program]) -> None:
    source = """
        for level in ("debug", "info", "warn", "error"):
            app.log.write(level, f"written at {level}")
            getattr(app.log, level)(f"said at {level}\\nsame line")
        try:
            app.log.write("loud", "x")
        except ValueError as error:
            print(error)
    """
    code, out, err = program(HELLO, source, TRIVET_LOG="warn").finish()
    assert code == 0
    assert "loud" in out
    lines = err.splitlines()
    assert len(lines) == 4
    for level in ("warn", "error"):
        assert any(f"{level} written at {level}" in line for line in lines)
        assert any(f"said at {level}\\nsame line" in line for line in lines)


# What a small app must not pay for. asyncio brings ssl, logging, socket and more.
LAZY = [
    "asyncio",
    "dataclasses",
    "email",
    "enum",
    "http",
    "inspect",
    "json",
    "logging",
    "re",
    "select",
    "selectors",
    "signal",
    "socket",
    "ssl",
    "subprocess",
    "trivet._aio",
    "trivet._encode",
    "typing",
    "urllib",
]


def test_a_plain_app_imports_little(program: Callable[..., Program]) -> None:
    source = """
        import sys
        before = set(sys.modules)
    """
    after = """
        @app.get("/modules")
        def modules():
            return sorted(set(sys.modules) - before)

        @app.get("/json")
        def json(request, a: int = 1):
            return {"a": [a, request.path, request.headers.get("Host")]}
    """
    # Telling the engine what types say, for the document, imports them.
    plain = HELLO.replace("App()", "App(openapi=None)")
    app = program(source, plain, after, READY).ready()
    assert app.get("/json?a=2").startswith('{"a":[2,"/json"')
    modules = app.get("/modules")
    app.signal(signal.SIGTERM)
    assert app.finish()[0] == 0
    assert [name for name in LAZY if f'"{name}"' in modules] == []
    assert '"trivet._native"' in modules


def test_without_the_main_thread(program: Callable[..., Program]) -> None:
    source = """
        import threading

        def serve():
            with app.bind(port=0) as server:
                threading.Timer(0.05, server.drain).start()
                server.serve()
            print("drained")

        thread = threading.Thread(target=serve)
        thread.start()
        thread.join()
    """
    for kind in ("", ASYNC):
        code, out, err = program(HELLO, kind, source).finish()
        assert (code, out) == (0, "drained\n"), err


def test_signal_handlers_are_put_back(program: Callable[..., Program]) -> None:
    source = """
        import os, signal, threading
        before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
        for _ in range(2):
            with app.bind(port=0) as server:
                threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()
                server.serve()
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
        assert signal.set_wakeup_fd(-1) == -1
        print("same")
    """
    for kind in ("", ASYNC):
        code, out, err = program(HELLO, kind, source).finish()
        assert (code, out) == (0, "same\n"), err


def test_other_signals_reach_python(program: Callable[..., Program]) -> None:
    source = """
        import signal
        signal.signal(signal.SIGUSR1, lambda *_: print("usr1", flush=True))
    """
    for kind in ("", ASYNC):
        app = program(HELLO, kind, source, READY).ready()
        app.signal(signal.SIGUSR1)
        assert app.process.stdout is not None
        assert app.process.stdout.readline() == "usr1\n"
        app.signal(signal.SIGTERM)
        assert app.finish()[0] == 0


@pytest.mark.parametrize("kind", ["plain", "async"])
def test_exit_in_a_handler_ends_the_program(program: Callable[..., Program], kind: str) -> None:
    source = """
        @app.get("/exit")
        def leave():
            raise SystemExit(7)
    """
    app = program(HELLO, ASYNC if kind == "async" else "", source, READY).ready()
    with socket.create_connection(("127.0.0.1", app.port), timeout=30) as client:
        client.sendall(b"GET /exit HTTP/1.1\r\nHost: a\r\n\r\n")
        assert app.finish()[0] == 7


def test_idle_costs_no_processor(program: Callable[..., Program]) -> None:
    app = program(HELLO, ASYNC, READY).ready()
    app.get("/")

    def ticks() -> int:
        fields = Path(f"/proc/{app.process.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    before = ticks()
    time.sleep(0.3)
    assert ticks() - before <= 2
    app.signal(signal.SIGTERM)
    assert app.finish()[0] == 0
