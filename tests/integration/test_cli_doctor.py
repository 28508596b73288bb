"""trivet doctor: what it finds on this machine, and on one that lacks something."""

from __future__ import annotations

import errno
import json
import os
import re
import resource
from pathlib import Path
from typing import Any

from harness import START, deny_uring, free_port, taken_port
from test_cli import TRIVET, Command


class Doctor(Command):
    def findings(
        self,
        *flags: object,
        under: tuple[object, ...] = (),
        code: int = 0,
        env: dict[str, str] | None = None,
    ) -> dict[str, dict[str, str]]:
        """By topic. `under` is put in front of the command."""
        command = ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", self.folder, *under, TRIVET]
        clean = {"TRIVET_ENGINE": "", "TRIVET_LOG": "", "TRIVET_CONFIG": "", **(env or {})}
        program = self.program(*command, "doctor", "--json", *flags, env=clean)
        self.assertEqual(program.wait(), code, (program.out, program.err))
        report: dict[str, Any] = json.loads("\n".join(program.out))
        self.assertEqual(report["ok"], code == 0)
        return {item["topic"]: item for item in report["findings"]}

    def test_every_finding_has_a_verdict_and_a_fix_where_one_is_needed(self) -> None:
        found = self.findings("--port", free_port())
        for topic, finding in found.items():
            with self.subTest(topic):
                self.assertIn(finding["verdict"], ("ok", "warn"))
                self.assertNotEqual(finding["what"], "")
                self.assertEqual(finding["fix"] == "", finding["verdict"] == "ok")
        self.assertIn(os.uname().release, found["kernel"]["what"])
        self.assertIn("free", found["address"]["what"])
        for topic in ("trivet", "settings", "io_uring", "engine", "open files", "locked memory"):
            self.assertIn(topic, found)
        for topic in ("core.somaxconn", "ipv4.tcp_max_syn_backlog", "CPUs", "memory"):
            self.assertIn(topic, found)
        for language in ("python", "node", "go", "c"):
            self.assertRegex(found[language]["what"], r"\d+\.\d+")

    def test_a_filter_that_forbids_rings(self) -> None:
        for error in (errno.EPERM, errno.ENOSYS):
            with self.subTest(errno.errorcode[error]):
                found = self.findings("--port", free_port(), under=deny_uring(error))
                self.assertEqual(found["io_uring"]["verdict"], "warn")
                self.assertIn("seccomp", found["io_uring"]["what"] + found["io_uring"]["fix"])
                self.assertIn("io_uring_setup", found["io_uring"]["fix"])
                self.assertRegex(found["engine"]["what"], r"engine = auto runs epoll \(io_uring")
        flags = ("--port", free_port(), "--engine", "uring")
        found = self.findings(*flags, under=deny_uring(errno.EPERM), code=1)
        self.assertEqual(found["io_uring"]["verdict"], "fail")
        self.assertEqual(found["engine"]["verdict"], "fail")

    def test_the_engine_that_is_configured(self) -> None:
        found = self.findings("--port", free_port(), "--engine", "epoll")
        self.assertEqual(found["engine"]["what"], "engine = epoll runs epoll (asked for)")

    def test_limits_of_the_process(self) -> None:
        limit = ("prlimit", "--nofile=256:256")
        found = self.findings("--port", free_port(), under=limit)
        self.assertEqual(found["open files"]["verdict"], "warn")
        self.assertIn("256 allow about 192 connections", found["open files"]["what"])
        self.assertIn("prlimit --nofile=65600", found["open files"]["fix"])
        soft = ("prlimit", f"--nofile=256:{resource.getrlimit(resource.RLIMIT_NOFILE)[1]}")
        few = self.findings("--port", free_port(), "--connections-max", "100", under=soft)
        self.assertEqual(few["open files"]["verdict"], "ok")
        none = self.findings("--port", free_port(), under=("prlimit", "--nofile=32:32"), code=1)
        self.assertEqual(none["open files"]["verdict"], "fail")
        locked = self.findings("--port", free_port(), under=("prlimit", "--memlock=65536:65536"))
        self.assertEqual(locked["locked memory"]["what"], "65536 bytes")

    def test_a_queue_that_is_too_long_for_the_kernel(self) -> None:
        found = self.findings("--port", free_port(), "--backlog", "65535")
        limit = int(Path("/proc/sys/net/core/somaxconn").read_text())
        verdict = "ok" if limit >= 65535 else "warn"
        self.assertEqual(found["core.somaxconn"]["verdict"], verdict)
        self.assertEqual("65535" in found["core.somaxconn"]["fix"], verdict == "warn")
        self.assertEqual(
            self.findings("--port", free_port(), "--backlog", "1")["core.somaxconn"]["verdict"],
            "ok",
        )

    def test_cpus_are_those_of_the_affinity(self) -> None:
        cpu = min(os.sched_getaffinity(0))
        flags = ("--port", free_port(), "--workers", "3")
        found = self.findings(*flags, under=("taskset", "-c", cpu))
        self.assertEqual(found["CPUs"]["verdict"], "warn")
        self.assertIn("1 by affinity; 3 workers", found["CPUs"]["what"])
        self.assertIn("TRIVET_WORKERS=1", found["CPUs"]["fix"])

    def test_who_has_the_port(self) -> None:
        with taken_port() as port:
            found = self.findings("--port", port, code=1)
        self.assertEqual(found["address"]["verdict"], "fail")
        self.assertIn(f"127.0.0.1:{port} is already in use", found["address"]["what"])
        self.assertIn(f"(pid {os.getpid()})", found["address"]["what"])
        free = re.match(r"TRIVET_PORT=(\d+), or end", found["address"]["fix"])
        self.assertTrue(free and int(free[1]) > port, found["address"]["fix"])

    def test_an_address_nobody_has(self) -> None:
        found = self.findings("--host", "not.an.address.invalid", "--port", "0", code=1)
        self.assertEqual(found["address"]["verdict"], "fail")
        self.assertIn("not.an.address.invalid", found["address"]["what"])

    def test_settings_that_are_malformed(self) -> None:
        (self.folder / "trivet.toml").write_text("[server]\nport = -1\n")
        found = self.findings(code=1)
        self.assertEqual(found["settings"]["verdict"], "fail")
        self.assertIn("trivet.toml:2: port is -1", found["settings"]["what"])
        self.assertNotIn("address", found)
        (self.folder / "trivet.toml").unlink()
        fault = self.fault(2, "doctor", "--port", "x")
        self.assertIn("--port is 'x', allowed are 0 to 65535", fault)

    def test_a_language_that_is_missing(self) -> None:
        (self.folder / "trivet.toml").write_text('[app]\nlanguage = "node"\n')
        (self.folder / "bin").mkdir()
        for name in ("sh", "prlimit", "env"):
            (self.folder / "bin" / name).symlink_to(f"/bin/{name}")
        env = {"PATH": str(self.folder / "bin")}
        found = self.findings("--port", free_port(), code=1, env=env)
        self.assertEqual(found["node"]["verdict"], "fail")
        self.assertIn("install node 20", found["node"]["fix"])
        self.assertEqual(found["go"]["verdict"], "ok")
        self.assertIn("not found", found["go"]["what"])

    def test_text_for_people(self) -> None:
        program = self.trivet("doctor", "--port", free_port())
        self.assertEqual(program.wait(), 0, program.err)
        text = "\n".join(program.out)
        self.assertRegex(text, r"(?m)^ok    trivet +\d+\.\d+\.\d+, ABI \d+$")
        self.assertNotIn("\x1b", text)
        with taken_port() as port:
            program = self.trivet("doctor", "--port", port)
            self.assertEqual(program.wait(), 1)
        text = "\n".join(program.out)
        self.assertRegex(text, r"(?m)^fail  address .*in use.*\n +fix: TRIVET_PORT=")

    def test_it_leaves_the_port_to_the_app(self) -> None:
        port = free_port()
        self.findings("--port", port)
        program = self.trivet(
            "start", "--port", port, "--workers", "1", "--", START, "c", "--port", port
        )
        self.assertEqual(program.ready().port, port)
        program.stop()
