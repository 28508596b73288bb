"""The engine without the idiom: loops, timers, watches, and answers by hand.

Everything here follows the C ABI: see docs/reference. Errors are those of trivet.errors.
"""

from __future__ import annotations

from ._abi_gen import (
    ABI_VERSION,
    CONTENT_BYTES,
    CONTENT_HTML,
    CONTENT_JSON,
    CONTENT_NONE,
    CONTENT_PROBLEM,
    CONTENT_TEXT,
    CONTENT_XML,
    LENGTH_UNKNOWN,
    LOOP_CONFIGURED,
    LOOP_DEFERRED,
    LOOP_REUSE_PORT,
    LOOP_UNBOUND,
    POST_ABORT,
    POST_BEGIN,
    POST_END,
    POST_FILE,
    POST_REPLY,
    POST_SSE_BEGIN,
    POST_SSE_SUBSCRIBE,
    POST_STATIC,
    POST_WRITE,
    READY_GONE,
    READY_READ,
    READY_WRITE,
    SSE_EVENT_DATA,
    SSE_EVENT_ID,
    SSE_HUB_OWN_IDS,
    SSE_POLICY_CLOSE,
    SSE_POLICY_COALESCE,
    SSE_POLICY_DROP_OLDEST,
    WATCH_ERROR,
    WATCH_READ,
    WATCH_WRITE,
)
from ._core import (
    NativeApp,
    Request,
    Route,
    abi_version,
    current_loop,
    defer,
    encode_json,
    reply,
    reply_abort,
    reply_add_header,
    reply_begin,
    reply_bytes,
    reply_empty,
    reply_end,
    reply_fail,
    reply_file,
    reply_html,
    reply_json,
    reply_problem,
    reply_redirect,
    reply_text,
    reply_write,
    reply_xml,
    request_get_data,
    request_on_ready,
    request_read,
    request_route,
    request_set_data,
    sse_begin,
    sse_hub_close,
    sse_hub_info,
    sse_hub_open,
    sse_hub_publish,
    sse_send,
    sse_subscribe,
    status_name,
    supervisor_inherit,
    supervisor_run,
    version,
)
from ._core import NativeLoop as Loop
from ._errors_gen import StateError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._app import App
    from ._cookies import CookieAttributes, CookieScope

__all__ = [
    "ABI_VERSION",
    "CONTENT_BYTES",
    "CONTENT_HTML",
    "CONTENT_JSON",
    "CONTENT_NONE",
    "CONTENT_PROBLEM",
    "CONTENT_TEXT",
    "CONTENT_XML",
    "LENGTH_UNKNOWN",
    "LOOP_CONFIGURED",
    "LOOP_DEFERRED",
    "LOOP_REUSE_PORT",
    "LOOP_UNBOUND",
    "POST_ABORT",
    "POST_BEGIN",
    "POST_END",
    "POST_FILE",
    "POST_REPLY",
    "POST_SSE_BEGIN",
    "POST_SSE_SUBSCRIBE",
    "POST_STATIC",
    "POST_WRITE",
    "READY_GONE",
    "READY_READ",
    "READY_WRITE",
    "SSE_EVENT_DATA",
    "SSE_EVENT_ID",
    "SSE_HUB_OWN_IDS",
    "SSE_POLICY_CLOSE",
    "SSE_POLICY_COALESCE",
    "SSE_POLICY_DROP_OLDEST",
    "WATCH_ERROR",
    "WATCH_READ",
    "WATCH_WRITE",
    "Loop",
    "NativeApp",
    "Request",
    "Route",
    "abi_version",
    "app_main",
    "cookie_encode",
    "current_loop",
    "defer",
    "encode_json",
    "post",
    "reply",
    "reply_abort",
    "reply_add_header",
    "reply_begin",
    "reply_bytes",
    "reply_delete_cookie",
    "reply_empty",
    "reply_end",
    "reply_fail",
    "reply_file",
    "reply_html",
    "reply_json",
    "reply_problem",
    "reply_redirect",
    "reply_set_cookie",
    "reply_text",
    "reply_write",
    "reply_xml",
    "request_get_data",
    "request_on_ready",
    "request_read",
    "request_route",
    "request_set_data",
    "sse_begin",
    "sse_hub_close",
    "sse_hub_info",
    "sse_hub_open",
    "sse_hub_publish",
    "sse_send",
    "sse_subscribe",
    "status_name",
    "supervisor_inherit",
    "supervisor_run",
    "version",
]


def cookie_encode(name: str, value: str = "", **attributes: Unpack[CookieAttributes]) -> str:
    """Give the value of a Set-Cookie field, for the headers of an answer by hand."""
    from ._cookies import set_cookie

    return set_cookie(name, value, **attributes)


def reply_set_cookie(
    request: Request, name: str, value: str = "", **attributes: Unpack[CookieAttributes]
) -> None:
    """Set a cookie with the answer to come, whoever gives it."""
    reply_add_header(request, "Set-Cookie", cookie_encode(name, value, **attributes))


def reply_delete_cookie(request: Request, name: str, **scope: Unpack[CookieScope]) -> None:
    """Remove a cookie with the answer to come, whoever gives it."""
    from ._cookies import delete_cookie

    reply_add_header(request, "Set-Cookie", delete_cookie(name, **scope))


def post(
    loop: Loop,
    request: Request,
    status: int,
    body: bytes,
    content: int = CONTENT_TEXT,
    headers: list[tuple[str, str]] | None = None,
    kind: int = POST_REPLY,
    length: int = LENGTH_UNKNOWN,
) -> None:
    """Answer a request from any thread; it goes out with the loop's next turn.

    A handler that leaves its answer to another thread calls `defer` first. Other kinds are the
    steps of an answer in pieces: POST_BEGIN takes the status, the headers and the length,
    POST_WRITE the body as a piece, POST_END the headers as trailers, POST_ABORT nothing.
    POST_SSE_BEGIN takes the headers, heartbeat_ms as status and retry_ms as length, and each event
    is a POST_WRITE of what `sse(...).encode()` gives; POST_SSE_SUBSCRIBE takes the headers and the
    hub as length, with status 1 the body as last event id. POST_FILE takes status and headers,
    flags as length, and as body path, root, media type, download name and Cache-Control with a NUL
    between each two; POST_STATIC, for the route of a folder, the headers.
    """
    loop.post(request, status, content, headers or [], body, kind, length)


def app_main(app: App, arguments: list[str]) -> int:
    """Run an app as the engine's own main program does and give its exit code.

    The engine reads the arguments, takes the signals and frees the app. The GIL is held throughout,
    so this is for programs of one thread in which everything is plain.
    """
    if app.has_async:
        raise StateError(detail="the engine's own main program has no asyncio event loop")
    app.freeze()
    for function, _ in app.startup_hooks:
        app.native.on_start(function)
    for function, _ in app.shutdown_hooks:
        app.native.on_stop(function)
    return app.native.main(arguments)
