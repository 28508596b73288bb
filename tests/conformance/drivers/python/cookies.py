"""The operations set_cookie and delete_cookie."""

from __future__ import annotations

from typing import Any

from trivet import Request, Response, TrivetError

NUMBERS = ("expires", "max_age")


def given(request: Request, *names: str) -> dict[str, Any]:
    """The parameters that say something; an empty value of a cookie is one."""
    return {name: value for name in names if (value := request.query.get(name))}


def set_cookie(request: Request) -> object:
    attributes = given(request, "domain", "path", "same_site")
    attributes |= {name: int(text) for name, text in given(request, *NUMBERS).items()}
    flags = request.query.get("flags", "")
    response = Response("ok")
    try:
        response.set_cookie(
            request.query["name"],
            request.query["value"],
            secure="i" not in flags,
            http_only="s" not in flags,
            partitioned="p" in flags,
            **attributes,
        )
    except TrivetError as error:
        return {"error": error.status_name}
    return response


def delete_cookie(request: Request) -> object:
    response = Response("ok")
    try:
        response.delete_cookie(request.query["name"], **given(request, "domain", "path"))
    except TrivetError as error:
        return {"error": error.status_name}
    return response
