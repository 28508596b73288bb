"""The demo's OpenAPI document, the pages that show it, and what a client that goes by it meets."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from harness import DEADLINE_S, DEMOS, PRESET, ROOT, Case, fetch, free_port, wait_for
from webdriver import Browser

VENV = ROOT / "build" / "venv" / "bin"
TRIVET = ROOT / "build" / PRESET / "cli" / "trivet"
OPERATIONS = {
    "/events": ["get"],
    "/api/tasks": ["get", "post"],
    "/api/tasks/{id}": ["patch", "delete"],
}
STATUSES = {
    "events": ["200", "400", "500"],
    "all_tasks": ["200", "400", "500"],
    "add_task": ["201", "400", "413", "415", "422", "500"],
    "change_task": ["200", "400", "404", "413", "415", "422", "500"],
    "remove_task": ["204", "400", "404", "422", "500"],
}
EVENTS = {"text/event-stream": {"schema": {"type": "string"}}}
# Reads documents from standard input, and says what is wrong with each.
VALIDATE = """
import json, sys
from openapi_spec_validator import OpenAPIV31SpecValidator
for name, document in json.load(sys.stdin).items():
    for error in OpenAPIV31SpecValidator(document).iter_errors():
        print(name, list(error.absolute_path), error.message[:500])
