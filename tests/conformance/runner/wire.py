"""A strict reader of HTTP/1.1 responses (RFC 9112). Bytes in, responses out; no sockets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5][0-9][0-9]) ([\t\x20-\x7e\x80-\xff]*)\Z")
FIELD_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00\r\n]*?)[ \t]*\Z")
CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,8})(?:[ \t]*;[^\r\n]*)?\Z")


class WireError(Exception):
    """The peer sent something that is no HTTP/1.1 response."""


@dataclass
class Response:
    status: int
    reason: str
    fields: list[tuple[str, str]]
    body: bytes = b""
    # Behind chunked content.
    trailers: list[tuple[str, str]] = field(default_factory=list)
    # The content ends with the connection: no length, not chunked.
    ends_with_connection: bool = False

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def has_option(self, option: str) -> bool:
        """Whether the Connection field lists an option."""
        options = ",".join(self.values("Connection")).lower().split(",")
        return option in [item.strip() for item in options]


@dataclass
class Reader:
    """Takes bytes as they come. `heads` says of each expected response whether it answers HEAD."""

    heads: list[bool] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    buffer: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)
    closed: bool = False
    # A response whose content is still to come: bytes missing, None for "until the end".
    _open: Response | None = None

    def feed(self, data: bytes) -> None:
        self.received += data
        self.buffer += data
        while self._step():
            pass

    def end(self) -> None:
        """The peer closed its side."""
        self.closed = True
        if self._open is not None:
            self._open.body = bytes(self.buffer)
            self.buffer.clear()
            self.responses.append(self._open)
            self._open = None

    def _step(self) -> bool:
        if self._open is not None or not self.buffer:
            return False
        head_end = self.buffer.find(b"\r\n\r\n")
        if head_end < 0:
            if not b"HTTP/1.1 ".startswith(self.buffer[:9]):
                raise WireError("what came is no response")
            return False
        response = parse_head(bytes(self.buffer[:head_end]))
        consumed = self._content(response, head_end + 4)
        if consumed is None:
            return False
        del self.buffer[:consumed]
        if response.ends_with_connection:
            self._open = response
        else:
            self.responses.append(response)
        return True

    def _content(self, response: Response, start: int) -> int | None:
        """Reads the content that begins at start. Gives its end, None while it is incomplete."""
        index = len(self.responses)
        lengths = response.values("Content-Length")
        codings = response.values("Transfer-Encoding")
        if lengths and codings:
            raise WireError("a response with Content-Length and Transfer-Encoding")
        if len(lengths) > 1 or (lengths and not re.fullmatch(r"[0-9]+", lengths[0])):
            raise WireError(f"Content-Length is {lengths}")
        if response.status < 200 or response.status in (204, 304):
            if response.status != 304 and (lengths or codings):
                raise WireError(f"a {response.status} with a length")
            return start
        if index < len(self.heads) and self.heads[index]:
            return start
        if codings:
            if codings != ["chunked"]:
                raise WireError(f"Transfer-Encoding is {codings}")
            return self._chunked(response, start)
        if not lengths:
            response.ends_with_connection = True
            return start
        end = start + int(lengths[0])
        if len(self.buffer) < end:
            return None
        response.body = bytes(self.buffer[start:end])
        return end

    def _chunked(self, response: Response, position: int) -> int | None:
        body = bytearray()
        while True:
            line_end = self.buffer.find(b"\r\n", position)
            if line_end < 0:
                return None
            match = CHUNK_LINE.match(bytes(self.buffer[position:line_end]))
            if match is None:
                raise WireError("a malformed chunk")
            size = int(match.group(1), 16)
            position = line_end + 2
            if size == 0:
                # From the last chunk's line end, so that an empty section ends like another.
                end = self.buffer.find(b"\r\n\r\n", line_end)
                if end < 0:
                    return None
                section = bytes(self.buffer[position:end])
                response.trailers = parse_fields(section.split(b"\r\n")) if section else []
                response.body = bytes(body)
                return end + 4
            if len(self.buffer) < position + size + 2:
                return None
            body += self.buffer[position : position + size]
            if self.buffer[position + size : position + size + 2] != b"\r\n":
                raise WireError("a chunk without its end")
            position += size + 2


def parse_head(head: bytes) -> Response:
    first, *lines = head.split(b"\r\n")
    status = STATUS_LINE.match(first)
    if status is None:
        raise WireError(f"status line {first!r}")
    return Response(int(status.group(1)), status.group(2).decode("latin-1"), parse_fields(lines))


def parse_fields(lines: list[bytes]) -> list[tuple[str, str]]:
    fields = []
    for line in lines:
        match = FIELD_LINE.match(line)
        if match is None:
            raise WireError(f"field line {line!r}")
        fields.append((match.group(1).decode("ascii"), match.group(2).decode("latin-1")))
    return fields
