"""Choosing and ordering items by the parameters of a list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from specdouble.mock.inferred.pointing import every, read
from specdouble.mock.state.collections import Doc
from specdouble.openapi.model.evidence.words import plain
from specdouble.openapi.model.parts import Filter
from specdouble.openapi.pointers import escape
from specdouble.openapi.values.make import MISSING

_NAMED = ("id", "name", "slug", "key", "code", "login", "username", "value", "label", "title")
HOLDERS = frozenset({"attributes", "fields", "properties", "data", "spec", "metadata"})  # of an item's own members
_ORDERS = frozenset({"asc", "desc", "ascending", "descending", "1", "-1"})


_NO_CHOICE: tuple[Any, ...] = (None, "", [], "all", "any", "*", "ALL", "ANY", ["all"], ["any"], ["*"])


def chosen(records: Iterable[Doc], filters: Iterable[Filter], asked: dict[str, Any]) -> list[Doc]:
    """Return the records that pass the filters whose parameters were sent."""
    given = list(records) if not isinstance(records, list) else records
    active = [(one, asked[one.parameter]) for one in filters if asked.get(one.parameter) not in _NO_CHOICE]
    if not active:
        return given
    return [record for record in given if all(_passes(record["value"], one, wanted) for one, wanted in active)]


def _passes(value: Any, one: Filter, wanted: Any) -> bool:
    if one.test == "text":
        parts = [part for field in (one.field, *one.also) for part in every(value, field)] if one.field else [value]
        return any(_mentions(part, str(wanted).casefold()) for part in parts)
    held = [part for found in every(value, one.field) for part in (found if isinstance(found, list) else [found])]
    if one.test in ("equal", "any-of"):
        texts = [
            part for given in (wanted if isinstance(wanted, list) else [wanted]) for part in _split(given, one.test)
        ]
        return any(_is(part, text) for part in held for text in texts)
    return any(_compare(part, wanted, one.test) for part in held)


def _split(given: Any, test: str) -> list[str]:
    return (
        [part.strip() for part in str(given).split(",")]
        if test == "any-of" and isinstance(given, str)
        else [_text(given)]
    )


def _text(value: Any) -> str:
    return (
        {True: "true", False: "false", None: "null"}[value] if value is None or isinstance(value, bool) else str(value)
    )


def _is(held: Any, text: str) -> bool:
    if isinstance(held, dict):
        return any(name in held and _text(held[name]) == text for name in _NAMED)
    return _text(held) == text


def _mentions(value: Any, text: str) -> bool:
    if isinstance(value, str):
        return text in value.casefold()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_mentions(one, text) for one in inner)


def _compare(held: Any, wanted: Any, test: str) -> bool:
    left, right = _scale(held), _scale(wanted)
    if left is None or right is None:
        left, right = str(held), str(wanted)  # type: ignore[assignment]
    return left >= right if test in ("least", "after") else left <= right  # type: ignore[operator]


def _scale(value: Any) -> float | None:
    """Return a figure or a time as a number."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value)
    try:
        return float(value)
    except (TypeError, ValueError):
        pass
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def ordered(records: list[Doc], names: Iterable[str], asked: dict[str, Any]) -> list[Doc] | None:
    """Return the records in the order that was asked for, None where none was or nobody can tell which.

    `sort=name`, `-name`, `name:desc`, `name desc`, `name,-age`, with a direction in a parameter of its own or not.
    """
    fields: list[tuple[str, bool]] = []
    backwards = False
    for name in names:
        given = asked.get(name)
        for part in given if isinstance(given, list) else str(given).split(",") if given else ():
            text = str(part).strip()
            if text.lower() in _ORDERS:
                backwards = text.lower() in ("desc", "descending", "-1")
                continue
            field, _, direction = text.replace(":", " ").replace("|", " ").partition(" ")
            fields.append((field.lstrip("+-"), field.startswith("-") or direction.lower().startswith("desc")))
    known = [(found, down) for field, down in fields if (found := _field(records, field))]
    if not known:
        return list(reversed(records)) if backwards and records else None
    made = list(records)
    for field, down in reversed(known):
        made.sort(key=lambda record: _rank(read(record["value"], field)), reverse=down != backwards)
    return made


def _field(records: list[Doc], wanted: str) -> str:
    """Return the pointer to what items are ordered by: a member, or one of an object that holds the members."""
    short = plain(wanted.rpartition(".")[2])
    for record in records[:20]:
        value = record["value"] if isinstance(record["value"], dict) else {}
        inside = {name: one for name, one in value.items() if isinstance(one, dict) and plain(name) in HOLDERS}
        for at, members in (("", value), *((f"/{name}", one) for name, one in inside.items())):
            names = {plain(one): one for one in members}
            for one in (short, f"{short}at", f"{short}on", f"{short}date", short.removesuffix("at")):
                if one in names:
                    return f"{at}/{escape(str(names[one]))}"
    return ""


def _rank(value: Any) -> tuple[int, Any]:
    if isinstance(value, bool) or value is None or value is MISSING:
        return (0, int(bool(value)))
    if isinstance(value, int | float):
        return (1, value)
    return (2, value.casefold()) if isinstance(value, str) else (3, str(value))
