"""All errors: those of the engine, one class for each status of the C ABI, and those of HTTP."""

from ._errors_gen import *  # noqa: F403
from ._errors_gen import __all__ as _engine
from ._http_errors import *  # noqa: F403
from ._http_errors import __all__ as _http

__all__ = [*_engine, *_http]
