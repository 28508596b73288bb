"""Sizes and offsets of the spec's structs on LP64, computed without a compiler."""

from __future__ import annotations

from dataclasses import dataclass

from model import POINTER_SIZE, SCALAR_SIZES, CType, Field, Spec, SpecError, Struct


@dataclass(frozen=True)
class Place:
    field: Field
    offset: int
    size: int

    @property
    def end(self) -> int:
        return self.offset + self.size


@dataclass(frozen=True)
class Layout:
    places: tuple[Place, ...]
    size: int
    alignment: int
    size_min: int  # end of the last field of the struct's first version


def type_layout(spec: Spec, item: CType) -> tuple[int, int]:
    """Size and alignment of a type."""
    if item.pointers or item.base in spec.callbacks:
        return POINTER_SIZE, POINTER_SIZE
    if item.base in SCALAR_SIZES:
        return SCALAR_SIZES[item.base], SCALAR_SIZES[item.base]
    if item.base in spec.handles:
        return 8, 8
    if item.base in spec.aliases:
        return type_layout(spec, spec.aliases[item.base].type)
    if item.base in spec.structs:
        layout = struct_layout(spec, spec.structs[item.base])
        return layout.size, layout.alignment
    raise SpecError(f"type {item.text!r} has no size")


def struct_layout(spec: Spec, struct: Struct) -> Layout:
    places: list[Place] = []
    offset, widest = 0, 1
    for item in struct.fields:
        size, alignment = type_layout(spec, item.type)
        offset = _align(offset, alignment)
        places.append(Place(item, offset, size))
        offset += size
        widest = max(widest, alignment)
    size_min = next(place.end for place in places if place.field.name == struct.last_v1)
    return Layout(tuple(places), _align(offset, widest), widest, size_min)


def _align(offset: int, alignment: int) -> int:
    return (offset + alignment - 1) // alignment * alignment
