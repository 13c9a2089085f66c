"""The worlds that the documents of a state tell of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from specdouble.mock.backends.changes import ABOUT, SERVER, Row, StateFileError
from specdouble.mock.backends.shelves import RULES, STAMP, STREAMS, WHAT, Kept, stream_of
from specdouble.mock.backends.texts import doc_of, text_of, value_of
from specdouble.mock.state.collections import State
from specdouble.mock.state.events import OpenStream
from specdouble.mock.state.start import Start
from specdouble.mock.state.world import MAIN, World

if TYPE_CHECKING:
    from specdouble.mock.backends.keeper import Keeper

Placed = list[tuple[int, str]]  # the documents of a collection, each with its place


class Found:
    """All documents of a state by shelf and collection; `where` is the state, for what is wrong with it."""

    def __init__(self, rows: Iterable[Row], where: str) -> None:
        self.where = where
        self._said: dict[int, dict[str, str]] = {}  # what shelves are, by key
        self._docs: dict[int, dict[str, Placed]] = {}
        for (number, name), some in groupby(rows, attrgetter("shelf", "collection")):
            shelf = self._docs.setdefault(number, {})
            if name == ABOUT:
                self._said[number] = {row.key: row.text or "" for row in some}
            else:
                shelf[name] = [(row.place, row.text or "") for row in some]

    @property
    def last(self) -> int:
        """The highest number of a shelf."""
        return max(self._docs, default=0)

    def about(self, number: int, key: str = WHAT) -> Any:
        """Return what a shelf says that it is.

        Raises:
            StateFileError: it cannot be read.

        """
        text = self._said.get(number, {}).get(key)
        if text is None:
            return {}
        try:
            value = value_of(text)
        except ValueError as error:
            raise self._damaged(error) from None
        if key == WHAT and not isinstance(value, dict):
            raise self._damaged(f"shelf {number} is nothing that is known")
        return value

    def streams(self) -> list[OpenStream]:
        """Return the open streams of servers.

        Raises:
            StateFileError: they cannot be read.

        """
        try:
            return [stream_of(text) for _, text in self._docs.get(SERVER, {}).get(STREAMS, ())]
        except (ValueError, TypeError) as error:
            raise self._damaged(error) from None

    def check(self, mine: dict[str, Any]) -> None:
        """Refuse a state of which something is missing, that is not of this API, or whose collections are others.

        Raises:
            StateFileError: it is.

        """
        missing = missing_of({number: self.about(number) for number in self._docs})
        if missing:
            raise self._damaged(f"{missing} is missing")
        if not self._docs:
            return
        found = self.about(SERVER)["identity"]
        try:
            name, theirs = found["api"], found["collections"]
        except (KeyError, TypeError) as error:
            raise self._damaged(error) from None
        step = "Name the state of this one, or a new one; specdouble state export reads it"
        if name != mine["api"] or found["services"] != mine["services"]:
            said = f"it is the state of {name}, and {mine['api']} is served"
            raise StateFileError(said, where=self.where, next_step=step)
        ours = mine["collections"]
        if theirs != ours:
            others = sorted(one for one in {*theirs, *ours} if theirs.get(one) != ours.get(one))
            more = f" and {len(others) - 5} more" if len(others) > 5 else ""
            said = f"it is the state of another version of {name}: other collections are {', '.join(others[:5])}{more}"
            raise StateFileError(said, where=self.where, next_step=step)

    def bring_back(self, keeper: Keeper) -> bool:
        """Let the worlds live that were kept, and no others beside main; returns whether there are any.

        Raises:
            StateFileError: they cannot be read.

        """
        worlds = keeper.worlds
        held = {about["name"]: number for number in self._said if "name" in (about := self.about(number))}
        if MAIN not in held:
            return False
        for world in worlds.alive():
            if world.name not in held:
                worlds.forget(world.name)
        try:
            for name in (MAIN, *(one for one in held if one != MAIN)):
                self._bring_back(keeper, name, held[name])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._damaged(error) from None
        return True

    def _bring_back(self, keeper: Keeper, name: str, number: int) -> None:
        about, worlds = self.about(number), keeper.worlds
        living = {one.name: one for one in worlds.alive()}
        world = living.get(name) or worlds.revive(name, about["fork"], about["ends_after"])
        if name not in living:
            keeper.know(world)
        with world.lock:
            world.rollback()
            began = self._start_of(keeper, world, about["start"])
            world.have(began)
            for one, docs in self._shelf(world.state, number):
                if docs != self._docs[about["start"]].get(one, []):
                    store = world.state[one]
                    store.load_placed([(place, doc_of(text, store.declared)) for place, text in docs])
            kept = keeper.shelves.add(name, Kept(number, about["start"]))
            read_about(world, kept, about)
            read_rules(world, kept, self.about(number, RULES) or [])
            world.clock.last = kept.stamp = self.about(number, STAMP) or 0

    def _start_of(self, keeper: Keeper, world: World, number: int) -> Start:
        held = keeper.shelves.start(number)
        if held is not None:
            return held
        about = self.about(number)
        root = self._start_of(keeper, world, about["root"]) if about["root"] else None
        made = start_of(world, about, self._shelf(world.state, number), root)
        keeper.shelves.began(made, number)
        return made

    def _shelf(self, state: State, number: int) -> Iterator[tuple[str, Placed]]:
        shelf = self._docs[number]
        for name in state.names():
            yield name, shelf.get(name, [])

    def _damaged(self, error: Exception | str) -> StateFileError:
        return damaged(error if isinstance(error, str) else repr(error), self.where)


def damaged(what: str, where: str) -> StateFileError:
    """Return what to say of a state that is not as it was written."""
    step = "Put a copy in its place, or begin with a new state"
    return StateFileError(f"it is damaged ({what})", where=where, next_step=step)


def missing_of(said: Mapping[int, Any]) -> str:
    """Return what is missing in a state, "" for nothing; given what each of its shelves says that it is."""
    if not said:
        return ""
    server = said.get(SERVER) or {}
    if not (isinstance(server, dict) and isinstance(server.get("identity"), dict)):
        return "whose state it is"
    if not (isinstance(server.get("starts"), int) and isinstance(server.get("secrets"), dict)):
        return "what belongs to no world"
    worlds: dict[Any, int] = {}
    starts: dict[int, int] = {}
    for number, about in said.items():
        if isinstance(about, dict) and isinstance(about.get("name"), str):
            worlds[about["name"]] = about.get("start") or 0
        elif isinstance(about, dict) and "kept_at" in about:
            starts[number] = about.get("root") or 0
        elif number != SERVER:
            return f"what shelf {number} is"
    for name in (MAIN, *server.get("worlds", ())):
        if name not in worlds:
            return f"the world {name}"
    for number in (*worlds.values(), *filter(None, starts.values())):
        if number not in starts:
            return f"shelf {number}, which worlds began from,"
    return ""


def start_of(
    world: World, about: dict[str, Any], docs: Iterable[tuple[str, Placed]], root: Start | None
) -> Start:  # fmt: skip
    """Return what worlds like this one begin from."""
    state = world.start.state.fork(world.clock.stamp)  # of the same collections
    for name, placed in docs:
        declared = state[name].declared
        state[name].load_placed([(place, doc_of(text, declared)) for place, text in placed])
    return Start(state, about["start"], about["kept_at"], about["offset"], about["timeless"], root)


def read_about(world: World, kept: Kept, about: dict[str, Any]) -> None:
    """Let a world be what is said of it."""
    if about["mark"]:
        world.mark, world.honours = about["mark"], frozenset(about["honours"])
    world.made_at = about["made_at"]
    world.clock.offset = kept.offset = about["offset"]
    kept.start = about["start"]
    world.was_used(about.get("used", 0.0))
    kept.used = about.get("used", 0.0)
    world.reschedule()


def read_rules(world: World, kept: Kept, told: list[Any]) -> None:
    """Let a world have the fault rules that are said of it."""
    world.faults.take(told)
    kept.rules = rules_text(world)


def rules_text(world: World) -> str:
    """Return the fault rules of a world as text, "" for none."""
    told = world.faults.told()
    return text_of(told) if told else ""
