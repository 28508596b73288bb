"""The rules of the ABI (DESIGN.md section 5) that a spec must keep."""

from __future__ import annotations

from model import Spec


def validate(spec: Spec) -> None:
    del spec
