"""langs/python/src/trivet/_errors_gen.py: one exception class for each status."""

from __future__ import annotations

from model import Spec, Status
from text import NOTICE, c_string, wrap

PATH = "langs/python/src/trivet/_errors_gen.py"

_BASE = '''\
class TrivetError(Exception):
    """A failed call of the engine; every class below is one status of the C ABI."""

    status: ClassVar[int] = 0
    status_name: ClassVar[str] = "TRIVET_OK"
    default_message: ClassVar[str] = ""

    def __init__(self, message: str = "", detail: str = "") -> None:
        self.message = message or self.default_message
        self.detail = detail
        super().__init__(f"{self.message}: {detail}" if detail else self.message)
'''


def typing_imports(names: str) -> list[str]:
    """An import that costs nothing at run time; typing is a megabyte and brings re and enum."""
    return [
        "from __future__ import annotations",
        "",
        "TYPE_CHECKING = False",
        "if TYPE_CHECKING:",
        f"    from typing import {names}",
    ]


def render(spec: Spec) -> str:
    names = sorted([*(status.python for status in spec.errors), "TrivetError"])
    lines = [f"# {NOTICE}", '"""Errors of the engine, one class for each status."""', ""]
    lines += [*typing_imports("ClassVar, Final"), "", "__all__ = ["]
    lines += [f'    "{name}",' for name in ("STATUS_TO_ERROR", *names)]
    lines += ["]", "", "", _BASE]
    for status in spec.errors:
        lines += _error_class(status)
    lines += ["", "STATUS_TO_ERROR: Final[dict[int, type[TrivetError]]] = {"]
    lines += [f"    {status.value}: {status.python}," for status in spec.errors]
    return "\n".join([*lines, "}", ""])


def _error_class(status: Status) -> list[str]:
    summary = status.message[0].upper() + status.message[1:]
    return [
        "",
        f"class {status.python}(TrivetError, {status.python_base}):",
        f'    """{summary}.',
        "",
        *wrap(status.doc, "    ", "    "),
        '    """',
        "",
        f"    status = {status.value}",
        f"    status_name = {c_string(status.name)}",
        f"    default_message = {c_string(status.message)}",
        "",
    ]
