"""Checked, not run: what a user's type checker sees of the installed package."""

from collections.abc import Callable
from typing import Any, assert_type

from trivet import JSON, App, Group, HTTPError, NotFound, Request, Response, RouteInfo, errors

app = App(body_bytes_max=1024, engine="auto")
api = app.group("/api", host="{tenant}.example.com")
assert_type(api, Group)


@app.get("/users/{id:int}", name="user", status=201)
async def user(request: Request, id: int) -> dict[str, int]:
    assert_type(request.path, str)
    assert_type(request.body, bytes)
    assert_type(request.params, dict[str, Any])
    assert_type(request.route, RouteInfo | None)
    assert_type(request.url_for("user", id=1), str)
    if id == 0:
        raise NotFound("nobody", {"X-Id": "0"})
    return {"id": id}


@api.before
def check(request: Request) -> Response | None:
    return None if request.headers.get("X-User") else JSON({"who": "you"}, 401)


class Marked(Response):
    mark: str = ""


assert_type(Marked("x"), Marked)
assert_type(errors.NotFound("x").status, int)
assert issubclass(errors.Conflict, HTTPError)


def handler() -> str:
    return "x"


# A decorator gives the function that it was given.
kept: Callable[[], str] = app.get("/x")(handler)
