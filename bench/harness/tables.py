"""Tables for the terminal and for docs/PERFORMANCE.md, by what the scenario measures."""

from dataclasses import dataclass
from statistics import median
from typing import Any

from .measures import cost, idle_connection_kb
from .ratios import Ratio, ratio_between
from .report import Results, Row, costs_of, errors_of, rows, samples_of
from .speed import slow_keys
from .targets import Scenario, Target


@dataclass(frozen=True)
class Table:
    """Headings, a list of cells for each line, and remarks that stand below."""

    headings: list[str]
    lines: list[list[str]]
    remarks: list[str]

    def plain(self) -> str:
        lines = [self.headings, *self.lines]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = []
        for name, *cells in lines:
            padded = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
            text.append("  ".join([name.ljust(widths[0]), *padded]).rstrip())
        return "\n".join([*text, *self.remarks])

    def markdown(self) -> str:
        text = ["| " + " | ".join(self.headings) + " |"]
        text.append("|---" + "|--:" * (len(self.headings) - 1) + "|")
        text += ["| " + " | ".join(cells) + " |" for cells in self.lines]
        if self.remarks:
            text += ["", *(f"- {remark}." for remark in self.remarks)]
        return "\n".join(text)


def ratio_text(ratio: Ratio | None) -> str:
    if ratio is None:
        return "-"
    if ratio.rounds == 1:
        return f"{ratio.median:.2f}"
    return f"{ratio.median:.2f} [{ratio.low:.2f}, {ratio.high:.2f}]"


def _to_baseline(scenario: Scenario, name: str, costs: dict[str, dict[int, float]]) -> str:
    if name == scenario.baseline:
        return "1"
    return ratio_text(ratio_between(costs, name, scenario.baseline))


def _closed_cells(scenario: Scenario, row: Row, ratio: str) -> list[str]:
    cells = [f"{row.cpu_us:.2f}", ratio]
    if scenario.floor:
        cells.append(f"{row.to_floor.median:.2f}" if row.to_floor else "-")
    cells += [
        f"{row.requests_per_second:,.0f}",
        *(f"{value:.2f}" for value in row.latency_ms),
        f"{row.rss_mb:.1f}",
        f"{row.rss_after_mb:.1f}",
    ]
    if scenario.counts_syscalls:
        cells.append(f"{row.syscalls:.2f}" if row.syscalls is not None else "-")
    return [
        *cells,
        f"{row.server_utilisation:.0%}",
        f"{row.generator_utilisation:.0%}",
        str(row.errors),
    ]


def trade_off(row: Row, other: Row | None, ratio: Ratio | None) -> str:
    """What a setting gains and costs, in words; only what the interval, or 3 % of memory, tells."""
    if other is None or ratio is None:
        return "-"
    words = "same CPU"
    if ratio.rounds > 1 and ratio.high < 1:
        words = f"{1 - ratio.median:.0%} less CPU"
    elif ratio.rounds > 1 and ratio.low > 1:
        words = f"{ratio.median - 1:.0%} more CPU"
    for name, ours, theirs in (
        ("peak", row.rss_mb, other.rss_mb),
        ("memory after load", row.rss_after_mb, other.rss_after_mb),
    ):
        change = ours / theirs - 1 if theirs else 0
        if abs(change) >= 0.03:
            words += f", {abs(change):.0%} {'less' if change < 0 else 'more'} {name}"
    return words


def _closed(scenario: Scenario, results: Results) -> Table:
    """Of variants, the ratio is to what they vary, in the list's order."""
    varied = {target.name: target.of for target in scenario.targets if target.of}
    order = [target.name for target in scenario.targets]
    title = "as it is" if varied else scenario.baseline_title
    headings = ["server", "CPU-µs a request", f"x {title} [95 %]"]
    headings += ["x floor"] if scenario.floor else []
    headings += ["requests/s", "p50 ms", "p95 ms", "p99 ms", "peak RSS MB", "RSS after MB"]
    headings += ["system calls a request"] if scenario.counts_syscalls else []
    headings += ["server core", "generator core", "errors"]
    costs = costs_of(scenario, results)
    table = rows(scenario, results)
    if varied:
        table.sort(key=lambda row: order.index(row.name))
    by_name = {row.name: row for row in table}
    lines = []
    for row in table:
        ratio = _to_baseline(scenario, row.name, costs)
        short: list[str] = []
        if varied:
            other = varied.get(row.name, "")
            to_other = ratio_between(costs, row.name, other)
            ratio = ratio_text(to_other) if other else "1"
            short = [trade_off(row, by_name.get(other), to_other)]
        lines.append([row.title, *_closed_cells(scenario, row, ratio), *short])
    headings += ["in short"] if varied else []
    remarks = [f"{row.title}: {', '.join(row.remarks)}" for row in table if row.remarks]
    return Table(headings, lines, remarks)


