"""A client built from the baseline's header runs on the new library, shared and static."""

from __future__ import annotations

import os
import tempfile
import unittest
from pathlib import Path

from support import BASELINE, HERE, SHARED, STATIC, built, output, run

WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")


class Client(unittest.TestCase):
    def check(self, *libraries: str | Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "client"
            output(
                *("gcc", "-std=c11", "-g", *WARNINGS, "-I", built(BASELINE / "trivet.h").parent),
                *(HERE / "client.c", "-o", program, *libraries, "-lpthread", *self.sanitizers()),
            )
            # The client asks for each engine itself; the variable would turn auto into one of them.
            environment = {k: v for k, v in os.environ.items() if k != "TRIVET_ENGINE"}
            done = run(program, env=environment)
            self.assertEqual((done.returncode, done.stdout), (0, "served\n"), done.stderr)

    def sanitizers(self) -> tuple[str, ...]:
        is_sanitized = "__asan_init" in output("nm", "-D", "--undefined-only", built(SHARED))
        return ("-fsanitize=address,undefined",) if is_sanitized else ()

    def test_shared(self) -> None:
        self.check(built(SHARED), f"-Wl,-rpath,{SHARED.parent}")

    def test_static(self) -> None:
        self.check(built(STATIC), "-lstdc++", "-lm")


if __name__ == "__main__":
    unittest.main()
