"""The lazy request."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Running

from trivet import App, Request, StaleHandleError, ThreadError


def exchange(running: Running, head: str, body: bytes = b"") -> bytes:
    with running.connect() as client:
        client.sendall(head.replace("\n", "\r\n").encode("latin-1") + body)
        client.settimeout(30)
        answer = b""
        while chunk := client.recv(65536):
            answer += chunk
    return answer


def seen_by(serve: Callable[..., Running], read: Callable[[Request], Any], **request: Any) -> Any:
    """What a handler reads from one request."""
    app = App()
    seen = []

    @app.route("/a/{name}/{id:int}", methods="*")
    @app.route("/a", methods="*")
    def handler(request: Request) -> None:
        seen.append(read(request))

    running = serve(app)
    method = request.pop("method", "GET")
    answer = running.request(method, request.pop("path", "/a"), **request)
    assert answer.status == 204, answer.text
    return seen[0]


def test_line(serve: Callable[..., Running]) -> None:
    def read(request: Request) -> object:
        return (
            request.method,
            request.target,
            request.path,
            request.query_string,
            request.version,
            request.is_gone,
        )

    seen = seen_by(serve, read, method="PUT", path="/a/x%20%C3%BC/7?q=%31&r")
    assert seen == ("PUT", "/a/x%20%C3%BC/7?q=%31&r", "/a/x ü/7", "q=%31&r", "1.1", False)


def test_params_have_the_types_of_the_pattern(serve: Callable[..., Running]) -> None:
    seen = seen_by(serve, lambda r: (r.params, r.params is r.params), path="/a/x%2Fy/-7")
    assert seen == ({"name": "x/y", "id": -7}, True)


def test_query(serve: Callable[..., Running]) -> None:
    def read(request: Request) -> object:
        query = request.query
        return [
            query["a"],
            query.get("b"),
            query.get("none"),
            query.get("none", "default"),
            "a" in query,
            "none" in query,
            query.get_list("a"),
            query.get_list("none"),
            query.items_list(),
            list(query),
            len(query),
            dict(query),
            list(query.keys()),
            list(query.values()),
            list(query.items()),
        ]

    assert seen_by(serve, read, path="/a?a=1&b=%C3%BC+x&a=2&c&A=3") == [
        "1",
        "ü x",
        None,
        "default",
        True,
        False,
        ["1", "2"],
        [],
        [("a", "1"), ("b", "ü x"), ("a", "2"), ("c", ""), ("A", "3")],
        ["a", "b", "c", "A"],
        4,
        {"a": "1", "b": "ü x", "c": "", "A": "3"},
        ["a", "b", "c", "A"],
        ["1", "ü x", "", "3"],
        [("a", "1"), ("b", "ü x"), ("c", ""), ("A", "3")],
    ]


def test_headers_match_without_case_and_keep_theirs(serve: Callable[..., Running]) -> None:
    def read(request: Request) -> object:
        headers = request.headers
        return [
            headers["x-one"],
            headers.get("X-ONE"),
            "x-oNe" in headers,
            headers.get_list("x-one"),
            [name for name in headers if name.lower() == "x-one"],
            headers.items_list()[2:],
        ]

    app = App()
    seen = []

    @app.get("/a")
    def handler(request: Request) -> None:
        seen.append(read(request))

    running = serve(app)
    exchange(running, "GET /a HTTP/1.1\nHost: a\nConnection: close\nX-One: 1\nx-ONE: 2\n\n")
    pairs = [("X-One", "1"), ("x-ONE", "2")]
    assert seen == [["1", "1", True, ["1", "2"], ["X-One"], pairs]]


def test_bytes_that_are_no_utf8_are_replaced(serve: Callable[..., Running]) -> None:
    app = App()
    seen = []

    @app.get("/{name}")
    def handler(request: Request, name: str) -> None:
        seen.append((request.headers["X"], name, request.query["q"]))

    running = serve(app)
    exchange(running, "GET /%FF?q=%FE HTTP/1.1\nHost: a\nConnection: close\nX: a\xff\n\n")
    assert seen == [("a\ufffd", "\ufffd", "\ufffd")]


def test_cookies(serve: Callable[..., Running]) -> None:
    def read(request: Request) -> object:
        cookies = request.cookies
        return [cookies["a"], cookies.get("b"), cookies.get("A"), dict(cookies), len(cookies)]

    seen = seen_by(serve, read, headers={"Cookie": 'a=1; b="2"; a=3'})
    assert seen == ["1", "2", None, {"a": "1", "b": "2"}, 2]


def test_missing_names_are_key_errors(serve: Callable[..., Running]) -> None:
    def read(request: Request) -> None:
        for fields in (request.query, request.headers, request.cookies):
            with pytest.raises(KeyError, match="missing"):
                fields["missing"]
            for call in (fields.__getitem__, fields.__contains__, fields.get, fields.get_list):
                with pytest.raises(TypeError):
                    call(3)  # type: ignore[arg-type,call-overload,index]

    seen_by(serve, read)


def test_content(serve: Callable[..., Running]) -> None:
    def read(request: Request) -> object:
        return (request.body, request.text(), request.json())

    body = '{"a":"ü"}'.encode()
    seen = seen_by(serve, read, method="POST", body=body)
    assert seen == (body, body.decode(), {"a": "ü"})
    assert seen_by(serve, lambda r: (r.body, r.text())) == (b"", "")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"NaN", b"[" * 100_000, b'{"a":Infinity}', b'"\xed\xa0\x80"']
)
def test_malformed_json_is_a_400(serve: Callable[..., Running], body: bytes) -> None:
    app = App()

    @app.post("/")
    def handler(request: Request) -> object:
        return request.json()

    answer = serve(app).request("POST", "/", body)
    assert answer.status == 400
    assert answer.json()["detail"].startswith("malformed JSON: ")


def test_text_that_is_no_utf8_is_a_400(serve: Callable[..., Running]) -> None:
    app = App()

    @app.post("/")
    async def handler(request: Request) -> str:
        return request.text()

    assert serve(app).request("POST", "/", b"\xff\xfe").status == 400


def test_a_large_body_arrives_whole(serve: Callable[..., Running]) -> None:
    app = App(body_bytes_max=64 << 20)

    @app.post("/")
    async def handler(request: Request) -> int:
        return len(request.body)

    @app.post("/exact")
    def exact(request: Request) -> bytes:
        return request.body

    running = serve(app)
    body = bytes(range(256)) * (1 << 16)
    assert running.request("POST", "/", body).json() == len(body)
    assert running.request("POST", "/exact", body).body == body


EVERYTHING: list[Callable[[Request], object]] = [
    lambda r: r.id,
    lambda r: r.method,
    lambda r: r.target,
    lambda r: r.path,
    lambda r: r.query_string,
    lambda r: r.params,
    lambda r: r.body,
    lambda r: r.text(),
    lambda r: r.json(),
    lambda r: r.version,
    lambda r: r.is_gone,
    lambda r: r.query["a"],
    lambda r: r.query.get("a"),
    lambda r: "a" in r.query,
    lambda r: list(r.query),
    lambda r: len(r.cookies),
    lambda r: r.cookies.get("a"),
    lambda r: r.cookies.items_list(),
    lambda r: r.headers.items(),
    lambda r: r.headers.get_list("a"),
    lambda r: r.headers["a"],
]


@pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])
def test_use_after_the_answer_is_an_error(serve: Callable[..., Running], is_async: bool) -> None:
    app = App()
    kept: list[Request] = []
    fields: list[Any] = []

    if is_async:

        @app.get("/keep")
        async def keep(request: Request) -> None:
            kept.append(request)
            fields.extend([request.headers, request.query, request.cookies])
    else:

        @app.get("/keep")
        def keep_plain(request: Request) -> None:
            kept.append(request)
            fields.extend([request.headers, request.query, request.cookies])

    @app.get("/touch")
    def touch() -> list[str]:
        stale = []
        for number, read in enumerate(EVERYTHING):
            try:
                read(kept[0])
            except StaleHandleError:
                stale.append(number)
        for view in fields:
            with pytest.raises(StaleHandleError):
                view.get("a")
            with pytest.raises(StaleHandleError):
                repr(view)
        return [*map(str, stale), repr(kept[0])]

    running = serve(app)
    running.get("/keep")
    names = [str(number) for number in range(len(EVERYTHING))]
    assert running.get("/touch").json() == [*names, "<Request, answered>"]


def test_other_threads_are_refused(serve: Callable[..., Running]) -> None:
    app = App()

    @app.get("/")
    def handler(request: Request) -> str:
        errors = []

        def read() -> None:
            try:
                request.headers.get("Host")
            except ThreadError as error:
                errors.append(error.status_name)

        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
        return errors[0]

    assert serve(app).get("/").text == "TRIVET_E_THREAD"


def test_requests_are_recycled_but_never_mixed_up(serve: Callable[..., Running]) -> None:
    app = App()
    kept: list[Request] = []
    identities = set()

    @app.get("/drop/{n:int}")
    def drop(request: Request, n: int) -> list[Any]:
        identities.add(id(request))
        return [request.params["n"], n]

    @app.get("/keep/{n:int}")
    def keep(request: Request, n: int) -> int:
        kept.append(request)
        return n

    running = serve(app)
    for n in range(50):
        assert running.get(f"/drop/{n}").json() == [n, n]
    assert len(identities) < 5
    for n in range(100):
        running.get(f"/keep/{n}")
    assert len({id(request) for request in kept}) == 100
    kept.clear()
    gc.collect()


def test_requests_and_fields_are_not_made_by_hand() -> None:
    with pytest.raises(TypeError):
        Request()
    from trivet import Fields

    with pytest.raises(TypeError):
        Fields()


def test_repr(serve: Callable[..., Running]) -> None:
    seen = seen_by(serve, lambda r: (repr(r), repr(r.query)), path="/a?b=1")
    assert seen == ("<Request GET /a?b=1>", "<Fields [('b', '1')]>")
