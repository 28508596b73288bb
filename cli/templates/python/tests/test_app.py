"""The app, asked over HTTP on a port of its own."""

import json
import queue
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from trivet import Server

from app import app


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Serve the app as long as the tests of this file run."""
    started: queue.SimpleQueue[Server] = queue.SimpleQueue()

    def serve() -> None:
        with app.bind("127.0.0.1", 0) as server:
            server.serve(started.put)

    thread = threading.Thread(target=serve)
    thread.start()
    server = started.get(timeout=30)
    yield f"http://127.0.0.1:{server.port}"
    server.drain()
    thread.join()


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)


def test_home(url: str) -> None:
    assert get(f"{url}/") == {"hello": "world", "next": "/hello/you"}


def test_greet(url: str) -> None:
    assert get(f"{url}/hello/trivet") == {"hello": "trivet"}


def test_what_there_is_not(url: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(f"{url}/none")
    with refused.value as answer:
        assert answer.code == 404
