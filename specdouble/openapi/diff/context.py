"""What every part of the comparison needs: the two documents, and a way to note a change."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from specdouble.openapi.diff.change import Change
from specdouble.openapi.diff.nodes import PARAMETER, Nodes
from specdouble.openapi.diff.rules import REQUEST, RESPONSE, RULES
from specdouble.openapi.diff.schemas import Schemas
from specdouble.openapi.schemas.universe import Universe


class Documents:
    """The older and the newer document, their references and schemas."""

    def __init__(self, old: tuple[dict[str, Any], str], new: tuple[dict[str, Any], str]) -> None:
        self.old, self.new = old[0], new[0]
        self.universe = Universe(old, new)
        self.references = self.universe.references
        self.nodes = Nodes(self.universe)
        self.schemas = Schemas(self.nodes)

    def follow(self, value: Any, side: int) -> dict[str, Any]:
        """Return the object that stands at a place of the older (0) or newer (1) document; {} where none does."""
        found, _ = self.references[side].follow(value)
        return found if isinstance(found, dict) else {}

    def members(self, value: Any, side: int, *, extended: bool = False) -> dict[str, dict[str, Any]]:
        """Return the named objects of a map, references followed.

        `extended` maps may hold extensions, which are left out; in others `x-…` is a name like any, as of a header.
        """
        if not isinstance(value, dict):
            return {}
        return {
            name: self.follow(item, side)
            for name, item in value.items()
            if isinstance(item, dict) and not (extended and name.startswith("x-"))
        }


@dataclass(frozen=True)
class Place:
    """Where changes are noted, and in which direction the data goes.

    In callbacks and webhooks it is the API that calls, so `flipped` turns requests into what callers receive.
    """

    documents: Documents
    note: Callable[[Change], None]
    operation: str
    pointer: str = ""
    flipped: bool = False
    today: date = date.min

    def at(self, suffix: str) -> "Place":
        """Return the place below this one."""
        return replace(self, pointer=self.pointer + suffix)

    @property
    def sent(self) -> str:
        """The direction of what a caller of the documented API sends here."""
        return RESPONSE if self.flipped else REQUEST

    @property
    def received(self) -> str:
        """The direction of what comes back."""
        return REQUEST if self.flipped else RESPONSE

    def change(self, rule: str, before: Any = None, after: Any = None, *, level: str = "", hint: str = "") -> None:
        """Note a change at this place."""
        level = level or RULES[rule].level
        self.note(Change(rule, level, self.operation, self.pointer, before, after, hint))

    def schemas(self, old: Any, new: Any, kind: str) -> None:
        """Note the changes of a schema; a parameter that the API itself sends is a response."""
        kind = RESPONSE if kind == PARAMETER and self.flipped else kind
        self.extend(self.documents.schemas.changes(old, new, kind, self.operation, self.pointer))

    def extend(self, changes: Iterable[Change]) -> None:
        """Note several changes."""
        for change in changes:
            self.note(change)


def day(value: Any) -> date | None:
    """Return a date written as YYYY-MM-DD, alone or at the start of a time, or None."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def after_sunset(item: dict[str, Any], today: date) -> bool:
    """Tell whether something is deprecated and its announced last day is over."""
    last = day(item.get("x-sunset"))
    return item.get("deprecated") is True and last is not None and last <= today
