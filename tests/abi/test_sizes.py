"""Sized structs: *_init stays within the size it is given, and too small a struct is refused."""

from __future__ import annotations

import ctypes
import unittest
from collections.abc import Callable

from generator import Layout, struct_layout
from support import SHARED, SPEC, built

CANARY = 0xA5
ROOM = 8192
ARGUMENT = next(item.value for item in SPEC.statuses if item.name == "TRIVET_E_ARGUMENT")


class Pair(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("size", ctypes.c_size_t)]


def sizes(layout: Layout) -> list[int]:
    """From nothing over every field's edges to more than this library knows."""
    ends = {place.end for place in layout.places}
    edges = {end + shift for end in ends for shift in (-1, 0, 1)}
    return sorted(edges | {0, 1, 3, layout.size, layout.size + 8, layout.size + 1000})


def _bytes(number: int, size: int) -> bytes:
    return (number % (1 << 8 * size)).to_bytes(size, "little")


class Sizes(unittest.TestCase):
    def setUp(self) -> None:
        self.library = ctypes.CDLL(str(built(SHARED)))
        for name in ("trivet_app_new", "trivet_lit"):
            getattr(self.library, name).restype = ctypes.c_void_p
        self.library.trivet_lit.restype = Pair

    def filled(self, init: str, size: int) -> bytes:
        room = (ctypes.c_uint8 * ROOM)(*([CANARY] * ROOM))
        function = getattr(self.library, init)
        function.restype, function.argtypes = None, (ctypes.c_void_p, ctypes.c_size_t)
        function(ctypes.addressof(room) + 64, size)
        content: bytes = bytes(room)
        self.assertEqual(set(content[:64]), {CANARY}, "wrote before the struct")
        self.assertEqual(set(content[64 + size :]), {CANARY}, f"wrote beyond {size} bytes")
        return bytes(content[64 : 64 + size])

    def test_init_writes_what_fits_and_zeroes_the_rest(self) -> None:
        structs = [item for item in SPEC.structs.values() if item.init]
        self.assertGreaterEqual(len(structs), 4)
        for struct in structs:
            layout = struct_layout(SPEC, struct)
            whole = self.filled(struct.init, layout.size)
            for size in sizes(layout):
                with self.subTest(struct.name, size=size):
                    content = self.filled(struct.init, size)
                    for place in layout.places:
                        part = content[place.offset : place.end]
                        if place.end > size:
                            self.assertEqual(set(part) - {0}, set(), place.field.name)
                        elif place.field.name == "size":
                            self.assertEqual(int.from_bytes(part, "little"), size)
                        else:
                            self.assertEqual(part, whole[place.offset : place.end])
                    self.assertEqual(set(content[layout.size :]) - {0}, set())

    def test_init_writes_the_spec_defaults(self) -> None:
        for struct in (item for item in SPEC.structs.values() if item.init):
            layout = struct_layout(SPEC, struct)
            content = self.filled(struct.init, layout.size)
            for place in layout.places:
                value, part = place.field.default, content[place.offset : place.end]
                with self.subTest(struct.name, field=place.field.name):
                    if place.field.type.text == "trivet_str":
                        pair = Pair.from_buffer_copy(part)
                        text = ctypes.string_at(pair.data, pair.size) if pair.size else b""
                        self.assertEqual(text.decode(), value or "")
                    elif place.field.name != "size":
                        number = SPEC.constants[value].value if isinstance(value, str) else value
                        self.assertEqual(part, _bytes(number or 0, len(part)))

    def test_null_is_fine_for_no_init(self) -> None:
        for struct in (item for item in SPEC.structs.values() if item.init):
            getattr(self.library, struct.init)(None, 0)

    def test_config_below_its_first_version_is_refused(self) -> None:
        struct = SPEC.structs["trivet_app_config"]
        layout = struct_layout(SPEC, struct)
        for size in (0, 4, 8, layout.size_min - 1):
            self.assertEqual(self.configure(layout, size), ARGUMENT, f"size {size}")
        self.assertEqual(self.configure(layout, layout.size_min), 0)
        self.assertEqual(self.configure(layout, layout.size), 0)

    def test_config_of_a_newer_client_is_taken_when_it_asks_for_nothing_new(self) -> None:
        layout = struct_layout(SPEC, SPEC.structs["trivet_app_config"])
        self.assertEqual(self.configure(layout, layout.size + 64), 0)
        self.assertEqual(self.configure(layout, layout.size + 64, extra=1), ARGUMENT)

    def configure(self, layout: Layout, size: int, extra: int = 0) -> int:
        room = (ctypes.c_uint8 * ROOM)()
        library = self.library
        library.trivet_app_config_init(ctypes.byref(room), ctypes.c_size_t(layout.size))
        ctypes.memmove(room, size.to_bytes(4, "little"), 4)
        if extra:
            room[layout.size] = extra
        app = ctypes.c_void_p(library.trivet_app_new())
        try:
            return int(library.trivet_app_configure(app, ctypes.byref(room), None))
        finally:
            library.trivet_app_free(app)

    def test_out_structs_are_written_up_to_their_size(self) -> None:
        library = self.library
        app = ctypes.c_void_p(library.trivet_app_new())
        loop = ctypes.c_void_p()
        config = (ctypes.c_uint8 * ROOM)()
        size = struct_layout(SPEC, SPEC.structs["trivet_loop_config"]).size
        library.trivet_loop_config_init(ctypes.byref(config), ctypes.c_size_t(size))
        flags = SPEC.constants["TRIVET_LOOP_UNBOUND"].value
        ctypes.memmove(ctypes.addressof(config) + 4, flags.to_bytes(4, "little"), 4)
        made = library.trivet_loop_new(app, ctypes.byref(config), ctypes.byref(loop), None)
        self.assertEqual(made, 0)
        try:
            for name in ("info", "stats"):
                layout = struct_layout(SPEC, SPEC.structs[f"trivet_loop_{name}"])
                get = getattr(library, f"trivet_loop_get_{name}")
                self.assertEqual(self.written(get, loop, layout.size_min - 1)[0], ARGUMENT)
                for size in (layout.size_min, layout.size, layout.size + 64):
                    status, content = self.written(get, loop, size)
                    self.assertEqual(status, 0)
                    self.assertEqual(int.from_bytes(content[:4], "little"), size)
                    self.assertEqual(set(content[size:]), {CANARY}, f"wrote beyond {size} bytes")
        finally:
            library.trivet_loop_free(loop)
            library.trivet_app_free(app)

    def written(
        self, get: Callable[..., int], loop: ctypes.c_void_p, size: int
    ) -> tuple[int, bytes]:
        room = (ctypes.c_uint8 * ROOM)(*([CANARY] * ROOM))
        ctypes.memmove(room, size.to_bytes(4, "little"), 4)
        status = int(get(loop, ctypes.byref(room)))
        return status, bytes(room)


if __name__ == "__main__":
    unittest.main()
