"""Middleware of the engine, as Python writes it down. The vectors have what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from gzip import decompress
from typing import Any

import pytest
from conftest import Running

from trivet import App, ArgumentError, HTTPError, LimitError, Request, StateError
from trivet.middleware import (
    Middleware,
    Principal,
    api_key,
    basic,
    bearer,
    body_limit,
    compress,
    cors,
    etag,
    request_id,
    require,
    security_headers,
    timeout,
    trace_context,
)

Serve = Callable[..., Running]


def test_the_apps_holds_everywhere_before_hooks(serve: Serve) -> None:
    app = App()
    seen: list[str] = []

    @app.before
    def note(request: Request) -> None:
        seen.append(request.path)

    app.get("/")(lambda: "ok")
    app.use(request_id())
    app.use(bearer("secret"))
    running = serve(app)
    for target in ("/", "/nowhere"):
        refused = running.request("GET", target)
        assert refused.status == 401
        assert len(refused.headers["X-Request-Id"]) == 32
    assert seen == []
    authorized = {"Authorization": "Bearer secret"}
    assert running.request("GET", "/", headers=authorized).text == "ok"
    assert running.request("GET", "/nowhere", headers=authorized).status == 404
    assert seen == ["/", "/nowhere"]


def test_a_request_tells_what_was_found_out(serve: Serve) -> None:
    app = App()
    group = app.group("/in")
    group.use(request_id(header="X-Id", trust=True))
    group.use(trace_context())
    group.use(security_headers(csp={"script-src": "'nonce'"}))
    owner = Principal("ann", scopes="read write", claims={"role": "admin"})
    group.use(basic({"ann": "pw"}, principals={"ann": owner}))
    seen: list[Any] = []

    @group.get("/")
    def look(request: Request) -> None:
        names = ("traceparent", "no such")
        seen.extend([request.principal, request.request_id, request.nonce])
        seen.extend(request.attribute(name) for name in names)

    @app.get("/out")
    def outside(request: Request) -> None:
        seen.extend([request.principal, request.request_id, request.nonce])

    running = serve(app)
    headers = {"Authorization": "Basic YW5uOnB3", "X-Id": "mine"}
    answer = running.request("GET", "/in/", headers=headers)
    assert seen[0] == Principal("ann", scopes=["read", "write"], claims={"role": "admin"},
                                scheme="basic")  # fmt: skip
    assert repr(seen[0]) == "<Principal 'ann' basic scopes=read write>"
    assert hash(seen[0]) == hash(seen[0])
    assert seen[0] != "ann"
    assert seen[1] == "mine"
    assert f"'nonce-{seen[2]}'" in answer.headers["Content-Security-Policy"]
    assert len(seen[3]) == 55
    assert seen[4] is None
    del seen[:]
    running.request("GET", "/out")
    assert seen == [None, None, None]


def test_a_route_has_its_own_and_shares_it(serve: Serve) -> None:
    app = App()
    guard = api_key(["one", "two"])
    app.get("/a", middleware=[guard, body_limit(3)])(lambda: "a")
    app.get("/b", middleware=[guard])(lambda: "b")
    app.get("/c")(lambda: "c")
    running = serve(app)
    assert [running.request("GET", f"/{name}").status for name in "abc"] == [401, 401, 200]
    assert running.request("GET", "/b", headers={"X-API-Key": "two"}).text == "b"


def test_refusals_do_not_come_to_error_handlers(serve: Serve) -> None:
    app = App()

    @app.on_error
    def mapped(request: Request, error: Exception) -> str:
        assert isinstance(error, HTTPError)
        return f"mapped {error.status}"

    app.use(bearer("secret"))
    running = serve(app)
    assert running.request("GET", "/").json()["title"] == "Unauthorized"
    headers = {"Authorization": "Bearer secret"}
    assert running.request("GET", "/", headers=headers).text == "mapped 404"


@pytest.mark.parametrize(
    ("made", "pairs"),
    [
        (body_limit(5), [("bytes", "5")]),
        (timeout(1.5), [("ms", "1500")]),
        (timeout(timedelta(seconds=2)), [("ms", "2000")]),
        (request_id(), [("header", "X-Request-Id"), ("trust", "false"), ("response", "true")]),
        (trace_context(sampled=True), [("sampled", "true"), ("response", "false")]),
        (cors("*"), [("origin", "*"), ("credentials", "false")]),
        (
            cors(["https://a.example"], methods=["GET"], headers=["X-A"], expose=["X-B"],
                 max_age=timedelta(minutes=1)),
            [("origin", "https://a.example"), ("method", "GET"), ("header", "X-A"),
             ("expose", "X-B"), ("credentials", "false"), ("max_age", "60")],
        ),
        (
            security_headers(permissions={"camera": (), "usb": "self", "midi": "*"}, hsts=5,
                             csp={"img-src": ("'self'", "data:")}, csp_report_only=True,
                             hsts_subdomains=True),
            [("csp", "img-src 'self' data:"), ("csp_report_only", "true"), ("frame", "deny"),
             ("nosniff", "true"), ("referrer", "strict-origin-when-cross-origin"),
             ("xss_protection", "0"), ("permissions", "camera=()"), ("permissions", "usb=(self)"),
             ("permissions", "midi=*"), ("hsts", "5"), ("hsts_subdomains", "true")],
        ),
        (
            bearer({"t": "ann", "u": Principal("bob", scopes=["a", "b"], claims={"c": "d"})}),
            [("token", "t"), ("subject", "ann"), ("token", "u"), ("subject", "bob"),
             ("scope", "a b"), ("claim", "c=d"), ("realm", "trivet"), ("optional", "false")],
        ),
        (
            require(schemes=["basic"], scopes="a", claims={"c": "d"}),
            [("scheme", "basic"), ("scope", "a"), ("claim", "c=d")],
        ),
        (compress(), [("enabled", "true")]),
        (
            compress(codings=["br", "gzip"], types="text/plain", min_bytes=0, max_bytes=9,
                     zstd_level=1, br_level=2, gzip_level=3, enabled=False),
            [("coding", "br"), ("coding", "gzip"), ("type", "text/plain"), ("min_bytes", "0"),
             ("max_bytes", "9"), ("zstd_level", "1"), ("br_level", "2"), ("gzip_level", "3"),
             ("enabled", "false")],
        ),
        (etag(), [("strong", "false"), ("enabled", "true")]),
        (
            etag(strong=True, max_bytes=5, enabled=False),
            [("strong", "true"), ("max_bytes", "5"), ("enabled", "false")],
        ),
    ],
)  # fmt: skip
def test_options_are_the_engines(made: Middleware, pairs: list[tuple[str, str]]) -> None:
    assert made.options == pairs


def test_a_secret_is_no_list_of_letters_and_not_shown() -> None:
    made = bearer("secret")
    assert made.options[0] == ("token", "secret")
    assert repr(made) == "<Middleware bearer>"


def test_answers_are_encoded_and_spared_to_who_has_them(serve: Serve) -> None:
    app = App()
    app.use(compress())
    app.use(etag())
    text = "row of text\n" * 500

    @app.get("/whole")
    def whole() -> str:
        return text

    @app.get("/pieces")
    def pieces() -> Iterator[str]:
        yield text
        yield "end"

    @app.get("/none", middleware=[compress(enabled=False)])
    def none() -> str:
        return text

    running = serve(app)
    gzip = {"Accept-Encoding": "gzip"}
    answer = running.get("/whole", gzip)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert decompress(answer.body) == text.encode()
    assert int(answer.headers["Content-Length"]) == len(answer.body) < 200
    again = running.get("/whole", {**gzip, "If-None-Match": answer.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    assert again.headers["Vary"] == "Accept-Encoding"
    assert decompress(running.get("/pieces", gzip).body) == text.encode() + b"end"
    plain = running.get("/none", gzip)
    assert (plain.text, plain.headers["Content-Encoding"]) == (text, None)


def test_mistakes_are_told_at_once() -> None:
    app = App()
    with pytest.raises(ArgumentError, match=r"compress: br_level is \"11\", allowed are 1 to 9"):
        app.use(compress(br_level=11))
    with pytest.raises(ArgumentError, match=r"compress: type is \"json\", allowed are types"):
        app.use(compress(types="json"))
    with pytest.raises(ArgumentError, match="min_bytes is a whole number, not '1k'"):
        compress(min_bytes="1k")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=r"etag: max_bytes is \"-1\", allowed are 1 to"):
        app.use(etag(max_bytes=-1))
    with pytest.raises(ArgumentError, match=r"max_age is .*86401.*, allowed are 0 to 86400"):
        app.use(cors("*", max_age=86_401))
    with pytest.raises(ArgumentError, match=r"comes from trivet\.middleware"):
        app.use(print)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="key is text"):
        api_key([7])  # type: ignore[list-item]
    with pytest.raises(ArgumentError, match="bytes_max is a number from 1"):
        body_limit(0)
    with pytest.raises(ArgumentError, match="a time is 0 seconds or more"):
        timeout(-1)
    with pytest.raises(ArgumentError, match="no kind"):
        app.use(Middleware("nope", []))
    with pytest.raises(LimitError, match=r"at most 100"):
        app.get("/many", middleware=[request_id()] * 101)(lambda: "")


def test_nothing_is_mounted_once_the_app_is_bound(serve: Serve) -> None:
    app = App()
    serve(app)
    with pytest.raises(StateError):
        app.use(request_id())
