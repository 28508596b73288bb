"""Fields and files of a form as parameters of a handler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import pytest
from conftest import Answer, Running

from trivet import App, ArgumentError, Body, Form, Header, Request, UploadFile

Serve = Callable[..., Running]
URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=b"}


def part(name: str, content: str, more: str = "") -> str:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{content}\r\n'


def wrong(answer: Answer) -> list[tuple[str, str, str, str]]:
    assert answer.status == 422
    return [
        (one["in"], one["pointer"], one["code"], one["detail"]) for one in answer.json()["errors"]
    ]


def shop() -> App:
    app = App()

    @app.post("/orders")
    def create(
        title: Annotated[str, Form(min_length=3)],
        count: Annotated[int, Form(ge=1, le=5)] = 1,
        size: Literal["s", "m"] = Form("m"),
        tag: Annotated[list[str], Form(max_length=2)] = [],  # noqa: B006
        is_gift: bool = Form(False, alias="gift"),
        dry: bool = False,
    ) -> dict[str, object]:
        return {
            "title": title, "count": count, "size": size, "tag": tag, "gift": is_gift, "dry": dry
        }  # fmt: skip

    @app.post("/photos")
    async def upload(
        photo: UploadFile,
        others: list[UploadFile] = [],  # noqa: B006
        cover: Annotated[UploadFile | None, Form(alias="front")] = None,
    ) -> dict[str, object]:
        return {
            "photo": photo.read().decode(),
            "others": [other.filename for other in others],
            "cover": cover.size if cover else None,
        }

    return app


def test_fields_are_of_their_types(serve: Serve) -> None:
    running = serve(shop())
    body = "title=Caf%C3%A9&count=2&size=s&tag=a&tag=b&gift=on"
    expected = {
        "title": "Café", "count": 2, "size": "s", "tag": ["a", "b"], "gift": True, "dry": True
    }  # fmt: skip
    assert running.request("POST", "/orders?dry=1", body, URLENCODED).json() == expected
    fields = {"title": "Café", "count": "2", "size": "s", "tag": "a", "gift": "on"}
    body = "".join(part(name, text) for name, text in fields.items()) + part("tag", "b") + "--b--"
    answer = running.request("POST", "/orders?dry=1", body.encode(), MULTIPART)
    assert answer.json() == expected
    answer = running.request("POST", "/orders", "title=abc", URLENCODED)
    assert answer.json() == {
        "title": "abc", "count": 1, "size": "m", "tag": [], "gift": False, "dry": False
    }  # fmt: skip


def test_all_that_is_wrong_is_told(serve: Serve) -> None:
    running = serve(shop())
    answer = running.request(
        "POST", "/orders?dry=x", "title=ab&count=x&size=l&tag=a&tag=b&tag=c&gift=7", URLENCODED
    )
    assert wrong(answer) == [
        ("query", "/dry", "type", "must be a boolean"),
        ("form", "/title", "minLength", "must have at least 3 characters"),
        ("form", "/count", "type", "must be an integer"),
        ("form", "/size", "enum", 'must be one of "s", "m"'),
        ("form", "/tag", "maxItems", "must have at most 2 items"),
        ("form", "/gift", "type", "must be a boolean"),
    ]
    answer = running.request("POST", "/orders", "count=6", URLENCODED)
    assert wrong(answer) == [
        ("form", "/title", "required", "is missing"),
        ("form", "/count", "maximum", "must be at most 5"),
    ]


def test_files_are_parts_with_a_name(serve: Serve) -> None:
    running = serve(shop())
    named = '; filename="{}"'
    body = (
        part("photo", "pixels", named.format("a.png"))
        + part("others", "1", named.format("b.png"))
        + part("others", "2", named.format("c.png"))
        + part("front", "four", named.format("d.png"))
        + "--b--"
    )
    answer = running.request("POST", "/photos", body, MULTIPART)
    assert answer.json() == {"photo": "pixels", "others": ["b.png", "c.png"], "cover": 4}
    body = part("photo", "a field is no file") + "--b--"
    answer = running.request("POST", "/photos", body, MULTIPART)
    assert wrong(answer) == [("form", "/photo", "required", "is missing")]


def test_what_is_no_form_is_415(serve: Serve) -> None:
    running = serve(shop())
    for path in ("/orders", "/photos"):
        answer = running.request("POST", path, "{}", {"Content-Type": "application/json"})
        assert answer.status == 415


def test_a_form_is_documented() -> None:
    from trivet._openapi import operations

    made = {pattern: operation for _, pattern, operation, _ in operations(shop())}
    content = made["/orders"]["requestBody"]["content"]
    assert list(content) == ["application/x-www-form-urlencoded", "multipart/form-data"]
    schema = content["multipart/form-data"]["schema"]
    assert schema["required"] == ["title"]
    assert schema["properties"]["count"]["maximum"] == 5
    assert [one["name"] for one in made["/orders"]["parameters"]] == ["dry"]
    content = made["/photos"]["requestBody"]["content"]
    assert list(content) == ["multipart/form-data"]
    file = {"type": "string", "format": "binary"}
    properties = content["multipart/form-data"]["schema"]["properties"]
    assert properties == {"photo": file, "others": {"type": "array", "items": file}, "front": file}


def test_mistakes_are_told_where_the_route_is_added() -> None:
    app = App()

    def both(title: Annotated[str, Form()], order: Annotated[dict[str, Any], Body()]) -> None: ...

    def reverse(
        order: Annotated[dict[str, Any], Body()], title: Annotated[str, Form()]
    ) -> None: ...

    async def later(photo: UploadFile) -> None: ...

    def elsewhere(photo: Annotated[UploadFile, Header()]) -> None: ...

    def uncalled(title: Annotated[str, Form]) -> None: ...

    for handler, is_stream, told in (
        (both, False, "would be the JSON content, and other parameters are of a form"),
        (reverse, False, "is of a form, and the content is JSON for 'order' of"),
        (later, True, "is of a form, and a streaming route reads that itself"),
        (elsewhere, False, r"is Header\(\), and a file is of a form: write Form\(\)"),
        (uncalled, False, r"has Form: write Form\(\)"),
    ):
        with pytest.raises(ArgumentError, match=told):
            app.add_route("/", handler, methods="POST", stream=is_stream)


def test_the_form_of_a_request_is_still_there(serve: Serve) -> None:
    app = App()

    @app.post("/")
    def index(request: Request, title: Annotated[str, Form()]) -> list[str]:
        form: Form = request.form()
        return [title, form["title"], repr(form)]

    answer = serve(app).request("POST", "/", "title=x", URLENCODED)
    assert answer.json() == ["x", "x", "<Form of 1 parts>"]
