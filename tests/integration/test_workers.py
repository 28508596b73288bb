"""The worker model as a whole: loss, load, drain and replacement of worker processes."""

from __future__ import annotations

import collections
import contextlib
import itertools
import os
import re
import signal
import socket
import threading
import time
from pathlib import Path

from harness import (
    DEADLINE_S,
    ENGINES,
    LANGS,
    PRESET,
    ROOT,
    Case,
    Client,
    Program,
    native,
    taken_port,
    wait_for,
)

TRIVET = ROOT / "build" / PRESET / "cli" / "trivet"
KILLS = {"uring": 20, "epoll": 6}  # most of the time is back-off
# The kernel ends a killed worker's ring some time after the worker; until then it may still accept.
RING_END_S = 0.5
READY = re.compile(r"worker \d+ ready, pid (\d+)")


class Visitor(threading.Thread):
    """Connects, asks a few times, and begins again; notes whose connections fail."""

    def __init__(self, port: int, kills: list[float]) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.kills = kills  # when a worker was killed
        self.ending = threading.Event()
        self.answers: collections.Counter[int] = collections.Counter()
        self.failed_pids: set[int] = set()
        self.unexplained: list[str] = []

    def run(self) -> None:
        while not self.ending.is_set():
            began, pid = time.monotonic(), 0
            try:
                client = Client(self.port)
                with contextlib.closing(client):
                    for _ in range(20):
                        pid = client.op("worker")["pid"]
                        self.answers[pid] += 1
            except Exception as error:  # whatever it is, it is a failed request
                if pid:
                    self.failed_pids.add(pid)
                elif not any(when >= began - RING_END_S for when in self.kills):
                    # Before its first answer nobody knows whose a connection is.
                    self.unexplained.append(repr(error))

    def end(self) -> None:
        self.ending.set()
        self.join(DEADLINE_S)


