"""The order of what a turn changes and tells."""

from __future__ import annotations

from collections.abc import Sequence

from specdouble.mock.backends.changes import Change, Tell
from specdouble.mock.backends.writer import merged


def in_order(changes: Sequence[Change]) -> list[Change]:
    """Return the same changes, with what streams hear at the end, in one for each world."""
    told: dict[int, Tell] = {}
    for change in changes:
        if isinstance(change, Tell):
            before = told[change.shelf].messages if change.shelf in told else ()
            told[change.shelf] = Tell(change.shelf, [*before, *change.messages])
    return [*merged([change for change in changes if not isinstance(change, Tell)]), *told.values()]
