"""Values as seed data hold them: times count from now, so that they stay fresh."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from specdouble.mock.state.collections import Doc
from specdouble.moments import parse_stamp

_OURS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")  # as the clock writes what happens now
_MATH = re.compile(r"now([+-].*)?|.*\{n\}.*", re.DOTALL)
_MARKS = frozenset({"$cycle", "$count", "$down", "$epoch", "$value", "$repeat"})
_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


class Relative:
    """Writes values for seed data.

    ``times`` and ``epochs`` are fields in which times are written as text and as seconds since 1970; a text that the
    world's clock wrote is a time in any field, and so is one of while the server ran (`since`).
    """

    def __init__(self, now: float, since: float, times: Iterable[str] = (), epochs: Iterable[str] = ()) -> None:
        self.now = int(now)
        self.since = since
        self.times = frozenset(times)
        self.epochs = frozenset(epochs)

    def doc(self, doc: Doc) -> Doc:
        """Return a document as a record."""
        return {name: self.value(one, name) for name, one in doc.items()}

    def value(self, value: Any, field: str = "") -> Any:
        """Return a value as a record holds it."""
        if isinstance(value, str):
            return self._text(value, field)
        if isinstance(value, list):
            return [self.value(one, field) for one in value]
        if isinstance(value, dict):
            made = {name: self.value(one, name) for name, one in value.items()}
            return {"$value": value} if value.keys() & _MARKS else made
        if field in self.epochs and isinstance(value, float | int) and not isinstance(value, bool):
            return {"$epoch": since_now(float(value) - self.now)}
        return value

    def _text(self, text: str, field: str) -> Any:
        at = _moment(text)
        if at is not None and (field in self.times or _OURS.fullmatch(text) or self.since <= at <= self.now + 1):
            return since_now(at - self.now)
        return {"$value": text} if _MATH.fullmatch(text) else text


def since_now(seconds: float) -> str:
    """Write how far a time is from now, in whole seconds: `now-3d2h`."""
    whole = int(seconds // 1)
    if whole == 0:
        return "now"
    rest, parts = abs(whole), []
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        parts += [f"{count}{unit}"] if count else []
    return f"now{'-' if whole < 0 else '+'}{''.join(parts)}"


def _moment(text: str) -> float | None:
    if len(text) < len("2026-01-01T00:00Z") or not text.endswith("Z"):
        return None
    try:
        return parse_stamp(text)
    except ValueError:
        return None


def fields_with_times(records: list[Any]) -> tuple[set[str], set[str]]:
    """Return the fields in which records of a file have times, as text and as seconds since 1970."""
    times: set[str] = set()
    epochs: set[str] = set()

    def look(value: Any, field: str) -> None:
        if isinstance(value, str) and re.fullmatch(r"now([+-]\w+)*", value):
            times.add(field)
        elif isinstance(value, list):
            for one in value:
                look(one, field)
        elif isinstance(value, dict):
            if value.keys() == {"$epoch"}:
                epochs.add(field)
            for name, one in value.items():
                look(one, field if name.startswith("$") else name)

    look(records, "")
    return times, epochs
