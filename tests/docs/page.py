"""Runs one page: its blocks in order, in one sandbox folder and one shell."""

from __future__ import annotations

import os
import re
import shutil
import signal
from dataclasses import dataclass, field
from pathlib import Path

import files
from blocks import Block, Check, Command, Item, PageError, Stop, commands, matches
from programs import ROOT, Built, is_program, with_port
from shell import CommandError, Served, Shell

DRAINED = 0


class Failure(Exception):
    """A block does not do what the page says; the text shows the difference."""


@dataclass
class Result:
    """What became of a page. Every block that is run is one test."""

    passed: int = 0
    problems: list[str] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)


def environment() -> dict[str, str]:
    """That of a user of the checkout: `trivet` and its Python found in PATH, nothing configured."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("TRIVET_")}
    path = [ROOT / "build" / "release" / "cli", ROOT / "build" / "venv" / "bin", env["PATH"]]
    return {
        **env,
        "PATH": ":".join(map(str, path)),
        "PYTHONDONTWRITEBYTECODE": "1",
        # At a terminal curl shows no progress; here it would.
        "CURL_HOME": str(Path(__file__).parent),
    }


class Page:
    def __init__(self, name: str, items: list[Item], port: int, folder: Path) -> None:
        self._name, self._items, self._port = name, items, port
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "work").mkdir(parents=True)
        self._folder = folder
        self._shell = Shell(folder / "work", environment())
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
        try:
            self._stop()
        except Failure as error:
            self._result.problems.append(f"{last.name if last else self._name}: {error}")
        self._shell.close()
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
            served = self._shell.start(text, self._port)
            self._served = block, served
            if is_shown:
                self._compare(command, command.expected, self._shell.output(served))
            return
        text = f"( {text} )" if "checkout" in block.flags else text
        self._plain(text, command.expected if is_shown else [], int(block.values.get("exit", "0")))

    def _plain(self, command: str, expected: list[str], wanted: int = 0) -> None:
        code, output = self._shell.run(command)
        if code != wanted:
            shown = "\n".join(output)
            raise Failure(f"$ {command}\nexit code {code}, not {wanted}; it printed:\n{shown}")
        if expected:
            self._compare(Command(command, expected), expected, output)

    def _typed(self, command: str) -> str:
        return with_port(command, self._port).replace("/path/to/trivet", str(ROOT))

    # --- checks ----------------------------------------------------------------------------------

    def _compare(self, command: Command, expected: list[str], output: list[str]) -> None:
        shown = [re.sub(rf"\b{self._port}\b", "8000", line) for line in output]
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
