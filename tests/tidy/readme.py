#!/usr/bin/env python3
"""Runs the README's program of each language and asks it for `/` and `/users/7`.

Needs the release build and the built SDKs. Ends with `N passed, N failed`.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "build" / "readme"
NODE = ROOT / "langs" / "node"
START_SECONDS = 60
EXPECTED = {"/": {"hello": "world"}, "/users/7": {"id": 7}}


def program(language: str, port: int) -> str:
    """The README's block of a language, with its port replaced."""
    blocks = re.findall(
        rf"^```{language}\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S
    )
    if len(blocks) != 1:
        raise ValueError(f"README.md has {len(blocks)} blocks in {language}")
    return blocks[0].replace("8000", str(port))


def run(*command: str, cwd: Path = FOLDER) -> None:
    subprocess.run(command, cwd=cwd, check=True)


def python_command(source: str, _port: int) -> list[str]:
    (FOLDER / "hello.py").write_text(source)
    return [str(ROOT / "build/venv/bin/python"), "hello.py"]


def typescript_command(source: str, _port: int) -> list[str]:
    modules = FOLDER / "node_modules"
    modules.mkdir(exist_ok=True)
    if not (modules / "trivet").is_symlink():
        (modules / "trivet").symlink_to(NODE)
    (FOLDER / "package.json").write_text('{ "type": "module" }\n')
    (FOLDER / "hello.ts").write_text(source)
    options = ["--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck"]
    types = ["--typeRoots", str(NODE / "node_modules/@types"), "--types", "node"]
    run(str(NODE / "node_modules/.bin/tsc"), *options, *types, "hello.ts")
    return ["node", "hello.js"]


def go_command(source: str, _port: int) -> list[str]:
    folder = FOLDER / "go"
    folder.mkdir(exist_ok=True)
    module = "github.com/trivet/trivet/langs/go"
    (folder / "go.mod").write_text(
        f"module hello\n\ngo 1.24\n\nrequire {module} v0.0.0\n\n"
        f"replace {module} => {ROOT / 'langs/go'}\n"
    )
    (folder / "main.go").write_text(source)
    run("go", "build", "-o", "hello", ".", cwd=folder)
    return ["go/hello"]


def c_command(source: str, port: int) -> list[str]:
    (FOLDER / "hello.c").write_text(source)
    include, library = ROOT / "capi/include", ROOT / "build/release/libtrivet.a"
    run("cc", "-Wall", "-Wextra", "-Werror", f"-I{include}", "hello.c", str(library),
        "-lstdc++", "-lm", "-lpthread", "-o", "hello")  # fmt: skip
    return ["./hello", "--port", str(port)]


COMMANDS = {
    "python": python_command,
    "ts": typescript_command,
    "go": go_command,
    "c": c_command,
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(port: int, path: str, server: subprocess.Popen[bytes]) -> object:
    """Asks until the server accepts connections or ends."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
                return json.load(response)
        except urllib.error.URLError as error:
            refused = isinstance(error.reason, ConnectionRefusedError)
            if not refused or server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.02)  # between two attempts to connect, for want of an event


def check(language: str) -> None:
    port = free_port()
    command = COMMANDS[language](program(language, port), port)
    server = subprocess.Popen(command, cwd=FOLDER, env=dict(os.environ, TRIVET_LOG="warn"))
    try:
        for path, expected in EXPECTED.items():
            if (answer := get(port, path, server)) != expected:
                raise ValueError(f"{path} gave {answer}")
        server.send_signal(signal.SIGTERM)
        if (code := server.wait(START_SECONDS)) != 0:
            raise ValueError(f"exit code {code} after SIGTERM")
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    passed, failed = 0, 0
    for language in COMMANDS:
        try:
            check(language)
            passed += 1
        except (ValueError, OSError, subprocess.SubprocessError) as error:
            print(f"README, {language}: {error}")
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
