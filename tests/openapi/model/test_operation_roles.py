"""Roles: what each operation does."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.openapi.model import ROLES, Operation, infer
from tests.openapi.model.small import TEXT, document, many, op, ref, thing

PET = thing("id", "name", "status")
BASE = {
    "GET /pets": op(many(ref("Pet"))),
    "POST /pets": op(ref("Pet"), ref("Pet"), status="201"),
    "GET /pets/{petId}": op(ref("Pet")),
}
FILE = {"type": "string", "format": "binary"}
FORM = {"type": "object", "properties": {"file": FILE}}
STEPS = many(thing("op", "path", "value"))


def role(key: str, operation: dict[str, Any], base: dict[str, Any] = BASE, **others: Any) -> Operation:
    return infer(document({**base, **others, key: operation}, Pet=PET, Task=thing("taskUid", "state"))).by_key[key]


CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("GET /pets", op(many(ref("Pet"))), "list", ""),
    ("POST /pets", op(ref("Pet"), ref("Pet")), "create", ""),
    ("POST /pets", op(ref("Task"), ref("Pet")), "create", ""),
    ("POST /pets", op(many(ref("Pet")), many(ref("Pet"))), "create", "many"),
    ("POST /pets/createWithList", op(ref("Pet"), many(ref("Pet"))), "create", "many"),
    ("PUT /pets", op(ref("Pet"), ref("Pet")), "replace", "body-key"),
    ("PATCH /pets", op(many(ref("Pet")), many(ref("Pet"))), "update", "many"),
    ("DELETE /pets", op(), "delete-many", ""),
    ("GET /pets/{petId}", op(ref("Pet")), "read", ""),
    ("HEAD /pets/{petId}", op(), "read", ""),
    ("PUT /pets/{petId}", op(ref("Pet"), thing("name", required=("name",))), "replace", "whole"),
    ("PUT /pets/{petId}", op(ref("Pet"), thing("name")), "replace", "merge"),
    ("PUT /pets/{petId}", op(ref("Pet"), ref("Pet"), status="201"), "upsert", "merge"),
    ("PUT /pets/{petId}", op(ref("Pet"), ref("Pet"), summary="Create or update a pet"), "upsert", "merge"),
    ("PATCH /pets/{petId}", op(ref("Pet"), ref("Pet")), "update", "merge"),
    ("PATCH /pets/{petId}", op(ref("Pet"), STEPS), "update", "json-patch"),
    ("PATCH /pets/{petId}", op(ref("Pet"), {}, takes="application/json-patch+json"), "update", "json-patch"),
    ("POST /pets/{petId}", op(ref("Pet"), query=("name", "status")), "update", "post"),
    ("POST /pets/{petId}/update", op(ref("Pet"), ref("Pet")), "update", "post"),
    ("DELETE /pets/{petId}", op(), "delete", ""),
    ("POST /pets/{petId}/delete", op(), "delete", ""),
    ("GET /pets/findByStatus", op(many(ref("Pet")), query=("status",)), "find", ""),
    ("POST /pets/search", op(many(ref("Pet")), thing("q")), "find", ""),
    ("POST /pets/count", op(thing("n"), thing("q")), "derived", ""),
    ("GET /pets/stats", op(thing("total", "alive")), "derived", ""),
    ("GET /inventory", op({"type": "object", "additionalProperties": {"type": "integer"}}), "derived", ""),
    ("POST /pets/prune", op(thing("deleted")), "delete-many", ""),
    ("POST /pets/{petId}/feed", op(ref("Pet")), "action", ""),
    ("POST /pets/reindex", op(), "action", ""),
    ("POST /login", op(thing("token"), thing("user", "password")), "action", ""),
    ("GET /login", op(status="302"), "action", ""),
    ("POST /pets/{petId}/photo", op(ref("Pet"), FORM, takes="multipart/form-data"), "upload", ""),
    ("PUT /pets/{petId}/photo", op(None, FILE, takes="image/png"), "upload", ""),
    ("GET /pets/{petId}/photo", op(FILE, kind="image/png"), "download", ""),
    ("GET /events", op(TEXT, kind="text/event-stream"), "stream", ""),
    ("GET /me", op(thing("login", "mail")), "singleton-read", ""),
    ("GET /pets/mine", op(ref("Pet")), "singleton-read", ""),
    ("OPTIONS /pets", op(), "none", ""),
]


@pytest.mark.parametrize(("key", "operation", "expected", "style"), CASES, ids=[f"{c[0]} {c[2]}" for c in CASES])
def test_roles(key: str, operation: dict[str, Any], expected: str, style: str) -> None:
    found = role(key, operation)

    assert (found.role, found.style) == (expected, style), found.reason
    assert found.reason


def test_every_role_is_seen_here() -> None:
    sets = {"set-add", "set-remove", "set-check", "singleton-write", "singleton-delete"}

    assert {case[2] for case in CASES} | sets == set(ROLES)


def test_verbs_behind_a_collection_stand_for_the_methods_that_are_not_there() -> None:
    operations = {
        "GET /boxes/json": op(many(thing("Id", "Names"))),
        "POST /boxes/create": op(thing("Id"), thing("Image"), status="201"),
        "GET /boxes/{id}/json": op(thing("Id", "Image", "State")),
        "POST /boxes/{id}/start": op(status="204"),
        "DELETE /boxes/{id}": op(status="204"),
    }
    model = infer(document(operations))

    assert [model.by_key[key].role for key in operations] == ["list", "create", "read", "action", "delete"]
    assert {one.resource for one in model.operations} == {"box"}
    assert model.by_key["POST /boxes/create"].answers == "receipt"


def test_a_thing_of_which_there_is_one_below_an_item() -> None:
    words = many(TEXT)
    more = {"GET /pets/{petId}/words": op(words), "PUT /pets/{petId}/words": op(None, words)}
    model = infer(document({**BASE, **more, "DELETE /pets/{petId}/words": op()}, Pet=PET))
    found = [model.by_key[f"{method} /pets/{{petId}}/words"] for method in ("GET", "PUT", "DELETE")]

    assert [one.role for one in found] == ["singleton-read", "singleton-write", "singleton-delete"]
    assert {one.resource for one in found} == {"pet"}


def test_a_put_below_an_item_that_answers_the_item_updates_it() -> None:
    found = role("PUT /pets/{petId}/settings", op(ref("Pet"), thing("colour")))

    assert (found.role, found.resource) == ("update", "pet")


def test_sets() -> None:
    operations = {
        "GET /me/pets": op({"type": "object", "properties": {"items": many(thing("added_at", pet=ref("Pet")))}}),
        "PUT /me/pets": op(query=("ids",)),
        "DELETE /me/pets": op(query=("ids",)),
        "GET /me/pets/contains": op(many({"type": "boolean"}), query=("ids",)),
    }
    model = infer(document({**BASE, **operations}, Pet=PET))
    found = [model.by_key[key] for key in operations]

    assert [one.role for one in found] == ["list", "set-add", "set-remove", "set-check"]
    assert {one.members for one in found[1:]} == {"ids"}
    assert found[0].style == "set"


def test_a_set_of_items_that_are_named_by_the_path() -> None:
    operations = {
        "PUT /starred/{id}": op(status="204"),
        "DELETE /starred/{id}": op(status="204"),
        "GET /starred/{id}": op(status="204"),
    }
    model = infer(document(operations))

    assert [model.by_key[key].role for key in operations] == ["set-add", "set-remove", "set-check"]


def test_post_on_the_item_makes_it_where_nothing_else_does() -> None:
    operations = {
        "GET /secrets/{path}": op(thing("data")),
        "POST /secrets/{path}": op(None, thing("value"), operationId="create-secret"),
        "DELETE /secrets/{path}": op(),
    }

    assert infer(document(operations)).by_key["POST /secrets/{path}"].role == "upsert"


def test_a_post_elsewhere_makes_items_of_the_noun() -> None:
    operations = {
        "POST /boxes": op(ref("Pet"), thing("name")),
        "GET /boxes/{id}": op(ref("Pet")),
        "POST /boxes/{id}/exec": op(thing("Id"), thing("Cmd"), status="201"),
        "GET /exec/{id}/json": op(thing("ID", "Running")),
    }
    found = infer(document(operations, Pet=PET)).by_key["POST /boxes/{id}/exec"]

    assert (found.role, found.resource, found.within) == ("create", "exec", {"id": "box"})


def test_a_question_by_key() -> None:
    parameters = [{"name": "id", "in": "query", "required": True, "schema": TEXT}]
    found = role("GET /flows", op(thing("id", "expires_at")) | {"parameters": parameters})

    assert (found.role, found.style) == ("find", "query")


def test_where_the_key_of_a_new_item_stands() -> None:
    located = op(None, ref("Pet"), status="201")
    located["responses"]["201"]["headers"] = {"Location": {"schema": TEXT}}
    wrapped = {"type": "object", "properties": {"pet": ref("Pet")}}

    assert role("POST /pets", op(ref("Pet"), ref("Pet"))).key_at == "/id"
    assert role("POST /pets", op(wrapped, ref("Pet"))).key_at == "/pet/id"
    assert role("POST /pets", op(thing("taskUid", "petId"), ref("Pet"))).key_at == "/petId"
    assert role("POST /pets", located).key_at == "header Location"
    assert role("POST /pets", op(None, ref("Pet"))).key_at == ""


def test_answers_to_writes() -> None:
    assert role("POST /pets", op(ref("Pet"), ref("Pet"))).answers == "item"
    assert role("POST /pets", op(ref("Task"), ref("Pet"), status="202")).answers == "receipt"
    assert role("DELETE /pets/{petId}", op(status="204")).answers == "nothing"
