"""A handler that fails is answered and leaves one line in the log."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from conftest import Running

from trivet import App, HTTPError, Request, Response


def lines_of(capfd: pytest.CaptureFixture[str], word: str) -> list[str]:
    return [line for line in capfd.readouterr().err.splitlines() if word in line]


@pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])
def test_an_exception_is_a_500_and_one_line(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], is_async: bool
) -> None:
    app = App()

    def fail(colour: str) -> None:
        raise LookupError(f"no colour {colour}\nnone")

    if is_async:

        @app.get("/boom")
        async def boom() -> None:
            fail("red")
    else:

        @app.get("/boom")
        def plain_boom() -> None:
            fail("red")

    @app.get("/id")
    def number(request: Request) -> int:
        return request.id

    running = serve(app)
    answer = running.get("/boom")
    assert answer.status == 500
    assert answer.type == "application/problem+json"
    assert b"colour" not in answer.body
    after = running.get("/id").json()
    (line,) = lines_of(capfd, "error")
    assert re.search(r"LookupError: no colour red\\nnone \(test_errors\.py:\d+ in fail\)", line)
    assert "GET /boom" in line
    assert re.search(rf"\b{after - 1}\b", line)


@pytest.mark.parametrize(
    ("result", "named"),
    [
        (object(), "TypeError: object cannot be serialised to JSON"),
        ({"deep": [{1, 2}]}, "TypeError: set cannot"),
        (lambda: 1, "TypeError: function cannot"),
        ({"x": float("nan")}, "ValueError: float nan cannot"),
        ("\ud800", "UnicodeEncodeError"),
        (Response("a", headers={"X": "a\r\nb"}), "trivet.HeaderError"),
        (Response("a", headers={"Content-Length": "1"}), "HeaderError"),
        (Response("\udfff"), "UnicodeEncodeError"),
    ],
    ids=["object", "set", "function", "nan", "surrogate", "newline", "length", "body"],
)
def test_a_result_that_cannot_be_sent_is_a_500_that_names_it(
    serve: Callable[..., Running],
    capfd: pytest.CaptureFixture[str],
    result: object,
    named: str,
) -> None:
    app = App()

    @app.get("/plain")
    def plain() -> object:
        return result

    @app.get("/async")
    async def asynchronous() -> object:
        return result

    running = serve(app)
    for path in ("/plain", "/async"):
        assert running.get(path).status == 500
        (line,) = lines_of(capfd, "error")
        assert named in line
        assert "result of test_errors.py:" in line
    assert running.get("/nothing").status == 404


def test_http_errors_are_problem_details(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str]
) -> None:
    app = App()

    class MissingTeaError(HTTPError):
        def __init__(self, what: str) -> None:
            super().__init__(404, f"no {what} here")

    @app.get("/plain")
    def plain() -> None:
        raise MissingTeaError("tea")

    @app.get("/async")
    async def asynchronous() -> None:
        raise HTTPError(418)

    running = serve(app)
    answer = running.get("/plain")
    assert (answer.status, answer.type) == (404, "application/problem+json")
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "no tea here",
    }
    answer = running.get("/async")
    assert answer.status == 418
    assert "detail" not in answer.json()
    assert lines_of(capfd, "error") == []


@pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_what_ends_the_program_ends_it(
    capfd: pytest.CaptureFixture[str], is_async: bool, kind: type[BaseException]
) -> None:
    app = App()

    if is_async:

        @app.get("/end")
        async def end() -> None:
            raise kind("enough")
    else:

        @app.get("/end")
        def plain_end() -> None:
            raise kind("enough")

    running = Running(app, "auto")
    # The answer may be lost: the program ends.
    with running.connect() as client:
        client.sendall(b"GET /end HTTP/1.1\r\nHost: a\r\n\r\n")
        with pytest.raises(kind, match="enough"):
            running.stop()


def test_failures_do_not_accumulate(serve: Callable[..., Running]) -> None:
    import gc

    app = App()

    @app.get("/boom")
    def boom() -> None:
        raise ValueError("boom")

    running = serve(app)

    def alive() -> int:
        gc.collect()
        return sum(isinstance(item, ValueError) for item in gc.get_objects())

    running.get("/boom")
    before = alive()
    for _ in range(20):
        running.get("/boom")
    assert alive() <= before + 1


def test_str_of_an_exception_may_fail(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str]
) -> None:
    app = App()

    class SilentError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    @app.get("/boom")
    def boom() -> None:
        raise SilentError

    assert serve(app).get("/boom").status == 500
    (line,) = lines_of(capfd, "error")
    assert "SilentError: ?" in line
