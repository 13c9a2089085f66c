"""What a transaction changes, as a backend is told of it.

Documents lie in numbered shelves: one for each world, one for each thing that worlds began from, and `SERVER` for what
belongs to no world. Beside its collections each shelf has the collection `ABOUT`, which says what it is. A transaction
is a list of changes that become durable together, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from specdouble.errors import SpecdoubleError

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})  # methods of requests that only read
SERVER = 0
ABOUT = ""
FORMAT = 1  # raised whenever an older server could not read what a newer one writes


class StateFileError(SpecdoubleError):
    """A state that cannot be opened, read or written; the message says which, and what to do."""


class UnreadError(StateFileError):
    """What there is cannot be read now; who only reads wrote nothing."""


class UnbegunError(StateFileError):
    """The state was out of reach before anything was written, and nothing will be."""


class Row(NamedTuple):
    """A document in its place: `key` is its id as JSON, `place` orders a collection, `text` is it as JSON or None."""

    shelf: int
    collection: str
    key: str
    place: int
    text: str | None


@dataclass(frozen=True, slots=True)
class Put:
    """Documents that are there from now on; one without a text is there no more."""

    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Clear:
    """A shelf that is empty from now on, but for the collections that it keeps."""

    shelf: int
    keeps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Copy:
    """All documents of a shelf that stand on another one too from now on, but for those of some collections."""

    source: int
    target: int
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """A shelf that is there no more."""

    shelf: int


@dataclass(frozen=True, slots=True)
class Tell:
    """What the streams of a world hear: documents of events, and pairs of a user and a session whose streams end."""

    shelf: int
    messages: Sequence[dict[str, Any] | tuple[str, str | None]]


Change = Put | Clear | Copy | End | Tell


class Backend(Protocol):
    """Makes transactions durable; used by one thread at a time."""

    def rows(self) -> Iterable[Row]:
        """Return all documents by shelf, collection and place.

        Raises:
            StateFileError: they cannot be read.

        """

    def check(self) -> None:
        """See, cheaply, that what is written will be found again.

        Raises:
            StateFileError: it will not.

        """

    def write(self, changes: Sequence[Change]) -> None:
        """Make changes durable, in that order, all of them or none; returns once they are.

        Raises:
            StateFileError: none of them is.

        """

    def close(self) -> None:
        """Let go of the state."""


@dataclass(frozen=True, slots=True)
class News:
    """What others committed since: the number of the last transaction, and the changes of all; None: unknown."""

    number: int
    changes: Sequence[Change] | None


class SharedBackend(Protocol):
    """Makes the transactions of several servers durable, in one order; used by one thread at a time but for `notes`.

    Transactions are numbered from 1. Every method raises `StateFileError` where the state is out of reach.
    """

    def connect(self) -> None:
        """Reach the state anew."""

    def news(self, after: int) -> News:
        """Return what was committed after the transaction of that number, seen from a moment after the call."""

    def begin(self, after: int, seconds: float) -> News | None:
        """Take the turn to write, which one server has at a time; returns what was committed before it.

        None: another has had it for that long.
        """

    def rows(self) -> Iterable[Row]:
        """Return all documents by shelf, collection and place; in a turn."""

    def commit(self, number: int, changes: Sequence[Change]) -> None:
        """Make changes durable as the transaction of that number, and end the turn."""

    def release(self) -> None:
        """End the turn without a change."""

    def stay(self, number: int) -> None:
        """Be there under a number of this server, until it ends or the state is reached anew."""

    def present(self) -> set[int]:
        """Return the numbers of the servers that are there now, this one among them."""

    def notes(self) -> Iterator[int]:
        """Yield the number of each transaction soon after it was committed, 0 when nothing happens for a second."""

    def close(self) -> None:
        """Let go of the state."""
