"""Reads values as FastAPI with pydantic 2 does in its lax mode: what clearly means a value of the type is taken as one.

The checks of the document's schema follow, on what was read. Texts of some formats are brought to their normal form
here, and refused here, for a schema says less about them than the real server asks.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
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


class Plan:
    """What is to be done with the values of one schema, found out once; a falsy one has nothing to do."""

    __slots__ = ("branches", "format", "further", "items", "kind", "members", "nullable", "parts", "works")

    def __init__(self) -> None:
        self.works = False
        self.parts: tuple[Plan, ...] = ()  # of allOf
        self.branches: tuple[tuple[Any, Plan], ...] = ()  # schemas, of which one is meant, each with its plan
        self.nullable = False  # null is one of them
        self.members: dict[str, Plan] = {}
        self.further: Plan | None = None
        self.items: Plan | None = None
        self.kind: Any = None
        self.format: Any = None

    def __bool__(self) -> bool:
        return self.works


class Lax:
    """Reads values by the schemas of one document."""

    __slots__ = ("_plans", "_schemas")

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._plans: dict[int, tuple[Any, Plan]] = {}  # by the id of a schema, which is held so that it stays one

    def read(self, value: Any, schema: Any, loc: Loc, errors: list[Error]) -> Any:
        """Return what a value means by a schema; appends to ``errors`` what only the real server refuses.

        Mappings and lists are changed in place. A value that means nothing of the declared types stays as it is.
        """
        held = self._plans.get(id(schema))
        plan = held[1] if held is not None else self._plan(schema)
        return self._read(value, plan, loc, errors) if plan else value

    def _plan(self, schema: Any) -> Plan:
        held = self._plans.get(id(schema))
        if held is not None:
            return held[1]
        plan = Plan()
        self._plans[id(schema)] = (schema, plan)  # before what is below it: a schema may hold itself
        found = self._schemas.resolve(schema)
        if not found:
            return plan
        plan.works = True  # until it is known better, for what refers to it from below
        plan.parts = tuple(map(self._plan, found.get("allOf", ())))
        plan.kind, plan.format = found.get("type"), found.get("format")
        if isinstance(plan.kind, list):
            self._branch(plan, [{**found, "type": one} for one in plan.kind])
            plan.kind = None
            return plan
        self._branch(plan, found.get("anyOf") or found.get("oneOf") or ())
        plan.members = {name: self._plan(one) for name, one in (found.get("properties") or {}).items() if one}
        further, items = found.get("additionalProperties"), found.get("items")
        plan.further = self._plan(further) if isinstance(further, dict) and further else None
        plan.items = self._plan(items) if items else None
        below = (*plan.parts, *plan.members.values(), plan.further, plan.items)
        reads = plan.kind in _READERS or (plan.kind == "string" and plan.format in _FORMATS)
        plan.works = reads or bool(plan.branches) or any(below)
        return plan

    def _branch(self, plan: Plan, schemas: Sequence[Any]) -> None:
        known = [one for one in map(self._schemas.resolve, schemas) if one.get("type") != "null"]
        plan.nullable = len(known) < len(schemas)
        plan.branches = tuple((one, self._plan(one)) for one in known)

    def _read(self, value: Any, plan: Plan, loc: Loc, errors: list[Error]) -> Any:
        for part in plan.parts:
            if part:
                value = self._read(value, part, loc, errors)
        if plan.branches:
            value = self._one_of(value, plan, loc, errors)
        if isinstance(value, dict):
            for name, one in value.items():
                member = plan.members.get(name, plan.further)
                if member:
                    value[name] = self._read(one, member, (*loc, name), errors)
        elif isinstance(value, list):
            if plan.items:
                value[:] = [self._read(one, plan.items, (*loc, at), errors) for at, one in enumerate(value)]
        elif plan.kind == "string":
            if isinstance(value, str | int | float):
                return _text(value, plan.format, loc, errors)
        elif plan.kind in _READERS:
            return _READERS[plan.kind](value)
        return value

    def _one_of(self, value: Any, plan: Plan, loc: Loc, errors: list[Error]) -> Any:
        """Read a value by the branch that it fits as it is, or else by the first that takes it."""
        known = plan.branches
        if value is None and plan.nullable:
            return None
        if len(known) == 1:
            return self._read(value, known[0][1], loc, errors)
        exact = [one for one in known if self._fits(value, one[0])]
        refused: list[Error] = []
        for branch, below in (*exact, *known):
            own: list[Error] = []
            found = self._read(deepcopy(value), below, loc, own)
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


_FORMATS = frozenset({"email", "uuid", "date-time", "date"})
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
