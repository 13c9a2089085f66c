"""Documents that do not change any more, shared by all worlds that began with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any, TypeVar

from specdouble.mock.state.stores.disposal import dispose

Doc = dict[str, Any]
Fields = tuple[str, ...]
Values = tuple[Any, ...]
T = TypeVar("T")
_LAST = 2**61  # beyond it nothing can be counted
_LARGE = 256  # ids of a bucket from which on a change does not copy it


def part(docs: Iterable[T], start: int, size: int) -> Iterator[T]:
    """Return at most so many of what comes after so many others, whatever whole numbers a client sends."""
    start, size = (min(max(one, 0), _LAST) for one in (start, size))
    return islice(docs, start, start + size)


def has(doc: Doc, values: Doc) -> bool:
    """Whether a document has those field values."""
    return all(doc.get(field) == value for field, value in values.items())


class Changed:
    """A large bucket that is shared, with what differs from it: ids that left it, and ids that came after."""

    __slots__ = ("_came", "_left", "_shared")

    def __init__(self, shared: dict[Any, None], left: set[Any], came: dict[Any, None]) -> None:
        self._shared = shared
        self._left = left
        self._came = came

    def __len__(self) -> int:
        return len(self._shared) - len(self._left) + len(self._came)

    def __iter__(self) -> Iterator[Any]:
        left = self._left
        shared = (key for key in self._shared if key not in left) if left else iter(self._shared)
        return chain(shared, self._came)

    def __reversed__(self) -> Iterator[Any]:
        left = self._left
        return chain(reversed(self._came), (key for key in reversed(self._shared) if key not in left))

    def __setitem__(self, key: Any, _none: None) -> None:
        if key not in self._shared or key in self._left:
            self._came[key] = None

    def __delitem__(self, key: Any) -> None:
        if key in self._came:
            del self._came[key]
        else:
            self._left.add(key)

    def brings_back(self, key: Any) -> bool:
        """Let an id stand again where it stood before it left; returns whether it did."""
        if key not in self._left:
            return False
        self._left.discard(key)
        return True

    def copy(self) -> Bucket:
        """Return a bucket with the same ids that may be changed."""
        if len(self._left) + len(self._came) > len(self._shared):
            return dict.fromkeys(self)
        return Changed(self._shared, self._left.copy(), self._came.copy())


Bucket = dict[Any, None] | Changed


def to_change(bucket: Bucket | None) -> Bucket:
    """Return a bucket with the same ids that may be changed, of one that is shared."""
    if not bucket:
        return {}
    return bucket.copy() if len(bucket) < _LARGE or isinstance(bucket, Changed) else Changed(bucket, set(), {})


def in_order(bucket: Bucket, place: Callable[[Any], int]) -> Bucket:
    """Return a bucket in order of insertion."""
    return dict.fromkeys(sorted(bucket, key=place))


class Base:
    """The documents of one collection, with their order, indexes and totals; stores lie over it.

    ``first`` are documents that come before all others of ``docs``, wherever they stand there; they are put right when
    somebody walks through all of them (`ordered`). So are the buckets that ``late`` names, each when it is read.
    """

    __slots__ = ("by", "docs", "first", "late", "order", "seen", "totals")

    def __init__(
        self, docs: dict[Any, Doc], first: dict[Any, Doc], order: dict[Any, int],
        by: dict[Fields, dict[Values, Bucket]], totals: dict[tuple[str, Fields], dict[Values, int]],
        late: set[tuple[Fields, Values]], seen: int,
    ) -> None:  # fmt: skip
        self.docs = docs
        self.first = first
        self.order = order
        self.by = by
        self.totals = totals
        self.late = late
        self.seen = seen

    def __del__(self) -> None:
        dispose(self.docs, self.order, *self.by.values(), *self.totals.values())

    def ordered(self) -> dict[Any, Doc]:
        """Return the documents in order of insertion."""
        if self.first:
            self.docs, self.first = {**self.first, **self.docs}, {}
        return self.docs

    def bucket(self, fields: Fields, values: Values) -> Bucket | None:
        """Return the ids of the documents with those values, in order; None when there are none."""
        bucket = self.by[fields].get(values)
        if bucket is not None and self.late and (fields, values) in self.late:
            # A new dict takes its place at once: another world may be walking through the present one.
            bucket = self.by[fields][values] = in_order(bucket, self.order.__getitem__)
            self.late.discard((fields, values))
        return bucket


def lay_under(mine: dict[Any, Any], low: dict[Any, Any]) -> None:
    """Add to a dict what another one, which may be smaller by far, holds below it."""
    for key, value in low.items():
        if key not in mine:
            mine[key] = value
