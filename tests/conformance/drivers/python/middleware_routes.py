"""Routes with middleware of the engine, and options that it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from trivet import App, ArgumentError, Request, Response
from trivet.middleware import (
    Middleware,
    Principal,
    api_key,
    basic,
    bearer,
    body_limit,
    compress,
    cors,
    etag,
    request_id,
    require,
    security_headers,
    timeout,
    trace_context,
)

USERS = {"ann": "pass:word"}


def who(request: Request) -> dict[str, object]:
    principal = request.principal
    names = ("traceparent", "parent_id", "trace_state")
    answer: dict[str, object] = {name: request.attribute(name) for name in names}
    answer |= {"request_id": request.request_id, "nonce": request.nonce, "principal": None}
    if principal is not None:
        answer["principal"] = {
            "scheme": principal.scheme,
            "subject": principal.subject,
            "scope": " ".join(principal.scopes),
            "claims": principal.claims,
        }
    return answer


def data() -> str:
    return "data"


def register(app: App, pieces: Callable[[int], object]) -> None:
    register_headers(app, pieces)
    register_cors(app)
    register_schemes(app)
    register_any(app)


def register_headers(app: App, pieces: Callable[[int], object]) -> None:
    group = app.group("/mw")
    group.use(request_id(trust=True))
    group.use(trace_context(sampled=True, response=True))
    group.use(
        security_headers(
            csp={"default-src": "'self'", "script-src": ["'self'", "'nonce'"]},
            frame="sameorigin",
            permissions={"camera": ()},
            hsts=31_536_000,
            hsts_subdomains=True,
        )
    )
    group.get("/who")(who)
    group.get("/pieces/{n:int}")(pieces)
    plain = security_headers(frame="off", referrer="no-referrer")
    group.get("/plain", middleware=[plain])(data)

    @group.get("/own")
    def own() -> Response:
        return Response("own", headers={"x-frame-options": "DENY"})

    @group.get("/boom")
    def boom() -> None:
        raise RuntimeError("boom")

    @group.post("/body", middleware=[body_limit(8)])
    def body(request: Request) -> bytes:
        return request.body

    @group.get("/late", middleware=[timeout(0.1)])
    async def late() -> str:
        await asyncio.sleep(60)
        return "slept"


def register_cors(app: App) -> None:
    group = app.group("/cors")
    group.use(
        cors(
            ["https://app.example.com", "https://*.example.org"],
            headers=["Content-Type", "X-Token"],
            expose=["X-Request-Id"],
            credentials=True,
            max_age=600,
        )
    )
    group.route("/data", methods="GET,PUT")(data)
    group.get("/guarded", middleware=[bearer("alpha-token")])(data)
    group = app.group("/open")
    group.use(cors("*", methods=["GET", "DELETE"], headers=["*"]))
    group.get("/data")(data)


def register_schemes(app: App) -> None:
    group = app.group("/bearer")
    alice = Principal("alice", scopes=["read", "write"], claims={"role": "admin"})
    group.use(bearer({"alpha-token": alice, "beta-token": "bob"}, realm="api"))
    group.get("/who")(who)
    group.get("/scoped", middleware=[require(scopes="write")])(data)
    group.get("/claimed", middleware=[require(claims={"role": "admin"})])(data)

    @group.post("/body")
    def body(request: Request) -> bytes:
        return request.body

    app.get("/bearer-not/who")(who)
    group = app.group("/key")
    group.use(api_key({f"key-{n}": f"client-{n}" for n in range(1, 7)}, query="key"))
    group.get("/who")(who)
    group = app.group("/basic")
    group.use(basic(USERS))
    group.get("/who")(who)


def register_any(app: App) -> None:
    group = app.group("/any")
    group.use(bearer("alpha-token", optional=True))
    group.use(api_key("key-1", optional=True))
    group.use(basic(USERS, optional=True))
    group.get("/maybe")(who)
    group.get("/who", middleware=[require()])(who)
    group.get("/basic", middleware=[require(schemes="basic")])(who)


def errors(_request: Request) -> dict[str, str]:
    """Options that must be refused, on an app that nobody serves."""
    wrong: dict[str, Callable[[], Middleware]] = {
        "origin": lambda: cors("https://app.example.com/"),
        "any": lambda: cors("*", credentials=True),
        "token": lambda: bearer("two words"),
        "twice": lambda: bearer(["same", "same"]),
        "missing": lambda: bearer([]),
        "csp": lambda: security_headers(csp={"script-src": "self"}),
        "coding": lambda: compress(codings=["deflate"]),  # type: ignore[list-item]
        "level": lambda: compress(br_level=11),
        "tag": lambda: etag(max_bytes=-1),
    }
    answer = {}
    app = App()
    for name, make in wrong.items():
        try:
            app.use(make())
        except ArgumentError as error:
            answer[name] = error.detail
    return answer
