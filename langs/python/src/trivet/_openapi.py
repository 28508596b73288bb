"""OpenAPI 3.1 operations of an app's routes, from their patterns, types and docstrings.

The whole document is the core's to assemble; here is what Python knows of it.
"""

from __future__ import annotations

import collections.abc
import inspect
import json
import re
import typing
from typing import TYPE_CHECKING, Any

from . import _binding, _signature
from ._codecs import Codec, codec_for
from ._core import (
    HTML,
    XML,
    HubStream,
    NoContent,
    Response,
    ServerSentEvent,
    StreamResponse,
    Text,
)
from ._events import EventStream, TokenStream
from ._markers import Missing
from ._params import FileParam, Param
from ._shapes import UnsupportedTypeError

if TYPE_CHECKING:
    from ._app import App
    from ._routing import Registered

    Schema = dict[str, Any]

__all__ = ["describe", "operations"]

_REFERENCE = "#/components/schemas/"
_KINDS: dict[str, Schema] = {
    "int": {"type": "integer", "format": "int64"},
    "uuid": {"type": "string", "format": "uuid"},
}
_EVENTS = "text/event-stream"
# OpenAPI 3.1 has no word for what one of their events or lines is: they are text.
_STREAMS = (_EVENTS, "application/x-ndjson")
_ITERATORS = (
    collections.abc.Iterator,
    collections.abc.Generator,
    collections.abc.AsyncIterator,
    collections.abc.AsyncIterable,
    collections.abc.AsyncGenerator,
)
_PIECES = (str, bytes, bytearray, memoryview)
_REASONS = {
    200: "OK",
    201: "Created",
    202: "Accepted",
    204: "No Content",
}


class Components:
    """The named schemas of an app; two types with one name get two names."""

    def __init__(self) -> None:
        self._given: dict[str, Schema] = {"Problem": {}}  # the engine's own
        self.ids: set[str] = set()

    def add(self, codec: Codec, schema: Schema, used: dict[str, Schema]) -> Schema:
        """Give a codec's schema with references to components, which are added to `used`."""
        definitions: dict[str, Schema] = schema.get("$defs", {})
        top = {key: value for key, value in schema.items() if key != "$defs"}
        names = {name: self._name(name, part) for name, part in definitions.items()}
        for name, part in definitions.items():
            used[names[name]] = _rename(part, names)
        if top.get("type") == "object" and codec.name and "properties" in top:
            name = self._name(codec.name, schema)
            used[name] = _rename(top, names)
            return {"$ref": _REFERENCE + name}
        renamed: Schema = _rename(top, names)
        return renamed

    def _name(self, name: str, schema: Schema) -> str:
        name = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
        given, number = name, 2
        while given in self._given and self._given[given] != schema:
            given, number = f"{name}{number}", number + 1
        self._given[given] = schema
        return given

    def operation_id(self, name: str) -> str:
        """Give an operationId that no other operation has."""
        given, number = name, 2
        while given in self.ids:
            given, number = f"{name}{number}", number + 1
        self.ids.add(given)
        return given


def _rename(schema: Any, names: dict[str, str]) -> Any:
    if isinstance(schema, list):
        return [_rename(item, names) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _rename(value, names) for key, value in schema.items()}
    reference = schema.get("$ref")
    if isinstance(reference, str):
        name = reference.rpartition("/")[2]
        made["$ref"] = _REFERENCE + names.get(name, name)
    mapping = schema.get("discriminator", {}).get("mapping") if "discriminator" in schema else None
    if isinstance(mapping, dict):
        made["discriminator"] = dict(made["discriminator"])
        made["discriminator"]["mapping"] = {
            key: _REFERENCE + names[str(value).rpartition("/")[2]] for key, value in mapping.items()
        }
    return made


def operations(app: App) -> list[tuple[tuple[str, ...], str, Schema, dict[str, Schema]]]:
    """Give methods, pattern, operation and named schemas of each route, in their order."""
    components = Components()
    found = []
    for registered in app.registered:
        used: dict[str, Schema] = {}
        operation = _operation(registered, components, used)
        info = registered.route.info
        found.append((info.methods, info.pattern, operation, used))
    return found


