"""Settings: the program beats the environment, which beats trivet.toml, which beats defaults."""

from __future__ import annotations

import gzip
import json
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from harness import LANGS, ROOT, START, Case, Program, native

ENGINES = {"auto": 0, "uring": 1, "epoll": 2}
CLEAN = {"TRIVET_ENGINE": "", "TRIVET_LOG": "", "TRIVET_CONFIG": ""}


def spec_fields() -> list[dict[str, Any]]:
    """The fields of trivet_app_config that are settings."""
    spec = tomllib.loads((ROOT / "capi" / "spec" / "app.toml").read_text())
    config = next(struct for struct in spec["struct"] if struct["name"] == "trivet_app_config")
    return [field for field in config["fields"] if field["name"] not in ("size", "flags")]


class Settings(Case):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="trivet-settings-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def settings(self, *sets: str, toml: str | None = None, **env: str) -> Program:
        """Runs the program in a folder of its own, whose trivet.toml is `toml`."""
        if toml is not None:
            (self.folder / "trivet.toml").write_text(toml)
        shell = 'cd "$1" && shift && exec "$@"'
        command = ["sh", "-c", shell, "sh", self.folder, native("settings", "-ltrivet")]
        return self.program(*command, "--print", *sets, env={**CLEAN, **env})

    def config(self, *sets: str, toml: str | None = None, **env: str) -> dict[str, Any]:
        program = self.settings(*sets, toml=toml, **env)
        self.assertEqual(program.wait(), 0, program.err)
        config: dict[str, Any] = json.loads(program.out[0])
        return config

    def fault(self, *sets: str, toml: str | None = None, **env: str) -> str:
        program = self.settings(*sets, toml=toml, **env)
        self.assertEqual(program.wait(), 1, program.out)
        self.assertEqual(len(program.err), 1, program.err)
        return program.err[0]

    def test_defaults(self) -> None:
        """Those of the spec, where a constant stands for 0 in all of them."""
        expected = {
            field["name"]: 0 if str(field["default"]).startswith("TRIVET_") else field["default"]
            for field in spec_fields()
        }
        self.assertEqual(self.config(), expected)

    def test_precedence(self) -> None:
        toml = '[server]\nport = 81\nworkers = 3\nbody_bytes_max = "2MiB"\nhost = "::1"\n'
        from_toml = self.config(toml=toml)
        self.assertEqual((from_toml["port"], from_toml["workers"]), (81, 3))
        self.assertEqual((from_toml["body_bytes_max"], from_toml["host"]), (2 << 20, "::1"))
        above = self.config(TRIVET_PORT="82", TRIVET_IDLE_TIMEOUT_MS="30s")
        self.assertEqual((above["port"], above["workers"]), (82, 3))
        self.assertEqual(above["idle_timeout_ms"], 30_000)
        top = self.config("port=83", TRIVET_PORT="82")
        self.assertEqual((top["port"], top["workers"]), (83, 3))

    def test_the_env_file_stands_between_environment_and_file(self) -> None:
        (self.folder / ".env").write_text(
            "# local\nexport TRIVET_PORT=82 # mine\nTRIVET_BACKLOG='12'\nSECRET=x\n"
        )
        config = self.config(toml="[server]\nport = 81\nworkers = 3\n", TRIVET_BACKLOG="13")
        self.assertEqual((config["port"], config["workers"], config["backlog"]), (82, 3, 13))
        (self.folder / ".env").write_text("A=1\nTRIVET_PORT=http\n")
        fault = self.fault()
        self.assertIn(".env:2: TRIVET_PORT is 'http', allowed are 0 to 65535", fault)
        (self.folder / ".env").write_text("A=1\n\nB: 2\n")
        self.assertIn(".env:3: this is no NAME=VALUE", self.fault())

    def test_every_field_from_the_file_and_from_the_environment(self) -> None:
        """A value that is not the default, for each; names and ranges are the table's."""
        odd = {"engine": "epoll", "log_level": "warn", "profile": "low-memory", "host": "0.0.0.0"}
        numbers = {"engine": 2, "log_level": 3, "profile": 1, "host": "0.0.0.0"}
        odd["body_decompress"], numbers["body_decompress"] = "on", 1
        odd |= {"tls_client_auth": "required", "tls_min_version": "1.3"}
        numbers |= {"tls_client_auth": 2, "tls_min_version": 1}
        odd |= {f["name"]: f"{f['name']}.pem" for f in spec_fields() if f["default"] == ""}
        odd |= {"trusted_proxies": "10.0.0.0/8, unix", "forwarded": "either"}
        odd |= {"forwarded_host": "on", "proxy_protocol": "on"}
        odd["also_listen"] = "[::1]:0 plain, unix:@also proxy"
        odd |= {"compress": "on", "etag": "on", "static_folders": "/a=b, /=c"}
        numbers |= {"compress": 1, "etag": 1}
        numbers |= {"forwarded": 2, "forwarded_host": 1, "proxy_protocol": 1}
        values = {f["name"]: odd.get(f["name"], 2048) for f in spec_fields()}
        values |= {"header_count_max": 512, "threads": 8, "workers": 16}
        expected = {**values, **numbers}
        toml = "[server]\n" + "".join(f"{n} = {json.dumps(v)}\n" for n, v in values.items())
        self.assertEqual(self.config(toml=toml), expected)
        (self.folder / "trivet.toml").unlink()
        env = {f"TRIVET_{name.upper()}": str(value) for name, value in values.items()}
        env["TRIVET_LOG"] = env.pop("TRIVET_LOG_LEVEL")
        self.assertEqual(self.config(**env), expected)

    def test_files_and_compression_by_settings_in_every_language(self) -> None:
        public = self.folder / "public"
        public.mkdir()
        (public / "a.txt").write_text("text " * 1000)
        env = {
            "TRIVET_STATIC_FOLDERS": f"/by-settings={public}",
            **{"TRIVET_COMPRESS": "on", "TRIVET_COMPRESS_MIN_BYTES": "5", "TRIVET_ETAG": "on"},
        }
        for lang in LANGS:
            with self.subTest(lang):
                program = self.driver(lang, "auto", env=env)
                client = self.client(program.port)
                for target, size in (("/by-settings/a.txt", 5000), ("/hello", 13)):
                    plain = client.get(target)
                    self.assertEqual((plain.status, len(plain.content)), (200, size))
                    self.assertIn("ETag", plain.headers)
                    self.assertEqual(plain.headers["Vary"], "Accept-Encoding")
                client.send(
                    b"GET /by-settings/a.txt HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n"
                )
                encoded = client.response()
                self.assertEqual(encoded.headers["Content-Encoding"], "gzip")
                self.assertEqual(len(gzip.decompress(encoded.content)), 5000)
                self.assertEqual(client.get("/by-settings/../a.txt").status, 404)
                program.stop()

    def test_a_folder_that_is_not_there_stops_the_start(self) -> None:
        self.driver("c", "auto").stop()  # may be built first
        for value, words in (
            ("/a=nowhere", "static_folders: directory"),
            ("a=b", "TRIVET_STATIC_FOLDERS is 'a=b'"),
        ):
            program = self.program(START, "c", "--port", "0", env={"TRIVET_STATIC_FOLDERS": value})
            self.assertNotEqual(program.wait(), 0)
            self.assertIn(words, "\n".join(program.err))

    def test_a_file_elsewhere(self) -> None:
        (self.folder / "other.toml").write_text("[server]\nport = 99\n[database]\nport = 1\n")
        config = self.config(toml="[server]\nport = 81\n", TRIVET_CONFIG="other.toml")
        self.assertEqual(config["port"], 99)
        fault = self.fault(TRIVET_CONFIG="missing.toml")
        self.assertIn("TRIVET_CONFIG names 'missing.toml'", fault)
        self.assertIn("No such file", fault)

    def test_errors_name_file_and_line_or_variable(self) -> None:
        for toml, parts in {
            "[server]\n\nport = 65536\n": ["trivet.toml:3: ", "65536", "0 to 65535"],
            '[server]\nworkers = "many"\n': ["trivet.toml:2: ", "'many'", "auto"],
            "[server]\nworker = 2\n": ["trivet.toml:2: ", "'worker'", "did you mean 'workers'?"],
            "[server]\nport = \n": ["trivet.toml:2: "],
            "[server]\nport = 1\nport = 1\n": ["trivet.toml:3: "],
        }.items():
            with self.subTest(toml=toml):
                fault = self.fault(toml=toml)
                for part in parts:
                    self.assertIn(part, fault)
        (self.folder / "trivet.toml").unlink()
        fault = self.fault(TRIVET_ENGINE="kqueue")
        for part in ("TRIVET_ENGINE", "'kqueue'", "auto, uring, epoll"):
            self.assertIn(part, fault)

    def test_an_error_ends_every_program_with_one_line(self) -> None:
        """Not only those that ask for their configuration."""
        from harness import DEMOS

        for lang in DEMOS:
            with self.subTest(lang):
                demo = ROOT / "examples" / "tasks" / lang / "run"
                program = self.program(demo, "--port", "0", env={"TRIVET_BACKLOG": "none"})
                self.assertGreater(program.wait(), 0)
                self.assertEqual(len(program.err), 1, program.err)
                self.assertIn("TRIVET_BACKLOG is 'none', allowed are 1 to 65535", program.err[0])

    def test_what_the_program_sets_is_checked_too(self) -> None:
        fault = self.fault("buffer_count=3")
        self.assertIn("buffer_count is 3, allowed are 0 (as the profile says) and powers of", fault)

    def test_documentation_lists_every_setting_as_it_is(self) -> None:
        """The guide's table against the spec's defaults and what the engine says is allowed."""
        rows: dict[str, list[str]] = {}
        for line in (ROOT / "docs" / "guide" / "configuration.md").read_text().splitlines():
            cells = [cell.strip().replace("`", "") for cell in line.strip("|").split("|")]
            if len(cells) == 5 and cells[1].startswith("TRIVET_"):
                rows[cells[0]] = cells
        defaults = {field["name"]: field["default"] for field in spec_fields()}
        self.assertEqual(list(rows), list(defaults))
        for name, (_, variable, default, allowed, _) in rows.items():
            with self.subTest(name):
                expected = "TRIVET_LOG" if name == "log_level" else f"TRIVET_{name.upper()}"
                self.assertEqual(variable, expected)
                value = defaults[name]
                if isinstance(value, str) and value.startswith("TRIVET_"):
                    words = value.rsplit("_", 1)[1].lower()
                    self.assertIn(default, (words, "info", "1.2", "x-forwarded"))
                elif value == "":
                    self.assertEqual(default, "none")
                elif value == 0:
                    self.assertIn(
                        default, ("auto", "as the profile says", "as idle_timeout_ms", "off")
                    )
                else:
                    self.assertEqual(default, str(value))
                wrong = "x" * 4097
                self.assertIn(f"allowed are {allowed})", self.fault(**{variable: wrong}))
