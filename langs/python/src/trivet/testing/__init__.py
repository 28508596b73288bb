"""Clients for tests: an app is served in this process, by the engine, without a port.

from trivet.testing import TestClient

def test_hello() -> None:
    with TestClient(app) as client:
        response = client.get("/")
        assert response.status == 200
        assert response.json() == {"hello": "world"}
"""

from __future__ import annotations

from ._async import AsyncResponseStream, AsyncTestClient
from ._events import ReceivedEvent
from ._fields import ResponseHeaders
from ._message import TestResponse
from ._sync import ResponseStream, TestClient
from ._wire import WireError

__all__ = [
    "AsyncResponseStream",
    "AsyncTestClient",
    "ReceivedEvent",
    "ResponseHeaders",
    "ResponseStream",
    "TestClient",
    "TestResponse",
    "WireError",
]
