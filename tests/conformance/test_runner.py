"""The runner itself must be able to fail: each test is a server that misbehaves in one way."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import sys
import unittest
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from runner.client import Failure, run
from runner.driver import MARK, Driver, marked
from runner.plans import LANGS, plans
from runner.sockdiag import PeerQueue
from runner.vectors import VectorError, load, parse
from runner.wire import Reader, WireError

DATE = b"Date: Sat, 21 Nov 2026 10:00:00 GMT\r\n"
HELLO = b"HTTP/1.1 200 OK\r\n" + DATE + b"Content-Length: 13\r\n\r\nHello, World!"
REFUSAL = (
    b"HTTP/1.1 400 Bad Request\r\n"
    + DATE
    + b"Content-Type: application/problem+json\r\nConnection: close\r\nContent-Length: 54\r\n\r\n"
    + b'{"type":"about:blank","title":"Bad Request","status":4'
)
REQUEST = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"

# "text" in each coding, made by other programs.
CODED = {
    "gzip": gzip.compress(b"text", mtime=0),
    "br": bytes.fromhex("8b01807465787403"),
    "zstd": bytes.fromhex("28b52ffd04582100007465787452afcc88"),
}


def coded(coding: str, content: bytes) -> bytes:
    length = f"Content-Encoding: {coding}\r\nContent-Length: {len(content)}\r\n\r\n"
    return b"HTTP/1.1 200 OK\r\n" + DATE + length.encode() + content


Streams = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def vector(**keys: Any) -> Any:
    return parse({"name": "n", "why": "w", "send": REQUEST, **keys}, "test")


async def complaints_of(serve: Streams, deadline_s: float = 5.0, **keys: Any) -> str:
    """What the runner says of a server; empty when it is content."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    queue = PeerQueue()
    try:
        port = server.sockets[0].getsockname()[1]
        await run(port, vector(**keys), deadline_s, queue)
        return ""
    except Failure as failure:
        return "; ".join(failure.complaints)
    finally:
        queue.close()
        server.close()


