"""Changes as JSON text, for other servers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from specdouble.mock.backends.changes import Change, Clear, Copy, End, Put, Row, Tell
from specdouble.mock.backends.texts import text_of, value_of


def written(changes: Sequence[Change]) -> str:
    """Return changes as text."""
    return text_of([_list(one) for one in changes])


def read(text: str) -> list[Change]:
    """Return the changes of a text; raises ``ValueError`` where it has none."""
    try:
        return [_change(*one) for one in value_of(text)]
    except (TypeError, KeyError, IndexError) as error:
        raise ValueError(f"no changes: {error!r}") from None


def _list(change: Change) -> list[Any]:
    if isinstance(change, Put):
        return ["put", [list(row) for row in change.rows]]
    if isinstance(change, Clear):
        return ["clear", change.shelf, change.keeps]
    if isinstance(change, Copy):
        return ["copy", change.source, change.target, change.without]
    if isinstance(change, End):
        return ["end", change.shelf]
    return ["tell", change.shelf, change.messages]


def _change(kind: str, *given: Any) -> Change:
    if kind == "put":
        return Put([Row(*row) for row in given[0]])
    if kind == "clear":
        return Clear(given[0], tuple(given[1]))
    if kind == "copy":
        return Copy(given[0], given[1], tuple(given[2]))
    if kind == "end":
        return End(given[0])
    return {"tell": Tell}[kind](*given)