def describe(app: App, warns: bool) -> None:
    """Tell the engine all there is to say of the routes.

    A route that cannot be described is so by its pattern alone.
    """
    native = app.native
    components = Components()
    told: set[str] = set()
    for registered in app.registered:
        if registered.is_hidden:
            native.set_operation(registered.index, "")
            continue
        used: dict[str, Schema] = {}
        try:
            text = json.dumps(_operation(registered, components, used))
            schemas = {name: json.dumps(used[name]) for name in used if name not in told}
        except Exception as error:  # types are the program's, and so is what they raise
            if warns:
                app.log.warn(_undescribed(registered, error))
            continue
        native.set_operation(registered.index, text)
        for name, schema in schemas.items():
            native.add_schema(name, schema)
            told.add(name)


def _undescribed(registered: Registered, error: Exception) -> str:
    info = registered.route.info
    return (
        f"{','.join(info.methods)} {info.pattern} ({info.site}) is in the OpenAPI document without"
        f" its types: {type(error).__name__}: {error}; annotate it with types that have a JSON"
        " schema, or hide it with hidden=True"
    )


def _operation(registered: Registered, components: Components, used: dict[str, Schema]) -> Schema:
    info, plan = registered.route.info, registered.plan
    handler = registered.handler
    inputs = registered.inputs
    if inputs is None:
        inputs = _binding.Inputs(plan.path, False)
        _binding.bind(handler, inputs)
    name: str = info.name or getattr(handler, "__name__", type(handler).__name__)
    operation: Schema = {}
    if name != "<lambda>":  # the engine makes one of method and path
        operation["operationId"] = components.operation_id(name)
    text = inspect.getdoc(handler) if hasattr(handler, "__name__") else None
    if text:
        first, _, rest = text.partition("\n\n")
        operation["summary"] = " ".join(first.split())
        if rest.strip():
            operation["description"] = rest.strip()
    tags = info.metadata.get("tags")
    if tags:
        operation["tags"] = list(tags)
    parameters = _path_parameters(plan.path, inputs.params, components, used)
    seen = {(item["in"], item["name"]) for item in parameters}
    for param in inputs.params:
        if isinstance(param, FileParam) or param.place in ("path", "form"):
            continue
        if (param.place, param.key) not in seen:
            seen.add((param.place, param.key))
            parameters.append(_parameter(param, components, used))
    if parameters:
        operation["parameters"] = parameters
    if inputs.body is not None:
        codec = inputs.body.codec
        schema = components.add(codec, codec.schema, used)
        operation["requestBody"] = {
            "required": inputs.body.is_required,
            "content": {"application/json": {"schema": schema}},
        }
    fields = {param.key: param for param in inputs.params if param.place == "form"}
    if fields:
        operation["requestBody"] = _form(fields, components, used)
    operation["responses"] = _result(registered, components, used)
    return operation


def _form(
    fields: dict[str, Param | FileParam], components: Components, used: dict[str, Schema]
) -> Schema:
    """Give the content of a route that takes parts of a form."""
    properties: Schema = {}
    for key, field in fields.items():
        if isinstance(field, FileParam):
            file = {"type": "string", "format": "binary"}
            properties[key] = {"type": "array", "items": file} if field.is_list else file
        else:
            properties[key] = components.add(field.codec, field.codec.schema, used)
    required = [key for key, field in fields.items() if field.is_required]
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    has_file = any(isinstance(field, FileParam) for field in fields.values())
    kinds = ["multipart/form-data"]
    if not has_file:
        kinds.insert(0, "application/x-www-form-urlencoded")
    return {"required": bool(required), "content": {kind: {"schema": schema} for kind in kinds}}


def _path_parameters(
    path: dict[str, tuple[int, str]],
    params: list[Param | FileParam],
    components: Components,
    used: dict[str, Schema],
) -> list[Schema]:
    taken = {
        param.key: param
        for param in params
        if not isinstance(param, FileParam) and param.place == "path"
    }
    found = []
    for name, (_, kind) in path.items():
        schema = _KINDS.get(kind, {"type": "string"})
        param = taken.get(name)
        made: Schema = {"name": name, "in": "path", "required": True, "schema": schema}
        if param is not None:
            made = {**_parameter(param, components, used), "required": True}
            if made["schema"] in ({"type": "string"}, {"type": "integer"}) and kind in _KINDS:
                made["schema"] = schema
        found.append(made)
    return found


