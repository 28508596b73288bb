"""From raw samples to costs, rows and verdicts. Pure functions."""

from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import Any

from .measures import cost, idle_connection_kb
from .ratios import ROUNDS_MIN, Ratio, ratio_between, relative_costs
from .targets import Bounds, Scenario, Target

# Below it the generator, not the server, was the limit; above it others used the server's core.
SATURATED_MIN = 0.95
QUIET_MAX = 0.05

Results = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One target's line. Medians over the samples, except peaks and sums."""

    name: str
    title: str
    samples: int
    cpu_us: float
    to_baseline: Ratio | None
    to_floor: Ratio | None
    requests_per_second: float
    latency_ms: tuple[float, ...]
    rss_mb: float
    syscalls: float | None
    server_utilisation: float
    generator_utilisation: float
    other_utilisation: float
    errors: int
    rss_after_mb: float = 0.0

    @property
    def remarks(self) -> list[str]:
        result = []
        if self.server_utilisation < SATURATED_MIN:
            result.append("not saturated")
        if self.other_utilisation > QUIET_MAX:
            result.append("machine not quiet")
        if self.errors:
            result.append("errors")
        return result


def costs_of(scenario: Scenario, results: Results) -> dict[str, dict[int, float]]:
    """Target -> round -> cost relative to the baseline, or as it is when that was not measured."""
    runs = [
        (sample["round"], sample["target"], sample["at_seconds"], cost(scenario, sample))
        for sample in results["samples"]
    ]
    has_baseline = any(target == scenario.baseline for _, target, _, _ in runs)
    return relative_costs(runs, scenario.baseline if has_baseline else None)


def samples_of(results: Results, name: str) -> list[dict[str, Any]]:
    return [sample for sample in results["samples"] if sample["target"] == name]


def errors_of(samples: list[dict[str, Any]]) -> int:
    return sum(sum(sample["errors"].values()) for sample in samples)


def rows(scenario: Scenario, results: Results) -> list[Row]:
    """The measured targets, the floor first, then by cost."""
    costs = costs_of(scenario, results)
    table = []
    for target in scenario.targets:
        samples = samples_of(results, target.name)
        if not samples:
            continue
        latencies = [s["latency_us"] for s in samples]
        calls = results["syscalls"].get(target.name)
        table.append(
            Row(
                name=target.name,
                title=target.title,
                samples=len(samples),
                cpu_us=median(cost(scenario, s) * 1e6 for s in samples),
                to_baseline=ratio_between(costs, target.name, scenario.baseline),
                to_floor=ratio_between(costs, target.name, scenario.floor),
                requests_per_second=median(s["requests"] / s["seconds"] for s in samples),
                latency_ms=tuple(
                    median(latency[key] for latency in latencies) / 1e3
                    for key in ("p50", "p95", "p99")
                ),
                rss_mb=max(s["rss_kb"] for s in samples) / 1024,
                syscalls=sum(calls.values()) if calls is not None else None,
                server_utilisation=median(s["server_utilisation"] for s in samples),
                generator_utilisation=median(s["generator_utilisation"] for s in samples),
                other_utilisation=fmean(s["other_utilisation"] for s in samples),
                errors=errors_of(samples),
                rss_after_mb=median(s.get("rss_after_kb", 0) for s in samples) / 1024,
            )
        )
    return sorted(
        table,
        key=lambda row: (
            row.name != scenario.floor,
            row.to_baseline.median if row.to_baseline else row.cpu_us,
        ),
    )


@dataclass(frozen=True)
class Verdict:
    """One bound: what it is, how it came out, whether it holds."""

    what: str
    outcome: str
    holds: bool

    def __str__(self) -> str:
        return f"{'pass' if self.holds else 'FAIL'}  {self.what}: {self.outcome}"


def _ratio_verdict(what: str, ratio: Ratio | None, bound: float) -> Verdict:
    text = f"{what} <= {bound:.2f}"
    if ratio is None:
        return Verdict(text, "not measured", False)
    outcome = f"median {ratio.median:.3f}, 95 % bound {ratio.high:.3f}, {ratio.rounds} rounds"
    if ratio.rounds < ROUNDS_MIN:
        return Verdict(text, f"{outcome} (at least {ROUNDS_MIN} are needed)", False)
    return Verdict(text, outcome, ratio.high <= bound)


