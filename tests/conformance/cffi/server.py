"""App, loop and replies over the C interface: as little as the driver needs."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from typing import Any

from abi import AbiError, borrowed, bytes_of, check, ffi, lib, take_error, text_of
from trivet_cdef_gen import CONSTANTS

EVENTS_AT_ONCE = 64
CONTENT = {"none": 0, "text": 1, "html": 2, "json": 3, "bytes": 4, "problem": 5}

Answer = Callable[["Server", "Request"], None]


class Request:
    """A request's handle; whatever is read is asked of the library at that moment."""

    def __init__(self, handle: int) -> None:
        self.handle = handle

    def view(self) -> Any:
        out = ffi.new("const trivet_request_view **")
        check(lib.trivet_request_get(self.handle, out))
        return out[0]

    def lookup(self, kind: str, name: str) -> str | None:
        """kind is header, query or cookie."""
        key, _keep = borrowed(name)
        out = ffi.new("trivet_str *")
        status = getattr(lib, f"trivet_request_{kind}")(self.handle, key, out)
        if status == constant("TRIVET_E_NOT_FOUND"):
            return None
        check(status)
        return text_of(out[0])

    def items(self, kind: str) -> list[tuple[str, str]]:
        items, count = ffi.new("const trivet_param **"), ffi.new("size_t *")
        check(getattr(lib, f"trivet_request_{kind}_items")(self.handle, items, count))
        return [(text_of(items[0][i].name), text_of(items[0][i].value)) for i in range(count[0])]

    def reply(self, kind: str, status: int, body: bytes | str) -> None:
        """kind is text, html, json, bytes, redirect or problem."""
        content, _keep = borrowed(body)
        check(getattr(lib, f"trivet_reply_{kind}")(self.handle, status, content))

    def empty(self, status: int) -> None:
        check(lib.trivet_reply_empty(self.handle, status))

    def fail(self, cause: str, detail: str = "") -> None:
        content, _keep = borrowed(cause)
        shown, _keep_shown = borrowed(detail)
        check(lib.trivet_reply_fail(self.handle, content, shown))

    def send(self, status: int, body: bytes, fields: list[tuple[str, str]]) -> None:
        keeps = []
        headers = ffi.new("trivet_header[]", len(fields))
        for header, (name, value) in zip(headers, fields, strict=True):
            header.name, name_keep = borrowed(name)
            header.value, value_keep = borrowed(value)
            keeps += [name_keep, value_keep]
        reply = ffi.new("trivet_reply *")
        lib.trivet_reply_init(reply, ffi.sizeof("trivet_reply"))
        reply.status, reply.content = status, CONTENT["text"]
        reply.headers, reply.header_count = headers, len(fields)
        reply.body, body_keep = borrowed(body)
        keeps.append(body_keep)
        check(lib.trivet_reply_send(self.handle, reply))


def constant(name: str) -> int:
    value: int = CONSTANTS[name]
    return value


