"""The reader of symbols sees writable variables and nothing else."""

import unittest

from globals import writable

SYMBOLS = """
0000000000000010 l     O .bss	0000000000000008 trivet::io::counter
0000000000000000 l       .tbss	0000000000000004 depth
0000000000000000 l    d  .bss	0000000000000000 .bss
0000000000000000 l     O .data.names	0000000000000008 table
0000000000000000 l     O .data.rel.ro.local	0000000000000020 vtable for X
0000000000000000 l     O .rodata	0000000000000004 kLimit
0000000000000340 g     F .text	0000000000000010 trivet_version
"""


class Globals(unittest.TestCase):
    def test_sees_writable_objects_only(self) -> None:
        self.assertEqual(writable(SYMBOLS), ["trivet::io::counter", "depth", "table"])


if __name__ == "__main__":
    unittest.main()
