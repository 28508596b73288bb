"""One server process from start to end: pinned, verified, ended by its pid."""

import contextlib
import http.client
import os
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from . import procfs
from .targets import Scenario, Target, environment, fill, fill_all, free_port

START_SECONDS_MAX = 20.0
STOP_SECONDS_MAX = 5.0


class ServerError(Exception):
    """A server did not start or does not answer as the scenario wants; the text says which."""


class Server:
    """A running target, for use in a `with` statement. Belongs to the runner's main thread.

    `taskset` pins it; `setpriv` has the kernel kill it should the runner itself be killed.
    """

    def __init__(
        self,
        scenario: Scenario,
        target: Target,
        values: dict[str, str],
        core: int,
        engine: str | None,
        folder: Path,
    ) -> None:
        self.target = target
        self.port = free_port()
        self._scenario = scenario
        self._core = core
        self._engine = engine
        self._run = folder / target.name
        self._log = folder / f"{target.name}.log"
        self._values = {**values, "port": str(self.port), "run": str(self._run)}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._run.mkdir(parents=True, exist_ok=True)
        for name, source in self.target.files.items():
            text = Path(fill(source, self._values)).read_text()
            (self._run / name).write_text(fill(text, self._values))
        command = ["taskset", "-c", str(self._core), *fill_all(self.target.start, self._values)]
        if shutil.which("setpriv"):
            command = ["setpriv", "--pdeathsig", "KILL", *command]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(self.target, self._values, self._engine),
                cwd=self._run,
                start_new_session=True,
            )
        try:
            self._await_answer()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def pids(self) -> list[int]:
        assert self._process is not None
        return procfs.process_tree(self._process.pid)

    def log_tail(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-8:])

    def _await_answer(self) -> None:
        """Waits until the port accepts, then checks status, type and content of an answer."""
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            code = self._process.poll()
            if code is not None:
                raise ServerError(f"{self.target.name} ended with {code}:\n{self.log_tail()}")
            try:
                self._verify()
                return
            except (ConnectionRefusedError, ConnectionResetError) as error:
                if time.monotonic() > deadline:
                    raise ServerError(f"{self.target.name} does not listen: {error}") from error
            time.sleep(0.02)

    def _verify(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with contextlib.closing(connection):
            for _ in range(2):  # the second one shows that the connection is kept
                connection.request("GET", self._scenario.path)
                response = connection.getresponse()
                found = (
                    response.status,
                    response.headers.get_content_type(),
                    response.read().decode(errors="replace"),
                )
                wanted = (self._scenario.status, self._scenario.content_type, self._scenario.body)
                if found != wanted:
                    raise ServerError(f"{self.target.name} answers {found}, not {wanted}")
                if response.will_close:
                    raise ServerError(f"{self.target.name} does not keep the connection")

    def stop(self) -> None:
        """SIGTERM, and SIGKILL for what is left of it after a while. Nothing happens twice."""
        process, self._process = self._process, None
        if process is None:
            return
        children = [_open_process(pid) for pid in procfs.process_tree(process.pid)[1:]]
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for child in children:
            if child is not None:
                _end_process(child)
        shutil.rmtree(self._run, ignore_errors=True)


def _open_process(pid: int) -> int | None:
    """A descriptor of a process, which no other process can come to stand for; None if gone."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None


def _end_process(descriptor: int) -> None:
    """Kills a process that may have ended already, and waits for its end."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    select.select([descriptor], [], [], STOP_SECONDS_MAX)
    os.close(descriptor)
