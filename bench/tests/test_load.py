"""bench/load against servers that answer rightly and wrongly: it must notice each fault."""

import contextlib
import json
import re
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bench_path import BENCH
from harness.generators import LOAD_BINARY, build_load
from runner import tls

RIGHT = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


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

    def test_counts_chunked_answers_however_they_are_cut(self) -> None:
        ways = [
            [CHUNKED + b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n"],
            [CHUNKED[:20], CHUNKED[20:] + b"b\r", b"\nhello", b" world\r\n0", b"\r\n\r\n"],
            [CHUNKED, b"1\r\nh\r\n00A\r\nello world\r\n0\r\nX-A: b\r\n\r", b"\n"],
        ]
        report = self.report(lambda number: ways[number % 3])
        self.assertGreater(report["requests"], 10)
        self.assertEqual(set(report["errors"].values()), {0})
        self.assertEqual(report["response_bytes"], len("hello world"))

    def test_counts_answers_larger_than_its_buffer(self) -> None:
        content = bytes(range(256)) * 2000
        whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(content) + content
        report = self.report(lambda number: [whole], "--requests", "7", "--seconds", "20")
        self.assertIn(report["requests"], (7, 8))
        self.assertEqual(set(report["errors"].values()), {0})

    def test_notices_wrong_chunks(self) -> None:
        right = [CHUNKED + b"5\r\nhello\r\n0\r\n\r\n"]
        for wrong in (
            b"5\r\njello\r\n0\r\n\r\n",
            b"4\r\nhell\r\n0\r\n\r\n",
            b"6\r\nhello!\r\n0\r\n\r\n",
            b"5\r\nhelloo\r\n0\r\n\r\n",
            b"\r\nhello\r\n0\r\n\r\n",
            b"5\r\nhello\r\n0\r\n\r\n!",
        ):
            with self.subTest(wrong=wrong):
                self.assert_only("content", lambda n, w=wrong: [CHUNKED + w] if n == 5 else right)

    def test_refuses_to_learn_from_malformed_chunks(self) -> None:
        with Answerer(lambda number: [CHUNKED + b"x\r\n"]) as server:
            result = run(server.port)
        self.assertEqual(result.returncode, 1)
        self.assertIn("the chunks are malformed", result.stderr)

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


class Heads:
    """A server that understands requests: it answers each with what a function makes of its head
    and its content, and may close after each. With a context it speaks TLS."""

    def __init__(
        self,
        answer: Callable[[bytes, bytes], bytes],
        closes: bool = False,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._answer = answer
        self._closes = closes
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "Heads":
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.suppress(OSError))
            stack.enter_context(connection)
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
                stack.enter_context(connection)
            stream = connection.makefile("rb")
            while True:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    line = stream.readline()
                    if not line:
                        return
                    head += line
                field = re.search(rb"Content-Length: (\d+)", head)
                content = stream.read(int(field[1])) if field else b""
                connection.sendall(self._answer(head, content))
                if self._closes:
                    if isinstance(connection, ssl.SSLSocket):
                        connection.setblocking(False)
                        connection.unwrap()  # says close_notify, and would wait for the other
                    return


def response(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


# However long they take: a handshake is no small matter.
COUNTED = ("--requests", "60", "--seconds", "20", "--timeout", "20")


def number_of(head: bytes) -> bytes:
    found = re.search(rb"n=(\d{8})", head)
    assert found is not None
    return found[1]


class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        build_load()

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="bench-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def file(self, name: str, content: bytes) -> list[str]:
        (self.folder / name).write_bytes(content)
        return ["--request", str(self.folder / name)]

    def numbered(self) -> list[str]:
        return self.file("numbered", b"GET /?n=######## HTTP/1.1\r\nHost: x\r\n\r\n")

    def report(self, server: Heads, *more: str) -> Any:
        with server:
            result = run(server.port, *more)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def assert_right(self, report: Any) -> None:
        self.assertGreater(report["requests"], 10)
        self.assertEqual(set(report["errors"].values()), {0})

    def test_pipelined_requests_are_answered_in_order(self) -> None:
        echo = Heads(lambda head, content: response(b"<%b>" % number_of(head)))
        self.assert_right(self.report(echo, *self.numbered(), "--depth", "16"))

    def test_notices_swapped_and_repeated_answers(self) -> None:
        held: list[bytes] = []

        def swapped(head: bytes, content: bytes) -> bytes:
            held.append(number_of(head))
            if len(held) < 40 or len(held) % 2 == 0:
                return response(held[-1])
            return response(held[-2])

        report = self.report(Heads(swapped), *self.numbered(), "--depth", "16")
        self.assertGreater(report["errors"]["content"], 0)

    def test_notices_a_lost_answer(self) -> None:
        seen = [0]

        def lossy(head: bytes, content: bytes) -> bytes:
            seen[0] += 1
            return b"" if seen[0] == 50 else response(number_of(head))

        report = self.report(Heads(lossy), *self.numbered(), "--depth", "4", "--timeout", "0.05")
        self.assertGreater(sum(report["errors"].values()), 0)

    def test_needs_the_number_in_the_answer(self) -> None:
        with Heads(lambda head, content: response(b"no number")) as server:
            result = run(server.port, *self.numbered())
        self.assertEqual(result.returncode, 1)
        self.assertIn("does not carry", result.stderr)

    def test_requests_rotate_and_each_has_its_answer(self) -> None:
        seen: set[bytes] = set()

        def sized(head: bytes, content: bytes) -> bytes:
            seen.add(head.split(b" ")[0] + b" %d" % len(content))
            return response(b"%d" % len(content))

        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
        files = self.file("get", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        files += self.file("small", head % 5 + b"x" * 5)
        files += self.file("large", head % 3_000_000 + b"x" * 3_000_000)
        self.assert_right(self.report(Heads(sized), *files, "--seconds", "0.4"))
        self.assertEqual(seen, {b"GET 0", b"POST 5", b"POST 3000000"})

    def test_a_connection_for_each_request(self) -> None:
        closing = Heads(lambda head, content: response(b"hello"), closes=True)
        file = self.file("close", b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        report = self.report(closing, *file, "--requests-each", "1")
        self.assert_right(report)
        self.assertGreaterEqual(closing.connections, report["requests"])

    def test_a_connection_is_replaced_after_some_requests(self) -> None:
        kept = Heads(lambda head, content: response(b"hello"))
        report = self.report(kept, "--requests-each", "10")
        self.assert_right(report)
        self.assertGreaterEqual(kept.connections, report["requests"] // 10)

    def test_a_server_that_does_not_close_is_an_error(self) -> None:
        kept = Heads(lambda head, content: response(b"hello"))
        report = self.report(kept, "--requests-each", "1", "--timeout", "0.02")
        self.assertGreater(report["errors"]["timeout"], 0)

    def secured(
        self, answer: Callable[[bytes, bytes], bytes], version: ssl.TLSVersion, closes: bool = False
    ) -> Heads:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.certificate())
        context.minimum_version = context.maximum_version = version
        return Heads(answer, closes, context)

    def test_speaks_tls(self) -> None:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                echo = self.secured(lambda head, _: response(b"<%b>" % number_of(head)), version)
                more = ("--tls", "full", "--depth", "4", *COUNTED)
                report = self.report(echo, *self.numbered(), *more)
                self.assert_right(report)

    def test_contents_larger_than_a_record_go_both_ways_over_tls(self) -> None:
        content = bytes(range(256)) * 4000
        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(content)
        echo = self.secured(lambda _, sent: response(sent), ssl.TLSVersion.TLSv1_3)
        file = self.file("large", head + content)
        report = self.report(echo, *file, "--tls", "full", "--requests", "20", "--seconds", "20")
        self.assert_right(report)

    def test_handshakes_are_full_or_resumed_as_it_is_told(self) -> None:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            for way in ("full", "resumed"):
                with self.subTest(version, way=way):
                    server = self.secured(lambda head, _: response(b"hello"), version)
                    more = ("--requests-each", "5", *COUNTED)
                    report = self.report(server, "--tls", way, *more)
                    self.assert_right(report)
                    self.assertGreater(report["handshakes"], 1)
                    share = report["resumed"] / report["handshakes"]
                    self.assertEqual(share, 0 if way == "full" else 1)

    def test_a_handshake_for_each_request(self) -> None:
        hello = self.secured(lambda head, _: response(b"hello"), ssl.TLSVersion.TLSv1_3, True)
        file = self.file("close", b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        report = self.report(hello, *file, "--tls", "full", "--requests-each", "1", *COUNTED)
        self.assert_right(report)
        self.assertAlmostEqual(report["handshakes"], report["requests"], delta=4)

    def test_a_handshake_that_fails_is_an_error(self) -> None:
        plain = Heads(lambda head, _: response(b"hello"))
        with plain:
            result = run(plain.port, "--tls", "full")
        self.assertEqual(result.returncode, 1)
        self.assertIn("the first handshake", result.stderr)

    def test_an_open_loop_sends_what_is_intended(self) -> None:
        server = Heads(lambda head, content: response(b"hello"))
        report = self.report(server, "--rate", "500", "--seconds", "0.4")
        self.assertAlmostEqual(report["intended"], 200, delta=1)
        self.assertAlmostEqual(report["requests"], report["intended"], delta=10)
        self.assertEqual(set(report["errors"].values()), {0})

    def test_an_open_loop_counts_waiting_for_a_connection(self) -> None:
        """Two connections and answers that take 20 ms carry 100 requests a second, not 1,000: the
        late ones have waited most of the window, however quick their own answer was."""
        wait = threading.Event()

        def slow(head: bytes, content: bytes) -> bytes:
            wait.wait(0.02)
            return response(b"hello")

        report = self.report(
            Heads(slow), "--rate", "1000", "--seconds", "0.3", "--warmup", "0", "--timeout", "0.3"
        )
        self.assertAlmostEqual(report["intended"], 300, delta=1)
        self.assertLess(report["requests"], report["intended"])
        self.assertGreater(report["latency_us"]["p99"], 200_000)
        self.assertGreater(report["errors"]["timeout"], 0)

    def test_refuses_what_does_not_go_together(self) -> None:
        for more in (("--depth", "65"), ("--depth", "2", "--rate", "1"), ("--rate", "-1"),
                     ("--tls", "no")):  # fmt: skip
            self.assertEqual(run(1, *more).returncode, 2)


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
