"""Forms that well-known APIs have, each in a small document."""

from __future__ import annotations

from typing import Any

from specdouble.openapi.model import Model, infer
from tests.openapi.model.small import TEXT, document, many, op, ref, thing

PET = thing("id", "name", "status")
PETS = {
    "GET /pets": op(many(ref("Pet"))),
    "POST /pets": op(ref("Pet"), ref("Pet")),
    "GET /pets/{petId}": op(ref("Pet")),
    "DELETE /pets/{petId}": op(),
}


def model(operations: dict[str, Any], **schemas: Any) -> Model:
    return infer(document(operations, **({"Pet": PET} | schemas)))


def roles(made: Model) -> dict[str, str]:
    return {one.key: one.role for one in made.operations}


def field(made: Model, name: str) -> str:
    found = made.resource(name)
    assert found is not None, [one.name for one in made.resources]
    return found.key.parts[-1].field


def test_an_extension_at_the_end_of_a_path_means_nothing() -> None:
    operations = {
        "GET /Messages.json": op(many(ref("Message"))),
        "POST /Messages.json": op(ref("Message"), ref("Message")),
        "GET /Messages/{Sid}.json": op(ref("Message")),
        "POST /Messages/{Sid}.json": op(ref("Message"), ref("Message")),
    }
    made = model(operations, Message=thing("sid", "body"))

    assert list(roles(made).values()) == ["list", "create", "read", "update"]
    assert field(made, "message") == "/sid"


def test_an_extension_hides_no_collection_that_only_makes_things() -> None:
    operations = {"POST /Calls.json": op(ref("Call"), ref("Call")), "GET /Calls/{Sid}.json": op(ref("Call"))}
    found = model(operations, Call=thing("sid", "to")).by_key["POST /Calls.json"]

    assert (found.role, found.resource) == ("create", "call")


def test_one_of_a_resource_without_a_key_in_the_path() -> None:
    found = model(PETS | {"GET /me/pet": op(ref("Pet"))}).by_key["GET /me/pet"]

    assert (found.role, found.resource) == ("singleton-read", "pet")
    assert "of the caller" in found.reason


def test_a_text_parameter_means_a_text_where_the_id_is_a_number() -> None:
    made = model({"GET /orgs/{org}": op(ref("Org"))}, Org=thing("id", "login", "name"))

    assert field(made, "org") == "/login"


def test_a_user_name_may_be_a_login() -> None:
    made = model({"GET /users/{username}": op(ref("User"))}, User=thing("id", "login", "name"))

    assert field(made, "user") == "/login"


def test_the_key_may_be_that_of_another_thing_inside() -> None:
    member = thing("nick", user=thing("id", "username"))
    made = model({"GET /guilds/{guild_id}/members/{user_id}": op(ref("Member"))}, Member=member)

    assert field(made, "member") == "/user/id"


def test_post_on_the_item_makes_it_where_there_is_no_other_way() -> None:
    operations = {"GET /policy/{name}": op(thing("name", "rules")), "POST /policy/{name}": op(None, thing("rules"))}

    assert roles(model(operations))["POST /policy/{name}"] == "upsert"


def test_post_on_the_item_updates_it_where_the_collection_makes_it() -> None:
    found = model(PETS | {"POST /pets/{petId}": op(ref("Pet"), ref("Pet"))}).by_key["POST /pets/{petId}"]

    assert (found.role, found.style) == ("update", "post")


def test_put_on_the_collection_may_create() -> None:
    listing = {"type": "object", "properties": {"Invoices": many(ref("Invoice"))}}
    operations = {
        "GET /Invoices": op(listing),
        "PUT /Invoices": op(listing, listing, operationId="createInvoices"),
        "POST /Invoices": op(listing, listing, operationId="updateOrCreateInvoices"),
        "GET /Invoices/{InvoiceID}": op(listing),
    }
    found = roles(model(operations, Invoice=thing("InvoiceID", "Total")))

    assert found == {
        "GET /Invoices": "list",
        "PUT /Invoices": "create",
        "POST /Invoices": "upsert",
        "GET /Invoices/{InvoiceID}": "read",
    }


def test_the_same_item_seen_from_another_side() -> None:
    operations = {"GET /pets/{petId}/status": op(ref("Pet")), "PUT /pets/{petId}/status": op(ref("Pet"), ref("Pet"))}
    found = roles(model(PETS | operations))

    assert found["GET /pets/{petId}/status"] == "read"
    assert found["PUT /pets/{petId}/status"] == "update"


def test_two_paths_to_the_same_schema_are_one_resource() -> None:
    operations = {"GET /admin/pets/{id}": op(ref("Pet")), "DELETE /admin/pets/{id}": op()}
    made = model(PETS | operations)

    assert [one.name for one in made.resources] == ["pet"]
    assert made.resources[0].other_paths == ("/admin/pets/{id}", "/admin/pets")


def test_figures_of_an_item_whose_key_ends_another_path() -> None:
    found = model(PETS | {"GET /stats/pets/{petId}": op(thing("calls", "errors"))}).by_key["GET /stats/pets/{petId}"]

    assert (found.role, found.resource) == ("derived", "pet")


def test_a_thing_that_is_changed_by_a_verb() -> None:
    operations = {
        "GET /swarm": op(thing("ID", "Spec")),
        "POST /swarm/update": op(None, thing("Spec")),
        "POST /swarm/leave": op(),
    }

    assert list(roles(model(operations)).values()) == ["singleton-read", "singleton-write", "action"]


