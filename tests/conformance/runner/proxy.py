"""A driver behind a proxy that says with the PROXY protocol whom it carries."""

from __future__ import annotations

import socket

from runner.tls import SecurePort

# Whom every connection is said to come from; neither is an address of trusted_proxies.
CLIENT = ("192.0.2.7", 4711)
SERVER = ("203.0.113.1", 443)
SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
PROXY_TCP4 = b"\x21\x11"


class ProxyPort(int):
    """A port where a PROXY protocol header is due; that of version 1 is sent."""


class SecureProxyPort(SecurePort):
    """The same of version 2, with TLS behind it."""


def header_of(port: int | str) -> bytes:
    """What a connection to a port begins with, in front of everything else."""
    if isinstance(port, ProxyPort):
        places = f"{CLIENT[0]} {SERVER[0]} {CLIENT[1]} {SERVER[1]}"
        return f"PROXY TCP4 {places}\r\n".encode()
    if isinstance(port, SecureProxyPort):
        hosts = b"".join(socket.inet_aton(host) for host, _ in (CLIENT, SERVER))
        addresses = hosts + b"".join(number.to_bytes(2, "big") for _, number in (CLIENT, SERVER))
        return SIGNATURE + PROXY_TCP4 + len(addresses).to_bytes(2, "big") + addresses
    return b""
