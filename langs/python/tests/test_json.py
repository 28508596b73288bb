from __future__ import annotations

import datetime
import enum
import json
import math
import struct
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from random import Random
from typing import Any, ClassVar, NamedTuple

import pytest

from trivet import _native
from trivet._core import decode_json
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


def test_writes_floats_as_python_does() -> None:
    random = Random(7)
    edges = [1e16, 9999999999999998.0, 1e-4, 9.999e-5, 1e22, 1e23, 5e-324, 1.7976931348623157e308]
    values = [sign * edge for edge in (0.0, 0.1, 1.0, 123.456, *edges) for sign in (1, -1)]
    for _ in range(20_000):
        (value,) = struct.unpack("d", random.randbytes(8))
        values += [value] if math.isfinite(value) else []
        values.append(round(random.uniform(-1e6, 1e6), random.randrange(6)))
    assert encode_json(values).decode() == f"[{','.join(map(repr, values))}]"


def test_writes_text_of_all_lengths() -> None:
    for size in range(40):
        for special in ('"', "\\", "\n", "\x1f", "\x7f", "é"):
            for at in range(size):
                text = "a" * at + special + "b" * (size - at)
                assert json.loads(encode_json(text)) == text
                assert encode_json(text).decode() == json.dumps(text, ensure_ascii=False)


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


def decoded(text: str | bytes) -> object:
    """Give what the decoder gives, or ValueError for what json.loads refuses as well."""
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        expected = json.loads(content.decode("utf-8"), parse_constant=refuse)
    except ValueError:
        assert _native.decode_json(content) is NotImplemented, content
        return ValueError
    value = _native.decode_json(content)
    if value is not NotImplemented:
        # As text, since 1 == 1.0 == True and nan is not itself.
        assert repr(value) == repr(expected), content
    return value


def refuse(name: str) -> None:
    raise ValueError(name)


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "-0",
        "-0.0",
        "1",
        "123456789012345678",
        "-123456789012345678",
        "0.1",
        "1e5",
        "1E-7",
        "-1.5e+300",
        "5e-324",
        "1.7976931348623157e308",
        "2.2250738585072011e-308",
        "9007199254740993",
        "true",
        "false",
        "null",
        '""',
        '"a"',
        '"\\u00e9"',
        '"\\ud83d\\ude00"',
        '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
        '"é木😀"',
        '"1234567é"',
        '"12345678"',
        '"123456789\\n"',
        "[]",
        "[ ]",
        "[1,2 , 3]",
        "{}",
        "{ }",
        '{"a":1,"a":2}',
        ' { "a" : [ { "b" : null } , [ [ ] ] ] }\r\n\t',
        '{"":{"":""}}',
        '"\x7f"',
        '{"é":1,"\\u0061":2,"a":3}',
        json.dumps({"x" * 40: 1}),
        "[" * 50 + "]" * 50,
    ],
)
def test_decodes_by_itself_what_is_common(text: str) -> None:
    assert decoded(text) is not NotImplemented


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "01",
        "-",
        "-a",
        "1.",
        ".5",
        "1.e5",
        "1e",
        "1e+",
        "+1",
        "0x1",
        "NaN",
        "Infinity",
        "tru",
        "truee",
        "nul",
        '"',
        '"a',
        '"\n"',
        '"\\x"',
        '"\\u12"',
        '"\\u12g4"',
        '"\\u+123"',
        '"\\',
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{",
        '{"a"',
        '{"a":',
        '{"a":1',
        '{"a":1,}',
        "{a:1}",
        "{1:2}",
        '{"a" 1}',
        "[}",
        "1 2",
        "\ufeff1",
        "'a'",
        b'"\xff"',
        b'"\xc0\x80"',
        b'"\xed\xa0\x80"',
        b"\x001",
        b'"\xe9\\n"',
        "\x0b1",
        "\u00a01",
        "1\0",
        "--1",
        "1e5.5",
        "[1]]",
        '{"a":1}}',
    ],
)
def test_refuses_what_is_no_json(text: str | bytes) -> None:
    assert decoded(text) is ValueError


@pytest.mark.parametrize(
    "text",
    ["1234567890123456789", "1e400", '"\\ud800"', '"\\ude00\\ud83d"', "[" * 200 + "]" * 200],
)
def test_leaves_what_is_rare_to_python(text: str) -> None:
    assert decoded(text) is NotImplemented
    assert decode_json(text.encode()) == json.loads(text)


def test_decodes_as_python_does_whatever_comes() -> None:
    random = Random(11)
    alphabet = '{}[]",:\\/bfnrtu0123456789.eE+-truefalsn aé木\x1f😀'
    seeds = [
        '{"id": 12, "name": "Grüße", "tags": ["a", "b\\n", "\\u00e9"], "price": -1.25e3}',
        '[[1, 2.5, null], {}, [], false, "\\ud83d\\ude00"]',
        '{"a": {"b": {"c": [0, -0, 1e10, 123456789]}}, "a": "x"}',
    ]
    for _ in range(20_000):
        text = [*random.choice(seeds)]
        for _ in range(random.randrange(4)):
            at = random.randrange(len(text))
            text[at : at + random.randrange(3)] = random.choice(alphabet)
        decoded("".join(text))


def test_names_of_members_are_those_of_the_content() -> None:
    for number in range(2000):
        name = f"name{number}"
        assert decode_json(f'{{"{name}":1}}'.encode()) == {name: 1}
