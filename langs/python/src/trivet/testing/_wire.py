"""A client's side of one HTTP/1.1 connection: small and strict, for answers of the engine."""

from __future__ import annotations

import asyncio
import re
import socket

from ._fields import ResponseHeaders

_HEAD_BYTES_MAX = 256 * 1024
_LINE_BYTES_MAX = 16 * 1024
_PIECE_BYTES = 64 * 1024
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2}) [^\r\n]*")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")


class WireError(ConnectionError):
    """The answer is malformed, or ends in the middle."""


class Wire:
    """A connection; its sends and receives run on the event loop that runs."""

    def __init__(self, fd: int, timeout: float) -> None:
        self._socket = socket.socket(fileno=fd)
        self._socket.setblocking(False)
        self._timeout = timeout
        self._buffer = bytearray()
        self._left = 0  # of the content, or of its chunk
        self._is_chunked = False
        self._ends_with_connection = False
        self._is_done = True
        self._keeps_alive = True
        #: Whether an answer was read to its end before.
        self.is_used = False
        #: Whether a byte of the present answer has come.
        self.has_begun = False

    @property
    def is_reusable(self) -> bool:
        """Whether another request may be sent."""
        return self._is_done and self._keeps_alive and not self._buffer and not self._has_ended()

    def _has_ended(self) -> bool:
        try:
            return self._socket.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def close(self) -> None:
        """Close the connection."""
        self._is_done = self._keeps_alive = False
        self._socket.close()

    async def send(self, data: bytes) -> None:
        """Send all of it."""
        loop = asyncio.get_running_loop()
        await self._in_time(loop.sock_sendall(self._socket, data))

    async def head(self, method: str) -> tuple[int, ResponseHeaders]:
        """Read the status and the fields of the answer to a request, past interim ones."""
        self._is_done = self.has_begun = False
        while True:
            end = await self._find(b"\r\n\r\n", _HEAD_BYTES_MAX)
            block = bytes(self._buffer[:end])
            del self._buffer[: end + 4]
            status, headers = _parse_head(block)
            if status >= 200:
                break
        self._keeps_alive = headers.get("Connection", "").lower() != "close"
        self._expect(method, status, headers)
        return status, headers

    def _expect(self, method: str, status: int, headers: ResponseHeaders) -> None:
        """Find out how long the content is."""
        lengths = headers.get_list("Content-Length")
        coding = headers.get("Transfer-Encoding", "")
        self._left, self._is_chunked, self._ends_with_connection = 0, False, False
        if method == "HEAD" or status in (204, 304):
            self._finish()
        elif coding:
            if coding.lower() != "chunked" or lengths:
                raise WireError(f"an answer with Transfer-Encoding {coding} and lengths {lengths}")
            self._is_chunked = True
        elif lengths:
            if len(lengths) > 1 or not re.fullmatch("[0-9]{1,18}", lengths[0], re.ASCII):
                raise WireError(f"an answer with the lengths {lengths}")
            self._left = int(lengths[0])
            if self._left == 0:
                self._finish()
        else:
            self._ends_with_connection = True
            self._keeps_alive = False

    def _finish(self) -> None:
        self._is_done = self.is_used = True

    async def piece(self) -> bytes:
        """Read what has come of the content; empty at its end."""
        if self._is_done:
            return b""
        if self._is_chunked and self._left == 0 and not await self._begin_chunk():
            return b""
        if not self._buffer and not await self._receive():
            if not self._ends_with_connection:
                raise WireError("the answer breaks off in the middle")
            self._finish()
            return b""
        size = len(self._buffer) if self._ends_with_connection else self._left
        piece = bytes(self._buffer[:size])
        del self._buffer[: len(piece)]
        if not self._ends_with_connection:
            self._left -= len(piece)
            if self._left == 0 and self._is_chunked:
                await self._take_line(b"")
            elif self._left == 0:
                self._finish()
        return piece

    async def _begin_chunk(self) -> bool:
        """Read the size of the next chunk; False after the last one, with its trailers."""
        line = await self._take_line(None)
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", line):
            raise WireError(f"a chunk of the size {line!r}")
        self._left = int(line, 16)
        if self._left > 0:
            return True
        while await self._take_line(None):
            pass
        self._finish()
        return False

    async def _take_line(self, wanted: bytes | None) -> bytes:
        end = await self._find(b"\r\n", _LINE_BYTES_MAX)
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        if wanted is not None and line != wanted:
            raise WireError(f"{line!r} after a chunk")
        return line

    async def _find(self, end: bytes, limit: int) -> int:
        while (at := self._buffer.find(end)) < 0:
            if len(self._buffer) > limit:
                raise WireError(f"no end of a head or a line within {limit} bytes")
            if not await self._receive():
                raise WireError("the connection ends before the answer does")
        return at

    async def _receive(self) -> bool:
        loop = asyncio.get_running_loop()
        piece = await self._in_time(loop.sock_recv(self._socket, _PIECE_BYTES))
        self._buffer += piece
        self.has_begun = self.has_begun or bool(piece)
        return bool(piece)

    async def _in_time(self, work: object) -> bytes:
        try:
            return await asyncio.wait_for(work, self._timeout)  # type: ignore[arg-type]
        except asyncio.TimeoutError:
            told = f"nothing came or went for {self._timeout:g} s: does the handler answer?"
            raise TimeoutError(told) from None


def _parse_head(block: bytes) -> tuple[int, ResponseHeaders]:
    first, *lines = block.split(b"\r\n")
    status_line = _STATUS_LINE.fullmatch(first)
    if status_line is None:
        raise WireError(f"{first[:100]!r} is no status line")
    items = []
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is None:
            raise WireError(f"{line[:100]!r} is no header field")
        items.append((field[1].decode("ascii"), _text(field[2])))
    return int(status_line[1]), ResponseHeaders(items)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
