"""What a transaction changes, as a backend is told of it.

Documents lie in numbered shelves: one for each world, one for each thing that worlds began from, and `SERVER` for what
belongs to no world. Beside its collections each shelf has the collection `ABOUT`, which says what it is. A transaction
is a list of changes that become durable together, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from specdouble.errors import SpecdoubleError

SERVER = 0
ABOUT = ""
FORMAT = 1  # raised whenever an older server could not read what a newer one writes


class StateFileError(SpecdoubleError):
    """A state that cannot be opened, read or written; the message says which, and what to do."""


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


Change = Put | Clear | Copy


class Backend(Protocol):
    """Makes transactions durable; used by one thread at a time."""

    def rows(self) -> Iterable[Row]:
        """Return all documents by shelf, collection and place.

        Raises:
            StateFileError: they cannot be read.

        """

    def write(self, changes: Sequence[Change]) -> None:
        """Make changes durable, in that order, all of them or none; returns once they are.

        Raises:
            StateFileError: none of them is.

        """

    def close(self) -> None:
        """Let go of the state."""
