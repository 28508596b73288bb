"""The same order as msgspec describes it."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class Line(Struct):
    sku: Annotated[str, Meta(min_length=1, max_length=32)]
    quantity: Annotated[int, Meta(ge=1, le=1000)]
    price: Annotated[float, Meta(ge=0)]


class Order(Struct, kw_only=True):
    reference: Annotated[str, Meta(pattern=r"^[A-Z]{3}-[0-9]{4}$")]
    customer: Annotated[str, Meta(min_length=1, max_length=100)]
    street: Annotated[str, Meta(min_length=1, max_length=200)]
    city: Annotated[str, Meta(min_length=1, max_length=100)]
    currency: Literal["EUR", "USD", "GBP"]
    priority: Annotated[int, Meta(ge=1, le=5)]
    express: bool
    discount: Annotated[float, Meta(ge=0, le=1)] = 0.0
    note: Annotated[str, Meta(max_length=500)] | None = None
    lines: Annotated[list[Line], Meta(min_length=1, max_length=100)]


class Receipt(Struct):
    reference: str
    lines: int
    quantity: int
