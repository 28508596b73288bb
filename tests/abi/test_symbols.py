"""What the libraries export is what the spec says, no name more and none less."""

from __future__ import annotations

import re
import unittest

from support import FUNCTIONS, SHARED, SPEC, STATIC, built, output

# Everything else is linked in (DESIGN.md section 8; docs/DEPENDENCIES.md says why libgcc_s is not).
SYSTEM_LIBRARIES = {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
SYSTEM_LIBRARIES |= {"libgcc_s.so.1"}
SANITIZER_LIBRARIES = {"libasan.so.8", "libubsan.so.1", "libstdc++.so.6", "libgcc_s.so.1"}
# Called only where the program has them.
WEAK_BY_DESIGN = {"__cxa_pure_virtual", "__gmon_start__", "_ITM_deregisterTMCloneTable"}
WEAK_BY_DESIGN |= {"_ITM_registerTMCloneTable"}
# OpenSSL looks whether the C library has it.
WEAK_BY_DESIGN |= {"getentropy"}


def defined_names(listing: str) -> set[str]:
    """Names of `nm --defined-only` without the version nodes, which are absolute symbols."""
    rows = re.findall(r"^[0-9a-f]+ (\w) (\S+)$", listing, re.MULTILINE)
    return {name for kind, name in rows if kind != "A"}


class Parsing(unittest.TestCase):
    def test_reads_nm(self) -> None:
        listing = "0000000000000000 A TRIVET_0.1\n0000000000001139 T trivet_lit@@TRIVET_0.1\n"
        self.assertEqual(defined_names(listing), {"trivet_lit@@TRIVET_0.1"})
        self.assertEqual(defined_names("\nfile.o:\n00000000000000f0 W other\n"), {"other"})


class Shared(unittest.TestCase):
    def test_exports_exactly_the_spec(self) -> None:
        major, minor, _ = SPEC.version
        names = defined_names(output("nm", "-D", "--defined-only", built(SHARED)))
        self.assertEqual(names, {f"{name}@@TRIVET_{major}.{minor}" for name in FUNCTIONS})

    def test_soname(self) -> None:
        dynamic = output("readelf", "-d", built(SHARED))
        self.assertEqual(re.findall(r"soname: \[(.*?)\]", dynamic), ["libtrivet.so.0"])

    def test_needs_only_the_system(self) -> None:
        dynamic = output("readelf", "-d", built(SHARED))
        needed = set(re.findall(r"Shared library: \[(.*?)\]", dynamic))
        allowed = set(SYSTEM_LIBRARIES)
        if "libasan" in dynamic:
            allowed |= SANITIZER_LIBRARIES
        self.assertLessEqual(needed, allowed)

    def test_is_hardened(self) -> None:
        dynamic = output("readelf", "-d", built(SHARED))
        self.assertNotIn("TEXTREL", dynamic)
        self.assertIn("NOW", dynamic)
        stack = re.search(r"GNU_STACK.*\n?.*?(RW[E ])", output("readelf", "-lW", SHARED))
        assert stack is not None
        self.assertEqual(stack[1].strip(), "RW")


class Static(unittest.TestCase):
    def test_defines_exactly_the_spec(self) -> None:
        names = defined_names(output("nm", "-g", "--defined-only", built(STATIC)))
        self.assertEqual((names - FUNCTIONS, FUNCTIONS - names), (set(), set()))

    def test_has_lost_no_function(self) -> None:
        """What is weak and undefined becomes address 0: a template lost in joining the objects."""
        undefined = re.findall(r"^ +[vw] (\S+)$", output("nm", built(STATIC)), re.MULTILINE)
        self.assertLessEqual(set(undefined), WEAK_BY_DESIGN)

    def test_is_one_object(self) -> None:
        self.assertEqual(len(output("ar", "t", built(STATIC)).split()), 1)

    def test_asks_for_nothing_it_carries(self) -> None:
        undefined = output("nm", "-g", "--undefined-only", built(STATIC))
        names = re.findall(r"^ +[Uvw] (\S+)$", undefined, re.MULTILINE)
        self.assertTrue(names)
        own = [name for name in names if re.search(r"trivet|io_uring|llhttp", name)]
        self.assertEqual(own, [])


if __name__ == "__main__":
    unittest.main()
