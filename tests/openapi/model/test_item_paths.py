"""Paths that call the same parameter by several names, and what can be reached at them."""

from __future__ import annotations

from typing import Any

from specdouble.openapi.model import Model, Resource, infer
from tests.openapi.model.small import TEXT, document, many, op, ref, thing


def model(operations: dict[str, Any], **schemas: Any) -> Model:
    return infer(document(operations, **schemas))


def resource(made: Model, name: str) -> Resource:
    found = made.resource(name)
    assert found is not None, [one.name for one in made.resources]
    return found


def test_the_item_path_names_the_key_and_not_the_paths_below_it() -> None:
    meta = thing("name", "area")
    operations = {
        "GET /areas": op(thing(items=many(ref("Area")))),
        "GET /areas/{area}/maps/{name}": op(ref("Map")),
        "GET /areas/{area}/maps": op(thing(items=many(ref("Map")))),
        "GET /areas/{name}": op(ref("Area")),
    }
    made = model(operations, Area=thing("kind", metadata=meta), Map=thing("kind", metadata=meta))
    area, chart = resource(made, "area"), resource(made, "map")

    assert [(one.parameter, one.field) for one in area.key.parts] == [("name", "/metadata/name")]
    assert [(one.resource, one.parameter) for one in chart.parents] == [("area", "area")]
    assert made.by_key["GET /areas/{area}/maps"].within == {"area": "area"}
    assert made.by_key["GET /areas/{area}/maps/{name}"].within == {"area": "area"}
    assert made.by_key["GET /areas/{name}"].within == {}


def test_a_parent_may_have_another_name_in_every_path() -> None:
    operations = {
        "GET /hooks/{id}": op(ref("Hook")),
        "GET /hooks/{hookId}/logs": op(many(ref("Log"))),
        "GET /hooks/{hook}/logs/{id}": op(ref("Log")),
        "POST /hooks/{hook_id}/ping": op(),
    }
    made = model(operations, Hook=thing("id", "url"), Log=thing("id", "text"))

    assert made.by_key["GET /hooks/{hookId}/logs"].within == {"hookId": "hook"}
    assert made.by_key["GET /hooks/{hook}/logs/{id}"].within == {"hook": "hook"}
    assert resource(made, "log").parents[0].parameter == "hook"
    assert resource(made, "hook").key.parts[0].parameter == "id"


def test_a_request_may_call_the_key_as_the_path_does() -> None:
    file = thing("$id", "name")
    operations = {
        "POST /files": op(ref("File"), thing("fileId", "name", required=("fileId",))),
        "GET /files/{fileId}": op(ref("File")),
        "POST /boxes": op(thing("id"), thing("id", "name")),
        "GET /boxes/{id}": op(thing("id")),
    }
    made = model(operations, File=file)

    assert (resource(made, "file").key.parts[0].field, resource(made, "file").key.chosen_by) == ("/$id", "client")


def test_a_part_of_a_path_that_only_groups_items_is_a_parent() -> None:
    operations = {
        "GET /zones/{zone}/{recordType}": op(thing(value=many(ref("Record")), nextLink=TEXT)),
        "PUT /zones/{zone}/{recordType}/{name}": op(ref("Record"), ref("Record")),
        "GET /zones/{zone}/{recordType}/{name}": op(ref("Record")),
        "GET /zones/{zone}": op(thing("id", "name")),
    }
    made = model(operations, Record=thing("name", "type"))

    assert made.by_key["GET /zones/{zone}/{recordType}"].role == "list"
    assert made.by_key["GET /zones/{zone}/{recordType}"].within == {"zone": "zone", "recordType": "record-type"}
    assert resource(made, "record-type").implicit


def test_the_main_path_of_a_resource_is_the_one_that_reads_it() -> None:
    operations = {
        "GET /admin/users": op(many(ref("User"))),
        "DELETE /admin/users/{username}": op(),
        "GET /users/{username}": op(ref("User")),
    }
    user = resource(model(operations, User=thing("id", "username")), "user")

    assert (user.item, user.collection) == ("/users/{username}", "/admin/users")


