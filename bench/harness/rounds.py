"""The measuring itself: rounds over targets, each in a process of its own."""

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import syscalls
from .generators import GeneratorError, Load, Sample, measure
from .ratios import round_order
from .server import Server, ServerError
from .targets import Scenario, Target


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
    server_core: int
    generator_core: int
    syscall_requests: tuple[int, int]  # of the two counting runs
    syscall_kinds: tuple[str, ...]  # kinds of targets whose system calls are counted


class Rounds:
    """Runs a plan. `failures` gathers what went wrong, by target; a target that failed is left
    out of the later rounds, so that the others go on."""

    def __init__(
        self,
        scenario: Scenario,
        targets: list[Target],
        values: dict[str, str],
        plan: Plan,
        folder: Path,
        say: Callable[[str], None],
    ) -> None:
        self.failures: dict[str, str] = {}
        self.samples: list[dict[str, Any]] = []
        self.syscalls: dict[str, dict[str, float]] = {}
        self._scenario = scenario
        self._targets = {target.name: target for target in targets}
        self._values = values
        self._plan = plan
        self._folder = folder
        self._say = say

    def run(self) -> None:
        started = time.monotonic()
        for number in range(1, self._plan.rounds + 1):
            names = [name for name in self._targets if name not in self.failures]
            baseline = self._scenario.baseline if self._scenario.baseline in names else None
            order = round_order(names, baseline, self._plan.baseline_every, self._plan.seed, number)
            for name in order:
                self._measure_one(number, name, started)
        for name, target in self._targets.items():
            if name not in self.failures and target.kind in self._plan.syscall_kinds:
                self._count_one(name)

    def _server(self, name: str) -> Server:
        plan = self._plan
        target = self._targets[name]
        return Server(
            self._scenario, target, self._values, plan.server_core, plan.engine, self._folder
        )

    def _load(self, port: int) -> Load:
        plan = self._plan
        return Load(
            port=port,
            path=self._scenario.path,
            connections=plan.connections,
            warmup_seconds=plan.warmup_seconds,
            seconds=plan.seconds,
            generator_core=plan.generator_core,
            server_core=plan.server_core,
        )

    def _measure_one(self, number: int, name: str, started: float) -> None:
        if name in self.failures:
            return
        try:
            with self._server(name) as server:
                load = self._load(server.port)
                sample: Sample = measure(self._plan.generator, load, server.pids())
                now = time.monotonic() - started
        except (ServerError, GeneratorError, OSError) as error:
            self.failures[name] = str(error)
            self._say(f"round {number}: {name} failed: {error}")
            return
        middle = now - sample.seconds / 2
        record = {"round": number, "target": name, "at_seconds": round(middle, 3)}
        self.samples.append(record | sample.as_json())
        self._say(
            f"round {number}: {name:14} {sample.cpu_us:7.2f} CPU-us a request, "
            f"{sample.requests / sample.seconds:9.0f} requests/s, "
            f"server {sample.server_utilisation:4.0%}, generator "
            f"{sample.generator_utilisation:4.0%}, errors {sum(sample.errors.values())}"
        )

    def _count_one(self, name: str) -> None:
        try:
            with self._server(name) as server:
                load = dataclasses.replace(self._load(server.port), warmup_seconds=0, seconds=30)
                sizes = self._plan.syscall_requests
                counted = syscalls.count(load, server.pids(), sizes)
        except (ServerError, OSError) as error:
            self._say(f"system calls of {name}: {error}")
            return
        if counted is None:
            self._say(f"system calls of {name}: strace could not count them")
            return
        self.syscalls[name] = counted
        self._say(f"system calls of {name}: {sum(counted.values()):.2f} a request {counted}")
