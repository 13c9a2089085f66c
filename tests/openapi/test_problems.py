"""What of a document cannot be used: one list for server, verifier and command line; the rest is used."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.openapi import Document
from specdouble.openapi.problems import Problem, problems
from specdouble.openapi.reading.json_text import encode

OK = {"200": {"description": "ok"}}


def document(paths: Any, schemas: Any = None, version: str = "3.1.0") -> Document:
    made = {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": paths}
    return Document("d", encode({**made, "components": {"schemas": schemas or {}}}))


def body(schema: Any) -> Any:
    return {"responses": OK, "requestBody": {"content": {"application/json": {"schema": schema}}}}


def test_nothing_is_said_of_a_document_that_can_be_used() -> None:
    assert problems(document({"/a": {"get": {"responses": OK}}})) == ()


def test_the_worst_comes_first_and_each_says_what_happens_instead() -> None:
    made = document(
        {
            "/a/{id}": {"get": {"responses": OK}},
            "/b": {"get": "nonsense", "post": body({"$ref": "#/components/schemas/No"})},
            "/c": {"post": {**body({}), "parameters": [{"name": "q"}]}},
        },
        {"Odd": {"type": "strng", "maxLength": 3}},
    )

    found = problems(made)

    assert [(one.harm, one.where) for one in found] == [
        (0, "/paths/~1b/get"),
        (1, "/paths/~1c/post/parameters/0"),
        (2, "/paths/~1b/post/requestBody/content/application~1json/schema"),
        (2, "/components/schemas/Odd/type"),
        (3, "/paths/~1a~1{id}/get"),
    ]
    assert found[0].instead == "it is left out"
    assert str(found[2]).endswith("the reference #/components/schemas/No names nothing; any value is taken")
    assert found[-1] == Problem("/paths/~1a~1{id}/get", "the path parameter id is not declared", "it takes any text", 3)
    assert [one.harm for one in problems(made, schemas=False)] == [0, 1, 2, 3]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_only_the_broken_keyword_is_left_out(version: str) -> None:
    broken = {
        "type": "object",
        "properties": {"a": {"type": "strng", "maxLength": 2}, "b": {"type": "integer", "pattern": "("}},
        "required": ["a"],
    }
    ref = {"$ref": "#/components/schemas/A"}
    made = document({"/a": {"post": body(ref)}}, {"A": broken, "B": ref}, version)

    for schema in ({"$ref": "#/components/schemas/B"}, broken):
        validator = made.schemas.validator(schema)
        assert validator.is_valid({"a": "xy", "b": 1})
        assert not validator.is_valid({"a": "xyz"})
        assert not validator.is_valid({"a": "x", "b": "1"})
        assert not validator.is_valid({})
    assert len(problems(made)) == 2


def test_what_is_no_schema_at_all_takes_anything() -> None:
    made = document({}, {"A": {"type": "object", "properties": {"a": 3}, "items": "x"}, "B": "text"})

    assert made.schemas.validator({"$ref": "#/components/schemas/A"}).is_valid({"a": "any"})
    assert not made.schemas.validator({"$ref": "#/components/schemas/A"}).is_valid([])
    assert made.schemas.validator({"$ref": "#/components/schemas/B"}).is_valid([])
