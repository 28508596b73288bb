"""From raw samples to tables, the block in docs/PERFORMANCE.md, and verdicts. Pure functions."""

from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from .ratios import ROUNDS_MIN, Ratio, ratio_between, relative_costs
from .targets import Scenario, Target

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


def _costs(results: Results, baseline: str | None) -> dict[str, dict[int, float]]:
    runs = [
        (
            sample["round"],
            sample["target"],
            sample["at_seconds"],
            sample["server_cpu_seconds"] / sample["requests"],
        )
        for sample in results["samples"]
    ]
    has_baseline = any(target == baseline for _, target, _, _ in runs)
    return relative_costs(runs, baseline if has_baseline else None)


def rows(scenario: Scenario, results: Results) -> list[Row]:
    """The measured targets, the floor first, then by cost."""
    costs = _costs(results, scenario.baseline)
    table = []
    for target in scenario.targets:
        samples = [s for s in results["samples"] if s["target"] == target.name]
        if not samples:
            continue
        latencies = [s["latency_us"] for s in samples]
        calls = results["syscalls"].get(target.name)
        table.append(
            Row(
                name=target.name,
                title=target.title,
                samples=len(samples),
                cpu_us=median(s["server_cpu_seconds"] / s["requests"] * 1e6 for s in samples),
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
                errors=sum(sum(s["errors"].values()) for s in samples),
            )
        )
    return sorted(
        table,
        key=lambda row: (
            row.name != scenario.floor,
            row.to_baseline.median if row.to_baseline else row.cpu_us,
        ),
    )


def _headings(scenario: Scenario) -> list[str]:
    return [
        "server",
        "CPU-µs a request",
        f"x {scenario.baseline_title} [95 %]",
        "x floor",
        "requests/s",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "peak RSS MB",
        "system calls a request",
        "server core",
        "generator core",
        "errors",
    ]


def _ratio_text(ratio: Ratio | None) -> str:
    if ratio is None:
        return "-"
    if ratio.rounds == 1:
        return f"{ratio.median:.2f}"
    return f"{ratio.median:.2f} [{ratio.low:.2f}, {ratio.high:.2f}]"


def _cells(row: Row, baseline: str) -> list[str]:
    return [
        row.title,
        f"{row.cpu_us:.2f}",
        "1" if row.name == baseline else _ratio_text(row.to_baseline),
        f"{row.to_floor.median:.2f}" if row.to_floor else "-",
        f"{row.requests_per_second:,.0f}",
        *(f"{value:.2f}" for value in row.latency_ms),
        f"{row.rss_mb:.1f}",
        f"{row.syscalls:.2f}" if row.syscalls is not None else "-",
        f"{row.server_utilisation:.0%}",
        f"{row.generator_utilisation:.0%}",
        str(row.errors),
    ]


def plain_table(scenario: Scenario, table: list[Row]) -> str:
    lines = [_headings(scenario)] + [_cells(row, scenario.baseline) for row in table]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = []
    for name, *cells in lines:
        padded = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        text.append("  ".join([name.ljust(widths[0]), *padded]))
    text += [f"{row.title}: {', '.join(row.remarks)}" for row in table if row.remarks]
    return "\n".join(text)


def markdown_table(scenario: Scenario, table: list[Row]) -> str:
    headings = _headings(scenario)
    lines = ["| " + " | ".join(headings) + " |", "|---" + "|--:" * (len(headings) - 1) + "|"]
    lines += ["| " + " | ".join(_cells(row, scenario.baseline)) + " |" for row in table]
    return "\n".join(lines)


def docs_block(scenario: Scenario, results: Results) -> str:
    """What stands between the marks of docs/PERFORMANCE.md: facts, table, what was left out."""
    plan, machine = results["plan"], results["machine"]
    tools = ", ".join(f"{name} {version}" for name, version in machine["tools"].items() if version)
    peers = ", ".join(version for version in results["versions"].values() if version)
    rows_ = rows(scenario, results)
    lines = [
        f"Measured {results['started'][:10]} at commit {machine['commit'] or 'unknown'}: "
        f"{plan['rounds']} rounds of {plan['seconds']:g} s after {plan['warmup_seconds']:g} s of "
        f"warm-up, {plan['connections']} connections, generator `{plan['generator']}`, "
        f"seed {plan['seed']}.",
        "",
        f"Machine: {machine['cores']} cores of {machine['cpu']}"
        f"{' (virtual)' if machine['is_virtual'] else ''}, {machine['memory_gib']} GiB, "
        f"{machine['system']}, Linux {machine['kernel']}. Tools: {tools}. Peers: {peers}.",
        "",
        markdown_table(scenario, rows_),
        "",
    ]
    for row in rows_:
        if row.remarks:
            lines.append(f"- {row.title}: {', '.join(row.remarks)}.")
    for name, reason in results["skipped"].items():
        lines.append(f"- {name} was not measured: {reason.splitlines()[0]}.")
    return "\n".join(lines).rstrip() + "\n"


def replace_block(document: str, scenario: str, block: str) -> str:
    """Puts a block between its marks. Raises ValueError when a mark is missing."""
    begin, end = f"<!-- bench:{scenario} begin -->", f"<!-- bench:{scenario} end -->"
    if begin not in document or end not in document:
        raise ValueError(f"the marks {begin} and {end} are not both in the document")
    head, rest = document.split(begin, 1)
    _, tail = rest.split(end, 1)
    return f"{head}{begin}\n\n{block}\n{end}{tail}"


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


def _verdicts_of(
    target: Target, row: Row | None, costs: dict[str, dict[int, float]], baseline: str
) -> list[Verdict]:
    must, result = target.must, []
    if must.cpu_ratio is not None:
        ratio = ratio_between(costs, target.name, baseline)
        result.append(_ratio_verdict(f"{target.name} CPU x {baseline}", ratio, must.cpu_ratio))
    if must.cpu_ratio_to is not None:
        other, bound = must.cpu_ratio_to
        ratio = ratio_between(costs, target.name, other)
        result.append(_ratio_verdict(f"{target.name} CPU x {other}", ratio, bound))
    if must.rss_mb is not None:
        what = f"{target.name} peak RSS <= {must.rss_mb:g} MB"
        if row is None:
            result.append(Verdict(what, "not measured", False))
        else:
            result.append(Verdict(what, f"{row.rss_mb:.1f} MB", row.rss_mb <= must.rss_mb))
    if row is not None and row.errors:
        result.append(Verdict(f"{target.name} errors", str(row.errors), False))
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
    by_name = {row.name: row for row in rows(scenario, results)}
    has_baseline = scenario.baseline in by_name
    costs = _costs(results, scenario.baseline) if has_baseline else {}
    result = _conditions(by_name, scenario.baseline)
    for target in scenario.targets:
        if target.name in results["targets"]:
            result += _verdicts_of(target, by_name.get(target.name), costs, scenario.baseline)
    return result
