"""Every rule of the spec, broken one at a time."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from load import load_module, load_spec
from model import CType, Spec, SpecError
from validate import validate

SPEC = Path(__file__).parents[1] / "spec"

# module, what stands in the spec, what replaces it (every occurrence is too many: the first only),
# what the message must say.
BREACHES = {
    "unknown_key": ("app", "thread =", "tread =", "missing"),
    "unknown_extra_key": ("app", 'thread = "any"', 'thread = "any"\nrank = 1', "unknown key rank"),
    "unknown_table": ("app", "[[opaque]]", "[[opaq]]", "unknown key opaq"),
    "number_for_text": ("app", 'doc = "Fills', "doc = 3 # ", "doc must be a string"),
    "text_for_number": ("app", "value = 2,", 'value = "2",', "value must be an integer"),
    "unknown_type": ("app", '"const trivet_app_config *"', '"const trivet_cfg *"', "unknown type"),
    "c_int": ("app", 'type = "int32_t", pass', 'type = "int", pass', "unknown type"),
    "malformed_type": ("app", '"char **"', '"char***"', "malformed type"),
    "opaque_by_value": ("app", '"trivet_app *", pass', '"trivet_app", pass', "needs a pointer"),
    "const_value": ("app", '"size_t", pass', '"const size_t", pass', "for a pointer only"),
    "thread_tag": ("app", 'thread = "owner"', 'thread = "main"', "thread 'main'"),
    "pass_word": ("app", 'pass = "borrow"', 'pass = "lend"', "no ownership word"),
    "pass_value_of_pointer": ("app", 'pass = "borrow"', 'pass = "value"', "for plain numbers"),
    "borrowed_number": ("app", 'pass = "value"', 'pass = "borrow"', "for plain numbers"),
    "owned_const": ("app", '"borrow", doc = "Copied', '"own", doc = "Copied', "can be owned"),
    "free_borrows": ("core", 'error *", pass = "own"', 'error *", pass = "borrow"', "takes own"),
    "new_gives_borrow": ("app", 'returns_pass = "own"', 'returns_pass = "borrow"', "gives own"),
    "returned_pointer": ("app", 'returns_pass = "own"\n', "", "returns_pass goes with"),
    "drop_missing": ("app", '"trivet_drop", pass', '"trivet_handler", pass', "go together"),
    "error_name": ("app", 'name = "out_error"', 'name = "out_failure"', "is out_error"),
    "out_const": ("loop", '"trivet_loop_info *"', '"const trivet_loop_info *"', "be writable"),
    "unknown_failure": ("app", '["TRIVET_E_ARGUMENT"', '["TRIVET_E_NONE"', "unknown TRIVET_E_NONE"),
    "double_failure": ("app", '"TRIVET_E_STATE"]', '"TRIVET_E_ARGUMENT"]', "listed twice"),
    "no_failures": ("loop", 'fails = ["TRIVET_E_ARGUMENT"]\n', "", "returned by what fails"),
    "function_name": ("app", '"trivet_app_new"', '"trivet_appNew"', "trivet_<noun>_<verb>"),
    "function_one_word": ("app", '"trivet_app_new"', '"trivet_new"', "trivet_<noun>_<verb>"),
    "function_noun": ("app", '"trivet_app_new"', '"trivet_pot_new"', "no such noun"),
    "type_suffix": ("core", '"trivet_status"\n', '"trivet_status_t"\n', "without _t"),
    "argument_name": ("app", '"argc"', '"Argc"', "no lower-case name"),
    "keyword": ("app", '"argc"', '"new"', "is a keyword"),
    "double_argument": ("app", '"argv"', '"argc"', "declared twice"),
    "double_field": ("core", 'name = "data"', 'name = "size"', "declared twice"),
    "double_name": ("app", '"trivet_app_main"', '"trivet_app_log"', "declared twice"),
    "double_status": ("core", "value = -2\n", "value = -1\n", "number -1 is that of"),
    "positive_status": ("core", "value = -2\n", "value = 2\n", "out of"),
    "zero_status": ("core", "value = -2\n", "value = 0\n", "below 0"),
    "status_name": ("core", '"TRIVET_E_MEMORY"', '"TRIVET_MEMORY"', "TRIVET_E_<WORDS>"),
    "python_builtin": ("core", '"OutOfMemoryError"', '"MemoryError"', "hides no builtin"),
    "python_twice": ("core", '"OutOfMemoryError"', '"ArgumentError"', "used twice"),
    "python_base": ("core", '"MemoryError"', '"NoError"', "no builtin exception"),
    "node_code": ("core", '"ERR_TRIVET_MEMORY"', '"ERR_MEMORY"', "ERR_TRIVET_MEMORY"),
    "go_name": ("core", '"ErrMemory"', '"ErrMem"', "go must be ErrMemory"),
    "message": ("core", '"out of memory"', '"out of memory."', "message must be"),
    "constant_prefix": ("app", '"TRIVET_LOG_OFF"', '"TRIVET_L_OFF"', "not TRIVET_LOG_<NAME>"),
    "constant_twice": ("app", "AUTO\", value = 0", "AUTO\", value = 1", "used twice"),
    "constant_range": ("app", "AUTO\", value = 0", "AUTO\", value = -1", "does not fit"),
    "config_head": ("app", 'name = "flags"', 'name = "options"', "begins with uint32_t size"),
    "config_init": ("app", 'init = "trivet_app_config_init"\n', "", "needs an init"),
    "init_missing": ("app", '"trivet_app_config_init"\nth', '"trivet_app_x"\nth', "not declared"),
    "default_range": ("app", "default = 8192", "default = 4294967296", "does not fit"),
    "default_constant": ("app", '"TRIVET_ENGINE_AUTO", doc', '"TRIVET_AUTO", doc', "no constant"),
    "default_without_init": ("core", 'size_t", doc', 'size_t", default = 1, doc', "no default"),
    "doc_comment_mark": ("app", "As main received it", "As */ main", "comment mark"),
    "doc_empty": ("app", '"As main received it."', '" "', "one paragraph"),
    "callback_user_data": ("loop", 'doc = "As given." }', 'doc = "As given." }, '
                           '{ name = "n", type = "size_t", doc = "N." }', "void *user_data"),
    "module_order": ("app", "order = 2", "order = 1", "is also that of"),
    "module_name": ("app", 'name = "app"', 'name = "apps"', "holds module apps"),
    "struct_by_value_too_early": ("core", 'type = "size_t", doc', 'type = "trivet_param", doc',
                                  "before it is defined"),
}  # fmt: skip


def parse(changes: dict[str, tuple[str, str]]) -> Spec:
    modules = []
    for file in sorted(SPEC.glob("*.toml")):
        text = file.read_text(encoding="utf-8")
        if file.stem in changes:
            old, new = changes[file.stem]
            if old not in text:
                raise AssertionError(f"{file.name} has no {old!r}")
            text = text.replace(old, new, 1)
        modules.append(load_module(text, file.name))
    modules.sort(key=lambda module: module.order)
    return Spec(modules)


class Rules(unittest.TestCase):
    def test_spec_keeps_every_rule(self) -> None:
        validate(load_spec(SPEC))

    def test_each_breach_is_named(self) -> None:
        for name, (module, old, new, message) in BREACHES.items():
            with self.subTest(name), self.assertRaises(SpecError) as caught:
                validate(parse({module: (old, new)}))
            self.assertIn(message, str(caught.exception), name)

    def test_argument_order(self) -> None:
        spec = parse({})
        route = next(item for item in spec.functions if item.name == "trivet_app_route")
        for number in range(len(route.args) - 1):
            if (route.args[number].name, route.args[number + 1].name) == ("method", "pattern"):
                continue  # two inputs may stand in either order
            args = list(route.args)
            args[number], args[number + 1] = args[number + 1], args[number]
            with self.subTest(args[number].name):
                object.__setattr__(route, "args", tuple(args))
                with self.assertRaisesRegex(SpecError, "order is receiver"):
                    validate(spec)
            args[number], args[number + 1] = args[number + 1], args[number]
            object.__setattr__(route, "args", tuple(args))
        validate(spec)

    def test_all_breaches_are_reported_at_once(self) -> None:
        with self.assertRaises(SpecError) as caught:
            validate(parse({"app": ("argc", "Argc"), "loop": ('"loop", type', '"Loop", type')}))
        self.assertIn("'Argc'", str(caught.exception))
        self.assertIn("'Loop'", str(caught.exception))


class Types(unittest.TestCase):
    def test_reads_what_the_spec_writes(self) -> None:
        item = CType.parse("const trivet_param **")
        self.assertEqual((item.base, item.is_const, item.pointers), ("trivet_param", True, 2))
        self.assertEqual(item.declare("out"), "const trivet_param **out")
        self.assertEqual(CType.parse("size_t").declare("size"), "size_t size")

    def test_refuses_everything_else(self) -> None:
        for text in ("", "char*", "char ***", "unsigned int", "const  char *", "int[3]", "a b"):
            with self.subTest(text), self.assertRaises(SpecError):
                CType.parse(text)


if __name__ == "__main__":
    unittest.main()
