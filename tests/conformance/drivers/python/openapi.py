"""/openapi: what the document says of the app, from its types."""

from __future__ import annotations

from dataclasses import dataclass

from trivet import App

ABOUT = {"title": "Conformance", "version": "1.2.3", "description": "What all drivers do."}
SERVERS = [("/", "this one")]


@dataclass
class Item:
    name: str


def register(app: App) -> None:
    @app.post("/openapi/items/{id:int}", status=201)
    def change_item(id: int, item: Item) -> Item:
        """Changes an item"""
        return item

    @app.get("/openapi/hidden", hidden=True)
    def hidden() -> str:
        return "hidden"
