"""OpenAPI documents that a client must survive, made by rules."""

from __future__ import annotations

import json
import random
from typing import Any

# Each would end a string, a comment or a docstring, hide what stands there, or speak to a tool.
HOSTILE = [
    '*/ throw new Error("out"); /*',
    '"""\nraise SystemExit("out")\n"""',
    "'''; raise SystemExit('out')",
    '"; panic("out"); _ = "',
    "`; panic(`out`); _ = `",
    "${process.exit(7)}",
    "{__import__('os')._exit(7)}",
    "\\",
    '\\"; process.exit(7); //',
    "\u2028process.exit(7)",
    "\u202e\u2066reversed",
    "\r\nprocess.exit(7)\r\n",
    "//go:embed x",
    "+build ignore",
    "- item\n- item\n\n# heading\n\n    code",
    "prettier-ignore",
    "fmt: off",
    "@ts-nocheck */ x",
    "__proto__",
    "constructor",
    "\x00\x7f\x1b[31m",
    "\U0001f600\u6728\u00fc",
    "%s%d{0}",
    "class",
    "import",
    "None",
    "string",
    "Client",
    "[link]: https://example.com",
]


def ref(name: str) -> dict[str, Any]:
    escaped = name.replace("~", "~0").replace("/", "~1").replace("%", "%25")
    return {"$ref": f"#/components/schemas/{escaped}"}


def hostile(names_members: bool) -> str:
    """Every text of a document is one of HOSTILE; `names_members`: members of objects as well, of
    which Go cannot write some.
    """
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for number, text in enumerate(HOSTILE):
        member = text if names_members else f"member {number}"
        schemas[text] = {
            "description": text,
            "type": "object",
            "required": [member],
            "properties": {
                member: {"type": "string", "description": text},
                "kind": {"const": text},
                "values": {"enum": [text, "other", text + text]},
                "next": ref(HOSTILE[number - 1]),
            },
        }
        path = "/" + text.replace("{", "(").replace("}", ")") + str(number)
        operation = {
            "operationId": text,
            "summary": text,
            "description": text,
            "parameters": [
                {"name": text, "in": place, "description": text, "schema": {"type": "string"}}
                for place in ("query", "header", "cookie")
            ]
            + [{"name": "p", "in": "path", "required": True, "schema": {"type": "string"}}],
            "requestBody": {"content": {"application/json": {"schema": ref(text)}}},
            "responses": {"200": {"content": {"application/json": {"schema": ref(text)}}}},
        }
        paths[path + "/{p}"] = {"post": operation}
    info = {"title": HOSTILE[0] + HOSTILE[1], "version": HOSTILE[3]}
    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": info,
            "paths": paths,
            "components": {"schemas": schemas | {"All": {"oneOf": [ref(one) for one in HOSTILE]}}},
        }
    )


class _Maker:
    """Schemas and operations with names of all lengths, to see where lines are broken."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.names = [self.word() + str(number) for number in range(30)]

    def word(self) -> str:
        length = self.random.choice([1, 3, 8, 15, 22, 28, 33, 38, 44, 52, 60, 90])
        letters = self.random.choices("abcdefgh_", k=length - 1)
        return "x" + "".join(letters)

    def text(self) -> str:
        return " ".join(self.word()[:12] for _ in range(self.random.randrange(0, 40)))

    def schema(self, depth: int = 0) -> dict[str, Any]:
        kind = self.random.randrange(10 if depth < 3 else 4)
        if kind < 2:
            plain = [{"type": "string"}, {"type": "integer"}, {"type": "boolean"}, {}]
            return self.random.choice(plain)
        if kind < 4:
            return ref(self.random.choice(self.names))
        if kind == 4:
            return {"type": "array", "items": self.schema(depth + 1)}
        if kind == 5:
            return {"type": "object", "additionalProperties": self.schema(depth + 1)}
        if kind == 6:
            return {"anyOf": [self.schema(depth + 1), {"type": "null"}]}
        if kind == 7:
            words = [self.word() for _ in range(self.random.randrange(1, 6))]
            return {"enum": words, "description": self.text()}
        if kind == 8:
            return {"oneOf": [self.schema(depth + 1) for _ in range(self.random.randrange(2, 5))]}
        return self.object(depth + 1)

    def object(self, depth: int = 0) -> dict[str, Any]:
        members = {
            self.word(): {**self.schema(depth), "description": self.text()}
            for _ in range(self.random.randrange(1, 6))
        }
        required = [name for name in members if self.random.random() < 0.5]
        return {"type": "object", "properties": members, "required": required}

    def parameter(self, place: str, name: str) -> dict[str, Any]:
        schema: dict[str, Any] = self.random.choice(
            [
                {"type": "string"},
                {"type": "integer", "default": 7},
                {"type": "array", "items": {"type": "string"}},
                {"enum": [self.word(), self.word()]},
                {"type": "array", "items": {"enum": [self.word(), self.word()]}},
            ]
        )
        required = place == "path" or self.random.random() < 0.3
        return {
            "name": name,
            "in": place,
            "required": required,
            "schema": schema,
            "description": self.text(),
        }

    def operation(self, path_name: str) -> dict[str, Any]:
        places = self.random.choices(["query", "header", "cookie"], k=self.random.randrange(5))
        parameters = [self.parameter("path", path_name)]
        parameters += [self.parameter(place, self.word()) for place in places]
        operation: dict[str, Any] = {
            "operationId": self.word(),
            "summary": self.text(),
            "parameters": parameters,
            "deprecated": self.random.random() < 0.2,
            "responses": {"200": {"content": {"application/json": {"schema": self.schema()}}}},
        }
        if self.random.random() < 0.5:
            media = self.random.choice(["application/json", f"application/{self.word()}+json"])
            content = {media: {"schema": self.schema()}}
            required = self.random.random() < 0.5
            operation["requestBody"] = {"required": required, "content": content}
        return operation


def sizes(seed: int) -> str:
    """A document whose lines have all lengths around those that formatters break at."""
    maker = _Maker(seed)
    # The schemas by name are objects, so that none leads to itself alone.
    schemas = {name: maker.object() for name in maker.names}
    paths = {}
    for number in range(20):
        name = maker.word()
        path = f"/{maker.word()}/{{{name}}}/{number}"
        paths[path] = {"put": maker.operation(name)}
    return json.dumps(
        {"openapi": "3.1.0", "info": {"title": "Sizes"}, "paths": paths}
        | {"components": {"schemas": schemas}}
    )
