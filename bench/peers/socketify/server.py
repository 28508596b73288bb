"""Hello on socketify: `server.py PORT`. One process, its own server (uWebSockets)."""

import sys

from socketify import App


def hello(response, request):
    response.write_header("Content-Type", "text/plain; charset=utf-8")
    response.end("Hello, World!")


app = App()
app.get("/hello", hello)
app.listen({"port": int(sys.argv[1]), "host": "127.0.0.1"}, lambda _config: None)
app.run()
