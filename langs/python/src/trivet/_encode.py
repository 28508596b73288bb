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
    return NotImplemented
