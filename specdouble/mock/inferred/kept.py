"""What handlers of a pack do with items that inferred handlers keep too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specdouble.mock.inferred.act import Act
from specdouble.mock.inferred.api import Kind
from specdouble.mock.inferred.items.store import Items
from specdouble.mock.inferred.pointing import read
from specdouble.mock.inferred.responses.success import respond
from specdouble.mock.pipeline.call import Call, Response
from specdouble.mock.state.collections import Doc
from specdouble.mock.state.world import World
from specdouble.openapi.values.make import MISSING

Within = dict[str, str]


class Kept:
    """The items of one resource, inside of what they belong to: values as the API knows them, each under its key."""

    def __init__(self, items: Items, kind: Kind, within: Within) -> None:
        self._items = items
        self._kind = kind
        self._within = within

    def __iter__(self) -> Iterator[Doc]:
        """Yield the items, oldest first."""
        return iter([one["value"] for one in self._items.all(self._kind, self._within)])

    def __contains__(self, key: object) -> bool:
        """Tell whether there is an item of that key."""
        return self.find(key) is not None

    def find(self, key: Any) -> Doc | None:
        """Return an item, None where there is none."""
        record = self._items.find(self._kind, key, self._within)
        return None if record is None else record["value"]

    def get(self, key: Any) -> Doc:
        """Return an item; raises a 404 ``Problem`` where there is none."""
        value: Doc = self._items.get(self._kind, key, self._within)["value"]
        return value

    def where(self, **members: Any) -> list[Doc]:
        """Return the items whose members have those values."""
        return [one for one in self if all(one.get(name) == value for name, value in members.items())]

    def add(self, value: Doc, key: Any = MISSING) -> Doc:
        """Keep a new item; its key is a member of it, where the resource has one."""
        if key is MISSING:
            key = read(value, self._kind.field) if self._kind.field else MISSING
        if key is MISSING:
            key = self._items.world.serial(f"{self._kind.store}#key")
        made: Doc = self._items.add(self._kind, value, key, self._within)["value"]
        return made

    def change(self, key: Any, /, **members: Any) -> Doc:
        """Give members of an item other values, and return it as it is now; a 404 ``Problem`` where there is none."""
        record = self._items.get(self._kind, key, self._within)
        made: Doc = self._items.change(self._kind, record, {**record["value"], **members})["value"]
        return made

    def put(self, value: Doc) -> Doc:
        """Keep an item as a whole, in the place of the one that has its key, if there is one."""
        key = read(value, self._kind.field) if self._kind.field else MISSING
        record = None if key is MISSING else self._items.find(self._kind, key, self._within)
        if record is None:
            return self.add(value)
        made: Doc = self._items.change(self._kind, record, value)["value"]
        return made

    def remove(self, key: Any, /, **members: Any) -> None:
        """Delete an item with what belongs to it; a 404 ``Problem`` where there is none.

        `members` say which one is meant, where several have the same key.
        """
        record = self._items.get(self._kind, key, self._within)
        for one in self._items.all(self._kind, self._within) if members else ():
            if one["key"] == record["key"] and all(one["value"].get(name) == value for name, value in members.items()):
                record = one
        self._items.remove(self._kind, record)

    def clear(self) -> None:
        """Delete all."""
        for one in self._items.all(self._kind, self._within):
            self._items.remove(self._kind, one)


def kept(source: Call | World, resource: str, /, **within: str) -> Kept:
    """Return the items of a resource of the document; `within` names what they belong to, each by its key.

    Raises:
        LookupError: the resource model has no such resource.

    """
    world = source.world if isinstance(source, Call) else source
    for items in _all(world):
        if resource in items.api.kinds and (not isinstance(source, Call) or source.op.key in items.api.operations):
            return Kept(items, items.api.kinds[resource], within)
    known = sorted({name for items in _all(world) for name in items.api.kinds})
    raise LookupError(f"no document has a resource {resource!r}; there are {', '.join(known)}")


def shaped(call: Call, value: Any, **headers: str) -> Response:
    """Return a response of the operation's declared success, in which a value is made to fit its schema."""
    for items in _all(call.world):
        api = items.api
        if call.op.key in api.operations:
            act = Act(api, call, call.op.spec, api.meanings[call.op.key])
            return respond(act, value, wanted=(call.op.status,), headers=tuple(headers.items()))
    return Response(value)


def _all(world: World) -> list[Items]:
    return [one for one in world.remember.values() if isinstance(one, Items)]
