"""The app, asked by a client in the same process."""

from collections.abc import Iterator

import pytest
from trivet.testing import TestClient

from app import app


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """Serve the app as long as the tests of this file run."""
    with TestClient(app) as client:
        yield client


def test_home(client: TestClient) -> None:
    assert client.get("/").json() == {"hello": "world", "next": "/hello/you"}


def test_greet(client: TestClient) -> None:
    assert client.get("/hello/trivet").json() == {"hello": "trivet"}


def test_what_there_is_not(client: TestClient) -> None:
    assert client.get("/none").status == 404
