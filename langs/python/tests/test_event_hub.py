"""Hubs: one event for many clients."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Running
from streaming import HEAD, chunks, exchange, read_all, read_until, split

from trivet import (
    App,
    ArgumentError,
    EventHub,
    HTTPError,
    HubStream,
    LimitError,
    Request,
    Response,
    StaleHandleError,
    lowlevel,
    sse,
)

GET = b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n"


def hub_app(**settings: Any) -> tuple[App, EventHub]:
    app = App()
    hub = EventHub(app, **settings)

    @app.get("/")
    def events(request: Request) -> HubStream:
        return hub.stream(request)

    return app, hub


class Subscriber:
    """A client that has its head, and so is a subscriber."""

    def __init__(self, running: Running, head: bytes = GET) -> None:
        self._client = running.connect()
        self._client.sendall(head)
        self._received = read_until(self._client, b"\r\n\r\n")
        assert self._received.startswith(b"HTTP/1.1 200 "), self._received

    def until(self, end: bytes) -> bytes:
        """Everything up to what came with this."""
        while end not in self._received:
            piece = self._client.recv(1 << 20)
            assert piece, self._received
            self._received += piece
        return self._received

    def rest(self) -> bytes:
        """The content, once it has ended."""
        with self._client:
            return split(self._received + read_all(self._client))[1]

    def __enter__(self) -> Subscriber:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()


def data_of(content: bytes) -> list[str]:
    """The data of the events in chunked content, or in the part of it that came."""
    return [line[6:] for line in content.decode().split("\n") if line.startswith("data: ")]


def test_each_client_gets_each_event_once(serve: Callable[..., Running], engine: str) -> None:
    app, hub = hub_app()
    running = serve(app, engine)
    clients = [Subscriber(running) for _ in range(5)]

    def publish() -> None:
        for n in range(50):
            hub.publish({"n": n})

    publisher = threading.Thread(target=publish)
    publisher.start()
    publisher.join()
    hub.publish("last", event="tick", comment="c")
    hub.publish(sse("made before", event="tick"))
    info = hub.info()
    assert (info["subscribers"], info["subscribers_total"]) == (5, 5)
    assert info["published_total"] == 52
    hub.close()
    expected = [f'{{"n":{n}}}' for n in range(50)] + ["last", "made before"]
    for client in clients:
        content = client.rest()
        assert data_of(content) == expected
        assert content.endswith(b"0\r\n\r\n")
        assert content.count(b"event: tick\n") == 2


def test_what_clients_missed_comes_first(serve: Callable[..., Running], engine: str) -> None:
    app, hub = hub_app(history=3, own_ids=True, retry_ms=1000)
    for n in range(5):
        hub.publish(str(n), id=n)
    running = serve(app, engine)
    new = Subscriber(running)
    after_three = Subscriber(running, GET[:-2] + b"Last-Event-ID: 3\r\n\r\n")
    unknown = Subscriber(running, GET[:-2] + b"Last-Event-ID: x\r\n\r\n")
    # Three events are kept, also for those who are slow.
    for client in (after_three, unknown):
        client.until(b"data: 4\n\n")
    hub.publish("live", id="5")
    hub.close()
    received = [client.rest() for client in (new, after_three, unknown)]
    assert data_of(received[1]) == ["4", "live"]
    assert data_of(received[2]) == ["2", "3", "4", "live"]
    assert data_of(received[0]) == ["live"]
    assert all(content.count(b"retry: 1000") == 1 for content in received)
    assert received[1].count(b"id: 5\n") == 1


def test_the_handler_may_say_what_the_last_event_was(serve: Callable[..., Running]) -> None:
    app = App()
    hub = EventHub(app, own_ids=True)

    @app.get("/")
    def events(request: Request, last: str) -> HubStream:
        return hub.stream(request, last_event_id=last, headers={"X-Own": "1"})

    hub.publish("a", id=1)
    hub.publish("b", id=2)
    running = serve(app)
    get = GET.replace(b"/", b"/?last=1", 1)
    client = Subscriber(running, get[:-2] + b"Last-Event-ID: 2\r\n\r\n")
    hub.publish("c", id=3)
    hub.close()
    assert data_of(client.rest()) == ["b", "c"]


def test_a_hub_numbers_its_events(serve: Callable[..., Running]) -> None:
    app, hub = hub_app()
    running = serve(app)
    with Subscriber(running) as client:
        hub.publish("a")
        received = client.until(b"data: a\n\n")
    last = next(line[4:] for line in received.split(b"\n") if line.startswith(b"id: "))
    hub.publish("b")
    client = Subscriber(running, GET[:-2] + b"Last-Event-ID: " + last + b"\r\n\r\n")
    hub.close()
    assert data_of(client.rest()) == ["b"]


def test_the_loops_of_a_process_share_a_hub(serve: Callable[..., Running], engine: str) -> None:
    app, hub = hub_app()
    one, other = serve(app, engine), serve(app, engine)
    clients = [Subscriber(one), Subscriber(other)]
    hub.publish("for both")
    hub.close()
    assert [data_of(client.rest()) for client in clients] == [["for both"]] * 2


def test_a_handler_publishes(serve: Callable[..., Running], engine: str) -> None:
    app, hub = hub_app()

    @app.post("/")
    async def publish(request: Request) -> dict[str, int]:
        hub.publish(request.text())
        return {"subscribers": hub.info()["subscribers"]}

    running = serve(app, engine)
    with Subscriber(running) as client:
        assert running.request("POST", "/", "hello").json() == {"subscribers": 1}
        client.until(b"data: hello\n\n")
    while running.request("POST", "/", "again").json() != {"subscribers": 0}:
        pass


def test_threads_publish_while_clients_come_and_go(
    serve: Callable[..., Running], engine: str
) -> None:
    app, hub = hub_app(history=4096, history_bytes=1 << 20, client_bytes_max=1 << 20)
    running = serve(app, engine)
    listener = Subscriber(running)

    def publish(name: str) -> None:
        for n in range(200):
            hub.publish(f"{name}{n}")

    threads = [threading.Thread(target=publish, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for _ in range(20):
        with Subscriber(running):
            pass
    for thread in threads:
        thread.join()
    hub.close()
    received = data_of(listener.rest())
    assert len(received) == 800
    for name in "abcd":
        assert [data for data in received if data[0] == name] == [f"{name}{n}" for n in range(200)]


def test_a_drain_ends_the_streams(serve: Callable[..., Running], engine: str) -> None:
    app, hub = hub_app()
    running = serve(app, engine)
    client = Subscriber(running)
    hub.publish("before")
    running.stop()
    content = client.rest()
    assert data_of(content) == ["before"]
    assert content.endswith(b"0\r\n\r\n")


def test_a_hub_that_is_closed(serve: Callable[..., Running], engine: str) -> None:
    app, hub = hub_app()
    hub.publish("x")
    assert hub.info()["history_events"] == 1
    hub.close()
    hub.close()  # once is enough
    for call in (lambda: hub.publish("y"), hub.info, lambda: lowlevel.sse_hub_close(hub.handle)):
        with pytest.raises(StaleHandleError, match="the event hub is closed"):
            call()
    answer = serve(app, engine).get("/")
    assert (answer.status, answer.json()["detail"]) == (503, "the event hub is closed")


@pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])
def test_a_hub_that_is_full(serve: Callable[..., Running], engine: str, is_async: bool) -> None:
    app = App()
    hub = EventHub(app, subscribers_max=1)

    def events(request: Request) -> HubStream:
        return hub.stream(request)

    async def events_async(request: Request) -> HubStream:
        return hub.stream(request)

    app.get("/")(events_async if is_async else events)

    @app.after
    def after(_: Request, response: Response) -> None:
        response.headers["x-after"] = str(response.status)

    @app.on_error(HTTPError)
    def refused(_: Request, error: HTTPError) -> Response:
        return Response(f"refused: {error.detail}", error.status)

    running = serve(app, engine)
    with Subscriber(running):
        answer = running.get("/")
        assert answer.status == 503
        assert answer.text == "refused: the event hub has as many subscribers as it may"


@pytest.mark.parametrize("how", ["field", "other", "text", "status", "raises"])
def test_after_hooks_see_the_answer(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], engine: str, how: str
) -> None:
    app, hub = hub_app()
    hub.publish("kept")

    @app.after
    def after(_: Request, response: Response) -> Response | None:
        if not isinstance(response, HubStream):
            return None
        assert (response.content_type, response.status) == ("text/event-stream", 200)
        with pytest.raises(TypeError, match="no content before it is sent"):
            bytes(response.content)
        response.headers["x-after"] = "1"
        if how == "other":
            return Response("other", 202)
        if how == "text":
            response.body = "text"
        if how == "status":
            response.status = 299
        if how == "raises":
            raise HTTPError(403, "no")
        return None

    running = serve(app, engine)
    if how == "field":
        with running.connect() as client:
            client.sendall(GET)
            received = read_until(client, b"\r\n\r\n")
            hub.close()
            head, content = split(received + read_all(client))
        assert b"x-after: 1" in head
        assert content.endswith(b"0\r\n\r\n")
        return
    answer = running.get("/")
    expected = {"other": 202, "text": 200, "status": 500, "raises": 403}
    assert answer.status == expected[how]
    assert hub.info()["subscribers_total"] == 0
    if how == "status":
        assert "an answer of events has status 200, not 299" in capfd.readouterr().err


def test_head_of_a_hub(serve: Callable[..., Running], engine: str) -> None:
    app, hub = hub_app()
    answer = serve(app, engine).request("HEAD", "/")
    assert (answer.status, answer.type) == (200, "text/event-stream")
    assert hub.info()["subscribers"] == 0


@pytest.mark.parametrize("policy", ["drop_oldest", "close", "coalesce"])
def test_slow_clients(serve: Callable[..., Running], engine: str, policy: Any) -> None:
    app, hub = hub_app(
        policy=policy, client_bytes_max=65536, history=1024, history_bytes=1 << 20, heartbeat_ms=0
    )
    running = serve(app, engine)
    app_says = {"drop_oldest": "dropped_total", "coalesce": "superseded_total"}
    counter = app_says.get(policy, "closed_total")

    def count() -> object:
        return dict(hub.info())[counter]

    with Subscriber(running) as client:
        # What the kernel takes for it is finite.
        while count() == 0:
            hub.publish("x" * 16384, key="same")
        hub.publish("the newest")
        if policy == "close":
            with pytest.raises((AssertionError, ConnectionResetError)):
                client.until(b"data: the newest\n\n")
            assert hub.info()["subscribers"] == 0
        else:
            client.until(b"data: the newest\n\n")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"policy": "other"}, "policy is one of drop_oldest, close, coalesce, not 'other'"),
        ({"history": 0}, "history"),
        ({"history": 1 << 40}, "history"),
        ({"heartbeat_ms": 1 << 31}, "heartbeat"),
        ({"event_bytes_max": 1 << 20, "history_bytes": 1024}, "event_bytes_max"),
    ],
)
def test_settings_that_are_none(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        EventHub(App(), **settings)


@pytest.mark.parametrize("settings", [{"history": -1}, {"history": "1"}, {"retry_ms": 1 << 31}])
def test_settings_that_are_no_numbers(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"number|retry_ms"):
        EventHub(App(), **settings)


def test_limits_follow_a_short_history() -> None:
    hub = EventHub(App(), history_bytes=1024)
    hub.publish("x" * 500)
    with pytest.raises(LimitError):
        hub.publish("x" * 1024)


def test_what_cannot_be_published() -> None:
    hub = EventHub(App(), event_bytes_max=1024)
    with pytest.raises(ArgumentError):
        hub.publish()
    with pytest.raises(ArgumentError):
        hub.publish("x", id=7)
    with pytest.raises(LimitError):
        hub.publish("x" * 1024)
    with pytest.raises(ArgumentError):
        hub.publish(sse(None))
    with pytest.raises(ArgumentError):
        lowlevel.sse_hub_publish(hub.handle, None)
    beside: list[dict[str, Any]] = [
        {"id": ""},
        {"event": "tick"},
        {"retry": 0},
        {"comment": ""},
        {"key": "k"},
    ]
    for fields in beside:
        with pytest.raises(ArgumentError, match="complete already"):
            hub.publish(sse("x"), **fields)
    with pytest.raises(TypeError):
        hub.publish(object())
    assert hub.info()["published_total"] == 0


def test_by_hand(serve: Callable[..., Running], engine: str) -> None:
    app = App()
    hub = lowlevel.sse_hub_open(app.native, {"flags": lowlevel.SSE_HUB_OWN_IDS})
    lowlevel.sse_hub_publish(hub, sse("a", id="1"))
    lowlevel.sse_hub_publish(hub, sse("b", id="2"))
    with pytest.raises(ArgumentError):
        lowlevel.sse_hub_open(app.native, {"policy": 9})
    with pytest.raises(ValueError, match="no setting"):
        lowlevel.sse_hub_open(app.native, {"colour": 1})
    with pytest.raises(TypeError):
        lowlevel.sse_hub_publish(hub)  # type: ignore[call-arg]

    @app.get("/")
    def by_hand(request: Request) -> str:
        with pytest.raises(StaleHandleError):
            lowlevel.sse_subscribe(request, hub + (1 << 40))
        lowlevel.sse_subscribe(request, hub, "1", {"x-own": "1"})
        with pytest.raises(StaleHandleError):
            lowlevel.sse_subscribe(request, hub)
        lowlevel.sse_hub_publish(hub, sse("c", id="3"))
        lowlevel.sse_hub_close(hub)
        return "is not sent"

    head, content = exchange(serve(app, engine), GET)
    assert b"x-own: 1" in head
    assert data_of(b"".join(chunks(content)[0])) == ["b", "c"]


def test_from_another_thread(serve: Callable[..., Running], engine: str) -> None:
    app = App()
    hub = EventHub(app, own_ids=True)
    hub.publish("a", id=1)
    hub.publish("b", id=2)

    @app.get("/")
    def elsewhere(request: Request) -> None:
        lowlevel.defer(request)
        loop = lowlevel.current_loop()
        assert loop is not None
        kind = lowlevel.POST_SSE_SUBSCRIBE
        fields = [("x-own", "1")]

        with pytest.raises(ArgumentError, match="on the loop's thread"):
            lowlevel.post(loop, request, 2, b"", 0, fields, kind, hub.handle)

        def subscribe() -> None:
            lowlevel.post(loop, request, 1, b"1", 0, fields, kind, hub.handle)

        threading.Thread(target=subscribe).start()

    running = serve(app, engine)
    with running.connect() as client:
        client.sendall(GET)
        received = read_until(client, b"data: b\n\n")
        hub.close()
        head, content = split(received + read_all(client))
    assert b"x-own: 1" in head
    assert data_of(b"".join(chunks(content)[0])) == ["b"]
