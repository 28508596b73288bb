"""Clients built from older headers run on the new library, shared and static.

Two headers: the baseline's, and one in which every struct ends with the last field of its first
version, as it was for whoever compiled against that.
"""

from __future__ import annotations

import dataclasses
import os
import tempfile
import unittest
from pathlib import Path

from generator import header, load_spec, struct_layout
from support import BASELINE, HERE, ROOT, SHARED, SPEC, STATIC, built, output, run

SOURCES = ("client.c", "client_routes.c")
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")


def first_header(folder: Path) -> Path:
    """The header with every struct as it first was."""
    spec = load_spec(ROOT / "capi" / "spec")
    for module in spec.modules:
        for number, struct in enumerate(module.structs):
            names = [item.name for item in struct.fields]
            kept = struct.fields[: names.index(struct.last_v1) + 1]
            module.structs[number] = dataclasses.replace(struct, fields=kept)
    path = folder / "trivet.h"
    path.write_text(header.render(spec))
    return path


class Client(unittest.TestCase):
    def check(self, source: str, include: Path, *libraries: str | Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "client"
            output(
                *("gcc", "-std=c11", "-g", *WARNINGS, "-I", include),
                *(HERE / source, "-o", program, *libraries, "-lpthread", *self.sanitizers()),
            )
            # The client asks for each engine itself; the variable would turn auto into one of them.
            environment = {k: v for k, v in os.environ.items() if k != "TRIVET_ENGINE"}
            done = run(program, env=environment)
            self.assertEqual((done.returncode, done.stdout), (0, "served\n"), done.stderr)

    def sanitizers(self) -> tuple[str, ...]:
        is_sanitized = "__asan_init" in output("nm", "-D", "--undefined-only", built(SHARED))
        return ("-fsanitize=address,undefined",) if is_sanitized else ()

    def test_baseline_shared(self) -> None:
        include = built(BASELINE / "trivet.h").parent
        for source in SOURCES:
            with self.subTest(source):
                self.check(source, include, built(SHARED), f"-Wl,-rpath,{SHARED.parent}")

    def test_baseline_static(self) -> None:
        include = built(BASELINE / "trivet.h").parent
        for source in SOURCES:
            with self.subTest(source):
                self.check(source, include, built(STATIC), "-lstdc++", "-lm")

    def test_first_structs(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = first_header(Path(name)).parent
            self.check("client.c", folder, built(SHARED), f"-Wl,-rpath,{SHARED.parent}")

    def test_some_structs_have_grown(self) -> None:
        """Else the test above shows nothing that those before it do not."""
        layouts = {name: struct_layout(SPEC, struct) for name, struct in SPEC.structs.items()}
        grown = {name for name, layout in layouts.items() if layout.size_min + 7 < layout.size}
        wanted = {"trivet_app_config", "trivet_route_config", "trivet_loop_stats"}
        self.assertLessEqual(wanted, grown)


if __name__ == "__main__":
    unittest.main()
