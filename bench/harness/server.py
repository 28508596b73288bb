"""One server process from start to end: pinned, verified, ended by its pid."""

import contextlib
import http.client
import os
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

sys.path.append(str(Path(__file__).resolve().parents[2] / "tests" / "conformance"))

from runner import tls
from runner.decode import DecodeError, decode

from . import procfs
from .machine import core_list
from .requests import NUMBER_PLACE, Request
from .targets import Scenario, Target, environment, fill, fill_all, free_port

START_SECONDS_MAX = 20.0
STOP_SECONDS_MAX = 5.0
CLOSE_SECONDS_MAX = 2.0  # after an answer to `Connection: close`


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
        cores: tuple[int, ...],
        engine: str | None,
        folder: Path,
    ) -> None:
        self.target = target
        self.port = free_port()
        self._scenario = scenario
        self._cores = cores
        self._engine = engine
        self._run = folder / target.name
        self._log = folder / f"{target.name}.log"
        self._values = {**values, "port": str(self.port), "run": str(self._run)}
        if scenario.tls:
            self._values["certificate"] = tls.certificate()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        command = ["taskset", "-c", core_list(self._cores), *self._command()]
        if shutil.which("setpriv"):
            command = ["setpriv", "--pdeathsig", "KILL", *command]
        self._launch(command)
        try:
            self._await_answer(self._verify)
        except BaseException:
            self.stop()
            raise
        return self

    def start_timed(self) -> float:
        """Starts it without helpers in between and returns the seconds to the first right answer.
        The caller ends it with stop()."""
        command, own = self._command(), os.sched_getaffinity(0)
        os.sched_setaffinity(0, self._cores)  # which the child inherits
        try:
            begin = time.monotonic()
            self._launch(command)
        finally:
            os.sched_setaffinity(0, own)
        self._await_answer(self._ask_once, pause=0.0002)
        return time.monotonic() - begin

    def _command(self) -> list[str]:
        """The command; the files it reads are written."""
        self._run.mkdir(parents=True, exist_ok=True)
        for name, source in self.target.files.items():
            text = Path(fill(source, self._values)).read_text()
            (self._run / name).write_text(fill(text, self._values))
        return fill_all(self.target.start, self._values)

    def _environment(self) -> dict[str, str]:
        env = environment(self.target, self._values, self._engine)
        if self._scenario.tls and self.target.kind == "ours":
            env["TRIVET_TLS_CERTIFICATE"] = self._values["certificate"]
        return env

    def _launch(self, command: list[str]) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
                cwd=self._run,
                start_new_session=True,
            )

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

    def _await_answer(self, ask: Callable[[], None], pause: float = 0.02) -> None:
        """Waits until the port accepts, then checks status, type and content of each answer."""
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS_MAX
        while True:
            code = self._process.poll()
            if code is not None:
                raise ServerError(f"{self.target.name} ended with {code}:\n{self.log_tail()}")
            try:
                ask()
                return
            except (ConnectionError, http.client.BadStatusLine) as error:
                if time.monotonic() > deadline:
                    raise ServerError(f"{self.target.name} does not listen: {error}") from error
            time.sleep(pause)

    def connect(self) -> socket.socket:
        """A connection as the generator has it, except that the certificate is verified."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        if not self._scenario.tls:
            return connection
        try:
            return tls.context().wrap_socket(connection, server_hostname=tls.HOST)
        except ssl.SSLError as error:
            connection.close()
            raise ServerError(f"{self.target.name} does not speak TLS: {error}") from error

    def _ask_once(self) -> None:
        with self.connect() as connection:
            self._ask(connection, self._scenario.sent(self.target)[0], 10000001)

    def _verify(self) -> None:
        for request in self._scenario.sent(self.target):
            with self.connect() as connection:
                for number in (10000001, 10000002):  # the second shows that it is kept
                    if not self._ask(connection, request, number) and not request.closes:
                        raise ServerError(f"{self.target.name} does not keep the connection")
                    if request.closes:
                        break

    def _ask(self, connection: socket.socket, request: Request, number: int) -> bool:
        """Sends what the generator will send, checks the answer; False when it is the last one."""
        place, digits = NUMBER_PLACE.encode(), str(number).encode()
        connection.sendall(request.wire(f"127.0.0.1:{self.port}").replace(place, digits))
        response = http.client.HTTPResponse(connection, method=request.method)
        response.begin()
        body = decoded(response)
        kind = response.headers.get_content_type()
        fault = request.fault(response.status, kind, body, number)
        if fault is not None:
            raise ServerError(f"{self.target.name}: {fault}")
        if request.closes:
            connection.settimeout(CLOSE_SECONDS_MAX)
            try:
                is_closed = connection.recv(1) == b""
            except TimeoutError:
                is_closed = False
            if not is_closed:
                raise ServerError(f"{self.target.name} does not close after `Connection: close`")
        return not response.will_close

    def turn_to(self, scenario: Scenario) -> None:
        """Goes on with another scenario, whose requests are verified first."""
        self._scenario = scenario
        self._verify()

    def request_files(self) -> tuple[Path, ...]:
        """The scenario's requests, in files for the load generator."""
        files = []
        for index, request in enumerate(self._scenario.sent(self.target)):
            file = self._run / f"request{index}"
            file.write_bytes(request.wire(f"127.0.0.1:{self.port}"))
            files.append(file)
        return tuple(files)

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


def decoded(response: http.client.HTTPResponse) -> bytes:
    """The content without its coding, as other programs take it off."""
    body, coding = response.read(), response.headers.get("Content-Encoding")
    try:
        return body if coding is None else decode(coding, body)
    except DecodeError as error:
        raise ServerError(f"the content is {error}") from error


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
