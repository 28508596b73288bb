"""Producers of answers in pieces: their context, their one use, and their end whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from typing import Any

import pytest
from conftest import Running
from streaming import HEAD, Steps, exchange, read_all

from trivet import App, HTTPError, Request, Response, StreamResponse, ndjson

GET = b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n"
PIECE = b"x" * 65536
PIECES = 1024

var: ContextVar[str] = ContextVar("var")


class Source:
    """An iterator that is no generator: nothing but its users closes it."""

    def __init__(self, steps: Steps, *pieces: str | Exception) -> None:
        self._steps = steps
        self._pieces = iter(pieces)

    def _next(self, end: type[Exception]) -> str:
        piece = next(self._pieces, None)
        if piece is None:
            raise end
        if isinstance(piece, Exception):
            raise piece
        return piece


class Plain(Source):
    def __iter__(self) -> Plain:
        return self

    def __next__(self) -> str:
        return self._next(StopIteration)

    def close(self) -> None:
        self._steps.tell("closed")


class Async(Source):
    def __aiter__(self) -> Async:
        return self

    async def __anext__(self) -> str:
        await asyncio.sleep(0)
        return self._next(StopAsyncIteration)

    async def aclose(self) -> None:
        await asyncio.sleep(0)
        self._steps.tell("closed")


KINDS = pytest.mark.parametrize("kind", [Plain, Async], ids=["plain", "async"])


def handle(app: App, make: Callable[[], object], *, is_async: bool) -> None:
    if is_async:

        async def handler() -> object:
            return make()

        app.get("/")(handler)
    else:
        app.get("/")(make)


@pytest.mark.parametrize("leaves", [False, True])
@pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])
def test_a_plain_producer_has_one_context(
    serve: Callable[..., Running],
    capfd: pytest.CaptureFixture[str],
    engine: str,
    is_async: bool,
    leaves: bool,
) -> None:
    app = App()
    steps = Steps()

    def pieces() -> Iterator[bytes]:
        token = var.set("first")
        try:
            for number in range(PIECES):
                yield PIECE
                if number == 0:
                    var.set("second")
            steps.tell(var.get())
        finally:
            var.reset(token)
            steps.tell("closed")

    handle(app, lambda: StreamResponse(pieces()), is_async=is_async)
    app.get("/turn")(lambda: "turned")
    running = serve(app, engine)
    with running.connect() as client:
        client.sendall(GET)
        assert client.recv(1)
        # Whoever is served now is served while the producer waits.
        assert running.get("/turn").text == "turned"
        if not leaves:
            assert len(read_all(client)) > PIECES * len(PIECE)
    steps.wait("closed")
    assert steps.told == (["closed"] if leaves else ["second", "closed"])
    running.stop()
    assert "error" not in capfd.readouterr().err


@pytest.mark.parametrize("has_hooks", [False, True])
@pytest.mark.parametrize("make", [StreamResponse, ndjson])
@KINDS
def test_a_kept_answer_of_an_iterator_is_sent_once(
    serve: Callable[..., Running],
    capfd: pytest.CaptureFixture[str],
    kind: type[Any],
    make: Callable[..., StreamResponse],
    has_hooks: bool,
) -> None:
    app = App()
    kept = make(kind(Steps(), "a", "b"))
    if has_hooks:
        app.after(lambda request, response: None)

    @app.get("/")
    async def again() -> StreamResponse:
        return kept

    running = serve(app)
    answers = [running.get("/"), running.get("/"), running.request("HEAD", "/")]
    assert [answer.status for answer in answers] == [200, 500, 500]
    assert answers[0].text in ("ab", '"a"\n"b"\n')
    told = "a StreamResponse of an iterator is sent once; make one for each request"
    assert capfd.readouterr().err.count(told) == 2


@KINDS
def test_what_an_after_hook_gives_is_an_answer_in_pieces_like_others(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], engine: str, kind: type[Any]
) -> None:
    app = App()
    steps = Steps()

    def fails() -> Any:
        return kind(steps, HTTPError(409, "not now"))

    @app.after
    def in_pieces(request: Request, response: Response) -> StreamResponse | None:
        if request.path == "/whole":
            return StreamResponse(kind(steps, response.body, "!"), response.status)
        if request.path == "/fails":
            return StreamResponse(fails())
        return None

    app.get("/whole", status=201)(lambda: "whole")
    app.get("/fails")(lambda: "never")

    @app.get("/waits")
    async def waits() -> str:
        return "has an event loop"

    running = serve(app, engine)
    answer = running.get("/whole")
    assert (answer.status, answer.text) == (201, "whole!")
    assert answer.type == "text/plain; charset=utf-8"
    answer = running.get("/fails")
    assert (answer.status, answer.json()["detail"]) == (409, "not now")
    assert steps.told == ["closed", "closed"]
    assert "failed" not in capfd.readouterr().err


@pytest.mark.parametrize("how", ["all", "none", "fails", "refused", "other", "raises", "wrapped"])
@KINDS
def test_every_producer_is_closed(
    serve: Callable[..., Running], engine: str, kind: type[Any], how: str
) -> None:
    app = App()
    steps = Steps()
    pieces: tuple[Any, ...] = ("a", "b")
    expected = (200, "ab")
    if how == "none":
        pieces, expected = (), (200, "")
    if how == "fails":
        pieces, expected = (HTTPError(418, "tea"),), (418, "tea")
    headers = {"x": "a\r\nb: c"} if how == "refused" else None
    if how == "refused":
        expected = (500, "forbidden byte")

    async def wrap(content: Any) -> AsyncIterator[str]:
        if kind is Plain:
            for piece in content:
                yield piece.upper()
        else:
            async for piece in content:
                yield piece.upper()

    if how in ("other", "raises", "wrapped"):

        @app.after
        def after(_: Request, response: Response) -> Response | None:
            if how == "other":
                return Response("other", 202)
            if how == "raises":
                raise HTTPError(403, "no")
            response.body = wrap(response.body)
            return None

        expected = {"other": (202, "other"), "raises": (403, "no"), "wrapped": (200, "AB")}[how]

    @app.get("/")
    async def answer() -> StreamResponse:
        return StreamResponse(kind(steps, *pieces), headers=headers)

    got = serve(app, engine).get("/")
    text = got.json().get("detail", "") if got.status >= 400 else got.text
    assert got.status == expected[0]
    assert expected[1] in text
    steps.wait("closed")
    assert steps.told == ["closed"]


@KINDS
def test_a_producer_that_is_not_sent_may_fail_to_close(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], engine: str, kind: type[Any]
) -> None:
    app = App()
    steps = Steps()

    class Failing(kind):  # type: ignore[misc]
        def close(self) -> None:
            raise ValueError("not clean")

        async def aclose(self) -> None:
            raise ValueError("not clean")

    @app.after
    def after(request: Request, _: Response) -> Response:
        return Response("other")

    @app.get("/")
    async def answer() -> StreamResponse:
        return StreamResponse(Failing(steps, "a"))

    running = serve(app, engine)
    assert running.get("/").text == "other"
    running.stop()
    assert capfd.readouterr().err.count("ValueError: not clean") == 1


def test_a_hook_may_leave_what_is_awaited_for_what_is_not(
    serve: Callable[..., Running], engine: str
) -> None:
    app = App()
    steps = Steps()

    @app.after
    def after(_: Request, response: Response) -> None:
        response.body = ["plain"]

    @app.get("/")
    async def answer() -> StreamResponse:
        return StreamResponse(Async(steps, "a"))

    assert serve(app, engine).get("/").text == "plain"
    steps.wait("closed")


def test_a_cancelled_first_piece_closes_its_producer(
    serve: Callable[..., Running], engine: str
) -> None:
    app = App()
    steps = Steps()

    class Waiting(Async):
        async def __anext__(self) -> str:
            steps.tell("waits")
            await asyncio.sleep(60)
            return ""

    @app.get("/")
    async def answer() -> StreamResponse:
        return StreamResponse(Waiting(steps))

    with serve(app, engine).connect() as client:
        client.sendall(GET)
        steps.wait("waits")
    steps.wait("closed")


@pytest.mark.parametrize("status", [200, 204])
def test_an_answer_without_content_to_a_client_that_left(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], engine: str, status: int
) -> None:
    app = App()
    steps = Steps()

    @app.get("/")
    async def answer() -> StreamResponse:
        steps.tell("called")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            steps.tell("left")
        return StreamResponse(["never"], status)

    running = serve(app, engine)
    with running.connect() as client:
        client.sendall(GET if status == 204 else GET.replace(b"GET", b"HEAD"))
        steps.wait("called")
    steps.wait("left")
    running.stop()
    assert "error" not in capfd.readouterr().err


@KINDS
def test_ndjson_has_trailers(serve: Callable[..., Running], engine: str, kind: type[Any]) -> None:
    app = App()
    steps = Steps()

    @app.get("/")
    async def rows() -> StreamResponse:
        return ndjson(kind(steps, "a"), trailers=lambda: {"x-told": str(steps.told[0])})

    _, content = exchange(serve(app, engine), GET)
    assert content == b'4\r\n"a"\n\r\n0\r\nx-told: closed\r\n\r\n'
