"""capi/gen as the nets use it; importing this puts it on the path."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "capi" / "gen"))

from declare import declaration
from layout import Layout, struct_layout
from load import load_spec
from model import CType, Field, Spec
from outputs import header

__all__ = [
    "CType",
    "Field",
    "Layout",
    "Spec",
    "declaration",
    "header",
    "load_spec",
    "struct_layout",
]
