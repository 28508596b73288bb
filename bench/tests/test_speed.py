"""The probe of the machine's speed."""

import contextlib
import os
import unittest
from pathlib import Path
from unittest import mock

from bench_path import BENCH
from harness import measures
from harness.rounds import Rounds
from harness.speed import LINES, Probe, handover, slow_keys
from harness.targets import parse_scenario


class Probes(unittest.TestCase):
    def test_costs_something(self) -> None:
        core = min(os.sched_getaffinity(0))
        with contextlib.closing(Probe([core, core])) as probe:
            self.assertGreater(probe.measure(), 0)
            self.assertLess(probe.measure(), 1e-3)

    def test_adds_the_way_between_two_cores(self) -> None:
        cores = sorted(os.sched_getaffinity(0))[:2]
        if len(cores) == 2:
            with contextlib.closing(Probe(cores)) as probe:
                self.assertGreater(probe.measure(), LINES * 1e-9)
            self.assertGreater(handover(*cores), 1e-9)
            self.assertLess(handover(*cores), 1e-3)
        self.assertEqual(handover(cores[0], cores[0]), 0)

    def test_slow_is_told_from_the_fastest(self) -> None:
        self.assertEqual(slow_keys({}), set())
        self.assertEqual(slow_keys({1: 5.0, 2: 5.7, 3: 5.8}), {3})
        self.assertEqual(slow_keys({1: 5.0, 2: 5.7, 3: 4.0}), {1, 2})


PAIR = """
[scenario]
measure = "pairs"
[[target]]
name = "one"
title = "one"
kind = "peer"
start = ["one"]
[[target]]
name = "two"
title = "two"
kind = "ours"
start = ["two"]
must = { requests_per_cpu = { one = 2 } }
"""


class Costs:
    """A probe that finds what it is told."""

    def __init__(self, costs: list[float]) -> None:
        self.costs = costs

    def measure(self) -> float:
        return self.costs.pop(0)

    def close(self) -> None:
        pass


class SlowPhases(unittest.TestCase):
    def samples(self, costs: list[float]) -> tuple[list[float], list[int]]:
        """What is kept: the probe's cost and the number of the window, of each first window."""
        scenario = parse_scenario("pair", PAIR)
        windows = iter(range(100))

        def closed(*_: object) -> list[measures.Record]:
            return [{"requests": 1, "seconds": 1.0, "window": next(windows)}]

        plan = mock.Mock(spec=measures.Plan, rounds=2, seed=1)
        rounds = Rounds(
            scenario, list(scenario.targets), lambda _: {}, plan, Path(BENCH), lambda _: None,
            probe=lambda _: Costs(costs),
        )  # fmt: skip
        with (
            mock.patch.object(Rounds, "_server", lambda *_: contextlib.nullcontext(mock.Mock())),
            mock.patch.object(measures, "closed", closed),
            mock.patch.object(measures, "summary", lambda *_: ""),
        ):
            rounds.run()
        firsts = rounds.samples[::4]
        return [s["probe_us"] for s in firsts], [s["window"] for s in firsts]

    def test_what_a_fast_machine_measured_stays(self) -> None:
        self.assertEqual(self.samples([4e-6, 4.1e-6, 4.2e-6, 4e-6]), ([4.1, 4.2], [0, 4]))

    def test_what_met_a_slow_machine_is_measured_again(self) -> None:
        costs = [4e-6, 4e-6, 4e-6, 6e-6, 4e-6, 4e-6]
        self.assertEqual(self.samples(costs), ([4.0, 4.0], [0, 8]))

    def test_a_slow_beginning_shows_later(self) -> None:
        costs = [6e-6, 6e-6, 4e-6, 4e-6, 4e-6, 4e-6]
        self.assertEqual(self.samples(costs), ([4.0, 4.0], [8, 4]))

    def test_there_is_an_end(self) -> None:
        costs = [4e-6, 4e-6, *[6e-6] * 8]
        kept, _ = self.samples(costs)
        self.assertEqual(kept, [4.0, 6.0])
        self.assertEqual(costs, [])


if __name__ == "__main__":
    unittest.main()
