"""Who may call: the people of a world, as its pack describes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from specdouble.mock.state.collections import Doc

if TYPE_CHECKING:
    from specdouble.mock.state.world import World


@dataclass(frozen=True, slots=True)
class Column:
    """One thing that is shown of a principal: a field, or what a function makes of the document.

    `width` is that of the column in the start-up panel, in characters; 0 leaves it to the page of the control plane,
    which writes what one copies as `code`.
    """

    title: str
    value: str | Callable[[Doc], object]
    width: int = 0
    code: bool = False

    def of(self, doc: Doc) -> str:
        """Return the text of one principal."""
        found = doc.get(self.value) if isinstance(self.value, str) else self.value(doc)
        return "" if found is None else str(found)


@dataclass(frozen=True, slots=True)
class Principals:
    """Whom callers may be: documents of a collection, known by the field `id`.

    The start-up panel and the control page list those that are `shown`, with the `columns` and, in the panel, a
    `note`; `listing` says there how to see all of them. `sign_in` returns an access token for one of them.
    """

    collection: str = ""
    id: str = "id"
    columns: tuple[Column, ...] = ()
    shown: Callable[[Doc], bool] = lambda _doc: True
    note: Callable[[World, Doc], str] = lambda _world, _doc: ""
    listing: str = ""
    sign_in: Callable[[World, Doc], str] | None = None

    def of(self, world: World) -> list[Doc]:
        """Return the principals that are shown."""
        return [doc for doc in world.state[self.collection] if self.shown(doc)] if self.collection else []
