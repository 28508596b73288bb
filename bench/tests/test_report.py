"""Tables, the block in the document, verdicts: from made-up samples."""

import dataclasses
import tomllib
import unittest
from typing import Any

from bench_path import BENCH
from harness import report, tables
from harness.ratios import Ratio
from harness.targets import Bounds, parse_scenario, scenario_names

SCENARIO = parse_scenario(
    "hello",
    """
[scenario]
path = "/hello"
status = 200
body = "Hello, World!"
content_type = "text/plain"
connections = 200
baseline = "fiber"
baseline_title = "Fiber"
floor = "floor"
[[target]]
name = "floor"
title = "floor"
kind = "floor"
start = ["floor"]
[[target]]
name = "uring"
title = "uring"
kind = "ours"
start = ["uring"]
must = { cpu_ratio = 0.8, rss_mb = 8 }
[[target]]
name = "epoll"
title = "epoll"
kind = "ours"
start = ["epoll"]
must = { cpu_ratio_to = { target = "uring", bound = 1.10 } }
[[target]]
name = "fiber"
title = "Fiber v2"
kind = "peer"
start = ["fiber"]
""",
)


def sample(number: int, target: str, cost: float, **changes: Any) -> dict[str, Any]:
    latency = {"mean": 1.0, "p50": 1000.0, "p95": 2000.0, "p99": 3000.0, "max": 4.0}
    result = {
        "round": number,
        "target": target,
        "at_seconds": float(number),
        "requests": 1_000_000,
        "seconds": 5.0,
        "server_cpu_seconds": cost,
        "latency_us": latency,
        "errors": {"status": 0, "content": 0, "socket": 0, "timeout": 0},
        "server_utilisation": 0.99,
        "generator_utilisation": 0.8,
        "other_utilisation": 0.0,
        "rss_kb": 4096,
    }
    return result | changes


def results(rounds: int = 7, uring: float = 4.5, epoll: float = 4.7, **changes: Any) -> Any:
    samples = []
    for number in range(1, rounds + 1):
        noise = 1 + 0.001 * number
        samples += [
            sample(number, "floor", 3.5),
            sample(number, "uring", uring * noise, **changes),
            sample(number, "epoll", epoll * noise),
            sample(number, "fiber", 6.0),
        ]
    return {
        "started": "2026-01-02T03:04:05+00:00",
        "plan": {
            "rounds": rounds,
            "seconds": 2.0,
            "warmup_seconds": 1.0,
            "connections": 200,
            "generator": "load",
            "seed": 9,
        },
        "machine": {
            "cores": 2,
            "cpu": "CPU",
            "is_virtual": True,
            "memory_gib": 8.0,
            "system": "Debian",
            "kernel": "6.1",
            "commit": "abc",
            "tools": {"gcc": "12", "go": ""},
        },
        "targets": ["floor", "uring", "epoll", "fiber"],
        "versions": {"fiber": "Fiber v2.52"},
        "skipped": {"node": "not there: x\nmore"},
        "failures": {},
        "syscalls": {"uring": {"io_uring_enter": 0.02}},
        "samples": samples,
    }


