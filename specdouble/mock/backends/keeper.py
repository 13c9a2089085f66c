"""Tells a backend of every change of the living worlds, and brings them back from it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from specdouble.mock.backends.changes import SERVER, Change, Clear, Copy, End, Put, Row, Tell
from specdouble.mock.backends.finding import Found, rules_text
from specdouble.mock.backends.shelves import (
    RULES,
    STAMP,
    AllRows,
    Kept,
    Shelves,
    about_row,
    row_of,
    sign_ins,
    stream_row,
)
from specdouble.mock.state.clock import Ids
from specdouble.mock.state.elsewhere import SharedStreams
from specdouble.mock.state.events import Ending, Listener, OpenStream
from specdouble.mock.state.start import Start
from specdouble.mock.state.world import KEEPER, MAIN, Message, World
from specdouble.mock.state.worlds import Worlds
from specdouble.mock.telemetry.counting import Histogram

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

USED_SECONDS = 30.0  # at most, until other servers hear that a world is used
T = TypeVar("T")


class Commits(Protocol):
    """Takes transactions and makes them durable, those of one server or, where `shared`, in turns with others."""

    shared: bool
    times: Histogram  # seconds of each commit
    failures: int  # commits that failed

    def open(self, keeper: Keeper) -> Iterable[Row]:
        """Begin the first transaction; returns all documents that there are."""

    def opened(self) -> None:
        """End the first transaction: it is durable, or raises `StateFileError`."""

    @property
    def number(self) -> int:
        """How many transactions there were."""

    @property
    def lost(self) -> str:
        """Why nothing can be kept now, "" where it can."""

    def writing(self) -> None:
        """Hear that something is about to be written; raises `TurnNeeded`."""

    def put(self, changes: Sequence[Change]) -> None:
        """Let changes become durable together."""

    def tell(self, world: World, messages: Sequence[Message]) -> None:
        """Tell the streams of a world once that is durable."""

    def perform(self, work: Callable[[], T], *, writes: bool) -> T:
        """Do work, and wait until what it rests on is durable; raises `StateFileError`."""

    def turn(self) -> AbstractContextManager[None]:
        """Let this thread write as long as a block runs."""

    def close(self) -> None:
        """Write what waits, and end; raises `StateFileError`."""


class Keeper:
    """Keeps the worlds of a server in a backend.

    `identity` says whose state it is: a state of another API is not opened.
    """

    def __init__(self, commits: Commits, where: str, identity: dict[str, Any]) -> None:
        self.commits = commits
        self.shared = commits.shared
        self.where = where
        self.identity = identity
        self.shelves = Shelves()
        self.streams = SharedStreams()
        self.lock = threading.RLock()
        self.starts = 0  # how often a server began with this state
        self.number_of_start = 0  # which of them this server is, from 0
        self.secrets: dict[str, str] = {}
        self.worlds: Worlds
        self._begin: Callable[[], Start]

    # -- beginning and ending ----------------------------------------------------------------------------------

    def attach(self, worlds: Worlds, begin: Callable[[], Start]) -> None:
        """Bring back the worlds that are kept, and keep those of a server from now on.

        `begin` gives what main begins from, where nothing is kept.

        Raises:
            StateFileError: what is kept cannot be read, is the state of another API, or cannot be written.

        """
        self.worlds, self._begin = worlds, begin
        main = worlds.main
        found = self.have(self.commits.open(self))
        self.number_of_start, self.starts = self.starts, self.starts + 1
        main.lasting = main.shared[KEEPER] = self
        for world in worlds.alive():
            world.lasting = self
            self.know(world)
        self._put_about()
        if not found:
            main.begin(begin())
        self.commits.opened()

    def have(self, rows: Iterable[Row]) -> bool:
        """Have the worlds that documents tell of, in the place of those that live; returns whether there are any.

        Raises:
            StateFileError: they cannot be read, or are the state of another API.

        """
        found = Found(rows, self.where)
        server = found.about(SERVER)
        found.check(self.identity)
        self.shelves = Shelves(last=found.last)
        self.streams.have(found.streams())
        if not found.bring_back(self):
            return False
        self.starts = server.get("starts", 0)
        self.secrets = server.get("secrets", {})
        return True

    def begin_anew(self) -> None:
        """Let the worlds be those of a first start, after `have` found none; numbers of servers go on.

        Raises:
            StateFileError: they cannot be written.

        """
        for world in self.worlds.alive():
            if world is not self.worlds.main:
                self.worlds.forget(world.name)
        self._put_about()
        self.worlds.main.begin(self._begin())

    def know(self, world: World) -> None:
        """Let the ids of a world be others than those that a server with the same seed gave, and all streams count."""
        if self.shared:
            world.hub.elsewhere = partial(self._elsewhere, world.name)
        seed = self.worlds.main.options.seed
        if seed is not None and self.number_of_start:
            world.ids = Ids(f"{seed}/{world.name}/{self.number_of_start}")

    def close(self) -> None:
        """Write what waits, and let go of the state.

        Raises:
            StateFileError: it cannot be written.

        """
        self.commits.close()

    # -- waiting -----------------------------------------------------------------------------------------------

    @property
    def number(self) -> int:
        """How many transactions there were."""
        return self.commits.number

    @property
    def lost(self) -> str:
        """Why nothing can be kept now, "" where it can."""
        return self.commits.lost

    # -- what worlds tell --------------------------------------------------------------------------------------

    def writing(self) -> None:
        """Hear that a world is about to write; raises `TurnNeeded`."""
        self.commits.writing()

    def commit(self, world: World, messages: Sequence[Message]) -> None:
        """Keep what a world wrote since it was last committed."""
        kept = self.shelves.worlds[world.name]
        rules = self._rules(world, kept)
        moved = world.clock.offset != kept.offset
        if not (moved or rules or kept.replaced or world.state.dirty):
            if messages and self.shared:
                self._tell(world, kept, messages)
            return
        self.commits.writing()
        changes: list[Change] = []
        if kept.replaced:
            kept.stamp = 0
            held = world.state.fork(world.clock.stamp)
            changes += [Clear(kept.shelf), Put(AllRows(kept.shelf, held)), Put([self._world_row(world, kept)])]
        else:
            rows = [row_of(kept.shelf, store, key) for store, key in world.state.written()]
            if moved:
                rows.append(self._world_row(world, kept))
            changes.append(Put(rows))
        if world.clock.last != kept.stamp:
            kept.stamp = world.clock.last
            changes.append(Put([about_row(kept.shelf, kept.stamp, STAMP)]))
        if rules or (kept.replaced and kept.rules):
            changes.append(Put([self._rules_row(world, kept)]))
        kept.replaced, kept.offset = False, world.clock.offset
        self.commits.put(changes)
        if self.shared:
            self._tell(world, kept, messages)

    def replaced(self, world: World) -> None:
        """Note that all documents of a world were replaced."""
        self.shelves.worlds[world.name].replaced = True

    def begun(self, world: World, keep_sign_ins: bool) -> None:
        """Keep that a world began anew."""
        with self.lock:
            self.commits.writing()
            kept = self.shelves.worlds.get(world.name)
            if kept is None:
                kept = self.shelves.add(world.name, Kept(self.shelves.number(), 0))
            stay = sign_ins(world) if keep_sign_ins else ()
            kept.start, changes = self.shelves.shelve(world.start)
            changes += [Clear(kept.shelf, stay), Copy(kept.start, kept.shelf, stay)]
            kept.offset, kept.stamp, kept.replaced = world.clock.offset, 0, False
            changes += [Put([self._world_row(world, kept), self._rules_row(world, kept)]), *self.shelves.unused()]
            self.commits.put(changes)

    def enter(self, world: World) -> None:
        """Keep a world that is alive from now on."""
        self.know(world)
        with self.lock:
            self.begun(world, keep_sign_ins=False)
            self._put_about()

    def end(self, world: World) -> None:
        """Forget a world that has ended."""
        with self.lock:
            self.commits.put([End(self.shelves.drop(world.name).shelf), *self.shelves.unused()])
            self._put_about()

    def secret(self, name: str, make: Callable[[], str]) -> str:
        """Return a text of that name, which is made when it is first asked for and then stays."""
        with self.lock:
            if name not in self.secrets:
                self.commits.writing()
                self.secrets[name] = make()
                self._put_about()
            return self.secrets[name]

    # -- what happens without a request ------------------------------------------------------------------------

    def to_flush(self) -> bool:
        """Tell whether there is something to `flush`."""
        return any(self._is_used(world, kept) for world, kept in self._alive())

    def flush(self) -> None:
        """Keep what changed beside the documents: the counts of fault rules, and that worlds are used."""
        for world, kept in self._alive():
            used = self._is_used(world, kept)
            if used or self._rules(world, kept):
                rows = [self._rules_row(world, kept)] if self._rules(world, kept) else []
                self.commits.put([Put([*rows, self._world_row(world, kept)] if used else rows)])

    def _alive(self) -> list[tuple[World, Kept]]:
        held = self.shelves.worlds
        return [(world, held[world.name]) for world in self.worlds.alive() if world.name in held]

    def _is_used(self, world: World, kept: Kept) -> bool:
        """Whether others do not know that a world was used, which without use would end."""
        ends_after = self.worlds.ends_after(world)
        if ends_after is None or not self.shared:
            return False
        if world.hub.here:
            world.used = perf_counter()
        return used_at(world) - kept.used > min(ends_after / 4, USED_SECONDS)

    # -- inside ------------------------------------------------------------------------------------------------

    def _tell(self, world: World, kept: Kept, messages: Sequence[Message]) -> None:
        if not messages:
            return
        self.commits.writing()
        written: list[dict[str, Any] | tuple[str, str | None]] = []
        for one in messages:
            if isinstance(one, Ending):
                written.append((one.user_id, one.session_id))
            elif isinstance(one, Listener):  # whoever reads that it is open counts it, at any server
                world.hub.expect(one)
                self.commits.put([Put([stream_row(self.streams.open(kept.shelf, one))])])
            else:
                written.append(one)
        if written:
            self.commits.put([Tell(kept.shelf, written)])
        self.commits.tell(world, messages)

    def _elsewhere(self, name: str) -> list[OpenStream]:
        """Return the streams of a world that other servers have open."""
        kept = self.shelves.worlds.get(name)
        return [] if kept is None else self.streams.others(kept.shelf)

    def _rules(self, world: World, kept: Kept) -> bool:
        """Whether the fault rules of a world are others than those that were kept, or count further."""
        if not world.faults.rules and not kept.rules:
            return False
        return rules_text(world) != kept.rules

    @staticmethod
    def _rules_row(world: World, kept: Kept) -> Row:
        kept.rules = rules_text(world)
        return about_row(kept.shelf, world.faults.told(), RULES)

    def _world_row(self, world: World, kept: Kept) -> Row:
        kept.used = used_at(world)
        about = {
            "name": world.name,
            "start": kept.start,
            "offset": world.clock.offset,
            "mark": world.mark,
            "honours": sorted(world.honours),
            "made_at": world.made_at,
            "fork": self.worlds.parent(world),
            "ends_after": self.worlds.ends_after(world),
            "used": kept.used,
        }
        return about_row(kept.shelf, about)

    def _put_about(self) -> None:
        worlds = [name for name in self.shelves.worlds if name != MAIN]  # so that it shows where one is missing
        about = {"identity": self.identity, "starts": self.starts, "secrets": self.secrets, "worlds": worlds}
        self.commits.put([Put([about_row(SERVER, about)])])


def used_at(world: World) -> float:
    """Return when a world was last used, in epoch seconds."""
    return time.time() - (perf_counter() - world.used)
