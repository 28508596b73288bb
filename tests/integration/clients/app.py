"""What shop.json describes, with answers that tell what has come: app.py ENGINE."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from typing import Annotated, Any

from trivet import JSON, App, Body, NotFound, Request, Response, Server, Text, Unauthorized, sse

app = App()
photos: dict[str, bytes] = {}


def item(title: object, number: int = 1) -> dict[str, Any]:
    return {
        "id": number,
        "title": title if isinstance(title, str) else json.dumps(title, sort_keys=True),
        "made": "2026-01-02T03:04:05Z",
        "kind": "item",
        "unknown": True,
    }


@dataclass
class NewItem:
    title: Annotated[str, Body(min_length=1)]
    price: float | None = -1.0
    state: str = ""


@app.get("/api/items")
def list_items(request: Request) -> Any:
    if request.headers.get("Authorization") != "Bearer t":
        raise Unauthorized("no token")
    names = ("x-request-id", "cookie", "accept")
    query = sorted(request.target.partition("?")[2].split("&"))
    return [item({"query": query} | {name: request.headers.get(name) for name in names})]


@app.post("/api/items", status=201)
def create_item(new: NewItem) -> Any:
    return item({"title": new.title, "price": new.price, "state": new.state})


@app.get("/api/items/{item_id:int}")
def get_item(item_id: int) -> Any:
    if item_id == 404:
        raise NotFound("no such item")
    return None if item_id == 204 else item("got", item_id)


@app.patch("/api/items/{item_id:int}")
def change_item(request: Request, item_id: int) -> Any:
    kind = request.headers.get("Content-Type")
    return item({"type": kind, "body": json.loads(request.body)}, item_id)


@app.delete("/api/items/{item_id:int}")
def delete(item_id: int) -> None:
    pass


@app.put("/api/items/{item_id:int}/photos/{name}")
def set_photo(request: Request, item_id: int, name: str) -> None:
    photos[name] = bytes(request.body)


@app.get("/api/items/{item_id:int}/photos/{name}")
def photo(item_id: int, name: str) -> Response:
    return Response(photos[name], content_type="image/png")


@app.post("/api/notes")
def add_note(request: Request) -> Text:
    return Text(f"{request.headers.get('Content-Type')}: {request.text()}")


@app.post("/api/login")
def login(request: Request) -> Any:
    form = request.form()
    pairs = [f"{name}={value}" for name in form for value in form.get_list(name)]
    return {"token": "&".join(sorted(pairs)), "scopes": ["read"]}


@app.post("/api/upload")
def upload(request: Request) -> Any:
    sizes: dict[str, int] = {}
    for part in request.form().parts:
        # FormData calls JSON a file, for only those have a type there.
        name = "" if part.content_type == "application/json" else part.filename
        sizes[f"{part.name}|{name}|{part.content_type}"] = part.size
    return sizes


@app.get("/api/events")
async def watch(count: int) -> Any:
    for number in range(count):
        yield sse({"number": number}, id=str(number), event="tick" if number else None)
    if count > 3:
        await asyncio.sleep(60)


@app.post("/api/search")
def search(request: Request) -> Any:
    if request.body:
        return JSON(json.dumps(json.loads(request.body), sort_keys=True))
    return [{"kind": "cat", "lives": 9}, {"kind": "dog", "friends": [{"kind": "dog"}]}]


@app.get("/api/ping")
async def ping() -> None:
    await asyncio.sleep(60)


def ready(server: Server) -> None:
    print(f"READY {server.port}", flush=True)


app.run(port=0, engine=sys.argv[1], workers=1, on_ready=ready)
