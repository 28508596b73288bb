"""CPython's own tests of event loops pass on ours, where this Python carries them."""

from __future__ import annotations

import subprocess
import sys

import pytest

SOURCE = """
import unittest
from test.test_asyncio import test_events, utils
from trivet import TrivetEventLoop

class Tests(
    test_events.UnixEventLoopTestsMixin, test_events.SubprocessTestsMixin, utils.TestCase
):
    def create_event_loop(self):
        return TrivetEventLoop()

unittest.main()
"""


@pytest.mark.parametrize("engine", ["uring", "epoll"])
def test_event_loop_tests_of_cpython(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("test.test_asyncio", reason="this Python comes without its tests")
    monkeypatch.setenv("TRIVET_ENGINE", engine)
    # The tests break things on purpose: their warnings are not ours.
    command = [sys.executable, "-W", "ignore", "-c", SOURCE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "\nOK" in done.stderr
