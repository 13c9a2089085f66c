"""Operations as data: references, inheritance, and what stands where."""

import time
from typing import Any

import pytest

from specdouble.openapi import Document, SpecError, operations
from specdouble.openapi.pointers import lookup


def document(**paths: Any) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {f"/{name}": item for name, item in paths.items()},
        "components": {
            "parameters": {"Page": {"name": "page", "in": "query", "schema": {"$ref": "#/components/schemas/Page"}}},
            "schemas": {"Page": {"type": "integer", "default": 1}, "Thing": {"type": "object"}},
            "requestBodies": {"Thing": {"content": {"application/json": {"schema": {}}, "text/plain": {}}}},
            "responses": {
                "Gone": {"description": "Gone", "content": {"application/json": {"schema": {}, "example": {"a": 1}}}},
                "Alias": {"$ref": "#/components/responses/Gone"},
            },
            "examples": {"one": {"value": {"named": True}}},
        },
    }


def get(**operation: Any) -> dict[str, Any]:
    return {"get": {"responses": {"200": {"description": "Fine"}}, **operation}}


def test_operations_share_the_answers_they_refer_to_under_one_status() -> None:
    gone = {"$ref": "#/components/responses/Gone"}
    raw = document(a=get(responses={"404": gone, "410": gone}), b=get(responses={"410": gone, "200": {}}))

    first, second = operations(raw)

    assert first.responses[410] is second.responses[410]
    assert [one.status for one in (*first.responses.values(), *second.responses.values())] == [404, 410, 410, 200]


def test_references_are_followed_and_pointers_say_where_schemas_stand() -> None:
    raw = document(
        a=get(
            parameters=[{"$ref": "#/components/parameters/Page"}],
            requestBody={"$ref": "#/components/requestBodies/Thing"},
            responses={"200": {"description": "Fine"}, "410": {"$ref": "#/components/responses/Alias"}},
        )
    )

    (operation,) = operations(raw)

    (page,) = operation.parameters
    assert (page.name, page.location, page.required, page.default, page.has_default) == (
        "page",
        "query",
        False,
        1,
        True,
    )
    assert page.schema == {"$ref": "#/components/schemas/Page"}
    assert operation.body is not None
    assert list(operation.body.content) == ["application/json", "text/plain"]
    assert not operation.body.required
    gone = operation.responses[410]
    assert gone.status == 410
    assert (gone.media_type, gone.example, gone.description) == ("application/json", {"a": 1}, "Gone")
    assert gone.pointer == "/components/responses/Gone/content/application~1json/schema"


def test_every_pointer_of_the_gateway_leads_to_the_schema(gateway: Document) -> None:
    for operation in gateway.operations:
        assert lookup(gateway.raw, operation.pointer)["operationId"] == operation.operation_id
        for parameter in operation.parameters:
            assert lookup(gateway.raw, parameter.pointer) == parameter.schema
        contents = [c for r in operation.responses.values() for c in (r.content or {}).values()]
        contents += operation.body.content.values() if operation.body else ()
        for content in contents:
            assert lookup(gateway.raw, content.pointer) == content.schema


def test_parameters_of_the_path_come_first_and_the_operation_wins() -> None:
    common = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "page", "in": "query", "schema": {"type": "string"}},
    ]
    own = [{"name": "page", "in": "query", "schema": {"type": "integer"}, "example": 3}]

    (operation,) = operations(document(**{"a/{id}": {"parameters": common, **get(parameters=own)}}))

    assert [(p.name, p.schema) for p in operation.parameters] == [
        ("id", {"type": "string"}),
        ("page", {"type": "integer"}),
    ]
    assert operation.parameters[1].example == 3


@pytest.mark.parametrize(
    ("whole", "own", "expected", "public"),
    [
        (None, None, (), True),
        ([{"key": []}], None, (frozenset({"key"}),), False),
        ([{"key": []}], [], (), True),
        (None, [{}, {"key": []}], (frozenset(), frozenset({"key"})), True),
        (None, [{"a": [], "b": []}], (frozenset({"a", "b"}),), False),
    ],
)
def test_security(whole: Any, own: Any, expected: tuple[frozenset[str], ...], public: bool) -> None:
    raw = document(a=get(**({} if own is None else {"security": own})))
    if whole is not None:
        raw["security"] = whole

    (operation,) = operations(raw)

    assert (operation.security, operation.public) == (expected, public)


