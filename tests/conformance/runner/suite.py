"""Runs the vectors against one driver with one engine."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

from runner import client
from runner.client import Connection, Failure
from runner.cuts import Cuts
from runner.driver import Driver, DriverError
from runner.inspect import run_inspect
from runner.plans import CORPUS, ENGINES, Plan
from runner.proxy import ProxyPort, SecureProxyPort
from runner.report import describe
from runner.sockdiag import PeerQueue
from runner.tls import SecurePort
from runner.vectors import Vector

CONCURRENT = 24
LOG_S = 5.0
ERROR_LINE = r"^\S+Z error "


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
    since = len(driver.err.all)
    before = totals.failed
    await run_one(driver, plan, vector, queue, totals)
    if totals.failed > before or vector.log is None:
        return
    await driver.err.wait(vector.log, since, 1, LOG_S)
    # A second line would have been written before the next answer.
    await run_one(driver, plan, AFTERWARDS, queue, Totals())
    found = driver.err.matching(vector.log, since)
    if len(found) != 1:
        totals.passed -= 1
        totals.add(
            [
                f"expected one log line that matches {vector.log!r}, got {found}",
                "standard error: " + repr(driver.err.all[since:][:10]),
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
    found = driver.err.matching(ERROR_LINE)
    if len(found) == count:
        return []
    return [f"expected {count} lines of level error, got {len(found)}", *found[-10:]]


async def run_cuts(driver: Driver, plan: Plan, chosen: list[Vector], totals: Totals) -> None:
    """In a thread: the driver's output must be read meanwhile."""
    corpus = [vector for vector in chosen if vector.modes & CORPUS]
    cuts = Cuts(driver.port, plan.deadline_s, plan.cuts_every)
    await asyncio.to_thread(cuts.run, corpus)
    for vector in corpus:
        if failure := cuts.failures.get(vector.name):
            totals.failed += 1
            print(describe(f"{plan.place} cut", vector, failure), flush=True)
        else:
            totals.passed += 1


async def run_suite(plan: Plan, vectors: list[Vector], totals: Totals) -> None:
    if plan.inspects:
        totals.add(await run_inspect(plan), plan.place)
        return
    arguments = ["--port", "0", "--engine", plan.engine, *plan.flags]
    try:
        driver = await Driver.start(plan.lang, arguments, plan.env, plan.workers)
    except DriverError as error:
        totals.add([str(error)], f"{plan.place} start")
        return
    if plan.socket:
        driver.port = plan.socket
    elif plan.is_secure:
        driver.port = (SecureProxyPort if plan.is_proxied else SecurePort)(driver.port)
    elif plan.is_proxied:
        driver.port = ProxyPort(driver.port)
    queue = PeerQueue()
    chosen = plan.select(vectors)
    gate = asyncio.Semaphore(CONCURRENT)

    async def gated(vector: Vector) -> None:
        async with gate:
            await run_one(driver, plan, vector, queue, totals)

    try:
        totals.add(await engine_complaints(driver, plan), f"{plan.place} engine")
        together = [vector for vector in chosen if vector.log is None and not vector.meanwhile]
        await asyncio.gather(*(gated(vector) for vector in together))
        for vector in chosen:
            if vector.log is not None:
                await run_logged(driver, plan, vector, queue, totals)
            elif vector.meanwhile:
                await run_one(driver, plan, vector, queue, totals)
        if plan.cuts_every:
            await run_cuts(driver, plan, chosen, totals)
    finally:
        complaints = await driver.stop()
        if plan.socket and Path(plan.socket).exists():
            complaints.append(f"{plan.socket} is still there")
        complaints += errors_beyond(driver, sum(vector.log is not None for vector in chosen))
        totals.add(complaints, f"{plan.place} end")
        queue.close()
