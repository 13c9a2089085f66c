"""Pairs that say the same in other words, and ones that are hard to compare."""

from __future__ import annotations

from typing import Any

from tests.openapi.diff_cases import BREAKING, COMPATIBLE, EQUAL, TEXT, WHOLE, document, obj, parameters, query
from tests.openapi.diff_cases import request as sent
from tests.openapi.diff_cases import response as given
from tests.openapi.diffing.common import LIST, OK, Cases

CASES = case = Cases()


def same(name: str, old: Any, new: Any) -> None:
    case(f"same-{name}", EQUAL, old, new)


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


same("par-required-false", parameters(query()), parameters(query(required=False)))
same("par-deprecated-false", parameters(query()), parameters(query(deprecated=False)))
same("par-style-form", parameters(query(schema=LIST)), parameters(query(schema=LIST, style="form", explode=True)))
same("par-reserved-false", parameters(query()), parameters(query(allowReserved=False, allowEmptyValue=False)))
same("par-examples", parameters(query()), parameters(query(examples={"a": {"value": "x"}})))
same("par-schema-empty", parameters(query(schema={})), parameters(query(schema=True)))
same("par-none", document(), document(parameters=[]))
same(
    "body-required-false",
    sent(TEXT),
    document(requestBody={"required": False, **sent(TEXT)["paths"]["/a"]["post"]["requestBody"]}),
)
same("body-empty-schema", sent({}), document(requestBody={"content": {"application/json": {}}}))
same("op-deprecated-false", document(), document(deprecated=False))
same("op-tags-order", document(tags=["a", "b"]), document(tags=["b", "a"]))
same("op-callbacks-empty", document(), document(callbacks={}))
same("sec-empty", document(), document(security=[]))
same("sec-nothing-or", document(security=[{}]), document())
same("components-empty", document(), {**document(), "components": {}})
same("webhooks-empty", document(), {**document(), "webhooks": {}})
same("path-extension", document(), {**document(), "paths": {**document()["paths"], "x-any": 1}})
same("headers-empty", document(), document(responses={"200": {**OK, "headers": {}, "links": {}}}))
same("response-header-style", document(responses={"200": {**OK, "headers": {"X": {"schema": TEXT}}}}),
     document(responses={"200": {**OK, "headers": {"X": {"schema": TEXT, "style": "simple", "explode": False}}}}))  # fmt: skip  # noqa: E501
same(
    "ref-escaped", {**sent({"$ref": "#/components/schemas/A~1B"}), "components": {"schemas": {"A/B": TEXT}}}, sent(TEXT)
)
same(
    "ref-percent",
    {**sent({"$ref": "#/components/schemas/A%20B"}), "components": {"schemas": {"A B": TEXT}}},
    sent(TEXT),
)
same("ref-of-ref", sent(ref("A"), comp={"A": ref("B"), "B": ref("C"), "C": obj(a=TEXT)}), sent(obj(a=TEXT)))
same("parameter-ref-of-ref", {**document(parameters=[{"$ref": "#/components/parameters/P"}]),
     "components": {"parameters": {"P": {"$ref": "#/components/parameters/Q"}, "Q": query()}}}, parameters(query()))  # fmt: skip  # noqa: E501
same("defs-moved", sent({"$defs": {"t": TEXT}, **obj(a={"$ref": "#/paths/~1a/post/requestBody/content/application~1json/schema/$defs/t"})}),  # noqa: E501
     sent(obj(a=TEXT)))  # fmt: skip
same("recursion-unrolled", given(ref("A"), comp={"A": obj(a=ref("A"), n=WHOLE)}),
     given(ref("A"), comp={"A": obj(a=obj(a=ref("A"), n=WHOLE), n=WHOLE)}))  # fmt: skip
same(
    "recursion-two-names",
    given(ref("A"), comp={"A": obj(a=ref("A"))}),
    given(ref("A"), comp={"A": obj(a=ref("B")), "B": obj(a=ref("A"))}),
)
same("recursion-by-list", given(ref("A"), comp={"A": {"type": "array", "items": ref("A")}}),
     given(ref("B"), comp={"B": {"type": "array", "items": {"type": "array", "items": ref("B")}}}))  # fmt: skip
same(
    "all-of-of-recursion",
    given(ref("A"), comp={"A": obj(a={"allOf": [ref("A")]}, n=WHOLE)}),
    given(ref("A"), comp={"A": obj(a=ref("A"), n=WHOLE)}),
)
same("nullable-ref-30-31", given(obj(a={"nullable": True, "allOf": [ref("B")]}), "3.0.3", {"B": obj(b=TEXT)}),
     given(obj(a={"oneOf": [ref("B"), {"type": "null"}]}), "3.1.0", {"B": obj(b=TEXT)}))  # fmt: skip
