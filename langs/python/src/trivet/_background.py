"""Work that is done after an answer, and the generators of dependencies that end with it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["BackgroundTasks"]


class BackgroundTasks:
    """Functions to run after the answer has been sent, in order: a parameter of a handler.

    A plain function runs on the loop, as plain handlers do, and must not block. What one raises is
    logged, and the next one runs. At the end of the program they have the rest of
    `shutdown_timeout_ms`.
    """

    __slots__ = ("calls",)

    def __init__(self) -> None:
        self.calls: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = []

    def add(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> None:
        """Run function(*arguments, **named) after the answer."""
        if not callable(function):
            raise TypeError(f"a background task is a function, not {function!r}: add(send, order)")
        self.calls.append((function, arguments, named))
