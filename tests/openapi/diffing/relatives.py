"""Pairs of every kind that are relatives of others: the same change in another place, or with another keyword."""

from __future__ import annotations

from typing import Any

from tests.openapi.diff_cases import (
    BREAKING,
    COMPATIBLE,
    EQUAL,
    TEXT,
    WHOLE,
    document,
    obj,
    parameters,
    query,
    request,
    response,
)
from tests.openapi.diffing.common import OK, Cases

CASES = case = Cases()


def both(n: str, a: str, b: str, old: Any, new: Any, v: str = "3.1.0", w: str = "", comp: Any = None) -> None:
    case("req-" + n, a, request(old, v, comp), request(new, w or v, comp))
    case("res-" + n, b, response(old, v, comp), response(new, w or v, comp))


both(
    "mapping-added",
    COMPATIBLE,
    COMPATIBLE,
    {
        "oneOf": [{"$ref": "#/components/schemas/A"}],
        "discriminator": {"propertyName": "k", "mapping": {"a": "#/components/schemas/A"}},
    },
    {
        "oneOf": [{"$ref": "#/components/schemas/A"}],
        "discriminator": {
            "propertyName": "k",
            "mapping": {"a": "#/components/schemas/A", "b": "#/components/schemas/A"},
        },
    },
    comp={"A": obj(["k"], k=TEXT)},
)
both(
    "nullable-ref",
    COMPATIBLE,
    BREAKING,
    obj(a={"allOf": [{"$ref": "#/components/schemas/A"}]}),
    obj(a={"allOf": [{"$ref": "#/components/schemas/A"}], "nullable": True}),
    "3.0.3",
    comp={"A": obj(b=TEXT)},
)
both(
    "object-to-map",
    COMPATIBLE,
    BREAKING,
    {"type": "object", "additionalProperties": False},
    {"type": "object", "additionalProperties": TEXT},
)
both("list-of-any", COMPATIBLE, BREAKING, {"type": "array", "items": TEXT}, {"type": "array", "items": {}})
both("title-type", BREAKING, BREAKING, obj(a={"type": "object"}), obj(a=TEXT))
both("enum-case", BREAKING, BREAKING, {"enum": ["A"]}, {"enum": ["a"]})
both(
    "null-in-enum-30",
    COMPATIBLE,
    BREAKING,
    obj(a={"type": "string", "enum": ["x"]}),
    obj(a={"type": "string", "nullable": True, "enum": ["x", None]}),
    "3.0.3",
)
both("nullable-without-type-30", EQUAL, EQUAL, obj(a={"nullable": True}), obj(a={}), "3.0.3")
both("datetime-to-string", COMPATIBLE, BREAKING, obj(a={"type": "string", "format": "date-time"}), obj(a=TEXT))
both("unknown-format", BREAKING, COMPATIBLE, obj(a=TEXT), obj(a={"type": "string", "format": "x-phone"}))
both("number-format", BREAKING, COMPATIBLE, obj(a={"type": "number"}), obj(a={"type": "number", "format": "float"}))
both("int-to-text", BREAKING, BREAKING, obj(a=WHOLE), obj(a=TEXT))
both("pattern-escape-same", EQUAL, EQUAL, {"type": "string", "pattern": "^\\-$"}, {"type": "string", "pattern": "^-$"})
both(
    "pattern-group-same",
    EQUAL,
    EQUAL,
    {"type": "string", "pattern": "^(a|b)$"},
    {"type": "string", "pattern": "^(?:b|a)$"},
)
both(
    "pattern-anchors-dropped",
    COMPATIBLE,
    BREAKING,
    {"type": "string", "pattern": "^[a-z]+$"},
    {"type": "string", "pattern": "[a-z]+"},
)
both("deprecated-prop-removed", BREAKING, BREAKING, obj(a=TEXT, b={"type": "string", "deprecated": True}), obj(a=TEXT))
both(
    "inline-enum-to-ref",
    EQUAL,
    EQUAL,
    obj(a={"type": "string", "enum": ["x", "y"]}),
    obj(a={"$ref": "#/components/schemas/E"}),
    comp={"E": {"type": "string", "enum": ["y", "x"]}},
)
both("readonly-removed-flag", COMPATIBLE, COMPATIBLE, obj(a={"type": "string", "readOnly": True}), obj(a=TEXT))
both("writeonly-removed-flag", COMPATIBLE, COMPATIBLE, obj(a={"type": "string", "writeOnly": True}), obj(a=TEXT))
both(
    "both-sides-oneof-overlap",
    COMPATIBLE,
    BREAKING,
    {"oneOf": [WHOLE]},
    {"oneOf": [WHOLE, {"type": "number", "minimum": 0.5}]},
)
both("max-prop", BREAKING, COMPATIBLE, {"type": "object", "maxProperties": 3}, {"type": "object", "maxProperties": 2})
both("type-array-order", EQUAL, EQUAL, {"type": ["null", "string"]}, {"type": ["string", "null"]})
both(
    "ref-siblings-description-30",
    EQUAL,
    EQUAL,
    obj(a={"$ref": "#/components/schemas/A"}),
    obj(a={"$ref": "#/components/schemas/A", "description": "x"}),
    "3.0.3",
    comp={"A": TEXT},
)
case(
    "res-default-only-to-200",
    COMPATIBLE,
    document(responses={"default": {"description": "x", "content": {"application/json": {"schema": TEXT}}}}),
    document(responses={"200": {"description": "x", "content": {"application/json": {"schema": TEXT}}}}),
)
case("res-2xx-to-200", COMPATIBLE, document(responses={"2XX": OK}), document(responses={"200": OK}))
case("res-200-to-2xx", COMPATIBLE, document(responses={"200": OK}), document(responses={"2XX": OK}))
case(
    "res-default-changed-beside",
    BREAKING,
    document(
        responses={
            "200": OK,
            "default": {"description": "", "content": {"application/json": {"schema": obj(["a"], a=TEXT)}}},
        }
    ),
    document(
        responses={"200": OK, "default": {"description": "", "content": {"application/json": {"schema": obj(a=TEXT)}}}}
    ),
)
case(
    "res-header-deprecated",
    COMPATIBLE,
    document(responses={"200": {**OK, "headers": {"X": {"schema": TEXT}}}}),
    document(responses={"200": {**OK, "headers": {"X": {"schema": TEXT, "deprecated": True}}}}),
)
case(
    "res-header-explode",
    BREAKING,
    document(responses={"200": {**OK, "headers": {"X": {"schema": obj(a=TEXT)}}}}),
    document(responses={"200": {**OK, "headers": {"X": {"schema": obj(a=TEXT), "explode": True}}}}),
)
case(
    "par-path-to-query",
    BREAKING,
    {
        **document(),
        "paths": {
            "/a/{id}": {
                "get": {
                    "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
                    "responses": {"200": OK},
                }
            }
        },
    },
    {**document(), "paths": {"/a": {"get": {"parameters": [query("id", required=True)], "responses": {"200": OK}}}}},
)
case(
    "par-default-same-number",
    EQUAL,
    parameters(query(schema={"type": "number", "default": 1})),
    parameters(query(schema={"type": "number", "default": 1.0})),
)
case(
    "par-schema-ref",
    EQUAL,
    {
        **parameters(query(schema={"$ref": "#/components/schemas/A"})),
        "components": {"schemas": {"A": {"type": "string", "default": "x"}}},
    },
    parameters(query(schema={"type": "string", "default": "x"})),
)
case(
    "par-content-media",
    BREAKING,
    parameters({"name": "q", "in": "query", "content": {"application/json": {"schema": TEXT}}}),
    parameters({"name": "q", "in": "query", "content": {"text/plain": {"schema": TEXT}}}),
)
case(
    "par-content-schema",
    BREAKING,
    parameters({"name": "q", "in": "query", "content": {"application/json": {"schema": obj(a=TEXT)}}}),
    parameters({"name": "q", "in": "query", "content": {"application/json": {"schema": obj(["a"], a=TEXT)}}}),
)
case(
    "par-deep-prop-required",
    BREAKING,
    parameters(query(style="deepObject", schema=obj(a=TEXT))),
    parameters(query(style="deepObject", schema=obj(["a"], a=TEXT))),
)
case(
    "par-deep-prop-removed",
    BREAKING,
    parameters(query(style="deepObject", schema=obj(a=TEXT, b=TEXT))),
    parameters(query(style="deepObject", schema=obj(a=TEXT))),
)
case("par-new-cookie-required", BREAKING, document(), parameters(query("s", **{"in": "cookie", "required": True})))
case("op-moved-path", BREAKING, document(), {**document(), "paths": {"/b": document()["paths"]["/a"]}})
case(
    "op-head-added",
    COMPATIBLE,
    document(),
    {**document(), "paths": {"/a": {**document()["paths"]["/a"], "head": {"responses": {"200": OK}}}}},
)
case("op-servers-op-level", BREAKING, document(servers=[{"url": "/v1"}]), document(servers=[{"url": "/v2"}]))
case(
    "op-path-params-added",
    BREAKING,
    {
        **document(),
        "paths": {
            "/a/{x}": {
                "get": {
                    "parameters": [{"name": "x", "in": "path", "required": True, "schema": TEXT}],
                    "responses": {"200": OK},
                }
            }
        },
    },
    {
        **document(),
        "paths": {
            "/a/{x}/{y}": {
                "get": {
                    "parameters": [{"name": n, "in": "path", "required": True, "schema": TEXT} for n in "xy"],
                    "responses": {"200": OK},
                }
            }
        },
    },
)
case(
    "wh-required-added",
    COMPATIBLE,
    {
        **document(),
        "webhooks": {
            "w": {
                "post": {
                    "requestBody": {"content": {"application/json": {"schema": obj(a=TEXT)}}},
                    "responses": {"200": OK},
                }
            }
        },
    },
    {
        **document(),
        "webhooks": {
            "w": {
                "post": {
                    "requestBody": {"content": {"application/json": {"schema": obj(["a"], a=TEXT)}}},
                    "responses": {"200": OK},
                }
            }
        },
    },
)
case(
    "wh-response-added",
    COMPATIBLE,
    {**document(), "webhooks": {"w": {"post": {"responses": {"200": OK}}}}},
    {**document(), "webhooks": {"w": {"post": {"responses": {"200": OK, "410": OK}}}}},
)
case("info-only", EQUAL, document(), {**document(), "info": {"title": "x", "version": "2", "license": {"name": "MIT"}}})
case("openapi-version", EQUAL, document("3.0.0"), document("3.0.3"))
case("tags-def", EQUAL, document(), {**document(), "tags": [{"name": "a", "description": "b"}]})
case(
    "form-file-type",
    BREAKING,
    request(obj(f={"type": "string", "format": "binary"}), "3.0.3", mt="multipart/form-data"),
    request(obj(f=WHOLE), "3.0.3", mt="multipart/form-data"),
)
case(
    "form-urlenc-int-string",
    COMPATIBLE,
    request(obj(f=WHOLE), mt="application/x-www-form-urlencoded"),
    request(obj(f=TEXT), mt="application/x-www-form-urlencoded"),
)
case(
    "form-urlenc-string-int",
    BREAKING,
    request(obj(f=TEXT), mt="application/x-www-form-urlencoded"),
    request(obj(f=WHOLE), mt="application/x-www-form-urlencoded"),
)
case(
    "form-urlenc-required",
    BREAKING,
    request(obj(f=TEXT), mt="application/x-www-form-urlencoded"),
    request(obj(["f"], f=TEXT), mt="application/x-www-form-urlencoded"),
)
case(
    "form-urlenc-bool-text-readonly",
    COMPATIBLE,
    request(obj(f={"type": "boolean"}), mt="application/x-www-form-urlencoded"),
    request(obj(f={"type": "string", "enum": ["true", "false", "maybe"]}), mt="application/x-www-form-urlencoded"),
)
case(
    "par-int-to-pattern",
    COMPATIBLE,
    parameters(query(schema={"type": "integer", "minimum": 0})),
    parameters(query(schema={"type": "string", "pattern": "^-?[0-9]+$"})),
)
case(
    "par-enum-int-string",
    COMPATIBLE,
    parameters(query(schema={"type": "integer", "enum": [1, 2]})),
    parameters(query(schema={"type": "string", "enum": ["1", "2", "3"]})),
)
case(
    "par-number-to-maxlen",
    BREAKING,
    parameters(query(schema={"type": "number"})),
    parameters(query(schema={"type": "string", "maxLength": 3})),
)
