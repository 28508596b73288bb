"""Tasks in memory, and what a client may send about them."""

from dataclasses import dataclass
from typing import Annotated

from trivet import Body, NotFound


@dataclass
class Task:
    id: int
    title: str
    done: bool


# What a client may send. A title shows something.
@dataclass
class NewTask:
    title: Annotated[str, Body(min_length=1, pattern=r"\S")]


@dataclass
class TaskChange:
    title: Annotated[str, Body(pattern=r"\S")] | None = None
    done: bool | None = None


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
