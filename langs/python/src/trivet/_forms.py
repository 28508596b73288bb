"""Forms: the content of a request as named fields and files; imported with the first of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TypedDict, TypeVar

from ._core import form_descriptor, form_open, form_parts, form_read, form_save
from ._errors_gen import StateError
from ._markers import Marker, Missing
from ._streams import wait_for_content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import Any, BinaryIO

    from typing_extensions import Unpack

    from ._core import Request
    from ._markers import Rules

Value = TypeVar("Value")


class FormLimits(TypedDict, total=False):
    """What a form may be; beyond a limit it is refused as a whole."""

    fields_max: int
    files_max: int
    name_bytes_max: int
    filename_bytes_max: int
    value_bytes_max: int
    fields_bytes_max: int
    file_bytes_max: int
    memory_bytes_max: int
    directory: str


_CHUNK_BYTES = 65536


class Part:
    """One part of a form, in memory or in a temporary file without a name.

    It can be read until its request is answered; what `open` gives lives longer.
    """

    __slots__ = ("_filename", "_index", "_request", "content_type", "is_spooled", "name", "size")

    def __init__(
        self, request: Request, index: int, facts: tuple[str, str | None, str, int, bool]
    ) -> None:
        self._request = request
        self._index = index
        self._filename = facts[1]
        #: Its name in the form.
        self.name: str = facts[0]
        #: Its media type as the client says; empty when it does not.
        self.content_type: str = facts[2]
        #: How many bytes it has.
        self.size: int = facts[3]
        #: It lies in a temporary file.
        self.is_spooled: bool = facts[4]

    @property
    def filename(self) -> str | None:
        """What the client calls the file, which may be a path: never one to write to.

        None of a part that is no file.
        """
        return self._filename

    def read(self, size: int = -1, offset: int = 0) -> bytes:
        """Give the content, or so much of it from an offset on."""
        left = max(self.size - offset, 0)
        return form_read(self._request, self._index, offset, left if size < 0 else min(size, left))

    def __iter__(self) -> Iterator[bytes]:
        offset = 0
        while chunk := self.read(_CHUNK_BYTES, offset):
            offset += len(chunk)
            yield chunk

    def open(self) -> BinaryIO:
        """Open the content as a file of its own, for any thread, and for after the answer."""
        return os.fdopen(form_descriptor(self._request, self._index), "rb")

    def save(self, path: str | os.PathLike[str], *, replace: bool = False) -> None:
        """Keep the content as a file that only its owner may read and write.

        A temporary file of the same file system is given the name; all else is copied. An existing
        file is a ConflictError unless it is to be replaced.
        """
        form_save(self._request, self._index, os.fsencode(path), replace)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}, {self.size} bytes>"


class UploadFile(Part):
    """A part that came with a file name, be it empty."""

    __slots__ = ()

    @property
    def filename(self) -> str:
        """What the client calls it, which may be a path: never one to write to."""
        return self._filename or ""


class Named(Mapping[str, Value]):
    """The first value of each name; all of them with get_list and items_list."""

    __slots__ = ("_items", "_lists")

    def __init__(self, items: Iterable[tuple[str, Value]]) -> None:
        self._items = list(items)
        self._lists: dict[str, list[Value]] = {}
        for name, value in self._items:
            self._lists.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> Value:
        return self._lists[name][0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lists)

    def __len__(self) -> int:
        return len(self._lists)

    def get_list(self, name: str) -> list[Value]:
        """Give every value of a name, in order."""
        return list(self._lists.get(name, ()))

    def items_list(self) -> list[tuple[str, Value]]:
        """Give every name and value, in order."""
        return list(self._items)


class Form(Mapping[str, str]):
    """The fields of a form by name, what `request.form()` gives; its files are in `files`.

    Where the route streams it has to be awaited first; elsewhere it may be. Called by a program it
    is a marker: `title: Annotated[str, Form(min_length=3)]` takes a field of the form, a list every
    one of its name, and an UploadFile a file, with or without `Form()`. The rules are those of
    Query.
    """

    __slots__ = ("_fields", "_files", "_limits", "_parts", "_request")
    _request: Request
    _limits: dict[str, Any]
    _parts: tuple[Part, ...] | None
    _fields: Named[str] | None
    _files: Named[UploadFile] | None

    def __new__(cls, default: Any = Missing, **rules: Unpack[Rules]) -> Any:
        return Marker("form", default, rules)

    @staticmethod
    def _of(request: Request, limits: FormLimits) -> Form:
        form: Form = object.__new__(Form)
        form._request = request
        form._limits = {**limits}
        form._parts = form._fields = form._files = None
        if form_open(request, form._limits):
            form._take()
        return form

    def _take(self) -> None:
        self._parts = tuple(
            (Part if facts[1] is None else UploadFile)(self._request, index, facts)
            for index, facts in enumerate(form_parts(self._request))
        )

    def __await__(self) -> Generator[Any, None, Form]:
        if self._parts is None:
            yield from self._wait().__await__()
        return self

    async def _wait(self) -> None:
        await wait_for_content(self._request, self._open)
        self._take()

    def _open(self, request: Request) -> bool | None:
        return form_open(request, self._limits) or None

    @property
    def parts(self) -> tuple[Part, ...]:
        """Fields and files, in the order in which they came."""
        if self._parts is None:
            raise StateError(detail="the route streams: await the form before it is used")
        return self._parts

    @property
    def fields(self) -> Named[str]:
        """The fields; what the form itself shows. Bytes that are not UTF-8 become U+FFFD."""
        if self._fields is None:
            parts = [part for part in self.parts if not isinstance(part, UploadFile)]
            self._fields = Named(
                (part.name, part.read().decode(errors="replace")) for part in parts
            )
        return self._fields

    @property
    def files(self) -> Named[UploadFile]:
        """The files."""
        if self._files is None:
            self._files = Named(
                (part.name, part) for part in self.parts if isinstance(part, UploadFile)
            )
        return self._files

    def __getitem__(self, name: str) -> str:
        return self.fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def get_list(self, name: str) -> list[str]:
        """Give every value of a field, in order."""
        return self.fields.get_list(name)

    def items_list(self) -> list[tuple[str, str]]:
        """Give the name and value of every field, in order."""
        return self.fields.items_list()

    def __repr__(self) -> str:
        if self._parts is None:
            return "<Form, not read yet>"
        return f"<Form of {len(self._parts)} parts>"


def read_form(request: Request, **limits: Unpack[FormLimits]) -> Form:
    """Read the content as a form; what `request.form` gives."""
    return Form._of(request, limits)
