"""A small tasks API and the page that uses it. Start it with ./run --port 8000."""

import argparse
import sys
from pathlib import Path

from tasks import NewTask, Task, TaskChange, Tasks
from trivet import HTML, App, EventHub, HubStream, Request

pages = Path(__file__).parent / "../page"
try:
    page = (pages / "index.html").read_text(encoding="utf-8")
    live_page = (pages / "live.html").read_text(encoding="utf-8")
except OSError as error:
    sys.exit(f"tasks: {error}")

tasks = Tasks()
tasks.add("Light the fire", done=True)
tasks.add("Put the pot on the trivet")

app = App(title="Tasks", version="1.0.0")
api = app.group("/api/tasks")
hub = EventHub(app)


def tell(action: str, task: Task) -> Task:
    """Every change goes to whoever listens."""
    hub.publish({"action": action, "task": task}, event="task")
    return task


@app.get("/", hidden=True)
def index() -> HTML:
    return HTML(page)


@app.get("/live", hidden=True)
def live() -> HTML:
    return HTML(live_page)


@app.get("/events")
def events(request: Request) -> HubStream:
    """Follow the changes"""
    return hub.stream(request)


@api.get("")
def all_tasks() -> list[Task]:
    """All tasks"""
    return tasks.all()


@api.post("", status=201)
def add_task(task: NewTask) -> Task:
    """Add a task"""
    return tell("added", tasks.add(task.title))


@api.patch("/{id:int}")
def change_task(id: int, change: TaskChange) -> Task:
    """Change a task"""
    task = tasks.find(id)
    if change.title is not None:
        task.title = change.title
    if change.done is not None:
        task.done = change.done
    return tell("changed", task)


@api.delete("/{id:int}")
def remove_task(id: int) -> None:
    """Remove a task"""
    tell("removed", tasks.remove(id))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    # The list is in memory: a second worker would have another one.
    app.run(options.host, options.port, workers=1)
