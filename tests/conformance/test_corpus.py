"""The corpus of HTTP/1.1 requests, the sender that cuts them, and the page that shows them."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import unittest
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from runner import corpus, cuts, differential
from runner.vectors import VectorError

CASES_MIN = 300
GOOD = {
    "name": "n",
    "rfc": "9112 3",
    "why": "w",
    "send": "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n",
    "answers": ["Hello, World!"],
    "then": "open",
}
HEAD = b"Date: Sat, 21 Nov 2026 10:00:%02d GMT\r\n"
HELLO = b"HTTP/1.1 200 OK\r\n" + HEAD + b"Content-Length: 13\r\n\r\nHello, World!"
LAST = b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + HEAD + b"Content-Length: 2\r\n\r\nno"

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def case(**keys: Any) -> corpus.Case:
    return corpus.read({**GOOD, **keys}, "test")


async def failures(serve: Serve, *cases: corpus.Case, deadline_s: float = 5.0) -> dict[str, str]:
    """What the sender says of a server: the complaints of each case that fails."""

    async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(closing, "127.0.0.1", 0)
    sender = cuts.Cuts(server.sockets[0].getsockname()[1], deadline_s, 1)
    try:
        await asyncio.to_thread(sender.run, [case.vector for case in cases])
    finally:
        server.close()
    return {name: "; ".join(failure.complaints) for name, failure in sender.failures.items()}


async def good(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for second in range(60):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HELLO % second)


class Corpus(unittest.TestCase):
    def test_has_the_cases_it_says(self) -> None:
        self.assertGreaterEqual(len(corpus.load()), CASES_MIN)

    def test_bytes_are_one_for_each_character(self) -> None:
        self.assertEqual(case(send="\u00e9\u0000\r\n").vector.sent, b"\xe9\0\r\n")
        repeated = [{"repeat": "\u00ff", "times": 3}, "a"]
        self.assertEqual(case(send=repeated).vector.sent, b"\xff\xff\xffa")

    def test_short_answers_are_whole_expectations(self) -> None:
        expect = case(answers=["hi", 404, {"saw": {"body": "hi", "path": "/"}}]).vector.expect
        self.assertEqual(expect[0], {"status": 200, "text": "hi"})
        self.assertEqual(expect[1], {"status": 404, "problem": True})
        self.assertEqual(expect[2]["json_has"]["body_length"], 2)
        self.assertEqual(expect[2]["json_has"]["path"], "/")

    def test_refuses_what_could_not_fail(self) -> None:
        for keys in (
            {"then": "any"},
            {"answers": []},
            {"answers": [{"status": [200, 400], "text": ""}]},
            {"answers": [{"status": 200}]},
            {"answers": [{"saw": {"colour": "red"}}]},
            {"rfc": "somewhere"},
            {"rfc": None},
            {"other": 1},
            {"send": {"chunked": "a", "size": 1}},
        ):
            item = {key: value for key, value in {**GOOD, **keys}.items() if value is not None}
            with self.subTest(keys), self.assertRaises(VectorError):
                corpus.read(item, "test")

    def test_refuses_two_cases_of_one_name_or_of_the_same_bytes(self) -> None:
        text = '[[case]]\nname = "%s"\nrfc = "9112 3"\nwhy = "w"\nsend = "%s"\nanswers = [400]\n'
        text += 'then = "closed"\n'
        for cases in ([("a", "x"), ("a", "y")], [("a", "x"), ("b", "x")]):
            with tempfile.TemporaryDirectory() as folder:
                Path(folder, "c.toml").write_text("".join(text % pair for pair in cases))
                with self.subTest(cases), self.assertRaises(VectorError):
                    corpus.load(Path(folder))


class Cuts(unittest.IsolatedAsyncioTestCase):
    def test_every_offset_is_one_of_them(self) -> None:
        vector = case().vector
        size = len(vector.sent)
        self.assertEqual(cuts.offsets(vector, 1), list(range(1, size)))
        sample = cuts.offsets(vector, 7)
        self.assertTrue(sample and set(sample) < set(range(1, size)))

    def test_long_cases_are_cut_at_their_edges_and_in_between(self) -> None:
        vector = case(send=["a", {"repeat": "b", "times": 30000}, "c"]).vector
        found = cuts.offsets(vector, 1)
        self.assertLess(len(found), 400)
        self.assertTrue({1, 2, 60, 29990, 30001} <= set(found))

    async def test_is_content_with_a_good_server(self) -> None:
        both = case(name="m", send=GOOD["send"] * 2, answers=["Hello, World!"] * 2)
        self.assertEqual(await failures(good, case(), both), {})

    async def test_parts_arrive_apart(self) -> None:
        firsts = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            first = await reader.read(65536)
            firsts.add(len(first))
            writer.write(HELLO % 0)
            if first.count(b"\r\n\r\n") < 2:
                rest = first
                while rest.count(b"\r\n\r\n") < 2:
                    rest += await reader.read(65536)
            writer.write(HELLO % 1)
            await reader.read()

        self.assertEqual(await failures(serve, case()), {})
        size = len(case().vector.sent)
        self.assertTrue(set(range(1, size)) <= firsts)

    async def test_sees_one_offset_that_gives_other_bytes(self) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            data = await reader.read(65536)
            text = HELLO if len(data) != 7 else HELLO.replace(b"World", b"world")
            while data.count(b"\r\n\r\n") < 2:
                data += await reader.read(65536)
            writer.write(text % 0 + HELLO % 1)
            await reader.read()

        found = await failures(serve, case())
        self.assertRegex(found["http1-test/n"], "cut at 7: not the answers to the whole")

    async def test_sees_a_close_and_a_missing_close(self) -> None:
        async def closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(HELLO % 0)

        found = await failures(closes, case())
        self.assertRegex(found["http1-test/n"], "the connection was closed")
        found = await failures(good, case(then="closed"), deadline_s=0.3)
        self.assertRegex(found["http1-test/n"], "hangs")

    async def test_gives_up_on_a_server_that_answers_nothing(self) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()

        cases = [case(name=f"n{number}") for number in range(cuts.FAILURES_MAX + 3)]
        found = await failures(serve, *cases, deadline_s=0.05)
        self.assertEqual(len(found), len(cases))
        self.assertEqual(sum("hangs" in text for text in found.values()), cuts.FAILURES_MAX)
        self.assertEqual(sum("not asked" in text for text in found.values()), 3)

    async def test_sees_what_is_wrong_with_the_whole(self) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(LAST % 0)

        found = await failures(serve, case(then="closed"))
        self.assertRegex(found["http1-test/n"], "expected text 'Hello, World!'")

    async def test_waits_for_the_interim_answer_that_a_case_waits_for(self) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(cuts.CONTINUE)
            await reader.readexactly(2)
            writer.write(HELLO % 0)
            await good(reader, writer)

        send = ["POST / HTTP/1.1\r\n\r\n", {"await": 1}, "hi"]
        waiting = case(send=send, answers=[100, "Hello, World!"])
        self.assertEqual(await failures(serve, waiting), {})
        self.assertRegex((await failures(good, waiting))["http1-test/n"], "status 100|missing")


class Differential(unittest.TestCase):
    def test_the_page_shows_the_ambiguous_cases_as_the_corpus_has_them(self) -> None:
        cases = [case for case in corpus.load() if case.ambiguous is not None]
        wanted = {
            differential.name(case): (case.ambiguous, differential.ours(case)) for case in cases
        }
        self.assertEqual(differential.recorded(differential.PAGE.read_text()), wanted)

    def test_renders_what_it_reads(self) -> None:
        asked = case(ambiguous="a plain one")
        others = {"nginx": {"test/n": "400, closed"}}
        page = f"before\n{differential.BEGIN}\n{differential.END}\nafter\n"
        page = differential.replace(page, differential.render([asked], others))
        self.assertEqual(differential.recorded(page), {"test/n": ("a plain one", "200, open")})
        self.assertIn("nginx: 0 of 1 as here; takes 0 that Trivet refuses, refuses 1", page)
        self.assertTrue(page.startswith("before\n") and page.endswith("\nafter\n"))


if __name__ == "__main__":
    unittest.main()
