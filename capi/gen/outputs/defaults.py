"""capi/src/defaults_gen.h: defaults and size rules of the sized structs, for capi/src."""

from __future__ import annotations

from layout import struct_layout
from model import CType, Field, Spec, Struct
from text import NOTICE, c_string, camel

PATH = "capi/src/defaults_gen.h"

_PREAMBLE = f"""\
// {NOTICE}
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "trivet.h"

namespace trivet::capi {{

// A caller's struct is never believed to be larger than this.
inline constexpr std::size_t kStructSizeMax = 4096;

// Bytes of the known fields that fit whole into `size`; `ends` are the fields' ends.
template <std::size_t N>
constexpr std::size_t fitting(const std::size_t (&ends)[N], std::size_t size) noexcept {{
    std::size_t fit = 0;
    for (const std::size_t end : ends) {{
        if (end <= size) fit = end;
    }}
    return fit;
}}

// Copies the fields of `values` that fit into `size` bytes and zeroes the rest up to `size`.
template <typename T, std::size_t N>
void fill(void* target, std::size_t size, const T& values,
          const std::size_t (&ends)[N]) noexcept {{
    const std::size_t fit = fitting(ends, size);
    if (fit != 0) std::memcpy(target, &values, fit);
    if (size > fit) std::memset(static_cast<char*>(target) + fit, 0, size - fit);
}}

// Reads a caller's struct over `values`, which hold the defaults. False when it is smaller than
// its first version, or asks for something in fields this library does not know.
template <typename T, std::size_t N>
bool read(T& values, const T* source, std::size_t size_min,
          const std::size_t (&ends)[N]) noexcept {{
    std::uint32_t size = 0;
    std::memcpy(&size, source, sizeof(size));
    if (size == sizeof(T)) {{  // a caller of the same version
        values = *source;
        return true;
    }}
    if (size < size_min || size > kStructSizeMax) return false;
    const char* bytes = reinterpret_cast<const char*>(source);
    for (std::size_t i = sizeof(T); i < size; ++i) {{
        if (bytes[i] != 0) return false;
    }}
    std::memcpy(static_cast<void*>(&values), source, fitting(ends, size));
    values.size = sizeof(T);
    return true;
}}

// Writes `values` into a caller's struct up to the caller's size, which stays. False when that is
// smaller than the struct's first version.
template <typename T, std::size_t N>
bool write(T* target, T values, std::size_t size_min, const std::size_t (&ends)[N]) noexcept {{
    std::uint32_t size = 0;
    std::memcpy(&size, target, sizeof(size));
    if (size < size_min || size > kStructSizeMax) return false;
    values.size = size;
    fill(target, size, values, ends);
    return true;
}}
"""


def render(spec: Spec) -> str:
    outs = {
        arg.type.base
        for function in spec.functions
        for arg in function.args
        if arg.is_out and arg.type.pointers == 1 and not arg.type.is_const
    }
    parts = [_PREAMBLE]
    for struct in spec.structs.values():
        if struct.is_sized:
            parts.append(_struct(spec, struct, is_written=struct.name in outs))
    return "\n".join([*parts, "}  // namespace trivet::capi\n"])


def stem(struct: Struct) -> str:
    return struct.name.removeprefix("trivet_")


def _struct(spec: Spec, struct: Struct, *, is_written: bool) -> str:
    layout = struct_layout(spec, struct)
    short, constant = stem(struct), f"k{camel(stem(struct))}"
    lines = [
        f"// End of the last field of {struct.name}'s first version.",
        f"inline constexpr std::size_t {constant}SizeMin = {layout.size_min};",
        f"inline constexpr std::size_t {constant}Ends[] = {{",
    ]
    lines += [f"    {place.end},  // {place.field.name}" for place in layout.places]
    lines.append("};")
    if struct.init:
        lines += _input(spec, struct, short, constant)
    if is_written:
        lines += [
            "",
            f"inline bool write_{short}({struct.name}* target,",
            f"{' ' * len(f'inline bool write_{short}(')}const {struct.name}& values) noexcept {{",
            f"    return write(target, values, {constant}SizeMin, {constant}Ends);",
            "}",
        ]
    return "\n".join([*lines, ""])


def _input(spec: Spec, struct: Struct, short: str, constant: str) -> list[str]:
    lines = ["", f"inline constexpr {struct.name} {constant}Defaults = {{"]
    for item in struct.fields:
        lines.append(f"    .{item.name} = {_default(spec, struct, item)},")
    lines += [
        "};",
        "",
        "// `size` is what the caller has; nothing beyond it is written.",
        f"inline void fill_{short}(void* target, std::size_t size) noexcept {{",
        "    if (target == nullptr) return;",
        f"    {struct.name} values = {constant}Defaults;",
        "    values.size = size > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(size);",
        f"    fill(target, size, values, {constant}Ends);",
        "}",
        "",
        f"inline bool read_{short}({struct.name}& values,",
        f"{' ' * len(f'inline bool read_{short}(')}const {struct.name}* source) noexcept {{",
        f"    values = {constant}Defaults;",
        f"    return source == nullptr || read(values, source, {constant}SizeMin, {constant}Ends);",
        "}",
    ]
    return lines


def _default(spec: Spec, struct: Struct, item: Field) -> str:
    if item.name == "size":
        return f"sizeof({struct.name})"
    if item.type == CType.parse("trivet_str"):
        text = item.default if isinstance(item.default, str) else ""
        return f"{{{c_string(text)}, {len(text.encode())}}}" if text else "{nullptr, 0}"
    if item.type.pointers or item.type.base in spec.callbacks:
        return "nullptr"
    return str(item.default if item.default is not None else 0)
