"""A thousand streams of a thousand tokens at once: what they take does not depend on the tokens."""

from __future__ import annotations

import re
import resource
import selectors
import socket
from pathlib import Path

from harness import (
    DEADLINE_S,
    ENGINES,
    PRESET,
    ROOT,
    Case,
    Program,
    fetch,
    forget_peak,
    peak_kib,
)

STREAMS = 1000
WARM_TOKENS = 100
# A sanitizer keeps what was freed for a while, and takes long.
TOKENS = 1000 if PRESET == "release" else 200
GROWTH_KIB_MAX = 4 * 1024
FIRST = b"data: token 0\n\n"
CHUNK = re.compile(rb"([0-9a-f]+)\r\n")


def content_of(received: bytes) -> bytes:
    """The content of an answer in chunks, which is whole."""
    at, parts = received.index(b"\r\n\r\n") + 4, []
    while match := CHUNK.match(received, at):
        size = int(match[1], 16)
        parts.append(received[match.end() : match.end() + size])
        at = match.end() + size + 2
    return b"".join(parts)


class Tokens(Case):
    def setUp(self) -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))

    def opened(self, port: int, count: int) -> dict[socket.socket, bytearray]:
        """Clients that have got their first token, and what they have got."""
        request = f"GET /tokens?count={count} HTTP/1.1\r\nHost: test\r\n\r\n".encode()
        clients: dict[socket.socket, bytearray] = {}
        for _ in range(STREAMS):
            client = socket.create_connection(("127.0.0.1", port), DEADLINE_S)
            self.addCleanup(client.close)
            client.sendall(request)
            clients[client] = bytearray()
        for client, received in clients.items():
            while FIRST not in received:
                part = client.recv(65536)
                self.assertTrue(part, received)
                received += part
        return clients

    def read_all(self, clients: dict[socket.socket, bytearray]) -> None:
        with selectors.DefaultSelector() as selector:
            for client, received in clients.items():
                selector.register(client, selectors.EVENT_READ, received)
            left = len(clients)
            while left > 0:
                ready = selector.select(DEADLINE_S)
                self.assertTrue(ready, "nothing comes any more")
                for key, _ in ready:
                    part = key.fileobj.recv(65536)  # type: ignore[union-attr]
                    self.assertTrue(part, key.data[-100:])
                    key.data.extend(part)
                    if key.data.endswith(b"\r\n0\r\n\r\n"):
                        selector.unregister(key.fileobj)
                        left -= 1

    def stream(self, server: Program, count: int) -> int:
        """The most memory that a thousand streams of so many tokens take."""
        fetch(server.port, "/gate/closed", "POST")
        clients = self.opened(server.port, count)
        forget_peak(server.pid)
        fetch(server.port, "/gate/open", "POST")
        self.read_all(clients)
        peak = peak_kib(server.pid)
        tokens = "".join(f"data: token {number}\n\n" for number in range(count))
        expected = f"{tokens}data: [DONE]\n\n".encode()
        for client, received in clients.items():
            self.assertEqual(content_of(bytes(received)), expected)
            client.close()
        return peak

    def test_memory_stays_flat(self) -> None:
        python = ROOT / "langs" / "python" / "python"
        app = Path(__file__).parent / "token_app.py"
        for engine in ENGINES:
            with self.subTest(engine=engine):
                server = self.program(python, app, engine).ready()
                before = self.stream(server, WARM_TOKENS)
                after = self.stream(server, TOKENS)
                if PRESET == "release":
                    self.assertLess(after - before, GROWTH_KIB_MAX)
                server.stop()
