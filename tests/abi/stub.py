"""A library that has the header's types and functions and does nothing: shows what abidiff sees."""

from __future__ import annotations

from pathlib import Path

from generator import Spec, declaration, header
from support import output


def build_stub(spec: Spec, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trivet.h").write_text(header.render(spec))
    lines = ['#include "trivet.h"']
    for function in spec.functions:
        head = declaration(function.returns.declare(function.name), function.args)
        lines += ["\n".join(head).removesuffix(";"), "{"]
        lines += [f"    (void){arg.name};" for arg in function.args]
        if function.returns.text != "void":
            struct = function.returns.base in spec.structs and not function.returns.pointers
            lines.append(f"    return ({function.returns.text}){'{0}' if struct else '0'};")
        lines.append("}")
    source, library = folder / "stub.c", folder / "libstub.so"
    source.write_text("\n".join([*lines, ""]))
    output(
        *("gcc", "-std=c11", "-g", "-shared", "-fPIC", "-fvisibility=hidden"), source, "-o", library
    )
    return library
