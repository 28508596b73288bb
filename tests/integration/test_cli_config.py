"""trivet config: values and where they come from, and the schema of trivet.toml."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from typing import Any

from harness import ROOT
from test_cli import Command

PYTHON = ROOT / "build" / "venv" / "bin" / "python"
SCHEMA = ROOT / "docs" / "trivet.schema.json"
# Gives a list of whether each document of a list is valid.
VALIDATE = """
import json, sys
from jsonschema import Draft7Validator
schema, documents = json.load(sys.stdin)
Draft7Validator.check_schema(schema)
validator = Draft7Validator(schema)
print(json.dumps([validator.is_valid(document) for document in documents]))
"""


def valid(documents: list[dict[str, Any]]) -> list[bool]:
    given = json.dumps([json.loads(SCHEMA.read_text()), documents])
    command = [str(PYTHON), "-c", VALIDATE]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
    answers: list[bool] = json.loads(done.stdout)
    return answers


class Config(Command):
    def setUp(self) -> None:
        super().setUp()
        self.write("trivet.toml", '[server]\nport = 81\nhost = "::1"\n[app]\nentry = "a \\"b\\""\n')
        self.write(".env", "TRIVET_BACKLOG=12\nSECRET=hidden\n")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def settings(self, *arguments: str, env: dict[str, str] | None = None) -> dict[str, Any]:
        program = self.trivet("config", "--json", *arguments, env=env)
        self.assertEqual(program.wait(), 0, program.err)
        return {item["key"]: item for item in json.loads("\n".join(program.out))}

    def test_each_value_says_where_it_comes_from(self) -> None:
        found = self.settings("--workers", "3", env={"TRIVET_PROFILE": "low-memory"})
        for key, value, source, place in [
            ("server.workers", "3", "flag", "--workers"),
            ("server.profile", "low-memory", "environment", "TRIVET_PROFILE"),
            ("server.backlog", "12", "env-file", ".env:1"),
            ("server.port", "81", "file", "trivet.toml:2"),
            ("server.threads", "auto", "default", ""),
            ("app.entry", 'a "b"', "file", "trivet.toml:5"),
        ]:
            with self.subTest(key):
                item = found[key]
                self.assertEqual(
                    (item["value"], item["source"], item["place"]), (value, source, place)
                )
        self.assertNotIn("hidden", json.dumps(found))

    def test_the_stronger_source_wins(self) -> None:
        port = "server.port"
        sources = []
        for arguments, env in [
            ([], {}),
            ([], {"TRIVET_PORT": "83"}),
            (["--port", "84"], {"TRIVET_PORT": "83"}),
        ]:
            item = self.settings(*arguments, "port", env=env)[port]
            sources.append((item["value"], item["place"]))
        self.write(".env", "TRIVET_PORT=82\n")
        item = self.settings("port")[port]
        sources.append((item["value"], item["place"]))
        self.assertEqual(
            sources,
            [("81", "trivet.toml:2"), ("83", "TRIVET_PORT"), ("84", "--port"), ("82", ".env:1")],
        )

    def test_its_text_is_a_trivet_toml(self) -> None:
        text = self.text("config")
        tables = tomllib.loads(text)
        self.assertEqual(tables["server"]["port"], 81)
        self.assertEqual(tables["app"], {"entry": 'a "b"'})
        self.write(".env", "")
        self.write("trivet.toml", text)
        self.assertEqual(self.text("config"), text)

    def test_explains_for_people(self) -> None:
        table = self.text("config", "--explain")
        self.assertRegex(table, r"(?m)^server\.port +81 +trivet\.toml:2$")
        self.assertRegex(table, r"(?m)^server\.backlog +12 +\.env:1$")
        self.assertRegex(table, r"(?m)^app\.build +default$")
        one = self.text("config", "port", "--explain")
        for part in ("server.port = 81", "trivet.toml:2", "0 to 65535", "TRIVET_PORT", "8000"):
            self.assertIn(part, one)
        self.assertEqual(self.text("config", "server.host"), "::1")
        self.assertEqual(self.text("config", "app.build"), "")

    def test_what_is_wrong_is_told(self) -> None:
        self.assertIn("did you mean 'port'?", self.fault(2, "config", "prot"))
        self.assertIn("did you mean 'server.port'?", self.fault(2, "config", "server.prot"))
        self.assertIn("--port is 'x'", self.fault(2, "config", "--port", "x"))
        self.write(".env", "A\n")
        self.assertIn(".env:1: this is no NAME=VALUE", self.fault(1, "config"))
        self.write(".env", "")
        self.write("trivet.toml", "[app]\nlanguage = 1\n")
        fault = self.fault(1, "config", "--explain")
        self.assertIn("trivet.toml:2: language is 1, allowed are python, node, go, c", fault)


class Schema(Command):
    def test_the_committed_one_is_the_engines(self) -> None:
        """Written by `trivet config --schema`; it needs no settings that are well."""
        (self.folder / "trivet.toml").write_text("[server]\nport = -1\n")
        self.assertEqual(self.text("config", "--schema") + "\n", SCHEMA.read_text())

    def test_every_example_is_valid(self) -> None:
        texts = {
            str(path.relative_to(ROOT)): path.read_text()
            for folder in ("examples", "cli", "bench")
            for path in (ROOT / folder).rglob("trivet.toml")
            if "node_modules" not in path.parts and "build" not in path.parts
        }
        pages = [
            ROOT / "README.md",
            *(ROOT / "docs").rglob("*.md"),
            *(ROOT / "langs").glob("*/*.md"),
        ]
        for page in pages:
            if "node_modules" in page.parts:
                continue
            for block in re.findall(r"```toml\n(.*?)```", page.read_text(), re.DOTALL):
                if re.search(r"(?m)^\[(server|app)\]$", block):
                    texts[f"{page.name}: {block}"] = block
        self.assertGreaterEqual(len(texts), 2)
        answers = valid([tomllib.loads(text) for text in texts.values()])
        for name, is_valid in zip(texts, answers, strict=True):
            self.assertTrue(is_valid, name)

    def test_it_takes_what_the_engine_takes(self) -> None:
        """Both judge the same documents, the engine by reading them."""
        good = [
            "",
            "[other]\nx = 1\n",
            '[server]\nport = 0\nworkers = "auto"\nthreads = 3\nbuffer_count = 64\n',
            '[server]\nport = "80"\nbody_bytes_max = "10 MiB"\nidle_timeout_ms = "30s"\n',
            '[server]\nbuffer_bytes = 0\nbuffer_count = 0\nengine = "epoll"\nlog_level = "off"\n',
            '[app]\nlanguage = "c"\ncommand = "./x"\nbuild = "make"\nentry = "x"\n',
        ]
        bad = [
            "[server]\nport = -1\n",
            "[server]\nport = 65536\n",
            "[server]\nport = 1.5\n",
            "[server]\nport = true\n",
            '[server]\nport = "http"\n',
            "[server]\nhost = 1\n",
            '[server]\nhost = ""\n',
            "[server]\nbuffer_count = 3\n",
            "[server]\nbuffer_bytes = 10\n",
            '[server]\nengine = "kqueue"\n',
            '[server]\nworkers = "many"\n',
            '[server]\nbody_bytes_max = "10 MB"\n',
            '[server]\nidle_timeout_ms = "1m"\n',
            "[server]\ncolour = 1\n",
            "[server.port]\nx = 1\n",
            "server = 1\n",
            '[app]\nlanguage = "rust"\n',
            "[app]\nentry = 1\n",
            '[app]\ncommand = ""\n',
            "[app]\nport = 1\n",
        ]
        expected = [True] * len(good) + [False] * len(bad)
        self.assertEqual(valid([tomllib.loads(text) for text in good + bad]), expected)
        for text, is_good in zip(good + bad, expected, strict=True):
            with self.subTest(text):
                (self.folder / "trivet.toml").write_text(text)
                program = self.trivet("config", "port")
                self.assertEqual(program.wait(), 0 if is_good else 1, program.err)

    def test_it_knows_every_setting(self) -> None:
        properties = json.loads(SCHEMA.read_text())["properties"]
        listed = {
            f"{table}.{key}" for table in properties for key in properties[table]["properties"]
        }
        program = self.trivet("config", "--json")
        self.assertEqual(program.wait(), 0, program.err)
        self.assertEqual(listed, {item["key"] for item in json.loads("\n".join(program.out))})
