"""Pairs about the keywords of schemas, in requests and in responses."""

from __future__ import annotations

from tests.openapi.diff_cases import BREAKING, COMPATIBLE, EQUAL, TEXT, WHOLE, document, obj, request, response

CASES = []


def case(name, expected, old, new):
    CASES.append((name, expected, old, new))


def both(name, in_request, in_response, old, new, v="3.1.0", w=None, comp=None):
    """Add a pair as the body of a request and as that of a response."""
    w = w or v
    case(f"req-{name}", in_request, request(old, v, comp), request(new, w, comp))
    case(f"res-{name}", in_response, response(old, v, comp), response(new, w, comp))


def narrower(name, old, new, **more):
    """Add a pair that accepts less, and the same the other way round."""
    both(f"{name}-narrowed", BREAKING, COMPATIBLE, old, new, **more)
    both(f"{name}-widened", COMPATIBLE, BREAKING, new, old, **more)


def equal(name, old, new, **more):
    both(f"same-{name}", EQUAL, EQUAL, old, new, **more)


def text(**more):
    return {"type": "string", **more}


def whole(**more):
    return {"type": "integer", **more}


def listed(items, **more):
    return {"type": "array", "items": items, **more}


# Numbers.
narrower("minimum", obj(a=whole(minimum=1)), obj(a=whole(minimum=2)))
narrower("exclusive-minimum-number", {"type": "number", "minimum": 1}, {"type": "number", "exclusiveMinimum": 1})
narrower(
    "exclusive-maximum-30",
    {"type": "number", "maximum": 9, "exclusiveMaximum": False},
    {"type": "number", "maximum": 9, "exclusiveMaximum": True},
    v="3.0.3",
)
narrower("multiple-of-fraction", {"type": "number", "multipleOf": 0.01}, {"type": "number", "multipleOf": 0.1})
both("multiple-of-other", BREAKING, BREAKING, whole(multipleOf=2), whole(multipleOf=3))
narrower("format-number-float", {"type": "number", "format": "double"}, {"type": "number", "format": "float"})
narrower("format-int64-int32", whole(format="int64"), whole(format="int32"))
narrower("format-int32-added", whole(), whole(format="int32"))
equal("maximum-of-float", {"type": "number", "maximum": 1}, {"type": "number", "maximum": 1.0})
equal("int-bounds-and-format", whole(format="int32"), whole(format="int32", minimum=-(2**31)))
equal("number-integer-types", {"type": ["number", "integer"]}, {"type": "number"})
equal("enum-in-bounds", {"type": "integer", "enum": [1, 2]}, {"type": "integer", "minimum": 1, "maximum": 2})

# Texts.
narrower("max-length-set", text(), text(maxLength=5))
narrower("min-length", obj(a=text(minLength=1)), obj(a=text(minLength=3)))
narrower("pattern-set", text(), text(pattern="^[0-9]+$"))
narrower("pattern-digits", text(pattern=r"^\d+$"), text(pattern=r"^\d{3}$"))
both("pattern-other", BREAKING, BREAKING, text(pattern="^a"), text(pattern="^b"))
equal("pattern-class", text(pattern="^[0-9]+$"), text(pattern=r"^\d+$"))
equal("pattern-dot-star", text(), text(pattern=".*"))
narrower("format-date", text(), text(format="date"))
both("format-other", BREAKING, BREAKING, text(format="date"), text(format="date-time"))
equal("format-hint", text(), text(format="password"))
narrower("uri-reference", text(format="uri-reference"), text(format="uri"))
equal("byte-30-31", text(format="byte"), text(contentEncoding="base64"), v="3.0.3", w="3.1.0")
narrower("enum-to-const", {"enum": ["a", "b"]}, {"const": "a"})
narrower("enum-gets-const", text(enum=["a", "b"]), text(const="b"))
narrower("enum-of-mixed-types", {"enum": ["a", 1, None]}, {"enum": ["a", 1]})
equal("enum-twice-the-same", {"enum": ["a", "b"]}, {"enum": ["b", "a"]})
narrower("enum-types", {"enum": [1, 2]}, {"enum": [1]})
equal("enum-type-implied", {"enum": ["a"]}, {"type": "string", "enum": ["a"]})
both("enum-renamed-value", BREAKING, BREAKING, text(enum=["a", "b"]), text(enum=["a", "c"]))

