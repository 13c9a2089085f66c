"""What a pack or a resource model says of a collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Index = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Collection:
    """Declares a collection: its name, the field that holds a document's id, and the indexed fields.

    An index over several fields is a tuple; ``find`` uses the index whose fields it is given. ``sums`` names numeric
    fields whose totals are kept per index value, so that a balance or a mean costs nothing to read. ``since`` is the
    field that says when a document came: seed data are added in its order. ``sign_ins`` says that its documents are
    what people are signed in by: they are of one world alone, and a reset forgets them unless it is told to keep them.
    ``derived`` says that they are counted anew from others whenever a world begins, and so are never saved.
    ``own`` says that the engine alone writes it; ``fields`` are those that its code counts on, with their types.

    What would grow for ever has a bound. Of more than ``most`` documents the oldest are forgotten (0: all are kept).
    ``ends`` is the field with the time (epoch seconds) at which a document is of no more use; it is forgotten
    ``lingers`` seconds later, so that until then a client hears that it has ended and not that it never was.
    """

    name: str
    key: str = "id"
    by: tuple[Index, ...] = ()
    sums: tuple[str, ...] = ()
    since: str = "created_at"
    sign_ins: bool = False
    derived: bool = False
    own: bool = False
    fields: Mapping[str, tuple[type, ...]] = field(default_factory=dict, hash=False)
    most: int = 0
    ends: str = ""
    lingers: float = 86_400.0
