"""What OpenAPI is told of each route, from its types alone."""

from __future__ import annotations

import dataclasses
import datetime
import json
import typing
import uuid
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import jsonschema
import models
import pydantic
import pytest
from conftest import Running

from trivet import (
    HTML,
    App,
    Body,
    Cookie,
    Depends,
    EventStream,
    Header,
    HubStream,
    NoContent,
    Query,
    Request,
    ServerSentEvent,
    StreamResponse,
    TokenStream,
)
from trivet._openapi import operations
from trivet.errors import ArgumentError

Found = tuple[tuple[str, ...], str, dict[str, Any], dict[str, Any]]


@dataclass
class Item:
    """What is sold."""

    sku: str
    qty: Annotated[int, Query(ge=1)] = 1


def other_item() -> type:
    @dataclass
    class Item:
        name: str

    return Item


OtherItem: Any = other_item()


class Node(pydantic.BaseModel):
    name: str
    below: list[Node] = []


def only(handler: Callable[..., Any], pattern: str = "/", **options: Any) -> Found:
    app = App()
    app.add_route(pattern, handler, **options)
    return operations(app)[0]


def auth(authorization: Annotated[str, Header(description="who asks")]) -> str:
    return authorization


async def change(
    item: Item,
    id: int,  # noqa: A002
    who: Annotated[str, Depends(auth)],
    request: Request,
    since: datetime.date | None = None,
    order: Literal["up", "down"] = "up",
    tags: Annotated[list[str], Query(alias="tag", max_length=3)] = [],  # noqa: B006
    theme: Annotated[str, Cookie(deprecated=True)] = "light",
) -> list[Item]:
    """Change an item.

    And say what it was.
    """
    return [item]


def test_an_operation_has_all_that_the_types_say() -> None:
    methods, pattern, operation, schemas = only(
        change, "/items/{id:int}/{part:uuid}", methods="PUT", metadata={"tags": ["items"]}
    )
    assert (methods, pattern) == (("PUT",), "/items/{id:int}/{part:uuid}")
    assert operation == {
        "operationId": "change",
        "summary": "Change an item.",
        "description": "And say what it was.",
        "tags": ["items"],
        "parameters": [
            {
                "name": "id",
                "in": "path",
                "required": True,
                "schema": {"type": "integer", "format": "int64"},
            },
            {
                "name": "part",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "format": "uuid"},
            },
            {
                "name": "since",
                "in": "query",
                "required": False,
                "schema": {"type": ["string", "null"], "format": "date"},
            },
            {
                "name": "order",
                "in": "query",
                "required": False,
                "schema": {"type": "string", "enum": ["up", "down"], "default": "up"},
            },
            {
                "name": "tag",
                "in": "query",
                "required": False,
                "schema": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
            },
            {
                "name": "theme",
                "in": "cookie",
                "required": False,
                "deprecated": True,
                "schema": {"type": "string", "default": "light"},
            },
            {
                "name": "authorization",
                "in": "header",
                "required": True,
                "description": "who asks",
                "schema": {"type": "string"},
            },
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}},
        },
        "responses": {
            "200": {
                "description": "OK",
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "array",
                            "items": {"$ref": "#/components/schemas/Item"},
                        }
                    }
                },
            },
        },
    }
    assert sorted(schemas) == ["Item"]
    assert schemas["Item"] == {
        "type": "object",
        "title": "Item",
        "description": "What is sold.",
        "properties": {
            "sku": {"type": "string"},
            "qty": {"type": "integer", "minimum": 1, "default": 1},
        },
        "required": ["sku"],
    }


