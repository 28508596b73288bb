"""The command line of bench/run."""

import argparse
import dataclasses
import datetime
import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from . import machine, prepare, report
from .generators import GENERATORS, GeneratorError, build_load
from .ratios import ROUNDS_MIN
from .rounds import Plan, Rounds
from .targets import KINDS, ROOT, Scenario, Target, TargetError, load_scenario, placeholders, select

DOCUMENT = ROOT / "docs" / "PERFORMANCE.md"
OUTPUT = ROOT / "build" / "bench"


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/run",
        description="Measures servers against each other: interleaved rounds, paired ratios. "
        "Builds what is ours, installs the peers that are missing, prints a table and "
        "writes build/bench/<date>/results.json.",
    )
    add = parser.add_argument
    add("--scenario", default="hello", help="a folder of bench/ (default: hello)")
    add("--targets", metavar="A,B", help="only these (default: all; --list names them)")
    add("--rounds", type=int, default=9)
    add("--seconds", type=float, default=2.0, help="measured window of one run")
    add("--warmup", type=float, default=1.0, help="seconds of load before the window")
    add("--connections", type=int, help="default: as the scenario says")
    add("--engine", choices=("auto", "uring", "epoll"), help="TRIVET_ENGINE of our servers")
    add("--generator", choices=sorted(GENERATORS), default="load")
    add("--preset", default="release", help="which build of the library (default: release)")
    add("--seed", type=int, help="of the order; default: the time, recorded in the results")
    add("--baseline-every", type=int, default=3, help="runs between two of the baseline's")
    add("--server-core", type=int, help="default: the last one")
    add("--generator-core", type=int, help="default: the first apart from it")
    add("--no-syscalls", action="store_true", help="do not count system calls with strace")
    add("--no-build", action="store_true", help="measure what is built and installed already")
    add("--install", action="store_true", help="install the peers (again) and end")
    add("--list", action="store_true", help="name the targets and end")
    add("--smoke", action="store_true", help="prove that the harness works, in seconds: one "
        "short round of the floor and of ours that are built; judges no time")  # fmt: skip
    add("--from", dest="source", type=Path, metavar="RESULTS", help="use these results.json "
        "(or `latest`) instead of measuring")  # fmt: skip
    add("--check", action="store_true", help="judge the bounds; the exit code is 1 if one fails")
    add("--write-docs", action="store_true", help="rewrite the table of docs/PERFORMANCE.md")
    options = parser.parse_args(arguments)
    if options.smoke and (options.check or options.write_docs or options.source):
        parser.error("--smoke judges nothing and writes nothing")
    if options.rounds < 1 or options.seconds <= 0 or options.baseline_every < 1:
        parser.error("--rounds, --seconds and --baseline-every must be positive")
    return options


def plan_of(options: argparse.Namespace, scenario: Scenario) -> Plan:
    server_core, generator_core = machine.default_cores()
    plan = Plan(
        rounds=options.rounds,
        seconds=options.seconds,
        warmup_seconds=options.warmup,
        connections=options.connections or scenario.connections,
        generator=options.generator,
        engine=options.engine,
        seed=options.seed if options.seed is not None else int(time.time()),
        baseline_every=options.baseline_every,
        server_core=server_core if options.server_core is None else options.server_core,
        generator_core=(
            generator_core if options.generator_core is None else options.generator_core
        ),
        syscall_requests=(6000, 16000),
        syscall_kinds=() if options.no_syscalls else KINDS,
    )
    if options.smoke:
        plan = dataclasses.replace(plan, rounds=1, seconds=0.5, warmup_seconds=0.1)
        plan = dataclasses.replace(plan, syscall_requests=(1000, 3000), syscall_kinds=("floor",))
    return plan


def latest() -> Path:
    """The newest results that are no smoke run's."""
    found = sorted(OUTPUT.glob("[0-9]*/results.json"))
    if not found:
        raise TargetError("there are no results in build/bench yet")
    return found[-1]


