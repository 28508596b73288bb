"""The first mistakes: what each message says of what, where and what next."""

from __future__ import annotations

import contextlib
import http.client
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import pytest

from trivet import App, ArgumentError, Depends, PatternError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Running


def express(req: Any, res: Any) -> None: ...


def pair(request, response):  # type: ignore[no-untyped-def]
    return response


def bare(req, res):  # type: ignore[no-untyped-def]
    return res


def local(request):  # type: ignore[no-untyped-def]
    response = request.method
    return response  # noqa: RET504


def number() -> int:
    return 1


def uncalled(one: Annotated[int, Depends]) -> None: ...


ANY: Any = App  # without its types, which would not allow what follows


@pytest.mark.parametrize("handler", [pair, bare])
def test_a_handler_returns_its_answer(handler: Callable[..., Any]) -> None:
    told = rf"{handler.__name__}\(\) \(test_mistakes.py:\d+\) takes \w+ and res.*returns its answer"
    with pytest.raises(ArgumentError, match=told):
        App().get("/")(handler)


def test_other_names_are_parameters(serve: Callable[..., Running]) -> None:
    app = App()
    app.get("/local")(local)
    app.get("/other")(lambda request, res: res)
    running = serve(app)
    assert running.get("/local").text == "GET"
    assert running.get("/other?res=/home").text == "/home"


def test_a_decorator_without_its_call() -> None:
    with pytest.raises(
        ArgumentError,
        match=r'number\(\) \(test_mistakes.py:\d+\) has no pattern: write @app.get\("',
    ):
        ANY().get(number)


@pytest.mark.parametrize("handler", [5, None, "text"])
def test_no_function(handler: Any) -> None:
    told = r"/a \(test_mistakes.py:\d+\) has no handler: .* but " + re.escape(repr(handler))
    with pytest.raises(ArgumentError, match=told):
        App().get("/a")(handler)


def test_a_pattern_of_another_framework() -> None:
    told = r"number\(\) \(test_mistakes.py:\d+\): a parameter is written \{id\}, not :id"
    with pytest.raises(PatternError, match=told):
        App().get("/users/:id")(number)


@pytest.mark.parametrize("name", ["port", "workers", "body_bytes_max"])
def test_a_setting_of_another_type(name: str) -> None:
    told = rf"{name} is an integer, not '4' \(test_mistakes.py:\d+\)"
    with pytest.raises(ArgumentError, match=told):
        ANY(**{name: "4"})


def test_a_dependency_that_is_missing() -> None:
    told = r"'one' of uncalled\(\) \(test_mistakes.py:\d+\) has Depends: write Depends"
    with pytest.raises(ArgumentError, match=told):
        App().get("/")(uncalled)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (
            lambda: {"rows": [object()]},
            r"object cannot .* JSON, at /rows/0: give a dict, .*result of test_mis",
        ),
        (
            lambda: (n for n in [1]),
            r"a piece is str or bytes, not int: ndjson\(\) makes lines of JSON",
        ),
    ],
)
def test_a_result_that_cannot_be_sent(
    serve: Callable[..., Running],
    capfd: pytest.CaptureFixture[str],
    make: Callable[[], object],
    told: str,
) -> None:
    app = App()
    app.get("/")(make)
    running = serve(app)
    with contextlib.suppress(http.client.IncompleteRead):
        running.get("/")
    assert re.search(told, capfd.readouterr().err)


@dataclass
class Row:
    id: int


@pytest.mark.parametrize(("result", "told"), [([5], "/0"), ([{"id": "x"}], "/0/id")])
def test_a_result_of_another_type(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], result: Any, told: str
) -> None:
    app = App()

    @app.get("/")
    def rows() -> list[Row]:
        return result  # type: ignore[no-any-return]

    running = serve(app)
    assert running.get("/").status == 500
    assert re.search(
        rf"the result of \S*rows\(\) \(test_mistakes.py:\d+\) is not what its annotation says: "
        rf"{told} must be an \w+; return that, or annotate",
        capfd.readouterr().err,
    )
