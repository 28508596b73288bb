"""How fast the machine is at the moment.

A virtual machine's speed flips between levels within seconds, for reasons outside of it, and what
lives in the kernel suffers more from it than what lives in an interpreter: a ratio measured in a
slow phase is another one. The probe sends bytes over loopback, on the server's core and at the same
time on the generator's, as a measurement does, and adds the way of a request's cache lines from one
core to the other: that takes five times as long when the hypervisor has moved the two apart, and
nothing on one core shows it.
"""

import contextlib
import multiprocessing
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HANDOVER_SOURCE = ROOT / "bench" / "probe" / "handover.c"
HANDOVER = ROOT / "build" / "bench" / "bin" / "handover"
HANDOVER_S = 10  # then it counts as slow
LINES = 20  # of cache that a request and its answer move: some kernel structures and the bytes
EXCHANGES = 2000  # of one probe, about 30 ms
MESSAGE = b"x" * 128
SLOW = 1.15  # times the fastest probe: the machine is in a slow phase


def _exchange(one: socket.socket, other: socket.socket) -> float:
    """CPU seconds of an exchange of a message."""
    begin = time.thread_time()
    for _ in range(EXCHANGES):
        one.send(MESSAGE)
        other.recv(len(MESSAGE))
    return (time.thread_time() - begin) / EXCHANGES


@contextlib.contextmanager
def _pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = socket.create_connection(listener.getsockname())
        other, _ = listener.accept()
    with one, other:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield one, other


def _run(core: int, commands: Connection) -> None:
    """A process on one core: each command is answered with the cost of an exchange."""
    os.sched_setaffinity(0, {core})
    with _pair() as (one, other):
        while commands.recv():
            commands.send(_exchange(one, other))


def _build_handover() -> None:
    if HANDOVER.exists() and HANDOVER.stat().st_mtime > HANDOVER_SOURCE.stat().st_mtime:
        return
    HANDOVER.parent.mkdir(parents=True, exist_ok=True)
    command = ["cc", "-O2", "-pthread", "-o", str(HANDOVER), str(HANDOVER_SOURCE)]
    subprocess.run(command, check=True, timeout=60)


def handover(one: int, other: int) -> float:
    """Seconds until the other core sees what one has written; 0 when they are the same."""
    if one == other:
        return 0.0
    try:
        result = subprocess.run(
            [HANDOVER, str(one), str(other)],
            check=True, capture_output=True, text=True, timeout=HANDOVER_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return float(HANDOVER_S)
    return float(result.stdout) * 1e-9


def slow_keys(speeds: dict[int, float]) -> set[int]:
    """What was measured in a slow phase, by the costs that the probe found."""
    fastest = min(speeds.values(), default=0.0)
    return {key for key, speed in speeds.items() if speed > SLOW * fastest}


class Probe:
    """Two processes that sleep between probes; close() ends them."""

    def __init__(self, cores: list[int]) -> None:
        _build_handover()
        self._cores = cores
        context = multiprocessing.get_context("fork")
        self._ends: list[Connection] = []
        self._processes = []
        for core in cores:
            ours, theirs = context.Pipe()
            process = context.Process(target=_run, args=(core, theirs), daemon=True)
            process.start()
            theirs.close()
            self._ends.append(ours)
            self._processes.append(process)

    def measure(self) -> float:
        """CPU seconds of an exchange on the first core while the others do the same, and of its
        way to the last one."""
        for end in self._ends:
            end.send(True)
        first, *_ = [float(end.recv()) for end in self._ends]
        return first + LINES * handover(self._cores[0], self._cores[-1])

    def close(self) -> None:
        for end in self._ends:
            end.send(False)
            end.close()
        for process in self._processes:
            process.join(10)
