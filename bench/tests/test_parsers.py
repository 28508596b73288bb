"""The parsers: /proc, strace, the generators' reports, the target list, the command line."""

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest
import urllib.parse
from pathlib import Path

from bench_path import BENCH
from harness import machine, procfs
from harness.cli import parse, plan_of
from harness.generators import GeneratorError, parse_load, parse_wrk
from harness.requests import RequestError, dataset, parse_request
from harness.syscalls import parse_strace, per_request
from harness.targets import (
    TargetError,
    fill,
    load_scenario,
    parse_scenario,
    parse_targets,
    scenario_names,
    select,
)

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

    def test_targets_take_over_what_they_share(self) -> None:
        shared = '[shared.s]\nkind = "peer"\nenv = { A = "1", B = "2" }\n'
        own = '[[target]]\nlike = "s"\nname = "n"\ntitle = "N"\nstart = ["x"]\nenv = { B = "3" }\n'
        target = parse_targets(shared + own)["n"]
        self.assertEqual((target.kind, target.env), ("peer", {"A": "1", "B": "3"}))

    def test_a_scenario_chooses_bounds_and_varies_targets_of_the_list(self) -> None:
        servers = SCENARIO[SCENARIO.index("[[target]]") :]
        text = (
            '[scenario]\ntargets = ["a"]\n[must.a]\nrequests_per_cpu = { v = 2 }\n'
            '[[variant]]\nof = "a"\nname = "v"\nenv = { K = "1" }\nflags = ["-f"]\n'
        )
        a, v = parse_scenario("x", text, servers).targets
        self.assertEqual(a.must.requests_per_cpu, {"v": 2})
        self.assertEqual((v.start, v.env, v.of), (["a", "-f", "{port}"], {"K": "1"}, "a"))
        self.assertIsNone(v.must.cpu_ratio)
        for change in (('"a"]', '"z"]'), ("must.a", "must.z"), ('of = "a"', 'of = "z"')):
            with self.assertRaisesRegex(TargetError, "no such target"):
                parse_scenario("x", text.replace(*change), servers)

    def test_a_scenario_says_how_tls_is_spoken(self) -> None:
        text = SCENARIO.replace("[scenario]\n", '[scenario]\ntls = "full"\n')
        self.assertEqual(parse_scenario("x", text).tls, "full")
        with self.assertRaisesRegex(TargetError, "full or resumed"):
            parse_scenario("x", text.replace('"full"', '"half"'))

    def test_every_scenario_is_sound(self) -> None:
        folders = {path.parent.name for path in BENCH.glob("*/scenario.toml")}
        self.assertEqual(set(scenario_names()), folders)
        for name in scenario_names():
            scenario = load_scenario(name)
            names = {target.name for target in scenario.targets}
            self.assertLessEqual({scenario.baseline, scenario.floor} - {""}, names, name)
            self.assertLessEqual(set(scenario.smoke or ()), names, name)
            for target in scenario.targets:
                others = {*target.must.cost_ratio_to, *target.must.requests_per_cpu}
                self.assertLessEqual(others, names, name)
                if target.must.cpu_ratio_to is not None:
                    self.assertIn(target.must.cpu_ratio_to[0], names)

    def test_every_language_is_in_every_smoke_run_of_the_arena(self) -> None:
        for name in scenario_names():
            if name.startswith("arena-"):
                scenario = load_scenario(name)
                smoke = select(scenario, list(scenario.smoke or ()))
                self.assertEqual({t.language for t in smoke}, {"c", "python", "node", "go"}, name)


