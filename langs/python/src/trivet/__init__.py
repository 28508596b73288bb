"""Trivet: HTTP applications in Python on a native engine.

A whole program:

    from trivet import App

    app = App()

    @app.get("/")
    def hello():
        return {"hello": "world"}

    app.run()
"""

from __future__ import annotations

from . import errors as errors
from ._app import App
from ._background import BackgroundTasks
from ._core import (
    HTML,
    JSON,
    XML,
    Fields,
    FileResponse,
    Headers,
    HubStream,
    NoContent,
    Redirect,
    Request,
    Response,
    ServerSentEvent,
    StreamResponse,
    Text,
    sse,
    version,
)
from ._errors_gen import (
    AddressError,
    AddressInUseError,
    AgainError,
    ArgumentError,
    ClientGoneError,
    ClientTimeoutError,
    ConflictError,
    EngineError,
    HeaderError,
    LimitError,
    MediaTypeError,
    MissingError,
    OutOfMemoryError,
    PatternError,
    ProtocolError,
    StaleHandleError,
    StateError,
    SystemCallError,
    ThreadError,
    TrivetError,
)
from ._events import EventHub, EventStream, TokenStream, sse_stream
from ._http_errors import (
    BadGateway,
    BadRequest,
    Conflict,
    ContentTooLarge,
    Forbidden,
    GatewayTimeout,
    Gone,
    HTTPError,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
    RequestTimeout,
    ServiceUnavailable,
    TooManyRequests,
    Unauthorized,
    UnprocessableContent,
    UnsupportedMediaType,
)
from ._limits import RouteLimits, ServerLimits
from ._markers import Body, Cookie, Depends, Header, Path, Query
from ._ndjson import ndjson
from ._routing import Group, RouteInfo
from ._settings import Setting
from ._tls import Tls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._aio import TrivetEventLoop as TrivetEventLoop
    from ._client import Certificate as Certificate
    from ._client import Client as Client
    from ._client import TlsSession as TlsSession
    from ._cookies import CookieAttributes as CookieAttributes
    from ._cookies import CookieScope as CookieScope
    from ._forms import Form as Form
    from ._forms import FormLimits as FormLimits
    from ._forms import UploadFile as UploadFile
    from ._server import Server as Server
    from ._server import Worker as Worker
    from ._templates import Templates as Templates

__version__ = version()

__all__ = [
    "HTML",
    "JSON",
    "XML",
    "AddressError",
    "AddressInUseError",
    "AgainError",
    "App",
    "ArgumentError",
    "BackgroundTasks",
    "BadGateway",
    "BadRequest",
    "Body",
    "Certificate",
    "Client",
    "ClientGoneError",
    "ClientTimeoutError",
    "Conflict",
    "ConflictError",
    "ContentTooLarge",
    "Cookie",
    "CookieAttributes",
    "CookieScope",
    "Depends",
    "EngineError",
    "EventHub",
    "EventStream",
    "Fields",
    "FileResponse",
    "Forbidden",
    "Form",
    "FormLimits",
    "GatewayTimeout",
    "Gone",
    "Group",
    "HTTPError",
    "Header",
    "HeaderError",
    "Headers",
    "HubStream",
    "InternalServerError",
    "LimitError",
    "MediaTypeError",
    "MethodNotAllowed",
    "MissingError",
    "NoContent",
    "NotFound",
    "OutOfMemoryError",
    "Path",
    "PatternError",
    "ProtocolError",
    "Query",
    "Redirect",
    "Request",
    "RequestTimeout",
    "Response",
    "RouteInfo",
    "RouteLimits",
    "Server",
    "ServerLimits",
    "ServerSentEvent",
    "ServiceUnavailable",
    "Setting",
    "StaleHandleError",
    "StateError",
    "StreamResponse",
    "SystemCallError",
    "Templates",
    "Text",
    "ThreadError",
    "Tls",
    "TlsSession",
    "TokenStream",
    "TooManyRequests",
    "TrivetError",
    "TrivetEventLoop",
    "Unauthorized",
    "UnprocessableContent",
    "UnsupportedMediaType",
    "UploadFile",
    "Worker",
    "ndjson",
    "redirect",
    "sse",
    "sse_stream",
]

redirect = Redirect


def __getattr__(name: str) -> object:
    # asyncio is eight megabytes; who names the event loop wants them.
    if name == "TrivetEventLoop":
        from ._aio import TrivetEventLoop

        return TrivetEventLoop
    if name in ("Server", "Worker"):
        from . import _server

        return getattr(_server, name)
    if name in ("CookieAttributes", "CookieScope"):
        from . import _cookies

        return getattr(_cookies, name)
    if name in ("Form", "FormLimits", "UploadFile"):
        from . import _forms

        return getattr(_forms, name)
    if name in ("Certificate", "Client", "TlsSession"):
        from . import _client

        return getattr(_client, name)
    if name == "Templates":
        from ._templates import Templates

        return Templates
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
