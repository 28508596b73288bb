"""Hubs over real sockets: every client hears what is published, and SIGTERM ends their streams."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

from harness import ENGINES, LANGS, Case, Client, Program, wait_for

CLIENTS = 5


class Listener:
    """A client of /sse/live, past its head."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.received = b""
        client.send(b"GET /sse/live HTTP/1.1\r\nHost: test\r\n\r\n")
        head = self._take_until(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head

    def event(self) -> bytes:
        """The next chunk that is no heartbeat; empty: the end of the stream."""
        while True:
            size = int(self._take_until(b"\r\n"), 16)
            chunk = self._take(size + 2)[:-2]
            if not chunk.startswith(b":"):
                return chunk

    def _take_until(self, mark: bytes) -> bytes:
        while mark not in self.received:
            self._read()
        taken, self.received = self.received.split(mark, 1)
        return taken

    def _take(self, size: int) -> bytes:
        while len(self.received) < size:
            self._read()
        taken, self.received = self.received[:size], self.received[size:]
        return taken

    def _read(self) -> None:
        part = self.client.socket.recv(65536)
        assert part, f"closed after {self.received!r}"
        self.received += part


class ServerSentEvents(Case):
    def each(self) -> Iterator[Program]:
        for lang, engine in itertools.product(LANGS, ENGINES):
            with self.subTest(lang=lang, engine=engine):
                yield self.driver(lang, engine)

    def publish(self, port: int, data: bytes) -> int:
        """How many clients the hub has."""
        client = self.client(port)
        head = f"POST /sse/live HTTP/1.1\r\nHost: test\r\nContent-Length: {len(data)}\r\n\r\n"
        client.send(head.encode() + data)
        response = client.response()
        self.assertEqual(response.status, 200)
        client.close()
        return int(json.loads(response.content)["subscribers"])

    def test_every_client_hears_every_event(self) -> None:
        for driver in self.each():
            listeners = [Listener(self.client(driver.port)) for _ in range(CLIENTS)]
            wait_for(lambda d=driver: self.publish(d.port, b"first") == CLIENTS, "subscribers")
            self.publish(driver.port, b"one\ntwo")
            self.publish(driver.port, b"last")
            for listener in listeners:
                event = listener.event()
                while b"data: first\n" in event:
                    event = listener.event()
                lines = event.split(b"\n")
                self.assertTrue(lines[0].startswith(b"id: "), event)
                self.assertEqual(lines[1:], [b"data: one", b"data: two", b"", b""])
                self.assertIn(b"\ndata: last\n\n", listener.event())
            driver.stop()

    def test_a_client_that_comes_back_misses_nothing(self) -> None:
        for driver in self.each():
            listener = Listener(self.client(driver.port))
            wait_for(lambda d=driver: self.publish(d.port, b"first") == 1, "the subscriber")
            event = listener.event()
            last = event.split(b"\n")[0].removeprefix(b"id: ")
            listener.client.close()
            wait_for(lambda d=driver: self.publish(d.port, b"meanwhile") == 0, "its end")
            again = self.client(driver.port)
            again.send(b"GET /sse/live HTTP/1.1\r\nHost: test\r\nLast-Event-ID: " + last)
            again.send(b"\r\n\r\n")
            received = b""
            while not received.endswith(b"data: meanwhile\n\n\r\n"):
                part = again.socket.recv(65536)
                self.assertTrue(part, received)
                received += part
            self.assertNotIn(b"id: " + last + b"\n", received)
            driver.stop()

    def test_sigterm_ends_the_streams(self) -> None:
        for driver in self.each():
            listeners = [Listener(self.client(driver.port)) for _ in range(CLIENTS)]
            wait_for(lambda d=driver: self.publish(d.port, b"first") == CLIENTS, "subscribers")
            driver.signal()
            for listener in listeners:
                while listener.event() != b"":
                    pass
                self.assertTrue(listener.client.is_closed())
            self.assertEqual(driver.wait(), 0, driver.err[-5:])
