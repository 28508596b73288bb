"""All errors: those of the engine, one class for each status of the C ABI, and those of HTTP."""

from . import _errors_gen, _http_errors
from ._errors_gen import *  # noqa: F403
from ._http_errors import *  # noqa: F403

# In the forms that type checkers understand.
__all__: list[str] = []
__all__ += _errors_gen.__all__
__all__ += _http_errors.__all__
