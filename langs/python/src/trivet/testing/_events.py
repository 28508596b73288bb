"""Server-Sent Events as a client reads them (HTML Living Standard, section 9.2.6)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ReceivedEvent:
    """One event: its data, and what came with it."""

    data: str
    event: str = "message"
    id: str = ""
    retry: int | None = None

    def json(self) -> Any:
        """Read the data as JSON."""
        return json.loads(self.data)


class EventReader:
    """Bytes in, events out."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._after_return = False
        self._data: list[str] = []
        self._event = ""
        self._retry: int | None = None
        self._last_id = ""
        #: Every comment so far: what a heartbeat is.
        self.comments: list[str] = []

    def feed(self, piece: bytes) -> list[ReceivedEvent]:
        """Take bytes; give the events that they complete."""
        found = []
        for byte in piece:
            if byte == 0x0A and self._after_return:
                self._after_return = False
                continue
            self._after_return = byte == 0x0D
            if byte not in (0x0A, 0x0D):
                self._line.append(byte)
                continue
            event = self._end_line(self._line.decode())
            self._line.clear()
            if event is not None:
                found.append(event)
        return found

    def _end_line(self, line: str) -> ReceivedEvent | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not name:
            self.comments.append(value)
        elif name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._last_id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self._retry = int(value)
        return None

    def _dispatch(self) -> ReceivedEvent | None:
        data, event, retry = self._data, self._event, self._retry
        self._data, self._event, self._retry = [], "", None
        if not data:
            return None
        return ReceivedEvent("\n".join(data), event or "message", self._last_id, retry)
