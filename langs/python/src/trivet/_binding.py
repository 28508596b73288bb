"""How to call a handler whose parameters need more than the engine gives: read at registration.

Each parameter becomes a reader, a function of the request. What they need of dependencies is in
_depends. Imported by the first route that has such a parameter or says what it gives.
"""

from __future__ import annotations

import sys
import typing
from typing import TYPE_CHECKING, Any

from . import _signature
from ._background import BackgroundTasks
from ._codecs import Codec, codec_for, is_model
from ._core import Request, Response
from ._errors_gen import ArgumentError
from ._markers import MARKERS, Dependency, Marker, Missing
from ._params import _REQUIRED, BodyParam, FileParam, Param
from ._shapes import UnsupportedTypeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._signature import Parameter

__all__ = ["Bound", "Inputs", "bind", "result_codec", "sender"]

Reader = typing.Callable[[Request], Any]


class Inputs:
    """What all functions of one route take of its requests."""

    def __init__(self, path: dict[str, tuple[int, str]], is_stream: bool) -> None:
        self.path = path
        self.is_stream = is_stream
        self.params: list[Param | FileParam] = []
        self.body: BodyParam | None = None
        self.body_of = ""


class Bound:
    """One function with the readers of its parameters."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        #: For each parameter: its name, whether it is given by name, and where it comes from.
        self.arguments: list[tuple[str, bool, Reader | Dependency | type[BackgroundTasks]]] = []

    @property
    def needs_task(self) -> bool:
        """Whether something has to be done for it before or after the call."""
        return any(isinstance(source, (Dependency, type)) for _, _, source in self.arguments)


def bind(function: Callable[..., Any], inputs: Inputs) -> Bound:
    """Read a function's parameters; what they take of requests is added to `inputs`."""
    bound = Bound(function)
    for parameter in _signature.parameters(function):
        source = _source(parameter, function, inputs)
        bound.arguments.append((parameter.name, parameter.is_keyword, source))
    return bound


def _place(function: Callable[..., Any]) -> str:
    return f"{_signature.name_of(function)} ({_signature.site(function)})"


def _refuse(parameter: Parameter, function: Callable[..., Any], told: str) -> ArgumentError:
    return ArgumentError(detail=f"parameter {parameter.name!r} of {_place(function)} {told}")


def _source(
    parameter: Parameter, function: Callable[..., Any], inputs: Inputs
) -> Reader | Dependency | type[BackgroundTasks]:
    annotation = parameter.annotation
    if isinstance(annotation, str):
        raise _refuse(
            parameter,
            function,
            f"has the annotation {annotation!r}, which its module does not know: import or define "
            "it at the top of the module, not only for type checkers",
        )
    marker, annotation = _marker_of(parameter, annotation, function)
    if isinstance(marker, Dependency):
        if marker.function is None and isinstance(annotation, type) and annotation is not Missing:
            return Dependency(annotation, marker.scope, marker.use_cache)
        return marker
    if annotation is BackgroundTasks:
        return BackgroundTasks
    if marker is None and (
        annotation is Request or (parameter.name == "request" and annotation is Missing)
    ):
        return lambda request: request
    default = parameter.default
    if isinstance(default, Marker):
        default = default.default
    elif marker is not None and default is Missing:
        default = marker.default
    default = _REQUIRED if default in (Missing, ...) else default
    if annotation is Missing:
        known = default is not _REQUIRED and default is not None
        annotation = type(default) if known else str
    if parameter.name in inputs.path and (marker is None or marker.place == "path"):
        return _param(parameter, function, inputs, annotation, "path", marker, _REQUIRED)
    is_body = is_model(_without_rules(annotation)) if marker is None else marker.place == "body"
    if is_body:
        return _body(parameter, function, inputs, annotation, marker, default)
    if marker is not None and marker.place == "path":
        raise _refuse(parameter, function, "is Path(), and the pattern has none of that name")
    kind = _file_of(annotation)
    if kind is not None:
        return _file(parameter, function, inputs, kind is list, marker, default)
    place = marker.place if marker is not None else "query"
    return _param(parameter, function, inputs, annotation, place, marker, default)


def _marker_of(
    parameter: Parameter, annotation: Any, function: Callable[..., Any]
) -> tuple[Any, Any]:
    """Give the marker of a parameter and its type with the marker's rules."""
    found = []
    if typing.get_origin(annotation) is typing.Annotated:
        metadata = annotation.__metadata__
        for index, item in enumerate(metadata):
            forms = sys.modules.get(f"{__package__}._forms")
            if any(item is marker for marker in (*MARKERS, getattr(forms, "Form", Missing))):
                raise _refuse(parameter, function, f"has {item.__name__}: write {item.__name__}()")
            if isinstance(item, (Marker, Dependency)):
                found.append(item)
                if isinstance(item, Dependency):
                    rest = metadata[:index] + metadata[index + 1 :]
                    if not rest:
                        annotation = annotation.__origin__
    if isinstance(parameter.default, (Marker, Dependency)):
        found.append(parameter.default)
        if isinstance(parameter.default, Marker) and annotation is not Missing:
            annotation = typing.Annotated[annotation, parameter.default]
    if len(found) > 1:
        raise _refuse(parameter, function, f"has {found[0]} and {found[1]}: one of them is right")
    return (found[0] if found else None), annotation


