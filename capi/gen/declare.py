"""C declarations laid out to the column limit."""

from __future__ import annotations

from model import Arg
from text import COLUMNS


def declaration(prefix: str, args: tuple[Arg, ...]) -> list[str]:
    """`prefix(` and the arguments, packed to the column limit and aligned at the parenthesis."""
    head = prefix + "("
    pieces = [arg.type.declare(arg.name) for arg in args] or ["void"]
    indent = " " * len(head)
    lines = [head]
    for number, piece in enumerate(pieces):
        is_last = number == len(pieces) - 1
        text = piece + (");" if is_last else ",")
        gap = "" if lines[-1] in (head, indent) else " "
        if len(lines[-1]) + len(gap) + len(text) > COLUMNS and gap:
            lines.append(indent + text)
        else:
            lines[-1] += gap + text
    return lines
