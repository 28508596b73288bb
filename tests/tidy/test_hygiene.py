"""Each rule of hygiene.py, first on a sample that must fail, then on this repository."""

import unittest

import hygiene
from repository import paths, texts

# Rule → a sample with exactly one problem, and one without.
SAMPLES = {
    "check_root": ({"tools/x.py": ""}, {"core/x.cc": "", ".ci/run": ""}),
    "check_sizes": ({"core/x.cc": "\n" * 801}, {"core/x.cc": "\n" * 800, "x_gen.h": "\n" * 900}),
    "check_registries": (
        {"package-lock.json": '  "resolved": "https://example.org/a.tgz",\n'},
        {"package-lock.json": '  "integrity": "sha512-x",\n'},
    ),
    "check_machine_paths": ({"a.py": 'open("/ro' + 'ot/x")\n'}, {"a.py": '"/usr/bin" "$HOME/x"\n'}),
    "check_unfinished": ({"a.cc": "// TO" + "DO: later\n"}, {"a.sh": "mktemp x.XXXXXX\n"}),
    "check_skipped": (
        {"a.py": "@pytest.mark.sk" + "ip\n"},
        {"a.py": "@pytest.mark.anyio\n"},
    ),
    "check_strict_parser": (
        {"a.cc": "llhttp_set_lenien" + "t_headers(parser, 1);\n"},
        {"a.cc": "llhttp_init(parser, HTTP_REQUEST, &settings);\n"},
    ),
    "check_text": ({"a.md": "x \n"}, {"a.md": "x\n"}),
    "check_columns": ({"a.py": "x" * 101 + "\n"}, {"a.py": "x" * 100 + "\n", "a.md": "x" * 101}),
    "check_unit_tests": (
        {"core/base/a.cc": ""},
        {"core/base/a.cc": "", "core/base/a_b_test.cc": "", "core/base/b_gen.cc": ""},
    ),
    "check_generated": (
        {"a_gen.h": "int x;\n"},
        {"a_gen.h": "/* generated from capi/spec; do not edit */\n"},
    ),
    "check_links": (
        {"docs/A.md": "[b](B.md)\n"},
        {"docs/A.md": "[b](B.md#x) [r](../README.md) [w](https://example.org)\n",
         "docs/B.md": "", "README.md": ""},
    ),
}  # fmt: skip


class Hygiene(unittest.TestCase):
    def test_each_rule_can_fail(self) -> None:
        for rule, (bad, good) in SAMPLES.items():
            with self.subTest(rule):
                self.assertEqual(len(getattr(hygiene, rule)(bad)), 1)
                self.assertEqual(getattr(hygiene, rule)(good), [])

    def test_build_outputs_are_seen(self) -> None:
        self.assertEqual(len(hygiene.check_build_outputs(["a/b.o", "c/__pycache__/x"])), 2)
        self.assertEqual(hygiene.check_build_outputs(["a/b.cc", "docs/log.md"]), [])

    def test_registry_names_are_seen(self) -> None:
        bad = {"pip.conf": "https://files.python" + "hosted.org/x\n"}
        self.assertEqual(len(hygiene.check_registries(bad)), 1)


def on_this_repository(rule: str):
    def test(self: unittest.TestCase) -> None:
        problems = getattr(hygiene, rule)(texts())
        self.assertEqual(problems, [], "\n".join(["", *problems]))

    return test


for name in SAMPLES:
    setattr(Hygiene, f"test_repository_{name.removeprefix('check_')}", on_this_repository(name))


class BuildOutputs(unittest.TestCase):
    def test_none_is_tracked(self) -> None:
        self.assertEqual(hygiene.check_build_outputs(paths()), [])


if __name__ == "__main__":
    unittest.main()
