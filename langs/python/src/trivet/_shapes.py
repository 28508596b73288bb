"""Standard types as JSON Schema, and as functions that make their values of JSON values.

Both are compiled once, at registration: dataclasses, TypedDicts, enums, Literal, unions, lists,
dicts and what the standard library has for dates, UUIDs and decimals. Constraints are whatever
stands in Annotated and has ge, gt, le, lt, multiple_of, min_length, max_length or pattern.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import math
import types
import typing
import uuid
from typing import Any

from ._formats import parse_date_time, parse_time
from ._schema import collect

if typing.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Build = Callable[[Any], Any]
    Schema = dict[str, Any]

__all__ = ["MismatchError", "Shape", "Shapes", "UnsupportedTypeError", "constraints_of"]

_UNIONS = (typing.Union, types.UnionType)
_SEQUENCES: dict[Any, Any] = {list: list, set: set, frozenset: frozenset}
_KEYWORDS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
    "pattern": "pattern",
    "title": "title",
    "description": "description",
    "examples": "examples",
}
_SIZES = {"string": "Length", "array": "Items", "object": "Properties"}


class UnsupportedTypeError(Exception):
    """A type that has no JSON Schema here."""


class MismatchError(ValueError):
    """A JSON value that is not of the type; `steps` lead to the part of it."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.steps: list[str | int] = []


class Shape:
    """A type's schema, and what makes its values."""

    __slots__ = ("build", "schema")

    def __init__(self, schema: Schema, build: Build) -> None:
        self.schema = schema
        self.build = build


def constraints_of(metadata: Iterable[Any], kind: object) -> Schema:
    """Give the keywords of what stands in Annotated, for a type of JSON."""
    found: Schema = {}
    for item in metadata:
        for name, keyword in _KEYWORDS.items():
            value = getattr(item, name, None)
            if value is not None and not callable(value):
                found[keyword] = value
        suffix = _SIZES.get(kind, "Length") if isinstance(kind, str) else "Length"
        for prefix in ("min", "max"):
            size = getattr(item, f"{prefix}_length", None)
            if isinstance(size, int) and not (prefix == "min" and size == 0):
                found[prefix + suffix] = size
        if isinstance(getattr(item, "metadata", None), list):
            found.update(constraints_of(item.metadata, kind))
    return found


def _leaf(kind: type, told: str) -> Build:
    def build(value: Any) -> Any:
        if type(value) is not kind:
            raise MismatchError(told)
        return value

    return build


def _build_int(value: Any) -> int:
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    raise MismatchError("must be an integer")


def _build_float(value: Any) -> float:
    if type(value) is float and math.isfinite(value):
        return value
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            raise MismatchError("is too large") from None
    raise MismatchError("must be a number")


def _parsed(parse: Callable[[str], Any], told: str) -> Build:
    def build(value: Any) -> Any:
        if type(value) is not str:
            raise MismatchError("must be a string")
        try:
            return parse(value)
        except ValueError:
            raise MismatchError(told) from None

    return build


def _build_decimal(value: Any) -> decimal.Decimal:
    if type(value) not in (str, int, float):
        raise MismatchError("must be a number or a string")
    try:
        made = decimal.Decimal(str(value))
    except decimal.InvalidOperation:
        raise MismatchError("must be a decimal number") from None
    if not math.isfinite(made):
        raise MismatchError("must be a decimal number")
    return made


def _parse_date(text: str) -> datetime.date:
    if len(text) != len("2026-01-31"):
        raise ValueError("not a date of RFC 3339")
    return datetime.date.fromisoformat(text)


_LEAVES: dict[Any, tuple[Schema, Build]] = {
    str: ({"type": "string"}, _leaf(str, "must be a string")),
    int: ({"type": "integer"}, _build_int),
    float: ({"type": "number"}, _build_float),
    bool: ({"type": "boolean"}, _leaf(bool, "must be a boolean")),
    type(None): ({"type": "null"}, _leaf(type(None), "must be null")),
    None: ({"type": "null"}, _leaf(type(None), "must be null")),
    object: ({}, lambda value: value),
    Any: ({}, lambda value: value),
    dict: ({"type": "object"}, _leaf(dict, "must be an object")),
    list: ({"type": "array"}, _leaf(list, "must be an array")),
    datetime.datetime: (
        {"type": "string", "format": "date-time"},
        _parsed(parse_date_time, "must be a valid date-time"),
    ),
    datetime.date: (
        {"type": "string", "format": "date"},
        _parsed(_parse_date, "must be a valid date"),
    ),
    datetime.time: (
        {"type": "string", "format": "time"},
        _parsed(parse_time, "must be a valid time"),
    ),
    uuid.UUID: (
        {"type": "string", "format": "uuid"},
        _parsed(uuid.UUID, "must be a valid uuid"),
    ),
    decimal.Decimal: ({"type": ["number", "string"], "format": "decimal"}, _build_decimal),
}


