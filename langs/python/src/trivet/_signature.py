"""How to call a handler: read from its signature once, when it is registered.

A parameter is a path parameter by its name, the request by the name `request` or the annotation
`Request`, and a query parameter otherwise. `inspect` costs a megabyte, so plain functions, which is
nearly all of them, are read without it.
"""

from __future__ import annotations

import sys
from types import FunctionType, MethodType

from ._core import Request
from ._errors_gen import ArgumentError
from ._markers import Dependency, Marker, Missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Any

__all__ = ["Plan", "call_site", "is_async", "name_of", "parameters", "read", "site"]

# Sources and conversions, as native/arguments.h numbers them.
_REQUEST, _PATH, _QUERY = range(3)
_TEXT, _INT, _FLOAT, _BOOL, _UUID = range(5)
_CONVERSIONS: dict[object, int] = {str: _TEXT, int: _INT, float: _FLOAT, bool: _BOOL}
_OF_PATTERN = {"int": _INT, "uuid": _UUID}

_VARIADIC = 0x04 | 0x08  # CO_VARARGS, CO_VARKEYWORDS
_GENERATOR = 0x20
_COROUTINE = 0x80 | 0x100  # CO_COROUTINE, CO_ITERABLE_COROUTINE
_ASYNC_GENERATOR = 0x200


class Parameter:
    """One parameter of a handler."""

    def __init__(self, name: str, annotation: object, default: object, is_keyword: bool) -> None:
        self.name = name
        self.annotation = annotation
        self.default = default
        self.is_keyword = is_keyword


class Plan:
    """What native.Route needs to call a handler."""

    def __init__(self, handler: Callable[..., Any], is_async: bool) -> None:
        #: What is called.
        self.handler = handler
        #: The engine fills every parameter.
        self.is_plain = True
        #: Index and type of each parameter of the pattern.
        self.path: dict[str, tuple[int, str]] = {}
        self.is_async = is_async
        #: It can wait, be it a coroutine or an async generator.
        self.needs_loop = is_async
        self.arguments: list[tuple[int, int, int, str, bool, object]] = []
        self.keyword_names: tuple[str, ...] = ()
        self.int_params = 0
        self.uuid_params = 0


def read(handler: Callable[..., Any], pattern: str, host: str = "") -> Plan:
    """Read a handler's signature and asyncness for the whole pattern of a route."""
    flags = kind_of(handler)
    plan = Plan(handler, bool(flags & _COROUTINE))
    plan.needs_loop = bool(flags & (_COROUTINE | _ASYNC_GENERATOR))
    # As the engine numbers them: those of the host come first.
    for index, (key, kind) in enumerate((*_pattern_params(host), *_pattern_params(pattern))):
        plan.path[key] = (index, kind)
        plan.int_params |= (kind == "int") << index
        plan.uuid_params |= (kind == "uuid") << index
    found = parameters(handler)
    found.sort(key=lambda parameter: parameter.is_keyword)
    if not all(_is_plain(parameter) for parameter in found):
        plan.is_plain = False
        return plan
    for parameter in found:
        plan.arguments.append(_argument(parameter, plan.path, handler))
    plan.keyword_names = tuple(p.name for p in found if p.is_keyword)
    return plan


def kind_of(function: Callable[..., Any]) -> int:
    """Give the flags of a function's code that tell what a call of it gives."""
    inner = function.__func__ if isinstance(function, MethodType) else function
    if isinstance(inner, FunctionType) and not hasattr(inner, "__wrapped__"):
        return inner.__code__.co_flags
    return _inspected_flags(function)


def parameters(function: Callable[..., Any]) -> list[Parameter]:
    """Read the parameters of whatever can be called."""
    inner = function.__func__ if isinstance(function, MethodType) else function
    if isinstance(inner, FunctionType) and not hasattr(inner, "__wrapped__"):
        return _read_function(inner, isinstance(function, MethodType))
    return _inspect(function)


def returned(function: Callable[..., Any]) -> object:
    """Give the annotation of what a function gives, a string where its module does not know it."""
    inner = getattr(function, "__func__", function)
    inner = getattr(inner, "__wrapped__", inner)
    annotations = getattr(inner, "__annotations__", None)
    if annotations is None:  # an object that can be called
        inner = getattr(type(function), "__call__", None)  # noqa: B004
        annotations = getattr(inner, "__annotations__", {})
    return _resolve(annotations.get("return", Missing), inner)


