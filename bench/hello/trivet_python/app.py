"""Hello on Trivet in Python: `app.py plain|async PORT`."""

import sys

from trivet import App

app = App()

if sys.argv[1] == "async":

    @app.get("/hello")
    async def hello() -> str:
        return "Hello, World!"

else:

    @app.get("/hello")
    def hello() -> str:
        return "Hello, World!"


app.run(port=int(sys.argv[2]))
