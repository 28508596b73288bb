"""docs/reference: one page for each module, and an index."""

from __future__ import annotations

import re
from collections.abc import Sequence

from declare import declaration
from layout import struct_layout
from model import Arg, Callback, ConstantGroup, Function, Module, Spec, Status, Struct
from text import NOTICE

FOLDER = "docs/reference"

_THREADS = {
    "any": "any thread",
    "owner": "the thread that made the loop",
    "before_start": "any one thread at a time, before the app's first loop",
    "handler": "the owner's; for a request delivered as an event, any one thread at a time",
}
_PASSES = {
    "value": "value",
    "borrow": "borrow: for this call only",
    "keep": "keep: beyond this call",
    "own": "own: the receiver frees",
}


def pages(spec: Spec) -> dict[str, str]:
    """Paths and contents."""
    result = {f"{FOLDER}/{module.name}.md": _page(spec, module) for module in spec.modules}
    result[f"{FOLDER}/index.md"] = _index(spec)
    return result


def _index(spec: Spec) -> str:
    lines = [f"<!-- {NOTICE} -->", "", "# C ABI reference", ""]
    lines.append("Everything `trivet.h` declares, by module. Ownership of an argument:")
    lines.append("")
    lines += [
        "- **value**: a number.",
        "- **borrow**: used during this call, or this callback, only.",
        "- **keep**: used until the event its description names.",
        "- **own**: whoever receives it frees it.",
        "",
        "Every function says from which thread it may be called. A status of 0 is success;",
        "negative ones are listed in [core](core.md#statuses) with their names in each language.",
        "",
        "| Module | Contents |",
        "| --- | --- |",
    ]
    lines += [f"| [{m.name}]({m.name}.md) | {m.doc} |" for m in spec.modules]
    lines += ["", "## Functions", "", "| Function | Thread | What it does |", "| --- | --- | --- |"]
    for module in spec.modules:
        for function in module.functions:
            link = f"[`{function.name}`]({module.name}.md#{function.name})"
            lines.append(f"| {link} | {function.thread} | {_first_sentence(function.doc)} |")
    return "\n".join([*lines, ""])


def _page(spec: Spec, module: Module) -> str:
    lines = [f"<!-- {NOTICE} -->", "", f"# {module.name}", "", module.doc, ""]
    types = [(alias.name, f"`{alias.type.text}`", alias.doc) for alias in module.aliases]
    types += [(item.name, "opaque", item.doc) for item in module.opaques]
    types += [(item.name, "handle, `uint64_t`", item.doc) for item in module.handles]
    if types:
        lines += ["## Types", "", *_table(("Type", "Is", "Meaning"), types)]
    if module.statuses:
        lines += _statuses(module.statuses)
    if module.constants:
        lines += ["## Constants", ""]
        for group in module.constants:
            lines += _group(group)
    if module.structs:
        lines += ["## Structs", ""]
        for struct in module.structs:
            lines += _struct(spec, struct)
    if module.callbacks:
        lines += ["## Callbacks", ""]
        for callback in module.callbacks:
            lines += _callback(callback)
    if module.functions:
        lines += ["## Functions", ""]
        for function in module.functions:
            lines += _function(spec, function)
    return "\n".join(lines)


def _statuses(statuses: list[Status]) -> list[str]:
    rows = [
        (
            status.name,
            str(status.value),
            status.doc,
            *(f"`{name}`" if name else "" for name in (status.python, status.node, status.go)),
        )
        for status in statuses
    ]
    header = ("Status", "Number", "Meaning", "Python", "Node", "Go")
    return ["## Statuses", "", *_table(header, rows)]


def _group(group: ConstantGroup) -> list[str]:
    rows = [(item.name, str(item.value), item.doc) for item in group.values]
    title = f"### {group.prefix}\\*"
    lead = f"{group.doc} Type `{group.type.text}`."
    return [title, "", lead, "", *_table(("Constant", "Value", "Meaning"), rows)]


def _struct(spec: Spec, struct: Struct) -> list[str]:
    layout = struct_layout(spec, struct)
    size = f"{layout.size} bytes."
    if struct.is_sized:
        size = f"{layout.size} bytes; `size` must be at least {layout.size_min}."
    rows = []
    for place in layout.places:
        item = place.field
        default = "" if item.default is None else f"`{item.default}`"
        if struct.init and item.default is None and item.name != "size":
            default = "empty" if item.type.text == "trivet_str" else "`NULL`"
        rows.append((item.name, f"`{item.type.text}`", str(place.offset), default, item.doc))
    header = ("Field", "Type", "Offset", "Default", "Meaning")
    return [f"### {struct.name}", "", f"{struct.doc} {size}", "", *_table(header, rows)]


def _callback(callback: Callback) -> list[str]:
    returns = callback.returns.declare(f"(*{callback.name})")
    lines = [f"### {callback.name}", "", "```c"]
    lines += [*declaration(f"typedef {returns}", callback.args), "```", "", callback.doc, ""]
    rows = [(arg.name, arg.doc) for arg in callback.args]
    lines += _table(("Argument", "Meaning"), rows)
    return [*lines, f"**Thread:** {_THREADS[callback.thread]}.", ""]


def _function(spec: Spec, function: Function) -> list[str]:
    lines = [f"### {function.name}", "", "```c"]
    lines += [*declaration(function.returns.declare(function.name), function.args), "```", ""]
    lines += [function.doc, ""]
    if function.args:
        rows = [(arg.name, _ownership(spec, arg), arg.doc) for arg in function.args]
        lines += _table(("Argument", "Ownership", "Meaning"), rows)
    if function.returns_pass:
        lines += [f"**Result:** {_PASSES[function.returns_pass]}.", ""]
    lines += [f"**Thread:** {_THREADS[function.thread]}.", ""]
    if function.fails:
        lines += ["**Fails:**", ""]
        docs = {status.name: status.doc for status in spec.errors}
        lines += [f"- `{name}`: {docs[name]}" for name in function.fails]
        lines.append("")
    return lines


def _ownership(spec: Spec, arg: Arg) -> str:
    if arg.is_out and arg.type.base not in spec.opaques:
        return "out"
    if arg.is_out:
        return "own: the caller frees" if arg.ownership == "own" else "out"
    return _PASSES[arg.ownership]


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = [f"| {' | '.join(header)} |", f"| {' | '.join('---' for _ in header)} |"]
    for first, *rest in rows:
        cells = [f"`{first}`", *(cell.replace("|", "\\|") for cell in rest)]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _first_sentence(doc: str) -> str:
    return re.split(r"\. |; ", doc, maxsplit=1)[0].removesuffix(".") + "."
