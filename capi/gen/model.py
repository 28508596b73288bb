"""The ABI as data: what capi/spec says, typed. Reading lives in load.py, rules in validate.py."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

POINTER_SIZE = 8

# The scalars an FFI without a C compiler can name; each is as large as it is aligned on LP64.
SCALAR_SIZES = {
    "int8_t": 1,
    "uint8_t": 1,
    "int16_t": 2,
    "uint16_t": 2,
    "int32_t": 4,
    "uint32_t": 4,
    "int64_t": 8,
    "uint64_t": 8,
    "size_t": 8,
    "double": 8,
}

_TYPE = re.compile(r"^(const )?([a-z_][a-z0-9_]*)( \*{1,2})?$")


class SpecError(Exception):
    """The spec breaks a rule; the message names the file and the item."""


@dataclass(frozen=True)
class CType:
    """A C type as the spec writes it: `const trivet_str *`, `uint32_t`, `char **`."""

    text: str
    base: str
    is_const: bool
    pointers: int

    @staticmethod
    def parse(text: str) -> CType:
        match = _TYPE.match(text)
        if match is None:
            raise SpecError(f"malformed type {text!r}")
        stars = (match[3] or "").strip()
        return CType(text, match[2], match[1] is not None, len(stars))

    def declare(self, name: str) -> str:
        return f"{self.text}{name}" if self.pointers else f"{self.text} {name}"


@dataclass(frozen=True)
class Arg:
    name: str
    type: CType
    ownership: str  # the spec's `pass`: value, borrow, keep, own; empty for callbacks
    doc: str

    @property
    def is_out(self) -> bool:
        return self.name.startswith("out_")


@dataclass(frozen=True)
class Function:
    name: str
    thread: str
    returns: CType
    returns_pass: str
    doc: str
    fails: tuple[str, ...]
    args: tuple[Arg, ...]


@dataclass(frozen=True)
class Callback:
    name: str
    thread: str
    returns: CType
    doc: str
    args: tuple[Arg, ...]


@dataclass(frozen=True)
class Field:
    name: str
    type: CType
    default: int | str | None
    doc: str


@dataclass(frozen=True)
class Struct:
    name: str
    doc: str
    init: str  # name of the function that fills in the defaults, or empty
    last_v1: str  # last field of the struct's first version: the minimum size ends here
    fields: tuple[Field, ...]

    @property
    def is_sized(self) -> bool:
        return self.fields[0].name == "size"


@dataclass(frozen=True)
class Named:
    """An opaque type or a handle: a name and what it stands for."""

    name: str
    doc: str


@dataclass(frozen=True)
class Alias:
    name: str
    type: CType
    doc: str


@dataclass(frozen=True)
class Constant:
    name: str
    value: int
    doc: str


@dataclass(frozen=True)
class ConstantGroup:
    prefix: str
    type: CType
    doc: str
    values: tuple[Constant, ...]


@dataclass(frozen=True)
class Status:
    name: str
    value: int
    doc: str
    python: str = ""
    python_base: str = ""
    node: str = ""
    go: str = ""
    message: str = ""

    @property
    def is_error(self) -> bool:
        return self.value != 0


@dataclass
class Module:
    name: str
    order: int
    doc: str
    source: str  # path for messages
    aliases: list[Alias] = field(default_factory=list)
    opaques: list[Named] = field(default_factory=list)
    handles: list[Named] = field(default_factory=list)
    constants: list[ConstantGroup] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    structs: list[Struct] = field(default_factory=list)
    callbacks: list[Callback] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)

    @property
    def type_names(self) -> list[str]:
        return [
            *(item.name for item in self.aliases),
            *(item.name for item in self.opaques),
            *(item.name for item in self.handles),
            *(item.name for item in self.structs),
        ]

    @property
    def names(self) -> list[str]:
        """Every name the module declares in C."""
        return [
            *self.type_names,
            *(item.name for item in self.callbacks),
            *(item.name for item in self.functions),
            *(item.name for item in self.statuses),
            *(item.name for group in self.constants for item in group.values),
        ]


@dataclass
class Spec:
    modules: list[Module]  # in the order of module.order

    @cached_property
    def functions(self) -> list[Function]:
        return [item for module in self.modules for item in module.functions]

    @cached_property
    def structs(self) -> dict[str, Struct]:
        return {item.name: item for module in self.modules for item in module.structs}

    @cached_property
    def opaques(self) -> dict[str, Named]:
        return {item.name: item for module in self.modules for item in module.opaques}

    @cached_property
    def handles(self) -> dict[str, Named]:
        return {item.name: item for module in self.modules for item in module.handles}

    @cached_property
    def aliases(self) -> dict[str, Alias]:
        return {item.name: item for module in self.modules for item in module.aliases}

    @cached_property
    def callbacks(self) -> dict[str, Callback]:
        return {item.name: item for module in self.modules for item in module.callbacks}

    @cached_property
    def groups(self) -> list[ConstantGroup]:
        return [item for module in self.modules for item in module.constants]

    @cached_property
    def constants(self) -> dict[str, Constant]:
        return {item.name: item for group in self.groups for item in group.values}

    @cached_property
    def statuses(self) -> list[Status]:
        return [item for module in self.modules for item in module.statuses]

    @cached_property
    def errors(self) -> list[Status]:
        return [item for item in self.statuses if item.is_error]

    @property
    def version(self) -> tuple[int, int, int]:
        major, minor, patch = (
            self.constants[f"TRIVET_VERSION_{part}"].value for part in ("MAJOR", "MINOR", "PATCH")
        )
        return major, minor, patch

    @property
    def abi_version(self) -> int:
        major, minor, patch = self.version
        return major * 10000 + minor * 100 + patch
