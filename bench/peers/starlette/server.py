"""Starlette: content in pieces. Served by uvicorn (uvloop, httptools, no access log)."""

from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

PIECE = b"x" * 65536


async def upload(request: Request) -> PlainTextResponse:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
    return PlainTextResponse(str(size))


async def pieces(request: Request) -> StreamingResponse:
    async def made() -> AsyncIterator[bytes]:
        for _ in range(request.path_params["n"]):
            yield PIECE

    return StreamingResponse(made(), media_type="application/octet-stream")


async def events(request: Request) -> StreamingResponse:
    async def made() -> AsyncIterator[str]:
        for number in range(1, request.path_params["n"] + 1):
            yield f"id: {number}\ndata: message {number}\n\n"

    return StreamingResponse(made(), media_type="text/event-stream")


app = Starlette(
    routes=[
        Route("/upload", upload, methods=["POST"]),
        Route("/pieces/{n:int}", pieces),
        Route("/events/{n:int}", events),
    ]
)
