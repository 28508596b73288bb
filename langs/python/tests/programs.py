"""Programs that the tests start, and what they are made of."""

from __future__ import annotations

import http.client
import json
import subprocess
import urllib.request
from pathlib import Path
from typing import Any


class Program:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.port = 0

    def line(self) -> str:
        """The next line of standard output."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def ready(self, workers: int = 1) -> Program:
        """Wait until so many workers accept, all of them on one port."""
        for _ in range(workers):
            text = self.line()
            if not text.startswith("READY "):
                self.process.kill()
                raise AssertionError((text, *self.finish()))
            port = int(text.split()[1])
            assert self.port in (0, port)
            self.port = port
        return self

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return str(answer.read().decode())

    def json(self, path: str) -> Any:
        return json.loads(self.get(path))

    def workers(self, path: str = "/worker") -> dict[int, dict[str, Any]]:
        """What the workers say of themselves, by slot; asks until each has answered."""
        found: dict[int, dict[str, Any]] = {}
        for _ in range(1000):
            try:
                worker = self.json(path)
            except (OSError, http.client.HTTPException):
                continue  # the one that was asked has just ended
            found[worker["slot"]] = worker
            if len(found) == worker["workers"]:
                break
        return found

    def children(self) -> list[int]:
        """Processes that this one has started."""
        task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in task.read_text().split()]

    def finish(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err

    def signal(self, number: int) -> None:
        self.process.send_signal(number)


HELLO = """
    from trivet import App
    app = App()

    @app.get("/")
    def hello():
        return "hello"
"""
READY = """
    import os
    app.run(port=0, on_ready=lambda server: os.write(1, b"READY %d\\n" % server.port))
    print("after run")
"""
ASYNC = """
    import asyncio

    @app.get("/sleep/{ms:int}")
    async def sleep(ms):
        print("sleeping", flush=True)
        await asyncio.sleep(ms / 1000)
        return "slept"
"""
