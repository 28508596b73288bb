"""What JSON gets for objects that are no JSON type; imported when the first of them is met."""

import datetime
import enum
import uuid


def encode_default(value: object) -> object:
    """Give a JSON type for a value, or NotImplemented."""
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
