"""Making any value fit a schema: what fits stays, what can be written otherwise is, the rest is left out or made.

A document and what is stored differ: a slug where an object is declared, a text where a list is, a status that is the
request's own. What goes out has to be what the document promises, and has to keep as much as can be kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from specdouble.openapi.model.evidence.words import plain
from specdouble.openapi.shapes import text_of
from specdouble.openapi.values.context import Context, chance
from specdouble.openapi.values.flat import Flat, Flats
from specdouble.openapi.values.make import MISSING, Maker, bounded
from specdouble.openapi.values.untouched import Untouched

_NAMES = ("id", "name", "slug", "key", "code", "login", "username", "uid", "value", "title", "href", "url")
_REPAIRS = 24
_NO_CONTEXT = Context(chance(), 0.0)


class Fitter:
    """Makes values fit the schemas of one document."""

    def __init__(self, flats: Flats, maker: Maker) -> None:
        self.flats = flats
        self.maker = maker
        self.untouched = Untouched(flats, maker.checks)

    def fit(self, schema: Any, value: Any, context: Context, name: str = "") -> Any:
        """Return a valid value that keeps what it can of another; a generated one as the last resort.

        It is the value itself where that is valid already: who changes the one changes the other.
        """
        flat = self.flats.of(schema)
        if self.untouched.holds(flat, value):
            return value
        made = self._fit(flat, value, context, name)
        if made is MISSING:
            made = self.maker.make(schema, context, name)
        checks = self.maker.checks
        if checks.fits(schema, made):
            return made
        made = self._repaired(schema, made, context)
        if checks.fits(schema, made):
            return made
        for rich in (False, True):
            fresh = self.maker.make(schema, replace(context, rich=rich), name)
            if checks.fits(schema, fresh):
                return fresh
        return made

    def scalar(self, schema: Any, value: Any) -> Any:
        """Return a text or figure as a schema writes it, MISSING where it does not fit."""
        flat = self.flats.of(schema)
        kinds = {self.flats.option(flat, one).type for one in range(len(flat.options))} or {flat.type}
        if kinds <= {"object", "array"}:
            return MISSING
        made = self._fit(flat, value, _NO_CONTEXT, "")
        return MISSING if isinstance(made, dict | list) else made

    def shown(self, schema: Any, value: Any) -> Any:
        """Return a value without the members that a schema does not have, and without those that are never shown."""
        return self._project(self.flats.of(schema), value, 0)

    # ---------------------------------------------------------------------------------------------------- one value
    def _fit(self, flat: Flat, value: Any, context: Context, name: str) -> Any:
        if value is MISSING:
            return MISSING
        if value is None:
            return (
                None if flat.nullable or (flat.types is None and not flat.options and not flat.properties) else MISSING
            )
        if flat.options:
            return self._option(flat, value, context, name)
        kind = flat.type
        if kind == "object":
            return self._object(flat, value, context)
        if kind == "array":
            return self._array(flat, value, context, name)
        if kind == "":
            return self._chosen(flat, value)
        if flat.types and len(flat.types - {"null"}) > 1:
            own = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}[
                type(value)
            ]
            if own in flat.types or (own == "integer" and "number" in flat.types):
                return self._object(flat, value, context) if own == "object" else self._array(
                    flat, value, context, name) if own == "array" else self._chosen(flat, value)  # fmt: skip
        return self._scalar(flat, kind, value)

    def _chosen(self, flat: Flat, value: Any) -> Any:
        if not flat.enum or value in flat.enum:
            return value
        if isinstance(value, str):
            return next((one for one in flat.enum if isinstance(one, str) and plain(one) == plain(value)), MISSING)
        return MISSING

    def _scalar(self, flat: Flat, kind: str, value: Any) -> Any:
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, dict):
            value = next((value[one] for one in _NAMES if isinstance(value.get(one), str | int)), MISSING)
        if not isinstance(value, str | int | float):
            return MISSING
        if kind == "string":
            return self._string(flat, value)
        if kind == "boolean":
            if isinstance(value, bool):
                return self._chosen(flat, value)
            return {"true": True, "false": False, "1": True, "0": False}.get(str(value).lower(), MISSING)
        if isinstance(value, bool):
            return MISSING
        if isinstance(value, str):
            try:
                value = int(value) if kind == "integer" else float(value)
            except ValueError:
                return MISSING
        if kind == "integer" and isinstance(value, float):
            value = int(value)
        if bounded(flat, value, kind == "integer") != value:
            return MISSING
        return self._chosen(flat, value)

    def _string(self, flat: Flat, value: Any) -> Any:
        text = value if isinstance(value, str) else text_of(value)
        chosen = self._chosen(flat, text)
        if chosen is MISSING:
            return MISSING
        high = flat.rules.get("maxLength")
        if isinstance(high, int) and len(chosen) > high:
            chosen = chosen[:high]
        if flat.rules.keys() & {"format", "pattern", "minLength"} and not self.maker.fits(flat, chosen):
            return MISSING
        return chosen

    def _array(self, flat: Flat, value: Any, context: Context, name: str) -> Any:
        if isinstance(value, dict) and flat.types and "object" not in flat.types:
            inner = self.flats.of(flat.items) if flat.items is not None else None
            value = [value] if inner is None or inner.type in ("object", "") else list(value.values())
        elif not isinstance(value, list):
            value = [value]
        made = []
        for index, one in enumerate(value):
            schema = flat.prefix[index] if index < len(flat.prefix) else flat.items
            if schema is None:
                made.append(one)
                continue
            fitted = self._fit(self.flats.of(schema), one, context, name)
            if fitted is not MISSING:
                made.append(fitted)
        high = flat.rules.get("maxItems")
        if isinstance(high, int):
            made = made[:high]
        if flat.rules.get("uniqueItems"):
            made = [one for index, one in enumerate(made) if one not in made[:index]]
        least = flat.rules.get("minItems", 0)
        if len(made) < least:
            fresh = self.maker.of_flat(flat, context, name)
            made += fresh[len(made) :] if isinstance(fresh, list) else []
        return made

    # ------------------------------------------------------------------------------------------------------- objects
    def _object(self, flat: Flat, value: Any, context: Context) -> Any:
        if isinstance(value, list):
            if not isinstance(flat.additional, dict) or flat.properties:
                return self._object(flat, value[0], context) if len(value) == 1 else MISSING
            return {}
        if not isinstance(value, dict):
            member = next((one for one in _NAMES if one in flat.properties), None)
            if member is None or not isinstance(value, str | int):
                return MISSING
            value = {member: value}
        if self.untouched.holds(flat, value):
            return _copied(value)
        made: dict[str, Any] = {}
        for name, one in value.items():
            inside = flat.properties.get(name)
            if inside is None:
                if flat.open:
                    made[name] = self._further(flat, one, context, name)
                    if made[name] is MISSING:
                        del made[name]
                continue
            inner = self.flats.of(inside)
            if inner.write_only:
                continue
            fitted = self._fit(inner, one, context, name)
            if fitted is not MISSING:
                made[name] = fitted
        for name in sorted(flat.required - made.keys()):
            schema = flat.properties.get(name, flat.additional if isinstance(flat.additional, dict) else True)
            inner = self.flats.of(schema)
            if inner.write_only:
                continue
            fresh = None if inner.nullable and name in value and value[name] is None else self.maker.make(
                schema, context, name)  # fmt: skip
            made[name] = "text" if fresh is MISSING else fresh
        return made

    def _further(self, flat: Flat, value: Any, context: Context, name: str) -> Any:
        if isinstance(flat.additional, dict):
            return self._fit(self.flats.of(flat.additional), value, context, name)
        return value

    def _option(self, flat: Flat, value: Any, context: Context, name: str) -> Any:
        """Fit the alternative that a value looks most like."""
        best: Any = MISSING
        for index in self._likely(flat, value):
            option = self.flats.option(flat, index)
            made = self._fit(option, value, context, name)
            if made is MISSING:
                continue
            if self.maker.fits(flat, made):
                return made
            best = made if best is MISSING else best
        return best

    def _likely(self, flat: Flat, value: Any) -> list[int]:
        scored = []
        for index in range(len(flat.options)):
            option = self.flats.option(flat, index)
            kind = option.type
            score = 0.0
            if isinstance(value, dict):
                score = 10.0 if kind == "object" else 0.0
                if option.properties:
                    score += 5 * len(value.keys() & option.properties.keys()) / max(1, len(value))
                    score -= 5 * len(option.required - value.keys()) / max(1, len(option.required))
                    score -= 3 * sum(self._contradicts(option.properties[one], value[one])
                                     for one in value.keys() & option.properties.keys())  # fmt: skip
                elif not option.open:
                    score -= 3
                score += self._named(flat, index, value)
            elif isinstance(value, list):
                score = 10.0 if kind == "array" else 0.0
            else:
                own = {str: "string", bool: "boolean", int: "integer", float: "number"}[type(value)]
                score = 10.0 if own in (option.types or {kind}) or (own == "integer" and kind == "number") else 0.0
                score += 5 if option.enum and value in option.enum else 0
            scored.append((-score, index))
        return [index for _, index in sorted(scored)]

    def _contradicts(self, schema: Any, value: Any) -> bool:
        enum = self.flats.of(schema).enum
        return bool(enum) and value not in (enum or ())

    def _named(self, flat: Flat, index: int, value: dict[str, Any]) -> float:
        said = value.get(str(flat.discriminator.get("propertyName") or ""))
        if said is None or not isinstance(flat.options[index], dict):
            return 0
        option: Any = flat.options[index]
        ref = str(option.get("$ref") or "")
        mapping = flat.discriminator.get("mapping")
        wanted = mapping.get(said, said) if isinstance(mapping, dict) and isinstance(said, str) else said
        return 100 if wanted in (ref, ref.rpartition("/")[2]) else -20

    def _project(self, flat: Flat, value: Any, depth: int) -> Any:
        if isinstance(value, list):
            return [self._project(self.flats.of(flat.items), one, depth + 1) for one in value] if flat.items else value
        if not isinstance(value, dict) or flat.options or depth > 20:
            return value
        made = {}
        for name, one in value.items():
            schema = flat.properties.get(name)
            if schema is None:
                if flat.open:
                    made[name] = one
                continue
            inner = self.flats.of(schema)
            if not inner.write_only:
                made[name] = self._project(inner, one, depth + 1)
        return made

    # ------------------------------------------------------------------------------------------------------- repairs
    def _repaired(self, schema: Any, value: Any, context: Context) -> Any:
        """Take out, or make anew, what a validator objects to, one place at a time."""
        made = _copied(value)
        for _ in range(_REPAIRS):
            mistake = self.maker.checks.mistake(schema, made)
            if mistake is None:
                break
            path = list(mistake.path)
            if mistake.keyword == "required":
                owner = _at(made, path)
                if not isinstance(owner, dict):
                    break
                for name in mistake.names:
                    fresh = self.maker.make(self._schema_at(schema, [*path, name]), context, name)
                    owner[name] = "text" if fresh is MISSING else fresh
            elif mistake.keyword in ("additionalProperties", "unevaluatedProperties"):
                owner = _at(made, path)
                for name in mistake.names:
                    owner.pop(name, None)
            elif not path:
                break
            else:
                self._replace(schema, made, path, context)
        return made

    def _replace(self, schema: Any, made: Any, path: list[Any], context: Context) -> None:
        """Take an optional member out; make a needed one or an element anew."""
        owner, last = _at(made, path[:-1]), path[-1]
        if isinstance(owner, dict):
            flat = self.flats.of(self._schema_at(schema, path[:-1]))
            if last not in flat.required:
                owner.pop(last, None)
                return
            fresh = self.maker.make(self._schema_at(schema, path), context, str(last))
            if fresh is MISSING or fresh == owner.get(last):
                owner.pop(last, None)
            else:
                owner[last] = fresh
        elif isinstance(owner, list):
            del owner[last]

    def _schema_at(self, schema: Any, path: list[Any]) -> Any:
        for one in path:
            flat = self.flats.of(schema)
            if isinstance(one, int):
                schema = flat.prefix[one] if one < len(flat.prefix) else (True if flat.items is None else flat.items)
            else:
                members = self.flats.members(schema)
                more = flat.additional if isinstance(flat.additional, dict) else True
                schema = members.get(one, more)
        return schema


def _at(value: Any, path: list[Any]) -> Any:
    for one in path:
        value = value[one]
    return value


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return [_copied(one) for one in value] if isinstance(value, list) else value
