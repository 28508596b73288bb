"""One type, decoded and encoded by whose it is: Pydantic's, msgspec's, or the standard library's.

Neither library is imported unless a type is theirs; dataclasses and TypedDicts go through msgspec
where that is installed. What they refuse is named by the JSON Schema, in the same words for all.
"""

from __future__ import annotations

import contextlib
import json
import sys
import types
import typing
from typing import Any

from ._core import decode_json, encode_json
from ._schema import Wrong, collect, pointer_of
from ._shapes import MismatchError, Shapes, UnsupportedTypeError

if typing.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Schema = dict[str, Any]

_CONTAINERS = (
    list, dict, tuple, set, frozenset, typing.Union, types.UnionType, typing.Annotated
)  # fmt: skip

__all__ = ["Codec", "codec_for", "is_model", "parts_of"]


class Codec:
    """How the values of a type come from JSON and become it."""

    #: What the type is called; empty for one that has no name.
    name = ""
    #: The JSON Schema, with its $defs.
    schema: Schema
    #: Content to value.
    decode: Callable[[bytes], Any]
    #: JSON value to value.
    convert: Callable[[Any], Any]
    #: What these raise when they refuse. Anything else is a mistake of the program's.
    refusals: tuple[type[Exception], ...]

    @property
    def result_schema(self) -> Schema:
        """The JSON Schema of results."""
        return self.schema

    def encode(self, result: Any) -> bytes:
        """Give JSON of a result, or raise for one that is not of the type."""
        raise NotImplementedError

    def beyond(self, error: Exception, content: object) -> tuple[list[Wrong], Any]:
        """Name what was refused though the schema takes it, or give the value after all."""
        raise NotImplementedError

    def wrong(self, value: object) -> list[Wrong]:
        """Name what is wrong with a JSON value."""
        return collect(self.schema, value, self.schema)


class _Own(Codec):
    refusals = (ValueError, RecursionError)

    def __init__(self, kind: Any) -> None:
        shapes = Shapes()
        shape = shapes.of(kind)
        self._kind = kind
        self.schema = _flat(_with_definitions(shape.schema, shapes.definitions))
        self.convert = shape.build

    def decode(self, content: bytes) -> Any:
        return self.convert(decode_json(content))

    def encode(self, result: Any) -> bytes:
        content = encode_json(result)
        value = decode_json(content)
        _raise_wrong(self.wrong(value))
        # Members that the type does not have are not for the client.
        return content if type(result) is self._kind else encode_json(self.convert(value))

    def beyond(self, error: Exception, content: object) -> tuple[list[Wrong], Any]:
        if isinstance(error, MismatchError):
            return [Wrong(pointer_of(*error.steps), "invalid", error.detail.rstrip("."))], None
        return [_invalid(error)], None


class _Msgspec(Codec):
    def __init__(self, kind: Any, schema: Schema | None) -> None:
        import msgspec

        self._library = msgspec
        self.refusals = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
        self._kind = kind
        self.schema = schema or _flat(self._schema())
        decoder = msgspec.json.Decoder(kind)
        self.decode = decoder.decode
        self._encode = msgspec.json.encode

    def _schema(self) -> Schema:
        # As for other types, so that the words are the same; msgspec's own has no date-time.
        try:
            shapes = Shapes()
            return _with_definitions(shapes.of(self._kind).schema, shapes.definitions)
        except UnsupportedTypeError:
            schema: Schema = self._library.json.schema(self._kind)
            return schema

    def convert(self, value: Any) -> Any:
        return self._library.convert(value, self._kind)

    def encode(self, result: Any) -> bytes:
        if type(result) is not self._kind:
            value = self._library.to_builtins(result)
            _raise_wrong(self.wrong(value))
            result = self._library.convert(value, self._kind)
        content = self._encode(result)
        try:
            self.decode(content)
        except self._library.ValidationError as error:
            _raise_wrong(self.wrong(json.loads(content)) or self.beyond(error, content)[0])
        return content

    def beyond(self, error: Exception, content: object) -> tuple[list[Wrong], Any]:
        # It takes 3.0 for an integer only where that has no rules.
        value = json.loads(content, parse_float=_number) if isinstance(content, bytes) else content
        try:
            return [], self.convert(value)
        except self._library.ValidationError as second:
            message, _, place = str(second).partition(" - at `")
        return [Wrong(_pointer_of_path(place), "invalid", message.rstrip("."))], None


class _Pydantic(Codec):
    def __init__(self, kind: Any) -> None:
        import pydantic

        self._library = pydantic
        self.refusals = (pydantic.ValidationError,)
        self._kind = kind
        self._adapter: Any = pydantic.TypeAdapter(kind)
        self.schema = _flat(self._adapter.json_schema())
        validate = self._adapter.validator.validate_json
        # A text is no number: as the schema says, and as other languages read it.
        self.decode = lambda content: validate(content, strict=True)
        self._is_class = isinstance(kind, type)

    @property
    def result_schema(self) -> Schema:
        """The JSON Schema of results."""
        schema: Schema = _flat(self._adapter.json_schema(mode="serialization"))
        return schema

    def convert(self, value: Any) -> Any:
        return self._adapter.validate_json(json.dumps(value))

    def encode(self, result: Any) -> bytes:
        if not (self._is_class and type(result) is self._kind):
            try:
                result = self._adapter.validate_python(result, from_attributes=True)
            except self._library.ValidationError as error:
                _raise_wrong(_pydantic_wrong(error))
        content: bytes = self._adapter.serializer.to_json(result, by_alias=True, warnings="error")
        return content

    def beyond(self, error: Exception, content: object) -> tuple[list[Wrong], Any]:
        # What strictness alone refuses is taken: 3.0 is an integer.
        try:
            if isinstance(content, bytes):
                return [], self._adapter.validate_json(content)
            return [], self.convert(content)
        except self._library.ValidationError as second:
            return _pydantic_wrong(second), None


