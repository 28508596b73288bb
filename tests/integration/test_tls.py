"""Programs whose connections are secured by TLS, with clients of OpenSSL's."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
from pathlib import Path

from authority import HOST, Authority
from harness import DEADLINE_S, ENGINES, START, Case, PeerQueue, Program, wait_for

HELLO = "Hello, World!"


class Tls(Case):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="trivet-tls-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.authority = Authority(self.folder)
        self.certificate, self.key = self.authority.sign("server")
        self.env = {
            "TRIVET_TLS_CERTIFICATE": str(self.certificate),
            "TRIVET_TLS_KEY": str(self.key),
        }

    def connect(self, port: int, context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", port), DEADLINE_S)
        self.addCleanup(plain.close)
        secured = (context or self.authority.trusting()).wrap_socket(plain, server_hostname=HOST)
        self.addCleanup(secured.close)
        return secured

    def fetch(
        self, port: int, target: str = "/hello", context: ssl.SSLContext | None = None
    ) -> str:
        connection = http.client.HTTPSConnection(
            HOST, port, timeout=DEADLINE_S, context=context or self.authority.trusting()
        )
        with contextlib.closing(connection):
            connection.request("GET", target)
            response = connection.getresponse()
            self.assertEqual(response.status, 200)
            return response.read().decode()

    def subject(self, port: int) -> str:
        with self.connect(port) as connection:
            certificate = connection.getpeercert()
            assert certificate is not None
            return dict(pair[0] for pair in certificate["subject"])["commonName"]

    def serve(self, *flags: str, workers: int = 1, **env: str) -> Program:
        return self.driver("c", "auto", *flags, workers=workers, env={**self.env, **env})

    def test_both_versions_are_spoken_in_every_language(self) -> None:
        for lang in ("c", "cffi", "python", "node", "go"):
            for engine in ENGINES if lang == "c" else ("auto",):
                with self.subTest(lang, engine=engine):
                    program = self.driver(lang, engine, env=self.env)
                    self.assertIn(
                        f"https://127.0.0.1:{program.port}", program.said("^trivet [0-9]")
                    )
                    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                        context = self.authority.trusting()
                        context.minimum_version = context.maximum_version = version
                        with self.connect(program.port, context) as connection:
                            self.assertEqual(connection.selected_alpn_protocol(), "http/1.1")
                        self.assertEqual(self.fetch(program.port, context=context), HELLO)
                    program.stop()

    def test_workers_and_threads_serve_with_it(self) -> None:
        for flags, workers in ((("--threads", "2"), 1), ((), 2), (("--fork",), 2)):
            with self.subTest(flags=flags, workers=workers):
                program = self.serve(*flags, workers=workers)
                self.assertIn("https://", program.said("^trivet [0-9]"))
                for _ in range(10):
                    self.assertEqual(self.fetch(program.port), HELLO)
                program.stop()

    def test_old_versions_and_ciphers_without_forward_secrecy_are_refused(self) -> None:
        program = self.serve()
        for option in ("-tls1", "-tls1_1", "-tls1_2 -cipher AES128-SHA:@SECLEVEL=0"):
            command = ["openssl", "s_client", "-connect", f"127.0.0.1:{program.port}"]
            ended = subprocess.run(
                [*command, *option.split()], input=b"", capture_output=True, timeout=DEADLINE_S
            )
            self.assertNotEqual(ended.returncode, 0, option)
        self.assertEqual(self.fetch(program.port), HELLO)
        program.stop()

    def test_min_version_holds(self) -> None:
        program = self.serve(TRIVET_TLS_MIN_VERSION="1.3")
        context = self.authority.trusting()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises(ssl.SSLError):
            self.connect(program.port, context)
        self.assertEqual(self.fetch(program.port), HELLO)
        program.stop()

    def test_a_client_without_tls_is_told(self) -> None:
        program = self.serve()
        for method in ("GET", "DELETE", "OPTIONS", "PROPFIND"):
            client = self.client(program.port)
            client.send(f"{method} /hello HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            response = client.response()
            self.assertEqual(response.status, 400, method)
            self.assertIn(b"HTTPS", response.content)
            self.assertTrue(client.is_closed())
        program.stop()

    def test_a_client_that_says_nothing_is_closed_and_holds_up_nobody(self) -> None:
        program = self.serve("--head-timeout-ms", "700")
        silent = [socket.create_connection(("127.0.0.1", program.port)) for _ in range(50)]
        half = [socket.create_connection(("127.0.0.1", program.port)) for _ in range(50)]
        for one in half:
            one.sendall(b"\x16\x03\x01\x02\x00\x01")
        self.assertEqual(self.fetch(program.port), HELLO)
        for one in silent + half:
            one.settimeout(DEADLINE_S)
            with contextlib.suppress(ConnectionResetError):
                while one.recv(100):  # an alert may come first
                    pass
            one.close()
        self.assertEqual(self.fetch(program.port), HELLO)
        program.stop()

    def test_certificates_are_exchanged_under_load_without_a_failed_request(self) -> None:
        program = self.serve(workers=2)
        kept = self.connect(program.port)
        failures: list[BaseException] = []
        is_done = threading.Event()
        counts = [0, 0, 0]

        def ask(number: int) -> None:
            context = self.authority.trusting()
            while not is_done.is_set():
                try:
                    if self.fetch(program.port, context=context) != HELLO:
                        raise AssertionError("another answer")
                except BaseException as error:
                    failures.append(error)
                    return
                counts[number] += 1

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(counts))]
        for thread in threads:
            thread.start()
        serials = {self.serial(program.port)}
        for _ in range(3):
            self.authority.sign("server")
            wait_for(lambda: self.serial(program.port) not in serials, "the new certificate")
            serials.add(self.serial(program.port))
        is_done.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertGreater(min(counts), 0)
        kept.sendall(b"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer = b""
        while piece := kept.recv(1000):
            answer += piece
        self.assertIn(HELLO.encode(), answer)
        program.stop()

    def serial(self, port: int) -> str:
        with self.connect(port) as connection:
            certificate = connection.getpeercert()
            assert certificate is not None
            return str(certificate["serialNumber"])

    def test_a_host_has_its_certificate(self) -> None:
        other, other_key = self.authority.sign("other", "other.example")
        program = self.serve(
            TRIVET_TLS_CERTIFICATE=f"{self.certificate},{other}",
            TRIVET_TLS_KEY=f"{self.key},{other_key}",
        )
        context = self.authority.trusting()
        for host, name in ((HOST, "server"), ("other.example", "other")):
            plain = socket.create_connection(("127.0.0.1", program.port), DEADLINE_S)
            with context.wrap_socket(plain, server_hostname=host) as connection:
                certificate = connection.getpeercert()
                assert certificate is not None
                self.assertEqual(certificate["subject"], ((("commonName", name),),))
        program.stop()

    def test_a_session_is_taken_up_again(self) -> None:
        for timeout, is_resumed in (("1d", True), ("0", False)):
            program = self.serve(TRIVET_TLS_SESSION_TIMEOUT_MS=timeout)
            context = self.authority.trusting()
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            first = self.connect(program.port, context)
            session = first.session
            first.close()
            plain = socket.create_connection(("127.0.0.1", program.port), DEADLINE_S)
            with context.wrap_socket(plain, server_hostname=HOST, session=session) as again:
                self.assertEqual(again.session_reused, is_resumed)
            program.stop()

    def resumes(self, port: int, context: ssl.SSLContext, session: ssl.SSLSession | None) -> bool:
        plain = socket.create_connection(("127.0.0.1", port), DEADLINE_S)
        with context.wrap_socket(plain, server_hostname=HOST, session=session) as connection:
            connection.sendall(b"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            while connection.recv(1000):
                pass
            self.session = connection.session  # that of 1.3 comes behind the handshake
            return connection.session_reused is True

    def test_a_session_is_taken_up_again_by_other_workers_and_with_other_certificates(self) -> None:
        for flags in ((), ("--fork",)):
            program = self.serve(*flags, workers=3)
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                with self.subTest(flags=flags, version=version):
                    self.check_resumption(program, version)
            program.stop()

    def check_resumption(self, program: Program, version: ssl.TLSVersion) -> None:
        context = self.authority.trusting()
        context.minimum_version = context.maximum_version = version
        self.resumes(program.port, context, None)
        session = self.session
        for _ in range(12):
            self.assertTrue(self.resumes(program.port, context, session))
        serial = self.serial(program.port)
        self.authority.sign("server")
        wait_for(lambda: self.serial(program.port) != serial, "the new certificate")
        self.assertTrue(self.resumes(program.port, context, session))
        program.out.clear()
        program.signal(signal.SIGHUP)
        wait_for(lambda: program.out.count("STOPPED") == 3, "three other workers")
        for _ in range(12):
            self.assertTrue(self.resumes(program.port, context, session))

    def test_every_language_is_told_of_the_certificate_that_a_client_has_shown(self) -> None:
        env = {
            **self.env,
            "TRIVET_TLS_CLIENT_AUTH": "required",
            "TRIVET_TLS_CLIENT_CA": str(self.authority.certificate),
        }
        certificate, key = self.authority.sign("client")
        der = ssl.PEM_cert_to_DER_cert(certificate.read_text())
        fingerprint = hashlib.sha256(der).hexdigest()
        for lang in ("c", "cffi", "python", "node", "go"):
            with self.subTest(lang):
                program = self.driver(lang, "auto", env=env)
                context = self.authority.trusting()
                context.load_cert_chain(certificate, key)
                told = json.loads(self.fetch(program.port, "/ops/client", context))
                self.assertEqual(
                    told["tls"]["certificate"],
                    {"subject": "CN=client", "fingerprint": fingerprint, "bytes": len(der)},
                )
                program.stop()

    def test_clients_without_a_certificate_are_refused_where_one_is_required(self) -> None:
        for auth, is_served in (("required", False), ("optional", True)):
            with self.subTest(auth):
                program = self.serve(
                    TRIVET_TLS_CLIENT_AUTH=auth,
                    TRIVET_TLS_CLIENT_CA=str(self.authority.certificate),
                )
                if is_served:
                    self.assertEqual(self.fetch(program.port), HELLO)
                else:
                    with self.assertRaises(
                        (ssl.SSLError, ConnectionError, http.client.HTTPException)
                    ):
                        self.fetch(program.port)
                context = self.authority.trusting()
                certificate, key = self.authority.sign("client")
                context.load_cert_chain(certificate, key)
                told = json.loads(self.fetch(program.port, "/ops/client", context))
                der = ssl.PEM_cert_to_DER_cert(certificate.read_text())
                shown = {
                    "subject": "CN=client",
                    "fingerprint": hashlib.sha256(der).hexdigest(),
                    "bytes": len(der),
                }
                self.assertEqual(told["tls"]["certificate"], shown)
                self.assertEqual(told["tls"]["server_name"], HOST)
                stranger = Authority(Path(tempfile.mkdtemp(dir=self.folder)))
                context = self.authority.trusting()
                context.load_cert_chain(*stranger.sign("stranger"))
                with self.assertRaises((ssl.SSLError, ConnectionError, http.client.HTTPException)):
                    self.fetch(program.port, context=context)
                program.stop()

    def test_settings_that_cannot_hold_end_the_start_and_are_named(self) -> None:
        nowhere = str(self.folder / "nowhere.pem")
        for env, words in (
            (
                {"TRIVET_TLS_CERTIFICATE": nowhere},
                "tls_certificate: '.*nowhere.pem' cannot be read",
            ),
            ({**self.env, "TRIVET_TLS_KEY": nowhere}, "tls_key: '.*nowhere.pem' cannot be read"),
            ({"TRIVET_TLS_KEY": str(self.key)}, "tls_key is set, and tls_certificate is not"),
            ({**self.env, "TRIVET_TLS_CLIENT_AUTH": "required"}, "tls_client_ca, whom to trust"),
            ({**self.env, "TRIVET_TLS_MIN_VERSION": "1.1"}, "TRIVET_TLS_MIN_VERSION is '1.1'"),
        ):
            for flags in ((), ("--workers", "2")):
                with self.subTest(words, flags=flags):
                    program = self.program(START, "c", "--port", "0", *flags, env=env)
                    self.assertNotEqual(program.wait(), 0)
                    program.said(words)

    def test_a_drain_ends_connections_with_close_notify(self) -> None:
        program = self.serve()
        idle = self.connect(program.port)
        idle.suppress_ragged_eofs = False
        busy = self.connect(program.port)
        busy.sendall(b"GET /sleep/300 HTTP/1.1\r\nHost: a\r\n\r\n")
        with contextlib.closing(PeerQueue()) as queue:
            wait_for(lambda: queue.unread(busy) == 0, "the loop to read")
        program.signal()
        answer = b""
        busy.suppress_ragged_eofs = False
        while piece := busy.recv(1000):
            answer += piece
        self.assertIn(b"slept", answer)
        self.assertEqual(idle.recv(1), b"")
        self.assertEqual(program.wait(), 0)
