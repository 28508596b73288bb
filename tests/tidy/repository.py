"""The repository's own files, as the checks see them."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

# Path relative to the root → text; binary files are absent.
Files = dict[str, str]


@cache
def paths() -> list[str]:
    """Tracked files and new ones that are not ignored."""
    output = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sorted({p for p in output.split("\0") if p and (ROOT / p).is_file()})


@cache
def texts() -> Files:
    files = {}
    for path in paths():
        try:
            files[path] = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return files


def is_generated(path: str) -> bool:
    return "_gen." in path or path.endswith("/trivet.h") or path.startswith("docs/reference/")


def is_lock(path: str) -> bool:
    return path.endswith(("package-lock.json", "go.sum", ".lock"))
