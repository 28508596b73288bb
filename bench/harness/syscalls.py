"""System calls a request, counted with strace outside the timed rounds.

strace is attached twice, for a small and a larger number of requests; the difference leaves
out what happens once: accepting the connections, closing them, start-up work.
"""

import contextlib
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from . import procfs
from .generators import Load, load_command, parse_load

ATTACH_SECONDS_MAX = 5.0

# Go's monitor thread sleeps by the clock; strace stretches a request, so they would seem its own.
CLOCK_DRIVEN = ("nanosleep", "clock_nanosleep")


def parse_strace(text: str) -> dict[str, int]:
    """Calls by name from the table of `strace -c`; its `errors` column may be empty."""
    calls: dict[str, int] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) in (5, 6) and words[0].replace(".", "").isdigit() and words[-1] != "total":
            calls[words[-1]] = calls.get(words[-1], 0) + int(words[3])
    return calls


def per_request(
    small: dict[str, int], small_requests: int, large: dict[str, int], large_requests: int
) -> dict[str, float]:
    """Calls a request by name, most frequent first; below one in two hundred is noise."""
    span = large_requests - small_requests
    rates = {name: (large[name] - small.get(name, 0)) / span for name in large}
    kept = {
        name: round(rate, 3)
        for name, rate in rates.items()
        if rate >= 0.005 and name not in CLOCK_DRIVEN
    }
    return dict(sorted(kept.items(), key=lambda item: -item[1]))


def _is_traced(pids: Sequence[int]) -> bool:
    try:
        return all(procfs.tracer_of(pid) != 0 for pid in pids)
    except OSError:
        return False


def _counted(load: Load, pids: Sequence[int], requests: int) -> tuple[dict[str, int], int] | None:
    with tempfile.NamedTemporaryFile(prefix="strace-") as table:
        command = ["strace", "-f", "-c", "-q", "-q", "-o", table.name]
        for pid in pids:
            command += ["-p", str(pid)]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as tracer:
            try:
                deadline = time.monotonic() + ATTACH_SECONDS_MAX
                while not _is_traced(pids):
                    if tracer.poll() is not None or time.monotonic() > deadline:
                        return None  # not permitted here
                    time.sleep(0.01)
                result = subprocess.run(
                    load_command(replace(load, requests_max=requests), []),
                    capture_output=True,
                    text=True,
                    timeout=load.seconds + 10,
                )
            finally:
                with contextlib.suppress(ProcessLookupError):
                    tracer.send_signal(signal.SIGINT)
        if result.returncode != 0:
            return None
        return parse_strace(Path(table.name).read_text()), parse_load(result.stdout)["requests"]


def count(load: Load, pids: Sequence[int], sizes: tuple[int, int]) -> dict[str, float] | None:
    """Calls a request by name; None where strace is missing or may not attach. `sizes` are the
    numbers of requests; the smaller one should have every connection answered."""
    if shutil.which("strace") is None:
        return None
    small = _counted(load, pids, sizes[0])
    large = _counted(load, pids, sizes[1])
    if small is None or large is None or large[1] <= small[1]:
        return None
    return per_request(*small, *large)
