"""The command line of bench/run."""

import argparse
import dataclasses
import datetime
import json
import os
import signal
import sys
import time
import tomllib
from pathlib import Path
from types import FrameType
from typing import Any

from arena import dataset

from . import machine, measures, prepare, report, smoke, tables
from .generators import GENERATORS, GeneratorError, build_load
from .measures import Plan
from .ratios import ROUNDS_MIN
from .rounds import Rounds
from .targets import (
    KINDS,
    ROOT,
    Scenario,
    Target,
    TargetError,
    load_scenario,
    own_python,
    placeholders,
    scenario_names,
    select,
)

DOCUMENT = ROOT / "docs" / "PERFORMANCE.md"
OUTPUT = ROOT / "build" / "bench"
PROFILES = ROOT / "bench" / "arena" / "profiles.toml"
ALL_CORES = os.sched_getaffinity(0)


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/run",
        description="Measures servers against each other: interleaved rounds, paired ratios. "
        "Builds what is ours, installs the peers that are missing, prints a table and "
        "writes build/bench/<date>/results.json.",
    )
    add = parser.add_argument
    add("--scenario", default="hello", help="folders of bench/, separated by commas, or `all`")
    add("--targets", metavar="A,B", help="only these (default: all; --list names them)")
    add("--rounds", type=int, help="default: as the scenario says, mostly 9")
    add("--seconds", type=float, help="measured window of one run (default: the scenario's)")
    add("--warmup", type=float, help="seconds of load before the window (default: likewise)")
    add("--connections", type=int, help="default: as the scenario says")
    add("--engine", choices=("auto", "uring", "epoll"), help="TRIVET_ENGINE of our servers")
    add("--generator", choices=sorted(GENERATORS), default="load")
    add("--preset", default="release", help="which build of the library (default: release)")
    add("--seed", type=int, help="of the order; default: the time, recorded in the results")
    add("--baseline-every", type=int, default=3, help="runs between two of the baseline's")
    add("--no-syscalls", action="store_true", help="do not count system calls with strace")
    add("--no-build", action="store_true", help="measure what is built and installed already")
    add("--install", action="store_true", help="install the peers (again) and end")
    add("--list", action="store_true", help="name the targets and end")
    add("--smoke", action="store_true", help="prove that the harness works, in seconds: one "
        "short round of every scenario, with ours that are built; judges no time")  # fmt: skip
    add("--from", dest="source", type=Path, metavar="RESULTS", help="use these results.json "
        "(or `latest`) instead of measuring")  # fmt: skip
    add("--check", action="store_true", help="judge the bounds; the exit code is 1 if one fails")
    add("--write-docs", action="store_true", help="rewrite the table of docs/PERFORMANCE.md")
    options = parser.parse_args(arguments)
    if options.smoke and (options.check or options.write_docs or options.source):
        parser.error("--smoke judges nothing and writes nothing")
    for name in ("rounds", "seconds", "baseline_every"):
        if getattr(options, name) is not None and getattr(options, name) <= 0:
            parser.error("--rounds, --seconds and --baseline-every must be positive")
    return options


def plan_of(options: argparse.Namespace, scenario: Scenario) -> Plan:
    server_cores, generator_cores = machine.core_sets(os.environ)

    def chosen(name: str, default: Any) -> Any:
        value = getattr(options, name)
        return default if value is None else value

    plan = Plan(
        rounds=chosen("rounds", scenario.rounds),
        seconds=chosen("seconds", scenario.seconds),
        warmup_seconds=chosen("warmup", scenario.warmup_seconds),
        connections=chosen("connections", scenario.connections),
        generator=options.generator,
        engine=options.engine,
        seed=chosen("seed", int(time.time())),
        baseline_every=options.baseline_every,
        server_cores=server_cores,
        generator_cores=generator_cores,
        syscall_requests=(6000, 16000),
        syscall_kinds=() if options.no_syscalls else KINDS,
    )
    if options.smoke:
        plan = dataclasses.replace(plan, rounds=1, seconds=0.1, warmup_seconds=0.0)
        plan = dataclasses.replace(plan, requests_max=600, syscall_requests=(1000, 3000))
    return plan


def latest(scenario: str) -> Path:
    """The newest results of a scenario that are no smoke run's."""
    found = sorted(OUTPUT.glob(f"[0-9]*/{scenario}/results.json"))
    if not found:
        raise TargetError(f"there are no results of {scenario} in build/bench yet")
    return found[-1]


def values_of(options: argparse.Namespace, scenario: Scenario) -> dict[str, str]:
    """Smoke runs use the interpreter that the tests have built for, others one CPython 3.12."""
    python = own_python() if options.smoke else None
    return placeholders(scenario.name, options.preset, python=python)


def ready_targets(
    options: argparse.Namespace, targets: list[Target], values: dict[str, str]
) -> tuple[list[Target], dict[str, str]]:
    """Builds and installs what is missing; gives what can be measured, and why the rest cannot."""
    dataset.write(Path(values["dataset"]))
    if not (options.smoke or options.no_build):
        prepare.build_library(targets, values)
        for problem in prepare.install(targets, values, again=False):
            print(problem)
    build_load()
    skipped = prepare.prepare(targets, values)
    for name, reason in skipped.items():
        print(f"{name} is not measured: {reason}")
    return [target for target in targets if target.name not in skipped], skipped


