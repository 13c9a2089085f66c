"""The documents of one collection, with indexes and totals.

A document is a ``dict`` and is never changed in place: ``update`` puts a new dict in its stead. So worlds share
documents, a rollback replays an undo log, and a handler may hold what it has read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from operator import is_
from typing import Any

from specdouble.mock.state.stores.base import Bucket, Changed, Doc, Fields, Values, has, in_order, part, to_change
from specdouble.mock.state.stores.declared import Collection
from specdouble.mock.state.stores.held import NO_DOCS, Held

_ABSENT: Any = object()


class Store(Held):
    """The living documents of one collection, in order of insertion.

    Reading by id or through an index costs the same at any size; a page costs the page.
    """

    __slots__ = ("_log", "_plans", "_stamp")

    def __init__(self, declared: Collection, stamp: Callable[[], str], log: list[tuple[Store, Any, Any, int]]) -> None:
        super().__init__(declared)
        self._stamp = stamp
        self._log = log
        self._plans: dict[Fields, Fields] = {}

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Doc]:
        return iter(list(self._each()))

    def __contains__(self, key: object) -> bool:
        return self.get(key) is not None

    def add(self, doc: Doc) -> Doc:
        """Insert a new document; raises ``KeyError`` when its id is taken."""
        key = doc[self.declared.key]
        if self.get(key) is not None:
            raise KeyError(f"{self.declared.name} already holds {key!r}")
        self._log.append((self, key, _ABSENT, self._seen))
        self._put(key, doc)
        return doc

    def update(self, key: Any, /, **changes: Any) -> Doc:
        """Replace the given fields of a document, move its ``updated_at`` and return the new document."""
        old = self._held(key)
        new = {**old, **changes}
        if "updated_at" in old and "updated_at" not in changes:
            new["updated_at"] = self._stamp()
        self._log.append((self, key, old, self._place(key)))
        self._swap(key, old, new)
        return new

    def put(self, doc: Doc) -> Doc:
        """Insert a document, or replace the whole of the one with its id."""
        key = doc[self.declared.key]
        old = self.get(key)
        if old is None:
            return self.add(doc)
        self._log.append((self, key, old, self._place(key)))
        self._swap(key, old, doc)
        return doc

    def remove(self, key: Any) -> Doc:
        """Delete a document and return what it was; raises ``KeyError`` when there is none."""
        old = self._held(key)
        self._log.append((self, key, old, self._place(key)))
        self._drop(key, old)
        return old

    def remove_where(self, **equals: Any) -> int:
        """Delete every document with those field values and return how many there were."""
        keys = [doc[self.declared.key] for doc in self.find(**equals)]
        for key in keys:
            self.remove(key)
        return len(keys)

    def find(self, **equals: Any) -> Iterator[Doc]:
        """Yield the documents with those field values, oldest first; through an index where one covers them."""
        return self._select(equals, newest=False)

    def newest(self, **equals: Any) -> Iterator[Doc]:
        """Yield the documents with those field values, newest first."""
        return self._select(equals, newest=True)

    def first(self, **equals: Any) -> Doc | None:
        """Return the oldest document with those field values, or None."""
        bucket, rest = self._bucket(equals)
        docs: Iterable[Any] = self._each() if bucket is None else map(self.get, bucket)
        return next((doc for doc in docs if has(doc, rest)), None)

    def page(self, offset: int, limit: int, /, **equals: Any) -> list[Doc]:
        """Return ``limit`` documents after ``offset``, newest first."""
        bucket, rest = self._bucket(equals)
        if rest:
            return list(part(self.newest(**equals), offset, limit))
        after = (self._size if bucket is None else len(bucket)) - offset - limit
        if offset <= after:
            docs = self._walk(newest=True) if bucket is None else map(self._held, reversed(bucket))
            return list(part(docs, offset, limit))
        docs = iter(self._each()) if bucket is None else map(self._held, bucket)  # the nearer end
        return list(islice(docs, max(after, 0), max(after + limit, 0)))[::-1]

    def count(self, **equals: Any) -> int:
        """Count the documents with those field values (free where one index covers them all)."""
        if not equals:
            return self._size
        bucket, rest = self._bucket(equals)
        if bucket is not None and not rest:
            return len(bucket)
        return sum(1 for _ in self._select(equals, newest=False))

    def sum(self, field: str, /, **equals: Any) -> int:
        """Return the total of a declared field over the documents of one index value; 0 when there are none."""
        names = tuple(equals)
        totals = self._totals.get((field, names))
        if totals is None:
            names = next(fields for name, fields in self._totals if name == field and set(fields) == set(equals))
            totals = self._totals[field, names]
        values = tuple([equals[one] for one in names])
        try:
            if values not in totals and self._base is not None:
                return self._base.totals[field, names].get(values, 0)
            return totals.get(values, 0)
        except TypeError:
            return 0

    # -- inside ------------------------------------------------------------------------------------------------

    def _held(self, key: Any) -> Doc:
        if (old := self.get(key)) is None:
            raise KeyError(key)
        return old

    def _bucket(self, equals: dict[str, Any]) -> tuple[Bucket | None, dict[str, Any]]:
        names = tuple(equals)
        best = self._plans.get(names)
        if best is None:
            fitting = (fields for fields in self._by if set(fields) <= set(names))
            best = self._plans[names] = max(fitting, key=len, default=())
        if not best:
            return None, equals
        values = tuple([equals[field] for field in best])
        try:
            bucket = self._by[best].get(values)
        except TypeError:  # a list or an object, which no indexed field holds
            return {}, {}
        if bucket is None:
            bucket = self._below(best, values)
        if not bucket:
            return {}, {}
        if self._late and (best, values) in self._late:
            self._late.discard((best, values))
            bucket = self._by[best][values] = in_order(bucket, self._place)
        if len(best) == len(names):
            return bucket, {}
        return bucket, {field: value for field, value in equals.items() if field not in best}

    def _copied(self, fields: Fields, values: Values) -> Bucket:
        """Return a bucket that may be changed, as it is shared with others so far."""
        return {} if self._base is None else to_change(self._below(fields, values))

    def _select(self, equals: dict[str, Any], *, newest: bool) -> Iterator[Doc]:
        bucket, rest = self._bucket(equals)
        if bucket is None:
            for doc in self._walk(newest):
                if has(doc, rest):
                    yield doc
            return
        new, over, under = self._new, self._over, self._under
        for key in reversed(bucket) if newest else list(bucket):
            held = new.get(key)
            if held is None:
                held = over[key] if key in over else under.get(key)
            if held is not None and has(held, rest):  # None: removed by the caller on the way
                yield held

    def _walk(self, newest: bool) -> Iterator[Doc]:
        """Return all documents, which the caller may change on the way; their dicts are never empty."""
        new, over, under = self._new, self._over, NO_DOCS if self._base is None else self._base.ordered()
        if newest:
            ours, theirs = map(new.get, reversed(new)), reversed(under.items())
        else:
            ours, theirs = map(new.get, list(new)), iter(under.items())
        below = (over.get(key, doc) for key, doc in theirs)
        return filter(None, chain(ours, below) if newest else chain(below, ours))

    def _put(self, key: Any, doc: Doc) -> None:
        self._seen += 1
        self._new[key] = doc
        self._order[key] = self._seen
        self._size += 1
        self._enter(key, doc)

    def _enter(self, key: Any, doc: Doc) -> None:
        for fields, index in self._by.items():
            values = tuple(map(doc.get, fields))
            bucket = index.get(values)
            if bucket is None:
                bucket = index[values] = self._copied(fields, values)
            bucket[key] = None
        if self._totals:
            self._count_in(doc, 1)

    def _count_in(self, doc: Doc, sign: int) -> None:
        for (field, fields), totals in self._totals.items():
            values = tuple(map(doc.get, fields))
            held = totals.get(values)
            if held is None:
                held = 0 if self._base is None else self._base.totals[field, fields].get(values, 0)
            totals[values] = held + sign * (doc.get(field) or 0)

    def _drop(self, key: Any, doc: Doc) -> None:
        if key in self._new:
            del self._new[key], self._order[key]
        else:
            self._over[key] = None
        self._size -= 1
        if self._totals:
            self._count_in(doc, -1)
        for fields, index in self._by.items():
            self._forget(index, fields, tuple(map(doc.get, fields)), key)

    def _swap(self, key: Any, old: Doc, new: Doc) -> None:
        if key in self._new:
            self._new[key] = new
        else:
            self._over[key] = new
        if self._totals:
            self._count_in(old, -1)
            self._count_in(new, 1)
        for fields, index in self._by.items():
            was, now = tuple(map(old.get, fields)), tuple(map(new.get, fields))
            if was != now:
                self._forget(index, fields, was, key)
                bucket = index.get(now)
                if bucket is None:
                    bucket = index[now] = self._copied(fields, now)
                bucket[key] = None
                if len(bucket) > 1:
                    self._late.add((fields, now))  # in order again when it is next read

    def _forget(self, index: dict[Values, Bucket], fields: Fields, values: Values, key: Any) -> None:
        bucket = index.get(values)
        if bucket is None:
            bucket = index[values] = self._copied(fields, values)
        del bucket[key]
        if not bucket and self._below(fields, values) is None:
            del index[values]  # an empty one stays where it stands for a shared one

    def undo(self, key: Any, old: Any, order: int) -> None:
        """Put back what a key held before (rollback only)."""
        current = self.get(key)
        if old is _ABSENT:
            if current is not None:
                self._drop(key, current)
            self._seen = order
        elif current is not None:
            self._swap(key, current, old)
        else:
            self._put_back(key, old, order)

    def _put_back(self, key: Any, old: Doc, order: int) -> None:
        """Undo a removal: the document stands where it stood."""
        self._size += 1
        if self._base is not None and self._base.order.get(key) == order:
            if self._under[key] is old:
                del self._over[key]
            else:
                self._over[key] = old
        else:
            self._order[key] = order
            self._new = dict(sorted({**self._new, key: old}.items(), key=lambda item: self._order[item[0]]))
        for fields, index in self._by.items():
            values = tuple(map(old.get, fields))
            if (bucket := index.get(values)) is None:
                bucket = self._copied(fields, values)
            if not (isinstance(bucket, Changed) and bucket.brings_back(key)):
                bucket[key] = None
                bucket = in_order(bucket, self._place)
            index[values] = bucket
        self._count_in(old, 1)

    def holds(self, docs: list[Doc]) -> bool:
        """Whether these are the documents, the same objects in the same order: no document is changed in place."""
        return len(docs) == self._size and all(map(is_, self._each(), docs))

    def place(self, key: Any) -> int:
        """Return the place of a document in the order of the collection; it stays while the document does."""
        return self._place(key)

    def load_placed(self, docs: Iterable[tuple[int, Doc]]) -> None:
        """Replace all documents by others, each in the place that it once had, in that order."""
        self.let_go()
        for place, doc in docs:
            self._seen = place - 1
            self._put(doc[self.declared.key], doc)

    def place_at(self, key: Any, place: int, doc: Doc | None) -> None:
        """Hold a document in a place that it has elsewhere, after all others or where it was; None: no more.

        Nothing undoes it.
        """
        old = self.get(key)
        if old is not None and (doc is None or self._place(key) != place):
            self._drop(key, old)
            old = None
        if doc is None:
            return
        if old is not None:
            self._swap(key, old, doc)
            return
        last = self._order[next(reversed(self._new))] if self._new else self._base.seen if self._base else 0
        if place < last:
            self._put_back(key, doc, place)
            return
        self._seen = max(self._seen, place)
        self._new[key] = doc
        self._order[key] = place
        self._size += 1
        self._enter(key, doc)

    def load(self, docs: Iterable[Doc]) -> None:
        """Replace all documents (seeding, restore)."""
        held = list(docs)
        self.let_go()
        for doc in held:
            self._put(doc[self.declared.key], doc)
