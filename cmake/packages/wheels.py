"""build/packages/python: a source archive with the whole engine, and a wheel for each CPython here.

The wheels are built from the unpacked source archive, but link the engine of build/release.
"""

import os
import re
import shutil
import subprocess
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import licences
from common import (
    COMMAND,
    LIBRARY,
    OUTPUT,
    ROOT,
    WORK,
    Failure,
    fresh,
    require_release,
    run,
    say,
    stripped,
    tracked,
    version,
    when_changed,
)

VERSIONS = ("3.10", "3.11", "3.12", "3.13")
TOOLS = ROOT / "build" / "wheel-tools"
STAGE = WORK / "python" / "source"
WHEELS = OUTPUT / "python"
# What of the checkout the engine is built from.
ENGINE = ("CMakeLists.txt", "LICENSE", "cmake/*.cmake", "core", "capi", "cli")
PACKAGE = ("CMakeLists.txt", "README.md", "pyproject.toml", "src", "native")
QUESTION = (
    "import os, sys, sysconfig;"
    "print(sys.implementation.name, '%d.%d' % sys.version_info[:2],"
    " os.path.exists(os.path.join(sysconfig.get_path('include'), 'Python.h')))"
)
BUILD = (
    "import sys; from scikit_build_core import build;"
    "print(getattr(build, sys.argv[1])(sys.argv[2],"
    " dict(word.split('=', 1) for word in sys.argv[3:])))"
)


def answers(python: Path | str) -> str:
    try:
        done = subprocess.run([python, "-c", QUESTION], capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip()


def pythons() -> dict[str, str]:
    """Version → interpreter that has its headers: those of PATH, then pyenv's."""
    found = {}
    for wanted in VERSIONS:
        pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
        candidates: list[Path | str] = [shutil.which(f"python{wanted}") or "",
                      *sorted(pyenv.glob(f"{wanted}.*/bin/python{wanted}"), reverse=True),
                      shutil.which("python3") or ""]  # fmt: skip
        for candidate in candidates:
            if candidate and answers(candidate) == f"cpython {wanted} True":
                found[wanted] = str(candidate)
                break
    return found


def sdist() -> Path:
    return WHEELS / f"trivet-{version()}.tar.gz"


def wheels_of(wanted: str) -> list[Path]:
    tag = f"cp{wanted.replace('.', '')}"
    return sorted(WHEELS.glob(f"trivet-{version()}-{tag}-*.whl"))


def sources() -> list[tuple[Path, str]]:
    """File and its place in the source archive."""
    pairs = [(path, f"engine/{path.relative_to(ROOT)}") for path in tracked(*ENGINE)]
    pages = ROOT / "build" / "pages"
    pairs += [(path, f"engine/core/openapi/packed/{path.name}")
              for path in sorted(pages.glob("[!.]*"))]  # fmt: skip
    folder = ROOT / "langs" / "python"
    pairs += [(path, str(path.relative_to(folder)))
              for path in tracked(*(f"langs/python/{name}" for name in PACKAGE))]  # fmt: skip
    return [(path, place) for path, place in pairs if not path.name.endswith("_test.cc")]


def backend(hook: str, target: Path, log: str, python: str, *settings: str) -> str:
    command: list[object] = [python, "-c", BUILD, hook, target, *settings]
    environment = {"PYTHONPATH": str(TOOLS), "PYTHONDONTWRITEBYTECODE": "1"}
    return run(command, log, cwd=STAGE, env=environment).splitlines()[-1]


def make_sdist(python: str) -> None:
    fresh(STAGE)
    for source, place in sources():
        (STAGE / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, STAGE / place)
    licences.write(STAGE)
    WHEELS.mkdir(parents=True, exist_ok=True)
    backend("build_sdist", WHEELS, "sdist", python)


def make_wheel(python: str, wanted: str) -> None:
    before = set(wheels_of(wanted))
    work = WORK / "python" / wanted
    fresh(work / "raw")
    settings = [
        f"build-dir={work / 'build'}",
        f"cmake.define.TRIVET_LIBRARY={LIBRARY}",
        f"cmake.define.TRIVET_COMMAND={stripped(COMMAND, work / 'trivet')}",
    ]
    if shutil.which("ccache"):
        settings.append("cmake.define.CMAKE_CXX_COMPILER_LAUNCHER=ccache")
    name = backend("build_wheel", work / "raw", f"wheel-{wanted}", python, *settings)
    environment = {"PYTHONPATH": str(TOOLS), "PATH": f"{TOOLS / 'bin'}:{os.environ['PATH']}"}
    repair = ["-m", "auditwheel", "repair", "--wheel-dir", WHEELS, work / "raw" / name]
    host = ROOT / "build" / "venv" / "bin" / "python"
    made = work / "raw" / name
    run([host, *repair], f"auditwheel-{wanted}", env=environment)
    for old in before:
        if old.stat().st_mtime < made.stat().st_mtime:
            old.unlink()


def build() -> None:
    require_release()
    if not TOOLS.exists():
        raise Failure("build/wheel-tools is missing: run cmake/setup.sh packages")
    found = pythons()
    if not found:
        raise Failure(f"no CPython {', '.join(VERSIONS)} with its headers is here")
    if absent := [wanted for wanted in VERSIONS if wanted not in found]:
        say(f"no wheels for CPython {', '.join(absent)}: not on this machine")
    inputs = [path for path, _ in sources()]
    host = str(ROOT / "build" / "venv" / "bin" / "python")
    when_changed("sdist", inputs, lambda: [p for p in [sdist()] if p.exists()],
                 lambda: make_sdist(host))  # fmt: skip

    def one(wanted: str) -> None:
        python = found[wanted]
        when_changed(f"wheel-{wanted}", [*inputs, LIBRARY, COMMAND],
                     lambda: wheels_of(wanted), lambda: make_wheel(python, wanted),
                     python)  # fmt: skip

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, found))


def platform_of(wheel: Path) -> str:
    """manylinux_2_34_x86_64 and the like, the first of its platform tags."""
    match = re.search(r"-([^-]+)\.whl$", wheel.name)
    return match[1].split(".")[0] if match else sysconfig.get_platform()
