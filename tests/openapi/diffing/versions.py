"""Pairs about what single versions of OpenAPI say in their own way."""

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
    request,
    response,
)
from tests.openapi.diffing.common import BODY, JSON, WHOLE_BODY, Cases

CASES = case = Cases()
there_and_back = case.there_and_back


def old_style(*ps: Any, **more: Any) -> Any:
    made = {
        "swagger": "2.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/a": {"post": {"operationId": "o", "parameters": list(ps), "responses": {"200": {"description": "ok"}}}}
        },
    }
    return {**made, **more}


def sent(schema: Any, **more: Any) -> Any:
    return {"in": "body", "name": "b", "schema": schema, **more}


case("20-body-narrowed", BREAKING, old_style(sent(TEXT)), old_style(sent({**TEXT, "maxLength": 3})))
case("20-body-name", EQUAL, old_style(sent(TEXT)), old_style({**sent(TEXT), "name": "other"}))
case("20-body-required", BREAKING, old_style(sent(TEXT)), old_style(sent(TEXT, required=True)))
case(
    "20-form-field",
    BREAKING,
    old_style({"in": "formData", "name": "f", "type": "string"}),
    old_style(
        {"in": "formData", "name": "f", "type": "string"},
        {"in": "formData", "name": "g", "type": "string", "required": True},
    ),
)
case(
    "20-form-field-optional",
    COMPATIBLE,
    old_style({"in": "formData", "name": "f", "type": "string"}),
    old_style({"in": "formData", "name": "f", "type": "string"}, {"in": "formData", "name": "g", "type": "string"}),
)
case(
    "20-form-field-removed",
    BREAKING,
    old_style({"in": "formData", "name": "f", "type": "string"}, {"in": "formData", "name": "g", "type": "string"}),
    old_style({"in": "formData", "name": "f", "type": "string"}),
)
case(
    "20-consumes",
    BREAKING,
    old_style(sent(TEXT), consumes=["application/json", "text/plain"]),
    old_style(sent(TEXT), consumes=["application/json"]),
)
case("20-base-path", BREAKING, old_style(basePath="/v1"), old_style(basePath="/v2"))
case("20-host", COMPATIBLE, old_style(host="a", basePath="/v1"), old_style(host="b", basePath="/v1"))
case(
    "20-query-type",
    BREAKING,
    old_style({"in": "query", "name": "q", "type": "number"}),
    old_style({"in": "query", "name": "q", "type": "integer"}),
)
case(
    "20-query-enum",
    COMPATIBLE,
    old_style({"in": "query", "name": "q", "type": "string", "enum": ["a"]}),
    old_style({"in": "query", "name": "q", "type": "string", "enum": ["a", "b"]}),
)
case(
    "20-collection-format",
    BREAKING,
    old_style({"in": "query", "name": "q", "type": "array", "items": {"type": "string"}}),
    old_style({"in": "query", "name": "q", "type": "array", "items": {"type": "string"}, "collectionFormat": "pipes"}),
)
case(
    "20-collection-csv-default",
    EQUAL,
    old_style({"in": "query", "name": "q", "type": "array", "items": {"type": "string"}}),
    old_style({"in": "query", "name": "q", "type": "array", "items": {"type": "string"}, "collectionFormat": "csv"}),
)
case(
    "20-definition-inline",
    EQUAL,
    old_style(sent({"$ref": "#/definitions/A"}), definitions={"A": TEXT}),
    old_style(sent(TEXT)),
)
case(
    "20-exclusive",
    EQUAL,
    old_style(sent({"type": "number", "minimum": 0, "exclusiveMinimum": True})),
    document(
        "3.1.0", requestBody={"content": {"application/json": {"schema": {"type": "number", "exclusiveMinimum": 0}}}}
    ),
)
case(
    "20-nullable-extension",
    EQUAL,
    old_style(sent({**TEXT, "x-nullable": True})),
    document("3.1.0", requestBody={"content": {"application/json": {"schema": {"type": ["string", "null"]}}}}),
)
case(
    "20-security",
    BREAKING,
    old_style(securityDefinitions={"b": {"type": "basic"}}),
    old_style(securityDefinitions={"b": {"type": "basic"}}, security=[{"b": []}]),
)
case(
    "20-basic-is-http",
    EQUAL,
    old_style(securityDefinitions={"b": {"type": "basic"}}, security=[{"b": []}]),
    {
        **document("3.0.3"),
        "security": [{"z": []}],
        "components": {"securitySchemes": {"z": {"type": "http", "scheme": "basic"}}},
    },
)
case(
    "20-response-schema",
    BREAKING,
    {**old_style(), "paths": {"/a": {"post": {"responses": {"200": {"description": "", "schema": WHOLE}}}}}},
    {**old_style(), "paths": {"/a": {"post": {"responses": {"200": {"description": "", "schema": TEXT}}}}}},
)
case(
    "20-file",
    BREAKING,
    old_style({"in": "formData", "name": "f", "type": "file"}),
    old_style({"in": "formData", "name": "f", "type": "integer"}),
)


