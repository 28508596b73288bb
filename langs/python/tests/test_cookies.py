"""Cookies to set."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from conftest import Answer, Running
from streaming import HEAD, read_all, read_until, split

from trivet import (
    HTML,
    JSON,
    XML,
    App,
    ArgumentError,
    Conflict,
    EventHub,
    EventStream,
    HTTPError,
    HubStream,
    NoContent,
    NotFound,
    Redirect,
    Request,
    Response,
    StreamResponse,
    Text,
    TokenStream,
    lowlevel,
    ndjson,
    sse,
)

SAFE = "; Path=/; Secure; HttpOnly; SameSite=Lax"
GONE = "; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly; SameSite=Lax"
EAST = timezone(timedelta(hours=2))


def set_by(name: str, *arguments: str, **attributes: Any) -> list[str]:
    response = Response("x")
    response.set_cookie(name, *arguments, **attributes)
    return response.headers.get_list("set-cookie")


def cookies_of(answer: Answer) -> list[str]:
    return answer.headers.get_all("Set-Cookie", [])


def test_what_nobody_says_is_safe() -> None:
    assert set_by("a", "b") == [f"a=b{SAFE}"]
    assert set_by("a") == [f"a={SAFE}"]
    assert set_by("a", value="b") == [f"a=b{SAFE}"]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"max_age": 60}, "a=b; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax"),
        (
            {"max_age": timedelta(days=1, microseconds=999_999)},
            "a=b; Path=/; Max-Age=86400; Secure; HttpOnly; SameSite=Lax",
        ),
        ({"max_age": None, "expires": None, "domain": None}, f"a=b{SAFE}"),
        (
            {"expires": 784111777},
            "a=b; Path=/; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Secure; HttpOnly; SameSite=Lax",
        ),
        (
            {"expires": datetime(1994, 11, 6, 10, 49, 37, 999_999, tzinfo=EAST)},
            "a=b; Path=/; Expires=Sun, 06 Nov 1994 08:49:37 GMT; Secure; HttpOnly; SameSite=Lax",
        ),
        (
            {"expires": datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=timezone.utc)},
            "a=b; Path=/; Expires=Fri, 31 Dec 9999 23:59:59 GMT; Secure; HttpOnly; SameSite=Lax",
        ),
        # The second before 1970, which the engine has no word for, is as much in the past as that.
        ({"expires": datetime(1969, 12, 31, 23, 59, 59, tzinfo=timezone.utc)}, f"a=b{GONE}"),
        ({"expires": -1}, f"a=b{GONE}"),
        (
            {"domain": "example.com", "path": "/x"},
            "a=b; Domain=example.com; Path=/x; Secure; HttpOnly; SameSite=Lax",
        ),
        ({"secure": False}, "a=b; Path=/; HttpOnly; SameSite=Lax"),
        ({"http_only": False}, "a=b; Path=/; Secure; SameSite=Lax"),
        ({"same_site": "strict"}, "a=b; Path=/; Secure; HttpOnly; SameSite=Strict"),
        (
            {"same_site": "none", "partitioned": True},
            "a=b; Path=/; Secure; HttpOnly; SameSite=None; Partitioned",
        ),
    ],
)
def test_attributes(attributes: dict[str, Any], expected: str) -> None:
    assert set_by("a", "b", **attributes) == [expected]


def test_removal_says_where_the_cookie_is() -> None:
    response = Response("x")
    response.delete_cookie("a")
    response.delete_cookie("__Secure-b", domain="example.com", path="/x", same_site="none")
    response.delete_cookie("c", secure=False, http_only=False)
    response.delete_cookie("__Host-d", partitioned=True)
    expires = "Expires=Thu, 01 Jan 1970 00:00:00 GMT"
    assert response.headers.get_list("Set-Cookie") == [
        f"a={GONE}",
        f"__Secure-b=; Domain=example.com; Path=/x; {expires}; Secure; HttpOnly; SameSite=None",
        f"c=; Path=/; {expires}; SameSite=Lax",
        f"__Host-d=; Path=/; {expires}; Secure; HttpOnly; SameSite=Lax; Partitioned",
    ]


@pytest.mark.parametrize(
    ("name", "value", "attributes", "told"),
    [
        ("", "b", {}, "name is a token"),
        ("a b", "b", {}, "name is a token"),
        ("ä", "b", {}, "name is a token"),
        ("a", "b\r\nX-Injected: c", {}, "value is printable ASCII"),
        ("a", "b; Domain=evil", {}, "value is printable ASCII"),
        ("a", "ü", {}, "value is printable ASCII"),
        ("a", "\ud800", {}, "value is printable ASCII"),
        ("a", "x" * 4096, {}, "4096"),
        ("a", "b", {"domain": "a;b"}, "domain"),
        ("a", "b", {"domain": ".example.com"}, "domain"),
        ("a", "b", {"path": "x"}, "path"),
        ("a", "b", {"path": "/\r\nX-Injected: c"}, "path"),
        ("a", "b", {"max_age": 0}, "Max-Age"),
        ("a", "b", {"max_age": -1}, "Max-Age"),
        ("a", "b", {"max_age": -(1 << 80)}, "Max-Age"),
        ("a", "b", {"max_age": timedelta(milliseconds=999)}, "Max-Age"),
        ("a", "b", {"expires": 253_402_300_800}, "1601 to 9999"),
        ("a", "b", {"expires": 1 << 80}, "1601 to 9999"),
        ("a", "b", {"expires": datetime(2030, 1, 1)}, "expires needs a time zone"),
        ("a", "b", {"same_site": "None"}, "same_site is one of lax, strict, none, not 'None'"),
        ("a", "b", {"same_site": "none", "secure": False}, "SameSite=None"),
        ("a", "b", {"partitioned": True, "secure": False}, "Partitioned"),
        ("__Host-a", "b", {"domain": "example.com"}, "prefix of the cookie's name"),
        ("__Secure-a", "b", {"secure": False}, "prefix of the cookie's name"),
    ],
)
def test_what_no_browser_takes(name: str, value: str, attributes: Any, told: str) -> None:
    response, error = Response("x"), Conflict()
    with pytest.raises(ArgumentError, match=told):
        response.set_cookie(name, value, **attributes)
    with pytest.raises(ArgumentError, match=told):
        error.set_cookie(name, value, **attributes)
    assert response.headers.items_list() == []
    assert error.headers == []


@pytest.mark.parametrize(
    "attributes",
    [
        {"max_age": 1.5},
        {"max_age": "1"},
        {"expires": 1.5},
        {"expires": date(2030, 1, 1)},
        {"domain": b"example.com"},
        {"path": None},
        {"name": "twice"},
        {"maxage": 1},
    ],
)
def test_what_has_another_type(attributes: dict[str, Any]) -> None:
    response = Response("x")
    with pytest.raises(TypeError):
        response.set_cookie("a", "b", **attributes)
    with pytest.raises(TypeError):
        response.set_cookie("a", b"b")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        response.delete_cookie("a", max_age=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        response.set_cookie()  # type: ignore[call-arg]
    assert response.headers.items_list() == []


def pieces() -> Iterator[str]:
    yield "piece"


async def async_events() -> AsyncIterator[object]:
    yield sse("event")


KINDS: dict[str, Callable[[], Response]] = {
    "response": lambda: Response("text", 202),
    "text": lambda: Text("text"),
    "html": lambda: HTML("html"),
    "xml": lambda: XML("<a/>"),
    "json": lambda: JSON({"a": 1}),
    "redirect": lambda: Redirect("/"),
    "nothing": NoContent,
    "pieces": lambda: StreamResponse(pieces()),
    "lines": lambda: ndjson([1]),
    "events": lambda: EventStream(async_events()),
    "tokens": lambda: TokenStream(["token"]),
    "token text": lambda: TokenStream(["token"], "text"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("by", ["handler", "hook"])
def test_every_kind_of_answer(serve: Callable[..., Running], kind: str, by: str) -> None:
    app = App()

    def give(response: Response) -> None:
        response.set_cookie("a", "1")
        response.delete_cookie("b")

    @app.get("/")
    async def handler() -> Response:
        response = KINDS[kind]()
        if by == "handler":
            give(response)
        return response

    if by == "hook":

        @app.after
        def after(_: Request, response: Response) -> None:
            give(response)

    answer = serve(app).get("/")
    assert answer.status in (200, 202, 204, 303)
    assert cookies_of(answer) == [f"a=1{SAFE}", f"b={GONE}"]


@pytest.mark.parametrize("by", ["handler", "hook", "lowlevel"])
def test_a_subscriber_of_a_hub(serve: Callable[..., Running], engine: str, by: str) -> None:
    app = App()
    hub = EventHub(app)

    @app.get("/")
    def events(request: Request) -> HubStream:
        stream = hub.stream(request)
        if by == "handler":
            stream.set_cookie("a", "1")
            stream.set_cookie("b", "2")
        if by == "lowlevel":
            lowlevel.reply_set_cookie(request, "a", "1")
            lowlevel.reply_set_cookie(request, "b", "2")
        return stream

    if by == "hook":

        @app.after
        def after(_: Request, response: Response) -> None:
            response.set_cookie("a", "1")
            response.set_cookie("b", "2")

    with serve(app, engine).connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\n" + HEAD + b"\r\n")
        received = read_until(client, b"\r\n\r\n")
        hub.close()
        head, _ = split(received + read_all(client))
    lines = [line for line in head.decode().split("\r\n") if line.startswith("Set-Cookie: ")]
    assert lines == [f"Set-Cookie: a=1{SAFE}", f"Set-Cookie: b=2{SAFE}"]


@pytest.mark.parametrize("has_hook", [False, True])
def test_errors_have_cookies(serve: Callable[..., Running], has_hook: bool) -> None:
    app = App()
    if has_hook:

        @app.after
        def after(_: Request, response: Response) -> None:
            response.set_cookie("hook", str(response.status))

    @app.get("/")
    def fails() -> None:
        error = NotFound("no such thing", {"X-Own": "1"})
        error.set_cookie("a", "1", max_age=60)
        error.delete_cookie("b")
        raise error

    answer = serve(app).get("/")
    assert (answer.status, answer.json()["detail"]) == (404, "no such thing")
    assert answer.headers["X-Own"] == "1"
    assert cookies_of(answer) == [
        "a=1; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax",
        f"b={GONE}",
        *([f"hook=404{SAFE}"] if has_hook else []),
    ]


def test_an_after_hook_gives_cookies_to_what_has_no_route(serve: Callable[..., Running]) -> None:
    app = App()

    @app.after
    async def after(_: Request, response: Response) -> None:
        response.set_cookie("seen", str(response.status))

    @app.get("/boom")
    def boom() -> None:
        raise RuntimeError("boom")

    running = serve(app)
    assert cookies_of(running.get("/nothing")) == [f"seen=404{SAFE}"]
    assert cookies_of(running.get("/boom")) == [f"seen=500{SAFE}"]


def test_a_kept_answer_does_not_collect_the_cookies_of_hooks(serve: Callable[..., Running]) -> None:
    app = App()
    kept = Response("kept")
    kept.set_cookie("own", "1")

    @app.get("/")
    def handler() -> Response:
        return kept

    @app.after
    def after(request: Request, response: Response) -> None:
        response.set_cookie("session", request.query["s"])

    running = serve(app)
    for session in ("one", "two"):
        answer = running.get(f"/?s={session}")
        assert cookies_of(answer) == [f"own=1{SAFE}", f"session={session}{SAFE}"]


@pytest.mark.parametrize("how", ["result", "generator", "raises", "by hand"])
def test_whoever_answers(serve: Callable[..., Running], engine: str, how: str) -> None:
    app = App()

    def generate(request: Request) -> Iterator[str]:
        lowlevel.reply_set_cookie(request, "a", "1", same_site="strict")
        lowlevel.reply_delete_cookie(request, "b")
        yield "piece"

    def handle(request: Request) -> object:
        lowlevel.reply_set_cookie(request, "a", "1", same_site="strict")
        lowlevel.reply_delete_cookie(request, "b")
        if how == "raises":
            raise HTTPError(409, "no")
        if how == "by hand":
            lowlevel.reply_text(request, 200, "by hand")
        return {"a": 1}

    app.get("/")(generate if how == "generator" else handle)
    answer = serve(app, engine).get("/")
    assert answer.status == (409 if how == "raises" else 200)
    assert cookies_of(answer) == ["a=1; Path=/; Secure; HttpOnly; SameSite=Strict", f"b={GONE}"]


def test_by_hand(serve: Callable[..., Running]) -> None:
    app = App()

    @app.get("/")
    def by_hand(request: Request) -> None:
        with pytest.raises(ArgumentError):
            lowlevel.reply_set_cookie(request, "a", "b\r\nX-Injected: c")
        fields = [
            ("Set-Cookie", lowlevel.cookie_encode("a", "b", path="/x")),
            ("Set-Cookie", lowlevel.cookie_encode("c", expires=0)),
        ]
        lowlevel.reply_begin(request, 200, lowlevel.CONTENT_TEXT, fields)
        lowlevel.reply_end(request)

    answer = serve(app).get("/")
    assert answer.headers["X-Injected"] is None
    expected = ["a=b; Path=/x; Secure; HttpOnly; SameSite=Lax", f"c={GONE}"]
    assert cookies_of(answer) == expected


def test_a_failure_in_a_handler_or_a_hook_is_a_500(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str]
) -> None:
    app = App()

    @app.get("/")
    def handler() -> Response:
        response = Response("x")
        response.set_cookie("a", "b\r\nX-Injected: c")
        return response

    @app.get("/hook", after=[lambda _, response: response.set_cookie("a;b", "c")])
    def fine() -> str:
        return "fine"

    running = serve(app)
    for path in ("/", "/hook"):
        answer = running.get(path)
        assert answer.status == 500
        assert cookies_of(answer) == []
        assert answer.headers["X-Injected"] is None
    assert capfd.readouterr().err.count("ArgumentError") == 2
