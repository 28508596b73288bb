"""trivet new, routes, build and start: a new app of each language, checked and served for real.

The apps depend on this checkout; tests/packages has the same from packages.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from harness import LIBRARY, ROOT, Program, fetch, free_port, wait_for
from test_cli import TRIVET, Command
from test_settings import CLEAN

VENV = ROOT / "build" / "venv"
NODE = ROOT / "langs" / "node"
LANGUAGES = ["python", "node", "go", "c"]
FIRST = {"python": "app.py", "node": "src/app.ts", "go": "main.go", "c": "src/app.c"}
MADE = {
    "python": "build/app",
    "node": "build/app.mjs",
    "go": "build/app",
    "c": "build/release/bin/shop",
}
# What the README of each app says to type, as far as it checks something.
CHECKS = {
    "python": [
        [VENV / "bin" / "ruff", "check", "."],
        [VENV / "bin" / "ruff", "format", "--check", "."],
        [VENV / "bin" / "mypy"],
        [VENV / "bin" / "python", "-m", "pytest", "-q"],
    ],
    "node": [
        ["npm", "run", "--silent", "check"],
        ["npm", "run", "--silent", "lint"],
        ["npm", "test", "--silent"],
    ],
    "go": [
        ["go", "vet", "./..."],
        [ROOT / "build" / "bin" / "staticcheck", "./..."],
        [ROOT / "build" / "bin" / "gofumpt", "-d", "."],
        ["go", "test", "./..."],
    ],
    "c": [
        ["cmake", "-S", ".", "-B", "build/test"],
        ["cmake", "--build", "build/test"],
        ["ctest", "--test-dir", "build/test", "--no-tests=error"],
    ],
}


class Projects(Command):
    def in_folder(self, folder: Path, *arguments: object, **env: str) -> Program:
        command = ["/bin/sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", folder, *arguments]
        return self.program(*command, env={**CLEAN, "VIRTUAL_ENV": str(VENV), **env})

    def run_in(self, folder: Path, *arguments: object, **env: str) -> Program:
        """Runs a command to its end, which must be good."""
        program = self.in_folder(folder, *arguments, **env)
        code = program.process.wait(600)
        said = "\n".join([*program.out, *program.err])
        self.assertEqual(code, 0, f"{arguments}\n{said}")
        program.wait()
        return program

    def make(self, language: str) -> Path:
        """A new app that depends on this checkout."""
        spec: list[object] = []
        if language == "go":
            spec = ["--trivet", ROOT / "langs" / "go"]
        if language == "c":
            spec = ["--trivet", self.prefix()]
        out = self.run_in(self.folder, TRIVET, "new", language, "shop", "--no-install", *spec).out
        self.assertRegex(out[0], r"^Made shop, a \w+ app of \d+ files\.$")
        folder = self.folder / "shop"
        if language == "node":
            link_modules(folder)
        return folder

    def prefix(self) -> Path:
        """The C library as it is installed."""
        prefix = self.folder / "prefix"
        build = LIBRARY.parent
        done = subprocess.run(
            ["cmake", "--install", str(build), "--prefix", str(prefix)],
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return prefix


def link_modules(folder: Path) -> None:
    """What npm install would put there, but for the registry."""
    modules = folder / "node_modules"
    modules.mkdir()
    for entry in (NODE / "node_modules").iterdir():
        (modules / entry.name).symlink_to(entry)
    (modules / "trivet").symlink_to(NODE)


class NewApps(Projects):
    def test_its_tests_types_and_linter_pass(self) -> None:
        for language in LANGUAGES:
            with self.subTest(language):
                folder = self.make(language)
                for check in CHECKS[language]:
                    self.run_in(folder, *check)
                shutil.rmtree(folder)

    def test_is_listed_checked_built_and_served(self) -> None:
        for language in LANGUAGES:
            with self.subTest(language):
                folder = self.make(language)
                self.assert_lists(folder, language)
                self.assert_builds(folder, language)
                shutil.rmtree(folder)

    def assert_lists(self, folder: Path, language: str) -> None:
        table = self.run_in(folder, TRIVET, "routes").out
        self.assertRegex(table[0], r"^METHODS +PATTERN")
        self.assertRegex(table[1], r"^GET +/$")
        self.assertRegex(table[2], r"^GET +/hello/\{name\}")
        verbose = "\n".join(self.run_in(folder, TRIVET, "routes", "-v").out)
        self.assertIn("constraints  name: text", verbose)
        if language != "c":  # which gives no site and no name
            self.assertRegex(verbose, rf"greet +{Path(FIRST[language]).name}:\d+")
        document = json.loads("\n".join(self.run_in(folder, TRIVET, "routes", "--json").out))
        self.assertEqual([r["pattern"] for r in document["routes"]], ["/", "/hello/{name}"])
        self.assertEqual(document["problems"], [])

    def assert_builds(self, folder: Path, language: str) -> None:
        checked = "Checked 2 routes and the settings."
        self.assertEqual(self.run_in(folder, TRIVET, "build", "--check").out, [checked])
        said = self.serve(folder)
        self.assertNotIn("newer than the sources", said)
        # Nothing is newer than the sources of Go and C now, but what start has built.
        out = self.run_in(folder, TRIVET, "build").out
        self.assertEqual(out[0], checked)
        self.assertRegex(out[1], rf"^Made {re.escape(MADE[language])}, [\d.]+ \w+\.$")
        said = self.serve(folder, "--workers", "2")
        self.assertIn(f"starting {MADE[language]}, which is newer than the sources", said)
        later = time.time() + 60
        os.utime(folder / FIRST[language], (later, later))
        self.assertNotIn("newer than the sources", self.serve(folder))

    def serve(self, folder: Path, *flags: str) -> str:
        """Starts the app, asks it, drains it; gives what was said on standard error."""
        port = free_port()
        flags = flags or ("--workers", "1")
        program = self.in_folder(folder, TRIVET, "start", "--port", str(port), *flags)

        def is_there() -> bool:
            if program.process.poll() is not None:
                raise AssertionError(program.err)
            return any("http://" in line for line in program.err)

        wait_for(is_there, "the banner", 240)
        program.answering(port)
        status, body = fetch(port, "/hello/you")
        self.assertEqual(status, 200)
        self.assertIn(b"you", body)
        program.stop()
        return "\n".join(program.err)


class Faults(Projects):
    def test_a_folder_that_is_not_empty_is_left_alone(self) -> None:
        (self.folder / "shop").mkdir()
        (self.folder / "shop" / "kept").write_text("")
        fault = self.fault(1, "new", "go", "shop", "--no-install")
        self.assertEqual(fault, "trivet new: shop is not empty: choose another name, or empty it")
        self.assertEqual(os.listdir(self.folder / "shop"), ["kept"])

    def test_an_app_that_cannot_be_installed_is_there(self) -> None:
        tools = self.folder / "bin"
        tools.mkdir()
        (tools / "npm").write_text("#!/bin/sh\necho no network >&2\nexit 3\n")
        (tools / "npm").chmod(0o755)
        program = self.trivet("new", "node", "shop", env={"PATH": f"{tools}:/usr/bin:/bin"})
        self.assertEqual(program.wait(), 1)
        self.assertIn("no network", program.err)
        self.assertIn(
            "trivet new: shop is there, but not all it needs: it ended with exit code 3",
            program.err,
        )
        said = "\n".join(program.out)
        self.assertIn("  cd shop\n  npm install --no-audit --no-fund\n  trivet dev", said)
        self.assertTrue((self.folder / "shop" / "src" / "app.ts").exists())

    def test_what_is_wrong_with_an_app_is_told_by_build_and_routes(self) -> None:
        (self.folder / "app.py").write_text("1 / 0\n")
        for command in ("routes", "build"):
            with self.subTest(command):
                program = self.in_folder(self.folder, TRIVET, command)
                self.assertEqual(program.wait(), 1)
                self.assertIn("ZeroDivisionError: division by zero", program.err)
                self.assertRegex(
                    program.err[-1], rf"^trivet {command}: `.*` ended with exit code 1"
                )

    def test_problems_of_the_settings_are_failures(self) -> None:
        (self.folder / "app.py").write_text("from trivet import App\napp = App()\n")
        (self.folder / "trivet.toml").write_text("[server]\nworkers = 1024\n")
        program = self.in_folder(self.folder, TRIVET, "build", "--check")
        self.assertEqual(program.wait(), 1)
        self.assertRegex(program.err[-1], "1024 workers .* more than twice")
        (self.folder / "trivet.toml").write_text('[app]\nlanguage = "perl"\n')
        program = self.in_folder(self.folder, TRIVET, "build", "--check")
        self.assertEqual(program.wait(), 1)
        self.assertRegex(program.err[-1], r"trivet\.toml:2: .*perl")

    def test_routes_of_any_program(self) -> None:
        (self.folder / "other.py").write_text(
            "from trivet import App\nweb = App()\n@web.get('/here')\ndef here(): ...\nweb.run()\n"
        )
        python = VENV / "bin" / "python"
        out = self.run_in(self.folder, TRIVET, "routes", "--", python, "other.py").out
        self.assertEqual(out, ["METHODS  PATTERN", "GET      /here"])

    def test_the_settings_name_the_app(self) -> None:
        (self.folder / "web.py").write_text("from trivet import App\napp = App()\n")
        (self.folder / "trivet.toml").write_text('[app]\nentry = "web.py"\n')
        self.assertEqual(self.run_in(self.folder, TRIVET, "routes").out, ["The app has no routes."])
        (self.folder / "trivet.toml").write_text('[app]\nbuild = "exit 7"\ncommand = "true"\n')
        program = self.in_folder(self.folder, TRIVET, "start")
        self.assertEqual(program.wait(), 1)
        self.assertIn("ended with exit code 7", program.err[-1])
