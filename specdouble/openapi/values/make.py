"""Making a value of a schema from nothing: examples and defaults first, then meaning, then form."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from specdouble.openapi.model.evidence.words import words as words_of
from specdouble.openapi.values import meaning
from specdouble.openapi.values.check import Checks
from specdouble.openapi.values.context import Context
from specdouble.openapi.values.flat import Flat, Flats
from specdouble.openapi.values.pattern import text_for

MISSING: Any = type("Missing", (), {"__repr__": lambda _self: "MISSING", "__bool__": lambda _self: False})()
_DEEPEST = 7  # of values that need not be there
_BOTTOM = 14  # of any
_OVER = frozenset({"deleted", "cancelled", "canceled", "archived", "closed", "completed", "finished", "expired",
                   "revoked", "disabled", "blocked", "locked", "failed", "ended", "error"})  # fmt: skip
_LATE = _OVER | {"inactive", "stopped", "terminated", "rejected", "declined", "refused", "dead", "voided",
                 "void", "paid", "removed", "destroyed", "suspended", "exited", "killed", "off", "unknown",
                 "refunded", "resolved", "done", "merged", "trashed", "invalid", "denied", "errored"}  # fmt: skip
_ON = frozenset({"active", "enabled", "available", "valid", "visible", "verified", "success", "ok", "healthy"})


class Maker:
    """Makes values of the schemas of one document."""

    def __init__(self, flats: Flats) -> None:
        self.flats = flats
        self.checks = Checks(flats.schemas)

    def make(self, schema: Any, context: Context, name: str = "") -> Any:
        """Return a value of a schema; `name` is that of the member that it is for."""
        return self.of_flat(self.flats.of(schema), context.inside(schema), name)

    def of_flat(self, flat: Flat, context: Context, name: str = "") -> Any:
        """Return a value of a flat schema."""
        listed = self._listed(flat, context, name)
        if listed is not MISSING:
            return listed
        if flat.options:
            return self._of_options(flat, context, name)
        made = self._of_type(flat, context, name)
        return None if made is MISSING and flat.nullable else made

    def _listed(self, flat: Flat, context: Context, name: str) -> Any:
        """Return what the document shows: references to other things, choices, examples, defaults."""
        if context.refer is not None and flat.type in ("string", "integer", "number", ""):
            found = context.refer(name, flat)
            if found is not None and self.fits(flat, found):
                return found
        if flat.enum:
            real = [one for one in flat.enum if one is not None] or flat.enum
            if flat.has_default and flat.default in real:
                return flat.default
            if context.rich:
                return real[context.number % len(real)]
            return next((one for one in real if not (isinstance(one, str) and set(words_of(one)) & _LATE)), real[0])
        if flat.examples and (context.number == 0 or flat.type not in ("string", "") or len(flat.examples) > 1):
            shown = flat.examples[context.number % len(flat.examples)]
            if self.fits(flat, shown):
                return shown
        if flat.has_default and flat.default is not None and self.fits(flat, flat.default):
            return flat.default
        return MISSING

    def fits(self, flat: Flat, value: Any) -> bool:
        """Tell whether a value is one of a schema."""
        return self.checks.fits(flat.raw, value)

    def _of_options(self, flat: Flat, context: Context, name: str) -> Any:
        order = list(range(len(flat.options)))
        scalar = [one for one in order if self.flats.of(flat.options[one]).type not in ("object", "array")]
        if len(context.path) > _DEEPEST and scalar:
            order = [*scalar, *(one for one in order if one not in scalar)]
        elif context.rich and not scalar:
            turn = context.number % len(order)
            order = order[turn:] + order[:turn]
        for index in order:
            option = self.flats.option(flat, index)
            if context.path.count(id(flat.options[index])) > 1:
                continue
            made = self.of_flat(option, context.inside(flat.options[index]), name)
            self._discriminate(flat, index, made)
            if made is not MISSING and self.fits(flat, made):
                return made
        return None if flat.nullable else self.of_flat(self.flats.option(flat, 0), context, name)

    def _discriminate(self, flat: Flat, index: int, made: Any) -> None:
        """Name the alternative in the member that tells them apart."""
        member = flat.discriminator.get("propertyName")
        option = flat.options[index]
        if not member or not isinstance(made, dict) or not isinstance(option, dict):
            return
        ref = str(option.get("$ref") or "")
        mapping = flat.discriminator.get("mapping")
        names = (
            [key for key, to in mapping.items() if to in (ref, ref.rpartition("/")[2])]
            if isinstance(mapping, dict)
            else []
        )
        inner = self.flats.option(flat, index).properties.get(member)
        allowed = self.flats.of(inner).enum if inner is not None else None
        if allowed:
            made[member] = next((one for one in names if one in allowed), allowed[0])
        elif names or ref:
            made[member] = names[0] if names else ref.rpartition("/")[2]

    def _of_type(self, flat: Flat, context: Context, name: str) -> Any:
        kind = flat.type
        if kind == "object":
            return self._object(flat, context)
        if kind == "array":
            return self._array(flat, context, name)
        if kind == "string":
            return self._text(flat, context, name)
        if kind in ("integer", "number"):
            return self._number(flat, context, name, kind == "integer")
        if kind == "boolean":
            parts = set(words_of(name))
            return bool(parts & _ON) and not parts & _OVER
        if kind == "null":
            return None
        return MISSING if len(context.path) > 1 and not name else self._anything(context, name)

    def _anything(self, context: Context, name: str) -> Any:
        text = meaning.of_name(name, context) if name else None
        return text if text is not None else {} if len(context.path) <= 1 else "text"

    def _object(self, flat: Flat, context: Context) -> dict[str, Any]:
        made: dict[str, Any] = {}
        depth = len(context.path)
        for name, schema in flat.properties.items():
            needed = name in flat.required
            if not needed and (not context.rich or depth > _DEEPEST - 3):
                continue
            inner = self.flats.of(schema)
            if inner.read_only if context.request else inner.write_only:
                continue
            again = context.path.count(id(schema)) or (inner.key and self._stands_in(inner, context))
            if (again and not needed) or depth > _BOTTOM:
                continue
            if not needed and inner.nullable and set(words_of(name)) & _OVER:
                made[name] = None
                continue
            value = self.of_flat(inner, self._marked(inner, context, schema), name)
            if value is not MISSING:
                made[name] = value
        self._further(flat, made, context)
        return made

    def _marked(self, inner: Flat, context: Context, schema: Any) -> Context:
        marked = context.inside(schema)
        return replace(marked, path=(*marked.path, inner.key)) if inner.key else marked

    def _stands_in(self, inner: Flat, context: Context) -> bool:
        return inner.key in context.path

    def _further(self, flat: Flat, made: dict[str, Any], context: Context) -> None:
        """Add members without a declaration, where they have to be there."""
        least = flat.rules.get("minProperties", 0)
        for name in sorted(flat.required - flat.properties.keys()):
            inner = self.flats.of(flat.additional if isinstance(flat.additional, dict) else True)
            value = self.of_flat(inner, context.inside(inner), name)
            made[name] = "text" if value is MISSING else value
        names = [one for one in flat.properties if one not in made]
        while len(made) < least and len(context.path) <= _BOTTOM:
            name = names.pop(0) if names else f"key{len(made) + 1}"
            schema = flat.properties.get(name, flat.additional if isinstance(flat.additional, dict) else True)
            inner = self.flats.of(schema)
            value = self.of_flat(inner, context.inside(schema), name)
            made[name] = "text" if value is MISSING else value

    def _array(self, flat: Flat, context: Context, name: str) -> list[Any]:
        least, most = flat.rules.get("minItems", 0), flat.rules.get("maxItems")
        depth = len(context.path)
        wanted = max(least, len(flat.prefix))
        if context.rich and not wanted and depth <= _DEEPEST - 4:
            wanted = 1
        if most is not None:
            wanted = min(wanted, most)
        made: list[Any] = []
        for index in range(wanted * 4):
            if len(made) >= wanted or depth > _BOTTOM:
                break
            schema = flat.prefix[index] if index < len(flat.prefix) else (True if flat.items is None else flat.items)
            inner = self.flats.of(schema)
            if inner.key and self._stands_in(inner, context) and len(made) >= least:
                break
            turn = replace(context, number=context.number + index)
            value = self.of_flat(inner, self._marked(inner, turn, schema), name)
            if value is MISSING:
                value = "text"
            if not flat.rules.get("uniqueItems") or value not in made:
                made.append(value)
        return made

    def _text(self, flat: Flat, context: Context, name: str) -> str:
        rules = flat.rules
        low, high = int(rules.get("minLength", 0)), rules.get("maxLength")
        high = int(high) if isinstance(high, int | float) else None
        made = meaning.of_format(str(rules.get("format") or ""), context)
        if made is None and not rules.get("pattern"):
            made = meaning.of_name(name, context)
        if (made is None or not self.fits(flat, made)) and isinstance(rules.get("pattern"), str):
            made = text_for(rules["pattern"], context.rng, low, high) or made
        if made is None:
            made = meaning.of_any(name, flat.said, context)
        if "format" in rules and self.fits(flat, made):
            return made
        if len(made) < low:
            made += "x" * (low - len(made))
        return made if high is None else made[:high]

    def _number(self, flat: Flat, context: Context, name: str, whole: bool) -> float:
        value = meaning.number_of(name, context, whole)
        if value is None:
            value = 1 if not context.rich else context.rng.randint(1, 20)
        return bounded(flat, value, whole)


def bounded(flat: Flat, value: float, whole: bool) -> float:
    """Return the number nearest to a value that a schema allows."""
    step = flat.rules.get("multipleOf")
    step = step if isinstance(step, int | float) and step > 0 else None
    unit = step or (1 if whole else 0.5)
    low, high = flat.low, flat.high
    if low is not None and (value < low or (flat.strict_low and value <= low)):
        value = low
        if flat.strict_low:
            value = (
                math.floor(low) + 1
                if whole and not step
                else low + (unit if high is None or low + unit < high else (high - low) / 2)
            )
    if high is not None and (value > high or (flat.strict_high and value >= high)):
        value = high
        if flat.strict_high:
            value = (
                math.ceil(high) - 1
                if whole and not step
                else high - (unit if low is None or high - unit > low else (high - low) / 2)
            )
    if step:
        value = math.ceil(value / step - 1e-9) * step if low is None or value >= low else value
        if isinstance(step, float):
            value = round(value, 10)
    if whole:
        made = math.ceil(value) if low is not None and value <= low else int(value)
        return int(made)
    return value
