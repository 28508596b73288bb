"""Folders that the engine serves: what `static` of an app or a group registers."""

from __future__ import annotations

from . import _abi_gen as abi
from . import _signature
from ._core import Route, static_file
from ._errors_gen import ArgumentError
from ._limits import native_limits
from ._routing import Registered, RouteInfo, read_after, read_around, read_before

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike
    from typing import Any, TypedDict

    from ._app import App
    from ._limits import RouteLimits
    from ._mounts import Middleware
    from ._routing import Hook, Routes

    Pairs = Mapping[str, str] | Iterable[tuple[str, str]]

    class StaticOptions(TypedDict, total=False):
        """Options of a folder."""

        index: str | None
        fallback: str | None
        cache_control: str | None
        cache_rules: Pairs
        types: Pairs
        dot_files: bool
        symlinks: bool
        precompressed: bool
        name: str
        host: str
        metadata: Mapping[str, Any] | None
        before: Iterable[Hook]
        around: Iterable[Hook]
        after: Iterable[Hook]
        limits: RouteLimits | None
        middleware: Iterable[Middleware]


def _pairs(what: str, given: Pairs) -> list[tuple[str, str]]:
    from collections.abc import Mapping as MappingType  # few apps get here

    items: Iterable[Any] = given.items() if isinstance(given, MappingType) else given
    pairs: list[tuple[str, str]] = []
    item: Any
    for item in items:
        if len(item) != 2 or not all(isinstance(text, str) for text in item):
            raise ArgumentError(detail=f"{what}: a pair of texts, not {item!r}")
        key, value = item
        pairs.append((key, value))
    return pairs


def add_static(
    app: App,
    place: Routes,
    number: int,
    prefix: str,
    directory: str | PathLike[str],
    *,
    index: str | None = "index.html",
    fallback: str | None = None,
    cache_control: str | None = "no-cache",
    cache_rules: Pairs = (),
    types: Pairs = (),
    dot_files: bool = False,
    symlinks: bool = True,
    precompressed: bool = True,
    name: str = "",
    host: str = "",
    metadata: Mapping[str, Any] | None = None,
    before: Iterable[Hook] = (),
    around: Iterable[Hook] = (),
    after: Iterable[Hook] = (),
    limits: RouteLimits | None = None,
    middleware: Iterable[Middleware] = (),
) -> None:
    """Register a folder; where hooks stand around it, requests come to Python before it answers."""
    site = _signature.call_site()
    route = Route(static_file, False, 0, [], (), 0, 0, site, False)
    plan = _signature.read(_no_handler, "", "")
    registered = Registered(
        route,
        place,
        read_before(before),
        read_around(around),
        read_after(after),
        static_file,
        plan,
        None,
        0,
    )
    metadata = {} if metadata is None else metadata
    flags = (
        (abi.STATIC_DOT_FILES if dot_files else 0)
        | (0 if symlinks else abi.STATIC_NO_SYMLINKS)
        | (0 if precompressed else abi.STATIC_NO_VARIANTS)
    )
    app.native.add_static(
        prefix,
        directory,
        route,
        number,
        name,
        host,
        [(key, value) for key, value in metadata.items() if isinstance(value, str)],
        site,
        native_limits(limits),
        app.mounts.numbers(middleware) if middleware else [],
        index or "",
        fallback or "",
        cache_control or "",
        _pairs("cache_rules", cache_rules),
        _pairs("types", types),
        flags,
    )
    registered.index = app.native.route_count() - 1
    registered.is_hidden = True
    registered.is_static = True
    route.info = RouteInfo(app.native.get_route(registered.index), metadata)
    app.registered.append(registered)


def _no_handler() -> None:
    """Stand for the handler that a folder does not have."""