def item32(**item: Any) -> Any:
    return {"openapi": "3.2.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": item}}


ASKED = {"responses": {"200": BODY}}
case("32-query-removed", BREAKING, item32(query=ASKED, get=ASKED), item32(get=ASKED))
case("32-additional-removed", BREAKING, item32(get=ASKED, additionalOperations={"COPY": ASKED}), item32(get=ASKED))
case(
    "32-additional-response",
    BREAKING,
    item32(additionalOperations={"COPY": ASKED}),
    item32(additionalOperations={"COPY": {"responses": {"200": WHOLE_BODY}}}),
)


def stream(schema: Any) -> Any:
    return item32(
        get={"responses": {"200": {"description": "", "content": {"text/event-stream": {"itemSchema": schema}}}}}
    )


there_and_back("32-item-schema", BREAKING, COMPATIBLE, stream(obj(["data"], data=TEXT)), stream(obj(data=TEXT)))
case("32-item-schema-equal", EQUAL, stream(obj(a=TEXT)), stream({"allOf": [obj(a=TEXT)]}))
case(
    "32-querystring",
    BREAKING,
    item32(
        get={
            **ASKED,
            "parameters": [
                {
                    "name": "q",
                    "in": "querystring",
                    "content": {"application/x-www-form-urlencoded": {"schema": obj(a=TEXT)}},
                }
            ],
        }
    ),
    item32(
        get={
            **ASKED,
            "parameters": [
                {
                    "name": "q",
                    "in": "querystring",
                    "content": {"application/x-www-form-urlencoded": {"schema": obj(["a"], a=TEXT)}},
                }
            ],
        }
    ),
)
case(
    "32-media-type-component",
    EQUAL,
    {
        **item32(
            get={
                "responses": {
                    "200": {"description": "", "content": {"application/json": {"$ref": "#/components/mediaTypes/M"}}}
                }
            }
        ),
        "components": {"mediaTypes": {"M": {"schema": TEXT}}},
    },
    item32(get={"responses": {"200": {"description": "", "content": JSON}}}),
)
case(
    "32-tags",
    EQUAL,
    {**item32(get=ASKED), "tags": [{"name": "a"}]},
    {**item32(get=ASKED), "tags": [{"name": "a", "parent": "b", "kind": "nav"}, {"name": "b"}]},
)
case("32-self", EQUAL, item32(get=ASKED), {**item32(get=ASKED), "$self": "https://a/b"})
case("32-same-as-31", EQUAL, item32(get=ASKED), {**item32(get=ASKED), "openapi": "3.1.1"})
case(
    "30-same-as-31",
    EQUAL,
    response(obj(a={"type": "string", "nullable": True}), "3.0.3"),
    response(obj(a={"type": ["string", "null"]})),
)
case(
    "30-nullable-all-of",
    EQUAL,
    response(obj(a={"allOf": [{"$ref": "#/components/schemas/A"}], "nullable": True}), "3.0.3", {"A": obj(b=TEXT)}),
    response(obj(a={"anyOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]}), "3.1.0", {"A": obj(b=TEXT)}),
)
FILE = {"type": "string", "format": "binary"}
case(
    "30-binary-31",
    EQUAL,
    request(obj(f=FILE), "3.0.3", mt="multipart/form-data"),
    request(obj(f={"type": "string", "contentMediaType": "application/octet-stream"}), mt="multipart/form-data"),
)
