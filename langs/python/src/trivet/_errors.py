"""Which function of the program makes an answer of an error."""

from __future__ import annotations

from . import _signature
from ._core import Response
from ._errors_gen import ArgumentError
from ._problem import problem_body

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._core import Request
    from ._routing import Hook, Part


class ErrorHandlers:
    """One handler for each class of errors, and one for all others."""

    def __init__(self) -> None:
        self.types: dict[type[Exception], Part] = {}
        self.everything: Part | None = None

    def __bool__(self) -> bool:
        return bool(self.types) or self.everything is not None

    @property
    def has_async(self) -> bool:
        """Whether one of them is an async def."""
        parts = [*self.types.values(), *([self.everything] if self.everything else [])]
        return any(is_async for _, is_async in parts)

    def add_status(self, kinds: tuple[Any, ...], status: int) -> None:
        """Make problem details of a status of some classes; their message is the detail."""
        if not kinds:
            raise ArgumentError(detail="on_error with a status takes the classes that have it")
        if not 400 <= status <= 599:
            raise ArgumentError(detail=f"the status of errors is 400 to 599, not {status}")

        def answer(request: Request, error: Exception) -> Response:
            body = problem_body(status, str(error))
            return Response(body, status, None, "application/problem+json")

        self.add(kinds, answer)

    def add(self, kinds: tuple[Any, ...], handler: Hook) -> None:
        """Set the handler of some classes, or of everything when there are none."""
        part = (handler, _signature.is_async(handler, "error handler", 2))
        for kind in kinds:
            if not (isinstance(kind, type) and issubclass(kind, Exception)):
                raise ArgumentError(detail=f"on_error takes subclasses of Exception, not {kind!r}")
            self.types[kind] = part
        if not kinds:
            self.everything = part
