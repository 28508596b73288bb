"""FastAPI: hello and what the arena scenarios ask for. Served by uvicorn (uvloop, httptools, no
access log) or by Granian."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

DATASET: list[dict[str, Any]] = json.loads(Path(os.environ["BENCH_DATASET"]).read_text())

app = FastAPI()


@app.get("/hello", response_class=PlainTextResponse)
async def hello() -> str:
    return "Hello, World!"


@app.get("/pipeline", response_class=PlainTextResponse)
async def pipeline() -> str:
    return "ok"


@app.get("/baseline11", response_class=PlainTextResponse)
async def baseline(a: int, b: int) -> str:
    return str(a + b)


@app.post("/baseline11", response_class=PlainTextResponse)
async def baseline_post(request: Request, a: int, b: int) -> str:
    return str(a + b + int(await request.body()))


@app.get("/json/{count}")
async def items(count: int, m: int) -> dict[str, Any]:
    found = [{**item, "total": item["price"] * item["quantity"] * m} for item in DATASET[:count]]
    return {"items": found, "count": len(found)}


@app.post("/upload", response_class=PlainTextResponse)
async def upload(request: Request) -> str:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return str(size)


@app.get("/delay/{ms}", response_class=PlainTextResponse)
async def delay(ms: int) -> str:
    await asyncio.sleep(ms / 1000)
    return "ok"


@app.post("/form", response_class=PlainTextResponse)
async def form(request: Request) -> str:
    pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True)
    return f"{len(pairs)} {dict(pairs)['last']}"


@app.get("/cookies", response_class=PlainTextResponse)
async def cookies(request: Request) -> str:
    return request.cookies["session"]