# Lists.
narrower("items-type", listed({"type": "number"}), listed(whole()))
narrower("min-items", listed(TEXT), listed(TEXT, minItems=1))
narrower("max-items", listed(TEXT, maxItems=5), listed(TEXT, maxItems=4))
narrower("unique-items", listed(TEXT), listed(TEXT, uniqueItems=True))
narrower("contains-set", listed(TEXT), listed(TEXT, contains={"const": "a"}))
narrower("min-contains", listed(TEXT, contains={"const": "a"}), listed(TEXT, contains={"const": "a"}, minContains=2))
narrower("max-contains", listed(TEXT, contains={"const": "a"}), listed(TEXT, contains={"const": "a"}, maxContains=1))
equal("contains-zero", listed(TEXT), listed(TEXT, contains={"const": "a"}, minContains=0))
narrower("prefix-items", {"type": "array", "prefixItems": [TEXT]}, {"type": "array", "prefixItems": [TEXT, WHOLE]})
narrower(
    "items-false", {"type": "array", "prefixItems": [TEXT]}, {"type": "array", "prefixItems": [TEXT], "items": False}
)
narrower(
    "items-false-shorter",
    {"type": "array", "prefixItems": [TEXT, WHOLE], "items": False},
    {"type": "array", "prefixItems": [TEXT], "items": False},
)
narrower(
    "unevaluated-items",
    {"type": "array", "prefixItems": [TEXT]},
    {"type": "array", "prefixItems": [TEXT], "unevaluatedItems": False},
)
equal("items-true", {"type": "array"}, listed(True))
equal("items-nothing-30", {"type": "array", "items": {}}, {"type": "array", "items": {"description": "any"}}, v="3.0.3")
both("list-to-item", BREAKING, BREAKING, listed(TEXT), TEXT)

