#!/usr/bin/env python3
"""Writes everything that is generated from capi/spec; with --check only says what is stale."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from load import load_spec
from model import Spec, SpecError
from outputs import (
    cffi_cdef,
    defaults,
    go_abi,
    header,
    layout_asserts,
    node_abi,
    python_abi,
    python_errors,
    reference,
    status_header,
    version_script,
)
from validate import validate

ROOT = Path(__file__).resolve().parents[2]
SINGLE_FILES = (
    header,
    version_script,
    status_header,
    layout_asserts,
    defaults,
    cffi_cdef,
    go_abi,
    node_abi,
    python_abi,
    python_errors,
)


def render_all(spec: Spec) -> dict[str, str]:
    """Every output: path from the root of the checkout, and content."""
    outputs = {output.PATH: output.render(spec) for output in SINGLE_FILES}
    return outputs | reference.pages(spec)


def stale_paths(root: Path, outputs: dict[str, str]) -> list[str]:
    stale = []
    for path, content in outputs.items():
        file = root / path
        if not file.is_file() or file.read_text(encoding="utf-8") != content:
            stale.append(path)
    return stale


def orphan_paths(root: Path, outputs: dict[str, str]) -> list[str]:
    """Reference pages of modules that are gone; every page in the folder is generated."""
    pages = (root / reference.FOLDER).glob("*.md")
    found = sorted(str(page.relative_to(root)) for page in pages)
    return [path for path in found if path not in outputs]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; 1 when stale")
    parser.add_argument("--root", type=Path, default=ROOT, help="checkout to write to")
    options = parser.parse_args(argv)
    try:
        spec = load_spec(ROOT / "capi" / "spec")
        validate(spec)
    except SpecError as error:
        print(f"generate: {error}", file=sys.stderr)
        return 2
    outputs = render_all(spec)
    stale = stale_paths(options.root, outputs)
    for path in orphan_paths(options.root, outputs):
        print(f"generate: {path} is no output any more; remove it", file=sys.stderr)
        return 1
    for path in stale:
        if options.check:
            print(f"generate: {path} is stale; run capi/gen/generate.py", file=sys.stderr)
        else:
            (options.root / path).parent.mkdir(parents=True, exist_ok=True)
            (options.root / path).write_text(outputs[path], encoding="utf-8")
            print(f"wrote {path}")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
