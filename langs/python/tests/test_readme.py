"""The README's programs run."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Running

README = Path(__file__).resolve().parent.parent / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.M | re.S)


def load(block: str) -> dict[str, Any]:
    # dataclasses looks its module up.
    module = sys.modules["readme"] = types.ModuleType("readme")
    exec(compile(block, "readme.py", "exec"), module.__dict__)
    return module.__dict__


def test_every_block_was_found() -> None:
    assert len(BLOCKS) == 8


def test_hello(serve: Callable[..., Running]) -> None:
    running = serve(load(BLOCKS[0])["app"])
    assert running.get("/").json() == {"hello": "world"}
    assert running.get("/users/7?verbose=yes").json() == {"id": 7, "verbose": True}
    answer = running.request("POST", "/echo", "[1]")
    assert (answer.status, answer.json()) == (201, [1])


def test_routes_and_groups(serve: Callable[..., Running]) -> None:
    running = serve(load(BLOCKS[1])["app"])
    number = "00112233-4455-6677-8899-aabbccddeeff"
    answer = running.get(f"/api/users/{number}", {"Host": "acme.example.com"})
    assert answer.json() == {"tenant": "acme", "id": number, "team": "core"}
    assert running.request("PUT", "/api/items/7").json() == {
        "method": "PUT",
        "self": "/api/items/7?page=2",
    }


def test_hooks(serve: Callable[..., Running]) -> None:
    running = serve(load(BLOCKS[2])["app"])
    answer = running.get("/admin/me")
    assert (answer.status, answer.headers["X-Status"]) == (401, "401")
    assert running.get("/admin/me", {"X-User": "ann"}).json() == {"user": "ann"}


def test_errors(serve: Callable[..., Running]) -> None:
    running = serve(load(BLOCKS[3])["app"])
    answer = running.get("/order")
    assert (answer.status, answer.json()) == (409, {"error": "no tea"})
    answer = running.get("/nothing")
    assert (answer.status, answer.json()) == (404, {"error": ""})


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout is new in 3.11")
def test_handlers(serve: Callable[..., Running]) -> None:
    running = serve(load(BLOCKS[4])["app"])
    assert running.get("/search?q=a").json() == {"q": "a", "limit": 10, "exact": False}
    assert running.get("/search").status == 422


def test_results(serve: Callable[..., Running]) -> None:
    running = serve(load(BLOCKS[5])["app"])
    assert running.get("/task").json() == {"id": 1, "title": "light the fire"}
    assert running.get("/page").headers["Cache-Control"] == "no-store"
    assert running.get("/made").status == 201
    assert running.get("/old").status == 308
    assert running.request("DELETE", "/task").status == 204
    assert running.get("/table").headers["Set-Cookie"] == "seen=1"
    assert running.get("/missing").status == 404


def test_settings_and_embedding(capfd: pytest.CaptureFixture[str]) -> None:
    load(BLOCKS[6])
    assert "starting" in capfd.readouterr().err
    assert not load(BLOCKS[7])["thread"].is_alive()
