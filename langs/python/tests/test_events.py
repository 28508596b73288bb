"""Answers of Server-Sent Events."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

import pytest
from conftest import Running
from streaming import HEAD, Steps, chunks, exchange, read_all, read_until, split

from trivet import (
    App,
    ArgumentError,
    EventStream,
    HTTPError,
    Request,
    Response,
    ServerSentEvent,
    StateError,
    StreamResponse,
    TokenStream,
    lowlevel,
    sse,
)

GET = b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n"
FIELDS = (
    b"Content-Type: text/event-stream",
    b"Cache-Control: no-cache, no-transform",
    b"X-Accel-Buffering: no",
)


def as_async(items: Iterable[Any]) -> AsyncIterator[Any]:
    async def generate() -> AsyncIterator[Any]:
        for item in items:
            await asyncio.sleep(0)
            yield item

    return generate()


KINDS = pytest.mark.parametrize("kind", [iter, as_async], ids=["plain", "async"])


def one_route(make: Callable[[], object], **options: Any) -> App:
    app = App()

    async def handler() -> object:
        return make()

    app.get("/", **options)(handler)
    return app


def test_an_event() -> None:
    event = sse("one\ntwo\r\nthree\rfour", id=7, event="tick", retry=1500, comment="a\nb", key="k")
    assert isinstance(event, ServerSentEvent)
    assert (event.data, event.id, event.event) == ("one\ntwo\r\nthree\rfour", "7", "tick")
    assert (event.retry, event.comment, event.key) == (1500, "a\nb", "k")
    assert event.encode() == (
        b": a\n: b\nid: 7\nevent: tick\nretry: 1500\n"
        b"data: one\ndata: two\ndata: three\ndata: four\n\n"
    )
    assert repr(sse("x", id="1")) == "<ServerSentEvent event=None id='1' data='x'>"
    empty = sse(comment="only")
    assert (empty.data, empty.id, empty.event, empty.retry, empty.key) == (None,) * 5


def test_data_that_is_no_text_is_json() -> None:
    assert sse({"a": [1, "ü"]}).data == '{"a":[1,"ü"]}'
    assert sse(data=7).encode() == b"data: 7\n\n"
    assert sse("").encode() != sse("", id="").encode()
    assert b"data:" in sse("").encode()
    assert b"id:" in sse("x", id="").encode()


@pytest.mark.parametrize(
    ("fields", "error", "told"),
    [
        ({"event": 7}, TypeError, "event is a str or None, not int"),
        ({"id": 7.5}, TypeError, "id is a str or None, not float"),
        ({"comment": b""}, TypeError, "comment is a str or None, not bytes"),
        ({"retry": -1}, ValueError, "retry is a number of milliseconds, not -1"),
        ({"retry": "1"}, ValueError, "retry is a number"),
        ({"retry": 1 << 31}, ValueError, "retry is a number"),
        ({"data": object()}, TypeError, "object"),
        ({"other": 1}, TypeError, "no argument 'other'"),
    ],
)
def test_what_is_no_event(fields: dict[str, Any], error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        sse(**fields)


def test_sse_takes_one_positional_argument() -> None:
    call: Any = sse
    with pytest.raises(TypeError, match="the data and keyword arguments"):
        call("a", "b")
    with pytest.raises(TypeError, match="data twice"):
        call("a", data="b")
    with pytest.raises(TypeError):
        ServerSentEvent()


@pytest.mark.parametrize(
    "event",
    [
        sse(),
        sse("x", id="a\nb"),
        sse("x", event="a\rb"),
        sse("x", id="a\0b"),
        sse(event="without data"),
        sse(key="alone"),
    ],
)
def test_what_cannot_be_said(event: ServerSentEvent) -> None:
    with pytest.raises(ArgumentError):
        event.encode()


def test_generators_of_events(serve: Callable[..., Running], engine: str) -> None:
    app = App()

    @app.get("/plain", status=201)
    def plain(n: int) -> Iterator[ServerSentEvent]:
        for number in range(n):
            yield sse({"n": number}, id=number, event="tick")

    @app.get("/async")
    async def waits(n: int) -> AsyncIterator[ServerSentEvent]:
        for number in range(n):
            await asyncio.sleep(0)
            yield sse({"n": number}, id=number, event="tick")

    running = serve(app, engine)
    expected = [sse({"n": number}, id=number, event="tick").encode() for number in range(3)]
    for path in (b"/plain?n=3", b"/async?n=3"):
        head, content = exchange(running, GET.replace(b"/", path, 1))
        assert head.startswith(b"HTTP/1.1 200 ")
        for field in FIELDS:
            assert field in head
        assert chunks(content) == (expected, [])
    assert running.get("/plain?n=0").body == b""


@KINDS
@pytest.mark.parametrize("make", [StreamResponse, EventStream])
def test_what_follows_an_event_is_an_event(
    serve: Callable[..., Running], kind: Callable[[Any], Any], make: Callable[[Any], object]
) -> None:
    items = [sse("first"), "text\nof two lines", "", {"a": 1}, 7, [True], sse(comment="end")]
    _, content = exchange(serve(one_route(lambda: make(kind(items)))), GET)
    assert b"".join(chunks(content)[0]) == b"".join(
        event.encode()
        for event in [
            sse("first"),
            sse("text\nof two lines"),
            sse(""),
            sse('{"a":1}'),
            sse("7"),
            sse("[true]"),
            sse(comment="end"),
        ]
    )


@KINDS
@pytest.mark.parametrize("make", [StreamResponse, EventStream, iter])
def test_nothing_is_no_event(
    serve: Callable[..., Running],
    capfd: pytest.CaptureFixture[str],
    kind: Callable[[Any], Any],
    make: Callable[[Any], object],
) -> None:
    def events() -> Iterator[object]:
        yield sse("first")
        yield None
        yield sse("never")

    source = kind(events())
    app = one_route(lambda: source if make is iter else make(source))
    _, content = exchange(serve(app), GET)
    assert b"data: first\n\n" in content
    assert b"null" not in content
    assert b"never" not in content
    assert not content.endswith(b"0\r\n\r\n")
    assert capfd.readouterr().err.count("ArgumentError") == 1


SOURCES: dict[str, Callable[[], object]] = {
    "generator": lambda: (sse(text) for text in ["x"]),
    "async generator": lambda: as_async([sse("x")]),
    "stream": lambda: StreamResponse([sse("x")]),
    "async stream": lambda: StreamResponse(as_async([sse("x")])),
    "events": lambda: EventStream(["x"]),
    "tokens": lambda: TokenStream(["x"]),
}


@pytest.mark.parametrize("has_hook", [False, True])
@pytest.mark.parametrize("source", SOURCES)
def test_the_status_of_a_route_is_not_for_events(
    serve: Callable[..., Running], source: str, has_hook: bool
) -> None:
    app = one_route(SOURCES[source], status=201)
    seen: list[int] = []
    if has_hook:
        app.after(lambda _, response: seen.append(response.status))
    answer = serve(app).get("/")
    assert (answer.status, answer.type) == (200, "text/event-stream")
    assert answer.text.startswith("data: x\n\n")
    assert seen == ([200] if has_hook else [])


@pytest.mark.parametrize("has_hook", [False, True])
@KINDS
def test_a_status_of_their_own_is_an_error(
    serve: Callable[..., Running],
    capfd: pytest.CaptureFixture[str],
    kind: Callable[[Any], Any],
    has_hook: bool,
) -> None:
    made: list[StreamResponse] = []

    def make() -> StreamResponse:
        made.append(StreamResponse(kind([sse("x")]), 201))
        return made[-1]

    app = one_route(make)

    @app.get("/set")
    async def later() -> StreamResponse:
        response = StreamResponse(kind([sse("x")]))
        response.status = 201
        return response

    @app.get("/fine")
    async def fine() -> StreamResponse:
        return StreamResponse(kind([sse("x")]), 200)

    if has_hook:
        app.after(lambda _, response: response.headers.add("x-after", str(response.status)))
    running = serve(app)
    assert running.get("/fine").text == "data: x\n\n"
    for path in ("/", "/set"):
        assert running.get(path).status == 500
    err = capfd.readouterr().err
    assert err.count("an answer of events has status 200, not 201") == 2


@KINDS
def test_an_event_among_pieces_is_refused(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], kind: Callable[[Any], Any]
) -> None:
    app = one_route(lambda: StreamResponse(kind(["text", sse("no text")])))
    _, content = exchange(serve(app), GET)
    assert content == b"4\r\ntext\r\n"
    assert "a piece is str or bytes, not trivet.ServerSentEvent" in capfd.readouterr().err


@KINDS
def test_a_generator_that_fails_at_once_is_an_ordinary_error(
    serve: Callable[..., Running], kind: Callable[[Any], Any]
) -> None:
    def fails() -> Iterator[ServerSentEvent]:
        raise HTTPError(409, "not now")
        yield sse("never")

    answer = serve(one_route(lambda: kind(fails()))).get("/")
    assert (answer.status, answer.json()["detail"]) == (409, "not now")


@KINDS
@pytest.mark.parametrize("make", [StreamResponse, EventStream])
def test_a_failure_in_the_middle_breaks_off(
    serve: Callable[..., Running],
    capfd: pytest.CaptureFixture[str],
    engine: str,
    kind: Callable[[Any], Any],
    make: Callable[[Any], object],
) -> None:
    def fails() -> Iterator[ServerSentEvent]:
        yield sse("half")
        raise RuntimeError("no more")

    _, content = exchange(serve(one_route(lambda: make(kind(fails()))), engine), GET)
    assert b"data: half\n\n" in content
    assert not content.endswith(b"0\r\n\r\n")
    assert capfd.readouterr().err.count("RuntimeError: no more") == 1


@KINDS
def test_an_event_that_cannot_be_said_breaks_off(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], kind: Callable[[Any], Any]
) -> None:
    app = one_route(lambda: EventStream(kind([sse("fine"), sse("x", id="a\nb"), sse("never")])))
    _, content = exchange(serve(app), GET)
    assert b"data: fine" in content
    assert b"never" not in content
    assert not content.endswith(b"0\r\n\r\n")
    assert capfd.readouterr().err.count("ArgumentError") == 1


def test_an_event_stream_begins_before_its_first_event(
    serve: Callable[..., Running], engine: str
) -> None:
    app = App()
    go: list[asyncio.Event] = []

    @app.get("/")
    async def events() -> EventStream:
        event = asyncio.Event()
        go.append(event)

        async def source() -> AsyncIterator[object]:
            await event.wait()
            yield {"first": True}

        return EventStream(source(), retry_ms=2000, headers={"X-Own": "1"})

    @app.get("/go")
    async def let_go() -> None:
        go[0].set()

    running = serve(app, engine)
    with running.connect() as client:
        client.sendall(GET)
        received = read_until(client, b"retry: 2000\n\n")
        assert received.startswith(b"HTTP/1.1 200 ")
        for field in (*FIELDS, b"X-Own: 1"):
            assert field in received
        running.get("/go")
        assert b'data: {"first":true}\n\n' in read_all(client)


def test_heartbeats_while_the_source_is_silent(serve: Callable[..., Running], engine: str) -> None:
    app = App()
    steps = Steps()

    async def source() -> AsyncIterator[object]:
        try:
            yield "first"
            await asyncio.sleep(60)
        finally:
            steps.tell("closed")

    @app.get("/")
    async def events() -> EventStream:
        return EventStream(source(), heartbeat_ms=20)

    with serve(app, engine).connect() as client:
        client.sendall(GET)
        received = read_until(client, b"data: first\n\n")
        while received.count(b"\n:") < 2:
            piece = client.recv(65536)
            assert piece, received
            received += piece
    steps.wait("closed")


@KINDS
def test_head_is_the_head_alone(
    serve: Callable[..., Running], engine: str, kind: Callable[[Any], Any]
) -> None:
    steps = Steps()

    def items() -> Iterator[str]:
        steps.tell("produced")
        yield "never"

    running = serve(one_route(lambda: EventStream(kind(items()))), engine)
    answer = running.request("HEAD", "/")
    assert (answer.status, answer.type, answer.body) == (200, "text/event-stream", b"")
    assert steps.told == []


@pytest.mark.parametrize("how", ["field", "wrap", "status", "type", "other"])
@KINDS
def test_after_hooks_see_an_answer_of_events(
    serve: Callable[..., Running], engine: str, kind: Callable[[Any], Any], how: str
) -> None:
    steps = Steps()

    def items() -> Iterator[str]:
        try:
            yield "one"
            yield "two"
        finally:
            steps.tell("closed")

    app = one_route(lambda: EventStream(kind(items())), status=201)

    async def wrap(body: Any) -> AsyncIterator[object]:
        if kind is as_async:
            async for item in body:
                yield {"item": item}
        else:
            for item in body:
                yield {"item": item}

    @app.after
    def after(_: Request, response: Response) -> Response | None:
        assert isinstance(response, EventStream)
        assert (response.content_type, response.status) == ("text/event-stream", 200)
        response.headers["x-after"] = "1"
        if how == "wrap":
            response.body = wrap(response.body)
        if how == "status":
            response.status = 299
        if how == "type":
            response.content_type = "text/plain"
        return Response("other") if how == "other" else None

    answer = serve(app, engine).get("/")
    expected = {
        "field": (200, "data: one\n\ndata: two\n\n"),
        "wrap": (200, 'data: {"item":"one"}\n\ndata: {"item":"two"}\n\n'),
        "status": (500, "an answer of events has status 200, not 299"),
        "type": (500, "an answer of events is text/event-stream, not text/plain"),
        "other": (200, "other"),
    }
    text = answer.json()["detail"] if answer.status == 500 else answer.text
    assert (answer.status, text) == expected[how]
    if how in ("field", "wrap"):
        assert answer.headers["x-after"] == "1"


@pytest.mark.parametrize("settings", [{"heartbeat_ms": -1}, {"retry_ms": 1 << 31}])
def test_settings_that_are_none(settings: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="is a number of milliseconds"):
        EventStream([], **settings)


def test_a_heartbeat_that_is_too_slow_is_an_error(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str]
) -> None:
    app = one_route(lambda: EventStream(["x"], heartbeat_ms=86_400_001))
    assert serve(app).get("/").status == 500
    assert "ArgumentError" in capfd.readouterr().err


def test_what_is_no_source() -> None:
    source: Any = "text"
    with pytest.raises(TypeError, match="iterable"):
        EventStream(source)


def test_a_kept_answer_of_a_list(serve: Callable[..., Running]) -> None:
    kept = EventStream(["a", "b"])
    running = serve(one_route(lambda: kept))
    assert [running.get("/").text for _ in range(2)] == ["data: a\n\ndata: b\n\n"] * 2


def test_the_last_event_id(serve: Callable[..., Running]) -> None:
    app = App()

    @app.get("/")
    def resume(request: Request) -> dict[str, object]:
        return {"last": request.last_event_id}

    running = serve(app)
    assert running.get("/").json() == {"last": None}
    assert running.get("/", {"Last-Event-ID": "7 a"}).json() == {"last": "7 a"}
    assert running.get("/", {"last-event-id": ""}).json() == {"last": ""}


@KINDS
@pytest.mark.parametrize("make", [StreamResponse, EventStream])
def test_a_slow_client_holds_the_producer_and_one_that_leaves_stops_it(
    serve: Callable[..., Running],
    capfd: pytest.CaptureFixture[str],
    engine: str,
    kind: Callable[[Any], Any],
    make: Callable[[Any], object],
) -> None:
    steps = Steps()
    made: list[int] = []
    event = sse("x" * 65536)

    def items() -> Iterator[ServerSentEvent]:
        try:
            for number in range(4096):
                made.append(number)
                yield event
        finally:
            steps.tell("closed")

    app = one_route(lambda: make(kind(items())))
    app.get("/made")(lambda: len(made))
    running = serve(app, engine)
    with running.connect() as client:
        client.sendall(GET)
        assert client.recv(100)
        while running.get("/made").json() != len(made) or not made:
            pass
        assert len(made) < 1024
    steps.wait("closed")
    assert len(made) < 4096
    running.stop()
    assert "error" not in capfd.readouterr().err


def test_by_hand(serve: Callable[..., Running], engine: str) -> None:
    app = App()

    @app.get("/")
    def by_hand(request: Request) -> None:
        with pytest.raises(StateError):
            lowlevel.sse_send(request, sse("early"))
        with pytest.raises(ValueError, match="heartbeat_ms is a number"):
            lowlevel.sse_begin(request, None, -1)
        lowlevel.sse_begin(request, {"x-own": "1"}, 0, 3000)
        with pytest.raises(StateError):
            lowlevel.sse_begin(request)
        with pytest.raises(ArgumentError):
            lowlevel.sse_send(request, sse())
        with pytest.raises(TypeError):
            lowlevel.sse_send(request, object())
        with pytest.raises(TypeError):
            lowlevel.sse_send("request", "event")  # type: ignore[arg-type]
        assert lowlevel.sse_send(request, sse("sent")) is False
        lowlevel.reply_write(request, sse("encoded").encode())
        lowlevel.reply_end(request)

    head, content = exchange(serve(app, engine), GET)
    assert b"x-own: 1" in head
    pieces, _ = chunks(content)
    assert b"".join(pieces) == b"retry: 3000\n\ndata: sent\n\ndata: encoded\n\n"


def test_from_another_thread(serve: Callable[..., Running], engine: str) -> None:
    app = App()

    @app.get("/")
    def elsewhere(request: Request) -> None:
        lowlevel.defer(request)
        loop = lowlevel.current_loop()
        assert loop is not None

        def write() -> None:
            post = lowlevel.post
            begin, piece, end = lowlevel.POST_SSE_BEGIN, lowlevel.POST_WRITE, lowlevel.POST_END
            post(loop, request, 0, b"", 0, [("x-own", "1")], begin, 3000)
            post(loop, request, 0, sse("posted").encode(), kind=piece)
            post(loop, request, 0, b"", 0, kind=end)

        threading.Thread(target=write).start()

    head, content = exchange(serve(app, engine), GET)
    assert b"x-own: 1" in head
    for field in FIELDS:
        assert field in head
    assert b"".join(chunks(content)[0]) == b"retry: 3000\n\ndata: posted\n\n"


def test_old_clients_get_events_too(serve: Callable[..., Running], engine: str) -> None:
    running = serve(one_route(lambda: EventStream(as_async(["a", "b"]))), engine)
    with running.connect() as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert split(read_all(client))[1] == b"data: a\n\ndata: b\n\n"
