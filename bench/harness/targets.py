"""The list of targets and the scenarios that use them: reads, checks, fills in placeholders."""

import os
import shutil
import socket
import sys
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .requests import Request, RequestError, parse_request

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("floor", "ours", "peer")
TLS = ("", "full", "resumed")
MEASURES = ("closed", "open", "idle", "memory", "start", "pairs", "profiles")
Command = list[str]


@dataclass(frozen=True)
class Bounds:
    """What a target must reach; None, or nothing in a mapping, where nothing is asked."""

    cpu_ratio: float | None = None  # cost to the baseline's
    rss_mb: float | None = None
    idle_connection_kb: float | None = None  # resident memory of each that is held
    cpu_ratio_to: tuple[str, float] | None = None
    cost_ratio_to: dict[str, float] = field(default_factory=dict)  # of several targets
    requests_per_cpu: dict[str, float] = field(default_factory=dict)  # times those of a target
    errors: int | None = None  # failed requests; they fail a check in any case, this one says so

    @property
    def partners(self) -> list[str]:
        """The targets that this one is held against, the baseline aside."""
        named = [self.cpu_ratio_to[0]] if self.cpu_ratio_to is not None else []
        return list(dict.fromkeys([*named, *self.cost_ratio_to, *self.requests_per_cpu]))


@dataclass(frozen=True)
class Target:
    """One server of a scenario. Commands hold placeholders such as {port}; see bench/README.md."""

    name: str
    title: str
    kind: str
    start: Command
    language: str = ""
    settings: str = ""
    needs: tuple[str, ...] = ()
    library: tuple[Command, ...] = ()
    build: tuple[Command, ...] = ()
    install: tuple[Command, ...] = ()
    probe: Command | None = None
    version: Command | None = None
    env: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    must: Bounds = Bounds()
    of: str = ""  # of a variant: the target that it varies
    is_bare: bool = False  # asked in the scenario's short form, not with its listed requests


@dataclass(frozen=True)
class Scenario:
    """Requests, the answers that prove a server right, what is measured, and the servers."""

    name: str
    path: str
    status: int
    body: str
    content_type: str
    connections: int
    baseline: str
    baseline_title: str
    floor: str
    targets: tuple[Target, ...]
    title: str = ""
    measure: str = "closed"
    requests: tuple[Request, ...] = ()
    depth: int = 1
    requests_each: int = 0
    rates: tuple[int, ...] = ()
    seconds: float = 2.0
    warmup_seconds: float = 1.0
    timeout_seconds: float = 2.0
    rounds: int = 9
    counts_syscalls: bool = False
    tls: str = ""  # of each connection: its handshake is `full` or `resumed`; none: no TLS
    # Of pairs: seconds of load before a target's first window, for what compiles while it runs.
    settle: dict[str, float] = field(default_factory=dict)
    held: int = 1000  # idle connections while memory is measured
    smoke: tuple[str, ...] | None = None  # targets of the smoke run; None: all that are no peers

    def sent(self, target: Target) -> tuple[Request, ...]:
        """The requests for a target; the one of the short form when none are listed."""
        short = Request(
            self.path, status=self.status, answer=self.body, content_type=self.content_type
        )
        return (short,) if target.is_bare or not self.requests else self.requests


class TargetError(Exception):
    """The list is malformed, or a name is not in it."""


def _bounds(raw: dict[str, Any]) -> Bounds:
    values = dict(raw)
    pair = values.pop("cpu_ratio_to", None)
    if pair is not None:
        values["cpu_ratio_to"] = (pair["target"], float(pair["bound"]))
    return Bounds(**values)


def _target(raw: dict[str, Any], label: str) -> Target:
    try:
        lists = {key: tuple(raw[key]) for key in ("needs", "library", "build", "install")
                 if key in raw}  # fmt: skip
        target = Target(**{**raw, **lists, "must": _bounds(raw.get("must", {}))})
    except (TypeError, KeyError) as error:
        raise TargetError(f"target {label}: {error}") from error
    if target.kind not in KINDS:
        raise TargetError(f"target {label}: kind must be one of {', '.join(KINDS)}")
    return target


def parse_targets(text: str) -> dict[str, Target]:
    """Raises TargetError with the target and the key that is wrong."""
    result: dict[str, Target] = {}
    document = tomllib.loads(text)
    shared = document.get("shared", {})
    for number, raw in enumerate(document.get("target", []), 1):
        label = raw.get("name", f"number {number}")
        base = shared.get(raw.pop("like", ""), {})
        merged = {**base, **raw}
        for table in ("env", "files"):
            if table in base or table in raw:
                merged[table] = {**base.get(table, {}), **raw.get(table, {})}
        target = _target(merged, label)
        if target.name in result:
            raise TargetError(f"two targets have the same name: {target.name}")
        result[target.name] = target
    return result


def _variants(raws: list[dict[str, Any]], known: dict[str, Target]) -> dict[str, Target]:
    """A target with another environment, or with more words in its command."""
    result = {}
    for raw in raws:
        base = known.get(raw.get("of", ""))
        if base is None or "name" not in raw:
            raise TargetError(f"variant {raw.get('name', '?')}: no such target: {raw.get('of')}")
        result[raw["name"]] = replace(
            base,
            name=raw["name"],
            title=raw.get("title", base.title),
            settings=raw.get("settings", base.settings),
            env={**base.env, **raw.get("env", {})},
            start=[*base.start[:1], *raw.get("flags", []), *base.start[1:]],
            must=Bounds(),
            of=base.name,
        )
    return result


