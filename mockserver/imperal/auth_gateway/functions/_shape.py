"""Answers in the shape that a function's manifest promises (``return_schema``), made of what there really is."""

from __future__ import annotations

from typing import Any, NoReturn

import jsonschema_rs

from specdouble.mock.kit import Doc

DEEPEST = 8
TEXTS = {"date-time": "2026-06-21T10:00:00Z", "date": "2026-06-21", "email": "user@example.com"}
TITLES = ("title", "name", "subject", "text")


def fit(schema: Any, data: Any) -> Any:
    """Return data that the schema accepts: what there is where it fits, made-up values where something is missing.

    Data that fits, and a schema that is none, leave it as it is.
    """
    if not isinstance(schema, dict) or not schema:
        return data
    try:
        whole = jsonschema_rs.validator_for(schema, retriever=_unreachable)
        if whole.is_valid(data):
            return data
        made = _fill(schema, data, schema, 0)
        return made if whole.is_valid(made) else data
    except (ValueError, TypeError, KeyError, jsonschema_rs.ReferencingError):
        return data


def _unreachable(uri: str) -> NoReturn:
    raise ValueError(f"{uri} is not part of the schema")


def _fill(schema: Any, data: Any, root: Doc, depth: int) -> Any:
    schema = _resolved(schema, root)
    if depth > DEEPEST:
        return data
    if _fits(schema, data, root):
        return data
    for word in ("const", "default"):
        if word in schema:
            return schema[word]
    if schema.get("enum"):
        return schema["enum"][0]
    for word in ("anyOf", "oneOf"):
        tried = [_fill(part, data, root, depth + 1) for part in schema.get(word, ())]
        found = next(
            (one for one, part in zip(tried, schema.get(word, ()), strict=True) if _fits(part, one, root)), None
        )
        if tried:
            return found
    return _of_type(schema, data, root, depth)


def _of_type(schema: Doc, data: Any, root: Doc, depth: int) -> Any:
    kinds = schema.get("type", "object" if "properties" in schema else None)
    kind = next((one for one in kinds if one != "null"), "null") if isinstance(kinds, list) else kinds
    if kind == "object":
        return _object(schema, data if isinstance(data, dict) else {}, root, depth)
    if kind == "array":
        given = data if isinstance(data, list) else [None] * schema.get("minItems", 0)
        return [_fill(schema.get("items", {}), one, root, depth + 1) for one in given]
    if kind == "string":
        text = TEXTS.get(schema.get("format", ""), "text") if data is None else str(data)
        return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength", 10_000)]
    if kind in ("integer", "number"):
        return max(schema.get("minimum", 0), schema.get("exclusiveMinimum", -1) + 1)
    return False if kind == "boolean" else None


def _object(schema: Doc, data: Doc, root: Doc, depth: int) -> Doc:
    parts = schema.get("properties", {})
    closed = schema.get("additionalProperties", True) is False
    made: Doc = {}
    for name, value in data.items():
        if name in parts:
            made[name] = _fill(parts[name], value, root, depth + 1)
        elif not closed:
            made[name] = value
    for name in schema.get("required", ()):
        if name not in made:
            made[name] = _fill(parts.get(name, {}), _known(name, data), root, depth + 1)
    return made


def _known(name: str, data: Doc) -> Any:
    """Return what a missing field may be called in the data: a title has many names, a number is a count."""
    if name == "title":
        return next((data[other] for other in (*TITLES, "id") if isinstance(data.get(other), str)), None)
    return len(data["items"]) if name == "total" and isinstance(data.get("items"), list) else None


def _fits(schema: Any, data: Any, root: Doc) -> bool:
    inner: Doc = {**_resolved(schema, root)}
    inner.update((name, root[name]) for name in ("$defs", "definitions") if name in root)
    return bool(jsonschema_rs.validator_for(inner, retriever=_unreachable).is_valid(data))


def _resolved(schema: Any, root: Doc) -> Doc:
    while isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
        place: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            place = place[part]
        schema = place
    return schema if isinstance(schema, dict) else {}
