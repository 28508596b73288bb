"""Rules for types and structs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from model import SCALAR_SIZES, CType, Field, Spec, Struct

_KEYWORDS = """
auto bool break case catch char class const default delete do double else enum explicit export
extern false float for friend goto if inline int long namespace new operator private protected
public register return short signed sizeof static struct switch template this throw true try
typedef union unsigned using virtual void volatile while
"""
_C_WORDS = frozenset(_KEYWORDS.split())


def name_problem(name: str) -> str | None:
    """A field or argument is a lower-case word that is no keyword of C or C++."""
    if not name.replace("_", "").isalnum() or name != name.lower() or not name[0].isalpha():
        return f"{name!r} is no lower-case name"
    return f"{name!r} is a keyword" if name in _C_WORDS else None


def type_problem(spec: Spec, item: CType, complete: Mapping[str, object]) -> str | None:
    """Why a type cannot be used; structs by value must be among `complete`."""
    if item.is_const and not item.pointers:
        return f"{item.text!r}: const makes sense for a pointer only"
    if item.base in ("void", "char"):
        return None if item.pointers else f"{item.text!r}: only as a pointer"
    if item.base in spec.opaques:
        return None if item.pointers else f"{item.text!r}: an opaque type needs a pointer"
    if item.base in spec.structs:
        if item.pointers or item.base in complete:
            return None
        return f"{item.text!r}: used by value before it is defined"
    if item.base in spec.callbacks:
        return f"{item.text!r}: no pointers to callbacks" if item.pointers else None
    if item.base in SCALAR_SIZES or item.base in spec.handles or item.base in spec.aliases:
        return None
    return f"{item.text!r}: unknown type"


def struct_problems(spec: Spec) -> Iterator[str]:
    complete: dict[str, Struct] = {}
    for name, struct in spec.structs.items():
        names = [item.name for item in struct.fields]
        if len(set(names)) != len(names):
            yield f"{name}: a field is declared twice"
        if struct.last_v1 not in names:
            yield f"{name}: last_v1 {struct.last_v1!r} is no field"
        if name.endswith("_config") and not struct.init:
            yield f"{name}: a config struct needs an init function"
        if struct.init or "size" in names[:1]:
            yield from _sized_problems(spec, struct)
        for item in struct.fields:
            problem = name_problem(item.name) or type_problem(spec, item.type, complete)
            problem = problem or _default_problem(spec, struct, item)
            if problem:
                yield f"{name}.{item.name}: {problem}"
        complete[name] = struct


def _sized_problems(spec: Spec, struct: Struct) -> Iterator[str]:
    head = [(item.name, item.type.text) for item in struct.fields[:2]]
    if head != [("size", "uint32_t"), ("flags", "uint32_t")]:
        yield f"{struct.name}: a sized struct begins with uint32_t size, flags"
    if not struct.init:
        return
    if struct.init != f"{struct.name}_init":
        yield f"{struct.name}: init must be {struct.name}_init"
    for function in spec.functions:
        if function.name == struct.init:
            types = [arg.type.text for arg in function.args]
            if types != [f"{struct.name} *", "size_t"] or function.returns.text != "void":
                yield f"{struct.init}: must be void({struct.name} *, size_t)"
            return
    yield f"{struct.name}: {struct.init} is not declared"


def _default_problem(spec: Spec, struct: Struct, item: Field) -> str | None:
    if item.default is None:
        return None
    if not struct.init or item.name == "size":
        return "no default here"
    if isinstance(item.default, str):
        if item.type.text == "trivet_str" or item.default in spec.constants:
            return None
        return f"default {item.default!r} is no constant"
    size = SCALAR_SIZES.get(item.type.base, 0)
    if item.type.pointers or not size or item.type.base == "double":
        return "an integer default for a type that is no integer"
    is_unsigned = item.type.base.startswith(("u", "size"))
    high = 2 ** (size * 8 - (0 if is_unsigned else 1))
    low = 0 if is_unsigned else -high
    return None if low <= item.default < high else f"default {item.default} does not fit"
