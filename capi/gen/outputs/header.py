"""capi/include/trivet.h, the only public header."""

from __future__ import annotations

from declare import declaration
from model import Callback, ConstantGroup, Function, Module, Spec, Struct
from text import COLUMNS, NOTICE, c_comment, wrap

PATH = "capi/include/trivet.h"

_INTRODUCTION = (
    "Trivet's C ABI. Ownership of an argument: value; borrow (for this call or callback only); "
    "keep (until a named event); own (the receiver frees). Thread of a function: any; owner (the "
    "thread that made the loop); before_start (before the app's first loop, one thread at a time); "
    "handler (the owner, or, for a request delivered as an event, any one thread at a time)."
)


def render(spec: Spec) -> str:
    lines = [
        f"/* {NOTICE}",
        " *",
        *wrap(_INTRODUCTION, " * ", " * "),
        " */",
        "#ifndef TRIVET_H_",
        "#define TRIVET_H_",
        "",
        "#include <stddef.h>",
        "#include <stdint.h>",
        "",
        "#ifndef TRIVET_API",
        '#define TRIVET_API __attribute__((visibility("default")))',
        "#endif",
        "",
        "#ifdef __cplusplus",
        'extern "C" {',
        "#endif",
        "",
        *_types(spec),
    ]
    for module in spec.modules:
        lines += _module(spec, module)
    lines += ["#ifdef __cplusplus", "}", "#endif", "", "#endif /* TRIVET_H_ */", ""]
    return "\n".join(lines)


def _types(spec: Spec) -> list[str]:
    lines = ["/* ---- types ---- */", ""]
    for alias in spec.aliases.values():
        lines += [*c_comment(alias.doc), f"typedef {alias.type.declare(alias.name)};", ""]
    for opaque in spec.opaques.values():
        lines += [*c_comment(opaque.doc), f"typedef struct {opaque.name} {opaque.name};", ""]
    for handle in spec.handles.values():
        lines += [*c_comment(handle.doc), f"typedef uint64_t {handle.name};", ""]
    lines += ["/* Defined with the functions that use them. */"]
    lines += [f"typedef struct {name} {name};" for name in spec.structs]
    return [*lines, ""]


def _module(spec: Spec, module: Module) -> list[str]:
    lines = [*c_comment(f"---- {module.name} ----", module.doc), ""]
    if module.statuses:
        lines += _statuses(module)
    for group in module.constants:
        lines += _group(group)
    for struct in module.structs:
        lines += _struct(struct)
    for callback in module.callbacks:
        lines += _callback(callback)
    for function in module.functions:
        lines += _function(function)
    return lines


def _statuses(module: Module) -> list[str]:
    lines = ["/* Statuses. */"]
    for status in module.statuses:
        value = f"INT32_C({status.value})" if status.value == 0 else f"(INT32_C({status.value}))"
        lines += [*c_comment(status.doc), f"#define {status.name} {value}"]
    return [*lines, ""]


def _group(group: ConstantGroup) -> list[str]:
    macro = group.type.base.removesuffix("_t").upper() + "_C"
    lines = c_comment(group.doc)
    for constant in group.values:
        value = f"{macro}({constant.value})"
        value = f"({value})" if constant.value < 0 else value
        lines += [*c_comment(constant.doc), f"#define {constant.name} {value}"]
    return [*lines, ""]


def _struct(struct: Struct) -> list[str]:
    lines = [*c_comment(struct.doc), f"struct {struct.name} {{"]
    for item in struct.fields:
        line = f"    {item.type.declare(item.name)};"
        comment = f" /* {item.doc} */"
        if len(line) + len(comment) <= COLUMNS:
            lines.append(line + comment)
        else:
            lines += [*c_comment(item.doc, indent="    "), line]
    return [*lines, "};", ""]


def _callback(callback: Callback) -> list[str]:
    arguments = [f"{arg.name}: {arg.doc}" for arg in callback.args]
    comment = c_comment(f"{callback.doc} Thread: {callback.thread}.", *arguments)
    returns = callback.returns.declare(f"(*{callback.name})")
    return [*comment, *declaration(f"typedef {returns}", callback.args), ""]


def _function(function: Function) -> list[str]:
    paragraphs = [f"{function.doc} Thread: {function.thread}."]
    if function.returns_pass:
        paragraphs.append(f"Result: {function.returns_pass}.")
    paragraphs += [f"{arg.name} ({arg.ownership}): {arg.doc}" for arg in function.args]
    if function.fails:
        paragraphs.append(f"Fails: {', '.join(function.fails)}.")
    prefix = f"TRIVET_API {function.returns.declare(function.name)}"
    return [*c_comment(*paragraphs), *declaration(prefix, function.args), ""]
