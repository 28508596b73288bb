"""Middleware of the engine: it runs in C++, before anything of yours, and costs no call.

    from trivet import App
    from trivet.middleware import bearer, cors, request_id, security_headers

    app = App()
    app.use(request_id())
    app.use(cors(["https://app.example.com"], credentials=True))
    admin = app.group("/admin")
    admin.use(bearer({"a-long-secret": "alice"}))

Each function gives a `Middleware`, for `app.use`, `group.use` and `middleware=[...]` of a route.
The order on a route is fixed: limits, trace, security, authentication; then your hooks and the
handler; and what `compress` and `etag` make of the answer.
"""

from __future__ import annotations

from ._errors_gen import ArgumentError
from ._mounts import Middleware
from ._principal import Principal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta
    from typing import Literal

    from ._mounts import Pairs

    #: Secrets: one, several, or whom each belongs to.
    Secrets = str | Iterable[str] | Mapping[str, str | Principal]

__all__ = [
    "Middleware",
    "Principal",
    "api_key",
    "basic",
    "bearer",
    "body_limit",
    "compress",
    "cors",
    "etag",
    "request_id",
    "require",
    "security_headers",
    "timeout",
    "trace_context",
]


def body_limit(bytes_max: int) -> Middleware:
    """Answer 413 to longer content. A limit of the route or group itself goes before it."""
    return Middleware("body_limit", [("bytes", _number("bytes_max", bytes_max))])


def timeout(seconds: float | timedelta) -> Middleware:
    """Answer 503 when the handler has not begun its answer within that time."""
    return Middleware("timeout", [("ms", str(round(_seconds(seconds) * 1000)))])


def request_id(
    *, header: str = "X-Request-Id", trust: bool = False, response: bool = True
) -> Middleware:
    """Give each request an id, `request.request_id`, and send it back in the field.

    `trust` takes the one that a request brings, where it is harmless text: for apps behind a proxy
    that sets it.
    """
    return Middleware(
        "request_id",
        [("header", header), ("trust", _flag(trust)), ("response", _flag(response))],
    )


def trace_context(*, sampled: bool = False, response: bool = False) -> Middleware:
    """Go on with the trace of a request (W3C Trace Context), or begin one.

    `request.attribute("traceparent")` is what goes along with requests of yours. `sampled` is said
    of traces that begin here; `response` sends the field traceresponse.
    """
    return Middleware("trace_context", [("sampled", _flag(sampled)), ("response", _flag(response))])


def cors(
    origins: str | Iterable[str],
    *,
    methods: Iterable[str] = (),
    headers: Iterable[str] = (),
    expose: Iterable[str] = (),
    credentials: bool = False,
    max_age: int | timedelta | None = None,
) -> Middleware:
    """Let pages of other origins read answers, and answer what browsers ask before.

    Origins are "https://app.example.com", "https://*.example.com", or "*". Without `methods` those
    that a path has are allowed. `headers` are fields that a page may send, `expose` those that it
    may read; `max_age`, in seconds, is how long a browser remembers.
    """
    pairs = _each("origin", origins) + _each("method", methods) + _each("header", headers)
    pairs += _each("expose", expose)
    pairs.append(("credentials", _flag(credentials)))
    if max_age is not None:
        pairs.append(("max_age", str(int(_seconds(max_age)))))
    return Middleware("cors", pairs)


def security_headers(
    *,
    csp: Mapping[str, str | Iterable[str]] | None = None,
    csp_report_only: bool = False,
    frame: Literal["deny", "sameorigin", "off"] = "deny",
    nosniff: bool = True,
    referrer: str = "strict-origin-when-cross-origin",
    permissions: Mapping[str, str | Iterable[str]] | None = None,
    xss_protection: Literal["0", "1; mode=block", "off"] = "0",
    hsts: int | timedelta | None = None,
    hsts_subdomains: bool = False,
    hsts_preload: bool = False,
) -> Middleware:
    """Send the fields that make browsers careful.

    `csp` has the sources of each directive: {"default-src": "'self'", "script-src": ["'self'",
    "'nonce'"]}; 'nonce' is another number in each answer, `request.nonce`. `permissions` has who
    may use a feature: {"camera": (), "geolocation": "self"}. `hsts`, in seconds, is for sites that
    TLS alone leads to. "off" leaves a field out. What a handler says itself goes before.
    """
    pairs = [("csp", _words(name, sources, " ")) for name, sources in (csp or {}).items()]
    pairs += [("csp_report_only", "true")] if csp_report_only else []
    pairs += [
        ("frame", frame),
        ("nosniff", _flag(nosniff)),
        ("referrer", referrer),
        ("xss_protection", xss_protection),
    ]
    for feature, allowed in (permissions or {}).items():
        listed = [allowed] if isinstance(allowed, str) else list(allowed)
        value = "*" if listed == ["*"] else f"({' '.join(listed)})"
        pairs.append(("permissions", f"{feature}={value}"))
    if hsts is not None:
        pairs.append(("hsts", str(int(_seconds(hsts)))))
    pairs += [("hsts_subdomains", "true")] if hsts_subdomains else []
    pairs += [("hsts_preload", "true")] if hsts_preload else []
    return Middleware("security_headers", pairs)


def bearer(tokens: Secrets, *, realm: str = "trivet", optional: bool = False) -> Middleware:
    """Demand `Authorization: Bearer` with one of the tokens; anything else is a 401.

    A mapping says whom each belongs to, the subject of `request.principal` or a Principal. With
    `optional` requests without credentials pass, and `require` asks for them further in; wrong ones
    are refused always.
    """
    return Middleware("bearer", _credentials("token", tokens) + _scheme(realm, optional))