def _file_of(annotation: Any) -> type | None:
    """Give list or UploadFile for parameters that are files of a form."""
    forms = sys.modules.get(f"{__package__}._forms")
    if forms is None:
        return None
    annotation = _without_rules(annotation)
    if _signature.is_union(annotation):
        kinds = [kind for kind in typing.get_args(annotation) if kind is not type(None)]
        annotation = kinds[0] if len(kinds) == 1 else annotation
    file: type[object] = forms.UploadFile
    if annotation == file:
        return file
    is_list = typing.get_origin(annotation) is list
    return list if is_list and typing.get_args(annotation)[0] is file else None


def _file(
    parameter: Parameter,
    function: Callable[..., Any],
    inputs: Inputs,
    is_list: bool,
    marker: Marker | None,
    default: Any,
) -> Reader:
    if marker is not None and marker.place != "form":
        raise _refuse(parameter, function, f"is {marker}, and a file is of a form: write Form()")
    _check_form(parameter, function, inputs)
    key = parameter.name if marker is None or marker.alias is None else marker.alias
    param = FileParam(parameter.name, key, is_list, default)
    inputs.params.append(param)
    return param.read


def _check_form(parameter: Parameter, function: Callable[..., Any], inputs: Inputs) -> None:
    """Refuse a part of a form where the content is something else."""
    if inputs.is_stream:
        raise _refuse(
            parameter,
            function,
            "is of a form, and a streaming route reads that itself: leave stream=True out, or "
            "await request.form()",
        )
    if inputs.body is not None:
        raise _refuse(
            parameter,
            function,
            f"is of a form, and the content is JSON for {inputs.body_of}: it is one or the other",
        )


def _without_rules(annotation: Any) -> Any:
    is_annotated = typing.get_origin(annotation) is typing.Annotated
    return annotation.__origin__ if is_annotated else annotation


def _codec(annotation: Any, parameter: Parameter, function: Callable[..., Any]) -> Codec:
    try:
        return codec_for(annotation)
    except UnsupportedTypeError as error:
        raise _refuse(
            parameter,
            function,
            f"cannot be filled with {_signature.type_name(annotation)}: {error}. A parameter is of "
            "the path, the request, a dependency (Depends), the JSON content (a dataclass, a "
            "TypedDict, a Pydantic model, a msgspec.Struct, or Body()), else of the query",
        ) from None


def _param(
    parameter: Parameter,
    function: Callable[..., Any],
    inputs: Inputs,
    annotation: Any,
    place: str,
    marker: Marker | None,
    default: Any,
) -> Reader:
    if marker is None and _signature.is_mapping(annotation):
        raise _refuse(
            parameter,
            function,
            f"cannot be filled with {_signature.type_name(annotation)}: it is no path parameter, "
            "no Request, and a query parameter is a scalar, a choice of them or a list; where it "
            "is the JSON content, write Annotated[..., Body()]",
        )
    if place == "form":
        _check_form(parameter, function, inputs)
    codec = _codec(annotation, parameter, function)
    key = parameter.name
    if marker is not None and marker.alias is not None:
        key = marker.alias
    elif place == "header":
        key = parameter.name.replace("_", "-")
    param = Param(parameter.name, key, place, codec, default)
    param.is_deprecated = marker is not None and marker.deprecated
    inputs.params.append(param)
    return param.read


def _body(
    parameter: Parameter,
    function: Callable[..., Any],
    inputs: Inputs,
    annotation: Any,
    marker: Marker | None,
    default: Any,
) -> Reader:
    here = f"{parameter.name!r} of {_signature.name_of(function)}"
    if inputs.body is not None:
        raise _refuse(
            parameter,
            function,
            f"would be the JSON content, as {inputs.body_of} is: put both into one type",
        )
    if any(param.place == "form" for param in inputs.params):
        raise _refuse(
            parameter,
            function,
            "would be the JSON content, and other parameters are of a form: it is one or the other",
        )
    if inputs.is_stream:
        raise _refuse(
            parameter,
            function,
            "is the JSON content, and a streaming route reads that itself: leave stream=True out, "
            "or take the request",
        )
    body = BodyParam(parameter.name, _codec(annotation, parameter, function), default)
    inputs.body, inputs.body_of = body, here
    return body.read


def result_codec(annotation: Any, function: Callable[..., Any]) -> Codec | None:
    """Give the codec of what a handler says it gives, when that is a model."""
    if annotation is Missing or isinstance(annotation, str):
        return None
    is_union = _signature.is_union(annotation)
    kinds = typing.get_args(annotation) if is_union else (annotation,)
    models = [
        kind
        for kind in kinds
        if kind is not type(None) and not (isinstance(kind, type) and issubclass(kind, Response))
    ]
    if not models or not all(is_model(_without_rules(kind)) for kind in models):
        return None
    try:
        return codec_for(typing.Union[tuple(models)])  # noqa: UP007
    except UnsupportedTypeError as error:
        told = f"{_place(function)} gives {_signature.type_name(annotation)}: {error}"
        raise ArgumentError(detail=told) from None


def sender(codec: Codec, function: Callable[..., Any]) -> Callable[[Any], Any]:
    """Give what makes an answer of a result that is to be of a type."""
    encode = codec.encode
    place = _place(function)

    def send(result: Any) -> Any:
        if result is None or isinstance(result, Response):
            return result
        try:
            content = encode(result)
        except Exception as error:
            told = (
                f"the result of {place} is not what its annotation says: {error}; return that, or "
                "annotate what it returns"
            )
            raise TypeError(told) from error
        return Response(content, None, None, "application/json")

    return send
