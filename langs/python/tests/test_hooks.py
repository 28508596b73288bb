"""Hooks around handlers: of the app, of groups, of a route; plain and async."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Running

from trivet import (
    HTML,
    JSON,
    App,
    ArgumentError,
    Forbidden,
    HTTPError,
    Request,
    Response,
    StateError,
    Text,
    lowlevel,
)

KINDS = pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])
Hook = Callable[..., Any]


def before(name: str, is_async: bool) -> Hook:
    """A hook that notes its name, stops or fails, as the request's fields ask."""

    def plain(request: Request) -> Any:
        if not hasattr(request.state, "trace"):
            request.state.trace = []
        request.state.trace.append(name)
        if request.headers.get("fail") == name:
            raise LookupError(f"{name} fails")
        return Text(f"stopped by {name}", 403) if request.headers.get("stop") == name else None

    async def later(request: Request) -> Any:
        await asyncio.sleep(0)
        return plain(request)

    return later if is_async else plain


def after(name: str, is_async: bool) -> Hook:
    """A hook that adds its name, or fails."""

    def plain(request: Request, response: Response) -> None:
        if request.headers.get("fail-after") == name:
            raise LookupError(f"{name} fails afterwards")
        response.headers.add("x-after", name)

    async def later(request: Request, response: Response) -> None:
        await asyncio.sleep(0)
        plain(request, response)

    return later if is_async else plain


def tree(is_async: bool) -> App:
    app = App()
    app.before(before("app", is_async))
    app.after(after("app", is_async))
    outer = app.group("/outer")
    inner = outer.group(
        "/inner", before=[before("inner", is_async)], after=[after("inner", is_async)]
    )

    options: Any = {"before": [before("route", is_async)], "after": [after("route", is_async)]}
    if is_async:

        @inner.get("/leaf", **options)
        async def leaf_later(request: Request) -> list[str]:
            await asyncio.sleep(0)
            trace: list[str] = request.state.trace
            return trace
    else:

        @inner.get("/leaf", **options)
        def leaf(request: Request) -> list[str]:
            trace: list[str] = request.state.trace
            return trace

    # Hooks that come after the route count as well: the chain is made when the app is bound.
    outer.before(before("outer", is_async))
    outer.after(after("outer", is_async))
    return app


ORDER = ["app", "outer", "inner", "route"]


@KINDS
def test_hooks_run_from_the_outside_and_back(serve: Callable[..., Running], is_async: bool) -> None:
    answer = serve(tree(is_async)).get("/outer/inner/leaf")
    assert answer.json() == ORDER
    assert answer.headers.get_all("x-after") == ORDER[::-1]


@KINDS
@pytest.mark.parametrize("name", ORDER)
def test_a_before_hook_that_answers_stops(
    serve: Callable[..., Running], is_async: bool, name: str
) -> None:
    answer = serve(tree(is_async)).get("/outer/inner/leaf", {"stop": name})
    assert (answer.status, answer.text) == (403, f"stopped by {name}")
    assert answer.headers.get_all("x-after") == ORDER[::-1]


@KINDS
@pytest.mark.parametrize("name", ORDER)
def test_a_before_hook_that_raises_is_an_error(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], is_async: bool, name: str
) -> None:
    answer = serve(tree(is_async)).get("/outer/inner/leaf", {"fail": name})
    assert (answer.status, answer.type) == (500, "application/problem+json")
    assert answer.headers.get_all("x-after") == ORDER[::-1]
    (line,) = [line for line in capfd.readouterr().err.splitlines() if " error " in line]
    assert f"GET /outer/inner/leaf failed: LookupError: {name} fails (test_hooks.py:" in line


@KINDS
@pytest.mark.parametrize("name", ORDER)
def test_after_an_after_hook_that_raises_the_others_run(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], is_async: bool, name: str
) -> None:
    answer = serve(tree(is_async)).get("/outer/inner/leaf", {"fail-after": name})
    assert answer.status == 500
    expected = ORDER[: ORDER.index(name)][::-1]
    assert (answer.headers.get_all("x-after") or []) == expected
    assert capfd.readouterr().err.count(" error ") == 1


