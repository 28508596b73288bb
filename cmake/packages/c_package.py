"""build/packages/c: header, libraries, pkg-config and CMake files and the command, relocatable."""

from pathlib import Path

import archive
import licences
from common import (
    COMMAND,
    LIBRARY,
    NODE_ARCH,
    OUTPUT,
    RELEASE,
    ROOT,
    WORK,
    fresh,
    require_release,
    run,
    stripped,
    version,
    when_changed,
)


def name() -> str:
    return f"trivet-{version()}-linux-{NODE_ARCH}"


def results() -> list[Path]:
    return sorted((OUTPUT / "c").glob(f"{name()}.tar.gz"))


def make() -> None:
    stage = fresh(WORK / "c" / name())
    run(["cmake", "--install", RELEASE, "--prefix", stage, "--strip"], "c-install")
    [library] = stage.rglob("libtrivet.a")
    stripped(LIBRARY, library)
    licences.write(stage / "share" / "doc" / "trivet")
    archive.tar_gz(stage, OUTPUT / "c" / f"{name()}.tar.gz")


def build() -> None:
    require_release()
    inputs = [LIBRARY, COMMAND, RELEASE / "libtrivet.so", ROOT / "capi" / "include" / "trivet.h",
              ROOT / "cmake" / "TrivetInstall.cmake"]  # fmt: skip
    when_changed("c", inputs, results, make)
