"""Operations on the app: its routes, its configuration, and the process that runs it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

import trial
from abi import AbiError, text_of
from request import Request
from server import Server

SOURCES = ["default", "file", "env-file", "environment", "program", "flag"]
PROFILES = ["default", "low-memory", "high-throughput"]
# Set by the driver at its start.
results: dict[str, Any] = {}


def try_conflicts(server: Server) -> None:
    """The registrations that must fail."""
    app = server.app

    def nothing(request: Request) -> None:
        request.empty(204)

    def in_group() -> None:
        app.route("GET", "", nothing, group=app.group("/hello"), site="cffi/ops_app.py")

    errors = {
        "name": refusal(lambda: app.route("GET", "/x/name", nothing, name="leaf")),
        "group": refusal(in_group),
        "host": refusal(lambda: app.route("GET", "/x/host", nothing, host="bad host")),
        "regex": refusal(lambda: app.route("GET", "/x/{c:regex(()}", nothing)),
        "path": refusal(lambda: app.route("GET", "/x/{rest:path}/y", nothing)),
    }
    results["bad_schema"] = {
        "malformed": refused_schema(server, '{"type":'),
        "unsupported": refused_schema(server, '{"format":"duration"}'),
        "streamed": refused_schema(server, "{}", streams=True),
    }
    sites = ["cffi/driver.py /hello", "cffi/ops_app.py"]
    results["group_conflict"] = {
        **{key: error.name for key, error in errors.items()},
        "sites": all(site in errors["group"].detail for site in sites),
    }


def refused_schema(server: Server, schema: str, *, streams: bool = False) -> str:
    return refusal(
        lambda: server.app.route(
            "POST", "/x", lambda _request: None, streams=streams, body_schema=schema
        )
    ).name


def refusal(call: Callable[[], object]) -> AbiError:
    try:
        call()
    except AbiError as error:
        return error
    return AbiError(0)


def prefixed(request: Request, prefix: str) -> list[tuple[str, str]]:
    items = request.items("query")
    return [(name.removeprefix(prefix), value) for name, value in items if name.startswith(prefix)]


def url(server: Server, request: Request) -> None:
    name = request.lookup("query", "name") or ""
    try:
        text = server.app.url(name, prefixed(request, "p:"), prefixed(request, "q:"))
    except AbiError as error:
        request.json({"error": error.name})
    else:
        request.json({"url": text})


def route(request: Request) -> None:
    info = request.route()
    metadata = info.metadata[0 : info.metadata_count]
    request.json(
        {
            "name": text_of(info.name),
            "pattern": text_of(info.pattern),
            "methods": text_of(info.methods).split(","),
            "host": text_of(info.host),
            "metadata": {text_of(item.name): text_of(item.value) for item in metadata},
            "has_site": info.site.size > 0,
        }
    )


def routes(server: Server, request: Request) -> None:
    found = server.app.routes()
    names = sorted(text_of(info.name) for info in found if info.name.size > 0)
    request.json({"count": len(found), "names": names})


def worker(_server: Server, request: Request) -> None:
    inherited = results["worker"]
    request.json(
        {
            "pid": os.getpid(),
            "thread": threading.get_native_id(),
            "slot": inherited.slot if inherited else None,
            "workers": inherited.workers if inherited else None,
        }
    )


def block(_server: Server, request: Request) -> None:
    time.sleep(int(request.lookup("query", "ms") or 0) / 1000)
    request.reply("text", 200, "blocked")


def config(_server: Server, request: Request) -> None:
    request.json(results["config"])


def setting(server: Server, request: Request) -> None:
    key = request.lookup("query", "key")
    for info in server.app.settings():
        if text_of(info.key) == key:
            names = ["variable", "value", "place", "allowed", "help"]
            request.json(
                {
                    **{name: text_of(getattr(info, name)) for name in names},
                    "default": text_of(info.default_value),
                    "source": SOURCES[info.source],
                }
            )
            return
    request.json({"error": "TRIVET_E_NOT_FOUND"})


def told(config: Any) -> dict[str, Any]:
    """What /ops/config tells."""
    names = ["workers", "threads", "buffer_count", "buffer_bytes", "port"]
    return {
        **{name: getattr(config, name) for name in names},
        "profile": PROFILES[config.profile],
        "host": text_of(config.host),
    }


def add_header(_server: Server, request: Request) -> None:
    request.add_header("X-Added", "1")
    request.reply("text", 200, "ok")


OPERATIONS: dict[str, Callable[[Server, Request], None]] = {
    "url": url,
    "routes": routes,
    "worker": worker,
    "block": block,
    "config": config,
    "setting": setting,
    "variables": lambda server, request: request.json(dict(server.app.variables())),
    "add_header": add_header,
    "inject": trial.inject,
    "advance": trial.advance,
    "lifecycle": lambda server, request: request.json({"started": server.started}),
    "bad_schema": lambda _server, request: request.json(results["bad_schema"]),
    "group_conflict": lambda _server, request: request.json(results["group_conflict"]),
}
