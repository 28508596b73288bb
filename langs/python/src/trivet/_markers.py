"""Where a parameter of a handler comes from, when its type alone does not say it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["Body", "Cookie", "Depends", "Header", "Path", "Query"]


class _Missing:
    """No default, no annotation."""


class Marker:
    """What a parameter is, in Annotated or as its default: Annotated[int, Query(ge=1)]."""

    place = ""

    def __init__(
        self,
        default: Any = _Missing,
        *,
        alias: str | None = None,
        ge: float | None = None,
        gt: float | None = None,
        le: float | None = None,
        lt: float | None = None,
        multiple_of: float | None = None,
        min_length: int | None = None,
        max_length: int | None = None,
        pattern: str | None = None,
        title: str | None = None,
        description: str | None = None,
        examples: list[Any] | None = None,
        deprecated: bool = False,
    ) -> None:
        self.default = default
        #: Its name in the request, where that is not the parameter's.
        self.alias = alias
        self.ge = ge
        self.gt = gt
        self.le = le
        self.lt = lt
        self.multiple_of = multiple_of
        self.min_length = min_length
        self.max_length = max_length
        self.pattern = pattern
        self.title = title
        self.description = description
        self.examples = examples
        self.deprecated = deprecated

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Query(Marker):
    """A query parameter; list[...] takes every value of its name."""

    place = "query"


class Path(Marker):
    """A parameter of the pattern, for rules beyond its type."""

    place = "path"


class Header(Marker):
    """A header field; x_token is X-Token unless an alias says otherwise."""

    place = "header"


class Cookie(Marker):
    """A cookie."""

    place = "cookie"


class Body(Marker):
    """The JSON content, for types that are not taken for it by themselves: dict[str, int]."""

    place = "body"


class Depends:
    """What a function gives: Annotated[Session, Depends(session)], or = Depends(session).

    The function is called with parameters of its own, read as a handler's are, and may have
    dependencies. A generator, plain or async, gives one value with yield; what follows runs after
    the answer, and an exception of the request is raised at the yield. `scope` is "request", once a
    request, or "app", once in each worker, from the start to the shutdown. Without `use_cache` it
    is called for each place that needs it.
    """

    def __init__(
        self,
        function: Callable[..., Any] | None = None,
        *,
        scope: str = "request",
        use_cache: bool = True,
    ) -> None:
        #: None is the class that the parameter is annotated with.
        self.function = function
        self.scope = scope
        self.use_cache = use_cache

    def __repr__(self) -> str:
        return f"Depends({getattr(self.function, '__qualname__', self.function)})"
