"""Outputs of the generator: layout, staleness, and that the languages' own tools can read them."""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import generate
from layout import struct_layout
from load import load_module, load_spec
from model import Spec
from outputs import cffi_cdef, defaults, header, python_errors, reference, version_script

SPEC = load_spec(Path(__file__).parents[1] / "spec")

# A struct whose padding, nesting and first version are known by hand.
SMALL = """
[module]
name = "small"
order = 1
doc = "Small."
[[struct]]
name = "trivet_pair"
doc = "Pair."
fields = [
  { name = "data", type = "const char *", doc = "D." },
  { name = "length", type = "uint32_t", doc = "L." },
]
[[struct]]
name = "trivet_thing_config"
doc = "Thing."
init = "trivet_thing_config_init"
last_v1 = "pair"
fields = [
  { name = "size", type = "uint32_t", doc = "S." },
  { name = "flags", type = "uint32_t", default = 7, doc = "F." },
  { name = "small", type = "uint8_t", doc = "B." },
  { name = "pair", type = "trivet_pair", doc = "P." },
  { name = "last", type = "uint16_t", doc = "H." },
]
"""


class Layouts(unittest.TestCase):
    def test_pads_and_nests_as_lp64_does(self) -> None:
        spec = Spec([load_module(SMALL, "small.toml")])
        layout = struct_layout(spec, spec.structs["trivet_thing_config"])
        self.assertEqual([place.offset for place in layout.places], [0, 4, 8, 16, 32])
        self.assertEqual((layout.size, layout.alignment), (40, 8))

    def test_minimum_is_the_end_of_the_last_v1_field(self) -> None:
        spec = Spec([load_module(SMALL, "small.toml")])
        self.assertEqual(struct_layout(spec, spec.structs["trivet_thing_config"]).size_min, 32)
        self.assertIn("kThingConfigSizeMin = 32;", defaults.render(spec))


class Contents(unittest.TestCase):
    def test_every_name_reaches_every_output_that_lists_it(self) -> None:
        text, script = header.render(SPEC), version_script.render(SPEC)
        cdef = cffi_cdef.render(SPEC)
        pages = reference.pages(SPEC)
        for function in SPEC.functions:
            self.assertIn(f"{function.name}(", text)
            self.assertIn(f"{function.name}(", cdef)
            self.assertIn(f"    {function.name};\n", script)
            self.assertTrue(any(f"### {function.name}\n" in page for page in pages.values()))
        for name in (*SPEC.constants, *(status.name for status in SPEC.statuses)):
            self.assertIn(f"#define {name} ", text)
            self.assertIn(f'"{name}": ', cdef)
        for name in SPEC.structs:
            self.assertIn(f"struct {name} {{", text)

    def test_lines_keep_to_the_column_limit(self) -> None:
        outputs = generate.render_all(SPEC)
        for path in ("capi/include/trivet.h", "core/base/status_gen.h"):
            longest = max(outputs[path].splitlines(), key=len)
            self.assertLessEqual(len(longest), 100, longest)

    def test_every_output_says_that_it_is_generated(self) -> None:
        for path, content in generate.render_all(SPEC).items():
            self.assertIn("generated from capi/spec; do not edit", content.splitlines()[0], path)

    def test_python_errors_run(self) -> None:
        space: dict[str, object] = {"__name__": "errors"}
        exec(compile(python_errors.render(SPEC), "errors", "exec"), space)
        errors = space["STATUS_TO_ERROR"]
        assert isinstance(errors, dict)
        self.assertEqual(set(errors), {status.value for status in SPEC.errors})
        for status in SPEC.errors:
            error = errors[status.value](detail="there")
            self.assertEqual((error.status, error.status_name), (status.value, status.name))
            self.assertEqual(str(error), f"{status.message}: there")
            self.assertTrue(any(b.__name__ == status.python_base for b in type(error).__mro__))


class Check(unittest.TestCase):
    def test_says_what_is_stale_and_writes_nothing(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(self.run_generate("--root", folder), 0)
            self.assertEqual(self.run_generate("--check", "--root", folder), 0)
            file = Path(folder) / "capi/include/trivet.h"
            file.write_text(file.read_text() + "/* edited */\n")
            self.assertEqual(self.run_generate("--check", "--root", folder), 1)
            self.assertIn("edited", file.read_text())
            file.unlink()
            self.assertEqual(self.run_generate("--check", "--root", folder), 1)

    def test_refuses_a_reference_page_without_a_module(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(self.run_generate("--root", folder), 0)
            (Path(folder) / "docs/reference/gone.md").write_text("old\n")
            self.assertEqual(self.run_generate("--check", "--root", folder), 1)

    def run_generate(self, *arguments: str) -> int:
        sink = io.StringIO()
        with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
            return generate.main(list(arguments))


if __name__ == "__main__":
    unittest.main()
