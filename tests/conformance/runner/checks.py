"""Compares responses with what a vector expects. Everything here gives a list of complaints."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from runner.decode import DecodeError, decode
from runner.vectors import Vector, build
from runner.wire import Response

DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d GMT")
TYPES = {"string": str, "integer": int, "boolean": bool, "list": list, "object": dict}


def compare(vector: Vector, responses: Sequence[Response]) -> list[str]:
    expected, complaints = list(vector.expect), []
    position = 0
    for number, response in enumerate(responses, 1):
        while position < len(expected) and skipped(expected[position], response):
            position += 1
        if position == len(expected):
            complaints.append(f"response {number} ({response.status}) was not expected")
            continue
        found = check(expected[position], response)
        complaints += [f"response {number}: {complaint}" for complaint in found]
        position += 1
    left = [item for item in expected[position:] if not item.get("optional")]
    complaints += [f"a response is missing (status {item['status']})" for item in left]
    if vector.after == "closed" and responses and not responses[-1].has_option("close"):
        version_10 = b" HTTP/1.0\r\n" in vector.sent
        if not version_10:
            complaints.append("the last response before the close lacks Connection: close")
    return complaints


def statuses(expected: dict[str, Any]) -> list[int]:
    status = expected["status"]
    return status if isinstance(status, list) else [status]


def skipped(expected: dict[str, Any], response: Response) -> bool:
    return bool(expected.get("optional")) and response.status not in statuses(expected)


def check(expected: dict[str, Any], response: Response) -> list[str]:
    complaints = []
    if response.status not in statuses(expected):
        complaints.append(f"expected status {expected['status']}, got {response.status}")
        return complaints
    complaints += check_always(response)
    complaints += check_framing(expected, response)
    for name, assertion in expected.get("headers", {}).items():
        complaints += check_field(name, assertion, response.values(name))
    if expected.get("problem"):
        complaints += check_problem(response)
    return complaints + check_body(expected, response)


def check_always(response: Response) -> list[str]:
    """What holds for every response of an origin server with a clock (RFC 9110 section 6.6.1)."""
    dates = response.values("Date")
    if response.status < 200:
        return []
    if len(dates) != 1 or not DATE.fullmatch(dates[0]):
        return [f"Date is {dates}"]
    try:
        parsedate_to_datetime(dates[0])
    except ValueError:
        return [f"Date is {dates}"]
    return []


def check_framing(expected: dict[str, Any], response: Response) -> list[str]:
    if response.ends_with_connection != expected.get("until_close", False):
        return [f"the response {'has no' if response.ends_with_connection else 'has a'} length"]
    trailers = [[name, value] for name, value in response.trailers]
    wanted = expected.get("trailers", [])
    return [] if trailers == wanted else [f"trailers: expected {wanted}, got {trailers}"]


def check_field(name: str, assertion: Any, values: list[str]) -> list[str]:
    match assertion:
        case str():
            held = values == [assertion]
        case {"regex": str(pattern)}:
            held = len(values) == 1 and re.search(pattern, values[0]) is not None
        case {"absent": True}:
            held = not values
        case {"count": int(count)}:
            held = len(values) == count
        case {"values": list(wanted)}:
            held = values == wanted
        case {"members": list(wanted)}:
            held = sorted(re.split(r"\s*,\s*", ", ".join(values))) == sorted(wanted)
        case _:
            raise ValueError(f"unknown assertion {assertion!r}")
    return [] if held else [f"{name}: expected {assertion!r}, got {values!r}"]


def check_problem(response: Response) -> list[str]:
    """RFC 9457: about:blank, the status's title, the status, perhaps a detail."""
    complaints = check_field(
        "Content-Type", "application/problem+json", response.values("Content-Type")
    )
    try:
        problem = json.loads(response.body)
    except ValueError:
        return [*complaints, f"the problem is no JSON: {response.body[:200]!r}"]
    wanted = {"type": "about:blank", "status": response.status, "title": {"$type": "string"}}
    complaints += difference(wanted, {key: problem.get(key) for key in wanted})
    unknown = set(problem) - {*wanted, "detail"}
    return complaints + ([f"problem has {sorted(unknown)}"] if unknown else [])


def check_body(expected: dict[str, Any], response: Response) -> list[str]:
    body, complaints = response.body, []
    if "coding" in expected:
        complaints += check_field(
            "Content-Encoding", expected["coding"], response.values("Content-Encoding")
        )
        try:
            body = decode(expected["coding"], body)
        except DecodeError as error:
            return [*complaints, f"{error}: {body[:200]!r}"]
    if "text" in expected and body != expected["text"].encode():
        complaints.append(f"expected text {expected['text']!r}, got {body[:200]!r}")
    if "body" in expected and body != build(expected["body"]):
        complaints.append(f"expected other bytes, got {len(body)}: {body[:200]!r}")
    if "length" in expected and len(body) != expected["length"]:
        complaints.append(f"expected {expected['length']} bytes, got {len(body)}")
    if "sha256" in expected and hashlib.sha256(body).hexdigest() != expected["sha256"]:
        complaints.append("the content's SHA-256 differs")
    if "json" in expected or "json_has" in expected:
        try:
            actual = json.loads(body)
        except ValueError:
            return [*complaints, f"no JSON: {body[:200]!r}"]
        if "json" in expected:
            complaints += difference(expected["json"], actual)
        for key, value in expected.get("json_has", {}).items():
            complaints += difference(value, actual.get(key), f".{key}")
    return complaints


def difference(expected: Any, actual: Any, where: str = "") -> list[str]:
    """Deep comparison; an object with one key like $regex is a matcher (README.md)."""
    place = f"JSON{where}"
    match expected:
        case {"$regex": str(pattern)}:
            held = isinstance(actual, str) and re.search(pattern, actual) is not None
        case {"$type": str(name)}:
            held = isinstance(actual, TYPES[name])
        case {"$sha256": pieces}:
            held = actual == hashlib.sha256(build(pieces)).hexdigest()
        case {"$above": int(least)}:
            held = isinstance(actual, int) and actual > least
        case {"$has": list(items)}:
            held = isinstance(actual, list) and all(item in actual for item in items)
        case {"$has": dict(members)}:
            if not isinstance(actual, dict):
                return [f"{place}: expected an object, got {actual!r}"]
            there = {key: actual[key] for key in members if key in actual}
            return difference(members, there, where)
        case {"$repeat": item, "times": int(times)}:
            return difference([item] * times, actual, where)
        case dict():
            if not isinstance(actual, dict) or set(actual) != set(expected):
                held = False
            else:
                return [
                    line
                    for key in expected
                    for line in difference(expected[key], actual[key], f"{where}.{key}")
                ]
        case int() | float() if not isinstance(expected, bool):
            # JSON has one kind of numbers: 2 and 2.0 are the same.
            held = type(actual) in (int, float) and expected == actual
        case _:
            held = type(expected) is type(actual) and expected == actual
    shown = repr(actual)
    return [] if held else [f"{place}: expected {expected!r}, got {shown[:300]}"]
