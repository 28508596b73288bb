"""trivet test: the runner of each language, for real, with the test of a new app."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from test_cli import TRIVET
from test_cli_projects import Projects

# A test that fails, and one that tells what it finds in its environment.
FAILING = {
    "python": ("tests/test_wrong.py", "def test_wrong() -> None:\n    assert 1 == 2\n"),
    "node": (
        "test/wrong.test.ts",
        "import assert from 'node:assert/strict'\nimport { test } from 'node:test'\n"
        "test('wrong', () => assert.equal(1, 2))\n",
    ),
    "go": (
        "wrong_test.go",
        'package main\n\nimport "testing"\n\nfunc TestWrong(t *testing.T) { t.Error("wrong") }\n',
    ),
}
# How each runner is told to leave the failing test out, and what it says of the others.
CHOICES = {
    "python": (["-q", "-k", "not wrong"], "3 passed"),
    "node": (["--test-name-pattern", "home|greet|what there is not"], "fail 0"),
    "go": (["-run", "TestApp|TestWhatThereIsNot", "-count=1"], "ok"),
}
TELLS = """import os


def test_environment() -> None:
    assert os.environ["TRIVET_ENV"] == "test"
    assert os.environ["SHOP_SECRET"] == "from .env"
"""


class Tests(Projects):
    def run_tests(self, folder: Path, code: int, *arguments: str, **env: str) -> str:
        program = self.in_folder(folder, TRIVET, "test", *arguments, **env)
        self.assertEqual(program.process.wait(600), code, program.err)
        program.wait()
        return "\n".join([*program.out, *program.err])

    def test_the_test_of_a_new_app_passes_and_another_fails(self) -> None:
        for language, (name, text) in FAILING.items():
            with self.subTest(language):
                folder = self.make(language)
                self.run_tests(folder, 0)
                (folder / name).write_text(text)
                self.assertIn("rong", self.run_tests(folder, 1))
                arguments, told = CHOICES[language]
                self.assertIn(told, self.run_tests(folder, 0, *arguments))
                shutil.rmtree(folder)

    def test_c_is_built_and_tested(self) -> None:
        folder = self.make("c")
        self.assertIn("100% tests passed", self.run_tests(folder, 0))
        self.assertIn("100% tests passed", self.run_tests(folder, 0, "--", "-R", "app"))
        self.run_tests(folder, 8, "-R", "nothing")
        source = folder / "src" / "app.c"
        source.write_text(source.read_text().replace("world", "moon"))
        self.assertIn("expected  200", self.run_tests(folder, 8))
        source.write_text("int main(")
        self.assertIn("error", self.run_tests(folder, 1))

    def test_the_environment_is_that_of_tests(self) -> None:
        folder = self.make("python")
        (folder / "tests" / "test_environment.py").write_text(TELLS)
        (folder / ".env").write_text('SHOP_SECRET="from .env"\n')
        self.run_tests(folder, 0, "-q")
        said = self.run_tests(folder, 1, "-q", "-k", "environment", TRIVET_ENV="other")
        self.assertIn("'other' == 'test'", said)

    def test_what_is_missing_is_told(self) -> None:
        said = self.run_tests(self.folder, 1)
        self.assertIn("no app in", said)
        folder = self.make("go")
        said = self.run_tests(folder, 1, PATH=os.fspath(self.folder))
        self.assertIn("cannot execute go", said)

    def test_its_own_help(self) -> None:
        self.assertIn("Runs the tests of the app in this folder", self.text("test", "--help"))