class Shapes:
    """The types of one app or of one decoder; objects with names are in `definitions`."""

    def __init__(self, prefix: str = "#/$defs/") -> None:
        self._prefix = prefix
        self._named: dict[Any, tuple[str, Build]] = {}
        self.definitions: dict[str, Schema] = {}

    def of(self, kind: Any) -> Shape:
        """Compile a type; UnsupportedTypeError when it has no schema."""
        try:
            leaf = _LEAVES.get(kind)
        except TypeError:  # a type that cannot be hashed
            leaf = None
        if leaf is not None:
            return Shape(dict(leaf[0]), leaf[1])
        origin = typing.get_origin(kind)
        if origin is typing.Annotated:
            return self._annotated(kind.__origin__, kind.__metadata__)
        if origin in _UNIONS:
            return self._union(typing.get_args(kind))
        if origin is typing.Literal:
            return _values([(value, value) for value in typing.get_args(kind)])
        if kind in _SEQUENCES or origin in _SEQUENCES:
            return self._sequence(_SEQUENCES[origin or kind], typing.get_args(kind))
        if origin is tuple or kind is tuple:
            return self._tuple(typing.get_args(kind))
        if origin is dict:
            return self._mapping(typing.get_args(kind))
        if hasattr(kind, "__supertype__"):  # NewType
            return self.of(kind.__supertype__)
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            return self._enum(kind)
        if hasattr(kind, "__dataclass_fields__") and isinstance(kind, type):
            return self._named_object(kind, self._dataclass)
        if hasattr(kind, "__struct_fields__") and isinstance(kind, type):
            return self._named_object(kind, self._struct)
        if typing.is_typeddict(kind) or hasattr(kind, "__total__"):
            return self._named_object(kind, self._typed_dict)
        raise UnsupportedTypeError(f"{getattr(kind, '__qualname__', kind)} has no JSON Schema")

    def _annotated(self, kind: Any, metadata: tuple[Any, ...]) -> Shape:
        inner = self.of(kind)
        rules = constraints_of(metadata, _kind_of(inner.schema))
        if not rules:
            return inner
        schema = {**inner.schema, **rules}
        if "$ref" in inner.schema:
            schema = {"allOf": [inner.schema], **rules}
        build = inner.build

        def checked(value: Any) -> Any:
            wrong = collect(rules, value)
            if wrong:
                raise MismatchError(wrong[0].detail)
            return build(value)

        return Shape(schema, checked)

    def _union(self, kinds: tuple[Any, ...]) -> Shape:
        shapes = [self.of(kind) for kind in kinds]
        builds = [shape.build for shape in shapes]

        def build(value: Any) -> Any:
            first: MismatchError | None = None
            for one in builds:
                try:
                    return one(value)
                except MismatchError as error:
                    first = first or error
            raise first or MismatchError("must match one of the allowed forms")

        return Shape({"anyOf": [shape.schema for shape in shapes]}, build)

    def _sequence(self, make: Any, kinds: tuple[Any, ...]) -> Shape:
        inner = self.of(kinds[0] if kinds else Any)
        schema: Schema = {"type": "array", "items": inner.schema}
        if make is not list:
            schema["uniqueItems"] = True
        one = inner.build

        def build(value: Any) -> Any:
            if type(value) is not list:
                raise MismatchError("must be an array")
            made = [_item(one, item, index) for index, item in enumerate(value)]
            return made if make is list else make(made)

        return Shape(schema, build)

    def _tuple(self, kinds: tuple[Any, ...]) -> Shape:
        if not kinds or (len(kinds) == 2 and kinds[1] is Ellipsis):
            listed = self._sequence(list, kinds[:1])
            return Shape(listed.schema, lambda value: tuple(listed.build(value)))
        shapes = [self.of(kind) for kind in kinds]
        size = len(shapes)

        def build(value: Any) -> Any:
            if type(value) is not list or len(value) != size:
                raise MismatchError(f"must be an array of {size} items")
            return tuple(_item(shapes[i].build, item, i) for i, item in enumerate(value))

        parts = [shape.schema for shape in shapes]
        sizes = {"minItems": size, "maxItems": size}
        return Shape({"type": "array", "prefixItems": parts, **sizes}, build)

    def _mapping(self, kinds: tuple[Any, ...]) -> Shape:
        if kinds[0] is not str:
            raise UnsupportedTypeError("the keys of a JSON object are str")
        inner = self.of(kinds[1])
        one = inner.build

        def build(value: Any) -> Any:
            if type(value) is not dict:
                raise MismatchError("must be an object")
            return {name: _item(one, item, name) for name, item in value.items()}

        return Shape({"type": "object", "additionalProperties": inner.schema}, build)

    def _enum(self, kind: type[enum.Enum]) -> Shape:
        return _values([(member.value, member) for member in kind])

    def _named_object(self, kind: Any, read: Callable[[Any, Schema], Build]) -> Shape:
        known = self._named.get(kind)
        if known is None:
            name = kind.__name__
            number = 2
            while name in self.definitions:
                name, number = f"{kind.__name__}{number}", number + 1
            schema: Schema = {"type": "object", "title": kind.__name__}
            made: list[Build] = []
            # A type that holds itself finds what is being made.
            known = (name, lambda value: made[0](value))
            self._named[kind] = known
            self.definitions[name] = schema
            made.append(read(kind, schema))
            self._named[kind] = known = (name, made[0])
        return Shape({"$ref": self._prefix + known[0]}, known[1])

    def _dataclass(self, kind: Any, schema: Schema) -> Build:
        import dataclasses

        hints = typing.get_type_hints(kind, include_extras=True)
        _describe(kind, schema, f"{kind.__name__}(")
        members: list[tuple[str, Build, bool]] = []
        properties: Schema = {}
        for field in dataclasses.fields(kind):
            if not field.init:
                continue
            shape = self.of(hints[field.name])
            has_default = field.default is not dataclasses.MISSING
            is_required = not has_default and field.default_factory is dataclasses.MISSING
            properties[field.name] = dict(shape.schema)
            if has_default and isinstance(field.default, (str, int, float, bool)):
                properties[field.name]["default"] = field.default
            members.append((field.name, shape.build, is_required))
        return _object_build(schema, properties, members, kind)

    def _struct(self, kind: Any, schema: Schema) -> Build:
        """Describe a msgspec.Struct; its values are msgspec's to make."""
        import msgspec

        config = kind.__struct_config__
        if config.array_like:
            raise UnsupportedTypeError(f"{kind.__name__} is an array")
        _describe(kind, schema, f"{kind.__name__}(")
        properties: Schema = {}
        required = []
        if config.tag is not None:
            properties[config.tag_field] = {"enum": [config.tag]}
            required.append(config.tag_field)
        for field in msgspec.structs.fields(kind):
            shape = self.of(field.type)
            properties[field.encode_name] = dict(shape.schema)
            if isinstance(field.default, (str, int, float, bool)):
                properties[field.encode_name]["default"] = field.default
            if field.required:
                required.append(field.encode_name)
        schema["properties"] = properties
        if required:
            schema["required"] = required
        if config.forbid_unknown_fields:
            schema["additionalProperties"] = False

        def build(value: Any) -> Any:
            return msgspec.convert(value, kind)

        return build

    def _typed_dict(self, kind: Any, schema: Schema) -> Build:
        hints = typing.get_type_hints(kind, include_extras=True)
        _describe(kind, schema, "dict(")
        members: list[tuple[str, Build, bool]] = []
        properties: Schema = {}
        for name, hint in hints.items():
            is_required = name in kind.__required_keys__
            marker = getattr(typing.get_origin(hint), "_name", "")
            if marker in ("Required", "NotRequired", "ReadOnly"):
                is_required = is_required if marker == "ReadOnly" else marker == "Required"
                hint = typing.get_args(hint)[0]
            shape = self.of(hint)
            properties[name] = shape.schema
            members.append((name, shape.build, is_required))
        return _object_build(schema, properties, members, dict)


