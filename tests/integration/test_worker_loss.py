"""A worker that is killed, and one that is blocked: the others serve on."""

from __future__ import annotations

import http.client
import itertools
import os
import select
import signal
import threading

from harness import ENGINES, LANGS, Case, Client, Program, wait_for

CONNECTIONS = 24
# Longer than everything that a test does meanwhile; its worker is killed before it is over.
BLOCK_MS = 60_000


class Load(threading.Thread):
    """Asks again and again on one connection until it fails or is told to end."""

    def __init__(self, client: Client) -> None:
        super().__init__(daemon=True)
        self.client = client
        self.pid: int = client.op("worker")["pid"]
        self.answered = 0
        self.has_failed = False
        self._ending = threading.Event()

    def run(self) -> None:
        while not self._ending.is_set():
            try:
                if self.client.get("/hello").content != b"Hello, World!":
                    raise ValueError("another answer")
            except (OSError, ValueError, http.client.HTTPException):
                self.has_failed = True
                return
            self.answered += 1

    def end(self) -> None:
        self._ending.set()
        self.join()


class WorkerLoss(Case):
    def spread(self, driver: Program) -> dict[int, list[Client]]:
        """Connections by worker, several of each."""
        found: dict[int, list[Client]] = {}
        while len(found) < 2 or min(map(len, found.values())) < 3:
            client = self.client(driver.port)
            found.setdefault(client.op("worker")["pid"], []).append(client)
        return found

    def replaced(self, driver: Program, before: set[int]) -> None:
        """Waits until another worker has taken the place of one that died, and serves."""
        wait_for(lambda: len(driver.out) == 3, "READY of the new worker")
        self.assertEqual(driver.out[2], driver.out[0])
        wait_for(lambda: self.client(driver.port).op("worker")["pid"] not in before, "the new one")

    def test_killed_worker_fails_its_own_connections_only(self) -> None:
        for lang, engine in itertools.product(LANGS, ENGINES):
            with self.subTest(lang=lang, engine=engine):
                driver = self.driver(lang, engine, workers=2)
                clients = [item for items in self.spread(driver).values() for item in items]
                loads = [Load(client) for client in clients]
                pids = {load.pid for load in loads}
                victim = loads[0].pid
                for load in loads:
                    load.start()
                wait_for(lambda loads=loads: all(load.answered > 10 for load in loads), "load")
                os.kill(victim, signal.SIGKILL)
                lost = [load for load in loads if load.pid == victim]
                wait_for(lambda lost=lost: all(load.has_failed for load in lost), "their end")
                self.replaced(driver, pids)
                kept = [load for load in loads if load.pid != victim]
                before = [load.answered for load in kept]
                wait_for(
                    lambda kept=kept, before=before: all(
                        load.answered > count + 10 for load, count in zip(kept, before, strict=True)
                    ),
                    "answers of the other worker",
                )
                for load in kept:
                    load.end()
                    self.assertFalse(load.has_failed, "a connection of the other worker failed")
                driver.stop()

    def test_blocked_worker_lends_its_listener(self) -> None:
        for lang, engine in itertools.product(LANGS, ENGINES):
            with self.subTest(lang=lang, engine=engine):
                driver = self.driver(lang, engine, workers=2)
                (blocked, mine), (other, theirs) = self.spread(driver).items()
                mine[0].begin(f"/ops/block?ms={BLOCK_MS}")
                # Enough that the kernel gives some to either listener.
                new = [self.client(driver.port) for _ in range(CONNECTIONS)]
                served = {client.op("worker")["pid"] for client in new}
                self.assertEqual(served, {other})
                self.assertEqual(select.select([mine[0].socket], [], [], 0)[0], [], "it unblocked")
                self.assertGreater(theirs[0].op("stats")["lent_total"], 0)
                os.kill(blocked, signal.SIGKILL)
                self.replaced(driver, {blocked, other})
                driver.stop()
