"""The library against the committed baseline; a break needs a new one: see update_baseline."""

from __future__ import annotations

import dataclasses
import tempfile
import unittest
from pathlib import Path

from compare import describe, difference
from generator import CType, Field, Spec, load_spec
from stub import build_stub
from support import BASELINE, DEBUG_SHARED, HEADER, INCLUDE, ROOT, built, constants

HINT = "an intended change: tests/abi/update_baseline"


class Baseline(unittest.TestCase):
    def test_library_keeps_the_baseline(self) -> None:
        built(BASELINE / "libtrivet.abi")
        done = difference(BASELINE / "libtrivet.abi", built(DEBUG_SHARED), INCLUDE)
        self.assertEqual(done.returncode, 0, f"{done.stdout}{done.stderr}{HINT}")

    def test_constants_keep_their_numbers(self) -> None:
        old = constants(built(BASELINE / "trivet.h").read_text())
        new = constants(HEADER.read_text())
        self.assertGreater(len(old), 40)
        for name, value in old.items():
            if not name.startswith("TRIVET_VERSION_"):
                self.assertEqual(new.get(name), value, f"{name}: {HINT}")

    def test_a_number_of_the_baseline_names_nothing_else(self) -> None:
        old = constants(built(BASELINE / "trivet.h").read_text())
        statuses = {value: name for name, value in old.items() if name.startswith("TRIVET_E_")}
        for name, value in constants(HEADER.read_text()).items():
            if name.startswith("TRIVET_E_") and value in statuses:
                self.assertEqual(name, statuses[value], "numbers of statuses are never reused")


class TheNet(unittest.TestCase):
    """abidiff as it is called above sees what it must, shown on libraries without content."""

    def diff(self, change: str) -> int:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            before = build_stub(load_spec(ROOT / "capi" / "spec"), folder / "old")
            changed = load_spec(ROOT / "capi" / "spec")
            CHANGES[change](changed)
            after = build_stub(changed, folder / "new")
            description = folder / "old.abi"
            description.write_text(describe(before, before.parent))
            return difference(description, after, after.parent).returncode

    def test_sees_no_change_where_there_is_none(self) -> None:
        self.assertEqual(self.diff("nothing"), 0)

    def test_lets_a_new_function_pass(self) -> None:
        self.assertEqual(self.diff("added_function"), 0)

    def test_sees_each_break(self) -> None:
        for change in set(CHANGES) - {"nothing", "added_function"}:
            with self.subTest(change):
                self.assertNotEqual(self.diff(change), 0)


def _add_function(spec: Spec) -> None:
    functions = spec.modules[0].functions
    functions.append(dataclasses.replace(functions[0], name="trivet_version_new"))


def _remove_function(spec: Spec) -> None:
    del spec.modules[0].functions[0]


def _change_argument(spec: Spec) -> None:
    functions = spec.modules[0].functions
    number = next(i for i, item in enumerate(functions) if item.args)
    wider = dataclasses.replace(functions[number].args[0], type=CType.parse("uint64_t"))
    functions[number] = dataclasses.replace(functions[number], args=(wider,))


def _change_field(spec: Spec, old: str, new: Field) -> None:
    structs = spec.modules[1].structs
    fields = tuple(new if item.name == old else item for item in structs[0].fields)
    structs[0] = dataclasses.replace(structs[0], fields=fields)


def _widen_field(spec: Spec) -> None:
    _change_field(spec, "engine", Field("engine", CType.parse("uint64_t"), None, "D."))


def _remove_field(spec: Spec) -> None:
    struct = spec.modules[1].structs[0]
    spec.modules[1].structs[0] = dataclasses.replace(struct, fields=struct.fields[:-1])


CHANGES = {
    "nothing": lambda spec: None,
    "added_function": _add_function,
    "removed_function": _remove_function,
    "changed_argument": _change_argument,
    "widened_field": _widen_field,
    "removed_field": _remove_field,
}


if __name__ == "__main__":
    unittest.main()
