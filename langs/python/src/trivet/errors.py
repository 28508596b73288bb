"""Errors of the engine, one class for each status of the C ABI; `status_name` says which."""

from ._errors_gen import *  # noqa: F403
from ._errors_gen import __all__ as __all__
