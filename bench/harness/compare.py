"""`bench/compare BASE [HEAD]`: is HEAD dearer than BASE by more than the noise of the comparison?

Both revisions are checked out and built in worktrees of their own below build/bench/compare. In
every round each target runs three times: BASE, BASE once more, HEAD. The second run of BASE gives
the noise: what an interleaved comparison of a thing with itself shows here and now. A loss is when
the whole interval of HEAD/BASE lies above both the upper end of that of BASE/BASE and LOSS_MIN.
"""

import argparse
import dataclasses
import datetime
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from arena import dataset

from . import machine, measures, prepare
from .cli import OUTPUT, Plan
from .generators import GeneratorError, build_load
from .ratios import ROUNDS_MIN, Ratio, ratio_between, relative_costs
from .rounds import Rounds
from .targets import (
    ROOT,
    Scenario,
    Target,
    TargetError,
    load_scenario,
    own_python,
    placeholders,
    select,
)

LOSS_MIN = 1.01  # what is less is not told from a difference of layout in memory
SIDES = ("base", "again", "head")
TARGETS = "c-uring,c-epoll,python-plain,python-async,node,go-inline,go-goroutine"
Samples = list[dict[str, Any]]


class CompareError(Exception):
    """A revision is not there or does not build; the text says which."""


@dataclass(frozen=True)
class Comparison:
    """One target: HEAD to BASE, and BASE to itself."""

    target: str
    change: Ratio
    noise: Ratio

    @property
    def is_loss(self) -> bool:
        return self.change.low > max(self.noise.high, LOSS_MIN)

    @property
    def is_gain(self) -> bool:
        return self.change.high < min(self.noise.low, 1 / LOSS_MIN)

    def __str__(self) -> str:
        word = "LOSS" if self.is_loss else "gain" if self.is_gain else "same"
        change, noise = self.change, self.noise
        return (
            f"{word}  {self.target:16} {change.median:.3f} [{change.low:.3f}, {change.high:.3f}], "
            f"noise {noise.median:.3f} [{noise.low:.3f}, {noise.high:.3f}]"
        )


def compare_samples(scenario: Scenario, samples: Samples) -> list[Comparison]:
    """Raises CompareError when a side of a target has fewer than ROUNDS_MIN common rounds."""
    runs = [
        (sample["round"], sample["target"], sample["at_seconds"], measures.cost(scenario, sample))
        for sample in samples
    ]
    costs = relative_costs(runs, None)
    names = list(dict.fromkeys(name.partition(":")[2] for name in costs))
    result = []
    for name in names:
        change = ratio_between(costs, f"head:{name}", f"base:{name}")
        noise = ratio_between(costs, f"again:{name}", f"base:{name}")
        if change is None or noise is None or min(change.rounds, noise.rounds) < ROUNDS_MIN:
            raise CompareError(f"{name}: fewer than {ROUNDS_MIN} rounds of both sides")
        result.append(Comparison(name, change, noise))
    return result


def _git(*words: str, folder: Path = ROOT) -> str:
    result = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True)
    if result.returncode != 0:
        raise CompareError(f"git {' '.join(words)}: {result.stderr.strip()}")
    return result.stdout.strip()


def _run(command: list[str], folder: Path) -> None:
    result = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if result.returncode != 0:
        tail = "\n".join(result.stdout.splitlines()[-15:])
        raise CompareError(f"{' '.join(command)} in {folder} failed:\n{tail}")


def checkout(revision: str, languages: set[str]) -> Path:
    """A worktree of the revision, prepared; the one of an earlier comparison serves again."""
    commit = _git("rev-parse", "--verify", f"{revision}^{{commit}}")
    folder = OUTPUT / "compare" / commit[:12]
    if not folder.exists():
        print(f"checking out {revision} ({commit[:12]})", flush=True)
        _git("worktree", "prune")
        _git("worktree", "add", "--detach", str(folder), commit)
    sysroot = folder / "build" / "sysroot"
    if not sysroot.exists() and (ROOT / "build" / "sysroot").exists():
        sysroot.parent.mkdir(exist_ok=True)
        sysroot.symlink_to(ROOT / "build" / "sysroot")
    _run(["cmake/setup.sh", "core", *sorted(languages & {"python", "node", "go"})], folder)
    return folder


def order_of_round(names: Sequence[str], seed: int, number: int) -> list[str]:
    """Targets in random order, the sides of each next to one another in random order."""
    draw = random.Random(f"{seed}/{number}")
    targets = list(dict.fromkeys(name.partition(":")[2] for name in names))
    draw.shuffle(targets)
    order = []
    for target in targets:
        sides = [name for name in names if name.partition(":")[2] == target]
        draw.shuffle(sides)
        order += sides
    return order


