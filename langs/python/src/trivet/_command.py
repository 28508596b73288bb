"""The `trivet` command of an installed package: becomes the program that is packed with it."""

from __future__ import annotations

import os
import sys

from ._errors_gen import TrivetError
from ._workers import packed_cli

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Execute the command; it learns which Python and which package it belongs to.

    Not the one of TRIVET_CLI, which may name this script.
    """
    try:
        cli = packed_cli()
        os.environ.setdefault("TRIVET_PYTHON", sys.executable)
        os.environ["TRIVET_PACKAGE"] = os.path.dirname(os.path.abspath(__file__))
        os.execv(cli, ["trivet", *sys.argv[1:]])  # noqa: S606
    except (TrivetError, OSError) as error:
        print(f"trivet: {error}", file=sys.stderr)
        raise SystemExit(1) from None
