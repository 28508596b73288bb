"""The table of suites and the builds they need. A job stands after the jobs it needs.

Jobs start in this order, each as soon as what it needs is there; so what others wait for, and what
takes long, stands early.
"""

from . import counts
from .schedule import Job, Step

RUFF = "build/venv/bin/ruff"
FUZZ_SECONDS = 15  # a target, of which there are sixteen: four minutes in all
SCHEDULE_SECONDS = 60


# The supervisor has one thread and forks, and TSan's children are not like their parents.
# Suppressions go by names, which need a symbolizer; the one TSan finds by itself may not start.
TSAN = (
    "export TSAN_OPTIONS=suppressions=$PWD/tests/runner/tsan.supp"
    ":external_symbolizer_path=$(command -v addr2line) GTEST_FILTER=-Supervisor*;"
)


# The modules whose objects threads share.
TSAN_TESTS = "base_test io_test net_test route_test realtime_test app_test"


def gtest(preset: str, programs: str, environment: str = "") -> Step:
    """Runs the unit test programs of a preset, all of them even when one fails."""
    return Step(
        f"{environment} status=0; for program in build/{preset}/tests/{programs}; do"
        ' "$program" --gtest_brief=1 || status=1; done; exit $status',
        counts.gtest,
    )


def discover(folder: str) -> Step:
    return Step(f"python3 -m unittest discover -s {folder}", counts.unittest)


def check(command: str, timeout_s: int = 900) -> Step:
    """A command whose exit code is one test."""
    return Step(command, counts.exit_code, timeout_s)


def pytest(preset: str) -> Step:
    return Step(
        f"cd langs/python && TRIVET_BUILD={preset} ./python -m pytest -q -p no:cacheprovider",
        counts.pytest,
    )


NODE_TESTS = (
    "cd langs/node && node_modules/.bin/tsc -p test/tsconfig.json"
    " && node --test --test-reporter=spec build/test/*.test.js"
)
GO = "cd langs/go && source ./env.sh &&"
GO_EXAMPLE = "build/examples/tasks-go-release"

BUILDS = [
    Job("build-release", [Step("cmake/build.sh release")]),
    Job("build-dev", [Step("cmake/build.sh dev", timeout_s=2700)]),
    Job("build-python", [Step("langs/python/build.sh")], ["build-release"]),
    Job("build-node", [Step("langs/node/build.sh")], ["build-release"]),
    # The example as well: a test that starts it would wait for the compiler.
    Job(
        "build-go",
        [
            Step("langs/go/build.sh"),
            Step(f"{GO} cd ../../examples/tasks/go && go build -o ../../../{GO_EXAMPLE} ."),
        ],
        ["build-release"],
    ),
    Job("build-packages", [Step("cmake/packages/run")], ["build-release", "build-node"]),
    Job("build-tsan", [Step(f"cmake/build.sh tsan {TSAN_TESTS}", timeout_s=1800)]),
    Job("build-fuzz", [Step("cmake/build.sh fuzz")]),
]

LANGUAGES = ["build-python", "build-node", "build-go"]

SUITES = [
    Job("tidy", [discover("tests/tidy")]),
    Job("format", [check("cmake/fmt.sh --check"), check(f"{RUFF} check --quiet .")]),
    Job(
        "conformance",
        [
            discover("tests/conformance"),
            Step("tests/conformance/run", counts.totals, timeout_s=1200),
        ],
        LANGUAGES,
    ),
    Job("integration", [Step("tests/integration/run", counts.totals, timeout_s=2400)], LANGUAGES),
    Job("unit", [gtest("dev", "*_test")], ["build-dev"]),
    Job(
        "python",
        [
            check("cd langs/python && ../../build/venv/bin/mypy"),
            check("tests/packages/node_modules/.bin/pyright -p langs/python"),
            pytest("release"),
        ],
        ["build-python"],
    ),
    Job(
        "node",
        [check("cd langs/node && npm run --silent check"), Step(NODE_TESTS, counts.node)],
        ["build-node"],
    ),
    Job(
        "go",
        [
            check(f"{GO} go vet ./... && ../../build/bin/staticcheck ./..."),
            Step(f"{GO} go test -race -json ./...", counts.go),
            check("cd examples/tasks/go && go vet ./... && ../../../build/bin/staticcheck ./..."),
            Step("cd examples/tasks/go && go test -race -json ./...", counts.go),
            check(
                "cd tests/conformance/drivers/go && go vet ./..."
                " && ../../../../build/bin/staticcheck ./..."
            ),
        ],
        ["build-go"],
    ),
    Job(
        "conformance-trace",
        [Step("tests/conformance/run --lang c cffi --trace", counts.totals)],
        ["build-release"],
    ),
    Job(
        "conformance-asan",
        [Step("TRIVET_BUILD=dev tests/conformance/run", counts.totals, timeout_s=1800)],
        ["build-dev", *LANGUAGES],
    ),
    Job("python-asan", [pytest("dev")], ["build-dev", "build-python"]),
    Job(
        "go-asan",
        [Step(f"export TRIVET_BUILD=dev; {GO} go test -json ./...", counts.go)],
        ["build-dev", "build-go"],
    ),
    Job("unit-tsan", [gtest("tsan", "*_test", TSAN)], ["build-tsan"]),
    Job(
        "schedule",
        [
            Step(
                f"TRIVET_SCHEDULE_SECONDS={SCHEDULE_SECONDS} build/dev/tests/http_test"
                " --gtest_brief=1 --gtest_filter='Schedule.*'",
                counts.gtest,
            )
        ],
        ["build-dev"],
    ),
    Job("abi", [discover("tests/abi")], ["build-release", "build-dev"]),
    Job(
        "globals",
        [check("python3 tests/tidy/globals.py build/release/libtrivet.a")],
        ["build-release"],
    ),
    Job("instructions", [Step("tests/instructions/run", counts.totals)], ["build-release"]),
    Job("fuzz", [Step(f"tests/fuzz/run {FUZZ_SECONDS}", counts.totals)], ["build-fuzz"]),
    Job(
        "docs",
        [discover("tests/docs"), Step("tests/docs/run", counts.totals, timeout_s=600)],
        [*LANGUAGES, "build-packages"],
    ),
    Job(
        "packages",
        [Step("tests/packages/run c go new npm", counts.totals, timeout_s=1200)],
        ["build-packages"],
    ),
    Job(
        "packages-python",
        [Step("tests/packages/run wheel", counts.totals, timeout_s=2400)],
        ["build-packages"],
    ),
    Job("bench", [discover("bench/tests"), Step("bench/run --smoke", counts.totals)], LANGUAGES),
    Job("clang-tidy", [check("cmake/tidy.sh", timeout_s=1200)]),
]

JOBS = BUILDS + SUITES
