"""Trivet: HTTP applications in Python on a native engine.

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
from ._core import (
    HTML,
    JSON,
    Fields,
    HTTPError,
    NoContent,
    Redirect,
    Request,
    Response,
    Text,
    version,
)
from ._errors_gen import (
    AddressError,
    AddressInUseError,
    ArgumentError,
    ClientGoneError,
    ConflictError,
    EngineError,
    HeaderError,
    LimitError,
    MissingError,
    OutOfMemoryError,
    PatternError,
    StaleHandleError,
    StateError,
    SystemCallError,
    ThreadError,
    TrivetError,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._aio import TrivetEventLoop as TrivetEventLoop
    from ._server import Server as Server

__version__ = version()

__all__ = [
    "HTML",
    "JSON",
    "AddressError",
    "AddressInUseError",
    "App",
    "ArgumentError",
    "ClientGoneError",
    "ConflictError",
    "EngineError",
    "Fields",
    "HTTPError",
    "HeaderError",
    "LimitError",
    "MissingError",
    "NoContent",
    "OutOfMemoryError",
    "PatternError",
    "Redirect",
    "Request",
    "Response",
    "Server",
    "StaleHandleError",
    "StateError",
    "SystemCallError",
    "Text",
    "ThreadError",
    "TrivetError",
    "TrivetEventLoop",
    "redirect",
]

redirect = Redirect


def __getattr__(name: str) -> object:
    # asyncio is eight megabytes; who names the event loop wants them.
    if name == "TrivetEventLoop":
        from ._aio import TrivetEventLoop

        return TrivetEventLoop
    if name == "Server":
        from ._server import Server

        return Server
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
