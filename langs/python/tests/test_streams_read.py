"""Requests whose content is read as it arrives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from conftest import Running
from streaming import HEAD, Steps, chunks, exchange, read_all

from trivet import (
    JSON,
    App,
    ArgumentError,
    ClientGoneError,
    ClientTimeoutError,
    ContentTooLarge,
    HTTPError,
    LimitError,
    OutOfMemoryError,
    ProtocolError,
    Request,
    RouteLimits,
    ServiceUnavailable,
    StaleHandleError,
    StateError,
    lowlevel,
)

POST = b"POST / HTTP/1.1\r\n" + HEAD
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def test_content_comes_in_chunks(serve: Callable[..., Running], engine: str) -> None:
    app = App()
    steps = Steps()

    @app.post("/", stream=True)
    async def upload(request: Request) -> dict[str, object]:
        steps.tell("called")
        seen = []
        async for chunk in request.stream(lambda received, total: seen.append((received, total))):
            assert isinstance(chunk, bytes)
            steps.tell(chunk)
        return {"seen": seen, "trailers": request.trailers.items_list()}

    running = serve(app, engine)
    with running.connect() as client:
        client.sendall(POST + b"Content-Length: 10\r\n\r\n")
        steps.wait("called")
        client.sendall(b"first")
        steps.wait(b"first")
        client.sendall(b"other")
        answer = read_all(client)
    assert answer.endswith(b'{"seen":[[5,10],[10,10]],"trailers":[]}')
    trailers = b"2\r\nhi\r\n0\r\nX-Sum: 2\r\nx-sum: 3\r\n\r\n"
    _, content = exchange(running, CHUNKED, trailers)
    assert content == b'{"seen":[[2,null]],"trailers":[["X-Sum","2"],["x-sum","3"]]}'


def test_trailers_are_a_mapping(serve: Callable[..., Running]) -> None:
    app = App()

    @app.post("/", stream=True)
    async def upload(request: Request) -> dict[str, object]:
        before = len(request.trailers)
        content = await request.read()
        trailers = request.trailers
        return {
            "before": before,
            "content": content.decode(),
            "sum": trailers["x-SUM"],
            "all": trailers.get_list("x-sum"),
            "keys": list(trailers),
            "missing": trailers.get("x-other"),
        }

    _, content = exchange(serve(app), CHUNKED, b"2\r\nhi\r\n0\r\nX-Sum: 2\r\nx-sum: 3\r\n\r\n")
    assert content == (
        b'{"before":0,"content":"hi","sum":"2","all":["2","3"],"keys":["X-Sum"],"missing":null}'
    )


@pytest.mark.parametrize("stream", [True, False])
def test_the_whole_in_one_call(serve: Callable[..., Running], engine: str, stream: bool) -> None:
    app = App(body_bytes_max=8 << 20)
    content = bytes(range(256)) * 4096 * 4

    @app.post("/read", stream=stream)
    async def read(request: Request) -> bytes:
        return await request.read()

    @app.post("/told", stream=stream)
    async def told(request: Request) -> bytes:
        seen: list[tuple[int, int | None]] = []
        whole = await request.read(progress=lambda *told: seen.append(told))
        assert seen[-1] == (len(content), len(content)) if whole else not seen
        return whole

    @app.post("/stream", stream=stream)
    async def pieces(request: Request) -> bytes:
        seen: list[tuple[int, int | None]] = []
        parts = [chunk async for chunk in request.stream(lambda *told: seen.append(told))]
        assert seen[-1] == (len(content), len(content)) if content else not seen
        assert len(parts) > 1 or not stream
        return b"".join(parts)

    @app.post("/empty", stream=stream)
    async def empty(request: Request) -> list[object]:
        none = [chunk async for chunk in request.stream()]
        return [none, (await request.read()).decode()]

    running = serve(app, engine)
    assert running.request("POST", "/read", content).body == content
    assert running.request("POST", "/told", content).body == content
    assert running.request("POST", "/told", b"").body == b""
    assert running.request("POST", "/stream", content).body == content
    assert running.request("POST", "/empty", b"").json() == [[], ""]


def test_body_is_not_for_routes_that_stream(serve: Callable[..., Running]) -> None:
    app = App()

    @app.post("/", stream=True)
    async def upload(request: Request) -> list[str]:
        told = []
        for ask in (lambda: request.body, request.text, request.json):
            with pytest.raises(StateError, match="read the content with read, stream or form"):
                ask()
            told.append(request.method)
        return told

    assert serve(app).request("POST", "/", b"{}").json() == ["POST"] * 3


@pytest.mark.parametrize("is_mapped", [False, True])
@pytest.mark.parametrize(
    ("sent", "status", "cause"),
    [
        (b"8\r\n01234567\r\n9\r\n89abcdefg\r\n0\r\n\r\n", 413, LimitError),
        (b"2\r\nhi\r\nx\r\n", 400, ProtocolError),
        (b"2\r\nhi\r\n", 408, ClientTimeoutError),
    ],
)
def test_what_goes_wrong_is_an_answer(
    serve: Callable[..., Running],
    capfd: pytest.CaptureFixture[str],
    engine: str,
    sent: bytes,
    status: int,
    cause: type[Exception],
    is_mapped: bool,
) -> None:
    app = App(body_timeout_ms=200)
    causes: list[object] = []

    @app.post("/", stream=True, limits=RouteLimits(body_bytes_max=16))
    async def upload(request: Request) -> bytes:
        try:
            return await request.read()
        except HTTPError as error:
            causes.append(type(error.__cause__))
            raise

    if is_mapped:

        @app.on_error
        def mapped(_: Request, error: Exception) -> JSON:
            assert isinstance(error, HTTPError)
            return JSON({"mapped": error.status})

    head, content = exchange(serve(app, engine), CHUNKED, sent)
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert causes == [cause]
    if is_mapped:
        assert content == b'{"mapped":%d}' % status
    else:
        assert b'"status":%d' % status in content
    assert "failed" not in capfd.readouterr().err


def test_content_for_which_there_is_no_memory_is_503() -> None:
    from trivet._streams import failure_of

    failure = failure_of(OutOfMemoryError())
    assert isinstance(failure, ServiceUnavailable)
    other = StateError()
    assert failure_of(other) is other


def test_a_handler_may_take_the_failure(serve: Callable[..., Running]) -> None:
    app = App()

    @app.post("/", stream=True, limits=RouteLimits(body_bytes_max=4))
    async def upload(request: Request) -> str:
        try:
            await request.read()
        except ContentTooLarge as error:
            return f"no more, {error.detail}"
        return "all"

    _, content = exchange(serve(app), CHUNKED, b"5\r\n01234\r\n0\r\n\r\n")
    assert content == b"no more, the content is longer than it may be"


def test_the_limit_of_a_route_that_does_not_stream(serve: Callable[..., Running]) -> None:
    app = App(body_bytes_max=8)

    @app.post("/small", limits=RouteLimits(body_bytes_max=4))
    def small(request: Request) -> bytes:
        return request.body

    @app.post("/large", limits=RouteLimits(body_bytes_max=16))
    def large(request: Request) -> bytes:
        return request.body

    running = serve(app)
    assert running.request("POST", "/small", b"01234").status == 413
    assert running.request("POST", "/small", b"0123").status == 200
    assert running.request("POST", "/large", b"0" * 16).status == 200
    assert running.request("POST", "/large", b"0" * 17).status == 413


def test_a_plain_handler_cannot_wait() -> None:
    app = App()

    def plain() -> None: ...

    with pytest.raises(ArgumentError, match=r"plain\(\).*is an async def, because it waits"):
        app.post("/", stream=True)(plain)
    assert app.routes == []


def test_continue_is_sent_by_reading(serve: Callable[..., Running], engine: str) -> None:
    app = App()
    steps = Steps()

    @app.post("/", stream=True)
    async def upload(request: Request) -> bytes:
        steps.tell("called")
        return await request.read()

    @app.post("/early", stream=True)
    async def early() -> str:
        return "early"

    running = serve(app, engine)
    expect = b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    with running.connect() as client:
        client.sendall(POST + expect)
        assert client.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"hello")
        assert read_all(client).endswith(b"hello")
    head, content = exchange(running, b"POST /early HTTP/1.1\r\n" + HEAD + expect)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert content == b"early"


def test_a_client_that_leaves_cancels_the_reader(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], engine: str
) -> None:
    app = App()
    steps = Steps()

    @app.post("/", stream=True)
    async def upload(request: Request) -> None:
        steps.tell("called")
        try:
            await request.read()
        except asyncio.CancelledError:
            steps.tell("cancelled")
            raise

    running = serve(app, engine)
    with running.connect() as client:
        client.sendall(CHUNKED + b"2\r\nhi\r\n")
        steps.wait("called")
    steps.wait("cancelled")
    running.stop()
    assert "error" not in capfd.readouterr().err


@pytest.mark.parametrize("waits_for_it", [True, False])
def test_a_task_of_the_handler_is_told(
    serve: Callable[..., Running], engine: str, waits_for_it: bool
) -> None:
    app = App()
    steps = Steps()
    tasks = []

    @app.post("/", stream=True)
    async def upload(request: Request) -> None:
        async def read() -> None:
            try:
                await request.read()
            except Exception as error:
                steps.tell(type(error))

        reading = asyncio.create_task(read())
        tasks.append(reading)
        await asyncio.sleep(0)
        steps.tell("reading")
        try:
            await asyncio.sleep(60)
        finally:
            if waits_for_it:
                await reading

    running = serve(app, engine)
    with running.connect() as client:
        client.sendall(CHUNKED + b"2\r\nhi\r\n")
        steps.wait("reading")
    steps.wait(ClientGoneError)


def test_two_readers_at_once(serve: Callable[..., Running], engine: str) -> None:
    app = App()
    steps = Steps()

    @app.post("/", stream=True)
    async def upload(request: Request) -> str:
        first: asyncio.Task[bytes] = asyncio.create_task(request.read())  # type: ignore[arg-type]
        await asyncio.sleep(0)
        with pytest.raises(StateError, match="is being read already"):
            await request.read()
        with pytest.raises(StateError, match="is being read already"):
            async for _ in request.stream():
                pass
        steps.tell("refused")
        return (await first).decode()

    running = serve(app, engine)
    with running.connect() as client:
        client.sendall(POST + b"Content-Length: 5\r\n\r\n")
        steps.wait("refused")
        client.sendall(b"whole")
        assert read_all(client).endswith(b"whole")


def test_a_second_reader_does_not_take_what_woke_the_first(
    serve: Callable[..., Running], engine: str
) -> None:
    from trivet import _streams

    app = App()
    steps = Steps()

    @app.post("/", stream=True)
    async def upload(request: Request) -> str:
        first: asyncio.Task[bytes] = asyncio.create_task(request.read())  # type: ignore[arg-type]
        await asyncio.sleep(0)
        waiting = _streams._channels[request.id]._reader
        assert waiting is not None
        steps.tell("waits")
        while not waiting.done():
            await asyncio.sleep(0)
        assert not first.done()
        with pytest.raises(StateError, match="is being read already"):
            await request.read()
        return (await first).decode()

    running = serve(app, engine)
    with running.connect() as client:
        client.sendall(POST + b"Content-Length: 5\r\n\r\n")
        steps.wait("waits")
        client.sendall(b"whole")
        assert read_all(client).endswith(b"whole")


def test_reading_after_the_answer(serve: Callable[..., Running]) -> None:
    app = App()
    steps = Steps()
    tasks = []

    @app.post("/", stream=True)
    async def upload(request: Request) -> str:
        async def late() -> None:
            try:
                await request.read()
            except StaleHandleError:
                steps.tell("stale")

        tasks.append(asyncio.create_task(late()))
        await asyncio.sleep(0)
        return "early"

    running = serve(app)
    head, _ = exchange(running, POST + b"Content-Length: 5\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    steps.wait("stale")


def test_hooks_stand_around_a_route_that_streams(serve: Callable[..., Running]) -> None:
    app = App()

    @app.before
    def before(request: Request) -> None:
        request.state.user = "me"

    @app.after
    async def after(_: Request, response: JSON) -> None:
        response.headers["x-after"] = "1"

    @app.post("/", stream=True)
    async def upload(request: Request) -> str:
        return str(request.state.user) + (await request.read()).decode()

    answer = serve(app).request("POST", "/", b"!")
    assert (answer.text, answer.headers["x-after"]) == ("me!", "1")


def test_an_echo_answers_while_it_reads(serve: Callable[..., Running], engine: str) -> None:
    app = App()

    @app.post("/", stream=True)
    async def echo(request: Request) -> AsyncIterator[bytes]:
        async for chunk in request.stream():
            yield chunk

    with serve(app, engine).connect() as client:
        client.sendall(CHUNKED + b"5\r\nfirst\r\n")
        answer = b""
        while not answer.endswith(b"5\r\nfirst\r\n"):
            piece = client.recv(65536)
            assert piece, answer
            answer += piece
        assert b"application/octet-stream" in answer
        client.sendall(b"5\r\nother\r\n0\r\n\r\n")
        assert chunks(read_all(client)) == ([b"other"], [])


def test_by_hand(serve: Callable[..., Running], engine: str) -> None:
    app = App()
    steps = Steps()

    @app.post("/", stream=True)
    async def upload(request: Request) -> None:
        told: list[int] = []
        ready = asyncio.Event()

        def on_ready(what: int) -> None:
            told.append(what)
            ready.set()

        assert lowlevel.request_read(request) is None
        lowlevel.request_on_ready(request, on_ready)
        steps.tell("waits")
        await ready.wait()
        assert told == [lowlevel.READY_READ]
        assert lowlevel.request_read(request) == b"hi"
        assert lowlevel.request_read(request) is None
        lowlevel.request_on_ready(request, lambda _: None)
        assert told == [lowlevel.READY_READ, 0]
        lowlevel.reply_text(request, 200, "told")
        with pytest.raises(StaleHandleError):
            lowlevel.request_read(request)
        with pytest.raises(StaleHandleError):
            lowlevel.request_on_ready(request, on_ready)

    with pytest.raises(TypeError):
        lowlevel.request_read("no request")  # type: ignore[arg-type]
    with serve(app, engine).connect() as client:
        client.sendall(CHUNKED)
        steps.wait("waits")
        client.sendall(b"2\r\nhi\r\n")
        assert b"told" in read_all(client)
