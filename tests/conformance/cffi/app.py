"""An app over the C interface: configuration, routes, groups, hooks, URLs, workers."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from typing import Any

from abi import (
    AbiError,
    borrowed,
    check,
    constant,
    ffi,
    initialised,
    lib,
    parameters,
    sized,
    take_error,
    text_of,
)
from request import Request

Answer = Callable[[Request], None]
# Whether the chain goes on.
Before = Callable[[Request], bool]
After = Callable[[Request, Any], None]
Mapped = Callable[[Request, int, str], None]
Items = list[tuple[str, str]]


class App:
    """Each C callback is made once; what it is to do is found by the number in user_data."""

    def __init__(self) -> None:
        self.handle = lib.trivet_app_new()
        self.kept: dict[int, Any] = {}
        self._keys = itertools.count(1)
        self.drop = ffi.callback("trivet_drop", self._on_drop)
        callbacks = {
            "handler": self._on_request,
            "before_hook": self._on_before,
            "after_hook": self._on_after,
            "error_handler": self._on_mapped,
            "lifecycle_fn": self._on_lifecycle,
        }
        self.callbacks = {
            name: ffi.callback(f"trivet_{name}", function, onerror=report)
            for name, function in callbacks.items()
        }

    def keep(self, value: object) -> Any:
        """A user_data that stands for the value until it is dropped."""
        key = next(self._keys)
        self.kept[key] = value
        return ffi.cast("void *", key)

    def value(self, user_data: Any) -> Any:
        return self.kept[int(ffi.cast("uintptr_t", user_data))]

    def config(self) -> Any:
        config, error = initialised("app_config"), ffi.new("trivet_error **")
        if lib.trivet_app_get_config(self.handle, config, error) != 0:
            raise take_error(error)
        return config

    def configure(self, config: Any) -> None:
        error = ffi.new("trivet_error **")
        if lib.trivet_app_configure(self.handle, config, error) != 0:
            raise take_error(error)

    def settings(self) -> list[Any]:
        found: list[Any] = []
        while True:
            info = sized("trivet_setting_info")
            if lib.trivet_app_get_setting(self.handle, len(found), info) != 0:
                return found
            found.append(info)

    def variables(self) -> Items:
        found: Items = []
        entry = ffi.new("trivet_param *")
        while lib.trivet_app_get_variable(self.handle, len(found), entry) == 0:
            found.append((text_of(entry.name), text_of(entry.value)))
        return found

    def concurrency(self) -> tuple[int, int]:
        counts, error = ffi.new("uint32_t[2]"), ffi.new("trivet_error **")
        if lib.trivet_app_concurrency(self.handle, 0, counts, counts + 1, error) != 0:
            raise take_error(error)
        return counts[0], counts[1]

    def inspect(self) -> bool:
        """Describes the app to whoever asked for it, instead of being served."""
        error = ffi.new("trivet_error **")
        status = lib.trivet_app_inspect(self.handle, ffi.NULL, 0, error)
        if status not in (0, constant("TRIVET_E_NOT_FOUND")):
            raise take_error(error)
        return bool(status == 0)

    def group(self, prefix: str, parent: Any = ffi.NULL, decompress: int = 0, **limits: int) -> Any:
        config, out = initialised("group_config"), ffi.new("trivet_group **")
        error = ffi.new("trivet_error **")
        config.parent = parent
        config.decompress = decompress
        set_limits(config, limits)
        config.site, _site = borrowed(f"cffi/driver.py {prefix}")
        text, _text = borrowed(prefix)
        if lib.trivet_app_group(self.handle, text, config, out, error) != 0:
            raise take_error(error)
        return out[0]

    def route(
        self,
        method: str,
        pattern: str,
        answer: Answer,
        *,
        as_event: bool = False,
        name: str = "",
        host: str = "",
        group: Any = ffi.NULL,
        metadata: Items | None = None,
        streams: bool = False,
        decompress: int = 0,
        body_schema: str = "",
        site: str = "cffi/driver.py",
        middleware: list[Any] | None = None,
        **limits: int,
    ) -> None:
        config, error = initialised("route_config"), ffi.new("trivet_error **")
        config.site, _site = borrowed(f"{site} {pattern}")
        config.name, _name = borrowed(name)
        config.host, _host = borrowed(host)
        config.group = group
        config.flags = constant("TRIVET_ROUTE_STREAM") if streams else 0
        config.decompress = decompress
        config.body_schema, _schema = borrowed(body_schema)
        set_limits(config, limits)
        config.metadata, _metadata = pairs = parameters(metadata or [])
        config.metadata_count = len(pairs[0])
        config.middleware = mounts = ffi.new("trivet_middleware *[]", middleware or [])
        config.middleware_count = len(mounts)
        (method_str, _method), (pattern_str, _pattern) = borrowed(method), borrowed(pattern)
        status = lib.trivet_app_route(
            self.handle,
            method_str,
            pattern_str,
            config,
            ffi.NULL if as_event else self.callbacks["handler"],
            self.keep(answer),
            self.drop,
            error,
        )
        if status != 0:
            raise take_error(error)

    def static(
        self,
        prefix: str,
        directory: str,
        *,
        answer: Answer | None = None,
        group: Any = ffi.NULL,
        name: str = "",
        rules: Items | None = None,
        types: Items | None = None,
        flags: int = 0,
        **texts: str,
    ) -> None:
        """Serve a folder; `texts` are index, fallback and cache_control."""
        config, route = initialised("static_config"), initialised("route_config")
        error = ffi.new("trivet_error **")
        route.name, _name = borrowed(name)
        route.group = group
        config.route = route
        config.flags = flags
        kept = [borrowed(text) for text in texts.values()]
        for text, (value, _) in zip(texts, kept, strict=True):
            setattr(config, text, value)
        config.cache_rules, _rules = pairs = parameters(rules or [])
        config.cache_rule_count = len(pairs[0])
        config.types, _types = pairs = parameters(types or [])
        config.type_count = len(pairs[0])
        (prefix_str, _prefix), (folder, _folder) = borrowed(prefix), borrowed(directory)
        handler = ffi.NULL if answer is None else self.callbacks["handler"]
        data = ffi.NULL if answer is None else self.keep(answer)
        drop = ffi.NULL if answer is None else self.drop
        arguments = (prefix_str, folder, config, handler, data, drop, error)
        if lib.trivet_app_static(self.handle, *arguments) != 0:
            raise take_error(error)

    def deliver_static(self, is_delivered: bool) -> None:
        """Of the folder added last."""
        index = lib.trivet_app_route_count(self.handle) - 1
        check(lib.trivet_app_deliver_static(self.handle, index, int(is_delivered)))

    def middleware(self, kind: str, options: Items) -> Any:
        (kind_str, _kind), (pairs, _pairs) = borrowed(kind), parameters(options)
        out, error = ffi.new("trivet_middleware **"), ffi.new("trivet_error **")
        count = len(options)
        if lib.trivet_app_middleware(self.handle, kind_str, pairs, count, out, error) != 0:
            raise take_error(error)
        return out[0]

    def use(self, group: Any, kind: str, options: Items) -> None:
        check(lib.trivet_app_use(self.handle, group, self.middleware(kind, options)))

    def before(self, group: Any, hook: Before) -> None:
        callback = self.callbacks["before_hook"]
        check(lib.trivet_app_before(self.handle, group, callback, self.keep(hook), self.drop))

    def after(self, group: Any, hook: After) -> None:
        callback = self.callbacks["after_hook"]
        check(lib.trivet_app_after(self.handle, group, callback, self.keep(hook), self.drop))

    def fallback(self, answer: Answer) -> None:
        """For what no route takes; delivered as events."""
        check(lib.trivet_app_fallback(self.handle, ffi.NULL, self.keep(answer), self.drop))

    def on_error(self, mapped: Mapped) -> None:
        callback = self.callbacks["error_handler"]
        check(lib.trivet_app_on_error(self.handle, callback, self.keep(mapped), self.drop))

    def on_start(self, run: Callable[[Any], None]) -> None:
        callback = self.callbacks["lifecycle_fn"]
        check(lib.trivet_app_on_start(self.handle, callback, self.keep(run), self.drop))

    def on_stop(self, run: Callable[[Any], None]) -> None:
        callback = self.callbacks["lifecycle_fn"]
        check(lib.trivet_app_on_stop(self.handle, callback, self.keep(run), self.drop))

    def url(self, name: str, params: Items, query: Items) -> str:
        (text, _text), (given, _given) = borrowed(name), parameters(params)
        (asked, _asked), size = parameters(query), ffi.new("size_t *")
        sizes = (given, len(params), asked, len(query))
        status = lib.trivet_app_url(self.handle, text, *sizes, 0, ffi.NULL, size, ffi.NULL)
        if status != constant("TRIVET_E_LIMIT"):
            check(status)
        room, error = ffi.new("char[]", size[0]), ffi.new("trivet_error **")
        if lib.trivet_app_url(self.handle, text, *sizes, size[0], room, size, error) != 0:
            raise take_error(error)
        return bytes(ffi.buffer(room, size[0])).decode()

    def routes(self) -> list[Any]:
        found = []
        for index in range(lib.trivet_app_route_count(self.handle)):
            info = sized("trivet_route_info")
            check(lib.trivet_app_get_route(self.handle, index, info))
            found.append(info)
        return found

    def answer(self, handle: int, user_data: Any) -> None:
        """Runs a handler; whatever it raises is a failed request."""
        request = Request(handle)
        try:
            self.value(user_data)(request)
        except AbiError as error:
            if error.name not in ("TRIVET_E_STALE", "TRIVET_E_GONE"):
                request.fail(f"{type(error).__name__}: {error}")
        except TypeError as error:  # what json.dumps says of a result it cannot hold
            request.fail(f"{type(error).__name__}: {error}", str(error))
        except Exception as error:
            request.fail(f"{type(error).__name__}: {error}")

    def _on_request(self, handle: int, _view: Any, user_data: Any) -> None:
        self.answer(handle, user_data)

    def _on_before(self, handle: int, _view: Any, user_data: Any) -> int:
        goes_on = self.value(user_data)(Request(handle))
        return constant("TRIVET_HOOK_CONTINUE" if goes_on else "TRIVET_HOOK_STOP")

    def _on_after(self, handle: int, _view: Any, reply: Any, user_data: Any) -> None:
        self.value(user_data)(Request(handle), reply)

    def _on_mapped(self, handle: int, _view: Any, status: int, detail: Any, user_data: Any) -> None:
        self.value(user_data)(Request(handle), status, text_of(detail))

    def _on_lifecycle(self, loop: Any, user_data: Any) -> int:
        self.value(user_data)(loop)
        return 0

    def _on_drop(self, user_data: Any) -> None:
        self.kept.pop(int(ffi.cast("uintptr_t", user_data)), None)

    def inject(self) -> int:
        """A client's socket to a loop for tests."""
        out, error = ffi.new("int32_t *"), ffi.new("trivet_error **")
        if lib.trivet_app_inject(self.handle, out, error) != 0:
            raise take_error(error)
        fd: int = out[0]
        return fd

    def advance(self, milliseconds: int) -> None:
        check(lib.trivet_app_advance(self.handle, milliseconds))

    def close(self) -> None:
        lib.trivet_app_free(self.handle)


def set_limits(config: Any, limits: dict[str, int]) -> None:
    """Those of a route's or a group's configuration, by their names."""
    for name, value in limits.items():
        setattr(config, name, value)


def report(_kind: Any, value: Any, _traceback: Any) -> None:
    print(f"driver: {value!r}", file=sys.stderr)
