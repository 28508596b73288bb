from __future__ import annotations

import datetime
import enum
import json
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import pytest

from trivet.lowlevel import encode_json


class Colour(enum.Enum):
    RED = "red"


class Number(enum.IntEnum):
    ONE = 1


class Name(str):
    __slots__ = ()


class Point(NamedTuple):
    x: int
    y: int


@dataclass
class Inner:
    names: list[str]


@dataclass
class Outer:
    kind: ClassVar[str] = "not a field"
    inner: Inner = field(default_factory=lambda: Inner(["a", "b"]))
    count: int = 3


@dataclass(slots=True)
class Slotted:
    value: float


SAME_AS_JSON: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    2**63 - 1,
    -(2**63),
    2**63,
    2**200,
    0.0,
    -0.0,
    1.5,
    1e16,
    1e-7,
    1e300,
    "",
    "plain",
    '"\\/\b\f\n\r\t\x00\x1f\x7f',
    "ü",
    "€ and ü",
    "😀",
    "\u2028\u2029",
    "ÿ" * 5000,
    "a" * 100_000,
    "a\n" * 10_000,
    [],
    {},
    (),
    [1, [2, [3, []]]],
    (1, "two", None),
    {"a": {"b": {"c": [1.5, True]}}},
    {2: "int", 1.5: "float", True: "bool", None: "none"},
    OrderedDict(b=1, a=2),
    Number.ONE,
    Name("text"),
    Point(1, 2),
    {"ü": "😀"},
    list(range(1000)),
]


@pytest.mark.parametrize("value", SAME_AS_JSON, ids=lambda value: repr(value)[:30])
def test_writes_what_json_writes(value: Any) -> None:
    expected = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    assert json.loads(encode_json(value)) == json.loads(expected)
    assert encode_json(value).replace(b"\x7f", b"") == expected.replace("\x7f", "").encode()


def test_writes_dataclasses_by_their_fields() -> None:
    assert encode_json(Outer()) == b'{"inner":{"names":["a","b"]},"count":3}'
    assert encode_json([Slotted(1.5), Slotted(2.0)]) == b'[{"value":1.5},{"value":2.0}]'


def test_writes_what_people_put_into_answers() -> None:
    moment = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    number = uuid.UUID(int=7)
    value = {"at": moment, "on": moment.date(), "id": number, "colour": Colour.RED}
    assert json.loads(encode_json(value)) == {
        "at": "2026-01-02T03:04:05+00:00",
        "on": "2026-01-02",
        "id": str(number),
        "colour": "red",
    }


@pytest.mark.parametrize(
    ("value", "error", "named"),
    [
        (float("nan"), ValueError, "nan"),
        (float("inf"), ValueError, "inf"),
        ({"x": float("-inf")}, ValueError, "inf"),
        ("\ud800", ValueError, "surrogate"),
        ({"\udfff": 1}, ValueError, "surrogate"),
        ("€\ud800", ValueError, "surrogate"),
        (object(), TypeError, "object"),
        ({1, 2}, TypeError, "^set cannot be serialised to JSON: give a dict, a list, a dataclass"),
        ({"rows": [1, {"a/~b": {1}}]}, TypeError, "^set .*, at /rows/1/a~1~0b: give a dict"),
        ([({"x": float("inf")},)], ValueError, "^float inf cannot .*, at /0/0/x$"),
        ({3: {None: {1}}}, TypeError, "at /3/None: "),
        ({"x" * 100: {1}}, TypeError, f"at /{'x' * 80}: "),
        (b"bytes", TypeError, "bytes"),
        (test_writes_what_json_writes, TypeError, "function"),
        ({(1, 2): 3}, TypeError, "tuple"),
        (Outer, TypeError, "type"),
        (1j, TypeError, "complex"),
    ],
    ids=repr,
)
def test_refuses_and_names(value: object, error: type[Exception], named: str) -> None:
    with pytest.raises(error, match=named):
        encode_json(value)


def test_depth_is_bounded() -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    with pytest.raises(ValueError, match="nested more than 500 deep"):
        encode_json(cycle)
    deep: Any = 0
    for _ in range(500):
        deep = [deep]
    assert encode_json(deep).count(b"[") == 500
    chain: dict[str, Any] = {}
    chain["next"] = chain
    with pytest.raises(ValueError, match="nested"):
        encode_json(chain)


def test_survives_values_that_change_their_container() -> None:
    items: list[Any] = []

    class Shrinks:
        @property
        def value(self) -> int:
            items.clear()
            return 1

    shrinking: Any = dataclass(type("Shrinking", (Shrinks,), {}))
    shrinking.__dataclass_fields__ = {"value": _field("value")}
    items.extend([shrinking(), 2, 3])
    assert encode_json(items) == b'[{"value":1}]'


def _field(name: str) -> Any:
    @dataclass
    class Holder:
        value: int = 0

    return Holder.__dataclass_fields__[name]


def test_an_object_may_encode_while_it_is_encoded() -> None:
    class Nested:
        @property
        def value(self) -> str:
            return encode_json({"inner": [1, 2]}).decode()

    nesting: Any = dataclass(type("Nesting", (Nested,), {}))
    nesting.__dataclass_fields__ = {"value": _field("value")}
    assert json.loads(encode_json(nesting())) == {"value": '{"inner":[1,2]}'}


def test_exceptions_of_properties_pass_through() -> None:
    class Broken:
        @property
        def value(self) -> int:
            raise LookupError("broken property")

    breaking: Any = dataclass(type("Breaking", (Broken,), {}))
    breaking.__dataclass_fields__ = {"value": _field("value")}
    with pytest.raises(LookupError, match="broken property"):
        encode_json([breaking()])
