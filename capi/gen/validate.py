"""The rules of the ABI (DESIGN.md section 5) that a spec must keep. All breaches are reported."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator

from model import Spec, SpecError
from rules_function import callback_problems, function_problems
from rules_type import struct_problems, type_problem

_STATUS_NAME = re.compile(r"^TRIVET_(OK|E_[A-Z]+(_[A-Z]+)*)$")
_CONSTANT_NAME = re.compile(r"^TRIVET_[A-Z0-9]+(_[A-Z0-9]+)+$")
_TYPE_NAME = re.compile(r"^trivet(_[a-z][a-z0-9]*)+$")
# A status stays within what a C int, a Go table and a process's memory of it can hold.
_STATUS_MIN = -999


def validate(spec: Spec) -> None:
    problems = [
        *_module_problems(spec),
        *_name_problems(spec),
        *_doc_problems(spec),
        *_constant_problems(spec),
        *_status_problems(spec),
        *_alias_problems(spec),
    ]
    if not problems:  # the rules below look names up
        problems += [*struct_problems(spec), *callback_problems(spec), *function_problems(spec)]
    if problems:
        raise SpecError("\n".join(problems))


def _module_problems(spec: Spec) -> Iterator[str]:
    seen: dict[object, str] = {}
    for module in spec.modules:
        for key in (module.order, module.name):
            if key in seen:
                yield f"{module.source}: module {key} is also that of {seen[key]}"
            seen[key] = module.source
        if module.source != f"{module.name}.toml":
            yield f"{module.source}: holds module {module.name}"


def _name_problems(spec: Spec) -> Iterator[str]:
    seen: set[str] = set()
    for module in spec.modules:
        for name in (*module.type_names, *(item.name for item in module.callbacks)):
            if not _TYPE_NAME.match(name) or name.endswith("_t"):
                yield f"{module.source}: type {name} is not trivet_<words> without _t"
        for name in module.names:
            if name in seen:
                yield f"{module.source}: {name} is declared twice"
            seen.add(name)


def _doc_problems(spec: Spec) -> Iterator[str]:
    for module in spec.modules:
        for where, doc in _docs(module):
            if not doc.strip() or "\n" in doc:
                yield f"{module.source}: {where}: doc must be one paragraph"
            if "*/" in doc or "/*" in doc or '"' in doc or "\\" in doc:
                yield f"{module.source}: {where}: doc holds a comment mark, quote or backslash"


def _docs(item: object, where: str = "") -> Iterator[tuple[str, str]]:
    """Every doc below an item of the model, with the names that lead to it."""
    if isinstance(item, list | tuple):
        for part in item:
            yield from _docs(part, where)
    elif hasattr(item, "__dict__"):
        name = getattr(item, "name", getattr(item, "prefix", ""))
        path = f"{where}.{name}" if where else str(name)
        if hasattr(item, "doc"):
            yield path, item.doc
        for value in vars(item).values():
            if isinstance(value, list | tuple):
                yield from _docs(value, path)


def _constant_problems(spec: Spec) -> Iterator[str]:
    for part in ("MAJOR", "MINOR", "PATCH"):
        if f"TRIVET_VERSION_{part}" not in spec.constants:
            yield f"TRIVET_VERSION_{part} is missing"
    for group in spec.groups:
        if group.type.base not in ("uint32_t", "int32_t", "uint64_t", "int64_t"):
            yield f"{group.prefix}: constants are 32 or 64 bits wide, not {group.type.text}"
            continue
        if group.type.pointers or group.type.is_const:
            yield f"{group.prefix}: constants are plain integers"
        bits = 32 if "32" in group.type.base else 64
        is_unsigned = group.type.base.startswith("u")
        low, high = (0, 2**bits) if is_unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1))
        values: set[int] = set()
        for item in group.values:
            if not _CONSTANT_NAME.match(item.name) or not item.name.startswith(group.prefix):
                yield f"{item.name}: not {group.prefix}<NAME>"
            if not low <= item.value < high:
                yield f"{item.name}: {item.value} does not fit {group.type.text}"
            if item.value in values and group.prefix != "TRIVET_VERSION_":
                yield f"{item.name}: {item.value} is used twice in {group.prefix}*"
            values.add(item.value)


def _status_problems(spec: Spec) -> Iterator[str]:
    if not any(status.name == "TRIVET_OK" and status.value == 0 for status in spec.statuses):
        yield "TRIVET_OK = 0 is missing"
    values: dict[int, str] = {}
    pythons: set[str] = set()
    for status in spec.statuses:
        if not _STATUS_NAME.match(status.name) or (status.name == "TRIVET_OK") == status.is_error:
            yield f"{status.name}: statuses are TRIVET_OK = 0 and TRIVET_E_<WORDS> below 0"
        if not _STATUS_MIN <= status.value <= 0:
            yield f"{status.name}: {status.value} is out of {_STATUS_MIN} to 0"
        if status.value in values:
            yield f"{status.name}: number {status.value} is that of {values[status.value]}"
        values[status.value] = status.name
        if status.is_error:
            yield from _error_name_problems(status.name, vars(status))
            if status.python in pythons:
                yield f"{status.name}: python {status.python} is used twice"
            pythons.add(status.python)


def _error_name_problems(name: str, keys: dict[str, str]) -> Iterator[str]:
    words = name.removeprefix("TRIVET_E_")
    go = "Err" + "".join(word.capitalize() for word in words.split("_"))
    if not re.match(r"^([A-Z][a-z]+)+Error$", keys["python"]) or hasattr(builtins, keys["python"]):
        yield f"{name}: python must be a class <Name>Error that hides no builtin"
    base = getattr(builtins, keys["python_base"], None)
    if not (isinstance(base, type) and issubclass(base, Exception)):
        yield f"{name}: python_base {keys['python_base']!r} is no builtin exception"
    if keys["node"] != f"ERR_TRIVET_{words}":
        yield f"{name}: node must be ERR_TRIVET_{words}"
    if keys["go"] != go:
        yield f"{name}: go must be {go}"
    message = keys["message"]
    if not message or message.endswith(".") or "\n" in message or '"' in message:
        yield f"{name}: message must be one line without quotes and final stop"


def _alias_problems(spec: Spec) -> Iterator[str]:
    for alias in spec.aliases.values():
        if alias.type.pointers or alias.type.is_const:
            yield f"{alias.name}: an alias names a plain integer"
        elif problem := type_problem(spec, alias.type, {}):
            yield f"{alias.name}: {problem}"
