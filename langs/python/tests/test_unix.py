"""Apps that listen on a Unix socket."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from programs import HELLO, Program

import trivet
from trivet import App


class UnixConnection(http.client.HTTPConnection):
    """A client of the standard library over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def get(path: Path, target: str = "/") -> str:
    connection = UnixConnection(path)
    try:
        connection.request("GET", target)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize("kind", ["plain", "async"])
def test_an_app_serves_at_a_unix_socket(tmp_path: Path, engine: str, kind: str) -> None:
    path = tmp_path / "app.sock"
    app = App()

    if kind == "plain":

        @app.get("/")
        def hello() -> str:
            return "hello"
    else:

        @app.get("/")
        async def hello_later() -> str:
            return "hello"

    failures: list[BaseException] = []
    ready = threading.Event()
    places: list[tuple[str, int]] = []

    def serve() -> None:
        try:
            with app.bind(f"unix:{path}", engine=engine) as server:
                places.append((server.host, server.port))
                drains.append(server.drain)
                server.serve(lambda _: ready.set())
        except BaseException as error:  # looked at below
            failures.append(error)
        finally:
            ready.set()

    drains: list[Callable[[], None]] = []
    thread = threading.Thread(target=serve)
    thread.start()
    assert ready.wait(30)
    assert not failures
    assert places == [(f"unix:{path}", 0)]
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    connection = UnixConnection(path)
    for _ in range(3):
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"hello"
    connection.close()
    drains[0]()
    thread.join(30)
    assert not failures
    assert not path.exists()


RUN = """
    import os
    app.run(os.environ["AT"], on_ready=lambda server: os.write(1, b"READY %d\\n" % server.port))
    print("after run")
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_a_program_runs_at_a_unix_socket(
    program: Callable[..., Program], tmp_path: Path, workers: int
) -> None:
    path = tmp_path / "app.sock"
    app = program(HELLO, RUN, AT=f"unix:{path}", TRIVET_WORKERS=str(workers))
    for _ in range(workers):
        assert app.line() == "READY 0\n"
    assert get(path) == "hello"
    second = subprocess.run(
        [sys.executable, "-c", f"from trivet import App\nApp().run('unix:{path}', workers=1)"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=dict(os.environ),
    )
    assert second.returncode == 1
    assert f"unix:{path}" in second.stderr
    assert "already in use" in second.stderr
    assert get(path) == "hello"
    app.signal(signal.SIGTERM)
    code, _, err = app.finish()
    assert code == 0
    assert f"unix:{path}" in err
    assert not path.exists()


def test_what_is_wrong_with_a_path_is_told(tmp_path: Path) -> None:
    app = App()
    with pytest.raises(trivet.TrivetError, match="107"):
        app.bind(f"unix:/{'x' * 107}")
    path = tmp_path / "file"
    path.write_text("no socket")
    with pytest.raises(trivet.AddressError, match="is no socket"):
        app.bind(f"unix:{path}")
    assert path.read_text() == "no socket"
