"""What handlers depend on: functions, generators, scopes, overrides."""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

import pytest
from conftest import Running
from models import Range
from test_validation import JSON_TYPE, errors_of

from trivet import App, ArgumentError, Depends, Header, NotFound, Query, Request, Text, Unauthorized

EVENTS: list[str] = []


@pytest.fixture(autouse=True)
def no_events() -> None:
    EVENTS.clear()


def number(n: int = 1) -> int:
    EVENTS.append("number")
    return n


async def doubled(n: Annotated[int, Depends(number)]) -> int:
    await asyncio.sleep(0)
    return n * 2


class Page:
    def __init__(self, limit: Annotated[int, Query(le=10)] = 5, *, request: Request) -> None:
        self.limit = limit
        self.path = request.path


def both(
    page: Annotated[Page, Depends()],
    two: Annotated[int, Depends(doubled)],
    one: int = Depends(number),
    *,
    again: Annotated[int, Depends(number, use_cache=False)],
) -> list[Any]:
    return [page.limit, page.path, two, one, again]


async def both_later(a: Annotated[list[Any], Depends(both)], part: Range) -> list[Any]:
    return [*a, part.low]


def test_functions_are_called_once_a_request(serve: Callable[..., Running]) -> None:
    app = App()
    app.get("/")(both)
    app.post("/later")(both_later)
    running = serve(app)
    assert running.get("/?n=4&limit=3").json() == [3, "/", 8, 4, 4]
    assert EVENTS == ["number"] * 2
    content = json.dumps({"low": 1, "high": 2})
    answer = running.request("POST", "/later?n=2", content, JSON_TYPE)
    assert answer.json() == [5, "/later", 4, 2, 2, 1]
    answer = running.request("POST", "/later?n=x&limit=11", "{}", JSON_TYPE)
    assert sorted(errors_of(answer)) == [
        ("body", "/high", "required", "is missing"),
        ("body", "/low", "required", "is missing"),
        ("query", "/limit", "maximum", "must be at most 10"),
        ("query", "/n", "type", "must be an integer"),
    ]


def user(authorization: Annotated[str | None, Header()] = None) -> str:
    if authorization is None:
        raise Unauthorized("who are you?")
    return authorization


def who(name: Annotated[str, Depends(user)], part: Range) -> str:
    return name


def test_a_dependency_may_answer_before_the_content_is_looked_at(
    serve: Callable[..., Running],
) -> None:
    app = App()
    app.post("/")(who)
    running = serve(app)
    assert running.request("POST", "/", "{", JSON_TYPE).status == 401
    answer = running.request("POST", "/", "{", {**JSON_TYPE, "Authorization": "me"})
    assert answer.status == 400


def opened(name: str) -> Callable[[], Iterator[str]]:
    def session() -> Iterator[str]:
        EVENTS.append(f"open {name}")
        try:
            yield name
        except BaseException as error:
            EVENTS.append(f"{name} sees {type(error).__name__}")
            raise
        finally:
            EVENTS.append(f"close {name}")

    return session


async def later_session(outer: Annotated[str, Depends(opened("outer"))]) -> AsyncIterator[str]:
    EVENTS.append("open later")
    try:
        yield outer + "+later"
    except LookupError:
        EVENTS.append("later sees LookupError")
        raise NotFound("mapped") from None
    finally:
        await asyncio.sleep(0)
        EVENTS.append("close later")


def uses(session: Annotated[str, Depends(later_session)], fail: str = "") -> str:
    EVENTS.append("handler")
    if fail:
        raise {"lookup": LookupError, "value": ValueError}[fail]("no")
    return session


async def uses_later(session: Annotated[str, Depends(later_session)], fail: str = "") -> str:
    await asyncio.sleep(0)
    return uses(session, fail)


def pieces(session: Annotated[str, Depends(later_session)]) -> Iterator[str]:
    for index in range(3):
        EVENTS.append(f"piece {index}")
        yield session


OPEN = ["open outer", "open later", "handler"]


@pytest.mark.parametrize("handler", [uses, uses_later], ids=["plain", "async"])
def test_generators_end_after_the_answer(
    serve: Callable[..., Running], handler: Callable[..., Any]
) -> None:
    app = App()
    app.get("/")(handler)

    @app.after
    async def note(request: Request, response: Any) -> None:
        await asyncio.sleep(0)
        EVENTS.append(f"after {response.status}")

    running = serve(app)
    assert running.get("/").text == "outer+later"
    running.stop()
    assert [*OPEN, "after 200", "close later", "close outer"] == EVENTS