class Newcomers(threading.Thread):
    """A connection for each request. Refused is fine, cut is not."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.answered = 0
        self.refused = False
        self.cut: list[str] = []

    def run(self) -> None:
        while not self.refused and not self.cut:
            try:
                client = Client(self.port)
            except OSError:
                self.refused = True
                return
            with contextlib.closing(client):
                try:
                    if client.get("/hello").content == b"Hello, World!":
                        self.answered += 1
                        continue
                    self.cut.append("another answer")
                except Exception as error:
                    self.cut.append(repr(error))


def status_of(pid: int, field: str) -> str:
    text = Path(f"/proc/{pid}/status").read_text()
    return next(line.split(":")[1].strip() for line in text.splitlines() if field in line)


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            if status_of(int(entry.name), "PPid") == str(pid):
                found.append(int(entry.name))
    return found


def is_gone(pid: int) -> bool:
    try:
        return status_of(pid, "State").startswith("Z")
    except OSError:
        return True


class Supervised(Case):
    def workers(self, driver: Program, count: int = 2) -> list[int]:
        """The processes that became ready, in that order."""

        def pids() -> list[int]:
            return [int(match[1]) for line in driver.err if (match := READY.search(line))]

        wait_for(lambda: len(pids()) >= count or driver.process.poll() is not None, "workers")
        self.assertGreaterEqual(len(pids()), count, driver.err)
        return pids()


class Workers(Supervised):
    def test_workers_killed_one_after_the_other_lose_their_own_requests_only(self) -> None:
        for engine in ENGINES:
            with self.subTest(engine=engine):
                driver = self.driver("c", engine, workers=2)
                kills: list[float] = []
                visitors = [Visitor(driver.port, kills) for _ in range(6)]
                for visitor in visitors:
                    visitor.start()
                killed: set[int] = set()
                alive = self.workers(driver)
                at_first = 0
                for round_ in range(KILLS[engine]):
                    victim = alive.pop(0)
                    killed.add(victim)
                    kills.append(time.monotonic())
                    os.kill(victim, signal.SIGKILL)
                    alive.append(self.workers(driver, 3 + round_)[-1])
                    wait_for(
                        lambda pid=alive[-1], visitors=visitors: any(
                            visitor.answers[pid] for visitor in visitors
                        ),
                        "answers of the replacement",
                    )
                    at_first = at_first or descriptors(driver.pid)
                for visitor in visitors:
                    visitor.end()
                    self.assertEqual(visitor.unexplained, [])
                    self.assertLessEqual(visitor.failed_pids, killed)
                self.assertEqual(descriptors(driver.pid), at_first)
                self.assertEqual(sorted(children(driver.pid)), sorted(alive), "and no zombies")
                driver.stop()

    def test_a_drain_under_load_cuts_no_connection_that_stands(self) -> None:
        plans = [("c", ()), ("c", ("--threads", "2"))]
        plans += [(lang, ("--workers", "2")) for lang in LANGS]
        for (lang, flags), engine in itertools.product(plans, ENGINES):
            with self.subTest(lang=lang, flags=flags, engine=engine):
                driver = self.driver(lang, engine, *flags)
                if flags[:1] == ("--workers",):
                    self.workers(driver)
                newcomers = [Newcomers(driver.port) for _ in range(4)]
                for newcomer in newcomers:
                    newcomer.start()
                wait_for(
                    lambda newcomers=newcomers: all(each.answered > 50 for each in newcomers),
                    "load",
                )
                driver.signal()
                for newcomer in newcomers:
                    newcomer.join(DEADLINE_S)
                    self.assertEqual(newcomer.cut, [])
                    self.assertTrue(newcomer.refused)
                self.assertEqual(driver.wait(), 0, driver.err[-5:])

    def test_a_signal_to_all_processes_drains_them(self) -> None:
        """As the terminal's Ctrl-C does, and managers of services do."""
        signals = (signal.SIGTERM, signal.SIGINT)
        for lang, engine, number in itertools.product(LANGS, ENGINES, signals):
            with self.subTest(lang=lang, engine=engine, signal=number.name):
                driver = self.driver(lang, engine, workers=2)
                busy: dict[int, Client] = {}
                while len(busy) < 2:
                    client = self.client(driver.port)
                    busy.setdefault(client.op("worker")["pid"], client)
                for client in busy.values():
                    client.send(b"GET /sleep/500 HTTP/1.1\r\nHost: test\r\n\r\n")
                for pid in busy:
                    wait_for(
                        lambda pid=pid, port=driver.port: self.in_flight(port, pid) >= 2,
                        "the request",
                    )
                os.killpg(driver.pid, number)
                for client in busy.values():
                    self.assertEqual(client.response().content, b"slept")
                self.assertEqual(driver.wait(), 0, driver.err[-5:])

    def in_flight(self, port: int, pid: int) -> int:
        """Requests that a worker has in its hands, the one that asks included."""
        while True:
            with contextlib.closing(Client(port)) as client:
                if client.op("worker")["pid"] == pid:
                    count: int = client.op("stats")["requests_in_flight"]
                    return count

    def test_connections_are_spread_evenly(self) -> None:
        for flags, engine in itertools.product(("--workers", "--threads"), ENGINES):
            with self.subTest(flags=flags, engine=engine):
                driver = self.driver("c", engine, flags, "2")
                if flags == "--workers":
                    self.workers(driver)
                clients = [self.client(driver.port) for _ in range(400)]
                shares = collections.Counter(client.op("worker")["thread"] for client in clients)
                self.assertEqual(len(shares), 2)
                self.assertGreaterEqual(min(shares.values()), 160, shares)
                for client in clients:
                    client.close()
                driver.stop()

    def test_workers_drain_when_their_supervisor_is_killed(self) -> None:
        for lang, engine in itertools.product(LANGS, ENGINES):
            with self.subTest(lang=lang, engine=engine):
                driver = self.driver(lang, engine, workers=2)
                pids = self.workers(driver)
                client = self.client(driver.port)
                client.send(b"GET /sleep/300 HTTP/1.1\r\nHost: test\r\n\r\n")
                # A request that was read is one that must be answered.
                wait_for(
                    lambda port=driver.port, pids=pids: any(
                        self.in_flight(port, pid) >= 2 for pid in pids
                    ),
                    "the request",
                )
                os.kill(driver.pid, signal.SIGKILL)
                self.assertEqual(client.response().content, b"slept")
                for pid in pids:
                    wait_for(lambda pid=pid: is_gone(pid), f"the end of {pid}")

    def test_a_supervisor_sleeps_while_its_workers_serve(self) -> None:
        driver = self.driver("c", "auto", workers=2)
        self.workers(driver)
        client = self.client(driver.port)
        client.get("/hello")

        def wake_ups() -> int:
            return int(status_of(driver.pid, "voluntary_ctxt_switches").split()[0])

        seen = [wake_ups()]

        def is_quiet() -> bool:
            seen.append(wake_ups())
            return len(seen) > 100 and seen[-100] == seen[-1]

        # What a new connection caused is soon over.
        wait_for(is_quiet, "a quiet supervisor")
        before = wake_ups()
        for _ in range(2000):
            client.get("/hello")
        self.assertEqual(wake_ups(), before)
        driver.stop()

    def test_workers_are_replaced_at_a_hangup_and_nobody_notices(self) -> None:
        driver = self.driver("c", "auto", workers=2)
        before = self.workers(driver)
        newcomers = [Newcomers(driver.port) for _ in range(4)]
        for newcomer in newcomers:
            newcomer.start()
        driver.signal(signal.SIGHUP)
        after = self.workers(driver, 4)[2:]
        for pid in before:
            wait_for(lambda pid=pid: is_gone(pid), f"the end of {pid}")
        with contextlib.closing(Client(driver.port)) as client:
            self.assertIn(client.op("worker")["pid"], after)
        driver.signal()
        for newcomer in newcomers:
            newcomer.join(DEADLINE_S)
            self.assertEqual(newcomer.cut, [])
        self.assertEqual(driver.wait(), 0, driver.err[-5:])


