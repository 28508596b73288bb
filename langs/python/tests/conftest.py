"""Fixtures: an app that serves in a thread of its own, and a client for it."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from programs import Program

from trivet import App, Server


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def type(self) -> str:
        return self.headers["Content-Type"]

    def json(self) -> Any:
        return json.loads(self.body)


class Running:
    """An app that serves until the test ends."""

    def __init__(self, app: App, engine: str) -> None:
        self.app = app
        self._engine = engine
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self.server: Server | None = None
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()
        self._ready.wait(30)
        if self._failure is not None:
            raise self._failure

    def _serve(self) -> None:
        try:
            with self.app.bind(port=0, engine=self._engine) as server:
                self.server = server
                self.port = server.port
                self._ready.set()
                server.serve()
        except BaseException as error:  # reported by stop
            self._failure = error
            self._ready.set()

    def stop(self) -> None:
        """Drain; what ended the thread is raised here."""
        if self.server is not None and self.thread.is_alive():
            self.server.drain()
        self.thread.join(30)
        assert not self.thread.is_alive(), "the drain did not end"
        if self._failure is not None:
            raise self._failure

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def request(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        return self.request("GET", path, None, headers)


@pytest.fixture(params=["uring", "epoll"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def serve() -> Iterator[Callable[..., Running]]:
    """Start an app; it is drained after the test."""
    running: list[Running] = []

    def start(app: App, engine: str = "auto") -> Running:
        running.append(Running(app, engine))
        return running[-1]

    yield start
    for one in running:
        one.stop()


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    processes: list[subprocess.Popen[str]] = []

    def start(*parts: str, arguments: tuple[str, ...] = (), **env: str) -> Program:
        path = tmp_path / "app.py"
        path.write_text("".join(textwrap.dedent(part) for part in parts))
        process = subprocess.Popen(
            [sys.executable, str(path), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "TRIVET_WORKERS": "1", **env},
        )
        processes.append(process)
        return Program(process)

    yield start
    for process in processes:
        if process.poll() is None:
            # Workers notice that their supervisor has gone.
            process.kill()
        process.communicate()
