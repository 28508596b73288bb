"""One shell for a page, so that `cd` and `export` hold for what follows, and its programs."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

COMMAND_S = 150
START_S = 60


class CommandError(Exception):
    """A command did not do what the page says; the text shows what it did."""


@dataclass
class Served:
    """A program that runs beside the page's commands."""

    command: str
    pid: int
    output: Path


class Shell:
    """bash with job control, as at a terminal: a program in the background has its own group and
    takes SIGINT.
    """

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.cwd = folder
        self._files = Path(tempfile.mkdtemp(prefix="shell-", dir=folder.parent))
        self._count = 0
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=env,
            text=True,
            bufsize=1,
            start_new_session=True,
        )
        # What still runs ends with the shell, also when this program is killed.
        self._say("set -m; trap 'for job in $(jobs -p); do kill -9 -- -$job; done' EXIT")

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _hear(self, mark: str) -> list[str]:
        """The words behind a mark that the shell was told to print."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(mark):
                return line[len(mark) :].strip().split(" ", 1)
        raise CommandError("the shell has ended")

    def _file(self, kind: str) -> Path:
        self._count += 1
        return self._files / f"{self._count}.{kind}"

    def run(self, command: str) -> tuple[int, list[str]]:
        """Runs a command to its end: exit code and what it printed on either stream."""
        source, output = self._file("sh"), self._file("out")
        source.write_text(command + "\n")
        watchdog = _Watchdog(self._process, COMMAND_S)
        self._say(f". {source} >{output} 2>&1 </dev/null; echo ran-{self._count} $? $PWD")
        code, cwd = self._hear(f"ran-{self._count}")
        watchdog.end()
        self.cwd = Path(cwd)
        return int(code), _lines(output)

    def start(self, command: str, port: int) -> Served:
        """Starts a program in the background and waits until it listens."""
        output = self._file("out")
        command = re.sub(r"\s# .*", "", command)
        watchdog = _Watchdog(self._process, START_S)
        self._say(f"exec {command} >{output} 2>&1 </dev/null &")
        self._say(f"echo began-{self._count} $!")
        served = Served(command, int(self._hear(f"began-{self._count}")[0]), output)
        watchdog.end()
        deadline = time.monotonic() + START_S
        while not _serves(port):
            if time.monotonic() > deadline or not _lives(served.pid):
                self.stop(served, signal.SIGKILL)
                raise CommandError(f"$ {command}\ndoes not listen:\n" + "\n".join(_lines(output)))
            time.sleep(0.02)  # between two attempts to connect, for want of an event
        return served

    def output(self, served: Served) -> list[str]:
        return _lines(served.output)

    def stop(self, served: Served, number: int = signal.SIGINT) -> int:
        """Sends a signal to the program's group, as a terminal does, and gives its exit code."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(served.pid, number)
        return self.wait(served)

    def wait(self, served: Served) -> int:
        self._count += 1
        watchdog = _Watchdog(self._process, COMMAND_S)
        self._say(f"wait {served.pid}; echo ended-{self._count} $?")
        code = int(self._hear(f"ended-{self._count}")[0])
        watchdog.end()
        return code

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        kill_session(self._process.pid)
        self._process.wait()
        self._process.stdout.close()


class _Watchdog:
    """Kills the shell and its children when something does not end, so that the page fails."""

    def __init__(self, process: subprocess.Popen[str], seconds: float) -> None:
        self._timer = threading.Timer(seconds, kill_session, (process.pid,))
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        self._timer.cancel()


def kill_session(session: int) -> None:
    """Ends every process of a session that this program began."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session:
                os.kill(int(folder.name), signal.SIGKILL)
        except (OSError, IndexError):
            continue


def _lines(path: Path) -> list[str]:
    return path.read_text(errors="replace").splitlines() if path.exists() else []


def _lives(pid: int) -> bool:
    """A zombie has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _serves(port: int) -> bool:
    """Whether a request is answered: a listener is there before its program can be stopped well."""
    request = b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as probe:
            probe.sendall(request)
            return probe.recv(1) != b""
    except OSError:
        return False


class Ports:
    """Pairs of ports that nobody has, below those which the kernel gives to clients."""

    def __init__(self) -> None:
        self._given: set[int] = set()
        self._lock = threading.Lock()

    def take(self) -> int:
        """The first of two that follow each other."""
        with self._lock:
            while True:
                port = random.randrange(20000, 32000, 2)
                if port not in self._given and all(_is_free(p) for p in (port, port + 1)):
                    self._given.add(port)
                    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
