"""The runner's own tests: it must not miss a block, a wrong answer or a wrong exit code."""

from __future__ import annotations

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from blocks import Block, Check, PageError, Stop, commands, matches, parse
from page import Page, Result
from programs import go_source, reference_source
from shell import Ports


def page(text: str) -> str:
    """Fences are written ~~~ in this file."""
    return text.replace("~", "`")


class Parsing(unittest.TestCase):
    def test_blocks_titles_and_directives(self) -> None:
        text = page(
            "# A\n\n<!-- docs: serve -->\n\n~~~console\n$ x\n~~~\n"
            '~~~toml title="a.toml"\nb = 1\n~~~\n'
        )
        first, second = parse("a.md", text)
        assert isinstance(first, Block) and isinstance(second, Block)
        self.assertEqual((first.language, first.flags), ("console", {"serve"}))
        self.assertEqual((second.title, second.text, second.flags), ("a.toml", "b = 1\n", set()))
        self.assertEqual((first.name, second.name), ("a.md:5", "a.md:8"))

    def test_context_check_and_stop(self) -> None:
        text = page(
            "<!-- docs: context\nint x;\n-->\n~~~c\ny;\n~~~\n"
            "<!-- docs: stop -->\n<!-- docs: check\n$ true\n-->\n"
        )
        block, stop, check = parse("a.md", text)
        assert isinstance(block, Block) and isinstance(stop, Stop) and isinstance(check, Check)
        self.assertEqual(block.values, {"context": "int x;\n"})
        self.assertEqual(check.text, "$ true\n")

    def test_indented_and_longer_fences(self) -> None:
        (block,) = parse("a.md", page("- x\n\n  ~~~~md\n  ~~~sh\n  a\n  ~~~\n  ~~~~\n"))
        assert isinstance(block, Block)
        self.assertEqual(block.text, page("~~~sh\na\n~~~\n"))

    def test_wrong_markup_is_an_error(self) -> None:
        for text in (
            "~~~sh\nno end\n",
            "<!-- docs: serve -->\ntext\n",
            "<!-- docs: serve -->\n",
            "<!-- docs: serves -->\n~~~sh\n~~~\n",
            "<!-- docs: not run -->\n~~~sh\n~~~\n",
            "<!-- docs: serve: 1 -->\n~~~sh\n~~~\n",
            "<!-- docs: context\nno end\n",
        ):
            with self.subTest(text), self.assertRaises(PageError):
                parse("a.md", page(text))

    def test_commands(self) -> None:
        first, second = commands("$ a \\\n    b\nout\n\n$ c\n")
        self.assertEqual((first.text, first.expected), ("a \\\n    b", ["out", ""]))
        self.assertEqual((second.text, second.expected), ("c", []))
        with self.assertRaises(PageError):
            commands("out\n")


class Matching(unittest.TestCase):
    def test_what_matches(self) -> None:
        for expected, actual in (
            (["a"], ["a"]),
            (["a … c"], ["a b c"]),
            (["…", "z"], ["x", "y", "z"]),
            (["a", "…"], ["a"]),
            (["[…]"], ["[1, 2]"]),
            (["a  b"], ["a    b"]),
        ):
            with self.subTest(expected):
                self.assertTrue(matches(expected, actual))

    def test_what_does_not(self) -> None:
        for expected, actual in (
            (["a"], ["b"]),
            (["a"], ["a", "b"]),
            (["a", "b"], ["a"]),
            (["a … c"], ["a b d"]),
            (["…", "z"], ["z", "y"]),
            (["a.c"], ["abc"]),
            (["a b"], ["ab"]),
        ):
            with self.subTest(expected):
                self.assertFalse(matches(expected, actual))


