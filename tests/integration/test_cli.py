"""The trivet command: arguments, messages, exit codes, and the settings its workers see."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from harness import PRESET, ROOT, START, Case, Program, fetch, free_port, native, op, wait_for
from test_settings import CLEAN, spec_fields

TRIVET = ROOT / "build" / PRESET / "cli" / "trivet"


class Command(Case):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="trivet-cli-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def trivet(self, *arguments: object, env: dict[str, str] | None = None) -> Program:
        """Runs the command in a folder of its own."""
        command = ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", self.folder, TRIVET]
        return self.program(*command, *arguments, env={**CLEAN, **(env or {})})

    def text(self, *arguments: object) -> str:
        program = self.trivet(*arguments)
        self.assertEqual(program.wait(), 0, program.err)
        self.assertEqual(program.err, [])
        return "\n".join(program.out)

    def fault(self, code: int, *arguments: object, env: dict[str, str] | None = None) -> str:
        program = self.trivet(*arguments, env=env)
        self.assertEqual(program.wait(), code, program.err)
        self.assertEqual(program.out, [])
        self.assertEqual(len(program.err), 1, program.err)
        return program.err[0]


class Arguments(Command):
    def test_help_lists_commands_flags_examples_and_exit_codes(self) -> None:
        root = self.text("--help")
        for part in ("start", "version", "Examples:", "Exit codes:"):
            self.assertIn(part, root)
        start = self.text("start", "--help")
        flags = {field["name"].replace("_", "-") for field in spec_fields()}
        flags = flags - {"log-level"} | {"log", "config"}
        for flag in flags:
            self.assertRegex(start, rf"(?m)^ +--{flag} ")
        for part in ("trivet start -- python app.py", "Exit codes:", "trivet.toml"):
            self.assertIn(part, start)
        self.assertNotIn("\x1b", root + start)

    def test_version_is_the_engines(self) -> None:
        self.assertRegex(self.text("version"), r"^trivet \d+\.\d+\.\d+$")
        facts = json.loads(self.text("version", "--json"))
        self.assertEqual(self.text("version"), f"trivet {facts['version']}")
        self.assertGreater(facts["abi"], 0)
        self.assertEqual(
            list(facts["libraries"]),
            ["liburing", "llhttp", "pcre2", "zlib", "brotli", "zstd", "toml++"],
        )
        for name, version in facts["libraries"].items():
            self.assertRegex(version, r"^\d+\.\d+", name)
        self.assertRegex(facts["compiler"], r"^(gcc|clang|Clang|.*[Cc]lang).*\d+\.\d+")

    def test_unknown_words_are_usage_errors_that_name_the_nearest(self) -> None:
        for arguments, parts in [
            (["strat"], ["unknown command 'strat'", "did you mean 'start'?"]),
            (["start", "--prot", "1", "--", "true"], ["unknown flag '--prot'", "'--port'"]),
            (["start", "true"], ["unexpected argument 'true'"]),
            (["start", "--"], ["no command behind --"]),
            (["new", "pyton", "shop"], ["unknown language 'pyton'", "'python'"]),
            ([], ["no command given"]),
            (["start", "--port", "--", "true"], ["--port"]),
            (["start", "--host", "", "--", "true"], ["--host is empty"]),
        ]:
            with self.subTest(arguments=arguments):
                fault = self.fault(2, *arguments)
                for part in [*parts, "--help"]:
                    self.assertIn(part, fault)

    def test_wrong_values_name_the_flag_or_the_variable_or_the_line(self) -> None:
        flag = self.fault(2, "start", "--workers", "many", "--", "true")
        self.assertIn("--workers is 'many', allowed are 1 to 1024 and auto", flag)
        variable = self.fault(1, "start", "--", "true", env={"TRIVET_LOG": "loud"})
        self.assertIn("TRIVET_LOG is 'loud', allowed are debug, info", variable)
        (self.folder / "trivet.toml").write_text("[server]\nport = -1\n")
        self.assertIn("trivet.toml:2: port is -1", self.fault(1, "start", "--", "true"))
        (self.folder / "other.toml").write_text("\n\n[server]\nprofil = 1\n")
        fault = self.fault(1, "start", "--config", "other.toml", "--", "true")
        self.assertIn("other.toml:4: unknown setting 'profil'; did you mean 'profile'?", fault)
        self.assertIn("missing", self.fault(1, "start", "--config", "missing", "--", "true"))

    def test_a_folder_without_an_app(self) -> None:
        for command in ("start", "routes", "build"):
            with self.subTest(command):
                self.assertIn("no app in", self.fault(1, command))

    def test_a_command_that_cannot_be_executed(self) -> None:
        (self.folder / "text").write_text("no program")
        for command, reason in {
            "no-such-program": "No such file",
            "./missing": "No such file",
            "./text": "Permission denied",
            "/": "Is a directory",
        }.items():
            with self.subTest(command):
                fault = self.fault(1, "start", "--port", "0", "--", command)
                self.assertIn(f"cannot execute {command}: {reason}", fault)

    def test_a_host_that_is_no_address(self) -> None:
        fault = self.fault(1, "start", "--host", "not.an.address.invalid", "--", "true")
        self.assertIn("not.an.address.invalid", fault)

    def test_a_worker_starts_no_workers(self) -> None:
        fault = self.fault(1, "start", "--", "true", env={"TRIVET_WORKER": "0:1:8:9"})
        self.assertIn("itself a worker", fault)


class Serving(Command):
    def serve(self, *arguments: object, sets: list[str], env: dict[str, str]) -> dict[str, Any]:
        """What the program finds configured in a worker; drains afterwards."""
        command = [native("settings", "-ltrivet"), *sets]
        program = self.trivet("start", *arguments, "--", *command, env=env)
        wait_for(lambda: program.out or program.process.poll() is not None, "a worker")
        self.assertTrue(program.out, program.err)
        config: dict[str, Any] = json.loads(program.out[0])
        program.answering(config["port"])
        program.stop()
        return config

    def test_flags_beat_the_program_which_beats_environment_and_file(self) -> None:
        (self.folder / "a.toml").write_text(
            "[server]\nbacklog = 11\nheader_count_max = 12\nidle_timeout_ms = 13\n"
        )
        flags = ["--config", "a.toml", "--port", free_port(), "--workers", 1, "--engine", "epoll"]
        config = self.serve(
            *flags,
            "--body-bytes-max",
            "3KiB",
            sets=["body_bytes_max=5", "engine=1", "backlog=21"],
            env={"TRIVET_BACKLOG": "31", "TRIVET_HEADER_COUNT_MAX": "32", "TRIVET_PORT": "33"},
        )
        self.assertEqual(config["body_bytes_max"], 3072)
        self.assertEqual(config["engine"], 2)
        self.assertEqual(config["workers"], 1)
        self.assertEqual(config["port"], flags[3])
        self.assertEqual(config["backlog"], 21)
        self.assertEqual(config["header_count_max"], 32)
        self.assertEqual(config["idle_timeout_ms"], 13)

    def test_settings_without_flags(self) -> None:
        port = free_port()
        (self.folder / "trivet.toml").write_text(f"[server]\nport = {port}\nworkers = 1\n")
        config = self.serve(sets=[], env={"TRIVET_PROFILE": "low-memory"})
        self.assertEqual((config["port"], config["workers"], config["profile"]), (port, 1, 1))

    def test_default_is_one_worker_for_each_usable_cpu(self) -> None:
        cpus = sorted(os.sched_getaffinity(0))
        for mask, most in ((cpus[:1], 1), (cpus, len(cpus))):
            with self.subTest(mask=mask):
                pinned = ["taskset", "-c", ",".join(map(str, mask)), TRIVET]
                command = [*pinned, "start", "--port", "0", "--", START, "c", "--port", "0"]
                program = self.program(*command, env=CLEAN).ready()
                workers = op(program.port, "worker")["workers"]
                # A quota of the cgroup may allow fewer.
                self.assertIn(workers, range(1, most + 1))
                program.stop()

    def test_workers_get_the_other_entries_of_the_env_file(self) -> None:
        (self.folder / ".env").write_text("CLI_A='a b'\nCLI_B=no\nTRIVET_WORKERS=1\n")
        port = free_port()
        script = 'printf "%s/%s/%s\\n" "$CLI_A" "$CLI_B" "$TRIVET_WORKERS"; exec "$@"'
        command = ["sh", "-c", script, "sh", START, "c", "--port", "0"]
        program = self.trivet("start", "--port", port, "--", *command, env={"CLI_B": "kept"})
        wait_for(lambda: len(program.out) > 1 or program.process.poll() is not None, "a worker")
        self.assertEqual(program.out[:2], ["a b/kept/", f"READY {port}"], program.err)
        program.stop()

    def test_every_language_serves_under_it(self) -> None:
        for lang in ("c", "python", "node", "go"):
            with self.subTest(lang):
                # The first one may build.
                self.driver(lang, "auto").stop()
                driver = [START, lang, "--port", "0"]
                program = self.trivet("start", "--port", "0", "--workers", "1", "--", *driver)
                port = program.ready().port
                self.assertEqual(fetch(port, "/hello"), (200, b"Hello, World!"))
                program.stop()
