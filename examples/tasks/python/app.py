"""A small tasks API and the page that uses it. Start it with ./run --port 8000."""

import argparse
import sys
from pathlib import Path

from tasks import Task, Tasks, parse
from trivet import HTML, App, HTTPError, Request

try:
    page = (Path(__file__).parent / "../page/index.html").read_text(encoding="utf-8")
except OSError as error:
    sys.exit(f"tasks: {error}")

tasks = Tasks()
tasks.add("Light the fire", done=True)
tasks.add("Put the pot on the trivet")

app = App()


@app.get("/")
def index() -> HTML:
    return HTML(page)


@app.get("/api/tasks")
def all_tasks() -> list[Task]:
    return tasks.all()


@app.post("/api/tasks", status=201)
def add_task(request: Request) -> Task:
    fields = parse(request.json())
    if "title" not in fields:
        raise HTTPError(422, "title is missing")
    return tasks.add(str(fields["title"]))


@app.patch("/api/tasks/{id:int}")
def change_task(request: Request, id: int) -> Task:
    task = tasks.find(id)
    for name, value in parse(request.json()).items():
        setattr(task, name, value)
    return task


@app.delete("/api/tasks/{id:int}")
def remove_task(id: int) -> None:
    tasks.remove(id)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    app.run(options.host, options.port)
