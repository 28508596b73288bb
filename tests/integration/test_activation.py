"""Socket activation: programs that are given their listener by whoever starts them."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
import tempfile
from pathlib import Path

from harness import PRESET, ROOT, START, Case, Client, Program, fetch, wait_for

ACTIVATE = Path(__file__).with_name("activate.py")
TRIVET = ROOT / "build" / PRESET / "cli" / "trivet"
LANGS = ["c", "python", "node", "go"]


class Activation(Case):
    def listener(self, host: str = "127.0.0.1") -> socket.socket:
        """What systemd holds."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family)
        self.addCleanup(sock.close)
        sock.bind((host, 0))
        sock.listen(128)
        return sock

    def activated(
        self,
        *command: object,
        sockets: list[socket.socket],
        count: object = None,
        pid: str = "self",
    ) -> Program:
        fds = tuple(sock.fileno() for sock in sockets)
        number = len(fds) if count is None else count
        words = [sys.executable, ACTIVATE, pid, number, *fds, "--", *command]
        program = Program([str(word) for word in words], pass_fds=fds)
        self.addCleanup(program.close)
        return program

    def build(self, lang: str) -> None:
        """The first start of a driver may build it, and say so."""
        self.driver(lang, "auto").stop()

    def test_one_process_serves_the_listener_that_was_there(self) -> None:
        for lang in LANGS:
            with self.subTest(lang):
                self.build(lang)
                sock = self.listener()
                port = sock.getsockname()[1]
                # Who comes before the program is served as well.
                early = self.client(port)
                early.send(b"GET /hello HTTP/1.1\r\nHost: test\r\n\r\n")
                # Its own address is in use, which is not in the way.
                other = self.listener().getsockname()[1]
                program = self.activated(START, lang, "--port", other, sockets=[sock]).ready()
                self.assertEqual(program.port, port)
                self.assertEqual(early.response().content, b"Hello, World!")
                banner = program.said("^trivet ")
                self.assertIn(f"http://127.0.0.1:{port} · inherited listener", banner)
                # As an ordinary program, it obeys the terminal.
                program.signal(signal.SIGINT)
                self.assertEqual(program.wait(), 0, program.err)
                late = socket.create_connection(("127.0.0.1", port), 5)
                late.close()

    def test_a_unix_socket_is_served_and_left_to_its_owner(self) -> None:
        for lang in LANGS:
            for flags, workers in (([], 1), (["--workers", "2"], 2)):
                with self.subTest(lang, workers=workers), tempfile.TemporaryDirectory() as folder:
                    self.build(lang)
                    sock = socket.socket(socket.AF_UNIX)
                    self.addCleanup(sock.close)
                    path = f"{folder}/app.sock"
                    sock.bind(path)
                    sock.listen(128)
                    command = [START, lang, "--port", "0", *flags]
                    program = self.activated(*command, sockets=[sock]).ready(workers)
                    self.assertEqual(program.port, 0)
                    with contextlib.closing(socket.socket(socket.AF_UNIX)) as client:
                        client.connect(path)
                        client.sendall(
                            b"GET /hello HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
                        )
                        self.assertIn(b"Hello, World!", client.makefile("rb").read())
                    banner = program.said("^trivet ")
                    self.assertIn(f"unix:{path} · inherited listener", banner)
                    program.stop()
                    self.assertTrue(Path(path).exists())

    def test_the_next_process_answers_who_came_in_between(self) -> None:
        for lang in LANGS:
            with self.subTest(lang):
                self.build(lang)
                sock = self.listener()
                port = sock.getsockname()[1]
                command = [START, lang, "--port", "0"]
                first = self.activated(*command, sockets=[sock]).ready()
                fetch(port, "/hello")
                first.stop()
                waiting = self.client(port)
                waiting.send(b"GET /hello HTTP/1.1\r\nHost: test\r\n\r\n")
                second = self.activated(*command, sockets=[sock]).ready()
                self.assertEqual(waiting.response().content, b"Hello, World!")
                second.stop()

    def test_two_workers_share_the_listener(self) -> None:
        for lang in LANGS:
            with self.subTest(lang):
                self.build(lang)
                sock = self.listener()
                port = sock.getsockname()[1]
                command = [START, lang, "--port", "0", "--workers", "2"]
                program = self.activated(*command, sockets=[sock]).ready(2)
                self.assertEqual(program.port, port)
                seen: set[int] = set()

                def has_seen_both(seen: set[int] = seen, port: int = port) -> bool:
                    clients = [Client(port) for _ in range(8)]
                    for client in clients:
                        seen.add(client.op("worker")["pid"])
                        client.close()
                    return len(seen) == 2

                wait_for(has_seen_both, "both workers")
                banner = program.said("^trivet ")
                self.assertIn(f"http://127.0.0.1:{port} · inherited listener · 2 workers", banner)
                program.stop()
                late = socket.create_connection(("127.0.0.1", port), 5)
                late.close()

    def test_trivet_start_hands_the_listener_to_its_workers(self) -> None:
        sock = self.listener("::1")
        port = sock.getsockname()[1]
        self.build("c")
        command = [TRIVET, "start", "--workers", "2", "--", START, "c", "--port", "0"]
        program = self.activated(*command, sockets=[sock]).ready(2)
        self.assertEqual(program.port, port)
        with contextlib.closing(socket.create_connection(("::1", port), 5)) as client:
            client.sendall(b"GET /hello HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
            self.assertIn(b"Hello, World!", client.makefile("rb").read())
        program.stop()
        self.assertTrue(any(f"http://[::1]:{port} · inherited" in line for line in program.err))

    def test_threads_share_the_listener(self) -> None:
        for lang in ("c", "go"):
            with self.subTest(lang):
                self.build(lang)
                sock = self.listener()
                port = sock.getsockname()[1]
                command = [START, lang, "--port", "0", "--threads", "2"]
                program = self.activated(*command, sockets=[sock]).ready()
                for _ in range(20):
                    self.assertEqual(fetch(port, "/hello"), (200, b"Hello, World!"))
                program.stop()

    def test_every_listener_is_served(self) -> None:
        sockets = [self.listener(), self.listener("::1"), self.listener()]
        self.build("python")
        program = self.activated(START, "python", "--port", "0", sockets=sockets).ready()
        for sock in sockets:
            host, port = sock.getsockname()[:2]
            with contextlib.closing(socket.create_connection((host, port), 5)) as client:
                client.sendall(b"GET /hello HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
                self.assertIn(b"Hello, World!", client.makefile("rb").read())
        program.stop()
        self.assertTrue(any("3 inherited listeners" in line for line in program.err))

    def test_what_is_meant_for_another_process_is_not_taken(self) -> None:
        for lang in LANGS:
            with self.subTest(lang):
                self.build(lang)
                sock = self.listener()
                program = self.activated(START, lang, "--port", "0", sockets=[sock], pid="1")
                self.assertNotEqual(program.ready().port, sock.getsockname()[1])
                self.assertEqual(fetch(program.port, "/hello"), (200, b"Hello, World!"))
                program.stop()

    def test_what_is_no_listener_is_refused_in_one_line(self) -> None:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        idle = socket.socket()
        unix = socket.socket(socket.AF_UNIX)
        first, second = socket.socketpair()
        for sock in (udp, idle, unix, first, second):
            self.addCleanup(sock.close)
        good = self.listener()
        cases: list[tuple[list[socket.socket], object, str]] = [
            ([udp], 1, "descriptor 3 is neither a TCP socket nor a Unix stream socket"),
            ([unix], 1, "descriptor 3 does not listen"),
            ([idle], 1, "descriptor 3 does not listen"),
            ([good, first], 2, "descriptor 4 does not listen"),
            ([good], 1000000000000, "LISTEN_FDS is '1000000000000', allowed are 0 to 64"),
            ([good], "one", "LISTEN_FDS is 'one', allowed are 0 to 64"),
        ]
        for lang in LANGS:
            self.build(lang)
            for sockets, count, fault in cases:
                with self.subTest(lang, fault=fault):
                    command = [START, lang, "--port", "0"]
                    program = self.activated(*command, sockets=sockets, count=count)
                    self.assertEqual(program.wait(), 1)
                    text = "\n".join(program.err)
                    self.assertIn("the listeners of LISTEN_FDS cannot be used", text)
                    self.assertIn(fault, text)
                    self.assertEqual(len(program.err), 1, text)

    def test_more_listeners_than_workers_are_refused(self) -> None:
        sockets = [self.listener(), self.listener(), self.listener()]
        command = [TRIVET, "start", "--workers", "2", "--", "true"]
        program = self.activated(*command, sockets=sockets)
        self.assertEqual(program.wait(), 1)
        self.assertIn("3 listeners, 2 workers, each of which serves one", program.err[0])
