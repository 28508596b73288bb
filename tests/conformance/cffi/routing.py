"""/r and /errors: what the router makes of paths, methods, hosts; the one place for errors."""

from __future__ import annotations

from abi import text_of
from app import App
from request import Request, compact

ECHO = [
    ("GET", "/r/int/{n:int}", "int"),
    ("GET", "/r/uuid/{u:uuid}", "uuid"),
    ("GET", "/r/text/{t}", "text"),
    ("GET", "/r/path/{rest:path}", "path"),
    ("GET", "/r/regex/{code:regex([A-Z]{3}[0-9]+)}", "regex"),
    ("GET", "/r/p/{rest:path}", ""),
    ("GET", "/r/p/{name}", ""),
    ("GET", "/r/p/{id:regex(v[0-9]+)}", ""),
    ("GET", "/r/p/{id:uuid}", ""),
    ("GET", "/r/p/{id:int}", ""),
    ("GET", "/r/p/new", ""),
    ("GET", "/r/u/new", ""),
    ("POST", "/r/u/{name}", ""),
    ("PUT", "/r/u/{rest:path}", ""),
    ("GET", "/r/slow/{s:regex((a+)+$)}", ""),
]


def echo_pattern(request: Request) -> None:
    pattern = text_of(request.route().pattern)
    params: dict[str, str | int] = {}
    for name, value in request.params().items():
        is_integer, is_uuid = ":int}" in pattern, ":uuid}" in pattern
        params[name] = int(value) if is_integer else value.lower() if is_uuid else value
    request.json({"route": pattern, "params": params})


def tenant(request: Request) -> None:
    request.json({"tenant": request.params()["tenant"]})


def region(request: Request) -> None:
    request.json({"tenant": request.params()["tenant"], "region": "eu"})


def add_routes(app: App) -> None:
    for method, pattern, name in ECHO:
        app.route(method, pattern, echo_pattern, name=name)
    app.route(
        "GET,PUT,DELETE",
        "/r/methods",
        lambda request: request.json({"method": text_of(request.view().method)}),
    )
    app.route("GET", "/r/host", lambda request: request.json({"host": "any"}))
    app.route(
        "GET", "/r/host", lambda request: request.json({"host": "api"}), host="api.example.com"
    )
    app.route("GET", "/r/host", tenant, host="{tenant}.example.com", name="tenant")
    app.route("POST", "/r/host", region, host="{tenant}.eu.example.com")


class DomainError(Exception):
    """An error of the program's own."""


def http_error(request: Request) -> None:
    request.add_header("Retry-After", "7")
    request.reply("problem", 409, "already there")


def custom_error(request: Request) -> None:
    try:
        raise DomainError("kaput")
    except DomainError as error:
        request.json({"error": str(error)}, 418)


def mapped(request: Request, status: int, detail: str) -> None:
    body = compact({"error": status, "detail": detail}).encode()
    request.send(status, body, [("x-error", "mapped")], "json")


def add_errors(app: App, *, maps_errors: bool) -> None:
    app.route("GET", "/errors/http", http_error)
    app.route(
        "GET", "/errors/helper", lambda request: request.reply("problem", 404, "no such thing")
    )
    app.route("GET", "/errors/custom", custom_error)
    if maps_errors:
        app.on_error(mapped)
