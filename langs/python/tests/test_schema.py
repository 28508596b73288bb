"""What is said of wrong values, keyword by keyword: the words are those of every SDK."""

from __future__ import annotations

from typing import Any

import pytest

from trivet._formats import is_of_format
from trivet._schema import collect, pointer_of

CASES: list[tuple[dict[str, Any], Any, list[tuple[str, str, str]]]] = [
    ({"type": "integer"}, 3.0, []),
    ({"type": "integer"}, True, [("", "type", "must be an integer")]),
    ({"type": "number"}, "1", [("", "type", "must be a number")]),
    ({"type": "string"}, None, [("", "type", "must be a string")]),
    ({"type": "boolean"}, 1, [("", "type", "must be a boolean")]),
    ({"type": "array"}, {}, [("", "type", "must be an array")]),
    ({"type": "object"}, [], [("", "type", "must be an object")]),
    ({"type": "null"}, 0, [("", "type", "must be null")]),
    ({"type": ["integer", "null"]}, "", [("", "type", "must be an integer or null")]),
    (
        {"type": ["integer", "string", "null"]},
        [],
        [("", "type", "must be an integer, a string or null")],
    ),
    ({"minimum": 1.0}, 0, [("", "minimum", "must be at least 1")]),
    ({"exclusiveMinimum": 1.5}, 1.5, [("", "exclusiveMinimum", "must be greater than 1.5")]),
    ({"maximum": 3}, 4, [("", "maximum", "must be at most 3")]),
    ({"exclusiveMaximum": 3}, 3, [("", "exclusiveMaximum", "must be less than 3")]),
    ({"multipleOf": 0.1}, 0.25, [("", "multipleOf", "must be a multiple of 0.1")]),
    ({"multipleOf": 0.1}, 0.3, []),
    ({"multipleOf": 2}, 7, [("", "multipleOf", "must be a multiple of 2")]),
    ({"minLength": 1}, "", [("", "minLength", "must have at least 1 character")]),
    ({"maxLength": 2}, "äöü", [("", "maxLength", "must have at most 2 characters")]),
    ({"maxLength": 3}, "äöü", []),
    ({"pattern": "^a"}, "ba", [("", "pattern", "must match ^a")]),
    ({"minItems": 2}, [1], [("", "minItems", "must have at least 2 items")]),
    ({"maxItems": 1}, [1, 2], [("", "maxItems", "must have at most 1 item")]),
    ({"uniqueItems": True}, [1, 1.0], [("", "uniqueItems", "must not repeat an item")]),
    ({"uniqueItems": True}, [1, True, "1"], []),
    ({"minProperties": 1}, {}, [("", "minProperties", "must have at least 1 member")]),
    ({"maxProperties": 0}, {"a": 1}, [("", "maxProperties", "must have at most 0 members")]),
    ({"enum": ["a", "b", 3]}, "c", [("", "enum", 'must be one of "a", "b", 3')]),
    (
        {"enum": list(range(12))},
        12,
        [("", "enum", "must be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …")],
    ),
    ({"enum": [1]}, True, [("", "enum", "must be one of 1")]),
    ({"enum": [{"a": [1]}]}, {"a": [1.0]}, []),
    ({"const": {"a": "ä"}}, 1, [("", "const", 'must be {"a":"ä"}')]),
    ({"format": "date"}, "2026-02-30", [("", "format", "must be a valid date")]),
    ({"format": "colour"}, "any", []),
    (
        {"properties": {"a": {}, "b": {"type": "null"}}, "required": ["a", "c"]},
        {"b": 1},
        [
            ("/a", "required", "is missing"),
            ("/b", "type", "must be null"),
            ("/c", "required", "is missing"),
        ],
    ),
    (
        {"properties": {"a": {}}, "additionalProperties": False},
        {"a": 1, "b/~": 2},
        [("/b~1~0", "additionalProperties", "is not allowed")],
    ),
    (
        {"additionalProperties": {"type": "null"}},
        {"a": 1},
        [("/a", "type", "must be null")],
    ),
    (
        {"prefixItems": [{"type": "null"}], "items": {"type": "string"}},
        [1, 2, "c"],
        [("/0", "type", "must be null"), ("/1", "type", "must be a string")],
    ),
    (
        {"anyOf": [{"type": "null"}, {"type": "string"}]},
        1,
        [("", "type", "must be null or a string")],
    ),
    (
        {"anyOf": [{"type": "null"}, {"type": "string", "minLength": 2}]},
        "a",
        [("", "anyOf", "must match one of the allowed forms")],
    ),
    ({"anyOf": [{"minimum": 1}, {"maximum": 5}]}, 3, []),
    (
        {"oneOf": [{"minimum": 1}, {"maximum": 5}]},
        3,
        [("", "oneOf", "must match one of the allowed forms")],
    ),
    ({"allOf": [{"minimum": 5}, {"type": "string"}]}, 3, [
        ("", "minimum", "must be at least 5"), ("", "type", "must be a string"),
    ]),
    ({"not": {"type": "string"}}, "a", [("", "not", "is not allowed")]),
    (
        {"$ref": "#/$defs/node", "$defs": {"node": {
            "type": "object", "properties": {"below": {"$ref": "#/$defs/node"}},
        }}},
        {"below": {"below": 3}},
        [("/below/below", "type", "must be an object")],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "value", "wrong"), CASES)
def test_what_is_said(
    schema: dict[str, Any], value: Any, wrong: list[tuple[str, str, str]]
) -> None:
    found = [(item.pointer, item.code, item.detail) for item in collect(schema, value)]
    assert found == wrong


FORMATS = [
    ("date-time", "2026-01-31T23:59:59.5Z", True),
    ("date-time", "2026-01-31t23:59:59+01:00", True),
    ("date-time", "2026-01-31T23:59:59", False),
    ("date-time", "2026-01-31 23:59:59Z", False),
    ("date-time", "2026-13-31T23:59:59Z", False),
    ("date", "2024-02-29", True),
    ("date", "20240229", False),
    ("time", "23:59:59Z", True),
    ("time", "24:00:00Z", False),
    ("uuid", "00112233-4455-6677-8899-AABBCCDDEEFF", True),
    ("uuid", "00112233445566778899aabbccddeeff", False),
    ("email", "a.b+c@example.com", True),
    ("email", "a@", False),
    ("email", "@example.com", False),
    ("hostname", "a-b.example", True),
    ("hostname", "-a.example", False),
    ("hostname", "", False),
    ("ipv4", "127.0.0.1", True),
    ("ipv4", "127.0.0.01", False),
    ("ipv6", "::1", True),
    ("ipv6", "fe80::1%eth0", False),
    ("uri", "https://example.com/a?b#c", True),
    ("uri", "/relative", False),
    ("uri", "http://a/%zz", False),
]


@pytest.mark.parametrize(("name", "text", "is_fine"), FORMATS)
def test_formats(name: str, text: str, is_fine: bool) -> None:
    assert is_of_format(name, text) is is_fine


def test_pointers() -> None:
    assert pointer_of() == ""
    assert pointer_of("a/b", 0, "c~") == "/a~1b/0/c~0"


def test_what_is_nested_too_deep_is_left_alone() -> None:
    schema: dict[str, Any] = {"items": {"$ref": "#"}}
    value: list[Any] = []
    for _ in range(5000):
        value = [value]
    assert collect(schema, value) == []
