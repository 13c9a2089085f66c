"""Whether one schema accepts all that another does, tried with values by a validator that shares no code with it."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from specdouble.openapi.schemas.cutter import Cutter
from specdouble.openapi.schemas.subset import PLAIN, Subset
from specdouble.openapi.schemas.universe import Universe

NAMES = ("a", "b", "x-a")
SCALARS: tuple[Any, ...] = (None, True, False, -1, 0, 0.5, 1, 2, 3, 4, 6, 10, "", "a", "b", "ab", "abc", "a1")


def holds(narrow: Any, wide: Any, defs: dict[str, Any] | None = None) -> bool:
    """Ask the engine, with the definitions that `#/$defs/…` names in both."""
    document = {"$defs": defs or {}}
    universe = Universe((document, "3.1"))
    subset = Subset(universe, Cutter(universe), PLAIN)
    return subset.holds(universe.add(narrow, 0), universe.add(wide, 0))


def fits(schema: Any, value: Any, defs: dict[str, Any] | None = None) -> bool:
    if defs and isinstance(schema, dict):
        schema = {**schema, "$defs": defs}
    return bool(jsonschema_rs.Draft202012Validator(schema).is_valid(value))


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ({"type": "integer"}, {"type": "number"}),
        ({"const": 1}, {"enum": [1.0, 2]}),
        ({"type": "string", "maxLength": 3}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        ({"minimum": 0, "maximum": 10}, {"anyOf": [{"minimum": 5}, {"maximum": 5}]}),
        ({"type": "integer", "minimum": 1, "maximum": 3}, {"enum": [1, 2, 3, None]}),
        ({"allOf": [{"type": "string", "minLength": 2}, {"maxLength": 3}]}, {"type": "string", "minLength": 1}),
        ({"multipleOf": 6}, {"multipleOf": 3}),
        ({"type": "string", "pattern": "^[a-z]{3}$"}, {"type": "string", "pattern": "^[a-z]{1,5}$"}),
        ({"type": "object", "required": ["a", "b"]}, {"if": {"required": ["a"]}, "then": {"required": ["b"]}}),
        ({"type": "object", "required": ["a", "b"]}, {"dependentRequired": {"a": ["b"]}}),
        (
            {"oneOf": [{"type": "string"}, {"type": "integer", "minimum": 3}]},
            {"oneOf": [{"type": "integer"}, {"type": "string"}]},
        ),
        (
            {"type": "object", "properties": {"kind": {"enum": ["a", "b"]}}, "required": ["kind"]},
            {"anyOf": [{"properties": {"kind": {"const": "a"}}}, {"properties": {"kind": {"const": "b"}}}]},
        ),
        (
            {"type": "array", "prefixItems": [{"type": "integer"}], "items": {"const": 1}},
            {"items": {"type": "number"}},
        ),
        ({"patternProperties": {"^x-": {"type": "integer"}}}, {"patternProperties": {"^x-": {"type": "number"}}}),
        ({"$ref": "#/$defs/Tree"}, {"$ref": "#/$defs/Wood"}),
        (False, {"type": "string"}),
    ],
)
def test_proofs(narrow: Any, wide: Any) -> None:
    defs = {
        "Tree": {"type": "object", "properties": {"kids": {"items": {"$ref": "#/$defs/Tree"}}, "n": {"const": 1}}},
        "Wood": {
            "type": "object",
            "properties": {"kids": {"items": {"$ref": "#/$defs/Wood"}}, "n": {"type": "integer"}},
        },
    }

    assert holds(narrow, wide, defs)
    assert not holds(wide, narrow, defs)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"type": ["string", "integer"]}, {"anyOf": [{"type": "integer"}, {"type": "string"}]}),
        ({"type": "boolean"}, {"enum": [True, False]}),
        ({"type": ["string", "null"], "enum": ["a", None]}, {"oneOf": [{"const": "a"}, {"type": "null"}]}),
        ({"not": {"type": ["string", "null"]}}, {"type": ["object", "array", "boolean", "number"]}),
        (
            {"allOf": [{"properties": {"a": {}}}], "unevaluatedProperties": False},
            {"properties": {"a": {}}, "additionalProperties": False},
        ),
        ({"type": "integer", "minimum": 4, "maximum": 3}, False),
        ({"type": "integer", "minimum": 1, "maximum": 3}, {"enum": [1, 2, 3]}),
        ({"dependentRequired": {"a": ["b"]}}, {"dependentSchemas": {"a": {"required": ["b"]}}}),
        ({"type": "object", "required": ["a"], "properties": {"a": False}}, False),
    ],
)
def test_equal_by_meaning(one: Any, other: Any) -> None:
    assert holds(one, other)
    assert holds(other, one)


def scalars() -> st.SearchStrategy[Any]:
    return st.sampled_from(SCALARS)


def schemas() -> st.SearchStrategy[Any]:
    limits = st.sampled_from((-1, 0, 1, 2, 3, 5))
    sizes = st.sampled_from((0, 1, 2, 3))
    leaves = st.one_of(
        st.sampled_from((True, False, {}, {"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"})),
        st.fixed_dictionaries(
            {"type": st.sampled_from(("integer", "number", "string", "boolean", "null", "array", "object"))}
        ),
        st.lists(scalars(), min_size=1, max_size=3).map(lambda values: {"enum": values}),
        scalars().map(lambda value: {"const": value}),
        st.fixed_dictionaries(
            {},
            optional={
                "minimum": limits,
                "exclusiveMaximum": limits,
                "multipleOf": st.sampled_from((0.5, 1, 2, 3)),
                "minLength": sizes,
                "maxLength": sizes,
                "pattern": st.sampled_from(("^a", "b", "^[ab]+$", "^a?$")),
                "required": st.lists(st.sampled_from(NAMES), max_size=2, unique=True),
                "minProperties": sizes,
                "maxProperties": sizes,
                "minItems": sizes,
                "maxItems": sizes,
                "uniqueItems": st.booleans(),
                "dependentRequired": st.just({"a": ["b"]}),
            },
        ),
    )

    def grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        some = st.lists(inner, min_size=1, max_size=3)
        members = st.dictionaries(st.sampled_from(NAMES), inner, max_size=2)
        return st.one_of(
            st.fixed_dictionaries({}, optional={"allOf": some, "anyOf": some, "oneOf": some, "not": inner}),
            st.fixed_dictionaries({"if": inner, "then": inner}, optional={"else": inner}),
            st.fixed_dictionaries(
                {"type": st.just("object")},
                optional={
                    "properties": members,
                    "required": st.lists(st.sampled_from(NAMES), max_size=2, unique=True),
                    "additionalProperties": inner,
                    "patternProperties": st.fixed_dictionaries({"^x-": inner}),
                    "propertyNames": inner,
                    "dependentSchemas": st.fixed_dictionaries({"a": inner}),
                },
            ),
            st.fixed_dictionaries(
                {"type": st.just("array")},
                optional={
                    "items": inner,
                    "prefixItems": some,
                    "contains": inner,
                    "minContains": st.sampled_from((0, 1, 2)),
                    "maxContains": st.sampled_from((1, 2)),
                    "minItems": sizes,
                    "maxItems": sizes,
                },
            ),
            st.fixed_dictionaries(
                {"allOf": some}, optional={"properties": members, "unevaluatedProperties": st.just(False)}
            ),
        )

    return st.recursive(leaves, grown, max_leaves=5)


DEFS: dict[str, Any] = {
    "A": {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}, "b": {"type": "integer"}}},
    "B": {"type": ["object", "integer"], "properties": {"a": {"$ref": "#/$defs/B"}}, "minimum": 1},
}
VALUES = [
    *SCALARS,
    *([], [1], ["a"], [1, 1], [1, "a"], [None, 2, 3], [{}], [[]]),
    {},
    *({name: value} for name in NAMES for value in SCALARS[::2]),
    *({"a": one, "b": two} for one in SCALARS[::3] for two in SCALARS[1::3]),
    *({"a": {"a": one}} for one in SCALARS[::3]),
    *({"a": {"b": one}, "x-a": 1} for one in SCALARS[::3]),
]


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(schemas(), schemas())
def test_what_is_proved_is_refuted_by_no_value(narrow: Any, wide: Any) -> None:
    """A proof is honest: no value fits the narrow schema alone. And each schema accepts what it accepts itself."""
    assert holds(narrow, narrow, DEFS)
    for left, right in ((narrow, wide), (wide, narrow), (narrow, {"anyOf": [narrow, wide]})):
        if holds(left, right, DEFS):
            for value in VALUES:
                assert not fits(left, value, DEFS) or fits(right, value, DEFS), value
    assert holds({"allOf": [narrow, wide]}, narrow, DEFS)
