"""The arena's contract over bench/arena/start, in each language, also in fragments."""

import http.client
import os
import signal
import socket
import subprocess
import threading
import time
import unittest

from bench_path import BENCH
from harness.requests import Request, parse_request
from harness.targets import free_port, load_scenario

START_SECONDS_MAX = 120.0  # the first start builds the server

SCENARIOS = (
    "arena-baseline",
    "arena-pipelined",
    "arena-json",
    "pipelined-numbered",
    "delay",
    "form",
    "reads",
    "cookies",
)


def requests() -> list[Request]:
    """What the scenarios of the arena ask for, and an upload."""
    found = [request for name in SCENARIOS for request in load_scenario(name).requests]
    upload = {"method": "POST", "target": "/upload", "content_bytes": 3_000_000}
    return [*found, parse_request(upload), parse_request(upload | {"chunked": True})]


class Program:
    """bench/arena/start LANG --port N, for use in a `with` statement."""

    def __init__(self, language: str) -> None:
        self.port = free_port()
        command = [str(BENCH / "arena" / "start"), language, "--port", str(self.port)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        self._lines.extend(self._process.stdout)

    def __enter__(self) -> "Program":
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self.connect().close()
                return self
            except ConnectionRefusedError:
                time.sleep(0.02)
        self.__exit__()
        raise AssertionError("it does not listen:\n" + "".join(self._lines))

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._reader.join(20)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def answer(connection: socket.socket, request: Request, number: int) -> str | None:
    """Reads an answer; what is wrong with it."""
    response = http.client.HTTPResponse(connection, method=request.method)
    response.begin()
    body = response.read()
    return request.fault(response.status, response.headers.get_content_type(), body, number)


class Contract(unittest.TestCase):
    def check(self, language: str) -> None:
        with Program(language) as program:
            host = f"127.0.0.1:{program.port}"
            with program.connect() as kept:
                for request in requests():
                    wire = request.wire(host).replace(b"########", b"10000042")
                    kept.sendall(wire)
                    self.assertIsNone(answer(kept, request, 10000042))
                    if len(wire) > 5000:
                        continue
                    for cut in {1, len(wire) // 3, len(wire) // 2, len(wire) - 1}:
                        kept.sendall(wire[:cut])
                        kept.sendall(wire[cut:])
                        self.assertIsNone(answer(kept, request, 10000042), f"cut at {cut}")
            with program.connect() as other:
                other.sendall(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
                response = http.client.HTTPResponse(other)
                response.begin()
                self.assertEqual(response.status, 404)

    def test_c(self) -> None:
        self.check("c")

    def test_python(self) -> None:
        self.check("python")

    def test_node(self) -> None:
        self.check("node")

    def test_go(self) -> None:
        self.check("go")

    def test_usage(self) -> None:
        for arguments in ([], ["c"], ["cobol", "--port", "1"], ["c", "--port", "x"]):
            start = BENCH / "arena" / "start"
            result = subprocess.run([str(start), *arguments], capture_output=True, text=True)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertIn("usage", result.stderr)


if __name__ == "__main__":
    unittest.main()
