"""bench/load against servers that answer rightly and wrongly: it must notice each fault."""

import json
import socket
import subprocess
import threading
import unittest
from collections.abc import Callable, Iterable
from typing import Any

from bench_path import BENCH
from harness.generators import LOAD_BINARY, build_load

RIGHT = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Answerer:
    """A server whose answers a function of the request's number on its connection decides.

    Each answer is a list of pieces, sent one by one; None closes the connection.
    """

    def __init__(self, answer: Callable[[int], Iterable[bytes] | None]) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "Answerer":
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            number = 0
            try:
                while connection.recv(4096):
                    pieces = self._answer(number)
                    if pieces is None:
                        return
                    for piece in pieces:
                        connection.sendall(piece)
                    number += 1
            except OSError:
                return


def run(port: int, *more: str) -> subprocess.CompletedProcess[str]:
    command = [str(LOAD_BINARY), "--port", str(port), "--path", "/x", "--connections", "2"]
    command += ["--warmup", "0.02", "--seconds", "0.1", *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=30)


class Load(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        build_load()

    def report(self, answer: Callable[[int], Iterable[bytes] | None], *more: str) -> Any:
        with Answerer(answer) as server:
            result = run(server.port, *more)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def test_counts_right_answers(self) -> None:
        report = self.report(lambda number: [RIGHT])
        self.assertGreater(report["requests"], 10)
        self.assertEqual(set(report["errors"].values()), {0})
        self.assertEqual(report["response_bytes"], len(RIGHT))
        latency = report["latency_us"]
        self.assertLessEqual(latency["p50"], latency["p95"])
        self.assertLessEqual(latency["p95"], latency["p99"])
        # A bucket's middle may exceed its greatest member by the bucket's half width.
        self.assertLessEqual(latency["p99"], latency["max"] * 1.02)

    def test_counts_answers_that_come_in_pieces(self) -> None:
        report = self.report(lambda number: [RIGHT[:9], RIGHT[9:30], RIGHT[30:]])
        self.assertGreater(report["requests"], 10)
        self.assertEqual(set(report["errors"].values()), {0})

    def test_ends_after_the_wanted_number(self) -> None:
        report = self.report(lambda number: [RIGHT], "--requests", "7", "--seconds", "20")
        self.assertIn(report["requests"], (7, 8))

    def assert_only(self, kind: str, answer: Callable[[int], Iterable[bytes] | None]) -> None:
        errors = self.report(answer)["errors"]
        self.assertGreater(errors[kind], 0)
        self.assertEqual([name for name, count in errors.items() if count], [kind])

    def test_notices_another_status(self) -> None:
        wrong = RIGHT.replace(b"200 OK", b"500 No")
        self.assert_only("status", lambda n: [wrong if n == 5 else RIGHT])

    def test_notices_a_short_answer_with_another_status(self) -> None:
        wrong = b"HTTP/1.1 503 X\r\n\r\n"
        self.assert_only("status", lambda n: [wrong if n == 5 else RIGHT])

    def test_notices_other_content_of_the_same_size(self) -> None:
        wrong = RIGHT.replace(b"hello", b"jello")
        self.assert_only("content", lambda n: [wrong if n == 5 else RIGHT])

    def test_notices_a_longer_answer(self) -> None:
        self.assert_only("content", lambda n: [RIGHT + b"!" if n == 5 else RIGHT])

    def test_notices_a_header_block_that_ends_elsewhere(self) -> None:
        wrong = RIGHT.replace(b"5\r\n\r\nhello", b"3\r\n\r\nxxhello")[: len(RIGHT)]
        self.assert_only("content", lambda n: [wrong if n == 5 else RIGHT])

    def test_notices_a_connection_that_closes(self) -> None:
        self.assert_only("socket", lambda n: None if n == 5 else [RIGHT])

    def test_refuses_a_first_answer_it_cannot_judge(self) -> None:
        for first in (b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n"):
            with Answerer(lambda number, first=first: [first]) as server:
                result = run(server.port)
            self.assertEqual(result.returncode, 1)
            self.assertIn("load: ", result.stderr)

    def test_names_its_usage(self) -> None:
        for arguments in (["--port"], ["--port", "0"], []):
            result = subprocess.run([str(LOAD_BINARY), *arguments], capture_output=True, text=True)
            self.assertEqual(result.returncode, 2)
            self.assertIn("usage", result.stderr)


class Floor(unittest.TestCase):
    def test_counts_requests_however_they_are_cut(self) -> None:
        """Pipelined, and split within the end of a header block."""
        binary = LOAD_BINARY.parent / "floor"
        source = BENCH / "hello" / "floor.c"
        LOAD_BINARY.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cc", "-O2", "-o", str(binary), str(source)], check=True)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        with subprocess.Popen([str(binary), str(port)]) as floor:
            try:
                client = _connect(port)
                with client:
                    for piece in (b"GET / HTTP/1.1\r\n\r", b"\nGET / HTTP/1.1\r\n\r\n"):
                        client.sendall(piece)
                    received = b""
                    while received.count(b"Hello, World!") < 2:
                        received += client.recv(4096)
                    self.assertEqual(received.count(b"HTTP/1.1 200 OK"), 2)
            finally:
                floor.terminate()


def _connect(port: int) -> socket.socket:
    while True:
        try:
            client = socket.create_connection(("127.0.0.1", port), timeout=5)
        except ConnectionRefusedError:
            continue
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client


if __name__ == "__main__":
    unittest.main()