def answering(*answers: bytes, closes: bool = False) -> Streams:
    """Answers each request head in turn, then closes or waits for the client's end."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for answer in answers:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(answer)
            if not closes:
                await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()

    return serve


class Client(unittest.IsolatedAsyncioTestCase):
    async def assert_complains(self, pattern: str, serve: Streams, **keys: Any) -> None:
        self.assertRegex(await complaints_of(serve, **keys), pattern)

    async def test_is_content_with_a_good_server(self) -> None:
        self.assertEqual(await complaints_of(answering(HELLO, HELLO)), "")

    async def test_sees_another_status(self) -> None:
        await self.assert_complains(
            "expected status 404, got 200", answering(HELLO, HELLO), expect=[{"status": 404}]
        )

    async def test_sees_another_body(self) -> None:
        expect = [{"status": 200, "text": "Hello"}]
        await self.assert_complains("expected text", answering(HELLO, HELLO), expect=expect)

    async def test_takes_codings_off_and_sees_others(self) -> None:
        for coding, content in CODED.items():
            answer = coded(coding, content)
            good = [{"status": 200, "text": "text", "coding": coding}]
            self.assertEqual(await complaints_of(answering(answer, HELLO), expect=good), "")
            await self.assert_complains(f"not (one whole member of )?{coding}",
                answering(coded(coding, content[:-1]), HELLO), expect=good)  # fmt: skip
            other = [{"status": 200, "text": "texts", "coding": coding}]
            await self.assert_complains("expected text", answering(answer, HELLO), expect=other)
        good = [{"status": 200, "text": "text", "coding": "br"}]
        answer = coded("gzip", CODED["gzip"])
        await self.assert_complains("Content-Encoding: exp", answering(answer, HELLO), expect=good)

    async def test_sees_a_missing_field(self) -> None:
        expect = [{"status": 200, "headers": {"Allow": "GET"}}]
        await self.assert_complains("Allow: expected", answering(HELLO, HELLO), expect=expect)

    async def test_sees_a_missing_date(self) -> None:
        await self.assert_complains("Date is", answering(HELLO.replace(DATE, b""), HELLO))

    async def test_sees_a_hang(self) -> None:
        await self.assert_complains("hangs: 0 of 1", answering(b"", b""), deadline_s=0.2)

    async def test_sees_a_close(self) -> None:
        await self.assert_complains("was closed", answering(HELLO, closes=True))

    async def test_sees_a_connection_that_stays_open(self) -> None:
        await self.assert_complains(
            "hangs: 1 of 1", answering(HELLO, HELLO), deadline_s=0.2, after="closed", others=False
        )

    async def test_sees_a_close_without_notice(self) -> None:
        await self.assert_complains(
            "lacks Connection: close", answering(HELLO, closes=True), after="closed", others=False
        )

    async def test_sees_a_second_answer(self) -> None:
        await self.assert_complains("not expected|more responses", answering(HELLO + HELLO, HELLO))

    async def test_sees_bytes_after_the_answer(self) -> None:
        await self.assert_complains(
            "after the last response|no response", answering(HELLO + b"HTTP/1.1 2", closes=True)
        )

    async def test_is_content_with_half_an_answer_to_a_client_that_leaves(self) -> None:
        serve = answering(HELLO + HELLO[:40])
        keys: dict[str, Any] = {"send": [REQUEST, {"await": 1}, "x"], "end": "reset", "expect": []}
        self.assertEqual(await complaints_of(serve, **keys), "")

    async def test_sees_a_malformed_problem(self) -> None:
        await self.assert_complains(
            "the problem is no JSON",
            answering(REFUSAL, closes=True),
            expect=[{"status": 400, "problem": True}],
            after="closed",
            others=False,
        )

    async def test_sees_another_connection_suffer(self) -> None:
        served = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal served
            served += 1
            if served == 1:
                # The bystander comes first.
                await reader.readuntil(b"\r\n\r\n")
                writer.close()
                return
            closing = HELLO.replace(DATE, DATE + b"Connection: close\r\n")
            await answering(closing, closes=True)(reader, writer)

        await self.assert_complains("another connection", serve, after="closed", others=True)

    async def test_keeps_requests_under_way(self) -> None:
        heads: list[bytes] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    head = await reader.readuntil(b"\r\n\r\n")
                    heads.append(head.split(b" ")[1])
                    if head.startswith(b"POST"):
                        await reader.readexactly(2)
                        heads.append(b"hi")
                    writer.write(HELLO)
            writer.close()

        held = "POST /held HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"
        self.assertEqual(await complaints_of(serve, meanwhile=[[held, "hi"]]), "")
        self.assertEqual(heads, [b"/held", b"/hello", b"/hello", b"hi"])

    async def test_sees_a_request_under_way_suffer(self) -> None:
        for answers, pattern in (
            ([HELLO.replace(b"200", b"503")], "under way got 503"),
            ([], "was under way was closed"),
        ):
            served = 0

            async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                nonlocal served
                served += 1
                held = answering(*answers, closes=True)  # noqa: B023
                await (held if served == 1 else answering(HELLO, HELLO))(reader, writer)

            await self.assert_complains(pattern, serve, meanwhile=[[REQUEST[:9], REQUEST[9:]]])

    async def test_cuts_segments_where_the_vector_says(self) -> None:
        pieces: list[bytes] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            data = b""
            while b"\r\n\r\n" not in data:
                piece = await reader.read(4096)
                pieces.append(piece)
                data += piece
            writer.write(HELLO)
            await answering(HELLO)(reader, writer)

        self.assertEqual(await complaints_of(serve, splits=[4, 10, 20]), "")
        text = REQUEST.encode()
        self.assertEqual(pieces, [text[:4], text[4:10], text[10:20], text[20:]])


class Wire(unittest.TestCase):
    def test_reads_responses_cut_anywhere(self) -> None:
        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
        empty = b"HTTP/1.1 204 No Content\r\n\r\n"
        data = HELLO + chunked + empty + HELLO
        for cut in range(1, len(data)):
            reader = Reader()
            reader.feed(data[:cut])
            reader.feed(data[cut:])
            bodies = [response.body for response in reader.responses]
            self.assertEqual(bodies, [b"Hello, World!", b"hi", b"", b"Hello, World!"], cut)

    def test_refuses_what_is_no_response(self) -> None:
        for data in (
            b"HTTP/1.0 200 OK\r\n\r\n",
            b"HTTP/1.1 2000 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            b"garbage that is no status line",
        ):
            with self.subTest(data=data), self.assertRaises(WireError):
                Reader().feed(data)


# A driver in Python's place: says what it is told to, and ends on SIGTERM.
SAYING = """
import signal, subprocess, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
print(sys.argv[1], end="", flush=True)
if "leave" in sys.argv[3:]:
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True,
                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
