"""Proves that the vectors reach every function of the ABI.

A shim with every function of capi/spec stands in front of the library, marks the call in a shared
file and passes it on. The C driver gets it by LD_PRELOAD, the CFFI driver opens it instead of the
library.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import tomllib
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from runner.plans import Plan, plans
from runner.suite import Totals
from runner.vectors import Vector

ROOT = Path(__file__).resolve().parents[3]
DEADLINE_S = 15.0
HEAD = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <trivet.h>

static unsigned char unmapped[%(count)d];
static unsigned char *reached = unmapped;
static void *library;

__attribute__((constructor)) static void begin(void) {
    const char *marks = getenv("TRIVET_TRACE_MARKS");
    int fd = marks == NULL ? -1 : open(marks, O_RDWR);
    void *mapped = fd < 0 ? MAP_FAILED : mmap(NULL, %(count)d, PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped != MAP_FAILED) {
        reached = mapped;
    }
    close(fd);
}

static void *find(const char *name) {
    if (library == NULL) {
        library = dlopen(getenv("TRIVET_TRACE_LIBRARY"), RTLD_NOW | RTLD_LOCAL);
    }
    void *found = library == NULL ? NULL : dlsym(library, name);
    if (found == NULL) {
        fprintf(stderr, "trace: %%s\\n", dlerror());
        abort();
    }
    return found;
}
"""
FUNCTION = """
%(returns)s %(name)s(%(parameters)s) {
    static %(returns)s (*next)(%(parameters)s);
    reached[%(index)d] = 1;
    if (next == NULL) {
        *(void **)&next = find("%(name)s");
    }
    %(keyword)snext(%(arguments)s);
}
"""


def functions() -> list[dict[str, Any]]:
    result = []
    for path in sorted((ROOT / "capi" / "spec").glob("*.toml")):
        result += tomllib.loads(path.read_text()).get("function", [])
    return result


def source(specs: list[dict[str, Any]]) -> str:
    text = HEAD % {"count": len(specs)}
    for index, spec in enumerate(specs):
        text += FUNCTION % {
            "returns": spec["returns"],
            "name": spec["name"],
            "parameters": ", ".join(f"{arg['type']} {arg['name']}" for arg in spec["args"])
            or "void",
            "arguments": ", ".join(arg["name"] for arg in spec["args"]),
            "index": index,
            "keyword": "" if spec["returns"] == "void" else "return ",
        }
    return text


Run = Callable[[list[Plan], list[Vector]], Coroutine[Any, Any, Totals]]


def run_traced(run_all: Run, vectors: list[Vector]) -> Totals:
    specs = functions()
    library = ROOT / "build" / "release" / "libtrivet.so"
    with tempfile.TemporaryDirectory() as folder:
        code, shim, marks = (Path(folder) / name for name in ("shim.c", "shim.so", "marks"))
        code.write_text(source(specs))
        marks.write_bytes(bytes(len(specs)))
        include = ROOT / "capi" / "include"
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-O1", f"-I{include}", str(code), "-o", str(shim), "-ldl"],
            check=True,
        )
        traced = {
            "TRIVET_BUILD": "release",
            "TRIVET_TRACE_MARKS": str(marks),
            "TRIVET_TRACE_LIBRARY": str(library),
        }
        shim_of = {"c": {"TRIVET_PRELOAD": str(shim)}, "cffi": {"TRIVET_LIBRARY": str(shim)}}
        traced_plans = [
            replace(plan, env={**plan.env, **traced, **shim_of[plan.lang]})
            for lang, engine in (("c", "uring"), ("cffi", "epoll"))
            for plan in plans([lang], [engine], DEADLINE_S)
        ]
        totals = asyncio.run(run_all(traced_plans, vectors))
        reached = marks.read_bytes()
    for spec, mark in zip(specs, reached, strict=True):
        totals.add([] if mark else ["no vector reaches it"], f"trace {spec['name']}")
    print(f"trace: {sum(reached)} of {len(specs)} functions of the ABI reached")
    return totals
