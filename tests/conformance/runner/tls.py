"""TLS between a client of the runner and a driver, over memory: sockets stay as they are."""

from __future__ import annotations

import atexit
import contextlib
import functools
import shutil
import socket
import ssl
import subprocess
import tempfile
from pathlib import Path

PIECE_BYTES = 65536
HOST = "localhost"


class SecurePort(int):
    """A port where TLS is spoken."""


@functools.cache
def certificate() -> str:
    """Path of a new certificate with its key, which lasts as long as the process."""
    folder = Path(tempfile.mkdtemp(prefix="trivet-tls-"))
    atexit.register(shutil.rmtree, folder)
    both = folder / "both.pem"
    command = [
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
        *("-nodes", "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}", "-days", "2"),
        *("-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")),
    ]
    subprocess.run(command, check=True, capture_output=True)
    texts = [(folder / name).read_text() for name in ("certificate.pem", "key.pem")]
    both.write_text("".join(texts))
    return str(both)


@functools.cache
def context() -> ssl.SSLContext:
    trusting = ssl.create_default_context(cafile=certificate())
    trusting.set_alpn_protocols(["http/1.1"])
    return trusting


class Session:
    """One session: bytes of the socket in, bytes for the socket out."""

    def __init__(self) -> None:
        self._in = ssl.MemoryBIO()
        self._out = ssl.MemoryBIO()
        self._object = context().wrap_bio(self._in, self._out, server_hostname=HOST)
        self.is_ready = False
        # The peer has said that no more will come.
        self.is_ended = False
        # The library does not see what comes in one piece with a ticket from then on.
        self.has_said_farewell = False

    def go_on(self, data: bytes = b"") -> bytes:
        """The handshake; gives what is to be sent."""
        if data:
            self._in.write(data)
        try:
            self._object.do_handshake()
            self.is_ready = True
        except ssl.SSLWantReadError:
            pass
        return self._out.read()

    def encrypt(self, data: bytes) -> bytes:
        self._object.write(data)
        return self._out.read()

    def decrypt(self, data: bytes) -> bytes:
        plain = bytearray()
        self._in.write(data)
        try:
            while piece := self._object.read(PIECE_BYTES):
                plain += piece
            self.is_ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.is_ended = True
        return bytes(plain)

    def farewell(self) -> bytes:
        self.has_said_farewell = True
        with contextlib.suppress(ssl.SSLError):  # the peer's own has yet to come
            self._object.unwrap()
        return self._out.read()


class SecureSocket:
    """A connected blocking socket with a session on it, as far as cuts.py uses sockets."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._session = Session()
        connection.sendall(self._session.go_on())
        while not self._session.is_ready:
            data = connection.recv(PIECE_BYTES)
            if not data:
                raise ConnectionResetError("closed in the handshake")
            connection.sendall(self._session.go_on(data))

    def __getattr__(self, name: str) -> object:
        return getattr(self._socket, name)

    def sendall(self, data: bytes) -> None:
        self._socket.sendall(self._session.encrypt(data))

    def recv(self, _size: int) -> bytes:
        while not self._session.is_ended:
            data = self._socket.recv(PIECE_BYTES)
            if not data:
                break
            if plain := self._session.decrypt(data):
                return plain
        return b""

    def shutdown(self, how: int) -> None:
        self._socket.sendall(self._session.farewell())
        self._socket.shutdown(how)
