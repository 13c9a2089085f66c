"""Does to the living worlds what another server did to its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from specdouble.mock.backends.changes import ABOUT, SERVER, Change, Clear, Copy, End, Put, Row, Tell
from specdouble.mock.backends.finding import Placed, read_about, read_rules, start_of
from specdouble.mock.backends.shelves import RULES, STAMP, STREAMS, WHAT, Kept, stream_change
from specdouble.mock.backends.texts import doc_of, value_of
from specdouble.mock.state.events import Ending
from specdouble.mock.state.world import World

if TYPE_CHECKING:
    from specdouble.mock.backends.keeper import Keeper


def apply(keeper: Keeper, changes: Sequence[Change]) -> None:
    """Do changes that others committed, in their order.

    Raises:
        LookupError: they do not fit what is here, so that all has to be read anew.

    """
    _Applying(keeper).all(changes)


class _Applying:
    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._worlds = {world.name: world for world in keeper.worlds.alive()}
        self._new: dict[int, list[Row]] = {}  # documents on shelves of which nothing is known yet
        self._copied: dict[int, int] = {}  # from which shelf each new one began
        self._changed: set[str] = set()

    def all(self, changes: Sequence[Change]) -> None:
        told: list[Tell] = []
        with ExitStack() as locks:
            for world in self._worlds.values():
                locks.enter_context(world.lock)
            for change in changes:
                if isinstance(change, Tell):
                    told.append(change)
                else:
                    self._do(change)
            for name in self._changed & self._worlds.keys():
                self._worlds[name].state.commit()
                self._worlds[name].reschedule()
            for one in told:
                self._tell(one)
        if self._new or self._copied:
            raise LookupError("documents of nothing that is known")

    def _do(self, change: Change) -> None:
        if isinstance(change, Put):
            shelves: dict[int, list[Row]] = {}
            for row in change.rows:
                shelves.setdefault(row.shelf, []).append(row)
            for number, rows in shelves.items():
                self._put(number, rows)
        elif isinstance(change, Clear):
            world = self._world(change.shelf)
            if world is not None:
                for name in world.state.names():
                    if name not in change.keeps:
                        world.state[name].let_go()
                self._changed.add(world.name)
        elif isinstance(change, Copy):
            self._begin(change)
        elif isinstance(change, End):
            self._end(change.shelf)

    def _end(self, number: int) -> None:
        world = self._world(number)
        if world is None:
            self._keeper.shelves.forget(number)
            return
        self._keeper.shelves.drop(world.name)
        self._keeper.worlds.forget(world.name)
        del self._worlds[world.name]

    def _world(self, number: int) -> World | None:
        name = self._keeper.shelves.names.get(number)
        return None if name is None else self._worlds[name]

    def _begin(self, change: Copy) -> None:
        world, start = self._world(change.target), self._keeper.shelves.start(change.source)
        if start is None:
            raise LookupError(f"nothing lies on shelf {change.source}")
        if world is None:
            self._keeper.shelves.seen(change.target)
            self._copied[change.target] = change.source
            return
        world.begun(start, keep_sign_ins=bool(change.without))

    def _put(self, number: int, rows: list[Row]) -> None:
        world = self._world(number)
        if number == SERVER:
            self._server(rows)
        elif world is not None:
            self._into(world, number, rows)
        else:
            self._keeper.shelves.seen(number)
            held = self._new.setdefault(number, [])
            held += rows
            said = next((row.text for row in held if row.collection == ABOUT and row.key == WHAT), None)
            if said is not None:
                self._found(number, value_of(said), self._new.pop(number))

    def _server(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if row.collection == STREAMS:
                self._keeper.streams.heard(stream_change(row))
                continue
            about = value_of(row.text or "{}")
            self._keeper.starts, self._keeper.secrets = about["starts"], about["secrets"]

    def _found(self, number: int, about: dict[str, Any], rows: list[Row]) -> None:
        """Learn what a new shelf is: a world, or what worlds begin from."""
        keeper = self._keeper
        if "name" in about:
            made = keeper.worlds.revive(about["name"], about["fork"], about["ends_after"])
            keeper.know(made)
            start = keeper.shelves.start(self._copied.pop(number))
            if start is None:
                raise LookupError(f"nothing lies on shelf {about['start']}")
            made.begun(start)
            self._worlds[made.name] = made
            keeper.shelves.add(made.name, Kept(number, about["start"]))
            self._into(made, number, rows)
            return
        docs: dict[str, Placed] = {}
        for row in sorted((row for row in rows if row.collection != ABOUT), key=lambda row: row.place):
            docs.setdefault(row.collection, []).append((row.place, row.text or ""))
        root = keeper.shelves.start(about["root"]) if about["root"] else None
        keeper.shelves.began(start_of(keeper.worlds.main, about, docs.items(), root), number)

    def _into(self, world: World, number: int, rows: Iterable[Row]) -> None:
        kept = self._keeper.shelves.worlds[world.name]
        self._changed.add(world.name)
        for row in sorted(rows, key=lambda row: row.place):
            if row.collection != ABOUT:
                store = world.state[row.collection]
                doc = None if row.text is None else doc_of(row.text, store.declared)
                store.place_at(value_of(row.key), row.place, doc)
            elif row.key == RULES:
                read_rules(world, kept, value_of(row.text or "[]"))
            elif row.key == STAMP:
                world.clock.last = kept.stamp = value_of(row.text or "0")
            else:
                read_about(world, kept, value_of(row.text or "{}"))

    def _tell(self, told: Tell) -> None:
        world = self._world(told.shelf)
        if world is None:
            return
        world.publish(Ending(one[0], one[1]) if not isinstance(one, dict) else one for one in told.messages)
