"""Reads capi/spec/*.toml into the model. Unknown, missing and mistyped keys are errors here."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from model import (
    Alias,
    Arg,
    Callback,
    Constant,
    ConstantGroup,
    CType,
    Field,
    Function,
    Module,
    Named,
    Spec,
    SpecError,
    Status,
    Struct,
)

T = TypeVar("T")


class Table:
    """One TOML table. Every key is taken once; `done` fails on what nobody took."""

    def __init__(self, raw: Any, where: str) -> None:
        if not isinstance(raw, dict):
            raise SpecError(f"{where}: expected a table")
        self._rest: dict[str, Any] = dict(raw)
        self.where = f"{where} {raw['name']}" if isinstance(raw.get("name"), str) else where

    def text(self, key: str, default: str | None = None) -> str:
        value = self._take(key, default)
        if not isinstance(value, str):
            raise SpecError(f"{self.where}: {key} must be a string")
        return value

    def number(self, key: str) -> int:
        value = self._take(key, None)
        if not isinstance(value, int) or isinstance(value, bool):
            raise SpecError(f"{self.where}: {key} must be an integer")
        return value

    def scalar(self, key: str) -> int | str | None:
        value = self._rest.pop(key, None)
        if value is None or (isinstance(value, int | str) and not isinstance(value, bool)):
            return value
        raise SpecError(f"{self.where}: {key} must be an integer or a string")

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise SpecError(f"{self.where}: {key} must be a list of strings")
        return tuple(value)

    def tables(self, key: str, *, required: bool = False) -> list[Table]:
        value = self._take(key, None if required else [])
        if not isinstance(value, list):
            raise SpecError(f"{self.where}: {key} must be a list of tables")
        return [Table(item, f"{self.where}: {key}") for item in value]

    def table(self, key: str) -> Table:
        return Table(self._take(key, None), f"{self.where}: {key}")

    def type(self, key: str, default: str | None = None) -> CType:
        try:
            return CType.parse(self.text(key, default))
        except SpecError as error:
            raise SpecError(f"{self.where}: {error}") from None

    def done(self) -> None:
        if self._rest:
            raise SpecError(f"{self.where}: unknown key {', '.join(sorted(self._rest))}")

    def _take(self, key: str, default: Any) -> Any:
        value = self._rest.pop(key, default)
        if value is None:
            raise SpecError(f"{self.where}: {key} is missing")
        return value


def _each(table: Table, key: str, read: Callable[[Table], T]) -> list[T]:
    items = []
    for item in table.tables(key):
        items.append(read(item))
        item.done()
    return items


def _args(table: Table, *, has_pass: bool) -> tuple[Arg, ...]:
    args = []
    for item in table.tables("args", required=True):
        ownership = item.text("pass") if has_pass else ""
        args.append(Arg(item.text("name"), item.type("type"), ownership, item.text("doc")))
        item.done()
    return tuple(args)


def _function(table: Table) -> Function:
    return Function(
        name=table.text("name"),
        thread=table.text("thread"),
        returns=table.type("returns"),
        returns_pass=table.text("returns_pass", ""),
        doc=table.text("doc"),
        fails=table.texts("fails"),
        args=_args(table, has_pass=True),
    )


def _callback(table: Table) -> Callback:
    return Callback(
        name=table.text("name"),
        thread=table.text("thread"),
        returns=table.type("returns", "void"),
        doc=table.text("doc"),
        args=_args(table, has_pass=False),
    )


def _field(table: Table) -> Field:
    return Field(table.text("name"), table.type("type"), table.scalar("default"), table.text("doc"))


def _struct(table: Table) -> Struct:
    fields = tuple(_each(table, "fields", _field))
    if not fields:
        raise SpecError(f"{table.where}: fields is missing")
    return Struct(
        name=table.text("name"),
        doc=table.text("doc"),
        init=table.text("init", ""),
        last_v1=table.text("last_v1", fields[-1].name),
        fields=fields,
    )


def _group(table: Table) -> ConstantGroup:
    return ConstantGroup(
        prefix=table.text("prefix"),
        type=table.type("type"),
        doc=table.text("doc"),
        values=tuple(
            _each(
                table,
                "values",
                lambda item: Constant(item.text("name"), item.number("value"), item.text("doc")),
            )
        ),
    )


def _status(table: Table) -> Status:
    keys = ("python", "python_base", "node", "go", "message")
    return Status(
        name=table.text("name"),
        value=table.number("value"),
        doc=table.text("doc"),
        **{key: table.text(key, "") for key in keys},
    )


def _named(table: Table) -> Named:
    return Named(table.text("name"), table.text("doc"))


def _alias(table: Table) -> Alias:
    return Alias(table.text("name"), table.type("type"), table.text("doc"))


def load_module(text: str, source: str) -> Module:
    try:
        table = Table(tomllib.loads(text), source)
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"{source}: {error}") from None
    head = table.table("module")
    module = Module(head.text("name"), head.number("order"), head.text("doc"), source)
    head.done()
    module.aliases = _each(table, "alias", _alias)
    module.opaques = _each(table, "opaque", _named)
    module.handles = _each(table, "handle", _named)
    module.constants = _each(table, "constants", _group)
    module.statuses = _each(table, "status", _status)
    module.structs = _each(table, "struct", _struct)
    module.callbacks = _each(table, "callback", _callback)
    module.functions = _each(table, "function", _function)
    table.done()
    return module


def load_spec(folder: Path) -> Spec:
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise SpecError(f"{folder}: no spec files")
    modules = [load_module(file.read_text(encoding="utf-8"), file.name) for file in files]
    modules.sort(key=lambda module: module.order)
    return Spec(modules)
