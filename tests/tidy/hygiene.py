"""Small rules about files. Each check takes {path: text} and gives a list of problems."""

import re

from repository import Files, is_generated, is_lock

LINES_MAX = 800
COLUMNS_MAX = 100
CODE = re.compile(r"\.(c|cc|h|py|pyi|ts|mts|js|mjs|go|sh|cmake)$|(^|/)(run|start)$")

ROOT_ENTRIES = {
    "CMakeLists.txt", "CMakePresets.json", "Makefile", "README.md", "CHANGELOG.md", "LICENSE",
    "cmake", "core", "capi", "langs", "cli", "tests", "bench", "examples", "docs",
}  # fmt: skip
BUILD_OUTPUT = re.compile(
    r"\.(o|a|so|so\.[\d.]+|node|pyc|pyd|whl|exe|profraw|gcda|gcno|log|tgz|deb)$"
    r"|(^|/)(node_modules|__pycache__|build|dist|\.pytest_cache|\.mypy_cache|\.ruff_cache)/"
)
# The classes of one letter keep this file from matching itself.
REGISTRY = re.compile(
    r"registry[.](npmjs|yarnpkg|npmmirror)|files[.]pythonhoste[d]|pypi[.]org/simpl[e]"
    r"|proxy[.]golan[g]|deb[.]debia[n]|--(extra-)?index-ur[l]|artifactor[y]"
)
MACHINE_PATH = re.compile(r"(?<![\w.$}\])-])/(wor[k]|roo[t]|hom[e]/\w+)/")
UNFINISHED = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b")
SKIPPED = re.compile(
    r"TEST(_F|_P)?\(\s*\w*,?\s*DISABLE[D]_|pytest\.mark\.(ski[p]\b|xfai[l])"
    r"|\b(it|test|describe)\.(ski[p]|tod[o])\("
)
# llhttp is as strict as it comes: none of its leniency flags is set.
LENIENT = re.compile(r"llhttp_set_lenien[t]")
# Files whose behaviour is one with another's, and the test that drives both.
TESTED_WITH = {
    "core/io/epoll.cc": "core/io/loop_test.cc",
    "core/io/uring.cc": "core/io/loop_test.cc",
    "core/app/unix_listener.cc": "core/app/worker_unix_test.cc",
    "core/app/app_files.cc": "core/app/worker_files_test.cc",
    "core/codec/brotli_decoder.cc": "core/codec/inflate_test.cc",
    "core/codec/brotli_encoder.cc": "core/codec/encoder_test.cc",
    "core/codec/encode.cc": "core/codec/inflate_test.cc",
    "core/codec/encoder_pool.cc": "core/codec/encoder_test.cc",
    "core/codec/gzip_encoder.cc": "core/codec/encoder_test.cc",
    "core/codec/zlib_decoder.cc": "core/codec/inflate_test.cc",
    "core/codec/zstd_decoder.cc": "core/codec/inflate_test.cc",
    "core/codec/zstd_encoder.cc": "core/codec/encoder_test.cc",
    "core/schema/compiler.cc": "core/schema/schema_test.cc",
    "core/schema/compiler_assertions.cc": "core/schema/schema_test.cc",
    "core/schema/linking.cc": "core/schema/schema_test.cc",
    "core/net/handshakes.cc": "core/net/stream_test.cc",
    "core/net/secured.cc": "core/net/stream_test.cc",
    "core/tls/certificate_maker.cc": "core/tls/session_test.cc",
    "core/tls/client.cc": "core/tls/session_test.cc",
    "core/tls/error.cc": "core/tls/context_test.cc",
}

RELATIVE_LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)\s]*)?\)")


def check_root(files: Files) -> list[str]:
    entries = {path.split("/")[0] for path in files}
    odd = {e for e in entries if not e.startswith(".") and e not in ROOT_ENTRIES}
    return [f"{entry}: DESIGN.md §2 has no such entry at the root" for entry in sorted(odd)]


def check_sizes(files: Files) -> list[str]:
    return [
        f"{path}: {count} lines, {LINES_MAX} is the limit"
        for path, text in files.items()
        if CODE.search(path) and not is_generated(path)
        and (count := text.count("\n")) > LINES_MAX
    ]  # fmt: skip


