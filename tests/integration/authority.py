"""Certificates for tests, by the command line of OpenSSL."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

HOST = "localhost"
KEYS = {"ecdsa": ("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), "rsa": ("rsa:2048",)}


class Authority:
    """Signs certificates in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.certificate = folder / "ca.pem"
        self._run(
            *("req", "-x509", "-newkey", *KEYS["ecdsa"], "-nodes", "-days", "30"),
            *("-subj", "/CN=test authority", "-addext", "keyUsage=critical,keyCertSign"),
            *("-keyout", "ca.key", "-out", "ca.pem"),
        )

    def _run(self, *arguments: object) -> None:
        command = ["openssl", *map(str, arguments)]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder)

    def sign(
        self, name: str, host: str = HOST, days: int = 30, key: str = "ecdsa"
    ) -> tuple[Path, Path]:
        """A new key and its certificate, in files that are replaced at once."""
        self._run(
            *("req", "-new", "-newkey", *KEYS[key], "-nodes", "-subj", f"/CN={name}"),
            *("-keyout", "new.key", "-out", "new.csr"),
        )
        (self.folder / "new.ext").write_text(
            f"subjectAltName=DNS:{host}\nauthorityKeyIdentifier=keyid\n"
        )
        self._run(
            *("x509", "-req", "-in", "new.csr", "-CA", "ca.pem", "-CAkey", "ca.key"),
            *("-CAcreateserial", "-days", days, "-extfile", "new.ext", "-out", "new.pem"),
        )
        paths = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        (self.folder / "new.key").rename(paths[1])
        (self.folder / "new.pem").rename(paths[0])
        return paths

    def trusting(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.certificate))
        context.set_alpn_protocols(["h2", "http/1.1"])
        return context
