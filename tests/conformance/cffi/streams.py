"""Content in pieces: a handler is a generator that yields where it waits for its client."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator

from abi import AbiError, constant, ffi, lib
from request import Request
from server import Server

PIECE_BYTES = 16384

Steps = Generator[None, None, None]
Way = Callable[[Request], Steps]


def param(request: Request) -> int:
    (value,) = request.params().values()
    return int(value)


def chunks(request: Request, take: Callable[[bytes], bool]) -> Steps:
    """Hands the content over; whoever takes it says whether to wait for room."""
    while (chunk := request.read()) != b"":
        if chunk is None or take(chunk):
            yield


def echo(request: Request) -> Steps:
    request.begin(None, "bytes")
    yield from chunks(request, request.write)
    request.end(request.trailers())


def count(request: Request) -> Steps:
    digest, total = hashlib.sha256(), 0

    def take(chunk: bytes) -> bool:
        nonlocal total
        digest.update(chunk)
        total += len(chunk)
        return False

    yield from chunks(request, take)
    trailers = request.trailers()
    request.json({"bytes": total, "sha256": digest.hexdigest(), "trailers": trailers})


def pieces(request: Request) -> Steps:
    total = param(request)
    request.begin(None, "text")
    for number in range(1, total + 1):
        if request.write(f"piece {number}\n"):
            yield
    request.end([("x-pieces", str(total))])


def many(request: Request) -> Steps:
    total = param(request)
    request.begin(total, "bytes")
    for begin in range(0, total, PIECE_BYTES):
        if request.write(b"x" * min(PIECE_BYTES, total - begin)):
            yield
    request.end([])


def broken(request: Request) -> Steps:
    request.begin(None, "text")
    if request.write("half of it"):
        yield
    raise RuntimeError("the handler failed in the middle")


class Streams:
    """Every other request waits with events, the rest with a callback of its own."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._ready = ffi.callback("trivet_ready_fn", self._on_ready)
        self._count = 0

    def handler(self, way: Way) -> Callable[[Request], None]:
        return lambda request: self._start(request, way(request))

    def _start(self, request: Request, steps: Steps) -> None:
        key = self._server.app.keep(lambda is_gone: self._step(request, steps, is_gone))
        step = self._server.app.value(key)
        self._count += 1
        if self._count % 2 == 0:
            lib.trivet_request_on_ready(request.handle, self._ready, key, self._server.app.drop)
        else:
            request.keep(int(ffi.cast("uintptr_t", key)), self._server.app.drop)
            self._server.waiting[request.handle] = step
        step(False)

    def _on_ready(self, _handle: int, ready: int, user_data: object) -> None:
        self._server.app.value(user_data)(ready == constant("TRIVET_READY_GONE"))

    def _step(self, request: Request, steps: Steps, is_gone: bool) -> None:
        try:
            if is_gone:
                steps.close()
                request.abort()
            else:
                next(steps)
                return
        except StopIteration:
            pass
        except Exception as error:
            self._fail(request, error)
        self._server.waiting.pop(request.handle, None)

    def _fail(self, request: Request, error: Exception) -> None:
        if isinstance(error, AbiError) and error.name in ("TRIVET_E_STALE", "TRIVET_E_GONE"):
            return
        request.fail(f"{type(error).__name__}: {error}")


def add_routes(server: Server) -> None:
    app, streams = server.app, Streams(server)
    app.route("POST", "/stream/echo", streams.handler(echo), as_event=True, streams=True)
    app.route(
        "POST",
        "/stream/count",
        streams.handler(count),
        as_event=True,
        streams=True,
        body_bytes_max=1 << 40,
    )
    app.route(
        "POST",
        "/stream/small",
        streams.handler(count),
        as_event=True,
        streams=True,
        body_bytes_max=16,
    )
    app.route(
        "POST",
        "/stream/early",
        lambda request: request.reply("text", 200, "early"),
        streams=True,
    )
    app.route("GET", "/stream/pieces/{n:int}", streams.handler(pieces))
    app.route("GET", "/stream/bytes/{n:int}", streams.handler(many))
    app.route("GET", "/stream/broken", streams.handler(broken))
