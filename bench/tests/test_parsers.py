"""The parsers: /proc, strace, the generators' reports, the target list, the command line."""

import contextlib
import io
import os
import subprocess
import sys
import unittest

from bench_path import BENCH  # noqa: F401  (puts the harness on the path)
from harness import machine, procfs
from harness.cli import parse, plan_of
from harness.generators import GeneratorError, parse_load, parse_wrk
from harness.syscalls import parse_strace, per_request
from harness.targets import TargetError, fill, load_scenario, parse_scenario, select

STRACE = """% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 61.22    0.102538           8     12000           sendto
 38.11    0.063835           5     12003         3 recvfrom
  0.67    0.001120          11       101           epoll_wait
------ ----------- ----------- --------- --------- ----------------
100.00    0.167493           6     24104         3 total
"""

SCENARIO = """
[scenario]
path = "/x"
status = 200
body = "x"
content_type = "text/plain"
connections = 2
baseline = "b"
baseline_title = "B"
floor = "f"
[[target]]
name = "a"
title = "A"
kind = "ours"
start = ["a", "{port}"]
must = { cpu_ratio = 0.8, cpu_ratio_to = { target = "b", bound = 1.1 } }
"""


class Proc(unittest.TestCase):
    def test_reads_the_parent_behind_a_name_with_spaces_and_parentheses(self) -> None:
        self.assertEqual(procfs.parse_parent("42 (a) b (c)) S 7 42 42 0 -1"), 7)

    def test_reads_numbers_of_a_status_file(self) -> None:
        status = "Name:\tx\nVmPeak:\t  99 kB\nVmHWM:\t    1234 kB\nTracerPid:\t5\n"
        self.assertEqual(procfs.parse_status_number(status, "VmHWM"), 1234)
        self.assertEqual(procfs.parse_status_number(status, "TracerPid"), 5)
        self.assertEqual(procfs.parse_status_number(status, "VmSwap"), 0)

    def test_sums_what_a_core_did_not_idle(self) -> None:
        stat = "cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 1 2 3 100 50 4 5 6 0 0\ncpu1 0 0 0 1 0 0 0 0 0 0\n"
        self.assertEqual(procfs.parse_busy_ticks(stat, 0), 21)
        with self.assertRaises(ValueError):
            procfs.parse_busy_ticks(stat, 2)

    def test_finds_descendants_of_any_depth(self) -> None:
        parents = {2: 1, 3: 2, 4: 3, 5: 1, 6: 9}
        self.assertEqual(sorted(procfs.descendants(2, parents)), [2, 3, 4])

    def test_the_cpu_clock_of_a_process_sees_ended_threads(self) -> None:
        work = "import threading as t; x=t.Thread(target=lambda: sum(range(3000000)))\n"
        work += "x.start(); x.join(); print('done', flush=True); input()"
        with subprocess.Popen(
            [sys.executable, "-c", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            spent = procfs.cpu_seconds([child.pid])
            task = f"/proc/{child.pid}/schedstat"  # the main thread alone
            with open(task) as file:
                alone = int(file.read().split()[0]) / 1e9
            child.communicate(b"\n")
        self.assertGreater(spent, alone)

    def test_a_process_that_is_gone_counts_nothing(self) -> None:
        with subprocess.Popen(["true"]) as child:
            child.wait()
        self.assertEqual(procfs.cpu_seconds([child.pid]), 0.0)
        self.assertEqual(procfs.peak_rss_kb([child.pid]), 0)

    def test_own_memory_is_seen(self) -> None:
        self.assertGreater(procfs.peak_rss_kb([os.getpid()]), 1000)


class Strace(unittest.TestCase):
    def test_reads_calls_with_and_without_errors(self) -> None:
        expected = {"sendto": 12000, "recvfrom": 12003, "epoll_wait": 101}
        self.assertEqual(parse_strace(STRACE), expected)

    def test_the_difference_leaves_out_what_happens_once(self) -> None:
        small = {"accept4": 200, "sendto": 1000, "nanosleep": 50}
        large = {"accept4": 200, "sendto": 3000, "nanosleep": 5000, "recvfrom": 2000}
        rates = per_request(small, 1000, large, 3000)
        self.assertEqual(rates, {"sendto": 1.0, "recvfrom": 1.0})


class Reports(unittest.TestCase):
    def test_reads_the_own_generators_report(self) -> None:
        self.assertEqual(parse_load('{"requests": 3}')["requests"], 3)

    def test_finds_wrks_json_line(self) -> None:
        text = 'Running 1s test @ http://x\nRequests/sec: 7\nJSON {"requests": 9}\n'
        self.assertEqual(parse_wrk(text), {"requests": 9})

    def test_a_missing_report_is_an_error(self) -> None:
        with self.assertRaises(GeneratorError):
            parse_wrk("unable to connect")


class Targets(unittest.TestCase):
    def test_reads_bounds(self) -> None:
        target = parse_scenario("x", SCENARIO).targets[0]
        self.assertEqual(target.must.cpu_ratio, 0.8)
        self.assertEqual(target.must.cpu_ratio_to, ("b", 1.1))
        self.assertIsNone(target.must.rss_mb)

    def test_names_a_wrong_key(self) -> None:
        for change in (("kind =", "knid ="), ('"ours"', '"mine"'), ("cpu_ratio =", "cpu =")):
            with self.assertRaisesRegex(TargetError, "a"):
                parse_scenario("x", SCENARIO.replace(*change))

    def test_refuses_a_name_twice_and_a_name_unknown(self) -> None:
        again = SCENARIO[SCENARIO.index("[[target]]") :]
        with self.assertRaisesRegex(TargetError, "same name"):
            parse_scenario("x", SCENARIO + again)
        with self.assertRaisesRegex(TargetError, "nope"):
            select(parse_scenario("x", SCENARIO), ["nope"])

    def test_fills_known_placeholders_only(self) -> None:
        self.assertEqual(fill("{port} {{.Version}} {x}", {"port": "1"}), "1 {{.Version}} {x}")

    def test_the_list_of_hello_is_sound(self) -> None:
        scenario = load_scenario("hello")
        names = {target.name for target in scenario.targets}
        self.assertLessEqual({scenario.baseline, scenario.floor}, names)
        for target in scenario.targets:
            if target.must.cpu_ratio_to is not None:
                self.assertIn(target.must.cpu_ratio_to[0], names)


class CommandLine(unittest.TestCase):
    def test_smoke_is_short(self) -> None:
        plan = plan_of(parse(["--smoke", "--rounds", "9"]), load_scenario("hello"))
        self.assertEqual((plan.rounds, plan.seconds), (1, 0.5))

    def test_records_a_seed(self) -> None:
        scenario = load_scenario("hello")
        self.assertEqual(plan_of(parse(["--seed", "3"]), scenario).seed, 3)
        self.assertGreater(plan_of(parse([]), scenario).seed, 0)

    def test_smoke_can_neither_judge_nor_write(self) -> None:
        for option in ("--check", "--write-docs", "--from=latest"):
            with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit):
                parse(["--smoke", option])

    def test_finds_version_numbers(self) -> None:
        for text, number in (
            ("wrk debian/4.1.0-3 [epoll] Copyright (C) 2012", "4.1.0"),
            ("go1.26.8", "1.26.8"),
            ("unknown", "unknown"),
        ):
            self.assertEqual(machine.version_number(text), number)

    def test_reads_machine_facts(self) -> None:
        info = "model name\t: Some CPU\nflags\t\t: fpu hypervisor sse\n"
        self.assertEqual(machine.cpu_model(info), "Some CPU")
        self.assertTrue(machine.is_virtual(info))
        self.assertFalse(machine.is_virtual("flags : fpu\n"))
        self.assertEqual(machine.memory_gib("MemTotal:  2097152 kB\n"), 2.0)
        self.assertEqual(machine.distribution('NAME=x\nPRETTY_NAME="Debian 12"\n'), "Debian 12")


class Cores(unittest.TestCase):
    def test_reads_lists_of_processors(self) -> None:
        self.assertEqual(machine.parse_cpu_list("0-2,5\n"), {0, 1, 2, 5})
        self.assertEqual(machine.parse_cpu_list(""), set())

    def test_keeps_server_and_generator_on_different_hardware(self) -> None:
        self.assertEqual(machine.choose_cores([0, 1, 2, 3], {3: {2, 3}}), (3, 0))
        self.assertEqual(machine.choose_cores([2, 3, 1, 0], {0: {0, 2}}), (0, 3))
        self.assertEqual(machine.choose_cores([0], {}), (0, 0))


if __name__ == "__main__":
    unittest.main()