class Server:
    """One app and its loop, driven by trivet_loop_wait and trivet_loop_turn. Owner thread only."""

    def __init__(self, engine: int) -> None:
        self.app = lib.trivet_app_new()
        self.loop = ffi.NULL
        self.answers: dict[int, Answer] = {}
        self.timers: dict[int, Callable[[], None]] = {}
        self.gone: Callable[[int], None] = lambda handle: None
        self.ready: Callable[[int], None] = lambda fd: None
        # CFFI looks names up under a lock that a signal handler must not need.
        self._loop_drain = lib.trivet_loop_drain
        self._keys = itertools.count(1)
        self._handler = ffi.callback("trivet_handler", self._on_request, onerror=self._on_error)
        self._timer = ffi.callback("trivet_timer_fn", self._on_timer)
        self._drop = ffi.callback("trivet_drop", self._on_drop)
        config = ffi.new("trivet_app_config *")
        lib.trivet_app_config_init(config, ffi.sizeof("trivet_app_config"))
        config.engine = engine
        error = ffi.new("trivet_error **")
        if lib.trivet_app_configure(self.app, config, error) != 0:
            raise take_error(error)

    def route(self, method: str, pattern: str, answer: Answer, *, as_event: bool = False) -> None:
        key = next(self._keys)
        self.answers[key] = answer
        config = ffi.new("trivet_route_config *")
        lib.trivet_route_config_init(config, ffi.sizeof("trivet_route_config"))
        config.site, _site = borrowed(f"cffi/driver.py {pattern}")
        (method_str, _method), (pattern_str, _pattern) = borrowed(method), borrowed(pattern)
        error = ffi.new("trivet_error **")
        status = lib.trivet_app_route(
            self.app, method_str, pattern_str, config, ffi.NULL if as_event else self._handler,
            ffi.cast("void *", key), self._drop, error,
        )  # fmt: skip
        if status != 0:
            raise take_error(error)

    def listen(self, port: int) -> None:
        config, out, error = (
            ffi.new("trivet_loop_config *"),
            ffi.new("trivet_loop **"),
            ffi.new("trivet_error **"),
        )
        lib.trivet_loop_config_init(config, ffi.sizeof("trivet_loop_config"))
        config.port = port
        if lib.trivet_loop_new(self.app, config, out, error) != 0:
            raise take_error(error)
        self.loop = out[0]

    def info(self) -> Any:
        info = ffi.new("trivet_loop_info *", {"size": ffi.sizeof("trivet_loop_info")})
        check(lib.trivet_loop_get_info(self.loop, info))
        return info

    def stats(self) -> Any:
        stats = ffi.new("trivet_loop_stats *", {"size": ffi.sizeof("trivet_loop_stats")})
        check(lib.trivet_loop_get_stats(self.loop, stats))
        return stats

    def timer(self, delay_ms: int, fire: Callable[[], None]) -> int:
        key = next(self._keys)
        self.timers[key] = fire
        out = ffi.new("trivet_timer *")
        check(
            lib.trivet_loop_timer_start(
                self.loop, delay_ms, self._timer, ffi.cast("void *", key), self._drop, out
            )
        )
        timer: int = out[0]
        return timer

    def cancel(self, timer: int) -> None:
        check(lib.trivet_loop_timer_cancel(self.loop, timer))

    def watch(self, fd: int, interest: int) -> None:
        check(lib.trivet_loop_watch(self.loop, fd, interest))

    def drain(self) -> None:
        """Callable from a signal handler."""
        self._loop_drain(self.loop)

    def run(self) -> None:
        events, count = ffi.new("trivet_event[]", EVENTS_AT_ONCE), ffi.new("size_t *")
        drained = False
        while not drained:
            # CFFI releases the interpreter's lock around every call: other threads run on.
            check(lib.trivet_loop_wait(self.loop, -1))
            check(lib.trivet_loop_turn(self.loop, 0, events, EVENTS_AT_ONCE, count))
            for event in events[0 : count[0]]:
                drained = self._event(event) or drained

    def _event(self, event: Any) -> bool:
        if event.kind == constant("TRIVET_EVENT_REQUEST"):
            self._answer(event.request, event.user_data)
        elif event.kind == constant("TRIVET_EVENT_GONE"):
            self.gone(event.request)
        elif event.kind == constant("TRIVET_EVENT_WATCH"):
            self.ready(event.fd)
        return bool(event.kind == constant("TRIVET_EVENT_DRAINED"))

    def _on_request(self, handle: int, _view: Any, user_data: Any) -> None:
        self._answer(handle, user_data)

    def _answer(self, handle: int, user_data: Any) -> None:
        request = Request(handle)
        try:
            self.answers[int(ffi.cast("uintptr_t", user_data))](self, request)
        except AbiError as error:
            if error.name not in ("TRIVET_E_STALE", "TRIVET_E_GONE"):
                request.fail(f"{type(error).__name__}: {error}")
        except TypeError as error:  # what json.dumps says of a result it cannot hold
            request.fail(f"{type(error).__name__}: {error}", str(error))
        except Exception as error:
            request.fail(f"{type(error).__name__}: {error}")

    def _on_error(self, _kind: Any, value: Any, _traceback: Any) -> None:
        print(f"driver: {value!r}", file=sys.stderr)

    def _on_timer(self, user_data: Any) -> None:
        self.timers[int(ffi.cast("uintptr_t", user_data))]()

    def _on_drop(self, user_data: Any) -> None:
        key = int(ffi.cast("uintptr_t", user_data))
        self.timers.pop(key, None)
        self.answers.pop(key, None)

    def close(self) -> None:
        lib.trivet_loop_free(self.loop)
        lib.trivet_app_free(self.app)


def body_of(request: Request) -> bytes:
    return bytes_of(request.view().body)
