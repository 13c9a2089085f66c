"""Pairs of small documents, with what changes: breaking, non-breaking or none. Each is named after its change."""

from __future__ import annotations

import copy


def document(v="3.1.0", **op):
    return {
        "openapi": v,
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"post": {"operationId": "o", "responses": {"200": {"description": "ok"}}, **op}}},
    }


def request(schema, v="3.1.0", comp=None, mt="application/json"):
    d = document(v, requestBody={"content": {mt: {"schema": schema}}})
    if comp:
        d["components"] = {"schemas": comp}
    return d


def response(schema, v="3.1.0", comp=None):
    d = document(v)
    d["paths"]["/a"]["post"]["responses"]["200"]["content"] = {"application/json": {"schema": schema}}
    if comp:
        d["components"] = {"schemas": comp}
    return d


def parameters(*ps, v="3.1.0"):
    return document(v, parameters=list(ps))


def query(name="q", **kw):
    kw.setdefault("in", "query")
    kw.setdefault("schema", {"type": "string"})
    return {"name": name, **kw}


BREAKING, COMPATIBLE, EQUAL = "breaking", "non-breaking", "none"
TEXT = {"type": "string"}
WHOLE = {"type": "integer"}


def obj(req=(), **p):
    return {"type": "object", "properties": p, **({"required": list(req)} if req else {})}


CASES = []


def case(name, exp, old, new):
    CASES.append((name, exp, old, new))


