"""Who has sent a request."""

from __future__ import annotations

from typing import NamedTuple

from ._abi_gen import CLIENT_CERTIFICATE, CLIENT_FORWARDED, CLIENT_SECURED


class Certificate(NamedTuple):
    """What the peer of a connection has shown in its handshake, and was checked."""

    #: Subject (RFC 2253): CN=alice,O=Example.
    subject: str
    #: SHA-256 of the certificate, in hexadecimal.
    fingerprint: str
    #: The certificate (DER).
    der: bytes


class TlsSession(NamedTuple):
    """The TLS session of a connection."""

    #: TLSv1.2 or TLSv1.3.
    version: str
    #: Suite, as OpenSSL calls it.
    cipher: str
    #: Host that the client named (SNI); may be empty.
    server_name: str
    #: The client's certificate, or None.
    certificate: Certificate | None


class Client(NamedTuple):
    """Who has sent a request: the far end of its connection or, behind proxies, whom they name.

    Only those of the setting trusted_proxies are believed. `tls` is of the connection in any case.
    """

    #: IPv4 or IPv6 address; empty when it is not known, as of a Unix socket.
    address: str
    #: Port; 0 when it is not known.
    port: int
    #: http or https, as the client speaks it.
    scheme: str
    #: Host and port as the client asked for; may be empty.
    host: str
    #: Proxies whose word was taken.
    hops: int
    #: Whether trusted proxies have said who it is.
    is_forwarded: bool
    #: The session of the connection, or None.
    tls: TlsSession | None


def make_client(
    flags: int,
    address: str,
    port: int,
    hops: int,
    scheme: str,
    host: str,
    session: tuple[str, str, str],
    certificate: tuple[str, str, bytes],
) -> Client:
    """Make it of what the engine says."""
    tls = None
    if flags & CLIENT_SECURED:
        shown = Certificate(*certificate) if flags & CLIENT_CERTIFICATE else None
        tls = TlsSession(*session, shown)
    return Client(address, port, scheme, host, hops, bool(flags & CLIENT_FORWARDED), tls)
