"""Calls every operation and prints what came of it, a line of JSON each: use.py URL.

With a number behind it only the events of a stream, none longer than that.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from client import Client, File, Pet, ProblemError


def say(*values: object) -> None:
    print(json.dumps(values, separators=(",", ":"), ensure_ascii=False))


def problem(call: Callable[[], object]) -> None:
    try:
        say("no problem", call())
    except ProblemError as error:
        first = error.errors[0] if error.errors else None
        where = (first.place, first.pointer, first.code) if first else ("", "", "")
        say(error.status, error.title, *where)


def pet_text(pet: Pet) -> str:
    if pet["kind"] == "cat":
        return f"cat {pet['lives']}"
    return "dog " + ",".join(pet_text(friend) for friend in pet.get("friends", []))


def main(url: str) -> None:
    client = Client(url, headers=lambda: {"Authorization": "Bearer t"})
    listed = client.list_items(
        limit=5,
        state=["sold", "for-sale"],
        tags=["a", "b"],
        in_stock=True,
        session="s 1",
        x_request_id="r;7",
    )
    say("list", listed[0]["title"], listed[0]["made"])
    unnamed = Client(url + "/")
    problem(lambda: unnamed.list_items(in_stock=False))
    say("create", client.create_item({"title": "grün", "price": None})["title"])
    problem(lambda: client.create_item({"title": ""}))
    problem(lambda: client.get_api_items_item_id(404))
    say("none", client.get_api_items_item_id(204))
    one = client.get_api_items_item_id(7)
    say("one", one and one["id"])
    say("change", client.change_item(7, {"price": None})["title"])
    client.delete(7)
    name = "a b%ü.png"
    client.set_photo(7, name, b"\x00\x01\xff")
    say("photo", list(client.photo(7, name)))
    say("note", client.add_note("grün"))
    token = client.login({"user": "a&b", "password": "=", "remember": True, "scope": ["x", "y"]})[
        "token"
    ]
    say("login", token)
    sizes = client.upload(
        {
            "title": 't"\r\n',
            "file": File('a".txt', b"hello", "text/plain"),
            "tags": ["x", "yy"],
            "origin": {"lat": 1, "lon": 2.5},
        }
    )
    say("upload", sorted(sizes.items()))
    for event in client.watch(count=3):
        say("event", event.type, event.data, event.id)
    for event in client.watch(count=4):
        if event.id == "3":
            break
    pets = client.search()
    say("pets", pets if isinstance(pets, str) else [pet_text(pet) for pet in pets])
    say("later", client.search(body={"op": "not", "of": {"op": "equals", "value": 7}}))
    for wrong in ("", ".", ".."):
        try:
            say("taken", list(client.photo(7, wrong)))
        except ValueError:
            say("refused", True)
    try:
        client.class_(timeout=0.05)
    except TimeoutError:
        say("late", True)
    problem(lambda: Client(url, bytes_max=3).add_note("a"))


def watch(url: str, bytes_max: int) -> None:
    try:
        for event in Client(url, bytes_max=bytes_max).watch():
            say(event.type, event.data, event.id, event.retry_ms or 0)
        say("end")
    except ProblemError:
        say("too long")


if len(sys.argv) > 2:
    watch(sys.argv[1], int(sys.argv[2]))
else:
    main(sys.argv[1])
