"""build/packages/npm: one archive with the modules, their types, the addon and the command."""

import json
import os
import shutil
from pathlib import Path

import licences
from common import (
    COMMAND,
    NODE_ARCH,
    OUTPUT,
    ROOT,
    WORK,
    fresh,
    require_release,
    run,
    stripped,
    tracked,
    version,
    when_changed,
)

SOURCE = ROOT / "langs" / "node"
ADDON = SOURCE / "build" / "release" / "trivet.node"
# What only the checkout needs.
NOT_PACKED = ("scripts", "devDependencies")


def results() -> list[Path]:
    return sorted((OUTPUT / "npm").glob(f"trivet-{version()}.tgz"))


def manifest() -> str:
    content = json.loads((SOURCE / "package.json").read_text())
    for key in NOT_PACKED:
        del content[key]
    # What is prebuilt: npm refuses to install it elsewhere, and says why.
    content["cpu"] = [NODE_ARCH]
    content["libc"] = ["glibc"]
    content["files"].append("LICENSE-third-party.txt")
    return json.dumps(content, indent=2) + "\n"


def make() -> None:
    stage = fresh(WORK / "npm" / "package")
    (stage / "package.json").write_text(manifest())
    shutil.copytree(SOURCE / "dist", stage / "dist", ignore=shutil.ignore_patterns(".built"))
    os.chmod(stage / "dist" / "command.js", 0o755)
    shutil.copy(SOURCE / "README.md", stage)
    licences.write(stage)
    prebuilds = stage / "prebuilds" / f"linux-{NODE_ARCH}"
    stripped(ADDON, prebuilds / "trivet.node")
    stripped(COMMAND, prebuilds / "trivet")
    output = fresh(OUTPUT / "npm")
    run(["npm", "pack", "--ignore-scripts", "--pack-destination", output, "--loglevel=error"],
        "npm-pack", cwd=stage)  # fmt: skip


def build() -> None:
    require_release()
    run(["langs/node/build.sh"], "npm-build", env={"TRIVET_BUILD": "release"})
    inputs = [*tracked("langs/node/package.json", "langs/node/README.md"), ADDON, COMMAND,
              *(path for path in (SOURCE / "dist").rglob("*") if path.is_file())]  # fmt: skip
    when_changed("npm", inputs, results, make)
