"""What changed between two versions of one schema, and whom it breaks.

The rule behind every verdict: a request may be asked for less and an answer may say more, never the other way round.
Narrowing what is accepted breaks callers, and so does widening what is answered.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from specs.pointers import follow, join

Direction = Literal["request", "response"]

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_NAMES = {"x-origin", "title", "description"}
_ALL_TYPES = frozenset(("string", "number", "integer", "boolean", "array", "object", "null"))


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One difference; `pointer` leads to it through the data that the schema describes."""

    kind: str
    breaking: bool
    pointer: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Side:
    """One version of a schema, with the document in which its references are followed."""

    document: dict[str, Any]
    schema: Any


def compare(old: Side, new: Side, direction: Direction, pointer: str = "") -> Iterator[SchemaChange]:
    """Yield every difference between two versions of a schema, outermost first.

    Raises:
        SpecError: a reference cannot be followed.

    """
    yield from _compare(old, new, direction, pointer, frozenset())


def _compare(
    old: Side, new: Side, direction: Direction, pointer: str, seen: frozenset[tuple[int, int]]
) -> Iterator[SchemaChange]:
    a, b = _flatten(old), _flatten(new)
    pair = (id(a.get("x-origin")), id(b.get("x-origin")))
    if pair in seen:
        return
    if "x-origin" in a and "x-origin" in b:
        seen |= {pair}
    yield from _types(a, b, direction, pointer)
    if a.keys() <= _NAMES or b.keys() <= _NAMES:  # one of them says nothing: there are no parts to compare
        return
    yield from _values(a, b, direction, pointer)
    yield from _bounds(a, b, direction, pointer)
    yield from _text(a, b, direction, pointer)
    yield from _fields(a, b, direction, pointer, old.document, new.document, seen)
    for keyword in ("items", "additionalProperties"):
        if isinstance(a.get(keyword), dict) and isinstance(b.get(keyword), dict):
            left, right = Side(old.document, a[keyword]), Side(new.document, b[keyword])
            yield from _compare(left, right, direction, f"{pointer}/*", seen)
    yield from _variants(a, b, direction, pointer, old.document, new.document, seen)


def _types(a: dict[str, Any], b: dict[str, Any], direction: Direction, pointer: str) -> Iterator[SchemaChange]:
    old, new = _type_set(a), _type_set(b)
    if old != new:
        breaking = _narrower(old, new) if direction == "request" else _narrower(new, old)
        yield SchemaChange("type changed", breaking, pointer, _names(old), _names(new))


def _values(a: dict[str, Any], b: dict[str, Any], direction: Direction, pointer: str) -> Iterator[SchemaChange]:
    old, new = a.get("enum"), b.get("enum")
    if old == new:
        return
    before, after = _spelled(old), _spelled(new)
    if before == after:
        return
    lost = after is not None and (before is None or not before <= after)
    won = before is not None and (after is None or not after <= before)
    yield SchemaChange("values changed", lost if direction == "request" else won, pointer, old, new)


def _bounds(a: dict[str, Any], b: dict[str, Any], direction: Direction, pointer: str) -> Iterator[SchemaChange]:
    for keywords, sign in ((_LOWER, 1), (_UPPER, -1)):
        for keyword in keywords:
            old, new = a.get(keyword), b.get(keyword)
            if old != new:
                tighter = new is not None and (old is None or (new - old) * sign > 0)
                yield SchemaChange(f"{keyword} changed", tighter and direction == "request", pointer, old, new)


def _text(a: dict[str, Any], b: dict[str, Any], direction: Direction, pointer: str) -> Iterator[SchemaChange]:
    for keyword in ("pattern", "format"):
        old, new = a.get(keyword), b.get(keyword)
        if old != new:
            other = old is not None and new is not None and keyword == "format"
            breaking = new is not None if direction == "request" else other
            yield SchemaChange(f"{keyword} changed", breaking, pointer, old, new)
    if ("default" in a, a.get("default")) != ("default" in b, b.get("default")):
        yield SchemaChange("default changed", direction == "request", pointer, a.get("default"), b.get("default"))


def _fields(
    a: dict[str, Any],
    b: dict[str, Any],
    direction: Direction,
    pointer: str,
    old: dict[str, Any],
    new: dict[str, Any],
    seen: frozenset[tuple[int, int]],
) -> Iterator[SchemaChange]:
    left, right = a.get("properties", {}), b.get("properties", {})
    asked_before, asked_after = set(a.get("required", ())), set(b.get("required", ()))
    for name in left:
        if name not in right:
            yield SchemaChange("field removed", True, join((name,), pointer), _brief(left[name]), None)
    for name in right:
        at = join((name,), pointer)
        required = name in asked_after
        if name not in left:
            asked = required and direction == "request"
            yield SchemaChange("required field added" if asked else "field added", asked, at, None, _brief(right[name]))
            continue
        if required != (name in asked_before):
            breaking = required == (direction == "request")
            words = ("optional", "required") if required else ("required", "optional")
            yield SchemaChange(f"field became {words[1]}", breaking, at, *words)
        yield from _compare(Side(old, left[name]), Side(new, right[name]), direction, at, seen)
    was_open, is_open = (schema.get("additionalProperties", True) is not False for schema in (a, b))
    if was_open != is_open:
        words = ("open", "closed") if was_open else ("closed", "open")
        yield SchemaChange(f"object became {words[1]}", was_open and direction == "request", pointer, *words)


