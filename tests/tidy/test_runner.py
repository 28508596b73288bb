"""The test runner's own tests: it must not miss a failure."""

import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from runner import counts
from runner.counts import Counts
from runner.jobs import JOBS
from runner.schedule import Job, Step, run_jobs, select


class Parsers(unittest.TestCase):
    def test_gtest(self) -> None:
        text = "[  PASSED  ] 4 tests.\n[  FAILED  ] 1 test, listed below:\n[  PASSED  ] 2 tests.\n"
        self.assertEqual(counts.gtest(text), Counts(6, 1))

    def test_pytest(self) -> None:
        text = "== 2 failed, 11 passed, 1 skipped, 1 error in 0.52s ==\n"
        self.assertEqual(counts.pytest(text), Counts(11, 3, 1))

    def test_node(self) -> None:
        text = "# tests 4\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 0\n"
        self.assertEqual(counts.node(text), Counts(3, 2))

    def test_go(self) -> None:
        text = (
            '{"Action":"pass","Package":"p","Test":"A"}\n{"Action":"pass","Package":"p"}\n'
            '{"Action":"fail","Package":"p","Test":"B"}\n'
        )
        self.assertEqual(counts.go(text), Counts(1, 1))

    def test_unittest(self) -> None:
        text = "Ran 5 tests in 0.1s\n\nFAILED (failures=1, errors=1)\n"
        self.assertEqual(counts.unittest(text), Counts(3, 2))

    def test_totals(self) -> None:
        self.assertEqual(counts.totals("1 passed, 9 failed\n7 passed, 2 failed\n"), Counts(7, 2))


class Scheduler(unittest.TestCase):
    def run_jobs(self, *jobs: Job) -> tuple[int, str]:
        output = io.StringIO()
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(output):
            code = run_jobs(list(jobs), Path(folder), Path(folder) / "logs")
        return code, output.getvalue().splitlines()[-1]

    def test_adds_up(self) -> None:
        a = Job("a", [Step("echo 2 passed, 0 failed", counts.totals)])
        b = Job("b", [Step("true"), Step("true", counts.exit_code)], needs=["a"])
        self.assertEqual(self.run_jobs(a, b), (0, "3 passed, 0 failed"))

    def test_failure_is_a_failure(self) -> None:
        job = Job("a", [Step("echo 1 passed, 2 failed", counts.totals)])
        self.assertEqual(self.run_jobs(job), (1, "1 passed, 2 failed"))

    def test_crash_without_summary_is_a_failure(self) -> None:
        job = Job("a", [Step("exit 3", counts.totals)])
        self.assertEqual(self.run_jobs(job), (1, "0 passed, 1 failed"))

    def test_failed_check_has_not_passed(self) -> None:
        job = Job("a", [Step("false", counts.exit_code), Step("true", counts.exit_code)])
        self.assertEqual(self.run_jobs(job), (1, "1 passed, 1 failed"))

    def test_suite_without_tests_is_a_failure(self) -> None:
        job = Job("a", [Step("echo 0 passed, 0 failed", counts.totals)])
        self.assertEqual(self.run_jobs(job), (1, "0 passed, 1 failed"))

    def test_failed_build_fails_its_suites(self) -> None:
        build = Job("build", [Step("false")])
        suite = Job("suite", [Step("echo 1 passed, 0 failed", counts.totals)], needs=["build"])
        self.assertEqual(self.run_jobs(build, suite), (1, "0 passed, 2 failed"))

    def test_endless_step_is_a_failure(self) -> None:
        job = Job("a", [Step("sleep 60", counts.exit_code, timeout_s=1)])
        self.assertEqual(self.run_jobs(job), (1, "0 passed, 1 failed"))


class Table(unittest.TestCase):
    def test_needs_stand_before(self) -> None:
        seen: set[str] = set()
        for job in JOBS:
            self.assertLessEqual(set(job.needs), seen, job.name)
            self.assertNotIn(job.name, seen)
            seen.add(job.name)

    def test_selection_brings_its_needs(self) -> None:
        a, b, c = Job("a", []), Job("b", [], ["a"]), Job("c", [])
        self.assertEqual(select([a, b, c], ["b"]), [a, b])


if __name__ == "__main__":
    unittest.main()
