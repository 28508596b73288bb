"""What others' scanners find in TLS as it is spoken without any setting but the certificates."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from authority import HOST, Authority
from harness import ROOT, Case, Program

PYTHON = ROOT / "build" / "venv" / "bin" / "python"
SCAN_S = 900  # hundreds of handshakes, in part by a shell, on a busy machine
# What has to be among the findings of testssl.sh, by its own names.
CHECKED = {
    *("SSLv2", "SSLv3", "TLS1", "TLS1_1", "TLS1_2", "TLS1_3"),
    *("heartbleed", "CCS", "ticketbleed", "ROBOT", "secure_renego", "secure_client_renego"),
    *("CRIME_TLS", "BREACH", "POODLE_SSL", "fallback_SCSV", "SWEET32", "FREAK", "DROWN"),
    *("LOGJAM", "BEAST", "LUCKY13", "RC4"),
}
OF_THE_SCANNER = {"engine_problem"}  # its own OpenSSL has no GOST


class Scanners(Case):
    """The host has two certificates, one with an ECDSA and one with an RSA key."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="trivet-tls-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.authority = Authority(self.folder)
        signed = [self.authority.sign(key, key=key) for key in ("ecdsa", "rsa")]
        certificates, keys = zip(*signed, strict=True)
        self.program: Program = self.driver(
            "c",
            "auto",
            env={
                "TRIVET_TLS_CERTIFICATE": ",".join(map(str, certificates)),
                "TRIVET_TLS_KEY": ",".join(map(str, keys)),
            },
        )

    def scan(self, *command: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SCAN_S,
            cwd=self.folder,
            env={**os.environ, "TMPDIR": str(self.folder)},
        )

    def test_sslyze_finds_the_intermediate_profile_of_mozilla(self) -> None:
        found = self.scan(
            *(PYTHON, "-m", "sslyze", "--mozilla_config=intermediate"),
            *("--certinfo_ca_file", self.authority.certificate),
            f"{HOST}:{self.program.port}{{127.0.0.1}}",
        )
        self.assertEqual(found.returncode, 0, found.stdout + found.stderr)
        # The exit code is 0 as well when nothing could be scanned.
        self.assertIn("OK - Compliant", found.stdout)
        self.program.stop()

    def test_testssl_finds_no_vulnerability(self) -> None:
        findings = self.folder / "findings.json"
        found = self.scan(
            *("testssl", "--quiet", "--color", "0", "--warnings", "off", "--nodns", "none"),
            *("--ip", "127.0.0.1", "--add-ca", self.authority.certificate),
            *("--jsonfile", findings, "--protocols", "--vulnerable"),
            f"{HOST}:{self.program.port}",
        )
        listed = json.loads(findings.read_text())
        self.assertLessEqual(CHECKED, {one["id"] for one in listed}, found.stdout)
        # LOW is the least that stands for a weakness; others say that a check could not be made.
        weak = [
            one
            for one in listed
            if one["severity"] not in ("OK", "INFO") and one["id"] not in OF_THE_SCANNER
        ]
        self.assertEqual(weak, [], found.stdout)
        self.program.stop()
