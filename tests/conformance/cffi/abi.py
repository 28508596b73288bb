"""The C interface through CFFI in ABI mode: the shared library and the generated cdef suffice."""

from __future__ import annotations

import os
from typing import Any

import cffi
from trivet_cdef_gen import CDEF, CONSTANTS

ffi = cffi.FFI()
ffi.cdef(CDEF)
lib: Any = ffi.dlopen(os.environ["TRIVET_LIBRARY"])


class AbiError(Exception):
    """A call failed; `name` is its TRIVET_E_* name."""

    def __init__(self, status: int, message: str = "", detail: str = "") -> None:
        self.status = status
        self.name = status_name(status)
        self.detail = detail
        super().__init__(": ".join(part for part in (message or self.name, detail) if part))


def text_of(value: Any) -> str:
    """Text of a trivet_str. Bytes outside UTF-8 are taken as ISO 8859-1."""
    data = bytes_of(value)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def bytes_of(value: Any) -> bytes:
    return bytes(ffi.buffer(value.data, value.size)) if value.size else b""


def borrowed(data: bytes | str) -> tuple[Any, Any]:
    """A trivet_str and the buffer it points into, which the caller keeps for the call."""
    raw = data.encode() if isinstance(data, str) else data
    buffer = ffi.from_buffer(raw) if raw else ffi.NULL
    return ffi.new("trivet_str *", {"data": ffi.cast("const char *", buffer), "size": len(raw)})[
        0
    ], buffer


def constant(name: str) -> int:
    value: int = CONSTANTS[name]
    return value


def initialised(struct: str) -> Any:
    """A struct with its defaults, by its name without trivet_."""
    value = ffi.new(f"trivet_{struct} *")
    getattr(lib, f"trivet_{struct}_init")(value, ffi.sizeof(f"trivet_{struct}"))
    return value


def sized(struct: str) -> Any:
    """A struct to be filled by the library."""
    return ffi.new(f"{struct} *", {"size": ffi.sizeof(struct)})


def parameters(items: list[tuple[str, str]]) -> tuple[Any, list[Any]]:
    """An array of trivet_param; it and what it points into, which the caller keeps for the call."""
    array = ffi.new("trivet_param[]", len(items))
    keeps = [array]
    for slot, (name, value) in zip(array, items, strict=True):
        slot.name, name_keep = borrowed(name)
        slot.value, value_keep = borrowed(value)
        keeps += [name_keep, value_keep]
    return array, keeps


def status_name(status: int) -> str:
    return text_of(lib.trivet_status_name(status))


def check(status: int) -> None:
    if status != 0:
        raise AbiError(status)


def take_error(out_error: Any) -> AbiError:
    """The owned error of a failed cold call, copied and freed."""
    error = out_error[0]
    taken = AbiError(
        lib.trivet_error_status(error),
        text_of(lib.trivet_error_message(error)),
        text_of(lib.trivet_error_detail(error)),
    )
    lib.trivet_error_free(error)
    return taken
