"""Builds the programs and fragments of all pages, one compiler run for each language."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from blocks import Block

ROOT = Path(__file__).resolve().parents[2]
NODE = ROOT / "langs" / "node"
GO_MODULE = "github.com/trivet/trivet/langs/go"
LANGUAGES = {"python", "ts", "go", "c"}

# What fragments take for granted.
TS_BEFORE = """\
import { App, errors, redirect, text } from 'trivet'
const app = new App()
"""
TS_AFTER = """\
export const imported = [errors, redirect, text]
await app.run(8000)
"""
GO_IMPORTS = {
    "context": "context", "errors": "errors", "fmt": "fmt", "http": "net/http", "io": "io",
    "iter": "iter", "log": "log", "os": "os", "slices": "slices", "sql": "database/sql",
    "strconv": "strconv", "strings": "strings", "sync": "sync", "time": "time", "trivet": GO_MODULE,
}  # fmt: skip


@dataclass
class Built:
    """How a block is started, or why it cannot be. No command: compiling was the test."""

    command: str = ""
    problem: str = ""
    env: dict[str, str] = field(default_factory=dict)


def is_program(block: Block) -> bool:
    """Blocks with a title are files for the commands that follow them."""
    return block.language in LANGUAGES and not block.title and block.reason is None


def is_reference(block: Block) -> bool:
    return block.page.startswith("docs/reference/") and block.language == "c"


def with_port(text: str, port: int) -> str:
    """Pages have two ports, 8000 and 8080, which stand for free ones."""
    return re.sub(r"\b8080\b", str(port + 1), re.sub(r"\b8000\b", str(port), text))


def without_port(text: str, port: int) -> str:
    return re.sub(rf"\b{port + 1}\b", "8080", re.sub(rf"\b{port}\b", "8000", text))


def in_context(block: Block) -> str:
    """The block within its hidden context, where a line `…` is its place; else behind it."""
    context = block.values.get("context", "")
    if "…\n" in context:
        return context.replace("…\n", block.text)
    return context + block.text


def _run(command: list[str], folder: Path) -> str:
    """Gives a compiler's complaints, nothing when all is well."""
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return "" if done.returncode == 0 else done.stdout or f"exit code {done.returncode}"


def build(blocks: list[tuple[Block, int]], folder: Path) -> dict[str, Built]:
    """By name, for the blocks with the ports of their pages. `folder` is emptied."""
    shutil.rmtree(folder, ignore_errors=True)
    built: dict[str, Built] = {}
    for language, make in (("python", _python), ("ts", _ts), ("go", _go), ("c", _c)):
        place = folder / language
        place.mkdir(parents=True)
        mine = [(block, port) for block, port in blocks if block.language == language]
        if mine:
            built |= make(mine, place)
    return built


def _python(blocks: list[tuple[Block, int]], folder: Path) -> dict[str, Built]:
    built = {}
    for block, port in blocks:
        path = folder / f"{block.slug}.py"
        path.write_text(with_port(in_context(block), port))
        serves = "ends" in block.flags or "app.run(" in block.text
        how = "" if serves else f"{ROOT / 'tests/docs/serve.py'} {port} "
        built[block.name] = Built(f"python {how}{path}")
    return built


def _ts(blocks: list[tuple[Block, int]], folder: Path) -> dict[str, Built]:
    modules = folder / "node_modules"
    modules.mkdir()
    (modules / "trivet").symlink_to(NODE)
    for name in ("typebox", "zod"):
        (modules / name).symlink_to(NODE / "node_modules" / name)
    (folder / "package.json").write_text('{ "type": "module" }\n')
    options = {
        "rootDir": ".", "outDir": "out", "declaration": False, "types": ["node"],
        "typeRoots": [str(NODE / "node_modules/@types")],
    }  # fmt: skip
    config = {"extends": str(NODE / "tsconfig.json"), "include": ["*.ts"]}
    (folder / "tsconfig.json").write_text(json.dumps({**config, "compilerOptions": options}))
    for block, port in blocks:
        text = in_context(block)
        if not re.search(r"^import ", text, re.M):
            text = f"{TS_BEFORE}{text}{TS_AFTER}"
        (folder / f"{block.slug}.ts").write_text(with_port(text, port))
    complaints = _run([str(NODE / "node_modules/.bin/tsc"), "-p", "."], folder)
    built = {}
    for block, _ in blocks:
        mine = [line for line in complaints.splitlines() if line.startswith(f"{block.slug}.ts")]
        script = folder / "out" / f"{block.slug}.js"
        problem = "\n".join(mine) or ("" if script.exists() else complaints)
        built[block.name] = Built(f"node {script}", problem)
    return built


