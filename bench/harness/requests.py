"""What a scenario sends and what it must be answered: from the TOML of a scenario to bytes."""

import json
import random
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from arena import dataset

NUMBER_PLACE = "########"  # the load generator puts a number of eight digits there
BENCH = Path(__file__).resolve().parents[1]
PIECE_BYTES = 65536  # of the `/pieces` endpoints, all of them x


class RequestError(ValueError):
    """A request of a scenario is malformed; the text says which key."""


@dataclass(frozen=True)
class Request:
    """One request and its right answer: `answer` as text, or `value` as JSON."""

    target: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    is_chunked: bool = False
    status: int = 200
    content_type: str = "text/plain"
    answer: str | None = None
    value: Any = None

    def wire(self, host: str) -> bytes:
        """The bytes as they are sent."""
        lines = [f"{self.method} {self.target} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        body = self.content
        if self.is_chunked:
            lines.append("Transfer-Encoding: chunked")
            body = chunked(self.content)
        elif self.content or self.method == "POST":
            lines.append(f"Content-Length: {len(self.content)}")
        return "\r\n".join([*lines, "", ""]).encode() + body

    def fault(self, status: int, content_type: str, body: bytes, number: int) -> str | None:
        """What is wrong with an answer to the request that carried the number; None if nothing."""
        text = body.decode(errors="replace")
        if (status, content_type) != (self.status, self.content_type):
            return f"{self.method} {self.target} is answered with {status} {content_type}: {text}"
        if self.answer is None:
            try:
                is_right = json.loads(body) == self.value
            except ValueError:
                is_right = False
        else:
            is_right = text == self.answer.replace(NUMBER_PLACE, str(number))
        if is_right:
            return None
        return f"{self.method} {self.target} is answered with {text[:200]!r}"

    @property
    def closes(self) -> bool:
        return self.headers.get("Connection", "").lower() == "close"


def chunked(content: bytes, size: int = 65536) -> bytes:
    """RFC 9112, section 7.1; small content comes in two chunks, so that joining is exercised."""
    size = min(size, max(1, len(content) // 2))
    parts = [content[at : at + size] for at in range(0, len(content), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def form_of(size: int) -> tuple[bytes, str]:
    """A form of about that many bytes and what the `/form` endpoints answer to it."""
    draw = random.Random("trivet form")
    fields: list[tuple[str, str]] = []
    while len(urllib.parse.urlencode([*fields, ("last", "Fire & Stand")])) < size - 60:
        words = (draw.choice(("pot", "stand", "three legs", "a/b", "50 %")) for _ in range(5))
        fields.append((f"field{len(fields)}", " ".join(words)))
    fields.append(("last", "Fire & Stand"))
    return urllib.parse.urlencode(fields).encode(), f"{len(fields)} Fire & Stand"


def object_of(size: int) -> tuple[bytes, str]:
    """A JSON object of that many bytes and what the `/reads` endpoints answer to it."""
    empty = json.dumps({"n": 12345, "pad": ""})
    text = json.dumps({"n": 12345, "pad": "x" * (size - len(empty))})
    return text.encode(), f"{len(text)} {len(text)} 12345"


def order_of(lines: int) -> tuple[bytes, dict[str, Any]]:
    """An order in JSON with that many lines and what the `/orders` endpoints answer to it."""
    draw = random.Random("trivet order")
    items = [
        {
            "sku": f"pot-{draw.randrange(10**6):06}",
            "quantity": draw.randint(1, 20),
            "price": draw.randint(100, 9999) / 100,
        }
        for _ in range(lines)
    ]
    order = {
        "reference": "ABC-0042",
        "customer": "Ada Lovelace",
        "street": "12 St James's Square",
        "city": "London",
        "currency": "GBP",
        "priority": 3,
        "express": True,
        "discount": 0.15,
        "note": "Please leave it with the neighbour.",
        "lines": items,
    }
    quantity = sum(item["quantity"] for item in items)
    receipt = {"reference": "ABC-0042", "lines": lines, "quantity": quantity}
    return json.dumps(order).encode(), receipt


def events_of(count: int) -> str:
    """What the `/events` endpoints send."""
    return "".join(f"id: {number}\ndata: message {number}\n\n" for number in range(1, count + 1))


def cookies_of(count: int) -> tuple[str, str]:
    """A Cookie field with that many cookies, `session` the last but one, and its value."""
    draw = random.Random("trivet cookies")
    pairs = [f"c{number:02}={draw.getrandbits(64):016x}" for number in range(count - 1)]
    value = f"{draw.getrandbits(128):032x}"
    pairs.insert(len(pairs) - 1, f"session={value}")
    return "; ".join(pairs), value


def parse_request(raw: dict[str, Any]) -> Request:
    """Raises RequestError. bench/README.md describes the keys."""
    keys = dict(raw)
    headers = {name: str(value) for name, value in keys.pop("headers", {}).items()}
    content = str(keys.pop("content", "")).encode()
    if "content_bytes" in keys:
        content = random.Random("trivet content").randbytes(keys.pop("content_bytes"))
        keys["answer"] = str(len(content))
    if "form_bytes" in keys:
        content, keys["answer"] = form_of(keys.pop("form_bytes"))
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    if "object_bytes" in keys:
        content, keys["answer"] = object_of(keys.pop("object_bytes"))
        headers["Content-Type"] = "application/json"
    if "order_lines" in keys:
        content, keys["value"] = order_of(keys.pop("order_lines"))
        headers["Content-Type"] = keys["content_type"] = "application/json"
    if "answer_file" in keys:
        keys["answer"] = (BENCH / keys.pop("answer_file")).read_text()
    if "cookie_count" in keys:
        headers["Cookie"], keys["answer"] = cookies_of(keys.pop("cookie_count"))
    if "file_bytes" in keys:
        keys["answer"] = "x" * keys["file_bytes"]
        keys["target"] = f"/files/{keys.pop('file_bytes')}.bin"
        keys["content_type"] = "application/octet-stream"
    if "pieces" in keys:
        keys["answer"] = "x" * PIECE_BYTES * keys["pieces"]
        keys["target"] = f"/pieces/{keys.pop('pieces')}"
        keys["content_type"] = "application/octet-stream"
    if "events" in keys:
        keys["answer"] = events_of(keys["events"])
        keys["target"] = f"/events/{keys.pop('events')}"
        keys["content_type"] = "text/event-stream"
    if "items" in keys:
        wanted = keys.pop("items")
        keys["target"] = f"/json/{wanted['count']}?m={wanted['m']}"
        keys["value"] = dataset.answer(wanted["count"], wanted["m"])
        keys["content_type"] = "application/json"
    is_chunked = bool(keys.pop("chunked", False))
    try:
        return Request(headers=headers, content=content, is_chunked=is_chunked, **keys)
    except TypeError as error:
        raise RequestError(f"[[request]]: {error}") from error