# Objects.
narrower("closed", {**obj(a=TEXT)}, {**obj(a=TEXT), "additionalProperties": False})
narrower(
    "additional-typed",
    {"type": "object", "additionalProperties": True},
    {"type": "object", "additionalProperties": TEXT},
)
narrower(
    "additional-schema",
    {"type": "object", "additionalProperties": text()},
    {"type": "object", "additionalProperties": text(maxLength=3)},
)
narrower("min-properties", {"type": "object"}, {"type": "object", "minProperties": 1})
narrower("max-properties", {"type": "object"}, {"type": "object", "maxProperties": 3})
narrower("property-names", {"type": "object"}, {"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}})
narrower(
    "pattern-properties",
    {"type": "object", "patternProperties": {"^x-": {}}},
    {"type": "object", "patternProperties": {"^x-": TEXT}},
)
narrower("dependent-required", obj(a=TEXT, b=TEXT), {**obj(a=TEXT, b=TEXT), "dependentRequired": {"a": ["b"]}})
narrower(
    "dependent-schemas",
    obj(a=TEXT, b=TEXT),
    {**obj(a=TEXT, b=TEXT), "dependentSchemas": {"a": {"properties": {"b": {"minLength": 1}}}}},
)
narrower("required", obj(a=TEXT), obj(["a"], a=TEXT))
narrower("required-undeclared", obj(a=TEXT), {**obj(a=TEXT), "required": ["z"]})
narrower("nested-required", obj(o=obj(a=TEXT)), obj(o=obj(["a"], a=TEXT)))
equal(
    "dependent-required-schemas",
    {**obj(a=TEXT), "dependentRequired": {"a": ["b"]}},
    {**obj(a=TEXT), "dependentSchemas": {"a": {"required": ["b"]}}},
)
equal("dependencies", {**obj(a=TEXT), "dependencies": {"a": ["b"]}}, {**obj(a=TEXT), "dependentRequired": {"a": ["b"]}})
equal("required-order", obj(["a", "b"], a=TEXT, b=TEXT), obj(["b", "a"], b=TEXT, a=TEXT))
equal(
    "unevaluated-as-additional",
    {**obj(a=TEXT), "additionalProperties": False},
    {**obj(a=TEXT), "unevaluatedProperties": False},
)
equal("additional-empty-schema", {**obj(a=TEXT), "additionalProperties": {}}, obj(a=TEXT))
narrower(
    "unevaluated-over-all-of",
    {"allOf": [obj(a=TEXT), obj(b=TEXT)]},
    {"allOf": [obj(a=TEXT), obj(b=TEXT)], "unevaluatedProperties": False},
)

# Types and null.
narrower("type-list", {"type": ["string", "integer"]}, {"type": ["string"]})
narrower("nullable-30", text(nullable=True), text(), v="3.0.3")
narrower("nullable-31", {"type": ["string", "null"]}, {"type": "string"})
narrower("type-set", {}, TEXT)
equal("nullable-false", text(nullable=False), text(), v="3.0.3")
equal("nullable-30-any-of-31", text(nullable=True), {"anyOf": [TEXT, {"type": "null"}]}, v="3.0.3", w="3.1.0")
equal(
    "nullable-30-one-of-31",
    obj(a=text(nullable=True)),
    obj(a={"oneOf": [{"type": "null"}, TEXT]}),
    v="3.0.3",
    w="3.1.0",
)
equal("type-null-const", {"type": "null"}, {"const": None})
equal("boolean-enum", {"type": "boolean"}, {"enum": [True, False]})
equal("true-schema", {}, True)
both("boolean-to-text", BREAKING, BREAKING, obj(a={"type": "boolean"}), obj(a=TEXT))
both("text-to-date-type", BREAKING, BREAKING, obj(a=whole()), obj(a=text(format="date-time")))

# Combinations.
A, B, C = obj(["a"], a=TEXT), obj(["b"], b=TEXT), obj(["c"], c=TEXT)
narrower("one-of-variant", {"oneOf": [A, B]}, {"oneOf": [A]})
narrower("any-of-variant", {"anyOf": [A, B, C]}, {"anyOf": [C, A]})
narrower("one-of-variant-changed", {"oneOf": [A, obj(["b"], b=TEXT)]}, {"oneOf": [A, obj(["b"], b=text(maxLength=3))]})
narrower("all-of-part", A, {"allOf": [A, {"maxProperties": 5}]})
narrower("all-of-required", {"allOf": [obj(a=TEXT)]}, {"allOf": [obj(a=TEXT), {"required": ["a"]}]})
narrower("not-const", text(), {"type": "string", "not": {"const": "a"}})
narrower("not-type", {}, {"not": {"type": "null"}})
narrower(
    "if-then", obj(a=TEXT, b=TEXT), {**obj(a=TEXT, b=TEXT), "if": {"required": ["a"]}, "then": {"required": ["b"]}}
)
narrower("else", obj(a=TEXT, b=TEXT), {**obj(a=TEXT, b=TEXT), "if": {"required": ["a"]}, "else": {"required": ["b"]}})
equal("if-without-then", TEXT, {"type": "string", "if": {"minLength": 3}})
equal("one-of-order", {"oneOf": [A, B, C]}, {"oneOf": [C, A, B]})
equal("any-of-order", {"anyOf": [A, B]}, {"anyOf": [B, A]})
equal("all-of-order", {"allOf": [obj(a=TEXT), obj(b=WHOLE)]}, {"allOf": [obj(b=WHOLE), obj(a=TEXT)]})
equal("all-of-flattened", {"allOf": [obj(["a"], a=TEXT), obj(b=WHOLE)]}, obj(["a"], a=TEXT, b=WHOLE))
equal("all-of-nested", {"allOf": [{"allOf": [A]}]}, A)
equal("one-of-single", {"oneOf": [A]}, A)
equal("any-of-single", {"anyOf": [TEXT]}, TEXT)
equal("any-of-duplicate", {"anyOf": [TEXT, TEXT]}, TEXT)
equal("any-of-consts", {"anyOf": [{"const": "a"}, {"const": "b"}]}, {"enum": ["a", "b"]})
equal(
    "one-of-consts-titled",
    {"oneOf": [{"const": "a", "title": "A"}, {"const": "b", "title": "B"}]},
    {"enum": ["a", "b"]},
)
equal("any-of-absorbed", {"anyOf": [TEXT, text(maxLength=3)]}, TEXT)
equal("any-of-nested", {"anyOf": [A, {"anyOf": [B, C]}]}, {"anyOf": [A, B, C]})
equal("not-of-not-type", {"not": {"not": TEXT}}, TEXT)
equal(
    "common-part-outside",
    {"oneOf": [obj(["k", "a"], k=TEXT, a=TEXT), obj(["k", "b"], k=TEXT, b=TEXT)]},
    {"allOf": [obj(["k"], k=TEXT), {"oneOf": [A, B]}]},
)
both("variant-swapped", BREAKING, BREAKING, {"oneOf": [A, B]}, {"oneOf": [A, C]})
both("object-into-variant-list", COMPATIBLE, BREAKING, A, {"oneOf": [A, B]})

# Annotations say nothing about values.
for keyword, old, new in (
    ("title", "a", "b"),
    ("description", "a", "b"),
    ("example", "x", "y"),
    ("x-any", 1, 2),
    ("$comment", "a", "b"),
    ("externalDocs", {"url": "http://a"}, {"url": "http://b"}),
    ("examples", ["a"], ["b"]),
    ("xml", {"name": "a"}, {"name": "a"}),
):
    equal(f"annotation-{keyword}", obj(a=text(**{keyword: old})), obj(a=text(**{keyword: new})))
both("deprecated", COMPATIBLE, COMPATIBLE, obj(a=TEXT), obj(a=text(deprecated=True)))

# Only one direction.
both("read-only-type", COMPATIBLE, BREAKING, obj(a=text(readOnly=True)), obj(a=whole(readOnly=True)))
both("write-only-type", BREAKING, COMPATIBLE, obj(a=text(writeOnly=True)), obj(a=whole(writeOnly=True)))
both("read-only-required", COMPATIBLE, COMPATIBLE, obj(a=text(readOnly=True)), obj(["a"], a=text(readOnly=True)))
both("read-only-optional", COMPATIBLE, BREAKING, obj(["a"], a=text(readOnly=True)), obj(a=text(readOnly=True)))
both("write-only-required", BREAKING, COMPATIBLE, obj(a=text(writeOnly=True)), obj(["a"], a=text(writeOnly=True)))
both("write-only-optional", COMPATIBLE, COMPATIBLE, obj(["a"], a=text(writeOnly=True)), obj(a=text(writeOnly=True)))
both("read-only-added-required", COMPATIBLE, COMPATIBLE, obj(), obj(["a"], a=text(readOnly=True)))
both("write-only-added-required", BREAKING, COMPATIBLE, obj(b=TEXT), obj(["a"], b=TEXT, a=text(writeOnly=True)))
both(
    "read-only-enum-value",
    COMPATIBLE,
    BREAKING,
    obj(a=text(readOnly=True, enum=["a"])),
    obj(a=text(readOnly=True, enum=["a", "b"])),
)
both("became-write-only", COMPATIBLE, BREAKING, obj(a=TEXT), obj(a=text(writeOnly=True)))
both("property-added", COMPATIBLE, COMPATIBLE, obj(a=TEXT), obj(a=TEXT, b=TEXT))
both("property-added-required", BREAKING, COMPATIBLE, obj(a=TEXT), obj(["b"], a=TEXT, b=TEXT))
both("property-removed", BREAKING, BREAKING, obj(a=TEXT, b=TEXT), obj(a=TEXT))
both(
    "property-removed-closed",
    BREAKING,
    BREAKING,
    {**obj(a=TEXT, b=TEXT), "additionalProperties": False},
    {**obj(a=TEXT), "additionalProperties": False},
)
both("property-renamed", BREAKING, BREAKING, obj(a=TEXT), obj(b=TEXT))
both("property-into-parent", BREAKING, BREAKING, obj(o=obj(a=TEXT)), obj(a=TEXT))
both("property-forbidden", BREAKING, COMPATIBLE, obj(a=TEXT), {"type": "object", "properties": {"a": TEXT, "b": False}})

# References.
REF = {"$ref": "#/components/schemas/A"}
TREE = {"type": "object", "properties": {"kids": listed({"$ref": "#/components/schemas/A"}), "v": TEXT}}


def through(name, expected, old, new, v="3.1.0"):
    case(f"ref-req-{name}", expected[0], request(REF, v, old), request(REF, v, new))
    case(f"ref-res-{name}", expected[1], response(REF, v, old), response(REF, v, new))


through("narrowed", (BREAKING, COMPATIBLE), {"A": TEXT}, {"A": text(maxLength=3)})
through("tree-property-required", (BREAKING, COMPATIBLE), {"A": TREE}, {"A": {**TREE, "required": ["v"]}})
through("chain", (EQUAL, EQUAL), {"A": {"$ref": "#/components/schemas/B"}, "B": TEXT}, {"A": TEXT})
through(
    "all-of-base-loses",
    (BREAKING, BREAKING),
    {"A": {"allOf": [{"$ref": "#/components/schemas/B"}, obj(c=TEXT)]}, "B": obj(a=TEXT, b=TEXT)},
    {"A": {"allOf": [{"$ref": "#/components/schemas/B"}, obj(c=TEXT)]}, "B": obj(a=TEXT)},
)
through(
    "mutual",
    (BREAKING, BREAKING),
    {"A": obj(b={"$ref": "#/components/schemas/B"}), "B": obj(a=REF, v=TEXT)},
    {"A": obj(b={"$ref": "#/components/schemas/B"}), "B": obj(a=REF, v=WHOLE)},
)
through(
    "sibling-narrows-31",
    (BREAKING, COMPATIBLE),
    {"A": obj(a={"$ref": "#/components/schemas/B"}), "B": TEXT},
    {"A": obj(a={"$ref": "#/components/schemas/B", "maxLength": 3}), "B": TEXT},
)
through(
    "sibling-ignored-30",
    (EQUAL, EQUAL),
    {"A": obj(a={"$ref": "#/components/schemas/B"}), "B": TEXT},
    {"A": obj(a={"$ref": "#/components/schemas/B", "maxLength": 3}), "B": TEXT},
    v="3.0.3",
)
through(
    "dynamic",
    (BREAKING, COMPATIBLE),
    {"A": {"$dynamicAnchor": "n", "type": "object", "properties": {"kid": {"$dynamicRef": "#n"}, "v": TEXT}}},
    {
        "A": {
            "$dynamicAnchor": "n",
            "type": "object",
            "properties": {"kid": {"$dynamicRef": "#n"}, "v": text(maxLength=2)},
        }
    },
)
through(
    "discriminated",
    (BREAKING, COMPATIBLE),
    {
        "A": {
            "oneOf": [{"$ref": "#/components/schemas/B"}, {"$ref": "#/components/schemas/C"}],
            "discriminator": {"propertyName": "kind"},
        },
        "B": obj(["kind"], kind={"const": "b"}, v=TEXT),
        "C": obj(["kind"], kind={"const": "c"}),
    },
    {
        "A": {
            "oneOf": [{"$ref": "#/components/schemas/B"}, {"$ref": "#/components/schemas/C"}],
            "discriminator": {"propertyName": "kind"},
        },
        "B": obj(["kind", "v"], kind={"const": "b"}, v=TEXT),
        "C": obj(["kind"], kind={"const": "c"}),
    },
)
through(
    "id",
    (BREAKING, COMPATIBLE),
    {"A": {"$id": "http://x/a", "$defs": {"t": TEXT}, **obj(a={"$ref": "#/$defs/t"})}},
    {"A": {"$id": "http://x/a", "$defs": {"t": text(maxLength=1)}, **obj(a={"$ref": "#/$defs/t"})}},
)
equal("inline-or-component", TEXT, {"$ref": "#/components/schemas/A"}, comp={"A": TEXT})
case(
    "same-body-component",
    EQUAL,
    {
        **document(requestBody={"$ref": "#/components/requestBodies/B"}),
        "components": {"requestBodies": {"B": {"content": {"application/json": {"schema": TEXT}}}}},
    },
    document(requestBody={"content": {"application/json": {"schema": TEXT}}}),
)
both(
    "extensible-enum-removed",
    BREAKING,
    COMPATIBLE,
    obj(a=text(**{"x-extensible-enum": ["a", "b"]})),
    obj(a=text(**{"x-extensible-enum": ["a"]})),
)
both(
    "extensible-enum-added",
    COMPATIBLE,
    COMPATIBLE,
    obj(a=text(**{"x-extensible-enum": ["a"]})),
    obj(a=text(**{"x-extensible-enum": ["a", "b"]})),
)
equal("extensible-enum-order", text(**{"x-extensible-enum": ["a", "b"]}), text(**{"x-extensible-enum": ["b", "a"]}))
