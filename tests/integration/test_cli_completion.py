"""trivet completion, in the shells themselves."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

from harness import DEADLINE_S
from test_cli import TRIVET, Command

# Calls the function as readline does; the last word is the one under the cursor.
BASH = """
source "$1"
shift
complete -p trivet >/dev/null || exit 1
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_trivet
printf '%s\\n' "${COMPREPLY[@]}"
"""
ZSH = """
autoload -Uz compinit
compinit -u -D
source script
show() { print -r -- "LINE<$BUFFER>"; BUFFER= }
zle -N show
bindkey '^X' show
PS1=
print READY
"""


class Completion(Command):
    def setUp(self) -> None:
        super().setUp()
        (self.folder / "some.toml").touch()
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "trivet").symlink_to(TRIVET)

    def script(self, shell: str) -> Path:
        """The script in a file."""
        path = self.folder / "script"
        path.write_text(self.text("completion", shell) + "\n")
        return path

    def run_shell(self, *command: str) -> list[str]:
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        env = {"PATH": path, "HOME": str(self.folder), "TERM": "dumb"}
        done = subprocess.run(
            command, cwd=self.folder, env=env, capture_output=True, text=True, check=True
        )
        self.assertEqual(done.stderr, "")
        return done.stdout.split("\n")[:-1]

    def test_bash(self) -> None:
        script = self.script("bash")
        for words, expected in [
            (["st"], ["start"]),
            (["--v"], ["--version"]),
            (["start", "--en"], ["--engine"]),
            (["start", "--engine", ""], ["auto", "uring", "epoll"]),
            (["start", "--engine", "=", "ep"], ["epoll"]),
            (["start", "--engine", "="], ["auto", "uring", "epoll"]),
            (["start", "--port", "1", "--lo"], ["--log"]),
            (["start", "--config", "so"], ["some.toml"]),
            (["start", "--workers", ""], ["auto"]),
            (["config", "server.po"], ["server.port"]),
            (["completion", ""], ["bash", "zsh", "fish"]),
            (["client", ""], ["typescript", "python", "go"]),
            (["nonsense", "x"], [""]),
        ]:
            with self.subTest(words=words):
                command = ["bash", "--norc", "-c", BASH, "bash", str(script), "trivet", *words]
                self.assertEqual(self.run_shell(*command), expected)
        behind = ["start", "--", "prlimi"]
        command = ["bash", "--norc", "-c", BASH, "bash", str(script), "trivet", *behind]
        self.assertIn("prlimit", self.run_shell(*command))

    def test_fish(self) -> None:
        script = self.script("fish")
        for line, expected in [
            ("trivet st", ["start"]),
            ("trivet start --en", ["--engine"]),
            ("trivet start --engine ", ["auto", "epoll", "uring"]),
            ("trivet start --engine=ep", ["--engine=epoll"]),
            ("trivet start --port 1 --lo", ["--log"]),
            ("trivet start --config so", ["some.toml"]),
            ("trivet config server.po", ["server.port"]),
            ("trivet completion ", ["bash", "fish", "zsh"]),
            ("trivet completion zs", ["zsh"]),
        ]:
            with self.subTest(line):
                command = f"source {script}; complete -C '{line}'"
                found = self.run_shell("fish", "--no-config", "-c", command)
                self.assertEqual(sorted(item.split("\t")[0] for item in found), expected)
        command = f"source {script}; complete -C 'trivet start -- prlimi'"
        found = self.run_shell("fish", "--no-config", "-c", command)
        self.assertIn("prlimit", [item.split("\t")[0] for item in found])

    def test_zsh(self) -> None:
        self.script("zsh")
        (self.folder / "setup").write_text(ZSH)
        shell = Zsh(self.folder)
        self.addCleanup(shell.close)
        shell.send("source ./setup\n")
        shell.wait_for(r"READY")
        for typed, line in [
            ("trivet st", "trivet start "),
            ("trivet start --engi", "trivet start --engine="),
            ("trivet start --engine=ep", "trivet start --engine=epoll "),
            ("trivet start --engine ur", "trivet start --engine uring "),
            ("trivet start --config so", "trivet start --config some.toml "),
            ("trivet start --port 1 --lo", "trivet start --port 1 --log="),
            ("trivet config server.po", "trivet config server.port "),
            ("trivet completion fi", "trivet completion fish "),
            ("trivet start -- prlimi", "trivet start -- prlimit "),
        ]:
            with self.subTest(typed):
                shell.send(f"{typed}\t\x18")
                self.assertEqual(shell.wait_for(r"LINE<(.*?)>")[1], line)

    def test_words_that_are_no_shell(self) -> None:
        self.assertIn("no shell given", self.fault(2, "completion"))
        self.assertIn("did you mean 'fish'?", self.fault(2, "completion", "fihs"))


class Zsh:
    """An interactive zsh at a terminal."""

    def __init__(self, folder: Path) -> None:
        self.master, slave = pty.openpty()
        path = f"{folder / 'bin'}:{os.environ['PATH']}"
        self.process = subprocess.Popen(
            ["zsh", "-f", "-i"],
            cwd=folder,
            env={"PATH": path, "HOME": str(folder), "TERM": "dumb", "LC_ALL": "C.UTF-8"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.text = ""

    def send(self, text: str) -> None:
        os.write(self.master, text.encode())

    def wait_for(self, pattern: str) -> re.Match[str]:
        """The first match in what has come; what is before its end is forgotten."""
        end = time.monotonic() + DEADLINE_S
        while not (found := re.search(pattern, self.text)):
            if not select.select([self.master], [], [], end - time.monotonic())[0]:
                raise AssertionError(f"waited in vain for {pattern}: {self.text!r}")
            self.text += os.read(self.master, 4096).decode(errors="replace")
        self.text = self.text[found.end() :]
        return found

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)
