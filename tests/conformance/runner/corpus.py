"""Reads the corpus of HTTP/1.1 requests, http1/*.toml, as vectors. README.md has the format."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.vectors import Vector, VectorError, parse

FOLDER = Path(__file__).resolve().parent.parent / "http1"
MODE = "http1"
CASE_KEYS = {"name", "rfc", "why", "send", "answers", "then", "end", "ambiguous"}
NEEDED_KEYS = {"name", "rfc", "why", "send", "answers", "then"}
SAW_KEYS = {"method", "path", "query", "headers", "body"}
SECTION = re.compile(r"\d{4} (\d+(\.\d+)*|[A-Z](\.\d+)*)")
# Of a response with content, one of these says what it must be.
CONTENT_KEYS = {"text", "saw", "json", "body", "head", "length"}


@dataclass(frozen=True)
class Case:
    """A vector with what only the corpus knows of it."""

    vector: Vector
    rfc: str
    then: str
    # Asked of other servers too: what they may see otherwise.
    ambiguous: str | None


def octets(pieces: Any) -> Any:
    """The corpus writes bytes: each character is one, \\u00ff the last."""
    match pieces:
        case str():
            return {"bytes": pieces}
        case list():
            return [octets(piece) for piece in pieces]
        case {"repeat": item, **rest}:
            return {"repeat": octets(item), **rest}
        case {"await": _}:
            return pieces
    raise VectorError(f"unknown piece {pieces!r}")


def answer(short: Any) -> dict[str, Any]:
    """A number is a refusal as a problem, or an answer without content; a text is that of a 200."""
    match short:
        case int():
            return {"status": short, "problem": True} if short >= 400 else {"status": short}
        case str():
            return {"status": 200, "text": short}
        case dict():
            return long_answer(dict(short))
    raise VectorError(f"unknown answer {short!r}")


def long_answer(item: dict[str, Any]) -> dict[str, Any]:
    item.setdefault("status", 200)
    if not isinstance(item["status"], int):
        raise VectorError(f"an answer has one status, not {item['status']!r}")
    if item["status"] >= 400 and not item.get("head"):
        item.setdefault("problem", True)
    elif item["status"] == 200 and not CONTENT_KEYS & set(item):
        raise VectorError(f"nothing is said of the content of {item!r}")
    if "saw" in item:
        saw = dict(item.pop("saw"))
        if set(saw) - SAW_KEYS:
            raise VectorError(f"unknown in saw: {sorted(set(saw) - SAW_KEYS)}")
        if "body" in saw:
            body = saw.pop("body")
            saw |= {"body_length": len(body), "body_sha256": {"$sha256": {"bytes": body}}}
        item["json_has"] = saw
    return item


def read(item: dict[str, Any], group: str) -> Case:
    place = f"http1-{group}/{item.get('name')}"
    unknown, missing = set(item) - CASE_KEYS, NEEDED_KEYS - set(item)
    if unknown or missing:
        raise VectorError(f"{place}: unknown {sorted(unknown)}, missing {sorted(missing)}")
    if not SECTION.fullmatch(item["rfc"]):
        raise VectorError(f"{place}: {item['rfc']!r} names no section, like '9112 6.3'")
    if item["then"] not in ("open", "closed"):
        raise VectorError(f"{place}: then is open or closed")
    if item.get("end", "half") != "half" or ("end" in item and item["then"] != "closed"):
        raise VectorError(f"{place}: end is half, and then the connection is closed")
    try:
        vector = parse(
            {
                "name": item["name"],
                "why": f"RFC {item['rfc'].replace(' ', ' section ')}: {item['why']}",
                "send": octets(item["send"]),
                "expect": [answer(short) for short in item["answers"]],
                # A driver may notice the client's end before or after it answers, so whether that
                # answer says that it is the last is open.
                "after": "any" if "end" in item else item["then"],
                "mode": MODE,
                **({"end": item["end"]} if "end" in item else {}),
            },
            f"http1-{group}",
        )
    except VectorError as error:
        raise VectorError(f"{place}: {error}") from None
    if not vector.expect and vector.end is None:
        raise VectorError(f"{place}: without an answer it cannot fail")
    return Case(vector, item["rfc"], item["then"], item.get("ambiguous"))


def load(folder: Path = FOLDER) -> list[Case]:
    cases = []
    for path in sorted(folder.glob("*.toml")):
        document = tomllib.loads(path.read_text())
        cases += [read(item, path.stem) for item in document["case"]]
    names: set[str] = set()
    requests: dict[tuple[Any, ...], str] = {}
    for case in cases:
        name = case.vector.name
        if name in names:
            raise VectorError(f"{name}: the name is used twice")
        names.add(name)
        # What is sent, and what the client does then, makes a case.
        same = requests.setdefault((case.vector.send, case.vector.end), name)
        if same != name:
            raise VectorError(f"{name}: sends what {same} sends")
    return cases
