"""Libraries that people use in handlers run on the ring unchanged."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from conftest import Running

from trivet import App


def test_httpx_as_the_first_statement(serve: Callable[..., Running], engine: str) -> None:
    app = App()

    @app.get("/inner")
    def inner() -> str:
        return "inner"

    @app.get("/outer/{port:int}")
    async def outer(port: int) -> list[Any]:
        async with httpx.AsyncClient(trust_env=False) as client:
            response = await client.get(f"http://127.0.0.1:{port}/inner")
        return [response.status_code, response.text]

    @app.get("/many/{port:int}")
    async def many(port: int) -> list[Any]:
        import asyncio

        async with httpx.AsyncClient(trust_env=False) as client:
            urls = [f"http://127.0.0.1:{port}/inner"] * 10
            responses = await asyncio.gather(*(client.get(url) for url in urls))
        return [response.text for response in responses]

    running = serve(app, engine)
    assert running.get(f"/outer/{running.port}").json() == [200, "inner"]
    assert running.get(f"/many/{running.port}").json() == ["inner"] * 10


def test_httpx_times_out_and_is_cancelled(serve: Callable[..., Running]) -> None:
    app = App()

    @app.get("/never")
    async def never() -> None:
        import asyncio

        await asyncio.sleep(60)

    @app.get("/outer/{port:int}")
    async def outer(port: int) -> str:
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=0.05) as client:
                await client.get(f"http://127.0.0.1:{port}/never")
        except httpx.ReadTimeout:
            return "timeout"
        return "answered"

    running = serve(app)
    assert running.get(f"/outer/{running.port}").text == "timeout"


def find_server() -> Path | None:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)
    if versions:
        return versions[0].parent
    found = shutil.which("postgres")
    return Path(found).parent if found else None


POSTGRES = find_server()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A server of our own on a Unix socket in a temporary directory."""
    if POSTGRES is None:
        pytest.fail("no PostgreSQL server package here: make setup installs it")
    # A sanitizer's runtime is for us alone.
    environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    folder = tmp_path_factory.mktemp("postgres")
    as_user: list[str] = []
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root.
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        shutil.chown(folder, "postgres", "postgres")
        for parent in folder.parents:
            if parent.owner() == "root" and parent.stat().st_mode & 0o077 == 0:
                parent.chmod(0o711)
    data, run = folder / "data", folder / "run"
    initdb = [*as_user, str(POSTGRES / "initdb"), "-D", str(data), "-A", "trust", "-U", "trivet"]
    subprocess.run([*initdb, "--no-sync"], check=True, capture_output=True, env=environment)
    subprocess.run([*as_user, "mkdir", str(run)], check=True)
    control = [*as_user, str(POSTGRES / "pg_ctl"), "-D", str(data), "-w"]
    options = f"-c listen_addresses='' -c unix_socket_directories={run} -c fsync=off"
    start = [*control, "-l", str(folder / "log"), "-o", options, "start"]
    subprocess.run(start, check=True, stdout=subprocess.DEVNULL, env=environment)
    yield {"host": str(run), "user": "trivet", "database": "postgres"}
    subprocess.run([*control, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL)


def test_asyncpg(serve: Callable[..., Running], database: dict[str, Any], engine: str) -> None:
    app = App()
    pools: list[asyncpg.Pool] = []

    async def pool() -> asyncpg.Pool:
        if not pools:
            pools.append(await asyncpg.create_pool(**database, min_size=1, max_size=4))
        return pools[0]

    @app.get("/one")
    async def one() -> Any:
        connection = await asyncpg.connect(**database)
        try:
            return await connection.fetchval("select 40 + 2")
        finally:
            await connection.close()

    @app.post("/orders/{sku}", status=201)
    async def create(sku: str, qty: int = 1) -> dict[str, Any]:
        async with (await pool()).acquire() as connection, connection.transaction():
            await connection.execute(
                "create table if not exists orders (id serial, sku text, qty int)"
            )
            row = await connection.fetchrow(
                "insert into orders (sku, qty) values ($1, $2) returning *", sku, qty
            )
        return dict(row)

    @app.get("/orders")
    async def orders() -> list[dict[str, Any]]:
        rows = await (await pool()).fetch("select sku, sum(qty) qty from orders group by sku")
        return [dict(row) for row in rows]

    @app.get("/slow")
    async def slow() -> str:
        try:
            await (await pool()).execute("select pg_sleep(60)", timeout=0.05)
        except TimeoutError:
            return "timeout"
        except Exception as error:  # asyncio.TimeoutError before Python 3.11
            return type(error).__name__.replace("TimeoutError", "timeout")
        return "slept"

    @app.get("/close")
    async def close() -> None:
        await (await pool()).execute("drop table orders")
        await pools.pop().close()

    running = serve(app, engine)
    assert running.get("/one").json() == 42
    assert running.request("POST", "/orders/tea?qty=2").json() == {"id": 1, "sku": "tea", "qty": 2}
    assert running.request("POST", "/orders/tea").status == 201
    assert running.get("/orders").json() == [{"sku": "tea", "qty": 3}]
    assert running.get("/slow").text == "timeout"
    assert running.get("/orders").json() == [{"sku": "tea", "qty": 3}]
    assert running.get("/close").status == 204
