"""Content, parameters and results are checked by their types; one 422 names all that is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

import models
import msgspec
import pydantic
import pytest
from conftest import Answer, Running
from models import ORDERS, Colour, ModelOrder, ModelRange, PlainOrder, Range, StructRange

from trivet import JSON, App, Body, Cookie, Header, HTTPError, Query, Request, Response

JSON_TYPE = {"Content-Type": "application/json"}
ID = "00112233-4455-6677-8899-aabbccddeeff"
GOOD: dict[str, Any] = {
    "id": ID,
    "colour": "red",
    "items": [{"sku": "tea", "qty": 2}, {"sku": "rum"}],
    "when": "2026-01-31T12:00:00Z",
    "tags": {"a": 1},
    "more": "ignored",
}


def post(running: Running, value: object, path: str = "/") -> Answer:
    return running.request("POST", path, json.dumps(value), JSON_TYPE)


def errors_of(answer: Answer) -> list[tuple[str, str, str, str]]:
    assert (answer.status, answer.type) == (422, "application/problem+json"), answer.text
    told = answer.json()
    assert (told["type"], told["title"], told["status"]) == (
        "about:blank",
        "Unprocessable Content",
        422,
    )
    return [(e["in"], e["pointer"], e["code"], e["detail"]) for e in told["errors"]]


def taking(kind: Any, is_async: bool = False) -> App:
    """An app whose one route takes content of a type, and tells what it got."""
    app = App()

    def member(value: Any, name: str) -> Any:
        return value[name] if isinstance(value, dict) else getattr(value, name)

    def plain(order: Any) -> Any:
        assert isinstance(order, dict) or type(order) is kind
        items = member(order, "items")
        sku, colour = member(items[0], "sku"), member(order, "colour")
        return [type(order).__name__, sku, colour is Colour.RED, len(items)]

    async def later(order: Any) -> Any:
        return plain(order)

    handler = later if is_async else plain
    handler.__annotations__["order"] = kind
    app.post("/")(handler)
    return app


@pytest.mark.parametrize("kind", ORDERS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])
def test_content_becomes_the_type(serve: Callable[..., Running], kind: Any, is_async: bool) -> None:
    running = serve(taking(kind, is_async))
    name = "dict" if kind is models.DictOrder else kind.__name__
    assert post(running, GOOD).json() == [name, "tea", True, 2]
    # JSON Schema calls 3.0 an integer.
    assert post(running, {**GOOD, "items": [{"sku": "a", "qty": 3.0}]}).status == 200


BAD: list[tuple[dict[str, Any], list[tuple[str, str, str]]]] = [
    ({"items": []}, []),
    (
        {"id": 7, "colour": "green", "items": [{}, {"sku": "", "qty": 0}, {"sku": 1, "qty": "2"}]},
        [
            ("/id", "type", "must be a string"),
            ("/colour", "enum", 'must be one of "blue", "red"'),
            ("/items/0/sku", "required", "is missing"),
            ("/items/1/sku", "minLength", "must have at least 1 character"),
            ("/items/1/qty", "minimum", "must be at least 1"),
            ("/items/2/sku", "type", "must be a string"),
            ("/items/2/qty", "type", "must be an integer"),
        ],
    ),
    (
        {"id": "x", "items": [{"sku": "123456789", "qty": 100}], "when": "monday"},
        [
            ("/id", "format", "must be a valid uuid"),
            ("/items/0/sku", "maxLength", "must have at most 8 characters"),
            ("/items/0/qty", "maximum", "must be at most 99"),
            ("/when", "format", "must be a valid date-time"),
        ],
    ),
    (
        {"items": {}, "when": 5, "price": "dear", "tags": {"a/b~": 1.5}},
        [
            ("/items", "type", "must be an array"),
            ("/when", "type", "must be a string or null"),
            ("/price", "type", "must be a number"),
            ("/tags/a~1b~0", "type", "must be an integer"),
        ],
    ),
    ({"items": [{"sku": "a", "qty": True}]}, [("/items/0/qty", "type", "must be an integer")]),
]


@pytest.mark.parametrize("kind", ORDERS, ids=lambda kind: kind.__name__)
def test_every_wrong_value_is_named_the_same(serve: Callable[..., Running], kind: Any) -> None:
    app = App()

    def take(order: Any) -> bool:
        return True

    take.__annotations__["order"] = kind
    app.post("/")(take)
    running = serve(app)
    for change, wrong in BAD:
        answer = post(running, {**GOOD, **change})
        if not wrong:
            assert answer.status == 200
            continue
        assert errors_of(answer) == [("body", *item) for item in wrong]
        count = len(wrong)
        told = "1 value is wrong" if count == 1 else f"{count} values are wrong"
        assert answer.json()["detail"] == told
    missing = {"colour": "red"}
    assert errors_of(post(running, missing)) == [
        ("body", "/id", "required", "is missing"),
        ("body", "/items", "required", "is missing"),
    ]
    assert errors_of(post(running, [])) == [("body", "", "type", "must be an object")]


@pytest.mark.parametrize("kind", [Range, StructRange, ModelRange], ids=lambda kind: kind.__name__)
def test_checks_beyond_the_schema_keep_their_words(
    serve: Callable[..., Running], kind: Any
) -> None:
    app = App()

    def take(part: Any) -> bool:
        return bool(part.low <= part.high)

    take.__annotations__["part"] = kind
    app.post("/")(take)

    def take_all(parts: Any) -> int:
        return len(parts)

    take_all.__annotations__["parts"] = list[kind]
    app.post("/all")(take_all)
    running = serve(app)
    assert post(running, {"low": 1, "high": 2}).json() is True
    wrong = [("body", "", "invalid", "low is above high")]
    assert errors_of(post(running, {"low": 3, "high": 2})) == wrong
    parts = [{"low": 1, "high": 1}, {"low": 3, "high": 2}]
    assert errors_of(post(running, parts, "/all")) == [
        ("body", "/1", "invalid", "low is above high")
    ]


class Buggy(pydantic.BaseModel):
    a: int

    @pydantic.field_validator("a")
    @classmethod
    def check(cls, value: int) -> int:
        raise KeyError("secret")


def buggy(one: Buggy) -> None: ...


def test_a_mistake_in_a_check_is_no_422(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str]
) -> None:
    app = App()
    app.post("/")(buggy)
    answer = post(serve(app), {"a": 1})
    assert (answer.status, "secret" in answer.text) == (500, False)
    assert "KeyError: 'secret' (test_validation.py:" in capfd.readouterr().err


@pytest.mark.parametrize("kind", ORDERS, ids=lambda kind: kind.__name__)
def test_content_that_is_no_json(serve: Callable[..., Running], kind: Any) -> None:
    running = serve(taking(kind))
    answer = running.request("POST", "/", b'{"id": \xff}', JSON_TYPE)
    assert (answer.status, answer.json()["detail"]) == (400, "malformed JSON at byte 7: not UTF-8")
    answer = running.request("POST", "/", '{"é": nope}'.encode(), JSON_TYPE)
    assert answer.status == 400
    assert answer.json()["detail"] == "malformed JSON at byte 7: expecting value"
    assert running.request("POST", "/", b'{"id": NaN}', JSON_TYPE).status == 400
    good = json.dumps(GOOD)
    for kind_of_content in ("application/json; charset=utf-8", "application/vnd.a+json"):
        answer = running.request("POST", "/", good, {"Content-Type": kind_of_content})
        assert answer.status == 200
    answer = running.request("POST", "/", good, {"Content-Type": "text/plain"})
    assert (answer.status, answer.json()["detail"]) == (
        415,
        "the content must be application/json, not text/plain",
    )
    assert running.request("POST", "/", good).status == 415
    assert errors_of(running.request("POST", "/")) == [("body", "", "required", "is missing")]


def test_at_most_a_hundred_are_listed(serve: Callable[..., Running]) -> None:
    app = App()

    @app.post("/")
    def take(numbers: Annotated[list[int], Body()]) -> int:
        return len(numbers)

    running = serve(app)
    answer = post(running, ["x"] * 100)
    assert (len(errors_of(answer)), answer.json()["detail"]) == (100, "100 values are wrong")
    answer = post(running, ["x"] * 101)
    assert len(errors_of(answer)) == 100
    assert answer.json()["detail"] == "more than 100 values are wrong"


def test_content_may_be_left_out(serve: Callable[..., Running]) -> None:
    app = App()

    @app.post("/")
    def take(part: Range | None = None) -> Any:
        return None if part is None else part.low

    @app.post("/named")
    def named(tags: Annotated[dict[str, int], Body()] = {"a": 0}) -> Any:  # noqa: B006
        return tags

    running = serve(app)
    assert running.request("POST", "/").status == 204
    assert post(running, {"low": 1, "high": 2}).json() == 1
    assert post(running, None).status == 204
    assert running.request("POST", "/named").json() == {"a": 0}
    assert post(running, {"b": 1}, "/named").json() == {"b": 1}


def test_all_places_are_looked_at_in_their_order(serve: Callable[..., Running]) -> None:
    app = App()

    @app.post("/{number}")
    async def take(
        part: Range,
        session: Annotated[str, Cookie(pattern="^[0-9]+$")],
        x_token: Annotated[str, Header()],
        number: int,
        limit: Annotated[int, Query(le=5)] = 1,
    ) -> Any:
        return [part.low, session, x_token, number, limit]

    running = serve(app)
    headers = {**JSON_TYPE, "Cookie": "session=x"}
    answer = running.request("POST", "/a?limit=9", b'{"low":1}', headers)
    assert errors_of(answer) == [
        ("path", "/number", "type", "must be an integer"),
        ("query", "/limit", "maximum", "must be at most 5"),
        ("header", "/x-token", "required", "is missing"),
        ("cookie", "/session", "pattern", "must match ^[0-9]+$"),
        ("body", "/high", "required", "is missing"),
    ]
    headers = {**JSON_TYPE, "Cookie": "session=7", "X-Token": "t"}
    answer = running.request("POST", "/4?limit=2", b'{"low":1,"high":1}', headers)
    assert answer.json() == [1, "7", "t", 4, 2]
    # What is malformed cannot be looked at.
    assert running.request("POST", "/a", b"{", JSON_TYPE).status == 400


def test_hooks_and_error_handlers_see_the_errors(serve: Callable[..., Running]) -> None:
    app = App()

    @app.post("/")
    def take(part: Range) -> bool:
        return True

    @app.get("/plain")
    def plain(n: int) -> int:
        return n

    @app.after
    def stamp(request: Request, response: Response) -> None:
        response.headers["X-Type"] = str(response.headers.get("Content-Type"))

    other = App()
    other.post("/")(take)

    @other.on_error
    def shape(request: Request, error: Exception) -> Any:
        assert isinstance(error, HTTPError)
        return JSON([item["code"] for item in error.members["errors"]], error.status)

    running = serve(app)
    answer = post(running, {"low": "1"})
    assert [item[1] for item in errors_of(answer)] == ["/low", "/high"]
    assert answer.headers["X-Type"] == "application/problem+json"
    assert errors_of(running.get("/plain?n=x")) == [("query", "/n", "type", "must be an integer")]
    answer = post(serve(other), {})
    assert (answer.status, answer.json()) == (422, ["required", "required"])


RESULTS: list[Any] = [models.PlainItem, models.FastItem, models.StructItem, models.ModelItem]


@pytest.mark.parametrize("kind", [*RESULTS, models.DictItem], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])
def test_results_are_checked(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str], kind: Any, is_async: bool
) -> None:
    app = App()
    results: list[Any] = [{"sku": "a", "qty": 2, "secret": 1}, {"sku": 5}]
    results.append([{"sku": "a"}, {"sku": "b", "qty": 3}])
    if kind is not models.DictItem:
        results.append(kind(sku="c", qty=4))

    def add(path: str, result: Any, annotation: Any) -> None:
        def plain() -> Any:
            return result

        async def later() -> Any:
            return result

        handler = later if is_async else plain
        handler.__annotations__["return"] = annotation
        app.get(path)(handler)

    add("/filtered", results[0], kind)
    add("/wrong", results[1], kind)
    add("/list", results[2], list[kind])
    add("/none", None, kind | None)
    add("/response", Response("own", 201), kind | Response)
    if len(results) > 3:
        add("/object", results[3], kind)
    running = serve(app)
    assert running.get("/filtered").json() == {"sku": "a", "qty": 2}
    answer = running.get("/list")
    assert answer.type == "application/json"
    assert [item["sku"] for item in answer.json()] == ["a", "b"]
    assert running.get("/none").status == 204
    assert (running.get("/response").status, running.get("/response").text) == (201, "own")
    if len(results) > 3:
        assert running.get("/object").json() == {"sku": "c", "qty": 4}
    answer = running.get("/wrong")
    assert (answer.status, "sku" in answer.text) == (500, False)
    log = [line for line in capfd.readouterr().err.splitlines() if " error " in line]
    assert len(log) == 1
    assert "/sku must be a string" in log[0] or "/sku Input should be a valid string" in log[0]
    assert "() (test_validation.py:" in log[0]


def test_an_object_that_was_changed_is_checked_too(
    serve: Callable[..., Running], capfd: pytest.CaptureFixture[str]
) -> None:
    app = App()

    @app.get("/struct")
    def struct() -> models.StructItem:
        return models.StructItem(sku="", qty=1)

    @app.get("/plain")
    def plain() -> models.PlainItem:
        return models.PlainItem(sku="a", qty="many")  # type: ignore[arg-type]

    @app.get("/model")
    def model() -> models.ModelItem:
        return models.ModelItem.model_construct(sku=5, qty=1)

    running = serve(app)
    assert [running.get(path).status for path in ("/struct", "/plain", "/model")] == [500] * 3
    log = [line for line in capfd.readouterr().err.splitlines() if " error " in line]
    assert len(log) == 3
    assert "/sku must have at least 1 character" in log[0]
    assert "/qty must be an integer" in log[1]
    assert "sku" in log[2]


def test_objects_of_the_libraries_are_json_without_annotation(
    serve: Callable[..., Running],
) -> None:
    app = App()
    app.get("/model")(lambda: models.ModelItem(sku="a"))
    app.get("/struct")(lambda: [models.StructItem(sku="a")])
    app.get("/nested")(lambda: {"order": ModelOrder(**{**GOOD, "items": [{"sku": "b"}]})})
    running = serve(app)
    assert running.get("/model").json() == {"sku": "a", "qty": 1}
    assert running.get("/struct").json() == [{"sku": "a", "qty": 1}]
    assert running.get("/nested").json()["order"]["colour"] == "red"


def test_pydantic_keeps_its_aliases_and_unions(serve: Callable[..., Running]) -> None:
    app = App()
    app.post("/cat")(pet)
    running = serve(app)
    assert post(running, {"kind": "cat", "lifeCount": 9}, "/cat").json() == {
        "kind": "cat",
        "lifeCount": 9,
    }
    assert post(running, {"kind": "dog", "bark": "wuff"}, "/cat").json()["bark"] == "wuff"
    assert post(running, {"kind": "cow"}, "/cat").status == 422


class Cat(pydantic.BaseModel):
    kind: Annotated[str, pydantic.Field(pattern="^cat$")]
    lives: int = pydantic.Field(alias="lifeCount")


class Dog(pydantic.BaseModel):
    kind: Annotated[str, pydantic.Field(pattern="^dog$")]
    bark: str


def pet(animal: Cat | Dog) -> Cat | Dog:
    return animal


class Tagged(msgspec.Struct, tag=True, rename="camel"):
    first_name: str


class Other(msgspec.Struct, tag=True):
    age: int


def tagged(one: Tagged | Other) -> Tagged | Other:
    return one


def test_msgspec_keeps_its_tags_and_names(serve: Callable[..., Running]) -> None:
    app = App()
    app.post("/")(tagged)
    running = serve(app)
    value = {"type": "Tagged", "firstName": "Ann"}
    assert post(running, value).json() == value
    assert post(running, {"type": "Other", "age": "x"}).status == 422


def test_an_order_without_msgspec_is_decoded_all_the_same(
    serve: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    from trivet import _codecs

    monkeypatch.setattr(_codecs, "_is_for_msgspec", lambda parts: False)
    assert type(_codecs.codec_for(PlainOrder)).__name__ == "_Own"
    running = serve(taking(models.FastOrder))
    assert post(running, GOOD).json() == ["FastOrder", "tea", True, 2]
    answer = post(running, {**GOOD, "items": [{"sku": "", "qty": 0}]})
    assert [item[2] for item in errors_of(answer)] == ["minLength", "minimum"]
