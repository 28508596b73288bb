"""Wheels in fresh virtual environments without a compiler, for each CPython that is here."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

from support import PACKAGES, ROOT, VERSION, Stranger, environment, make_foreign

sys.path.insert(0, str(ROOT / "cmake" / "packages"))

import wheels

HERE = Path(__file__).resolve().parent
TOOLS = ROOT / "build" / "wheel-tools"
# What the packages may ask of the C library: that of RHEL 9, Ubuntu 22.04 and Debian 12.
GLIBC_MAX = (2, 34)


def own_version() -> str:
    """Of the machine's default Python, for which there must be a wheel."""
    return ".".join(
        subprocess.run(
            ["python3", "-c", "import sys; print(*sys.version_info[:2])"],
            capture_output=True, text=True, check=True,
        ).stdout.split()
    )  # fmt: skip


def glibc_of(file: Path) -> tuple[int, ...]:
    symbols = subprocess.run(["objdump", "-T", file], capture_output=True, text=True, check=True)
    versions = re.findall(r"GLIBC_(\d+)\.(\d+)", symbols.stdout)
    return max((int(major), int(minor)) for major, minor in versions)


def libraries_of(file: Path) -> set[str]:
    dynamic = subprocess.run(["readelf", "-d", file], capture_output=True, text=True, check=True)
    return set(re.findall(r"NEEDED.*\[(.+?)\]", dynamic.stdout))


class Venv(Stranger):
    """A virtual environment with the wheel of one interpreter, installed without an index."""

    wanted: str
    python: Path
    project: Path

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.copied(f"python/trivet-{VERSION}-cp{cls.wanted.replace('.', '')}-*.whl")
        interpreter = wheels.pythons()[cls.wanted]
        cls.run_there(interpreter, "-m", "venv", "venv")
        cls.python = cls.folder / "venv" / "bin" / "python"
        pip = ["-m", "pip", "install", "--quiet", "--no-index", "--find-links", "packages"]
        cls.run_there(cls.python, *pip, "trivet")
        cls.project = cls.folder / "project"
        cls.project.mkdir()
        shutil.copy(HERE / "apps" / "app.py", cls.project)

    @property
    def package(self) -> Path:
        [found] = (self.folder / "venv" / "lib").glob("python*/site-packages/trivet")
        return found

    @property
    def command(self) -> Path:
        return self.python.with_name("trivet")


class Serves(Venv):
    """The checks of every interpreter; subclassed for each below."""

    def test_command(self) -> None:
        self.assertEqual(self.run_there(self.command, "version"), f"trivet {VERSION}\n")
        # It may also be what TRIVET_CLI names.
        output = self.run_there(self.command, "version", TRIVET_CLI=str(self.command))
        self.assertEqual(output, f"trivet {VERSION}\n")

    def test_serves(self) -> None:
        for workers in (1, 2):
            with self.subTest(workers=workers):
                self.check_serving(self.python, "app.py", cwd=self.project, workers=workers)
        with self.subTest("trivet start"):
            start = [self.command, "start", "--workers", "2", "--", self.python, "app.py"]
            told = {"TRIVET_PYTHON": self.python, "TRIVET_PACKAGE": self.package}
            self.check_serving(*start, cwd=self.project, workers=2, told=told)

    def test_what_is_inside(self) -> None:
        names = {path.name for path in self.package.iterdir()}
        self.assertIn("py.typed", names)
        [dist] = self.package.parent.glob("trivet-*.dist-info")
        licences = {path.name for path in (dist / "licenses").iterdir()}
        self.assertEqual(licences, {"LICENSE", "LICENSE-third-party.txt"})
        [extension] = self.package.glob("_native.*.so")
        for file in (extension, self.package / "bin" / "trivet"):
            with self.subTest(file.name):
                self.assertLessEqual(glibc_of(file), GLIBC_MAX)
                self.assertLessEqual(
                    libraries_of(file),
                    {"libc.so.6", "libm.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2"},
                )
                sections = subprocess.run(["readelf", "-S", file], capture_output=True, text=True)
                self.assertNotIn(".debug_info", sections.stdout)


class Errors(Venv):
    """A package that does not fit says so."""

    wanted = own_version()

    def setUp(self) -> None:
        self.kept, self.place = self.folder / "kept", self.package
        shutil.copytree(self.place, self.kept)
        self.addCleanup(self.restore)
        [self.extension] = self.package.glob("_native.*.so")

    def restore(self) -> None:
        shutil.rmtree(self.place)
        self.kept.rename(self.place)

    def check(self, *says: str) -> None:
        output = self.check_error(
            self.python, "-c", "import trivet", cwd=self.project, says=list(says)
        )
        self.assertIn("ImportError", output)
        self.check_error(self.command, "version", cwd=self.project, says=list(says))

    def test_no_extension(self) -> None:
        self.extension.unlink()
        self.check("trivet's native extension is missing: there is none in", "install trivet again")

    def test_another_interpreter(self) -> None:
        self.extension.rename(self.extension.with_name("_native.cpython-39-x86_64-linux-gnu.so"))
        self.check("has _native.cpython-39-x86_64-linux-gnu.so, which is not for this interpreter")

    def test_another_processor(self) -> None:
        make_foreign(self.extension)
        self.check("cannot be loaded", self.extension.name)

    def test_mixed_versions(self) -> None:
        constants = self.package / "_abi_gen.py"
        text, count = re.subn(r"(ABI_VERSION: Final = )\d+", r"\g<1>900", constants.read_text())
        self.assertEqual(count, 1)
        constants.write_text(text)
        # As long as before and maybe of the same second: its bytecode would pass for current.
        os.utime(constants, (0, 0))
        self.check("its Python modules need 900: the installation is mixed from two versions")

    def test_no_command(self) -> None:
        (self.package / "bin" / "trivet").unlink()
        says = ["the trivet command is missing", "install trivet again"]
        self.check_error(self.command, "version", cwd=self.project, says=says)
        self.check_error(self.python, "app.py", cwd=self.project, says=says, TRIVET_WORKERS="2")

    def test_wrong_interpreter_is_refused_by_pip(self) -> None:
        [wheel] = (self.folder / "packages").glob("*.whl")
        other = wheel.rename(wheel.with_name(re.sub(r"cp\d+-cp\d+", "cp39-cp39", wheel.name)))
        try:
            pip = ["-m", "pip", "install", "--no-index", "--force-reinstall"]
            output = self.run_there(self.python, *pip, other, code=1)
        finally:
            other.rename(wheel)
        self.assertIn("not a supported wheel on this platform", output)


