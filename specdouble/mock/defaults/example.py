"""A response without meaning: the declared example, or a value made from the schema."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from specdouble.mock.binding.pack import DefaultHandler
from specdouble.mock.pipeline.call import Call, Response
from specdouble.mock.pipeline.operation import Handler
from specdouble.openapi import Operation
from specdouble.openapi.contract import Service
from specdouble.openapi.validation.compiled import Schemas

_TEXT = {
    "date-time": "2026-06-21T10:00:00Z",
    "date": "2026-06-21",
    "email": "user@example.com",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
_DEEPEST = 8


def examples(service: Service, keys: Set[str]) -> dict[str, DefaultHandler]:
    """Return a handler for each of these operations that always responds with the same example."""
    found = {}
    for document in service.documents:
        for operation in document.operations:
            if operation.key in keys:
                shown = "example of the document" if operation.success.has_example else "made from the schema"
                handler = example(operation, document.schemas)
                found[operation.key] = DefaultHandler(handler, "example", f"no handler: {shown}")
    return found


def example(spec: Operation, schemas: Schemas) -> Handler:
    """Return a handler that always gives the operation's example, or else a value of its success schema."""
    success = spec.success
    made: list[Any] = []  # once it is asked for: most examples of a large document never are

    def respond(_call: Call) -> Any:
        if not made:
            value = success.example if success.has_example else from_schema(success.schema, schemas)
            if success.media_type not in ("", "application/json"):
                text = value if isinstance(value, str) else ""
                value = Response(text.encode(), content_type=success.media_type)
            made.append(value)
        return made[0]

    return respond


def from_schema(schema: dict[str, Any] | bool, schemas: Schemas, depth: int = 0) -> Any:
    """Make the smallest believable value of a schema: examples, defaults and first choices before invention."""
    schema = schemas.resolve(schema)
    for word in ("example", "default", "const"):
        if word in schema:
            return schema[word]
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("enum"):
        return schema["enum"][0]
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return from_schema(schema[word][0], schemas, depth + 1) if depth < _DEEPEST else None
    if "allOf" in schema:
        merged: dict[str, Any] = {}
        for part in schema["allOf"]:
            made = from_schema(part, schemas, depth + 1)
            merged.update(made if isinstance(made, dict) else {})
        return merged
    return _of_type(schema, schemas, depth)


def _of_type(schema: dict[str, Any], schemas: Schemas, depth: int) -> Any:
    types = schema.get("type", "object" if "properties" in schema else None)
    kind = next((one for one in types if one != "null"), None) if isinstance(types, list) else types
    if kind == "object":
        required = schema.get("required", ())
        parts = schema.get("properties", {})
        if depth >= _DEEPEST:
            parts = {}
        return {name: from_schema(part, schemas, depth + 1) for name, part in parts.items() if name in required}
    if kind == "array":
        return [from_schema(schema.get("items", {}), schemas, depth + 1)] if schema.get("minItems") else []
    if kind == "string":
        text = _TEXT.get(schema.get("format", ""), "text")
        return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength", 10_000)]
    if kind in ("integer", "number"):
        return max(schema.get("minimum", 0), schema.get("exclusiveMinimum", -1) + 1)
    return False if kind == "boolean" else None
