"""Tells a backend of every change of the living worlds, and brings them back from it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from specdouble.mock.backends.changes import (
    ABOUT,
    SERVER,
    Backend,
    Change,
    Clear,
    Copy,
    Put,
    Row,
    StateFileError,
)
from specdouble.mock.backends.texts import text_of, value_of
from specdouble.mock.backends.writer import Writer
from specdouble.mock.state.clock import Ids
from specdouble.mock.state.collections import State
from specdouble.mock.state.world import KEEPER, MAIN, Start, World
from specdouble.mock.state.worlds import Worlds
from specdouble.mock.telemetry.counting import Histogram

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
Placed = list[tuple[int, str]]  # the documents of a collection, each with its place
Shelf = dict[str, Placed]


@dataclass(slots=True)
class _Kept:
    """What is known of a living world: its shelf, that of what it began from, and the clock as it was last kept."""

    shelf: int
    start: int
    offset: float
    replaced: bool = False


class Keeper:
    """Keeps the worlds of a server in a backend.

    `identity` says whose state it is: a state of another API is not opened.
    """

    def __init__(self, backend: Backend, where: str, identity: dict[str, Any]) -> None:
        """Read what there is.

        Raises:
            StateFileError: it cannot be read, or is the state of another API.

        """
        self._where = where
        self._identity = identity
        self._lock = threading.RLock()
        self._kept: dict[str, _Kept] = {}
        self._starts: dict[int, tuple[Start, int]] = {}  # by the id of the object, which is held here
        self._worlds: Worlds | None = None
        self._found = self._read(backend)
        about = self._about(SERVER)
        self._check(about.get("identity"))
        self._next = max(self._found, default=SERVER) + 1
        self.starts_before: int = about.get("starts", 0)  # how often a server began with this state
        self._secrets: dict[str, str] = about.get("secrets", {})
        self._writer = Writer(backend)

    # -- beginning and ending ----------------------------------------------------------------------------------

    def attach(self, worlds: Worlds, begin: Callable[[], Start]) -> None:
        """Bring back the worlds that are kept, and keep those of a server from now on.

        `begin` gives what main begins from, where nothing is kept.

        Raises:
            StateFileError: what is kept cannot be read.

        """
        self._worlds = worlds
        main = worlds.main
        held = {about["name"]: number for number in self._found if "name" in (about := self._about(number))}
        try:
            if MAIN in held:
                for name in (MAIN, *(one for one in held if one != MAIN)):
                    self._bring_back(worlds, name, held[name])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._damaged(error) from None
        self._found = {}
        main.lasting = main.shared[KEEPER] = self
        self._put_about()
        if not held:
            main.begin(begin())
        for world in worlds.alive():
            world.lasting = self
            seed = main.options.seed
            if seed is not None and self.starts_before:  # or the ids of before would come again
                world.ids = Ids(f"{seed}/{world.name}/{self.starts_before}")

    def close(self) -> None:
        """Write what waits, and let go of the state.

        Raises:
            StateFileError: it cannot be written.

        """
        self._writer.close()

    # -- waiting -----------------------------------------------------------------------------------------------

    @property
    def number(self) -> int:
        """How many transactions there were."""
        return self._writer.number

    @property
    def lost(self) -> str:
        """What keeps it from being written at present, "" while nothing does."""
        return self._writer.lost

    @property
    def commits(self) -> Histogram:
        """How many commits there were, and how long each took; of those that failed there are `failures`."""
        return self._writer.commits

    @property
    def failures(self) -> int:
        """How many commits failed."""
        return self._writer.failures

    def pending(self, before: int, method: str) -> Future[None] | None:
        """Return what the response to a request has to wait for, None for nothing; `before` is the `number` of then.

        Who only reads waits for nobody. Any other response may rest on what others wrote, as a refusal does of what
        there is already, and so it waits until all of that is durable.
        """
        if method in SAFE and self._writer.number == before:
            return None
        return self._writer.pending()

    def wait(self, before: int, method: str) -> None:
        """Wait for the same in this thread.

        Raises:
            StateFileError: it cannot be kept.

        """
        waiting = self.pending(before, method)
        if waiting is not None:
            waiting.result()

    # -- what worlds tell --------------------------------------------------------------------------------------

    def commit(self, world: World) -> None:
        """Keep what a world wrote since it was last committed."""
        kept = self._kept[world.name]
        moved = world.clock.offset != kept.offset
        if not (moved or kept.replaced or world.state.dirty):
            return
        changes: list[Change] = []
        if kept.replaced:
            changes += [Clear(kept.shelf), Put([*_all(kept.shelf, world.state), self._world_row(world, kept)])]
        else:
            rows = [_row(kept.shelf, store, key) for store, key in world.state.written()]
            changes.append(Put([*rows, self._world_row(world, kept)] if moved else rows))
        kept.replaced, kept.offset = False, world.clock.offset
        self._writer.put(changes)

    def replaced(self, world: World) -> None:
        """Note that all documents of a world were replaced."""
        self._kept[world.name].replaced = True

    def begun(self, world: World, keep_sign_ins: bool) -> None:
        """Keep that a world began anew."""
        with self._lock:
            kept = self._kept.get(world.name)
            if kept is None:
                kept = self._kept[world.name] = _Kept(self._number(), 0, 0.0)
            stay = tuple(
                name for name in world.state.names() if world.state[name].declared.sign_ins
            ) if keep_sign_ins else ()  # fmt: skip
            kept.start, changes = self._start(world.start)
            changes += [Clear(kept.shelf, stay), Copy(kept.start, kept.shelf, (ABOUT, *stay))]
            kept.offset, kept.replaced = world.clock.offset, False
            changes += [Put([self._world_row(world, kept)]), *self._unused()]
            self._writer.put(changes)

    def enter(self, world: World) -> None:
        """Keep a world that is alive from now on."""
        self.begun(world, keep_sign_ins=False)

    def end(self, world: World) -> None:
        """Forget a world that has ended."""
        with self._lock:
            kept = self._kept.pop(world.name)
            self._writer.put([Clear(kept.shelf), *self._unused()])

    def secret(self, name: str, make: Callable[[], str]) -> str:
        """Return a text of that name, which is made when it is first asked for and then stays."""
        with self._lock:
            if name not in self._secrets:
                self._secrets[name] = make()
                self._put_about()
            return self._secrets[name]

    # -- inside ------------------------------------------------------------------------------------------------

    def _number(self) -> int:
        self._next += 1
        return self._next - 1

    def _start(self, start: Start) -> tuple[int, list[Change]]:
        """Return the shelf of what worlds begin from, and how it comes there if it is new."""
        held = self._starts.get(id(start))
        if held is not None:
            return held[1], []
        root, changes = self._start(start.root) if start.root is not None else (0, [])
        number = self._number()
        self._starts[id(start)] = (start, number)
        about = {"start": start.seed_data, "kept_at": start.kept_at, "offset": start.offset,
                 "timeless": start.timeless, "root": root}  # fmt: skip
        return number, [*changes, Put([*_all(number, start.state), _about_row(number, about)])]

    def _unused(self) -> Iterator[Change]:
        """Let go of what no living world began from any more."""
        used = {one.start for one in self._kept.values()}
        used |= {self._starts[id(start.root)][1] for start, number in self._starts.values()
                 if number in used and start.root is not None}  # fmt: skip
        for key, (_, number) in list(self._starts.items()):
            if number not in used:
                del self._starts[key]
                yield Clear(number)

    def _world_row(self, world: World, kept: _Kept) -> Row:
        assert self._worlds is not None  # noqa: S101 - a world tells nothing before it is attached
        about = {
            "name": world.name,
            "start": kept.start,
            "offset": world.clock.offset,
            "mark": world.mark,
            "honours": sorted(world.honours),
            "made_at": world.made_at,
            "fork": self._worlds.parent(world),
            "ends_after": self._worlds.ends_after(world),
        }
        return _about_row(kept.shelf, about)

    def _put_about(self) -> None:
        about = {"identity": self._identity, "starts": self.starts_before + 1, "secrets": self._secrets}
        self._writer.put([Put([_about_row(SERVER, about)])])

    # -- reading -----------------------------------------------------------------------------------------------

    def _read(self, backend: Backend) -> dict[int, Shelf]:
        found: dict[int, Shelf] = {}
        for (number, name), rows in groupby(backend.rows(), attrgetter("shelf", "collection")):
            found.setdefault(number, {})[name] = [(row.place, row.text or "") for row in rows]
        return found

    def _about(self, number: int) -> dict[str, Any]:
        held = self._found.get(number, {}).get(ABOUT)
        if not held:
            return {}
        try:
            return dict(value_of(held[0][1]))
        except (ValueError, TypeError) as error:
            raise self._damaged(error) from None

    def _check(self, found: Any) -> None:
        """Refuse a state that is not of this API, or whose collections are others."""
        if found is None:
            return
        try:
            name, theirs = found["api"], found["collections"]
        except (KeyError, TypeError) as error:
            raise self._damaged(error) from None
        step = "Name the file of this one, or a new one; specdouble state export reads it"
        if name != self._identity["api"] or found["services"] != self._identity["services"]:
            said = f"it is the state of {name}, and {self._identity['api']} is served"
            raise StateFileError(said, where=self._where, next_step=step)
        mine = self._identity["collections"]
        if theirs != mine:
            others = sorted(name for name in {*theirs, *mine} if theirs.get(name) != mine.get(name))
            more = f" and {len(others) - 5} more" if len(others) > 5 else ""
            said = f"it is the state of another version of {name}: other collections are {', '.join(others[:5])}{more}"
            raise StateFileError(said, where=self._where, next_step=step)

    def _bring_back(self, worlds: Worlds, name: str, number: int) -> None:
        about = self._about(number)
        world = worlds.main
        if name != MAIN:
            world = worlds.revive(name, about["fork"], about["ends_after"])
            world.mark, world.honours = about["mark"], frozenset(about["honours"])
        world.made_at = about["made_at"]
        start = self._start_of(world, about["start"])
        world.begin(start)
        for one, docs in self._shelf(world.state, number):
            if docs != self._found[about["start"]].get(one, []):
                world.state[one].load_placed([(place, value_of(text)) for place, text in docs])
        world.clock.offset = about["offset"]
        world.reschedule()
        self._kept[name] = _Kept(number, about["start"], about["offset"])

    def _start_of(self, world: World, number: int) -> Start:
        held = next((start for start, one in self._starts.values() if one == number), None)
        if held is not None:
            return held
        about = self._about(number)
        root = self._start_of(world, about["root"]) if about["root"] else None
        state = world.start.state.fork(world.clock.stamp)  # of the same collections
        for name, docs in self._shelf(state, number):
            state[name].load_placed([(place, value_of(text)) for place, text in docs])
        made = Start(state, about["start"], about["kept_at"], about["offset"], about["timeless"], root)
        self._starts[id(made)] = (made, number)
        return made

    def _shelf(self, state: State, number: int) -> Iterator[tuple[str, Placed]]:
        shelf = self._found[number]
        for name in state.names():
            yield name, shelf.get(name, [])

    def _damaged(self, error: Exception) -> StateFileError:
        step = "Put a copy in its place, or begin with a new file"
        return StateFileError(f"it is damaged ({error!r})", where=self._where, next_step=step)


def _about_row(shelf: int, about: dict[str, Any]) -> Row:
    return Row(shelf, ABOUT, "about", 0, text_of(about))


def _row(shelf: int, store: Any, key: Any) -> Row:
    doc = store.get(key)
    if doc is None:
        return Row(shelf, store.declared.name, text_of(key), 0, None)
    return Row(shelf, store.declared.name, text_of(key), store.place(key), text_of(doc))


def _all(shelf: int, state: State) -> Iterable[Row]:
    for name in state.names():
        store = state[name]
        for doc in store:
            yield _row(shelf, store, doc[store.declared.key])
