"""Answers of tokens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

import pytest
from conftest import Running
from streaming import HEAD, Steps, chunks, exchange, read_until

from trivet import App, ArgumentError, HTTPError, Request, Response, TokenStream, sse, sse_stream

GET = b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n"


def as_async(items: Iterable[Any]) -> AsyncIterator[Any]:
    async def generate() -> AsyncIterator[Any]:
        iterator = iter(items)
        try:
            for item in iterator:
                await asyncio.sleep(0)
                yield item
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()

    return generate()


KINDS = pytest.mark.parametrize("kind", [iter, as_async], ids=["plain", "async"])


@pytest.mark.parametrize(
    ("style", "media_type", "expected"),
    [
        ("sse", "text/event-stream", "data: light\n\ndata: ü\n\ndata: [DONE]\n\n"),
        ("ndjson", "application/x-ndjson", '"light"\n"ü"\n'),
    ],
)
@KINDS
def test_formats(
    serve: Callable[..., Running],
    engine: str,
    kind: Callable[[Any], Any],
    style: Any,
    media_type: str,
    expected: str,
) -> None:
    app = App()
    made: list[TokenStream] = []

    @app.get("/")
    async def chat() -> TokenStream:
        made.append(TokenStream(kind(["light", "ü"]), style, headers={"x-own": "1"}))
        return made[0]

    answer = serve(app, engine).get("/")
    assert (answer.status, answer.type, answer.text) == (200, media_type, expected)
    assert answer.headers["x-own"] == "1"
    assert made[0].count == 2


@KINDS
def test_text(serve: Callable[..., Running], engine: str, kind: Callable[[Any], Any]) -> None:
    app = App()

    @app.get("/")
    async def chat() -> TokenStream:
        return TokenStream(kind(["light ", "the ", "fire"]), "text")

    head, content = exchange(serve(app, engine), GET)
    assert b"Content-Type: text/plain; charset=utf-8" in head
    assert chunks(content)[0] == [b"light ", b"the ", b"fire"]


@KINDS
def test_sse_stream(serve: Callable[..., Running], kind: Callable[[Any], Any]) -> None:
    app = App()

    @app.get("/")
    async def chat() -> TokenStream:
        return sse_stream(kind(["one", "two\nlines"]), retry_ms=100, heartbeat_ms=0)

    assert serve(app).get("/").text == (
        "retry: 100\n\ndata: one\n\ndata: two\ndata: lines\n\ndata: [DONE]\n\n"
    )


@KINDS
def test_lines_of_anything(serve: Callable[..., Running], kind: Callable[[Any], Any]) -> None:
    app = App()

    @app.get("/")
    async def chat() -> TokenStream:
        return TokenStream(kind([{"t": 1}, None, 7]), "ndjson")

    assert serve(app).get("/").text == '{"t":1}\nnull\n7\n'


BYTES: list[bytes | bytearray | memoryview] = [
    b"one ",
    bytearray("ü ".encode()),
    memoryview(b"e-e-r-h-t")[::-2],
]


@KINDS
def test_bytes_are_sent_as_they_are(
    serve: Callable[..., Running], kind: Callable[[Any], Any]
) -> None:
    app = App()

    @app.get("/{style}")
    async def chat(style: str) -> TokenStream:
        known: Any = style
        return TokenStream(kind(BYTES), known)

    @app.get("/raw")
    async def raw() -> TokenStream:
        return TokenStream(kind([b"\xff\x00", "text"]), "text")

    running = serve(app)
    assert running.get("/text").text == "one ü three"
    assert running.get("/sse").text == ("data: one \n\ndata: ü \n\ndata: three\n\ndata: [DONE]\n\n")
    assert running.get("/raw").body == b"\xff\x00text"


@pytest.mark.parametrize(
    ("style", "token", "told"),
    [
        ("sse", {"t": 1}, "a token is str or bytes, not dict"),
        ("sse", None, "a token is str or bytes, not NoneType"),
        ("sse", sse("x"), "a token is str or bytes, not ServerSentEvent"),
        ("sse", b"\xff", "UnicodeDecodeError"),
        ("sse", "\ud800", "UnicodeEncodeError"),
        ("text", {"t": 1}, "a token is str or bytes, not dict"),
        ("text", None, "a token is str or bytes, not NoneType"),
        ("text", 7, "a token is str or bytes, not int"),
        ("text", "\ud800", "UnicodeEncodeError"),
        ("ndjson", object(), "object"),
    ],
)
@KINDS
def test_what_is_no_token(
    serve: Callable[..., Running],
    capfd: pytest.CaptureFixture[str],
    kind: Callable[[Any], Any],
    style: Any,
    token: Any,
    told: str,
) -> None:
    app = App()
    steps = Steps()

    def source(*tokens: object) -> Iterator[object]:
        try:
            yield from tokens
        finally:
            steps.tell("closed")

    # Only the answer can close what the program keeps.
    kept: list[Iterator[object]] = []

    @app.get("/{count:int}")
    async def chat(count: int) -> TokenStream:
        kept.append(source(*["fine"] * count, token, "never"))
        return TokenStream(kind(kept[-1]), style)

    running = serve(app)
    # With the first token it is an ordinary error; later the answer breaks off.
    assert running.get("/0").status == 500
    head, content = exchange(running, GET.replace(b"/", b"/1", 1))
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"fine" in content
    for absent in (b"never", b"DONE"):
        assert absent not in content
    assert not content.endswith(b"0\r\n\r\n")
    running.stop()
    assert steps.told == ["closed", "closed"]
    assert capfd.readouterr().err.count(told) == 2


@pytest.mark.parametrize("style", ["sse", "ndjson", "text"])
@KINDS
def test_a_client_that_leaves_ends_the_source(
    serve: Callable[..., Running],
    capfd: pytest.CaptureFixture[str],
    engine: str,
    kind: Callable[[Any], Any],
    style: Any,
) -> None:
    app = App()
    steps = Steps()
    token = "x" * 65536

    def source() -> Iterator[str]:
        try:
            while True:
                yield token
        finally:
            steps.tell("closed")

    made: list[TokenStream] = []
    # Only the answer can close what the program keeps.
    kept: list[Any] = []

    @app.get("/")
    async def chat() -> TokenStream:
        kept.append(kind(source()))
        made.append(TokenStream(kept[0], style))
        return made[0]

    @app.get("/count")
    def count() -> int:
        return made[0].count

    running = serve(app, engine)
    with running.connect() as client:
        client.sendall(GET)
        read_until(client, b"\r\n\r\n")
        # It is held back by the client, who takes nothing.
        last = -1
        while (now := running.get("/count").json()) != last or now == 0:
            last = now
        assert 0 < last < 1024
    steps.wait("closed")
    running.stop()
    assert "error" not in capfd.readouterr().err


def test_a_silent_source_is_cancelled(serve: Callable[..., Running], engine: str) -> None:
    app = App()
    steps = Steps()

    async def source() -> AsyncIterator[str]:
        try:
            yield "first"
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            steps.tell("cancelled")
            raise
        finally:
            await asyncio.sleep(0)
            steps.tell("closed")

    @app.get("/")
    async def chat() -> TokenStream:
        return TokenStream(source())

    with serve(app, engine).connect() as client:
        client.sendall(GET)
        read_until(client, b"data: first\n\n")
    steps.wait("closed")
    assert steps.told == ["cancelled", "closed"]


@KINDS
def test_a_source_that_fails_is_not_done(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], kind: Callable[[Any], Any]
) -> None:
    app = App()
    made: list[TokenStream] = []

    def source() -> Iterator[str]:
        yield "half"
        raise RuntimeError("no more")

    @app.get("/")
    async def chat() -> TokenStream:
        made.append(TokenStream(kind(source())))
        return made[0]

    _, content = exchange(serve(app), GET)
    assert b"data: half\n\n" in content
    assert b"DONE" not in content
    assert not content.endswith(b"0\r\n\r\n")
    assert made[0].count == 1
    assert capfd.readouterr().err.count("RuntimeError: no more") == 1


@pytest.mark.parametrize("style", ["sse", "ndjson", "text"])
@KINDS
def test_a_source_that_refuses_is_an_ordinary_error(
    serve: Callable[..., Running], engine: str, kind: Callable[[Any], Any], style: Any
) -> None:
    app = App()

    def source() -> Iterator[str]:
        raise HTTPError(429, "no more tokens today")
        yield ""

    @app.get("/")
    async def chat() -> TokenStream:
        return TokenStream(kind(source()), style)

    answer = serve(app, engine).get("/")
    assert (answer.status, answer.json()["detail"]) == (429, "no more tokens today")


def test_hooks_may_ask_for_the_count(serve: Callable[..., Running]) -> None:
    app = App()
    counts: list[int] = []

    @app.after
    def after(_: Request, response: Response) -> None:
        assert isinstance(response, TokenStream)
        counts.append(response.count)

    @app.get("/")
    async def chat() -> TokenStream:
        return TokenStream(["a"])

    assert serve(app).get("/").text == "data: a\n\ndata: [DONE]\n\n"
    assert counts == [0]


def test_what_is_no_token_stream() -> None:
    anything: Any = TokenStream
    with pytest.raises(ArgumentError, match="format is one of sse, ndjson, text, not 'xml'"):
        anything([], "xml")
    with pytest.raises(ArgumentError, match="are for the format sse"):
        TokenStream([], "text", heartbeat_ms=1)
    with pytest.raises(ArgumentError, match="retry_ms is a number of milliseconds"):
        TokenStream([], retry_ms=-1)
    with pytest.raises(TypeError, match="iterable"):
        anything(7)
