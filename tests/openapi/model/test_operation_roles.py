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


BASKETS = {
    "GET /baskets/{name}": op(thing("capacity")),
    "PUT /baskets/{name}": op(None, thing("capacity"), status="204"),
    "POST /baskets/{name}": op(thing("token"), thing("capacity"), summary="Creates a basket", status="201"),
}
TAKEN = {"409": {"description": "There is a basket of this name."}}


def test_post_on_the_item_only_makes_it_where_it_refuses_one_that_is_there() -> None:
    post = BASKETS["POST /baskets/{name}"]
    refusing = post | {"responses": post["responses"] | TAKEN}
    made = infer(document(BASKETS | {"POST /baskets/{name}": refusing}))
    create, basket = made.by_key["POST /baskets/{name}"], made.resource("basket")

    assert (create.role, create.style, create.within) == ("create", "path-key", {})
    assert made.by_key["PUT /baskets/{name}"].role == "replace", "POST is what makes them"
    assert basket is not None
    assert basket.key.chosen_by == "client"


@pytest.mark.parametrize("summary", ["Restores a basket", "Creates or updates a basket"])
def test_other_posts_on_the_item_may_respond_with_409_too(summary: str) -> None:
    post = BASKETS["POST /baskets/{name}"]
    other = post | {"responses": post["responses"] | TAKEN, "summary": summary}
    made = infer(document(BASKETS | {"POST /baskets/{name}": other}))

    assert made.by_key["POST /baskets/{name}"].style != "path-key"
    assert made.by_key["PUT /baskets/{name}"].role == "upsert"


@pytest.mark.parametrize(
    ("summary", "body", "patched", "style", "why"),
    [
        ("Changes a pet", thing("name"), False, "merge", "no member of its body is required"),
        ("Changes a pet", thing("name", required=("name",)), True, "whole", "its body has required members"),
        ("Replaces a pet", thing("name"), True, "whole", "PATCH of the same path changes it in part"),
        ("Update a pet", thing("name"), True, "whole", "PATCH of the same path changes it in part"),
        ("Modifies basic data", thing("name"), True, "merge", "it is said to modify the item"),
        ("Modifies a pet as a whole", thing("name"), True, "whole", "PATCH of the same path changes it in part"),
    ],
)  # fmt: skip
def test_a_put_replaces_or_merges_for_a_reason(summary: str, body: Any, patched: bool, style: str, why: str) -> None:
    others = {"PATCH /pets/{petId}": op(ref("Pet"), ref("Pet"))} if patched else {}
    found = role("PUT /pets/{petId}", op(ref("Pet"), body, summary=summary), **others)

    assert (found.role, found.style) == ("replace", style)
    assert why in found.reason


def test_a_patch_says_that_it_takes_steps_and_merges() -> None:
    both = op(ref("Pet"), ref("Pet"))
    both["requestBody"]["content"]["application/json-patch+json"] = {"schema": {}}
    found = role("PATCH /pets/{petId}", both)

    assert found.style == "json-patch"
    assert "or merged, by the media type of the body" in found.reason


def test_a_verb_among_the_actions_of_an_item_is_about_the_item() -> None:
    action = thing("id", "command", "progress")
    operations = {
        "GET /pets/{petId}/actions": op(many(ref("Action"))),
        "GET /pets/{petId}/actions/{actionId}": op(ref("Action")),
        "POST /pets/{petId}/actions/poweroff": op(thing(action=ref("Action")), status="201"),
        "POST /pets/{petId}/toys/polish": op(),
        "GET /pets/{petId}/toys": op(many(thing("id", "label"))),
        "GET /pets/{petId}/toys/{toyId}": op(thing("id", "label")),
    }
    made = infer(document(BASE | operations, Pet=PET, Action=action))

    assert made.by_key["POST /pets/{petId}/actions/poweroff"].resource == "pet"
    assert made.by_key["POST /pets/{petId}/actions/poweroff"].role == "action"
    assert made.by_key["POST /pets/{petId}/toys/polish"].resource == "toy"


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
