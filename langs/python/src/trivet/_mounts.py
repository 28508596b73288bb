"""Middleware of the engine as it is written down, and made in an app."""

from __future__ import annotations

from ._errors_gen import ArgumentError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._core import NativeApp

    Pairs = list[tuple[str, str]]


class Middleware:
    """A kind and its options; made by the functions of `trivet.middleware`. It does not change."""

    __slots__ = ("_kind", "_options")

    def __init__(self, kind: str, options: Pairs) -> None:
        for name, value in options:
            if not isinstance(value, str):
                raise ArgumentError(detail=f"{kind}: {name} is text, not {value!r}")
        self._kind = kind
        self._options = options

    @property
    def kind(self) -> str:
        """Its kind, as `trivet routes -v` shows it."""
        return self._kind

    @property
    def options(self) -> Pairs:
        """Its options, secrets among them."""
        return list(self._options)

    def __repr__(self) -> str:
        return f"<Middleware {self._kind}>"


class Mounts:
    """The middleware of an app by the engine's numbers; each is made once."""

    def __init__(self, native: NativeApp) -> None:
        self._native = native
        self._numbers: dict[int, int] = {}
        # So that no other one gets the same id.
        self._kept: list[Middleware] = []

    def number(self, middleware: Middleware) -> int:
        """Give the number, made when it is first asked for."""
        if not isinstance(middleware, Middleware):
            detail = f"middleware comes from trivet.middleware, and this is {middleware!r}"
            raise ArgumentError(detail=detail)
        if id(middleware) not in self._numbers:
            number = self._native.add_middleware(middleware.kind, middleware.options)
            self._numbers[id(middleware)] = number
            self._kept.append(middleware)
        return self._numbers[id(middleware)]

    def numbers(self, several: Iterable[Middleware]) -> list[int]:
        """Give the numbers of several."""
        return [self.number(one) for one in several]
