import asyncio
import os
from pathlib import Path

from trivet import App

app = App()


@app.get("/")
def process() -> str:
    return str(os.getpid())


@app.get("/held")
async def held() -> str:
    Path("arrived").touch()
    while not Path("go-on").exists():
        await asyncio.sleep(0.005)
    return "held"


if __name__ == "__main__":
    app.run()
