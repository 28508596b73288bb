"""The npm package in an empty project: both module systems, types, the command, errors."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from support import ROOT, VERSION, Stranger, make_foreign

HERE = Path(__file__).resolve().parent
MODULES = ROOT / "langs" / "node" / "node_modules"
TYPES = ROOT / "langs" / "node" / "test" / "types.ts"
CHECKERS = HERE / "node_modules" / ".bin"

# As strict as a user may be, with declarations checked as well.
TSCONFIG = {
    "compilerOptions": {
        "target": "ES2022",
        "strict": True,
        "noEmit": True,
        "exactOptionalPropertyTypes": True,
        "noUncheckedIndexedAccess": True,
        "skipLibCheck": False,
        "types": ["node"],
    },
    "files": ["types.ts"],
}


class Npm(Stranger):
    archive: Path
    project: Path

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.archive = cls.copied("npm/*.tgz")
        cls.env["npm_config_cache"] = str(cls.folder / "cache")
        cls.env["npm_config_update_notifier"] = "false"
        cls.project = cls.installed("project")

    @classmethod
    def installed(cls, name: str, kind: str = "module") -> Path:
        """A project that has nothing but the package; its apps lie in it."""
        project = cls.folder / name
        project.mkdir()
        manifest = {"name": "stranger", "version": "1.0.0", "private": True, "type": kind}
        (project / "package.json").write_text(json.dumps(manifest))
        npm = ["npm", "install", "--offline", "--no-audit", "--no-fund", "--loglevel=error"]
        cls.run_there(*npm, cls.archive, cwd=project)
        for app in (HERE / "apps").glob("app.*js"):
            shutil.copy(app, project)
        return project

    @property
    def package(self) -> Path:
        return self.project / "node_modules" / "trivet"

    @property
    def command(self) -> Path:
        return self.project / "node_modules" / ".bin" / "trivet"


class Serves(Npm):
    def test_serves(self) -> None:
        for file in ("app.mjs", "app.cjs"):
            for workers in (1, 2):
                with self.subTest(file=file, workers=workers):
                    self.check_serving("node", file, cwd=self.project, workers=workers)
        with self.subTest("trivet start"):
            start = [self.command, "start", "--workers", "2", "--", "node", "app.cjs"]
            told = {"TRIVET_PACKAGE": self.package}
            self.check_serving(*start, cwd=self.project, workers=2, told=told)

    def test_import_and_require_give_the_same(self) -> None:
        (self.project / "same.cjs").write_text(
            "const { App, lowlevel, TrivetError } = require('trivet')\n"
            "import('trivet').then((esm) => {\n"
            "  console.log(esm.App === App, esm.TrivetError === TrivetError)\n"
            "  console.log(Object.keys(require('trivet/lowlevel')).length > 3)\n"
            "})\n"
        )
        output = self.run_there("node", "--trace-warnings", "same.cjs", cwd=self.project)
        self.assertEqual(output, "true true\ntrue\n")

    def test_command(self) -> None:
        self.assertEqual(self.run_there(self.command, "version"), f"trivet {VERSION}\n")
        output = self.run_there("npx", "--offline", "trivet", "version", cwd=self.project)
        self.assertEqual(output, f"trivet {VERSION}\n")
        output = self.run_there(self.command, "start", "--port", "70000", "--", "true", code=2)
        self.assertIn("70000", output)

    def test_what_is_inside(self) -> None:
        manifest = json.loads((self.package / "package.json").read_text())
        self.assertNotIn("scripts", manifest)
        self.assertNotIn("dependencies", manifest)
        # npm refuses to install it elsewhere.
        platform = {key: manifest[key] for key in ("os", "cpu", "libc")}
        self.assertEqual(platform, {"os": ["linux"], "cpu": ["x64"], "libc": ["glibc"]})
        names = {path.name for path in self.package.iterdir()}
        self.assertLessEqual({"LICENSE", "LICENSE-third-party.txt", "README.md"}, names)
        installed = {path.name for path in (self.project / "node_modules").iterdir()}
        self.assertEqual(installed, {".bin", ".package-lock.json", "trivet"})


class Errors(Npm):
    """A package that does not fit says so."""

    def setUp(self) -> None:
        self.kept = self.folder / "kept"
        shutil.copytree(self.package, self.kept)
        self.addCleanup(self.restore)
        self.prebuilds = self.package / "prebuilds" / "linux-x64"

    def restore(self) -> None:
        shutil.rmtree(self.package)
        self.kept.rename(self.package)

    def check(self, *says: str) -> None:
        for command in ("node app.mjs", "node app.cjs", f"{self.command} version"):
            with self.subTest(command):
                self.check_error("sh", "-c", command, cwd=self.project, says=list(says))

    def test_no_addon(self) -> None:
        (self.prebuilds / "trivet.node").unlink()
        self.check(
            "trivet's addon is missing (this is linux-x64 with Node", "Install the package again"
        )

    def test_another_platform(self) -> None:
        self.prebuilds.rename(self.prebuilds.with_name("darwin-arm64"))
        self.check(
            "trivet has no addon for this platform: this is linux-x64",
            "the package has darwin-arm64",
        )

    def test_another_processor(self) -> None:
        make_foreign(self.prebuilds / "trivet.node")
        self.check("trivet's addon", "cannot be loaded: ")

    def test_mixed_versions(self) -> None:
        constants = self.package / "dist" / "abi_gen.js"
        text, count = re.subn(r"(ABI_VERSION = )\d+", r"\g<1>900", constants.read_text())
        self.assertEqual(count, 1)
        constants.write_text(text)
        self.check("its JavaScript needs 900: the installation is mixed from two versions")

    def test_no_command(self) -> None:
        (self.prebuilds / "trivet").unlink()
        says = ["trivet's command is missing"]
        self.check_error(self.command, "version", cwd=self.project, says=says)
        self.check_error("node", "app.mjs", cwd=self.project, says=says, TRIVET_WORKERS="2")

    def test_node_that_cannot_require_modules(self) -> None:
        flag = ["node", "--no-experimental-require-module"]
        says = ["require('trivet') needs Node 20.19, 22.12 or newer"]
        self.check_error(*flag, "app.cjs", cwd=self.project, says=says)


class Types(Npm):
    """What the declarations promise, seen from projects of both kinds."""

    def compile(self, project: Path, module: str) -> str:
        """What the compiler complains about."""
        for name in ("@types", "undici-types"):
            shutil.copytree(MODULES / name, project / "node_modules" / name, dirs_exist_ok=True)
        shutil.copy(TYPES, project / "types.ts")
        config = json.loads(json.dumps(TSCONFIG))
        config["compilerOptions"]["module"] = module
        (project / "tsconfig.json").write_text(json.dumps(config))
        tsc = MODULES / "typescript" / "bin" / "tsc"
        return self.run_there("node", tsc, "-p", ".", cwd=project, code=None)

    def test_of_modules(self) -> None:
        self.assertEqual(self.compile(self.installed("esm"), "nodenext"), "")

    def test_of_commonjs(self) -> None:
        for module in ("nodenext", "node16"):
            with self.subTest(module):
                project = self.installed(f"cjs-{module}", "commonjs")
                self.assertEqual(self.compile(project, module), "")

    def test_broken_inference_is_seen(self) -> None:
        project = self.installed("broken")
        declaration = project / "node_modules" / "trivet" / "dist" / "params.d.ts"
        text = declaration.read_text()
        changed = re.sub(r"export type ParamsOf<(.*?)> =[^;]*;",
                         r"export type ParamsOf<\1> = Readonly<Record<string, string>>;", text,
                         flags=re.DOTALL)  # fmt: skip
        self.assertNotEqual(text, changed)
        declaration.write_text(changed)
        self.assertIn("error TS", self.compile(project, "nodenext"))

    def test_checkers(self) -> None:
        """As resolved by each kind of project and tool, except Node 10 and older bundlers."""
        attw = [CHECKERS / "attw", self.archive, "--profile", "node16", "--no-emoji", "--no-color"]
        exclude = ["--exclude-entrypoints", "./package.json", "./serve", "./typescript"]
        self.run_there("node", *attw, *exclude)
        self.run_there("node", CHECKERS / "publint", "--strict", self.archive)
