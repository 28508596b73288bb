"""capi/src/layout_gen.cc: the compiler's layout and numbers against the generator's."""

from __future__ import annotations

from layout import struct_layout
from model import Spec
from text import NOTICE, short_name

PATH = "capi/src/layout_gen.cc"


def render(spec: Spec) -> str:
    lines = [
        f"// {NOTICE}",
        "#include <cstddef>",
        "#include <cstdint>",
        "#include <type_traits>",
        "",
        '#include "base/status_gen.h"',
        '#include "trivet.h"',
        "",
        'static_assert(sizeof(void*) == 8 && sizeof(std::size_t) == 8, "LP64 only");',
        "",
    ]
    for struct in spec.structs.values():
        layout = struct_layout(spec, struct)
        lines.append(f"static_assert(sizeof({struct.name}) == {layout.size});")
        lines.append(f"static_assert(alignof({struct.name}) == {layout.alignment});")
        for place in layout.places:
            member = f"{struct.name}, {place.field.name}"
            lines.append(f"static_assert(offsetof({member}) == {place.offset});")
            types = f"decltype({struct.name}::{place.field.name}), {place.field.type.text}"
            lines.append(f"static_assert(std::is_same_v<{types}>);")
        lines.append("")
    for status in spec.statuses:
        name = f"trivet::Status::{short_name(status.name)}"
        lines.append(f"static_assert(static_cast<trivet_status>({name}) == {status.name});")
    return "\n".join([*lines, ""])
