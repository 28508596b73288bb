"""From an empty folder with the packages at hand: `trivet new`, then the app's own tests, checks,
`trivet build`, `trivet routes`, `trivet start` and `trivet dev`, in each language."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

from support import ROOT, VERSION, Server, Stranger, wait_for

# The tools that a new app's own checks need, kept by cmake/setup.sh, so that nothing is downloaded.
TOOLS = ROOT / "build" / "project-tools"


class Scaffold(Stranger):
    """A new app of one language; its folder is `shop`."""

    language: str
    source: str  # the file that says hello
    checks: list[list[str]]
    command: Path
    shop: Path

    def check_all(self) -> None:
        made = self.run_there(self.command, "new", self.language, "shop")
        self.assertIn("trivet dev", made)
        self.shop = self.folder / "shop"
        for check in self.checks:
            with self.subTest(" ".join(check)):
                self.run_there(*check, cwd=self.shop)
        with self.subTest("routes"):
            # What is built first is told on standard error.
            listing = ["sh", "-c", '"$0" routes --json 2>/dev/null', self.command]
            listed = self.run_there(*listing, cwd=self.shop)
            self.assertIn("/hello/{name}", listed)
            json.loads(listed)
        with self.subTest("dev"):
            self.check_dev()
        with self.subTest("build, start"):
            self.run_there(self.command, "build", cwd=self.shop)
            server = self.started("start", "--workers", "2")
            self.assertIn(b"again", server.ask("/"))
            self.end(server, signal.SIGTERM)

    def started(self, *arguments: str) -> Server:
        return self.serve(self.command, *arguments, cwd=self.shop)

    def check_dev(self) -> None:
        """It answers, and the answer after a save is the new one."""
        server = self.started("dev")
        self.assertIn(b"world", server.ask("/"))
        source = self.shop / self.source
        source.write_text(source.read_text().replace("world", "again"))
        wait_for(lambda: b"again" in server.ask("/"), "the saved answer")
        self.end(server, signal.SIGINT)

    def end(self, server: Server, number: int) -> None:
        server.process.send_signal(number)
        code = server.process.wait(60)
        self.assertEqual(code, 0, server.output)


class Python(Scaffold):
    language = "python"
    source = "app.py"

    def test_python(self) -> None:
        facts = ["python3", "-c", "import sys; print(*sys.version_info[:2], sep='')"]
        version = self.run_there(*facts, PATH=os.environ["PATH"]).strip()
        wheel = self.copied(f"python/trivet-{VERSION}-cp{version}-*.whl")
        venv = self.folder / "venv"
        self.run_there("python3", "-m", "venv", venv, PATH=os.environ["PATH"])
        self.env |= {
            "VIRTUAL_ENV": str(venv),
            "PATH": f"{venv / 'bin'}:{self.path}",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(TOOLS / "wheels"),
        }
        self.run_there(venv / "bin" / "pip", "install", "--quiet", wheel)
        self.command = venv / "bin" / "trivet"
        scripts = [str(venv / "bin" / name) for name in ("pytest", "mypy", "ruff")]
        self.checks = [[scripts[0], "-q"], [scripts[1]], [scripts[2], "check"]]
        self.check_all()


class Node(Scaffold):
    language = "node"
    source = "src/app.ts"

    def test_node(self) -> None:
        archive = self.copied("npm/*.tgz")
        cache = self.folder / "npm-cache"
        shutil.copytree(TOOLS / "npm", cache)
        self.env |= {"npm_config_cache": str(cache), "npm_config_offline": "true"}
        (self.folder / "package.json").write_text('{"name": "empty", "private": true}')
        self.run_there("npm", "install", "--no-audit", "--no-fund", archive)
        self.command = self.folder / "node_modules" / ".bin" / "trivet"
        run = ["npm", "run", "--silent"]
        self.checks = [["npm", "test", "--silent"], [*run, "check"], [*run, "lint"]]
        self.check_all()


class Go(Scaffold):
    has_compiler = True
    language = "go"
    source = "main.go"

    def test_go(self) -> None:
        cache = os.environ.get("GOCACHE") or str(Path.home() / ".cache" / "go-build")
        self.env |= {
            "GOPROXY": self.copied("go").as_uri(),
            "GONOSUMDB": "github.com/trivet/trivet",
            "GOMODCACHE": str(self.folder / "modules"),
            "GOBIN": str(self.folder / "gobin"),
            "GOCACHE": cache,
            "GOTOOLCHAIN": "local",
            "GOENV": "off",
        }
        at = f"github.com/trivet/trivet/langs/go/cmd/trivet@v{VERSION}"
        self.run_there("go", "install", at)
        self.command = self.folder / "gobin" / "trivet"
        self.checks = [["go", "test", "./..."], ["go", "vet", "./..."]]
        self.check_all()


class C(Scaffold):
    has_compiler = True
    language = "c"
    source = "src/app.c"

    def test_c(self) -> None:
        self.run_there("tar", "-xzf", self.copied("c/*.tar.gz"))
        [prefix] = self.folder.glob(f"trivet-{VERSION}-*")
        self.env["PATH"] = f"{prefix / 'bin'}:{self.path}"
        self.command = prefix / "bin" / "trivet"
        build = ["cmake", "--build", "checked"]
        self.checks = [["cmake", "-B", "checked"], build, ["ctest", "--test-dir", "checked"]]
        self.check_all()