def api_key(
    keys: Secrets,
    *,
    header: str = "X-API-Key",
    query: str | None = None,
    realm: str = "trivet",
    optional: bool = False,
) -> Middleware:
    """Demand one of the keys in a field of the request, or in a query parameter; else as `bearer`.

    Queries end up in logs and histories: keys in them are for clients that can send no field.
    """
    pairs = [("header", header)] if query is None else [("header", header), ("query", query)]
    return Middleware("api_key", pairs + _credentials("key", keys) + _scheme(realm, optional))


def basic(
    users: Mapping[str, str],
    *,
    principals: Mapping[str, Principal] | None = None,
    realm: str = "trivet",
    optional: bool = False,
) -> Middleware:
    """Demand `Authorization: Basic` with the name of a user and its password; else as `bearer`.

    The user's name is the subject; `principals` says more of some of them.
    """
    pairs: Pairs = []
    for user, password in users.items():
        pairs += [("user", user), ("password", password)]
        pairs += _belongings((principals or {}).get(user))
    return Middleware("basic", pairs + _scheme(realm, optional))


def require(
    *,
    schemes: str | Iterable[str] = (),
    scopes: str | Iterable[str] = (),
    claims: Mapping[str, str] | None = None,
) -> Middleware:
    """Demand credentials of one of the schemes that are mounted (`bearer`, `api_key`, `basic`).

    Without credentials it is a 401; where the principal lacks one of the scopes, or has another
    value of a claim, a 403.
    """
    pairs = _each("scheme", schemes) + _each("scope", scopes)
    pairs += [("claim", f"{name}={value}") for name, value in (claims or {}).items()]
    return Middleware("require", pairs)


def compress(
    *,
    codings: Iterable[Literal["zstd", "br", "gzip"]] = (),
    min_bytes: int | None = None,
    max_bytes: int | None = None,
    types: str | Iterable[str] = (),
    zstd_level: int | None = None,
    br_level: int | None = None,
    gzip_level: int | None = None,
    enabled: bool = True,
) -> Middleware:
    """Encode answers with what the client likes best: of equals the first of zstd, br and gzip.

    Whole answers from `min_bytes` (1024) to `max_bytes` (8 MiB), and answers in pieces, each of
    which can be decoded when it has come. `types` are those to encode: "text/html", "text/*",
    "+json"; "default" stands for text, JSON, XML and the like, and is what is encoded unless some
    are given. Event streams have to be named. `enabled=False` turns off what is mounted further
    out: where a page reflects what a client sent beside a secret, its size would tell of it.
    """
    pairs = _each("coding", codings) + _each("type", types)
    pairs += _maybe("min_bytes", min_bytes) + _maybe("max_bytes", max_bytes)
    pairs += _maybe("zstd_level", zstd_level) + _maybe("br_level", br_level)
    pairs += _maybe("gzip_level", gzip_level)
    return Middleware("compress", [*pairs, ("enabled", _flag(enabled))])


def etag(*, strong: bool = False, max_bytes: int | None = None, enabled: bool = True) -> Middleware:
    """Give whole answers to GET an ETag, and answer 304 to who has that one already.

    An ETag, or a Last-Modified, of the handler's own counts as well. The engine's is a hash of the
    content, up to `max_bytes` (1 MiB): a weak one, the same for all codings; with `strong`, which
    has the answer encoded before it is known that nobody needs it, that of the bytes sent.
    """
    pairs = [("strong", _flag(strong)), *_maybe("max_bytes", max_bytes)]
    return Middleware("etag", [*pairs, ("enabled", _flag(enabled))])


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _number(name: str, value: int) -> str:
    if not isinstance(value, int) or value < 1:
        raise ArgumentError(detail=f"{name} is a number from 1, not {value!r}")
    return str(value)


def _maybe(name: str, value: int | None) -> Pairs:
    if value is None:
        return []
    if not isinstance(value, int) or isinstance(value, bool):
        raise ArgumentError(detail=f"{name} is a whole number, not {value!r}")
    return [(name, str(value))]


def _seconds(value: float | timedelta) -> float:
    seconds = value if isinstance(value, (int, float)) else value.total_seconds()
    if not 0 <= seconds < 1e9:
        raise ArgumentError(detail=f"a time is 0 seconds or more, not {seconds!r}")
    return seconds


def _each(name: str, values: str | Iterable[str]) -> Pairs:
    """Give a pair for each; a text is one value, not its letters."""
    return [(name, value) for value in ([values] if isinstance(values, str) else values)]


def _words(name: str, values: str | Iterable[str], separator: str) -> str:
    listed = [values] if isinstance(values, str) else values
    return separator.join((name, *listed))


def _credentials(name: str, secrets: Secrets) -> Pairs:
    items = getattr(secrets, "items", None)
    if items is None:
        return _each(name, secrets)
    pairs: Pairs = []
    for secret, owner in items():
        known = Principal(owner) if isinstance(owner, str) else owner
        pairs += [(name, secret), *_belongings(known)]
    return pairs


def _belongings(principal: Principal | None) -> Pairs:
    if principal is None:
        return []
    pairs = [("subject", principal.subject)] if principal.subject else []
    pairs += [("scope", " ".join(principal.scopes))] if principal.scopes else []
    return pairs + [("claim", f"{name}={value}") for name, value in principal.claims.items()]


def _scheme(realm: str, optional: bool) -> Pairs:
    return [("realm", realm), ("optional", _flag(optional))]
