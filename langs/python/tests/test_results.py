"""A handler's result becomes an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from conftest import Running

from trivet import HTML, JSON, App, HTTPError, NoContent, Response, Text, redirect

TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"
OBJECT = "application/json"


@dataclass
class User:
    id: int
    name: str


CASES: list[tuple[str, Any, int, str | None, bytes]] = [
    ("text", "täxt", 200, TEXT, "täxt".encode()),
    ("empty-text", "", 200, TEXT, b""),
    ("bytes", b"\x00\xff", 200, BYTES, b"\x00\xff"),
    ("bytearray", bytearray(b"ab"), 200, BYTES, b"ab"),
    ("memoryview", memoryview(b"abc")[1:], 200, BYTES, b"bc"),
    ("none", None, 204, None, b""),
    ("dict", {"a": [1, None]}, 200, OBJECT, b'{"a":[1,null]}'),
    ("list", [1, 2], 200, OBJECT, b"[1,2]"),
    ("tuple", (1, "a"), 200, OBJECT, b'[1,"a"]'),
    ("int", 7, 200, OBJECT, b"7"),
    ("float", 1.5, 200, OBJECT, b"1.5"),
    ("true", True, 200, OBJECT, b"true"),
    ("dataclass", User(1, "a"), 200, OBJECT, b'{"id":1,"name":"a"}'),
    ("html", HTML("<p>ü"), 200, "text/html; charset=utf-8", "<p>ü".encode()),
    ("html-status", HTML("gone", 410), 410, "text/html; charset=utf-8", b"gone"),
    ("text-helper", Text("t", 202), 202, TEXT, b"t"),
    ("json-string", JSON("a"), 200, OBJECT, b'"a"'),
    ("json-null", JSON(None), 200, OBJECT, b"null"),
    ("json-status", JSON({"a": 1}, 201), 201, OBJECT, b'{"a":1}'),
    ("no-content", NoContent(), 204, None, b""),
    ("response", Response("a", 203), 203, TEXT, b"a"),
    ("response-none", Response(None, 202), 202, None, b""),
    ("response-dict", Response({"a": 1}), 200, OBJECT, b'{"a":1}'),
    ("response-bytes", Response(b"png", content_type="image/png"), 200, "image/png", b"png"),
    ("response-type", Response("a,b", content_type="text/csv"), 200, "text/csv", b"a,b"),
]


@pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])
def test_results(serve: Callable[..., Running], is_async: bool) -> None:
    app = App()
    results = {name: result for name, result, *_ in CASES}

    if is_async:

        @app.get("/{name}")
        async def answer(name: str) -> Any:
            return results[name]
    else:

        @app.get("/{name}")
        def answer_plain(name: str) -> Any:
            return results[name]

    running = serve(app)
    for name, _, status, kind, body in CASES:
        answer_ = running.get(f"/{name}")
        assert (name, answer_.status, answer_.type, answer_.body) == (name, status, kind, body)


def test_status_of_a_route_is_for_results_that_carry_none(serve: Callable[..., Running]) -> None:
    app = App()

    @app.post("/dict", status=201)
    def create() -> dict[str, int]:
        return {"id": 1}

    @app.post("/text", status=201)
    def text() -> str:
        return "made"

    @app.post("/none", status=202)
    def nothing() -> None:
        return None

    @app.post("/response", status=201)
    def response() -> Response:
        return Response("own", 203)

    running = serve(app)
    answers = [
        running.request("POST", f"/{p}").status for p in ("dict", "text", "none", "response")
    ]
    assert answers == [201, 201, 202, 203]


def test_headers(serve: Callable[..., Running]) -> None:
    app = App()

    @app.get("/dict")
    def by_dict() -> Response:
        return HTML("x", headers={"X-One": "1", "X-Two": "ü"})

    @app.get("/pairs")
    def by_pairs() -> Response:
        response = Response("x", 200, [("Set-Cookie", "a=1")])
        response.add_header("Set-Cookie", "b=2")
        response.status = 206
        return response

    running = serve(app)
    answer = running.get("/dict")
    assert answer.headers["X-One"] == "1"
    assert answer.headers["X-Two"].encode("latin-1").decode() == "ü"
    answer = running.get("/pairs")
    assert answer.status == 206
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]


def test_redirect(serve: Callable[..., Running]) -> None:
    app = App()

    @app.get("/old")
    def old() -> Response:
        return redirect("/new")

    @app.get("/moved")
    def moved() -> Response:
        return redirect("/new?a=ü", 308, {"X-Why": "moved"})

    running = serve(app)
    answer = running.get("/old")
    assert (answer.status, answer.headers["Location"]) == (303, "/new")
    answer = running.get("/moved")
    assert (answer.status, answer.headers["X-Why"]) == (308, "moved")


def test_a_response_may_be_sent_again(serve: Callable[..., Running]) -> None:
    app = App()
    shared = JSON({"n": 1}, headers={"X-Shared": "yes"})

    @app.get("/")
    def answer() -> Response:
        return shared

    running = serve(app)
    assert [running.get("/").json() for _ in range(3)] == [{"n": 1}] * 3


# Without their types, which would not allow what follows.
ANY_RESPONSE: Any = Response
ANY_HTML: Any = HTML
ANY_REDIRECT: Any = redirect


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: Response("a", 99), ValueError),
        (lambda: Response("a", 600), ValueError),
        (lambda: ANY_RESPONSE("a", headers={"a": 1}), TypeError),
        (lambda: ANY_RESPONSE("a", headers=["ab"]), TypeError),
        (lambda: ANY_RESPONSE("a", headers=3), TypeError),
        (lambda: ANY_RESPONSE("a", content_type=1), TypeError),
        (lambda: ANY_HTML(b"a"), TypeError),
        (lambda: redirect("/", 200), ValueError),
        (lambda: ANY_REDIRECT(3), TypeError),
        (lambda: HTTPError(200), ValueError),
        (lambda: ANY_RESPONSE("a").add_header("a", 1), TypeError),
        (lambda: setattr(Response("a"), "status", 1), ValueError),
    ],
)
def test_what_cannot_be_an_answer_is_refused_at_once(
    make: Callable[[], object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        make()


def test_responses_show_what_they_are() -> None:
    response = Response("a", 201, {"X": "y"}, "text/csv")
    assert (response.body, response.status, response.content_type) == ("a", 201, "text/csv")
    assert response.headers.items_list() == [("X", "y"), ("Content-Type", "text/csv")]
    assert "201" in repr(response)
    assert (Response().status, Response().headers.items_list()) == (200, [])
    assert issubclass(HTML, Response)