def test_hooks_of_the_app_see_what_has_no_route(serve: Callable[..., Running]) -> None:
    app = tree(False)
    seen: list[Any] = []

    @app.after
    def look(request: Request, response: Response) -> None:
        seen.append((request.route, request.params, response.status))

    running = serve(app)
    answer = running.get("/nothing")
    assert (answer.status, answer.headers.get_all("x-after")) == (404, ["app"])
    assert answer.json() == {"type": "about:blank", "title": "Not Found", "status": 404}
    answer = running.request("POST", "/outer/inner/leaf")
    assert (answer.status, set(answer.headers["Allow"].split(", "))) == (
        405,
        {"GET", "HEAD", "OPTIONS"},
    )
    assert running.get("/nothing", {"stop": "app"}).status == 403
    assert seen == [(None, {}, 404), (None, {}, 405), (None, {}, 403)]


@pytest.mark.parametrize(
    ("result", "status", "body", "kind"),
    [
        ("text", 200, b"text", "text/plain; charset=utf-8"),
        (b"bytes", 200, b"bytes", "application/octet-stream"),
        ({"a": 1}, 200, b'{"a":1}', "application/json"),
        (False, 200, b"false", "application/json"),
        (HTML("<p>", 401), 401, b"<p>", "text/html; charset=utf-8"),
        (JSON([1]), 200, b"[1]", "application/json"),
    ],
)
def test_what_a_before_hook_returns_is_the_answer(
    serve: Callable[..., Running], result: object, status: int, body: bytes, kind: str
) -> None:
    app = App()

    @app.post("/", status=201, before=[lambda request: result])
    def handler() -> str:
        raise AssertionError("not called")

    answer = serve(app).request("POST", "/")
    assert (answer.status, answer.body, answer.type) == (status, body, kind)


def test_after_hooks_see_every_answer_as_a_response(serve: Callable[..., Running]) -> None:
    app = App()
    seen: list[Any] = []

    @app.after
    def look(request: Request, response: Response) -> None:
        seen.append((response.status, response.content_type, response.body, response.content))

    app.get("/dict", status=202)(lambda: {"a": 1})
    app.get("/text")(lambda: "ü")
    app.get("/bytes")(lambda: b"\0")
    app.get("/none")(lambda: None)
    app.get("/html", status=203)(lambda: HTML("<p>"))

    @app.get("/http")
    def fail() -> None:
        raise HTTPError(418, "no coffee", {"X-Pot": "tea"})

    @app.get("/n/{n:int}")
    def number(n: int, required: int) -> None: ...

    running = serve(app)
    paths = ["/dict", "/text", "/bytes", "/none", "/html", "/http", "/n/1", "/nothing"]
    answers = [running.get(path) for path in paths]
    problem = "application/problem+json"
    teapot = {"type": "about:blank", "title": "I'm a Teapot", "status": 418, "detail": "no coffee"}
    detail = "1 value is wrong"
    title = "Unprocessable Content"
    missing: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": 422,
        "detail": detail,
    }
    missing["errors"] = [
        {"in": "query", "pointer": "/required", "code": "required", "detail": "is missing"}
    ]
    assert [item[:3] for item in seen] == [
        (202, "application/json", {"a": 1}),
        (200, "text/plain; charset=utf-8", "ü"),
        (200, "application/octet-stream", b"\0"),
        (204, None, None),
        (203, "text/html; charset=utf-8", "<p>"),
        (418, problem, teapot),
        (422, problem, missing),
        (404, problem, {"type": "about:blank", "title": "Not Found", "status": 404}),
    ]
    for answer, (status, kind, _, content) in zip(answers, seen, strict=True):
        assert (answer.status, answer.type, answer.body) == (status, kind, content)
    assert answers[5].headers["X-Pot"] == "tea"


def test_after_hooks_change_the_response(serve: Callable[..., Running]) -> None:
    app = App()

    def change(request: Request, response: Response) -> None:
        response.status = 299
        response.body["more"] = True
        response.headers["X-One"] = "1"
        response.headers.add("Set-Cookie", "a=1")
        response.headers.add("set-cookie", "b=2")
        del response.headers["x-old"]

    @app.get("/", after=[change])
    def handler() -> Response:
        return JSON({"a": 1}, headers={"X-Old": "gone", "x-one": "before"})

    answer = serve(app).get("/")
    assert (answer.status, answer.json()) == (299, {"a": 1, "more": True})
    assert answer.headers.get_all("X-One") == ["1"]
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert "X-Old" not in answer.headers


