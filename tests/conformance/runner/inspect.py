"""A driver that is asked what its app is like instead of being served: trivet_app_inspect."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

from runner.driver import SANITIZER, START
from runner.plans import BARE, Plan
from runner.vectors import load

INSPECT_S = 240.0
# Of /g/inner/{org}/leaf/{id:int} with --hooks: the app's, two groups' and the route's; in front of
# it also the app's around hook, which only SDKs have.
LEAF_HOOKS = 4
CONSTRAINTS = {
    "/r/int/{n:int}": {"n": "int"},
    "/r/uuid/{u:uuid}": {"u": "uuid"},
    "/r/text/{t}": {"t": "text"},
    "/r/path/{rest:path}": {"rest": "path"},
    "/r/regex/{code:regex([A-Z]{3}[0-9]+)}": {"code": "regex([A-Z]{3}[0-9]+)"},
    "/hello": {},
}
SIZE = {"body_bytes_max": 12}
LIMITS = {
    "/stream/count": {"body_bytes_max": 1 << 40},
    "/stream/small": {"body_bytes_max": 16},
    "/form/small": {"body_bytes_max": 300},
    "/decode": {"body_bytes_max": 100_000},
    "/decode/stream": {"body_bytes_max": 100_000},
    "/limits/body": SIZE,
    "/limits/more": {"body_bytes_max": 16},
    "/limits/slow": SIZE | {"body_timeout_ms": 200},
    "/limits/drip": {
        "body_bytes_max": 1 << 40,
        "body_timeout_ms": 200,
        "body_rate_min": 10_000,
    },
    "/limits/bytes/{n:int}": SIZE | {"send_rate_min": 1_000_000},
    "/limits/inner/body": SIZE | {"request_timeout_ms": 100},
    "/limits/inner/late": SIZE | {"request_timeout_ms": 100},
    "/limits/inner/patient": SIZE | {"request_timeout_ms": 0},
    "/limits/few/hold": SIZE | {"requests_max": 1, "group_requests_max": 2},
    "/limits/few/keep": SIZE | {"group_requests_max": 2},
    "/limits/few/free": SIZE | {"group_requests_max": 2},
}

# Of the document: what it is of, the paths below /openapi, and what it says of the one there is.
OPENAPI = {
    "info": {"title": "Conformance", "version": "1.2.3", "description": "What all drivers do."},
    "servers": [{"url": "/", "description": "this one"}],
    "paths": ["/openapi/items/{id}"],
    "methods": ["post"],
    "summary": "Changes an item",
    "parameters": [
        {
            "name": "id",
            "in": "path",
            "required": True,
            "schema": {"type": "integer", "format": "int64"},
        }
    ],
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}},
    "required": ["name"],
    "statuses": ["201", "400", "404", "413", "415", "422", "500", "default"],
    "own": False,
}


async def run_inspect(plan: Plan) -> list[str]:
    """Gives complaints."""
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    try:
        process = await asyncio.create_subprocess_exec(
            *(str(START), plan.lang, "--port", "0", "--engine", plan.engine, *plan.flags),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **plan.env, "TRIVET_INSPECT": str(writing)},
            pass_fds=[writing],
        )
    finally:
        os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        document = asyncio.create_task(asyncio.to_thread(stream.read))
        try:
            out, err = await asyncio.wait_for(process.communicate(), INSPECT_S)
        except TimeoutError:
            process.kill()
            await process.wait()
            return [f"still running after {INSPECT_S:.0f} s: it serves"]
        text = await document
    complaints = [f"on standard output: {out!r}"] if out else []
    if process.returncode != 0 or SANITIZER.search(err.decode(errors="replace")):
        complaints.append(f"exit code {process.returncode}: {err[-2000:]!r}")
    try:
        around = 0 if plan.lang in BARE else 1
        return complaints + complaints_of(json.loads(text), route_names(), around)
    except (ValueError, KeyError, TypeError) as error:
        return [*complaints, f"{error!r} in {text[:2000]!r}"]


def route_names() -> list[str]:
    """The names that README.md has, as the vector of the operation `routes` expects them."""
    (names,) = (
        expected["json"]["names"]
        for vector in load()
        for expected in vector.expect
        if "count" in expected.get("json", {}) and "names" in expected["json"]
    )
    return list(names)


def described(document: dict[str, Any]) -> dict[str, Any]:
    """What is compared of a document with OPENAPI."""
    paths = document["paths"]
    item = paths["/openapi/items/{id}"]
    operation = item["post"]
    return {
        "info": document["info"],
        "servers": document["servers"],
        "paths": [path for path in paths if path.startswith("/openapi")],
        "methods": list(item),
        "summary": operation["summary"],
        "parameters": operation["parameters"],
        "content": operation["requestBody"]["content"],
        "required": document["components"]["schemas"]["Item"]["required"],
        "statuses": sorted(operation["responses"]),
        "own": "/openapi.json" in paths or "/docs" in paths,
    }


def complaints_of(document: dict[str, Any], names: list[str], around: int = 0) -> list[str]:
    """What of the routes in tests/conformance/README.md a document tells otherwise."""
    routes = document["routes"]
    by_name = {route["name"]: route for route in routes if route["name"]}
    told = {route["pattern"]: route["constraints"] for route in routes}
    leaf, team = by_name["leaf"], by_name["ops-route"]
    methods = {route["pattern"]: route["methods"] for route in routes}
    found = {
        "names": sorted(by_name),
        "problems": document["problems"],
        "constraints": {pattern: told[pattern] for pattern in CONSTRAINTS},
        "leaf": (leaf["pattern"], len(leaf["before"]), len(leaf["after"])),
        "nameless hooks": [name for name in leaf["before"] + leaf["after"] if not name],
        "metadata": team["metadata"],
        "methods": sorted(methods["/r/methods"]),
        "host": by_name["tenant"]["host"],
        "limits": {route["pattern"]: route["limits"] for route in routes if route["limits"]},
        "version": isinstance(document["trivet"], str),
        "openapi": described(document["openapi"]),
    }
    wanted = {
        "names": names,
        "problems": [],
        "constraints": CONSTRAINTS,
        "leaf": ("/g/inner/{org}/leaf/{id:int}", LEAF_HOOKS + around, LEAF_HOOKS),
        "nameless hooks": [],
        "metadata": {"team": "core"},
        "methods": ["DELETE", "GET", "PUT"],
        "host": "{tenant}.example.com",
        "limits": LIMITS,
        "version": True,
        "openapi": OPENAPI,
    }
    return [
        f"{key}: expected {wanted[key]}, got {found[key]}"
        for key in wanted
        if found[key] != wanted[key]
    ]
