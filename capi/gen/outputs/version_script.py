"""capi/libtrivet_gen.map, the linker's version script: exactly the functions of the spec."""

from __future__ import annotations

from model import Spec
from text import NOTICE

PATH = "capi/libtrivet_gen.map"


def render(spec: Spec) -> str:
    major, minor, _ = spec.version
    names = "".join(f"    {function.name};\n" for function in spec.functions)
    return f"/* {NOTICE} */\nTRIVET_{major}.{minor} {{\n  global:\n{names}  local:\n    *;\n}};\n"
