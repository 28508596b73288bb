"""Programs that listen on several addresses, and behind a proxy that speaks the PROXY protocol."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import ssl
import tempfile
from pathlib import Path
from typing import Any

from authority import HOST, Authority
from harness import (
    DEADLINE_S,
    LANGS,
    PRESET,
    ROOT,
    START,
    Case,
    Client,
    Program,
    fetch,
    free_port,
    op,
    wait_for,
)

TRIVET = ROOT / "build" / PRESET / "cli" / "trivet"
HELLO = b"Hello, World!"
PROXY_LINE = b"PROXY TCP4 192.0.2.7 203.0.113.1 4711 443\r\n"


class Listening(Case):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="trivet-listen-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = self.folder / "app.sock"
        self.authority = Authority(self.folder)
        self.certificate, self.key = self.authority.sign("server")
        self.tls = {
            "TRIVET_TLS_CERTIFICATE": str(self.certificate),
            "TRIVET_TLS_KEY": str(self.key),
        }

    def secure(self, port: int) -> bytes:
        connection = http.client.HTTPSConnection(
            HOST, port, timeout=DEADLINE_S, context=self.authority.trusting()
        )
        self.addCleanup(connection.close)
        connection.request("GET", "/hello")
        return connection.getresponse().read()

    def local(self) -> Client:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(DEADLINE_S)
        connection.connect(str(self.path))
        self.addCleanup(connection.close)
        return Client(0, connection)

    @staticmethod
    def shared_port(program: Program) -> int:
        line = program.said("also listening on")
        return int(line.split("127.0.0.1:")[1].split()[0].rstrip(","))


class Addresses(Listening):
    def expect_all(self, program: Program) -> None:
        """TLS at the first address, none at the two others."""
        shared = self.shared_port(program)
        for _ in range(5):
            self.assertEqual(self.secure(program.port), HELLO)
            self.assertEqual(fetch(shared, "/hello"), (200, HELLO))
            self.assertEqual(self.local().get("/hello").content, HELLO)
        self.assertEqual(op(shared, "client")["scheme"], "http")

    def env(self) -> dict[str, str]:
        return self.tls | {"TRIVET_ALSO_LISTEN": f"127.0.0.1:0 plain, unix:{self.path} plain"}

    def test_every_language_serves_at_each_of_them(self) -> None:
        for lang in LANGS:
            for workers in (1, 2):
                with self.subTest(lang, workers=workers):
                    program = self.driver(lang, "auto", workers=workers, env=self.env())
                    self.expect_all(program)
                    program.stop()
                    self.assertFalse(self.path.exists())

    def test_loops_of_a_process_and_forked_workers_share_them(self) -> None:
        for lang, *flags in (
            ("c", "--threads", "2"),
            ("go", "--threads", "2"),
            ("c", "--fork", "--workers", "2"),
            ("python", "--fork", "--workers", "2"),
        ):
            with self.subTest(lang, flags=flags):
                workers = 2 if "--workers" in flags else 1
                command = [START, lang, "--port", "0", *flags]
                program = self.program(*command, env=self.env()).ready(workers)
                self.expect_all(program)
                program.stop()
                self.assertFalse(self.path.exists())

    def test_trivet_start_binds_them_for_its_workers(self) -> None:
        self.driver("c", "auto").stop()  # may be built first
        flags = ["--port", "0", "--workers", "2", "--also-listen", f"127.0.0.1:0,unix:{self.path}"]
        command = [TRIVET, "start", *flags, "--", START, "c", "--port", "1"]
        program = self.program(*command).ready(2)
        shared = self.shared_port(program)
        pids = {op(shared, "worker")["pid"] for _ in range(50)}
        self.assertLessEqual(len(pids), 2)
        self.assertEqual(self.local().get("/hello").content, HELLO)
        os.kill(pids.pop(), 9)
        for _ in range(20):
            self.assertEqual(fetch(shared, "/hello"), (200, HELLO))
        program.stop()
        self.assertFalse(self.path.exists())

    def test_a_program_that_was_not_started_with_them_says_so(self) -> None:
        self.driver("c", "auto").stop()
        program = self.program(
            *(TRIVET, "start", "--port", "0", "--workers", "1", "--"),
            *("sh", "-c", f"TRIVET_ALSO_LISTEN=unix:{self.path} exec {START} c --port 1"),
        ).ready()
        program.said("also_listen is for who starts the workers")
        self.assertFalse(self.path.exists())
        program.stop()

    def test_what_is_wrong_names_the_key(self) -> None:
        self.driver("c", "auto").stop()
        for env, words in (
            ({"TRIVET_ALSO_LISTEN": "example.com:80"}, "TRIVET_ALSO_LISTEN is 'example.com:80'"),
            ({"TRIVET_PROXY_PROTOCOL": "on"}, "proxy_protocol is on, and trusted_proxies"),
            ({"TRIVET_ALSO_LISTEN": "127.0.0.1:0 proxy"}, "also_listen has an address with proxy"),
        ):
            with self.subTest(env):
                program = self.program(START, "c", "--port", "0", env=env)
                self.assertNotEqual(program.wait(), 0)
                self.assertIn(words, "\n".join(program.err))


class Proxies(Listening):
    """HAProxy in front."""

    def setUp(self) -> None:
        super().setUp()
        unpacked = ROOT / "build" / "haproxy" / "usr" / "sbin" / "haproxy"
        self.haproxy = unpacked if unpacked.exists() else Path("/usr/sbin/haproxy")

    def front(self, server: str, bind: str = "") -> int:
        """A proxy whose connections go on to a server; its port."""
        port = free_port()
        file = self.folder / f"haproxy-{port}.cfg"
        file.write_text(
            "defaults\n  mode tcp\n  timeout connect 10s\n  timeout client 60s\n"
            "  timeout server 60s\n"
            f"listen app\n  bind 127.0.0.1:{port} {bind}\n  server app {server}\n"
        )
        self.program(self.haproxy, "-db", "-f", file).answering(port)
        return port

    def serve(self, lang: str = "c", **env: str) -> Program:
        trusting = {"TRIVET_PROXY_PROTOCOL": "on", "TRIVET_TRUSTED_PROXIES": "127.0.0.1, unix"}
        return self.driver(lang, "auto", env=trusting | env)

    def ask(self, port: int, context: ssl.SSLContext | None = None) -> tuple[dict[str, Any], int]:
        """Whom the program takes the client for, and the port that he really has."""
        plain = socket.create_connection(("127.0.0.1", port), DEADLINE_S)
        self.addCleanup(plain.close)
        own = plain.getsockname()[1]
        connection = plain if context is None else context.wrap_socket(plain, server_hostname=HOST)
        self.addCleanup(connection.close)
        return Client(0, connection).op("client"), own

    def expect_client(self, port: int, scheme: str, context: ssl.SSLContext | None = None) -> None:
        told, own = self.ask(port, context)
        self.assertEqual((told["address"], told["port"]), ("127.0.0.1", own))
        self.assertEqual((told["scheme"], told["hops"], told["forwarded"]), (scheme, 1, True))

    def test_both_versions_name_the_client_in_every_language(self) -> None:
        for lang in LANGS:
            program = self.serve(lang)
            for version in ("send-proxy", "send-proxy-v2"):
                with self.subTest(lang, version=version):
                    port = self.front(f"127.0.0.1:{program.port} {version}")
                    self.expect_client(port, "http")
            program.stop()

    def test_a_proxy_that_takes_tls_off_says_so(self) -> None:
        both = self.folder / "both.pem"
        both.write_text(self.certificate.read_text() + self.key.read_text())
        program = self.serve()
        server = f"127.0.0.1:{program.port} send-proxy-v2-ssl-cn proxy-v2-options crc32c,unique-id"
        port = self.front(server, f"ssl crt {both}")
        context = self.authority.trusting()
        self.expect_client(port, "https", context)
        told, _ = self.ask(port, context)
        self.assertIsNone(told["tls"], "the connection itself has none")
        program.stop()

    def test_tls_goes_through_the_proxy(self) -> None:
        program = self.serve(**self.tls)
        port = self.front(f"127.0.0.1:{program.port} send-proxy-v2")
        self.expect_client(port, "https", self.authority.trusting())
        told, _ = self.ask(port, self.authority.trusting())
        self.assertEqual(told["tls"]["version"], "TLSv1.3")
        program.stop()

    def test_a_unix_socket_behind_it(self) -> None:
        program = self.driver(
            *("c", "auto"),
            env={
                "TRIVET_ALSO_LISTEN": f"unix:{self.path} proxy",
                "TRIVET_TRUSTED_PROXIES": "unix",
            },
        )
        self.expect_client(self.front(f"{self.path} send-proxy"), "http")
        self.assertEqual(fetch(program.port, "/hello"), (200, HELLO))
        program.stop()

    def test_its_health_checks_are_no_clients(self) -> None:
        program = self.serve(TRIVET_LOG="debug")
        port = self.front(f"127.0.0.1:{program.port} send-proxy-v2 check inter 50 check-send-proxy")
        wait_for(lambda: sum("closed" in line for line in program.err) >= 3, "checks")
        self.expect_client(port, "http")
        self.assertFalse([line for line in program.err if "refused" in line])
        program.stop()

    def test_without_a_header_nothing_is_answered(self) -> None:
        for env in ({}, self.tls):
            program = self.serve(**env)
            client = self.client(program.port)
            client.send(b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertTrue(client.is_closed())
            program.said("connection refused: the connection does not begin with a PROXY protocol")
            program.stop()

    def test_whoever_is_no_trusted_proxy_is_not_listened_to(self) -> None:
        program = self.serve(TRIVET_TRUSTED_PROXIES="10.0.0.0/8")
        client = self.client(program.port)
        self.assertTrue(client.is_closed())
        program.said("connection refused: its address is none of trusted_proxies")
        program.stop()

    def test_a_slow_header_is_cut_off(self) -> None:
        program = self.serve(TRIVET_HEAD_TIMEOUT_MS="300")
        client = self.client(program.port)
        client.send(PROXY_LINE[:-1])
        self.assertTrue(client.is_closed())
        program.stop()
