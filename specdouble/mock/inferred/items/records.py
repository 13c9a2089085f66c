"""The records of a list as a sequence that reads only what is asked for: a page costs the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

from specdouble.mock.state.collections import Doc, Store


class Records(Sequence[Doc]):
    """The records of a store with some indexed values, newest or oldest first; what is written meanwhile shows."""

    def __init__(self, store: Store, equals: dict[str, Any], *, newest: bool = False) -> None:
        self._store = store
        self._equals = equals
        self._newest = newest

    def __len__(self) -> int:
        return self._store.count(**self._equals)

    def __iter__(self) -> Iterator[Doc]:
        return self._store.newest(**self._equals) if self._newest else self._store.find(**self._equals)

    def __reversed__(self) -> Iterator[Doc]:
        return iter(self.turned)

    @property
    def turned(self) -> Records:
        """The same records from the other end."""
        return Records(self._store, self._equals, newest=not self._newest)

    @overload
    def __getitem__(self, at: int) -> Doc: ...

    @overload
    def __getitem__(self, at: slice) -> list[Doc]: ...

    def __getitem__(self, at: int | slice) -> Doc | list[Doc]:
        size = len(self)
        if isinstance(at, slice):
            places = range(size)[at]
            low, high = (min(places), max(places) + 1) if places else (0, 0)
            return self._between(low, high, size)[:: places.step]
        place = range(size)[at]
        return self._between(place, place + 1, size)[0]

    def _between(self, low: int, high: int, size: int) -> list[Doc]:
        if low >= high:
            return []
        if self._newest:
            return self._store.page(low, high - low, **self._equals)
        return self._store.page(size - high, high - low, **self._equals)[::-1]


def newest_first(records: Sequence[Doc]) -> Sequence[Doc]:
    """Return records that are oldest first in the order in which pages show them."""
    return records.turned if isinstance(records, Records) else records[::-1]