def test_the_main_path_is_the_upper_one_where_none_is_read() -> None:
    operations = {
        "POST /boxes/{box}/tags/{tag}": op(ref("Tag")),
        "DELETE /boxes/{box}/tags/{tag}": op(),
        "GET /tags": op(many(ref("Tag"))),
        "POST /tags/{tag}": op(ref("Tag")),
        "DELETE /tags/{tag}": op(),
        "GET /boxes/{box}": op(thing("id")),
    }
    made = model(operations, Tag=thing("tag", "colour"))

    assert resource(made, "tag").item == "/tags/{tag}"
    assert [made.by_key[f"{method} /boxes/{{box}}/tags/{{tag}}"].role for method in ("POST", "DELETE")] == [
        "set-add",
        "set-remove",
    ]
    assert made.by_key["POST /tags/{tag}"].role == "upsert"


def test_what_stands_before_the_key_is_done_to_the_item() -> None:
    operations = {
        "GET /hooks": op(many(ref("Hook"))),
        "GET /hooks/{id}": op(ref("Hook")),
        "POST /hooks/regenerate-token/{id}": op(ref("Hook")),
        "POST /hooks/from-order/{order_id}": op(ref("Hook")),
    }
    made = model(operations, Hook=thing("id", "token"))
    found = made.by_key["POST /hooks/regenerate-token/{id}"]

    assert (found.role, found.resource, found.within) == ("action", "hook", {})
    assert made.by_key["POST /hooks/from-order/{order_id}"].resource != "hook", "its parameter is the key of an order"


def test_a_key_stands_for_an_id_before_a_name() -> None:
    made = model(
        {"GET /boards/{id}": op(thing("name", "key")), "GET /tokens/{id}": op(thing("name", "key"))},
    )

    assert resource(made, "board").key.parts[0].field == "/key"
    assert resource(made, "token").key.parts[0].field == "/name", "the key of a token is its secret"


def test_any_key_names_an_item_only_where_nothing_makes_or_lists_them() -> None:
    pet = ref("Pet")
    reads = {"GET /pets/{id}": op(pet), "PATCH /pets/{id}": op(pet, pet)}
    lists, makes = {"GET /pets": op(many(pet))}, {"POST /pets": op(pet, pet)}
    several = {"GET /pets": op(many(pet))}
    several["GET /pets"]["parameters"] = [{"name": "ids", "in": "query", "required": True, "schema": TEXT}]

    def implicit(operations: dict[str, Any]) -> bool:
        return resource(model(operations, Pet=thing("id", "name")), "pet").implicit

    assert implicit(reads)
    assert implicit(reads | several), "a list of what is asked for by key says nothing of the others"
    assert implicit(reads | {"GET /owners/{owner}/pets": op(many(pet))}), "a list of some"
    assert not implicit(reads | lists)
    assert not implicit(reads | makes)
    assert not implicit(reads | {"PUT /pets/{id}": op(pet, pet)})


def test_any_key_names_an_item_below_a_parent_that_nothing_makes() -> None:
    """Whatever the parent is called, its list is made up: it cannot say what there is."""
    operations = {
        "GET /servers/{server}": op(thing("id")),
        "GET /servers/{server}/settings": op(many(ref("Setting"))),
        "GET /servers/{server}/settings/{name}": op(ref("Setting")),
    }

    assert resource(model(operations, Setting=thing("name", "value")), "setting").implicit


def test_a_parent_that_is_listed_may_still_be_one_that_nothing_makes() -> None:
    operations = {
        "GET /servers": op(many(thing("id", "url"))),
        "GET /servers/{server}": op(thing("id", "url")),
        "POST /servers/{server}/zones": op(ref("Zone"), ref("Zone")),
        "GET /servers/{server}/zones/{id}": op(ref("Zone")),
    }
    made = model(operations, Zone=thing("id", "name"))

    assert not resource(made, "server").implicit
    assert resource(made, "zone").parents[0].implicit
