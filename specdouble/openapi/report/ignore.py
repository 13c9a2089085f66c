"""The ignore file: findings and changes that somebody decided to live with, why, and until when."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from specdouble.openapi.errors import SpecError, closest
from specdouble.openapi.reading import parse, read

FIELDS = ("rule", "operation", "where", "reason", "expires")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ignored:
    """One entry of an ignore file: patterns with `*`, all of which must match."""

    rule: str
    reason: str
    operation: str = "*"
    where: str = "*"
    expires: date | None = None

    def covers(self, rule: str, operation: str, where: str) -> bool:
        """Tell whether the entry speaks of a finding or change."""
        return (
            fnmatchcase(rule, self.rule) and fnmatchcase(operation, self.operation) and fnmatchcase(where, self.where)
        )

    def __str__(self) -> str:
        parts = [self.rule, *(part for part in (self.operation, self.where) if part != "*")]
        return " ".join(parts)


def load_ignores(source: str | os.PathLike[str], rules: Mapping[str, Any]) -> list[Ignored]:
    """Read an ignore file: a list of mappings with `rule` and `reason`, and maybe `operation`, `where`, `expires`.

    Raises:
        SpecError: it cannot be read, an entry has no reason, or names a rule that does not exist.

    """
    where = str(source)
    data = parse(read(source), where)
    if not isinstance(data, list):
        raise SpecError("the ignore file is no list", where=where, next_step="Write `- rule: …` with a `reason`")
    return [_entry(one, f"{where} entry {number}", rules) for number, one in enumerate(data)]


def _entry(value: Any, where: str, rules: Mapping[str, Any]) -> Ignored:
    if not isinstance(value, dict):
        raise SpecError("no mapping", where=where, next_step="Write `rule` and `reason`")
    for name in value:
        if name not in FIELDS:
            raise SpecError(f"unknown field {name}", where=where, closest=closest(name, FIELDS))
    for name in ("rule", "reason"):
        if not isinstance(value.get(name), str) or not value[name].strip():
            raise SpecError(f"it has no {name}", where=where, next_step=f"Add a `{name}`")
    if not any(fnmatchcase(rule, value["rule"]) for rule in rules):
        raise SpecError(f"there is no rule {value['rule']}", where=where, closest=closest(value["rule"], rules))
    expires = None
    if "expires" in value:
        try:
            expires = date.fromisoformat(str(value["expires"]))
        except ValueError:
            raise SpecError(f"{value['expires']} is no date", where=where, next_step="Write YYYY-MM-DD") from None
    given = {name: str(value[name]) for name in ("operation", "where") if name in value}
    return Ignored(value["rule"], value["reason"], expires=expires, **given)


def without_ignored(
    found: Iterable[tuple[T, tuple[str, str, str]]], entries: list[Ignored], today: date
) -> tuple[list[T], int, list[str]]:
    """Leave out what the entries cover: things come with their rule, operation and place.

    Returns what is left, how much was left out, and what to say about entries that are over or cover nothing.
    """
    live = [entry for entry in entries if entry.expires is None or entry.expires >= today]
    used: set[Ignored] = set()
    kept, dropped = [], 0
    for thing, place in found:
        covering = [entry for entry in live if entry.covers(*place)]
        used.update(covering)
        if covering:
            dropped += 1
        else:
            kept.append(thing)
    notes = [f"the entry {one} expired on {one.expires}: it is reported again" for one in entries if one not in live]
    notes += [f"the entry {one} covers nothing" for one in live if one not in used]
    return kept, dropped, notes
