"""Reads the vectors. README.md describes the format; what it does not describe is refused."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "vectors"
VECTOR_KEYS = {
    *("name", "why", "send", "splits", "expect", "after", "end", "others", "log", "mode"),
    "meanwhile",
}
# What the plans of suite.py run; README.md has the table.
MODES = {
    "plain",
    "single",
    "tcp",
    "unix",
    "tls",
    "proxied",
    "proxy",
    "proxy_tls",
    "hooks",
    "core_hooks",
    "sdk",
    "sdk_hooks",
    "errors",
    "both",
    "smoke",
    "workers",
    "supervised",
    "threads",
    "http1",
}
EXPECT_KEYS = {
    "status",
    "headers",
    "text",
    "body",
    "json",
    "json_has",
    "length",
    "sha256",
    "problem",
    "head",
    "optional",
    "times",
    "coding",
    "trailers",
    "until_close",
}


class VectorError(Exception):
    """A vector that breaks the format."""


@dataclass(frozen=True)
class Await:
    """A pause in the sending until so many responses are there."""

    count: int


Step = bytes | Await


@dataclass(frozen=True)
class Vector:
    name: str
    why: str
    send: tuple[Step, ...]
    splits: str | tuple[int, ...]
    expect: tuple[dict[str, Any], ...]
    after: str
    end: str | None
    others: bool
    log: str | None
    modes: frozenset[str] = frozenset({"plain"})
    # Requests on other connections, each in two pieces.
    meanwhile: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def sent(self) -> bytes:
        return b"".join(step for step in self.send if isinstance(step, bytes))

    def plans(self) -> list[list[Step]]:
        """The ways to send the vector; each bytes item is one segment."""
        if self.splits == "bytes":
            return [[bytes([byte]) for byte in self.sent]]
        if self.splits == "every":
            data = self.sent
            return [[data[:cut], data[cut:]] for cut in range(1, len(data))]
        assert isinstance(self.splits, tuple)
        return [cut_steps(self.send, self.splits)]


def build(pieces: Any) -> bytes:
    """Bytes of a piece: text (UTF-8), a list of pieces, or one of the constructs."""
    if isinstance(pieces, str):
        return pieces.encode()
    if isinstance(pieces, list):
        return b"".join(build(piece) for piece in pieces)
    match pieces:
        case {"repeat": item, "times": int(times)}:
            return build(item) * times
        case {"base64": str(text)}:
            return base64.b64decode(text, validate=True)
        case {"bytes": str(text)}:
            return text.encode("latin-1")
        case {"chunked": item, "size": int(size)}:
            data = build(item)
            chunks = [data[at : at + size] for at in range(0, len(data), size)]
            return (
                b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
            )
    raise VectorError(f"unknown piece {pieces!r}")


def build_steps(send: Any) -> tuple[Step, ...]:
    steps: list[Step] = []
    for piece in send if isinstance(send, list) else [send]:
        if isinstance(piece, dict) and set(piece) == {"await"}:
            steps.append(Await(piece["await"]))
        elif steps and isinstance(steps[-1], bytes):
            steps[-1] += build(piece)
        else:
            steps.append(build(piece))
    return tuple(steps)


def cut_steps(steps: tuple[Step, ...], cuts: tuple[int, ...]) -> list[Step]:
    """Splits the bytes of the steps at offsets counted over all of them."""
    result: list[Step] = []
    start = 0
    for step in steps:
        if isinstance(step, Await):
            result.append(step)
            continue
        inside = sorted({cut - start for cut in cuts if 0 < cut - start < len(step)})
        edges = [0, *inside, len(step)]
        result.extend(step[left:right] for left, right in pairwise(edges))
        start += len(step)
    return result


def parse(item: dict[str, Any], group: str) -> Vector:
    unknown = set(item) - VECTOR_KEYS
    missing = {"name", "why", "send"} - set(item)
    expect = []
    for response in item.get("expect", [{"status": 200}]):
        expect += [response] * response.get("times", 1)
    for response in expect:
        unknown |= set(response) - EXPECT_KEYS
        if "status" not in response:
            missing.add("expect.status")
    if unknown or missing:
        raise VectorError(f"{group}/{item.get('name')}: unknown {unknown}, missing {missing}")
    after = item.get("after", "any" if "end" in item else "open")
    if after not in ("open", "closed", "any") or item.get("end") not in (
        None,
        "close",
        "reset",
        "half",
    ):
        raise VectorError(f"{group}/{item['name']}: after or end is unknown")
    splits = item.get("splits", [])
    mode = item.get("mode", "plain")
    modes = frozenset([mode] if isinstance(mode, str) else mode)
    if not modes or modes - MODES:
        raise VectorError(f"{group}/{item['name']}: mode {mode!r} is unknown")
    return Vector(
        name=f"{group}/{item['name']}",
        why=item["why"],
        send=build_steps(item["send"]),
        splits=splits if isinstance(splits, str) else tuple(splits),
        expect=tuple(expect),
        after=after,
        end=item.get("end"),
        others=item.get("others", after == "closed"),
        log=item.get("log"),
        modes=modes,
        meanwhile=tuple((build(first), build(rest)) for first, rest in item.get("meanwhile", [])),
    )


def load(folder: Path = FOLDER) -> list[Vector]:
    vectors = []
    for path in sorted(folder.glob("*.json")):
        document = json.loads(path.read_text())
        vectors += [parse(item, path.stem) for item in document["vectors"]]
    names = [vector.name for vector in vectors]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        raise VectorError(f"names used twice: {sorted(doubled)}")
    return vectors