def test_generators_end_after_the_last_piece(serve: Callable[..., Running]) -> None:
    app = App()
    app.get("/")(pieces)
    running = serve(app)
    assert running.get("/").text == "outer+later" * 3
    running.stop()
    assert [
        *OPEN[:2], "piece 0", "piece 1", "piece 2", "close later", "close outer"
    ] == EVENTS  # fmt: skip


@pytest.mark.parametrize("handler", [uses, uses_later], ids=["plain", "async"])
def test_exceptions_are_raised_at_the_yield(
    serve: Callable[..., Running], handler: Callable[..., Any], capfd: pytest.CaptureFixture[str]
) -> None:
    app = App()
    app.get("/")(handler)
    running = serve(app)
    assert running.get("/?fail=value").status == 500
    assert [*OPEN, "close later", "outer sees ValueError", "close outer"] == EVENTS
    EVENTS.clear()
    answer = running.get("/?fail=lookup")
    # What the generator makes of it is what the others see, and what is answered.
    assert (answer.status, answer.json()["detail"]) == (404, "mapped")
    assert EVENTS[3:] == [
        "later sees LookupError", "close later", "outer sees NotFound", "close outer"
    ]  # fmt: skip
    assert capfd.readouterr().err.count(" error ") == 1


def silent() -> Iterator[int]:
    try:
        yield 1
    except ValueError:
        EVENTS.append("swallowed")


def never() -> Iterator[int]:
    if EVENTS == ["never"]:
        yield 1


def repeated() -> Iterator[int]:
    yield 1
    yield 2


def failing() -> Iterator[int]:
    yield 1
    raise OSError("disk full")


def raising(one: Annotated[int, Depends(silent)]) -> None:
    raise ValueError("goes on")


def test_generators_that_are_wrong(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str]
) -> None:
    app = App()
    app.get("/silent")(raising)
    for function in (never, repeated, failing):

        def handler(one: Any) -> int:
            return 7

        handler.__annotations__["one"] = Annotated[int, Depends(function)]
        app.get(f"/{function.__name__}")(handler)
    running = serve(app)
    assert running.get("/silent").status == 500
    assert EVENTS == ["swallowed"]
    assert running.get("/never").status == 500
    assert [running.get(f"/{name}").json() for name in ("repeated", "failing")] == [7, 7]
    running.stop()
    log = [line for line in capfd.readouterr().err.splitlines() if " error " in line]
    assert "ValueError: goes on" in log[0]
    assert "never() (test_depends.py:" in log[1]
    assert "ended without a yield" in log[1]
    assert "repeated() (test_depends.py:" in log[2]
    assert "yields twice" in log[2]
    assert "failing() (test_depends.py:" in log[3]
    assert "disk full" in log[3]


def test_a_client_that_leaves_ends_the_generators(serve: Callable[..., Running]) -> None:
    app = App()
    waiting: list[asyncio.Event] = []

    @app.get("/")
    async def wait(one: Annotated[str, Depends(opened("it"))]) -> None:
        waiting.append(asyncio.Event())
        EVENTS.append("waits")
        await waiting[0].wait()

    @app.get("/events")
    async def events() -> list[str]:
        while "close it" not in EVENTS:
            await asyncio.sleep(0.001)
        return EVENTS

    running = serve(app)
    with running.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        while "waits" not in EVENTS:
            assert running.get("/nothing").status == 404
    assert running.get("/events").json()[-2:] == ["it sees CancelledError", "close it"]


def pool() -> Iterator[list[str]]:
    EVENTS.append("open pool")
    yield ["pool"]
    EVENTS.append("close pool")


async def service(p: Annotated[list[str], Depends(pool, scope="app")]) -> AsyncIterator[list[str]]:
    EVENTS.append("open service")
    yield [*p, "service"]
    EVENTS.append("close service")


def served(
    s: Annotated[list[str], Depends(service, scope="app")],
    p: list[str] = Depends(pool, scope="app"),
) -> list[Any]:
    return [s, p]


def test_the_scope_of_the_app(serve: Callable[..., Running]) -> None:
    app = App()
    app.get("/a")(served)
    app.get("/b")(served)
    app.on_startup(lambda: EVENTS.append("startup"))
    app.on_shutdown(lambda: EVENTS.append("shutdown"))
    running = serve(app)
    for path in ("/a", "/b", "/a"):
        assert running.get(path).json() == [["pool", "service"], ["pool"]]
    running.stop()
    assert EVENTS == [
        "startup", "open pool", "open service", "close service", "close pool", "shutdown"
    ]  # fmt: skip


def broken() -> int:
    raise OSError("no database")


def on_broken(one: Annotated[int, Depends(broken, scope="app")]) -> int:
    return one


