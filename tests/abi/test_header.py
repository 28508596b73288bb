"""trivet.h alone is clean C11 and C++17, and holds nothing that an FFI cannot load."""

from __future__ import annotations

import re
import tempfile
import unittest
from pathlib import Path

from support import FUNCTIONS, HEADER, run, without_comments

COMPILERS = (
    ("gcc", "-std=c11", "-xc"),
    ("clang-19", "-std=c11", "-xc"),
    ("g++", "-std=c++17", "-xc++"),
    ("clang++-19", "-std=c++17", "-xc++"),
)
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wconversion", "-Wshadow", "-fsyntax-only")

# DESIGN.md section 5.7, as patterns over the header without comments.
FORBIDDEN = {
    "inline function": r"\binline\b",
    "function body": r"\)\s*\{",
    "variadic": r"\.\.\.",
    "union": r"\bunion\b",
    "bitfield": r"\b\w+\s*:\s*\d+\s*;",
    "long": r"\blong\b",
    "enum": r"\benum\b",
    "bare int or unsigned": r"\b(?:int|unsigned|short|signed)\b",
    "bool or float": r"\b(?:bool|_Bool|float)\b",
    "function-like macro": r"^\s*#\s*define\s+\w+\(",
    "object": r"\bextern\s+(?!\"C\")",
    "array": r"\[",
}


def breaches(text: str) -> set[str]:
    code = without_comments(text)
    return {name for name, rule in FORBIDDEN.items() if re.search(rule, code, re.MULTILINE)}


class Header(unittest.TestCase):
    def test_compiles_alone_without_a_warning(self) -> None:
        for compiler, standard, language in COMPILERS:
            with self.subTest(compiler), tempfile.TemporaryDirectory() as folder:
                source = Path(folder) / "alone.c"
                source.write_text('#include "trivet.h"\n#include "trivet.h"\n')
                done = run(compiler, standard, language, *STRICT, "-I", HEADER.parent, source)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_holds_nothing_forbidden(self) -> None:
        self.assertEqual(breaches(HEADER.read_text()), set())

    def test_the_scan_sees_each_forbidden_thing(self) -> None:
        samples = {
            "inline function": "static inline void f(void);",
            "function body": "void f(void) { }",
            "variadic": "void f(const char *format, ...);",
            "union": "union u *x;",
            "bitfield": "struct s { uint32_t a : 3; };",
            "long": "void f(long x);",
            "enum": "void f(enum kind k);",
            "bare int or unsigned": "int f(void);",
            "bool or float": "void f(float x);",
            "function-like macro": "# define F(x) x",
            "object": "extern const uint32_t x;",
            "array": "struct s { char a[3]; };",
        }
        self.assertEqual(set(samples), set(FORBIDDEN))
        for name, sample in samples.items():
            self.assertIn(name, breaches(f"/* \n */\n{sample}\n"), sample)
        self.assertEqual(breaches("/* an int, [an] enum ... */ // inline union\n"), set())

    def test_declares_exactly_the_spec(self) -> None:
        code = without_comments(HEADER.read_text())
        declared = re.findall(r"^TRIVET_API [^;(]*?\b(trivet_\w+)\(", code, re.MULTILINE)
        self.assertEqual(len(declared), len(set(declared)))
        self.assertEqual(set(declared), FUNCTIONS)


if __name__ == "__main__":
    unittest.main()
