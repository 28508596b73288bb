"""What the trivet command shows: help as the guide has it, and colours at a terminal only."""

from __future__ import annotations

import os
import pty
import re
import subprocess

from harness import ROOT, free_port
from test_cli import TRIVET, Command

GUIDE = ROOT / "docs" / "guide" / "cli.md"
ESCAPE = "\x1b["


def exit_codes_of_help(text: str) -> list[tuple[int, str]]:
    listed = text.split("\nExit codes:\n", 1)[1]
    found = re.findall(r"(?m)^  (\d+)  (.+(?:\n     .+)*)$", listed)
    return [(int(code), re.sub(r"\n +", " ", meaning)) for code, meaning in found]


def exit_codes_of_guide(section: str) -> list[tuple[int, str]]:
    found = re.findall(r"(?m)^\| (\d+) \| (.+) \|$", section)
    return [(int(code), meaning) for code, meaning in found]


class Guide(Command):
    def commands(self) -> list[str]:
        return re.findall(r"(?m)^  ([a-z]+) {2,}\S", self.text("--help"))

    def sections(self) -> dict[str, str]:
        """By heading; what stands before the first one is of `trivet` itself."""
        first, *rest = re.split(r"(?m)^## ", GUIDE.read_text())
        return {"trivet": first, **{part.split("\n", 1)[0]: part for part in rest}}

    def test_every_command_has_its_section(self) -> None:
        commands = self.commands()
        self.assertGreaterEqual(len(commands), 5)
        sections = [name for name in self.sections() if name.startswith("trivet ")]
        self.assertEqual(sorted(sections), sorted(f"trivet {name}" for name in commands))

    def test_exit_codes_are_those_of_the_help(self) -> None:
        sections = self.sections()
        for words in ([], *([name] for name in self.commands())):
            with self.subTest(words):
                listed = exit_codes_of_help(self.text(*words, "--help"))
                self.assertGreaterEqual(len(listed), 2)
                section = sections.get(" ".join(["trivet", *words]), "")
                self.assertEqual(exit_codes_of_guide(section), listed)

    def test_every_help_has_examples_that_name_flags_there_are(self) -> None:
        for name in self.commands():
            with self.subTest(name):
                text = self.text(name, "--help")
                self.assertIn("Examples:\n", text)
                examples = text.split("Examples:\n", 1)[1].split("\n\n", 1)[0].splitlines()
                for example in examples:
                    self.assertTrue(example.startswith(f"  trivet {name}"), example)
                    used = re.findall(r" (--[a-z-]+)", example.split(" -- ")[0])
                    for flag in used:
                        self.assertRegex(text, rf"(?m)^ +(-\w,)?{flag}\b")

    def test_names_are_listed_in_groups(self) -> None:
        text = self.text("--help")
        for group in ("Make and serve:", "Look:", "This command:"):
            self.assertRegex(text, rf"(?m)^{group}\n  [a-z]+ ")


class Terminal(Command):
    def at_terminal(self, *arguments: object, **env: str) -> str:
        """What the command writes to a terminal."""
        master, slave = pty.openpty()
        clean = {"TERM": "xterm", "TRIVET_ENGINE": "", "TRIVET_CONFIG": "", "TRIVET_LOG": ""}
        inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        process = subprocess.Popen(
            [TRIVET, *map(str, arguments)],
            cwd=self.folder,
            env={**inherited, **clean, **env},
            stdin=subprocess.DEVNULL,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)
        text = b""
        try:
            while part := os.read(master, 4096):
                text += part
        except OSError:  # how Linux says that nobody has the other end any more
            pass
        finally:
            os.close(master)
        self.assertEqual(process.wait(), 0, text)
        return text.decode()

    def test_colours_are_for_terminals(self) -> None:
        for arguments in (["doctor", "--port", free_port()], ["config", "--explain"]):
            with self.subTest(arguments[0]):
                shown = self.at_terminal(*arguments)
                self.assertIn(ESCAPE, shown)
                self.assertNotIn(ESCAPE, self.text(*arguments))
                plain = re.sub(r"\x1b\[\d*m", "", shown).replace("\r\n", "\n")
                self.assertEqual(plain, self.text(*arguments) + "\n")

    def test_no_color_and_dumb_terminals(self) -> None:
        for env in ({"NO_COLOR": "1"}, {"NO_COLOR": "0"}, {"TERM": "dumb"}, {"TERM": ""}):
            with self.subTest(env):
                self.assertNotIn(ESCAPE, self.at_terminal("config", "--explain", **env))
        for env in ({"NO_COLOR": ""}, {"CLICOLOR_FORCE": "1"}):
            with self.subTest(env):
                self.assertIn(ESCAPE, self.at_terminal("config", "--explain", **env))
        program = self.trivet("config", "--explain", env={"CLICOLOR_FORCE": "1"})
        self.assertEqual(program.wait(), 0)
        self.assertNotIn(ESCAPE, "\n".join(program.out))

    def test_what_programs_read_is_never_coloured(self) -> None:
        for arguments in (
            ["config", "--json"],
            ["config", "--schema"],
            ["config"],
            ["config", "port"],
            ["doctor", "--json", "--port", free_port()],
            ["version", "--json"],
            ["completion", "bash"],
        ):
            with self.subTest(arguments):
                self.assertNotIn(ESCAPE, self.at_terminal(*arguments))