def responses(handler: Callable[..., Any], **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = only(handler, **options)[2]["responses"]
    return found


def test_answers_are_as_the_annotation_says() -> None:
    def text() -> str:
        return ""

    def nothing() -> None: ...

    def page() -> HTML | None:
        return None

    def gone() -> NoContent:
        return NoContent()

    def unknown():  # type: ignore[no-untyped-def]
        return 1

    def data() -> bytes:
        return b""

    def either() -> Item | str:
        return ""

    def number() -> dict[str, int]:
        return {}

    string = {"type": "string"}
    assert responses(text) == {
        "200": {"description": "OK", "content": {"text/plain": {"schema": string}}}
    }
    assert responses(nothing) == {"204": {"description": "No Content"}}
    assert responses(nothing, status=202) == {"202": {"description": "Accepted"}}
    assert responses(gone) == {"204": {"description": "No Content"}}
    assert responses(page) == {
        "200": {"description": "OK", "content": {"text/html": {"schema": string}}},
        "204": {"description": "No Content"},
    }
    assert responses(unknown, status=201) == {"201": {"description": "Created"}}
    assert responses(data)["200"]["content"] == {"application/octet-stream": {}}
    assert sorted(responses(either)["200"]["content"]) == ["application/json", "text/plain"]
    assert responses(number)["200"]["content"]["application/json"]["schema"] == {
        "type": "object",
        "additionalProperties": {"type": "integer"},
    }


EVENTS = {"text/event-stream": {"schema": {"type": "string"}}}


@pytest.mark.parametrize(
    "annotation",
    [
        EventStream,
        HubStream,
        TokenStream,
        AsyncIterator[ServerSentEvent],
        Iterator[ServerSentEvent],
        Generator[ServerSentEvent, None, None],
        typing.AsyncGenerator[ServerSentEvent, None],
        EventStream | HubStream,
    ],
)
def test_answers_of_events_are_described_as_such(annotation: Any) -> None:
    def events() -> Any: ...

    events.__annotations__["return"] = annotation
    assert responses(events) == {"200": {"description": "OK", "content": EVENTS}}
    # Events have this status whatever the route's.
    assert responses(events, status=201) == {"200": {"description": "OK", "content": EVENTS}}


def test_answers_in_pieces_are_described_by_these() -> None:
    def text() -> Iterator[str]:
        yield ""

    def data() -> Iterator[bytes | str]:
        yield b""

    def unknown() -> Iterator[int]:
        yield 1

    def either() -> Item | AsyncIterator[ServerSentEvent]: ...  # type: ignore[empty-body]

    bare: list[Any] = [typing.Iterator, typing.AsyncGenerator]
    for annotation in bare:

        def anything() -> Any: ...

        anything.__annotations__["return"] = annotation
        assert responses(anything) == {"200": {"description": "OK"}}
    string = {"schema": {"type": "string"}}
    assert responses(text)["200"]["content"] == {"text/plain": string}
    assert responses(data)["200"]["content"] == {
        "application/octet-stream": {},
        "text/plain": string,
    }
    assert responses(unknown) == {"200": {"description": "OK"}}
    reference = {"schema": {"$ref": "#/components/schemas/Item"}}
    assert responses(either)["200"]["content"] == {"application/json": reference, **EVENTS}
    found = responses(either, status=201)
    assert found["201"] == {"description": "Created", "content": {"application/json": reference}}
    assert found["200"]["content"] == EVENTS


def test_a_route_names_the_media_types_of_its_answer() -> None:
    def stream() -> StreamResponse:
        return StreamResponse([])

    def tokens() -> TokenStream:
        return TokenStream([], "ndjson")

    def item() -> Item:
        return Item("")

    def item_or_text() -> Item | str:
        return ""

    def content(handler: Callable[..., Any], produces: Any) -> Any:
        return responses(handler, produces=produces)["200"]["content"]

    text = {"schema": {"type": "string"}}
    reference = {"schema": {"$ref": "#/components/schemas/Item"}}
    assert responses(stream) == {"200": {"description": "OK"}}
    assert content(stream, "text/Event-Stream") == EVENTS
    assert content(tokens, "application/x-ndjson") == {"application/x-ndjson": text}
    assert content(stream, ["text/csv", "image/png"]) == {"text/csv": text, "image/png": {}}
    assert content(item, ("application/json", "text/event-stream")) == {
        "application/json": reference,
        **EVENTS,
    }
    assert content(item, "application/vnd.shop+json") == {"application/vnd.shop+json": reference}
    assert content(item_or_text, ("text/plain", "application/json")) == {
        "text/plain": text,
        "application/json": reference,
    }


@pytest.mark.parametrize("produces", ["", "events", "text/", "text/csv; charset=utf-8", [None]])
def test_what_is_no_media_type_is_refused(produces: Any) -> None:
    with pytest.raises(ArgumentError, match="produces is a media type like text/event-stream"):
        App().get("/", produces=produces)(lambda: "")


def test_types_with_one_name_get_two() -> None:
    app = App()

    def first(item: Item) -> Item:
        return item

    def second(item: Any) -> Any:
        return item

    second.__annotations__["item"] = OtherItem
    app.post("/first")(first)
    app.post("/second")(second)
    app.get("/first", name="second")(lambda: 1)
    found = operations(app)
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        for _, _, operation, _ in found[:2]
    ]
    assert bodies == ["#/components/schemas/Item", "#/components/schemas/Item2"]
    assert "name" in found[1][3]["Item2"]["properties"]
    assert [operation["operationId"] for _, _, operation, _ in found] == [
        "first", "second", "second2"
    ]  # fmt: skip


