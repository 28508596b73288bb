"""Who asks."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Principal:
    """Whom credentials belong to. `request.principal` is who has proven to be it, or None."""

    __slots__ = ("claims", "scheme", "scopes", "subject")

    def __init__(
        self,
        subject: str = "",
        *,
        scopes: str | Iterable[str] = (),
        claims: Mapping[str, str] | None = None,
        scheme: str = "",
    ) -> None:
        #: Its name; empty where nobody has said one.
        self.subject = subject
        #: What it may do.
        self.scopes = tuple(scopes.split() if isinstance(scopes, str) else scopes)
        #: What else is known of it.
        self.claims = dict(claims or {})
        #: How it was proven: bearer, api_key or basic.
        self.scheme = scheme

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Principal):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    def __hash__(self) -> int:
        return hash((self.scheme, self.subject, self.scopes))

    def __repr__(self) -> str:
        scopes = f" scopes={' '.join(self.scopes)}" if self.scopes else ""
        return f"<Principal {self.subject!r} {self.scheme}{scopes}>"


def make_principal(scheme: str, subject: str, scope: str, claims: str) -> Principal:
    """Make it of what the engine says."""
    import json

    return Principal(
        subject, scopes=scope, claims=json.loads(claims) if claims else {}, scheme=scheme
    )