def test_a_list_that_is_written_as_a_whole_is_one_thing() -> None:
    rules = many(ref("Rule"))
    operations = {
        "GET /pets/{petId}/search-rules": op(rules),
        "PUT /pets/{petId}/search-rules": op(None, rules),
        "DELETE /pets/{petId}/search-rules": op(),
    }
    made = model(PETS | operations, Rule=thing("pattern", "weight"))

    assert [made.by_key[key].role for key in operations] == ["singleton-read", "singleton-write", "singleton-delete"]
    assert [one.name for one in made.resources] == ["pet"]


def test_a_list_of_other_things_makes_no_items() -> None:
    assert (
        roles(model(PETS | {"POST /pets/pull": op(None, many(thing("scope", "value")))}))["POST /pets/pull"] == "action"
    )


def test_many_are_deleted_by_a_verb_below_the_item_above() -> None:
    operations = {
        "GET /shops/{shop}/pets": op(many(ref("Pet"))),
        "POST /shops/{shop}/pets": op(ref("Pet"), ref("Pet")),
        "GET /shops/{shop}/pets/{petId}": op(ref("Pet")),
        "POST /shops/{shop}/delete-batch": op(None, many(TEXT), summary="Delete pets by batch"),
    }
    found = model(operations).by_key["POST /shops/{shop}/delete-batch"]

    assert (found.role, found.resource) == ("delete-many", "pet")


def test_delete_takes_back_what_post_does() -> None:
    operations = {"POST /pets/{petId}/install": op(thing("ok")), "DELETE /pets/{petId}/install": op(thing("ok"))}
    found = model(PETS | operations)

    assert [found.by_key[key].role for key in operations] == ["action", "action"]


def test_an_export_of_an_item_is_read() -> None:
    found = roles(model(PETS | {"GET /pets/{petId}/export": op(thing("a", "b"), operationId="exportPet")}))

    assert found["GET /pets/{petId}/export"] == "singleton-read"


def test_an_item_path_behind_a_verb_is_named_after_both() -> None:
    operations = {
        "POST /users/{id}/pets/disable": op(thing("petId", "disabled"), thing("petId")),
        "DELETE /users/{id}/pets/disable/{petId}": op(thing("petId", "disabled")),
    }
    made = model(PETS | operations)

    assert [one.name for one in made.resources if "disable" in one.name] == ["pet-disable"]
    assert [made.by_key[key].role for key in operations] == ["create", "delete"]


def test_the_plain_noun_is_for_the_upper_known_resource() -> None:
    operations = {"GET /teams/{team}/members/{name}/pets/{pet}": op(), **PETS}
    made = model(operations)

    assert made.by_key["GET /pets/{petId}"].resource == "pet"
    assert made.by_key["GET /teams/{team}/members/{name}/pets/{pet}"].resource != "pet"


def test_free_documents_have_no_key_of_their_own() -> None:
    operations = {
        "GET /boxes/{box}/docs": op(
            {"type": "object", "properties": {"results": many({}), "total": {"type": "integer"}}}
        ),
        "POST /boxes/{box}/docs": op(thing("taskUid", "state"), {}),
        "GET /boxes/{box}/docs/{docId}": op({}),
    }
    made = model(operations)
    doc = made.resource("doc")

    assert doc is not None
    assert (doc.key.parts[0].field, doc.key.chosen_by, doc.envelope.list) == ("", "either", "/results")
    assert made.by_key["POST /boxes/{box}/docs"].answers == "receipt"


def test_a_collection_may_end_in_a_parameter() -> None:
    made = model({
        "POST /plugs/{kind}": op(ref("Plug"), ref("Plug"), status="201"),
        "GET /plugs/{kind}/{plugId}": op(ref("Plug")),
        "DELETE /plugs/{kind}/{plugId}": op(),
    }, Plug=thing("id", "label"))  # fmt: skip
    found = roles(made)

    assert list(found.values()) == ["create", "read", "delete"]
    plug = made.by_key["POST /plugs/{kind}"].resource
    assert made.by_key["DELETE /plugs/{kind}/{plugId}"].resource == plug
    assert plug not in made.by_key["POST /plugs/{kind}"].within.values()


def test_the_end_of_a_parameter_is_the_last_guess_of_a_key() -> None:
    made = model({"POST /upload-tokens": op(thing("token", "ttl"), thing("ttl")),
                  "GET /upload-tokens/{uploadToken}": op(thing("token", "ttl"))})  # fmt: skip
    assert next(iter(made.resources)).key.parts[-1].field == "/token"


def test_a_secret_of_a_parent_is_no_reference_to_it() -> None:
    made = model({"POST /streams": op(ref("Stream"), thing()), "GET /streams/{streamId}": op(ref("Stream")),
                  "POST /streams/{streamId}/targets": op(ref("Target"), thing("stream_key")),
                  "GET /streams/{streamId}/targets/{targetId}": op(ref("Target"))},
                 Stream=thing("id", "stream_key"), Target=thing("id", "stream_key", "url"))  # fmt: skip
    target = made.resource("target")
    assert target is not None
    assert [one.field for one in target.parents] == [""]


def test_a_search_of_get_and_post_is_no_thing_that_is_written() -> None:
    hits = thing(hits=many({}))
    found = roles(model(PETS | {"GET /pets/{petId}/search": op(hits, query=("q",)),
                                "POST /pets/{petId}/search": op(hits, thing("q"))}))  # fmt: skip
    assert (found["GET /pets/{petId}/search"], found["POST /pets/{petId}/search"]) == ("find", "find")
