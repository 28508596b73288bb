"""The table of suites and the builds they need. A job stands after the jobs it needs.

Long jobs stand early: the scheduler starts them in this order as soon as what they need is there.
"""

from . import counts
from .schedule import Job, Step

VENV = "build/venv/bin"
FUZZ_SECONDS = 10


def _every(programs: str, command: str) -> str:
    """Runs a shell command for each program, all of them even when one fails."""
    return f"status=0; for program in {programs}; do {command} || status=1; done; exit $status"


def _gtest(preset: str, programs: str) -> Step:
    folder = f"build/{preset}/tests"
    return Step(
        _every(f"{folder}/{programs}", '"$program" --gtest_brief=1'), counts.gtest, timeout_s=600
    )


BUILDS = [
    Job("build-release", [Step("cmake/build.sh release")]),
    Job("build-dev", [Step("cmake/build.sh dev")]),
    Job("build-python", [Step("langs/python/build.sh")], ["build-release"]),
    Job("build-node", [Step("langs/node/build.sh")], ["build-release"]),
    Job("build-abi", [Step("cmake/build.sh abi")]),
    Job("build-tsan", [Step("cmake/build.sh tsan trivet_tests")]),
    Job("build-fuzz", [Step("cmake/build.sh fuzz")]),
]

SUITES = [
    Job("tidy", [Step("python3 -m unittest discover -s tests/tidy", counts.unittest)]),
    Job(
        "format",
        [
            Step("cmake/fmt.sh --check", counts.exit_code),
            Step(f"{VENV}/ruff check --quiet .", counts.exit_code),
        ],
    ),
    Job(
        "abi",
        [Step("python3 -m unittest discover -s tests/abi", counts.unittest)],
        ["build-release", "build-abi"],
    ),
    Job("unit", [_gtest("dev", "*_test")], ["build-dev"]),
    Job(
        "conformance",
        [Step("tests/conformance/run", counts.totals)],
        ["build-python", "build-node"],
    ),
    Job("unit-tsan", [_gtest("tsan", "{base,io,http,app,capi}_test")], ["build-tsan"]),
    Job(
        "globals",
        [Step("python3 tests/tidy/globals.py build/abi/libtrivet.a", counts.exit_code)],
        ["build-abi"],
    ),
    Job(
        "readme",
        [Step("python3 tests/tidy/readme.py", counts.totals)],
        ["build-python", "build-node"],
    ),
    Job(
        "go",
        [
            Step(
                "cd langs/go && go vet ./... && ../../build/bin/staticcheck ./...", counts.exit_code
            ),
            Step("cd langs/go && go test -race -json ./...", counts.go),
        ],
        ["build-release"],
    ),
    Job("clang-tidy", [Step("cmake/build.sh check", counts.exit_code, timeout_s=1200)]),
]

JOBS = BUILDS + SUITES
