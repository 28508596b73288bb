"""What /proc says about processes and processors. The parsers are pure functions."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")


def parse_parent(stat: str) -> int:
    """Parent's pid of a /proc/PID/stat line; the name may hold spaces and parentheses."""
    return int(stat[stat.rindex(")") + 1 :].split()[1])


def parse_status_number(status: str, field: str) -> int:
    """The number of a line such as `VmHWM:   1234 kB` of /proc/PID/status; 0 when it is missing."""
    for line in status.splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    return 0


def parse_busy_ticks(stat: str, core: int) -> int:
    """Ticks of /proc/stat that a core did not idle: user, nice, system, irq, softirq, steal."""
    for line in stat.splitlines():
        words = line.split()
        if words and words[0] == f"cpu{core}":
            user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, words[1:9])
            return user + nice + system + irq + softirq + steal
    raise ValueError(f"no cpu{core} in /proc/stat")


def descendants(root: int, parents: dict[int, int]) -> list[int]:
    """The process and everything below it."""
    result = [root]
    for pid in result:
        result.extend(child for child, parent in parents.items() if parent == pid)
    return result


def process_tree(root: int) -> list[int]:
    """A running process and its descendants; those that end meanwhile are left out."""
    parents: dict[int, int] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = parse_parent((entry / "stat").read_text())
            except (OSError, ValueError):
                continue
    return descendants(root, parents)


def peak_rss_kb(pids: Iterable[int]) -> int:
    """Sum of the high-water marks; pages that processes share count in each."""
    total = 0
    for pid in pids:
        try:
            total += parse_status_number((PROC / str(pid) / "status").read_text(), "VmHWM")
        except OSError:
            continue
    return total


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time of processes, all threads, ended ones included, from their CPU clocks.

    The clock's id is what clock_getcpuclockid(3) computes: nanoseconds, where /proc has ticks.
    """
    total = 0.0
    for pid in pids:
        try:
            total += time.clock_gettime((~pid << 3) | 2)
        except OSError:
            continue
    return total


def rss_kb(pids: Iterable[int]) -> int:
    """Sum of what is resident now; pages that processes share count in each."""
    total = 0
    for pid in pids:
        try:
            total += parse_status_number((PROC / str(pid) / "status").read_text(), "VmRSS")
        except OSError:
            continue
    return total


def context_switches(pids: Iterable[int]) -> int:
    """Voluntary ones of all threads: how often the processes went to sleep."""
    total = 0
    for pid in pids:
        for status in (PROC / str(pid) / "task").glob("*/status"):
            try:
                total += parse_status_number(status.read_text(), "voluntary_ctxt_switches")
            except OSError:
                continue
    return total


def core_busy_seconds(cores: Iterable[int]) -> float:
    text = (PROC / "stat").read_text()
    ticks = sum(parse_busy_ticks(text, core) for core in cores)
    return ticks / os.sysconf("SC_CLK_TCK")


def tracer_of(pid: int) -> int:
    return parse_status_number((PROC / str(pid) / "status").read_text(), "TracerPid")
