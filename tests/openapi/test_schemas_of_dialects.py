"""Schemas mean what they mean in the dialect that their document declares."""

from typing import Any

import pytest

from specdouble.openapi.validation.compiled import Schemas


def schemas(version: str, more: dict[str, Any] | None = None, **named: Any) -> Schemas:
    if version == "2.0":
        return Schemas({"swagger": "2.0", "paths": {}, "definitions": named, **(more or {})})
    return Schemas({"openapi": f"{version}.0", "paths": {}, "components": {"schemas": named}, **(more or {})})


def ref(name: str, version: str = "3.1") -> dict[str, Any]:
    return {"$ref": f"#/definitions/{name}" if version == "2.0" else f"#/components/schemas/{name}"}


OLD = {"type": "integer", "minimum": 1, "exclusiveMinimum": True, "nullable": True}


@pytest.mark.parametrize(
    ("version", "schema", "fitting", "refused"),
    [
        ("3.0", OLD, [None, 2], [1, "x"]),
        ("3.0", {"enum": ["a"], "type": "string", "nullable": True}, ["a", None], ["b"]),
        ("3.1", {"type": ["integer", "null"], "exclusiveMinimum": 1}, [None, 2], [1]),
        ("3.1", {"type": "integer", "nullable": True}, [1], [None]),
        ("2.0", {"type": "integer", "x-nullable": True}, [1, None], ["x"]),
        ("2.0", {"type": "file"}, ["x"], [1]),
        ("3.0", {"type": "integer", "format": "int32"}, [2**31 - 1, -(2**31)], [2**31]),
        ("3.1", {"type": "integer", "format": "int64"}, [2**63 - 1], [2**63]),
        ("3.1", {"type": "integer", "format": "uint8", "maximum": 9}, [9, 0], [10, -1]),
        ("3.1", {"type": "integer", "format": "uint8", "minimum": -5}, [0], [-1]),
        ("3.0", {"type": "string", "format": "byte"}, ["YQ=="], ["?", "a"]),
        ("3.1", {"type": "string", "format": "password"}, ["x"], [1]),
        ("3.1", {"type": "string", "format": "date-time"}, ["2026-01-01T00:00:00Z"], ["yesterday"]),
        ("3.1", {"type": "integer", "maximum": 2**70}, [2**69], [2**71]),
        ("3.1", {"prefixItems": [{"type": "integer"}]}, [[1], []], [["a"]]),
        ("3.1", True, [1], []),
        ("3.1", False, [], [1]),
    ],
)
def test_a_schema_means_what_its_dialect_says(
    version: str, schema: Any, fitting: list[Any], refused: list[Any]
) -> None:
    made = schemas(version, S=schema, T={"type": "object", "properties": {"s": ref("S", version)}})

    for one, wrap in ((schema, False), (ref("S", version), False), (ref("T", version), True)):
        validator = made.validator(one)
        for value in (*fitting, *refused):
            assert validator.is_valid({"s": value} if wrap else value) == (value in fitting), (one, value)


def test_siblings_of_a_reference_count_since_3_1() -> None:
    for version, expected in (("3.0", True), ("3.1", False)):
        made = schemas(version, A={"type": "string"}, B={**ref("A"), "maxLength": 1})

        assert made.validator(ref("B")).is_valid("long") == expected


def test_a_document_of_3_1_may_declare_another_dialect() -> None:
    tuple_ = {"items": [{"type": "integer"}], "additionalItems": False}
    draft7 = {"jsonSchemaDialect": "http://json-schema.org/draft-07/schema#"}

    made = schemas("3.1", draft7, A=tuple_, B={**ref("A"), "type": "string"})

    assert [made.validator(ref("A")).is_valid(value) for value in ([1], [1, 2], ["a"])] == [True, False, False]
    assert made.validator(ref("B")).is_valid([1])  # draft 7 knows no siblings of $ref
    own = {"$schema": "http://json-schema.org/draft-07/schema#", **tuple_}
    assert not schemas("3.1").validator(own).is_valid([1, 2])


