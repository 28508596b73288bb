"""Answers by exception: HTTPError, and a class for each status that apps use."""

from __future__ import annotations

from _collections_abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, ClassVar

    from typing_extensions import Unpack

    from ._cookies import CookieAttributes, CookieScope

    HeaderPairs = Mapping[str, str] | Iterable[tuple[str, str]]

__all__ = [
    "BadGateway",
    "BadRequest",
    "Conflict",
    "ContentTooLarge",
    "Forbidden",
    "GatewayTimeout",
    "Gone",
    "HTTPError",
    "InternalServerError",
    "MethodNotAllowed",
    "NotFound",
    "RequestTimeout",
    "ServiceUnavailable",
    "TooManyRequests",
    "Unauthorized",
    "UnprocessableContent",
    "UnsupportedMediaType",
    "make_http_error",
]


class HTTPError(Exception):
    """An answer by exception: problem details (RFC 9457) with a status, a detail, header fields."""

    def __init__(self, status: int, detail: str = "", headers: HeaderPairs | None = None) -> None:
        if not 400 <= status <= 599:
            raise ValueError(f"the status of an HTTPError is 400 to 599, not {status}")
        self.status = status
        self.detail = detail
        self.headers = _pairs(headers)
        #: More members of the problem details, by their names (RFC 9457, 3.2).
        self.members: dict[str, Any] = {}
        super().__init__(status, detail)

    def set_cookie(
        self, name: str, value: str = "", **attributes: Unpack[CookieAttributes]
    ) -> None:
        """Set a cookie with the answer, as a Response does."""
        from ._cookies import set_cookie

        self.headers.append(("Set-Cookie", set_cookie(name, value, **attributes)))

    def delete_cookie(self, name: str, **scope: Unpack[CookieScope]) -> None:
        """Remove a cookie with the answer."""
        from ._cookies import delete_cookie

        self.headers.append(("Set-Cookie", delete_cookie(name, **scope)))

    def __str__(self) -> str:
        return f"{self.status} {self.detail}".rstrip()


def _pairs(headers: HeaderPairs | None) -> list[tuple[str, str]]:
    if headers is None:
        return []
    # A mapping might also be one of pairs, to a type checker.
    pairs: Any = headers.items() if isinstance(headers, Mapping) else headers
    return list(pairs)


class _StatusError(HTTPError):
    """What the classes below have in common."""

    default_status: ClassVar[int]

    def __init__(self, detail: str = "", headers: HeaderPairs | None = None) -> None:
        super().__init__(self.default_status, detail, headers)
        # What pickle calls the class with, on the way back from another process.
        self.args = (detail,)


class BadRequest(_StatusError):
    """400: the request makes no sense."""

    default_status = 400


class Unauthorized(_StatusError):
    """401: who asks is not known; say how to log in with WWW-Authenticate."""

    default_status = 401


class Forbidden(_StatusError):
    """403: who asks may not."""

    default_status = 403


class NotFound(_StatusError):
    """404: there is no such thing."""

    default_status = 404


class MethodNotAllowed(_StatusError):
    """405: not with this method; RFC 9110 wants an Allow field."""

    default_status = 405


class RequestTimeout(_StatusError):
    """408: the content came too slowly."""

    default_status = 408


class Conflict(_StatusError):
    """409: not in the present state."""

    default_status = 409


class Gone(_StatusError):
    """410: there was such a thing."""

    default_status = 410


class ContentTooLarge(_StatusError):
    """413: the content is larger than it may be."""

    default_status = 413


class UnsupportedMediaType(_StatusError):
    """415: not with this kind of content."""

    default_status = 415


class UnprocessableContent(_StatusError):
    """422: well-formed, and wrong."""

    default_status = 422


class TooManyRequests(_StatusError):
    """429: too many requests; say when to come back with Retry-After."""

    default_status = 429


class InternalServerError(_StatusError):
    """500: the server is at fault."""

    default_status = 500


class BadGateway(_StatusError):
    """502: a server behind this one gave nonsense."""

    default_status = 502


class ServiceUnavailable(_StatusError):
    """503: not now; say when to come back with Retry-After."""

    default_status = 503


class GatewayTimeout(_StatusError):
    """504: a server behind this one did not answer in time."""

    default_status = 504


_BY_STATUS: dict[int, type[_StatusError]] = {
    kind.default_status: kind for kind in _StatusError.__subclasses__()
}

# Tracebacks and log lines name what users import.
for public in (HTTPError, *_BY_STATUS.values()):
    public.__module__ = "trivet"


def make_http_error(status: int, detail: str = "") -> HTTPError:
    """Give the error of a status, of the class for it where there is one."""
    kind = _BY_STATUS.get(status)
    return HTTPError(status, detail) if kind is None else kind(detail)
