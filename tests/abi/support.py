"""What the nets share: where things lie, the spec, and running tools."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from generator import load_spec

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "abi"
INCLUDE = ROOT / "capi" / "include"
HEADER = INCLUDE / "trivet.h"
BASELINE = HERE / "baseline"
# The library under test; TRIVET_BUILD names another preset.
BUILD = ROOT / "build" / os.environ.get("TRIVET_BUILD", "release")
SHARED = BUILD / "libtrivet.so.0"
STATIC = BUILD / "libtrivet.a"
# Its capi is built with -g and without LTO, which abidiff needs.
DEBUG_SHARED = ROOT / "build" / "dev" / "libtrivet.so.0"

SPEC = load_spec(ROOT / "capi" / "spec")
FUNCTIONS = frozenset(function.name for function in SPEC.functions)


def run(
    *command: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=cwd,
        env=env,
    )


def output(*command: str | Path) -> str:
    """Standard output of a tool that must succeed."""
    done = run(*command)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def built(path: Path) -> Path:
    """A missing build is a failure, never a skip."""
    if not path.exists():
        raise AssertionError(f"{path.relative_to(ROOT)} is not built")
    return path


def without_comments(text: str) -> str:
    """C, C++ or Go source without comments; strings are left alone as far as a net needs it."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.DOTALL)


def constants(header: str) -> dict[str, int]:
    """The numeric #defines of a header."""
    pattern = r"^#define (TRIVET_\w+) \(?U?INT\d+_C\((-?\d+)\)\)?$"
    return {name: int(value) for name, value in re.findall(pattern, header, re.MULTILINE)}