def go_source(block: Block) -> str:
    """A whole program as it is; a fragment in a function that is given an app."""
    if re.search(r"^package ", block.text, re.M):
        return block.text
    context = block.values.get("context", "")
    if "…\n" in context:
        body = in_context(block)
    else:
        body = f"{context}\nfunc fragment(app *trivet.App) {{\n{{\n{block.text}}}\n}}\n"
    used = sorted(path for name, path in GO_IMPORTS.items() if re.search(rf"\b{name}\.[A-Z]", body))
    imports = "".join(f'import "{path}"\n' for path in {*used, GO_MODULE})
    return f"package fragment\n\n{imports}\n{body}"


def _go(blocks: list[tuple[Block, int]], folder: Path) -> dict[str, Built]:
    (folder / "go.mod").write_text(
        f"module docs\n\ngo 1.24\n\nrequire {GO_MODULE} v0.0.0\n\n"
        f"replace {GO_MODULE} => {ROOT / 'langs/go'}\n"
    )
    for block, port in blocks:
        (folder / block.slug).mkdir()
        (folder / block.slug / "main.go").write_text(with_port(go_source(block), port))
    (folder / "bin").mkdir()
    complaints = _run(["go", "build", "-o", "bin/", "./..."], folder)
    complaints += _run(["go", "vet", "./..."], folder)
    built = {}
    for block, _ in blocks:
        mine = [line for line in complaints.splitlines() if f"{block.slug}/main.go" in line]
        program = folder / "bin" / block.slug
        if go_source(block).startswith("package fragment"):
            command, problem = "", "\n".join(mine)
        else:
            command = str(program)
            problem = "\n".join(mine) or ("" if program.exists() else complaints)
        # A package that could not be loaded at all is nobody's in particular.
        if complaints and not any(f"/{b.slug}/" in complaints or f"{b.slug}/main.go" in complaints
                                  for b, _ in blocks):  # fmt: skip
            problem = problem or complaints
        built[block.name] = Built(command, problem)
    return built


def _c(blocks: list[tuple[Block, int]], folder: Path) -> dict[str, Built]:
    include, library = ROOT / "capi/include", ROOT / "build/release/libtrivet.a"
    flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", f"-I{include}"]
    built = {}
    signatures = [block for block, _ in blocks if is_reference(block)]
    if signatures:
        source = folder / "reference.c"
        source.write_text(reference_source(signatures))
        complaints = _run(
            ["cc", *flags, "-Wno-unused", "-c", "-o", "reference.o", "reference.c"], folder
        )
        for block in signatures:
            mine = [line for line in complaints.splitlines() if line.startswith(block.page)]
            built[block.name] = Built(problem="\n".join(mine))
        if complaints and not any(result.problem for result in built.values()):
            built[signatures[0].name].problem = complaints
    for block, port in blocks:
        if is_reference(block):
            continue
        source = folder / f"{block.slug}.c"
        source.write_text(with_port(in_context(block), port))
        program = folder / block.slug
        if re.search(r"\bint main\(", source.read_text()):
            link = [str(library), "-lstdc++", "-lm", "-lpthread", "-o", str(program)]
            problem = _run(["cc", *flags, str(source), *link], folder)
            built[block.name] = Built(f"{program} --port {port}", problem)
        else:
            built[block.name] = Built("", _run(["cc", *flags, "-c", str(source)], folder))
    return built


def reference_source(blocks: list[Block]) -> str:
    """Declares everything once more: C allows that when it is the same as in the header. What the
    header does not have at all is used before its second declaration, and so is an error, too.
    """
    parts = ["#include <trivet.h>\n"]
    for number, block in enumerate(blocks):
        name = re.search(r"\b(trivet_\w+)\(", block.text)
        typedef = re.search(r"\(\*(\w+)\)\(", block.text)
        parts.append(f'#line {block.line} "{block.page}"\n')
        if block.text.startswith("typedef") and typedef:
            parts.append(f"extern {typedef[1]} used_{number};\n")
        elif name:
            parts.append(f"extern __typeof__({name[1]}) *used_{number};\n")
        else:
            parts.append("#error neither a function nor the type of one\n")
        parts.append(f'#line {block.line + 1} "{block.page}"\n{block.text}')
    return "".join(parts)