def measure(
    options: argparse.Namespace, scenario: Scenario, targets: list[Target], folder: Path
) -> report.Results:
    values = values_of(options, scenario)
    plan = plan_of(options, scenario)
    ready, skipped = ready_targets(options, targets, values)
    if set(plan.server_cores) & set(plan.generator_cores):
        print("server and generator share a core: the numbers mean nothing")
    os.sched_setaffinity(0, plan.generator_cores)
    started = datetime.datetime.now(datetime.UTC)
    folder = folder / scenario.name
    folder.mkdir(parents=True, exist_ok=True)

    def say(line: str) -> None:
        print(line, flush=True)

    rounds = Rounds(scenario, ready, lambda _: values, plan, folder, say)
    try:
        rounds.run()
    finally:
        os.sched_setaffinity(0, ALL_CORES)
    results: report.Results = {
        "schema": 2,
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


def run_smoke(options: argparse.Namespace) -> int:
    """Every scenario for a moment; the tables are made, so that they are proven as well."""
    scenarios = [load_scenario(name) for name in scenario_names()]
    values, plan = values_of(options, scenarios[0]), plan_of(options, scenarios[0])
    targets = {target.name: target for one in scenarios for target in smoke.wanted(one)}
    ready, _ = ready_targets(options, list(targets.values()), values)
    folder = OUTPUT / "smoke"
    folder.mkdir(parents=True, exist_ok=True)
    os.sched_setaffinity(0, plan.generator_cores)
    run = smoke.Smoke(scenarios, plan, values, folder, lambda line: print(line, flush=True))
    run.run({target.name for target in ready})
    for scenario in scenarios:
        results = {"samples": run.samples[scenario.name], "skipped": {}, "syscalls": run.syscalls}
        tables.table_of(scenario, results).markdown()
    verdicts = run.verdicts()
    failed = [verdict for verdict in verdicts if not verdict.holds]
    print("\n".join(map(str, failed)))
    print(f"{len(verdicts) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def write_docs(scenario: Scenario, results: report.Results) -> None:
    if results["plan"]["rounds"] < min(ROUNDS_MIN, scenario.rounds):
        raise ValueError(f"--write-docs needs results of at least {ROUNDS_MIN} rounds")
    text = tables.replace_block(
        DOCUMENT.read_text(), scenario.name, tables.docs_block(scenario, results)
    )
    profiles = tables.profiles_block(tomllib.loads(PROFILES.read_text()))
    DOCUMENT.write_text(tables.replace_block(text, "profiles", profiles))
    print(f"rewrote the table {scenario.name} of {DOCUMENT.relative_to(ROOT)}")


def finish(
    options: argparse.Namespace, scenario: Scenario, results: report.Results
) -> list[report.Verdict]:
    """Prints and writes what was asked for. A target that failed is a verdict as well."""
    table = tables.table_of(scenario, results)
    print(table.plain())
    if options.write_docs:
        write_docs(scenario, results)
    peers = {target.name for target in scenario.targets if target.kind == "peer"}
    outcome = [
        report.Verdict(f"{scenario.name}: {name} runs", reason.splitlines()[0], False)
        for name, reason in results["failures"].items()
        if name not in peers  # their lines say why; a bound that needs them fails by itself
    ]
    if options.check:
        outcome += report.verdicts(scenario, results)
        print("\n".join(str(verdict) for verdict in outcome))
    return outcome


def run_scenario(
    options: argparse.Namespace, scenario: Scenario, folder: Path
) -> list[report.Verdict]:
    names = options.targets.split(",") if options.targets else None
    targets = select(scenario, names)
    if options.source is None:
        return finish(options, scenario, measure(options, scenario, targets, folder))
    path = latest(scenario.name) if str(options.source) == "latest" else options.source
    return finish(options, scenario, json.loads(path.read_text()))


def install(options: argparse.Namespace, scenarios: list[Scenario]) -> int:
    names = options.targets.split(",") if options.targets else None
    targets: dict[str, Target] = {}
    for scenario in scenarios:
        targets |= {target.name: target for target in select(scenario, names)}
    values = values_of(options, scenarios[0])
    problems = prepare.install(list(targets.values()), values, again=True)
    print("\n".join(problems) or "the peers are installed")
    return 1 if problems else 0


def run(options: argparse.Namespace) -> int:
    names = scenario_names() if options.scenario == "all" else options.scenario.split(",")
    scenarios = [load_scenario(name) for name in names]
    if options.list:
        for scenario in scenarios:
            print(f"{scenario.name}: {scenario.title}")
            for target in scenario.targets:
                print(f"  {target.name:22} {target.title}")
        return 0
    if options.install:
        return install(options, scenarios)
    measures.raise_descriptor_limit()
    if options.smoke:
        return run_smoke(options)
    now = datetime.datetime.now(datetime.UTC)
    folder = OUTPUT / now.strftime("%Y-%m-%dT%H%M%SZ")
    outcome: list[report.Verdict] = []
    for scenario in scenarios:
        outcome += run_scenario(options, scenario, folder)
    return 0 if all(verdict.holds for verdict in outcome) else 1


def _on_terminate(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    signal.signal(signal.SIGTERM, _on_terminate)
    try:
        return run(options)
    except (TargetError, prepare.PrepareError, GeneratorError, OSError, ValueError) as error:
        print(f"bench/run: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; the servers are ended", file=sys.stderr)
        return 130
