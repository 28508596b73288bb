"""Sized structs: *_init stays within the size it is given, and too small a struct is refused."""

from __future__ import annotations

import ctypes
import unittest
from collections.abc import Callable
from typing import Any

from generator import Layout, struct_layout
from support import SHARED, SPEC, built

CANARY = 0xA5
ROOM = 8192
STATUSES = {item.name: item.value for item in SPEC.statuses}
ARGUMENT, NOT_FOUND = STATUSES["TRIVET_E_ARGUMENT"], STATUSES["TRIVET_E_NOT_FOUND"]
# What a call gives once it has taken the struct, where that is not success.
TAKEN = {
    "trivet_supervisor_config": STATUSES["TRIVET_E_ADDRESS"],
    "trivet_form_config": STATUSES["TRIVET_E_STALE"],
}


class Pair(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("size", ctypes.c_size_t)]


def text(value: str) -> Pair:
    return Pair(value.encode(), len(value))


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

    def test_smaller_configs_are_taken_down_to_their_first_version(self) -> None:
        calls = {
            "trivet_route_config": self.route,
            "trivet_group_config": self.group,
            "trivet_loop_config": self.loop,
            "trivet_supervisor_config": self.supervise,
            "trivet_form_config": self.form,
        }
        for name, call in calls.items():
            layout = struct_layout(SPEC, SPEC.structs[name])
            for size in (0, 4, layout.size_min - 1):
                with self.subTest(name, size=size):
                    self.assertEqual(call(self.config(name, layout, size)), ARGUMENT)
            for size in (layout.size_min, layout.size, layout.size + 64):
                with self.subTest(name, size=size):
                    self.assertEqual(call(self.config(name, layout, size)), TAKEN.get(name, 0))
            with self.subTest(name, extra=1):
                newer = self.config(name, layout, layout.size + 64)
                newer[layout.size] = 1
                self.assertEqual(call(newer), ARGUMENT)

    def config(self, name: str, layout: Layout, size: int) -> Any:
        """A struct with its defaults that says it is so large."""
        room = (ctypes.c_uint8 * ROOM)()
        getattr(self.library, f"{name}_init")(room, ctypes.c_size_t(layout.size))
        ctypes.memmove(room, size.to_bytes(4, "little"), 4)
        return room

    def app(self) -> ctypes.c_void_p:
        app = ctypes.c_void_p(self.library.trivet_app_new())
        self.addCleanup(self.library.trivet_app_free, app)
        return app

    def route(self, config: Any) -> int:
        strings = (text("GET"), text("/x"))
        return int(self.library.trivet_app_route(self.app(), *strings, config, *[None] * 4))

    def group(self, config: Any) -> int:
        out = ctypes.c_void_p()
        prefix = text("/x")
        return int(
            self.library.trivet_app_group(self.app(), prefix, config, ctypes.byref(out), None)
        )

    def loop(self, config: Any) -> int:
        flags = SPEC.constants["TRIVET_LOOP_UNBOUND"].value
        ctypes.memmove(ctypes.addressof(config) + 4, flags.to_bytes(4, "little"), 4)
        loop = ctypes.c_void_p()
        status = int(self.library.trivet_loop_new(self.app(), config, ctypes.byref(loop), None))
        if status == 0:
            self.library.trivet_loop_free(loop)
        return status

    def form(self, config: Any) -> int:
        """Of no request."""
        return int(self.library.trivet_form_open(ctypes.c_uint64(0), config, None))

    def supervise(self, config: Any) -> int:
        """An address that nobody has: the config was taken, and nothing starts."""
        layout = struct_layout(SPEC, SPEC.structs["trivet_supervisor_config"])
        place = next(place for place in layout.places if place.field.name == "host")
        host = ctypes.create_string_buffer(b"no.such.address.invalid")
        pair = Pair(ctypes.cast(host, ctypes.c_char_p), 23)
        ctypes.memmove(ctypes.addressof(config) + place.offset, ctypes.byref(pair), place.size)
        fork = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_uint32, ctypes.c_void_p)(lambda *_: 0)
        code = ctypes.c_int32()
        run = self.library.trivet_supervisor_run
        return int(run(config, fork, None, None, ctypes.byref(code), None))

    def test_out_structs_are_written_up_to_their_size(self) -> None:
        app, loop = self.app(), ctypes.c_void_p()
        self.assertEqual(
            self.library.trivet_app_route(app, text("GET"), text("/x"), *[None] * 5), 0
        )
        self.check_out("trivet_app_config", lambda room: self.get_config(app, room))
        self.check_out("trivet_route_info", lambda room: self.get_route(app, room))
        self.check_out("trivet_setting_info", lambda room: self.get_setting(app, room))
        layout = struct_layout(SPEC, SPEC.structs["trivet_loop_config"])
        config = self.config("trivet_loop_config", layout, layout.size)
        flags = SPEC.constants["TRIVET_LOOP_UNBOUND"].value
        ctypes.memmove(ctypes.addressof(config) + 4, flags.to_bytes(4, "little"), 4)
        self.assertEqual(self.library.trivet_loop_new(app, config, ctypes.byref(loop), None), 0)
        try:
            for name in ("info", "stats"):
                get = getattr(self.library, f"trivet_loop_get_{name}")
                self.check_out(f"trivet_loop_{name}", lambda room, get=get: int(get(loop, room)))
        finally:
            self.library.trivet_loop_free(loop)

    def get_config(self, app: ctypes.c_void_p, room: Any) -> int:
        return int(self.library.trivet_app_get_config(app, room, None))

    def get_route(self, app: ctypes.c_void_p, room: Any) -> int:
        return int(self.library.trivet_app_get_route(app, ctypes.c_size_t(0), room))

    def get_setting(self, app: ctypes.c_void_p, room: Any) -> int:
        return int(self.library.trivet_app_get_setting(app, ctypes.c_size_t(0), room))

    def test_worker_info_is_checked_before_the_environment(self) -> None:
        """No supervisor started this process: only a struct that is large enough is told so."""
        layout = struct_layout(SPEC, SPEC.structs["trivet_worker_info"])
        inherit = self.library.trivet_supervisor_inherit
        self.assertEqual(self.written(inherit, layout.size_min - 1)[0], ARGUMENT)
        for size in (layout.size_min, layout.size + 64):
            status, content = self.written(inherit, size)
            self.assertEqual(status, NOT_FOUND)
            self.assertEqual(set(content[size:]), {CANARY}, f"wrote beyond {size} bytes")

    def check_out(self, struct: str, get: Callable[[Any], int]) -> None:
        layout = struct_layout(SPEC, SPEC.structs[struct])
        self.assertEqual(self.written(get, layout.size_min - 1)[0], ARGUMENT, struct)
        for size in (layout.size_min, layout.size, layout.size + 64):
            with self.subTest(struct, size=size):
                status, content = self.written(get, size)
                self.assertEqual(status, 0)
                self.assertEqual(int.from_bytes(content[:4], "little"), size)
                self.assertEqual(set(content[size:]), {CANARY}, f"wrote beyond {size} bytes")

    def written(self, get: Callable[[Any], int], size: int) -> tuple[int, bytes]:
        room = (ctypes.c_uint8 * ROOM)(*([CANARY] * ROOM))
        ctypes.memmove(room, size.to_bytes(4, "little"), 4)
        status = int(get(room))
        return status, bytes(room)


if __name__ == "__main__":
    unittest.main()
