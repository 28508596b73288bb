"""Runs the vectors against one driver with one engine."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

from runner import client
from runner.client import Connection, Failure
from runner.driver import Driver, DriverError
from runner.report import describe
from runner.sockdiag import PeerQueue
from runner.vectors import Vector

ENGINES = {"uring": "io_uring", "epoll": "epoll"}
CONCURRENT = 24
LOG_S = 5.0
ERROR_LINE = r"^\S+Z error "


@dataclass(frozen=True)
class Plan:
    """One driver process to start."""

    lang: str
    engine: str
    drive: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    deadline_s: float = 15.0

    @property
    def place(self) -> str:
        return "/".join(part for part in (self.lang, self.engine, self.drive) if part)


@dataclass
class Totals:
    passed: int = 0
    failed: int = 0

    def add(self, complaints: list[str], what: str) -> None:
        if complaints:
            self.failed += 1
            print(f"FAIL {what}\n" + "\n".join(f"  {line}" for line in complaints), flush=True)
        else:
            self.passed += 1


def selected(plan: Plan, vectors: list[Vector]) -> list[Vector]:
    """Ways of driving that have no loop to name, or no events, cannot serve what needs them."""
    if plan.drive == "main":
        return [
            vector
            for vector in vectors
            if not vector.others and b"/ops/" not in vector.sent and b"/sleep/" not in vector.sent
        ]
    if plan.drive == "run":
        return [vector for vector in vectors if b"/ops/watch" not in vector.sent]
    return vectors


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def engine_complaints(driver: Driver, plan: Plan) -> list[str]:
    """The engine that runs must be the one that was asked for."""
    connection = await Connection.open(driver.port)
    try:
        await connection.send(b"GET /ops/info HTTP/1.1\r\nHost: runner\r\n\r\n")
        async with asyncio.timeout(plan.deadline_s):
            if not await connection.responses(1):
                return ["/ops/info: the connection was closed"]
        info = json.loads(connection.reader.responses[0].body)
        wanted = ENGINES[plan.engine]
        return (
            [] if info.get("engine") == wanted else [f"asked for {wanted}, /ops/info says {info}"]
        )
    except (TimeoutError, ValueError) as error:
        return [f"/ops/info: {error!r}"]
    finally:
        await connection.close()


async def run_one(
    driver: Driver, plan: Plan, vector: Vector, queue: PeerQueue, totals: Totals
) -> None:
    try:
        await client.run(driver.port, vector, plan.deadline_s, queue)
    except Failure as failure:
        totals.failed += 1
        print(describe(plan.place, vector, failure), flush=True)
    except OSError as error:
        totals.add([repr(error)], f"{plan.place} {vector.name}")
    else:
        totals.passed += 1


async def run_logged(
    driver: Driver, plan: Plan, vector: Vector, queue: PeerQueue, totals: Totals
) -> None:
    """Alone, so that the line is this vector's: exactly one must match."""
    since = len(driver.lines)
    before = totals.failed
    await run_one(driver, plan, vector, queue, totals)
    if totals.failed > before or vector.log is None:
        return
    await driver.wait_line(vector.log, since, LOG_S)
    # A second line would have been written before the next answer.
    await run_one(driver, plan, AFTERWARDS, queue, Totals())
    found = driver.matching(vector.log, since)
    if len(found) != 1:
        totals.passed -= 1
        totals.add(
            [
                f"expected one log line that matches {vector.log!r}, got {found}",
                "standard error: " + repr(driver.lines[since:][:10]),
            ],
            f"{plan.place} {vector.name}",
        )


AFTERWARDS = Vector(
    name="afterwards",
    why="the driver goes on",
    send=(client.PROBE,),
    splits=(),
    expect=({"status": 200},),
    after="open",
    end=None,
    others=False,
    log=None,
)


def errors_beyond(driver: Driver, count: int) -> list[str]:
    """Each vector with a log line writes one at level error; nothing else may."""
    found = driver.matching(ERROR_LINE)
    if len(found) == count:
        return []
    return [f"expected {count} lines of level error, got {len(found)}", *found[-10:]]


async def run_suite(plan: Plan, vectors: list[Vector], totals: Totals) -> None:
    port = free_port() if plan.drive == "main" else 0
    arguments = ["--port", str(port), "--engine", plan.engine]
    if plan.drive:
        arguments += ["--drive", plan.drive]
    try:
        driver = await Driver.start(plan.lang, arguments, plan.env)
    except DriverError as error:
        totals.add([str(error)], f"{plan.place} start")
        return
    queue = PeerQueue()
    chosen = selected(plan, vectors)
    gate = asyncio.Semaphore(CONCURRENT)

    async def gated(vector: Vector) -> None:
        async with gate:
            await run_one(driver, plan, vector, queue, totals)

    try:
        if plan.drive != "main":
            totals.add(await engine_complaints(driver, plan), f"{plan.place} engine")
        await asyncio.gather(*(gated(vector) for vector in chosen if vector.log is None))
        for vector in chosen:
            if vector.log is not None:
                await run_logged(driver, plan, vector, queue, totals)
    finally:
        complaints = await driver.stop()
        complaints += errors_beyond(driver, sum(vector.log is not None for vector in chosen))
        totals.add(complaints, f"{plan.place} end")
        queue.close()
