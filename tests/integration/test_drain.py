"""SIGTERM: what is in flight is finished, nothing new begins, a second signal ends it now."""

from __future__ import annotations

import itertools
import signal
import socket

from harness import ENGINES, LANGS, Case, Client, Program, op, wait_for


class Drain(Case):
    def start(self, lang: str, engine: str) -> tuple[Program, Client]:
        """A driver and an idle kept-alive connection to it."""
        driver = self.driver(lang, engine)
        idle = self.client(driver.port)
        self.assertEqual(idle.get("/hello").status, 200)
        return driver, idle

    def sleeper(self, driver: Program, ms: int) -> Client:
        """A connection whose request the handler has in its hands."""
        client = self.client(driver.port)
        client.send(f"GET /sleep/{ms} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
        # The request for the counters is in flight itself.
        wait_for(lambda: op(driver.port, "stats")["requests_in_flight"] >= 2, "the request")
        return client

    def assert_refuses(self, port: int) -> None:
        """Nobody accepts: the connection is refused, or ends without an answer."""

        def refused() -> bool:
            try:
                with socket.create_connection(("127.0.0.1", port), 5) as late:
                    late.sendall(b"GET /hello HTTP/1.1\r\nHost: test\r\n\r\n")
                    return late.recv(1) == b""
            except OSError:
                return True

        wait_for(refused, "refused connections")

    def test_finishes_what_is_in_flight(self) -> None:
        for lang, engine in itertools.product(LANGS, ENGINES):
            with self.subTest(lang=lang, engine=engine):
                driver, idle = self.start(lang, engine)
                busy = self.sleeper(driver, 1000)
                driver.signal()
                self.assertTrue(idle.is_closed(), "an idle connection is closed")
                self.assert_refuses(driver.port)
                response = busy.response()
                self.assertEqual(response.content, b"slept")
                self.assertEqual(response.headers["Connection"], "close")
                self.assertTrue(busy.is_closed())
                self.assertEqual(driver.wait(), 0, driver.err[-5:])

    def test_ends_at_once_without_connections(self) -> None:
        for lang, engine in itertools.product(LANGS, ENGINES):
            with self.subTest(lang=lang, engine=engine):
                driver = self.driver(lang, engine)
                driver.signal(signal.SIGINT)
                self.assertEqual(driver.wait(), 0, driver.err[-5:])

    def test_second_signal_forces(self) -> None:
        for lang, engine in itertools.product(LANGS, ENGINES):
            with self.subTest(lang=lang, engine=engine):
                driver, idle = self.start(lang, engine)
                busy = self.sleeper(driver, 3_600_000)
                driver.signal()
                self.assertTrue(idle.is_closed())
                driver.signal()
                self.assertTrue(busy.is_closed())
                self.assertEqual(driver.wait(), 0, driver.err[-5:])

    def test_forced_end_at_shutdown_timeout(self) -> None:
        for engine in ENGINES:
            with self.subTest(engine=engine):
                driver = self.driver("c", engine, "--shutdown-timeout-ms", "100")
                busy = self.sleeper(driver, 3_600_000)
                driver.signal()
                self.assertTrue(busy.is_closed())
                self.assertEqual(driver.wait(), 0, driver.err[-5:])

    def test_finishes_a_request_that_has_begun(self) -> None:
        for engine in ENGINES:
            with self.subTest(engine=engine):
                driver, idle = self.start("c", engine)
                half = self.client(driver.port)
                half.send(b"POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n")
                # Only a connection that the loop has read from counts as begun.
                half.send(b"Expect: 100-continue\r\n\r\n")
                self.assertTrue(half.socket.recv(100).startswith(b"HTTP/1.1 100 "))
                driver.signal()
                self.assertTrue(idle.is_closed())
                half.send(b"hello")
                self.assertEqual(half.response().content, b"hello")
                self.assertTrue(half.is_closed())
                self.assertEqual(driver.wait(), 0)