same(
    "extra-variant-covered",
    given({"anyOf": [{"type": "number"}, TEXT]}),
    given({"anyOf": [WHOLE, {"type": "number"}, TEXT]}),
)
same("const-in-all-of", given({"allOf": [TEXT, {"const": "a"}]}), given({"const": "a"}))
same("bounds-of-integer", given({"type": "integer", "exclusiveMinimum": 0}), given({"type": "integer", "minimum": 1}))
same(
    "length-in-two-parts",
    given({"allOf": [{"type": "string", "minLength": 2}, {"maxLength": 4}]}),
    given({"type": "string", "minLength": 2, "maxLength": 4}),
)
same(
    "pattern-caret",
    given({"type": "string", "pattern": "^a.*$"}),
    given({"type": "string", "pattern": "^a[^\\n\\r\\u2028\\u2029]*$"}),
)
same("enum-booleans", given({"type": "boolean", "enum": [True, False]}), given({"type": "boolean"}))
same(
    "min-items-of-prefix",
    given({"type": "array", "prefixItems": [TEXT], "items": False}),
    given({"type": "array", "prefixItems": [TEXT], "maxItems": 1}),
)
same("required-twice", given(obj(["a"], a=TEXT)), given({"allOf": [obj(["a"], a=TEXT), {"required": ["a"]}]}))
same("content-charset-case", document(requestBody={"content": {"application/json; charset=UTF-8": {"schema": TEXT}}}),
     document(requestBody={"content": {"application/json; charset=UTF-8": {"schema": {"allOf": [TEXT]}}}}))  # fmt: skip

# A change inside of what goes round in circles, through every keyword that holds schemas.
for keyword, inside in {
    "items": lambda r: {"type": "array", "items": r},
    "additional": lambda r: {"type": "object", "additionalProperties": r},
    "pattern": lambda r: {"type": "object", "patternProperties": {"^x": r}},
    "one-of": lambda r: {"oneOf": [r, {"type": "null"}]},
    "any-of": lambda r: {"anyOf": [{"type": "null"}, r]},
    "all-of": lambda r: {"allOf": [r]},
    "prefix": lambda r: {"type": "array", "prefixItems": [r]},
    "dependent": lambda r: {"type": "object", "dependentSchemas": {"k": {"properties": {"z": r}}}},
    "nested": lambda r: obj(b=obj(c=r)),
}.items():
    before = {"A": obj(["v"], a=inside(ref("A")), v=WHOLE)}
    for what, value, in_request, in_response in (
        ("type", TEXT, BREAKING, BREAKING),
        ("narrower", {**WHOLE, "minimum": 3}, BREAKING, COMPATIBLE),
        ("wider", {"type": "number"}, COMPATIBLE, BREAKING),
    ):
        after = {"A": obj(["v"], a=inside(ref("A")), v=value)}
        case(f"circle-{keyword}-req-{what}", in_request, sent(ref("A"), comp=before), sent(ref("A"), comp=after))
        case(f"circle-{keyword}-res-{what}", in_response, given(ref("A"), comp=before), given(ref("A"), comp=after))

# Large ones: what they cost is seen by the test's patience.
MANY = [obj([f"k{n}", "kind"], kind={"const": f"v{n}"}, **{f"k{n}": TEXT}) for n in range(60)]
case("hard-many-variants", BREAKING, sent({"oneOf": MANY}), sent({"oneOf": MANY[1:]}))
case("hard-many-variants-changed", BREAKING, given({"oneOf": MANY}), given({"oneOf": [*MANY[1:], obj(["z"], z=TEXT)]}))
same("hard-many-variants-order", given({"oneOf": MANY}), given({"oneOf": MANY[::-1]}))
PAIRS = [{"oneOf": [obj([f"a{n}"], **{f"a{n}": TEXT}), obj([f"b{n}"], **{f"b{n}": TEXT})]} for n in range(14)]
same("hard-product-of-choices", given({"allOf": PAIRS}), given({"allOf": PAIRS[::-1]}))
case("hard-long-enum", BREAKING, sent({"enum": list(range(5000))}), sent({"enum": list(range(4999))}))
CHAIN = {f"S{n}": ref(f"S{n + 1}") for n in range(40)}
case(
    "hard-chain", BREAKING, sent(ref("S0"), comp={**CHAIN, "S40": TEXT}), sent(ref("S0"), comp={**CHAIN, "S40": WHOLE})
)


def deep(inner: Any, levels: int) -> Any:
    for _ in range(levels):
        inner = obj(["a"], a=inner)
    return inner


case("hard-deep", BREAKING, sent(deep(TEXT, 150)), sent(deep(WHOLE, 150)))
ALL = {f"N{n}": obj(**{f"p{m}": ref(f"N{m}") for m in range(30)}, v=TEXT) for n in range(30)}
case(
    "hard-all-of-all",
    BREAKING,
    sent(ref("N0"), comp=ALL),
    sent(ref("N0"), comp={**ALL, "N29": {**ALL["N29"], "required": ["v"]}}),
)
BASES = {f"B{n}": {"allOf": [ref(f"B{n + 1}"), obj(**{f"p{n}": TEXT})]} for n in range(60)}
case(
    "hard-inheritance",
    BREAKING,
    given(ref("B0"), comp={**BASES, "B60": obj(z=TEXT)}),
    given(ref("B0"), comp={**BASES, "B60": obj()}),
)
case(
    "hard-catastrophic-pattern",
    BREAKING,
    sent({"type": "string", "pattern": "^(a+)+$"}),
    sent({"type": "string", "pattern": "^(a|aa)+b$"}),
)
