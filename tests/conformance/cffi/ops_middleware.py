"""Options of middleware that the engine refuses."""

from __future__ import annotations

from abi import AbiError
from app import App, Items
from request import Request
from server import Server


def errors(_server: Server, request: Request) -> None:
    """Options that must be refused, on an app that nobody serves."""
    wrong: dict[str, tuple[str, Items]] = {
        "origin": ("cors", [("origin", "https://app.example.com/")]),
        "any": ("cors", [("origin", "*"), ("credentials", "true")]),
        "token": ("bearer", [("token", "two words")]),
        "twice": ("bearer", [("token", "same"), ("token", "same")]),
        "missing": ("bearer", []),
        "csp": ("security_headers", [("csp", "script-src self")]),
        "coding": ("compress", [("coding", "deflate")]),
        "level": ("compress", [("br_level", "11")]),
        "tag": ("etag", [("max_bytes", "-1")]),
    }
    app, answer = App(), {}
    for name, (kind, options) in wrong.items():
        try:
            app.middleware(kind, options)
        except AbiError as error:
            answer[name] = error.detail if error.name == "TRIVET_E_ARGUMENT" else error.name
    app.close()
    request.json(answer)