def measure(
    options: argparse.Namespace, scenario: Scenario, targets: list[Target]
) -> report.Results:
    values = placeholders(scenario.name, options.preset)
    plan = plan_of(options, scenario)
    if not (options.smoke or options.no_build):
        prepare.build_library(targets, values)
        for problem in prepare.install(targets, values, again=False):
            print(problem)
    build_load()
    skipped = prepare.prepare(targets, values)
    for name, reason in skipped.items():
        print(f"{name} is not measured: {reason}")
    if plan.server_core == plan.generator_core:
        print("there is one core only: server and generator share it, the numbers mean nothing")
    os.sched_setaffinity(0, {plan.generator_core})
    started = datetime.datetime.now(datetime.UTC)
    name = "smoke" if options.smoke else started.strftime("%Y-%m-%dT%H%M%SZ")
    folder = OUTPUT / name
    folder.mkdir(parents=True, exist_ok=True)
    ready = [target for target in targets if target.name not in skipped]
    rounds = Rounds(scenario, ready, values, plan, folder, lambda line: print(line, flush=True))
    rounds.run()
    results: report.Results = {
        "schema": 1,
        "scenario": scenario.name,
        "started": started.isoformat(timespec="seconds"),
        "plan": dataclasses.asdict(plan),
        "machine": machine.facts(values["python"]),
        "versions": prepare.versions(ready, values),
        "targets": [target.name for target in targets],
        "skipped": skipped | rounds.failures,
        "failures": rounds.failures,
        "syscalls": rounds.syscalls,
        "samples": rounds.samples,
    }
    path = folder / "results.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    print(f"raw samples: {path.relative_to(ROOT)}")
    return results


def smoke_targets(targets: list[Target]) -> list[Target]:
    return [target for target in targets if target.kind != "peer"]


def finish(options: argparse.Namespace, scenario: Scenario, results: report.Results) -> int:
    table = report.rows(scenario, results)
    print(report.plain_table(scenario, table))
    if options.write_docs:
        if results["plan"]["rounds"] < ROUNDS_MIN:
            raise ValueError(f"--write-docs needs results of at least {ROUNDS_MIN} rounds")
        block = report.docs_block(scenario, results)
        DOCUMENT.write_text(report.replace_block(DOCUMENT.read_text(), scenario.name, block))
        print(f"rewrote the table of {DOCUMENT.relative_to(ROOT)}")
    if options.smoke:
        bad = dict(results["failures"])
        bad.update({row.name: f"{row.errors} errors" for row in table if row.errors})
        if scenario.floor not in {row.name for row in table}:
            bad.setdefault(scenario.floor, "was not measured")
        passed = len([row for row in table if row.name not in bad])
        print(f"{passed} passed, {len(bad)} failed")
        return 1 if bad else 0
    if options.check:
        outcome = report.verdicts(scenario, results)
        print("\n".join(str(verdict) for verdict in outcome))
        return 0 if all(verdict.holds for verdict in outcome) else 1
    return 1 if results["failures"] else 0


def _on_terminate(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    signal.signal(signal.SIGTERM, _on_terminate)
    try:
        scenario = load_scenario(options.scenario)
        targets = select(scenario, options.targets.split(",") if options.targets else None)
        if options.smoke:
            targets = smoke_targets(targets)
        if options.list:
            for target in targets:
                print(f"{target.name:14} {target.title}")
            return 0
        if options.install:
            values = placeholders(scenario.name, options.preset)
            problems = prepare.install(targets, values, again=True)
            print("\n".join(problems) or "the peers are installed")
            return 1 if problems else 0
        if options.source is not None:
            path = latest() if str(options.source) == "latest" else options.source
            results = json.loads(path.read_text())
        else:
            results = measure(options, scenario, targets)
        return finish(options, scenario, results)
    except (TargetError, prepare.PrepareError, GeneratorError, OSError, ValueError) as error:
        print(f"bench/run: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; the servers are ended", file=sys.stderr)
        return 130
