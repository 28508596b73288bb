"""A gigabyte each way through streaming handlers: what passes through does not stay in memory."""

from __future__ import annotations

import hashlib
import http.client
import json
import threading
from collections.abc import Iterator

from harness import PRESET, Case, Client, Program, forget_peak, op, peak_kib

GIB = 2**30
PIECE = bytes(range(256)) * 1024
GROWTH_KIB_MAX = 32 * 1024
# A sanitizer keeps what was freed for a while, and takes long.
SIZE = GIB if PRESET == "release" else GIB // 16
LANGS = ["c", "python", "node", "go"]


def received(client: Client) -> Iterator[memoryview]:
    """The content of the next response, piece by piece."""
    response = http.client.HTTPResponse(client.socket)
    response.begin()
    room = memoryview(bytearray(2**18))
    while size := response.readinto(room):
        yield room[:size]


class Streams(Case):
    expected: str

    @classmethod
    def setUpClass(cls) -> None:
        content = hashlib.sha256()
        for _ in range(SIZE // len(PIECE)):
            content.update(PIECE)
        cls.expected = content.hexdigest()

    def started(self, lang: str, engine: str) -> Program:
        """A driver that has streamed a little both ways, so that what stays anyway is there."""
        driver = self.driver(lang, engine, env={"TRIVET_BODY_BYTES_MAX": str(SIZE)})
        client = self.client(driver.port)
        for length in (1, 4 * len(PIECE)):
            head = f"POST /stream/count HTTP/1.1\r\nHost: t\r\nContent-Length: {length}\r\n\r\n"
            client.send(head.encode() + bytes(length))
            self.assertEqual(json.loads(client.response().content)["bytes"], length)
        self.assertEqual(client.get("/stream/bytes/1000000").content, b"x" * 1_000_000)
        forget_peak(driver.pid)
        return driver

    def end(self, driver: Program, before_kib: int) -> None:
        self.assertEqual(op(driver.port, "stats")["requests_in_flight"], 1)
        if PRESET == "release":
            self.assertLess(peak_kib(driver.pid) - before_kib, GROWTH_KIB_MAX)
        driver.stop()

    def test_a_gigabyte_up_then_down(self) -> None:
        for lang in LANGS:
            with self.subTest(lang):
                driver = self.started(lang, "uring")
                before = peak_kib(driver.pid)
                self.upload(driver)
                self.download(driver)
                self.end(driver, before)

    def test_a_gigabyte_through(self) -> None:
        """Chunks come and go at once."""
        for lang in LANGS:
            with self.subTest(lang):
                driver = self.started(lang, "epoll")
                before = peak_kib(driver.pid)
                self.echo(driver)
                self.end(driver, before)

    def upload(self, driver: Program) -> None:
        client = self.client(driver.port)
        head = f"POST /stream/count HTTP/1.1\r\nHost: t\r\nContent-Length: {SIZE}\r\n\r\n"
        client.send(head.encode())
        for _ in range(SIZE // len(PIECE)):
            client.send(PIECE)
        counted = json.loads(client.response().content)
        self.assertEqual(counted, {"bytes": SIZE, "sha256": self.expected, "trailers": []})

    def download(self, driver: Program) -> None:
        """The client reads nothing at first: what is written waits for it, not in memory."""
        client = self.client(driver.port)
        client.begin(f"/stream/bytes/{SIZE}")
        self.assertEqual(op(driver.port, "stats")["requests_in_flight"], 2)
        size = sum(len(piece) for piece in received(client))
        self.assertEqual(size, SIZE)

    def echo(self, driver: Program) -> None:
        client = self.client(driver.port)
        client.send(b"POST /stream/echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")

        def send() -> None:
            for _ in range(SIZE // len(PIECE)):
                client.send(b"%x\r\n%b\r\n" % (len(PIECE), PIECE))
            client.send(b"0\r\n\r\n")

        sender = threading.Thread(target=send)
        sender.start()
        content = hashlib.sha256()
        try:
            for piece in received(client):
                content.update(piece)
        finally:
            client.close()  # a sender that cannot send any more ends, too
            sender.join()
        self.assertEqual(content.hexdigest(), self.expected)
