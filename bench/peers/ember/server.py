"""Hello on Ember (PyPI ember-api): `server.py PORT`. One process with one worker."""

import sys

from ember import Ember, Response

app = Ember()


@app.get("/hello")
async def hello():
    return Response("Hello, World!")


app.run(host="127.0.0.1", port=int(sys.argv[1]), workers=1, startup_message=False)
