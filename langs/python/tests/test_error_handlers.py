"""The one place where errors become answers."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Running

import trivet
from trivet import (
    JSON,
    App,
    ArgumentError,
    HTTPError,
    NotFound,
    Request,
    Response,
    Text,
    TooManyRequests,
    Unauthorized,
)

KINDS = pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])

STATUSES = {
    "BadRequest": 400,
    "Unauthorized": 401,
    "Forbidden": 403,
    "NotFound": 404,
    "MethodNotAllowed": 405,
    "Conflict": 409,
    "Gone": 410,
    "ContentTooLarge": 413,
    "UnsupportedMediaType": 415,
    "UnprocessableContent": 422,
    "TooManyRequests": 429,
    "InternalServerError": 500,
    "BadGateway": 502,
    "ServiceUnavailable": 503,
    "GatewayTimeout": 504,
}


def errors_of(capfd: pytest.CaptureFixture[str]) -> list[str]:
    return [line for line in capfd.readouterr().err.splitlines() if " error " in line]


def raising(app: App, error: Exception, is_async: bool, path: str = "/") -> None:
    """A route whose handler raises."""
    if is_async:

        @app.get(path)
        async def later() -> None:
            await asyncio.sleep(0)
            raise error
    else:

        @app.get(path)
        def plain() -> None:
            raise error


@pytest.mark.parametrize(("name", "status"), STATUSES.items())
def test_there_is_an_error_for_each_common_status(name: str, status: int) -> None:
    kind = getattr(trivet, name)
    error = kind("told", {"X-Why": "so"})
    assert isinstance(error, HTTPError)
    assert kind is getattr(trivet.errors, name)
    assert kind.__module__ == "trivet"
    assert (error.status, error.detail, error.headers) == (status, "told", [("X-Why", "so")])
    assert (kind().detail, kind().headers) == ("", [])
    assert str(error) == f"{status} told"


@pytest.mark.parametrize("error", [NotFound("a", {"X": "y"}), HTTPError(418, "b", [("X", "y")])])
def test_errors_come_back_from_another_process(error: HTTPError) -> None:
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(other) is type(error)
        assert (other.status, other.detail, other.headers) == (
            error.status,
            error.detail,
            error.headers,
        )


@KINDS
def test_errors_carry_header_fields(serve: Callable[..., Running], is_async: bool) -> None:
    app = App()
    raising(app, TooManyRequests("slower", {"Retry-After": "7"}), is_async)
    raising(app, Unauthorized(headers=[("WWW-Authenticate", "Basic")] * 2), is_async, "/login")
    running = serve(app)
    answer = running.get("/")
    assert (answer.status, answer.json()["detail"]) == (429, "slower")
    assert answer.headers["Retry-After"] == "7"
    answer = running.get("/login")
    assert (answer.status, answer.headers.get_all("WWW-Authenticate")) == (401, ["Basic"] * 2)


@KINDS
def test_fields_that_cannot_be_sent_are_a_500(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], is_async: bool
) -> None:
    app = App()
    raising(app, HTTPError(409, "x", {"X-Split": "a\r\nb: c"}), is_async)
    answer = serve(app).get("/")
    assert (answer.status, answer.headers.get("b")) == (500, None)
    assert len(errors_of(capfd)) == 1


def mapped(is_async: bool) -> tuple[App, Callable[..., Any]]:
    """An app whose every error is an answer of its own."""
    app = App(body_bytes_max=10)

    def plain(request: Request, error: Exception) -> Any:
        status = error.status if isinstance(error, HTTPError) else 500
        return JSON({"error": status, "path": request.path}, headers={"X-Error": "mapped"})

    async def later(request: Request, error: Exception) -> Any:
        await asyncio.sleep(0)
        return plain(request, error)

    app.on_error(later if is_async else plain)
    return app, plain


@KINDS
def test_everything_goes_through_one_place(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], is_async: bool
) -> None:
    app, _ = mapped(is_async)
    raising(app, NotFound("x"), False, "/http")
    raising(app, NotFound("x"), True, "/http-async")
    raising(app, ValueError("boom"), False, "/boom")
    raising(app, ValueError("boom"), True, "/boom-async")
    app.get("/unsendable")(lambda: object())
    app.get("/argument")(lambda n=1: n)
    app.post("/body")(lambda request: request.text())
    running = serve(app)
    expected = {
        "/http": 404,
        "/http-async": 404,
        "/boom": 500,
        "/boom-async": 500,
        "/unsendable": 500,
        "/argument?n=x": 422,
        "/nothing": 404,
        "/body": 405,
    }
    for path, status in expected.items():
        answer = running.get(path)
        assert (path, answer.status, answer.headers["X-Error"]) == (path, status, "mapped")
        assert answer.json() == {"error": status, "path": path.partition("?")[0]}
    assert set(running.get("/body").headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    assert running.request("POST", "/body", b"x" * 11).json()["error"] == 413
    assert running.request("POST", "/body", b"\xff").json()["error"] == 400
    lines = errors_of(capfd)
    assert [line.split("GET ")[1].split(" ")[0] for line in lines] == [
        "/boom",
        "/boom-async",
        "/unsendable",
    ]


class TeaError(Exception):
    pass


class GreenTeaError(TeaError):
    pass


@KINDS
def test_the_most_special_class_wins(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], is_async: bool
) -> None:
    app, _ = mapped(False)

    @app.on_error(TeaError, KeyError)
    def tea(request: Request, error: Exception) -> Any:
        return {"tea": type(error).__name__}

    @app.on_error(GreenTeaError)
    async def green(request: Request, error: GreenTeaError) -> Any:
        await asyncio.sleep(0)
        return Text("green", 418)

    @app.on_error(NotFound)
    def missing(request: Request, error: NotFound) -> Any:
        return f"no {request.path}"

    raising(app, TeaError("black"), is_async, "/tea")
    raising(app, GreenTeaError("sencha"), is_async, "/green")
    raising(app, KeyError("k"), is_async, "/key")
    raising(app, HTTPError(404), is_async, "/http")
    raising(app, ZeroDivisionError(), is_async, "/other")
    running = serve(app)
    assert (running.get("/tea").status, running.get("/tea").json()) == (500, {"tea": "TeaError"})
    assert (running.get("/green").status, running.get("/green").text) == (418, "green")
    assert running.get("/key").json() == {"tea": "KeyError"}
    assert (running.get("/nothing").status, running.get("/nothing").text) == (404, "no /nothing")
    assert running.get("/http").json()["error"] == 404
    assert errors_of(capfd) == []
    assert running.get("/other").json()["error"] == 500
    assert len(errors_of(capfd)) == 1


def test_what_another_status_is_made_of_is_not_logged(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str]
) -> None:
    app = App()

    @app.on_error
    def handler(request: Request, error: Exception) -> Any:
        return Response(str(error), 404 if isinstance(error, LookupError) else None)

    raising(app, LookupError("not there"), False, "/lookup")
    raising(app, ValueError("broken"), False, "/value")
    running = serve(app)
    assert running.get("/lookup").status == 404
    assert errors_of(capfd) == []
    answer = running.get("/value")
    assert (answer.status, answer.text) == (500, "broken")
    assert len(errors_of(capfd)) == 1


@KINDS
def test_nothing_leaves_it_to_the_problem_details(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], is_async: bool
) -> None:
    app = App()
    seen: list[str] = []

    def plain(request: Request, error: Exception) -> None:
        seen.append(type(error).__name__)

    async def later(request: Request, error: Exception) -> None:
        plain(request, error)

    app.on_error(later if is_async else plain)
    app.on_error(TeaError)(lambda request, error: None)
    raising(app, HTTPError(409, "taken", {"X": "y"}), False, "/http")
    raising(app, ValueError("boom"), True, "/boom")
    raising(app, TeaError("cold"), False, "/tea")
    running = serve(app)
    answer = running.get("/http")
    assert (answer.status, answer.json()["detail"], answer.headers["X"]) == (409, "taken", "y")
    assert running.get("/nothing").json()["title"] == "Not Found"
    # Its own handler has seen it: nothing is left to log.
    assert running.get("/tea").json()["status"] == 500
    assert errors_of(capfd) == []
    assert running.get("/boom").json()["status"] == 500
    assert len(errors_of(capfd)) == 1
    assert seen == ["HTTPError", "NotFound", "ValueError"]


@KINDS
@pytest.mark.parametrize("how", ["raises", "unsendable"])
def test_an_error_handler_that_fails_is_a_500(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], is_async: bool, how: str
) -> None:
    app = App()

    def plain(request: Request, error: Exception) -> Any:
        if how == "raises":
            raise OSError("disk full")
        return {"x": plain}

    async def later(request: Request, error: Exception) -> Any:
        await asyncio.sleep(0)
        return plain(request, error)

    app.on_error(later if is_async else plain)
    raising(app, LookupError("first"), False)
    answer = serve(app).get("/")
    assert (answer.status, answer.type) == (500, "application/problem+json")
    (line,) = errors_of(capfd)
    assert ("OSError: disk full" if how == "raises" else "function cannot be") in line
    assert "while handling LookupError: first" in line


def test_after_hooks_see_the_mapped_answer(serve: Callable[..., Running]) -> None:
    app, _ = mapped(True)
    seen: list[int] = []

    @app.after
    def look(request: Request, response: Response) -> None:
        seen.append(response.status)

    raising(app, ValueError("boom"), False, "/boom")
    running = serve(app)
    assert running.get("/boom").json()["error"] == 500
    assert running.get("/nothing").json()["error"] == 404
    assert seen == [500, 404]


def test_the_engine_writes_the_same_problems(serve: Callable[..., Running]) -> None:
    """A hook that reads the body sees what is sent without it, for every status."""
    app = App()

    def look(request: Request, response: Response) -> None:
        if "look" in request.query:
            assert response.body["status"] == response.status

    @app.get("/{status:int}", after=[look])
    def fail(status: int) -> None:
        raise HTTPError(status, "ü\n")

    running = serve(app)
    for status in range(400, 600):
        answers = [running.get(f"/{status}"), running.get(f"/{status}?look")]
        assert answers[0].status == status
        assert answers[0].json() == answers[1].json()
        assert answers[0].type == answers[1].type == "application/problem+json"


def test_cancellation_is_no_error(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str]
) -> None:
    app, _ = mapped(False)

    @app.get("/")
    async def handler() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(1)

    answer = serve(app).get("/")
    assert (answer.status, answer.headers.get("X-Error")) == (500, None)
    assert "CancelledError" in errors_of(capfd)[0]


@pytest.mark.parametrize(
    ("register", "told"),
    [
        (lambda app: app.on_error(BaseException)(lambda r, e: None), "subclasses of Exception"),
        (lambda app: app.on_error(int)(lambda r, e: None), "subclasses of Exception"),
        (lambda app: app.on_error(lambda error: None), "takes 1 parameters"),
        (lambda app: app.on_error(ValueError)(lambda: None), "takes 0 parameters"),
    ],
)
def test_what_cannot_be_an_error_handler(register: Callable[[App], Any], told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        register(App())
