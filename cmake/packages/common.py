"""What the packages share: places, versions, stripped files, and doing only what is needed."""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "build" / "packages"
WORK = OUTPUT / ".work"
RELEASE = ROOT / "build" / "release"
LIBRARY = RELEASE / "libtrivet.a"
COMMAND = RELEASE / "cli" / "trivet"
# Of files in archives, so that the same input gives the same package.
EPOCH = 1767225600  # 2026-01-01

# The machine, in the words of Go and of Node.
GO_ARCH = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
NODE_ARCH = {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]

_print_lock = threading.Lock()


class Failure(Exception):
    """Something that its user can read and put right."""


def say(text: str) -> None:
    with _print_lock:
        print(f"packages: {text}", flush=True)


def version() -> str:
    text = (ROOT / "CMakeLists.txt").read_text()
    match = re.search(r"project\(trivet VERSION ([\d.]+)", text)
    assert match
    return match[1]


def check_versions() -> None:
    """Every manifest names the version of the engine."""
    for path, pattern in {
        "langs/python/pyproject.toml": r'^version = "([^"]+)"',
        "langs/node/package.json": r'^  "version": "([^"]+)"',
    }.items():
        match = re.search(pattern, (ROOT / path).read_text(), re.MULTILINE)
        if match is None or match[1] != version():
            raise Failure(f"{path} has version {match and match[1]}, CMakeLists.txt {version()}")


def run(
    command: list[object],
    log: str,
    cwd: Path = ROOT,
    env: dict[str, str] | None = None,
) -> str:
    """Runs a command, keeps what it says in a file, and gives what it printed."""
    words = [str(word) for word in command]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH), **(env or {})}
    done = subprocess.run(
        words, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    WORK.mkdir(parents=True, exist_ok=True)
    file = WORK / f"{log}.log"
    file.write_text(f"$ {' '.join(words)}\n{done.stdout}{done.stderr}")
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-30:])
        raise Failure(f"{words[0]} failed, see {file}\n{tail}")
    return done.stdout


def tracked(*folders: str) -> list[Path]:
    """Files of the repository below some folders, new ones included."""
    output = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *folders],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sorted({path for name in output.split("\0") if name and (path := ROOT / name).exists()})


def fingerprint(paths: Iterable[Path], *words: str) -> str:
    digest = hashlib.sha256("\0".join(words).encode())
    for path in sorted(paths):
        digest.update(f"{path}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def when_changed(
    name: str,
    inputs: Iterable[Path],
    results: Callable[[], list[Path]],
    make: Callable[[], None],
    *words: str,
) -> bool:
    """Makes something anew when its inputs changed or its results are gone."""
    own = list(Path(__file__).parent.glob("*"))
    key = fingerprint([*inputs, *[path for path in own if path.is_file()]], version(), *words)
    stamp = WORK / f"{name}.stamp"
    if stamp.exists() and stamp.read_text() == key and results():
        return False
    stamp.unlink(missing_ok=True)
    make()
    WORK.mkdir(parents=True, exist_ok=True)
    stamp.write_text(key)
    for path in results():
        say(f"{path.relative_to(ROOT)} ({path.stat().st_size / 1e6:.1f} MB)")
    return True


def fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def stripped(source: Path, target: Path) -> Path:
    """A copy without debug information and without the symbols that nobody links to."""
    target.parent.mkdir(parents=True, exist_ok=True)
    run(["strip", "--strip-unneeded", "-o", target, source], f"strip-{target.name}")
    return target


def require_release() -> None:
    for path in (LIBRARY, COMMAND):
        if not path.exists():
            raise Failure(f"{path.relative_to(ROOT)} is missing: run cmake/build.sh release")
