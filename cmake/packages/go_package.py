"""build/packages/go: the module as a proxy in files has it (GOPROXY=file://…).

The engine is an object file that Go links by its name, the command a file that cmd/trivet embeds.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import archive
import licences
from common import (
    COMMAND,
    EPOCH,
    GO_ARCH,
    OUTPUT,
    RELEASE,
    ROOT,
    WORK,
    fresh,
    require_release,
    stripped,
    tracked,
    version,
    when_changed,
)

MODULE = "github.com/trivet/trivet/langs/go"
SOURCE = ROOT / "langs" / "go"
PROXY = OUTPUT / "go" / MODULE / "@v"
OBJECT = RELEASE / "static" / "trivet.o"
PLATFORM = f"linux_{GO_ARCH}"
HERE = Path(__file__).parent

# What only a checkout needs. Of the tests the examples are kept: `go doc` shows them.
LEFT_OUT = ("build.sh", "env.sh", "link_dev.go", "internal/libdev/")

LINK = f"""// Package librelease holds the engine: Go links trivet_{PLATFORM}.syso on that platform.
package librelease
"""
NEEDS = """//go:build linux && !{arch}

package {package}

var _ = this_module_of_trivet_has_the_engine_for_linux_{arch}_only
"""


def results() -> list[Path]:
    return sorted(PROXY.glob(f"v{version()}.zip"))


def is_packed(name: str) -> bool:
    is_test = name.endswith("_test.go") and not name.startswith("example_")
    return not is_test and not name.startswith(LEFT_OUT) and not name.endswith(".syso")


def contents(work: Path) -> dict[str, Path]:
    """Name in the module → file."""
    names = [str(path.relative_to(SOURCE)) for path in tracked("langs/go")]
    files = {name: SOURCE / name for name in names if is_packed(name)}

    def made(name: str, text: str) -> None:
        files[name] = work / name.replace("/", "+")
        files[name].write_text(text)

    made("internal/librelease/link.go", LINK)
    made("internal/platform/needs_packed.go", NEEDS.format(arch=GO_ARCH, package="platform"))
    packed = (HERE / "command_packed.go").read_text().replace("PLATFORM", PLATFORM)
    made("cmd/trivet/command.go", f"//go:build linux && {GO_ARCH}\n\n{packed}")
    made("cmd/trivet/needs_packed.go", NEEDS.format(arch=GO_ARCH, package="main"))
    licences.write(work)
    for name in ("LICENSE", "LICENSE-third-party.txt"):
        files[name] = work / name
    files[f"internal/librelease/trivet_{PLATFORM}.syso"] = stripped(OBJECT, work / "trivet.o")
    files[f"cmd/trivet/trivet_{PLATFORM}"] = stripped(COMMAND, work / "trivet")
    return files


def make() -> None:
    fresh(PROXY)
    tag = f"v{version()}"
    files = contents(fresh(WORK / "go"))
    time = datetime.fromtimestamp(EPOCH, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    (PROXY / "list").write_text(f"{tag}\n")
    (PROXY / f"{tag}.info").write_text(json.dumps({"Version": tag, "Time": time}))
    (PROXY / f"{tag}.mod").write_bytes((SOURCE / "go.mod").read_bytes())
    packed = {f"{MODULE}@{tag}/{name}": path for name, path in files.items()}
    archive.zip_files(packed, PROXY / f"{tag}.zip")


def build() -> None:
    require_release()
    inputs = [path for path in tracked("langs/go") if path.is_file() and path.suffix != ".syso"]
    when_changed("go", [*inputs, OBJECT, COMMAND], results, make)
