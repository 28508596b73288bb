"""The demo's page in a real browser, served by each language."""

from __future__ import annotations

import json
from typing import Any

from harness import DEMOS, ROOT, Case, Program, fetch, free_port, wait_for
from webdriver import Browser

TITLE = 'Stir <b>slowly</b> & "taste" ü'
LAST = "#tasks li:last-child"


class Page(Case):
    browser: Browser

    @classmethod
    def setUpClass(cls) -> None:
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def test_page(self) -> None:
        for lang in DEMOS:
            with self.subTest(lang):
                port = free_port()
                run = ROOT / "examples" / "tasks" / lang / "run"
                demo = self.program(run, "--port", str(port)).answering(port)
                self.use(demo)

    def test_live_page(self) -> None:
        for lang in DEMOS:
            with self.subTest(lang):
                port = free_port()
                run = ROOT / "examples" / "tasks" / lang / "run"
                demo = self.program(run, "--port", str(port)).answering(port)
                self.browser.open(f"http://127.0.0.1:{port}/live")
                self.follow(demo)
                self.assertEqual(self.browser.errors(), [])
                demo.stop()
                self.wait_for_state("Connecting again…")
                demo = self.program(run, "--port", str(port)).answering(port)
                self.wait_for_state("Live")
                self.wait_for_items("#tasks", [task["title"] for task in self.tasks(demo)])
                self.browser.open("about:blank")
                lost = self.browser.errors()
                self.assertTrue(all("net::ERR_" in message for message in lost), lost)
                demo.stop()

    def follow(self, demo: Program) -> None:
        """The page hears of what others do."""
        self.assertEqual(self.browser.script("return document.title"), "Tasks, live · Trivet")
        self.wait_for_state("Live")
        before = [task["title"] for task in self.tasks(demo)]
        self.wait_for_items("#tasks", before)
        body = json.dumps({"title": TITLE}).encode()
        status, added = fetch(demo.port, "/api/tasks", "POST", body)
        self.assertEqual(status, 201)
        self.wait_for_items("#tasks", [*before, TITLE])
        self.wait_for_items("#log", [f"added: {TITLE}"])
        path = f"/api/tasks/{json.loads(added)['id']}"
        self.assertEqual(fetch(demo.port, path, "PATCH", b'{"done":true}')[0], 200)
        self.wait_for_items("#log", [f"changed: {TITLE}", f"added: {TITLE}"])
        done = self.browser.script(f"return document.querySelector('{LAST}').className")
        self.assertEqual(done, "done")
        self.assertEqual(fetch(demo.port, path, "DELETE")[0], 204)
        self.wait_for_items("#tasks", before)
        first = "return document.querySelector('#log li').textContent"
        self.assertEqual(self.browser.script(first), f"removed: {TITLE}")

    def wait_for_state(self, state: str) -> None:
        script = "return document.querySelector('#state').textContent"
        wait_for(lambda: self.browser.script(script) == state, f"the state {state}")

    def wait_for_items(self, where: str, texts: list[str]) -> None:
        script = "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)"
        wait_for(lambda: self.browser.script(script, f"{where} li") == texts, f"{texts} in {where}")

    def use(self, demo: Program) -> None:
        self.browser.open(f"http://127.0.0.1:{demo.port}/")
        self.assertEqual(self.browser.script("return document.title"), "Tasks · Trivet")
        self.wait_for_titles([task["title"] for task in self.tasks(demo)])
        self.assertEqual(self.browser.label("#title"), "New task")
        self.add(demo)
        self.toggle(demo)
        self.assertEqual(self.browser.errors(), [])
        self.add_nothing(demo)
        self.delete(demo)
        self.assertEqual(self.browser.errors(), [])
        self.lose_the_server(demo)

    def tasks(self, demo: Program) -> list[dict[str, Any]]:
        status, body = fetch(demo.port, "/api/tasks")
        self.assertEqual(status, 200)
        tasks: list[dict[str, Any]] = json.loads(body)
        return tasks

    def titles(self) -> list[str]:
        script = "return [...document.querySelectorAll('#tasks li span')].map(e => e.textContent)"
        titles: list[str] = self.browser.script(script)
        return titles

    def wait_for_titles(self, titles: list[str]) -> None:
        wait_for(lambda: self.titles() == titles, f"the titles {titles}")

    def add(self, demo: Program) -> None:
        before = self.titles()
        self.browser.type("#title", TITLE)
        self.browser.click("#add")
        self.wait_for_titles([*before, TITLE])
        self.assertEqual(self.browser.script("return document.querySelector('#title').value"), "")
        self.assertEqual(self.tasks(demo)[-1]["title"], TITLE)
        self.assertEqual(self.browser.label(f"{LAST} input"), TITLE)
        self.assertIn(TITLE, self.browser.label(f"{LAST} button"))

    def toggle(self, demo: Program) -> None:
        for done in (True, False, True):
            self.toggle_to(demo, done)

    def toggle_to(self, demo: Program, done: bool) -> None:
        self.browser.click(f"{LAST} input")
        wait_for(lambda: self.tasks(demo)[-1]["done"] is done, f"done: {done}")
        wait_for(lambda: self.checked() is done, f"a box that shows {done}")

    def checked(self) -> bool:
        script = "return document.querySelector(arguments[0]).checked"
        checked: bool = self.browser.script(script, f"{LAST} input")
        return checked

    def add_nothing(self, demo: Program) -> None:
        before = self.titles()
        self.browser.click("#add")
        self.wait_for_error()
        self.assertEqual(self.titles(), before)
        refused = self.browser.errors()
        self.assertTrue(all("422" in message for message in refused), refused)

    def delete(self, demo: Program) -> None:
        before = self.titles()
        self.browser.click(f"{LAST} button")
        self.wait_for_titles(before[:-1])
        self.assertNotIn(TITLE, [task["title"] for task in self.tasks(demo)])
        focused = self.browser.script("return document.activeElement.id")
        self.assertEqual(focused, "title")

    def lose_the_server(self, demo: Program) -> None:
        demo.stop()
        self.browser.type("#title", "unheard")
        self.browser.click("#add")
        self.wait_for_error()
        # The addition fails, then the list that is asked for after it: both are waited for, so
        # that neither is found among the errors of the next language.
        lost: list[str] = []

        def both_failed() -> bool:
            lost.extend(self.browser.errors())
            return len(lost) >= 2

        wait_for(both_failed, "two requests that fail")
        self.assertTrue(all("net::ERR_" in message for message in lost), lost)

    def wait_for_error(self) -> None:
        script = "const e = document.querySelector('#error'); return e.hidden ? '' : e.textContent"
        wait_for(lambda: self.browser.script(script), "an error that is shown")
