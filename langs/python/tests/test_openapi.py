"""What OpenAPI is told of each route, from its types alone."""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import jsonschema
import models
import pydantic

from trivet import HTML, App, Body, Cookie, Depends, Header, NoContent, Query, Request
from trivet._openapi import operations

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
