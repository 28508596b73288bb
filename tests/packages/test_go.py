"""The Go module, from a proxy in files into an empty module cache; the command with go install."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from support import VERSION, Stranger

HERE = Path(__file__).resolve().parent
MODULE = "github.com/trivet/trivet/langs/go"
AT = f"{MODULE}@v{VERSION}"


class GoModule(Stranger):
    has_compiler = True
    app: Path

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        proxy = cls.copied("go")
        # The compiler's cache is keyed by content; with an empty one Go would build its library.
        cache = os.environ.get("GOCACHE") or str(Path.home() / ".cache" / "go-build")
        cls.env |= {
            "GOPROXY": proxy.as_uri(),
            "GONOSUMDB": "github.com/trivet/trivet",
            "GOMODCACHE": str(cls.folder / "modules"),
            "GOPATH": str(cls.folder / "gopath"),
            "GOBIN": str(cls.folder / "gobin"),
            "GOCACHE": cache,
            "GOFLAGS": "-buildvcs=false",
            "GOTOOLCHAIN": "local",
            "GOENV": "off",
        }
        cls.app = cls.folder / "app"
        shutil.copytree(HERE / "apps" / "go", cls.app)
        cls.go("mod", "init", "example.com/app")
        cls.go("get", AT)

    @classmethod
    def go(cls, *arguments: object, code: int | None = 0, **more: str) -> str:
        return cls.run_there("go", *arguments, cwd=cls.app, code=code, **more)

    def test_run_and_test(self) -> None:
        self.assertEqual(self.go("run", ".", "version"), f"{VERSION}\n")
        self.assertIn("ok", self.go("test", "./..."))
        self.go("vet", "./...")

    def test_examples_of_the_documentation(self) -> None:
        output = self.go("test", "-run", "Example", "-v", MODULE)
        self.assertGreater(output.count("--- PASS: Example"), 10, output)

    def test_serves(self) -> None:
        self.go("build", "-o", "app", ".")
        for workers in (1, 2):
            with self.subTest(workers=workers):
                self.check_serving(self.app / "app", cwd=self.app, workers=workers)

    def test_command(self) -> None:
        # The command needs no cgo: no C compiler is asked for.
        self.go("install", f"{MODULE}/cmd/trivet@v{VERSION}", CGO_ENABLED="0")
        command = self.folder / "gobin" / "trivet"
        self.assertEqual(self.run_there(command, "version"), f"trivet {VERSION}\n")
        output = self.run_there(command, "start", "--port", "70000", "--", "true", code=2)
        self.assertIn("70000", output)
        self.go("build", "-o", "app", ".")
        start = [command, "start", "--workers", "2", "--", "./app"]
        self.check_serving(*start, cwd=self.app, workers=2)

    def test_other_platforms_are_refused_in_words(self) -> None:
        for says, variables in {
            "trivet_needs_cgo__install_gcc_and_set_CGO_ENABLED_to_1": {"CGO_ENABLED": "0"},
            "trivet_has_no_engine_for_this_platform__it_runs_on_linux": {"GOOS": "darwin"},
            "this_module_of_trivet_has_the_engine_for_linux_amd64_only": {
                "GOARCH": "arm64", "CGO_ENABLED": "1", "CC": "cc",
            },
        }.items():  # fmt: skip
            with self.subTest(**variables):
                self.assertIn(says, self.go("build", ".", code=1, **variables))
        with self.subTest("the command"):
            output = self.go("build", f"{MODULE}/cmd/trivet", code=1, GOARCH="arm64")
            self.assertIn("has_the_engine_for_linux_amd64_only", output)

    def replaced(self, name: str) -> Path:
        """A copy of the module that can be changed, in place of the one of the cache."""
        [source] = (self.folder / "modules" / "github.com/trivet/trivet/langs").glob("go@*")
        copy = self.folder / name
        shutil.copytree(source, copy)
        for path in [copy, *copy.rglob("*")]:
            path.chmod(0o755)
        project = self.folder / f"{name}-app"
        shutil.copytree(self.app, project)
        self.run_there("go", "mod", "edit", f"-replace={MODULE}={copy}", cwd=project)
        return project

    def test_mismatched_library(self) -> None:
        project = self.replaced("mismatched")
        constants = self.folder / "mismatched" / "abi_gen.go"
        text, count = re.subn(r"(abiVersion uint32 = )\d+", r"\g<1>900", constants.read_text())
        self.assertEqual(count, 1)
        constants.write_text(text)
        self.run_there("go", "build", "-o", "app", ".", cwd=project)
        output = self.run_there("./app", cwd=project, code=1)
        self.assertRegex(output, r"the library has ABI \d+, this package needs 900")

    def test_missing_library(self) -> None:
        project = self.replaced("missing")
        for path in (self.folder / "missing").rglob("*.syso"):
            path.unlink()
        output = self.run_there("go", "build", ".", cwd=project, code=1)
        self.assertIn("undefined reference to `trivet_", output)
