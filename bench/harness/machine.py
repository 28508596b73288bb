"""Facts about the machine and the versions, as they stand beside every table."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from .targets import ROOT

CORE_VARIABLES = ("TRIVET_BENCH_SERVER_CORES", "TRIVET_BENCH_LOAD_CORES")

# Tools whose version matters for the numbers: name -> command that prints it.
_TOOLS = {
    "gcc": ["gcc", "-dumpfullversion"],
    "go": ["go", "env", "GOVERSION"],
    "node": ["node", "--version"],
    "rustc": ["rustc", "--version"],
    "wrk": ["wrk", "-v"],
    "strace": ["strace", "-V"],
}


def first_line(command: list[str]) -> str:
    """The first line a command prints on either stream; empty when it cannot run."""
    try:
        result = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = result.stdout.strip().splitlines()
    return lines[0].strip() if lines else ""


def version_number(text: str) -> str:
    """The first number with a dot in what a tool says about itself, else all of it."""
    found = re.search(r"\d+(\.\d+)+", text)
    return found[0] if found else text


def cpu_model(cpuinfo: str) -> str:
    for line in cpuinfo.splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def is_virtual(cpuinfo: str) -> bool:
    return any(line.startswith("flags") and " hypervisor" in line for line in cpuinfo.splitlines())


def memory_gib(meminfo: str) -> float:
    for line in meminfo.splitlines():
        if line.startswith("MemTotal:"):
            return round(int(line.split()[1]) / 1024 / 1024, 1)
    return 0.0


def distribution(os_release: str) -> str:
    for line in os_release.splitlines():
        if line.startswith("PRETTY_NAME="):
            return line.split("=", 1)[1].strip('"')
    return platform.system()


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def parse_cpu_list(text: str) -> set[int]:
    """The kernel's form of a set of processors: `0-2,5`."""
    result: set[int] = set()
    for part in text.strip().split(","):
        if part:
            first, _, last = part.partition("-")
            result.update(range(int(first), int(last or first) + 1))
    return result


def choose_cores(allowed: list[int], siblings: dict[int, set[int]]) -> tuple[int, int]:
    """Cores for server and generator: the last one, and the first that shares no hardware with
    it; hardware threads of one core would slow each other down."""
    server = allowed[-1]
    apart = [core for core in allowed if core not in siblings.get(server, {server})]
    return server, (apart or allowed)[0]


def core_list(cores: Sequence[int]) -> str:
    return ",".join(map(str, cores))


def core_sets(environment: Mapping[str, str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Cores for server and generator: TRIVET_BENCH_SERVER_CORES and TRIVET_BENCH_LOAD_CORES in the
    kernel's form (`2-3,6`), each by default one core of those that this process may use."""
    allowed = sorted(os.sched_getaffinity(0))
    chosen = [parse_cpu_list(environment.get(name, "")) for name in CORE_VARIABLES]
    for name, cores in zip(CORE_VARIABLES, chosen, strict=True):
        if not cores <= set(allowed):
            raise ValueError(f"{name} names cores that cannot be used here ({core_list(allowed)})")
    left = [core for core in allowed if core not in chosen[1]] or allowed
    path = f"/sys/devices/system/cpu/cpu{left[-1]}/topology/thread_siblings_list"
    server, load = choose_cores(left, {left[-1]: parse_cpu_list(_read(path)) | {left[-1]}})
    servers = sorted(chosen[0]) or [server]
    if load in servers:
        load = next((core for core in allowed if core not in servers), load)
    return tuple(servers), tuple(sorted(chosen[1]) or [load])


def commit() -> str:
    """The checkout's commit, marked when files of it are changed; empty outside of git. The tables'
    document does not count: a run over several scenarios rewrites it as it goes."""
    git = ["git", "-C", str(ROOT)]
    name = first_line([*git, "rev-parse", "--short=12", "HEAD"])
    if not name or " " in name:
        return ""
    others = [".", ":!docs/PERFORMANCE.md"]
    changed = first_line([*git, "status", "--porcelain", "--untracked-files=no", "--", *others])
    return f"{name} with changes" if changed else name


def facts(python: str) -> dict[str, object]:
    """Everything a reader needs to judge a table; `python` is the interpreter of our target."""
    cpuinfo = _read("/proc/cpuinfo")
    commands = {name: command for name, command in _TOOLS.items() if shutil.which(command[0])}
    commands["python"] = [python, "--version"]
    tools = {name: version_number(first_line(command)) for name, command in commands.items()}
    return {
        "system": distribution(_read("/etc/os-release")),
        "kernel": platform.release(),
        "cpu": cpu_model(cpuinfo),
        "cores": os.cpu_count(),
        "is_virtual": is_virtual(cpuinfo),
        "memory_gib": memory_gib(_read("/proc/meminfo")),
        "commit": commit(),
        "tools": tools,
    }
