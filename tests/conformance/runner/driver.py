"""A driver process: starts it, reads what it says, ends it and looks at what it leaves behind."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Mapping
from pathlib import Path

START = Path(__file__).resolve().parent.parent / "start"
READY_S = 240.0
EXIT_S = 40.0
LINES_MAX = 100_000
SANITIZER = re.compile(r"(Address|Leak|Thread|Memory|UndefinedBehavior)Sanitizer|runtime error:")
CRASH = re.compile(
    r"Traceback \(most recent call last\)|^panic:|^fatal error:|UnhandledPromise|uncaughtException"
)


class DriverError(Exception):
    """The driver did not start."""


class Driver:
    """One running driver. Everything it writes to standard error is kept, line by line."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.port = port
        self.lines: list[str] = []
        self._changed = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, lang: str, arguments: list[str], env: Mapping[str, str]) -> Driver:
        process = await asyncio.create_subprocess_exec(
            str(START),
            lang,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **env},
            start_new_session=True,
        )
        driver = cls(process, 0)
        assert process.stdout is not None
        try:
            line = (await asyncio.wait_for(process.stdout.readline(), READY_S)).decode()
        except TimeoutError:
            line = ""
        match = re.fullmatch(r"READY (\d+)\n", line)
        if match is None:
            await driver.stop()
            raise DriverError(
                f"expected READY <port>, got {line!r}\n" + "\n".join(driver.lines[-20:])
            )
        driver.port = int(match.group(1))
        return driver

    async def _read(self) -> None:
        assert self.process.stderr is not None
        while line := await self.process.stderr.readline():
            if len(self.lines) < LINES_MAX:
                self.lines.append(line.decode(errors="replace").rstrip("\n"))
            self._changed.set()
        self._changed.set()

    def matching(self, pattern: str, since: int = 0) -> list[str]:
        return [line for line in self.lines[since:] if re.search(pattern, line)]

    async def wait_line(self, pattern: str, since: int, deadline_s: float) -> list[str]:
        """Waits for a line that matches; gives all that do, none when the time is over."""
        try:
            async with asyncio.timeout(deadline_s):
                while not self.matching(pattern, since) and not self._reading.done():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pass
        return self.matching(pattern, since)

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
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
            complaints.append("processes were left behind")
        except ProcessLookupError:
            pass
        await asyncio.wait({self._reading}, timeout=5)
        complaints += [f"on standard error: {line}" for line in self.matching(SANITIZER.pattern)]
        complaints += [f"on standard error: {line}" for line in self.matching(CRASH.pattern)]
        return complaints
