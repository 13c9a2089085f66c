"""Collections of plain documents, with indexes, transactions and snapshots.

A document is a ``dict`` and is never changed in place: ``update`` puts a new dict in its stead. So a snapshot
copies references only, a rollback replays an undo log, and a handler may hold what it has read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from operator import is_
from typing import Any

from specdouble.errors import SpecdoubleError

Doc = dict[str, Any]
Index = str | tuple[str, ...]
_ABSENT: Any = object()


class StateError(SpecdoubleError):
    """Collections that cannot stand side by side."""


def _has(doc: Doc, values: Doc) -> bool:
    return all(doc.get(field) == value for field, value in values.items())


@dataclass(frozen=True, slots=True)
class Collection:
    """Declares a collection: its name, the field that holds a document's id, and the indexed fields.

    An index over several fields is a tuple; ``find`` uses the index whose fields it is given. ``sums`` names numeric
    fields whose totals are kept per index value, so that a balance or a mean costs nothing to read. ``since`` is the
    field that says when a document came: seed data are added in its order.
    """

    name: str
    key: str = "id"
    by: tuple[Index, ...] = ()
    sums: tuple[str, ...] = ()
    since: str = "created_at"


class Store:
    """The living documents of one collection, in order of insertion.

    Reading by id or through an index costs the same at any size; a page costs the page.
    """

    __slots__ = ("_by", "_docs", "_late", "_log", "_order", "_plans", "_seen", "_stamp", "_totals", "declared")

    def __init__(self, declared: Collection, stamp: Callable[[], str], log: list[tuple[Store, Any, Any, int]]) -> None:
        self.declared = declared
        self._stamp = stamp
        self._log = log
        self._docs: dict[Any, Doc] = {}
        self._order: dict[Any, int] = {}
        self._seen = 0
        self._by: dict[tuple[str, ...], dict[tuple[Any, ...], dict[Any, None]]] = {
            (index,) if isinstance(index, str) else index: {} for index in declared.by
        }
        self._totals: dict[tuple[str, tuple[str, ...]], dict[tuple[Any, ...], int]] = {
            (field, fields): {} for field in declared.sums for fields in self._by
        }
        self._plans: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._late: set[tuple[tuple[str, ...], tuple[Any, ...]]] = set()

    def __len__(self) -> int:
        return len(self._docs)

    def __iter__(self) -> Iterator[Doc]:
        return iter(list(self._docs.values()))

    def __contains__(self, key: object) -> bool:
        return key in self._docs

    def get(self, key: Any) -> Doc | None:
        """Return the document with that id, or None."""
        return self._docs.get(key)

    def add(self, doc: Doc) -> Doc:
        """Insert a new document; raises ``KeyError`` when its id is taken."""
        key = doc[self.declared.key]
        if key in self._docs:
            raise KeyError(f"{self.declared.name} already holds {key!r}")
        self._log.append((self, key, _ABSENT, 0))
        self._put(key, doc, None)
        return doc

    def update(self, key: Any, /, **changes: Any) -> Doc:
        """Replace the given fields of a document, move its ``updated_at`` and return the new document."""
        old = self._docs[key]
        new = {**old, **changes}
        if "updated_at" in old and "updated_at" not in changes:
            new["updated_at"] = self._stamp()
        self._log.append((self, key, old, self._order[key]))
        self._swap(key, old, new)
        return new

    def put(self, doc: Doc) -> Doc:
        """Insert a document, or replace the whole of the one with its id."""
        key = doc[self.declared.key]
        old = self._docs.get(key)
        if old is None:
            return self.add(doc)
        self._log.append((self, key, old, self._order[key]))
        self._swap(key, old, doc)
        return doc

    def remove(self, key: Any) -> Doc:
        """Delete a document and return what it was; raises ``KeyError`` when there is none."""
        old = self._docs[key]
        self._log.append((self, key, old, self._order[key]))
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
        keys: Iterable[Any] = self._docs if bucket is None else bucket
        return next((doc for doc in map(self._docs.__getitem__, keys) if _has(doc, rest)), None)

    def page(self, offset: int, limit: int, /, **equals: Any) -> list[Doc]:
        """Return ``limit`` documents after ``offset``, newest first."""
        bucket, rest = self._bucket(equals)
        if rest:
            return list(islice(self.newest(**equals), offset, offset + limit))
        keys = self._docs if bucket is None else bucket
        after = len(keys) - offset - limit
        if offset <= after:
            return [self._docs[key] for key in islice(reversed(keys), offset, offset + limit)]
        found = [self._docs[key] for key in islice(keys, max(after, 0), max(after + limit, 0))]  # the nearer end
        return found[::-1]

    def count(self, **equals: Any) -> int:
        """Count the documents with those field values (free where one index covers them all)."""
        if not equals:
            return len(self._docs)
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
        return totals.get(tuple([equals[one] for one in names]), 0)

    # -- inside ------------------------------------------------------------------------------------------------

    def _bucket(self, equals: dict[str, Any]) -> tuple[dict[Any, None] | None, dict[str, Any]]:
        names = tuple(equals)
        best = self._plans.get(names)
        if best is None:
            fitting = (fields for fields in self._by if set(fields) <= set(names))
            best = self._plans[names] = max(fitting, key=len, default=())
        if not best:
            return None, equals
        values = tuple([equals[field] for field in best])
        bucket = self._by[best].get(values)
        if bucket is None:
            return {}, {}
        if self._late and (best, values) in self._late:
            self._late.discard((best, values))
            self._sort(bucket)
        if len(best) == len(names):
            return bucket, {}
        return bucket, {field: value for field, value in equals.items() if field not in best}

    def _select(self, equals: dict[str, Any], *, newest: bool) -> Iterator[Doc]:
        bucket, rest = self._bucket(equals)
        keys: dict[Any, Any] = self._docs if bucket is None else bucket
        docs = self._docs
        for key in reversed(keys) if newest else list(keys):
            doc = docs.get(key)  # None: removed by the caller on the way
            if doc is not None and _has(doc, rest):
                yield doc

    def _put(self, key: Any, doc: Doc, order: int | None) -> None:
        if order is None:
            self._seen += 1
            order = self._seen
        self._docs[key] = doc
        self._order[key] = order
        for fields, index in self._by.items():
            index.setdefault(tuple(map(doc.get, fields)), {})[key] = None
        self._count_in(doc, 1)

    def _count_in(self, doc: Doc, sign: int) -> None:
        for (field, fields), totals in self._totals.items():
            values = tuple(map(doc.get, fields))
            totals[values] = totals.get(values, 0) + sign * (doc.get(field) or 0)

    def _drop(self, key: Any, doc: Doc) -> None:
        del self._docs[key], self._order[key]
        self._count_in(doc, -1)
        for fields, index in self._by.items():
            self._forget(index, tuple(map(doc.get, fields)), key)

    def _swap(self, key: Any, old: Doc, new: Doc) -> None:
        self._docs[key] = new
        if self._totals:
            self._count_in(old, -1)
            self._count_in(new, 1)
        for fields, index in self._by.items():
            was, now = tuple(map(old.get, fields)), tuple(map(new.get, fields))
            if was != now:
                self._forget(index, was, key)
                bucket = index.setdefault(now, {})
                bucket[key] = None
                if len(bucket) > 1:
                    self._late.add((fields, now))  # in order again when it is next read

    @staticmethod
    def _forget(index: dict[tuple[Any, ...], dict[Any, None]], values: tuple[Any, ...], key: Any) -> None:
        bucket = index[values]
        del bucket[key]
        if not bucket:
            del index[values]

    def _sort(self, bucket: dict[Any, Any]) -> None:
        """Bring a bucket back into order of insertion after documents have come into it late."""
        items = sorted(bucket.items(), key=lambda item: self._order[item[0]])
        bucket.clear()
        bucket.update(items)

    def undo(self, key: Any, old: Any, order: int) -> None:
        """Put back what a key held before (rollback only)."""
        current = self._docs.get(key)
        if old is _ABSENT:
            if current is not None:
                self._drop(key, current)
        elif current is not None:
            self._swap(key, current, old)
        else:
            self._put(key, old, order)
            self._sort(self._docs)
            for fields, index in self._by.items():
                self._sort(index[tuple(map(old.get, fields))])

    def holds(self, docs: list[Doc]) -> bool:
        """Whether these are the documents, the same objects in the same order: no document is changed in place."""
        return len(docs) == len(self._docs) and all(map(is_, self._docs.values(), docs))

    def load(self, docs: Iterable[Doc]) -> None:
        """Replace all documents (seeding, restore)."""
        self._docs, self._order, self._seen = {}, {}, 0
        self._late.clear()
        for index in self._by.values():
            index.clear()
        for totals in self._totals.values():
            totals.clear()
        for doc in docs:
            self._put(doc[self.declared.key], doc, None)


Snapshot = dict[str, list[Doc]]


class State:
    """Every collection of a world, and the transaction around one request."""

    __slots__ = ("_log", "_stores")

    def __init__(self, collections: Iterable[Collection], stamp: Callable[[], str]) -> None:
        self._log: list[tuple[Store, Any, Any, int]] = []
        self._stores: dict[str, Store] = {}
        for declared in collections:
            if declared.name in self._stores:
                raise StateError(
                    f"the collection {declared.name!r} is declared twice", next_step="Give one another name"
                )
            self._stores[declared.name] = Store(declared, stamp, self._log)

    def __getitem__(self, name: str) -> Store:
        return self._stores[name]

    def __contains__(self, name: object) -> bool:
        return name in self._stores

    def names(self) -> list[str]:
        """Return the names of all collections."""
        return list(self._stores)

    def commit(self) -> None:
        """Keep everything written since the last commit or rollback."""
        self._log.clear()

    def mark(self) -> int:
        """Return the present place in the transaction, to which ``rollback`` can go back."""
        return len(self._log)

    def rollback(self, to: int = 0) -> None:
        """Undo everything written since the last commit, or since a mark: a refused request changes nothing."""
        while len(self._log) > to:
            store, key, old, order = self._log.pop()
            store.undo(key, old, order)

    @property
    def dirty(self) -> bool:
        """Whether anything was written since the last commit or rollback."""
        return bool(self._log)

    def snapshot(self) -> Snapshot:
        """Return all documents by collection; the documents are shared, not copied."""
        return {name: list(store) for name, store in self._stores.items()}

    def restore(self, snapshot: Snapshot) -> None:
        """Replace all documents by those of a snapshot; collections it does not name become empty.

        Only what differs is written anew, so that a test that changed little is soon undone.
        """
        for name, store in self._stores.items():
            docs = snapshot.get(name, [])
            if not store.holds(docs):
                store.load(docs)
        self._log.clear()
