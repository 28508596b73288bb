"""The arena's endpoints on Trivet in Python, plain handlers: `app.py PORT`.

BENCH_GC=freeze moves what start-up left behind out of the collector's sight.
"""

import asyncio
import gc
import json
import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from trivet import App, Request

DATASET: list[dict[str, Any]] = json.loads(Path(os.environ["BENCH_DATASET"]).read_text())

app = App(body_bytes_max=32 * 1024 * 1024)


@app.get("/hello")
def hello() -> str:
    return "Hello, World!"


@app.get("/pipeline")
def pipeline() -> str:
    return "ok"


@app.get("/baseline11")
def baseline(a: int, b: int) -> str:
    return str(a + b)


@app.post("/baseline11")
def baseline_post(request: Request, a: int, b: int) -> str:
    return str(a + b + int(request.body))


@app.get("/json/{count:int}")
def items(count: int, m: int) -> dict[str, Any]:
    found = [{**item, "total": item["price"] * item["quantity"] * m} for item in DATASET[:count]]
    return {"items": found, "count": len(found)}


@app.post("/upload")
def upload(request: Request) -> str:
    return str(len(request.body))


@app.post("/form")
def form(request: Request) -> str:
    pairs = parse_qsl(request.text(), keep_blank_values=True)
    return f"{len(pairs)} {dict(pairs)['last']}"


@app.post("/reads")
def reads(request: Request) -> str:
    return f"{len(request.body)} {len(request.text())} {request.json()['n']}"


@app.get("/cookies")
def cookies(request: Request) -> str:
    return request.cookies["session"]


@app.get("/delay/{ms:int}")
async def delay(ms: int) -> str:
    await asyncio.sleep(ms / 1000)
    return "ok"


if os.environ.get("BENCH_GC") == "freeze":
    gc.collect()
    gc.freeze()
app.run(port=int(sys.argv[1]))
