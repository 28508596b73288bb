"""Reads how many tests passed and failed from the output of each kind of test program."""

import json
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
        )


def _sum(pattern: str, output: str) -> int:
    return sum(int(number) for number in re.findall(pattern, output, re.MULTILINE))


def gtest(output: str) -> Counts:
    return Counts(
        _sum(r"^\[  PASSED  \] (\d+) tests?\.", output),
        _sum(r"^\[  FAILED  \] (\d+) tests?, listed below", output),
        _sum(r"^\[  SKIPPED \] (\d+) tests?, listed below", output),
    )


def pytest(output: str) -> Counts:
    """The last summary line: `3 failed, 20 passed, 1 skipped, 2 errors in 1.20s`."""
    lines = [line for line in output.splitlines() if re.search(r" in [\d.]+s\b", line)]
    line = lines[-1] if lines else ""
    return Counts(
        _sum(r"(\d+) (?:passed|xfailed)", line),
        _sum(r"(\d+) (?:failed|errors?|xpassed)", line),
        _sum(r"(\d+) skipped", line),
    )


def node(output: str) -> Counts:
    """Totals of `node --test`; a sign, which the reporter chooses, stands before each."""
    return Counts(
        _sum(r"^\S pass (\d+)$", output),
        _sum(r"^\S (?:fail|cancelled) (\d+)$", output),
        _sum(r"^\S (?:skipped|todo) (\d+)$", output),
    )


def go(output: str) -> Counts:
    """Events of `go test -json`; a package that does not build is one failure."""
    totals = {"pass": 0, "fail": 0, "skip": 0}
    for line in output.splitlines():
        if not line.startswith("{"):
            continue
        try:
            event = json.loads(line)
        except ValueError:
            continue
        action = event.get("Action")
        if action in totals and (
            "Test" in event or (action == "fail" and event.get("FailedBuild"))
        ):
            totals[action] += 1
    return Counts(totals["pass"], totals["fail"], totals["skip"])


def unittest(output: str) -> Counts:
    ran = _sum(r"^Ran (\d+) tests? in ", output)
    failed = _sum(r"^FAILED \(.*?failures=(\d+)", output)
    failed += _sum(r"^FAILED \(.*?errors=(\d+)", output)
    skipped = _sum(r"^(?:OK|FAILED) \(.*?skipped=(\d+)", output)
    return Counts(max(ran - failed - skipped, 0), failed, skipped)


def totals(output: str) -> Counts:
    """Our own runners: the last line of the form `N passed, N failed[, N skipped]`."""
    lines = re.findall(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?", output, re.MULTILINE)
    if not lines:
        return Counts()
    passed, failed, skipped = lines[-1]
    return Counts(int(passed), int(failed), int(skipped or 0))


def exit_code(_output: str) -> Counts:
    """A check that speaks only through its exit code: one test (the scheduler adds a failure)."""
    return Counts(passed=1)
