"""The table of docs/HTTP.md that sets the corpus's ambiguous cases beside other servers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from runner.checks import statuses
from runner.corpus import Case

PAGE = Path(__file__).resolve().parents[3] / "docs" / "HTTP.md"
BEGIN = "<!-- written by tests/conformance/differential/run; do not edit -->"
END = "<!-- end -->"
ROW = re.compile(r"^\| `([\w/]+)` \| (.*?) \| (.*?) \| (.*) \|$")


def name(case: Case) -> str:
    return case.vector.name.removeprefix("http1-")


def outcome(answers: Sequence[int], state: str) -> str:
    """`200 400, closed`: the final answers in order, and what became of the connection."""
    return f"{' '.join(map(str, answers)) or 'nothing'}, {state}"


def ours(case: Case) -> str:
    """What the corpus expects of us."""
    expected = [statuses(item)[0] for item in case.vector.expect if not item.get("optional")]
    return outcome([status for status in expected if status >= 200], case.then)


def is_refusal(text: str) -> bool:
    return re.search(r"\b[45]\d\d\b|^nothing, closed", text) is not None


def summary(cases: Sequence[Case], others: Mapping[str, Mapping[str, str]]) -> str:
    lines = []
    for server, outcomes in others.items():
        same = sum(outcomes[name(case)] == ours(case) for case in cases)
        taken = sum(
            is_refusal(ours(case)) and not is_refusal(outcomes[name(case)]) for case in cases
        )
        refused = sum(
            is_refusal(outcomes[name(case)]) and not is_refusal(ours(case)) for case in cases
        )
        lines.append(
            f"- {server}: {same} of {len(cases)} as here; takes {taken} that Trivet refuses, "
            f"refuses {refused} that Trivet takes."
        )
    return "\n".join(lines)


def render(cases: Sequence[Case], others: Mapping[str, Mapping[str, str]]) -> str:
    """The block between the marks. `others`: of each server, the outcome of each case by name."""
    rows = [
        f"| Case | What is sent | Trivet | {' | '.join(others)} |",
        f"| --- | --- | --- |{' --- |' * len(others)}",
    ]
    for case in cases:
        cells = [outcomes[name(case)] for outcomes in others.values()]
        rows.append(f"| `{name(case)}` | {case.ambiguous} | {ours(case)} | {' | '.join(cells)} |")
    return "\n".join([BEGIN, "", summary(cases, others), "", *rows, "", END])


def replace(page: str, block: str) -> str:
    before, rest = page.split(BEGIN)
    return before + block + rest.split(END)[1]


def recorded(page: str) -> dict[str, tuple[str, str]]:
    """Of each case in the table: what is sent, and our outcome."""
    block = page.split(BEGIN)[1].split(END)[0]
    found = (ROW.match(line) for line in block.splitlines())
    return {row[1]: (row[2], row[3]) for row in found if row}