case(
    "req-closed-prop-added",
    COMPATIBLE,
    request({**obj(a=TEXT), "additionalProperties": False}),
    request({**obj(a=TEXT, b=TEXT), "additionalProperties": False}),
)
case("res-prop-added", COMPATIBLE, response(obj(a=TEXT)), response(obj(a=TEXT, b=TEXT)))
case(
    "res-closed-prop-added",
    COMPATIBLE,
    response({**obj(a=TEXT), "additionalProperties": False}),
    response({**obj(a=TEXT, b=TEXT), "additionalProperties": False}),
)
case("res-closed", COMPATIBLE, response(obj(a=TEXT)), response({**obj(a=TEXT), "additionalProperties": False}))
case(
    "res-enum-removed",
    COMPATIBLE,
    response({"type": "string", "enum": ["a", "b"]}),
    response({"type": "string", "enum": ["a"]}),
)
case("res-became-enum", COMPATIBLE, response(obj(a=TEXT)), response(obj(a={"type": "string", "enum": ["x"]})))
case(
    "req-minlength-higher",
    BREAKING,
    request(obj(a={"type": "string", "minLength": 1})),
    request(obj(a={"type": "string", "minLength": 2})),
)
case(
    "req-minlength-lower",
    COMPATIBLE,
    request(obj(a={"type": "string", "minLength": 2})),
    request(obj(a={"type": "string", "minLength": 1})),
)
case(
    "req-maximum-lower",
    BREAKING,
    request({"type": "integer", "maximum": 9}),
    request({"type": "integer", "maximum": 8}),
)
case("req-maximum-removed", COMPATIBLE, request({"type": "integer", "maximum": 9}), request({"type": "integer"}))
case("req-pattern-added", BREAKING, request(TEXT), request({"type": "string", "pattern": "^a"}))
case(
    "req-pattern-widened",
    COMPATIBLE,
    request({"type": "string", "pattern": "^[a-z]+$"}),
    request({"type": "string", "pattern": "^[a-zA-Z]+$"}),
)
case(
    "req-pattern-narrowed",
    BREAKING,
    request({"type": "string", "pattern": "^[a-z]+$"}),
    request({"type": "string", "pattern": "^[a-z]{2}$"}),
)
case("req-format-added", BREAKING, request(TEXT), request({"type": "string", "format": "email"}))
case(
    "req-int32-int64",
    COMPATIBLE,
    request({"type": "integer", "format": "int32"}),
    request({"type": "integer", "format": "int64"}),
)
case(
    "req-int64-int32",
    BREAKING,
    request({"type": "integer", "format": "int64"}),
    request({"type": "integer", "format": "int32"}),
)
case(
    "res-int32-int64",
    BREAKING,
    response({"type": "integer", "format": "int32"}),
    response({"type": "integer", "format": "int64"}),
)
case("req-multipleof-removed", COMPATIBLE, request({"type": "integer", "multipleOf": 5}), request({"type": "integer"}))
case(
    "req-multipleof-divides",
    COMPATIBLE,
    request({"type": "integer", "multipleOf": 10}),
    request({"type": "integer", "multipleOf": 5}),
)
case(
    "req-minitems",
    BREAKING,
    request({"type": "array", "items": TEXT}),
    request({"type": "array", "items": TEXT, "minItems": 1}),
)
case("req-minprops", BREAKING, request(obj(a=TEXT)), request({**obj(a=TEXT), "minProperties": 1}))
case("req-contains", BREAKING, request({"type": "array"}), request({"type": "array", "contains": {"type": "integer"}}))
case(
    "req-propnames",
    BREAKING,
    request({"type": "object"}),
    request({"type": "object", "propertyNames": {"pattern": "^a"}}),
)
case("req-not-added", BREAKING, request(TEXT), request({"type": "string", "not": {"const": "x"}}))
case("req-not-removed", COMPATIBLE, request({"type": "string", "not": {"const": "x"}}), request(TEXT))
case(
    "req-dependent-schemas",
    BREAKING,
    request(obj(a=TEXT, b=TEXT)),
    request({**obj(a=TEXT, b=TEXT), "dependentSchemas": {"a": {"required": ["b"]}}}),
)
case(
    "req-prefix-narrow",
    BREAKING,
    request({"type": "array", "prefixItems": [{"type": "number"}]}),
    request({"type": "array", "prefixItems": [{"type": "integer"}]}),
)
case("same-oneof-anyof-disjoint", EQUAL, response({"oneOf": [TEXT, WHOLE]}), response({"anyOf": [TEXT, WHOLE]}))
case(
    "same-allof-ref-inline",
    EQUAL,
    request({"allOf": [{"$ref": "#/components/schemas/A"}, obj(b=TEXT)]}, comp={"A": obj(a=TEXT)}),
    request(obj(a=TEXT, b=TEXT)),
)
case("same-not-not", EQUAL, request(TEXT), request({"not": {"not": TEXT}}))
case(
    "same-recursive-renamed",
    EQUAL,
    request(
        {"$ref": "#/components/schemas/A"},
        comp={"A": obj(k={"type": "array", "items": {"$ref": "#/components/schemas/A"}})},
    ),
    request(
        {"$ref": "#/components/schemas/Z"},
        comp={"Z": obj(k={"type": "array", "items": {"$ref": "#/components/schemas/Z"}})},
    ),
)
case(
    "same-recursive-unrolled",
    EQUAL,
    request({"$ref": "#/components/schemas/A"}, comp={"A": obj(k={"$ref": "#/components/schemas/A"})}),
    request(
        {"$ref": "#/components/schemas/A"},
        comp={"A": obj(k={"$ref": "#/components/schemas/B"}), "B": obj(k={"$ref": "#/components/schemas/A"})},
    ),
)
case(
    "same-exclusive-int",
    EQUAL,
    request({"type": "integer", "minimum": 1}),
    request({"type": "integer", "exclusiveMinimum": 0}),
)
case(
    "same-defs",
    EQUAL,
    request({"$ref": "#/components/schemas/A"}, comp={"A": TEXT}),
    request({"$defs": {"A": TEXT}, "$ref": "#/paths/~1a/post/requestBody/content/application~1json/schema/$defs/A"}),
)
case(
    "same-nullable-ref-30",
    EQUAL,
    request(
        obj(p={"nullable": True, "allOf": [{"$ref": "#/components/schemas/A"}]}), v="3.0.3", comp={"A": obj(a=TEXT)}
    ),
    request(obj(p={"anyOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]}), comp={"A": obj(a=TEXT)}),
)
case(
    "same-title-example",
    EQUAL,
    request(TEXT),
    request({"type": "string", "title": "T", "examples": ["x"], "description": "d"}),
)
case(
    "same-deps",
    EQUAL,
    request({"dependentRequired": {"a": ["b"]}}),
    request({"dependentSchemas": {"a": {"required": ["b"]}}}),
)
case(
    "same-if-anyof",
    EQUAL,
    request({"if": {"required": ["a"]}, "then": {"required": ["b"]}}),
    request({"anyOf": [{"not": {"required": ["a"]}}, {"required": ["b"]}]}),
)
case("same-multipleof-int", EQUAL, request({"type": "integer"}), request({"type": "number", "multipleOf": 1}))
case("same-type-all", EQUAL, request({}), request({"type": ["string", "number", "boolean", "object", "array", "null"]}))
case("same-max-min-list", EQUAL, request({"enum": ["a"]}), request({"type": "string", "enum": ["a"]}))
case("par-removed", BREAKING, parameters(query()), parameters())
case("par-new-optional", COMPATIBLE, parameters(), parameters(query()))
case("par-required-to-optional", COMPATIBLE, parameters(query(required=True)), parameters(query()))
case("par-optional-to-required", BREAKING, parameters(query()), parameters(query(required=True)))
case("par-default-added", BREAKING, parameters(query(schema=WHOLE)), parameters(query(schema={**WHOLE, "default": 3})))
case(
    "par-default-removed", BREAKING, parameters(query(schema={**WHOLE, "default": 3})), parameters(query(schema=WHOLE))
)
case(
    "par-header-case", EQUAL, parameters(query("X-A", **{"in": "header"})), parameters(query("x-a", **{"in": "header"}))
)
case("par-order", EQUAL, parameters(query("a"), query("b")), parameters(query("b"), query("a")))
case(
    "par-style-default",
    EQUAL,
    parameters(query(schema={"type": "array", "items": TEXT})),
    parameters(query(schema={"type": "array", "items": TEXT}, style="form", explode=True)),
)
case(
    "par-content",
    BREAKING,
    parameters(query(schema=obj(a=TEXT))),
    parameters({"name": "q", "in": "query", "content": {"application/json": {"schema": obj(a=TEXT)}}}),
)
case("par-pattern-added", BREAKING, parameters(query()), parameters(query(schema={"type": "string", "pattern": "^a"})))
case("par-type-narrow", BREAKING, parameters(query(schema={"type": "number"})), parameters(query(schema=WHOLE)))
case("par-undeprecated", COMPATIBLE, parameters(query(deprecated=True)), parameters(query()))
case(
    "par-array-to-single",
    BREAKING,
    parameters(query(schema={"type": "array", "items": TEXT})),
    parameters(query(schema=TEXT)),
)
case(
    "par-maxitems",
    BREAKING,
    parameters(query(schema={"type": "array", "items": TEXT})),
    parameters(query(schema={"type": "array", "items": TEXT, "maxItems": 2})),
)
d1 = document()
d1["paths"] = {
    "/a/{x}": {
        "get": {
            "parameters": [{"name": "x", "in": "path", "required": True, "schema": TEXT}],
            "responses": {"200": {"description": "ok"}},
        }
    }
}
d2 = copy.deepcopy(d1)
it = d2["paths"].pop("/a/{x}")
it["get"]["parameters"][0]["name"] = "y"
d2["paths"]["/a/{y}"] = it
case("path-param-renamed", EQUAL, d1, d2)
d3 = copy.deepcopy(d1)
pp = d3["paths"]["/a/{x}"]["get"].pop("parameters")
d3["paths"]["/a/{x}"]["parameters"] = pp
case("par-moved-to-path-item", EQUAL, d1, d3)
d4 = copy.deepcopy(d1)
d4["paths"]["/a/{x}"]["get"]["parameters"][0]["schema"] = WHOLE
case("path-param-type", BREAKING, d1, d4)
case(
    "body-became-required",
    BREAKING,
    document(requestBody={"content": {"application/json": {"schema": TEXT}}}),
    document(requestBody={"required": True, "content": {"application/json": {"schema": TEXT}}}),
)
case(
    "res-media-added",
    COMPATIBLE,
    response(TEXT),
    (
        lambda d: (
            d["paths"]["/a"]["post"]["responses"]["200"]["content"].update({"application/xml": {"schema": TEXT}}),
            d,
        )[1]
    )(response(TEXT)),
)
case("req-media-specialised", BREAKING, request(TEXT, mt="*/*"), request(TEXT, mt="application/json"))
case(
    "req-media-charset",
    COMPATIBLE,
    request(TEXT, mt="application/json"),
    request(TEXT, mt="application/json; charset=utf-8"),
)
case("req-media-case", COMPATIBLE, request(TEXT, mt="application/JSON"), request(TEXT, mt="application/json"))


def responses(**r):
    d = document()
    d["paths"]["/a"]["post"]["responses"] = {k.strip("_"): {"description": "ok", **v} for k, v in r.items()}
    return d


case("res-new-success", COMPATIBLE, responses(_200={}), responses(_200={}, _202={}))
case("res-new-error", COMPATIBLE, responses(_200={}), responses(_200={}, _404={}))
case("res-default-added", COMPATIBLE, responses(_200={}), responses(_200={}, default={}))
case("res-default-removed", COMPATIBLE, responses(_200={}, default={}), responses(_200={}))


def header(**k):
    return {"headers": {"X": {"schema": TEXT, **k}}}


case("res-header-optional", BREAKING, responses(_200=header(required=True)), responses(_200=header()))
case("res-header-required", COMPATIBLE, responses(_200=header()), responses(_200=header(required=True)))
case(
    "res-header-type",
    BREAKING,
    responses(_200=header()),
    responses(_200={"headers": {"X": {"schema": {"type": ["string", "integer"]}}}}),
)
case(
    "res-header-type-narrow",
    COMPATIBLE,
    responses(_200=header()),
    responses(_200={"headers": {"X": {"schema": {"type": "string", "enum": ["a"]}}}}),
)
case("res-body-added", COMPATIBLE, responses(_200={}), response(TEXT))
case(
    "res-refusal-type",
    BREAKING,
    responses(_200={}, _404={"content": {"application/json": {"schema": obj(a=TEXT)}}}),
    responses(_200={}, _404={"content": {"application/json": {"schema": obj(a=WHOLE)}}}),
)
case("res-range", COMPATIBLE, responses(_200={}, _4XX={}), responses(_200={}, _404={}, _4XX={}))


def secured(schemes, reqs, op=None):
    d = document(**({"security": op} if op is not None else {}))
    d["components"] = {"securitySchemes": schemes}
    d["security"] = reqs
    return d


KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}
BEARER = {"type": "http", "scheme": "bearer"}


def oauth(*s):
    return {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://x/t", "scopes": {x: x for x in s}}}}


case("sec-removed", COMPATIBLE, secured({"k": KEY}, [{"k": []}]), secured({"k": KEY}, []))
case("sec-optional", COMPATIBLE, secured({"k": KEY}, [{"k": []}]), secured({"k": KEY}, [{"k": []}, {}]))
case("sec-no-longer-optional", BREAKING, secured({"k": KEY}, [{"k": []}, {}]), secured({"k": KEY}, [{"k": []}]))
case(
    "sec-scope-removed",
    COMPATIBLE,
    secured({"o": oauth("a", "b")}, [{"o": ["a", "b"]}]),
    secured({"o": oauth("a", "b")}, [{"o": ["a"]}]),
)
case(
    "sec-other-scheme",
    BREAKING,
    secured({"k": KEY, "h": BEARER}, [{"k": []}]),
    secured({"k": KEY, "h": BEARER}, [{"h": []}]),
)
case(
    "sec-bearer-basic",
    BREAKING,
    secured({"h": BEARER}, [{"h": []}]),
    secured({"h": {"type": "http", "scheme": "basic"}}, [{"h": []}]),
)
case("sec-header-case", EQUAL, secured({"k": KEY}, [{"k": []}]), secured({"k": {**KEY, "name": "x-key"}}, [{"k": []}]))
case(
    "sec-flow-removed",
    BREAKING,
    secured(
        {
            "o": {
                "type": "oauth2",
                "flows": {
                    "clientCredentials": {"tokenUrl": "t", "scopes": {}},
                    "password": {"tokenUrl": "t", "scopes": {}},
                },
            }
        },
        [{"o": []}],
    ),
    secured({"o": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "t", "scopes": {}}}}}, [{"o": []}]),
)
case("sec-unused-scheme", EQUAL, secured({"k": KEY}, [{"k": []}]), secured({"k": KEY, "h": BEARER}, [{"k": []}]))
case("sec-op-empty", COMPATIBLE, secured({"k": KEY}, [{"k": []}]), secured({"k": KEY}, [{"k": []}], op=[]))
case(
    "op-added",
    COMPATIBLE,
    document(),
    (lambda d: (d["paths"]["/a"].update(get={"responses": {"200": {"description": "x"}}}), d)[1])(document()),
)
case(
    "path-added",
    COMPATIBLE,
    document(),
    (lambda d: (d["paths"].update({"/b": {"get": {"responses": {"200": {"description": "x"}}}}}), d)[1])(document()),
)
case(
    "op-sunset-later",
    COMPATIBLE,
    document(deprecated=True, **{"x-sunset": "2099-01-01"}),
    document(deprecated=True, **{"x-sunset": "2099-02-01"}),
)
case("op-sunset-set", COMPATIBLE, document(deprecated=True), document(deprecated=True, **{"x-sunset": "2099-02-01"}))
case("info-version", EQUAL, document(), (lambda d: (d["info"].update(version="2"), d)[1])(document()))
case("op-summary", EQUAL, document(), document(summary="x", description="y"))


