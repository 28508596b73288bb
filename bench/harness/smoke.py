"""The smoke run: every scenario for a moment, with ours that are built. Judges answers, no times.

A server is started once, and once more for TLS, and goes through all scenarios that want it, so
that the run is short.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import measures, report, syscalls
from .generators import GeneratorError
from .measures import Plan
from .server import Server, ServerError
from .targets import Scenario, Target, select

CONNECTIONS_MAX = 200
CONTENT_BYTES_MAX = 3_000_000
HELD_MAX = 200
RATES = 2  # of an open loop, the slowest ones


def shortened(scenario: Scenario) -> Scenario:
    """Less of it: fewer connections and rates, no huge content."""
    asked = tuple(r for r in scenario.requests if len(r.content) <= CONTENT_BYTES_MAX)
    if scenario.requests and not asked:
        asked = (min(scenario.requests, key=lambda request: len(request.content)),)
    return dataclasses.replace(
        scenario,
        requests=asked,
        connections=min(scenario.connections, CONNECTIONS_MAX),
        rates=scenario.rates[:RATES],
        held=min(scenario.held, HELD_MAX),
    )


def wanted(scenario: Scenario) -> list[Target]:
    """The scenario's smoke list, else all that are no peers."""
    if scenario.smoke is not None:
        return select(scenario, list(scenario.smoke))
    return [target for target in scenario.targets if target.kind != "peer"]


class Smoke:
    """Runs it; `records` are samples by scenario, `failures` by scenario and target."""

    def __init__(
        self,
        scenarios: list[Scenario],
        plan: Plan,
        values: dict[str, str],
        folder: Path,
        say: Callable[[str], None],
    ) -> None:
        self.samples: dict[str, list[dict[str, Any]]] = {one.name: [] for one in scenarios}
        self.failures: dict[str, dict[str, str]] = {one.name: {} for one in scenarios}
        self.syscalls: dict[str, dict[str, float]] = {}
        self._scenarios = [shortened(scenario) for scenario in scenarios]
        self._plan = plan
        self._values = values
        self._folder = folder
        self._say = say

    def run(self, ready: set[str]) -> None:
        """`ready` are the names of the targets that can be started."""
        by_server: dict[tuple[str, bool], tuple[Target, list[Scenario]]] = {}
        for scenario in self._scenarios:
            for target in wanted(scenario):
                if target.name not in ready:
                    continue
                if scenario.measure == "start":
                    self._guarded(scenario, target, self._start)
                    continue
                server = (target.name, bool(scenario.tls))
                by_server.setdefault(server, (target, []))[1].append(scenario)
        for target, scenarios in by_server.values():
            self._run_target(target, scenarios)

    def _server(self, scenario: Scenario, target: Target) -> Server:
        plan = self._plan
        return Server(scenario, target, self._values, plan.server_cores, plan.engine, self._folder)

    def _start(self, scenario: Scenario, target: Target) -> list[measures.Record]:
        return measures.cold_start(self._server(scenario, target))

    def _run_target(self, target: Target, scenarios: list[Scenario]) -> None:
        first = scenarios[0]
        try:
            with self._server(first, target) as server:
                for scenario in scenarios:
                    self._guarded(scenario, target, lambda s, _: self._measure(s, server))
                if target.kind == "floor" and self._plan.syscall_kinds:
                    load = measures.load_of(first, self._plan, server)
                    load = dataclasses.replace(load, warmup_seconds=0, seconds=30)
                    counted = syscalls.count(load, server.pids(), self._plan.syscall_requests)
                    self.syscalls[target.name] = counted or {}
        except (ServerError, OSError) as error:
            self.failures[first.name][target.name] = str(error)
            self._say(f"{target.name} failed: {error}")

    def _measure(self, scenario: Scenario, server: Server) -> list[measures.Record]:
        server.turn_to(scenario)
        plan = dataclasses.replace(self._plan, connections=scenario.connections)
        return measures.MEASURES[scenario.measure](scenario, plan, server)

    def _guarded(
        self,
        scenario: Scenario,
        target: Target,
        measure: Callable[[Scenario, Target], list[measures.Record]],
    ) -> None:
        try:
            records = measure(scenario, target)
        except (ServerError, GeneratorError, OSError) as error:
            self.failures[scenario.name][target.name] = str(error)
            self._say(f"{scenario.name}: {target.name} failed: {error}")
            return
        for record in records:
            head = {"round": 1, "target": target.name, "at_seconds": 0.0}
            self.samples[scenario.name].append(head | record)
            self._say(f"{scenario.name}: {target.name:18} {measures.summary(scenario, record)}")

    def verdicts(self) -> list[report.Verdict]:
        """One for each target of each scenario; a scenario that measured nothing fails."""
        result = []
        for scenario in self._scenarios:
            results = {"samples": self.samples[scenario.name], "failures": {}}
            for name, reason in self.failures[scenario.name].items():
                what = f"{scenario.name}: {name}"
                result.append(report.Verdict(what, reason.splitlines()[0], False))
            result += report.smoke_verdicts(scenario, results)
        return result
