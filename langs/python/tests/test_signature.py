"""Handlers are read once, when they are registered."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, Optional

import pytest
from conftest import Running

from trivet import App, ArgumentError, ConflictError, PatternError, Request, StateError, TrivetError


def test_path_parameters_by_name_in_any_order(serve: Callable[..., Running]) -> None:
    app = App()

    @app.get("/a/{first}/{second:int}")
    def handler(second: int, first: str) -> list[Any]:
        return [first, second]

    @app.get("/b/{id:int}")
    def as_text(id: str) -> list[Any]:  # noqa: A002
        return [id]

    @app.get("/c/{number}")
    def converted(number: float) -> list[Any]:
        return [number]

    @app.get("/d/{ignored}")
    def without() -> str:
        return "fine"

    running = serve(app)
    assert running.get("/a/x/7").json() == ["x", 7]
    assert running.get("/b/7").json() == ["7"]
    assert running.get("/c/1.5").json() == [1.5]
    answer = running.get("/c/x")
    wrong = {"in": "path", "pointer": "/number", "code": "type", "detail": "must be a number"}
    assert (answer.status, answer.json()["errors"]) == (422, [wrong])
    assert running.get("/d/x").text == "fine"
    assert running.get("/a/x/y").status == 404


def test_the_request_by_name_or_annotation(serve: Callable[..., Running]) -> None:
    app = App()

    @app.get("/name")
    def by_name(request) -> str:  # type: ignore[no-untyped-def]
        return str(request.path)

    @app.get("/annotation")
    def by_annotation(incoming: Request) -> str:
        return incoming.path

    @app.get("/twice")
    async def twice(request: Request, other: Request) -> bool:
        return request is other

    @app.get("/keyword")
    async def keyword(*, request: Request, a: int = 1) -> list[Any]:
        return [request.path, a]

    running = serve(app)
    assert running.get("/name").text == "/name"
    assert running.get("/annotation").text == "/annotation"
    assert running.get("/twice").json() is True
    assert running.get("/keyword?a=2").json() == ["/keyword", 2]


def test_query_parameters(serve: Callable[..., Running]) -> None:
    app = App()

    @app.get("/")
    def handler(  # type: ignore[no-untyped-def]
        text: str,
        number: int = 5,
        ratio: float = 0.5,
        flag: bool = False,
        maybe: int | None = None,
        old: Optional[str] = None,  # noqa: UP045
        inferred=7,
        *,
        last: str = "end",
    ) -> list[Any]:
        return [text, number, ratio, flag, maybe, old, inferred, last]

    running = serve(app)
    assert running.get("/?text=a").json() == ["a", 5, 0.5, False, None, None, 7, "end"]
    query = "text=%C3%BC+x&number=-3&ratio=1e3&flag=Yes&maybe=0&old=o&inferred=8&last=z&more=1"
    assert running.get(f"/?{query}").json() == ["ü x", -3, 1000.0, True, 0, "o", 8, "z"]


@pytest.mark.parametrize(
    ("query", "pointer", "detail"),
    [
        ("", "/n", "is missing"),
        ("n=", "/n", "must be an integer"),
        ("n=x", "/n", "must be an integer"),
        ("n=1.5", "/n", "must be an integer"),
        ("n=1%20", "/n", "must be an integer"),
        ("n=99999999999999999999", "/n", "must be at most 9223372036854775807"),
        ("n=1&f=x", "/f", "must be a number"),
        ("n=1&f=", "/f", "must be a number"),
        ("n=1&f=1%00", "/f", "must be a number"),
        ("n=1&b=maybe", "/b", "must be a boolean"),
    ],
)
@pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])
def test_a_parameter_of_another_type_is_a_422(
    serve: Callable[..., Running], query: str, pointer: str, detail: str, is_async: bool
) -> None:
    app = App()

    if is_async:

        @app.get("/")
        async def handler(n: int, f: float = 1, b: bool = True) -> None:
            raise AssertionError("not called")
    else:

        @app.get("/")
        def plain_handler(n: int, f: float = 1, b: bool = True) -> None:
            raise AssertionError("not called")

    answer = serve(app).get(f"/?{query}")
    assert answer.status == 422
    assert answer.type == "application/problem+json"
    assert answer.json()["detail"] == "1 value is wrong"
    (wrong,) = answer.json()["errors"]
    assert (wrong["in"], wrong["pointer"], wrong["detail"]) == ("query", pointer, detail)


class Controller:
    def __init__(self, name: str) -> None:
        self.name = name

    def plain(self, id: int) -> list[Any]:  # noqa: A002
        return [self.name, id]

    async def asynchronous(self, request: Request, id: int) -> list[Any]:  # noqa: A002
        return [self.name, id, request.method]

    @classmethod
    def of_class(cls, id: int) -> list[Any]:  # noqa: A002
        return [cls.__name__, id]

    @staticmethod
    def static(id: int) -> list[Any]:  # noqa: A002
        return [id]


class Endpoint:
    async def __call__(self, id: int) -> int:  # noqa: A002
        return id


def test_callables_of_every_kind(serve: Callable[..., Running]) -> None:
    app = App()
    controller = Controller("c")

    def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return wrapper

    @app.get("/wrapped/{id:int}")
    @wrapped
    def inner(id: int) -> list[Any]:  # noqa: A002
        return ["wrapped", id]

    @app.get("/wrapped-async/{id:int}")
    @wrapped
    async def inner_async(id: int) -> list[Any]:  # noqa: A002
        return ["wrapped-async", id]

    def with_prefix(prefix: str, id: int) -> list[Any]:  # noqa: A002
        return [prefix, id]

    app.get("/plain/{id:int}")(controller.plain)
    app.get("/async/{id:int}")(controller.asynchronous)
    app.get("/class/{id:int}")(Controller.of_class)
    app.get("/static/{id:int}")(Controller.static)
    app.get("/object/{id:int}")(Endpoint())
    app.get("/partial/{id:int}")(functools.partial(with_prefix, "p"))
    app.get("/lambda/{id:int}")(lambda id: id)  # noqa: A006
    running = serve(app)
    answers = {
        "plain": ["c", 3],
        "async": ["c", 3, "GET"],
        "class": ["Controller", 3],
        "static": [3],
        "object": 3,
        "partial": ["p", 3],
        "lambda": 3,
        "wrapped": ["wrapped", 3],
        "wrapped-async": ["wrapped-async", 3],
    }
    assert {kind: running.get(f"/{kind}/3").json() for kind in answers} == answers


def test_methods(serve: Callable[..., Running]) -> None:
    app = App()

    @app.route("/two", methods=["GET", "PURGE"])
    def two(request: Request) -> str:
        return request.method

    @app.route("/any", methods="*")
    def every(request: Request) -> str:
        return request.method

    @app.head("/head")
    def head() -> Any:
        return None

    @app.options("/options")
    def options() -> str:
        return "own"

    for register in (app.get, app.post, app.put, app.patch, app.delete):
        register("/each")(lambda request: request.method)
    running = serve(app)
    assert running.request("PURGE", "/two").text == "PURGE"
    assert running.request("POST", "/two").status == 405
    assert running.request("PROPFIND", "/any").text == "PROPFIND"
    assert running.request("HEAD", "/head").status == 204
    assert running.request("OPTIONS", "/options").text == "own"
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        assert running.request(method, "/each").text == method
    assert running.request("HEAD", "/each").headers["Content-Length"] == "4"


def unknown(order: dict[str, int]) -> None: ...


def stars(*args: int) -> None: ...


@pytest.mark.parametrize(
    ("pattern", "handler", "error", "told"),
    [
        ("/x/{", lambda: 1, PatternError, r"/x/\{"),
        ("no-slash", lambda: 1, PatternError, "no-slash"),
        ("/{a:colour}", lambda a: 1, PatternError, "colour"),
        ("/users/:id", lambda: 1, PatternError, r"<lambda>\(\) \(test_signature.py:\d+\): a"),
        ("/users/:id", lambda: 1, PatternError, r"is written \{id\}, not :id"),
        ("/<int:id>/x", lambda: 1, PatternError, r"is written \{id:int\}, not <int:id>"),
        ("/<name>", lambda: 1, PatternError, r"is written \{name\}, not <name>"),
        ("/static/*", lambda: 1, PatternError, r"is written \{rest:path\}, not \*"),
        ("/x", unknown, ArgumentError, "parameter 'order' of unknown"),
        ("/x", stars, ArgumentError, "takes \\* parameters"),
        ("/taken", lambda: 1, ConflictError, "test_signature.py:"),
    ],
)
def test_what_cannot_be_routed(
    pattern: str, handler: Callable[..., Any], error: type[TrivetError], told: str
) -> None:
    app = App()
    app.get("/taken")(generator_free)
    with pytest.raises(error, match=told):
        app.add_route(pattern, handler)
    with pytest.raises(error, match=told):
        app.get(pattern)(handler)
    assert [route.pattern for route in app.routes] == ["/taken"]


def generator_free() -> None: ...


def test_the_site_of_a_conflict_names_both() -> None:
    app = App()
    app.add_route("/a/{x}", lambda x: x)
    with pytest.raises(ConflictError) as caught:
        app.add_route("/a/{y}", lambda y: y)
    assert len(re.findall(r"test_signature\.py:\d+", str(caught.value))) == 2


def test_routes_come_before_the_start(serve: Callable[..., Running]) -> None:
    app = App()
    app.get("/")(generator_free)
    serve(app)
    with pytest.raises(StateError):
        app.get("/late")(generator_free)
    with pytest.raises(StateError):
        app.add_route("/late", generator_free)


def test_thirty_two_parameters_are_the_most(serve: Callable[..., Running]) -> None:
    names = [f"p{i}" for i in range(33)]
    scope: dict[str, Any] = {}
    exec(f"def most({', '.join(names[:32])}): return [{', '.join(names[:32])}]", scope)
    exec(f"def more({', '.join(names)}): return 1", scope)
    app = App()
    app.get("/most")(scope["most"])
    with pytest.raises(TypeError, match="at most 32"):
        app.add_route("/more", scope["more"])
    query = "&".join(f"{name}={i}" for i, name in enumerate(names))
    assert serve(app).get(f"/most?{query}").json() == [str(i) for i in range(32)]


def test_settings() -> None:
    with pytest.raises(ArgumentError, match="engine is one of"):
        App(engine="steam")
    with pytest.raises(ArgumentError, match="log_level is one of"):
        App(log_level="loud")
    with pytest.raises(ArgumentError, match="header_count_max"):
        App(header_count_max=5000)
    with pytest.raises(ArgumentError, match="too large"):
        App(backlog=1 << 40)
    with pytest.raises(OverflowError):
        App(backlog=-1)
    with pytest.raises(ArgumentError, match="status"):
        App().add_route("/", generator_free, status=42)


def test_limits_reach_the_engine(serve: Callable[..., Running]) -> None:
    app = App(body_bytes_max=10, target_bytes_max=64)

    @app.post("/")
    def handler(request: Request) -> int:
        return len(request.body)

    running = serve(app)
    assert running.request("POST", "/", b"x" * 10).json() == 10
    assert running.request("POST", "/", b"x" * 11).status == 413
    assert running.get("/" + "a" * 100).status == 414


def test_an_app_with_its_routes_is_collected() -> None:
    import gc
    import weakref

    class Marker: ...

    def make() -> weakref.ref[Marker]:
        app = App()
        marker = Marker()

        @app.get("/")
        def handler() -> str:
            return repr((app, marker))

        return weakref.ref(marker)

    reference = make()
    gc.collect()
    assert reference() is None
