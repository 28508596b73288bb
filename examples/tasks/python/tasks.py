"""Tasks in memory, and what a client may send about them."""

from dataclasses import dataclass

from trivet import NotFound, UnprocessableContent


@dataclass
class Task:
    """One task, as the API shows it."""

    id: int
    title: str
    done: bool = False


class Tasks:
    """Tasks in the order they were added."""

    def __init__(self) -> None:
        self._tasks: dict[int, Task] = {}
        self._last_id = 0

    def add(self, title: str, done: bool = False) -> Task:
        self._last_id += 1
        task = self._tasks[self._last_id] = Task(self._last_id, title, done)
        return task

    def all(self) -> list[Task]:
        return list(self._tasks.values())

    def find(self, task_id: int) -> Task:
        """The error becomes the answer: 404 with problem details."""
        task = self._tasks.get(task_id)
        if task is None:
            raise NotFound(f"there is no task {task_id}")
        return task

    def remove(self, task_id: int) -> Task:
        """Gives the task as it was."""
        return self._tasks.pop(self.find(task_id).id)


def parse(value: object) -> dict[str, str | bool]:
    """Checks what a client sent; anything but the fields of a task is 422."""
    if not isinstance(value, dict):
        raise UnprocessableContent("the content must be a JSON object")
    fields: dict[str, str | bool] = {}
    if "title" in value:
        title = value["title"]
        if not isinstance(title, str) or not title.strip():
            raise UnprocessableContent("title must be a string that is not empty")
        fields["title"] = title
    if "done" in value:
        if not isinstance(value["done"], bool):
            raise UnprocessableContent("done must be true or false")
        fields["done"] = value["done"]
    return fields
