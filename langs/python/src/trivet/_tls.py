"""TLS: the certificates an app serves with, and whom it asks for one."""

from __future__ import annotations

import os

from ._errors_gen import ArgumentError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal

    Path = str | os.PathLike[str]
    Paths = Path | Iterable[Path]


class Tls:
    """What connections are secured with, for `App(tls=…)`; the settings tls_… of trivet.toml.

    `certificate` is a PEM file with its chain, or several for several hosts; the first is for
    clients that name none of them. `key` are the files of their keys, in the same order, unless
    these are in the certificates' files; `staple` those of OCSP responses. All are read again when
    they change. `client_auth` is "optional" or "required" where clients are asked for a certificate
    that an authority of the PEM file `client_ca` has signed. `min_version` is "1.2" or "1.3".
    `session_timeout_ms` says how long a session may be taken up again; 0 is never.
    """

    __slots__ = ("_given",)

    def __init__(
        self,
        certificate: Paths,
        key: Paths | None = None,
        *,
        staple: Paths | None = None,
        client_ca: Path | None = None,
        client_auth: Literal["off", "optional", "required"] | None = None,
        min_version: Literal["1.2", "1.3"] | None = None,
        session_timeout_ms: int | None = None,
    ) -> None:
        self._given: dict[str, str | int | None] = {
            "tls_certificate": _joined("certificate", certificate),
            "tls_key": None if key is None else _joined("key", key),
            "tls_staple": None if staple is None else _joined("staple", staple),
            "tls_client_ca": None if client_ca is None else _joined("client_ca", client_ca),
            "tls_client_auth": client_auth,
            "tls_min_version": min_version,
            "tls_session_timeout_ms": session_timeout_ms,
        }

    def given(self) -> dict[str, str | int | None]:
        """Give them under the names of the settings."""
        return self._given

    def __repr__(self) -> str:
        values = (f"{name[4:]}={value!r}" for name, value in self._given.items())
        return f"Tls({', '.join(one for one in values if not one.endswith('=None'))})"


def _joined(name: str, paths: Paths) -> str:
    some = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    for path in some:
        if not isinstance(path, str | os.PathLike):
            raise ArgumentError(detail=f"{name} is a path or several, not {path!r}")
        if "," in os.fspath(path):
            raise ArgumentError(detail=f"{name}: a path may not have a comma: {os.fspath(path)!r}")
    return ",".join(os.fspath(path) for path in some)