"""
YAML = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)"
# Names of hosts are not looked up, and connections to other addresses are refused.
ALONE = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--proxy-bypass-list=*"]
EXAMPLES = "10"
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance,negative_data_rejection,unsupported_method"
)


def document_of(port: int) -> dict[str, Any]:
    status, body = fetch(port, "/openapi.json")
    assert status == 200, (status, body)
    document: dict[str, Any] = json.loads(body)
    return document


def normal(value: Any) -> Any:
    """Without what the languages say each in their own way: the width of integers, words, and the
    default of what may be null."""
    if isinstance(value, list):
        return [normal(item) for item in value]
    if not isinstance(value, dict):
        return value
    words = [key for key in ("description", "title", "$id") if isinstance(value.get(key), str)]
    made = {key: normal(item) for key, item in value.items() if key not in words}
    if made.get("default", 0) is None:
        del made["default"]
    if made.get("type") == "integer":
        made.pop("format", None)
    if isinstance(made.get("required"), list):
        made["required"] = sorted(made["required"])
    return made


def alike(document: dict[str, Any]) -> Any:
    """What must be the same in all languages; in Go types have names of their own."""
    text = json.dumps(document)
    for name in document["components"]["schemas"]:
        shared = name[0].upper() + name[1:].removesuffix("Input")
        text = text.replace(f'#/components/schemas/{name}"', f'#/components/schemas/{shared}"')
        text = text.replace(f'"{name}": {{', f'"{shared}": {{')
    return normal(json.loads(text))


class Demo(Case):
    def demo(self, lang: str) -> int:
        port = free_port()
        run = ROOT / "examples" / "tasks" / lang / "run"
        self.program(run, "--port", str(port)).answering(port)
        return port


class Documents(Demo):
    def test_all_languages_tell_the_same(self) -> None:
        documents = {lang: document_of(self.demo(lang)) for lang in DEMOS}
        for lang, document in documents.items():
            with self.subTest(lang):
                paths = {path: list(item) for path, item in document["paths"].items()}
                self.assertEqual(paths, OPERATIONS)
                statuses = {
                    operation["operationId"]: sorted(set(operation["responses"]) - {"default"})
                    for item in document["paths"].values()
                    for operation in item.values()
                }
                self.assertEqual(statuses, STATUSES)
                events = document["paths"]["/events"]["get"]["responses"]["200"]
                self.assertEqual(events, {"description": "OK", "content": EVENTS})
        for lang in ("node", "go"):
            with self.subTest(f"python and {lang}"):
                self.assertEqual(alike(documents[lang]), alike(documents["python"]))
        told = subprocess.run(
            [VENV / "python", "-c", VALIDATE],
            input=json.dumps(documents),
            capture_output=True,
            text=True,
            check=True,
        )
        with self.subTest("valid"):
            self.assertEqual(told.stdout, "")

    def test_the_command_prints_what_is_served(self) -> None:
        app = ROOT / "examples" / "tasks" / "python" / "app.py"
        served = document_of(self.demo("python"))
        command = [TRIVET, "openapi", "--", VENV / "python", app]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        self.assertEqual(json.loads(printed), served)
        yaml = subprocess.run(
            [*command[:2], "--yaml", *command[2:]], capture_output=True, text=True, check=True
        ).stdout
        read = subprocess.run(
            [VENV / "python", "-c", YAML], input=yaml, capture_output=True, text=True, check=True
        )
        self.assertEqual(json.loads(read.stdout), served)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "openapi.json"
            subprocess.run([*command[:2], "--output", file, *command[2:]], check=True)
            self.assertEqual(file.read_text(), printed)
            failed = subprocess.run(
                [*command[:2], "--output", folder, *command[2:]], capture_output=True, text=True
            )
            self.assertEqual(failed.returncode, 1)
            self.assertIn("cannot be written", failed.stderr)


class Files(Demo):
    def get(self, path: str, **fields: str) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        self.addCleanup(connection.close)
        names = {name.replace("_", "-"): value for name, value in fields.items()}
        connection.request("GET", path, headers=names)
        response = connection.getresponse()
        return response, response.read()

    def test_files_are_packed_for_who_takes_that_and_kept(self) -> None:
        self.port = self.demo("c")
        for page in ("/docs", "/reference"):
            response, body = self.get(page)
            self.assertEqual(response.getheader("Cache-Control"), "no-cache")
            files = re.findall(r'(?:src|href)="([\w-]+/[\w.-]+)"', body.decode())
            self.assertGreater(len(files), 1, body)
            for file in files:
                with self.subTest(file):
                    self.look_at(f"/{file}")

    def look_at(self, path: str) -> None:
        plain, content = self.get(path)
        self.assertEqual(plain.status, 200)
        self.assertIsNone(plain.getheader("Content-Encoding"))
        self.assertIn("text/", plain.getheader("Content-Type", ""))
        self.assertEqual(plain.getheader("X-Content-Type-Options"), "nosniff")
        tag = plain.getheader("ETag", "")
        known, nothing = self.get(path, If_None_Match=f'"other", W/{tag}')
        self.assertEqual((known.status, nothing), (304, b""))
        if path.endswith("start.js"):
            return
        self.assertIn("immutable", plain.getheader("Cache-Control", ""))
        packed, bytes_packed = self.get(path, Accept_Encoding="gzip, br;q=0.9")
        self.assertEqual(packed.getheader("Content-Encoding"), "br")
        self.assertEqual(packed.getheader("Vary"), "Accept-Encoding")
        self.assertLess(len(bytes_packed), len(gzip.compress(content, 9)))
        unpacked = subprocess.run(
            [
                "node",
                "-e",
                "process.stdin.pipe(zlib.createBrotliDecompress()).pipe(process.stdout)",
            ],
            input=bytes_packed,
            capture_output=True,
            check=True,
        )
        self.assertEqual(unpacked.stdout, content)


class Pages(Demo):
    """In a browser that reaches nobody but the demo."""

    browser: Browser

    @classmethod
    def setUpClass(cls) -> None:
        cls.browser = Browser(ALONE)
        cls.addClassCleanup(cls.browser.close)

    def has(self, code: str) -> None:
        wait_for(lambda: self.browser.script(f"return Boolean({code})"), code)

    def click(self, code: str) -> None:
        """Clicks on an element once it is there."""
        self.has(code)
        self.browser.script(f"({code}).click()")

    def asked_nobody_else(self, port: int) -> None:
        names = self.browser.script(
            "return performance.getEntriesByType('resource').map(({ name }) => name)"
        )
        others = [name for name in names if not name.startswith(f"http://127.0.0.1:{port}/")]
        self.assertEqual([name for name in others if not name.startswith("data:")], [])
        self.assertEqual(self.browser.errors(), [])

    def test_swagger_ui(self) -> None:
        for lang in DEMOS:
            with self.subTest(lang):
                port = self.demo(lang)
                self.browser.open(f"http://127.0.0.1:{port}/docs")
                self.has("document.querySelectorAll('.opblock').length === 5")
                self.has("document.querySelector('.info .title')?.textContent.startsWith('Tasks')")
                block = "#operations-tasks-all_tasks"
                self.click(f"document.querySelector('{block} .opblock-summary-control')")
                self.click(f"document.querySelector('{block} .try-out__btn')")
                self.click(f"document.querySelector('{block} .execute')")
                answer = f"document.querySelector('{block} .live-responses-table')"
                self.has(f"{answer}?.textContent.includes('Light the fire')")
                self.asked_nobody_else(port)

    def test_scalar(self) -> None:
        for lang in DEMOS:
            with self.subTest(lang):
                port = self.demo(lang)
                self.browser.open(f"http://127.0.0.1:{port}/reference")
                # The page shows what is far below when it is scrolled to; the list has all.
                for method, path in (
                    ("GET", ""),
                    ("POST", ""),
                    ("PATCH", "/{id}"),
                    ("DELETE", "/{id}"),
                ):
                    listed = f"{method}\\n/api/tasks{path}"
                    self.has(f"document.body.innerText.includes('{listed}')")
                button = "[...document.querySelectorAll('button')].find((each) => {}.test({}))"
                text = "each.innerText"
                self.click(button.format("/Test Request/", "each.textContent"))
                self.click(button.format("/^\\s*Send\\b/", text))
                self.has("/Light the fire/.test(document.body.innerText)")
                self.asked_nobody_else(port)


class Schemathesis(Demo):
    """No answer is a failure of the server, and none is of a status that is not described."""

    def test_it_finds_nothing(self) -> None:
        for lang in DEMOS:
            with self.subTest(lang):
                port = self.demo(lang)
                with tempfile.TemporaryDirectory() as folder:
                    self.run_against(port, Path(folder))

    def run_against(self, port: int, folder: Path) -> None:
        """The answer `default` is taken away, which would excuse any status."""
        document = document_of(port)
        for item in document["paths"].values():
            for operation in item.values():
                del operation["responses"]["default"]
        del document["paths"]["/events"]  # a stream without an end
        file = folder / "openapi.json"
        file.write_text(json.dumps(document))
        command = [VENV / "schemathesis", "run", file, "--url", f"http://127.0.0.1:{port}"]
        flags = ["--checks", CHECKS, "-n", EXAMPLES, "--seed", "1", "--phases", "coverage,fuzzing"]
        command += [*flags, "--generation-database", "none", "--no-color", "--warnings", "off"]
        run = subprocess.run(
            command, capture_output=True, text=True, cwd=folder, timeout=DEADLINE_S * 4
        )
        self.assertEqual(run.returncode, 0, run.stdout[-6000:] + run.stderr[-1000:])
        self.assertRegex(run.stdout, r"[Oo]perations")
