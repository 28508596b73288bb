"""One order, written for each of the libraries that types may come from."""

from __future__ import annotations

import datetime
import enum
import uuid
from dataclasses import dataclass, field
from typing import Annotated, Any, TypedDict

import msgspec
import pydantic
from typing_extensions import NotRequired

from trivet import Query


class Colour(enum.Enum):
    BLUE = "blue"
    RED = "red"


@dataclass
class PlainItem:
    sku: Annotated[str, Query(min_length=1, max_length=8)]
    qty: Annotated[int, Query(ge=1, le=99)] = 1


@dataclass
class PlainOrder:
    """What is to be sent."""

    id: uuid.UUID
    colour: Colour
    items: list[PlainItem]
    when: datetime.datetime | None = None
    price: float = 0.5
    tags: dict[str, int] = field(default_factory=dict)


@dataclass
class FastItem:
    sku: Annotated[str, msgspec.Meta(min_length=1, max_length=8)]
    qty: Annotated[int, msgspec.Meta(ge=1, le=99)] = 1


@dataclass
class FastOrder:
    id: uuid.UUID
    colour: Colour
    items: list[FastItem]
    when: datetime.datetime | None = None
    price: float = 0.5
    tags: dict[str, int] = field(default_factory=dict)


class StructItem(msgspec.Struct):
    sku: Annotated[str, msgspec.Meta(min_length=1, max_length=8)]
    qty: Annotated[int, msgspec.Meta(ge=1, le=99)] = 1


class StructOrder(msgspec.Struct):
    id: uuid.UUID
    colour: Colour
    items: list[StructItem]
    when: datetime.datetime | None = None
    price: float = 0.5
    tags: dict[str, int] = {}


class ModelItem(pydantic.BaseModel):
    sku: str = pydantic.Field(min_length=1, max_length=8)
    qty: int = pydantic.Field(default=1, ge=1, le=99)


class ModelOrder(pydantic.BaseModel):
    id: uuid.UUID
    colour: Colour
    items: list[ModelItem]
    when: datetime.datetime | None = None
    price: float = 0.5
    tags: dict[str, int] = {}


class DictItem(TypedDict):
    sku: Annotated[str, Query(min_length=1, max_length=8)]
    qty: NotRequired[Annotated[int, Query(ge=1, le=99)]]


class DictOrder(TypedDict):
    id: uuid.UUID
    colour: Colour
    items: list[DictItem]
    when: NotRequired[datetime.datetime | None]
    price: NotRequired[float]
    tags: NotRequired[dict[str, int]]


ORDERS: list[Any] = [PlainOrder, FastOrder, StructOrder, ModelOrder, DictOrder]


@dataclass
class Range:
    """Its check is its own."""

    low: int
    high: int

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high.")


class StructRange(msgspec.Struct):
    low: int
    high: int

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high.")


class ModelRange(pydantic.BaseModel):
    low: int
    high: int

    @pydantic.model_validator(mode="after")
    def check(self) -> ModelRange:
        if self.low > self.high:
            raise ValueError("low is above high.")
        return self
