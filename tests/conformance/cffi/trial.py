"""Operations on a loop for tests: a connection without a port, and a clock that is put forward."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator

from abi import AbiError, check, constant, ffi, initialised, lib, take_error
from app import App
from request import Request
from server import Server

TURNS_MAX, TURN_MS, IDLE_MS = 1000, 10, 80_000
QUESTION = b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"


class Trial:
    """A client of an app of its own."""

    def __init__(self, app: App, loop: object) -> None:
        self.app = app
        self.client = socket.socket(fileno=app.inject())
        self.client.setblocking(False)
        self._loop = loop

    def read(self, end: bytes) -> bytes:
        """What comes up to a text, or up to the end of the connection."""
        answer = b""
        for _ in range(TURNS_MAX):
            check(lib.trivet_loop_turn(self._loop, TURN_MS, ffi.NULL, 0, ffi.NULL))
            with contextlib.suppress(BlockingIOError):
                piece = self.client.recv(4096)
                answer += piece
                if not piece or answer.endswith(end):
                    return answer
        raise AbiError(constant("TRIVET_E_TIMEOUT"))

    def ask(self) -> bytes:
        self.client.sendall(QUESTION)
        return self.read(b"Hello, World!")


@contextlib.contextmanager
def trial() -> Iterator[Trial]:
    app = App()
    app.route("GET", "/hello", lambda request: request.reply("text", 200, "Hello, World!"))
    config, out = initialised("loop_config"), ffi.new("trivet_loop **")
    error = ffi.new("trivet_error **")
    config.flags = constant("TRIVET_LOOP_TEST")
    if lib.trivet_loop_new(app.handle, config, out, error) != 0:
        raise take_error(error)
    try:
        one = Trial(app, out[0])
        with one.client:
            yield one
    finally:
        lib.trivet_loop_free(out[0])
        app.close()


def refusal(call: Callable[[], object]) -> str:
    try:
        call()
    except AbiError as error:
        return error.name
    return "TRIVET_OK"


def inject(server: Server, request: Request) -> None:
    with trial() as one:
        head, _, body = one.ask().partition(b"\r\n\r\n")
    here = refusal(server.app.inject)
    request.json({"status": int(head.split()[1]), "body": body.decode(), "here": here})


def advance(server: Server, request: Request) -> None:
    with trial() as one:
        one.ask()
        one.app.advance(IDLE_MS)
        is_closed = one.read(b"nothing") == b""
    request.json({"closed": is_closed, "here": refusal(lambda: server.app.advance(1))})
