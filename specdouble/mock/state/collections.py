"""The collections of a world, and the transaction around one request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from specdouble.errors import SpecdoubleError
from specdouble.mock.state.stores.base import Doc, part
from specdouble.mock.state.stores.declared import Collection, Index
from specdouble.mock.state.stores.store import Store

__all__ = ["OWN_COLLECTIONS", "Collection", "Doc", "Index", "Snapshot", "State", "StateError", "Store", "part"]


class StateError(SpecdoubleError):
    """Collections that cannot stand side by side."""


Snapshot = dict[str, list[Doc]]
OWN_COLLECTIONS = (
    Collection("counters", key="name", own=True, fields={"name": (str,), "value": (int,)}),
    Collection(
        "timers", own=True, fields={"id": (int,), "at": (int, float), "name": (str,), "payload": (dict,)},
    ),
    Collection(
        "events", by=("user_id",), own=True,
        fields={"id": (int,), "user_id": (str,), "type": (str,), "payload": (dict,), "ts": (str,)},
    ),
    Collection("outbox", by=("to",), own=True, fields={"id": (int,), "to": (str,)}, most=1_000),
)  # fmt: skip


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

    def __len__(self) -> int:
        """Count all documents."""
        return sum(map(len, self._stores.values()))

    def __bool__(self) -> bool:
        return True

    def names(self) -> list[str]:
        """Return the names of all collections."""
        return list(self._stores)

    def commit(self) -> None:
        """Keep everything written since the last commit or rollback."""
        self._log.clear()

    def written(self) -> Iterator[tuple[Store, Any]]:
        """Yield the store and the id of each document that was written since the last commit, once."""
        seen = set()
        for store, key, _, _ in self._log:
            if (store.declared.name, key) not in seen:
                seen.add((store.declared.name, key))
                yield store, key

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

    def take(self, source: State, *, keep_sign_ins: bool = False) -> None:
        """Hold what another state holds, shared until either changes it: costs the same whatever its size.

        What people are signed in by may stay as it is.
        """
        for name, store in self._stores.items():
            if not (keep_sign_ins and store.declared.sign_ins):
                store.take(source[name])
        self._log.clear()

    def adopt(self, source: State, names: Iterable[str]) -> None:
        """Hold the documents of some collections as another state holds them, shared until either changes them."""
        for name in names:
            self._stores[name].take(source[name])
        self._log.clear()

    def take_sign_ins(self, source: State) -> None:
        """Hold what people are signed in by as another state holds it."""
        for name, store in self._stores.items():
            if store.declared.sign_ins:
                store.take(source[name])

    def fork(self, stamp: Callable[[], str]) -> State:
        """Return another state that holds the same."""
        made = State((store.declared for store in self._stores.values()), stamp)
        made.take(self)
        return made

    def let_go(self) -> None:
        """Hold nothing any more."""
        for store in self._stores.values():
            store.let_go()
        self._log.clear()

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
