"""Statistics of paired costs. Pure functions; costs are positive numbers.

A machine's speed may drift by a factor of two within minutes, so a cost alone says little. The
baseline runs several times in every round; each other sample is divided by the baseline's cost
interpolated (in logarithms, over time) between the baseline's runs before and after it. Ratios
are averaged in logarithms; the interval is Student's t over the rounds.
"""

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, median, stdev

ROUNDS_MIN = 7

# Two-sided 95 % quantiles of Student's t for 1 to 30 degrees of freedom.
_T_95 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


@dataclass(frozen=True)
class Ratio:
    """Median and 95 % interval (two-sided) of paired ratios; no interval for one round."""

    median: float
    low: float
    high: float
    rounds: int


def t_quantile_95(degrees: int) -> float:
    """The factor of a two-sided 95 % interval; beyond 30 degrees of freedom by Cornish-Fisher."""
    if degrees < 1:
        return math.inf
    if degrees <= len(_T_95):
        return _T_95[degrees - 1]
    z = NormalDist().inv_cdf(0.975)
    return z + (z**3 + z) / (4 * degrees)


def summarise_ratios(ratios: Sequence[float]) -> Ratio:
    """Raises ValueError when there is no ratio or one is not positive."""
    if not ratios or min(ratios) <= 0:
        raise ValueError("ratios must be positive and at least one")
    logs = [math.log(ratio) for ratio in ratios]
    if len(logs) == 1:
        return Ratio(ratios[0], 0.0, math.inf, 1)
    half = t_quantile_95(len(logs) - 1) * stdev(logs) / math.sqrt(len(logs))
    centre = fmean(logs)
    return Ratio(median(ratios), math.exp(centre - half), math.exp(centre + half), len(logs))


def baseline_at(time: float, runs: Sequence[tuple[float, float]]) -> float:
    """The baseline's cost at a time, from its (time, cost) runs; the nearest beyond their ends."""
    if not runs:
        raise ValueError("the baseline was not run")
    ordered = sorted(runs)
    if time <= ordered[0][0]:
        return ordered[0][1]
    for (before, low), (after, high) in itertools.pairwise(ordered):
        if time <= after:
            share = (time - before) / (after - before)
            return math.exp((1 - share) * math.log(low) + share * math.log(high))
    return ordered[-1][1]


def relative_costs(
    runs: Sequence[tuple[int, str, float, float]], baseline: str | None
) -> dict[str, dict[int, float]]:
    """Costs relative to the baseline: target -> round -> ratio, from (round, target, time, cost).

    Rounds without the baseline are left out. With no baseline at all the costs stay as they are,
    so that ratios between targets of one round can still be formed.
    """
    by_round: dict[int, list[tuple[str, float, float]]] = {}
    for number, target, time, cost in runs:
        by_round.setdefault(number, []).append((target, time, cost))
    result: dict[str, dict[int, float]] = {}
    for number, members in by_round.items():
        marks = [(time, cost) for target, time, cost in members if target == baseline]
        if baseline is not None and not marks:
            continue
        logs: dict[str, list[float]] = {}
        for target, time, cost in members:
            if target == baseline:
                ratio = 1.0
            else:
                ratio = cost / baseline_at(time, marks) if marks else cost
            logs.setdefault(target, []).append(math.log(ratio))
        for target, values in logs.items():
            result.setdefault(target, {})[number] = math.exp(fmean(values))
    return result


def ratio_between(costs: dict[str, dict[int, float]], target: str, reference: str) -> Ratio | None:
    """The paired ratio of two targets over the rounds that have both; None without any."""
    ours, theirs = costs.get(target, {}), costs.get(reference, {})
    common = sorted(ours.keys() & theirs.keys())
    if not common:
        return None
    return summarise_ratios([ours[number] / theirs[number] for number in common])


def round_order(
    targets: Sequence[str], baseline: str | None, every: int, seed: int, number: int
) -> list[str]:
    """The order of one round: shuffled, the baseline first, last and after every few others."""
    others = [target for target in targets if target != baseline]
    random.Random(f"{seed}/{number}").shuffle(others)
    if baseline is None or baseline not in targets:
        return others
    order = [baseline]
    for index, target in enumerate(others, start=1):
        order.append(target)
        if index % every == 0 or index == len(others):
            order.append(baseline)
    return order


def pair_order(target: str, reference: str, seed: int, number: int) -> list[str]:
    """Four windows of two servers, so that a steady drift of the machine counts for both alike."""
    first, second = random.Random(f"{seed}/{number}").sample([target, reference], 2)
    return [first, second, second, first]
