"""The formats of JSON Schema that are looked at; any other one takes every text."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["is_of_format", "parse_date_time", "parse_time"]

# RFC 3339. datetime reads it only from Python 3.11 on, and more than it, so the shape is looked at.
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_ZONE = r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
_TIME = re.compile(r"([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]+)?" + _ZONE + r"\Z")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9:/?#\[\]@!$&'()*+,;=._~%-]*\Z")
_ESCAPES = re.compile(r"%(?![0-9A-Fa-f]{2})")
_MICROSECONDS = 7


def _iso_time(text: str) -> str:
    """Give a time of RFC 3339 as every Python reads it; ValueError for anything else."""
    match = _TIME.match(text)
    if match is None:
        raise ValueError("not a time of RFC 3339")
    clock, fraction, zone = match.groups()
    fraction = fraction[:_MICROSECONDS].ljust(_MICROSECONDS, "0") if fraction else ""
    return clock + fraction + ("+00:00" if zone in "Zz" else zone)


def parse_date_time(text: str) -> object:
    """Give the datetime of a text of RFC 3339; ValueError for anything else."""
    from datetime import datetime

    if _DATE.match(text[:10]) is None or text[10:11] not in ("T", "t"):
        raise ValueError("not a date-time of RFC 3339")
    return datetime.fromisoformat(text[:10] + "T" + _iso_time(text[11:]))


def parse_time(text: str) -> object:
    """Give the time of a text of RFC 3339; ValueError for anything else."""
    from datetime import time

    return time.fromisoformat(_iso_time(text))


def _is_date(text: str) -> bool:
    from datetime import date

    return _DATE.match(text) is not None and _takes(date.fromisoformat, text)


def _takes(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _is_hostname(text: str) -> bool:
    return 0 < len(text) <= 253 and all(_LABEL.match(label) for label in text.split("."))


def _is_email(text: str) -> bool:
    local, at, host = text.rpartition("@")
    return bool(at) and len(local) <= 64 and bool(_LOCAL.match(local)) and _is_hostname(host)


def _is_ip(version: int) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        import ipaddress

        kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
        return "%" not in text and _takes(kind, text)

    return check


_FORMATS: dict[str, Callable[[str], bool]] = {
    "date-time": lambda text: _takes(parse_date_time, text),
    "date": _is_date,
    "time": lambda text: _takes(parse_time, text),
    "uuid": lambda text: _UUID.match(text) is not None,
    "hostname": _is_hostname,
    "email": _is_email,
    "ipv4": _is_ip(4),
    "ipv6": _is_ip(6),
    "uri": lambda text: bool(_URI.match(text)) and not _ESCAPES.search(text),
}


def is_of_format(name: str, text: str) -> bool:
    """Whether a text is of a format; formats that are not known take everything."""
    check = _FORMATS.get(name)
    return check is None or check(text)
