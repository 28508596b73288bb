"""trivet client: what it writes is formatted, well typed, and reaches an app."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import client_documents
from harness import DEADLINE_S, DEMOS, ROOT, free_port
from test_cli import TRIVET, Command

CLIENTS = Path(__file__).parent / "clients"
SHOP = CLIENTS / "shop.json"
NODE_MODULES = ROOT / "langs" / "node" / "node_modules"
PRETTIER = NODE_MODULES / ".bin" / "prettier"
TSC = [
    *(NODE_MODULES / ".bin" / "tsc", "--target", "es2022", "--module", "nodenext"),
    *("--lib", "es2023", "--types", "node", "--outDir", "js", "--strict"),
    *("--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--noUnusedLocals"),
    *("--noUnusedParameters", "--noImplicitOverride", "--noImplicitReturns"),
    *("--noPropertyAccessFromIndexSignature", "--verbatimModuleSyntax", "--isolatedModules"),
    *("--erasableSyntaxOnly",),
]
TOOLS = ROOT / "build" / "venv" / "bin"
GOFUMPT, STATICCHECK = ROOT / "build" / "bin" / "gofumpt", ROOT / "build" / "bin" / "staticcheck"
PYTHON = ROOT / "langs" / "python" / "python"
LANGUAGES = ["typescript", "python", "go"]
# A stream, as pieces that arrive one by one.
STREAM = [
    b"\xef\xbb\xbfdata: a\r",
    b"\ndata:b\r\r",
    b"id: 1\0\nid: 2\nevent: x\nretry: 50\nretry: no\n: comment\nda",
    b"ta\n\nevent: lost\n\ndata: \xc3",
    b"\xbc\r\n\r\ndata: never finished\n",
]
EVENTS = [["message", "a\nb", "", 0], ["x", "", "2", 50], ["message", "\u00fc", "2", 50], ["end"]]
LONG = [["too long"]]
# Lines that use.ts, use.py and use.go print, one for each thing that they try.
EXPECTED = [
    [
        "list",
        '{"accept": "application/json, application/problem+json", "cookie": "session=s%201", '
        '"query": ["in-stock=true", "limit=5", "state=for-sale", "state=sold", "tags=a%2Cb"], '
        '"x-request-id": "r;7"}',
        "2026-01-02T03:04:05Z",
    ],
    [401, "Unauthorized", "", "", ""],
    ["create", '{"price": null, "state": "", "title": "gr\\u00fcn"}'],
    [422, "Unprocessable Content", "body", "/title", "minLength"],
    [404, "Not Found", "", "", ""],
    ["none", None],
    ["one", 7],
    ["change", '{"body": {"price": null}, "type": "application/merge-patch+json"}'],
    ["photo", [0, 1, 255]],
    ["note", "text/plain: grün"],
    ["login", "password==&remember=true&scope=x&scope=y&user=a&b"],
    [
        "upload",
        [
            ['file|a".txt|text/plain', 5],
            ["origin||application/json", 19],
            ["tags|None|", 2],
            ["title|None|", 4],
        ],
    ],
    ["event", "message", '{"number":0}', "0"],
    ["event", "tick", '{"number":1}', "1"],
    ["event", "tick", '{"number":2}', "2"],
    ["pets", ["cat 9", "dog dog "]],
    ["later", '{"of": {"op": "equals", "value": 7}, "op": "not"}'],
    ["refused", True],
    ["refused", True],
    ["refused", True],
    ["late", True],
    ["aborted", True],
    [200, "the answer is too long", "", "", ""],
]


class Client(Command):
    def tool(self, *command: object, cwd: Path | None = None) -> str:
        """What a tool prints, which must be content."""
        words = [str(word) for word in command]
        done = subprocess.run(
            words, cwd=cwd or self.folder, capture_output=True, text=True, timeout=DEADLINE_S * 3
        )
        self.assertEqual(done.returncode, 0, f"{words}: {done.stdout}{done.stderr}")
        return done.stdout

    def write(self, language: str, document: str) -> Path:
        """The client of a document, in a folder where its language finds it."""
        source = self.folder / "openapi.json"
        source.write_text(document)
        folder = self.folder / language
        target = folder / "client" if language == "go" else folder
        target.mkdir(parents=True, exist_ok=True)
        if language == "typescript":
            (folder / "package.json").write_text('{"type": "module"}')
            if not (folder / "node_modules").exists():
                (folder / "node_modules").symlink_to(NODE_MODULES)
        elif language == "go":
            (folder / "go.mod").write_text("module shop\n\ngo 1.24\n")
        out = self.tool(TRIVET, "client", language, "--input", source, "--output", target)
        self.assertTrue(out.startswith(f"Wrote {target}/client."), out)
        return folder

    def check(self, language: str, folder: Path) -> None:
        checks: dict[str, Callable[[], None]] = {
            "typescript": lambda: self.check_typescript(folder),
            "python": lambda: self.check_python(folder),
            "go": lambda: self.check_go(folder),
        }
        checks[language]()

    def check_typescript(self, folder: Path) -> None:
        self.tool(PRETTIER, "--no-config", "--check", "client.ts", cwd=folder)
        self.tool(*TSC, "client.ts", cwd=folder)

    def check_python(self, folder: Path) -> None:
        self.tool(TOOLS / "ruff", "format", "--isolated", "--check", "client.py", cwd=folder)
        rules = ["--isolated", "--no-cache", "--select", "E4,E7,E9,F,B,I,SIM,RET"]
        self.tool(TOOLS / "ruff", "check", *rules, "client.py", cwd=folder)
        cache = f"--cache-dir={self.folder / 'mypy'}"
        self.tool(TOOLS / "mypy", cache, "--strict", "client.py", cwd=folder)
        # The file runs as it is, and does nothing by that.
        out = self.tool(TOOLS / "python", "-W", "error", "client.py", cwd=folder)
        self.assertEqual(out, "")

    def check_go(self, folder: Path) -> None:
        self.assertEqual(self.tool(GOFUMPT, "-l", "client/client.go", cwd=folder), "")
        self.tool("go", "vet", "./...", cwd=folder)
        self.tool(STATICCHECK, "./...", cwd=folder)


class Types(Client):
    def test_every_construct_is_formatted_and_well_typed(self) -> None:
        for language in LANGUAGES:
            with self.subTest(language):
                self.check(language, self.write(language, SHOP.read_text()))

    def test_no_text_of_a_document_becomes_code(self) -> None:
        for language in LANGUAGES:
            with self.subTest(language):
                document = client_documents.hostile(names_members=language != "go")
                self.check(language, self.write(language, document))

    def test_lines_of_all_lengths_are_broken_as_formatters_do(self) -> None:
        for language in LANGUAGES:
            with self.subTest(language):
                for seed in range(3):
                    folder = self.write(language, client_documents.sizes(seed))
                    if language == "typescript":
                        self.tool(PRETTIER, "--no-config", "--check", "client.ts", cwd=folder)
                    elif language == "python":
                        format_check = ["ruff", "format", "--isolated", "--check", "client.py"]
                        self.tool(TOOLS / format_check[0], *format_check[1:], cwd=folder)
                    else:
                        listed = self.tool(GOFUMPT, "-l", "client/client.go", cwd=folder)
                        self.assertEqual(listed, "")

    def test_a_document_of_ten_megabytes_has_a_client(self) -> None:
        schemas = {
            f"Schema{number}": {
                "type": "object",
                "description": "x" * 2000,
                "properties": {"next": client_documents.ref(f"Schema{(number + 1) % 4000}")},
            }
            for number in range(4000)
        }
        document = json.dumps({"openapi": "3.1.0", "components": {"schemas": schemas}})
        self.assertGreater(len(document), 8 << 20)
        for language in LANGUAGES:
            with self.subTest(language):
                folder = self.write(language, document)
                [client] = folder.rglob("client.*")
                self.assertIn("Schema3999", client.read_text())


class Calls(Client):
    def test_clients_reach_an_app(self) -> None:
        builders = self.builders()
        app = self.program(PYTHON, CLIENTS / "app.py", "auto").ready()
        for language in LANGUAGES:
            with self.subTest(language):
                command = builders[language](self.write(language, SHOP.read_text()))
                out = self.tool(*command, f"http://127.0.0.1:{app.port}")
                said = [json.loads(line) for line in out.splitlines()]
                # http.client knows nothing of ends but those of its waits.
                wanted: list[Any] = [
                    line for line in EXPECTED if language != "python" or line[0] != "aborted"
                ]
                self.assertEqual(said, wanted)

    def test_streams_are_taken_apart_as_browsers_do(self) -> None:
        builders = self.builders()
        for language in LANGUAGES:
            with self.subTest(language):
                command = builders[language](self.write(language, SHOP.read_text()))
                self.assertEqual(self.watched(command, STREAM, 1000), EVENTS)
                self.assertEqual(self.watched(command, [b"data: " + b"x" * 2000], 1000), LONG)
                lines = [b"data: " + b"x" * 90 + b"\n"] * 20
                self.assertEqual(self.watched(command, lines, 1000), LONG)

    def test_from_the_demo_to_its_client(self) -> None:
        app = ROOT / "examples" / "tasks" / "python" / "app.py"
        document = self.tool(TRIVET, "openapi", "--", PYTHON, app)
        ports = {lang: free_port() for lang in DEMOS}
        for lang, port in ports.items():
            run = ROOT / "examples" / "tasks" / lang / "run"
            self.program(run, "--port", str(port)).answering(port)
        builders = self.builders("tasks")
        wanted = [
            ["added", "grün", False],
            ["told", "task", "added"],
            ["listed", True],
            ["changed", True],
            ["removed", False],
            [404, "Not Found"],
        ]
        for language in LANGUAGES:
            command = builders[language](self.write(language, document))
            for lang, port in ports.items():
                with self.subTest(f"{language}, {lang}"):
                    out = self.tool(*command, f"http://127.0.0.1:{port}")
                    self.assertEqual([json.loads(line) for line in out.splitlines()], wanted)

    def builders(self, use: str = "use") -> dict[str, Callable[[Path], list[object]]]:
        """What makes a program of the client in a folder and of clients/USE.*."""
        return {
            "typescript": lambda folder: self.build_typescript(folder, use),
            "python": lambda folder: self.build_python(folder, use),
            "go": lambda folder: self.build_go(folder, use),
        }

    def watched(self, command: list[object], pieces: list[bytes], bytes_max: int) -> list[Any]:
        """The events that a client sees in a stream."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = threading.Thread(target=self.serve, args=(listener, pieces))
            server.start()
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            out = self.tool(*command, url, bytes_max)
            server.join()
        return [json.loads(line) for line in out.splitlines()]

    @staticmethod
    def serve(listener: socket.socket, pieces: list[bytes]) -> None:
        peer, _ = listener.accept()
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A client that has seen enough goes away.
        with peer, contextlib.suppress(OSError):
            peer.recv(65536)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")
            peer.sendall(b"Transfer-Encoding: chunked\r\n\r\n")
            for piece in pieces:
                peer.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            peer.sendall(b"0\r\n\r\n")

    def build_typescript(self, folder: Path, use: str) -> list[object]:
        (folder / f"{use}.ts").write_text((CLIENTS / f"{use}.ts").read_text())
        self.tool(*TSC, f"{use}.ts", cwd=folder)
        return ["node", folder / "js" / f"{use}.js"]

    def build_python(self, folder: Path, use: str) -> list[object]:
        (folder / f"{use}.py").write_text((CLIENTS / f"{use}.py").read_text())
        cache = f"--cache-dir={self.folder / 'mypy'}"
        self.tool(TOOLS / "mypy", cache, "--strict", f"{use}.py", cwd=folder)
        return [TOOLS / "python", folder / f"{use}.py"]

    def build_go(self, folder: Path, use: str) -> list[object]:
        (folder / "use.go").write_text((CLIENTS / f"{use}.go").read_text())
        self.tool("go", "build", "-o", "use", ".", cwd=folder)
        return [folder / "use"]


