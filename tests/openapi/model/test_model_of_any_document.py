"""The model of documents as they are: of every version, broken, large; always the same."""

from __future__ import annotations

import gc
import json
import random
import time
from typing import Any

import pytest

from specdouble.openapi.model import as_overlay, as_text, infer
from tests.openapi.model.small import document, many, op, ref, thing

SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "info": {"title": "t", "version": "1"},
    "definitions": {"Pet": {"type": "object", "properties": {"id": {"type": "integer", "readOnly": True}}}},
    "paths": {
        "/pets": {
            "get": {
                "responses": {
                    "200": {"description": "d", "schema": {"type": "array", "items": {"$ref": "#/definitions/Pet"}}}
                }
            },
            "post": {
                "parameters": [{"name": "b", "in": "body", "schema": {"$ref": "#/definitions/Pet"}}],
                "responses": {"201": {"description": "d", "schema": {"$ref": "#/definitions/Pet"}}},
            },
        },
        "/pets/{id}": {"delete": {"responses": {"204": {"description": "d"}}}, "x-specdouble-resource": "beast"},
    },
}


def sample() -> dict[str, Any]:
    operations = {
        "GET /pets": op(many(ref("Pet")), query=("limit", "name")),
        "POST /pets": op(ref("Pet"), ref("Pet")),
        "GET /pets/{id}": op(ref("Pet")),
        "PUT /pets/{id}/toys": op(None, many(ref("Toy"))),
    }
    toy = thing("id", "label", of=ref("Pet"))
    return document(operations, Pet=thing("id", "name", toy=ref("Toy")), Toy=toy)


def test_version_2_and_its_corrections() -> None:
    model = infer(SWAGGER)
    found = model.resource("beast")

    assert found is not None
    assert (found.schema, found.key.chosen_by) == ("/definitions/Pet", "server")
    assert [one.role for one in model.operations] == ["list", "create", "delete"]


def test_schemas_may_hold_themselves() -> None:
    node = {"type": "object", "properties": {"id": {"type": "string"}, "children": many(ref("Node"))}}
    loop = {"allOf": [ref("Loop")]}
    model = infer(document({"GET /nodes/{id}": op(ref("Node")), "GET /loops": op(ref("Loop"))}, Node=node, Loop=loop))

    assert model.by_key["GET /nodes/{id}"].role == "read"


@pytest.mark.parametrize("junk", [None, 1, "x", [], {}, [1], {"$ref": 3}, {"$ref": "#/nowhere"}, {"a": [None]}])
def test_any_part_may_be_anything(junk: Any) -> None:
    """Every place of a document is replaced by junk, one at a time, and nothing is raised."""
    text = json.dumps(sample())
    for where in range(sum(1 for _ in places(json.loads(text)))):
        broken = json.loads(text)
        holder, key = list(places(broken))[where]
        holder[key] = junk
        model = infer(broken)
        as_text(model)
        as_overlay(model, broken, "x")


def places(value: Any) -> Any:
    for key, inner in list(value.items()) if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


def test_a_document_without_paths_has_an_empty_model() -> None:
    assert infer({"openapi": "3.1.0", "info": {}}).operations == ()


def test_the_model_is_the_same_every_time() -> None:
    assert infer(sample()) == infer(sample())


def test_roles_do_not_depend_on_the_order_of_paths() -> None:
    first = sample()
    second = sample()
    paths = list(second["paths"].items())
    random.Random(1).shuffle(paths)
    second["paths"] = dict(paths)
    roles = [{one.key: one.role for one in infer(each).operations} for each in (first, second)]

    assert roles[0] == roles[1]


def test_a_thousand_operations_take_less_than_a_second() -> None:
    operations = {}
    schemas = {}
    for number in range(220):
        top = f"/area{number % 7}/things{number}s"
        schemas[f"Thing{number}"] = thing("id", *(f"member{index}" for index in range(30)))
        operations |= {
            f"GET {top}": op(many(ref(f"Thing{number}"))),
            f"POST {top}": op(ref(f"Thing{number}"), ref(f"Thing{number}")),
            f"GET {top}/{{id}}": op(ref(f"Thing{number}")),
            f"PUT {top}/{{id}}": op(ref(f"Thing{number}"), ref(f"Thing{number}")),
            f"DELETE {top}/{{id}}": op(),
        }
    made = document(operations, **schemas)
    gc.freeze()  # what other tests hold is not looked through
    start = time.process_time()
    model = infer(made)
    took = time.process_time() - start
    gc.unfreeze()

    assert len(model.operations) == 1100
    assert len(model.resources) == 220
    assert took < 1
