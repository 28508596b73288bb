"""Deadlines and limits of the C driver, reached with small settings, on both engines, also over
TLS and Unix sockets."""

from __future__ import annotations

import contextlib
import gzip
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any

from harness import DEADLINE_S, ENGINES, Case, Client, Program, wait_for
from runner import tls

HEAD = b"POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n"


def head_of(body: bytes) -> bytes:
    return b"POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n" % len(body)


def encoded(path: bytes, content: bytes) -> bytes:
    body = gzip.compress(content)
    return (
        b"POST %s HTTP/1.1\r\nHost: test\r\nContent-Encoding: gzip\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (path, len(body), body)
    )


class Limits(Case):
    engines = tuple(ENGINES)

    def on_each(self, check: Callable[[Program], None], *flags: str) -> None:
        """Runs a check on a fresh driver with each engine."""
        for engine in self.engines:
            with self.subTest(engine=engine):
                driver = self.driver("c", engine, *flags)
                check(driver)
                driver.stop()

    def timeouts(self, driver: Program) -> int:
        client = self.client(driver.port)
        with contextlib.closing(client):
            count: int = client.op("stats")["timeouts_total"]
        return count

    def is_refused(self, driver: Program) -> bool:
        try:
            return self.client(driver.port).is_closed()
        except OSError:  # in the handshake of TLS
            return True

    def test_head_timeout(self) -> None:
        def check(driver: Program) -> None:
            client = self.client(driver.port)
            client.send(b"GET /hello HTTP/1.1\r\nHo")
            response = client.response()
            self.assertEqual(response.status, 408)
            self.assertEqual(response.headers["Content-Type"], "application/problem+json")
            self.assertEqual(response.headers["Connection"], "close")
            self.assertTrue(client.is_closed())
            self.assertEqual(self.timeouts(driver), 1)

        self.on_each(check, "--head-timeout-ms", "100")

    def test_slow_head_gets_no_more_time(self) -> None:
        """Slowloris: bytes that keep coming do not move the deadline."""

        def check(driver: Program) -> None:
            client = self.client(driver.port)
            client.send(b"GET /hello HTTP/1.1\r\nHost: test\r\n")
            client.socket.settimeout(0.02)
            received = b""
            for _ in range(3000):
                with contextlib.suppress(OSError):
                    received = client.socket.recv(4096)
                    break
                with contextlib.suppress(OSError):
                    client.send(b"X: 1\r\n")
            self.assertTrue(received.startswith(b"HTTP/1.1 408 "), received)

        self.on_each(check, "--head-timeout-ms", "200")

    def test_body_timeout(self) -> None:
        def check(driver: Program) -> None:
            client = self.client(driver.port)
            client.send(HEAD + b"half")
            self.assertEqual(client.response().status, 408)
            self.assertTrue(client.is_closed())

        self.on_each(check, "--body-timeout-ms", "100")

    def test_idle_timeout(self) -> None:
        def check(driver: Program) -> None:
            silent, used = self.client(driver.port), self.client(driver.port)
            self.assertEqual(used.get("/hello").status, 200)
            self.assertTrue(silent.is_closed(), "a connection that never spoke")
            self.assertTrue(used.is_closed(), "a connection between two requests")

        self.on_each(check, "--idle-timeout-ms", "100")

    def test_handlers_have_no_other_deadline(self) -> None:
        limits = ("--idle-timeout-ms", "50", "--head-timeout-ms", "50", "--body-timeout-ms", "50")

        def check(driver: Program) -> None:
            client = self.client(driver.port)
            self.assertEqual(client.get("/sleep/400").content, b"slept")

        self.on_each(check, *limits)

    def test_send_timeout(self) -> None:
        """A client that asks for much and reads nothing is let go."""

        def check(driver: Program) -> None:
            client = self.client(driver.port)
            body = b"x" * 1_000_000
            head = b"POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n" % len(body)

            def flood() -> None:
                with contextlib.suppress(OSError):
                    for _ in range(100):
                        client.send(head + body)

            sender = threading.Thread(target=flood, daemon=True)
            sender.start()
            wait_for(lambda: self.timeouts(driver) == 1, "the end of the connection")
            sender.join(30)
            self.assertFalse(sender.is_alive(), "the client's sending ends too")

        self.on_each(check, "--send-timeout-ms", "200")

    def test_request_timeout(self) -> None:
        """The client gets an answer; the handler's own comes too late for it."""

        def check(driver: Program) -> None:
            client = self.client(driver.port)
            response = client.get("/sleep/2000")
            self.assertEqual(response.status, 503)
            self.assertEqual(response.headers["Content-Type"], "application/problem+json")
            self.assertEqual(client.get("/hello").status, 200)
            self.assertEqual(self.timeouts(driver), 1)

        self.on_each(check, "--request-timeout-ms", "100")

    def test_keep_alive_timeout(self) -> None:
        def check(driver: Program) -> None:
            silent, used = self.client(driver.port), self.client(driver.port)
            self.assertEqual(used.get("/hello").status, 200)
            self.assertTrue(used.is_closed(), "a connection between two requests")
            self.assertEqual(silent.get("/hello").status, 200)

        self.on_each(check, "--keep-alive-timeout-ms", "100")

    def test_requests_max(self) -> None:
        """More at once than allowed: told to come back, and the connection stays."""

        def check(driver: Program) -> None:
            slow = [self.client(driver.port) for _ in range(2)]
            for client in slow:
                client.send(b"GET /sleep/1500 HTTP/1.1\r\nHost: test\r\n\r\n")
            late = self.client(driver.port)
            wait_for(lambda: late.get("/hello").status == 503, "the limit")
            refused = late.get("/hello")
            self.assertEqual(refused.status, 503)
            self.assertEqual(refused.headers["Retry-After"], "1")
            for client in slow:
                self.assertEqual(client.response().content, b"slept")
            self.assertEqual(late.get("/hello").status, 200)

        self.on_each(check, "--requests-max", "2")

    def test_requests_per_connection_max(self) -> None:
        def check(driver: Program) -> None:
            client = self.client(driver.port)
            self.assertIsNone(client.get("/hello").headers["Connection"])
            self.assertEqual(client.get("/hello").headers["Connection"], "close")
            self.assertTrue(client.is_closed())

        self.on_each(check, "--requests-per-connection-max", "2")

    def test_body_rate_min(self) -> None:
        """Content that drips is never silent for long, and is cut off nevertheless."""

        def check(driver: Program) -> None:
            client = self.client(driver.port)
            client.send(head_of(b"x" * 100_000))
            client.socket.settimeout(0.02)
            received = b""
            for _ in range(3000):
                with contextlib.suppress(OSError):
                    received = client.socket.recv(4096)
                    break
                with contextlib.suppress(OSError):
                    client.send(b"x")
            self.assertTrue(received.startswith(b"HTTP/1.1 408 "), received)

        self.on_each(check, "--body-timeout-ms", "200", "--body-rate-min", "10000")

    def test_send_rate_min(self) -> None:
        """An answer that is taken in drips is never without progress, and is cut off."""

        def check(driver: Program) -> None:
            client = self.client(driver.port)
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.send(b"GET /stream/bytes/100000000 HTTP/1.1\r\nHost: test\r\n\r\n")
            client.socket.settimeout(0.02)

            def is_cut_off() -> bool:
                with contextlib.suppress(TimeoutError):
                    client.socket.recv(1000)
                return self.timeouts(driver) == 1

            wait_for(is_cut_off, "the end of the connection")

        self.on_each(check, "--send-timeout-ms", "200", "--send-rate-min", "1000000")

    def test_a_route_has_a_body_rate_of_its_own(self) -> None:
        """Dripped content is cut off there, and goes on where the app's limit holds."""

        def check(driver: Program) -> None:
            own, common = self.client(driver.port), self.client(driver.port)
            for client, target in ((own, b"/limits/drip"), (common, b"/stream/count")):
                client.send(head_of(b"x" * 100_000).replace(b"/body", target))
                client.socket.settimeout(0.02)
            received = b""
            for _ in range(3000):
                with contextlib.suppress(OSError):
                    received = own.socket.recv(4096)
                    break
                for client in (own, common):
                    with contextlib.suppress(OSError):
                        client.send(b"x")
            self.assertTrue(received.startswith(b"HTTP/1.1 408 "), received)
            with self.assertRaises(TimeoutError):
                common.socket.recv(4096)

        self.on_each(check)

    def test_a_route_has_a_send_rate_of_its_own(self) -> None:
        """An answer taken in drips is cut off there, and goes on where the app's limit holds."""

        def check(driver: Program) -> None:
            own, common = self.client(driver.port), self.client(driver.port)
            for client, target in ((own, b"/limits/bytes"), (common, b"/stream/bytes")):
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                client.send(b"GET %s/100000000 HTTP/1.1\r\nHost: test\r\n\r\n" % target)
                client.socket.settimeout(0.02)

            def is_cut_off() -> bool:
                for client in (own, common):
                    with contextlib.suppress(OSError):
                        client.socket.recv(1000)
                return self.timeouts(driver) > 0

            wait_for(is_cut_off, "the end of the connection")
            common.socket.settimeout(None)
            for _ in range(100):
                self.assertTrue(common.socket.recv(1000), "this one goes on")
            self.assertEqual(self.timeouts(driver), 1)

        self.on_each(check, "--send-timeout-ms", "1000", "--send-rate-min", "0")

    def test_body_decompress(self) -> None:
        """All routes decode, but for those that want it otherwise."""

        def check(driver: Program) -> None:
            client = self.client(driver.port)
            for path, content in ((b"/body", b"hello"), (b"/decode/raw", None)):
                client.send(encoded(path, b"hello"))
                response = client.response()
                self.assertEqual(response.status, 200)
                if content is not None:
                    self.assertEqual(response.content, content)
                else:
                    self.assertIn(b"Content-Encoding", response.content)

        self.on_each(check, "--body-decompress", "1")

    def test_body_ratio_max(self) -> None:
        """What is a bomb for one app is content for another."""

        def status(driver: Program) -> int:
            client = self.client(driver.port)
            client.send(encoded(b"/decode", b"x" * 90_000))
            return int(client.response().status)

        self.on_each(lambda driver: self.assertEqual(status(driver), 413))
        self.on_each(
            lambda driver: self.assertEqual(status(driver), 200), "--body-ratio-max", "1000"
        )

    def test_unread_answers_are_bounded(self) -> None:
        """Pipelining without reading stops being read; it does not fill the memory."""

        def check(driver: Program) -> None:
            client = self.client(driver.port)
            body = b"x" * 100_000
            head = b"POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n" % len(body)
            client.socket.settimeout(0.5)
            sent = 0
            # Until neither side has room: the send does not get on.
            with contextlib.suppress(TimeoutError):
                while sent < 2000:
                    client.send(head + body)
                    sent += 1
            self.assertLess(sent, 2000, "200 MB were taken from a client that reads nothing")
            self.assertEqual(self.client(driver.port).get("/hello").status, 200)
            client.close()

        self.on_each(check)

    def test_connections_max(self) -> None:
        def check(driver: Program) -> None:
            clients = [self.client(driver.port) for _ in range(4)]
            for client in clients:
                self.assertEqual(client.get("/hello").status, 200)
            for _ in range(3):
                self.assertTrue(self.is_refused(driver))
            stats = clients[0].get("/ops/stats").content
            self.assertRegex(stats, rb'"connections_refused_total":3\b')
            clients[3].close()
            wait_for(lambda: answers(self, driver.port), "room for a new connection")

        self.on_each(check, "--connections-max", "4")

    def test_connections_per_address_max(self) -> None:
        """A number that is set holds for loopback as well."""

        def check(driver: Program) -> None:
            clients = [self.client(driver.port) for _ in range(3)]
            for client in clients:
                self.assertEqual(client.get("/hello").status, 200)
            for _ in range(2):
                self.assertTrue(self.is_refused(driver))
            stats = clients[0].get("/ops/stats").content
            self.assertRegex(stats, rb'"connections_refused_total":2\b')
            clients[2].close()
            wait_for(lambda: answers(self, driver.port), "room for a new connection")

        self.on_each(check, "--connections-per-address-max", "3")

    def test_small_receive_buffers(self) -> None:
        """Many bodies at once through fewer and smaller buffers than they need."""

        def check(driver: Program) -> None:
            body = bytes(range(256)) * 400
            head = b"POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n" % len(body)
            clients = [self.client(driver.port) for _ in range(60)]
            for client in clients:
                client.send(head + body[:50_000])
            for client in clients:
                client.send(body[50_000:])
            for client in clients:
                self.assertEqual(client.response().content, body)

        self.on_each(check, "--buffer-count", "4", "--buffer-bytes", "1024")

    def test_configured_sizes(self) -> None:
        limits = ["--body-bytes-max", "10", "--target-bytes-max", "20", "--header-count-max", "2"]

        def check(driver: Program) -> None:
            for data, status in (
                (HEAD + b"0123456789", 200),
                (HEAD.replace(b"10", b"11"), 413),
                (b"GET /hello?" + b"q" * 30 + b" HTTP/1.1\r\nHost: t\r\n\r\n", 414),
                (b"GET /hello HTTP/1.1\r\nHost: t\r\nA: 1\r\nB: 2\r\n\r\n", 431),
            ):
                client = self.client(driver.port)
                client.send(data)
                self.assertEqual(client.response().status, status, data)

        self.on_each(check, *limits)


