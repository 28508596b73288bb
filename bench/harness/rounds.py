"""The measuring itself: rounds over targets, each in a process of its own."""

import contextlib
import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from . import measures, syscalls
from .generators import GeneratorError
from .measures import Plan, Record
from .ratios import pair_order, round_order
from .server import Server, ServerError
from .speed import Probe, slow_keys
from .targets import Scenario, Target

__all__ = ["Plan", "Rounds"]

PAIRS_MAX = 100  # of a scenario: each pair's rounds have numbers of their own
SLOW_PASSES_MAX = 3  # over the pairs that met a slow machine


class SpeedProbe(Protocol):
    def measure(self) -> float: ...
    def close(self) -> None: ...


def probe_of(plan: Plan) -> SpeedProbe:
    return Probe([*plan.server_cores[:1], *plan.generator_cores[:1]])


class Rounds:
    """Runs a plan. `failures` gathers what went wrong, by target; a target that failed is left
    out of the later rounds, so that the others go on. `order` is that of a round. `values_of`
    gives a target's placeholders: targets of several checkouts may stand side by side."""

    def __init__(
        self,
        scenario: Scenario,
        targets: list[Target],
        values_of: Callable[[str], dict[str, str]],
        plan: Plan,
        folder: Path,
        say: Callable[[str], None],
        order: Callable[[list[str], int], list[str]] | None = None,
        probe: Callable[[Plan], SpeedProbe] = probe_of,
    ) -> None:
        self.failures: dict[str, str] = {}
        self.samples: list[dict[str, Any]] = []
        self.syscalls: dict[str, dict[str, float]] = {}
        self._scenario = scenario
        self._targets = {target.name: target for target in targets}
        self._values_of = values_of
        self._plan = plan
        self._folder = folder
        self._say = say
        self._order = order or self._shuffled
        self._probe_for = probe

    def run(self) -> None:
        started = time.monotonic()
        if self._scenario.measure == "start":
            self._warm_caches()
        if self._scenario.measure == "pairs":
            self._run_pairs(started)
            return
        for number in range(1, self._plan.rounds + 1):
            names = [name for name in self._targets if name not in self.failures]
            for name in self._order(names, number):
                self._measure_one(number, name, started)
        if not self._scenario.counts_syscalls:
            return
        for name, target in self._targets.items():
            if name not in self.failures and target.kind in self._plan.syscall_kinds:
                self._count_one(name)

    def _run_pairs(self, started: float) -> None:
        """Each target against what its bounds name. Both servers run all the time and are loaded
        in turns, in short windows: the machine's speed has hardly time to change between two. What
        was measured while the machine was slow is measured again, a few times."""
        pairs = [
            (name, partner)
            for name, target in self._targets.items()
            for partner in target.must.partners
        ]
        open_pairs = {
            number * PAIRS_MAX + index: pair
            for number in range(1, self._plan.rounds + 1)
            for index, pair in enumerate(pairs[:PAIRS_MAX])
        }
        with contextlib.closing(self._probe_for(self._plan)) as probe:
            taken: dict[int, tuple[float, list[dict[str, Any]]]] = {}
            for again in range(SLOW_PASSES_MAX + 1):
                if again and open_pairs:
                    self._say(f"{len(open_pairs)} pairs met a slow machine: again")
                for key, (name, reference) in open_pairs.items():
                    if found := self._try_pair(key, name, reference, started, probe):
                        taken[key] = found
                slow = slow_keys({key: speed for key, (speed, _) in taken.items()})
                open_pairs = {key: open_pairs[key] for key in open_pairs.keys() & slow}
        for key in sorted(taken):
            speed, samples = taken[key]
            self.samples += [sample | {"probe_us": round(speed * 1e6, 3)} for sample in samples]

    def _try_pair(
        self, key: int, name: str, reference: str, started: float, probe: SpeedProbe
    ) -> tuple[float, list[dict[str, Any]]] | None:
        """The slower of the probes before and after the pair, and its samples."""
        if {name, reference} & self.failures.keys() or reference not in self._targets:
            return None
        try:
            with self._server(name) as one, self._server(reference) as other:
                servers = {name: one, reference: other}
                self._settle(servers)
                before = probe.measure()
                samples = self._measure_pair(key, name, reference, servers, started)
                return max(before, probe.measure()), samples
        except (ServerError, GeneratorError, OSError) as error:
            # One pair that fails must not end the others of a server of ours.
            is_peer = self._targets[reference].kind == "peer"
            self._failed(key // PAIRS_MAX, reference if is_peer else name, error)
            return None

    def _settle(self, servers: dict[str, Server]) -> None:
        for name, server in servers.items():
            if seconds := self._scenario.settle.get(name, 0.0):
                plan = dataclasses.replace(self._plan, seconds=seconds, warmup_seconds=0.0)
                measures.closed(self._scenario, plan, server)

    def _measure_pair(
        self, key: int, name: str, reference: str, servers: dict[str, Server], started: float
    ) -> list[dict[str, Any]]:
        samples = []
        for turn in pair_order(name, reference, self._plan.seed, key):
            (sample,) = measures.closed(self._scenario, self._plan, servers[turn])
            at = round(time.monotonic() - started, 3)
            samples.append({"round": key, "target": turn, "at_seconds": at} | sample)
            line = measures.summary(self._scenario, sample)
            self._say(f"{self._scenario.name} {key // PAIRS_MAX}: {turn:20} {line}")
        return samples

    def _shuffled(self, names: list[str], number: int) -> list[str]:
        baseline = self._scenario.baseline if self._scenario.baseline in names else None
        return round_order(names, baseline, self._plan.baseline_every, self._plan.seed, number)

    def _server(self, name: str) -> Server:
        plan = self._plan
        target, values = self._targets[name], self._values_of(name)
        return Server(self._scenario, target, values, plan.server_cores, plan.engine, self._folder)

    def _warm_caches(self) -> None:
        """One start of each that does not count: page cache, byte code."""
        for name in self._targets:
            try:
                measures.cold_start(self._server(name))
            except (ServerError, OSError) as error:
                self._failed(0, name, error)

    def _sampled(self, name: str) -> list[Record]:
        if self._scenario.measure == "start":
            return measures.cold_start(self._server(name))
        with self._server(name) as server:
            return measures.MEASURES[self._scenario.measure](self._scenario, self._plan, server)

    def _measure_one(self, number: int, name: str, started: float) -> None:
        if name in self.failures:
            return
        begin = time.monotonic() - started
        try:
            records = self._sampled(name)
        except (ServerError, GeneratorError, OSError) as error:
            self._failed(number, name, error)
            return
        middle = (begin + time.monotonic() - started) / 2
        for sample in records:
            record = {"round": number, "target": name, "at_seconds": round(middle, 3)}
            self.samples.append(record | sample)
            line = measures.summary(self._scenario, sample)
            self._say(f"{self._scenario.name} {number}: {name:20} {line}")

    def _failed(self, number: int, name: str, error: Exception) -> None:
        self.failures[name] = str(error)
        self._say(f"{self._scenario.name} {number}: {name} failed: {error}")

    def _count_one(self, name: str) -> None:
        try:
            with self._server(name) as server:
                load = measures.load_of(self._scenario, self._plan, server)
                load = dataclasses.replace(load, warmup_seconds=0, seconds=30)
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
