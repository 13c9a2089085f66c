"""Ways to spoil what an operation keeps and does: collections, rules shared by rooms, events.

What stands in a module is changed for the time of one request, under the world's lock, and put back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from specdouble.mock.pipeline.call import Call
from specdouble.mock.state.collections import Doc, Store
from tests.planted.fault import Maker
from tests.planted.responses import Handler, around


def store(collection: str, **methods: Any) -> Maker:
    """Replace methods of a collection while the operation runs; each gets the store and what it was called with."""
    kind = type("Spoilt", (Store,), {"__slots__": (), **methods})

    def act(call: Call, inner: Handler) -> Any:
        held = call.state[collection]
        was, held.__class__ = held.__class__, kind
        try:
            return inner(call)
        finally:
            held.__class__ = was

    return around(act)


def _merged(self: Store, key: Any, /, **changes: Any) -> Doc:
    return {**(Store.get(self, key) or {}), **changes}


def keeps(collection: str) -> Maker:
    """Answer as if a document had been removed, and keep it."""
    return store(collection, remove=lambda self, key: Store.get(self, key), remove_where=lambda self, **equals: 1)


def loses(collection: str) -> Maker:
    """Answer as if something had been written, and write nothing."""
    return store(collection, add=lambda self, doc: doc, put=lambda self, doc: doc, update=_merged)


def stores(collection: str, **fields: Any) -> Maker:
    """Store other values than those that are answered; a callable gets the value that should have been stored."""

    def spoilt(doc: Doc) -> Doc:
        changed = {
            name: (value(doc[name]) if callable(value) else value) for name, value in fields.items() if name in doc
        }
        return {**doc, **changed}

    def add(self: Store, doc: Doc) -> Doc:
        Store.add(self, spoilt(doc))
        return doc

    def put(self: Store, doc: Doc) -> Doc:
        write = Store.put if doc[self.declared.key] in self else Store.add
        write(self, spoilt(doc))
        return doc

    def update(self: Store, key: Any, /, **changes: Any) -> Doc:
        Store.update(self, key, **spoilt(changes))
        return {**(Store.get(self, key) or {}), **changes}

    return store(collection, add=add, put=put, update=update)


def resets(collection: str, **fields: Any) -> Maker:
    """Let every update of a document reset other fields of it too."""

    def update(self: Store, key: Any, /, **changes: Any) -> Doc:
        return Store.update(self, key, **{**fields, **changes})

    return store(collection, update=update)


def still(collection: str, name: str = "updated_at") -> Maker:
    """Let a time stand still when a document changes."""

    def update(self: Store, key: Any, /, **changes: Any) -> Doc:
        held = (Store.get(self, key) or {}).get(name)
        return Store.update(self, key, **{**changes, name: held})

    return store(collection, update=update)


@contextmanager
def swapped(*swaps: tuple[Any, str, Callable[..., Any]]) -> Iterator[None]:
    """Replace functions of modules or objects; each replacement gets the original first."""
    with ExitStack() as stack:
        for owner, name, function in swaps:
            original = getattr(owner, name)
            stack.enter_context(patch.object(owner, name, _bound(function, original)))
        yield


def _bound(function: Callable[..., Any], original: Any) -> Callable[..., Any]:
    return lambda *args, **named: function(original, *args, **named)


def swap(owner: Any, name: str, function: Callable[..., Any]) -> Maker:
    """Replace a function of a module while the operation runs; the replacement gets the original first."""

    def act(call: Call, inner: Handler) -> Any:
        with swapped((owner, name, function)):
            return inner(call)

    return around(act)


def value(owner: Any, name: str, other: Any) -> Maker:
    """Replace a value of a module while the operation runs."""

    def act(call: Call, inner: Handler) -> Any:
        with patch.object(owner, name, other):
            return inner(call)

    return around(act)


def skips(owner: Any, name: str, result: Any = None) -> Maker:
    """Leave out a step of the operation."""
    return swap(owner, name, lambda _inner, *_args, **_named: result)


def silent(kind: str | None = None) -> Maker:
    """Publish no events of a kind (default: none at all)."""

    def emit(inner: Any, user_id: str, what: str, payload: Any) -> Any:
        return 0 if kind in (None, what) else inner(user_id, what, payload)

    def act(call: Call, inner: Handler) -> Any:
        with swapped((call.world, "emit", emit)):
            return inner(call)

    return around(act)


def repeats(once: Callable[[Call], Any]) -> Maker:
    """Run the handler a second time when a condition on the call holds."""

    def act(call: Call, inner: Handler) -> Any:
        if once(call):
            inner(call)
        return inner(call)

    return around(act)


def parsed(call: Call) -> Any:
    """The body as it was sent."""
    return json.loads(call.raw) if call.raw else None