class Tables(unittest.TestCase):
    def test_orders_the_floor_first_and_then_by_cost(self) -> None:
        names = [row.name for row in report.rows(SCENARIO, results())]
        self.assertEqual(names, ["floor", "uring", "epoll", "fiber"])

    def test_computes_costs_and_ratios(self) -> None:
        row = report.rows(SCENARIO, results())[1]
        self.assertAlmostEqual(row.cpu_us, 4.518, places=3)
        assert row.to_baseline is not None and row.to_floor is not None
        self.assertAlmostEqual(row.to_baseline.median, 0.753, places=3)
        self.assertAlmostEqual(row.to_floor.median, 4.518 / 3.5, places=3)
        self.assertEqual(row.latency_ms, (1.0, 2.0, 3.0))
        self.assertEqual((row.rss_mb, row.syscalls), (4.0, 0.02))

    def test_remarks_what_spoils_a_number(self) -> None:
        spoiled = results(server_utilisation=0.8, other_utilisation=0.2, errors={"status": 2})
        row = report.rows(SCENARIO, spoiled)[1]
        self.assertEqual(row.remarks, ["not saturated", "machine not quiet", "errors"])
        self.assertIn("uring: not saturated", tables.table_of(SCENARIO, spoiled).plain())

    def test_markdown_has_a_cell_for_each_heading(self) -> None:
        lines = tables.table_of(SCENARIO, results() | {"skipped": {}}).markdown().splitlines()
        self.assertEqual(len({line.count("|") for line in lines}), 1)
        self.assertIn("x Fiber", lines[0])

    def test_a_variant_is_compared_with_what_it_varies_in_words(self) -> None:
        scenario = dataclasses.replace(
            SCENARIO,
            targets=tuple(
                dataclasses.replace(target, of="uring") if target.name == "epoll" else target
                for target in SCENARIO.targets
            ),
        )
        data = results(rss_kb=8192, rss_after_kb=8192) | {"skipped": {}}
        for record in data["samples"]:
            if record["target"] == "epoll":
                record.update(rss_kb=4096, rss_after_kb=8192)
        table = tables.table_of(scenario, data)
        self.assertEqual([line[0] for line in table.lines], ["floor", "uring", "epoll", "Fiber v2"])
        self.assertEqual(table.lines[2][2], "1.04 [1.04, 1.04]")
        self.assertEqual(table.lines[2][-1], "4% more CPU, 50% less peak")

    def test_memory_of_idle_connections_is_judged(self) -> None:
        record = {"rss_start_kb": 1000, "rss_idle_kb": 16_000, "rss_after_kb": 1, "held": 10_000}
        for bound, holds in ((1.5, True), (1.4, False)):
            must = Bounds(idle_connection_kb=bound)
            targets = (dataclasses.replace(SCENARIO.targets[1], must=must),)
            scenario = dataclasses.replace(SCENARIO, measure="memory", targets=targets)
            samples = [sample(1, "uring", 1.0) | record]
            found = report.verdicts(scenario, results() | {"samples": samples})
            self.assertEqual([verdict.holds for verdict in found], [holds])
            self.assertIn("1.50 KB", found[0].outcome)
            (missing,) = report.verdicts(scenario, results() | {"samples": []})
            self.assertEqual((missing.outcome, missing.holds), ("not measured", False))

    def test_every_measure_has_its_table(self) -> None:
        records: dict[str, dict[str, Any]] = {
            "open": {"rate": 100, "intended": 200, "errors": {"timeout": 2}},
            "start": {"start_seconds": 0.25},
            "memory": {
                "rss_start_kb": 1024,
                "rss_idle_kb": 2024,
                "held": 1000,
                "rss_after_kb": 3072,
                "rss_peak_kb": 4096,
                "processes": 1,
            },
            "idle": {"idle_cpu_seconds": 0.02, "wakeups": 40},
        }
        cells = {
            "open": ["uring", "100", "99.0%", "2.00"],
            "start": ["uring", "250.0", "1.00 [1.00, 1.00]", "250.0"],
            "memory": ["uring", "1", "1.0", "1.00", "4.0", "3.0"],
            "idle": ["uring", "4.000", "8.0"],
        }
        for measure, record in records.items():
            scenario = dataclasses.replace(SCENARIO, measure=measure, rates=(100,))
            latency = {"p50": 1.0, "p99": 1.0, "p999": 1.0, "max": 1.0}
            data = results() | {"skipped": {"node": "no luck"}}
            data["samples"] = [
                sample(number, name, 2.0, latency_us=latency) | record
                for number in (1, 2)
                for name in ("uring", "fiber")
            ]
            table = tables.table_of(scenario, data)
            self.assertEqual(table.lines[0][: len(cells[measure])], cells[measure])
            self.assertEqual({len(line) for line in table.lines}, {len(table.headings)})
            self.assertEqual(table.lines[-1][:2], ["node", "not measured"])
            self.assertIn("node was not measured: no luck", table.remarks)


