"""abidw and abidiff over the public header's types."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from support import output, run

# Paths of the machine that built the library say nothing about its ABI.
_PATHS = (
    (re.compile(r" comp-dir-path='[^']*'"), ""),
    (re.compile(r" filepath='[^']*/([^/']*)'"), r" filepath='\1'"),
    (re.compile(r" path='[^']*/([^/']*)'"), r" path='\1'"),
    (re.compile(r"(<abi-corpus [^>]*)path='[^']*'"), r"\1"),
)


def describe(library: Path, include: Path) -> str:
    """The library's public ABI as XML."""
    text = output(
        *("abidw", "--drop-private-types", "--exported-interfaces-only"),
        *(
            "--no-corpus-path",
            "--no-comp-dir-path",
            "--no-elf-needed",
            "--short-locs",
            "--type-id-style",
            "hash",
        ),
        *("--headers-dir", include, library),
    )
    for pattern, replacement in _PATHS:
        text = pattern.sub(replacement, text)
    return text


def difference(
    before: Path, after: Path, include: Path, *, additions: bool = False
) -> subprocess.CompletedProcess[str]:
    """abidiff; exit code 0 when nothing that exists has changed."""
    ignored = () if additions else ("--no-added-syms",)
    return run(
        *("abidiff", "--drop-private-types", "--exported-interfaces-only", *ignored),
        *("--headers-dir2", include, before, after),
    )
