"""Rules for functions and callbacks: names, threads, ownership, order of arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from model import Arg, Callback, Function, Module, Spec
from rules_type import name_problem, type_problem

_THREADS = ("any", "owner", "before_start", "handler")
_PASSES = ("value", "borrow", "keep", "own")
_FUNCTION_NAME = re.compile(r"^trivet(_[a-z][a-z0-9]*){2,}$")
# Functions of the library itself, which has no noun of its own.
_LIBRARY_FUNCTIONS = ("trivet_version", "trivet_abi_version", "trivet_lit")
# Order of arguments (DESIGN.md section 5.3).
_RECEIVER, _INPUT, _CONFIG, _CALLBACK, _USER_DATA, _DROP, _OUT, _OUT_ERROR = range(8)


def callback_problems(spec: Spec) -> Iterator[str]:
    for callback in spec.callbacks.values():
        yield from _signature_problems(spec, callback)
        if not callback.args or (callback.args[-1].name, callback.args[-1].type.text) != (
            "user_data",
            "void *",
        ):
            yield f"{callback.name}: the last argument must be void *user_data"


def function_problems(spec: Spec) -> Iterator[str]:
    declared: set[str] = set()
    for module in spec.modules:
        declared |= {callback.name for callback in module.callbacks}
        for function in module.functions:
            yield from _function_name_problems(module, function)
            yield from _signature_problems(spec, function)
            yield from _ownership_problems(spec, function)
            yield from _order_problems(spec, function)
            yield from _failure_problems(spec, function)
            for arg in function.args:
                if arg.type.base in spec.callbacks and arg.type.base not in declared:
                    yield f"{function.name}: {arg.type.base} is declared in a later module"


def _function_name_problems(module: Module, function: Function) -> Iterator[str]:
    name = function.name
    if name in _LIBRARY_FUNCTIONS:
        return
    nouns = {*module.type_names, f"trivet_{module.name}"}
    if not _FUNCTION_NAME.match(name):
        yield f"{name}: not trivet_<noun>_<verb>"
    elif not any(name.startswith(f"{noun}_") for noun in nouns):
        yield f"{name}: module {module.name} declares no such noun"


def _signature_problems(spec: Spec, item: Function | Callback) -> Iterator[str]:
    if item.thread not in _THREADS:
        yield f"{item.name}: thread {item.thread!r} is none of {', '.join(_THREADS)}"
    if item.returns.text != "void" and (problem := type_problem(spec, item.returns, spec.structs)):
        yield f"{item.name}: returns {problem}"
    names = [arg.name for arg in item.args]
    if len(set(names)) != len(names):
        yield f"{item.name}: an argument is declared twice"
    for arg in item.args:
        problem = name_problem(arg.name) or type_problem(spec, arg.type, spec.structs)
        if problem:
            yield f"{item.name}({arg.name}): {problem}"


def _ownership_problems(spec: Spec, function: Function) -> Iterator[str]:
    if bool(function.returns.pointers) != bool(function.returns_pass):
        yield f"{function.name}: returns_pass goes with a returned pointer"
    if function.returns_pass not in ("", "own", "borrow"):
        yield f"{function.name}: returns_pass {function.returns_pass!r} is not own or borrow"
    if function.name.endswith("_new"):
        gives = function.returns_pass or "".join(a.ownership for a in function.args if a.is_out)
        if not gives.startswith("own"):
            yield f"{function.name}: *_new gives own"
    if function.name.endswith("_free") and [a.ownership for a in function.args] != ["own"]:
        yield f"{function.name}: *_free takes own"
    for arg in function.args:
        if arg.ownership not in _PASSES:
            yield f"{function.name}({arg.name}): pass {arg.ownership!r} is no ownership word"
            continue
        refers = arg.type.pointers or arg.type.base in (*spec.structs, *spec.callbacks)
        if bool(refers) == (arg.ownership == "value"):
            yield f"{function.name}({arg.name}): pass value is for plain numbers, and they for it"
        if arg.ownership == "own" and (not arg.type.pointers or arg.type.is_const):
            yield f"{function.name}({arg.name}): only a pointer to non-const can be owned"


def _order_problems(spec: Spec, function: Function) -> Iterator[str]:
    ranks = [_rank(spec, number, arg) for number, arg in enumerate(function.args)]
    if ranks != sorted(ranks):
        yield (
            f"{function.name}: order is receiver, inputs, config, callback, user_data, drop, "
            "out_*, out_error"
        )
    objects = [
        arg.type.base in (*spec.opaques, *spec.handles) for arg in function.args if not arg.is_out
    ]
    if any(objects) and not objects[0]:
        yield f"{function.name}: order is receiver first"
    has_callback, has_data = _CALLBACK in ranks, _USER_DATA in ranks
    if has_callback and not has_data:
        yield f"{function.name}: a callback needs user_data"
    if has_data != (_DROP in ranks):
        yield f"{function.name}: user_data and drop go together"
    for arg in function.args:
        if arg.is_out and not arg.type.pointers > int(arg.type.is_const):
            yield f"{function.name}({arg.name}): out_* must be writable"
        if (arg.name == "out_error") != (arg.type.text == "trivet_error **"):
            yield f"{function.name}({arg.name}): trivet_error ** is out_error, and only it"


def _rank(spec: Spec, number: int, arg: Arg) -> int:
    if arg.name == "out_error":
        return _OUT_ERROR
    if arg.is_out:
        return _OUT
    if arg.type.text == "trivet_drop":
        return _DROP
    if arg.name == "user_data":
        return _USER_DATA
    if arg.type.base in spec.callbacks:
        return _CALLBACK
    if number == 0:
        return _RECEIVER
    struct = spec.structs.get(arg.type.base)
    return _CONFIG if struct and struct.init and arg.type.is_const else _INPUT


def _failure_problems(spec: Spec, function: Function) -> Iterator[str]:
    errors = {status.name for status in spec.errors}
    for status in function.fails:
        if status not in errors:
            yield f"{function.name}: fails with unknown {status}"
    if len(set(function.fails)) != len(function.fails):
        yield f"{function.name}: a failure is listed twice"
    fallible = function.returns.text == "trivet_status" and function.name != "trivet_error_status"
    if fallible != bool(function.fails):
        yield f"{function.name}: trivet_status is returned by what fails, and only by it"
    has_error = any(arg.name == "out_error" for arg in function.args)
    if has_error and not fallible:
        yield f"{function.name}: out_error without trivet_status"
