"""No globals: names every writable variable of the library that is not on the short list below.

`tests/tidy/globals.py LIBRARY.a` reads a library without sanitizers.
"""

import re
import subprocess
import sys

# Each with its reason. Anything else must hang from a loop, an app or a request.
ALLOWED = {
    "trivet::app::(anonymous namespace)::directory": "finds the loop of a handle",
    "trivet::app::(anonymous namespace)::hubs": "finds the hub of a handle",
}
ALLOWED["OPENSSL_ia32cap_P"] = "OpenSSL's, in whose archives it is a common symbol"
# PCRE2's. Its compiler of machine code is linked with it and never runs; the rest are tables of
# addresses, which a relocation fills in.
ALLOWED |= dict.fromkeys(
    [
        "_pcre2_unicode_version_8",
        "allocated_size",
        "allocator_lock",
        "compiler_initialized",
        "cpu_feature_list",
        "executable_allocator_is_working.1",
        "free_blocks",
        "pso_list",
        "sljit_page_align.0",
        "sse2_data",
        "then_trap_opcode",
        "total_size",
    ],
    "PCRE2",
)

# OpenSSL's, whatever they are called: its locks, its tables of methods, its numbers of slots.
OPENSSL = ("libssl.a", "libcrypto.a")

WRITABLE = re.compile(r"^\.(data|bss|tdata|tbss)(\.(?!rel\.ro).*)?$")
# objdump -t: address, seven flag characters (thread-local objects have no O), section, size, name.
SYMBOL = re.compile(r"^[0-9a-f]+ .{6}[O ] (\S+)\s+0*[1-9a-f][0-9a-f]* +(?:\.hidden )?(.+)$")


def writable(symbols: str) -> list[str]:
    """Names of the writable objects in the output of `objdump -tC`."""
    found = []
    for line in symbols.splitlines():
        match = SYMBOL.match(line)
        if match and WRITABLE.match(match[1]):
            found.append(match[2])
    return found


def symbols_of(library: str) -> str:
    command = ["objdump", "-t", "-C", library]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def openssl() -> set[str]:
    """Names of the writable objects in the archives that are linked."""
    names: set[str] = set()
    for archive in OPENSSL:
        command = ["cc", f"-print-file-name={archive}"]
        path = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        names.update(writable(symbols_of(path)))
    return names


def main(library: str) -> int:
    output = symbols_of(library)
    names = writable(output)
    known = ALLOWED.keys() | openssl()
    problems = [f"{name}: a writable global" for name in names if name not in known]
    problems += [f"{name}: no longer there" for name in ALLOWED if name not in names]
    print("\n".join(problems))
    return 1 if problems or "trivet_version" not in output else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
