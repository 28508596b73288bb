"""Runs jobs in parallel, each after the jobs it needs, and adds up what their output says."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from .counts import Counts

Parser = Callable[[str], Counts]
TAIL_LINES = 60
PARALLEL_MAX = 4


@dataclass(frozen=True)
class Step:
    """One command. Without a parser it only prepares something and counts no test."""

    command: str
    parser: Parser | None = None
    timeout_s: int = 900


@dataclass(frozen=True)
class Job:
    """A suite, or a build that suites need (no step has a parser)."""

    name: str
    steps: list[Step]
    needs: list[str] = field(default_factory=list)

    @property
    def parsers(self) -> list[Parser]:
        return [step.parser for step in self.steps if step.parser]


@dataclass
class Outcome:
    job: Job
    counts: Counts
    ok: bool
    seconds: float
    reason: str = ""
    excerpt: str = ""


def select(jobs: list[Job], names: list[str]) -> list[Job]:
    """The named jobs and everything they need, in table order; all when none is named."""
    if not names:
        return jobs
    by_name = {job.name: job for job in jobs}
    wanted: set[str] = set()

    def add(name: str) -> None:
        if name not in wanted:
            wanted.add(name)
            for need in by_name[name].needs:
                add(need)

    for name in names:
        add(name)
    return [job for job in jobs if job.name in wanted]


def excerpt_of(output: str) -> str:
    """The end of a failed step's output; of Go's JSON events only what they printed."""
    lines = []
    for line in output.splitlines():
        if line.startswith('{"Time"'):
            line = json.loads(line).get("Output", "").rstrip()
            if not line or line.startswith(("=== RUN", "--- PASS")):
                continue
        lines.append(line[:400])
    return "\n".join(lines[-TAIL_LINES:])


def run_step(step: Step, root: Path, log: TextIO) -> tuple[Counts, str, str]:
    """Gives the step's counts and, when it failed, why and the end of its output."""
    log.write(f"$ {step.command}\n")
    log.flush()
    start = log.tell()
    process = subprocess.Popen(
        ["bash", "-o", "pipefail", "-c", step.command],
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    reason = ""
    try:
        code = process.wait(timeout=step.timeout_s)
        if code != 0:
            reason = f"exit code {code}"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()
        reason = f"not done after {step.timeout_s} s"
    log.seek(start)
    output = log.read()
    log.seek(0, os.SEEK_END)
    if step.parser is None:
        return Counts(), reason, excerpt_of(output)
    counts = step.parser(output)
    if reason and counts.failed == 0:
        # A crash prints no summary; and a check that failed has not passed.
        passed = 0 if counts == Counts(passed=1) else counts.passed
        counts = Counts(passed, 1, counts.skipped)
    elif not reason and counts.failed:
        reason = f"{counts.failed} failed"
    elif not reason and counts.passed == 0:
        reason = "no test ran"
        counts = Counts(0, 1, counts.skipped)
    return counts, reason, excerpt_of(output)


def run_job(job: Job, root: Path, logs: Path) -> Outcome:
    begin = time.monotonic()
    counts, reasons, excerpts = Counts(), [], []
    with open(logs / f"{job.name}.log", "w+", encoding="utf-8", errors="replace") as log:
        for step in job.steps:
            step_counts, reason, excerpt = run_step(step, root, log)
            counts += step_counts
            if reason:
                reasons.append(reason)
                excerpts.append(f"$ {step.command}\n{excerpt}")
                if step.parser is None:  # what it prepares is missing for the rest
                    counts += Counts(failed=1)
                    break
    seconds = time.monotonic() - begin
    return Outcome(job, counts, not reasons, seconds, "; ".join(reasons), "\n".join(excerpts))


def report(outcome: Outcome, logs: Path, lock: threading.Lock) -> None:
    counts = outcome.counts
    detail = f"{counts.passed} passed, {counts.failed} failed" if outcome.job.parsers else "built"
    if counts.skipped:
        detail += f", {counts.skipped} skipped"
    with lock:
        if outcome.ok:
            print(f"ok    {outcome.job.name:18} {detail} ({outcome.seconds:.0f} s)", flush=True)
            return
        print(f"FAIL  {outcome.job.name:18} {outcome.reason}")
        for line in outcome.excerpt.splitlines():
            print(f"      | {line}")
        if outcome.excerpt:
            print(f"      whole log: {logs / outcome.job.name}.log")
        sys.stdout.flush()


def run_jobs(jobs: list[Job], root: Path, logs: Path | None = None) -> int:
    logs = logs or root / "build" / "test-logs"
    logs.mkdir(parents=True, exist_ok=True)
    workers = max(1, min(PARALLEL_MAX, len(os.sched_getaffinity(0))))
    lock = threading.Lock()
    waiting, outcomes, begin = list(jobs), {}, time.monotonic()

    def finish(outcome: Outcome) -> None:
        outcomes[outcome.job.name] = outcome
        report(outcome, logs, lock)

    with ThreadPoolExecutor(workers) as pool:
        running: dict[Future[Outcome], Job] = {}
        while waiting or running:
            for job in list(waiting):
                bad = [n for n in job.needs if n in outcomes and not outcomes[n].ok]
                if bad:
                    waiting.remove(job)
                    failed = Counts(failed=1 if job.parsers else 0)
                    finish(Outcome(job, failed, False, 0, f"not run: {', '.join(bad)} failed"))
                elif len(running) < workers and all(n in outcomes for n in job.needs):
                    waiting.remove(job)
                    running[pool.submit(run_job, job, root, logs)] = job
            done = wait(running, return_when=FIRST_COMPLETED).done if running else ()
            for future in done:
                del running[future]
                finish(future.result())

    total = sum((outcome.counts for outcome in outcomes.values()), Counts())
    if total.skipped:
        print(f"{total.skipped} skipped: see the suites above")
    print(f"logs in {logs}, {time.monotonic() - begin:.0f} s", flush=True)
    print(f"{total.passed} passed, {total.failed} failed", flush=True)
    return 0 if all(outcome.ok for outcome in outcomes.values()) and total.passed else 1
