"""What is wrong with a value by its JSON Schema (2020-12), in the words of every Trivet SDK.

Imported when something was refused: the libraries that decode say no fast, and this says where and
why, so that the answer is the same whoever has decoded.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING

from ._formats import is_of_format

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Schema = dict[str, Any]

__all__ = ["Wrong", "collect", "pointer_of"]

_NAMES = {
    "integer": "an integer",
    "number": "a number",
    "string": "a string",
    "boolean": "a boolean",
    "array": "an array",
    "object": "an object",
    "null": "null",
}
#: Values of an enum that a message lists.
_ENUM_MAX = 10
#: Deeper content is not looked into.
_DEPTH_MAX = 64
_FORMS = "must match one of the allowed forms"


class Wrong:
    """One wrong value: a JSON pointer, the keyword that refuses it, a sentence."""

    __slots__ = ("code", "detail", "pointer")

    def __init__(self, pointer: str, code: str, detail: str) -> None:
        self.pointer = pointer
        self.code = code
        self.detail = detail

    def __repr__(self) -> str:
        return f"<Wrong {self.pointer} {self.code}: {self.detail}>"


def pointer_of(*steps: str | int) -> str:
    """Make a JSON pointer (RFC 6901) of member names and indices."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def collect(schema: Schema, value: object, root: Schema | None = None) -> list[Wrong]:
    """Name everything that is wrong with a JSON value; nothing for one that is right."""
    found: list[Wrong] = []
    _Walk(root if root is not None else schema).check(schema, value, "", found, 0)
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_type(value: object, kind: str) -> bool:
    if kind == "integer":
        is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return is_whole and not isinstance(value, bool)
    if kind == "number":
        return _is_number(value) and not (isinstance(value, float) and math.isinf(value))
    if kind == "string":
        return isinstance(value, str)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "array":
        return isinstance(value, list)
    if kind == "object":
        return isinstance(value, dict)
    return value is None


def _type_words(kinds: list[str]) -> str:
    names = [_NAMES.get(kind, kind) for kind in kinds]
    first = ", ".join(names[:-1])
    return f"must be {first} or {names[-1]}" if first else f"must be {names[-1]}"


