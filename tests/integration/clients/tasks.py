"""Goes once through the demo by its generated client: tasks.py URL."""

from __future__ import annotations

import json
import sys

from client import Client, ProblemError


def say(*values: object) -> None:
    print(json.dumps(values, separators=(",", ":"), ensure_ascii=False))


client = Client(sys.argv[1])
added = client.add_task({"title": "grün"})
say("added", added["title"], added["done"])
# An event that the hub does not know has all that it keeps follow, what was added among it.
for event in client.events(headers={"Last-Event-ID": "none"}):
    change = json.loads(event.data)
    if change["task"] == added:
        say("told", event.type, change["action"])
        break
say("listed", added in client.all_tasks())
say("changed", client.change_task(added["id"], {"done": True})["done"])
client.remove_task(added["id"])
say("removed", added["id"] in [task["id"] for task in client.all_tasks()])
try:
    client.remove_task(added["id"])
except ProblemError as error:
    say(error.status, error.title)
