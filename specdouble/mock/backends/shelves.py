"""Where the living worlds, and what they began from, lie among the documents of a state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from specdouble.mock.backends.changes import ABOUT, SERVER, Change, End, Put, Row
from specdouble.mock.backends.texts import text_of, value_of
from specdouble.mock.state.collections import State, Store
from specdouble.mock.state.elsewhere import Change as StreamChange
from specdouble.mock.state.events import OpenStream
from specdouble.mock.state.start import Start
from specdouble.mock.state.world import World

WHAT = "about"  # the key of what a shelf is
STAMP = "stamp"  # the key of the last stamp that its clock gave, so that none after it comes before it
STREAMS = "streams"  # the collection of the open streams of servers, on the shelf `SERVER`
RULES = "rules"  # the key of a world's fault rules, beside what it is


@dataclass(slots=True)
class Kept:
    """What is known of a living world: its shelf, that of what it began from, and what of it was kept last.

    ``offset`` is that of its clock, ``stamp`` the last that it gave (microseconds), ``used`` when it was last used
    (epoch seconds), ``rules`` its fault rules as text.
    """

    shelf: int
    start: int
    offset: float = 0.0
    stamp: int = 0
    used: float = 0.0
    rules: str = ""
    replaced: bool = False


@dataclass(slots=True)
class Shelves:
    """The shelves by what lies on them; numbers are never given twice."""

    worlds: dict[str, Kept] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    starts: dict[int, tuple[Start, int]] = field(default_factory=dict)  # by the id of the object, which is held here
    last: int = SERVER

    def number(self) -> int:
        """Return a new number."""
        self.last += 1
        return self.last

    def seen(self, number: int) -> None:
        """Hear of a number that another server gave."""
        self.last = max(self.last, number)

    def add(self, name: str, kept: Kept) -> Kept:
        """Have a world."""
        self.worlds[name], self.names[kept.shelf] = kept, name
        return kept

    def drop(self, name: str) -> Kept:
        """Have a world no more."""
        kept = self.worlds.pop(name)
        del self.names[kept.shelf]
        return kept

    def start(self, number: int) -> Start | None:
        """Return what lies on a shelf, if worlds began from it."""
        return next((start for start, one in self.starts.values() if one == number), None)

    def began(self, start: Start, number: int) -> None:
        """Have what worlds begin from."""
        self.starts[id(start)] = (start, number)
        self.seen(number)

    def forget(self, number: int) -> None:
        """Have it no more."""
        for key, (_, one) in list(self.starts.items()):
            if one == number:
                del self.starts[key]

    def shelve(self, start: Start) -> tuple[int, list[Change]]:
        """Return the shelf of what worlds begin from, and how it comes there if it is new."""
        held = self.starts.get(id(start))
        if held is not None:
            return held[1], []
        root, changes = self.shelve(start.root) if start.root is not None else (0, [])
        number = self.number()
        self.began(start, number)
        about = {"start": start.seed_data, "kept_at": start.kept_at, "offset": start.offset,
                 "timeless": start.timeless, "root": root}  # fmt: skip
        return number, [*changes, Put(AllRows(number, start.state)), Put([about_row(number, about)])]

    def unused(self) -> Iterator[Change]:
        """Let go of what no living world began from any more."""
        used = {one.start for one in self.worlds.values()}
        used |= {self.starts[id(start.root)][1] for start, number in self.starts.values()
                 if number in used and start.root is not None}  # fmt: skip
        for key, (_, number) in list(self.starts.items()):
            if number not in used:
                del self.starts[key]
                yield End(number)


def about_row(shelf: int, about: Any, key: str = WHAT) -> Row:
    """Return what says what a shelf is."""
    return Row(shelf, ABOUT, key, 0, text_of(about))


def stream_row(change: StreamChange) -> Row:
    """Return an open stream in its place, or that it is there no more."""
    text = None if change.stream is None else text_of(list(change.stream))
    return Row(SERVER, STREAMS, text_of([change.server, change.number]), 0, text)


def stream_of(text: str) -> OpenStream:
    """Return the open stream of a text.

    Raises:
        ValueError: it is none.
        TypeError: it is none.

    """
    return OpenStream(*value_of(text))


def stream_change(row: Row) -> StreamChange:
    """Return what a row says of an open stream."""
    server, number = value_of(row.key)
    return StreamChange(server, number, None if row.text is None else stream_of(row.text))


def row_of(shelf: int, store: Store, key: Any) -> Row:
    """Return a document in its place, or that it is there no more."""
    doc = store.get(key)
    if doc is None:
        return Row(shelf, store.declared.name, text_of(key), 0, None)
    return Row(shelf, store.declared.name, text_of(key), store.place(key), text_of(doc))


class AllRows(Sequence[Row]):
    """Every document of a state that does not change any more: written as text once, by whoever makes them durable."""

    def __init__(self, shelf: int, state: State) -> None:
        self._shelf = shelf
        self._state = state

    def __len__(self) -> int:
        return len(self._state)

    def __getitem__(self, at: Any) -> Any:
        return self._rows[at]

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    @cached_property
    def _rows(self) -> list[Row]:
        stores = [self._state[name] for name in self._state.names()]
        return [row_of(self._shelf, store, doc[store.declared.key]) for store in stores for doc in store]


def sign_ins(world: World) -> tuple[str, ...]:
    """Return the names of the collections by which people are signed in."""
    return tuple(name for name in world.state.names() if world.state[name].declared.sign_ins)
