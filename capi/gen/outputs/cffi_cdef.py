"""tests/conformance/cffi/trivet_cdef_gen.py: the ABI for ffi.cdef in ABI mode."""

from __future__ import annotations

from declare import declaration
from model import Spec
from text import NOTICE

PATH = "tests/conformance/cffi/trivet_cdef_gen.py"


def render(spec: Spec) -> str:
    lines = [f"# {NOTICE}", '"""The ABI as CFFI reads it: `ffi.cdef(CDEF)`; constants by name."""']
    lines += ["", 'CDEF = """']
    for alias in spec.aliases.values():
        lines.append(f"typedef {alias.type.declare(alias.name)};")
    lines += [f"typedef uint64_t {name};" for name in spec.handles]
    lines += [f"typedef struct {name} {name};" for name in (*spec.opaques, *spec.structs)]
    for module in spec.modules:
        for struct in module.structs:
            lines.append(f"struct {struct.name} {{")
            lines += [f"    {item.type.declare(item.name)};" for item in struct.fields]
            lines.append("};")
        for callback in module.callbacks:
            returns = callback.returns.declare(f"(*{callback.name})")
            lines += declaration(f"typedef {returns}", callback.args)
        for function in module.functions:
            lines += declaration(function.returns.declare(function.name), function.args)
    lines += ['"""', "", "CONSTANTS = {"]
    lines += [f'    "{item.name}": {item.value},' for item in spec.constants.values()]
    lines += [f'    "{item.name}": {item.value},' for item in spec.statuses]
    lines += ["}", "", "# The callbacks a client may pass, for ffi.callback.", "CALLBACKS = ("]
    lines += [f'    "{name}",' for name in spec.callbacks]
    return "\n".join([*lines, ")", ""])