def sides_of(target: Target) -> list[Target]:
    return [dataclasses.replace(target, name=f"{side}:{target.name}") for side in SIDES]


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/compare",
        description="Builds two revisions and runs them interleaved; exit code 1 when HEAD is "
        "dearer than BASE by more than the noise, which a second run of BASE gives.",
    )
    parser.add_argument("base")
    parser.add_argument("head", nargs="?", default="HEAD")
    parser.add_argument("--scenario", default="hello")
    parser.add_argument("--targets", default=TARGETS, metavar="A,B")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--warmup", type=float, default=0.5)
    parser.add_argument("--preset", default="release")
    parser.add_argument("--from", dest="source", type=Path, metavar="RESULTS")
    options = parser.parse_args(arguments)
    if options.rounds < ROUNDS_MIN:
        parser.error(f"--rounds must be at least {ROUNDS_MIN}")
    return options


def _plan(options: argparse.Namespace, scenario: Scenario, seed: int) -> Plan:
    server_cores, generator_cores = machine.core_sets(os.environ)
    return Plan(
        rounds=options.rounds,
        seconds=options.seconds,
        warmup_seconds=options.warmup,
        connections=scenario.connections,
        generator="load",
        engine=None,
        seed=seed,
        baseline_every=1,
        server_cores=server_cores,
        generator_cores=generator_cores,
        syscall_requests=(0, 0),
        syscall_kinds=(),
    )


def measure(options: argparse.Namespace, scenario: Scenario) -> dict[str, Any]:
    targets = select(scenario, options.targets.split(","))
    started = datetime.datetime.now(datetime.UTC)
    languages = {target.language for target in targets}
    trees = {
        "base": checkout(options.base, languages),
        "head": checkout(options.head, languages),
    }
    python = {side: str(tree / "build" / "venv" / "bin" / "python") for side, tree in trees.items()}
    values = {
        side: placeholders(
            scenario.name,
            options.preset,
            root=tree,
            python=python[side] if Path(python[side]).exists() else own_python(),
        )
        for side, tree in trees.items()
    }
    values["again"] = values["base"]
    dataset.write(Path(values["base"]["dataset"]))
    build_load()
    for side in trees:
        print(f"building {side}", flush=True)
        prepare.build_library(targets, values[side])
        skipped = prepare.prepare(targets, values[side])
        if skipped:
            raise CompareError(f"{side}: {skipped}")
    folder = OUTPUT / "compare" / started.strftime("%Y-%m-%dT%H%M%SZ")
    folder.mkdir(parents=True)
    plan = _plan(options, scenario, int(started.timestamp()))
    os.sched_setaffinity(0, plan.generator_cores)
    three = [side for target in targets for side in sides_of(target)]
    plain = dataclasses.replace(scenario, baseline="", counts_syscalls=False)

    def values_of(name: str) -> dict[str, str]:
        return values[name.partition(":")[0]]

    def order(names: list[str], number: int) -> list[str]:
        return order_of_round(names, plan.seed, number)

    def say(line: str) -> None:
        print(line, flush=True)

    rounds = Rounds(plain, three, values_of, plan, folder, say, order)
    rounds.run()
    if rounds.failures:
        raise CompareError(str(rounds.failures))
    results = {
        "base": _git("rev-parse", options.base),
        "head": _git("rev-parse", options.head),
        "plan": dataclasses.asdict(plan),
        "machine": machine.facts(values["head"]["python"]),
        "samples": rounds.samples,
    }
    path = folder / "results.json"
    path.write_text(json.dumps(results, indent=1) + "\n")
    print(f"raw samples: {path.relative_to(ROOT)}")
    return results


def judge(scenario: Scenario, samples: Samples) -> int:
    comparisons = compare_samples(scenario, samples)
    errors = sum(sum(sample["errors"].values()) for sample in samples)
    print("\n".join(map(str, comparisons)))
    if errors:
        print(f"LOSS  {errors} requests failed")
    return 1 if errors or any(one.is_loss for one in comparisons) else 0


def _on_terminate(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str]) -> int:
    options = parse(arguments)
    signal.signal(signal.SIGTERM, _on_terminate)
    try:
        scenario = load_scenario(options.scenario)
        measures.raise_descriptor_limit()
        if options.source is not None:
            results = json.loads(options.source.read_text())
        else:
            results = measure(options, scenario)
        return judge(scenario, results["samples"])
    except (
        CompareError, TargetError, prepare.PrepareError, GeneratorError, OSError, ValueError,
    ) as error:  # fmt: skip
        print(f"bench/compare: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; the servers are ended", file=sys.stderr)
        return 130
