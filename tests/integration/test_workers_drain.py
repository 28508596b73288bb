"""SIGTERM with several workers or threads: nothing that was sent before it is lost."""

from __future__ import annotations

import itertools

from harness import ENGINES, LANGS, START, Case, Client, Program

WORKERS, THREADS = ("--workers", "2"), ("--threads", "2")
# Language, flags, processes.
PLANS = [
    *((lang, WORKERS, 2) for lang in LANGS),
    ("c", (*WORKERS, "--fork"), 2),
    ("python", (*WORKERS, "--fork"), 2),
    ("c", (*WORKERS, "--drive", "main"), 2),
    ("c", THREADS, 1),
    ("c", (*THREADS, "--drive", "main"), 1),
    ("go", THREADS, 1),
]
CONNECTIONS = 24
# Enough for the signal to come before; should it come later, the tests show less and hold.
SLEEP_MS = 500
BLOCK_MS = 400


class WorkersDrain(Case):
    def start(self, lang: str, engine: str, flags: tuple[str, ...], processes: int) -> Program:
        command = [START, lang, "--port", "0", "--engine", engine, *flags]
        return self.program(*command).ready(processes)

    def spread(self, driver: Program) -> dict[int, list[Client]]:
        """Connections by the thread that serves them, two threads at least."""
        found: dict[int, list[Client]] = {}
        while len(found) < 2 or sum(map(len, found.values())) < CONNECTIONS:
            client = self.client(driver.port)
            found.setdefault(client.op("worker")["thread"], []).append(client)
        return found

    def test_finishes_what_is_in_flight_everywhere(self) -> None:
        for (lang, flags, processes), engine in itertools.product(PLANS, ENGINES):
            with self.subTest(lang=lang, flags=flags, engine=engine):
                driver = self.start(lang, engine, flags, processes)
                busy = [item for items in self.spread(driver).values() for item in items]
                for client in busy:
                    client.begin(f"/sleep/{SLEEP_MS}")
                driver.signal()
                for client in busy:
                    response = client.response()
                    self.assertEqual((response.status, response.content), (200, b"slept"))
                    self.assertEqual(response.headers["Connection"], "close")
                    self.assertTrue(client.is_closed())
                self.assert_ended(driver, processes)

    def test_answers_what_came_before_the_signal(self) -> None:
        """A request on an idle connection, and one on a connection that nobody has accepted."""
        for (lang, flags, processes), engine in itertools.product(PLANS, ENGINES):
            with self.subTest(lang=lang, flags=flags, engine=engine):
                driver = self.start(lang, engine, flags, processes)
                connections = self.spread(driver)
                blocked = [clients.pop() for clients in connections.values()]
                idle = [client for clients in connections.values() for client in clients]
                for client in blocked:
                    client.begin(f"/ops/block?ms={BLOCK_MS}")
                waiting = [self.client(driver.port) for _ in range(CONNECTIONS)]
                for client in [*idle, *waiting]:
                    client.send(b"GET /hello HTTP/1.1\r\nHost: test\r\n\r\n")
                driver.signal()
                for client in blocked:
                    self.assertEqual(client.response().content, b"blocked")
                for client in [*idle, *waiting]:
                    self.assertEqual(client.response().content, b"Hello, World!")
                self.assert_ended(driver, processes)

    def assert_ended(self, driver: Program, processes: int) -> None:
        self.assertEqual(driver.wait(), 0, driver.err[-5:])
        self.assertEqual(driver.out[processes:], ["STOPPED"] * processes)
