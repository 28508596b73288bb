"""Requests as they are sent, and answers as they came."""

from __future__ import annotations

import json as json_module
import secrets
from collections.abc import Iterable, Iterator, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import quote, urlencode, urlsplit

from .._core import encode_json
from .._errors_gen import ArgumentError

if TYPE_CHECKING:
    from ._fields import ResponseHeaders

_Value = TypeVar("_Value")
_Items = Iterable[tuple[str, _Value]]
Pairs = Mapping[str, object] | Iterable[tuple[str, object]]
Content = str | bytes | Iterable[bytes]
#: Bytes, or a file's name, its bytes and, if it matters, its media type.
File = bytes | tuple[str, bytes] | tuple[str, bytes, str]
HOST = "trivet.test"
# What stands in targets as it is given.
_PLAIN = "%/:@!$&'()*+,;="


class TestResponse:
    """An answer that was read to its end."""

    __test__ = False  # pytest takes it for a test otherwise

    def __init__(self, url: str, status: int, headers: ResponseHeaders, content: bytes) -> None:
        self.url = url
        self.status = status
        self.headers = headers
        self.content = content

    @property
    def text(self) -> str:
        """The content as text, which is UTF-8."""
        return self.content.decode()

    def json(self) -> Any:
        """Read the content as JSON."""
        return json_module.loads(self.content)

    @property
    def cookies(self) -> dict[str, str]:
        """What this answer sets, by name."""
        return set_cookies(self.headers)

    def __repr__(self) -> str:
        return f"<TestResponse {self.status} {self.url} {self.content[:80]!r}>"


def set_cookies(headers: ResponseHeaders) -> dict[str, str]:
    """Give the cookies that an answer sets."""
    found: dict[str, str] = {}
    for value in headers.get_list("Set-Cookie"):
        cookies: SimpleCookie = SimpleCookie()
        try:
            cookies.load(value)
        except CookieError:
            continue
        found.update({name: morsel.value for name, morsel in cookies.items()})
    return found


class Outgoing:
    """A request, ready to be sent."""

    def __init__(
        self,
        method: str,
        url: str,
        *,
        params: Pairs | None = None,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        content: Content | None = None,
        json: object = None,
        data: Pairs | None = None,
        files: Mapping[str, File] | None = None,
    ) -> None:
        parts = urlsplit(url)
        given_query = quote(parts.query, safe=_PLAIN + "?")
        query = "&".join(part for part in (given_query, _encode(params)) if part)
        self.method = method
        self.target = quote(parts.path or "/", safe=_PLAIN) + (f"?{query}" if query else "")
        self.url = f"http://{parts.netloc or HOST}{self.target}"
        given = list(_items(headers))
        for name, value in [("method", method), *given]:
            if any((ord(letter) < 32 and letter != "\t") or letter == "\x7f" for letter in value):
                raise ArgumentError(detail=f"{name} has a control character: {value!r}")
        names = {name.lower() for name, _ in given}
        media_type, self._content = _content(content, json, data, files)
        added = [("Host", parts.netloc or HOST)]
        if media_type:
            added.append(("Content-Type", media_type))
        if isinstance(self._content, bytes):
            if self._content or method not in ("GET", "HEAD", "OPTIONS", "DELETE"):
                added.append(("Content-Length", str(len(self._content))))
        else:
            added.append(("Transfer-Encoding", "chunked"))
        self.headers = [(name, value) for name, value in added if name.lower() not in names]
        self.headers += given

    def add(self, name: str, value: str) -> None:
        """Add a field, unless the caller has given one of the name."""
        if not any(own.lower() == name.lower() for own, _ in self.headers):
            self.headers.append((name, value))

    def pieces(self) -> Iterator[bytes]:
        """Give the bytes to send."""
        lines = [f"{self.method} {self.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode()
        if isinstance(self._content, bytes):
            yield head + self._content
            return
        yield head
        for piece in self._content:
            if piece:
                yield b"%x\r\n%b\r\n" % (len(piece), piece)
        yield b"0\r\n\r\n"


def _encode(pairs: Pairs | None) -> str:
    if not pairs:
        return ""
    return urlencode([(name, _plain(value)) for name, value in _items(pairs)], doseq=True)


def _items(pairs: Mapping[str, _Value] | Iterable[tuple[str, _Value]] | None) -> _Items[_Value]:
    # What is both is taken for a mapping, which type checkers cannot know.
    given = pairs.items() if isinstance(pairs, Mapping) else pairs or ()
    return cast("_Items[_Value]", given)


def _plain(value: object) -> object:
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else value


def _content(
    content: Content | None, json: object, data: Pairs | None, files: Mapping[str, File] | None
) -> tuple[str, bytes | Iterable[bytes]]:
    """Give the content and its media type."""
    given = [content is not None, json is not None, data is not None or files is not None]
    if sum(given) > 1:
        raise ArgumentError(detail="a request has one content: content, json, or data and files")
    if json is not None:
        return "application/json", encode_json(json)
    if files is not None:
        return _multipart(data, files)
    if data is not None:
        return "application/x-www-form-urlencoded", _encode(data).encode()
    if content is None:
        return "", b""
    if isinstance(content, str):
        return "text/plain; charset=utf-8", content.encode()
    return "", bytes(content) if isinstance(content, (bytes, bytearray)) else content


def _multipart(data: Pairs | None, files: Mapping[str, File]) -> tuple[str, bytes]:
    boundary = secrets.token_hex(16)
    parts = [
        b'Content-Disposition: form-data; name="%b"\r\n\r\n%b' % (_quoted(name), _bytes(value))
        for name, value in _items(data)
    ]
    for name, file in files.items():
        filename, content, *rest = (name, file) if isinstance(file, bytes) else file
        media_type = str(rest[0]) if rest else "application/octet-stream"
        parts.append(
            b'Content-Disposition: form-data; name="%b"; filename="%b"\r\n'
            b"Content-Type: %b\r\n\r\n%b"
            % (_quoted(name), _quoted(filename), media_type.encode(), content)
        )
    mark = boundary.encode()
    body = b"".join(b"--%b\r\n%b\r\n" % (mark, part) for part in parts) + b"--%b--\r\n" % mark
    return f"multipart/form-data; boundary={boundary}", body


def _quoted(name: str) -> bytes:
    escaped = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    return escaped.encode()


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(_plain(value)).encode()
