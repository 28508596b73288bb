"""What who writes the program is shown, and nobody else; and what first mistakes are told."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Running

from trivet import App, ArgumentError, NotFound, Request
from trivet import _dev as dev

HTML_TYPE = {"Accept": "text/html,*/*", "X-Evil": "<script>"}


def failing() -> App:
    app = App()

    @app.get("/{name}")
    def fail(name: str) -> None:
        before = name + "<&>"
        raise ValueError(before)  # the line

    @app.get("/chained")
    async def chained() -> None:
        try:
            fail("inner")
        except ValueError as error:
            raise RuntimeError("outer") from error

    @app.get("/http")
    def http() -> None:
        raise NotFound("told")

    return app


def test_a_page_with_the_source(
    serve: Callable[..., Running],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TRIVET_ENV", "development")
    running = serve(failing())
    answer = running.get("/x?q=%3Cb%3E", HTML_TYPE)
    assert (answer.status, answer.type) == (500, "text/html; charset=utf-8")
    assert "<h1>ValueError: x&lt;&amp;&gt;</h1>" in answer.text
    assert "test_dev.py:" in answer.text
    assert answer.text.count("<mark>") >= 1
    assert "raise ValueError(before)  # the line</mark>" in answer.text
    assert "before = name + &quot;&lt;&amp;&gt;&quot;" in answer.text
    assert "route /{name}" in answer.text
    assert "<script>" not in answer.text
    assert "<td>X-Evil</td><td>&lt;script&gt;</td>" in answer.text
    text = running.get("/chained", HTML_TYPE).text
    assert text.index("RuntimeError: outer") < text.index("handling ValueError: inner")
    assert running.get("/http", HTML_TYPE).json()["detail"] == "told"
    # Programs are told what they are told anyway.
    answer = running.get("/x")
    assert (answer.status, answer.type) == (500, "application/problem+json")
    assert "detail" not in answer.json()
    running.stop()
    told = capfd.readouterr().err
    assert "ValueError: x<&>\n" in told
    assert "in fail\n" in told
    marked = [line for line in told.splitlines() if line.startswith("  > ")]
    assert marked[0].endswith("raise ValueError(before)  # the line")
    assert told.count(" error request") == 3


def test_nothing_is_shown_otherwise(
    serve: Callable[..., Running],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for value in (None, "production"):
        if value is None:
            monkeypatch.delenv("TRIVET_ENV", raising=False)
        else:
            monkeypatch.setenv("TRIVET_ENV", value)
        answer = serve(failing()).get("/x", HTML_TYPE)
        assert (answer.status, answer.type) == (500, "application/problem+json")
        assert answer.json() == {
            "type": "about:blank", "title": "Internal Server Error", "status": 500
        }  # fmt: skip
    assert "the line" not in capfd.readouterr().err


def test_handlers_of_the_program_come_first(
    serve: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIVET_ENV", "development")
    app = failing()
    app.on_error(lambda request, error: "mine")
    assert serve(app).get("/x", HTML_TYPE).text == "mine"


def test_who_holds_the_loop_is_told(
    serve: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIVET_ENV", "development")
    app = App()
    told: list[str] = []
    is_told = threading.Event()

    def note(message: str) -> None:
        told.append(message)
        is_told.set()

    monkeypatch.setattr(app.log, "warn", note)

    @app.get("/plain")
    def blocking() -> bool:
        return is_told.wait(30)

    @app.get("/async")
    async def blocking_later() -> bool:
        await asyncio.sleep(0)
        return is_told.wait(30)

    @app.get("/polite")
    async def polite() -> int:
        end = time.monotonic() + 0.3
        count = 0
        while time.monotonic() < end:
            await asyncio.sleep(0)
            count += 1
        return count

    running = serve(app)
    assert running.get("/polite").json() > 0
    assert told == []
    for path, name in (("/plain", "blocking"), ("/async", "blocking_later")):
        is_told.clear()
        told.clear()
        assert running.get(path).json() is True
        assert f"{name}() (test_dev.py:" in told[0]
        assert "held the loop for more than 100 ms, in test_dev.py:" in told[0]
        assert "return is_told.wait(30)" in told[0]
        assert "asyncio.to_thread" in told[0]


def test_the_frame_is_that_of_the_program() -> None:
    with pytest.raises(ValueError, match="invalid literal") as caught:
        int("x")
    text = dev.frame_text(caught.value)
    assert "test_dev.py" in text
    assert 'int("x")' in text
    bare = ValueError("never raised")
    assert dev.frame_text(bare) == "ValueError: never raised"


async def load() -> int:
    return 1


def test_a_forgotten_await_is_told(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str]
) -> None:
    app = App()
    app.get("/whole")(lambda: load())
    app.get("/part")(lambda: {"value": load()})
    running = serve(app)
    for path in ("/whole", "/part"):
        assert running.get(path).status == 500
        told = capfd.readouterr().err
        assert "load() (test_dev.py:" in told
        assert "was not awaited: write `await load(…)`" in told


class OutOfStockError(Exception):
    pass


def test_exceptions_may_have_a_status(serve: Callable[..., Running]) -> None:
    app = App()
    app.on_error(OutOfStockError, KeyError, status=409)

    @app.get("/")
    def order() -> Any:
        raise OutOfStockError("no tea")

    @app.get("/other")
    def other(request: Request) -> Any:
        raise ValueError("x")

    running = serve(app)
    answer = running.get("/")
    assert (answer.status, answer.type) == (409, "application/problem+json")
    assert answer.json() == {
        "type": "about:blank", "title": "Conflict", "status": 409, "detail": "no tea"
    }  # fmt: skip
    assert running.get("/other").status == 500
    with pytest.raises(ArgumentError, match="400 to 599"):
        App().on_error(KeyError, status=200)
    with pytest.raises(ArgumentError, match="takes the classes"):
        App().on_error(status=409)  # type: ignore[call-overload]
