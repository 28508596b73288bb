"""Hello on Cello (PyPI cello-framework): `server.py PORT`. One process with one worker."""

import sys

from cello import App, Response

app = App()


@app.get("/hello")
def hello(request):
    return Response.text("Hello, World!")


app.run(host="127.0.0.1", port=int(sys.argv[1]), env="production", workers=1, logs=False)