class Pages(unittest.TestCase):
    def run_page(self, text: str) -> Result:
        with tempfile.TemporaryDirectory() as folder:
            items = parse("a.md", page(text))
            return Page("a.md", items, Ports().take(), Path(folder) / "a").run({})

    def assert_problem(self, text: str, expected: str) -> None:
        (problem,) = self.run_page(text).problems
        self.assertIn(expected, problem)

    def test_commands_share_a_shell_and_a_folder(self) -> None:
        result = self.run_page(
            '~~~json title="sub/a.json"\n{}\n~~~\n'
            "~~~sh\ncd sub\nexport X=1\n~~~\n~~~console\n$ cat a.json; echo $X\n{}\n1\n~~~\n"
        )
        self.assertEqual((result.passed, result.problems), (3, []))

    def test_output_that_differs(self) -> None:
        self.assert_problem("~~~console\n$ echo a\nb\n~~~\n", "printed:\n  a")

    def test_exit_codes(self) -> None:
        self.assert_problem("~~~sh\nfalse\n~~~\n", "exit code 1, not 0")
        self.assert_problem("<!-- docs: exit: 2 -->\n~~~sh\nfalse\n~~~\n", "exit code 1, not 2")
        self.assertEqual(self.run_page("<!-- docs: exit: 1 -->\n~~~sh\nfalse\n~~~\n").passed, 1)
        self.assert_problem("<!-- docs: check\n$ false\n-->\n", "exit code 1")

    def test_a_server_is_asked_and_ended(self) -> None:
        serve = (
            "<!-- docs: serve -->\n~~~sh\npython3 -c '{}'\n~~~\n~~~console\n$ echo on\non\n~~~\n"
        )
        program = (
            "import signal, socket, sys;"
            "signal.signal(signal.SIGINT, lambda *_: sys.exit({}));"
            's = socket.create_server(("127.0.0.1", 8000));'
            '[(c := s.accept()[0], c.recv(999), c.send(b"x")) for _ in iter(int, 1)]'
        )
        good, bad = (serve.replace("{}", program.replace("{}", code)) for code in "03")
        self.assertEqual(self.run_page(good).problems, [])
        self.assert_problem(bad, "ended with 3, not 0")

    def test_a_server_that_does_not_start(self) -> None:
        self.assert_problem("<!-- docs: serve -->\n~~~sh\nfalse\n~~~\n", "does not listen")

    def test_kinds_that_nobody_knows(self) -> None:
        self.assert_problem("~~~\ndrawing\n~~~\n", "say how it is run")

    def test_files_are_read_by_their_readers(self) -> None:
        self.assert_problem("~~~json\n{\n~~~\n", "Expecting")
        self.assert_problem("~~~toml\n[server]\nprot = 1\n~~~\n", "prot")

    def test_what_is_not_run_is_told(self) -> None:
        result = self.run_page("<!-- docs: not run: a drawing -->\n~~~\nx\n~~~\n")
        self.assertEqual(result.not_run, ["a.md:2: a drawing"])


class Sources(unittest.TestCase):
    def block(self, language: str, text: str, context: str = "") -> Block:
        return Block("a.md", 1, language, "", text, values={"context": context} if context else {})

    def test_go_fragments_are_given_what_they_use(self) -> None:
        text = go_source(self.block("go", 'app.Get("/", f) // errors.Is\n', "var f any\n"))
        self.assertIn('import "errors"', text)
        self.assertIn("func fragment(app *trivet.App) {\n{\napp.Get", text)
        self.assertLess(text.index("var f any"), text.index("func fragment"))

    def test_a_context_says_where(self) -> None:
        text = go_source(self.block("go", "type T int\n", "func before() {}\n…\nfunc after() {}\n"))
        self.assertIn("func before() {}\ntype T int\nfunc after() {}", text)

    def test_reference_names_are_used_before_they_are_declared_again(self) -> None:
        text = reference_source([self.block("c", "trivet_str trivet_version(void);\n")])
        self.assertLess(text.index("__typeof__(trivet_version)"), text.index("trivet_str trivet"))


if __name__ == "__main__":
    unittest.main()