class Starts(Supervised):
    def trivet(self, *arguments: object) -> Program:
        return self.program(TRIVET, "start", "--port", "0", *arguments)

    def test_a_crash_loop_is_slowed_and_told(self) -> None:
        marker = Path(native("workers", "-ltrivet")).with_name("crash-loop")
        marker.unlink(missing_ok=True)
        self.addCleanup(lambda: marker.unlink(missing_ok=True))
        script = f'[ -e "{marker}" ] && exit 3; exec "$0" exec'
        program = self.trivet(
            "--workers", "2", "--", "sh", "-c", script, native("workers", "-ltrivet")
        ).ready(2)
        pids = self.workers(program)
        marker.touch()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        for worker in (0, 1):
            program.said(rf"worker {worker} failed 4 times in a row, exit code 3; next start")
        marker.unlink()
        # It never gives up.
        wait_for(lambda: len(program.out) >= 6 and "READY" in program.out[-2], "new workers")
        program.stop()

    def test_a_worker_that_does_not_become_ready_is_killed(self) -> None:
        program = self.trivet("--workers", "1", "--start-timeout-ms", "100", "--", "sleep", "1000")
        program.said("failed 2 times in a row, not ready within start_timeout_ms")
        program.stop()
        self.assertEqual(children(program.pid), [])

    def test_a_port_in_use_is_an_error_even_when_it_could_be_shared(self) -> None:
        program_of = {
            "trivet": [TRIVET, "start", "--", "true"],
            "c": [ROOT / "tests" / "conformance" / "start", "c", "--workers", "2"],
        }
        for (name, command), shared in itertools.product(program_of.items(), (False, True)):
            with self.subTest(name, shared=shared), contextlib.ExitStack() as stack:
                if shared:
                    other = stack.enter_context(socket.socket())
                    other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                    other.bind(("127.0.0.1", 0))
                    other.listen()
                    port = other.getsockname()[1]
                else:
                    port = stack.enter_context(taken_port())
                program = self.program(*command[:2], "--port", port, *command[2:])
                self.assertEqual(program.wait(), 1, program.err)
                self.assertRegex("\n".join(program.err), rf"127\.0\.0\.1:{port} is already in use")

    def test_a_supervisor_in_a_process_with_threads_and_one_that_forks(self) -> None:
        for mode in ("exec", "fork"):
            with self.subTest(mode=mode):
                program = self.program(native("workers", "-ltrivet"), mode)
                wait_for(lambda program=program: len(program.out) >= 4, "two workers")
                # Whatever workers start is no worker: no variable, no listener, no channel.
                self.assertEqual(program.out.count("SEES nothing, 0 sockets"), 2, program.out)
                ports = {line for line in program.out if line.startswith("READY")}
                self.assertEqual(len(ports), 1, program.out)
                client = self.client(int(ports.pop().split()[1]))
                self.assertEqual(client.get("/hello").content, b"Hello, World!")
                client.close()
                program.signal(signal.SIGUSR1 if mode == "exec" else signal.SIGTERM)
                self.assertEqual(program.wait(), 0, program.err)
                self.assertEqual(program.out[4:], ["DROPPED once"])