@pytest.mark.parametrize(
    ("body", "content", "kind"),
    [
        ("text", b"text", "text/html; charset=utf-8"),
        (b"bytes", b"bytes", "application/octet-stream"),
        ({"a": 1}, b'{"a":1}', "application/json"),
        (None, b"", None),
    ],
)
def test_after_hooks_set_the_body(
    serve: Callable[..., Running], body: object, content: bytes, kind: str | None
) -> None:
    app = App()

    def replace(request: Request, response: Response) -> None:
        response.body = body

    @app.get("/", after=[replace])
    def handler() -> Response:
        return HTML("<p>")

    answer = serve(app).get("/")
    assert (answer.body, answer.type) == (content, kind)


def test_after_hooks_return_another_response(serve: Callable[..., Running]) -> None:
    app = App()

    def other(request: Request, response: Response) -> Response:
        return Response(b"<svg/>", headers={"X": "y"}, content_type="image/svg+xml")

    @app.get("/", after=[other], status=201)
    def handler() -> str:
        return "first"

    answer = serve(app).get("/")
    assert (answer.status, answer.type, answer.body) == (201, "image/svg+xml", b"<svg/>")


def test_an_after_hook_that_returns_no_response_is_an_error(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str]
) -> None:
    app = App()
    app.get("/", after=[lambda request, response: {"a": 1}])(lambda: "x")
    assert serve(app).get("/").status == 500
    assert "an after hook returns a Response or None, not dict" in capfd.readouterr().err


def test_a_response_that_the_program_keeps_does_not_collect_changes(
    serve: Callable[..., Running],
) -> None:
    app = App()

    class Marked(Response):
        mark = ""

    kept = Marked({"n": 1}, headers=[("X-Kept", "1")])
    kept.mark = "own"

    def change(request: Request, response: Response) -> None:
        assert isinstance(response, Marked)
        response.headers.add("X-Mark", response.mark)
        response.status += 1

    @app.get("/", after=[change])
    def handler() -> Response:
        return kept

    running = serve(app)
    for _ in range(3):
        answer = running.get("/")
        assert (answer.status, answer.headers.get_all("X-Mark")) == (201, ["own"])
    assert (kept.status, len(kept.headers)) == (200, 1)


@pytest.mark.parametrize("value", ["a\r\nx-injected: b", "a\0"])
@KINDS
def test_a_field_that_cannot_be_sent_is_a_500(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], is_async: bool, value: str
) -> None:
    app = App()

    def plain(request: Request, response: Response) -> None:
        response.headers["x-split"] = value

    async def later(request: Request, response: Response) -> None:
        plain(request, response)

    app.get("/", after=[later if is_async else plain])(lambda: "x")
    answer = serve(app).get("/")
    assert (answer.status, answer.headers.get("x-injected")) == (500, None)
    assert "HeaderError" in capfd.readouterr().err


def test_a_result_that_cannot_be_sent_is_an_error_before_the_hooks(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str]
) -> None:
    app = App()
    seen: list[Any] = []

    def look(request: Request, response: Response) -> None:
        seen.append((response.status, response.body))

    @app.get("/", after=[look])
    def handler() -> object:
        return {"f": look}

    answer = serve(app).get("/")
    detail = (
        "function cannot be serialised to JSON, at /f: give a dict, a list, a dataclass or a str "
        "of it"
    )
    assert (answer.status, answer.json()["detail"]) == (500, detail)
    assert [status for status, _ in seen] == [500]
    (line,) = [line for line in capfd.readouterr().err.splitlines() if " error " in line]
    assert "(result of test_hooks.py:" in line


def test_an_untouched_problem_keeps_its_cause(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str]
) -> None:
    """The engine counts and logs the failure once, whether a hook has changed the answer or not."""
    app = App()

    def touch(request: Request, response: Response) -> None:
        response.headers["X-Seen"] = "yes"
        if "status" in request.query:
            response.status = 299

    @app.get("/", after=[touch])
    def boom() -> None:
        raise ValueError("boom")

    running = serve(app)
    answer = running.get("/")
    assert (answer.status, answer.headers["X-Seen"]) == (500, "yes")
    answer = running.get("/?status")
    assert (answer.status, answer.json()["status"]) == (299, 500)
    lines = [line for line in capfd.readouterr().err.splitlines() if " error " in line]
    assert [line.partition("GET")[2] for line in lines] == [lines[0].partition("GET")[2]] * 2