def _variants(
    a: dict[str, Any],
    b: dict[str, Any],
    direction: Direction,
    pointer: str,
    old: dict[str, Any],
    new: dict[str, Any],
    seen: frozenset[tuple[int, int]],
) -> Iterator[SchemaChange]:
    """Compare `anyOf` and `oneOf`: variants with the same name or text first, then the rest in order."""
    left, right = list(a.get("variants", ())), list(b.get("variants", ()))
    for one in list(left):
        twin = next((other for other in right if _label(other) == _label(one)), None)
        if twin is not None:
            left.remove(one)
            right.remove(twin)
            yield from _compare(Side(old, one), Side(new, twin), direction, pointer, seen)
    while left and right:
        yield from _compare(Side(old, left.pop(0)), Side(new, right.pop(0)), direction, pointer, seen)
    for one in left:
        yield SchemaChange("variant removed", direction == "request", pointer, _brief(one), None)
    for one in right:
        yield SchemaChange("variant added", direction == "response", pointer, None, _brief(one))


def _flatten(side: Side) -> dict[str, Any]:
    """Return the schema with its reference followed, `null` and a single variant folded in, and `allOf` merged.

    What is left of `anyOf` or `oneOf` stands under `variants`; `x-origin` is the schema as it stands in the document.
    """
    schema, _ = follow(side.document, side.schema)
    origin = schema
    if isinstance(side.schema, dict) and "$ref" in side.schema and len(side.schema) > 1 and isinstance(schema, dict):
        schema = {**schema, **{key: value for key, value in side.schema.items() if key != "$ref"}}
    if not isinstance(schema, dict):
        return {} if schema else {"enum": []}
    flat = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf", "allOf", "const", "nullable")}
    if "const" in schema:
        flat["enum"] = [schema["const"]]
    for part in schema.get("allOf", ()):
        _merge(flat, _flatten(Side(side.document, part)))
    flat["x-origin"] = origin
    variants = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    real = [one for one in variants if one != {"type": "null"}]
    nullable = len(real) < len(variants) or schema.get("nullable") is True
    if len(real) == 1:
        inner = _flatten(Side(side.document, real[0]))
        flat = {**inner, **flat}
    elif real:
        flat["variants"] = real
    if nullable and (real or "type" in flat) and "variants" not in flat:
        flat["type"] = sorted(_type_set(flat) | {"null"})
    elif nullable:
        flat["variants"] = [*flat.get("variants", ()), {"type": "null"}]
    return flat


def _merge(flat: dict[str, Any], part: dict[str, Any]) -> None:
    for key, value in part.items():
        if key == "properties":
            flat[key] = {**flat.get(key, {}), **value}
        elif key == "required":
            flat[key] = [*flat.get(key, ()), *value]
        else:
            flat.setdefault(key, value)


def _type_set(schema: dict[str, Any]) -> frozenset[str]:
    kind = schema.get("type")
    if kind is None:
        return _ALL_TYPES
    return frozenset((kind,) if isinstance(kind, str) else kind)


def _narrower(before: frozenset[str], after: frozenset[str]) -> bool:
    """Whether a value of a type in `before` may have none in `after`; every integer is a number."""
    accepted = after | {"integer"} if "number" in after else after
    return not before <= accepted


def _names(types: frozenset[str]) -> str:
    return "any" if types == _ALL_TYPES else " or ".join(sorted(types, key=lambda name: (name == "null", name)))


def _spelled(values: list[Any] | None) -> set[str] | None:
    return None if values is None else {json.dumps(value) for value in values}


def _label(schema: Any) -> str:
    if isinstance(schema, dict) and "$ref" in schema:
        return str(schema["$ref"])
    return json.dumps(schema, sort_keys=True)


def _brief(schema: Any) -> str:
    if isinstance(schema, dict):
        if "$ref" in schema:
            return str(schema["$ref"]).rpartition("/")[2]
        kind = schema.get("type")
        if kind:
            return kind if isinstance(kind, str) else " or ".join(kind)
        variants = schema.get("anyOf") or schema.get("oneOf")
        if variants:
            return " or ".join(_brief(one) for one in variants)
    return "any"
