"""`trivet dev`: an app that starts anew when its files change, and the page when it cannot."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import pty
import re
import signal
import tempfile
import threading
from pathlib import Path

import dev_projects
from dev_projects import Project
from harness import DEADLINE_S, PRESET, ROOT, Case, Program, taken_port, wait_for
from webdriver import Browser

TRIVET = ROOT / "build" / PRESET / "cli" / "trivet"
LANGS = list(dev_projects.KINDS)
URL = re.compile(r"trivet dev: http://127\.0\.0\.1:(\d+) · ")
SAVES = {"python": 20, "node": 20, "go": 8, "c": 8}  # the latter build, too


class Answer:
    """One request on a connection of its own."""

    def __init__(self, port: int, path: str = "/", accept: str = "*/*") -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
        try:
            connection.request("GET", path, headers={"Accept": accept, "Connection": "close"})
            response = connection.getresponse()
            self.status = response.status
            self.headers = response.headers
            self.text = response.read().decode()
        finally:
            connection.close()


class Stream(threading.Thread):
    """Connects again and again; every connection must be answered."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.ending = threading.Event()
        self.answers: list[str] = []
        self.faults: list[str] = []

    def run(self) -> None:
        while not self.ending.is_set() and not self.faults:
            try:
                answer = Answer(self.port)
                self.answers.append(answer.text if answer.status == 200 else str(answer.status))
            except Exception as error:  # whatever it is, a connection was lost
                self.faults.append(repr(error))

    def end(self) -> None:
        self.ending.set()
        self.join(DEADLINE_S)