def _times_verdict(what: str, ratio: Ratio | None, times: float) -> Verdict:
    """The same as a bound on the ratio of costs, told as the promise is: so many times as much."""
    verdict = _ratio_verdict(what, ratio, 1 / times)
    text = f"{what} >= {times:g} x"
    if ratio is None:
        return Verdict(text, "not measured", False)
    outcome = f"median {1 / ratio.median:.2f} x, 95 % bound {1 / ratio.high:.2f} x"
    if ratio.rounds < ROUNDS_MIN:
        outcome += f", {ratio.rounds} rounds (at least {ROUNDS_MIN} are needed)"
    return Verdict(text, outcome, verdict.holds)


def _word(scenario: Scenario) -> str:
    return {"start": "cold start", "memory": "memory", "idle": "idle CPU"}.get(
        scenario.measure, "CPU"
    )


def _verdicts_of(
    scenario: Scenario, target: Target, results: Results, costs: dict[str, dict[int, float]]
) -> list[Verdict]:
    must, result, word = target.must, [], _word(scenario)
    others = dict(must.cost_ratio_to)
    if must.cpu_ratio is not None:
        others[scenario.baseline] = must.cpu_ratio
    if must.cpu_ratio_to is not None:
        others[must.cpu_ratio_to[0]] = must.cpu_ratio_to[1]
    for other, bound in others.items():
        ratio = ratio_between(costs, target.name, other)
        result.append(_ratio_verdict(f"{target.name} {word} x {other}", ratio, bound))
    for other, times in must.requests_per_cpu.items():
        ratio = ratio_between(costs, target.name, other)
        what = f"{target.name} requests per CPU second against {other}"
        result.append(_times_verdict(what, ratio, times))
    samples = samples_of(results, target.name)
    if must.rss_mb is not None:
        what = f"{target.name} peak RSS <= {must.rss_mb:g} MB"
        if samples:
            peak = max(sample["rss_kb"] for sample in samples) / 1024
            result.append(Verdict(what, f"{peak:.1f} MB", peak <= must.rss_mb))
        else:
            result.append(Verdict(what, "not measured", False))
    if must.idle_connection_kb is not None:
        what = f"{target.name} memory of an idle connection <= {must.idle_connection_kb:g} KB"
        if samples:
            most = max(map(idle_connection_kb, samples))
            result.append(Verdict(what, f"{most:.2f} KB", most <= must.idle_connection_kb))
        else:
            result.append(Verdict(what, "not measured", False))
    errors, allowed = errors_of(samples), must.errors or 0
    if must.errors is not None and not samples:
        result.append(Verdict(f"{target.name} errors", "not measured", False))
    elif must.errors is not None or errors:
        answered = sum(sample.get("requests", 0) for sample in samples)
        text = f"{errors} among {answered:,} requests"
        result.append(Verdict(f"{target.name} errors", text, errors <= allowed))
    return result


def _conditions(table: dict[str, Row], baseline: str) -> list[Verdict]:
    """A baseline that is not saturated, or that others disturb, looks dear and flatters us."""
    if baseline not in table:
        return []
    busy = table[baseline].server_utilisation
    other = max(row.other_utilisation for row in table.values())
    return [
        Verdict(
            f"{baseline} uses at least {SATURATED_MIN:.0%} of its core",
            f"{busy:.1%}",
            busy >= SATURATED_MIN,
        ),
        Verdict(
            f"others use at most {QUIET_MAX:.0%} of the server's core",
            f"{other:.1%}",
            other <= QUIET_MAX,
        ),
    ]


def verdicts(scenario: Scenario, results: Results) -> list[Verdict]:
    """Every bound of the targets that were asked for, measured or not, and the conditions."""
    result = []
    has_bounds = any(replace(one.must, errors=None) != Bounds() for one in scenario.targets)
    if scenario.measure == "closed" and has_bounds:
        result += _conditions({row.name: row for row in rows(scenario, results)}, scenario.baseline)
    costs = costs_of(scenario, results)
    for target in scenario.targets:
        if target.name in results["targets"]:
            result += _verdicts_of(scenario, target, results, costs)
    return result


def smoke_verdicts(scenario: Scenario, results: Results) -> list[Verdict]:
    """Each measured target that made no error; the floor, which needs nothing, must be there."""
    result = []
    measured = {sample["target"] for sample in results["samples"]}
    for name in sorted(measured - results["failures"].keys()):
        errors = errors_of(samples_of(results, name))
        result.append(Verdict(f"{scenario.name}: {name}", f"{errors} errors", errors == 0))
    if scenario.floor and scenario.floor not in measured | results["failures"].keys():
        result.append(Verdict(f"{scenario.name}: {scenario.floor}", "was not measured", False))
    if not result:
        result.append(Verdict(f"{scenario.name}", "nothing was measured", False))
    return result
