"""Runs one page: its blocks in order, in one sandbox folder and one shell."""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import files
from blocks import Block, Check, Command, Item, Packages, PageError, Stop, commands, matches
from programs import ROOT, Built, is_program, with_port, without_port
from shell import CommandError, Served, Shell

SAY_S = 20
# What pages call /path/to/NAME.
PLACES = {"trivet": ROOT, "packages": ROOT / "build" / "packages"}


class Failure(Exception):
    """A block does not do what the page says; the text shows the difference."""


@dataclass
class Result:
    """What became of a page. Every block that is run is one test."""

    passed: int = 0
    problems: list[str] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)


def environment(has_checkout: bool, port: int) -> dict[str, str]:
    """That of a user, with nothing configured: of the checkout, whose command and Python are found
    in PATH, or of the packages, who has nothing of it.
    """
    env = {name: value for name, value in os.environ.items() if not name.startswith("TRIVET_")}
    path = [part for part in env["PATH"].split(":") if not part.startswith(str(ROOT))]
    path.append(f"{ROOT}/build/nginx/usr/sbin")
    if has_checkout:
        path = [f"{ROOT}/build/release/cli", f"{ROOT}/build/venv/bin", *path]
    return {
        **env,
        "PATH": ":".join(path),
        # 8000 is the default, too.
        "TRIVET_PORT": str(port),
        "npm_config_update_notifier": "false",
        "npm_config_fund": "false",
        "npm_config_audit": "false",
        "npm_config_prefer_offline": "true",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        # At a terminal curl shows no progress; here it would.
        "CURL_HOME": str(Path(__file__).parent),
    }


class Page:
    def __init__(self, name: str, items: list[Item], port: int, folder: Path) -> None:
        self._name, self._items, self._port = name, items, port
        has_checkout = not any(isinstance(item, Packages) for item in items)
        # Packages must serve without the checkout around them.
        self._outside = None if has_checkout else tempfile.TemporaryDirectory(prefix="trivet-docs-")
        if self._outside is not None:
            folder = Path(self._outside.name) / "page"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "work").mkdir(parents=True)
        self._shell = Shell(folder / "work", environment(has_checkout, port))
        self._served: tuple[Block, Served] | None = None
        self._result = Result()

    def run(self, built: dict[str, Built]) -> Result:
        last: Block | None = None
        for item in self._items:
            if isinstance(item, Block):
                last = item
            if isinstance(item, Block) and item.reason is not None:
                self._result.not_run.append(f"{item.name}: {item.reason}")
                continue
            where = f"{self._name}:{item.line}"
            try:
                if isinstance(item, Packages):
                    continue
                if isinstance(item, Stop):
                    self._stop()
                elif isinstance(item, Check):
                    for command in commands(item.text):
                        self._plain(self._typed(command.text), command.expected)
                else:
                    self._block(item, built)
                    self._result.passed += 1
            except (Failure, CommandError, PageError, files.FileError) as error:
                self._result.problems.append(f"{where}: {error}")
                if isinstance(item, Check):
                    break  # what follows rests on it
        try:
            self._stop()
        except Failure as error:
            self._result.problems.append(f"{last.name if last else self._name}: {error}")
        self._shell.close()
        if self._outside is not None:
            self._outside.cleanup()
        return self._result

    # --- blocks ----------------------------------------------------------------------------------

    def _block(self, block: Block, built: dict[str, Built]) -> None:
        if is_program(block):
            self._program(block, built[block.name])
        elif block.language == "console":
            typed = commands(block.text)
            for number, command in enumerate(typed):
                serves = "serve" in block.flags and number == len(typed) - 1
                self._command(block, command, serves)
        elif block.language == "sh":
            typed = script(block.text)
            for number, command in enumerate(typed):
                serves = "serve" in block.flags and number == len(typed) - 1
                self._command(block, command, serves, is_shown=False)
        else:
            self._file(block)

    def _file(self, block: Block) -> None:
        text = with_port(block.text, self._port)
        files.check(block, text)
        if block.title:
            path = self._shell.cwd / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "a" if "append" in block.flags else "w") as file:
                file.write(text)

    def _program(self, block: Block, built: Built) -> None:
        self._stop()
        if name := block.values.get("file"):
            (self._shell.cwd / name).write_text(with_port(block.text, self._port))
        if built.problem:
            raise Failure(f"does not compile:\n{built.problem}")
        if not built.command:
            return
        if "ends" in block.flags:
            self._plain(built.command, [])
        else:
            self._served = block, self._shell.start(built.command, self._port)

    def _command(self, block: Block, command: Command, serves: bool, is_shown: bool = True) -> None:
        text = self._typed(command.text)
        if "checkout" in block.flags:
            text = f"cd {ROOT} && PORT={self._port} {text}"
        if serves:
            self._stop()
            if "checkout" in block.flags:
                text = f"env -C {ROOT} PORT={self._port} {self._typed(command.text)}"
            elif re.match(r"[A-Z_]+=", text):
                text = f"env {text}"
            text = f"{block.values.get('under', '')} {text}"
            served = self._shell.start(text, self._port)
            self._served = block, served
            if is_shown:
                self._said(command, served)
            return
        if under := block.values.get("under"):
            # Behind assignments, which are the shell's.
            text = re.sub(r"^((?:[A-Z_]+=\S+ )*)", rf"\1{under} ", text)
        text = f"( {text} )" if "checkout" in block.flags else text
        self._plain(text, command.expected if is_shown else [], int(block.values.get("exit", "0")))

    def _said(self, command: Command, served: Served) -> None:
        """Waits for what a program says when it listens; it may still be about to."""
        deadline = time.monotonic() + SAY_S
        while True:
            try:
                return self._compare(command, [*command.expected, "…"], self._shell.output(served))
            except Failure:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def _plain(self, command: str, expected: list[str], wanted: int = 0) -> None:
        code, output = self._shell.run(command)
        if code != wanted:
            shown = "\n".join(output)
            raise Failure(f"$ {command}\nexit code {code}, not {wanted}; it printed:\n{shown}")
        if expected:
            self._compare(Command(command, expected), expected, output)

    def _typed(self, command: str) -> str:
        text = with_port(command, self._port)
        for name, place in PLACES.items():
            text = text.replace(f"/path/to/{name}", str(place))
        return text

    # --- checks ----------------------------------------------------------------------------------

    def _compare(self, command: Command, expected: list[str], output: list[str]) -> None:
        shown = [without_port(line, self._port) for line in output]
        if not matches(expected, shown):
            raise Failure(
                f"$ {command.text}\nprinted:\n"
                + "\n".join(f"  {line}" for line in shown)
                + "\nand the page shows:\n"
                + "\n".join(f"  {line}" for line in expected)
            )

    def _stop(self) -> None:
        """Ends what serves as Ctrl-C does: it drains, and that is its exit code."""
        if self._served is None:
            return
        (block, served), self._served = self._served, None
        code = self._shell.stop(served, signal.SIGINT)
        wanted = int(block.values.get("exit", "0"))
        if code != wanted:
            said = "\n".join(self._shell.output(served))
            raise Failure(f"{served.command} ended with {code}, not {wanted}:\n{said}")


def script(text: str) -> list[Command]:
    """The lines of a ```sh block, those that go on joined; comments are for the reader."""
    found, line = [], ""
    for part in text.splitlines():
        line += part
        if line.endswith("\\"):
            line = line[:-1]
        else:
            if line.strip() and not line.startswith("#"):
                found.append(Command(line, []))
            line = ""
    return found
