"""From a schema to its bounds: values just outside, which are refused, and just inside, which are taken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from specdouble.openapi.validation.compiled import Schemas

_WRONG_TYPE: dict[str, list[Any]] = {
    "string": [17, {"a": 1}, ["a"], True],
    "integer": ["seventeen", 1.5, {"a": 1}, [1]],
    "number": ["seventeen", {"a": 1}, [1]],
    "boolean": ["perhaps", {"a": 1}, [True], 17],
    "array": ["a", {"a": 1}, 17],
    "object": ["a", ["a"], 17],
}
_BAD_FORMAT = {"email": ["no-address", "@example.com", "a@"], "date-time": ["yesterday"], "uri": ["no uri"]}
LONGEST = 20_000  # a longer text is not worth its transport


@dataclass(frozen=True)
class Probe:
    """A value for one field or parameter; `rule` and `why` say which bound it tries."""

    rule: str
    why: str
    value: Any


def variants(schemas: Schemas, schema: Any) -> tuple[list[dict[str, Any]], bool]:
    """Return what a schema allows as plain schemas, and whether null is among it."""
    node = schemas.resolve(schema)
    kinds = node.get("type")
    parts = [schemas.resolve(one) for one in node.get("anyOf") or node.get("oneOf") or ()]
    if not parts:
        if isinstance(kinds, list):
            return [{**node, "type": kind} for kind in kinds if kind != "null"], "null" in kinds
        return [node], kinds == "null" or None in node.get("enum", ())
    nullable = any(one.get("type") == "null" for one in parts)
    inner = [found for one in parts if one.get("type") != "null" for found in variants(schemas, one)[0]]
    return inner, nullable


def textual(schemas: Schemas, schema: Any) -> bool:
    """Whether a schema takes any text, as a query sends everything."""
    return any(one.get("type") == "string" for one in variants(schemas, schema)[0])


def _text(length: int, schema: dict[str, Any], start: str) -> str | None:
    """Return a text of a length that keeps the pattern and format, made from a valid one; None when it cannot be."""
    if length > LONGEST or length < 0:
        return None
    if schema.get("format") == "email":
        tail = "@example.com"
        found = ("a" * (length - len(tail)) + tail) if length > len(tail) else None
        return found if found is None or len(found.partition("@")[0]) <= 64 else None
    if "format" in schema:
        return None
    found = (start * (length // max(len(start), 1) + 1))[:length] if start.isalnum() else "a" * length
    pattern = schema.get("pattern")
    return found if not pattern or re.search(pattern, found) else None


def outside(schemas: Schemas, schema: Any, start: Any) -> Iterator[Probe]:
    """Yield values that a schema refuses; `start` is a valid one."""
    allowed, nullable = variants(schemas, schema)
    if not allowed or any(one == {} or (not one.get("type") and not one.get("enum")) for one in allowed):
        return
    kinds = {str(one.get("type")) for one in allowed}
    validator = schemas.validator(schema)
    if not nullable:
        yield Probe("BOUND-04", "null", None)
    for value in _WRONG_TYPE.get(str(allowed[0].get("type")), []):
        # Numbers and booleans are taken for each other by lenient readers of one type only.
        if len(kinds) == 1 and not validator.is_valid(value):
            yield Probe("BOUND-03", f"a value of another type ({type(value).__name__})", value)
    if len(allowed) > 1:
        return
    one = allowed[0]
    if "enum" in one or "const" in one:
        yield Probe("BOUND-05", "a value that is not listed", "specdouble-unknown")
    for name, step in (("minimum", -1), ("exclusiveMinimum", 0)):
        if name in one:
            yield Probe("BOUND-06", f"{name} {one[name]}: {one[name] + step}", one[name] + step)
    for name, step in (("maximum", 1), ("exclusiveMaximum", 0)):
        if name in one:
            yield Probe("BOUND-06", f"{name} {one[name]}: {one[name] + step}", one[name] + step)
    if one.get("type") == "string":
        yield from _texts_outside(one, start)
    for name, count in (("minItems", -1), ("maxItems", 1)):
        if name in one and isinstance(start, list) and start:
            wanted = one[name] + count
            if 0 <= wanted <= 500:
                yield Probe("BOUND-07", f"{name} {one[name]}: {wanted} items", (start * (wanted + 1))[:wanted])
    for value in _BAD_FORMAT.get(str(one.get("format")), []):
        yield Probe("BOUND-08", f"no {one['format']}", value)


def _texts_outside(one: dict[str, Any], start: Any) -> Iterator[Probe]:
    text = start if isinstance(start, str) else "a"
    if one.get("minLength", 0) >= 1:
        short = _text(one["minLength"] - 1, {"type": "string"}, text)
        if short is not None:
            yield Probe("BOUND-07", f"minLength {one['minLength']}: {len(short)} characters", short)
    if "maxLength" in one:
        long = _text(one["maxLength"] + 1, {name: one[name] for name in ("format",) if name in one}, text)
        if long is not None:
            yield Probe("BOUND-07", f"maxLength {one['maxLength']}: {len(long)} characters", long)
    pattern = one.get("pattern")
    if pattern:
        for value in ("!", "UPPER CASE", "-", "ä", f"{text} x", f"{text}\n"):
            if not re.search(pattern.replace("$", r"\Z"), value) and len(value) >= one.get("minLength", 0):
                yield Probe("BOUND-08", f"against the pattern {pattern}", value)


def inside(schemas: Schemas, schema: Any, start: Any) -> Iterator[Probe]:
    """Yield values at the bounds of a schema, which it takes."""
    allowed, nullable = variants(schemas, schema)
    if nullable:
        yield Probe("BOUND-14", "null", None)
    if len(allowed) != 1:
        return
    one = allowed[0]
    for value in one.get("enum", ()):
        if value is not None:
            yield Probe("BOUND-15", f"{value!r}, which is listed", value)
    for name in ("minimum", "maximum"):
        if name in one:
            yield Probe("BOUND-16", f"{name} {one[name]}", one[name])
    if one.get("type") == "string" and isinstance(start, str):
        for name in ("minLength", "maxLength"):
            if name in one:
                text = _text(one[name], one, start)
                if text:
                    yield Probe("BOUND-17", f"{name} {one[name]}", text)


def in_query(value: Any) -> str | None:
    """Write a value as a query has it, or None when it has no such form."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else None
