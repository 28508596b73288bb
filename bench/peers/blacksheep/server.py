"""Hello on BlackSheep, served by Granian (one worker, uvloop, no access log)."""

from blacksheep import Application, get, text
from blacksheep.messages import Response

app = Application()


@get("/hello")
async def hello() -> Response:
    return text("Hello, World!")
