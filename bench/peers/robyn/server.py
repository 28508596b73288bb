"""Hello on Robyn: `server.py PORT`. One process with one worker, no log."""

import sys

from robyn import Robyn

app = Robyn(__file__)


@app.get("/hello")
async def hello() -> str:
    return "Hello, World!"


app.start(host="127.0.0.1", port=int(sys.argv[1]))
