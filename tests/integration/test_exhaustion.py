"""What a server does when the system has nothing more to give: it serves, or refuses cleanly."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import resource
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from harness import ENGINES, PRESET, START, Case, Client, Program, fetch, native, op, wait_for

REQUEST = b"GET /hello HTTP/1.1\r\nHost: test\r\n\r\n"
HELLO = (200, b"Hello, World!")
WORKERS = (1, 2)
IDLE_CLIENTS = 3000
DESCRIPTORS = 48  # of a process, its own among them
# A sanitizer's shadow takes terabytes of addresses; there, large allocations are made to fail.
IS_SANITIZED = PRESET in ("dev", "tsan")
LARGE_BYTES = 900_000


def exhausted(*flags: object) -> tuple[str, ...]:
    return (native("exhaust"), *(str(flag) for flag in flags))


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def servers(driver: Program, workers: int) -> list[int]:
    """The processes that serve."""
    return [driver.pid] if workers == 1 else children(driver.pid)


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def address_space(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()


class Exhaustion(Case):
    def setUp(self) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))

    def assert_serves(self, driver: Program) -> None:
        for _ in range(8):
            self.assertEqual(fetch(driver.port, "/hello"), HELLO)

    # io_uring, denied in whole or in part

    def test_a_filter_may_deny_any_of_io_urings_calls(self) -> None:
        steps = {"setup": "io_uring_setup", "enter": "io_uring_enter", "register": "provided"}
        for call, error in itertools.product(steps, (errno.EPERM, errno.ENOSYS)):
            for workers in WORKERS if error == errno.EPERM else WORKERS[:1]:
                with self.subTest(call=call, error=error, workers=workers):
                    under = exhausted("--deny", call, "--errno", error)
                    driver = self.driver("c", "auto", under=under, workers=workers)
                    info = op(driver.port, "info")
                    self.assertEqual(info["engine"], "epoll")
                    self.assertIn(steps[call], info["reason"])
                    self.assertIn(os.strerror(error), info["reason"])
                    self.assert_serves(driver)
                    driver.stop()

    def test_an_engine_that_is_insisted_on_is_refused_in_one_line(self) -> None:
        for call in ("setup", "enter", "register"):
            with self.subTest(call=call):
                under = exhausted("--deny", call, "--errno", errno.EPERM)
                driver = self.program(*under, START, "c", "--port", "0", "--engine", "uring")
                self.assertEqual(driver.wait(), 1)
                self.assertEqual(len(driver.err), 1, driver.err)
                self.assertIn(os.strerror(errno.EPERM), driver.err[0])

    # Locked memory

    def test_no_memory_may_be_locked(self) -> None:
        for engine in ("auto", "epoll"):
            with self.subTest(engine=engine):
                driver = self.driver("c", engine, under=exhausted("--memlock-zero"))
                self.assert_serves(driver)
                driver.stop()
        # Kernels differ in whether a ring counts as locked memory: one that insists on io_uring
        # serves by it or says why not.
        with self.subTest(engine="uring"):
            command = (*exhausted("--memlock-zero"), START, "c", "--port", "0", "--engine", "uring")
            driver = self.program(*command)
            wait_for(lambda: driver.out or driver.process.poll() is not None, "a decision")
            if driver.out:
                self.assert_serves(driver.ready())
                driver.stop()
            else:
                self.assertEqual(driver.wait(), 1)
                self.assertEqual(len(driver.err), 1, driver.err)
                self.assertIn("RLIMIT_MEMLOCK", driver.err[0])

    # Descriptors

    def test_clients_beyond_the_descriptors_wait_for_their_turn(self) -> None:
        for engine, workers in itertools.product(ENGINES, WORKERS):
            with self.subTest(engine=engine, workers=workers):
                self.run_out_of_descriptors(engine, workers)

    def run_out_of_descriptors(self, engine: str, workers: int) -> None:
        under = exhausted("--descriptors", DESCRIPTORS)
        driver = self.driver("c", engine, under=under, workers=workers)
        old = [self.client(driver.port) for _ in range(4)]
        for client in old:
            self.assertEqual(client.get("/hello").status, 200)
        pids = servers(driver, workers)
        self.assertEqual(len(pids), workers)
        new = [self.client(driver.port) for _ in range(workers * DESCRIPTORS * 2)]
        for client in new:
            client.send(REQUEST)
        wait_for(lambda: any("accept" in line for line in driver.err), "a word on descriptors")
        self.assert_does_not_spin(pids, old)
        self.assertLess(sum("accept" in line for line in driver.err), 60, driver.err[-5:])
        # Each that has been served makes room for another.
        served = self.serve_in_turn(new)
        self.assertEqual(served, len(new))
        for client in old:
            self.assertEqual(client.get("/hello").content, HELLO[1])
        self.assert_serves(driver)
        driver.stop()

    def assert_does_not_spin(self, pids: list[int], clients: list[Client]) -> None:
        """Connections that are there are served meanwhile, and the processors are idle."""
        begin, used = time.monotonic(), sum(cpu_s(pid) for pid in pids)
        answered = 0
        while (elapsed := time.monotonic() - begin) < 1:
            self.assertEqual(clients[answered % len(clients)].get("/sleep/20").status, 200)
            answered += 1
        self.assertLess(sum(cpu_s(pid) for pid in pids) - used, elapsed / 2, "it spins")

    @staticmethod
    def serve_in_turn(clients: list[Client]) -> int:
        served = 0
        waiting = {client.socket.fileno(): client for client in clients}

        def read_some() -> bool:
            nonlocal served
            for descriptor, client in list(waiting.items()):
                client.socket.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    if client.socket.recv(4096).endswith(HELLO[1]):
                        served += 1
                        client.close()
                        del waiting[descriptor]
            return not waiting

        wait_for(read_some, "all clients to be served")
        return served

    # The log's device

    def test_a_full_log_device_costs_nothing_but_lines(self) -> None:
        for workers in WORKERS:
            with self.subTest(workers=workers):
                self.log_to("/dev/full", workers)

    def test_a_log_pipe_that_nobody_reads_blocks_nobody(self) -> None:
        for workers in WORKERS:
            with self.subTest(workers=workers), self.full_pipe() as pipe:
                self.log_to(pipe, workers)

    def log_to(self, device: str, workers: int) -> None:
        shell = ("sh", "-c", f'exec "$@" 2>{device}', "sh")
        driver = self.driver("c", "auto", under=shell, workers=workers)
        clients = [self.client(driver.port) for _ in range(8)]
        for client, _ in itertools.product(clients, range(20)):
            self.assertEqual(client.get("/boom").status, 500)  # with a line in the log
        self.assert_serves(driver)
        driver.stop()

    @contextlib.contextmanager
    def full_pipe(self) -> Iterator[str]:
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/log"
            os.mkfifo(path)
            # Open for reading, too, so that writers find somebody; nobody reads.
            pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(pipe, b"x" * 4096)
            yield path
            os.close(pipe)

    # Addresses

    def test_content_there_is_no_memory_for_is_refused(self) -> None:
        for engine in ENGINES:
            with self.subTest(engine=engine):
                driver = self.scarce(engine)
                bystander = self.client(driver.port)
                self.assertEqual(bystander.get("/hello").status, 200)
                outcomes = self.upload_at_once(driver.port, 48)
                self.assertIn("refused", outcomes, outcomes)
                self.assertEqual(bystander.get("/hello").content, HELLO[1])
                self.assert_serves(driver)
                # A sanitizer warns of each allocation that fails; what it finds ends the program.
                driver.signal()
                self.assertEqual(driver.wait(), 0, driver.err[-5:])

    def scarce(self, engine: str) -> Program:
        """A driver with hardly a megabyte left."""
        if IS_SANITIZED:
            small = "allocator_may_return_null=1:max_allocation_size_mb=1"
            options = f"{os.environ.get('ASAN_OPTIONS', '')}:{small}"
            command = (START, "c", "--port", "0", "--engine", engine, "--body-bytes-max", "4000000")
            return self.program(*command, env={"ASAN_OPTIONS": options}).ready()
        driver = self.driver("c", engine)
        self.assert_serves(driver)
        limit = address_space(driver.pid) + (4 << 20)
        resource.prlimit(driver.pid, resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
        return driver

    def upload_at_once(self, port: int, count: int) -> list[str]:
        """What becomes of large contents that are all under way at the same time."""
        size = LARGE_BYTES * (4 if IS_SANITIZED else 1)
        head = b"POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: %d\r\n\r\n" % size
        under_way: list[Client] = []
        outcomes: list[str] = []

        def upload() -> None:
            client = Client(port)
            outcome = "refused"
            with contextlib.suppress(ConnectionError):
                client.send(head + b"x" * (size - 1))
            under_way.append(client)
            wait_for(lambda: len(under_way) == count, "the others")
            with contextlib.suppress(ConnectionError):
                client.send(b"x")
                response = client.response()
                whole = response.status == 200 and response.content == b"x" * size
                outcome = "kept" if whole else "refused" if response.status == 503 else "wrong"
            client.close()
            outcomes.append(outcome)

        uploads = [threading.Thread(target=upload, daemon=True) for _ in range(count)]
        for thread in uploads:
            thread.start()
        for thread in uploads:
            thread.join(120)
        self.assertEqual(len(outcomes), count)
        self.assertNotIn("wrong", outcomes)
        return outcomes

    def test_buffers_that_there_is_no_room_for(self) -> None:
        if IS_SANITIZED:
            return
        flags = ("--buffer-count", "32768", "--buffer-bytes", "65536")
        under = exhausted("--address-space", 1 << 30)
        refused = self.program(*under, START, "c", "--port", "0", "--engine", "uring", *flags)
        self.assertEqual(refused.wait(), 1)
        self.assertEqual(len(refused.err), 1, refused.err)
        self.assertIn(os.strerror(errno.ENOMEM), refused.err[0])
        driver = self.driver("c", "auto", *flags, under=under)
        self.assertEqual(op(driver.port, "info")["engine"], "epoll")
        self.assert_serves(driver)
        driver.stop()

    # Connections

    def test_serves_behind_thousands_of_idle_connections(self) -> None:
        for engine in ENGINES:
            with self.subTest(engine=engine):
                driver = self.driver("c", engine)
                self.serve_behind_idle_ones(driver)
                driver.stop()

    def serve_behind_idle_ones(self, driver: Program) -> None:
        idle = [self.client(driver.port) for _ in range(IDLE_CLIENTS)]
        wait_for(lambda: op(driver.port, "stats")["connections"] > IDLE_CLIENTS, "all of them")
        self.assert_serves(driver)
        for client in idle[:: IDLE_CLIENTS // 30]:
            self.assertEqual(client.get("/hello").content, HELLO[1])
        for client in idle:
            client.close()
        wait_for(lambda: op(driver.port, "stats")["connections"] == 1, "the end of all of them")