def is_gone(pid: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


class Dev(Case):
    def project(self, lang: str, word: str) -> Project:
        folder = tempfile.TemporaryDirectory(prefix=f"trivet-dev-{lang}-")
        self.addCleanup(folder.cleanup)
        return dev_projects.make(lang, Path(folder.name).resolve(), word)

    def dev(self, project: Project, *flags: object, command: list[str] | None = None) -> Program:
        words = project.command if command is None else command
        program = Program(
            ["env", "-C", project.folder, TRIVET, "dev", "--port", "0", *map(str, flags), *words],
            project.env,
        )
        self.addCleanup(self.end, program)
        wait_for(lambda: program.err or program.process.poll() is not None, "the banner")
        found = URL.match(program.err[0]) if program.err else None
        assert found is not None, program.err
        program.port = int(found[1])
        return program

    @staticmethod
    def end(program: Program) -> None:
        """Its app has a process group of its own, which ends with it."""
        with contextlib.suppress(ProcessLookupError):
            program.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(AssertionError):
            program.wait()
        program.close()

    def wait_for_page(self, program: Program) -> None:
        wait_for(lambda: Answer(program.port).status == 500, f"the page: {program.err[-20:]}")

    def wait_for_answer(self, program: Program, word: str) -> None:
        wait_for(lambda: Answer(program.port).text == word, f"'{word}': {program.err[-20:]}")


class Reload(Dev):
    def test_a_save_is_answered_by_the_new_code(self) -> None:
        for lang in LANGS:
            with self.subTest(lang):
                project = self.project(lang, "one")
                program = self.dev(project)
                # Whoever comes while it builds and starts waits.
                self.assertEqual(Answer(program.port).text, "one", program.err)
                project.save("two")
                self.wait_for_answer(program, "two")
                project.save_by_rename("three")
                self.wait_for_answer(program, "three")
                program.stop()
                self.assertIn(project.file.name + " changed, restarting", "\n".join(program.err))

    def test_saves_lose_no_connection(self) -> None:
        for lang in LANGS:
            with self.subTest(lang):
                project = self.project(lang, "w0")
                program = self.dev(project)
                streams = [Stream(program.port) for _ in range(3)]
                for stream in streams:
                    stream.start()
                for number in range(1, SAVES[lang] + 1):
                    project.save(f"w{number}")
                    self.wait_for_answer(program, f"w{number}")
                for stream in streams:
                    stream.end()
                    self.assertEqual(stream.faults, [])
                    self.assertEqual({a for a in stream.answers if not a.startswith("w")}, set())
                program.stop()

    def test_new_folders_count_and_packages_do_not(self) -> None:
        project = self.project("python", "one")
        program = self.dev(project, "--ignore", "secret*")
        self.wait_for_answer(program, "one")
        pid = Answer(program.port, "/pid").text
        for name in ("node_modules/a.py", ".venv/b.py", "build/c.py", "app.log", "secret.py"):
            path = project.folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text("x = 1\n")
        package = project.folder / "parts" / "inner"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("x = 1\n")
        wait_for(lambda: Answer(program.port, "/pid").text != pid, "the restart")
        program.stop()
        changes = [line for line in program.err if "changed, restarting" in line]
        self.assertEqual(changes, ["trivet dev: parts/inner/__init__.py changed, restarting"])


class Failures(Dev):
    def test_a_broken_file_gives_a_page_until_it_is_mended(self) -> None:
        for lang in LANGS:
            with self.subTest(lang):
                project = self.project(lang, "one")
                program = self.dev(project)
                self.wait_for_answer(program, "one")
                project.break_it()
                self.wait_for_page(program)
                page = Answer(program.port, "/any/where", "text/html,*/*;q=0.8")
                self.assertEqual(page.status, 500)
                self.assertEqual(page.headers["Content-Type"], "text/html; charset=utf-8")
                self.assertEqual(page.headers["Cache-Control"], "no-store")
                self.assertIn(project.fault, page.text)
                problem = Answer(program.port)
                self.assertEqual(problem.headers["Content-Type"], "application/problem+json")
                details = json.loads(problem.text)
                self.assertEqual(details["status"], 500)
                self.assertIn(project.fault, details["output"])
                self.assertIn("exit code", details["detail"])
                project.save("two")
                self.wait_for_answer(program, "two")
                program.stop()

    def test_a_broken_start_waits_for_the_change_that_mends_it(self) -> None:
        project = self.project("python", "one")
        project.break_it()
        program = self.dev(project)
        self.assertEqual(Answer(program.port).status, 500)
        project.save("one")
        self.wait_for_answer(program, "one")
        program.stop()

    def test_an_app_that_ends_later_gives_a_page(self) -> None:
        for lang in LANGS:
            with self.subTest(lang):
                project = self.project(lang, "one")
                program = self.dev(project)
                self.wait_for_answer(program, "one")
                with contextlib.suppress(http.client.HTTPException, ConnectionError):
                    Answer(program.port, "/crash")
                self.wait_for_page(program)
                self.assertIn("The app ended: exit code 3", Answer(program.port).text)
                project.save("two")
                self.wait_for_answer(program, "two")
                program.stop()

    def test_what_the_page_shows_is_escaped_and_bounded(self) -> None:
        project = self.project("python", "one")
        project.file.write_text(
            "import sys\n"
            "for n in range(5000):\n    print(f'line {n}', file=sys.stderr)\n"
            "print('\\x1b[31m<script>alert(1)</script>\\x1b[0m', file=sys.stderr)\n"
            "sys.exit(4)\n"
        )
        program = self.dev(project)
        page = Answer(program.port, accept="text/html").text
        self.assertIn("\n&lt;script&gt;alert(1)&lt;/script&gt;\n", page)
        self.assertNotIn("<script>alert", page)
        self.assertNotIn("\x1b", page)
        self.assertNotIn("line 10\n", page)
        self.assertIn("earlier lines", page)
        self.assertIn("exit code 4", page)
        program.stop()

    def test_a_wrapper_that_keeps_the_listener_from_the_app_is_explained(self) -> None:
        project = self.project("python", "one")
        script = " ".join(project.command[1:]) + "; exit 1"
        program = self.dev(project, command=["--", "sh", "-c", script])
        details = json.loads(Answer(program.port).text)
        self.assertIn("already in use", details["output"])
        self.assertIn("write exec before the command", details["detail"])
        program.stop()

    def test_the_page_goes_away_by_itself(self) -> None:
        browser = Browser()
        self.addCleanup(browser.close)
        project = self.project("python", "<p id=home>mended</p>")
        text = project.text.replace("import App", "import HTML, App")
        project.text = text.replace(
            '-> str:\n    return "WORD"', '-> HTML:\n    return HTML("WORD")'
        )
        project.break_it()
        program = self.dev(project)
        browser.open(f"http://127.0.0.1:{program.port}/")
        self.assertEqual(browser.script("return document.title"), "The app did not start")
        self.assertIn("SyntaxError", browser.script("return document.body.innerText"))
        project.file.write_text("raise RuntimeError('another')\n")
        body = "return document.body.innerText"
        wait_for(lambda: "RuntimeError" in browser.script(body), "the other failure")
        project.save("<p id=home>mended</p>")
        wait_for(lambda: browser.script(body) == "mended", "the app")
        program.stop()


class Ends(Dev):
    def test_every_end_takes_the_app_along(self) -> None:
        for lang in LANGS:
            project = self.project(lang, "one")
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL):
                with self.subTest(lang, signal=number.name):
                    program = self.dev(project)
                    pid = int(Answer(program.port, "/pid").text)
                    program.signal(number)
                    code = program.wait()
                    self.assertEqual(code, -9 if number == signal.SIGKILL else 0, program.err)
                    wait_for(lambda pid=pid: is_gone(pid), "the app's end")

    def test_the_second_one_kills(self) -> None:
        project = self.project("python", "one")
        text = project.file.read_text()
        blocking = '@app.get("/block")\ndef block() -> None:\n    import time\n\n'
        blocking += '    print("BLOCKED")\n    time.sleep(1000)\n\n\napp.run'
        project.file.write_text(text.replace("app.run", blocking))
        program = self.dev(project)
        pid = int(Answer(program.port, "/pid").text)
        client = self.client(program.port)
        client.send(b"GET /block HTTP/1.1\r\nHost: test\r\n\r\n")
        wait_for(lambda: "BLOCKED" in program.out, "the handler")
        program.signal(signal.SIGINT)
        program.signal(signal.SIGINT)
        self.assertEqual(program.wait(), 1)
        self.assertTrue(is_gone(pid))

    def test_a_blocked_app_does_not_hold_up_the_next_one(self) -> None:
        project = self.project("python", "one")
        project.file.write_text(project.file.read_text() + "import time\n\ntime.sleep(1000)\n")
        ignoring = "import signal\n\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nimport time\n\n"
        project.file.write_text(ignoring + "print('STUCK')\ntime.sleep(1000)\n")
        program = self.dev(project)
        wait_for(lambda: "STUCK" in program.out, "the app")
        project.save("two")
        self.wait_for_answer(program, "two")
        program.stop()


