"""The table of DESIGN.md §2: what may include what. L1's two halves meet only above it."""

import re

from repository import Files

# Every folder that may exist in core/, with its level. A folder that is not here is an error.
LEVELS = {
    "base": 0, "crypto": 0,
    "io": 1, "shm": 1, "proto": 1, "tls": 1, "codec": 1, "route": 1, "cache": 1, "schema": 1,
    "net": 2,
    "http": 3, "client": 3, "db": 3,
    "middleware": 4, "realtime": 4, "orm": 4, "ai": 4, "openapi": 4,
    "app": 5,
}  # fmt: skip
CAPI_LEVEL = 6
SIDEWAYS = {("crypto", "base")}

# Modules that know no socket.
PURE = {"proto", "tls", "codec", "route", "cache", "schema", "openapi"}
SOCKET_HEADERS = re.compile(
    r"^(sys/(socket|epoll|eventfd|un|uio)|netinet/|arpa/|netdb|poll|liburing)"
)

# Headers of libraries that one module hides from all others.
HIDDEN = {
    "liburing": "core/io/",
    "linux/": "core/io/",
    "llhttp": "core/proto/http1/",
    "pcre2": "core/base/",
    "zlib.h": "core/codec/",
    "brotli/": "core/codec/",
    "zstd": "core/codec/",
    "xxhash": "core/base/",
    "openssl/": "core/tls/",
    "toml++": "core/app/",
    "CLI/": "cli/",
}

# What tests of the core without the ABI may include besides: fuzz targets, of which one drives a
# whole server over the simulated loop, and the programs whose instructions are counted.
INSIDE_TESTS = ("tests/fuzz/", "tests/instructions/")
TESTED_INSIDE = {"base", "io", "proto", "codec", "route", "schema", "http", "realtime", "openapi"}

SOURCE = re.compile(r"\.(c|cc|cpp|h|hpp)$")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
LINKS = re.compile(r"trivet_module\((\w+)[^)]*?LINKS([^)]*?)(?:USES|TEST_|ALONE|\))", re.DOTALL)


def module_of(path: str) -> str:
    """`io/loop.h` → `io`; each folder of proto is a module: `proto/url/x.h` → `proto/url`."""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "proto" and len(parts) > 2 else parts[0]


def may_include(module: str, other: str) -> bool:
    if module == other or (module, other) in SIDEWAYS:
        return True
    level = CAPI_LEVEL if module == "capi" else LEVELS[module.split("/")[0]]
    return LEVELS[other.split("/")[0]] < level


def check_core_file(path: str, text: str) -> list[str]:
    problems = []
    in_capi = path.startswith("capi/")
    module = "capi" if in_capi else module_of(path.removeprefix("core/"))
    if not in_capi and module.split("/")[0] not in LEVELS:
        return [f"{path}: core/{module} is not in the table of layers"]
    for bracket, include in INCLUDE.findall(text):
        where = f"{path}: includes {include}"
        for prefix, folder in HIDDEN.items():
            if include.startswith(prefix) and not path.startswith(folder):
                problems.append(f"{where}, which only {folder} may")
        if module.split("/")[0] in PURE and SOCKET_HEADERS.match(include):
            problems.append(f"{where}, but this module knows no socket")
        if bracket == "<":
            continue
        if in_capi and "/" not in include:
            continue  # trivet.h and what is generated beside it
        other = module_of(include)
        if "/" not in include or other.split("/")[0] not in LEVELS:
            problems.append(f"{where}: write it relative to core/, from a module of the table")
        elif not may_include(module, other):
            problems.append(f"{where}: {module} may not include {other}")
    return problems


def check_outside_file(path: str, text: str) -> list[str]:
    """cli, langs, tests, bench and examples: trivet.h is the only door."""
    problems = []
    for _, include in INCLUDE.findall(text):
        inside = re.match(r"(?:(?:\.\./)*|.*/)(?:core|capi/src)/", include)
        # Their own folders may be named like a module: only a header of ours counts.
        other = include.split("/")[0]
        named = "/" in include and other in LEVELS and include.endswith(".h")
        if path.startswith(INSIDE_TESTS) and other in TESTED_INSIDE:
            continue
        if inside or named:
            problems.append(f"{path}: includes {include}; only trivet.h may be included here")
    return problems


def check_links(path: str, text: str) -> list[str]:
    """CMake's links repeat the table."""
    problems = []
    for name, links in LINKS.findall(text):
        module = name.replace("_", "/", 1) if name.startswith("proto_") else name
        for link in links.split():
            other = link.replace("_", "/", 1) if link.startswith("proto_") else link
            if other.split("/")[0] not in LEVELS or not may_include(module, other):
                problems.append(f"{path}: {name} may not link {link}")
    return problems


def check_layers(files: Files) -> list[str]:
    problems = []
    for path, text in files.items():
        top = path.split("/")[0]
        if path.endswith("CMakeLists.txt") and top in ("core", "capi"):
            problems += check_links(path, text)
        elif not SOURCE.search(path):
            continue
        elif top in ("core", "capi"):
            problems += check_core_file(path, text)
        else:
            problems += check_outside_file(path, text)
    return problems
