"""/openapi: what the document says of the app, and where it is served."""

from __future__ import annotations

import json

from abi import borrowed, check, ffi, initialised, lib, parameters, take_error, text_of
from request import Request
from server import Server

OPERATION = {
    "operationId": "change_item",
    "summary": "Changes an item",
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}},
    },
    "responses": {
        "201": {
            "description": "Created",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}},
        }
    },
}
ITEM = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


def add_routes(server: Server) -> None:
    app, error = server.app, ffi.new("trivet_error **")
    config = initialised("openapi_config")
    config.title, _title = borrowed("Conformance")
    config.version, _version = borrowed("1.2.3")
    config.description, _description = borrowed("What all drivers do.")
    config.servers, _servers = parameters([("/", "this one")])
    config.server_count = 1
    if lib.trivet_openapi_serve(app.handle, config, error) != 0:
        raise take_error(error)
    app.route("POST", "/openapi/items/{id:int}", item)
    describe(server, json.dumps(OPERATION))
    (name, _name), (schema, _schema) = borrowed("Item"), borrowed(json.dumps(ITEM))
    if lib.trivet_openapi_schema(app.handle, name, schema, error) != 0:
        raise take_error(error)
    app.route("GET", "/openapi/hidden", lambda request: request.reply("text", 200, "hidden"))
    describe(server, "")


def describe(server: Server, operation: str) -> None:
    """The operation of the latest route."""
    (text, _text), error = borrowed(operation), ffi.new("trivet_error **")
    index = lib.trivet_app_route_count(server.app.handle) - 1
    if lib.trivet_openapi_operation(server.app.handle, index, text, error) != 0:
        raise take_error(error)


def item(request: Request) -> None:
    request.reply("json", 201, request.body())


def document(server: Server, request: Request) -> None:
    found = ffi.new("trivet_str *")
    check(lib.trivet_openapi_document(server.app.handle, found))
    request.reply("json", 200, text_of(found))