def _is_plain(parameter: Parameter) -> bool:
    """Whether the engine itself fills a parameter."""
    annotation = _without_none(parameter.annotation)
    if isinstance(parameter.default, (Dependency, Marker)):
        return False
    uuid = sys.modules.get("uuid")
    try:
        is_scalar = annotation in _CONVERSIONS
    except TypeError:
        return False
    return (
        is_scalar
        or annotation in (Request, Missing)
        or (uuid is not None and annotation is uuid.UUID)
    )


def site(handler: Callable[..., Any]) -> str:
    """Where a handler is defined: app.py:12."""
    function = getattr(handler, "__func__", handler)
    code = getattr(getattr(function, "__wrapped__", function), "__code__", None)
    if code is None:
        return name_of(handler)
    return f"{code.co_filename.rpartition('/')[2]}:{code.co_firstlineno}"


def name_of(handler: Callable[..., Any]) -> str:
    """Give what to call a function in a message: user()."""
    return getattr(handler, "__qualname__", repr(handler)) + "()"


def type_name(annotation: object) -> str:
    """Give what to call a type in a message."""
    is_class = isinstance(annotation, type) and not hasattr(annotation, "__args__")
    return str(getattr(annotation, "__name__", annotation) if is_class else annotation)


def is_mapping(annotation: object) -> bool:
    """Whether a type is dict, or one of its like."""
    origin = getattr(annotation, "__origin__", annotation)
    return isinstance(origin, type) and issubclass(origin, dict)


def check_stream(plan: Plan, handler: Callable[..., Any]) -> None:
    """Refuse a plain handler for a route that streams."""
    if not plan.needs_loop:
        raise ArgumentError(
            detail=f"{name_of(handler)} ({site(handler)}) is a plain function; a handler of a "
            "streaming route is an async def, because it waits for the content"
        )


