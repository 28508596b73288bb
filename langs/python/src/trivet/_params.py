"""Values that come from a request: path, query, header, cookie, content; and what is said of them.

Made at registration. Reading is quick and raises for whatever does not fit; only then `refuse`
looks at everything the request should have had, and names all that is wrong with it.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from ._http_errors import BadRequest, HTTPError, UnprocessableContent, UnsupportedMediaType
from ._schema import Wrong, pointer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ._codecs import Codec
    from ._core import Request

__all__ = ["BodyParam", "FileParam", "Param", "RefusedError", "refuse"]

PLACES = ("path", "query", "header", "cookie", "form", "body")
#: Wrong values that an answer lists.
_ERRORS_MAX = 100
_INTEGER = re.compile(r"-?[0-9]+\Z")
_NUMBER = re.compile(r"-?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")
# A parameter without a value is true: ?verbose.
_WORDS = {"": True, "1": True, "true": True, "yes": True, "on": True}
_WORDS.update({"0": False, "false": False, "no": False, "off": False})
#: Digits of an integer that is looked at; a longer one is none.
_DIGITS_MAX = 1000
_INT64 = 1 << 63


class RefusedError(Exception):
    """A value does not fit; `refuse` finds out which ones, and why."""


class Param:
    """One parameter outside the content."""

    def __init__(self, name: str, key: str, place: str, codec: Codec, default: Any) -> None:
        self.name = name
        #: Its name in the request.
        self.key = key
        self.place = place
        self.codec = codec
        self.is_required = default is _REQUIRED
        self.default = default
        schema = codec.schema
        self.is_list = schema.get("type") == "array"
        item = schema.get("items", {}) if self.is_list else schema
        self._coerce = _coercion(item, schema.get("$defs", {}))
        self.is_deprecated = False
        self.read = _reader(self)

    def raw(self, request: Request) -> Any:
        """Give what the request has, as a JSON value, or what stands for nothing."""
        texts = self.texts(request)
        if not texts:
            return _REQUIRED
        made = [self._coerce(text) for text in texts]
        return made if self.is_list else made[0]

    def texts(self, request: Request) -> list[str]:
        """Give the texts that the request has for it."""
        if self.place == "query":
            return request.query.get_list(self.key)
        if self.place == "form":
            return request.form().get_list(self.key)
        if self.place == "header":
            return self._header_texts(request)
        if self.place == "cookie":
            return request.cookies.get_list(self.key)
        return [str(request.params[self.key])]

    def _header_texts(self, request: Request) -> list[str]:
        """Give the values of a field; those of a list stand apart by commas as well (RFC 9110)."""
        texts = request.headers.get_list(self.key)
        if not self.is_list:
            return texts
        items = [item.strip() for text in texts for item in text.split(",")]
        return [item for item in items if item]

    def wrong(self, request: Request) -> list[Wrong]:
        """Name what is wrong with it."""
        at = pointer_of(self.key)
        value = self.raw(request)
        if value is _REQUIRED:
            return [Wrong(at, "required", "is missing")] if self.is_required else []
        found = self.codec.wrong(value)
        if not found:
            try:
                self.codec.convert(value)
            except self.codec.refusals as error:
                found, _ = self.codec.beyond(error, value)
        found = found or _beyond_int64(value)
        return [Wrong(at + item.pointer, item.code, _told(item)) for item in found]


def _beyond_int64(value: Any) -> list[Wrong]:
    """Name integers of more than 64 bits, for which the engine and databases have no room."""
    if isinstance(value, list):
        return [
            Wrong(f"/{index}", wrong.code, wrong.detail)
            for index, item in enumerate(value)
            for wrong in _beyond_int64(item)
        ]
    if type(value) is not int or -_INT64 <= value < _INT64:
        return []
    if value < 0:
        return [Wrong("", "minimum", f"must be at least {-_INT64}")]
    return [Wrong("", "maximum", f"must be at most {_INT64 - 1}")]


def _told(wrong: Wrong) -> str:
    """Give the sentence: text is never null, so that nobody is told to send it."""
    return wrong.detail.removesuffix(" or null") if wrong.code == "type" else wrong.detail


class _RequiredType:
    """No default."""


_REQUIRED = _RequiredType


def _reader(param: Param) -> Callable[[Request], Any]:
    convert, raw, default = param.codec.convert, param.raw, param.default
    refusals = param.codec.refusals

    def read(request: Request) -> Any:
        value = raw(request)
        if value is _REQUIRED:
            if default is _REQUIRED:
                raise RefusedError
            return default
        try:
            made = convert(value)
        except refusals as error:
            raise RefusedError from error
        if (type(made) is int or type(made) is list) and _beyond_int64(made):
            raise RefusedError
        return made

    return read


def _kinds_of(schema: dict[str, Any], definitions: dict[str, Any]) -> set[str]:
    """Give the types of JSON that a schema takes at its top."""
    if "$ref" in schema:
        target = definitions.get(schema["$ref"].rpartition("/")[2], {})
        return _kinds_of(target, definitions)
    kinds = schema.get("type")
    if isinstance(kinds, str):
        return {kinds}
    if kinds is not None:
        return set(kinds)
    found = set()
    for value in schema.get("enum", [schema["const"]] if "const" in schema else []):
        is_bool = isinstance(value, bool)
        is_int, is_float = isinstance(value, int), isinstance(value, float)
        found.add(
            "boolean" if is_bool else "integer" if is_int else "number" if is_float else "string"
        )
    for keyword in ("anyOf", "oneOf", "allOf"):
        for form in schema.get(keyword, ()):
            found |= _kinds_of(form, definitions)
    return found


def _coercion(schema: dict[str, Any], definitions: dict[str, Any]) -> Callable[[str], Any]:
    """Give what makes a JSON value of a text; a text that is none of them stays one."""
    kinds = _kinds_of(schema, definitions)
    if schema.get("format") == "decimal" or not kinds & {"integer", "number", "boolean"}:
        return lambda text: text

    def coerce(text: str) -> Any:
        if "integer" in kinds or "number" in kinds:
            if len(text) <= _DIGITS_MAX and _INTEGER.match(text):
                number = int(text)
                if "integer" in kinds or -_INT64 <= number < _INT64:
                    return number
            if "number" in kinds and _NUMBER.match(text) and math.isfinite(made := float(text)):
                return made
        if "boolean" in kinds:
            return _WORDS.get(text.lower(), text)
        return text

    return coerce


class FileParam:
    """One file of a form, or all that have its name."""

    place = "form"
    is_deprecated = False

    def __init__(self, name: str, key: str, is_list: bool, default: Any) -> None:
        self.name = name
        #: Its name in the form.
        self.key = key
        self.is_list = is_list
        self.is_required = default is _REQUIRED
        self.default = default

    def read(self, request: Request) -> Any:
        """Give the file, or the list."""
        files = request.form().files.get_list(self.key)
        if not files:
            if self.is_required:
                raise RefusedError
            return self.default
        return files if self.is_list else files[0]

    def wrong(self, request: Request) -> list[Wrong]:
        """Say that it is missing."""
        is_missing = self.is_required and self.key not in request.form().files
        return [Wrong(pointer_of(self.key), "required", "is missing")] if is_missing else []


class BodyParam:
    """The content as JSON."""

    def __init__(self, name: str, codec: Codec, default: Any) -> None:
        self.name = name
        self.codec = codec
        self.is_required = default is _REQUIRED
        self.default = default
        decode, refusals = codec.decode, codec.refusals

        def read(request: Request) -> Any:
            content = request.body
            if not content and default is not _REQUIRED:
                return default
            if request.headers.get("content-type") != "application/json":
                check_media_type(request, content)
            try:
                return decode(content)
            except refusals as error:
                taken = self._look_again(content, error)
                if taken:
                    return taken[0]
                raise RefusedError from error

        self.read = read

    def _look_again(self, content: bytes, error: Exception) -> list[Any]:
        """Give the value in a list when the content was right after all."""
        value = load(content) if content else None
        if not content or self.codec.wrong(value):
            return []
        found, made = self.codec.beyond(error, content)
        return [] if found else [made]

    def wrong(self, request: Request) -> list[Wrong]:
        """Name what is wrong with the content."""
        content = request.body
        if not content:
            return [Wrong("", "required", "is missing")] if self.is_required else []
        check_media_type(request, content)
        value = load(content)
        found = self.codec.wrong(value)
        if not found:
            try:
                self.codec.decode(content)
            except self.codec.refusals as error:
                found, _ = self.codec.beyond(error, content)
        return found


def check_media_type(request: Request, content: bytes) -> None:
    """Refuse content that is said to be something else than JSON, or nothing at all."""
    if not content:
        return
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (
        kind.startswith("application/") and kind.endswith("+json")
    ):
        told = f", not {kind}" if kind else ", it has no Content-Type"
        raise UnsupportedMediaType(f"the content must be application/json{told}")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def load(content: bytes) -> Any:
    """Read JSON; malformed JSON is a 400 that says where."""
    text = ""
    try:
        text = content.decode("utf-8")
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        place = len(text[: error.pos].encode())
        told = error.msg[:1].lower() + error.msg[1:]
        raise BadRequest(f"malformed JSON at byte {place}: {told}") from None
    except UnicodeDecodeError as error:
        raise BadRequest(f"malformed JSON at byte {error.start}: not UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"malformed JSON: {error}") from None


def refuse(
    params: Iterable[Param | FileParam], body: BodyParam | None, request: Request
) -> HTTPError:
    """Give the 422 that names everything that is wrong with a request."""
    found: list[tuple[str, Wrong]] = []
    seen: set[tuple[str, str]] = set()
    for place in PLACES[:-1]:
        for param in params:
            if param.place == place and (place, param.key) not in seen:
                seen.add((place, param.key))
                try:
                    found += [(place, item) for item in param.wrong(request)]
                except HTTPError as refused:  # the content is no form
                    return refused
    if body is not None:
        try:
            found += [("body", item) for item in body.wrong(request)]
        except HTTPError as refused:
            return refused
    if not found:
        return UnprocessableContent("a value is wrong")
    count = len(found)
    told = "1 value is wrong" if count == 1 else f"{count} values are wrong"
    if count > _ERRORS_MAX:
        told = f"more than {_ERRORS_MAX} values are wrong"
    error = UnprocessableContent(told)
    error.members["errors"] = [
        {"in": place, "pointer": item.pointer, "code": item.code, "detail": item.detail}
        for place, item in found[:_ERRORS_MAX]
    ]
    return error
