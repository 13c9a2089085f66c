"""Choosing and ordering items by the parameters of a list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from specdouble.mock.inferred.pointing import every, read, tokens
from specdouble.mock.state.collections import Doc
from specdouble.openapi.model.evidence.words import plain
from specdouble.openapi.model.parts import Filter
from specdouble.openapi.pointers import escape
from specdouble.openapi.values.make import MISSING

_NAMED = ("id", "name", "slug", "key", "code", "login", "username", "value", "label", "title")
HOLDERS = frozenset({"attributes", "fields", "properties", "data", "spec", "metadata"})  # of an item's own members
_ORDERS = frozenset({"asc", "desc", "ascending", "descending", "1", "-1"})


_NO_CHOICE: tuple[Any, ...] = (None, "", [], "all", "any", "*", "ALL", "ANY", ["all"], ["any"], ["*"])


def chosen(records: Sequence[Doc], filters: Iterable[Filter], asked: dict[str, Any]) -> Sequence[Doc]:
    """Return the records that pass the filters whose parameters were sent: the same ones where none was."""
    given = records
    for one in filters:
        wanted = asked.get(one.parameter)
        if wanted not in _NO_CHOICE:
            passes = _predicate(one, wanted)
            given = [record for record in given if passes(record["value"])]
    return given


def _predicate(one: Filter, wanted: Any) -> Callable[[Any], bool]:
    """Return what tells whether an item passes a filter: what is asked for is read once, not for every item."""
    if one.test == "text":
        text = str(wanted).casefold()
        fields = (one.field, *one.also) if one.field else ()
        return lambda value: any(_mentions(part, text) for part in _parts(value, fields))
    fits, path = _test(one, wanted), tokens(one.field)

    def passes(value: Any) -> bool:
        found = every(value, one.field)
        return any(fits(part) for held in found for part in (held if isinstance(held, list) else [held]))

    def passes_at_the_top(value: Any) -> bool:
        if type(value) is not dict:
            return passes(value)
        held = value.get(path[0], MISSING)
        return any(map(fits, held)) if isinstance(held, list) else held is not MISSING and fits(held)

    return passes_at_the_top if len(path) == 1 and path[0] != "*" else passes


def _parts(value: Any, fields: tuple[str, ...]) -> Iterable[Any]:
    """Return what a text is looked for in: some members of an item, or all of it where none are named."""
    return [part for field in fields for part in every(value, field)] if fields else [value]


def _test(one: Filter, wanted: Any) -> Callable[[Any], bool]:
    """Return what tells whether one value is what is asked for."""
    several = wanted if isinstance(wanted, list) else [wanted]
    if one.test in ("equal", "any-of"):
        texts = frozenset(part for given in several for part in _split(given, one.test))
        return lambda held: held in texts if type(held) is str else _is(held, texts)
    if one.test in ("prefix", "contains"):
        parts = [_text(given) for given in several]
        return lambda held: any(_has_part(held, text, one.test) for text in parts)
    least, right = one.test in ("least", "after"), _scale(wanted)

    def compares(held: Any) -> bool:
        if held is None:
            return False
        left = float(held) if type(held) is int else _scale(held)
        if left is None or right is None:
            return str(held) >= str(wanted) if least else str(held) <= str(wanted)
        return left >= right if least else left <= right

    return compares


def _has_part(held: Any, text: str, test: str) -> bool:
    """Tell whether a text begins with, or has in it, what was asked for; `%` and `*` stand for anything."""
    if not isinstance(held, str):
        return False
    parts = [part for part in text.casefold().replace("*", "%").split("%") if part]
    mine = held.casefold()
    if test == "prefix" and not text.startswith(("%", "*")) and parts and not mine.startswith(parts[0]):
        return False
    return all(part in mine for part in parts)


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


def _is(held: Any, texts: frozenset[str]) -> bool:
    if isinstance(held, dict):
        return any(name in held and _text(held[name]) in texts for name in _NAMED)
    return _text(held) in texts


def _mentions(value: Any, text: str) -> bool:
    if isinstance(value, str):
        return text in value.casefold()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_mentions(one, text) for one in inner)


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


def ordered(records: Sequence[Doc], names: Iterable[str], asked: dict[str, Any]) -> list[Doc] | None:
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


def _field(records: Sequence[Doc], wanted: str) -> str:
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