def check_build_outputs(paths: list[str]) -> list[str]:
    return [f"{path}: a build output" for path in paths if BUILD_OUTPUT.search(path)]


def _lines_with(files: Files, pattern: re.Pattern[str], what: str) -> list[str]:
    return [
        f"{path}:{number}: {what}: {line.strip()[:80]}"
        for path, text in files.items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def check_registries(files: Files) -> list[str]:
    """Also no `resolved` addresses in npm's lock files: they name the registry of one machine."""
    problems = _lines_with(files, REGISTRY, "names a registry")
    locks = {path: text for path, text in files.items() if path.endswith("package-lock.json")}
    return problems + _lines_with(locks, re.compile(r'"resolved": "http'), "names a registry")


def check_machine_paths(files: Files) -> list[str]:
    return _lines_with(files, MACHINE_PATH, "a path of one machine")


def check_unfinished(files: Files) -> list[str]:
    return _lines_with({p: t for p, t in files.items() if not is_lock(p)}, UNFINISHED, "unfinished")


def check_skipped(files: Files) -> list[str]:
    return _lines_with(files, SKIPPED, "a test that does not run")


def check_strict_parser(files: Files) -> list[str]:
    return _lines_with(files, LENIENT, "a lenient parser")


def check_text(files: Files) -> list[str]:
    problems = []
    for path, text in files.items():
        if is_lock(path) or path.startswith("tests/fuzz/corpus/") or not text:
            continue
        if "\r" in text and CODE.search(path):
            problems.append(f"{path}: carriage returns")
        if not text.endswith("\n"):
            problems.append(f"{path}: no newline at the end")
        if re.search(r"[ \t]+$", text, re.MULTILINE):
            problems.append(f"{path}: white space at the end of a line")
    return problems


def check_columns(files: Files) -> list[str]:
    """Go is left to gofmt, which does not break lines either."""
    return [
        f"{path}:{number}: {len(line)} columns, {COLUMNS_MAX} is the limit"
        for path, text in files.items()
        if CODE.search(path) and not is_generated(path) and not path.endswith(".go")
        for number, line in enumerate(text.splitlines(), 1)
        if len(line) > COLUMNS_MAX
    ]


def check_unit_tests(files: Files) -> list[str]:
    """Every file of the core has its test beside it: x_test.cc, x_<part>_test.cc, or its place in
    TESTED_WITH, which may not name what is not there.
    """
    tests = [path for path in files if path.startswith("core/") and path.endswith("_test.cc")]
    problems = [
        f"{test}: named for {path}, does not exist"
        for path, test in TESTED_WITH.items()
        if path in files and test not in files
    ]
    for path in files:
        if not path.startswith("core/") or not path.endswith(".cc") or path in TESTED_WITH:
            continue
        own = path.removesuffix(".cc")
        is_tested = any(re.fullmatch(rf"{own}(_\w+)?_test\.cc", test) for test in tests)
        if not path.endswith("_test.cc") and not is_generated(path) and not is_tested:
            problems.append(f"{path}: no unit test beside it")
    return problems


def check_generated(files: Files) -> list[str]:
    return [
        f"{path}: does not say that it is generated"
        for path, text in files.items()
        if is_generated(path) and "generated from capi/spec; do not edit" not in text[:400]
    ]


def check_links(files: Files) -> list[str]:
    """Relative links of the documentation lead somewhere."""
    problems = []
    folders = {"/".join(p.split("/")[:n]) for p in files for n in range(1, p.count("/") + 1)}
    for path, text in files.items():
        if not path.endswith(".md"):
            continue
        base = path.split("/")[:-1]
        for target in RELATIVE_LINK.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
            if re.match(r"[a-z]+:", target):
                continue
            parts = list(base)
            for part in target.rstrip("/").split("/"):
                if part == "..":
                    parts = parts[:-1]
                elif part != ".":
                    parts.append(part)
            if (goal := "/".join(parts)) not in files and goal not in folders:
                problems.append(f"{path}: links {target}, which does not exist")
    return problems