class Requests(unittest.TestCase):
    def test_bytes_of_a_request(self) -> None:
        request = parse_request({"target": "/x", "method": "POST", "content": "abcd"})
        self.assertTrue(request.wire("h").endswith(b"Content-Length: 4\r\n\r\nabcd"))
        request = parse_request({"target": "/x", "content": "abcd", "chunked": True})
        self.assertTrue(request.wire("h").endswith(b"\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"))
        self.assertNotIn(b"Content-Length", request.wire("h"))

    def test_answers_that_are_computed(self) -> None:
        form = parse_request({"target": "/form", "method": "POST", "form_bytes": 4096})
        self.assertAlmostEqual(len(form.content), 4096, delta=100)
        fields = urllib.parse.parse_qsl(form.content.decode())
        self.assertEqual(form.answer, f"{len(fields)} {dict(fields)['last']}")
        reads = parse_request({"target": "/reads", "method": "POST", "object_bytes": 1024})
        self.assertEqual((len(reads.content), reads.answer), (1024, "1024 1024 12345"))
        order = parse_request({"target": "/orders", "method": "POST", "order_lines": 5})
        sent = json.loads(order.content)
        self.assertEqual((len(sent), len(sent["lines"])), (10, 5))
        quantity = sum(line["quantity"] for line in sent["lines"])
        self.assertEqual(order.value, {"reference": "ABC-0042", "lines": 5, "quantity": quantity})
        cookies = parse_request({"target": "/cookies", "cookie_count": 30})
        self.assertEqual(cookies.headers["Cookie"].count("="), 30)
        self.assertIn(f"session={cookies.answer};", cookies.headers["Cookie"])
        file = parse_request({"target": "/items", "answer_file": "compress/items.json"})
        self.assertEqual(len(json.loads(file.answer or "")["items"]), 54)
        items = parse_request({"items": {"count": 2, "m": 3}})
        for item in items.value["items"]:
            self.assertEqual(item["total"], item["price"] * item["quantity"] * 3)

    def test_tells_what_is_wrong_with_an_answer(self) -> None:
        request = parse_request({"target": "/n", "answer": "########"})
        self.assertIsNone(request.fault(200, "text/plain", b"10000007", 10000007))
        self.assertIn("10000008", request.fault(200, "text/plain", b"10000008", 10000007) or "")
        self.assertIn("404", request.fault(404, "text/plain", b"10000007", 10000007) or "")
        value = parse_request({"items": {"count": 0, "m": 1}})
        right = b'{"count":0,"items":[]}'
        self.assertIsNone(value.fault(200, "application/json", right, 0))
        for wrong in (b"{}", b"no JSON"):
            self.assertIsNotNone(value.fault(200, "application/json", wrong, 0))

    def test_names_a_wrong_key(self) -> None:
        with self.assertRaises(RequestError):
            parse_request({"target": "/x", "anser": "y"})

    def test_the_dataset_is_the_same_every_time(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "d" / "dataset.json"
            dataset.write(path)
            self.assertEqual(json.loads(path.read_text()), dataset.items())
        self.assertEqual(len(dataset.items()), 50)
        self.assertEqual(dataset.items()[0]["id"], 1)


class CommandLine(unittest.TestCase):
    def test_smoke_is_short(self) -> None:
        plan = plan_of(parse(["--smoke", "--rounds", "9"]), load_scenario("hello"))
        self.assertEqual(plan.rounds, 1)
        self.assertLess(plan.seconds, 0.5)

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
    def test_the_environment_chooses_them(self) -> None:
        allowed = sorted(os.sched_getaffinity(0))
        first = str(allowed[0])
        both = {"TRIVET_BENCH_SERVER_CORES": first, "TRIVET_BENCH_LOAD_CORES": first}
        self.assertEqual(machine.core_sets(both), ((allowed[0],), (allowed[0],)))
        server, load = machine.core_sets({"TRIVET_BENCH_SERVER_CORES": first})
        self.assertEqual(server, (allowed[0],))
        self.assertEqual(len(allowed) > 1, load != server)
        server, load = machine.core_sets({"TRIVET_BENCH_LOAD_CORES": first})
        self.assertEqual(load, (allowed[0],))
        self.assertEqual(len(allowed) > 1, load != server)
        with self.assertRaisesRegex(ValueError, "TRIVET_BENCH_LOAD_CORES"):
            machine.core_sets({"TRIVET_BENCH_LOAD_CORES": "100000"})

    def test_reads_lists_of_processors(self) -> None:
        self.assertEqual(machine.parse_cpu_list("0-2,5\n"), {0, 1, 2, 5})
        self.assertEqual(machine.parse_cpu_list(""), set())

    def test_keeps_server_and_generator_on_different_hardware(self) -> None:
        self.assertEqual(machine.choose_cores([0, 1, 2, 3], {3: {2, 3}}), (3, 0))
        self.assertEqual(machine.choose_cores([2, 3, 1, 0], {0: {0, 2}}), (0, 3))
        self.assertEqual(machine.choose_cores([0], {}), (0, 0))


if __name__ == "__main__":
    unittest.main()
