"""A small tasks API and the page that uses it. Start it with ./run --port 8000."""

import argparse
import sys
from pathlib import Path

from tasks import Task, Tasks, parse
from trivet import HTML, App, EventHub, HubStream, Request, UnprocessableContent

pages = Path(__file__).parent / "../page"
try:
    page = (pages / "index.html").read_text(encoding="utf-8")
    live_page = (pages / "live.html").read_text(encoding="utf-8")
except OSError as error:
    sys.exit(f"tasks: {error}")

tasks = Tasks()
tasks.add("Light the fire", done=True)
tasks.add("Put the pot on the trivet")

app = App()
api = app.group("/api/tasks")
hub = EventHub(app)


def tell(action: str, task: Task) -> Task:
    """Every change goes to whoever listens."""
    hub.publish({"action": action, "task": task}, event="task")
    return task


@app.get("/")
def index() -> HTML:
    return HTML(page)


@app.get("/live")
def live() -> HTML:
    return HTML(live_page)


@app.get("/events")
def events(request: Request) -> HubStream:
    return hub.stream(request)


@api.get("")
def all_tasks() -> list[Task]:
    return tasks.all()


@api.post("", status=201)
def add_task(request: Request) -> Task:
    fields = parse(request.json())
    if "title" not in fields:
        raise UnprocessableContent("title is missing")
    return tell("added", tasks.add(str(fields["title"])))


@api.patch("/{id:int}")
def change_task(request: Request, id: int) -> Task:
    task = tasks.find(id)
    for name, value in parse(request.json()).items():
        setattr(task, name, value)
    return tell("changed", task)


@api.delete("/{id:int}")
def remove_task(id: int) -> None:
    tell("removed", tasks.remove(id))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    # The list is in memory: a second worker would have another one.
    app.run(options.host, options.port, workers=1)
