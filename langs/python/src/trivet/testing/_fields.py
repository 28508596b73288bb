"""Header fields of an answer, as they came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class ResponseHeaders(Mapping[str, str]):
    """Fields by their names in any case; of a repeated one the first, `get_list` gives all."""

    def __init__(self, items: list[tuple[str, str]]) -> None:
        self._items = items

    def __getitem__(self, name: str) -> str:
        for own, value in self._items:
            if own.lower() == name.lower():
                return value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter({name.lower(): name for name, _ in self._items}.values())

    def __len__(self) -> int:
        return len({name.lower() for name, _ in self._items})

    def __repr__(self) -> str:
        return f"ResponseHeaders({self._items!r})"

    def get_list(self, name: str) -> list[str]:
        """Give all values of a name in the order in which they came."""
        return [value for own, value in self._items if own.lower() == name.lower()]

    def items_list(self) -> list[tuple[str, str]]:
        """Give all fields in the order in which they came."""
        return list(self._items)
