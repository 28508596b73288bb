"""A driver: starts it, reads what it says, ends it and looks at what it leaves behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import secrets
import signal
from collections.abc import Mapping
from pathlib import Path

from runner.folder import VARIABLE as FOLDER
from runner.folder import folder

START = Path(__file__).resolve().parent.parent / "start"
READY_S = 240.0
EXIT_S = 40.0
LINES_MAX = 100_000
# Set in the environment of a driver, so that whatever it started is found wherever it went.
MARK = "TRIVET_CONFORMANCE"
SANITIZER = re.compile(r"(Address|Leak|Thread|Memory|UndefinedBehavior)Sanitizer|runtime error:")
CRASH = re.compile(
    r"Traceback \(most recent call last\)|^panic:|^fatal error:|UnhandledPromise|uncaughtException"
)


class DriverError(Exception):
    """The driver did not start."""


class Lines:
    """What a driver writes to one stream, kept line by line."""

    def __init__(self, stream: asyncio.StreamReader | None) -> None:
        assert stream is not None
        self.all: list[str] = []
        self._changed = asyncio.Event()
        self.reading = asyncio.create_task(self._read(stream))

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            if len(self.all) < LINES_MAX:
                self.all.append(line.decode(errors="replace").rstrip("\n"))
            self._changed.set()
        self._changed.set()

    def matching(self, pattern: str, since: int = 0) -> list[str]:
        return [line for line in self.all[since:] if re.search(pattern, line)]

    async def wait(self, pattern: str, since: int, count: int, deadline_s: float) -> list[str]:
        """Waits for so many lines that match; gives those there are at the end or in time."""
        try:
            async with asyncio.timeout(deadline_s):
                while len(self.matching(pattern, since)) < count and not self.reading.done():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pass
        return self.matching(pattern, since)


class Driver:
    """One running driver: a process, or a supervisor and its workers."""

    def __init__(self, process: asyncio.subprocess.Process, mark: str, workers: int) -> None:
        self.process = process
        self.port: int | str = 0  # or the path of a Unix socket
        self.out = Lines(process.stdout)
        self.err = Lines(process.stderr)
        self._mark = mark
        self._workers = workers

    @classmethod
    async def start(
        cls, lang: str, arguments: list[str], env: Mapping[str, str], workers: int = 1
    ) -> Driver:
        mark = secrets.token_hex(8)
        process = await asyncio.create_subprocess_exec(
            str(START),
            lang,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **env, MARK: mark, FOLDER: str(folder())},
            start_new_session=True,
        )
        driver = cls(process, mark, workers)
        complaint = await driver.ready()
        if complaint:
            await driver.stop()
            raise DriverError(f"{complaint}\n" + "\n".join(driver.err.all[-20:]))
        return driver

    async def ready(self) -> str:
        """Waits for READY from each worker. Gives a complaint, empty when all is well."""
        await self.out.wait("", 0, self._workers, READY_S)
        said = list(self.out.all)
        ports = {match[1] for line in said if (match := re.fullmatch(r"READY (\d+)", line))}
        if len(said) != self._workers or len(ports) != 1:
            return f"expected READY <port>, {self._workers} times, got {said}"
        self.port = int(ports.pop())
        return ""

    async def stop(self) -> list[str]:
        """SIGTERM, then everything that must hold at the end. Gives complaints."""
        complaints = []
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = await asyncio.wait_for(self.process.wait(), EXIT_S)
        except TimeoutError:
            complaints.append(f"still running {EXIT_S:.0f} s after SIGTERM")
            os.killpg(self.process.pid, signal.SIGKILL)
            code = await self.process.wait()
        if code != 0:
            complaints.append(f"exit code {code}")
        left = marked(self._mark)
        for pid, name in left.items():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            complaints.append(f"process {pid} was left behind: {name}")
        await asyncio.wait({self.out.reading, self.err.reading}, timeout=5)
        said = self.out.all[self._workers :]
        if said != ["STOPPED"] * self._workers:
            complaints.append(f"expected STOPPED from {self._workers} at the end, got {said}")
        for pattern in (SANITIZER, CRASH):
            lines = self.err.matching(pattern.pattern)
            complaints += [f"on standard error: {line}" for line in lines]
        return complaints


def marked(mark: str) -> dict[int, str]:
    """The processes that were started with a mark in their environment, with their commands."""
    wanted = f"{MARK}={mark}".encode()
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            if wanted in Path(f"/proc/{entry}/environ").read_bytes().split(b"\0"):
                command = Path(f"/proc/{entry}/cmdline").read_bytes().split(b"\0")
                found[int(entry)] = b" ".join(command).decode(errors="replace").strip()
        except OSError:
            continue  # it has ended, or is somebody else's
    return found
