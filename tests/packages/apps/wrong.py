"""Checked, not run: each marked line is an error to a type checker."""

from trivet import App, Request, Response

app = App(body_bytes_max="many")  # wrong
app.get(1)  # wrong
app.get("/", statuse=200)  # wrong
Response("x", status="200")  # wrong
app.run(port="8000")  # wrong


@app.get("/")
def handler(request: Request) -> int:
    return request.path  # wrong
