"""What the keywords of one schema say that hold no alternatives, as flats: one for each type."""

from collections.abc import Callable
from dataclasses import replace

from specdouble.openapi.schemas.flat import ANYTHING, BASE, TYPES, Conj, Flat, Group, both
from specdouble.openapi.schemas.numbers import fraction
from specdouble.openapi.schemas.universe import Schema

Inner = Callable[[int], Conj]
_FIRST = {"n": "null", "t": "boolean", "f": "boolean", '"': "string", "[": "array", "{": "object"}


def own(schema: Schema, inner: Inner) -> tuple[Flat, ...]:
    """Return what the keywords say that hold no alternatives, for each type."""
    kinds = schema.get("type", TYPES)
    found = []
    for kind in dict.fromkeys("number" if kind == "integer" else kind for kind in kinds):
        flat = _PARTS[kind](schema, inner) if kind in _PARTS else BASE[kind]
        if kind == "number" and "integer" in kinds:
            flat = replace(flat, integer=True)
        if "enum" in schema:
            values = frozenset(text for text in schema["enum"] if _FIRST.get(text[0], "number") == kind)
            values = values if flat.enum is None else values & flat.enum
            if not values:
                continue
            flat = replace(flat, enum=values)
        found.append(flat)
    return tuple(found)


def _one(schema: Schema, keyword: str) -> frozenset[str]:
    return frozenset((schema[keyword],)) if keyword in schema else frozenset()


def _number(schema: Schema, inner: Inner) -> Flat:
    low = (schema["minimum"], False) if "minimum" in schema else None
    high = (schema["maximum"], False) if "maximum" in schema else None
    part = Flat("number", low=low, high=high, formats=_one(schema, "format"))
    if "multipleOf" in schema:
        part = replace(part, multiples=frozenset((fraction(schema["multipleOf"]),)))
    if "exclusiveMinimum" in schema:
        part = both(part, Flat("number", low=(schema["exclusiveMinimum"], True)))
    if "exclusiveMaximum" in schema:
        part = both(part, Flat("number", high=(schema["exclusiveMaximum"], True)))
    return part


def _string(schema: Schema, inner: Inner) -> Flat:
    kinds = ("contentMediaType", "contentEncoding", "contentSchema")
    return Flat(
        "string",
        min_size=schema.get("minLength", 0),
        max_size=schema.get("maxLength"),
        patterns=_one(schema, "pattern"),
        formats=_one(schema, "format"),
        content=frozenset((kind, schema[kind]) for kind in kinds if kind in schema),
    )


def _array(schema: Schema, inner: Inner) -> Flat:
    contains = frozenset[tuple[Conj, int, int | None]]()
    if "contains" in schema:
        least, most = schema.get("minContains", 1), schema.get("maxContains")
        contains = frozenset(((frozenset((schema["contains"],)), least, most),))
    return Flat(
        "array",
        min_size=schema.get("minItems", 0),
        max_size=schema.get("maxItems"),
        unique="uniqueItems" in schema,
        prefix=tuple(inner(part) for part in schema.get("prefixItems", ())),
        rest=inner(schema["items"]) if "items" in schema else ANYTHING,
        all_items="items" in schema,
        contains=contains,
    )


def _object(schema: Schema, inner: Inner) -> Flat:
    groups: tuple[Group, ...] = ()
    explicit = "additionalProperties" in schema
    if explicit or "properties" in schema or "patternProperties" in schema:
        group = Group(
            {name: inner(part) for name, part in schema.get("properties", {}).items()},
            ((name, inner(part)) for name, part in schema.get("patternProperties", {}).items()),
            inner(schema["additionalProperties"]) if explicit else ANYTHING,
            explicit,
        )
        if group.properties or group.patterns or group.additional or explicit:
            groups = (group,)
    return Flat(
        "object",
        min_size=schema.get("minProperties", 0),
        max_size=schema.get("maxProperties"),
        required=schema.get("required", frozenset()),
        groups=groups,
        names=inner(schema["propertyNames"]) if "propertyNames" in schema else ANYTHING,
        dependent=frozenset((n, frozenset((part,))) for n, part in schema.get("dependentSchemas", {}).items()),
    )


_PARTS = {"number": _number, "string": _string, "array": _array, "object": _object}
