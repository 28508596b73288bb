"""Text helpers that several outputs share."""

from __future__ import annotations

import textwrap

COLUMNS = 100
NOTICE = "generated from capi/spec; do not edit"


def wrap(text: str, first: str, rest: str, columns: int = COLUMNS) -> list[str]:
    """Wraps one paragraph; `first` and `rest` are the prefixes of its lines."""
    return textwrap.wrap(
        text,
        width=columns,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def c_comment(*paragraphs: str, indent: str = "") -> list[str]:
    """A block comment whose paragraphs each begin on a line of their own."""
    lines: list[str] = []
    for number, paragraph in enumerate(paragraphs):
        first = f"{indent} * " if number else f"{indent}/* "
        lines += wrap(paragraph, first, f"{indent} * ", COLUMNS - 3)
    lines[-1] += " */"
    return lines


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def short_name(status_name: str) -> str:
    """TRIVET_E_ADDRESS_IN_USE gives address_in_use, TRIVET_OK gives ok."""
    return status_name.removeprefix("TRIVET_").removeprefix("E_").lower()


def c_string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