def test_plain_hooks_need_no_task(serve: Callable[..., Running]) -> None:
    app = App()
    seen: list[Any] = []

    def look(request: Request, *_: Response) -> None:
        seen.append(asyncio.current_task())

    @app.get("/plain", before=[look], after=[look])
    def plain() -> None:
        look(None)  # type: ignore[arg-type]

    @app.get("/async", before=[look], after=[look])
    async def asynchronous() -> None:
        look(None)  # type: ignore[arg-type]
        await asyncio.sleep(0)

    running = serve(app)
    running.get("/plain")
    assert seen == [None] * 3
    seen.clear()
    running.get("/async")
    assert len(seen) == 3
    assert len(set(seen)) == 1
    assert seen[0] is not None


def test_parts_of_one_request_share_their_task_and_context(serve: Callable[..., Running]) -> None:
    app = App()
    user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")
    tasks: list[Any] = []

    @app.before
    def plain(request: Request) -> None:
        user.set(request.query.get("user", "nobody"))

    @app.before
    async def asynchronous(request: Request) -> None:
        await asyncio.sleep(0)
        tasks.append(asyncio.current_task())
        user.set(user.get() + "!")

    @app.after
    async def last(request: Request, response: Response) -> None:
        tasks.append(asyncio.current_task())
        response.headers["X-User"] = user.get()

    @app.get("/plain")
    def handler() -> str:
        return user.get()

    @app.get("/async")
    async def handler_later() -> str:
        await asyncio.sleep(0)
        tasks.append(asyncio.current_task())
        return user.get()

    running = serve(app)
    for path in ("/plain", "/async"):
        answer = running.get(f"{path}?user=ann")
        assert (answer.text, answer.headers["X-User"]) == ("ann!", "ann!")
        assert running.get(path).text == "nobody!"
        tasks.clear()
        running.get(path)
        assert len(set(tasks)) == 1


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout is new in 3.11")
def test_timeouts_work_in_every_part(serve: Callable[..., Running]) -> None:
    app = App()

    async def late() -> str:
        try:
            async with asyncio.timeout(0.005):
                await asyncio.sleep(30)
        except TimeoutError:
            return "late"
        return "in time"

    async def first(request: Request) -> None:
        request.state.first = await late()

    async def last(request: Request, response: Response) -> None:
        response.body = [*response.body, await late()]

    @app.get("/", before=[first], after=[last])
    async def handler(request: Request) -> list[str]:
        return [request.state.first, await late()]

    assert serve(app).get("/").json() == ["late", "late", "late"]


@pytest.mark.parametrize("where", ["before", "handler", "after"])
def test_a_client_that_leaves_cancels_the_part_that_waits(
    serve: Callable[..., Running], engine: str, where: str
) -> None:
    app = App()
    started, cancelled, ended = threading.Event(), threading.Event(), threading.Event()
    statuses: list[int] = []

    async def wait() -> None:
        started.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def first(request: Request) -> None:
        if where == "before":
            await wait()

    async def last(request: Request, response: Response) -> None:
        if where == "after":
            await wait()

    @app.after
    def note(request: Request, response: Response) -> None:
        statuses.append(response.status)
        ended.set()

    @app.get("/", before=[first], after=[last])
    async def handler() -> str:
        if where == "handler":
            await wait()
        return "answer"

    running = serve(app, engine)
    client = running.connect()
    client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert started.wait(30)
    client.close()
    assert cancelled.wait(30)
    assert ended.wait(30)
    assert statuses == [499]


