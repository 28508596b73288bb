"""The statistics: quantiles, intervals, interpolation of the baseline, order of a round."""

import math
import random
import unittest

from bench_path import BENCH  # noqa: F401  (puts the harness on the path)
from harness.ratios import (
    baseline_at,
    pair_order,
    ratio_between,
    relative_costs,
    round_order,
    summarise_ratios,
    t_quantile_95,
)


class Quantiles(unittest.TestCase):
    def test_matches_the_tables_of_students_t(self) -> None:
        for degrees, value in ((1, 12.706), (6, 2.447), (30, 2.042), (60, 2.000), (120, 1.980)):
            self.assertAlmostEqual(t_quantile_95(degrees), value, delta=0.001)

    def test_has_no_bound_without_a_degree_of_freedom(self) -> None:
        self.assertEqual(t_quantile_95(0), math.inf)


class Summaries(unittest.TestCase):
    def test_computes_the_interval_in_logarithms(self) -> None:
        ratio = summarise_ratios([0.5, 1.0, 2.0])
        half = 4.303 * math.log(2) / math.sqrt(3)
        self.assertAlmostEqual(ratio.median, 1.0)
        self.assertAlmostEqual(ratio.high, math.exp(half), places=6)
        self.assertAlmostEqual(ratio.low, math.exp(-half), places=6)

    def test_covers_the_true_ratio_about_95_times_in_100(self) -> None:
        source = random.Random(7)
        hits = 0
        for _ in range(1000):
            ratios = [0.8 * math.exp(source.gauss(0, 0.1)) for _ in range(7)]
            summary = summarise_ratios(ratios)
            hits += summary.low <= 0.8 <= summary.high
        self.assertGreater(hits, 925)
        self.assertLess(hits, 975)

    def test_one_round_has_no_upper_bound(self) -> None:
        self.assertEqual(summarise_ratios([0.7]).high, math.inf)

    def test_refuses_what_is_no_ratio(self) -> None:
        for values in ([], [1.0, 0.0], [-1.0]):
            with self.assertRaises(ValueError):
                summarise_ratios(values)


class Baseline(unittest.TestCase):
    def test_interpolates_in_logarithms_over_time(self) -> None:
        runs = [(10.0, 8.0), (0.0, 2.0)]
        self.assertAlmostEqual(baseline_at(5.0, runs), 4.0)
        self.assertAlmostEqual(baseline_at(-3.0, runs), 2.0)
        self.assertAlmostEqual(baseline_at(99.0, runs), 8.0)

    def test_a_steady_drift_of_the_machine_cancels(self) -> None:
        runs = []
        for number in range(3):
            for place, target in enumerate(["base", "a", "b", "base"]):
                time = number * 4.0 + place
                true = {"base": 6.0, "a": 4.5, "b": 9.0}[target]
                runs.append((number, target, time, true * 1.1**time))
        costs = relative_costs(runs, "base")
        self.assertAlmostEqual(ratio_between(costs, "a", "base").median, 0.75)
        self.assertAlmostEqual(ratio_between(costs, "a", "base").high, 0.75)
        self.assertAlmostEqual(ratio_between(costs, "b", "a").median, 2.0)

    def test_a_round_without_the_baseline_is_left_out(self) -> None:
        runs = [(1, "base", 0.0, 2.0), (1, "a", 1.0, 1.0), (2, "a", 2.0, 5.0)]
        costs = relative_costs(runs, "base")
        self.assertEqual(costs["a"], {1: 0.5})

    def test_ratios_need_no_baseline(self) -> None:
        costs = relative_costs([(1, "a", 0.0, 2.0), (1, "b", 1.0, 3.0)], None)
        self.assertAlmostEqual(ratio_between(costs, "b", "a").median, 1.5)
        self.assertIsNone(ratio_between(costs, "b", "missing"))


class Order(unittest.TestCase):
    def test_runs_every_target_once_between_runs_of_the_baseline(self) -> None:
        order = round_order(["a", "b", "base", "c", "d", "e"], "base", 2, 1, 1)
        self.assertEqual(sorted(x for x in order if x != "base"), ["a", "b", "c", "d", "e"])
        self.assertEqual([i for i, x in enumerate(order) if x == "base"], [0, 3, 6, 8])

    def test_is_repeated_by_its_seed_and_differs_between_rounds(self) -> None:
        names = [str(i) for i in range(20)]
        self.assertEqual(round_order(names, None, 3, 5, 1), round_order(names, None, 3, 5, 1))
        self.assertNotEqual(round_order(names, None, 3, 5, 1), round_order(names, None, 3, 5, 2))


class PairOrder(unittest.TestCase):
    def test_both_sides_lie_alike_in_time_and_either_comes_first(self) -> None:
        orders = {tuple(pair_order("a", "b", 1, number)) for number in range(40)}
        self.assertEqual(orders, {("a", "b", "b", "a"), ("b", "a", "a", "b")})
        self.assertEqual(pair_order("a", "b", 1, 7), pair_order("a", "b", 1, 7))


if __name__ == "__main__":
    unittest.main()
