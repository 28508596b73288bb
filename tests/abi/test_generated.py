"""Nothing generated is stale, and the generator's own tests pass."""

from __future__ import annotations

import sys
import unittest

from support import ROOT, run


class Generated(unittest.TestCase):
    def test_outputs_are_fresh(self) -> None:
        done = run(sys.executable, ROOT / "capi" / "gen" / "generate.py", "--check")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_generator(self) -> None:
        done = run(
            *(sys.executable, "-m", "unittest", "discover", "-p", "*_test.py"),
            cwd=ROOT / "capi" / "gen",
        )
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
