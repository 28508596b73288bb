"""Routes that say which of them has matched, and with what."""

from __future__ import annotations

from typing import Any

from trivet import App, Request

ECHO = {
    "/r/int/{n:int}": "int",
    "/r/uuid/{u:uuid}": "uuid",
    "/r/text/{t}": "text",
    "/r/path/{rest:path}": "path",
    "/r/regex/{code:regex([A-Z]{3}[0-9]+)}": "regex",
    "/r/p/new": "",
    "/r/p/{id:int}": "",
    "/r/p/{id:uuid}": "",
    "/r/p/{id:regex(v[0-9]+)}": "",
    "/r/p/{name}": "",
    "/r/p/{rest:path}": "",
    "/r/u/new": "",
    "/r/slow/{s:regex((a+)+$)}": "",
}


def echo(request: Request) -> dict[str, Any]:
    assert request.route is not None
    return {"route": request.route.pattern, "params": request.params}


def register(app: App) -> None:
    for pattern, name in ECHO.items():
        app.get(pattern, name=name)(echo)
    app.post("/r/u/{name}")(echo)
    app.put("/r/u/{rest:path}")(echo)

    @app.route("/r/methods", methods=["GET", "PUT", "DELETE"])
    def methods(request: Request) -> dict[str, str]:
        return {"method": request.method}

    @app.get("/r/host", host="api.example.com")
    def api_host() -> dict[str, str]:
        return {"host": "api"}

    @app.get("/r/host", host="{tenant}.example.com", name="tenant")
    def tenant_host(tenant: str) -> dict[str, str]:
        return {"tenant": tenant}

    @app.post("/r/host", host="{tenant}.eu.example.com")
    def region_host(tenant: str) -> dict[str, str]:
        return {"tenant": tenant, "region": "eu"}

    @app.get("/r/host")
    def any_host() -> dict[str, str]:
        return {"host": "any"}
