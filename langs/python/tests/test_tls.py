"""TLS from Python: its options, and an app that is served with it."""

from __future__ import annotations

import ssl
import subprocess
import threading
import urllib.request
from pathlib import Path

import pytest

from trivet import App, ArgumentError, Tls


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = [
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
        *("-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
        *("-days", "30", "-keyout", str(key), "-out", str(certificate)),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


def test_an_app_is_served_with_it(files: tuple[Path, Path]) -> None:
    certificate, key = files
    app = App(tls=Tls(certificate, key, min_version="1.3"), log_level="warn")

    @app.get("/")
    def hello() -> str:
        return "secured"

    with app.bind("127.0.0.1", 0) as server:
        answers: list[bytes] = []

        def ask() -> None:
            context = ssl.create_default_context(cafile=str(certificate))
            url = f"https://localhost:{server.port}/"
            try:
                with urllib.request.urlopen(url, context=context, timeout=30) as response:
                    answers.append(response.read())
            finally:
                server.drain()

        thread = threading.Thread(target=ask)
        thread.start()
        server.serve()
        thread.join()
    assert answers == [b"secured"]


def test_options_are_the_settings(files: tuple[Path, Path]) -> None:
    certificate, key = files
    tls = Tls(
        [certificate, "other.pem"],
        [key, "other.key"],
        staple=["", "other.ocsp"],
        client_ca="ca.pem",
        client_auth="optional",
        session_timeout_ms=0,
    )
    config = App(tls=tls).config
    assert config["tls_certificate"] == f"{certificate},other.pem"
    assert config["tls_key"] == f"{key},other.key"
    assert config["tls_staple"] == ",other.ocsp"
    assert config["tls_client_ca"] == "ca.pem"
    assert (config["tls_client_auth"], config["tls_min_version"]) == ("optional", "1.2")
    assert config["tls_session_timeout_ms"] == 0
    assert App().config["tls_certificate"] == ""
    assert repr(Tls("a.pem", client_auth="off")) == "Tls(certificate='a.pem', client_auth='off')"


def test_mistakes_are_named(files: tuple[Path, Path]) -> None:
    with pytest.raises(ArgumentError, match=r"key: a path may not have a comma: 'a,b.pem'"):
        Tls("a.pem", "a,b.pem")
    with pytest.raises(ArgumentError, match=r"certificate is a path or several, not 3"):
        Tls([3])  # type: ignore[list-item]
    with pytest.raises(ArgumentError, match=r"tls_min_version is one of 1.2, 1.3, not '1.1'"):
        App(tls=Tls("a.pem", min_version="1.1"))  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=r"tls_session_timeout_ms is 5, allowed are"):
        App(tls=Tls("a.pem", session_timeout_ms=5))
    app = App(tls=Tls("nowhere.pem"))
    with pytest.raises(ArgumentError, match=r"tls_certificate: 'nowhere.pem' cannot be read"):
        app.bind("127.0.0.1", 0)
    app = App(tls=Tls(files[0]))
    with pytest.raises(ArgumentError, match=r"tls_certificate: .* no key in PEM"):
        app.bind("127.0.0.1", 0)
