"""Pairs about parameters and paths."""

from __future__ import annotations

from typing import Any

from tests.openapi.diff_cases import BREAKING, COMPATIBLE, EQUAL, TEXT, WHOLE, document, obj, parameters, query
from tests.openapi.diffing.common import LIST, Cases

CASES = case = Cases()
there_and_back = case.there_and_back


def par(name, there, back, old, new, v="3.1.0"):
    """Add a pair of one parameter, and the same the other way round."""
    there_and_back(f"par-{name}", there, back, parameters(query(**old), v=v), parameters(query(**new), v=v))


par("minimum", BREAKING, COMPATIBLE, {"schema": WHOLE}, {"schema": {**WHOLE, "minimum": 1}})
par("max-length", BREAKING, COMPATIBLE, {"schema": TEXT}, {"schema": {**TEXT, "maxLength": 9}})
par("enum-set", BREAKING, COMPATIBLE, {"schema": TEXT}, {"schema": {**TEXT, "enum": ["a"]}})
par("required", BREAKING, COMPATIBLE, {}, {"required": True})
par("format", BREAKING, COMPATIBLE, {"schema": TEXT}, {"schema": {**TEXT, "format": "date"}})
par("nullable", COMPATIBLE, BREAKING, {"schema": TEXT}, {"schema": {"type": ["string", "null"]}})
par("items", BREAKING, COMPATIBLE, {"schema": LIST}, {"schema": {"type": "array", "items": {**TEXT, "enum": ["a"]}}})
par("list-limit", BREAKING, COMPATIBLE, {"schema": LIST}, {"schema": {**LIST, "maxItems": 2}})
par("explode-off", BREAKING, BREAKING, {"schema": LIST}, {"schema": LIST, "explode": False})
par("explode-of-text", COMPATIBLE, COMPATIBLE, {}, {"explode": False})
par(
    "style-space",
    BREAKING,
    BREAKING,
    {"schema": LIST, "explode": False},
    {"schema": LIST, "explode": False, "style": "spaceDelimited"},
)
par("deep-object", BREAKING, BREAKING, {"schema": obj(a=TEXT)}, {"schema": obj(a=TEXT), "style": "deepObject"})
par("deprecated", COMPATIBLE, COMPATIBLE, {}, {"deprecated": True})
par("default-removed", BREAKING, BREAKING, {"schema": {**TEXT, "default": "a"}}, {"schema": TEXT})
par(
    "content-instead",
    BREAKING,
    BREAKING,
    {"schema": TEXT},
    {"schema": None, "content": {"application/json": {"schema": TEXT}}},
)
par("description", EQUAL, EQUAL, {"description": "a"}, {"description": "b", "example": "x"})
par("renamed", BREAKING, BREAKING, {"name": "a"}, {"name": "b"})
par("case-of-query", BREAKING, BREAKING, {"name": "a"}, {"name": "A"})
par("case-of-header", EQUAL, EQUAL, {"name": "X-A", "in": "header"}, {"name": "x-a", "in": "header"})
par(
    "ignored-header",
    EQUAL,
    EQUAL,
    {"name": "Accept", "in": "header"},
    {"name": "Accept", "in": "header", "required": True},
)
par("to-cookie", BREAKING, BREAKING, {}, {"in": "cookie"})
par("cookie-required", BREAKING, COMPATIBLE, {"in": "cookie"}, {"in": "cookie", "required": True})
par("allow-empty", COMPATIBLE, BREAKING, {}, {"allowEmptyValue": True})
par("one-of", COMPATIBLE, COMPATIBLE, {"schema": TEXT}, {"schema": {"oneOf": [TEXT, WHOLE]}})
par("type-of-text-to-integer", BREAKING, COMPATIBLE, {"schema": TEXT}, {"schema": WHOLE})
par("boolean-to-text", COMPATIBLE, BREAKING, {"schema": {"type": "boolean"}}, {"schema": TEXT})
par("integer-to-number", COMPATIBLE, BREAKING, {"schema": WHOLE}, {"schema": {"type": "number"}})
there_and_back("par-removed", BREAKING, COMPATIBLE, parameters(query()), parameters())
there_and_back("par-new-required", BREAKING, BREAKING, parameters(), parameters(query(required=True)))
there_and_back(
    "par-new-required-default",
    BREAKING,
    BREAKING,
    parameters(),
    parameters(query(required=True, schema={**TEXT, "default": "a"})),
)
case("par-optional-header-new", COMPATIBLE, parameters(), parameters(query("X-A", **{"in": "header"})))
case("par-sunset-removed", BREAKING, parameters(query(deprecated=True, **{"x-sunset": "2099-01-01"})), parameters())


def at_path(path: str, *ps: Any, v: str = "3.1.0", common: Any = ()) -> Any:
    made = document(v, parameters=list(ps))
    made["paths"] = {path: {**made["paths"]["/a"], **({"parameters": list(common)} if common else {})}}
    return made


def in_path(name="id", schema=None):
    return {"name": name, "in": "path", "required": True, "schema": schema or TEXT}


case("path-parameter-renamed", EQUAL, at_path("/a/{id}", in_path()), at_path("/a/{key}", in_path("key")))
case("path-parameter-from-item", EQUAL, at_path("/a/{id}", common=[in_path()]), at_path("/a/{id}", in_path()))
case(
    "path-parameter-override",
    EQUAL,
    at_path("/a/{id}", in_path(schema=WHOLE), common=[in_path()]),
    at_path("/a/{id}", in_path(schema=WHOLE)),
)
case(
    "path-parameter-narrowed",
    BREAKING,
    at_path("/a/{id}", in_path()),
    at_path("/a/{id}", in_path(schema={**TEXT, "pattern": "^[0-9]+$"})),
)
case(
    "path-parameter-enum",
    BREAKING,
    at_path("/a/{id}", in_path(schema={**TEXT, "enum": ["a", "b"]})),
    at_path("/a/{id}", in_path(schema={**TEXT, "enum": ["a"]})),
)
case(
    "path-parameter-swapped",
    BREAKING,
    at_path("/a/{x}/{y}", in_path("x"), in_path("y", WHOLE)),
    at_path("/a/{x}/{y}", in_path("x", WHOLE), in_path("y")),
)
case(
    "path-parameter-label", BREAKING, at_path("/a/{id}", in_path()), at_path("/a/{id}", {**in_path(), "style": "label"})
)
case("path-static", BREAKING, at_path("/a/{id}", in_path()), at_path("/a/me"))
case("path-case", BREAKING, at_path("/a"), at_path("/A"))
case("path-suffix", BREAKING, at_path("/a/{id}", in_path()), at_path("/a/{id}.json", in_path()))
