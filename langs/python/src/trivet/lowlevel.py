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
    LOOP_REUSE_PORT,
    LOOP_UNBOUND,
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
    reply_bytes,
    reply_empty,
    reply_fail,
    reply_html,
    reply_json,
    reply_problem,
    reply_redirect,
    reply_text,
    status_name,
    version,
)
from ._core import NativeLoop as Loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._app import App

__all__ = [
    "ABI_VERSION",
    "CONTENT_BYTES",
    "CONTENT_HTML",
    "CONTENT_JSON",
    "CONTENT_NONE",
    "CONTENT_PROBLEM",
    "CONTENT_TEXT",
    "LOOP_REUSE_PORT",
    "LOOP_UNBOUND",
    "WATCH_ERROR",
    "WATCH_READ",
    "WATCH_WRITE",
    "Loop",
    "NativeApp",
    "Request",
    "Route",
    "abi_version",
    "app_main",
    "current_loop",
    "defer",
    "encode_json",
    "post",
    "reply",
    "reply_bytes",
    "reply_empty",
    "reply_fail",
    "reply_html",
    "reply_json",
    "reply_problem",
    "reply_redirect",
    "reply_text",
    "status_name",
    "version",
]


def post(
    loop: Loop,
    request: Request,
    status: int,
    body: bytes,
    content: int = CONTENT_TEXT,
    headers: list[tuple[str, str]] | None = None,
) -> None:
    """Answer a request from any thread; it goes out with the loop's next turn.

    A handler that leaves its answer to another thread calls `defer` first.
    """
    loop.post(request, status, content, headers or [], body)


def app_main(app: App, arguments: list[str]) -> int:
    """Run an app as the engine's own main program does and give its exit code.

    The engine reads the arguments, takes the signals and frees the app. The GIL is held throughout,
    so this is for programs of one thread with plain handlers.
    """
    return app._native.main(arguments)