def _open(scenario: Scenario, results: Results) -> Table:
    """A line for each target and rate; latencies count from the intended start."""
    headings = ["server", "requests/s wanted", "answered", "CPU-µs a request", "p50 ms", "p99 ms"]
    headings += ["p99.9 ms", "max ms", "errors"]
    lines = []
    for target in scenario.targets:
        for rate in scenario.rates:
            samples = [s for s in samples_of(results, target.name) if s["rate"] == rate]
            if not samples:
                continue
            intended = max(1, sum(s["intended"] for s in samples))
            late = sum(s["errors"]["timeout"] for s in samples)
            latency = [s["latency_us"] for s in samples]
            cpu = median(s["server_cpu_seconds"] / max(1, s["requests"]) * 1e6 for s in samples)
            lines.append(
                [
                    target.title,
                    f"{rate:,}",
                    f"{1 - late / intended:.1%}",
                    f"{cpu:.2f}",
                    *(
                        f"{median(one[key] for one in latency) / 1e3:.2f}"
                        for key in ("p50", "p99", "p999", "max")
                    ),
                    str(errors_of(samples)),
                ]
            )
    return Table(headings, lines, [])


def _start(scenario: Scenario, results: Results) -> Table:
    headings = ["server", "first answer, ms", f"x {scenario.baseline_title} [95 %]", "fastest, ms"]
    costs = costs_of(scenario, results)
    lines = []
    for target in scenario.targets:
        found = [sample["start_seconds"] * 1e3 for sample in samples_of(results, target.name)]
        if found:
            ratio = _to_baseline(scenario, target.name, costs)
            lines.append([target.title, f"{median(found):.1f}", ratio, f"{min(found):.1f}"])
    return Table(headings, lines, [])


def _memory(scenario: Scenario, results: Results) -> Table:
    headings = ["server", "processes", "RSS at start MB", "KB an idle connection", "peak RSS MB"]
    headings.append("RSS after load MB")
    lines = []
    for target in scenario.targets:
        samples = samples_of(results, target.name)
        if not samples:
            continue
        held = median(map(idle_connection_kb, samples))
        lines.append(
            [
                target.title,
                str(samples[0]["processes"]),
                f"{median(s['rss_start_kb'] for s in samples) / 1024:.1f}",
                f"{held:.2f}",
                f"{max(s['rss_peak_kb'] for s in samples) / 1024:.1f}",
                f"{median(s['rss_after_kb'] for s in samples) / 1024:.1f}",
            ]
        )
    return Table(headings, lines, [])


def _idle(scenario: Scenario, results: Results) -> Table:
    lines = []
    for target in scenario.targets:
        samples = samples_of(results, target.name)
        if samples:
            cpu = median(s["idle_cpu_seconds"] / s["seconds"] * 1e3 for s in samples)
            wakeups = median(s["wakeups"] / s["seconds"] for s in samples)
            lines.append([target.title, f"{cpu:.3f}", f"{wakeups:.1f}"])
    return Table(["server", "CPU ms a second", "wake-ups a second"], lines, [])


def times_text(ratio: Ratio | None) -> str:
    """A ratio of costs the other way round: so many times as many requests."""
    if ratio is None:
        return "-"
    if ratio.rounds == 1:
        return f"{1 / ratio.median:.2f}"
    return f"{1 / ratio.median:.2f} [{1 / ratio.high:.2f}, {1 / ratio.low:.2f}]"


def _pair_cells(scenario: Scenario, results: Results, name: str, partner: str) -> list[str]:
    """Nothing when the two were not measured in the same rounds."""
    sides = [samples_of(results, name), samples_of(results, partner)]
    common = set.intersection(*({sample["round"] for sample in side} for side in sides))
    ours, theirs = ([s for s in side if s["round"] in common] for side in sides)
    if not common:
        return []
    ratio = ratio_between(costs_of(scenario, results), name, partner)
    return [
        *(f"{median(cost(scenario, s) * 1e6 for s in side):.2f}" for side in (ours, theirs)),
        ratio_text(ratio),
        times_text(ratio),
        *(f"{median(s['requests'] / s['seconds'] for s in side):,.0f}" for side in (ours, theirs)),
        *(f"{median(s['server_utilisation'] for s in side):.0%}" for side in (ours, theirs)),
        str(errors_of(ours)),
    ]