class Types(Venv):
    """The project of a user who checks types, against the installed package."""

    wanted = own_version()

    def setUp(self) -> None:
        for name in ("typed.py", "wrong.py"):
            shutil.copy(HERE / "apps" / name, self.project)
        text = (self.project / "wrong.py").read_text().splitlines()
        self.wrong = {n for n, line in enumerate(text, 1) if line.endswith("# wrong")}

    def check(self, *command: object, pattern: str) -> None:
        """The one file is clean, the other has an error in each marked line and no other."""
        self.run_there(*command, "typed.py", "app.py", cwd=self.project)
        output = self.run_there(*command, "wrong.py", cwd=self.project, code=1)
        found = {int(line) for line in re.findall(pattern, output)}
        self.assertEqual(found, self.wrong, output)

    def test_mypy(self) -> None:
        mypy = [ROOT / "build" / "venv" / "bin" / "mypy", "--strict", "--no-incremental"]
        self.check(*mypy, "--python-executable", self.python, pattern=r"wrong\.py:(\d+): error")

    def test_pyright(self) -> None:
        pyright = ["node", HERE / "node_modules" / ".bin" / "pyright"]
        self.check(*pyright, "--pythonpath", self.python, pattern=r"wrong\.py:(\d+):\d+ - error")


class Tags(unittest.TestCase):
    def test_auditwheel_is_content(self) -> None:
        found = sorted(PACKAGES.glob("python/*.whl"))
        self.assertGreater(len(found), 0)
        env = environment(HERE, os.environ["PATH"], PYTHONPATH=str(TOOLS))
        for wheel in found:
            with self.subTest(wheel.name):
                python = ROOT / "build" / "venv" / "bin" / "python"
                show = [python, "-m", "auditwheel", "show", "--json", wheel]
                done = subprocess.run(show, env=env, capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("manylinux_{}_{}".format(*GLIBC_MAX), done.stdout)
                self.assertIn("manylinux_{}_{}_".format(*GLIBC_MAX), wheel.name)


class Sdist(Stranger):
    """The source archive makes a wheel, the engine included, where nothing is built yet."""

    has_compiler = True

    def test_makes_a_wheel(self) -> None:
        archive = self.copied(f"python/trivet-{VERSION}.tar.gz")
        sysroot = self.folder / "sysroot"
        # Another system's liburing and llhttp, which a Debian 13 would have in its own folders.
        shutil.copytree(ROOT / "build" / "sysroot", sysroot, symlinks=True)
        self.run_there("python3", "-m", "venv", "venv")
        python = self.folder / "venv" / "bin" / "python"
        [site] = (self.folder / "venv" / "lib").glob("python*/site-packages")
        shutil.copytree(TOOLS, site, dirs_exist_ok=True)
        settings = ["-C", f"cmake.define.TRIVET_SYSROOT={sysroot}"]
        # What the archive brings is the question; optimising takes two thirds of the time.
        for language in ("C", "CXX"):
            settings += ["-C", f"cmake.define.CMAKE_{language}_FLAGS_RELEASE=-O0"]
        wheel = ["-m", "pip", "wheel", "--no-index", "--no-build-isolation", "--no-deps"]
        self.run_there(python, *wheel, *settings, archive, CCACHE_BASEDIR=str(self.folder))
        [made] = self.folder.glob("*.whl")
        self.run_there(python, "-m", "pip", "install", "--quiet", "--no-index", made)
        project = self.folder / "project"
        project.mkdir()
        shutil.copy(HERE / "apps" / "app.py", project)
        self.check_serving(python, "app.py", cwd=project, workers=2)
        command = python.with_name("trivet")
        self.assertEqual(self.run_there(command, "version"), f"trivet {VERSION}\n")


def load_tests(
    loader: unittest.TestLoader, tests: unittest.TestSuite, pattern: object
) -> unittest.TestSuite:
    """The checks once for each interpreter that is here; the default one must be among them."""
    suite = unittest.TestSuite()
    for case in (Tags, Errors, Types, Sdist):
        suite.addTests(loader.loadTestsFromTestCase(case))
    here = wheels.pythons()
    assert own_version() in here, f"no wheel for the default Python: {json.dumps(here)}"
    for wanted in here:
        name = f"Serves{wanted.replace('.', '')}"
        suite.addTests(loader.loadTestsFromTestCase(type(name, (Serves,), {"wanted": wanted})))
    return suite
