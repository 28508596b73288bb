"""The path of a named route, from values of Python."""

from __future__ import annotations

from _collections_abc import Mapping

from ._errors_gen import ArgumentError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from ._core import NativeApp

    QueryItems = Mapping[str, object] | Iterable[tuple[str, object]]


def url_for(
    app: NativeApp,
    name: str,
    /,
    params: Mapping[str, object] | None = None,
    query: QueryItems | None = None,
    **values: object,
) -> str:
    """Build a path; `values` are further parameters by keyword."""
    both = set(params or ()) & set(values)
    if both:
        raise ArgumentError(detail=f"parameter {both.pop()!r} of {name!r} is given twice")
    path = [(key, _text(value)) for key, value in (*(params or {}).items(), *values.items())]
    return app.url(name, path, _pairs(query))


def _pairs(query: QueryItems | None) -> list[tuple[str, str]]:
    """Give the query in order: a list gives its name once an item, None leaves it out."""
    pairs: list[tuple[str, str]] = []
    if query is None:
        return pairs
    # A mapping might also be one of pairs, to a type checker.
    items: Any = query.items() if isinstance(query, Mapping) else query
    for key, value in items:
        if isinstance(value, (list, tuple)):
            pairs.extend((key, _text(item)) for item in value)
        elif value is not None:
            pairs.append((key, _text(value)))
    return pairs


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)
