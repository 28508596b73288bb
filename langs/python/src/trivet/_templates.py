"""Pages from Jinja2 templates."""

from __future__ import annotations

from ._core import HTML
from ._errors_gen import ArgumentError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable
    from os import PathLike
    from typing import Any

    import jinja2

__all__ = ["Templates"]


class Templates:
    """Templates of a folder, or of an environment of Jinja2's that is set up already.

    What is put into a page is escaped, whatever the file is called. With `enable_async`, `render`
    gives something to await, and templates may call async functions. Other options are those of
    jinja2.Environment.
    """

    def __init__(
        self,
        folder: str | PathLike[str] | None = None,
        *,
        environment: jinja2.Environment | None = None,
        **options: Any,
    ) -> None:
        try:
            import jinja2
        except ImportError:
            raise ArgumentError(
                detail="Templates needs Jinja2, which is not installed: "
                "python -m pip install jinja2"
            ) from None
        if (folder is None) == (environment is None):
            raise ArgumentError(detail="Templates takes a folder or an environment")
        if environment is None:
            import os

            assert folder is not None  # noqa: S101
            if not os.path.isdir(folder):
                here = os.getcwd()
                raise ArgumentError(
                    detail=f"there is no folder {os.fspath(folder)!r} in {here}: a path from "
                    "the program's own place is Path(__file__).parent / 'templates'"
                )
            options.setdefault("autoescape", True)
            loader = jinja2.FileSystemLoader(folder)
            environment = jinja2.Environment(loader=loader, **options)  # noqa: S701
        #: For filters, globals and tests of the program's own.
        self.environment = environment

    def render(
        self,
        name: str,
        /,
        *,
        status: int | None = None,
        headers: dict[str, str] | None = None,
        **context: Any,
    ) -> Any:
        """Give the page of a template, as an answer; something to await where that is async."""
        template = self.environment.get_template(name)
        if self.environment.is_async:
            return self._render_later(template, status, headers, context)
        return HTML(template.render(context), status, headers)

    async def _render_later(
        self,
        template: jinja2.Template,
        status: int | None,
        headers: dict[str, str] | None,
        context: dict[str, Any],
    ) -> HTML:
        rendering: Awaitable[str] = template.render_async(context)
        return HTML(await rendering, status, headers)