def call_site() -> str:
    """Where the package was called from: app.py:12."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").startswith(__package__):
        frame = frame.f_back
    if frame is None:
        return ""
    return f"{frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno}"


def is_async(function: Callable[..., Any], kind: str, count: int) -> bool:
    """Whether a hook or error handler is an async def; ArgumentError when it cannot be called."""
    inner = function.__func__ if isinstance(function, MethodType) else function
    if not isinstance(inner, FunctionType) or hasattr(inner, "__wrapped__"):
        if not callable(function):
            raise ArgumentError(detail=f"{kind} must be callable, not {function!r}")
        flags = _inspected_flags(function)
    else:
        code = inner.__code__
        flags = code.co_flags
        most = code.co_argcount - isinstance(function, MethodType)
        least = most - len(inner.__defaults__ or ())
        if not flags & 0x04 and not least <= count <= most:
            raise ArgumentError(
                detail=f"{kind} {name_of(function)} ({site(function)}) takes {most} parameters, "
                f"and is called with {count}"
            )
    if flags & (_ASYNC_GENERATOR | _GENERATOR):
        raise ArgumentError(detail=f"{kind} {name_of(function)} is a generator")
    return bool(flags & _COROUTINE)


def _pattern_params(pattern: str) -> Iterator[tuple[str, str]]:
    """Give names and types as the engine reads them; what is malformed is left to it."""
    begin = pattern.find("{")
    while begin >= 0:
        close = pattern.find("}", begin)
        if close < 0:
            return
        name, _, kind = pattern[begin + 1 : close].partition(":")
        if kind.startswith("regex("):
            # An expression ends at the first ")}" before a slash or the end.
            close = pattern.find(")}", begin)
            while close >= 0 and pattern[close + 2 : close + 3] not in ("", "/"):
                close = pattern.find(")}", close + 1)
            if close < 0:
                return
            kind = "regex"
        yield name, kind
        begin = pattern.find("{", close)


def _read_function(function: FunctionType, is_bound: bool) -> list[Parameter]:
    code = function.__code__
    if code.co_flags & _VARIADIC:
        raise ArgumentError(
            detail=f"{name_of(function)} takes * parameters, so what it needs cannot be read; "
            "a decorator's wrapper says so with functools.wraps"
        )
    positional = code.co_varnames[: code.co_argcount]
    keyword = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    defaults = function.__defaults__ or ()
    first_default = len(positional) - len(defaults)
    annotations = function.__annotations__
    parameters = []
    for index, name in enumerate(positional):
        default = defaults[index - first_default] if index >= first_default else Missing
        annotation = _resolve(annotations.get(name, Missing), function)
        parameters.append(Parameter(name, annotation, default, False))
    for name in keyword:
        default = (function.__kwdefaults__ or {}).get(name, Missing)
        annotation = _resolve(annotations.get(name, Missing), function)
        parameters.append(Parameter(name, annotation, default, True))
    return parameters[1:] if is_bound else parameters


def _resolve(annotation: object, function: Any) -> object:
    """Give the object behind an annotation that is a string (PEP 563)."""
    if not isinstance(annotation, str):
        return annotation
    simple = {"str": str, "int": int, "float": float, "bool": bool, "Request": Request}
    if annotation in simple:
        return simple[annotation]
    function = getattr(function, "func", function)  # of a partial
    known = getattr(function, "__globals__", None)
    if known is None:  # a class, or an object that can be called
        known = vars(sys.modules.get(getattr(function, "__module__", ""), sys))
    try:
        return eval(annotation, known)  # noqa: S307
    except Exception:
        return annotation


def _inspected_flags(handler: Callable[..., Any]) -> int:
    import inspect

    inner = inspect.unwrap(handler)
    call = getattr(type(inner), "__call__", None)  # noqa: B004
    candidates = (handler, inner, call)
    if any(inspect.iscoroutinefunction(candidate) for candidate in candidates):
        return _COROUTINE
    if any(inspect.isasyncgenfunction(candidate) for candidate in candidates):
        return _ASYNC_GENERATOR
    if any(inspect.isgeneratorfunction(candidate) for candidate in candidates):
        return _GENERATOR
    return 0


def _inspect(handler: Callable[..., Any]) -> list[Parameter]:
    import inspect

    empty = inspect.Parameter.empty
    try:
        signature = inspect.signature(handler)
    except (TypeError, ValueError) as error:
        raise ArgumentError(detail=f"{name_of(handler)}: {error}") from None
    parameters = []
    for item in signature.parameters.values():
        if item.kind in (item.VAR_POSITIONAL, item.VAR_KEYWORD):
            raise ArgumentError(
                detail=f"{name_of(handler)} takes * parameters, so what it needs cannot be read"
            )
        annotation = Missing if item.annotation is empty else item.annotation
        default = Missing if item.default is empty else item.default
        is_keyword = item.kind is item.KEYWORD_ONLY
        annotation = _resolve(annotation, inspect.unwrap(handler))
        parameters.append(Parameter(item.name, annotation, default, is_keyword))
    return parameters


def is_union(annotation: object) -> bool:
    """Whether a type is A | B, or Union[A, B]."""
    origin = getattr(annotation, "__origin__", None)
    return type(annotation).__name__ == "UnionType" or (
        origin is not None and origin is getattr(sys.modules.get("typing"), "Union", ())
    )


def _without_none(annotation: object) -> object:
    """Give T for `T | None` and Optional[T]."""
    if not is_union(annotation):
        return annotation
    members = [m for m in getattr(annotation, "__args__", ()) if m is not type(None)]
    return members[0] if len(members) == 1 else annotation


def _argument(
    parameter: Parameter, path: dict[str, tuple[int, str]], handler: Callable[..., Any]
) -> tuple[int, int, int, str, bool, object]:
    name, annotation = parameter.name, _without_none(parameter.annotation)
    if name in path:
        index, kind = path[name]
        conversion = (
            _OF_PATTERN.get(kind, _TEXT)
            if annotation is Missing
            else _conversion(parameter, annotation, handler)
        )
        return (_PATH, conversion, index, name, True, None)
    if annotation is Request or (name == "request" and annotation is Missing):
        return (_REQUEST, _TEXT, 0, name, True, None)
    is_required = parameter.default is Missing
    if annotation is Missing:
        is_known = not is_required and parameter.default is not None
        annotation = type(parameter.default) if is_known else str
    conversion = _conversion(parameter, annotation, handler)
    default = None if is_required else parameter.default
    return (_QUERY, conversion, 0, name, is_required, default)


def _conversion(parameter: Parameter, annotation: object, handler: Callable[..., Any]) -> int:
    uuid = sys.modules.get("uuid")
    if uuid is not None and annotation is uuid.UUID:
        return _UUID
    try:
        return _CONVERSIONS[annotation]
    except (KeyError, TypeError):
        kind = getattr(annotation, "__name__", annotation)
        raise ArgumentError(
            detail=f"parameter {parameter.name!r} of {name_of(handler)} ({site(handler)}) "
            f"cannot be filled with {kind}, the type of its default: give it an annotation"
        ) from None