_EMPTY = {
    "path": "/", "status": 200, "body": "", "content_type": "text/plain", "connections": 200,
    "baseline": "", "baseline_title": "", "floor": "",
}  # fmt: skip


def parse_scenario(name: str, text: str, servers: str = "") -> Scenario:
    """`servers` is the list that scenarios share; a scenario's own targets come after it."""
    document = tomllib.loads(text)
    keys = dict(document.get("scenario", {}))
    own = parse_targets(text)
    known = parse_targets(servers)
    if known.keys() & own.keys():
        raise TargetError("two targets have the same name")
    known |= own
    variants = _variants(document.get("variant", []), known)
    known |= variants
    names = keys.pop("targets", None)
    names = [*own, *variants] if names is None else [*names, *own, *variants]
    bounds = {label: raw for label, raw in document.get("must", {}).items()}
    unknown = sorted({*names, *bounds, *keys.get("settle", {})} - known.keys())
    if unknown:
        raise TargetError(f"no such target: {', '.join(unknown)}")
    try:
        chosen = [
            replace(known[label], must=_bounds(bounds[label])) if label in bounds else known[label]
            for label in names
        ]
        for key in ("rates", "smoke"):
            if key in keys:
                keys[key] = tuple(keys[key])
        requests = tuple(parse_request(raw) for raw in document.get("request", []))
        scenario = Scenario(
            name=name, targets=tuple(chosen), requests=requests, **{**_EMPTY, **keys}
        )
    except (TypeError, KeyError, RequestError) as error:
        raise TargetError(f"scenario {name}: {error}") from error
    if scenario.measure not in MEASURES:
        raise TargetError(f"scenario {name}: measure must be one of {', '.join(MEASURES)}")
    if scenario.tls not in TLS:
        raise TargetError(f"scenario {name}: tls must be full or resumed")
    return scenario


def scenario_names() -> list[str]:
    """In the order of bench/order.toml, which is the order of a whole run."""
    document = tomllib.loads((ROOT / "bench" / "order.toml").read_text())
    return list(document["scenarios"])


def load_scenario(name: str) -> Scenario:
    bench = ROOT / "bench"
    path = bench / name / "scenario.toml"
    if not path.is_file():
        raise TargetError(f"there is no scenario {name}: {path} is missing")
    return parse_scenario(name, path.read_text(), (bench / "targets.toml").read_text())


def select(scenario: Scenario, names: list[str] | None) -> list[Target]:
    """The named targets in the list's order; all of them for None."""
    if names is None:
        return list(scenario.targets)
    known = {target.name for target in scenario.targets}
    unknown = sorted(set(names) - known)
    if unknown:
        raise TargetError(f"no such target: {', '.join(unknown)} (there are {', '.join(known)})")
    return [target for target in scenario.targets if target.name in names]


def own_python() -> str:
    """The interpreter of build/venv, for smoke runs: the one that the tests build for."""
    venv = ROOT / "build" / "venv" / "bin" / "python"
    return str(venv) if venv.exists() else sys.executable


def peer_python() -> str:
    """One CPython 3.12 for every Python target: TRIVET_BENCH_PYTHON, else one that is found, else
    the interpreter of build/venv, which the table then names."""
    candidates = [os.environ.get("TRIVET_BENCH_PYTHON", "")]
    candidates += sorted(map(str, Path.home().glob(".pyenv/versions/3.12*/bin/python3.12")))
    candidates += [shutil.which("python3.12") or ""]
    return next((path for path in candidates if path and Path(path).exists()), own_python())


def placeholders(
    scenario: str, preset: str, root: Path = ROOT, python: str | None = None
) -> dict[str, str]:
    """What can stand in braces in a command; the runner adds {port} and {run}. `root` is the
    checkout whose library and apps are measured; peers are always this one's."""
    bench = ROOT / "build" / "bench"
    nginx = shutil.which("nginx") or str(bench / "peers" / "nginx" / "usr" / "sbin" / "nginx")
    return {
        "root": str(root),
        "bench": str(root / "bench"),
        "scenario": str(root / "bench" / scenario),
        "bin": str(root / "build" / "bench" / "bin"),
        "peers": str(bench / "peers"),
        "venvs": str(bench / "venvs"),
        "cargo": str(bench / "cargo"),
        "dataset": str(bench / "dataset.json"),
        "preset": preset,
        "release": str(root / "build" / preset),
        "python": python or peer_python(),
        "nginx": nginx,
    }


def fill(text: str, values: dict[str, str]) -> str:
    """Replaces {name} for the known names only, so that other braces may stay."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


def fill_all(command: Command, values: dict[str, str]) -> Command:
    return [fill(word, values) for word in command]


def environment(target: Target, values: dict[str, str], engine: str | None) -> dict[str, str]:
    """The process's environment; --engine reaches our servers through TRIVET_ENGINE."""
    result = dict(os.environ)
    result.update({name: fill(value, values) for name, value in target.env.items()})
    if engine is not None and target.kind == "ours":
        result["TRIVET_ENGINE"] = engine
    return result


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
