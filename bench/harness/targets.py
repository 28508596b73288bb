"""The list of targets of a scenario: reads and checks `targets.toml`, fills in placeholders."""

import os
import shutil
import socket
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("floor", "ours", "peer")
Command = list[str]


@dataclass(frozen=True)
class Bounds:
    """What a target must reach; None where nothing is asked."""

    cpu_ratio: float | None = None
    rss_mb: float | None = None
    cpu_ratio_to: tuple[str, float] | None = None


@dataclass(frozen=True)
class Target:
    """One server of a scenario. Commands hold placeholders such as {port}; see bench/README.md."""

    name: str
    title: str
    kind: str
    start: Command
    language: str = ""
    needs: tuple[str, ...] = ()
    library: tuple[Command, ...] = ()
    build: tuple[Command, ...] = ()
    install: tuple[Command, ...] = ()
    probe: Command | None = None
    version: Command | None = None
    env: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    must: Bounds = Bounds()


@dataclass(frozen=True)
class Scenario:
    """A request, the answer that proves a server right, and the servers."""

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


class TargetError(Exception):
    """The list is malformed, or a name is not in it."""


def _bounds(raw: dict[str, object]) -> Bounds:
    values = dict(raw)
    pair = values.pop("cpu_ratio_to", None)
    if pair is not None:
        assert isinstance(pair, dict)
        values["cpu_ratio_to"] = (pair["target"], float(pair["bound"]))
    return Bounds(**values)  # type: ignore[arg-type]


def parse_scenario(name: str, text: str) -> Scenario:
    """Raises TargetError with the target and the key that is wrong."""
    document = tomllib.loads(text)
    targets: list[Target] = []
    for raw in document.get("target", []):
        label = raw.get("name", f"number {len(targets) + 1}")
        try:
            values = {key: tuple(raw[key]) for key in ("needs", "library", "build", "install")
                      if key in raw}  # fmt: skip
            must = _bounds(raw.get("must", {}))
            targets.append(Target(**{**raw, **values, "must": must}))
        except (TypeError, KeyError) as error:
            raise TargetError(f"target {label}: {error}") from error
        if targets[-1].kind not in KINDS:
            raise TargetError(f"target {label}: kind must be one of {', '.join(KINDS)}")
    names = [target.name for target in targets]
    if len(set(names)) != len(names):
        raise TargetError("two targets have the same name")
    try:
        return Scenario(name=name, targets=tuple(targets), **document["scenario"])
    except (TypeError, KeyError) as error:
        raise TargetError(f"[scenario]: {error}") from error


def load_scenario(name: str) -> Scenario:
    path = ROOT / "bench" / name / "targets.toml"
    if not path.is_file():
        raise TargetError(f"there is no scenario {name}: {path} is missing")
    return parse_scenario(name, path.read_text())


def select(scenario: Scenario, names: list[str] | None) -> list[Target]:
    """The named targets in the list's order; all of them for None."""
    if names is None:
        return list(scenario.targets)
    known = {target.name for target in scenario.targets}
    unknown = sorted(set(names) - known)
    if unknown:
        raise TargetError(f"no such target: {', '.join(unknown)} (there are {', '.join(known)})")
    return [target for target in scenario.targets if target.name in names]


def base_python() -> str:
    """The interpreter peers get their virtual environment from: the one that build/venv is of."""
    venv = ROOT / "build" / "venv" / "bin" / "python"
    return os.path.realpath(venv) if venv.exists() else os.path.realpath(sys.executable)


def placeholders(scenario: str, preset: str) -> dict[str, str]:
    """What can stand in braces in a command; the runner adds {port} and {run}."""
    bench = ROOT / "build" / "bench"
    venv = ROOT / "build" / "venv" / "bin" / "python"
    nginx = shutil.which("nginx") or str(bench / "peers" / "nginx" / "usr" / "sbin" / "nginx")
    return {
        "root": str(ROOT),
        "scenario": str(ROOT / "bench" / scenario),
        "bin": str(bench / "bin"),
        "peers": str(bench / "peers"),
        "peer_venv": str(ROOT / "build" / "bench-venv"),
        "preset": preset,
        "release": str(ROOT / "build" / preset),
        "python": str(venv) if venv.exists() else sys.executable,
        "base_python": base_python(),
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
