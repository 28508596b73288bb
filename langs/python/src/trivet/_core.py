"""The one module that imports the native extension, and hands it Python's side of things."""

from __future__ import annotations

import sys

from ._abi_gen import ABI_VERSION
from ._errors_gen import STATUS_TO_ERROR, TrivetError
from ._http_errors import BadRequest, HTTPError, make_http_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._native import HubInfo as HubInfo
    from ._native import RouteFacts as RouteFacts
    from ._native import Trailers as Trailers

try:
    from . import _native
except ImportError as error:
    from ._missing import explain

    raise ImportError(explain(error)) from error
if _native.abi_version() // 100 != ABI_VERSION // 100:
    from ._missing import explain_abi

    raise ImportError(explain_abi(_native.abi_version(), ABI_VERSION))

HTML = _native.HTML
JSON = _native.JSON
FileResponse = _native.FileResponse
HubStream = _native.HubStream
ServerSentEvent = _native.ServerSentEvent
XML = _native.XML
Fields = _native.Fields
Headers = _native.Headers
NativeApp = _native.App
NativeLoop = _native.Loop
NoContent = _native.NoContent
Redirect = _native.Redirect
Request = _native.Request
Response = _native.Response
StreamResponse = _native.StreamResponse
Route = _native.Route
Text = _native.Text
abi_version = _native.abi_version
break_stream = _native.break_stream
cookie_encode = _native.cookie_encode
current_loop = _native.current_loop
defer = _native.defer
encode_json = _native.encode_json
exception_line = _native.exception_line
form_descriptor = _native.form_descriptor
form_open = _native.form_open
form_parts = _native.form_parts
form_read = _native.form_read
form_save = _native.form_save
hub_stream = _native.hub_stream
loops_open = _native.loops_open
reply = _native.reply
reply_abort = _native.reply_abort
reply_add_header = _native.reply_add_header
reply_begin = _native.reply_begin
reply_bytes = _native.reply_bytes
reply_empty = _native.reply_empty
reply_end = _native.reply_end
reply_fail = _native.reply_fail
reply_file = _native.reply_file
reply_html = _native.reply_html
reply_json = _native.reply_json
reply_problem = _native.reply_problem
reply_redirect = _native.reply_redirect
reply_text = _native.reply_text
reply_write = _native.reply_write
reply_xml = _native.reply_xml
request_get_data = _native.request_get_data
request_on_ready = _native.request_on_ready
request_read = _native.request_read
request_route = _native.request_route
request_set_data = _native.request_set_data
setup_asyncio = _native.setup_asyncio
response_of = _native.response_of
sse = _native.sse
static_file = _native.static_file
sse_begin = _native.sse_begin
sse_hub_close = _native.sse_hub_close
sse_hub_info = _native.sse_hub_info
sse_hub_open = _native.sse_hub_open
sse_hub_publish = _native.sse_hub_publish
sse_send = _native.sse_send
sse_subscribe = _native.sse_subscribe
status_name = _native.status_name
supervisor_inherit = _native.supervisor_inherit
supervisor_run = _native.supervisor_run
version = _native.version


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def decode_json(content: bytes) -> Any:
    """Give the value of JSON, as `json.loads` does."""
    value = _native.decode_json(content)
    if value is NotImplemented:
        import json

        return json.loads(content)
    return value


def _load_json(body: bytes) -> Any:
    import json

    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"malformed JSON: {error}") from None


def _encode_default(value: object) -> object:
    from ._encode import encode_default

    return encode_default(value)


def _field_names(kind: type) -> tuple[str, ...] | None:
    if not hasattr(kind, "__dataclass_fields__"):
        return None
    from dataclasses import fields

    return tuple(field.name for field in fields(kind))


def _problem_body(
    status: int, detail: str, members: dict[str, object] | None = None
) -> dict[str, object]:
    from ._problem import problem_body

    return problem_body(status, detail, members)


def _make_uuid(number: int) -> object:
    from uuid import UUID

    return UUID(int=number)


def _url_for(*arguments: Any, **values: Any) -> str:
    from ._url import url_for

    return url_for(*arguments, **values)


def _read_content(request: Request, is_streamed: bool, progress: Any) -> object:
    from ._streams import Content

    return Content(request, is_streamed, progress)


def _read_whole(request: Request, is_streamed: bool, progress: Any) -> object:
    from ._streams import read_whole

    return read_whole(request, is_streamed, progress)


def _read_form(request: Request, **limits: Any) -> object:
    from ._forms import read_form

    return read_form(request, **limits)


def _make_client(*facts: object) -> object:
    from ._client import make_client

    return make_client(*facts)  # type: ignore[arg-type]


def _make_principal(scheme: str, subject: str, scope: str, claims: str) -> object:
    from ._principal import make_principal

    return make_principal(scheme, subject, scope, claims)


def _set_cookie(*arguments: Any, **attributes: Any) -> object:
    from ._cookies import set_cookie

    return set_cookie(*arguments, **attributes)


def _delete_cookie(*arguments: Any, **attributes: Any) -> object:
    from ._cookies import delete_cookie

    return delete_cookie(*arguments, **attributes)


def _prime_stream(request: Request, response: StreamResponse) -> object:
    from ._pieces import prime

    return prime(request, response)


def _run_stream(
    request: Request, response: StreamResponse, context: Any, producers: list[object]
) -> object:
    from ._pieces import run

    return run(request, response, context, producers)


def _discard_stream(request: Request, producers: list[object]) -> object:
    from ._pieces import discard

    return discard(request, producers)


# Tracebacks and log lines name what users import.
for public in (TrivetError, *STATUS_TO_ERROR.values()):
    public.__module__ = "trivet"

_native.setup(
    {
        "errors": STATUS_TO_ERROR,
        "http_error": HTTPError,
        "make_http_error": make_http_error,
        "problem_body": _problem_body,
        "make_uuid": _make_uuid,
        "make_state": type(sys.implementation),  # types.SimpleNamespace
        "url_for": _url_for,
        "read_content": _read_content,
        "read_whole": _read_whole,
        "read_form": _read_form,
        "make_client": _make_client,
        "make_principal": _make_principal,
        "set_cookie": _set_cookie,
        "delete_cookie": _delete_cookie,
        "prime_stream": _prime_stream,
        "run_stream": _run_stream,
        "discard_stream": _discard_stream,
        "load_json": _load_json,
        "encode_default": _encode_default,
        "field_names": _field_names,
    }
)
