"""An order as Pydantic describes it; what FastAPI is given, too."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field


class Line(BaseModel):
    sku: Annotated[str, Field(min_length=1, max_length=32)]
    quantity: Annotated[int, Field(ge=1, le=1000)]
    price: Annotated[float, Field(ge=0)]


class Order(BaseModel):
    reference: Annotated[str, Field(pattern=r"^[A-Z]{3}-[0-9]{4}$")]
    customer: Annotated[str, Field(min_length=1, max_length=100)]
    street: Annotated[str, Field(min_length=1, max_length=200)]
    city: Annotated[str, Field(min_length=1, max_length=100)]
    currency: Literal["EUR", "USD", "GBP"]
    priority: Annotated[int, Field(ge=1, le=5)]
    express: bool
    discount: Annotated[float, Field(ge=0, le=1)] = 0.0
    note: Annotated[str, Field(max_length=500)] | None = None
    lines: Annotated[list[Line], Field(min_length=1, max_length=100)]


class Receipt(BaseModel):
    reference: str
    lines: int
    quantity: int
