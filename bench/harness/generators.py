"""Load generators: start one, read its report, and measure both cores while it works."""

import json
import resource
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from . import procfs
from .machine import core_list
from .targets import ROOT

LOAD_FOLDER = ROOT / "bench" / "load"
LOAD_BINARY = ROOT / "build" / "bench" / "bin" / "load"
WRK_REPORT = ROOT / "bench" / "load" / "wrk_report.lua"


@dataclass(frozen=True)
class Sample:
    """One measured window. Utilisations are shares of a core; `other` is foreign work beside
    the server on the server's core, and says whether the machine was quiet."""

    requests: int
    seconds: float
    server_cpu_seconds: float
    latency_us: dict[str, float]
    errors: dict[str, int]
    server_utilisation: float
    generator_utilisation: float
    other_utilisation: float
    rss_kb: int
    rss_after_kb: int = 0
    intended: int = 0
    handshakes: int = 0  # of TLS
    resumed: int = 0  # of them, those that took up a session

    @property
    def cpu_us(self) -> float:
        return self.server_cpu_seconds / max(1, self.requests) * 1e6

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Load:
    """What to send: where, for how long, over how many connections, from which cores."""

    port: int
    path: str
    connections: int
    warmup_seconds: float
    seconds: float
    generator_cores: tuple[int, ...]
    server_cores: tuple[int, ...]
    requests: tuple[Path, ...] = ()  # files with a request's bytes; none: GET path
    depth: int = 1
    requests_each: int = 0
    rate: int = 0
    timeout_seconds: float = 2.0
    tls: str = ""  # of handshakes: `full` or `resumed`; none: HTTP as it is
    requests_max: int = 0  # the window ends earlier, with so many answers


class GeneratorError(Exception):
    """The generator failed; the text is its own last words."""


def parse_load(text: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(text)
    return report


def parse_wrk(text: str) -> dict[str, Any]:
    """The JSON line of wrk_report.lua among wrk's own lines."""
    for line in text.splitlines():
        if line.startswith("JSON "):
            report: dict[str, Any] = json.loads(line[5:])
            return report
    raise GeneratorError(f"wrk printed no report:\n{text}")


def _command_output(command: Sequence[str], seconds: float) -> str:
    result = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 90)
    if result.returncode != 0:
        raise GeneratorError(f"{command[0]} failed: {result.stderr.strip() or result.stdout}")
    return result.stdout


def load_command(load: Load, pids: Sequence[int]) -> list[str]:
    command = ["taskset", "-c", core_list(load.generator_cores), str(LOAD_BINARY)]
    command += ["--port", str(load.port), "--path", load.path]
    for request in load.requests:
        command += ["--request", str(request)]
    command += ["--connections", str(load.connections), "--depth", str(load.depth)]
    command += ["--requests-each", str(load.requests_each), "--rate", str(load.rate)]
    command += ["--timeout", str(load.timeout_seconds)]
    if load.tls:
        command += ["--tls", load.tls]
    command += ["--warmup", str(load.warmup_seconds), "--seconds", str(load.seconds)]
    if load.requests_max:
        command += ["--requests", str(load.requests_max)]
    for pid in pids:
        command += ["--pid", str(pid)]
    return command


def run_load(load: Load, pids: Sequence[int]) -> dict[str, Any]:
    """bench/load reads the server's clocks itself, at the very ends of its window."""
    output = _command_output(load_command(load, pids), load.warmup_seconds + load.seconds)
    report = parse_load(output)
    busy = report["seconds"] - report["generator_idle_seconds"]
    report["generator_utilisation"] = busy / report["seconds"]
    return report


def run_wrk(load: Load, pids: Sequence[int]) -> dict[str, Any]:
    """wrk twice, the first time as warm-up. Its connecting lies within the window."""
    url = f"{'https' if load.tls else 'http'}://127.0.0.1:{load.port}{load.path}"

    def command(seconds: float) -> list[str]:
        pinned = ["taskset", "-c", core_list(load.generator_cores), "wrk", "-t1", "--latency"]
        whole = f"-d{max(1, round(seconds))}s"
        return [*pinned, f"-c{load.connections}", whole, "-s", str(WRK_REPORT), url]

    if load.warmup_seconds > 0:
        _command_output(command(load.warmup_seconds), load.warmup_seconds)
    server, own, start = procfs.cpu_seconds(pids), _children_cpu(), time.monotonic()
    report = parse_wrk(_command_output(command(load.seconds), load.seconds))
    elapsed = time.monotonic() - start
    report["server_cpu_seconds"] = procfs.cpu_seconds(pids) - server
    report["generator_utilisation"] = (_children_cpu() - own) / elapsed
    return report


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


GENERATORS: dict[str, Callable[[Load, Sequence[int]], dict[str, Any]]] = {
    "load": run_load,
    "wrk": run_wrk,
}


def measure(generator: str, load: Load, pids: Sequence[int]) -> Sample:
    """Runs the generator against the processes. Raises GeneratorError when nothing came back."""
    server, core = procfs.cpu_seconds(pids), procfs.core_busy_seconds(load.server_cores)
    start = time.monotonic()
    report = GENERATORS[generator](load, pids)
    elapsed = time.monotonic() - start
    busy = procfs.core_busy_seconds(load.server_cores) - core
    other = max(0.0, busy - (procfs.cpu_seconds(pids) - server)) / elapsed
    if load.rate == 0 and report["requests"] == 0:
        raise GeneratorError("no request was answered within the window")
    return Sample(
        requests=report["requests"],
        seconds=report["seconds"],
        server_cpu_seconds=report["server_cpu_seconds"],
        latency_us=report["latency_us"],
        errors=report["errors"],
        server_utilisation=report["server_cpu_seconds"] / report["seconds"],
        generator_utilisation=min(1.0, report["generator_utilisation"]),
        other_utilisation=other,
        rss_kb=procfs.peak_rss_kb(pids),
        rss_after_kb=procfs.rss_kb(pids),
        intended=report.get("intended", 0),
        handshakes=report.get("handshakes", 0),
        resumed=report.get("resumed", 0),
    )


def build_load() -> None:
    """Compiles bench/load when it is older than one of its sources."""
    newest = max(source.stat().st_mtime for source in LOAD_FOLDER.glob("*.[ch]"))
    if LOAD_BINARY.exists() and LOAD_BINARY.stat().st_mtime > newest:
        return
    LOAD_BINARY.parent.mkdir(parents=True, exist_ok=True)
    sources = map(str, sorted(LOAD_FOLDER.glob("*.c")))
    command = ["cc", "-O2", "-o", str(LOAD_BINARY), *sources, "-lssl", "-lcrypto"]
    _command_output(command, 60)
