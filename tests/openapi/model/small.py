"""Small documents of OpenAPI 3.1, written briefly."""

from __future__ import annotations

from typing import Any

ID = {"type": "integer"}
TEXT = {"type": "string"}


def thing(*members: str, required: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    """Return a schema of an object: texts, but integers for what is called id."""
    properties = {name: dict(ID if name == "id" else TEXT) for name in members} | more
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def many(schema: Any) -> dict[str, Any]:
    return {"type": "array", "items": schema}


def op(
    answer: Any = None,
    body: Any = None,
    *,
    query: dict[str, Any] | tuple[str, ...] = (),
    status: str = "200",
    kind: str = "application/json",
    takes: str = "application/json",
    **more: Any,
) -> dict[str, Any]:
    """Return an operation that takes and answers the given schemas."""
    given = query if isinstance(query, dict) else dict.fromkeys(query, TEXT)
    response: dict[str, Any] = {"description": "d"}
    if answer is not None:
        response["content"] = {kind: {"schema": answer}}
    made: dict[str, Any] = {"responses": {status: response}, **more}
    if given:
        made["parameters"] = [{"name": name, "in": "query", "schema": schema} for name, schema in given.items()]
    if body is not None:
        made["requestBody"] = {"content": {takes: {"schema": body}}}
    return made


def document(operations: dict[str, Any], **schemas: Any) -> dict[str, Any]:
    """Return a document of operations by key, such as "GET /pets"; parameters of paths are texts."""
    paths: dict[str, Any] = {}
    for key, operation in operations.items():
        method, _, path = key.partition(" ")
        item = paths.setdefault(path, {})
        item[method.lower()] = operation
        names = [part.partition("}")[0] for part in path.split("{")[1:]]
        if names:
            item["parameters"] = [{"name": one, "in": "path", "required": True, "schema": TEXT} for one in names]
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }
