"""Promises of the C interface that no response shows: native/interface.c says which."""

from __future__ import annotations

from harness import ENGINES, SANITIZER, Case, native


class Interface(Case):
    def test_holds(self) -> None:
        for engine in ENGINES:
            with self.subTest(engine=engine):
                program = self.program(native("interface", "-ltrivet"), engine)
                self.assertEqual(program.wait(), 0, program.err)
                self.assertEqual(program.out, ["held"])
                self.assertEqual([line for line in program.err if SANITIZER.search(line)], [])