def _number(text: str) -> float:
    number = float(text)
    return int(number) if number.is_integer() else number


def _invalid(error: Exception) -> Wrong:
    return Wrong("", "invalid", str(error).rstrip(".") or type(error).__name__)


def _pydantic_wrong(error: Any) -> list[Wrong]:
    found = []
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        message = item["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
        found.append(Wrong(pointer_of(*item["loc"]), "invalid", message.rstrip(".")))
    return found


def _pointer_of_path(path: str) -> str:
    """Give the JSON pointer of msgspec's path: $.items[0].qty."""
    steps: list[str | int] = []
    for part in path.rstrip("`").removeprefix("$").replace("[", ".[").split("."):
        if part.startswith("["):
            inner = part[1:-1]
            steps.append(int(inner) if inner.isdigit() else inner.strip("'\""))
        elif part and not part.startswith("key"):
            steps.append(part)
    return pointer_of(*steps)


def _raise_wrong(wrong: list[Wrong]) -> None:
    if wrong:
        told = [f"{item.pointer or 'it'} {item.detail}" for item in wrong[:3]]
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise TypeError(", ".join(told) + more)


def _flat(schema: Any) -> Any:
    """Write a scalar or null as one schema with two types, of which more can be said than of forms.

    {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]} can only say that neither
    form fits.
    """
    if isinstance(schema, list):
        return [_flat(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _flat(value) for key, value in schema.items()}
    forms = made.get("anyOf")
    if isinstance(forms, list) and len(forms) == 2 and {"type": "null"} in forms:
        one = forms[0] if forms[1] == {"type": "null"} else forms[1]
        kind = one.get("type")
        if isinstance(kind, str) and kind in ("string", "integer", "number", "boolean"):
            del made["anyOf"]
            made = {**one, **made, "type": [kind, "null"]}
            if "enum" in one:
                made["enum"] = [*one["enum"], None]
    return made


def _with_definitions(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    return {**schema, "$defs": definitions} if definitions else schema


def parts_of(kind: Any) -> Iterator[Any]:
    """Give a type and all types that it is made of."""
    seen: list[Any] = []
    waiting = [kind]
    while waiting:
        one = waiting.pop()
        if any(one is other for other in seen):
            continue
        seen.append(one)
        yield one
        waiting.extend(typing.get_args(one))
        if _is_object(one) and isinstance(one, type):
            try:
                waiting.extend(typing.get_type_hints(one, include_extras=True).values())
            except Exception:  # noqa: S112  said by who compiles the type
                continue


def _is_object(kind: Any) -> bool:
    """Whether a type is an object with named members."""
    return isinstance(kind, type) and (
        hasattr(kind, "__pydantic_validator__")
        or hasattr(kind, "__struct_fields__")
        or hasattr(kind, "__dataclass_fields__")
        or typing.is_typeddict(kind)
        or (issubclass(kind, dict) and hasattr(kind, "__required_keys__"))
    )


def is_model(kind: Any) -> bool:
    """Whether a type is an object with named members, or made of such: list[Item], Item | None."""
    if _is_object(kind):
        return True
    if typing.get_origin(kind) not in _CONTAINERS:
        return False
    return any(is_model(part) for part in typing.get_args(kind))


def _is_for_msgspec(parts: list[Any]) -> bool:
    """Whether msgspec reads all that the standard types say: not the constraints of others."""
    if "msgspec" not in sys.modules:
        import importlib.util

        if importlib.util.find_spec("msgspec") is None:
            return False
    for part in parts:
        for item in getattr(part, "__metadata__", ()):
            if not type(item).__module__.startswith("msgspec"):
                return False
    return True


def codec_for(kind: Any) -> Codec:
    """Compile a type; UnsupportedTypeError when nobody can."""
    codec = _codec_for(kind)
    inner = kind.__origin__ if typing.get_origin(kind) is typing.Annotated else kind
    if _is_object(inner):
        codec.name = inner.__name__
    return codec


def _codec_for(kind: Any) -> Codec:
    parts = list(parts_of(kind))
    objects = [part for part in parts if _is_object(part)]
    try:
        if any(hasattr(part, "__pydantic_validator__") for part in objects):
            return _Pydantic(kind)
        if any(hasattr(part, "__struct_fields__") for part in objects):
            return _Msgspec(kind, None)
        own = _Own(kind)
        if objects and _is_for_msgspec(parts):
            try:
                return _Msgspec(kind, own.schema)
            except TypeError:  # a union that msgspec does not tell apart
                return own
        return own
    except UnsupportedTypeError:
        if "pydantic" in sys.modules:
            with contextlib.suppress(Exception):
                return _Pydantic(kind)  # HttpUrl, EmailStr and their like
        raise
    except Exception as error:
        told = str(error).partition("\n")[0]
        raise UnsupportedTypeError(told) from error
