"""Prints failures: what was wrong, what went over the wire."""

from __future__ import annotations

import textwrap

from runner.client import Failure
from runner.vectors import Vector

SHOWN_BYTES_MAX = 480


def shown(data: bytes) -> list[str]:
    """Lines of the wire as escaped text, cut in the middle when long."""
    if not data:
        return ["(nothing)"]
    if len(data) > SHOWN_BYTES_MAX:
        half = SHOWN_BYTES_MAX // 2
        left = [*shown(data[:half]), f"… {len(data) - 2 * half} bytes …"]
        return left + shown(data[-half:])
    lines, offset = [], 0
    for line in data.split(b"\n"):
        raw = line + b"\n" if offset + len(line) < len(data) else line
        if raw:
            text = repr(raw)[2:-1]
            lines += [f"{offset:6d}  {part}" for part in textwrap.wrap(text, 100) or [""]]
        offset += len(raw)
    return lines


def describe(place: str, vector: Vector, failure: Failure) -> str:
    lines = [f"FAIL {place} {vector.name}", f"  because {vector.why}"]
    lines += [f"  {complaint}" for complaint in failure.complaints]
    lines += ["  sent:", *(f"    {line}" for line in shown(failure.sent))]
    lines += ["  received:", *(f"    {line}" for line in shown(failure.received))]
    return "\n".join(lines)
