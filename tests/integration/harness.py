"""Starts programs, talks raw HTTP to them, and knows where things lie. Standard library only."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "conformance"))

from runner.sockdiag import PeerQueue  # noqa: E402

START = ROOT / "tests" / "conformance" / "start"
PRESET = os.environ.get("TRIVET_BUILD", "release")
OUTPUT = ROOT / "build" / "integration" / PRESET
LIBRARY = ROOT / "build" / PRESET / "libtrivet.so"
LANGS = ["c", "cffi", "python", "node", "go"]
DEMOS = ["c", "python", "node", "go"]
ENGINES = {"uring": "io_uring", "epoll": "epoll"}
# Long enough for a sanitized build on a busy machine; reached only by failures.
DEADLINE_S = 60.0
# A start may build its driver first.
READY_S = 240.0
SANITIZER = re.compile(r"(Address|Leak|Thread|UndefinedBehavior)Sanitizer|runtime error:")


class Program:
    """A child with its own process group. Everything it says is kept, line by line."""

    def __init__(
        self,
        command: list[str],
        env: dict[str, str] | None = None,
        pass_fds: tuple[int, ...] = (),
    ) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})},
            start_new_session=True,
            pass_fds=pass_fds,
        )
        self.out: list[str] = []
        self.err: list[str] = []
        self.port = 0
        self._readers = [
            threading.Thread(target=self._read, args=pair, daemon=True)
            for pair in ((self.process.stdout, self.out), (self.process.stderr, self.err))
        ]
        for reader in self._readers:
            reader.start()

    @staticmethod
    def _read(stream: Any, lines: list[str]) -> None:
        for line in stream:
            lines.append(line.decode(errors="replace").rstrip("\n"))

    @property
    def pid(self) -> int:
        return self.process.pid

    def ready(self, workers: int = 1) -> Program:
        """Waits for READY <port> from each worker."""

        def has_begun() -> bool:
            return len(self.out) >= workers or self.process.poll() is not None

        wait_for(has_begun, "READY", READY_S)
        found = [re.fullmatch(r"READY (\d+)", line) for line in self.out[:workers]]
        ports = {match[1] for match in found if match}
        if len(found) < workers or len(ports) != 1:
            self.kill()
            raise AssertionError(f"no READY: {self.out} {self.err[-10:]}")
        self.port = int(ports.pop())
        return self

    def answering(self, port: int) -> Program:
        """Waits until a program that says nothing accepts connections."""
        self.port = port

        def accepts() -> bool:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return True
            return self.process.poll() is not None

        wait_for(accepts, "the port")
        assert self.process.poll() is None, self.err
        return self

    def said(self, pattern: str) -> str:
        """The first line of standard error that matches, which may be on its way."""
        expression = re.compile(pattern)

        def found() -> list[str]:
            return [line for line in list(self.err) if expression.search(line)]

        wait_for(found, f"{pattern} on standard error")
        return found()[0]

    def signal(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        try:
            code = self.process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running: {self.err[-5:]}") from None
        for reader in self._readers:
            reader.join(5)
        return code

    def stop(self) -> None:
        """SIGTERM, exit code 0, no complaint of a sanitizer."""
        if self.process.poll() is None:
            self.signal()
        code = self.wait()
        reports = [line for line in self.err if SANITIZER.search(line)]
        assert code == 0 and not reports, f"exit code {code}: {reports or self.err[-10:]}"

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        self.kill()
        for reader in self._readers:
            reader.join(5)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


class Case(unittest.TestCase):
    """A test that starts programs; all of them are gone afterwards."""

    def program(self, *command: object, env: dict[str, str] | None = None) -> Program:
        program = Program([str(part) for part in command], env)
        self.addCleanup(program.close)
        return program

    def driver(
        self,
        lang: str,
        engine: str,
        *flags: str,
        under: tuple[str, ...] = (),
        workers: int = 1,
        env: dict[str, str] | None = None,
    ) -> Program:
        """A conformance driver that accepts. `under` is put in front of the command."""
        command = [*under, str(START), lang, "--port", "0", "--engine", engine, *flags]
        if workers > 1:
            command += ["--workers", str(workers)]
        return self.program(*command, env=env).ready(workers)

    def client(self, port: int) -> Client:
        client = Client(port)
        self.addCleanup(client.close)
        return client


@dataclass(frozen=True)
class Response:
    status: int
    headers: http.client.HTTPMessage
    content: bytes


class Client:
    """A connection for raw bytes."""

    def __init__(self, port: int, connection: socket.socket | None = None) -> None:
        """To a port of this machine, or over a connection."""
        if connection is None:
            connection = socket.create_connection(("127.0.0.1", port), DEADLINE_S)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = connection

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def get(self, target: str) -> Response:
        self.send(f"GET {target} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
        return self.response()

    def op(self, name: str) -> dict[str, Any]:
        """An operation of the driver this connection leads to."""
        response = self.get(f"/ops/{name}")
        assert response.status == 200, response
        answer: dict[str, Any] = json.loads(response.content)
        return answer

    def begin(self, target: str) -> None:
        """Sends a request; returns when the loop has read it."""
        queue = PeerQueue()
        self.send(f"GET {target} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
        wait_for(lambda: queue.unread(self.socket) == 0, "the loop to read")
        queue.close()

    def response(self) -> Response:
        """The next response, read to its end."""
        response = http.client.HTTPResponse(self.socket)
        response.begin()
        return Response(response.status, response.headers, response.read())

    def is_closed(self) -> bool:
        """Waits for the peer's end, which must be the next thing to come."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        self.socket.close()


def wait_for(condition: Callable[[], Any], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Looks again until a condition holds."""
    end = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.005)


def fetch(
    port: int, target: str, method: str = "GET", body: bytes | None = None
) -> tuple[int, bytes]:
    headers = {} if body is None else {"Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
    try:
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def op(port: int, name: str) -> dict[str, Any]:
    status, body = fetch(port, f"/ops/{name}")
    assert status == 200, (status, body)
    answer: dict[str, Any] = json.loads(body)
    return answer


def peak_kib(pid: int) -> int:
    """The most memory that a process has had since forget_peak."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise AssertionError("no VmHWM")


def forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def taken_port() -> Iterator[int]:
    """A port on which somebody else listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def native(name: str, *libraries: str) -> str:
    """Builds a program of native/ when it is older than what it is made of."""
    source, target = Path(__file__).parent / "native" / f"{name}.c", OUTPUT / name
    header = ROOT / "capi" / "include" / "trivet.h"
    newest = max(path.stat().st_mtime for path in (source, header, LIBRARY))
    if not target.exists() or target.stat().st_mtime < newest:
        target.parent.mkdir(parents=True, exist_ok=True)
        checks = {"dev": ["-fsanitize=address,undefined"], "tsan": ["-fsanitize=thread"]}
        link = [f"-L{LIBRARY.parent}", f"-Wl,-rpath,{LIBRARY.parent}", *libraries]
        compiler = "clang-19" if PRESET == "tsan" else "cc"
        flags = ["-std=c11", "-O1", "-g", "-Wall", "-Wextra", *(checks.get(PRESET, []))]
        command = [compiler, *flags, f"-I{header.parent}", str(source), *link, "-lpthread"]
        subprocess.run([*command, "-o", str(target)], check=True)
    return str(target)


def deny_uring(error: int) -> tuple[str, ...]:
    return (native("deny_uring"), str(error))