def _parameter(param: Param, components: Components, used: dict[str, Schema]) -> Schema:
    schema = dict(components.add(param.codec, param.codec.schema, used))
    made: Schema = {"name": param.key, "in": param.place, "required": param.is_required}
    if "description" in schema:
        made["description"] = schema.pop("description")
    if param.is_deprecated:
        made["deprecated"] = True
    default = param.default
    if not param.is_required and isinstance(default, (str, int, float, bool)):
        schema["default"] = getattr(default, "value", default)
    made["schema"] = schema
    return made


def _result(registered: Registered, components: Components, used: dict[str, Schema]) -> Schema:
    status = registered.status
    kinds = _alternatives(_signature.returned(registered.handler))
    content = _produced(_annotated(kinds, components, used), registered.produces)
    has_nothing = any(kind in (None, type(None), NoContent) for kind in kinds)
    responses: Schema = {}
    # Events have this status whatever the route's.
    if _EVENTS in content and status not in (0, 200):
        responses["200"] = {
            "description": _REASONS[200],
            "content": {_EVENTS: content.pop(_EVENTS)},
        }
    if content or not (has_nothing or responses):
        answer: Schema = {"description": _REASONS.get(status or 200, "Answer")}
        if content:
            answer["content"] = content
        responses[str(status or 200)] = answer
    if has_nothing:
        empty = 204 if status == 0 or responses else status
        responses[str(empty)] = {"description": _REASONS.get(empty, "Answer")}
    return responses


def _annotated(kinds: list[Any], components: Components, used: dict[str, Schema]) -> Schema:
    """Give the content that the kinds of results have, by media type."""
    content: Schema = {}
    for kind in kinds:
        media_type, schema = _content(kind, components, used)
        if media_type is None:
            continue
        known = content.get(media_type, {}).get("schema")
        if known and schema and known != schema:
            schema = {"anyOf": [*known.get("anyOf", [known]), schema]}
        content[media_type] = {"schema": schema} if schema else {}
    return content


def _produced(content: Schema, media_types: tuple[str, ...]) -> Schema:
    """Give the content in the media types that the route names, if it names any."""
    if not media_types:
        return content
    schemas = (item for name, item in content.items() if name not in _STREAMS)
    plain: Schema | None = next(schemas, None)
    text = {"schema": {"type": "string"}}
    made: Schema = {}
    for name in media_types:
        if name in _STREAMS:
            made[name] = text
        elif name in content or plain is not None:
            made[name] = content.get(name, plain)
        else:
            made[name] = text if name.startswith("text/") else {}
    return made


def _alternatives(annotation: Any) -> list[Any]:
    """Give the kinds of results; of what gives pieces, those of the pieces."""
    if _signature.is_union(annotation):
        return [kind for part in typing.get_args(annotation) for kind in _alternatives(part)]
    if typing.get_origin(annotation) not in _ITERATORS:
        return [annotation]
    arguments = typing.get_args(annotation)
    if not arguments:
        return []  # a bare Iterator: of anything
    piece = arguments[0]
    pieces = typing.get_args(piece) if _signature.is_union(piece) else [piece]
    return [EventStream if kind is ServerSentEvent else kind for kind in pieces if _is_piece(kind)]


def _is_piece(kind: Any) -> bool:
    return kind is ServerSentEvent or kind in _PIECES


def _content(
    kind: Any, components: Components, used: dict[str, Schema]
) -> tuple[str | None, Schema]:
    """Give the media type and the schema of one kind of result; neither where it is not known."""
    if kind in (None, type(None)) or kind is Missing or isinstance(kind, str):
        return None, {}
    if kind is str or kind is Text:
        return "text/plain", {"type": "string"}
    if kind in (bytes, bytearray, memoryview):
        return "application/octet-stream", {}
    if kind is HTML:
        return "text/html", {"type": "string"}
    if kind is XML:
        return "application/xml", {"type": "string"}
    if isinstance(kind, type) and issubclass(kind, (EventStream, HubStream, TokenStream)):
        return _EVENTS, {"type": "string"}
    if isinstance(kind, type) and issubclass(kind, (Response, StreamResponse)):
        return None, {}
    try:
        codec = codec_for(kind)
    except UnsupportedTypeError:
        return None, {}
    return "application/json", components.add(codec, codec.result_schema, used)