@pytest.mark.parametrize("is_answered", [False, True])
def test_an_answer_by_hand_ends_the_way(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], is_answered: bool
) -> None:
    app = App()
    seen: list[str] = []

    def by_hand(request: Request) -> None:
        if is_answered:
            lowlevel.reply_text(request, 202, "by hand")

    def last(request: Request, response: Response) -> None:
        seen.append("after")

    @app.get("/", before=[by_hand], after=[last])
    def handler() -> str:
        seen.append("handler")
        return "result"

    answer = serve(app).get("/")
    assert answer.text == ("by hand" if is_answered else "result")
    assert seen == ([] if is_answered else ["handler", "after"])
    assert "error" not in capfd.readouterr().err


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
@KINDS
def test_a_hook_can_end_the_program(is_async: bool, kind: type[BaseException]) -> None:
    app = App()

    def plain(request: Request) -> None:
        raise kind("enough")

    async def later(request: Request) -> None:
        await asyncio.sleep(0)
        raise kind("enough")

    app.get("/", before=[later if is_async else plain])(lambda: "x")
    running = Running(app, "auto")
    with running.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        with pytest.raises(kind, match="enough"):
            running.stop()


def test_state_is_one_namespace_a_request(serve: Callable[..., Running]) -> None:
    app = App()

    @app.get("/")
    def handler(request: Request) -> list[Any]:
        fresh = not vars(request.state)
        request.state.user = "ann"
        with pytest.raises(AttributeError):
            request.state.other  # noqa: B018
        return [fresh, request.state.user, request.state is request.state]

    running = serve(app)
    assert [running.get("/").json() for _ in range(2)] == [[True, "ann", True]] * 2


@pytest.mark.parametrize(
    ("register", "told"),
    [
        (lambda app: app.before(lambda: None), "takes 0 parameters, and is called with 1"),
        (lambda app: app.before(lambda a, b: None), "takes 2 parameters, and is called with 1"),
        (lambda app: app.after(lambda a: None), "takes 1 parameters, and is called with 2"),
        (lambda app: app.group("/g", before=[3]), "must be callable"),
        (lambda app: app.get("/", after=[lambda a: None])(lambda: 1), "is called with 2"),
        (lambda app: app.before(generator), "is a generator"),
    ],
)
def test_a_hook_that_cannot_be_called_is_told_at_once(
    register: Callable[[App], Any], told: str
) -> None:
    with pytest.raises(ArgumentError, match=told):
        register(App())


def generator(request: Request) -> Any:
    yield request


class Guard:
    def __init__(self, name: str) -> None:
        self.name = name

    def method(self, request: Request) -> None:
        request.state.seen = [self.name]

    async def __call__(self, request: Request) -> None:
        request.state.seen.append(f"{self.name} called")


def test_hooks_of_every_kind(serve: Callable[..., Running]) -> None:
    app = App()
    guard = Guard("guard")
    app.before(guard.method)
    app.before(guard)
    app.before(lambda request, *rest: None)
    app.get("/")(lambda request: request.state.seen)
    assert serve(app).get("/").json() == ["guard", "guard called"]


def test_hooks_come_before_the_start(serve: Callable[..., Running]) -> None:
    app = App()
    group = app.group("/g")
    group.get("")(lambda: "x")
    serve(app)
    for call in (
        lambda: app.before(lambda request: None),
        lambda: group.after(lambda request, response: None),
        lambda: app.group("/late"),
        lambda: app.on_error(lambda request, error: None),
        lambda: app.on_startup(lambda: None),
        lambda: app.on_shutdown(lambda: None),
    ):
        with pytest.raises(StateError, match="before the app is bound"):
            call()


def test_many_requests_leave_no_objects_behind(serve: Callable[..., Running]) -> None:
    app = App()

    @app.before
    def first(request: Request) -> None:
        request.state.items = [request]  # a cycle, for the collector

    @app.after
    async def last(request: Request, response: Response) -> None:
        await asyncio.sleep(0)
        response.headers["X"] = "y"

    @app.on_error
    def failed(request: Request, error: Exception) -> Any:
        return {"error": str(error)}

    @app.get("/{n:int}")
    async def handler(request: Request, n: int) -> Any:
        if n % 3 == 0:
            raise Forbidden("no")
        if n % 3 == 1:
            return {"bad": handler}
        return {"n": n}

    @app.get("/blocks")
    def blocks() -> int:
        gc.collect()
        return sys.getallocatedblocks()

    running = serve(app)

    def load() -> None:
        for n in range(120):
            running.get(f"/{n}")

    load()
    first_count = running.get("/blocks").json()
    load()
    load()
    assert running.get("/blocks").json() - first_count < 400
