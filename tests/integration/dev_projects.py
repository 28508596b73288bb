"""Small projects for `trivet dev`, one a language: what / answers is a word of their source."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRESET = os.environ.get("TRIVET_BUILD", "release")
HEADER = ROOT / "capi" / "include"
LIBRARY = ROOT / "build" / PRESET
PYTHON = ROOT / "build" / "venv" / "bin" / "python"

PYTHON_APP = """\
import os
from trivet import App

app = App()


@app.get("/")
def home() -> str:
    return "WORD"


@app.get("/pid")
def pid() -> str:
    return str(os.getpid())


@app.get("/crash")
def crash() -> str:
    os._exit(3)


app.run(port=9, workers=4)
"""

NODE_APP = """\
import { App } from 'trivet'

const app = new App({ port: 9, workers: 4 })
app.get('/', () => 'WORD')
app.get('/pid', () => String(process.pid))
app.get('/crash', () => process.exit(3))
await app.run()
"""

GO_APP = """\
package main

import (
	"os"
	"strconv"

	trivet "github.com/trivet/trivet/langs/go"
)

func main() {
	app := trivet.New(trivet.Config{Workers: 4})
	app.Get("/", func(c *trivet.Ctx) error { return c.Text("WORD") })
	app.Get("/pid", func(c *trivet.Ctx) error { return c.Text(strconv.Itoa(os.Getpid())) })
	app.Get("/crash", func(c *trivet.Ctx) error { os.Exit(3); return nil })
	app.Run(":9")
}
"""

GO_BROKEN = """\
package main

func main( {
"""

C_APP = """\
#include <stdio.h>
#include <stdlib.h>
#include <trivet.h>
#include <unistd.h>

static void home(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)view;
    (void)user_data;
    trivet_reply_text(request, 200, trivet_lit("WORD"));
}

static void pid(trivet_request request, const trivet_request_view *view, void *user_data) {
    char text[16];
    (void)view;
    (void)user_data;
    snprintf(text, sizeof text, "%d", (int)getpid());
    trivet_reply_text(request, 200, trivet_lit(text));
}

static void crash(trivet_request request, const trivet_request_view *view, void *user_data) {
    (void)request;
    (void)view;
    (void)user_data;
    _exit(3);
}

int main(int argc, char **argv) {
    trivet_app *app = trivet_app_new();
    trivet_str get = trivet_lit("GET");
    trivet_app_route(app, get, trivet_lit("/"), NULL, home, NULL, NULL, NULL);
    trivet_app_route(app, get, trivet_lit("/pid"), NULL, pid, NULL, NULL, NULL);
    trivet_app_route(app, get, trivet_lit("/crash"), NULL, crash, NULL, NULL, NULL);
    return trivet_app_main(app, argc, argv);
}
"""

CMAKE = """\
cmake_minimum_required(VERSION 3.20)
project(app C)
find_package(trivet REQUIRED)
add_executable(app main.c)
target_link_libraries(app PRIVATE trivet::trivet)
"""

CMAKE_PACKAGE = f"""\
add_library(trivet::trivet SHARED IMPORTED)
set_target_properties(trivet::trivet PROPERTIES
    IMPORTED_LOCATION {LIBRARY}/libtrivet.so INTERFACE_INCLUDE_DIRECTORIES {HEADER})
"""

GO_MODULE = f"""\
module example.org/app

go 1.24

require github.com/trivet/trivet/langs/go v0.0.0

replace github.com/trivet/trivet/langs/go => {ROOT}/langs/go
"""


@dataclass
class Project:
    """A project in a folder, and how `trivet dev` starts it."""

    folder: Path
    file: Path  # with the word
    text: str
    command: list[str]  # behind trivet dev
    env: dict[str, str] = field(default_factory=dict)
    broken: str = "this is no program ((("
    fault: str = ""  # what the language says of that

    def save(self, word: str) -> None:
        """As simple editors do it."""
        self.file.write_text(self.text.replace("WORD", word))

    def save_by_rename(self, word: str) -> None:
        """As careful editors do it."""
        new = self.file.with_name(f".{self.file.name}.new")
        new.write_text(self.text.replace("WORD", word))
        os.replace(new, self.file)

    def break_it(self) -> None:
        self.file.write_text(self.broken)


def _python(folder: Path) -> Project:
    return Project(
        folder,
        folder / "app.py",
        PYTHON_APP,
        ["--", str(PYTHON), "app.py"],
        {"PYTHONPATH": str(ROOT / "build" / "python" / PRESET)},
        fault="SyntaxError",
    )


def _node(folder: Path) -> Project:
    (folder / "package.json").write_text('{ "type": "module" }\n')
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "trivet").symlink_to(ROOT / "langs" / "node")
    return Project(
        folder, folder / "app.js", NODE_APP, ["--", "node", "app.js"], fault="SyntaxError"
    )


def _go(folder: Path) -> Project:
    (folder / "go.mod").write_text(GO_MODULE)
    return Project(folder, folder / "main.go", GO_APP, [], broken=GO_BROKEN, fault="main.go:3")


def _c(folder: Path) -> Project:
    package = folder / "prefix" / "lib" / "cmake" / "trivet"
    package.mkdir(parents=True)
    (package / "trivet-config.cmake").write_text(CMAKE_PACKAGE)
    (folder / "CMakeLists.txt").write_text(CMAKE)
    env = {"CMAKE_PREFIX_PATH": str(folder / "prefix")}
    return Project(folder, folder / "main.c", C_APP, [], env, fault="main.c:1")


KINDS: dict[str, Callable[[Path], Project]] = {
    "python": _python,
    "node": _node,
    "go": _go,
    "c": _c,
}


def make(lang: str, folder: Path, word: str) -> Project:
    project = KINDS[lang](folder)
    project.save(word)
    return project
