"""/schema: routes whose content the engine holds against a JSON Schema."""

from __future__ import annotations

from request import Request
from server import Server

ORDER = """{
    "type": "object", "required": ["sku", "lines"],
    "properties": {
        "sku": {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[a-z\u00e9]+$"},
        "lines": {"type": "array", "minItems": 1, "items": {
            "type": "object", "required": ["qty"],
            "properties": {"qty": {"type": "integer", "minimum": 1}},
            "additionalProperties": false}}}}"""


def passed(request: Request) -> None:
    request.reply("text", 200, "passed")


def add_routes(server: Server) -> None:
    server.app.route("POST", "/schema/order", passed, body_schema=ORDER)
    server.app.route("POST", "/schema/event", passed, as_event=True, body_schema=ORDER)
