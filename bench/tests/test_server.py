"""Starting, verifying and ending servers, and getting targets ready."""

import contextlib
import dataclasses
import gzip
import io
import os
import sys
import tempfile
import unittest
from pathlib import Path

from bench_path import BENCH
from harness import prepare, server
from harness.requests import Request
from harness.server import Server, ServerError
from harness.targets import Scenario, Target, fill

# Answers with the content given as second argument; forks a child that only sleeps; ignores
# SIGTERM when a third argument is there.
PROGRAM = """
import http.server, os, signal, sys, time
if len(sys.argv) > 3:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = sys.argv[2].encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""

SCENARIO = Scenario("x", "/x", 200, "hello", "text/plain", 2, "b", "B", "f", ())
VALUES = {"root": str(BENCH.parent), "bin": tempfile.gettempdir(), "preset": "release"}


def is_running(pid: int) -> bool:
    """False for a zombie as well: its parent only has not looked yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Servers(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="bench-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.core = min(os.sched_getaffinity(0))

    def server(self, *arguments: str) -> Server:
        start = [sys.executable, "-c", PROGRAM, "{port}", *arguments]
        target = Target("t", "T", "ours", start)
        return Server(SCENARIO, target, VALUES, (self.core,), None, self.folder)

    def test_is_pinned_verified_and_ended_with_its_children(self) -> None:
        with self.server("hello") as running:
            pids = running.pids()
            self.assertEqual(len(pids), 2)
            self.assertEqual(os.sched_getaffinity(pids[0]), {self.core})
        self.assertFalse(any(is_running(pid) for pid in pids))
        self.assertFalse((self.folder / "t").exists())

    def test_one_that_ignores_the_signal_is_killed(self) -> None:
        before = server.STOP_SECONDS_MAX
        server.STOP_SECONDS_MAX = 0.5
        self.addCleanup(setattr, server, "STOP_SECONDS_MAX", before)
        with self.server("hello", "stubborn") as running:
            pids = running.pids()
        self.assertFalse(any(is_running(pid) for pid in pids))

    def test_a_wrong_answer_is_an_error_and_ends_it(self) -> None:
        wrong = self.server("jello")
        with self.assertRaisesRegex(ServerError, "jello"):
            wrong.__enter__()
        with self.assertRaises(AssertionError):
            wrong.pids()  # there is no process any more

    def test_the_first_answer_of_a_fresh_process_is_timed(self) -> None:
        running = self.server("hello")
        own = os.sched_getaffinity(0)
        try:
            self.assertGreater(running.start_timed(), 0)
            self.assertEqual(os.sched_getaffinity(running.pids()[0]), {self.core})
            self.assertEqual(os.sched_getaffinity(0), own)
        finally:
            running.stop()

    def test_every_listed_request_is_verified(self) -> None:
        asked = dataclasses.replace(SCENARIO, requests=(Request("/a", answer="jello"),))
        start = [sys.executable, "-c", PROGRAM, "{port}", "hello"]
        target = Target("t", "T", "ours", start)
        with self.assertRaisesRegex(ServerError, "GET /a is answered with 'hello'"):
            Server(asked, target, VALUES, (self.core,), None, self.folder).__enter__()

    def test_compressed_answers_are_compared_as_they_are_decoded(self) -> None:
        program = PROGRAM.replace("sys.argv[2].encode()", "bytes.fromhex(sys.argv[2])")
        field = 'self.send_header("Content-Encoding", "gzip")'
        program = program.replace("self.end_headers()", f"{field}; self.end_headers()")
        for body, fault in ((b"hello", None), (b"jello", "'jello'")):
            start = [sys.executable, "-c", program, "{port}", gzip.compress(body).hex()]
            running = Server(SCENARIO, Target("t", "T", "ours", start), VALUES, (self.core,), None,
                             self.folder)  # fmt: skip
            if fault is None:
                with running:
                    continue
            with self.assertRaisesRegex(ServerError, fault):
                running.__enter__()

    def test_one_of_ours_is_given_a_certificate_and_a_peer_finds_it_in_its_files(self) -> None:
        head, tail = PROGRAM.rsplit("http.server.HTTPServer(", 1)
        program = f"""{head}
import ssl
server = http.server.HTTPServer({tail.replace(").serve_forever()", ")")}
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(os.environ.get("TRIVET_TLS_CERTIFICATE") or open("path").read())
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""
        secured = dataclasses.replace(SCENARIO, tls="full")
        start = [sys.executable, "-c", program, "{port}", "hello"]
        template = self.folder / "template"
        template.write_text("{certificate}")
        ours = Target("t", "T", "ours", start)
        peer = Target("t", "T", "peer", start, files={"path": str(template)})
        for target in (ours, peer):
            with Server(secured, target, VALUES, (self.core,), None, self.folder):
                pass
        with self.assertRaises(ServerError):  # what speaks no TLS
            plain = Target("t", "T", "ours", [sys.executable, "-c", PROGRAM, "{port}", "hello"])
            Server(secured, plain, VALUES, (self.core,), None, self.folder).__enter__()

    def test_one_that_does_not_start_shows_its_last_words(self) -> None:
        target = Target("t", "T", "ours", [sys.executable, "-c", "raise SystemExit('no luck')"])
        failing = Server(SCENARIO, target, VALUES, (self.core,), None, self.folder)
        with self.assertRaisesRegex(ServerError, "no luck"):
            failing.__enter__()

    def test_templates_are_filled_in(self) -> None:
        template = self.folder / "template"
        template.write_text("port {port} of {run} { }")
        program = "import sys; sys.exit(open('conf').read())"
        start = [sys.executable, "-c", program]
        target = Target("t", "T", "ours", start, files={"conf": str(template)})
        reading = Server(SCENARIO, target, VALUES, (self.core,), None, self.folder)
        with self.assertRaisesRegex(ServerError, rf"port {reading.port} of {self.folder}/t {{ }}"):
            reading.__enter__()


class Preparing(unittest.TestCase):
    def target(self, **keys: object) -> Target:
        return Target("t", "T", "ours", ["true"], **keys)  # type: ignore[arg-type]

    def reason(self, target: Target) -> str | None:
        return prepare.prepare([target], VALUES).get("t")

    def test_a_target_that_needs_nothing_is_ready(self) -> None:
        self.assertIsNone(self.reason(self.target(build=(["true"],), probe=["true"])))

    def test_says_why_a_target_is_left_out(self) -> None:
        error = "import sys; sys.exit('first\\nValueError: broken\\nlast')"
        probe = [sys.executable, "-c", error]
        for target, reason in (
            (self.target(needs=("/nowhere/x",)), "not there: /nowhere/x"),
            (self.target(build=(["/nowhere/x"],)), "/nowhere/x"),
            (self.target(build=(["sh", "-c", "echo no luck; exit 1"],)), "no luck"),
            (self.target(probe=probe), "ValueError: broken"),
            (self.target(probe=["/nowhere/x"]), "/nowhere/x"),
        ):
            with self.subTest(reason):
                self.assertIn(reason, self.reason(target) or "")

    def test_installs_what_is_missing_only(self) -> None:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            file = fill("{folder}/x", {"folder": folder})
            target = self.target(needs=(file,), install=(["sh", "-c", f"echo x >> {file}"],))
            for again, lines in ((False, 1), (False, 1), (True, 2)):
                with contextlib.redirect_stdout(io.StringIO()):
                    prepare.install([target], VALUES | {"peers": folder}, again)
                self.assertEqual(Path(file).read_text().count("x"), lines)

    def test_what_targets_share_is_installed_once(self) -> None:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            file = fill("{folder}/x", {"folder": folder})
            steps = (["sh", "-c", f"echo x >> {file}"],)
            two = [Target(n, n, "peer", ["x"], needs=(file,), install=steps) for n in "ab"]
            with contextlib.redirect_stdout(io.StringIO()):
                prepare.install(two, VALUES | {"peers": folder}, True)
            self.assertEqual(Path(file).read_text(), "x\n")

    def test_goes_on_when_a_peer_cannot_be_installed_and_remembers_why(self) -> None:
        steps = (["sh", "-c", "echo no such package; exit 1"],)
        broken = self.target(needs=("/nowhere/x",), install=steps)
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            values = VALUES | {"peers": folder}
            with contextlib.redirect_stdout(io.StringIO()):
                problems = prepare.install([broken], values, again=False)
            self.assertEqual(len(problems), 1)
            reason = prepare.prepare([broken], values)["t"]
            self.assertEqual(reason, "cannot be installed here: no such package")
            mended = self.target(needs=("/nowhere/x",), install=(["true"],))
            with contextlib.redirect_stdout(io.StringIO()):
                prepare.install([mended], values, again=False)
            self.assertIn("not there", prepare.prepare([mended], values)["t"])


if __name__ == "__main__":
    unittest.main()
