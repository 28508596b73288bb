"""Apps that listen on further addresses, and behind proxies of connections."""

from __future__ import annotations

import http.client
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from programs import HELLO, Program

import trivet
from trivet import App


def ask(connection: socket.socket, before: bytes = b"") -> bytes:
    connection.settimeout(30)
    connection.sendall(before + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response.read()


def test_the_settings_take_one_or_several() -> None:
    one = App(also_listen="127.0.0.1:0 plain", proxy_protocol=True, trusted_proxies="::1").config
    assert (one["also_listen"], one["proxy_protocol"]) == ("127.0.0.1:0 plain", 1)
    several = App(also_listen=["127.0.0.1:0", "unix:@a proxy"]).config
    assert (several["also_listen"], several["proxy_protocol"]) == ("127.0.0.1:0,unix:@a proxy", 0)
    with pytest.raises(trivet.ArgumentError, match=r"also_listen is 'example\.com:80'"):
        App(also_listen="example.com:80").freeze()
    with pytest.raises(trivet.ArgumentError, match="trusted_proxies names nobody"):
        App(port=0, proxy_protocol=True).bind()


RUN = """
    import os
    app.run(port=0, on_ready=lambda server: os.write(1, b"READY %d\\n" % server.port))
"""


@pytest.mark.parametrize("flags", ["workers=1", "workers=2", "workers=2, fork=True"])
def test_a_program_serves_at_all_of_them(
    program: Callable[..., Program], tmp_path: Path, flags: str
) -> None:
    path = tmp_path / "app.sock"
    made = HELLO.replace("App()", f"App(also_listen=['unix:{path}'], log_level='info')")
    assert made != HELLO
    app = program(made, RUN.replace("port=0", f"port=0, {flags}"))
    ports = [int(app.line().split()[1]) for _ in range(2 if "2" in flags else 1)]
    port = ports[0]
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            assert ask(connection) == b"hello"
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            assert ask(connection) == b"hello"
    app.signal(signal.SIGTERM)
    code, _, err = app.finish()
    assert code == 0
    assert f"also listening on unix:{path}" in err
    assert not os.path.lexists(path)


def test_a_proxy_names_the_client(program: Callable[..., Program]) -> None:
    source = """
        from trivet import App, Request
        app = App(proxy_protocol=True, trusted_proxies="127.0.0.1")

        @app.get("/")
        def who(request: Request) -> str:
            client = request.client
            return f"{client.address} {client.port} {client.scheme} {client.is_forwarded}"
    """
    app = program(source, RUN)
    port = int(app.line().split()[1])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        header = b"PROXY TCP4 192.0.2.7 203.0.113.1 4711 443\r\n"
        assert ask(connection, header) == b"192.0.2.7 4711 http True"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.settimeout(30)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(1) == b""
    app.signal(signal.SIGTERM)
    assert app.finish()[0] == 0
