"""From a schema to its bounds: values just outside, which are refused, and at the bounds, which are taken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from specdouble.openapi.patterns import matches
from specdouble.openapi.values.flat import Flat, Flats
from specdouble.openapi.values.pattern import text_for

LONGEST = 20_000  # a longer text is not worth its transport
MANY = 500  # items of a list
LEFT_OUT: Any = type("LeftOut", (), {"__repr__": lambda _self: "left out"})()
_OTHER = {
    "string": (17, {"a": 1}, ["a"], True),
    "integer": ("seventeen", 1.5, {"a": 1}, [1]),
    "number": ("seventeen", {"a": 1}, [1]),
    "boolean": ("perhaps", {"a": 1}, 17),
    "array": ("a", {"a": 1}),
    "object": ("a", ["a"], 17),
}
_NO_FORMAT = {
    "date-time": ("yesterday", "2026-13-45T99:00:00Z"),
    "date": ("yesterday", "2026-02-31"),
    "uuid": ("no-uuid", "1234"),
    "email": ("no-address", "@example.com"),
    "ipv4": ("300.1.1.1",),
    "ipv6": ("no-address",),
}


@dataclass(frozen=True)
class Probe:
    """A value for one place; `rule` and `why` say which bound it tries."""

    rule: str
    why: str
    value: Any


class Probes:
    """Makes probes from the schemas of one document."""

    def __init__(self, flats: Flats) -> None:
        self.flats = flats

    def _valid(self, flat: Flat, value: Any) -> bool:
        return bool(self.flats.schemas.validator(flat.raw, "request").is_valid(value))

    def outside(self, schema: Any, start: Any, *, as_text: bool = False) -> Iterator[Probe]:
        """Yield values that a schema refuses; `start` is a valid one, and `as_text` says that all is sent as text."""
        flat = self.flats.of(schema)
        for one in self._outside(flat, start, as_text=as_text):
            if (
                one.value is not None
                and as_text
                and (isinstance(one.value, dict | list) or (flat.type == "string" and not isinstance(one.value, str)))
            ):
                continue
            if not self._valid(flat, one.value):
                yield one

    def _outside(self, flat: Flat, start: Any, *, as_text: bool) -> Iterator[Probe]:
        kind = flat.type
        if not flat.nullable and not as_text and (kind or flat.enum):
            yield Probe("BOUND-44", "null", None)
        coerced = kind == "string" and "format" in flat.rules  # a time as a number: readers of dates take it
        for value in _OTHER.get(kind, ()) if not (as_text and kind == "array") else ():
            if coerced and isinstance(value, int):
                continue
            yield Probe("BOUND-43", f"a value of another type ({type(value).__name__})", value)
        if flat.enum:
            yield Probe("BOUND-45", "a value that is not listed", "specdouble-unknown" if kind != "integer" else 987654)
        if flat.options:
            return
        if kind in ("integer", "number"):
            yield from self._numbers(flat, kind == "integer")
        if kind == "string":
            yield from self._texts(flat, start)
        if kind == "array":
            yield from self._lists(flat, start)

    @staticmethod
    def _numbers(flat: Flat, whole: bool) -> Iterator[Probe]:
        unit = 1 if whole else 0.5
        if flat.low is not None:
            value = flat.low if flat.strict_low else flat.low - unit
            yield Probe("BOUND-46", f"below the least ({_short(flat.low)})", int(value) if whole else value)
        if flat.high is not None:
            value = flat.high if flat.strict_high else flat.high + unit
            yield Probe("BOUND-46", f"above the most ({_short(flat.high)})", int(value) if whole else value)
        step = flat.rules.get("multipleOf")
        if isinstance(step, int) and step > 1:
            yield Probe("BOUND-46", f"no multiple of {step}", (int(flat.low or 0) // step) * step + step + 1)

    @staticmethod
    def _texts(flat: Flat, start: Any) -> Iterator[Probe]:
        rules, text = flat.rules, start if isinstance(start, str) and start else "a"
        low, high = rules.get("minLength"), rules.get("maxLength")
        if isinstance(low, int) and low > 0:
            yield Probe("BOUND-47", f"shorter than {low}", text[: low - 1])
        if isinstance(high, int) and high < LONGEST:
            yield Probe("BOUND-47", f"longer than {high}", _long(text, high + 1, flat))
        if isinstance(rules.get("pattern"), str):
            for value in ("!", f"{text}!", f"{text} x", f"x{text.upper()}", "ä", f"{text}\n"):
                yield Probe("BOUND-48", "against its pattern", value)
        for value in _NO_FORMAT.get(str(rules.get("format")), ()):
            yield Probe("BOUND-48", f"no {rules['format']}", value)

    def _lists(self, flat: Flat, start: Any) -> Iterator[Probe]:
        rules, one = flat.rules, start[0] if isinstance(start, list) and start else None
        if one is None and flat.items is not None:
            inner = self.flats.of(flat.items)
            one = (inner.enum or [None])[0] or {"string": "a", "integer": 1, "number": 1}.get(inner.type)
        low, high = rules.get("minItems"), rules.get("maxItems")
        if isinstance(low, int) and low > 0 and one is not None:
            yield Probe("BOUND-47", f"fewer than {low} items", [one] * (low - 1))
        if isinstance(high, int) and high < MANY and one is not None:
            yield Probe("BOUND-47", f"more than {high} items", _different(one, high + 1))
        if rules.get("uniqueItems") and one is not None:
            yield Probe("BOUND-47", "the same item twice", [one, one])
        if flat.items is not None and not self.flats.of(flat.items).nullable and self.flats.of(flat.items).type:
            yield Probe("BOUND-44", "null in a list", [None])
            inner = self.flats.of(flat.items)
            for bad in self._outside(inner, one, as_text=False):
                if bad.rule in ("BOUND-47", "BOUND-45", "BOUND-46"):
                    yield Probe(bad.rule, f"an item {bad.why}", [bad.value])

    def inside(self, schema: Any, start: Any) -> Iterator[Probe]:
        """Yield values at the bounds of a schema, which it takes."""
        flat = self.flats.of(schema)
        for one in self._inside(flat, start):
            if self._valid(flat, one.value):
                yield one

    def _inside(self, flat: Flat, start: Any) -> Iterator[Probe]:
        if flat.nullable:
            yield Probe("BOUND-51", "null", None)
        for value in (flat.enum or ())[:12]:
            if value is not None:
                yield Probe("BOUND-52", f"{value!r}, which is listed", value)
        if flat.options or flat.enum:
            return
        kind = flat.type
        if kind in ("integer", "number"):
            for said, value, strict in (("least", flat.low, flat.strict_low), ("most", flat.high, flat.strict_high)):
                if value is not None and not strict:
                    yield Probe("BOUND-53", f"the {said} ({_short(value)})", int(value) if kind == "integer" else value)
        if kind == "string" and not {"format"} & flat.rules.keys():
            text = start if isinstance(start, str) and start else "a"
            for name in ("minLength", "maxLength"):
                length = flat.rules.get(name)
                if isinstance(length, int) and 0 < length < LONGEST:
                    yield Probe("BOUND-54", f"of {length} characters", _long(text, length, flat))
        if kind == "array" and isinstance(flat.rules.get("maxItems"), int) and flat.rules["maxItems"] < MANY:
            one = start[0] if isinstance(start, list) and start else None
            if one is not None:
                yield Probe("BOUND-54", f"of {flat.rules['maxItems']} items", _different(one, flat.rules["maxItems"]))


def _long(text: str, length: int, flat: Flat) -> str:
    """Return a text of a length, with the pattern where one can be made."""
    pattern = flat.rules.get("pattern")
    if isinstance(pattern, str):
        import random

        made = text_for(pattern, random.Random(length), length, length)
        if made is not None and len(made) == length and matches(pattern, made):
            return made
    base = re.sub(r"[^A-Za-z0-9]", "", text) or "a"
    return (text + base * (length // len(base) + 1))[:length] if len(text) < length else text[:length]


def _different(one: Any, count: int) -> list[Any]:
    if isinstance(one, str):
        return [f"{one[:8]}{number}" if number else one for number in range(count)]
    if isinstance(one, int) and not isinstance(one, bool):
        return [one + number for number in range(count)]
    return [one] * count


def _short(value: float) -> str:
    return f"{value:g}"
