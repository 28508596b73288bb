"""Routes whose content the engine holds against a JSON Schema."""

from __future__ import annotations

from trivet import App

QTY = {"type": "integer", "minimum": 1}
LINE = {
    "type": "object",
    "required": ["qty"],
    "properties": {"qty": QTY},
    "additionalProperties": False,
}
ORDER = {
    "type": "object",
    "required": ["sku", "lines"],
    "properties": {
        "sku": {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[a-z\u00e9]+$"},
        "lines": {"type": "array", "minItems": 1, "items": LINE},
    },
}


def register(app: App) -> None:
    @app.post("/schema/order", body_schema=ORDER)
    def order() -> str:
        return "passed"

    @app.post("/schema/event", body_schema=ORDER)
    async def event() -> str:
        return "passed"
