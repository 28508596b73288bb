"""Answers that are written in pieces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from typing import Any

import pytest
from conftest import Running
from streaming import HEAD, Steps, chunks, exchange

from trivet import (
    JSON,
    App,
    ArgumentError,
    HeaderError,
    HTTPError,
    NotFound,
    Request,
    Response,
    StateError,
    StreamResponse,
    lowlevel,
    ndjson,
)

GET = b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n"
TEXT = b"Content-Type: text/plain; charset=utf-8"
BYTES = b"Content-Type: application/octet-stream"
Pieces = Iterable[Any] | AsyncIterable[Any]


def as_async(pieces: Iterable[Any]) -> AsyncIterator[Any]:
    async def generate() -> AsyncIterator[Any]:
        for piece in pieces:
            await asyncio.sleep(0)
            yield piece

    return generate()


KINDS = pytest.mark.parametrize("kind", [iter, as_async], ids=["plain", "async"])


def one_route(make: Callable[[], object], **options: Any) -> App:
    app = App()
    app.get("/", **options)(make)
    return app


def test_generators_are_handlers(serve: Callable[..., Running], engine: str) -> None:
    app = App()

    @app.get("/plain", status=201)
    def plain(n: int) -> Iterator[str]:
        for number in range(n):
            yield f"{number} ü,"

    @app.get("/async")
    async def waits(n: int) -> AsyncIterator[bytes]:
        for number in range(n):
            await asyncio.sleep(0)
            yield b"%d," % number

    running = serve(app, engine)
    answer = running.get("/plain?n=3")
    assert (answer.status, answer.type) == (201, "text/plain; charset=utf-8")
    assert answer.text == "0 ü,1 ü,2 ü,"
    assert running.get("/async?n=3").body == b"0,1,2,"
    assert running.get("/async?n=3").type == "application/octet-stream"
    assert running.get("/plain?n=0").body == b""
    assert running.get("/async?n=0").type is None
    assert running.get("/async").status == 422


@KINDS
def test_each_piece_is_a_chunk(
    serve: Callable[..., Running], engine: str, kind: Callable[[Any], Pieces]
) -> None:
    pieces = ["tü", "", b"b", bytearray(b"ba"), memoryview(b"mv")]
    app = one_route(lambda: StreamResponse(kind(pieces), headers={"x-own": "1"}))
    head, content = exchange(serve(app, engine), GET)
    assert TEXT in head
    assert b"x-own: 1" in head
    assert chunks(content) == (["tü".encode(), b"b", b"ba", b"mv"], [])


@KINDS
def test_a_promised_length(
    serve: Callable[..., Running], engine: str, kind: Callable[[Any], Pieces]
) -> None:
    app = one_route(
        lambda: StreamResponse(kind([b"ab", b"cd"]), 202, media_type="a/b", length=4, trailers={})
    )
    head, content = exchange(serve(app, engine), GET)
    assert head.startswith(b"HTTP/1.1 202 ")
    assert b"Content-Length: 4" in head
    assert b"Content-Type: a/b" in head
    assert content == b"abcd"


@pytest.mark.parametrize("length", [3, 5])
@KINDS
def test_a_promise_that_is_not_kept(
    serve: Callable[..., Running],
    capfd: pytest.CaptureFixture[str],
    kind: Callable[[Any], Pieces],
    length: int,
) -> None:
    app = one_route(lambda: StreamResponse(kind([b"ab", b"cd"]), length=length))
    _, content = exchange(serve(app), GET)
    assert len(content) < length
    assert capfd.readouterr().err.count("ArgumentError") == 1


@KINDS
def test_trailers(
    serve: Callable[..., Running], engine: str, kind: Callable[[Any], Pieces]
) -> None:
    app = App()

    @app.get("/late")
    def late() -> StreamResponse:
        seen: list[bytes] = []

        def note(piece: bytes) -> bytes:
            seen.append(piece)
            return piece

        pieces = [b"a", b"b"]
        content = (note(p) for p in pieces) if kind is iter else as_async(map(note, pieces))
        return StreamResponse(content, trailers=lambda: [("x-n", str(len(seen)))])

    app.get("/given")(lambda: StreamResponse(kind([b"a"]), trailers={"x-a": "1", "x-b": "2"}))
    app.get("/none")(lambda: StreamResponse(kind([b"a"]), trailers=lambda: None))
    running = serve(app, engine)
    for path, pieces, told in [
        (b"/late", [b"a", b"b"], [b"x-n: 2"]),
        (b"/given", [b"a"], [b"x-a: 1", b"x-b: 2"]),
        (b"/none", [b"a"], []),
    ]:
        _, content = exchange(running, GET.replace(b"/", path, 1))
        assert chunks(content) == (pieces, told)


@pytest.mark.parametrize("trailers", [{"Content-Length": "1"}, lambda: {"x": "a\r\nb: c"}])
@KINDS
def test_trailers_that_cannot_be_sent(
    serve: Callable[..., Running],
    capfd: pytest.CaptureFixture[str],
    kind: Callable[[Any], Pieces],
    trailers: Any,
) -> None:
    app = one_route(lambda: StreamResponse(kind([b"a"]), trailers=trailers))
    _, content = exchange(serve(app), GET)
    assert content == b"1\r\na\r\n"
    assert capfd.readouterr().err.count("HeaderError") == 1


@KINDS
def test_ndjson(serve: Callable[..., Running], kind: Callable[[Any], Pieces]) -> None:
    app = one_route(lambda: ndjson(kind([{"a": 1}, [None], "ü"]), 203, {"x-own": "1"}))
    answer = serve(app).get("/")
    assert (answer.status, answer.type) == (203, "application/x-ndjson")
    assert answer.headers["x-own"] == "1"
    assert answer.text == '{"a":1}\n[null]\n"ü"\n'


@KINDS
def test_no_item_and_no_content(serve: Callable[..., Running], kind: Callable[[Any], Any]) -> None:
    app = one_route(lambda: ndjson(kind([])))
    app.get("/204")(lambda: StreamResponse(kind([b"never"]), 204))
    running = serve(app)
    answer = running.get("/")
    assert (answer.type, answer.body) == ("application/x-ndjson", b"")
    assert (running.get("/204").status, running.get("/204").body) == (204, b"")


def test_head_runs_the_handler_and_not_the_producer(
    serve: Callable[..., Running], engine: str
) -> None:
    app = App()
    steps = Steps()

    def pieces() -> Iterator[bytes]:
        steps.tell("produced")
        yield b"ab"

    async def async_pieces() -> AsyncIterator[bytes]:
        steps.tell("produced")
        yield b"ab"

    def trailers() -> dict[str, str]:
        steps.tell("trailers")
        return {}

    @app.get("/{kind}")
    def answer(kind: str) -> StreamResponse:
        steps.tell(kind)
        content = pieces() if kind == "plain" else async_pieces()
        return StreamResponse(content, media_type="a/b", length=2, trailers=trailers)

    running = serve(app, engine)
    for kind in ("plain", "async"):
        head = running.request("HEAD", f"/{kind}")
        assert (head.status, head.headers["Content-Length"], head.type) == (200, "2", "a/b")
        assert head.body == b""
    assert steps.told == ["plain", "async"]


@pytest.mark.parametrize("how", ["plain", "async", "hooks", "mapped"])
@KINDS
def test_a_failure_before_the_first_piece_is_an_ordinary_error(
    serve: Callable[..., Running],
    capfd: pytest.CaptureFixture[str],
    engine: str,
    how: str,
    kind: Callable[[Any], Any],
) -> None:
    app = App()

    def fails(error: Exception) -> Iterator[bytes]:
        raise error
        yield b""

    def known() -> StreamResponse:
        return StreamResponse(kind(fails(NotFound("no such thing"))))

    def unknown() -> object:
        return kind(fails(KeyError("colour")))

    async def known_async() -> StreamResponse:
        return known()

    async def unknown_async() -> object:
        return unknown()

    app.get("/known")(known_async if how == "async" else known)
    app.get("/unknown")(unknown_async if how == "async" else unknown)
    if how == "hooks":

        @app.after
        def after(_: Request, response: Response) -> None:
            response.headers["x-after"] = str(response.status)

    if how == "mapped":

        @app.on_error
        def mapped(_: Request, error: Exception) -> StreamResponse:
            return StreamResponse(iter_of([f"mapped {type(error).__name__}"]))

    running = serve(app, engine)
    answers = [running.get("/known"), running.get("/unknown")]
    assert [answer.status for answer in answers] == [404, 500]
    log = capfd.readouterr().err
    if how == "mapped":
        assert [answer.text for answer in answers] == ["mapped NotFound", "mapped KeyError"]
    else:
        assert answers[0].json()["detail"] == "no such thing"
        assert "detail" not in answers[1].json()
    assert log.count("KeyError: 'colour'") == 1
    assert "NotFound" not in log
    if how == "hooks":
        assert [answer.headers["x-after"] for answer in answers] == ["404", "500"]


def test_an_error_handler_whose_pieces_fail_is_not_asked_again(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str]
) -> None:
    app = App()

    @app.get("/")
    def fail() -> None:
        raise KeyError("first")

    @app.on_error
    def mapped(_: Request, error: Exception) -> StreamResponse:
        def fails() -> Iterator[str]:
            raise ValueError("second")
            yield ""

        return StreamResponse(fails())

    assert serve(app).get("/").status == 500
    assert "ValueError: second" in capfd.readouterr().err


@pytest.mark.parametrize("how", ["plain", "async", "hooks"])
@KINDS
def test_a_failure_in_the_middle_breaks_the_connection(
    serve: Callable[..., Running],
    capfd: pytest.CaptureFixture[str],
    engine: str,
    how: str,
    kind: Callable[[Any], Any],
) -> None:
    app = App()

    def pieces() -> Iterator[str]:
        yield "half of it"
        raise RuntimeError("no more")

    async def waits() -> StreamResponse:
        return StreamResponse(kind(pieces()))

    app.get("/")(waits if how == "async" else lambda: StreamResponse(kind(pieces())))
    app.get("/fine")(lambda: "fine")
    if how == "hooks":

        @app.after
        def after(_: Request, response: Response) -> None: ...

        @app.on_error
        def never(_: Request, error: Exception) -> None:
            raise AssertionError("the answer has begun")

    running = serve(app, engine)
    head, content = exchange(running, GET)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert content == b"a\r\nhalf of it\r\n"
    assert running.get("/fine").text == "fine"
    log = capfd.readouterr().err
    assert log.count("RuntimeError: no more (test_streams_write.py:") == 1
    assert log.count("failed") == 1


@KINDS
def test_a_piece_of_another_kind(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], kind: Callable[[Any], Any]
) -> None:
    app = one_route(lambda: StreamResponse(kind([b"a", 7])))
    _, content = exchange(serve(app), GET)
    assert content == b"1\r\na\r\n"
    assert "TypeError: a piece is str or bytes, not int" in capfd.readouterr().err


@pytest.mark.parametrize("is_async", [False, True])
def test_after_hooks_see_the_head_and_may_wrap_the_content(
    serve: Callable[..., Running], is_async: bool
) -> None:
    app = App()
    kinds: list[object] = []

    def upper(pieces: Iterable[str]) -> Iterator[str]:
        for piece in pieces:
            yield piece.upper()

    async def upper_async(pieces: AsyncIterable[str]) -> AsyncIterator[str]:
        async for piece in pieces:
            yield piece.upper()

    @app.after
    def after(_: Request, response: Response) -> None:
        assert isinstance(response, StreamResponse)
        kinds.append((response.content_type, response.status, response.length))
        with pytest.raises(TypeError, match="has no content before it is sent"):
            bytes(response.content)
        response.headers["x-after"] = "1"
        response.status = 201
        response.body = upper_async(response.body) if is_async else upper(response.body)

    @app.get("/")
    def handler() -> object:
        return as_async(["ab", "cd"]) if is_async else iter_of(["ab", "cd"])

    answer = serve(app).get("/")
    assert (answer.status, answer.headers["x-after"], answer.text) == (201, "1", "ABCD")
    assert kinds == [("text/plain; charset=utf-8", 200, None)]


def iter_of(pieces: list[str]) -> Iterator[str]:
    yield from pieces


def test_an_after_hook_may_answer_otherwise(serve: Callable[..., Running]) -> None:
    app = App()
    steps = Steps()

    def pieces() -> Iterator[str]:
        try:
            yield "never sent"
        finally:
            steps.tell("closed")

    @app.after
    def after(request: Request, response: Response) -> Response | None:
        if request.path == "/other":
            return JSON({"other": 1}, 202)
        response.body = "whole"
        return None

    app.get("/other")(pieces)
    app.get("/body")(pieces)
    running = serve(app)
    assert running.get("/other").json() == {"other": 1}
    answer = running.get("/body")
    assert (answer.text, answer.headers["Content-Length"]) == ("whole", "5")
    steps.wait("closed")


def test_one_stream_response_for_many_requests(serve: Callable[..., Running]) -> None:
    app = App()
    kept = StreamResponse(["a", "b"])

    @app.get("/")
    def again() -> StreamResponse:
        return kept

    running = serve(app)
    assert [running.get("/").text for _ in range(3)] == ["ab"] * 3
    assert kept.content_type is None


@pytest.mark.parametrize(
    ("arguments", "options", "error", "told"),
    [
        (("text",), {}, TypeError, "iterable of pieces, not str"),
        ((b"bytes",), {}, TypeError, "iterable of pieces, not bytes"),
        (({},), {}, TypeError, "iterable of pieces, not dict"),
        ((7,), {}, TypeError, "iterable of pieces, not int"),
        (([], 99), {}, ValueError, "status"),
        (([],), {"length": -1}, ValueError, "length"),
        (([],), {"length": "1"}, TypeError, "length"),
        (([],), {"trailers": 1}, TypeError, "not iterable"),
        (([],), {"trailers": [("a", 1)]}, TypeError, "pairs"),
        (([],), {"headers": {"a": 1}}, TypeError, "pairs"),
        (([],), {"media_type": 1}, TypeError, "content_type"),
    ],
)
def test_what_is_no_stream_response(
    arguments: tuple[Any, ...], options: dict[str, Any], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        StreamResponse(*arguments, **options)


def test_a_stream_response() -> None:
    response = StreamResponse([], trailers={"a": "b"}, length=0, headers=[("a", "1"), ("a", "2")])
    assert (response.status, response.length, response.trailers) == (200, 0, {"a": "b"})
    assert response.headers.get_list("a") == ["1", "2"]
    assert repr(response) == "<trivet.StreamResponse 200>"
    response.body = "text"
    assert response.content == b"text"


def test_by_hand(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], engine: str
) -> None:
    app = App()

    @app.get("/")
    def by_hand(request: Request) -> None:
        with pytest.raises(StateError):
            lowlevel.reply_write(request, "early")
        with pytest.raises(StateError):
            lowlevel.reply_end(request)
        with pytest.raises(TypeError, match="whole answers"):
            lowlevel.reply(request, StreamResponse([]))
        with pytest.raises(HeaderError):
            lowlevel.reply_begin(request, 200, 0, {"x": "a\r\nb: c"})
        with pytest.raises(ArgumentError):
            lowlevel.reply_begin(request, 99, 0, {})
        lowlevel.reply_begin(request, 202, lowlevel.CONTENT_TEXT, {"x-own": "1"}, 4)
        with pytest.raises(StateError):
            lowlevel.reply_begin(request, 202, lowlevel.CONTENT_TEXT, {})
        with pytest.raises(StateError):
            lowlevel.reply_text(request, 200, "whole")
        assert lowlevel.reply_write(request, "ab") is False
        with pytest.raises(ArgumentError):
            lowlevel.reply_write(request, b"too much")
        with pytest.raises(TypeError):
            lowlevel.reply_write(request, 7)  # type: ignore[arg-type]
        lowlevel.reply_write(request, b"cd")
        lowlevel.reply_end(request)

    @app.get("/abort")
    def abort(request: Request) -> None:
        lowlevel.reply_begin(request, 200, lowlevel.CONTENT_TEXT, {})
        lowlevel.reply_write(request, "half")
        lowlevel.reply_abort(request)

    @app.get("/forgotten")
    def forgotten(request: Request) -> str:
        lowlevel.reply_begin(request, 200, lowlevel.CONTENT_TEXT, {})
        return "and a result"

    @app.get("/raises")
    def raises(request: Request) -> str:
        lowlevel.reply_begin(request, 200, lowlevel.CONTENT_TEXT, {})
        raise HTTPError(404)

    running = serve(app, engine)
    head, content = exchange(running, GET)
    assert head.startswith(b"HTTP/1.1 202 ")
    assert content == b"abcd"
    for path in (b"/abort", b"/forgotten", b"/raises"):
        _, content = exchange(running, GET.replace(b"/", path, 1))
        assert not content.endswith(b"0\r\n\r\n"), path
    log = capfd.readouterr().err
    assert log.count("GET /forgotten failed") == log.count("GET /raises failed") == 1
    assert "GET /abort" not in log


def test_from_another_thread(serve: Callable[..., Running], engine: str) -> None:
    import threading

    app = App()

    @app.get("/")
    def elsewhere(request: Request) -> None:
        lowlevel.defer(request)
        loop = lowlevel.current_loop()
        assert loop is not None

        def write() -> None:
            post = lowlevel.post
            json = lowlevel.CONTENT_JSON
            post(loop, request, 202, b"", json, [("x-own", "1")], lowlevel.POST_BEGIN)
            post(loop, request, 0, b"[1,", kind=lowlevel.POST_WRITE)
            post(loop, request, 0, b"2]", kind=lowlevel.POST_WRITE)
            post(loop, request, 0, b"", 0, [("x-sum", "3")], kind=lowlevel.POST_END)

        with pytest.raises(ArgumentError, match="on the loop's thread"):
            lowlevel.post(loop, request, 0, b"", kind=1)
        threading.Thread(target=write).start()

    head, content = exchange(serve(app, engine), GET)
    assert head.startswith(b"HTTP/1.1 202 ")
    assert b"x-own: 1" in head
    assert chunks(content) == ([b"[1,", b"2]"], [b"x-sum: 3"])