class Documents(unittest.TestCase):
    def test_the_block_says_how_where_and_what_is_missing(self) -> None:
        block = tables.docs_block(SCENARIO, results())
        for part in ("seed 9", "7 rounds of 2 s", "(virtual)", "Fiber v2.52", "gcc 12"):
            self.assertIn(part, block)
        self.assertIn("| node | not measured |", block)
        self.assertIn("- node was not measured: not there: x.", block)
        self.assertNotIn("more", block)

    def test_replaces_the_block_and_nothing_else(self) -> None:
        old = "a\n<!-- bench:hello begin -->\nold\n<!-- bench:hello end -->\nb\n"
        new = tables.replace_block(old, "hello", "new\n")
        self.assertEqual(new.split("<!--")[0], "a\n")
        self.assertTrue(new.endswith("end -->\nb\n"))
        self.assertNotIn("old", new)
        self.assertEqual(tables.replace_block(new, "hello", "new\n"), new)

    def test_the_document_has_the_marks(self) -> None:
        document = (BENCH.parent / "docs" / "PERFORMANCE.md").read_text()
        for name in [*scenario_names(), "profiles"]:
            self.assertIn("\nthe block\n", tables.replace_block(document, name, "the block\n"))

    def test_the_profiles_table_is_what_the_runner_writes(self) -> None:
        document = (BENCH.parent / "docs" / "PERFORMANCE.md").read_text()
        profiles = tomllib.loads((BENCH / "arena" / "profiles.toml").read_text())
        block = tables.profiles_block(profiles)
        self.assertEqual(tables.replace_block(document, "profiles", block), document)
        for profile in profiles["profile"]:
            self.assertIn(profile["here"], ("run", "later", "out"))
            self.assertEqual("scenario" in profile, profile["here"] == "run", profile["name"])
            if "scenario" in profile:
                self.assertIn(profile["scenario"], scenario_names())

    def test_missing_marks_are_an_error(self) -> None:
        with self.assertRaises(ValueError):
            tables.replace_block("text", "hello", "new")


class Verdicts(unittest.TestCase):
    def outcome(self, data: Any) -> dict[str, bool]:
        return {verdict.what: verdict.holds for verdict in report.verdicts(SCENARIO, data)}

    def test_passes_what_holds(self) -> None:
        self.assertTrue(all(self.outcome(results()).values()))
        self.assertEqual(len(self.outcome(results())), 5)

    def test_fails_each_bound_that_is_exceeded(self) -> None:
        for data, failed in (
            (results(uring=5.0, epoll=5.0), "uring CPU x fiber <= 0.80"),
            (results(epoll=5.2), "epoll CPU x uring <= 1.10"),
            (results(rss_kb=9000), "uring peak RSS <= 8 MB"),
            (results(errors={"socket": 1}), "uring errors"),
        ):
            with self.subTest(failed):
                held = self.outcome(data)
                self.assertEqual([what for what, holds in held.items() if not holds], [failed])

    def test_the_bound_decides_not_the_median(self) -> None:
        wide = Ratio(median=0.7, low=0.5, high=0.9, rounds=7)
        self.assertFalse(report._ratio_verdict("x", wide, 0.8).holds)

    def test_errors_that_must_be_none_are_told_in_any_case(self) -> None:
        bounds = dataclasses.replace(SCENARIO.targets[1].must, errors=0)
        judged = dataclasses.replace(
            SCENARIO, targets=(dataclasses.replace(SCENARIO.targets[1], must=bounds),)
        )
        held = {v.what: v for v in report.verdicts(judged, results())}
        self.assertTrue(held["uring errors"].holds)
        self.assertEqual(held["uring errors"].outcome, "0 among 7,000,000 requests")
        data = results(errors={"content": 1})
        self.assertFalse({v.what: v for v in report.verdicts(judged, data)}["uring errors"].holds)
        data["samples"] = [s for s in data["samples"] if s["target"] != "uring"]
        self.assertFalse({v.what: v for v in report.verdicts(judged, data)}["uring errors"].holds)

    def test_requests_per_cpu_second_are_judged_by_the_bound(self) -> None:
        def outcome(times: float, **keys: Any) -> report.Verdict:
            bounds = report.Target("uring", "", "ours", []).must
            bounds = dataclasses.replace(bounds, requests_per_cpu={"fiber": times})
            targets = tuple(
                dataclasses.replace(target, must=bounds) if target.name == "uring" else target
                for target in SCENARIO.targets
            )
            judged = dataclasses.replace(SCENARIO, targets=targets)
            (one,) = [v for v in report.verdicts(judged, results(**keys)) if "second" in v.what]
            return one

        self.assertTrue(outcome(1.3).holds)  # 6.0 to 4.5
        self.assertFalse(outcome(1.34).holds)
        self.assertFalse(outcome(1.3, rounds=6).holds)
        self.assertIn("median 1.33 x", outcome(1.3).outcome)

    def test_too_few_rounds_and_missing_targets_fail(self) -> None:
        held = self.outcome(results(rounds=6))
        self.assertFalse(held["uring CPU x fiber <= 0.80"])
        data = results()
        data["samples"] = [s for s in data["samples"] if s["target"] != "uring"]
        held = self.outcome(data)
        self.assertEqual(
            [what for what, holds in held.items() if not holds],
            ["uring CPU x fiber <= 0.80", "uring peak RSS <= 8 MB", "epoll CPU x uring <= 1.10"],
        )

    def test_judges_only_what_was_asked_for(self) -> None:
        self.assertEqual(len(self.outcome(results() | {"targets": ["floor", "fiber"]})), 2)

    def test_a_flattering_baseline_fails(self) -> None:
        for key, value, failed in (
            ("server_utilisation", 0.5, "fiber uses at least 95% of its core"),
            ("other_utilisation", 0.5, "others use at most 5% of the server's core"),
        ):
            data = results()
            for record in data["samples"]:
                if record["target"] == "fiber":
                    record[key] = value
            held = self.outcome(data)
            self.assertEqual([what for what, holds in held.items() if not holds], [failed])


