"""Routes whose requests are checked: every SDK answers the same to what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from trivet import App, Body, Cookie, Form, Header, Path, Query

SAFE = (1 << 53) - 1


@dataclass
class Line:
    sku: Annotated[str, Body(pattern="^[A-Z]{3}-[0-9]+$")]
    qty: Annotated[int, Body(ge=1, le=10)] = 1


@dataclass
class Order:
    customer: Annotated[str, Body(min_length=2, max_length=5)]
    items: Annotated[list[Line], Body(min_length=1, max_length=3)]
    count: Annotated[int, Body(ge=-SAFE, le=SAFE)] = 0
    weight: Annotated[float, Body(gt=0)] = 1.5
    priority: Literal["low", "high"] = "low"
    note: str | None = None
    gift: bool = False


def register(app: App) -> None:
    group = app.group("/v")

    @group.get("/query")
    def query(
        *,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        ratio: Annotated[float | None, Query(lt=1)] = None,
        verbose: bool = False,
        sort: Literal["asc", "desc"] = "asc",
        tag: Annotated[list[str], Query([], max_length=2)],
        n: Annotated[list[int], Query([])],
        q: Annotated[str | None, Query(min_length=2)] = None,
    ) -> dict[str, object]:
        return {
            "limit": limit, "ratio": ratio, "verbose": verbose, "sort": sort,
            "tag": tag, "n": n, "q": q,
        }  # fmt: skip

    @group.get("/head/{id:int}")
    def head(
        id: Annotated[int, Path(ge=10)],
        x_tenant: Annotated[str, Header(pattern="^[a-z]+$", max_length=8)],
        sid: Annotated[str, Cookie(min_length=3)],
        x_level: Annotated[list[int], Header([])],
    ) -> dict[str, object]:
        return {"id": id, "tenant": x_tenant, "level": x_level, "sid": sid}

    @group.post("/orders")
    def create(order: Order) -> Order:
        return order

    @group.post("/form")
    def form(
        title: Annotated[str, Form(min_length=3)],
        count: Annotated[int, Form(ge=1, le=5)] = 1,
        gift: Annotated[bool, Form()] = False,
        tag: Annotated[list[str], Form([], max_length=2)] = [],  # noqa: B006
    ) -> dict[str, object]:
        return {"title": title, "count": count, "gift": gift, "tag": tag}

    @group.post("/all/{id:int}")
    def everything(
        id: Annotated[int, Path(ge=10)],
        order: Order,
        x_tenant: Annotated[str, Header(pattern="^[a-z]+$", max_length=8)],
        sid: Annotated[str, Cookie(min_length=3)],
        limit: Annotated[int, Query(ge=1, le=100)],
    ) -> dict[str, object]:
        return {"id": id, "limit": limit, "tenant": x_tenant, "sid": sid}
