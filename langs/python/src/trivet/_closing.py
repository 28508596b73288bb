"""Closing of iterators, plain and async, that may have nothing to close."""

from __future__ import annotations


def close(iterator: object) -> None:
    """Close an iterator."""
    function = getattr(iterator, "close", None)
    if function is not None:
        function()


async def aclose(iterator: object) -> None:
    """Close an async iterator."""
    function = getattr(iterator, "aclose", None)
    if function is not None:
        await function()
