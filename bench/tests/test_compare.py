"""bench/compare on made-up samples: it must see a loss, and must not see noise as one."""

import contextlib
import io
import random
import unittest
from typing import Any

from bench_path import BENCH  # noqa: F401  (puts the harness on the path)
from harness import compare
from harness.targets import load_scenario

SCENARIO = load_scenario("hello")


def samples(
    change: float, noise: float = 0.005, rounds: int = 15, seed: int = 1, drift: float = 1.0
) -> list[dict[str, Any]]:
    """HEAD costs `change` times BASE; every run is off by about `noise`; the machine's speed drifts
    by up to `drift` from round to round."""
    draw = random.Random(seed)
    result = []
    for number in range(1, rounds + 1):
        speed = draw.uniform(1, drift)
        for side, factor in (("base", 1.0), ("again", 1.0), ("head", change)):
            result.append(
                {
                    "round": number,
                    "target": f"{side}:c-uring",
                    "at_seconds": float(number),
                    "requests": 1_000_000,
                    "server_cpu_seconds": 4 * speed * factor * draw.gauss(1, noise),
                    "errors": {"socket": 0},
                }
            )
    return result


class Comparing(unittest.TestCase):
    def verdict(self, *args: Any, **keys: Any) -> compare.Comparison:
        (one,) = compare.compare_samples(SCENARIO, samples(*args, **keys))
        return one

    def test_sees_a_loss_and_a_gain(self) -> None:
        self.assertTrue(self.verdict(1.05).is_loss)
        self.assertTrue(self.verdict(0.95).is_gain)
        self.assertFalse(self.verdict(0.95).is_loss)

    def test_does_not_see_what_is_not_there(self) -> None:
        losses = sum(self.verdict(1.0, noise=0.03, seed=seed).is_loss for seed in range(200))
        self.assertEqual(losses, 0)

    def test_a_drifting_machine_hides_and_makes_no_loss(self) -> None:
        self.assertTrue(self.verdict(1.05, drift=2.0).is_loss)
        self.assertFalse(self.verdict(1.0, drift=2.0).is_loss)

    def test_a_loss_within_the_noise_is_none(self) -> None:
        self.assertFalse(self.verdict(1.03, noise=0.1).is_loss)

    def test_below_one_per_cent_nothing_is_told(self) -> None:
        self.assertFalse(self.verdict(1.005, noise=0.0001).is_loss)

    def test_too_few_rounds_are_an_error(self) -> None:
        with self.assertRaisesRegex(compare.CompareError, "c-uring: fewer than 7"):
            self.verdict(1.0, rounds=6)

    def test_a_missing_side_is_an_error(self) -> None:
        for side in compare.SIDES:
            left = [s for s in samples(1.0) if not s["target"].startswith(side)]
            with self.assertRaises(compare.CompareError):
                compare.compare_samples(SCENARIO, left)

    def test_the_exit_code(self) -> None:
        failed = samples(1.0)
        failed[0]["errors"] = {"socket": 1}
        for found, code in ((samples(1.0), 0), (samples(1.05), 1), (failed, 1)):
            output = io.StringIO()
            with contextlib.redirect_stdout(output):
                self.assertEqual(compare.judge(SCENARIO, found), code)
            self.assertEqual("LOSS" in output.getvalue(), code == 1)

    def test_the_sides_of_a_target_run_next_to_one_another(self) -> None:
        names = [f"{side}:{target}" for target in "abc" for side in compare.SIDES]
        order = compare.order_of_round(names, 7, 1)
        self.assertEqual(sorted(order), sorted(names))
        targets = [name[-1] for name in order]
        self.assertEqual(targets[0::3], targets[2::3])
        self.assertNotEqual(order, compare.order_of_round(names, 7, 2))

    def test_a_revision_that_is_not_there_is_an_error(self) -> None:
        with contextlib.redirect_stderr(io.StringIO()) as errors:
            self.assertEqual(compare.main(["no-such-revision"]), 2)
        self.assertIn("no-such-revision", errors.getvalue())


if __name__ == "__main__":
    unittest.main()
