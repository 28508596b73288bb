"""The types hold, with mypy --strict."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent
pytest.importorskip("mypy")


def test_mypy_is_content() -> None:
    command = [sys.executable, "-m", "mypy"]
    done = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
