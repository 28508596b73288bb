"""Routes with middleware of the engine."""

from __future__ import annotations

import json

from app import App, Items
from limits import body, later
from request import Request
from server import Server
from streams import Streams, pieces

TOKEN = ("token", "alpha-token")
USER: Items = [("user", "ann"), ("password", "pass:word")]
OPTIONAL = ("optional", "true")


def who(request: Request) -> None:
    names = ("request_id", "traceparent", "parent_id", "trace_state", "nonce")
    answer: dict[str, object] = {name: request.lookup("attribute", name) for name in names}
    claims = request.lookup("attribute", "claims")
    parts = ("scheme", "subject", "scope")
    principal = {name: request.lookup("attribute", name) for name in parts}
    answer["principal"] = None if claims is None else {**principal, "claims": json.loads(claims)}
    request.json(answer)


def data(request: Request) -> None:
    request.reply("text", 200, "data")


def own(request: Request) -> None:
    request.add_header("x-frame-options", "DENY")
    request.reply("text", 200, "own")


def boom(request: Request) -> None:
    request.fail("the handler failed")


def add_routes(server: Server) -> None:
    add_headers(server)
    add_cors(server.app)
    add_schemes(server.app)
    add_any(server.app)


def add_headers(server: Server) -> None:
    app = server.app
    group = app.group("/mw")
    app.use(group, "request_id", [("trust", "true")])
    app.use(group, "trace_context", [("sampled", "true"), ("response", "true")])
    app.use(
        group,
        "security_headers",
        [
            ("csp", "default-src 'self'"),
            ("csp", "script-src 'self' 'nonce'"),
            ("frame", "sameorigin"),
            ("permissions", "camera=()"),
            ("hsts", "31536000"),
            ("hsts_subdomains", "true"),
        ],
    )
    app.route("GET", "/who", who, group=group)
    app.route("GET", "/own", own, group=group)
    app.route("GET", "/boom", boom, group=group)
    app.route("GET", "/pieces/{n:int}", Streams(server).handler(pieces), group=group, as_event=True)
    plain = app.middleware("security_headers", [("frame", "off"), ("referrer", "no-referrer")])
    app.route("GET", "/plain", data, group=group, middleware=[plain])
    small = app.middleware("body_limit", [("bytes", "8")])
    app.route("POST", "/body", body, group=group, middleware=[small])
    soon = app.middleware("timeout", [("ms", "100")])
    app.route("GET", "/late", later(server, 60_000), group=group, as_event=True, middleware=[soon])


def add_cors(app: App) -> None:
    group = app.group("/cors")
    app.use(
        group,
        "cors",
        [
            ("origin", "https://app.example.com"),
            ("origin", "https://*.example.org"),
            ("header", "Content-Type"),
            ("header", "X-Token"),
            ("expose", "X-Request-Id"),
            ("credentials", "true"),
            ("max_age", "600"),
        ],
    )
    app.route("GET,PUT", "/data", data, group=group)
    guard = app.middleware("bearer", [TOKEN])
    app.route("GET", "/guarded", data, group=group, middleware=[guard])
    group = app.group("/open")
    options = [("origin", "*"), ("method", "GET"), ("method", "DELETE"), ("header", "*")]
    app.use(group, "cors", options)
    app.route("GET", "/data", data, group=group)


def add_schemes(app: App) -> None:
    group = app.group("/bearer")
    alice = [TOKEN, ("subject", "alice"), ("scope", "read write"), ("claim", "role=admin")]
    bob = [("token", "beta-token"), ("subject", "bob")]
    app.use(group, "bearer", [*alice, *bob, ("realm", "api")])
    app.route("GET", "/who", who, group=group)
    app.route("POST", "/body", body, group=group)
    scope = app.middleware("require", [("scope", "write")])
    app.route("GET", "/scoped", data, group=group, middleware=[scope])
    claim = app.middleware("require", [("claim", "role=admin")])
    app.route("GET", "/claimed", data, group=group, middleware=[claim])
    app.route("GET", "/bearer-not/who", who)
    group = app.group("/key")
    keys: Items = []
    for number in range(1, 7):
        keys += [("key", f"key-{number}"), ("subject", f"client-{number}")]
    app.use(group, "api_key", [*keys, ("query", "key")])
    app.route("GET", "/who", who, group=group)
    group = app.group("/basic")
    app.use(group, "basic", USER)
    app.route("GET", "/who", who, group=group)


def add_any(app: App) -> None:
    group = app.group("/any")
    app.use(group, "bearer", [TOKEN, OPTIONAL])
    app.use(group, "api_key", [("key", "key-1"), OPTIONAL])
    app.use(group, "basic", [*USER, OPTIONAL])
    app.route("GET", "/maybe", who, group=group)
    app.route("GET", "/who", who, group=group, middleware=[app.middleware("require", [])])
    basic = app.middleware("require", [("scheme", "basic")])
    app.route("GET", "/basic", who, group=group, middleware=[basic])
