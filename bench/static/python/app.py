"""A folder on Trivet in Python: `app.py FOLDER PORT`."""

import sys

from trivet import App

app = App()
app.static("/files", sys.argv[1])
app.run(port=int(sys.argv[2]))
