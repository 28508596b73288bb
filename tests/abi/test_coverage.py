"""Every function of the spec is implemented, documented, and used by everyone who binds the ABI.

That each one is also reached by a vector is shown by `tests/conformance/run --trace`.
"""

from __future__ import annotations

import re
import tomllib
import unittest
from pathlib import Path

from support import FUNCTIONS, HERE, ROOT, SPEC, without_comments

# Who must refer to a function, and where.
USERS: dict[str, tuple[str, ...]] = {
    "python": ("langs/python/native/*.cc", "langs/python/native/*.h"),
    "node": ("langs/node/native/*.cc", "langs/node/native/*.h"),
    "go": ("langs/go/*.go", "langs/go/*.c", "langs/go/*.h"),
    "c": ("tests/conformance/drivers/c/*.c", "tests/conformance/drivers/c/*.h"),
    "cffi": ("tests/conformance/cffi/*.py",),
}
NOT_A_USE = re.compile(r"_gen\.|_test\.")


def source(patterns: tuple[str, ...]) -> str:
    parts = []
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            if not NOT_A_USE.search(path.name):
                parts.append(code(path))
    return "\n".join(parts)


def code(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return re.sub(r"^\s*#.*$|\s#\s.*$", "", text, flags=re.MULTILINE)
    if path.suffix == ".go":  # the preamble of cgo is a comment, and code
        return re.sub(r"^\s*//(?!export).*$", "", text, flags=re.MULTILINE)
    return without_comments(text)


def missing(names: frozenset[str], text: str) -> set[str]:
    words = set(re.findall(r"\btrivet_\w+", text))
    return {name for name in names - words if not is_composed(name, text)}


def is_composed(name: str, text: str) -> bool:
    """Whether Python puts the name together, as in f"trivet_reply_{kind}" with "html" elsewhere."""
    for start, end in re.findall(r"\bf\"(trivet_\w*)\{\w+\}(\w*)\"", text):
        word = name[len(start) : len(name) - len(end)]
        if name == start + word + end and f'"{word}"' in text:
            return True
    return False


class Exceptions:
    """exceptions.toml: what a user of the ABI has a reason never to call."""

    def __init__(self) -> None:
        self.pairs: dict[tuple[str, str], str] = {}
        data = tomllib.loads((HERE / "exceptions.toml").read_text(encoding="utf-8"))
        for entry in data["exception"]:
            for user in entry["users"]:
                for function in entry["functions"]:
                    self.pairs[user, function] = entry["reason"]

    def of(self, user: str) -> set[str]:
        return {function for name, function in self.pairs if name == user}


class Coverage(unittest.TestCase):
    def test_each_function_is_implemented_in_its_module(self) -> None:
        for module in SPEC.modules:
            text = code(ROOT / "capi" / "src" / f"{module.name}.cc")
            for function in module.functions:
                with self.subTest(function.name):
                    self.assertRegex(text, rf"\b{function.name}\([^;{{]*\{{")

    def test_each_user_refers_to_every_function(self) -> None:
        exceptions = Exceptions()
        for user, patterns in USERS.items():
            with self.subTest(user):
                absent = missing(FUNCTIONS, source(patterns))
                self.assertEqual(absent - exceptions.of(user), set(), "unused and no exception")

    def test_no_exception_is_stale(self) -> None:
        exceptions = Exceptions()
        for user, patterns in USERS.items():
            with self.subTest(user):
                used = FUNCTIONS - missing(FUNCTIONS, source(patterns))
                self.assertEqual(exceptions.of(user) & used, set(), "used after all")

    def test_exceptions_name_what_exists_and_why(self) -> None:
        for (user, function), reason in Exceptions().pairs.items():
            self.assertIn(user, USERS)
            self.assertIn(function, FUNCTIONS)
            self.assertGreater(len(reason), 20, function)

    def test_each_function_is_in_the_reference(self) -> None:
        for module in SPEC.modules:
            page = (ROOT / "docs" / "reference" / f"{module.name}.md").read_text(encoding="utf-8")
            for function in module.functions:
                self.assertIn(f"\n### {function.name}\n", page)


class TheNet(unittest.TestCase):
    def test_a_comment_is_no_use(self) -> None:
        text = without_comments("/* trivet_lit */ // trivet_version\ntrivet_app_new();")
        names = frozenset({"trivet_lit", "trivet_version", "trivet_app_new"})
        self.assertEqual(missing(names, text), {"trivet_lit", "trivet_version"})

    def test_a_composed_name_needs_its_word(self) -> None:
        names = frozenset({"trivet_reply_html", "trivet_reply_text"})
        text = 'getattr(lib, f"trivet_reply_{kind}"); reply("html")'
        self.assertEqual(missing(names, text), {"trivet_reply_text"})

    def test_a_longer_name_is_no_use(self) -> None:
        self.assertEqual(missing(frozenset({"trivet_app"}), "trivet_app_new()"), {"trivet_app"})


if __name__ == "__main__":
    unittest.main()
