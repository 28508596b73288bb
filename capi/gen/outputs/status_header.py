"""core/base/status_gen.h: the statuses for the core, which does not include trivet.h."""

from __future__ import annotations

from model import Spec
from text import NOTICE, c_string, short_name, wrap

PATH = "core/base/status_gen.h"


def render(spec: Spec) -> str:
    lines = [
        f"// {NOTICE}",
        "#pragma once",
        "",
        "#include <cstdint>",
        "#include <string_view>",
        "",
        "namespace trivet {",
        "",
        "// Result of a call; the numbers are those of trivet_status.",
        "enum class Status : std::int32_t {",
    ]
    for status in spec.statuses:
        lines += wrap(status.doc, "    // ", "    // ")
        lines.append(f"    {short_name(status.name)} = {status.value},")
    lines += ["};", ""]
    names = [(status.name, status.name) for status in spec.statuses]
    messages = [(status.name, status.message) for status in spec.errors]
    lines += _switch("name", "The TRIVET_* name; empty for a number that is no status.", names)
    lines += _switch(
        "message", "One line for people; empty for success and for a number that is none.", messages
    )
    return "\n".join([*lines, "}  // namespace trivet", ""])


def _switch(function: str, doc: str, cases: list[tuple[str, str]]) -> list[str]:
    lines = [
        f"// {doc}",
        f"constexpr std::string_view {function}(Status status) noexcept {{",
        "    switch (status) {",
    ]
    for name, text in cases:
        lines += [f"    case Status::{short_name(name)}:", f"        return {c_string(text)};"]
    if function == "message":
        lines += ["    case Status::ok:", "        break;"]
    return [*lines, "    }", "    return {};", "}", ""]
