"""The test clients, which are served without a port."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import pytest

from trivet import (
    App,
    ArgumentError,
    Depends,
    EventHub,
    HTTPError,
    HubStream,
    Request,
    Response,
    StateError,
    StreamResponse,
    sse,
)
from trivet.testing import AsyncTestClient, TestClient, WireError
from trivet.testing._events import EventReader
from trivet.testing._message import Outgoing


def session() -> str:
    return "real"


def make_app(**settings: Any) -> App:
    app = App(**settings)

    @app.get("/hello")
    def hello() -> dict[str, str]:
        return {"hello": "world"}

    @app.route("/echo", methods=["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    def echo(request: Request) -> dict[str, Any]:
        return {
            "method": request.method,
            "query": request.query_string,
            "type": request.headers.get("Content-Type"),
            "cookie": request.headers.get("Cookie"),
            "x": request.headers.get("X-Test"),
            "body": request.body.decode(),
        }

    @app.get("/later")
    async def later() -> str:
        await asyncio.sleep(3600)
        return "after an hour"

    @app.get("/session")
    def show(value: Annotated[str, Depends(session)]) -> str:
        return value

    @app.get("/boom")
    def boom() -> None:
        raise RuntimeError("no such colour")

    @app.get("/boom-later")
    async def boom_later() -> None:
        await asyncio.sleep(0)
        raise RuntimeError("no such colour, later")

    @app.get("/half")
    def half() -> StreamResponse:
        def pieces() -> Iterator[str]:
            yield "one"
            yield "two"
            raise RuntimeError("no third")

        return StreamResponse(pieces())

    @app.get("/teapot")
    def teapot() -> None:
        raise HTTPError(503, "short and stout")

    @app.get("/login")
    def login() -> Response:
        response = Response("in")
        response.set_cookie("id", "7", path="/", http_only=True)
        return response

    @app.get("/logout")
    def logout() -> Response:
        response = Response("out")
        response.delete_cookie("id", path="/")
        return response

    @app.get("/count")
    async def count() -> AsyncIterator[Any]:
        for number in range(3):
            yield sse(str(number), id=number, event="tick")

    @app.get("/pieces")
    def pieces() -> StreamResponse:
        return StreamResponse(iter(["one ", "two ", "three"]))

    return app


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(make_app()) as client:
        yield client


def test_it_answers(client: TestClient) -> None:
    response = client.get("/hello")
    assert response.status == 200
    assert response.headers["content-type"] == "application/json"
    assert "Date" in response.headers
    assert response.text == '{"hello":"world"}'
    assert response.json() == {"hello": "world"}
    assert client.get("/none").status == 404


@pytest.mark.parametrize("engine", ["uring", "epoll"])
def test_either_engine_serves_it(engine: str) -> None:
    with TestClient(make_app(engine=engine)) as client:
        assert client.get("/hello").status == 200


def test_every_method(client: TestClient) -> None:
    for name in ("get", "post", "put", "patch", "delete", "options"):
        assert getattr(client, name)("/echo").json()["method"] == name.upper()
    head = client.head("/hello")
    assert (head.status, head.content) == (200, b"")
    assert client.request("POST", "/echo", content="x").json()["body"] == "x"


def test_contents(client: TestClient) -> None:
    def echoed(**parts: Any) -> list[str]:
        told = client.post("/echo", **parts).json()
        return [told["type"], told["body"]]

    assert echoed(json={"a": 1}) == ["application/json", '{"a":1}']
    assert echoed(data={"a": 1, "b": ["x", "y z"]}) == [
        "application/x-www-form-urlencoded",
        "a=1&b=x&b=y+z",
    ]
    assert echoed(content="ü") == ["text/plain; charset=utf-8", "ü"]
    assert echoed(content=iter([b"one ", b"", b"two"])) == [None, "one two"]
    with pytest.raises(ArgumentError, match="one content"):
        client.post("/echo", json=1, content="x")


def test_a_form_with_files() -> None:
    app = App()

    @app.post("/form")
    async def form(request: Request) -> dict[str, Any]:
        form = await request.form()
        file = form.files["photo"]
        return {
            "title": form["title"],
            "name": file.filename,
            "type": file.content_type,
            "content": file.read().decode(),
        }

    with TestClient(app) as client:
        told = client.post(
            "/form", data={"title": "a"}, files={"photo": ("p.png", b"png", "image/png")}
        ).json()
        assert told == {"title": "a", "name": "p.png", "type": "image/png", "content": "png"}


def test_query_fields_and_targets(client: TestClient) -> None:
    told = client.get("/echo?a=1", params={"b": [True, 2]}, headers={"X-Test": "ü"}).json()
    assert told["query"] == "a=1&b=true&b=2"
    assert told["x"] == "ü"
    client.headers["X-Test"] = "always"
    assert client.get("/echo").json()["x"] == "always"
    with pytest.raises(ArgumentError, match="control character"):
        client.get("/echo", headers={"X-Test": "a\r\nX-Injected: b"})
    assert Outgoing("GET", "/a b/ü%20\x01?q=ö d").target == "/a%20b/%C3%BC%20%01?q=%C3%B6%20d"


def test_cookies_are_kept(client: TestClient) -> None:
    assert client.get("/login").cookies == {"id": "7"}
    assert client.cookies == {"id": "7"}
    assert client.get("/echo").json()["cookie"] == "id=7"
    client.get("/logout")
    assert client.get("/echo").json()["cookie"] is None
    client.set_cookie("theme", "dark")
    assert client.get("/echo").json()["cookie"] == "theme=dark"
    client.clear_cookies()
    assert client.cookies == {}


def test_what_a_handler_raises_is_raised(client: TestClient) -> None:
    with pytest.raises(RuntimeError, match=r"^no such colour$"):
        client.get("/boom")
    with pytest.raises(RuntimeError, match="later"):
        client.get("/boom-later")
    with pytest.raises(RuntimeError, match="no third"):
        client.get("/half")
    assert client.get("/teapot").status == 503, "that was the handler's answer"
    assert client.failures == []
    assert client.get("/hello").status == 200


def test_what_a_handler_raises_is_answered() -> None:
    with TestClient(make_app(), raise_errors=False) as client:
        assert client.get("/boom").status == 500
        assert client.get("/boom-later").status == 500
        with pytest.raises(WireError, match=r"breaks off|ends before"):
            client.get("/half")
        assert [str(error) for error in client.failures] == [
            "no such colour",
            "no such colour, later",
            "no third",
        ]


def test_an_error_handler_answers_for_it() -> None:
    app = make_app()

    @app.on_error(RuntimeError)
    def mapped(request: Request, error: RuntimeError) -> Response:
        return Response(str(error), 400)

    with TestClient(app) as client:
        response = client.get("/boom")
        assert (response.status, response.text) == (400, "no such colour")
        assert client.failures == []


def test_dependencies_are_overridden(client: TestClient) -> None:
    with client.override(session, lambda: "fake"):
        assert client.get("/session").text == "fake"
        with client.override(session, lambda: "inner"):
            assert client.get("/session").text == "inner"
        assert client.get("/session").text == "fake"
    assert client.get("/session").text == "real"


def test_answers_in_pieces(client: TestClient) -> None:
    with client.stream("GET", "/pieces") as response:
        assert response.status == 200
        assert b"".join(response) == b"one two three"
    with client.stream("GET", "/pieces") as response:
        assert response.read() == b"one two three"


def test_events(client: TestClient) -> None:
    with client.sse("/count") as events:
        found = list(events)
    assert [(event.data, event.event, event.id) for event in found] == [
        ("0", "tick", "0"),
        ("1", "tick", "1"),
        ("2", "tick", "2"),
    ]
    assert found[0].json() == 0


def test_heartbeats_come_when_time_goes_on() -> None:
    app = App()
    hub = EventHub(app, heartbeat_ms=15_000)

    @app.get("/news")
    def news(request: Request) -> HubStream:
        return hub.stream(request)

    with TestClient(app) as client, client.stream("GET", "/news") as response:
        client.advance(15.2)
        hub.publish("hello")
        assert next(response.events()).data == "hello"
        assert len(response.comments) == 1


def test_time_goes_on() -> None:
    with TestClient(make_app(request_timeout_ms=10_000_000), timeout=10_000) as client:
        opened = client._core.open("GET", "/later")

        async def ask() -> tuple[int, bytes]:
            waiting = asyncio.ensure_future(opened)
            await asyncio.sleep(0.01)
            client._serving._server.advance(3_600_000)
            exchange = await waiting
            return exchange.status, await exchange.read()

        assert client._serving.run(ask()) == (200, b"after an hour")


def test_deadlines_of_the_engine_come() -> None:
    with TestClient(make_app(idle_timeout_ms=75_000)) as client:
        client.get("/hello")
        before = client._serving._server.loop.stats()["connections"]
        client.advance(76)
        client.get("/hello")
        stats = client._serving._server.loop.stats()
        assert before == 1
        assert (stats["connections"], stats["connections_total"]) == (1, 2)


def test_a_handler_that_does_not_answer() -> None:
    with (
        TestClient(make_app(), timeout=0.05) as client,
        pytest.raises(TimeoutError, match="does the handler answer"),
    ):
        client.get("/later")


def test_start_and_end() -> None:
    app = make_app()
    seen: list[str] = []
    app.on_startup(lambda: seen.append("start"))

    @app.on_shutdown
    async def end() -> None:
        await asyncio.sleep(0)
        seen.append("end")

    for _ in range(2):
        with TestClient(app) as client:
            assert seen[-1] == "start"
            assert client.get("/hello").status == 200
    assert seen == ["start", "end"] * 2


def test_a_start_that_fails() -> None:
    app = make_app()

    @app.on_startup
    def start() -> None:
        raise ValueError("no database")

    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(ValueError, match="no database"):
        TestClient(app)
    assert len(os.listdir("/proc/self/fd")) == before


def test_no_descriptors_are_left() -> None:
    before = len(os.listdir("/proc/self/fd"))
    with TestClient(make_app()) as client:
        for _ in range(3):
            client.get("/hello")
        with client.stream("GET", "/count"):
            pass
        client.get("/pieces")
    assert len(os.listdir("/proc/self/fd")) == before


def test_it_runs_on_the_thread_of_the_test() -> None:
    app = App()
    app.get("/thread")(lambda: {"thread": threading.get_native_id()})
    with TestClient(app) as client:
        assert client.get("/thread").json() == {"thread": threading.get_native_id()}


def test_a_closed_client() -> None:
    client = TestClient(make_app())
    client.close()
    client.close()
    with pytest.raises(StateError, match="closed"):
        client.get("/hello")


def test_in_an_event_loop() -> None:
    async def ask() -> None:
        with pytest.raises(StateError, match="AsyncTestClient"):
            TestClient(make_app())
        async with AsyncTestClient(make_app(request_timeout_ms=10_000_000)) as client:
            assert (await client.get("/hello")).json() == {"hello": "world"}
            told = (await client.post("/echo", json=[1])).json()
            assert told["body"] == "[1]"
            answers = await asyncio.gather(*(client.get("/hello") for _ in range(20)))
            assert {answer.status for answer in answers} == {200}
            with pytest.raises(RuntimeError, match="no such colour"):
                await client.get("/boom")
            with client.override(session, lambda: "fake"):
                assert (await client.get("/session")).text == "fake"
            await client.get("/login")
            assert client.cookies == {"id": "7"}
            async with client.sse("/count") as events:
                assert [event.data async for event in events] == ["0", "1", "2"]
            async with client.stream("GET", "/pieces") as response:
                assert [piece async for piece in response] != []
            waiting = asyncio.ensure_future(client.get("/later"))
            while not await _is_waiting(client):
                await asyncio.sleep(0)
            await client.advance(3600)
            assert (await waiting).text == "after an hour"

    async def _is_waiting(client: AsyncTestClient) -> bool:
        server = client._serving._server
        assert server is not None
        return bool(asyncio.all_tasks(server.test_loop))

    before = len(os.listdir("/proc/self/fd"))
    asyncio.run(ask())
    assert len(os.listdir("/proc/self/fd")) <= before


def test_in_an_event_loop_a_start_that_fails() -> None:
    app = make_app()

    @app.on_startup
    async def start() -> None:
        raise ValueError("no database")

    async def ask() -> None:
        async with AsyncTestClient(app):
            pass

    with pytest.raises(ValueError, match="no database"):
        asyncio.run(ask())


def test_events_at_every_cut() -> None:
    text = (
        b": first\n\n"
        b"data: one\r\ndata:two\r\rid: 7\nevent: tick\ndata\n\n"
        b"retry: 1500\ndata: three\n\nretry: x\nid: a\0b\ndata: four\n\ndata: half"
    )
    expected = [
        ("one\ntwo", "message", "", None),
        ("", "tick", "7", None),
        ("three", "message", "7", 1500),
        ("four", "message", "7", None),
    ]
    for cut in range(len(text)):
        reader = EventReader()
        found = reader.feed(text[:cut]) + reader.feed(text[cut:])
        assert [(e.data, e.event, e.id, e.retry) for e in found] == expected
        assert reader.comments == ["first"]


def test_the_engine_alone(client: TestClient) -> None:
    app = App(log_level="off")
    with pytest.raises(Exception, match="no loop for tests"):
        app.native.inject()
    with pytest.raises(OverflowError):
        client.app.native.advance(-1)
    with pytest.raises(ArgumentError):
        client.advance(-1)
