"""The comparison of two documents, breaking changes first."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from specdouble.openapi.dialects import current
from specdouble.openapi.diff.change import Change, show
from specdouble.openapi.diff.context import Documents, Place
from specdouble.openapi.diff.operations import Operations
from specdouble.openapi.diff.rules import LEVELS
from specdouble.openapi.diff.servers import compare_servers
from specdouble.openapi.schemas.deep import deep


def diff(
    old: dict[str, Any], new: dict[str, Any], *, extensions: tuple[str, ...] = (), today: date | None = None
) -> list[Change]:
    """Return every difference from `old` to `new`: breaking ones first, otherwise in document order.

    A path counts as the same when only the names of its parameters differ. `extensions` names those extensions of
    operations that count; `today` decides whether a sunset date is over.
    """
    if old == new:
        return []
    found: list[Change] = []
    with deep():
        documents = Documents(current(old), current(new))
        place = Place(documents, found.append, "", today=today or date.today())
        operations = Operations(documents, place, extensions)
        operations.compare()
        operations.security.definitions(place)
        compare_servers(place.at("/servers"), documents.old.get("servers"), documents.new.get("servers"))
    return sorted(_once(found), key=lambda change: LEVELS.index(change.level))


def _once(changes: list[Change]) -> Iterator[Change]:
    """Leave out what was noted before: two media types may have one schema."""
    seen = set()
    for change in changes:
        key = (change.rule, change.operation, change.pointer, show(change.before), show(change.after))
        if key not in seen:
            seen.add(key)
            yield change