def test_what_the_app_needs_and_cannot_have_ends_the_start(serve: Callable[..., Running]) -> None:
    from trivet._server import StartError

    app = App()
    app.get("/")(on_broken)
    with (
        app.bind(port=0) as server,
        pytest.raises(StartError, match=r"no database.*test_depends\.py"),
    ):
        server.start()


async def fake() -> AsyncIterator[str]:
    EVENTS.append("open fake")
    yield "fake"
    EVENTS.append("close fake")


def fake_number() -> int:
    return 40


def test_overrides(serve: Callable[..., Running]) -> None:
    app = App()
    app.get("/")(uses)
    app.get("/both")(both)
    running = serve(app)
    assert running.get("/").text == "outer+later"
    app.overrides[later_session] = fake
    app.overrides[number] = fake_number
    assert running.get("/").text == "fake"
    assert running.get("/both?n=1").json()[2:] == [80, 40, 40]
    del app.overrides[later_session]
    assert running.get("/").text == "outer+later"
    app.overrides.clear()
    assert running.get("/both?n=1").json()[2:] == [2, 1, 1]


def test_callables_of_every_kind(serve: Callable[..., Running]) -> None:
    class Multiplier:
        def __init__(self, by: int) -> None:
            self.by = by

        def __call__(self, n: int) -> int:
            return n * self.by

        async def method(self, n: int) -> int:
            return n + self.by

    def power(base: int, n: int) -> int:
        return int(base**n)

    app = App()
    kinds: list[Any] = [
        Multiplier(3),
        Multiplier(4).method,
        functools.partial(power, 2),
        lambda n: [n],
    ]
    for index, kind in enumerate(kinds):

        def handler(one: Any) -> Any:
            return one

        handler.__annotations__["one"] = Annotated[Any, Depends(kind)]
        app.get(f"/{index}")(handler)
    running = serve(app)
    answers = [running.get(f"/{index}?n=5").json() for index in range(4)]
    assert answers == [15, 9, 32, ["5"]]


def circle_a(b: Annotated[int, Depends(number)]) -> int:  # replaced below
    return b


def circle_b(a: Annotated[int, Depends(circle_a)]) -> int:
    return a


circle_a.__annotations__["b"] = Annotated[int, Depends(circle_b)]


SEVEN: Any = 7


def not_callable(one: Annotated[int, Depends(SEVEN)]) -> None: ...


def not_called(one: Annotated[int, Depends]) -> None: ...


def other_scope(one: Annotated[int, Depends(number, scope="session")]) -> None: ...


def wide(one: Annotated[int, Depends(number, scope="app")]) -> None: ...


def cell() -> int:
    return 1


def of_app(one: Annotated[int, Depends(cell)]) -> int:
    return one


def mixed(one: Annotated[int, Depends(of_app, scope="app")]) -> None: ...


def stars(*args: int) -> None: ...


def starred(one: Annotated[int, Depends(stars)]) -> None: ...


def strange(one: Callable[[], int]) -> None: ...


def stranger(one: Annotated[int, Depends(strange)]) -> None: ...


@pytest.mark.parametrize(
    ("handler", "told"),
    [
        (circle_b, r"circle_b\(\) \(test_depends.py:\d+\) needs circle_a\(\) .* needs circle_b"),
        (not_callable, r"not_callable\(\) \(test_depends.py:\d+\) depends on 7.*Depends\(function"),
        (not_called, r"'one' of not_called\(\) \(test_depends.py:\d+\) has Depends: write Depends"),
        (other_scope, 'scope of Depends.number. in other_scope.*"request" or "app"'),
        (wide, r"number\(\) \(test_depends.py:\d+\) is called once for the app.*leave them out"),
        (mixed, r"of_app\(\) \(test_depends.py:\d+\) is called once.*cell.*scope=\"app\" as well"),
        (starred, r"stars\(\) .*takes \* parameters"),
        (stranger, r"parameter 'one' of strange\(\) \(test_depends.py:\d+\)"),
    ],
)
def test_what_cannot_be_had_is_told_at_registration(handler: Callable[..., Any], told: str) -> None:
    app = App()
    with pytest.raises(ArgumentError, match=told):
        app.get("/")(handler)
    assert app.routes == []


def test_results_and_hooks_are_as_ever(serve: Callable[..., Running]) -> None:
    app = App()

    @app.get("/made", status=201, after=[lambda request, response: Text("other", 202)])
    def made(one: Annotated[int, Depends(number)]) -> dict[str, int]:
        return {"one": one}

    @app.get("/model")
    def model(one: Annotated[int, Depends(number)]) -> Range:
        return {"low": one, "high": 2}  # type: ignore[return-value]

    running = serve(app)
    assert (running.get("/made").status, running.get("/made").text) == (202, "other")
    assert running.get("/model").json() == {"low": 1, "high": 2}
