"""Parameters outside the content: their types, names, rules and defaults."""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from collections.abc import Callable
from typing import Annotated, Any, Literal

import pydantic
import pytest
from conftest import Running
from test_validation import errors_of

from trivet import App, Cookie, Header, Path, Query


class Size(enum.Enum):
    SMALL = 1
    LARGE = 2


def scalars(
    day: datetime.date,
    when: datetime.datetime,
    key: uuid.UUID,
    price: decimal.Decimal,
    size: Size = Size.SMALL,
    order: Literal["up", "down"] = "up",
    maybe: datetime.date | None = None,
    either: int | str = 0,
) -> list[Any]:
    told = [day.isoformat(), when.isoformat(), str(key), str(price), size.name, order]
    return [*told, None if maybe is None else maybe.isoformat(), either]


ID = "00112233-4455-6677-8899-aabbccddeeff"
QUERY = f"day=2026-01-31&when=2026-01-31T12:00:00%2B01:00&key={ID}&price=1.10"


def test_scalars_of_the_query(serve: Callable[..., Running]) -> None:
    app = App()
    app.get("/")(scalars)
    running = serve(app)
    first = ["2026-01-31", "2026-01-31T12:00:00+01:00", ID, "1.10"]
    assert running.get(f"/?{QUERY}").json() == [*first, "SMALL", "up", None, 0]
    more = "&size=2&order=down&maybe=2026-02-01&either=x"
    assert running.get(f"/?{QUERY}{more}").json() == [*first, "LARGE", "down", "2026-02-01", "x"]
    assert running.get(f"/?{QUERY}&either=7").json()[-1] == 7
    answer = running.get("/?day=2026-13-01&when=now&key=k&size=3&order=left&price=dear&maybe=x")
    assert errors_of(answer) == [
        ("query", "/day", "format", "must be a valid date"),
        ("query", "/when", "format", "must be a valid date-time"),
        ("query", "/key", "format", "must be a valid uuid"),
        ("query", "/price", "invalid", "must be a decimal number"),
        ("query", "/size", "enum", "must be one of 1, 2"),
        ("query", "/order", "enum", 'must be one of "up", "down"'),
        ("query", "/maybe", "format", "must be a valid date"),
    ]


def test_repeated_names_are_lists(serve: Callable[..., Running]) -> None:
    app = App()

    @app.get("/")
    def take(ids: list[int], tags: Annotated[set[str], Query(set(), max_length=2)]) -> Any:
        return [ids, sorted(tags)]

    running = serve(app)
    assert running.get("/?ids=1&ids=2&tags=b&tags=a").json() == [[1, 2], ["a", "b"]]
    assert errors_of(running.get("/?ids=1&ids=x&tags=a&tags=b&tags=c")) == [
        ("query", "/ids/1", "type", "must be an integer"),
        ("query", "/tags", "maxItems", "must have at most 2 items"),
    ]
    assert errors_of(running.get("/")) == [("query", "/ids", "required", "is missing")]


def test_names_and_rules(serve: Callable[..., Running]) -> None:
    app = App()

    @app.get("/{code}")
    async def take(
        code: Annotated[str, Path(min_length=2)],
        page: Annotated[int, Query(alias="page[number]", ge=1)] = 1,
        limit: int = Query(10, gt=0, le=100, multiple_of=5),
        user_agent: Annotated[str | None, Header()] = None,
        token: Annotated[str, Header(alias="X-Secret")] = "none",
        theme: Annotated[Literal["dark", "light"], Cookie()] = "light",
        *,
        langs: Annotated[list[str], Header(alias="Accept-Language")] = [],  # noqa: B006
    ) -> Any:
        return [code, page, limit, user_agent, token, theme, langs]

    running = serve(app)
    assert running.get("/ab").json() == ["ab", 1, 10, None, "none", "light", []]
    headers = {"User-Agent": "u", "X-Secret": "s", "Cookie": "theme=dark", "Accept-Language": "de"}
    answer = running.get("/ab?page[number]=2&limit=15", headers)
    assert answer.json() == ["ab", 2, 15, "u", "s", "dark", ["de"]]
    answer = running.get("/a?page[number]=0&limit=101", {"Cookie": "theme=pink"})
    assert errors_of(answer) == [
        ("path", "/code", "minLength", "must have at least 2 characters"),
        ("query", "/page[number]", "minimum", "must be at least 1"),
        ("query", "/limit", "maximum", "must be at most 100"),
        ("query", "/limit", "multipleOf", "must be a multiple of 5"),
        ("cookie", "/theme", "enum", 'must be one of "dark", "light"'),
    ]


def test_types_of_pydantic_in_the_query(serve: Callable[..., Running]) -> None:
    app = App()

    @app.get("/")
    def take(url: pydantic.HttpUrl, n: Annotated[int, pydantic.Field(ge=2)] = 3) -> Any:
        return [str(url), n]

    running = serve(app)
    assert running.get("/?url=http://a.example/&n=4").json() == ["http://a.example/", 4]
    wrong = errors_of(running.get("/?url=nothing&n=1"))
    assert [item[:3] for item in wrong][-1] == ("query", "/n", "minimum")
    assert wrong[0][1] == "/url"


def test_all_that_the_engine_reads_is_named_at_once(serve: Callable[..., Running]) -> None:
    app = App()

    @app.get("/{a}/{b}")
    def take(a: int, b: float, c: bool, d: str, e: uuid.UUID, f: int = 0) -> None:
        raise AssertionError("not called")

    assert errors_of(serve(app).get(f"/x/y?c=maybe&e=1&f={1 << 63}")) == [
        ("path", "/a", "type", "must be an integer"),
        ("path", "/b", "type", "must be a number"),
        ("query", "/c", "type", "must be a boolean"),
        ("query", "/d", "required", "is missing"),
        ("query", "/e", "format", "must be a valid uuid"),
        ("query", "/f", "maximum", "must be at most 9223372036854775807"),
    ]


def rejected(handler: Callable[..., Any], told: str, pattern: str = "/", **options: Any) -> None:
    from trivet import ArgumentError

    with pytest.raises(ArgumentError, match=told) as caught:
        App().add_route(pattern, handler, methods="POST", **options)
    assert "test_params.py:" in str(caught.value)
    assert handler.__name__ in str(caught.value)


def strange(one: Callable[[], int]) -> None: ...


def mapping(one: dict[str, int]) -> None: ...


def unknown(one: NotThere) -> None: ...  # type: ignore[name-defined]  # noqa: F821


def no_path(one: Annotated[int, Path()]) -> None: ...


def not_called(one: Annotated[int, Query]) -> None: ...


def twice(one: Annotated[int, Query(), Header()]) -> None: ...


class Content(pydantic.BaseModel):
    a: int


def two_bodies(one: Content, two: Content) -> None: ...


async def streaming(one: Content) -> None: ...


def test_what_cannot_be_filled_is_told_at_once() -> None:
    rejected(strange, "parameter 'one' of strange.*Callable.* has no JSON Schema.*Depends")
    rejected(mapping, r"cannot be filled with dict.*write Annotated\[..., Body\(\)\]")
    rejected(unknown, "'NotThere'.*import or define it at the top of the module")
    rejected(no_path, r"is Path\(\), and the pattern has none of that name", "/{other}")
    rejected(not_called, r"write Query\(\)")
    rejected(twice, r"has Query\(\) and Header\(\)")
    rejected(two_bodies, "'two'.*as 'one' of two_bodies.*put both into one type")
    rejected(streaming, "stream=True", stream=True)
