"""Resources: where they are, what names their items, what is around them, what they belong to."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.openapi.model import Model, Resource, infer
from tests.openapi.model.small import TEXT, document, many, op, ref, thing

PET = thing("id", "name")


def one(model: Model, name: str) -> Resource:
    found = model.resource(name)
    assert found is not None, [resource.name for resource in model.resources]
    return found


def crud(top: str, item: str, name: str, body: Any = None) -> dict[str, Any]:
    return {
        f"GET {top}": op(many(ref(name))),
        f"POST {top}": op(ref(name), body or ref(name), status="201"),
        f"GET {item}": op(ref(name)),
    }


def keys(parameter: str, schema: dict[str, Any], top: str = "/pets") -> tuple[str, str]:
    """Return pointer and chooser of the key of one resource."""
    model = infer(document(crud(top, f"{top}/{{{parameter}}}", "Pet"), Pet=schema))
    key = model.resources[0].key
    return key.parts[-1].field, key.chosen_by


@pytest.mark.parametrize(
    ("parameter", "members", "field"),
    [
        ("id", ("id", "name"), "/id"),
        ("petId", ("id", "name"), "/id"),
        ("petId", ("petId", "id"), "/petId"),
        ("pet_id", ("Id", "Name"), "/Id"),
        ("pet", ("slug", "title"), "/slug"),
        ("pet_slug", ("id", "slug"), "/slug"),
        ("name", ("id", "name"), "/name"),
        ("pet_gid", ("gid", "name"), "/gid"),
        ("Sid", ("sid", "status"), "/sid"),
        ("id", ("pet_id", "name"), "/pet_id"),
        ("uidOrName", ("name", "uid"), "/uid"),
        ("x", ("colour", "weight"), ""),
    ],
)
def test_the_key_is_the_member_that_the_parameter_means(parameter: str, members: tuple[str, ...], field: str) -> None:
    assert keys(parameter, thing(*members))[0] == field


def test_a_key_may_be_one_level_down() -> None:
    pod = {"type": "object", "properties": {"kind": TEXT, "metadata": thing("name", "uid"), "spec": thing("image")}}

    assert keys("name", pod, "/pods")[0] == "/metadata/name"


def test_a_member_that_is_no_scalar_is_no_key() -> None:
    assert keys("tag", thing("name", tag=many(TEXT)))[0] == "/name"


def test_a_link_says_which_member_is_the_key() -> None:
    operations = crud("/pets", "/pets/{p}", "Pet")
    operations["GET /pets/{p}"]["operationId"] = "getPet"
    link = {"operationId": "getPet", "parameters": {"p": "$response.body#/chip"}}
    operations["POST /pets"]["responses"]["201"]["links"] = {"pet": link}
    key = infer(document(operations, Pet=thing("id", "chip"))).resources[0].key

    assert key.parts[0].field == "/chip"
    assert "link" in key.reason


@pytest.mark.parametrize(
    ("body", "item", "by"),
    [
        (thing("name"), thing("id", "name"), "server"),
        (thing("id", "name"), thing("id", "name"), "either"),
        (thing("id", "name", required=("id",)), thing("id", "name"), "client"),
        (thing("id", "name"), thing("name", id={"type": "integer", "readOnly": True}), "server"),
        (thing("name", id={"type": "integer", "readOnly": True}), thing("id", "name"), "server"),
    ],
)
def test_who_chooses_the_key(body: Any, item: Any, by: str) -> None:
    model = infer(document(crud("/pets", "/pets/{id}", "Pet", body), Pet=item))

    assert model.resources[0].key.chosen_by == by


def test_the_client_chooses_where_put_makes_items() -> None:
    operations = {"PUT /pets/{name}": op(ref("Pet"), thing("colour")), "GET /pets/{name}": op(ref("Pet"))}
    model = infer(document(operations, Pet=thing("name", "colour")))

    assert one(model, "pet").key.chosen_by == "client"
    assert model.by_key["PUT /pets/{name}"].role == "upsert"


def test_singular_and_plural_paths_are_one_resource() -> None:
    operations = {
        "GET /silences": op(many(ref("Silence"))),
        "POST /silences": op(thing("silenceID"), thing("comment")),
        "GET /silence/{silenceID}": op(ref("Silence")),
        "DELETE /silence/{silenceID}": op(),
    }
    silence = one(infer(document(operations, Silence=thing("id", "comment"))), "silence")

    assert (silence.collection, silence.item) == ("/silences", "/silence/{silenceID}")
    assert silence.key.parts[0].field == "/id"


def test_a_list_of_the_same_schema_elsewhere_is_the_same_resource() -> None:
    operations = crud("/tasks", "/tasks/{id}", "Task") | {"GET /tasks/{id}/subtasks": op(many(ref("Task")))}
    model = infer(document(operations, Task=thing("id", "title")))

    assert [resource.name for resource in model.resources] == ["task"]
    assert model.by_key["GET /tasks/{id}/subtasks"].within == {"id": "task"}


def test_the_same_noun_with_other_members_is_another_resource() -> None:
    operations = crud("/photos/{p}/comments", "/photos/{p}/comments/{id}", "Caption") | crud(
        "/tickets/{t}/comments", "/tickets/{t}/comments/{id}", "Reply"
    )
    schemas = {"Caption": thing("id", "x", "y"), "Reply": thing("id", "author", "mail")}
    names = [resource.name for resource in infer(document(operations, **schemas)).resources]

    assert "comment" in names
    assert "ticket-comment" in names


@pytest.mark.parametrize(
    ("listing", "pointer"),
    [
        (many(ref("Pet")), ""),
        ({"type": "object", "properties": {"data": many(ref("Pet"))}}, "/data"),
        (thing("object", "url", data=many(ref("Pet")), has_more={"type": "boolean"}), "/data"),
        (thing("kind", "apiVersion", items=many(ref("Pet")), metadata=thing("continue")), "/items"),
        (
            {"type": "object", "properties": {"pets": many(ref("Pet")), "links": thing("next"), "meta": thing()}},
            "/pets",
        ),
        ({"type": "object", "properties": {"data": thing(pets=many(ref("Pet")))}}, "/data/pets"),
        (thing(old_pets=many(thing("x")), pets=many(ref("Pet"))) | {"required": []}, "/pets"),
        ({"allOf": [thing("total"), {"properties": {"entries": many(ref("Pet"))}}]}, "/entries"),
    ],
)
def test_the_envelope_of_a_list(listing: Any, pointer: str) -> None:
    operations = crud("/pets", "/pets/{id}", "Pet") | {"GET /pets": op(listing)}
    model = infer(document(operations, Pet=PET))

    assert one(model, "pet").envelope.list == pointer
    assert model.by_key["GET /pets"].role == "list"
    assert model.by_key["GET /pets"].at == pointer


@pytest.mark.parametrize("member", ["pet", "data"])
def test_the_envelope_of_an_item_and_of_a_request(member: str) -> None:
    wrapped = {"type": "object", "properties": {member: ref("Pet")}}
    operations = {"GET /pets/{id}": op(wrapped), "POST /pets": op(wrapped, wrapped), "GET /pets": op(many(ref("Pet")))}
    pet = one(infer(document(operations, Pet=PET)), "pet")

    assert (pet.envelope.item, pet.envelope.request) == (f"/{member}", f"/{member}")
    assert pet.schema == "/components/schemas/Pet"


def test_a_list_of_one_is_an_item() -> None:
    listing = {"type": "object", "properties": {"Invoices": many(ref("Invoice"))}}
    operations = {
        "GET /Invoices": op(listing),
        "GET /Invoices/{InvoiceID}": op(listing),
        "PUT /Invoices": op(listing, listing),
    }
    model = infer(document(operations, Invoice=thing("InvoiceID", "Total")))

    assert one(model, "invoice").envelope.item == "/Invoices/0"
    assert model.by_key["GET /Invoices/{InvoiceID}"].role == "read"


def test_an_item_with_a_list_inside_is_no_list() -> None:
    order = thing("id", "status", lines=many(thing("sku", "count")))
    model = infer(document({"GET /orders/{id}": op(order)}))

    assert model.by_key["GET /orders/{id}"].role == "read"


def test_a_parent_that_nothing_makes_is_implicit() -> None:
    operations = crud("/guilds/{guild_id}/roles", "/guilds/{guild_id}/roles/{role_id}", "Role")
    model = infer(document(operations, Role=thing("id", "guild_id", "name")))
    parent = one(model, "role").parents[0]

    assert (parent.resource, parent.parameter, parent.field, parent.implicit) == (
        "guild",
        "guild_id",
        "/guild_id",
        True,
    )
    assert model.by_key["GET /guilds/{guild_id}/roles"].within == {"guild_id": "guild"}


def test_a_parent_that_is_made_is_not_implicit() -> None:
    operations = crud("/shops", "/shops/{id}", "Shop") | crud("/shops/{id}/pets", "/pets/{petId}", "Pet")
    model = infer(document(operations, Shop=thing("id", "title"), Pet=thing("id", "name", shop=ref("Shop"))))
    parent = one(model, "pet").parents[0]

    assert (parent.resource, parent.field, parent.implicit) == ("shop", "/shop/id", False)


def test_a_parent_that_only_some_paths_go_through_is_optional() -> None:
    operations = crud("/apps", "/apps/{id}", "App") | crud("/messages", "/messages/{id}", "Message")
    operations["GET /apps/{id}/messages"] = op(many(ref("Message")))
    model = infer(document(operations, App=thing("id", "title"), Message=thing("id", "appid", "text")))
    parent = one(model, "message").parents[0]

    assert (parent.resource, parent.field, parent.optional) == ("app", "/appid", True)
    assert one(model, "app").parents == ()


def test_a_key_of_several_parts() -> None:
    operations = {
        "GET /repos/{owner}/{repo}": op(ref("Repo")),
        "PATCH /repos/{owner}/{repo}": op(ref("Repo"), ref("Repo")),
    }
    repo = one(infer(document(operations, Repo=thing("name", owner=thing("login")))), "repo")

    assert [part.parameter for part in repo.key.parts] == ["owner", "repo"]
    assert repo.key.parts[1].field == "/name"


def test_a_list_by_owner_belongs_to_the_items_below() -> None:
    operations = {
        "GET /users/{username}": op(ref("User")),
        "GET /repos/{username}": op(many(ref("Repo"))),
        "GET /repos/{username}/{slug}": op(ref("Repo")),
    }
    model = infer(document(operations, User=thing("username"), Repo=thing("slug", owner=ref("User"))))
    parent = one(model, "repo").parents[0]

    assert model.by_key["GET /repos/{username}"].role == "list"
    assert (parent.resource, parent.parameter, parent.field) == ("user", "username", "/owner/username")


def test_what_is_behind_me_is_the_callers() -> None:
    operations = {"GET /me/pets": op(many(ref("Pet"))), "POST /me/pets": op(ref("Pet"), ref("Pet"))}

    assert one(infer(document(operations, Pet=PET)), "pet").owner == "caller"


def test_a_parameter_inside_a_segment() -> None:
    operations = {"GET /pets.json": op(many(ref("Pet"))), "GET /pets/{pet_id}.json": op(ref("Pet"))}
    model = infer(document(operations, Pet=PET))

    assert model.by_key["GET /pets/{pet_id}.json"].role == "read"
    assert one(model, "pet").key.parts[0].field == "/id"


def test_the_root_may_be_a_collection() -> None:
    operations = {
        "GET /": op(many(ref("Item"))),
        "POST /": op(ref("Item"), ref("Item")),
        "PUT /{id}": op(ref("Item"), ref("Item")),
    }
    model = infer(document(operations, Item=PET))

    assert (one(model, "item").collection, one(model, "item").item) == ("/", "/{id}")