class Words(Dev):
    def fault(self, *words: object, folder: Path) -> str:
        program = self.program("env", "-C", folder, TRIVET, "dev", *words)
        self.assertEqual(program.wait(), 1, program.err)
        self.assertEqual(len(program.err), 1, program.err)
        return program.err[0]

    def test_a_port_in_use_names_who_has_it_and_one_that_is_free(self) -> None:
        project = self.project("python", "one")
        with taken_port() as port:
            line = self.fault("--port", port, "--", "true", folder=project.folder)
        self.assertIn(f"127.0.0.1:{port} is already in use by python", line)
        self.assertRegex(line, rf"\(pid {os.getpid()}\); (\d+) is free: trivet dev --port \1$")

    def test_what_cannot_be_started_is_told_in_one_line(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            self.assertIn("cannot execute", self.fault("--", "no-such-program", folder=folder))
            self.assertIn("no app in", self.fault(folder=folder))
            self.assertIn("no IPv4", self.fault("--host", "x.invalid", "--", "true", folder=folder))
            (folder / "trivet.toml").write_text("[server]\nport = -1\n")
            self.assertIn("trivet.toml:2", self.fault("--", "true", folder=folder))

    def test_output_passes_through_plain(self) -> None:
        project = self.project("python", "one")
        project.text = "import sys\nprint('to out')\nprint('to err', file=sys.stderr)\n" + (
            project.text
        )
        project.save("one")
        program = self.dev(project)
        self.wait_for_answer(program, "one")
        program.stop()
        self.assertEqual(program.out, ["to out"])
        self.assertIn("to err", program.err)
        self.assertNotIn("\x1b", "".join(program.err))
        banners = [line for line in program.err if line.startswith("trivet 0")]
        self.assertEqual(len(banners), 1, program.err)
        self.assertIn("inherited listener", banners[0])
        self.assertTrue(any(re.search(r"ready in \d+ ms", line) for line in program.err))

    def test_a_terminal_gets_colours_unless_it_asks_for_none(self) -> None:
        project = self.project("python", "one")
        project.file.write_text("import sys\nprint('error bad', file=sys.stderr)\nsys.exit(1)\n")
        for env, expected in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
            with self.subTest(env=env):
                text = self.on_a_terminal(project, {"TERM": "xterm", "NO_COLOR": "", **env})
                self.assertEqual("\x1b[31merror\x1b[0m bad" in text, expected, text)
                self.assertEqual("\x1b[36mtrivet dev:\x1b[0m" in text, expected, text)
                self.assertEqual("\x1b" in text, expected)

    def on_a_terminal(self, project: Project, env: dict[str, str]) -> str:
        """All it says up to the failure."""
        pid, terminal = pty.fork()
        if pid == 0:
            try:
                os.chdir(project.folder)
                words = ["trivet", "dev", "--port", "0", *project.command]
                os.execve(TRIVET, words, {**os.environ, **project.env, **env})
            finally:
                os._exit(127)  # never goes on with a copy of the tests
        text = ""
        try:
            while "waiting for a change" not in text:
                text += os.read(terminal, 65536).decode()
        finally:
            os.kill(pid, signal.SIGTERM)
            with contextlib.suppress(OSError):
                while os.read(terminal, 65536):
                    pass
            os.close(terminal)
            _, status = os.waitpid(pid, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0)
        return text