class Files(Client):
    def test_standard_input_and_output_are_the_default(self) -> None:
        command = f"{TRIVET} client python --name ShopClient <{SHOP}"
        source = self.tool("sh", "-c", command)
        self.assertIn("\nclass ShopClient:\n", source)
        self.assertTrue(
            source.startswith("# Generated by trivet client from Shop 1.2.0; do not edit.")
        )
        again = self.folder / "shop.py"
        self.tool(
            TRIVET, "client", "python", "--name=ShopClient", "--input", SHOP, "--output", again
        )
        self.assertEqual(again.read_text(), source)
        self.assertEqual(sorted(os.listdir(self.folder)), ["shop.py"])

    def test_names_are_in_the_client(self) -> None:
        source = self.text("client", "go", "--package", "shop", "--name", "Shop", "--input", SHOP)
        self.assertIn("\npackage shop\n", source)
        self.assertIn("func New(baseURL string, options Options) *Shop {", source)
        self.assertNotIn("*Client)", source)

    def test_what_is_wrong_is_one_line(self) -> None:
        def fault(*words: object) -> str:
            return self.fault(1, "client", *words)

        self.assertEqual(fault("go", "--input", "no.json"), "trivet client: cannot read no.json")
        self.assertEqual(fault("go", "--input", "."), "trivet client: cannot read .")
        odd = self.folder / "odd.json"
        odd.write_text(
            '{"openapi": "3.1.0",\n "paths": {"/a": {"get": {"parameters": [{"in": "x"}]}}}}'
        )
        self.assertEqual(
            fault("go", "--input", odd),
            f"trivet client: {odd}: #/paths/~1a/get/parameters/0: a parameter is in path, query, "
            "header or cookie, not in 'x'",
        )
        odd.write_text('{"openapi": "3.1.0",\n "paths" 7}')
        self.assertEqual(
            fault("go", "--input", odd), f"trivet client: {odd}: line 2: a colon is missing"
        )
        target = self.folder / "no" / "client.go"
        self.assertEqual(
            fault("go", "--input", SHOP, "--output", target),
            f"trivet client: cannot write {target}",
        )
        self.assertEqual(
            self.fault(2, "client", "pyton"),
            "trivet client: unknown language 'pyton', there are typescript, python and go; did you "
            "mean 'python'?; trivet client --help shows what there is",
        )
