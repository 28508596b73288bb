"""Cookies to set: the values of Set-Cookie fields; imported with the first of them."""

from __future__ import annotations

from typing import TypedDict

from . import _abi_gen as abi
from ._core import cookie_encode
from ._errors_gen import ArgumentError
from ._settings import choice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from typing import Literal

    SameSite = Literal["lax", "strict", "none"]

_SAME_SITE = {
    "lax": abi.SAME_SITE_LAX,
    "strict": abi.SAME_SITE_STRICT,
    "none": abi.SAME_SITE_NONE,
}


class CookieScope(TypedDict, total=False):
    """Who has a cookie; what removes it says the same."""

    #: Its subdomains have the cookie as well; None: the host of the request alone.
    domain: str | None
    #: What lies under it has the cookie; "/" unless it is given.
    path: str
    #: Over TLS alone, and plain HTTP from loopback addresses; True unless it is given.
    secure: bool
    #: Out of the reach of scripts; True unless it is given.
    http_only: bool
    #: Which requests that other sites cause have it: those of links ("lax", the default), none
    #: ("strict"), or all ("none").
    same_site: SameSite
    #: One jar for each site that embeds this one.
    partitioned: bool


class CookieAttributes(CookieScope, total=False):
    """What `set_cookie` takes beside name and value."""

    #: Whole seconds that the cookie lives, at least one; it beats `expires`. With neither of the
    #: two, the cookie ends with the browser's session.
    max_age: int | timedelta | None
    #: Seconds since 1970, or a datetime with a time zone.
    expires: int | datetime | None


def set_cookie(
    name: str,
    value: str = "",
    *,
    max_age: int | timedelta | None = None,
    expires: int | datetime | None = None,
    domain: str | None = None,
    path: str = "/",
    secure: bool = True,
    http_only: bool = True,
    same_site: SameSite = "lax",
    partitioned: bool = False,
) -> str:
    """Give the field's value; an ArgumentError says what no browser could take."""
    flags = 0 if secure else abi.COOKIE_INSECURE
    flags |= 0 if http_only else abi.COOKIE_SCRIPTS
    flags |= abi.COOKIE_PARTITIONED if partitioned else 0
    return cookie_encode(
        name,
        value,
        "" if domain is None else domain,
        path,
        _since_1970(expires),
        _seconds(max_age),
        choice("same_site", _SAME_SITE, same_site),
        flags,
    )


def delete_cookie(
    name: str,
    *,
    domain: str | None = None,
    path: str = "/",
    secure: bool = True,
    http_only: bool = True,
    same_site: SameSite = "lax",
    partitioned: bool = False,
) -> str:
    """Give the value of the field that removes what was set with the same attributes."""
    return set_cookie(
        name,
        expires=0,
        domain=domain,
        path=path,
        secure=secure,
        http_only=http_only,
        same_site=same_site,
        partitioned=partitioned,
    )


def _since_1970(moment: int | datetime | None) -> int | None:
    if moment is None or isinstance(moment, int):
        return moment
    from datetime import datetime, timedelta, timezone

    if not isinstance(moment, datetime):
        kind = type(moment).__name__
        raise TypeError(f"expires is a number of seconds since 1970 or a datetime, not {kind}")
    if moment.utcoffset() is None:
        raise ArgumentError(detail=f"expires needs a time zone, which {moment!r} has not")
    return (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(seconds=1)


def _seconds(age: int | timedelta | None) -> int | None:
    if age is None or isinstance(age, int):
        return age
    from datetime import timedelta

    if not isinstance(age, timedelta):
        raise TypeError(f"max_age is a number of seconds or a timedelta, not {type(age).__name__}")
    return age // timedelta(seconds=1)
