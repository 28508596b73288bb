"""Which engine runs, and why: a kernel that refuses io_uring costs nothing but a line."""

from __future__ import annotations

import errno
import itertools

from harness import ENGINES, LANGS, START, Case, deny_uring, fetch, op

ERRORS = {"EPERM": errno.EPERM, "ENOSYS": errno.ENOSYS}


class Engine(Case):
    def test_falls_back_when_refused(self) -> None:
        for lang, name in itertools.product(LANGS, ERRORS):
            with self.subTest(lang=lang, error=name):
                driver = self.driver(lang, "auto", under=deny_uring(ERRORS[name]))
                info = op(driver.port, "info")
                self.assertEqual(info["engine"], "epoll")
                self.assertRegex(info["reason"], r"io_uring")
                self.assertEqual(fetch(driver.port, "/hello"), (200, b"Hello, World!"))
                driver.stop()
                banner = [line for line in driver.err if "epoll" in line]
                self.assertEqual(len(banner), 1, driver.err)
                self.assertIn(info["reason"], banner[0])

    def test_reasons_differ(self) -> None:
        reasons = {
            op(self.driver("c", "auto", under=deny_uring(error)).port, "info")["reason"]
            for error in ERRORS.values()
        }
        self.assertEqual(len(reasons), len(ERRORS), reasons)

    def test_engine_that_is_asked_for(self) -> None:
        for lang, (flag, engine) in itertools.product(LANGS, ENGINES.items()):
            with self.subTest(lang=lang, engine=engine):
                driver = self.driver(lang, flag)
                self.assertEqual(op(driver.port, "info")["engine"], engine)
                driver.stop()

    def test_environment_decides_auto(self) -> None:
        for flag, engine in ENGINES.items():
            with self.subTest(engine=engine):
                command = [START, "c", "--port", "0", "--engine", "auto"]
                driver = self.program(*command, env={"TRIVET_ENGINE": flag}).ready()
                self.assertEqual(op(driver.port, "info")["engine"], engine)
                driver.stop()

    def test_log_level(self) -> None:
        """TRIVET_LOG=warn silences the banner and the drain; errors stay."""
        driver = self.program(START, "c", "--port", "0", env={"TRIVET_LOG": "warn"}).ready()
        self.assertEqual(fetch(driver.port, "/boom")[0], 500)
        driver.stop()
        self.assertEqual(len(driver.err), 1, driver.err)
        self.assertIn("/boom", driver.err[0])
