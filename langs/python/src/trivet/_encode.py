"""What JSON gets for objects that are no JSON type; imported when the first of them is met."""

import datetime
import enum
import uuid
from typing import Any


def encode_default(value: Any) -> object:
    """Give a JSON type for a value, or NotImplemented."""
    if hasattr(value, "cr_code"):
        return _refuse_coroutine(value)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if hasattr(value, "__pydantic_validator__"):
        return value.model_dump(mode="json", by_alias=True)
    if hasattr(value, "__struct_fields__"):
        from msgspec import to_builtins

        return to_builtins(value)
    return NotImplemented


def _refuse_coroutine(coroutine: Any) -> object:
    """Say of a coroutine that nobody has awaited what it is."""
    code = coroutine.cr_code
    name = getattr(coroutine, "__qualname__", code.co_name)
    place = f"{code.co_filename.rpartition('/')[2]}:{code.co_firstlineno}"
    coroutine.close()
    raise TypeError(
        f"{name}() ({place}) is an async def whose call was not awaited: write `await "
        f"{coroutine.__name__}(…)`, in a handler that is an async def itself"
    )
