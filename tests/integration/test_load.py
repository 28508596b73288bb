"""Many connections, and what they leave behind: nothing."""

from __future__ import annotations

import itertools
import os
import resource
import socket
import struct
from pathlib import Path

from harness import ENGINES, LANGS, PRESET, Case, Client, Program, op, wait_for

CONNECTIONS = 500
REQUEST = b"GET /hello HTTP/1.1\r\nHost: test\r\n\r\n"
RUDE = [b"", REQUEST[:20], b"GET /sleep/50 HTTP/1.1\r\nHost: t\r\n\r\n", b"\0"]


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def resident_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


class Load(Case):
    def setUp(self) -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))

    def connections(self, driver: Program) -> int:
        count: int = op(driver.port, "stats")["connections"]
        return count

    def all_at_once(self, driver: Program) -> None:
        clients = [Client(driver.port) for _ in range(CONNECTIONS)]
        for client in clients:
            client.send(REQUEST)
        for client in clients:
            self.assertEqual(client.response().content, b"Hello, World!")
        self.assertEqual(self.connections(driver), CONNECTIONS + 1)
        for client in clients:
            client.close()

    def rudely(self, driver: Program) -> None:
        """Connections that end in every way but the polite one."""
        linger = struct.pack("ii", 1, 0)
        for number in range(200):
            client = Client(driver.port)
            client.send(RUDE[number % len(RUDE)])
            if number % 3 == 0:
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            client.close()

    def test_connections_and_descriptors(self) -> None:
        for lang, engine in itertools.product(LANGS, ENGINES):
            with self.subTest(lang=lang, engine=engine):
                self.leaves_nothing(self.driver(lang, engine))

    def leaves_nothing(self, driver: Program) -> None:
        self.all_at_once(driver)
        wait_for(lambda: self.connections(driver) == 1, "the end of all connections")
        before = descriptors(driver.pid)
        self.all_at_once(driver)
        self.rudely(driver)
        wait_for(lambda: self.connections(driver) == 1, "the end of all connections")
        # The connection that asked may still be open.
        wait_for(lambda: descriptors(driver.pid) <= before + 1, "closed descriptors")
        self.assertEqual(op(driver.port, "stats")["requests_in_flight"], 1)
        driver.stop()

    def test_memory_stays_flat(self) -> None:
        if PRESET != "release":
            return
        for engine in ENGINES:
            with self.subTest(engine=engine):
                driver = self.driver("c", engine)
                # Until every receive buffer was used once.
                self.requests(driver, 30_000)
                before = resident_kib(driver.pid)
                self.requests(driver, 40_000)
                self.assertLess(resident_kib(driver.pid) - before, 256)
                driver.stop()

    def requests(self, driver: Program, count: int) -> None:
        batch = 50
        client = self.client(driver.port)
        answer = client.get("/hello")
        self.assertEqual(answer.status, 200)
        length = 0
        for _ in range(count // batch):
            client.send(REQUEST * batch)
            left = length or self.measure(client, batch)
            if length:
                while left > 0:
                    left -= len(client.socket.recv(left))
            length = length or left
        client.close()

    def measure(self, client: Client, batch: int) -> int:
        """Bytes of so many answers, which all have the same length."""
        data = b""
        while data.count(b"Hello, World!") < batch:
            data += client.socket.recv(65536)
        return len(data)