def served(*u):
    d = document()
    d["servers"] = [{"url": x} for x in u]
    return d


case("srv-path", BREAKING, served("https://a/v1"), served("https://a/v2"))
case("srv-added", COMPATIBLE, served("https://a/v1"), served("https://a/v1", "https://b/v1"))


def webhook(schema):
    d = document()
    d["webhooks"] = {
        "m": {
            "post": {
                "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
                "responses": {"200": {"description": "x"}},
            }
        }
    }
    return d


case("wh-prop-removed", BREAKING, webhook(obj(a=TEXT, b=TEXT)), webhook(obj(a=TEXT)))
case("wh-prop-added", COMPATIBLE, webhook(obj(a=TEXT)), webhook(obj(a=TEXT, b=TEXT)))
case("wh-prop-type", BREAKING, webhook(obj(a=TEXT)), webhook(obj(a=WHOLE)))


def callback(schema):
    return document(
        callbacks={
            "c": {
                "{$request.body#/u}": {
                    "post": {
                        "requestBody": {"content": {"application/json": {"schema": schema}}},
                        "responses": {"200": {"description": "x"}},
                    }
                }
            }
        }
    )


case("cb-added", COMPATIBLE, document(), callback(TEXT))
case("cb-prop-removed", BREAKING, callback(obj(a=TEXT, b=TEXT)), callback(obj(a=TEXT)))
case("req-writeonly", COMPATIBLE, request(obj(a=TEXT)), request(obj(a={**TEXT, "writeOnly": True})))
case(
    "req-no-longer-readonly-required",
    BREAKING,
    request(obj(["a"], a={**TEXT, "readOnly": True})),
    request(obj(["a"], a=TEXT)),
)
case(
    "res-readonly-new-required",
    COMPATIBLE,
    response(obj(a=TEXT)),
    response(obj(["b"], a=TEXT, b={**TEXT, "readOnly": True})),
)
case(
    "res-became-writeonly", BREAKING, response(obj(["a"], a=TEXT)), response(obj(["a"], a={**TEXT, "writeOnly": True}))
)
case("res-anyof-added", BREAKING, response({"anyOf": [TEXT]}), response({"anyOf": [TEXT, WHOLE]}))
case(
    "res-discriminated-variant-enum",
    BREAKING,
    response({"oneOf": [obj(["k"], k={"const": "a"})]}),
    response({"oneOf": [obj(["k"], k={"const": "a"}), obj(["k"], k={"const": "b"})]}),
)
case("req-default-prop-new", COMPATIBLE, request(obj(a=TEXT)), request(obj(a=TEXT, b={**TEXT, "default": "x"})))
case(
    "res-additional-false-typed",
    BREAKING,
    response({**obj(a=TEXT), "additionalProperties": False}),
    response({**obj(a=TEXT), "additionalProperties": WHOLE}),
)
case(
    "req-additional-typed-to-false",
    BREAKING,
    request({**obj(a=TEXT), "additionalProperties": WHOLE}),
    request({**obj(a=TEXT), "additionalProperties": False}),
)
case("req-any-to-string", BREAKING, request({}), request(TEXT))
case("req-string-to-any", COMPATIBLE, request(TEXT), request({}))
case("res-string-to-any", BREAKING, response(TEXT), response({}))
case("res-any-to-string", COMPATIBLE, response({}), response(TEXT))
case("res-object-to-array", BREAKING, response(obj(a=TEXT)), response({"type": "array", "items": obj(a=TEXT)}))
case("res-nested-required-removed", BREAKING, response(obj(a=obj(["b"], b=TEXT))), response(obj(a=obj(b=TEXT))))
case("req-type-list-narrow", BREAKING, request({"type": ["string", "integer"]}), request(TEXT))
case("req-schema-removed", COMPATIBLE, request(TEXT), document(requestBody={"content": {"application/json": {}}}))
case(
    "req-allof-removed",
    COMPATIBLE,
    request({"allOf": [obj(["a"], a=TEXT), obj(["b"], b=TEXT)]}),
    request({"allOf": [obj(["a"], a=TEXT), obj(b=TEXT)]}),
)
case("res-unique-removed", BREAKING, response({"type": "array", "uniqueItems": True}), response({"type": "array"}))
case("res-maxitems-removed", BREAKING, response({"type": "array", "maxItems": 2}), response({"type": "array"}))
case("res-pattern-added", COMPATIBLE, response(TEXT), response({"type": "string", "pattern": "a"}))
case(
    "res-format-changed",
    BREAKING,
    response({"type": "string", "format": "date"}),
    response({"type": "string", "format": "date-time"}),
)
case(
    "req-format-changed",
    BREAKING,
    request({"type": "string", "format": "date"}),
    request({"type": "string", "format": "date-time"}),
)
case("req-contentencoding", BREAKING, request(TEXT), request({"type": "string", "contentEncoding": "base64"}))
case("same-binary", EQUAL, request({"type": "string", "format": "password"}), request(TEXT))
case(
    "query-method",
    BREAKING,
    {
        "openapi": "3.2.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"query": {"responses": {"200": {"description": "x"}}}, "get": {}}},
    },
    {"openapi": "3.2.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {}}}},
)
case(
    "additional-operation",
    BREAKING,
    {
        "openapi": "3.2.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"additionalOperations": {"COPY": {}}, "get": {}}},
    },
    {"openapi": "3.2.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": {}}}},
)
sw = {
    "swagger": "2.0",
    "info": {"title": "t", "version": "1"},
    "basePath": "/v1",
    "consumes": ["application/json"],
    "produces": ["application/json"],
    "paths": {
        "/a": {
            "post": {
                "operationId": "o",
                "parameters": [
                    {"in": "body", "name": "b", "required": True, "schema": {"$ref": "#/definitions/A"}},
                    {
                        "in": "query",
                        "name": "q",
                        "type": "array",
                        "items": {"type": "string"},
                        "collectionFormat": "multi",
                    },
                ],
                "responses": {"200": {"description": "ok", "schema": {"$ref": "#/definitions/A"}}},
            }
        }
    },
    "definitions": {"A": obj(a=TEXT)},
}
v3 = {
    "openapi": "3.0.3",
    "info": {"title": "t", "version": "1"},
    "servers": [{"url": "/v1"}],
    "paths": {
        "/a": {
            "post": {
                "operationId": "o",
                "parameters": [{"in": "query", "name": "q", "schema": {"type": "array", "items": TEXT}}],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}},
                },
                "responses": {
                    "200": {
                        "description": "ok",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}},
                    }
                },
            }
        }
    },
    "components": {"schemas": {"A": obj(a=TEXT)}},
}
case("same-20-30", EQUAL, sw, v3)
sw2 = copy.deepcopy(sw)
sw2["paths"]["/a"]["post"]["parameters"][1]["collectionFormat"] = "csv"
case("20-collection", BREAKING, sw, sw2)
sw3 = copy.deepcopy(sw)
sw3["definitions"]["A"]["required"] = ["a"]
case("20-required", BREAKING, sw, sw3)
sw4 = copy.deepcopy(sw)
sw4["paths"]["/a"]["post"]["produces"] = ["application/xml"]
case("20-produces", BREAKING, sw, sw4)
case(
    "res-header-case",
    EQUAL,
    responses(_200={"headers": {"X-A": {"schema": TEXT}}}),
    responses(_200={"headers": {"x-a": {"schema": TEXT}}}),
)
case("res-link-added", COMPATIBLE, responses(_200={}), responses(_200={"links": {"s": {"operationId": "o"}}}))
case("par-allowempty", BREAKING, parameters(query(allowEmptyValue=True)), parameters(query()))
case("par-reserved", COMPATIBLE, parameters(query()), parameters(query(allowReserved=True)))
case(
    "par-ref-broken",
    EQUAL,
    parameters({"$ref": "#/components/parameters/n"}),
    parameters({"$ref": "#/components/parameters/n"}),
)
case("req-prop-deprecated", COMPATIBLE, request(obj(a=TEXT)), request(obj(a={**TEXT, "deprecated": True})))
case(
    "same-anchor",
    EQUAL,
    request({"$ref": "#/components/schemas/A"}, comp={"A": {"$anchor": "aa", **TEXT}}),
    request({"$ref": "#aa"}, comp={"A": {"$anchor": "aa", **TEXT}}),
)

case(
    "same-bytes-30-31",
    EQUAL,
    request(obj(a={"type": "string", "format": "byte"}), v="3.0.3"),
    request(obj(a={"type": "string", "contentEncoding": "base64"})),
)
case(
    "same-any-bytes-30-31",
    EQUAL,
    request({"type": "string", "format": "binary"}, v="3.0.3", mt="image/png"),
    document(requestBody={"content": {"image/png": {}}}),
)
case(
    "req-readonly-removed",
    COMPATIBLE,
    request(obj(a={**TEXT, "readOnly": True}, b=TEXT)),
    request(obj(b=TEXT)),
)
case(
    "same-enum-split-into-variants",
    EQUAL,
    request(obj(["k"], k={"enum": ["a", "b"]})),
    request({"oneOf": [obj(["k"], k={"const": "a"}), obj(["k"], k={"const": "b"})]}),
)
case(
    "res-oneof-anyof-that-overlap",
    COMPATIBLE,
    response({"oneOf": [obj(a=TEXT), obj(b=TEXT)]}),
    response({"anyOf": [obj(a=TEXT), obj(b=TEXT)]}),
)