def node(one: Node) -> Node:
    return one


def test_every_reference_has_its_schema() -> None:
    app = App()
    app.post("/node")(node)
    for index, kind in enumerate(models.ORDERS):

        def handler(order: Any, many: Any) -> Any:
            return order

        handler.__annotations__ = {
            "order": kind,
            "many": Annotated[uuid.UUID, Query()],
            "return": kind,
        }
        app.post(f"/{index}")(handler)

    def plain(tags: Annotated[dict[str, models.ModelItem], Body()]) -> dict[str, models.ModelItem]:
        return tags

    app.put("/")(plain)
    everything: dict[str, Any] = {}
    for _, _, operation, schemas in operations(app):
        texts = json.dumps([operation, schemas])
        names = {part.partition('"')[0] for part in texts.split("#/components/schemas/")[1:]}
        assert names <= set(schemas)
        for name, schema in schemas.items():
            assert everything.setdefault(name, schema) == schema
            jsonschema.Draft202012Validator.check_schema(schema)
    assert {"Node", "ModelOrder", "PlainOrder", "StructOrder"} <= set(everything)
    assert "#/$defs/" not in json.dumps(everything)


def test_the_document_is_served_with_its_pages(serve: Callable[..., Running]) -> None:
    app = App(
        title="Shop",
        version="2",
        description="Sells.",
        openapi="/api.json",
        docs="/help",
        reference=None,
        servers=["https://a.example", ("/v1", "here")],
    )
    app.post("/items")(change)
    running = serve(app)
    answer = running.get("/api.json")
    assert (answer.status, answer.type) == (200, "application/json")
    document = answer.json()
    assert document == app.openapi()
    assert document["info"] == {"title": "Shop", "version": "2", "description": "Sells."}
    assert [server["url"] for server in document["servers"]] == ["https://a.example", "/v1"]
    assert running.get("/help").type == "text/html; charset=utf-8"
    for path in ("/openapi.json", "/docs", "/reference"):
        assert running.get(path).status == 404


def test_a_route_of_the_program_comes_first(serve: Callable[..., Running]) -> None:
    app = App()
    app.get("/docs")(lambda: "mine")
    app.route("/reference", methods="*")(lambda: "mine, too")
    running = serve(app)
    assert running.get("/docs").text == "mine"
    assert running.get("/reference").text == "mine, too"
    paths = running.get("/openapi.json").json()["paths"]
    assert paths["/docs"]["get"]["operationId"] == "get_docs"


def test_nothing_is_served_where_nothing_is_to_be(serve: Callable[..., Running]) -> None:
    app = App(openapi=None)
    app.get("/")(lambda: "")
    running = serve(app)
    for path in ("/openapi.json", "/docs", "/reference"):
        assert running.get(path).status == 404
    assert list(app.openapi()["paths"]) == ["/"]


def test_wrong_paths_are_told_at_once() -> None:
    with pytest.raises(ArgumentError, match="docs_path is no path like /docs: docs"):
        App(docs="docs")


def test_a_route_that_cannot_be_described_is_served(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def told(environment: str) -> str:
        monkeypatch.setenv("TRIVET_ENV", environment)
        app = App()
        app.get("/{id:int}", metadata={"tags": [object()]})(lambda: "")
        app.get("/hidden", hidden=True)(lambda: "")
        paths = app.openapi()["paths"]
        assert list(paths) == ["/{id}"]
        assert paths["/{id}"]["get"]["operationId"] == "get_id"
        return capfd.readouterr().err

    assert "openapi" not in told("production").lower()
    text = told("development")
    assert "GET /{id:int} (test_openapi.py:" in text
    assert "without its types: TypeError" in text
    assert "hidden=True" in text


def test_names_of_schemas_are_ascii() -> None:
    made = dataclasses.make_dataclass("Größe", [("n", int)])

    def handler(size: Any) -> None: ...

    handler.__annotations__["size"] = made
    app = App()
    app.post("/")(handler)
    assert "Gr__e" in app.openapi()["components"]["schemas"]
