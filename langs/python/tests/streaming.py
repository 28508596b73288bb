"""What the tests of content in pieces have in common: a client that sees every byte."""

from __future__ import annotations

import socket
import threading

from conftest import Running

HEAD = b"Host: a\r\nConnection: close\r\n"


def exchange(running: Running, *parts: bytes) -> tuple[bytes, bytes]:
    """Sends parts, then gives head and content of what came until the end."""
    with running.connect() as client:
        for part in parts:
            client.sendall(part)
        return split(read_all(client))


def read_all(client: socket.socket) -> bytes:
    received = bytearray()
    while piece := client.recv(65536):
        received += piece
    return bytes(received)


def read_until(client: socket.socket, end: bytes) -> bytes:
    received = b""
    while end not in received:
        piece = client.recv(65536)
        assert piece, received
        received += piece
    return received


def split(answer: bytes) -> tuple[bytes, bytes]:
    head, _, content = answer.partition(b"\r\n\r\n")
    return head, content


def chunks(content: bytes) -> tuple[list[bytes], list[bytes]]:
    """The chunks of chunked content and the lines of its trailers; it must be whole."""
    found: list[bytes] = []
    while True:
        line, _, content = content.partition(b"\r\n")
        size = int(line, 16)
        if size == 0:
            assert content.endswith(b"\r\n")
            return found, [line for line in content.split(b"\r\n") if line]
        found.append(content[:size])
        assert content[size : size + 2] == b"\r\n"
        content = content[size + 2 :]


class Steps:
    """What a handler tells the test, in order, and may be waited for."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self.told: list[object] = []

    def tell(self, what: object) -> None:
        with self._condition:
            self.told.append(what)
            self._condition.notify_all()

    def wait(self, what: object) -> None:
        with self._condition:
            assert self._condition.wait_for(lambda: what in self.told, 30), (what, self.told)
