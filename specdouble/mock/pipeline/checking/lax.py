"""Reads values as FastAPI with pydantic 2 does in its lax mode: what clearly means a value of the type is taken as one.

The checks of the document's schema follow, on what was read. Texts of some formats are brought to their normal form
here, and refused here, for a schema says less about them than the real server asks.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

from specdouble.mock.pipeline.checking.addresses import AddressError, normal
from specdouble.openapi.validation.compiled import Schemas

Loc = tuple[str | int, ...]
Error = tuple[Loc, str, str]
TRUE = frozenset({"true", "1", "yes", "on", "t", "y"})
FALSE = frozenset({"false", "0", "no", "off", "f", "n"})
_WHOLE = re.compile(r"[+-]?[0-9]+(?:_[0-9]+)*(?:\.0+)?", re.ASCII)
_SECONDS = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", re.ASCII)
LEAST_INT, MAX_INT = -(2**63), 2**63 - 1
_LONGEST = 400  # digits; far above what is taken, far below what Python refuses to read
_WATERSHED = 20_000_000_000  # as pydantic: a larger number of seconds is one of milliseconds
_CLOCK = r"[Tt _]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?\s?(?:[Zz]|[+-]\d\d:?\d\d)?"
_MOMENT = re.compile(rf"\d{{4}}-\d\d-\d\d(?:{_CLOCK})?", re.ASCII)


class Lax:
    """Reads values by the schemas of one document."""

    __slots__ = ("_schemas",)

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas

    def read(self, value: Any, schema: Any, loc: Loc, errors: list[Error]) -> Any:
        """Return what a value means by a schema; appends to ``errors`` what only the real server refuses.

        Mappings and lists are changed in place. A value that means nothing of the declared types stays as it is.
        """
        found = self._schemas.resolve(schema)
        if not found:
            return value
        for part in found.get("allOf", ()):
            value = self.read(value, part, loc, errors)
        branches = found.get("anyOf") or found.get("oneOf")
        if branches:
            value = self._one_of(value, branches, loc, errors)
        kind = found.get("type")
        if isinstance(kind, list):
            return self._one_of(value, [{**found, "type": one} for one in kind], loc, errors)
        if isinstance(value, dict):
            self._members(value, found, loc, errors)
        elif isinstance(value, list):
            items = found.get("items")
            if items:
                value[:] = [self.read(one, items, (*loc, at), errors) for at, one in enumerate(value)]
        elif kind == "string" and isinstance(value, str | int | float):
            return _text(value, found.get("format"), loc, errors)
        elif kind in _READERS:
            return _READERS[kind](value)
        return value

    def _members(self, value: dict[str, Any], schema: Mapping[str, Any], loc: Loc, errors: list[Error]) -> None:
        known = schema.get("properties") or {}
        further = schema.get("additionalProperties")
        for name in value:
            member = known.get(name, further if isinstance(further, dict) else None)
            if member:
                value[name] = self.read(value[name], member, (*loc, name), errors)

    def _one_of(self, value: Any, branches: Sequence[Any], loc: Loc, errors: list[Error]) -> Any:
        """Read a value by the branch that it fits as it is, or else by the first that takes it."""
        resolved = [self._schemas.resolve(one) for one in branches]
        known = [one for one in resolved if one.get("type") != "null"]
        if value is None and len(known) < len(resolved):
            return None
        if len(known) == 1:
            return self.read(value, known[0], loc, errors)
        exact = [one for one in known if self._fits(value, one)]
        refused: list[Error] = []
        for branch in (*exact, *known):
            own: list[Error] = []
            found = self.read(deepcopy(value), branch, loc, own)
            if not own and self._fits(found, branch):
                return found
            refused = refused or own
        errors.extend(refused)
        return value

    def _fits(self, value: Any, schema: Any) -> bool:
        if isinstance(value, float) and schema.get("type") == "integer":
            return False  # to a schema 1.0 is whole; in a union it is the number
        return self._schemas.validator(schema, self._schemas.request).is_valid(value)


def whole(value: Any) -> Any:
    """Read a whole number: also a text, a number without a fraction, true and false."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() and LEAST_INT <= value <= MAX_INT else value
    if isinstance(value, str):
        text = value.strip()
        if len(text) < _LONGEST and _WHOLE.fullmatch(text):
            found = int(text.partition(".")[0])
            return found if LEAST_INT <= found <= MAX_INT else value
    return value


def number(value: Any) -> Any:
    """Read a number: also a text, true and false; what JSON cannot write (NaN and infinity) stays a text."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and len(value) < _LONGEST and value.isascii():
        try:
            found = float(value)
        except ValueError:
            return value
        return found if abs(found) < float("inf") else value  # NaN is less than nothing
    return value


def boolean(value: Any) -> Any:
    """Read true or false: also as 1 and 0, and as the words that people write for them."""
    if isinstance(value, str):
        lower = value.lower()
        return True if lower in TRUE else False if lower in FALSE else value
    return bool(value) if isinstance(value, int | float) and value in (0, 1) else value


_READERS: dict[Any, Callable[[Any], Any]] = {"integer": whole, "number": number, "boolean": boolean}


def _text(value: str | float, kind: Any, loc: Loc, errors: list[Error]) -> Any:
    if kind == "email" and isinstance(value, str):
        try:
            return normal(value)
        except AddressError as error:
            errors.append((loc, f"value is not a valid email address: {error}", "value_error"))
    elif kind == "uuid" and isinstance(value, str):
        try:
            return str(uuid.UUID(value))
        except ValueError:
            return value
    elif kind == "date-time" and not isinstance(value, bool):
        return _moment(value)
    elif kind == "date" and not isinstance(value, bool):
        return _day(value)
    return value


def _moment(value: str | float) -> Any:
    """Read a moment: also seconds since 1970, a day, one without seconds or zone, which then is UTC."""
    found = _read_moment(value)
    if found is None:
        return value
    if isinstance(value, str) and value[10:11] == "T" and found.tzinfo is not None and value[16:17] == ":":
        return value  # as the document wants it
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat().replace("+00:00", "Z")


def _read_moment(value: str | float) -> datetime | None:
    try:
        if not isinstance(value, str) or _SECONDS.fullmatch(value):
            seconds = float(value)
            return datetime.fromtimestamp(seconds if abs(seconds) <= _WATERSHED else seconds / 1000, UTC)
        text = str(value).strip()
        return datetime.fromisoformat(text.replace("_", "T").replace(",", ".")) if _MOMENT.fullmatch(text) else None
    except (ValueError, OverflowError, OSError):
        return None


def _day(value: str | float) -> Any:
    """Read a day: also a moment at midnight."""
    try:
        if isinstance(value, str) and len(value) == len("2000-01-01"):
            return date.fromisoformat(value).isoformat()
    except ValueError:
        return value
    found = _read_moment(value)
    return found.date().isoformat() if found is not None and found.time() == datetime.min.time() else value
