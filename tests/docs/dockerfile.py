"""Does what a Dockerfile says without a container: dockerfile.py DOCKERFILE ROOT.

Instructions are checked; COPY and RUN are carried out below ROOT, which has a Python of its own and
to which absolute paths are led. Prints the command of CMD.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

KNOWN = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "EXPOSE", "CMD"}
FOLDERS = re.compile(r"(?<![\w.])/(?=(tmp|srv)/)")


def main() -> None:
    source, root = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    venv.create(root / "usr", with_pip=True)
    folder, command, env = root, [], dict(os.environ)
    env["PATH"] = f"{root}/usr/bin:{env['PATH']}"
    for number, line in enumerate(source.read_text().splitlines()):
        word, _, rest = line.partition(" ")
        if word not in KNOWN or not rest or (word == "FROM") != (number == 0):
            sys.exit(f"{source}:{number + 1}: {line}")
        rest = FOLDERS.sub(f"{root}/", rest)
        if word == "WORKDIR":
            folder = Path(rest)
            folder.mkdir(parents=True)
        elif word == "COPY":
            *what, goal = rest.split()
            for item in map(Path, what):
                if item.is_dir():
                    shutil.copytree(item, folder / goal)
                else:
                    shutil.copy(item, folder / goal)
        elif word == "RUN":
            subprocess.run(
                rest, shell=True, check=True, cwd=folder, env=env, stdout=subprocess.DEVNULL
            )
        elif word == "ENV":
            name, _, value = rest.partition("=")
            env[name] = value
        elif word == "CMD":
            command = json.loads(rest)
    # What the app needs is there, and its settings are such.
    check = "import trivet, sys; trivet.App().config; import app"
    subprocess.run([f"{root}/usr/bin/python", "-c", check], check=True, cwd=folder, env=env)
    if shutil.which(command[0], path=env["PATH"]) is None:
        sys.exit(f"{command[0]} is not there")
    print(*command)


if __name__ == "__main__":
    main()