@pytest.mark.parametrize(
    ("statuses", "success"),
    [
        (["422", "201"], 201),
        (["204", "200"], 204),
        (["302", "404"], 302),
        (["default", "404"], 0),
        (["4XX", "2XX"], 200),
        (["404"], 404),
    ],
)
def test_success_is_the_first_answer_in_the_two_hundreds_or_the_next_best(statuses: list[str], success: int) -> None:
    (operation,) = operations(document(a=get(responses={status: {"description": ""} for status in statuses})))

    assert operation.success.status == success
    assert operation.success.wildcard == (not any(str(success) == status for status in statuses))


def test_examples_by_name_and_by_reference() -> None:
    content = {"application/json": {"examples": {"one": {"$ref": "#/components/examples/one"}}}}
    (operation,) = operations(document(a=get(responses={"200": {"description": "", "content": content}})))

    assert operation.success.example == {"named": True}


def test_an_example_may_be_null_and_is_told_from_none() -> None:
    shown = {"200": {"description": "", "content": {"application/json": {"example": None}}}}
    (operation,) = operations(document(a=get(responses=shown)))

    assert operation.success.has_example
    assert not operation.success.headers


def test_document_order_is_kept() -> None:
    raw = document(b=get(), a={"post": get()["get"], "get": get()["get"], "summary": "not an operation"})

    assert [operation.key for operation in operations(raw)] == ["GET /b", "POST /a", "GET /a"]


def test_path_items_may_be_references() -> None:
    raw = document(a={"$ref": "#/components/pathItems/A"})
    raw["components"]["pathItems"] = {"A": get(operationId="read")}

    (operation,) = operations(raw)

    assert (operation.key, operation.pointer) == ("GET /a", "/components/pathItems/A/get")


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (get(responses={"200": {"$ref": "#/components/responses/Nothing"}}), "points at nothing"),
        (get(responses={"200": {"$ref": "other.json#/Gone"}}), "leaves the document"),
        (get(parameters=[{"in": "query"}]), "not what OpenAPI asks for"),
        ({"get": "read"}, "not what OpenAPI asks for"),
        (["get"], "not what OpenAPI asks for"),
    ],
)
def test_what_cannot_be_read_is_one_clear_error(item: Any, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        operations(document(a=item))


def test_circular_reference_is_refused() -> None:
    raw = document(a=get(responses={"200": {"$ref": "#/components/responses/A"}}))
    raw["components"]["responses"] = {
        "A": {"$ref": "#/components/responses/B"},
        "B": {"$ref": "#/components/responses/A"},
    }

    with pytest.raises(SpecError, match="circle"):
        operations(raw)


def test_listing_the_gateway_is_cheap(gateway: Document) -> None:
    """The aim is 10 ms; the limit here leaves room for a slow machine."""
    best = min(_seconds(gateway.raw) for _ in range(5))

    assert best < 0.05


def _seconds(raw: dict[str, Any]) -> float:
    start = time.perf_counter()
    operations(raw)
    return time.perf_counter() - start


def test_3_1_allows_for_operations_without_responses_and_documents_without_paths() -> None:
    (operation,) = operations(document(a={"get": {"responses": {"x-note": "text"}}}))

    assert (operation.responses, operation.success.status, operation.success.media_type) == ({}, 200, "")
    assert operations({"openapi": "3.1.0", "webhooks": {}}) == ()


def test_references_may_be_percent_encoded_and_escaped() -> None:
    raw = document(a=get(responses={"200": {"$ref": "#/components/responses/so%20good~1fine~0"}}))
    raw["components"]["responses"] = {"so good/fine~": {"description": "Found"}}

    assert operations(raw)[0].success.description == "Found"


def test_default_beside_a_reference_wins() -> None:
    raw = document(
        a=get(parameters=[{"name": "p", "in": "query", "schema": {"$ref": "#/components/schemas/Page", "default": 5}}])
    )

    assert operations(raw)[0].parameters[0].default == 5
