"""What a store holds: documents of its own, over those that it shares with other worlds."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any, Self

from specdouble.mock.state.stores.base import Base, Bucket, Doc, Fields, Values, in_order, lay_under
from specdouble.mock.state.stores.declared import Collection
from specdouble.mock.state.stores.disposal import dispose

NO_DOCS: dict[Any, Doc] = {}


class Held:
    """The documents of one collection with their indexes and totals, over a `Base` that others share (`take`).

    ``_new`` are documents that came after those of the base, ``_over`` holds what stands in the place of one of the
    base, None where it was removed; a bucket of an index is copied before it is changed for the first time, from
    ``_lent``, which a fork shares too, or from the base.
    """

    __slots__ = (
        "_base", "_by", "_late", "_lent", "_new", "_order", "_over", "_seen", "_size", "_totals", "_under", "declared",
    )  # fmt: skip

    def __init__(self, declared: Collection) -> None:
        self.declared = declared
        self._clear()

    def _clear(self) -> None:
        """Hold nothing, over no base."""
        self._base: Base | None = None
        self._under = NO_DOCS  # the documents of the base
        self._lent: dict[Fields, dict[Values, Bucket]] | None = None
        self._new: dict[Any, Doc] = {}
        self._over: dict[Any, Doc | None] = {}
        self._order: dict[Any, int] = {}  # of new documents
        self._seen = 0
        self._size = 0
        self._by: dict[Fields, dict[Values, Bucket]] = {
            (index,) if isinstance(index, str) else index: {} for index in self.declared.by
        }
        self._totals: dict[tuple[str, Fields], dict[Values, int]] = {
            (field, fields): {} for field in self.declared.sums for fields in self._by
        }
        self._late: set[tuple[Fields, Values]] = set()

    def get(self, key: Any) -> Doc | None:
        """Return the document with that id, or None, as for what can be no id: a list, an object."""
        try:
            doc = self._new.get(key)
        except TypeError:
            return None
        if doc is not None:
            return doc
        return self._over[key] if key in self._over else self._under.get(key)

    def take(self, source: Self) -> None:
        """Hold the documents of another store of this collection, shared until either of them changes some."""
        source._settle()
        self.let_go()
        self._base, self._under, self._lent = source._base, source._under, source._lent
        self._seen, self._size = source._seen, source._size
        self._new, self._over = source._new.copy(), source._over.copy()
        self._order = source._order.copy()
        self._totals = {name: totals.copy() for name, totals in source._totals.items()}

    def let_go(self) -> None:
        """Hold nothing any more."""
        dispose(self._new, self._over, self._order, *self._by.values(), *self._totals.values())
        self._clear()

    def _settle(self) -> None:
        """Make what this store holds fit to be shared: one base, and over it little, which is cheap to copy."""
        changes = len(self._new) + len(self._over)
        if not changes:
            return
        if self._base is None or changes > len(self._under):
            base = self._sealed()
            self._clear()
            self._base, self._under, self._seen, self._size = base, base.docs, base.seen, len(base.docs)
            return
        for fields, values in self._late:
            self._by[fields][values] = in_order(self._by[fields].get(values, {}), self._place)
        self._late.clear()
        lent = self._lent or {fields: {} for fields in self._by}
        self._lent = {
            fields: {**lent[fields], **index} if index else lent[fields] for fields, index in self._by.items()
        }
        self._by = {fields: {} for fields in self._by}

    def _sealed(self) -> Base:
        """Return everything as one base; the dicts of this store become its own."""
        base, late = self._base, self._late
        if base is None:
            return Base(self._new, {}, self._order, self._by, self._totals, late, self._seen)
        docs, over = self._new, self._over
        kept = ((key, over.get(key, doc)) for key, doc in base.ordered().items() if key not in docs)
        first = {key: doc for key, doc in kept if doc is not None}
        lay_under(docs, first)
        lay_under(self._order, {key: base.order[key] for key in first})
        for fields, index in self._by.items():
            if self._lent is not None:
                lay_under(index, self._lent[fields])
            late |= {one for one in base.late if one[0] == fields and one[1] not in index}
            lay_under(index, base.by[fields])
            for key in self._over:  # what they left may be empty now
                values = tuple(map(self._under[key].get, fields))
                if values in index and not index[values]:
                    del index[values]
        for name, totals in self._totals.items():
            lay_under(totals, base.totals[name])
        return Base(docs, first, self._order, self._by, self._totals, late, self._seen)

    def _place(self, key: Any) -> int:
        """Return the place of a document in the order of insertion."""
        return self._order[key] if key in self._order else self._base.order[key]  # type: ignore[union-attr]

    def _each(self) -> Iterable[Doc]:
        """Return the documents, oldest first; nothing may change them meanwhile."""
        if self._base is None:
            return self._new.values()
        over, under = self._over, self._base.ordered()
        if not over:
            return chain(under.values(), self._new.values())
        below = (over.get(key, doc) for key, doc in under.items())
        return chain((doc for doc in below if doc is not None), self._new.values())

    def _below(self, fields: Fields, values: Values) -> Bucket | None:
        """Return a bucket that is shared with others."""
        if self._base is None:
            return None
        bucket = self._lent[fields].get(values) if self._lent is not None else None
        return self._base.bucket(fields, values) if bucket is None else bucket