def _text(value: object) -> str:
    """Give JSON text, numbers as short as can be."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        value = int(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _key(value: object) -> str:
    """Give what two values have in common that are equal in JSON."""

    def plain(item: Any) -> Any:
        if isinstance(item, dict):
            return {name: plain(member) for name, member in item.items()}
        if isinstance(item, list):
            return [plain(member) for member in item]
        if isinstance(item, float) and item.is_integer():
            return int(item)
        return item

    return json.dumps(plain(value), sort_keys=True, default=str)


class _Walk:
    """One walk over a value along its schema."""

    def __init__(self, root: Schema) -> None:
        self._root = root

    def check(self, schema: Any, value: Any, at: str, out: list[Wrong], depth: int) -> None:
        """Add what is wrong with a value to `out`."""
        if schema is True or depth > _DEPTH_MAX:
            return
        if schema is False:
            out.append(Wrong(at, "not", "is not allowed"))
            return
        if "$ref" in schema:
            self.check(self._resolve(schema["$ref"]), value, at, out, depth + 1)
        kinds = schema.get("type")
        if kinds is not None:
            kinds = [kinds] if isinstance(kinds, str) else kinds
            if not any(_is_type(value, kind) for kind in kinds):
                out.append(Wrong(at, "type", _type_words(kinds)))
                return
        self._check_values(schema, value, at, out)
        if isinstance(value, str):
            _check_string(schema, value, at, out)
        elif _is_number(value):
            _check_number(schema, value, at, out)
        elif isinstance(value, list):
            self._check_array(schema, value, at, out, depth)
        elif isinstance(value, dict):
            self._check_object(schema, value, at, out, depth)
        for part in schema.get("allOf", ()):
            self.check(part, value, at, out, depth + 1)
        for code in ("anyOf", "oneOf"):
            if code in schema:
                self._check_forms(code, schema[code], value, at, out, depth)
        if "not" in schema and not self._wrong(schema["not"], value, depth):
            out.append(Wrong(at, "not", "is not allowed"))

    def _resolve(self, reference: str) -> Any:
        target: Any = self._root
        for step in reference.removeprefix("#").split("/")[1:]:
            target = target[step.replace("~1", "/").replace("~0", "~")]
        return target

    def _wrong(self, schema: Any, value: Any, depth: int, at: str = "") -> list[Wrong]:
        found: list[Wrong] = []
        self.check(schema, value, at, found, depth + 1)
        return found

    def _check_values(self, schema: Schema, value: Any, at: str, out: list[Wrong]) -> None:
        if "enum" in schema and _key(value) not in {_key(item) for item in schema["enum"]}:
            texts = [_text(item) for item in schema["enum"]]
            more = ", …" if len(texts) > _ENUM_MAX else ""
            out.append(Wrong(at, "enum", f"must be one of {', '.join(texts[:_ENUM_MAX])}{more}"))
        if "const" in schema and _key(value) != _key(schema["const"]):
            out.append(Wrong(at, "const", f"must be {_text(schema['const'])}"))

    def _check_forms(
        self, code: str, forms: list[Any], value: Any, at: str, out: list[Wrong], depth: int
    ) -> None:
        branches = [self._wrong(form, value, depth, at) for form in forms]
        right = sum(not branch for branch in branches)
        if right == 1 or (right > 1 and code == "anyOf"):
            return
        kinds = [kind for form in forms for kind in self._kinds(form)]
        if right == 0 and all(
            len(branch) == 1 and branch[0].code == "type" and branch[0].pointer == at
            for branch in branches
        ):
            out.append(Wrong(at, "type", _type_words(list(dict.fromkeys(kinds)))))
        else:
            out.append(Wrong(at, code, _FORMS))

    def _kinds(self, schema: Any) -> list[str]:
        """Give the types that a schema which refused by type alone asks for."""
        if not isinstance(schema, dict):
            return []
        kinds = schema.get("type")
        if kinds is not None:
            return [kinds] if isinstance(kinds, str) else list(kinds)
        if "$ref" in schema:
            return self._kinds(self._resolve(schema["$ref"]))
        forms = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf") or []
        return [kind for form in forms for kind in self._kinds(form)]

    def _check_array(
        self, schema: Schema, value: list[Any], at: str, out: list[Wrong], depth: int
    ) -> None:
        _check_size(schema, len(value), "Items", "item", at, out)
        if schema.get("uniqueItems") and len({_key(item) for item in value}) != len(value):
            out.append(Wrong(at, "uniqueItems", "must not repeat an item"))
        first: list[Any] = schema.get("prefixItems", [])
        for index, item in enumerate(value):
            part = first[index] if index < len(first) else schema.get("items", True)
            if part is False:
                out.append(Wrong(f"{at}/{index}", "items", "is not allowed"))
            else:
                self.check(part, item, f"{at}/{index}", out, depth + 1)

    def _check_object(
        self, schema: Schema, value: dict[str, Any], at: str, out: list[Wrong], depth: int
    ) -> None:
        properties: dict[str, Any] = schema.get("properties", {})
        required = schema.get("required", ())
        _check_size(schema, len(value), "Properties", "member", at, out)
        for name, part in properties.items():
            if name in value:
                self.check(part, value[name], at + pointer_of(name), out, depth + 1)
            elif name in required:
                out.append(Wrong(at + pointer_of(name), "required", "is missing"))
        for name in required:
            if name not in properties and name not in value:
                out.append(Wrong(at + pointer_of(name), "required", "is missing"))
        rest = schema.get("additionalProperties", True)
        for name in value if rest is not True else ():
            if name in properties:
                continue
            if rest is False:
                wrong = Wrong(at + pointer_of(name), "additionalProperties", "is not allowed")
                out.append(wrong)
            else:
                self.check(rest, value[name], at + pointer_of(name), out, depth + 1)


def _check_size(
    schema: Schema, size: int, suffix: str, noun: str, at: str, out: list[Wrong]
) -> None:
    for prefix, words, is_wrong in (
        ("min", "at least", size < schema.get(f"min{suffix}", 0)),
        ("max", "at most", size > schema.get(f"max{suffix}", size)),
    ):
        if is_wrong:
            limit = schema[prefix + suffix]
            plural = noun if limit == 1 else noun + "s"
            out.append(Wrong(at, prefix + suffix, f"must have {words} {limit} {plural}"))


def _check_string(schema: Schema, value: str, at: str, out: list[Wrong]) -> None:
    _check_size(schema, len(value), "Length", "character", at, out)
    pattern = schema.get("pattern")
    if pattern is not None and re.search(pattern, value) is None:
        out.append(Wrong(at, "pattern", f"must match {pattern}"))
    name = schema.get("format")
    if name is not None and not is_of_format(name, value):
        out.append(Wrong(at, "format", f"must be a valid {name}"))


_BOUNDS: tuple[tuple[str, str, Callable[[float, float], bool]], ...] = (
    ("minimum", "must be at least", lambda value, limit: value >= limit),
    ("exclusiveMinimum", "must be greater than", lambda value, limit: value > limit),
    ("maximum", "must be at most", lambda value, limit: value <= limit),
    ("exclusiveMaximum", "must be less than", lambda value, limit: value < limit),
)


def _check_number(schema: Schema, value: float, at: str, out: list[Wrong]) -> None:
    for code, words, is_fine in _BOUNDS:
        if code in schema and not is_fine(value, schema[code]):
            out.append(Wrong(at, code, f"{words} {_text(schema[code])}"))
    step = schema.get("multipleOf")
    if step and not _is_multiple(value, step):
        out.append(Wrong(at, "multipleOf", f"must be a multiple of {_text(step)}"))


def _is_multiple(value: float, step: float) -> bool:
    if isinstance(value, int) and isinstance(step, int):
        return value % step == 0
    quotient = value / step
    return math.isfinite(quotient) and math.isclose(
        quotient, round(quotient), rel_tol=1e-12, abs_tol=1e-12
    )
