"""Hello on FastAPI, served by `uvicorn server:app` (uvloop, httptools, no access log)."""

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

app = FastAPI()


@app.get("/hello", response_class=PlainTextResponse)
async def hello() -> str:
    return "Hello, World!"
