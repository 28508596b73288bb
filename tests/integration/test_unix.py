"""Programs that listen on a Unix socket, with clients of all sorts."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
from pathlib import Path

from harness import DEADLINE_S, ENGINES, PRESET, ROOT, START, Case, Program, wait_for

TRIVET = ROOT / "build" / PRESET / "cli" / "trivet"


class UnixSockets(Case):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="trivet-unix-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = self.folder / "app.sock"
        self.driver("c", "auto").stop()  # may be built first

    def start(self, *flags: object) -> Program:
        return self.program(START, "c", "--port", "8000", "--host", f"unix:{self.path}", *flags)

    def serving(self, *flags: object, workers: int = 1) -> Program:
        return self.ready(self.start(*flags), workers)

    def ready(self, program: Program, workers: int = 1) -> Program:
        wait_for(lambda: len(program.out) >= workers or program.process.poll() is not None, "READY")
        self.assertEqual(program.out[:workers], ["READY 0"] * workers, program.err[-10:])
        return program

    def connect(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX)
        self.addCleanup(client.close)
        client.settimeout(DEADLINE_S)
        client.connect(str(self.path))
        return client

    def curl(self, target: str = "/hello") -> str:
        command = ["curl", "-sS", "--unix-socket", self.path, f"http://localhost{target}"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def pid(self) -> int:
        return int(json.loads(self.curl("/ops/worker"))["pid"])

    def test_curl_is_answered_and_the_file_is_removed(self) -> None:
        for engine, name in ENGINES.items():
            for flags, workers in (((), 1), (("--threads", "2"), 1), (("--workers", "2"), 2)):
                with self.subTest(engine, flags=flags):
                    program = self.serving("--engine", engine, *flags, workers=workers)
                    self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o660)
                    for _ in range(5):
                        self.assertEqual(self.curl(), "Hello, World!")
                    info = json.loads(self.curl("/ops/info"))
                    self.assertEqual(info["engine"], name)
                    self.assertIn(f" · unix:{self.path} · ", program.said("^trivet [0-9]"))
                    program.stop()
                    self.assertFalse(self.path.exists())

    def test_trivet_start_serves_with_two_workers_of_which_one_is_killed(self) -> None:
        command = [TRIVET, "start", "--host", f"unix:{self.path}", "--workers", "2"]
        program = self.ready(self.program(*command, "--", START, "c", "--port", "1"), 2)
        wait_for(lambda: len({self.pid() for _ in range(8)}) == 2, "both workers")
        os.kill(self.pid(), signal.SIGKILL)
        for _ in range(20):
            self.assertEqual(self.curl(), "Hello, World!")
        wait_for(lambda: len(program.out) >= 3, "another worker")
        program.stop()
        self.assertFalse(self.path.exists())

    def test_trivet_dev_holds_the_socket(self) -> None:
        command = [TRIVET, "dev", "--host", f"unix:{self.path}", "--", START, "c", "--port", "1"]
        with contextlib.chdir(self.folder):
            program = self.program(*command)
        program.said("ready in")
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o660)
        self.assertEqual(self.curl(), "Hello, World!")
        self.assertIn(f" · unix:{self.path} · inherited listener", program.said("^trivet [0-9]"))
        program.signal()
        self.assertEqual(program.wait(), 0, program.err)
        self.assertFalse(self.path.exists())

    def test_what_waits_when_the_drain_begins_is_answered(self) -> None:
        program = self.serving("--workers", "2", workers=2)
        clients = [self.connect() for _ in range(20)]
        for client in clients:
            client.sendall(b"GET /sleep/100 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        program.signal()
        for client in clients:
            self.assertIn(b" 200 ", client.makefile("rb").read())
        program.stop()

    def test_a_killed_program_leaves_a_file_that_the_next_one_replaces(self) -> None:
        first = self.serving()
        first.process.kill()
        first.process.wait()
        self.assertTrue(self.path.exists())

        def is_refused() -> bool:
            try:
                self.connect()
            except ConnectionRefusedError:
                return True
            return False

        # The kernel closes what a ring holds a moment after the process has ended.
        wait_for(is_refused, "the end of the listener")
        second = self.serving()
        self.assertEqual(self.curl(), "Hello, World!")
        third = self.start()
        self.assertEqual(third.wait(), 1)
        third.said(f"unix:{self.path} is already in use")
        self.assertEqual(self.curl(), "Hello, World!")
        second.stop()

    def test_a_connection_of_no_address_is_not_counted_by_it(self) -> None:
        self.serving("--connections-per-address-max", "1")
        clients = [self.connect() for _ in range(5)]
        for client in clients:
            client.sendall(b"GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            self.assertIn(b"Hello, World!", client.makefile("rb").read())