def _kind_of(schema: Schema) -> object:
    for form in (schema, *schema.get("anyOf", ())):
        if form.get("type", "null") != "null":
            return form["type"]
    return None


def _describe(kind: Any, schema: Schema, generated: str) -> None:
    import inspect

    text = kind.__dict__.get("__doc__")
    if text and not text.startswith(generated):
        schema["description"] = inspect.cleandoc(text)


def _item(build: Build, value: Any, step: str | int) -> Any:
    try:
        return build(value)
    except MismatchError as error:
        error.steps.insert(0, step)
        raise


def _values(pairs: list[tuple[Any, Any]]) -> Shape:
    """Give the shape of one of some values; True and 1 are two."""
    known = {(type(value), value): made for value, made in pairs}
    schema: Schema = {"enum": [value for value, _ in pairs]}
    kinds = {_LEAVES[type(value)][0]["type"] for value, _ in pairs if type(value) in _LEAVES}
    if len(kinds) == 1:
        schema = {"type": kinds.pop(), **schema}

    def build(value: Any) -> Any:
        try:
            return known[type(value), value]
        except (KeyError, TypeError):
            raise MismatchError("must be one of the allowed values") from None

    return Shape(schema, build)


def _object_build(
    schema: Schema, properties: Schema, members: list[tuple[str, Build, bool]], make: Any
) -> Build:
    schema["properties"] = properties
    required = [name for name, _, is_required in members if is_required]
    if required:
        schema["required"] = required

    def build(value: Any) -> Any:
        if type(value) is not dict:
            raise MismatchError("must be an object")
        found = {}
        for name, one, is_required in members:
            if name in value:
                found[name] = _item(one, value[name], name)
            elif is_required:
                raise MismatchError(f"{name} is missing")
        try:
            return make(**found)
        except MismatchError:
            raise
        except (ValueError, TypeError) as error:  # a check in __post_init__
            raise MismatchError(str(error)) from error

    return build
