"""{{name}}: an HTTP app on Trivet."""

from trivet import App

app = App()


@app.get("/")
def home() -> dict[str, str]:
    """Say where to go on."""
    return {"hello": "world", "next": app.url_for("greet", name="you")}


@app.get("/hello/{name}", name="greet")
def greet(name: str) -> dict[str, str]:
    """Greet by name."""
    return {"hello": name}
