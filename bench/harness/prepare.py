"""Gets targets ready: builds ours, installs peers, and says why one cannot be measured."""

import subprocess
from pathlib import Path

from . import machine
from .targets import Command, Target, environment, fill, fill_all


class PrepareError(Exception):
    """A build or an install step failed; the text holds its last lines."""


def run_steps(target: Target, steps: tuple[Command, ...], values: dict[str, str]) -> None:
    env = environment(target, values, None)
    for step in steps:
        command = fill_all(step, values)
        try:
            result = subprocess.run(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env=env,
                cwd=values["root"],
            )
        except OSError as error:
            raise PrepareError(f"{target.name}: {error}") from error
        if result.returncode != 0:
            tail = "\n".join(result.stdout.splitlines()[-15:])
            raise PrepareError(f"{target.name}: {' '.join(command)} failed:\n{tail}")


def missing(target: Target, values: dict[str, str]) -> str | None:
    """The file without which the target cannot be built or started; None when all are there."""
    for need in target.needs:
        if not Path(fill(need, values)).exists():
            return f"not there: {Path(fill(need, values))}"
    return None


def failed_probe(target: Target, values: dict[str, str]) -> str | None:
    """What the target's probe complains about; None when it succeeds or there is none."""
    if target.probe is None:
        return None
    command = fill_all(target.probe, values)
    env = environment(target, values, None)
    try:
        result = subprocess.run(
            command, capture_output=True, text=True, timeout=30, env=env, cwd=values["root"]
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if result.returncode == 0:
        return None
    lines = result.stderr.strip().splitlines() or [f"it ended with {result.returncode}"]
    return next((line for line in lines if "Error" in line), lines[-1])


def build_library(targets: list[Target], values: dict[str, str]) -> None:
    """Builds libtrivet and the language bindings, each step once."""
    done: set[tuple[str, ...]] = set()
    for target in targets:
        steps = tuple(step for step in target.library if tuple(step) not in done)
        done.update(tuple(step) for step in steps)
        run_steps(target, steps, values)


def install(targets: list[Target], values: dict[str, str], again: bool) -> list[str]:
    """Installs peers that are not there; all of the given ones when asked to do it again.

    Returns what went wrong: a run goes on without a peer. What targets share is installed once.
    """
    problems: list[str] = []
    done: set[str] = set()
    for target in targets:
        steps = str(target.install)
        if target.install and (again or missing(target, values) is not None):
            if steps in done and missing(target, values) is None:
                continue
            done.add(steps)
            print(f"installing {target.title}", flush=True)
            before = len(problems)
            try:
                run_steps(target, target.install, values)
            except PrepareError as error:
                problems.append(str(error))
            _remember(target, values, problems[-1] if len(problems) > before else None)
    return problems


def _remember(target: Target, values: dict[str, str], problem: str | None) -> None:
    """Keeps why a peer could not be installed, for the tables of later runs."""
    note = Path(values["peers"]) / f"{target.name}.problem"
    note.parent.mkdir(parents=True, exist_ok=True)
    if problem is None:
        note.unlink(missing_ok=True)
    else:
        note.write_text(problem + "\n")


def remembered(target: Target, values: dict[str, str]) -> str | None:
    """The last line of what went wrong when the peer was to be installed."""
    note = Path(values.get("peers", "")) / f"{target.name}.problem"
    if not note.is_file():
        return None
    return "cannot be installed here: " + note.read_text().strip().splitlines()[-1]


def prepare(targets: list[Target], values: dict[str, str]) -> dict[str, str]:
    """Builds the small apps. Returns the targets that cannot be measured and why."""
    Path(values["bin"]).mkdir(parents=True, exist_ok=True)
    skipped: dict[str, str] = {}
    done: set[tuple[str, ...]] = set()
    for target in targets:
        reason = missing(target, values)
        if reason is None:
            steps = tuple(step for step in target.build if tuple(step) not in done)
            try:
                run_steps(target, steps, values)
            except PrepareError as error:
                reason = str(error)
            else:
                done.update(tuple(step) for step in steps)
                reason = failed_probe(target, values)
        if reason is not None:
            skipped[target.name] = remembered(target, values) or reason
    return skipped


def versions(targets: list[Target], values: dict[str, str]) -> dict[str, str]:
    return {
        target.name: machine.first_line(fill_all(target.version, values))
        for target in targets
        if target.version is not None
    }
