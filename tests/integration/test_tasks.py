"""The demo's API, the same in every language."""

from __future__ import annotations

import http.client
import json
from typing import Any

from harness import DEADLINE_S, DEMOS, ROOT, Case, free_port

# What is no JSON may be told apart from what is no task.
UNFIT, MALFORMED = {422}, {400, 422}
REFUSED = [
    ("{}", UNFIT),
    ('{"title":""}', UNFIT),
    ('{"title":7}', UNFIT),
    ('{"title":null}', UNFIT),
    ("[]", UNFIT),
    ('{"title":', MALFORMED),
    ("", MALFORMED),
]


class Tasks(Case):
    def call(self, port: int, method: str, path: str, body: str | None = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
        self.addCleanup(connection.close)
        headers = {} if body is None else {"Content-Type": "application/json"}
        connection.request(method, path, None if body is None else body.encode(), headers)
        response = connection.getresponse()
        content = response.read()
        if response.status >= 400:
            self.assertEqual(response.getheader("Content-Type"), "application/problem+json")
            self.assertEqual(json.loads(content)["status"], response.status)
        return response.status, json.loads(content) if content else None

    def test_api(self) -> None:
        for lang in DEMOS:
            with self.subTest(lang):
                port = free_port()
                run = ROOT / "examples" / "tasks" / lang / "run"
                demo = self.program(run, "--port", str(port)).answering(port)
                self.life_of_a_task(port)
                self.refusals(port)
                demo.stop()

    def life_of_a_task(self, port: int) -> None:
        status, before = self.call(port, "GET", "/api/tasks")
        self.assertEqual(status, 200)
        status, task = self.call(
            port, "POST", "/api/tasks", '{"title":"grün \\u20ac \\" \\\\ \\n"}'
        )
        self.assertEqual((status, task["title"], task["done"]), (201, 'grün € " \\ \n', False))
        self.assertEqual(self.call(port, "GET", "/api/tasks"), (200, [*before, task]))
        path = f"/api/tasks/{task['id']}"
        task["done"] = True
        self.assertEqual(self.call(port, "PATCH", path, '{"done":true}'), (200, task))
        task["title"] = "new"
        self.assertEqual(self.call(port, "PATCH", path, '{"title":"new"}'), (200, task))
        self.assertEqual(self.call(port, "PATCH", path, "{}"), (200, task))
        self.assertEqual(self.call(port, "DELETE", path), (204, None))
        self.assertEqual(self.call(port, "DELETE", path)[0], 404)
        self.assertEqual(self.call(port, "PATCH", path, "{}")[0], 404)
        self.assertEqual(self.call(port, "GET", "/api/tasks"), (200, before))

    def refusals(self, port: int) -> None:
        _, before = self.call(port, "GET", "/api/tasks")
        for body, expected in REFUSED:
            status, _ = self.call(port, "POST", "/api/tasks", body)
            self.assertIn(status, expected, f"POST {body}")
        _, task = self.call(port, "POST", "/api/tasks", '{"title":"kept"}')
        path = f"/api/tasks/{task['id']}"
        for body in ('{"done":"yes"}', '{"title":""}', '{"title":7}'):
            status, _ = self.call(port, "PATCH", path, body)
            self.assertEqual(status, 422, f"PATCH {body}")
        self.assertEqual(self.call(port, "GET", "/api/tasks")[1], [*before, task])
        self.assertEqual(self.call(port, "PUT", path, "{}")[0], 405)
        self.assertEqual(self.call(port, "DELETE", "/api/tasks/word")[0], 404)
