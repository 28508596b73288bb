"""Checks blocks that are files: each kind by the program that reads it."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import tomllib
from pathlib import Path

from blocks import Block

ROOT = Path(__file__).resolve().parents[2]


class FileError(Exception):
    """The reader of this kind of file refuses the block."""


def check(block: Block, text: str) -> None:
    name = block.title or f"x.{block.language}"
    checker = _patterns if "patterns" in block.flags else CHECKERS.get(block.language)
    if checker is None:
        raise FileError(f"no test knows a block of the kind {block.language!r}: say how it is run")
    checker(name, text)


def _settings(name: str, text: str) -> None:
    """`trivet.toml` by the engine's own reader, other TOML by Python's."""
    if Path(name).name not in ("trivet.toml", "x.toml"):
        tomllib.loads(text)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trivet.toml"
        path.write_text(text)
        _python("from trivet import App; App().config", cwd=folder)


def _patterns(_name: str, text: str) -> None:
    """The first word of each line is a pattern that routes may have, all in one app."""
    program = "import sys, trivet; a = trivet.App(); [a.get(p)(lambda: 0) for p in sys.argv[1:]]"
    _python(program, *(line.split()[0] for line in text.splitlines()))


def _python(program: str, *arguments: str, cwd: str | None = None) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("TRIVET_")}
    command = [str(ROOT / "build/venv/bin/python"), "-c", program, *arguments]
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)
    if done.returncode != 0:
        raise FileError(done.stderr.strip().splitlines()[-1])


def _json(_name: str, text: str) -> None:
    try:
        json.loads(text)
    except ValueError as error:
        raise FileError(str(error)) from None


def _ini(name: str, text: str) -> None:
    """systemd's units are read by systemd in their page; settings of the kernel must exist."""
    if Path(name).suffix in UNITS:
        return
    for line in text.splitlines():
        key = line.partition("=")[0].strip()
        path = Path("/proc/sys", key.replace(".", "/"))
        if key and not key.startswith("#") and not path.exists():
            raise FileError(f"the kernel has no setting {key}")


def _source(_name: str, _text: str) -> None:
    """A program's file: the commands that follow use it."""


UNITS = {".service", ".socket"}
CHECKERS = {
    "ini": _ini,
    "nginx": _source,
    "dockerfile": _source,
    "toml": _settings,
    "json": _json,
    "python": _source,
    "ts": _source,
    "go": _source,
    "c": _source,
    "cmake": _source,
    "html": _source,
}
