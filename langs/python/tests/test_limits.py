"""Limits of routes, groups and the server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Running
from streaming import Steps, exchange, read_all, split

from trivet import App, ArgumentError, Request, RouteLimits, ServerLimits


def body(request: Request) -> bytes:
    return request.body


def test_content_is_bounded_by_route_group_and_app(serve: Callable[..., Running]) -> None:
    app = App(body_bytes_max=4)
    outer = app.group("/outer", limits=RouteLimits(body_bytes_max=8))
    inner = outer.group("/inner", limits=RouteLimits(request_timeout_ms=60_000))
    app.post("/app")(body)
    app.post("/own", limits=RouteLimits(body_bytes_max=2))(body)
    outer.post("/group")(body)
    inner.post("/nested")(body)
    inner.post("/own", limits=RouteLimits(body_bytes_max=16))(body)
    running = serve(app)
    for target, most in (
        ("/app", 4),
        ("/own", 2),
        ("/outer/group", 8),
        ("/outer/inner/nested", 8),
        ("/outer/inner/own", 16),
    ):
        assert running.request("POST", target, b"x" * most).status == 200, target
        assert running.request("POST", target, b"x" * (most + 1)).status == 413, target


def test_a_handler_that_takes_too_long_is_cancelled(serve: Callable[..., Running]) -> None:
    app = App()
    steps = Steps()
    group = app.group("", limits=RouteLimits(request_timeout_ms=100))

    @group.get("/late")
    async def late() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            steps.tell("cancelled")
            raise
        return "slept"

    @group.get("/patient", limits=RouteLimits(request_timeout_ms=0))
    async def patient() -> str:
        await asyncio.sleep(0.3)
        return "slept"

    running = serve(app)
    assert running.request("GET", "/late").status == 503
    steps.wait("cancelled")
    assert running.request("GET", "/patient").text == "slept"


def test_content_that_ceases_is_given_up_after_the_routes_time(
    serve: Callable[..., Running],
) -> None:
    app = App()
    app.post("/", limits=RouteLimits(body_timeout_ms=100))(body)
    head, _ = exchange(serve(app), b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
    assert head.startswith(b"HTTP/1.1 408 ")


def test_requests_beyond_the_bounds_are_told_to_come_back(serve: Callable[..., Running]) -> None:
    app = App()
    steps = Steps()
    group = app.group("/g", limits=RouteLimits(requests_max=2))

    async def hold(request: Request) -> str:
        steps.tell(request.path)
        return (await request.read()).decode()

    group.post("/one", stream=True, limits=RouteLimits(requests_max=1))(hold)
    group.post("/two", stream=True)(hold)
    group.get("/free")(lambda: "free")
    running = serve(app)

    def begin(target: str) -> Any:
        client = running.connect()
        client.sendall(
            f"POST {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n".encode()
            + b"Content-Length: 2\r\n\r\nh"
        )
        steps.wait(target)
        return client

    with begin("/g/one") as one:
        refused = running.request("POST", "/g/one")
        assert refused.status == 503
        assert refused.headers["Retry-After"] == "1"
        assert running.request("GET", "/g/free").text == "free"
        with begin("/g/two") as two:
            assert running.request("GET", "/g/free").status == 503
            for client in (one, two):
                client.sendall(b"i")
                assert split(read_all(client))[1] == b"hi"
    assert running.request("GET", "/g/free").text == "free"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("body_bytes_max", 0, "1 or more"),
        ("body_bytes_max", -1, "from 0"),
        ("body_bytes_max", 1 << 63, "from 0"),
        ("body_bytes_max", (1 << 40) + 1, "allowed are 0 to 1099511627776 bytes"),
        ("requests_max", 0, "requests_max is none, allowed are 1 to 1048576"),
        ("requests_max", 1 << 32, "from 0"),
        ("body_timeout_ms", 0, "body_timeout_ms is none"),
        ("request_timeout_ms", 86_400_001, "request_timeout_ms is 86400001"),
        ("send_rate_min", "many", "from 0"),
        ("body_rate_min", 1.5, "from 0"),
    ],
)
def test_limits_that_cannot_be(name: str, value: Any, words: str) -> None:
    app = App()
    with pytest.raises(ArgumentError, match=name) as route:
        app.add_route("/", lambda: 1, limits=RouteLimits(**{name: value}))
    assert words in str(route.value)
    with pytest.raises(ArgumentError, match=name) as group:
        app.group("/g", limits=RouteLimits(**{name: value}))
    assert words in str(group.value)
    assert app.routes == []


def test_limits_are_values() -> None:
    limits = RouteLimits(body_bytes_max=1, request_timeout_ms=0)
    assert limits == RouteLimits(request_timeout_ms=0, body_bytes_max=1)
    assert limits != RouteLimits(body_bytes_max=1)
    assert limits != ServerLimits(body_bytes_max=1, request_timeout_ms=0)
    assert len({limits, RouteLimits(body_bytes_max=1, request_timeout_ms=0)}) == 1
    assert repr(limits) == "RouteLimits(body_bytes_max=1, request_timeout_ms=0)"
    assert limits.send_rate_min is None
    with pytest.raises(AttributeError, match="does not change"):
        limits.body_bytes_max = 2
    with pytest.raises(AttributeError, match="does not change"):
        del limits.body_bytes_max


def test_limits_of_the_server_are_settings(serve: Callable[..., Running]) -> None:
    app = App(port=0, limits=ServerLimits(body_bytes_max=4, requests_max=7, request_timeout_ms=0))
    app.post("/")(body)
    assert app.config["requests_max"] == 7
    assert app.config["request_timeout_ms"] == 0
    assert app.config["idle_timeout_ms"] == 75_000
    running = serve(app)
    assert running.request("POST", "/", b"12345").status == 413


def test_every_limit_of_the_server_is_a_setting() -> None:
    default = App().config
    values = {name: default[name] for name in ServerLimits.__slots__}
    assert App(limits=ServerLimits(**values)).config == default  # type: ignore[arg-type]
    assert App(**values).config == default  # type: ignore[arg-type]


def test_limits_of_the_server_that_cannot_be() -> None:
    with pytest.raises(ArgumentError, match="requests_max is given by the limits, and once more"):
        App(requests_max=1, limits=ServerLimits(requests_max=1))
    with pytest.raises(ArgumentError, match="header_count_max"):
        App(limits=ServerLimits(header_count_max=1001))
    with pytest.raises(ArgumentError, match="backlog"):
        App(backlog=0, limits=ServerLimits(requests_max=1))
