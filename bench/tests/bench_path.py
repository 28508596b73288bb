"""Puts bench/, and what it takes from the conformance tests, on the path, so that the tests run
under unittest and pytest alike."""

import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(BENCH), str(BENCH.parent / "tests" / "conformance")]
