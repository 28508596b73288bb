"""The one module that imports the native extension, and hands it Python's side of things."""

from __future__ import annotations

from . import _native
from ._errors_gen import STATUS_TO_ERROR, TrivetError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HTML = _native.HTML
JSON = _native.JSON
Fields = _native.Fields
NativeApp = _native.App
NativeLoop = _native.Loop
NoContent = _native.NoContent
Redirect = _native.Redirect
Request = _native.Request
Response = _native.Response
Route = _native.Route
Text = _native.Text
abi_version = _native.abi_version
current_loop = _native.current_loop
defer = _native.defer
encode_json = _native.encode_json
reply = _native.reply
reply_bytes = _native.reply_bytes
reply_empty = _native.reply_empty
reply_fail = _native.reply_fail
reply_html = _native.reply_html
reply_json = _native.reply_json
reply_problem = _native.reply_problem
reply_redirect = _native.reply_redirect
reply_text = _native.reply_text
setup_asyncio = _native.setup_asyncio
status_name = _native.status_name
version = _native.version


class HTTPError(Exception):
    """An answer by exception: problem details (RFC 9457) with a status and a detail."""

    def __init__(self, status: int, detail: str = "") -> None:
        if not 400 <= status <= 599:
            raise ValueError(f"the status of an HTTPError is 400 to 599, not {status}")
        self.status = status
        self.detail = detail
        super().__init__(status, detail)

    def __str__(self) -> str:
        return f"{self.status} {self.detail}".rstrip()


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _load_json(body: bytes) -> Any:
    import json

    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise HTTPError(400, f"malformed JSON: {error}") from None


def _encode_default(value: object) -> object:
    from ._encode import encode_default

    return encode_default(value)


def _field_names(kind: type) -> tuple[str, ...] | None:
    if not hasattr(kind, "__dataclass_fields__"):
        return None
    from dataclasses import fields

    return tuple(field.name for field in fields(kind))


# Tracebacks and log lines name what users import.
for public in (HTTPError, TrivetError, *STATUS_TO_ERROR.values()):
    public.__module__ = "trivet"

_native.setup(
    {
        "errors": STATUS_TO_ERROR,
        "http_error": HTTPError,
        "load_json": _load_json,
        "encode_default": _encode_default,
        "field_names": _field_names,
    }
)
