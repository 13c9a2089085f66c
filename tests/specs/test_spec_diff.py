"""What `diff` finds between two documents, and whom it says a change breaks."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdouble.openapi import Document
from specdouble.openapi.diff import Change, diff

Plant = Callable[[dict[str, Any]], None]

ANSWER = "/responses/200/content/application~1json"
BODY = "/requestBody/content/application~1json"
READ = "GET /notes/{note_id}"
WRITE = "POST /notes"
LIST = "GET /notes"


def change(old: dict[str, Any], plant: Plant) -> list[Change]:
    new = copy.deepcopy(old)
    plant(new)
    return diff(old, new)


def notes(document: dict[str, Any], method: str) -> dict[str, Any]:
    operation: dict[str, Any] = document["paths"]["/notes"][method]
    return operation


def limit(document: dict[str, Any]) -> dict[str, Any]:
    parameter: dict[str, Any] = notes(document, "get")["parameters"][0]
    return parameter


def schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][name]
    return found


def fields(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = schema(document, name)["properties"]
    return found


def put(target: Callable[[dict[str, Any]], dict[str, Any]], **values: Any) -> Plant:
    return lambda document: target(document).update(values)


def drop(target: Callable[[dict[str, Any]], dict[str, Any]], name: str) -> Plant:
    def plant(document: dict[str, Any]) -> None:
        del target(document)[name]

    return plant


def limit_schema(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = limit(document)["schema"]
    return found


def new_text(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = fields(document, "NewNote")["text"]
    return found


def new_colour(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = fields(document, "NewNote")["colour"]
    return found


def read_schema(document: dict[str, Any]) -> dict[str, Any]:
    """Give `read` an answer of its own, so that a change shows up once."""
    content = document["paths"]["/notes/{note_id}"]["get"]["responses"]["200"]["content"]["application/json"]
    found: dict[str, Any] = content["schema"]
    return found


@pytest.fixture
def old(published: dict[str, Any]) -> dict[str, Any]:
    """The small document with the answer of `read` written out: an object with one field of each sort."""
    read_schema(published).clear()
    read_schema(published).update(
        {
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": {"type": "integer"},
                "state": {"type": "string", "enum": ["open", "done"]},
                "at": {"anyOf": [{"type": "string"}, {"type": "null"}], "format": "date-time"},
                "parts": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}},
                "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            },
            "additionalProperties": False,
        }
    )
    return published


def read_field(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda document: read_schema(document)["properties"][name]


def read_fields(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = read_schema(document)["properties"]
    return found


def test_same_documents_have_no_differences(old: dict[str, Any], gateway: Document) -> None:
    assert diff(old, old) == []
    assert diff(gateway.raw, gateway.raw) == []


@pytest.mark.parametrize(
    ("plant", "rule", "breaking", "operation", "pointer"),
    [
        # paths and operations
        (lambda d: d["paths"].pop("/notes"), "path-removed", True, "/notes", ""),
        (lambda d: d["paths"].update({"/more": d["paths"]["/notes"]}), "path-added", False, "/more", ""),
        (lambda d: d["paths"]["/notes"].pop("get"), "operation-removed", True, LIST, ""),
        (lambda d: d["paths"]["/notes"].update(put=notes(d, "get")), "operation-added", False, "PUT /notes", ""),
        (lambda d: notes(d, "get").update(deprecated=True), "operation-deprecated", False, LIST, ""),
        (lambda d: notes(d, "get").update(operationId="all"), "operation-id-changed", False, LIST, ""),
        # who may call
        (lambda d: notes(d, "get").update(security=[{"key": []}]), "security-tightened", True, LIST, "/security"),
        (
            lambda d: notes(d, "get").update({"x-required-role": "admin"}),
            "operation-role-narrowed",
            True,
            LIST,
            "/x-required-role",
        ),
        # parameters
        (drop(lambda d: notes(d, "get"), "parameters"), "parameter-removed", True, LIST, "/parameters/limit"),
        (put(limit, required=True), "parameter-became-required", True, LIST, "/parameters/limit"),
        (put(limit_schema, type="boolean"), "request-type-changed", True, LIST, "/parameters/limit"),
        (
            put(limit_schema, type="string"),
            "request-type-changed",
            False,
            LIST,
            "/parameters/limit",
        ),  # it is text anyway
        (put(limit_schema, type="number"), "request-type-widened", False, LIST, "/parameters/limit"),
        (put(limit_schema, maximum=20), "request-maximum-narrowed", True, LIST, "/parameters/limit"),
        (put(limit_schema, maximum=100), "request-maximum-widened", False, LIST, "/parameters/limit"),
        (put(limit_schema, minimum=2), "request-minimum-narrowed", True, LIST, "/parameters/limit"),
        (drop(limit_schema, "minimum"), "request-minimum-widened", False, LIST, "/parameters/limit"),
        (put(limit_schema, enum=[10, 20]), "request-enum-narrowed", True, LIST, "/parameters/limit"),
        (put(limit_schema, default=10), "parameter-default-changed", True, LIST, "/parameters/limit"),
        # request bodies
        (drop(lambda d: notes(d, "post"), "requestBody"), "request-body-removed", True, WRITE, "/requestBody"),
        (
            lambda d: notes(d, "post")["requestBody"].update(required=False),
            "request-body-became-optional",
            False,
            WRITE,
            "/requestBody",
        ),
        (
            lambda d: notes(d, "get").update(requestBody=notes(d, "post")["requestBody"]),
            "request-body-added-required",
            True,
            LIST,
            "/requestBody",
        ),
        (
            lambda d: schema(d, "NewNote")["required"].append("colour"),
            "request-property-became-required",
            True,
            WRITE,
            f"{BODY}/colour",
        ),
        (
            lambda d: schema(d, "NewNote").pop("required"),
            "request-property-became-optional",
            False,
            WRITE,
            f"{BODY}/text",
        ),
        (
            lambda d: (fields(d, "NewNote").update(by={}), schema(d, "NewNote")["required"].append("by")),
            "request-property-added-required",
            True,
            WRITE,
            f"{BODY}/by",
        ),
        (put(lambda d: fields(d, "NewNote"), by={}), "request-property-added", False, WRITE, f"{BODY}/by"),
        (drop(lambda d: fields(d, "NewNote"), "colour"), "request-property-removed", True, WRITE, f"{BODY}/colour"),
        (put(new_text, maxLength=50), "request-max-length-narrowed", True, WRITE, f"{BODY}/text"),
        (put(new_text, minLength=5), "request-min-length-narrowed", True, WRITE, f"{BODY}/text"),
        (put(new_text, pattern="^a"), "request-pattern-narrowed", True, WRITE, f"{BODY}/text"),
        (put(new_text, format="email"), "request-format-narrowed", True, WRITE, f"{BODY}/text"),
        (put(new_text, type=["string", "null"]), "request-nullability-widened", False, WRITE, f"{BODY}/text"),
        (put(new_colour, enum=["red"]), "request-enum-narrowed", True, WRITE, f"{BODY}/colour"),
        (put(new_colour, const="red"), "request-enum-narrowed", True, WRITE, f"{BODY}/colour"),
        (drop(new_colour, "default"), "request-default-changed", False, WRITE, f"{BODY}/colour"),
        (
            put(lambda d: schema(d, "NewNote"), additionalProperties=False),
            "request-additional-properties-narrowed",
            True,
            WRITE,
            BODY,
        ),
        # answers
        (
            lambda d: notes(d, "post")["responses"].update({"200": notes(d, "post")["responses"].pop("201")}),
            "response-success-removed",
            True,
            WRITE,
            "/responses/201",
        ),
        (lambda d: notes(d, "post")["responses"].pop("422"), "response-status-removed", False, WRITE, "/responses/422"),
        (
            lambda d: notes(d, "post")["responses"].update({"409": {"description": ""}}),
            "response-status-added",
            False,
            WRITE,
            "/responses/409",
        ),
        (
            lambda d: notes(d, "get")["responses"]["200"].update(content={}),
            "response-body-removed",
            True,
            LIST,
            "/responses/200",
        ),
        (drop(read_fields, "state"), "response-property-removed", True, READ, f"{ANSWER}/state"),
        (
            put(read_fields, by={"type": "string"}),
            "response-property-added-to-closed-object",
            False,
            READ,
            f"{ANSWER}/by",
        ),
        (
            lambda d: read_schema(d)["required"].remove("id"),
            "response-property-became-optional",
            True,
            READ,
            f"{ANSWER}/id",
        ),
        (
            lambda d: read_schema(d)["required"].append("at"),
            "response-property-became-required",
            False,
            READ,
            f"{ANSWER}/at",
        ),
        (put(read_field("id"), type="string"), "response-type-changed", True, READ, f"{ANSWER}/id"),
        (put(read_field("id"), type=["integer", "null"]), "response-nullability-widened", True, READ, f"{ANSWER}/id"),
        (put(read_field("state"), enum=["open"]), "response-enum-narrowed", False, READ, f"{ANSWER}/state"),
        (
            put(read_field("state"), enum=["open", "done", "lost"]),
            "response-enum-widened",
            True,
            READ,
            f"{ANSWER}/state",
        ),
        (drop(read_field("state"), "enum"), "response-enum-widened", True, READ, f"{ANSWER}/state"),
        (put(read_field("at"), format="date"), "response-format-changed", True, READ, f"{ANSWER}/at"),
        (put(read_field("id"), maximum=9), "response-maximum-narrowed", False, READ, f"{ANSWER}/id"),
        (
            lambda d: read_field("parts")(d)["items"]["properties"].pop("n"),
            "response-property-removed",
            True,
            READ,
            f"{ANSWER}/parts/*/n",
        ),
        (
            lambda d: read_field("either")(d)["anyOf"].append({"type": "boolean"}),
            "response-type-widened",
            True,
            READ,
            f"{ANSWER}/either",
        ),
        (
            lambda d: read_field("either")(d)["anyOf"].extend([{"type": "boolean"}, {"type": "null"}]),
            "response-type-widened",
            True,
            READ,
            f"{ANSWER}/either",
        ),
        (put(read_schema, additionalProperties=True), "response-additional-properties-widened", True, READ, ANSWER),
    ],
)
def test_planted_change(
    old: dict[str, Any], plant: Plant, rule: str, breaking: bool, operation: str, pointer: str
) -> None:
    found = change(old, plant)

    assert (rule, breaking, operation, pointer) in {(c.rule, c.breaking, c.operation, c.pointer) for c in found}
    assert any(c.breaking for c in found) == breaking, [str(c) for c in found]


@pytest.mark.parametrize(
    "plant",
    [
        # The same thing said in another way is no change.
        lambda d: read_field("at")(d).update(type=["string", "null"]) or read_field("at")(d).pop("anyOf"),
        lambda d: read_field("either")(d)["anyOf"].reverse(),
        lambda d: read_field("state")(d)["enum"].reverse(),
        lambda d: schema(d, "NewNote")["required"].extend(["text"]),
        lambda d: (
            d["components"]["schemas"].update(Copy=schema(d, "Note"))
            or notes(d, "get")["responses"]["200"]["content"]["application/json"]["schema"].update(
                items={"$ref": "#/components/schemas/Copy"}
            )
        ),
        lambda d: limit(d).update(schema={"allOf": [limit_schema(d)]}),
        lambda d: limit(d).update(example=3, description="How many"),
    ],
)
def test_other_spelling_is_no_change(old: dict[str, Any], plant: Plant) -> None:
    assert [str(c) for c in change(old, plant)] == []


def test_new_name_of_a_path_parameter_is_no_change(old: dict[str, Any]) -> None:
    def rename(document: dict[str, Any]) -> None:
        item = document["paths"].pop("/notes/{note_id}")
        item["parameters"][0]["name"] = "id"
        document["paths"]["/notes/{id}"] = item

    assert change(old, rename) == []


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ([{"a": []}, {"b": []}], [{"a": []}], "security-tightened"),
        ([{"a": []}], [{"a": [], "b": []}], "security-tightened"),
        ([], [{"a": []}], "security-tightened"),
        ([{}, {"a": []}], [{"a": []}], "security-tightened"),
        ([{"a": []}], [{"a": []}, {"b": []}], "security-loosened"),
        ([{"a": [], "b": []}], [{"a": []}], "security-loosened"),
        ([{"a": []}], [], "security-loosened"),
        ([{"a": []}], [{}, {"a": []}], "security-loosened"),
        ([{"a": []}, {"b": []}], [{"b": []}, {"a": []}], None),
        ([], [{}], None),
    ],
)
def test_security(old: dict[str, Any], before: Any, after: Any, rule: str | None) -> None:
    notes(old, "get")["security"] = before

    found = change(old, lambda d: notes(d, "get").update(security=after))

    assert [(c.rule, c.breaking) for c in found] == ([(rule, "tight" in rule)] if rule else [])


def test_breaking_changes_come_first(old: dict[str, Any]) -> None:
    def plant(document: dict[str, Any]) -> None:
        notes(document, "post")["deprecated"] = True
        del notes(document, "get")["parameters"]
        document["paths"]["/more"] = copy.deepcopy(document["paths"]["/notes"])

    assert [c.breaking for c in change(old, plant)] == [True, False, False]


def test_change_reads_as_a_sentence_and_as_data(old: dict[str, Any]) -> None:
    (found,) = change(old, put(limit_schema, maximum=20))

    assert str(found) == "GET /notes /parameters/limit: maximum narrowed: 50 -> 20 [request-maximum-narrowed]"
    assert found.as_dict() == {
        "rule": "request-maximum-narrowed",
        "level": "breaking",
        "breaking": True,
        "operation": LIST,
        "pointer": "/parameters/limit",
        "before": 50,
        "after": 20,
    }


@pytest.mark.parametrize("extra", [{}, {"description": "an answer"}])
def test_schema_that_contains_itself_ends(old: dict[str, Any], extra: dict[str, Any]) -> None:
    fields(old, "Note")["answers"] = {"type": "array", "items": {"$ref": "#/components/schemas/Note", **extra}}

    found = change(old, lambda d: fields(d, "Note").pop("text"))

    assert {c.rule for c in found} == {"response-property-removed"}


def test_every_overlaid_operation_differs_from_the_published_one(gateway: Document) -> None:
    from specdouble.openapi import load
    from specdouble.packs.documents import bundled_documents

    found = diff(load(bundled_documents()["auth-gateway"].published), gateway.raw)

    tightened = {c.operation for c in found if c.rule == "security-tightened"}
    assert len(tightened) == sum(not operation.public for operation in gateway.operations)


SCHEMAS = st.recursive(
    st.one_of(
        st.sampled_from([True, {}, {"type": "string"}, {"type": "integer", "minimum": 1}, {"type": "null"}]),
        st.builds(lambda values: {"enum": values}, st.lists(st.integers(0, 3), min_size=1, max_size=3)),
    ),
    lambda inner: st.one_of(
        st.builds(lambda items: {"type": "array", "items": items}, inner),
        st.builds(lambda variants: {"anyOf": variants}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(
            lambda properties, required: {"type": "object", "properties": properties, "required": required},
            st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
            st.lists(st.sampled_from("abc"), unique=True),
        ),
    ),
    max_leaves=6,
)


def _with_answer(answer: Any) -> dict[str, Any]:
    responses = {"200": {"description": "", "content": {"application/json": {"schema": answer}}}}
    return {"openapi": "3.1.0", "paths": {"/a": {"get": {"responses": responses}}}}


@given(SCHEMAS, SCHEMAS)
def test_any_two_schemas_can_be_compared(first: Any, second: Any) -> None:
    forth, back = diff(_with_answer(first), _with_answer(second)), diff(_with_answer(second), _with_answer(first))

    assert bool(forth) == bool(back)
    assert diff(_with_answer(first), _with_answer(first)) == []


def test_header_names_have_no_case(old: dict[str, Any]) -> None:
    limit(old).update({"name": "X-Limit", "in": "header"})

    assert change(old, put(limit, name="x-limit")) == []
