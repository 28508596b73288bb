"""Errors of every kind, and what becomes of them."""

from __future__ import annotations

from trivet import JSON, App, HTTPError, NotFound, Request


class DomainError(Exception):
    """An error of the program, which knows nothing of HTTP."""


def register(app: App, maps_all: bool) -> None:
    @app.get("/errors/http")
    def http() -> None:
        raise HTTPError(409, "already there", headers={"Retry-After": "7"})

    @app.get("/errors/helper")
    def helper() -> None:
        raise NotFound("no such thing")

    @app.get("/errors/custom")
    def custom() -> None:
        raise DomainError("kaput")

    @app.on_error(DomainError)
    def domain(_: Request, error: DomainError) -> JSON:
        return JSON({"error": str(error)}, 418)

    if not maps_all:
        return

    @app.on_error
    def everything(_: Request, error: Exception) -> JSON:
        is_http = isinstance(error, HTTPError)
        status = error.status if is_http else 500
        detail = error.detail if is_http else ""
        return JSON({"error": status, "detail": detail}, status, {"x-error": "mapped"})