def _pairs(scenario: Scenario, results: Results) -> Table:
    """A line for each target and partner."""
    headings = ["server", "against", "CPU-µs a request", "its partner's", "ratio [95 %]"]
    headings += ["requests a CPU second, times its partner's [95 %]", "requests/s", "its partner's"]
    headings += ["server core", "its partner's", "errors"]
    titles = {target.name: target.title for target in scenario.targets}
    lines = []
    for target in scenario.targets:
        for partner in target.must.partners:
            cells = _pair_cells(scenario, results, target.name, partner)
            if cells:
                lines.append([target.title, titles[partner], *cells])
    speeds = {s["round"]: s["probe_us"] for s in results["samples"] if "probe_us" in s}
    slow = len(slow_keys(speeds))
    remarks = [f"{slow} of {len(speeds)} turns met a slow machine each time"] if slow else []
    return Table(headings, lines, remarks)


_TABLES = {
    "pairs": _pairs,
    "closed": _closed,
    "open": _open,
    "start": _start,
    "memory": _memory,
    "idle": _idle,
}


def table_of(scenario: Scenario, results: Results) -> Table:
    """The measured targets, and a line for each that was not, with the reason below."""
    table = _TABLES[scenario.measure](scenario, results)
    titles = {target.name: target.title for target in scenario.targets}
    lines, remarks = list(table.lines), list(table.remarks)
    for name, reason in results["skipped"].items():
        title = titles.get(name, name)
        lines.append([title, "not measured", *["-"] * (len(table.headings) - 2)])
        remarks.append(f"{title} was not measured: {reason.strip().splitlines()[0]}")
    return Table(table.headings, lines, remarks)


def _settings(targets: list[Target]) -> str:
    told = [f"{target.title} ({target.settings})" for target in targets if target.settings]
    return "; ".join(told)


def machine_text(machine: dict[str, Any]) -> str:
    """Where something was measured and with what, for people."""
    tools = ", ".join(f"{name} {version}" for name, version in machine["tools"].items() if version)
    return (
        f"Machine: {machine['cores']} cores of {machine['cpu']}"
        f"{' (virtual)' if machine['is_virtual'] else ''}, {machine['memory_gib']} GiB, "
        f"{machine['system']}, Linux {machine['kernel']}. Tools: {tools}."
    )


def docs_block(scenario: Scenario, results: Results) -> str:
    """What stands between the marks of docs/PERFORMANCE.md: facts, table, what was left out."""
    plan, machine = results["plan"], results["machine"]
    peers = ", ".join(sorted({text for text in results["versions"].values() if text}))
    names = {sample["target"] for sample in results["samples"]}
    measured = [target for target in scenario.targets if target.name in names]
    how = [f"{plan['rounds']} rounds"]
    if scenario.measure in ("closed", "open", "pairs"):
        how[0] += f" of {plan['seconds']:g} s after {plan['warmup_seconds']:g} s of warm-up"
        how += [f"{plan['connections']} connections", f"generator `{plan['generator']}`"]
    lines = [
        f"Measured {results['started'][:10]} at commit {machine['commit'] or 'unknown'}: "
        f"{', '.join(how)}, seed {plan['seed']}.",
        "",
        f"{machine_text(machine)} Peers: {peers or 'none'}.",
        "",
        table_of(scenario, results).markdown(),
        "",
        f"Settings: {_settings(measured)}.",
    ]
    return "\n".join(lines).rstrip() + "\n"


def replace_block(document: str, scenario: str, block: str) -> str:
    """Puts a block between its marks. Raises ValueError when a mark is missing."""
    begin, end = f"<!-- bench:{scenario} begin -->", f"<!-- bench:{scenario} end -->"
    if begin not in document or end not in document:
        raise ValueError(f"the marks {begin} and {end} are not both in the document")
    head, rest = document.split(begin, 1)
    _, tail = rest.split(end, 1)
    return f"{head}{begin}\n\n{block}\n{end}{tail}"


def profiles_block(document: dict[str, Any]) -> str:
    """The table of the public benchmark's profiles, from bench/arena/profiles.toml."""
    lines = ["| profile | here | scenario | why, or what is missing |", "|---|---|---|---|"]
    for profile in document["profile"]:
        scenario = profile.get("scenario", "")
        cells = [f"`{profile['name']}`", profile["here"], f"`{scenario}`" if scenario else "-"]
        lines.append("| " + " | ".join([*cells, profile["why"]]) + " |")
    return "\n".join(lines) + "\n"
