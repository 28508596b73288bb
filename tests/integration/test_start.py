"""What cannot start says why in one line and exits with another code than 0."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from harness import DEMOS, LANGS, OUTPUT, ROOT, START, Case, Program, deny_uring, taken_port


class Start(Case):
    def assert_one_line(self, program: Program, pattern: str) -> None:
        code = program.wait()
        self.assertGreater(code, 0, f"exit code {code}: {program.err}")
        lines = [line for line in program.err if line.strip()]
        self.assertEqual(len(lines), 1, "\n".join(lines))
        self.assertRegex(lines[0], pattern)

    def assert_traceback(self, program: Program, place: str, pattern: str) -> None:
        """Python's own words for an error at a decorator: the place, and last the reason."""
        self.assertEqual(program.wait(), 1)
        self.assertTrue(any(place in line for line in program.err), program.err)
        self.assertRegex(program.err[-1], pattern)

    def test_port_in_use(self) -> None:
        commands = [(f"driver {lang}", [START, lang]) for lang in LANGS]
        commands += [(f"demo {lang}", [demo(lang)]) for lang in DEMOS]
        for name, command in commands:
            with self.subTest(name), taken_port() as port:
                # The first one may build, and say so.
                self.program(*command, "--port", str(port)).wait()
                program = self.program(*command, "--port", str(port))
                self.assert_one_line(program, rf"(?i)in use.*{port}|{port}.*in use")

    def test_missing_page(self) -> None:
        """The demos in a tree that has everything but the page."""
        tree = OUTPUT / "no-page"
        shutil.rmtree(tree, ignore_errors=True)
        tree.mkdir(parents=True)
        for name in ("build", "capi", "langs"):
            (tree / name).symlink_to(ROOT / name)
        for lang in DEMOS:
            copy = tree / "examples" / "tasks" / lang
            ignored = shutil.ignore_patterns("node_modules", "dist", "__pycache__")
            shutil.copytree(demo(lang).parent, copy, ignore=ignored)
            with self.subTest(lang), taken_port() as port:
                self.program(copy / "run", "--port", str(port)).wait()
                program = self.program(copy / "run", "--port", str(port))
                self.assert_one_line(program, r"index\.html")

    def test_uring_refused_by_the_kernel(self) -> None:
        for lang in LANGS:
            with self.subTest(lang):
                command = [*deny_uring(errno.EPERM), START, lang, "--port", "0"]
                program = self.program(*command, "--engine", "uring")
                self.assert_one_line(program, r"(?i)io_uring|engine")

    def test_wrong_arguments(self) -> None:
        # It has a page and a free port, so only the arguments are wrong.
        self.program(demo("c"), "--help").wait()
        for flags in (["--port", "65536"], ["--port", "x"], ["--port"], ["--engine", "fast"],
                      ["--flag", "1"], ["--host", "not.an.address.invalid"]):  # fmt: skip
            with self.subTest(flags=flags):
                program = self.program(demo("c"), *flags)
                self.assert_one_line(program, r".")
                self.assertEqual(program.process.returncode, 1 if "--host" in flags else 2)

    def test_help(self) -> None:
        program = self.program(demo("c"), "--help")
        self.assertEqual(program.wait(), 0)
        self.assertRegex("\n".join(program.out), r"--port(.|\n)*--engine")

    def test_bad_pattern(self) -> None:
        """An app in each language whose only fault is a pattern."""
        shutil.rmtree(OUTPUT / "bad-pattern", ignore_errors=True)
        for lang, (files, command) in BAD_PATTERN.items():
            with self.subTest(lang):
                folder = OUTPUT / "bad-pattern" / lang
                folder.mkdir(parents=True)
                for name, text in files.items():
                    (folder / name).write_text(text.replace("ROOT", str(ROOT)))
                shell = f"cd '{folder}' && {command.replace('ROOT', str(ROOT))}"
                program = self.program("bash", "-c", shell)
                if lang == "python":
                    self.assert_traceback(program, "app.py", r"PatternError: .*/x/\{")
                else:
                    self.assert_one_line(program, r"/x/\{")


def demo(lang: str) -> Path:
    return ROOT / "examples" / "tasks" / lang / "run"


# ROOT stands for this repository.
BAD_PATTERN = {
    "python": (
        {
            "app.py": """\
from trivet import App

app = App()

@app.get("/x/{")
def broken() -> str:
    return ""

app.run(port=0)
"""
        },
        "exec ROOT/langs/python/python app.py",
    ),
    "node": (
        {
            "app.mjs": """\
import { App } from 'ROOT/langs/node/dist/index.js'
const app = new App()
app.get('/x/{', () => '')
await app.listen(0)
"""
        },
        "source ROOT/langs/node/app.sh && run_app app.mjs",
    ),
    "go": (
        {
            "main.go": """\
package main

import (
	"log"

	"github.com/trivet/trivet/langs/go"
)

func main() {
	log.SetFlags(0)
	app := trivet.New()
	app.Get("/x/{", func(c *trivet.Ctx) error { return nil })
	log.Fatal(app.Listen("127.0.0.1:0"))
}
""",
            "go.mod": """\
module example

go 1.24

require github.com/trivet/trivet/langs/go v0.0.0

replace github.com/trivet/trivet/langs/go => ROOT/langs/go
""",
        },
        "source ROOT/langs/go/env.sh && go build -o app . && exec ./app",
    ),
}