class LimitsOverTls(Limits):
    engines = ("uring",)  # what depends on both is in the conformance plans

    def driver(self, *arguments: Any, **options: Any) -> Program:
        env = {"TRIVET_TLS_CERTIFICATE": tls.certificate()}
        return super().driver(*arguments, env=env, **options)

    def client(self, port: int) -> Client:
        plain = socket.create_connection(("127.0.0.1", port), DEADLINE_S)
        self.addCleanup(plain.close)
        secured = tls.context().wrap_socket(plain, server_hostname=tls.HOST)
        self.addCleanup(secured.close)
        return Client(port, secured)


class LimitsOverUnix(Limits):
    engines = ("epoll",)

    # The kernel does not count what the client has taken.
    test_send_rate_min = None  # type: ignore[assignment]
    test_a_route_has_a_send_rate_of_its_own = None  # type: ignore[assignment]

    def driver(self, *arguments: Any, **options: Any) -> Program:
        folder = tempfile.mkdtemp(prefix="trivet-limits-")
        self.addCleanup(shutil.rmtree, folder)
        self.path = f"{folder}/socket"
        return super().driver(*arguments, env={"TRIVET_HOST": f"unix:{self.path}"}, **options)

    def client(self, port: int) -> Client:
        connection = socket.socket(socket.AF_UNIX)
        self.addCleanup(connection.close)
        connection.settimeout(DEADLINE_S)
        connection.connect(self.path)
        return Client(port, connection)

    def test_connections_per_address_max(self) -> None:
        """Those of Unix sockets have no address, and are not counted."""

        def check(driver: Program) -> None:
            clients = [self.client(driver.port) for _ in range(5)]
            for client in clients:
                self.assertEqual(client.get("/hello").status, 200)

        self.on_each(check, "--connections-per-address-max", "3")


def answers(case: Limits, port: int) -> bool:
    try:
        with contextlib.closing(case.client(port)) as client:
            return client.get("/hello").status == 200
    except OSError:
        time.sleep(0.01)
        return False
