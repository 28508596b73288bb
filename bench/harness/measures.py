"""What is measured of one running server, by the scenario's `measure`. Each gives records."""

import contextlib
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import procfs
from .generators import Load, measure
from .server import Server
from .targets import Scenario

IDLE_HELD = 100  # connections during the measurement of idle CPU
PATIENCE_SECONDS = 30.0  # longest window of a smoke run
Record = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What to measure and how; everything a run can be repeated from."""

    rounds: int
    seconds: float
    warmup_seconds: float
    connections: int
    generator: str
    engine: str | None
    seed: int
    baseline_every: int
    server_cores: tuple[int, ...]
    generator_cores: tuple[int, ...]
    syscall_requests: tuple[int, int]  # of the two counting runs
    syscall_kinds: tuple[str, ...]  # kinds of targets whose system calls are counted
    requests_max: int = 0  # smoke runs: a window ends with so many answers, however long it takes


def load_of(scenario: Scenario, plan: Plan, server: Server, rate: int = 0) -> Load:
    return Load(
        port=server.port,
        path=scenario.path,
        connections=plan.connections,
        warmup_seconds=plan.warmup_seconds,
        seconds=PATIENCE_SECONDS if plan.requests_max and not rate else plan.seconds,
        requests_max=0 if rate else plan.requests_max,
        generator_cores=plan.generator_cores,
        server_cores=plan.server_cores,
        requests=server.request_files(),
        depth=scenario.depth,
        requests_each=scenario.requests_each,
        rate=rate,
        timeout_seconds=scenario.timeout_seconds,
        tls=scenario.tls,
    )


def closed(scenario: Scenario, plan: Plan, server: Server) -> list[Record]:
    load = load_of(scenario, plan, server)
    return [measure(plan.generator, load, server.pids()).as_json()]


def open_loop(scenario: Scenario, plan: Plan, server: Server) -> list[Record]:
    """One window for each rate, the slowest first."""
    records = []
    for rate in scenario.rates:
        load = load_of(scenario, plan, server, rate)
        records.append(measure("load", load, server.pids()).as_json() | {"rate": rate})
    return records


def raise_descriptor_limit() -> None:
    """For the connections held here, and for the servers, which inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@contextlib.contextmanager
def held_connections(scenario: Scenario, server: Server, count: int) -> Iterator[None]:
    """Connections that have been answered once and are idle since."""
    request = scenario.sent(server.target)[0].wire(f"127.0.0.1:{server.port}")
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(contextlib.closing(server.connect()))
            connection.sendall(request)
            if not connection.recv(65536):
                raise ConnectionResetError("a connection was closed before it was idle")
        yield


def idle(scenario: Scenario, plan: Plan, server: Server) -> list[Record]:
    """CPU time and wake-ups while nothing happens, with connections open."""
    pids = server.pids()
    with held_connections(scenario, server, IDLE_HELD):
        time.sleep(plan.warmup_seconds)
        cpu, switches = procfs.cpu_seconds(pids), procfs.context_switches(pids)
        begin = time.monotonic()
        time.sleep(plan.seconds)
        seconds = time.monotonic() - begin
        cpu = procfs.cpu_seconds(pids) - cpu
        switches = procfs.context_switches(pids) - switches
    return [{"seconds": seconds, "idle_cpu_seconds": cpu, "wakeups": switches, "errors": {}}]


def memory(scenario: Scenario, plan: Plan, server: Server) -> list[Record]:
    """Resident memory at start, for each idle connection, at the peak, and after load."""
    pids = server.pids()
    start = procfs.rss_kb(pids)
    with held_connections(scenario, server, scenario.held):
        held = procfs.rss_kb(pids)
    sample = measure("load", load_of(scenario, plan, server), pids)
    time.sleep(plan.warmup_seconds)
    return [
        {
            "rss_start_kb": start,
            "rss_idle_kb": held,
            "held": scenario.held,
            "rss_after_kb": procfs.rss_kb(pids),
            "rss_peak_kb": procfs.peak_rss_kb(pids),
            "processes": len(pids),
            "errors": sample.errors,
        }
    ]


def cold_start(server: Server) -> list[Record]:
    """From the process's start to its first right answer; the files are in the page cache."""
    try:
        seconds = server.start_timed()
        return [{"start_seconds": seconds, "errors": {}}]
    finally:
        server.stop()


def idle_connection_kb(sample: Record) -> float:
    """Resident memory of one of the connections that were held."""
    return float(sample["rss_idle_kb"] - sample["rss_start_kb"]) / int(sample.get("held", 1000))


def cost(scenario: Scenario, sample: Record) -> float:
    """What ratios are formed of: CPU seconds a request, seconds to the first answer, or bytes."""
    if scenario.measure == "start":
        return float(sample["start_seconds"])
    if scenario.measure == "memory":
        return float(sample["rss_after_kb"])
    if scenario.measure == "idle":
        return max(1e-9, sample["idle_cpu_seconds"] / sample["seconds"])
    return float(max(1e-9, sample["server_cpu_seconds"]) / max(1, sample["requests"]))


def summary(scenario: Scenario, sample: Record) -> str:
    """One line for the terminal."""
    if scenario.measure == "start":
        return f"{sample['start_seconds'] * 1e3:8.1f} ms to the first answer"
    if scenario.measure == "memory":
        return f"{sample['rss_start_kb'] / 1024:7.1f} MB, {sample['rss_after_kb'] / 1024:.1f} after"
    if scenario.measure == "idle":
        return f"{sample['idle_cpu_seconds'] * 1e3:7.2f} ms CPU, {sample['wakeups']} wake-ups"
    text = (
        f"{cost(scenario, sample) * 1e6:8.2f} CPU-us a request, "
        f"{sample['requests'] / sample['seconds']:9.0f} requests/s, "
        f"server {sample['server_utilisation']:4.0%}, generator "
        f"{sample['generator_utilisation']:4.0%}, errors {sum(sample['errors'].values())}"
    )
    return f"at {sample['rate']}/s: {text}" if "rate" in sample else text


MEASURES = {
    "closed": closed, "pairs": closed, "open": open_loop, "idle": idle, "memory": memory
}  # fmt: skip