PAIRS = parse_scenario(
    "scaling",
    """
[scenario]
measure = "pairs"
[[target]]
name = "one"
title = "one loop"
kind = "ours"
start = ["one"]
[[target]]
name = "two"
title = "two loops"
kind = "ours"
start = ["two"]
must = { cpu_ratio_to = { target = "one", bound = 1.10 } }
[[target]]
name = "other"
title = "other engine"
kind = "ours"
start = ["other"]
must = { cpu_ratio_to = { target = "one", bound = 1.10 } }
""",
)


class Pairs(unittest.TestCase):
    def results(self, two: float, other: float) -> dict[str, Any]:
        """Eight rounds; between the two pairs of a round the machine gets half as fast again."""
        samples = []
        for number in range(1, 9):
            for index, (name, cost, speed) in enumerate((("two", two, 1.0), ("other", other, 1.5))):
                key = number * 100 + index
                samples += [
                    sample(key, turn, value * speed * wobble)
                    for turn, value, wobble in (
                        ("one", 5.0, 1.0),
                        (name, cost, 0.999),
                        (name, cost, 1.001),
                        ("one", 5.0, 1.0),
                    )
                ]
        return {"samples": samples, "targets": ["one", "two", "other"], "skipped": {},
                "syscalls": {}, "failures": {}}  # fmt: skip

    def test_partners_are_compared_within_their_own_rounds(self) -> None:
        results = self.results(5.2, 5.3)
        table = tables.table_of(PAIRS, results)
        self.assertEqual([line[0] for line in table.lines], ["two loops", "other engine"])
        self.assertEqual([line[4][:4] for line in table.lines], ["1.04", "1.06"])
        self.assertTrue(all(verdict.holds for verdict in report.verdicts(PAIRS, results)))

    def test_a_dearer_partner_fails(self) -> None:
        outcome = report.verdicts(PAIRS, self.results(5.2, 5.6))
        self.assertEqual([verdict.holds for verdict in outcome], [True, False])

    def test_a_target_may_have_several_partners(self) -> None:
        one, *others = PAIRS.targets
        bounds = Bounds(requests_per_cpu={"two": 1.0, "other": 1.1})
        scenario = dataclasses.replace(
            PAIRS,
            targets=(
                dataclasses.replace(one, must=bounds),
                *(dataclasses.replace(other, must=Bounds()) for other in others),
            ),
        )
        results = self.results(5.2, 5.4)
        lines = tables.table_of(scenario, results).lines
        self.assertEqual([line[1] for line in lines], ["two loops", "other engine"])
        self.assertEqual([line[5][:4] for line in lines], ["1.04", "1.08"])
        outcome = report.verdicts(scenario, results)
        self.assertEqual([verdict.holds for verdict in outcome], [True, False])


if __name__ == "__main__":
    unittest.main()
