"""The open streams of all servers that have the same worlds, as one of these servers knows them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from time import monotonic
from typing import NamedTuple

from specdouble.mock.state.events import Listener, OpenStream

LOOK_SECONDS = 1.0  # between two looks at which servers are there, while others have streams


class Change(NamedTuple):
    """What became of a stream of a server: `stream` is open from now on, None where it is open no more."""

    server: int
    number: int
    stream: OpenStream | None


class SharedStreams:
    """Which streams are open where.

    `server` is the number of this one, by which it is known as long as it is there. What happens to its streams is kept
    where all servers read it: `changes` are what has to be written, and `wake` asks for a turn to write. Who ends
    without a word is found missing; its streams are taken for open until it was missing at two looks in a row, for a
    server that lost its connection and is back in a moment still has them.
    """

    def __init__(self) -> None:
        self.server = -1
        self.wake: Callable[[], object] = lambda: None
        self._mine: dict[int, OpenStream] = {}
        self._others: dict[tuple[int, int], OpenStream] = {}
        self._ended: deque[int] = deque()  # of mine, as long as that is not written
        self._unknown: set[int] = set()  # of mine that are open, and by what is kept are not
        self._last = 0
        self._looked = 0.0
        self._missing: set[int] = set()

    # -- what happens here -------------------------------------------------------------------------------------

    def open(self, shelf: int, listener: Listener) -> Change:
        """Have a stream of this server in a world; returns what has to be written before anybody hears of it."""
        self._last += 1
        number = self._last
        made = OpenStream(self.server, number, shelf, listener.user_id, listener.channel, listener.caller)
        self._mine[number] = made
        listener.left = partial(self._left, number)
        return Change(self.server, number, made)

    def _left(self, number: int) -> None:
        self._ended.append(number)
        self.wake()

    # -- what is kept ------------------------------------------------------------------------------------------

    def have(self, streams: Iterable[OpenStream]) -> None:
        """Know of the streams that are kept, and of no others."""
        kept = list(streams)
        mine = {one.number for one in kept if one.server == self.server}
        self._others = {one[:2]: one for one in kept if one.server != self.server}
        self._unknown = self._mine.keys() - mine
        self._ended.extend(mine - self._mine.keys())

    def heard(self, change: Change) -> None:
        """Hear of a change that another server has written."""
        if change.server == self.server:
            if change.stream is None and change.number in self._mine:
                self._unknown.add(change.number)
        elif change.stream is None:
            self._others.pop((change.server, change.number), None)
        else:
            self._others[change.server, change.number] = change.stream

    def others(self, shelf: int) -> list[OpenStream]:
        """Return the streams of a world that are open at other servers."""
        return [one for one in list(self._others.values()) if one.shelf == shelf]

    # -- what has to be written --------------------------------------------------------------------------------

    def waits(self) -> bool:
        """Tell whether there is something to be written, or to be looked at."""
        return bool(self._ended or self._unknown or (self._others and monotonic() - self._looked >= LOOK_SECONDS))

    def changes(self, present: Callable[[], set[int]]) -> list[Change]:
        """Return what has to be written now; `present` gives the numbers of the servers that are there."""
        if not self.waits():
            return []
        found = [Change(self.server, number, self._mine[number]) for number in self._unknown if number in self._mine]
        self._unknown.clear()
        while self._ended:
            number = self._ended.popleft()
            self._mine.pop(number, None)
            found.append(Change(self.server, number, None))
        if self._others and monotonic() - self._looked >= LOOK_SECONDS:
            before, self._missing = self._missing, {server for server, _ in self._others} - present()
            self._looked = monotonic()
            found += self._without(before & self._missing)
        return found

    def arrive(self, server: int, present: set[int]) -> list[Change]:
        """Be a server from now on; returns what has to be written: whoever is not there now has no streams."""
        self.server = server
        return self._without({other for other, _ in self._others} - present)

    def _without(self, servers: set[int]) -> list[Change]:
        gone = [key for key in self._others if key[0] in servers]
        for key in gone:
            del self._others[key]
        return [Change(server, number, None) for server, number in gone]