def test_members_of_the_other_direction_need_not_be_there() -> None:
    member = {"type": "integer"}
    pet = {
        "type": "object",
        "required": ["id", "secret"],
        "properties": {
            "id": {**member, "readOnly": True},
            "secret": {**member, "writeOnly": True},
            "inner": ref("Pet"),
        },
    }
    for version in ("3.0", "3.1"):
        made = schemas(version, Pet=pet)

        assert made.validator(ref("Pet"), "request").is_valid({"secret": 1, "inner": {"secret": 1}})
        assert made.validator(ref("Pet"), "response").is_valid({"id": 1})
        assert not made.validator(ref("Pet"), "response").is_valid({"secret": 1})
        assert not made.validator(ref("Pet")).is_valid({"id": 1})


def test_names_are_references_too() -> None:
    tree = {
        "$id": "tree",
        "$dynamicAnchor": "node",
        "type": "object",
        "properties": {"kids": {"type": "array", "items": {"$dynamicRef": "#node"}}},
    }
    strict = {"$id": "strict", "$dynamicAnchor": "node", "$ref": "tree", "unevaluatedProperties": False}
    made = schemas(
        "3.2", {"$self": "https://x.test/api"}, Tree=tree, Strict=strict, Named={"$anchor": "n", "type": "null"}
    )

    assert [made.validator(ref("Tree")).is_valid(one) for one in ({"kids": [{"x": 1}]}, {"kids": [1]})] == [True, False]
    assert not made.validator(ref("Strict")).is_valid({"kids": [{"x": 1}]})
    assert [made.validator({"$ref": "#n"}).is_valid(one) for one in (None, 1)] == [True, False]
    assert not made.validator({"$ref": "https://x.test/api#/components/schemas/Named"}).is_valid(1)


def test_a_reference_that_leads_nowhere_takes_anything_and_harms_no_other(tmp_path: Any) -> None:
    (tmp_path / "secret.json").write_text('{"type": "null"}')
    outside = {"$ref": f"file://{tmp_path}/secret.json"}
    made = schemas("3.1", A={"properties": {"a": ref("No"), "b": outside, "c": {"type": "integer"}}})

    validator = made.validator(ref("A"))

    assert validator.is_valid({"a": 1, "b": 1, "c": 1})
    assert not validator.is_valid({"c": "x"})
    assert made.validator(outside).is_valid(1)
    assert made.dangling == {"#/components/schemas/No", outside["$ref"]}


def test_references_may_lead_outside_of_the_components() -> None:
    inline = {"type": "integer"}
    content = {"application/json": {"schema": inline}}
    document = {
        "openapi": "3.1.0",
        "paths": {"/x": {"get": {"responses": {"200": {"content": content}}}}},
        "components": {"schemas": {"A": {"$ref": "#/paths/~1x/get/responses/200/content/application~1json/schema"}}},
    }

    assert [Schemas(document).validator(ref("A")).is_valid(one) for one in (1, "a")] == [True, False]


def test_a_broken_schema_takes_anything_and_is_named() -> None:
    made = schemas("3.1", Bad={"type": "strange"}, Good={"properties": {"a": {"type": "integer"}}})

    assert made.validator(ref("Bad")).is_valid(1)
    assert made.validator({"pattern": "("}).is_valid("x")
    assert not made.validator(ref("Good")).is_valid({"a": "x"})
    assert len(made.broken) == 2


def test_a_recursive_schema_is_compiled_once() -> None:
    made = schemas("3.0", A={"properties": {"a": ref("A"), "n": {"type": "string", "nullable": True}}})

    assert made.validator(ref("A")) is made.validator(ref("A"))
    assert not made.validator(ref("A")).is_valid({"a": {"a": {"n": 1}}})
    assert made.properties(ref("A"))["a"] == made.resolve(ref("A"))
