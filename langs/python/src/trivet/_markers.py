"""Where a parameter of a handler comes from, when its type alone does not say it.

What programs call are functions that give anything, so that type checkers take them as defaults.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypedDict

    from typing_extensions import Unpack

    class Rules(TypedDict, total=False):
        """What a parameter is called in the request, and what holds for its value."""

        alias: str | None
        ge: float | None
        gt: float | None
        le: float | None
        lt: float | None
        multiple_of: float | None
        min_length: int | None
        max_length: int | None
        pattern: str | None
        title: str | None
        description: str | None
        examples: list[Any] | None
        deprecated: bool


__all__ = ["Body", "Cookie", "Depends", "Header", "Path", "Query"]


class Missing:
    """No default, no annotation."""


class Marker:
    """What a parameter is, in Annotated or as its default: Annotated[int, Query(ge=1)]."""

    def __init__(self, place: str, default: Any, rules: Rules) -> None:
        self.place = place
        self.default = default
        #: Its name in the request, where that is not the parameter's.
        self.alias = rules.get("alias")
        self.deprecated = rules.get("deprecated", False)
        self.ge = rules.get("ge")
        self.gt = rules.get("gt")
        self.le = rules.get("le")
        self.lt = rules.get("lt")
        self.multiple_of = rules.get("multiple_of")
        self.min_length = rules.get("min_length")
        self.max_length = rules.get("max_length")
        self.pattern = rules.get("pattern")
        self.title = rules.get("title")
        self.description = rules.get("description")
        self.examples = rules.get("examples")
        unknown = [name for name in rules if not hasattr(self, name)]
        if unknown:
            raise TypeError(f"{self} has no rule {', '.join(unknown)}")

    def __repr__(self) -> str:
        return f"{self.place.title()}()"


class Dependency:
    """What Depends gives."""

    def __init__(self, function: Callable[..., Any] | None, scope: str, use_cache: bool) -> None:
        #: None is the class that the parameter is annotated with.
        self.function = function
        self.scope = scope
        self.use_cache = use_cache

    def __repr__(self) -> str:
        return f"Depends({getattr(self.function, '__qualname__', self.function)})"


def Query(default: Any = Missing, **rules: Unpack[Rules]) -> Any:  # noqa: N802
    """Take a query parameter; a list takes every value of its name.

    The rules are `alias`, the name in the request, `ge`, `gt`, `le`, `lt`, `multiple_of`,
    `min_length`, `max_length`, `pattern`, and `title`, `description`, `examples` and `deprecated`
    for OpenAPI.
    """
    return Marker("query", default, rules)


def Path(default: Any = Missing, **rules: Unpack[Rules]) -> Any:  # noqa: N802
    """Take a parameter of the pattern, for rules beyond its type; the rules are those of Query."""
    return Marker("path", default, rules)


def Header(default: Any = Missing, **rules: Unpack[Rules]) -> Any:  # noqa: N802
    """Take a header field; x_token is X-Token unless an alias says otherwise. Rules as in Query."""
    return Marker("header", default, rules)


def Cookie(default: Any = Missing, **rules: Unpack[Rules]) -> Any:  # noqa: N802
    """Take a cookie. Rules as in Query."""
    return Marker("cookie", default, rules)


def Body(default: Any = Missing, **rules: Unpack[Rules]) -> Any:  # noqa: N802
    """Take the JSON content, for types that are not taken for it by themselves: dict[str, int]."""
    return Marker("body", default, rules)


def Depends(  # noqa: N802
    function: Callable[..., Any] | None = None, *, scope: str = "request", use_cache: bool = True
) -> Any:
    """Give a parameter what a function gives, in Annotated or as its default.

    The function is called with parameters of its own, read as a handler's are, and may have
    dependencies; without one it is the class of the annotation. A generator, plain or async, gives
    one value with yield; what follows runs after the answer, and an exception of the request is
    raised at the yield. `scope` is "request", once a request, or "app", once in each worker, from
    the start to the shutdown. Without `use_cache` it is called for each place that needs it.
    """
    return Dependency(function, scope, use_cache)


MARKERS = (Query, Path, Header, Cookie, Body, Depends)