signal.sigwait({signal.SIGTERM})
print(sys.argv[2], end="", flush=True)
"""


async def said(first: str, last: str, *, workers: int = 1, leave: bool = False) -> list[str]:
    """What is complained of a driver that prints this at its start and that at its end."""
    mark = f"test-{os.getpid()}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SAYING, first, last, *(["leave"] if leave else [])),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, MARK: mark},
        start_new_session=True,
    )
    driver = Driver(process, mark, workers)
    complaint = await driver.ready()
    return [*filter(None, [complaint]), *await driver.stop()]


class Drivers(unittest.IsolatedAsyncioTestCase):
    async def test_is_content_with_workers_that_begin_and_end(self) -> None:
        for count in (1, 2):
            complaints = await said("READY 7\n" * count, "STOPPED\n" * count, workers=count)
            self.assertEqual(complaints, [])

    async def test_sees_workers_on_different_ports(self) -> None:
        complaints = await said("READY 7\nREADY 8\n", "STOPPED\n" * 2, workers=2)
        self.assertRegex(complaints[0], "expected READY <port>, 2 times")

    async def test_sees_a_line_that_is_not_ready(self) -> None:
        self.assertRegex((await said("ready 7\n", "STOPPED\n"))[0], "expected READY")

    async def test_sees_a_worker_that_does_not_say_it_stopped(self) -> None:
        complaints = await said("READY 7\n" * 2, "STOPPED\n", workers=2)
        self.assertRegex(complaints[0], "expected STOPPED from 2")

    async def test_sees_a_worker_that_says_so_too_early(self) -> None:
        complaints = await said("READY 7\n", "STOPPED\nSTOPPED\n")
        self.assertRegex(complaints[0], "expected STOPPED from 1")

    async def test_sees_a_process_in_another_session(self) -> None:
        complaints = await said("READY 7\n", "STOPPED\n", leave=True)
        self.assertRegex(complaints[0], "was left behind: .*sleep")
        # It was killed; that takes the kernel a moment.
        while marked(f"test-{os.getpid()}"):
            await asyncio.sleep(0.001)


class Plans(unittest.TestCase):
    def test_every_vector_runs_somewhere_in_every_language(self) -> None:
        vectors = load()
        every = plans(LANGS, ["uring", "epoll"], 1.0)
        for lang in LANGS:
            here = [plan for plan in every if plan.lang == lang]
            run_here = {vector.name for plan in here for vector in plan.select(vectors)}
            # What only threads have runs where threads are.
            left = {vector.name for vector in vectors if vector.name not in run_here}
            allowed = {"threads"} if lang not in ("c", "go") else set()
            allowed |= {"core_hooks"} if lang in ("python", "node") else set()
            allowed |= {"sdk", "sdk_hooks"} if lang in ("c", "cffi") else set()
            with self.subTest(lang):
                modes = {mode for vector in vectors if vector.name in left for mode in vector.modes}
                self.assertEqual(modes, allowed)

    def test_every_kind_runs_with_some_engine(self) -> None:
        both = {plan.kind for plan in plans(["c"], ["uring", "epoll"], 1.0)}
        alone = {plan.kind for plan in plans(["c"], ["epoll"], 1.0)}
        self.assertEqual(both, alone)


class Vectors(unittest.TestCase):
    def test_all_are_well_formed(self) -> None:
        self.assertGreater(len(load()), 300)

    def test_unknown_keys_are_refused(self) -> None:
        for keys in (
            {"sent": "x"},
            {"expect": [{"statuses": 200}]},
            {"after": "gone"},
            {"mode": "hook"},
            {"mode": []},
        ):
            with self.subTest(keys=keys), self.assertRaises(VectorError):
                vector(**keys)

    def test_pieces(self) -> None:
        built = vector(send=["ü", {"repeat": "ab", "times": 2}, {"bytes": "\xff"}])
        self.assertEqual(built.sent, "ü".encode() + b"abab\xff")
        chunked = vector(send=[{"chunked": "hello", "size": 3}])
        self.assertEqual(chunked.sent, b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")


if __name__ == "__main__":
    unittest.main()
