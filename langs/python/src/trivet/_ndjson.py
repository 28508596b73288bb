"""Lines of JSON, each written as soon as its object is there."""

from __future__ import annotations

from ._closing import aclose, close
from ._core import StreamResponse, encode_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping

    from ._core import Trailers

__all__ = ["ndjson"]

_MEDIA_TYPE = "application/x-ndjson"


def ndjson(
    items: Iterable[object] | AsyncIterable[object],
    status: int | None = None,
    headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
    trailers: Trailers = None,
) -> StreamResponse:
    """Answer with a line of JSON for each item of an iterable or async iterable."""
    is_async = hasattr(type(items), "__aiter__")
    lines = _async_lines(items) if is_async else _lines(items)  # type: ignore[arg-type]
    return StreamResponse(lines, status, headers, _MEDIA_TYPE, None, trailers)


def _lines(items: Iterable[object]) -> Iterator[bytes]:
    iterator = iter(items)
    try:
        for item in iterator:
            yield encode_json(item) + b"\n"
    finally:
        close(iterator)


async def _async_lines(items: AsyncIterable[object]) -> AsyncIterator[bytes]:
    iterator = aiter(items)
    try:
        async for item in iterator:
            yield encode_json(item) + b"\n"
    finally:
        await aclose(iterator)
