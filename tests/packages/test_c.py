"""The C package, unpacked somewhere and moved: pkg-config, CMake, the command, errors."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from support import ROOT, VERSION, Stranger

HERE = Path(__file__).resolve().parent


class CPackage(Stranger):
    has_compiler = True
    prefix: Path
    project: Path

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        archive = cls.copied("c/*.tar.gz")
        cls.run_there("tar", "-xzf", archive)
        [unpacked] = cls.folder.glob(f"trivet-{VERSION}-*")
        cls.prefix = unpacked.rename(cls.folder / "somewhere else")
        cls.project = cls.folder / "project"
        shutil.copytree(HERE / "apps" / "c", cls.project)
        cls.env["PKG_CONFIG_PATH"] = str(cls.prefix / "lib" / "pkgconfig")
        cls.env["TRIVET_THREADS"] = "1"

    def configure(self, build: str, *flags: str, code: int | None = 0) -> str:
        prefix = f"-DCMAKE_PREFIX_PATH={self.prefix}"
        command = ["cmake", "-S", self.project, "-B", self.project / build, prefix, *flags]
        return self.run_there(*command, code=code)

    def test_pkg_config(self) -> None:
        flags = self.run_there("pkg-config", "--cflags", "--libs", f"trivet = {VERSION}").strip()
        rpath = f"-Wl,-rpath,'{self.prefix / 'lib'}'"
        command = f"cc -Wall -Wextra -Werror main.c {flags} {rpath} -o app"
        self.run_there("sh", "-c", command, cwd=self.project)
        self.check_serving(self.project / "app", cwd=self.project, workers=1)
        libraries = self.run_there("ldd", self.project / "app")
        self.assertIn(f"{self.prefix}/lib/libtrivet.so.0", libraries)

        (self.prefix / "lib").rename(self.prefix / "away")
        try:
            self.check_error(
                self.project / "app",
                cwd=self.project,
                says=["libtrivet.so.0: cannot open shared object file"],
            )
        finally:
            (self.prefix / "away").rename(self.prefix / "lib")
        self.run_there("pkg-config", "--atleast-version=0.2", "trivet", code=1)

    def test_cmake(self) -> None:
        self.configure("build", "-DCMAKE_BUILD_TYPE=Release")
        self.run_there("cmake", "--build", self.project / "build")
        for kind in ("trivet", "static"):
            with self.subTest(kind):
                app = self.project / "build" / f"app_{kind}"
                self.check_serving(app, cwd=self.project, workers=2)
                is_shared = "libtrivet" in self.run_there("ldd", app)
                self.assertEqual(is_shared, kind == "trivet")
        with self.subTest("trivet start"):
            command = [self.prefix / "bin" / "trivet", "start", "--workers", "2", "--"]
            app = self.project / "build" / "app_static"
            self.check_serving(*command, app, cwd=self.project, workers=2)

    def test_command(self) -> None:
        command = self.prefix / "bin" / "trivet"
        self.assertEqual(self.run_there(command, "version"), f"trivet {VERSION}\n")

    def test_cmake_says_what_is_the_matter(self) -> None:
        library = self.prefix / "lib" / f"libtrivet.so.{VERSION}"
        away = library.rename(library.with_suffix(".away"))
        try:
            output = self.configure("broken", code=1)
        finally:
            away.rename(library)
        self.assertIn(f"libtrivet.so.{VERSION} is missing", " ".join(output.split()))

        other = ["-DCMAKE_SYSTEM_NAME=Linux", "-DCMAKE_SYSTEM_PROCESSOR=aarch64"]
        output = " ".join(self.configure("other", *other, code=1).split())
        self.assertIn("is for Linux x86_64, and the target is Linux aarch64", output)

        lists = self.project / "CMakeLists.txt"
        text = lists.read_text()
        lists.write_text(text.replace("trivet 0.1", "trivet 0.2"))
        try:
            output = " ".join(self.configure("newer", code=1).split())
        finally:
            lists.write_text(text)
        self.assertIn('compatible with requested version "0.2"', output)

    def test_install_gives_the_same_files(self) -> None:
        installed = self.folder / "installed"
        release = ROOT / "build" / "release"
        subprocess.run(["cmake", "--install", release, "--prefix", installed, "--strip"],
                       check=True, capture_output=True)  # fmt: skip

        def names(folder: Path) -> set[str]:
            return {str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir()}

        more = {"share/doc/trivet/LICENSE-third-party.txt"}
        self.assertEqual(names(installed) | more, names(self.prefix))
