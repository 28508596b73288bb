"""A stranger's machine: the packages, an empty folder, and no compiler in PATH.

Nothing that runs here sees the checkout: the packages are copies, TRIVET_… is unset, and what a
server has mapped is looked at (`Server.check_maps`). Standard library only.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "build" / "packages"
VERSION = "0.1.0"
PATIENCE_S = 60.0
COMPILERS = (
    "cc",
    "c++",
    "gcc",
    "g++",
    "cpp",
    "clang",
    "clang++",
    "c99",
    "ld",
    "as",
    "make",
    "cmake",
)
# What the shims of npm and of virtual environments need from a system.
TOOLS = ("sh", "env", "node", "npm", "npx")


def environment(home: Path, path: str, **more: str) -> dict[str, str]:
    """Ours without what is set for this checkout."""
    dropped = (
        "TRIVET",
        "PYTHON",
        "NODE_",
        "GO",
        "CGO",
        "LD_",
        "VIRTUAL_ENV",
        "CMAKE",
        "PKG_CONFIG",
    )
    kept = {name: text for name, text in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "HOME": str(home), "PATH": path, "NO_COLOR": "1", **more}


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + PATIENCE_S
    while not (result := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.005)
    return result


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Stranger(unittest.TestCase):
    """A folder of its own for each class, gone afterwards."""

    has_compiler = False
    folder: Path
    path: str
    env: dict[str, str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="trivet-stranger-"))
        cls.addClassCleanup(remove, cls.folder)
        tools = cls.folder / "tools"
        tools.mkdir()
        for name in TOOLS:
            if place := shutil.which(name):
                (tools / name).symlink_to(place)
        cls.path = os.environ["PATH"] if cls.has_compiler else str(tools)
        if not cls.has_compiler:
            assert [name for name in COMPILERS if shutil.which(name, path=cls.path)] == []
        cls.env = environment(cls.folder, cls.path)

    @classmethod
    def copied(cls, pattern: str) -> Path:
        """The one package of this name, copied away from the checkout."""
        found = sorted(PACKAGES.glob(pattern))
        assert len(found) == 1, f"{pattern}: {found}; run make packages"
        place = cls.folder / "packages" / found[0].name
        place.parent.mkdir(exist_ok=True)
        if found[0].is_dir():
            shutil.copytree(found[0], place)
        else:
            shutil.copy(found[0], place)
        return place

    @classmethod
    def run_there(
        cls, *command: object, cwd: Path | None = None, code: int | None = 0, **more: str
    ) -> str:
        """Standard output and error of a command that ends with this exit code."""
        done = subprocess.run(
            [str(word) for word in command],
            cwd=cwd or cls.folder,
            env={**cls.env, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
        )
        assert code is None or done.returncode == code, (command, done.returncode, done.stdout)
        return done.stdout

    def serve(self, *command: object, cwd: Path | None = None, **more: str) -> Server:
        server = Server([str(word) for word in command], cwd or self.folder, {**self.env, **more})
        self.addCleanup(server.close)
        return server

    def check_serving(
        self, *command: object, cwd: Path, workers: int, told: dict[str, object] | None = None
    ) -> None:
        """Hello from each worker, then a drain in which what was accepted is answered. `told` is
        what the process that was started has in its environment."""
        server = self.serve(*command, cwd=cwd, TRIVET_WORKERS=str(workers))
        pids = server.pids(workers)
        known = Path(f"/proc/{server.process.pid}/environ").read_text().split("\0")
        for name, value in (told or {}).items():
            self.assertIn(f"{name}={value}", known)
        for pid in pids:
            server.check_maps(pid)
        server.check_drain(cwd)
        for pid in pids:
            self.assertFalse(Path(f"/proc/{pid}").exists(), "a worker is left")

    def check_error(self, *command: object, cwd: Path, says: list[str], **more: str) -> str:
        """The command fails, with these texts in what it prints."""
        output = self.run_there(*command, cwd=cwd, code=None, **more)
        for text in says:
            self.assertIn(text, output)
        return output


def make_foreign(file: Path) -> None:
    """Says that it is for another processor."""
    content = bytearray(file.read_bytes())
    content[18:20] = b"\xb7\x00"  # e_machine: AArch64
    file.write_bytes(content)


def remove(folder: Path) -> None:
    """Also what is read only, as Go's module cache."""
    for path in folder.rglob("*"):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    shutil.rmtree(folder)


class Server:
    """A program that serves `/` (its process number as JSON) and `/held` (see `check_drain`)."""

    def __init__(self, command: list[str], cwd: Path, env: dict[str, str]) -> None:
        self.port = free_port()
        self.output: list[str] = []
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**env, "TRIVET_HOST": "127.0.0.1", "TRIVET_PORT": str(self.port)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        self.output.extend(self.process.stdout)

    def connect(self) -> socket.socket | None:
        if self.process.poll() is not None:
            raise AssertionError(f"it ended: {''.join(self.output)}")
        with contextlib.suppress(ConnectionRefusedError):
            return socket.create_connection(("127.0.0.1", self.port), PATIENCE_S)
        return None

    def ask(self, target: str) -> bytes:
        """The answer to a request on a connection of its own."""
        connection = wait_for(self.connect, "the port")
        with connection:
            connection.sendall(
                f"GET {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n".encode()
            )
            return self.answer(connection)

    @staticmethod
    def answer(connection: socket.socket) -> bytes:
        response = http.client.HTTPResponse(connection)
        response.begin()
        content = response.read()
        assert response.status == 200, (response.status, content)
        return content

    def pids(self, count: int) -> set[int]:
        """Asks until so many processes have answered."""
        seen: set[int] = set()

        def have_answered() -> bool:
            seen.add(int(self.ask("/")))
            return len(seen) == count

        wait_for(have_answered, f"{count} workers")
        return seen

    def check_maps(self, pid: int) -> None:
        """Nothing of the checkout is mapped, and it serves with a file that was installed."""
        maps = Path(f"/proc/{pid}/maps").read_text()
        assert f"{ROOT}/" not in maps, [line for line in maps.splitlines() if str(ROOT) in line]

    def check_drain(self, folder: Path) -> None:
        """A request that is being handled when SIGTERM comes is answered; then all is over."""
        connection = wait_for(self.connect, "the port")
        with connection:
            connection.sendall(b"GET /held HTTP/1.1\r\nHost: test\r\n\r\n")
            wait_for((folder / "arrived").exists, "the handler")
            self.process.send_signal(signal.SIGTERM)
            wait_for(self._refuses, "the end of the listener")
            (folder / "go-on").touch()
            assert self.answer(connection) == b"held"
        code = self.process.wait(PATIENCE_S)
        assert code == 0, (code, self.output)
        for name in ("arrived", "go-on"):
            (folder / name).unlink()

    def _refuses(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), PATIENCE_S).close()
        except OSError:
            return True
        return False

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join(5)
        if self.process.stdout:
            self.process.stdout.close()
