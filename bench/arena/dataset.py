#!/usr/bin/env python3
"""Writes the dataset of /json/{count}: fifty items of the public contract's shape, the same on
every machine. `dataset.py FILE`."""

import json
import random
import sys
from pathlib import Path
from typing import Any

ITEMS = 50
_WORDS = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper")
_THINGS = ("Table", "Lamp", "Kettle", "Chair", "Shelf")
_CATEGORIES = ("kitchen", "garden", "office", "workshop")
_TAGS = ("new", "sale", "light", "heavy", "sturdy", "small", "gift")


def items() -> list[dict[str, Any]]:
    """Integers throughout, so that no language rounds; the generator's seed is fixed."""
    draw = random.Random("trivet arena")
    return [
        {
            "id": number,
            "name": f"{draw.choice(_WORDS)} {draw.choice(_THINGS)}",
            "category": draw.choice(_CATEGORIES),
            "price": draw.randint(1, 500),
            "quantity": draw.randint(1, 100),
            "active": draw.random() < 0.7,
            "tags": draw.sample(_TAGS, draw.randint(1, 3)),
            "rating": {"score": draw.randint(1, 50), "count": draw.randint(1, 2000)},
        }
        for number in range(1, ITEMS + 1)
    ]


def answer(count: int, m: int) -> dict[str, Any]:
    """What `/json/{count}?m=` has to answer."""
    found = [item | {"total": item["price"] * item["quantity"] * m} for item in items()[:count]]
    return {"items": found, "count": count}


def write(path: Path) -> None:
    """One item a line, which the C program relies on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(item, separators=(",", ":")) for item in items()]
    text = "[\n" + ",\n".join(lines) + "\n]\n"
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
