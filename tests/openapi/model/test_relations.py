"""What belongs to what, changed by paths that say so."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.openapi.model import Model, infer
from tests.openapi.model.small import TEXT, document, many, op, ref, thing

USERS = {
    "GET /users": op(many(ref("User"))),
    "POST /users": op(ref("User"), ref("User")),
    "GET /users/{id}": op(ref("User")),
}
GROUPS = {
    "GET /groups": op(many(ref("Group"))),
    "POST /groups": op(ref("Group"), ref("Group")),
    "GET /groups/{id}": op(ref("Group")),
}


def model(operations: dict[str, Any], **schemas: Any) -> Model:
    known = {"User": thing("id", "login"), "Group": thing("id", "name")}
    return infer(document(operations, **(known | schemas)))


@pytest.mark.parametrize("listed", [True, False])
def test_a_member_that_its_path_names_is_put_into_a_set(listed: bool) -> None:
    relation = {"PUT /users/{id}/groups/{groupId}": op(status="204"), "DELETE /users/{id}/groups/{groupId}": op()}
    listing = {"GET /users/{id}/groups": op(many(ref("Group")))} if listed else {}
    made = model(USERS | GROUPS | listing | relation)
    add, remove = (made.by_key[key] for key in relation)

    assert sorted(one.name for one in made.resources) == ["group", "user"]
    assert (add.role, add.resource, add.members, add.within) == ("set-add", "group", "groupId", {"id": "user"})
    assert (remove.role, remove.resource, remove.members) == ("set-remove", "group", "groupId")
    if listed:
        found = made.by_key["GET /users/{id}/groups"]
        assert (found.role, found.style, found.resource) == ("list", "set", "group")


def test_items_below_a_parent_that_are_made_there_are_no_set() -> None:
    operations = {
        "GET /users/{id}/keys": op(many(ref("Key"))),
        "PUT /users/{id}/keys/{key}": op(ref("Key"), ref("Key")),
        "DELETE /users/{id}/keys/{key}": op(),
    }
    found = model(USERS | operations, Key=thing("key", "text"))

    assert [found.by_key[key].role for key in operations] == ["list", "upsert", "delete"]
    assert found.by_key["GET /users/{id}/keys"].style == ""


LINK = thing("id", "type")
ARTICLE = thing(
    "id",
    relationships=thing(author=thing("links", data=ref("Link")), tags=thing("links", data=many(ref("Link")))),
)


def test_relations_of_json_api_are_members_of_the_item() -> None:
    operations = {
        "GET /articles/{id}": op(thing(data=ref("Article"))),
        "PATCH /articles/{articleId}/relationships/author": op(None, thing(data=ref("Link")), status="204"),
        "POST /articles/{articleId}/relationships/tags": op(None, thing(data=many(ref("Link"))), status="204"),
        "DELETE /articles/{articleId}/relationships/tags": op(None, thing(data=many(ref("Link"))), status="204"),
    }
    made = model(operations, Article=ARTICLE, Link=LINK)
    author, add, remove = (made.by_key[key] for key in list(operations)[1:])

    assert {one.resource for one in (author, add, remove)} == {"article"}
    assert dict(author.effects[0].set) == {"/relationships/author/data": "$request.body#/data"}
    assert dict(add.effects[0].append) == {"/relationships/tags/data": "$request.body#/data"}
    assert dict(remove.effects[0].remove) == {"/relationships/tags/data": "$request.body#/data"}


def test_words_behind_an_item_that_are_no_members_of_it_mean_nothing() -> None:
    operations = {"GET /articles/{id}": op(ref("Article")), "POST /articles/{id}/relations/tags": op(None, many(TEXT))}

    assert model(operations, Article=ARTICLE, Link=LINK).by_key["POST /articles/{id}/relations/tags"].effects == ()


def test_the_table_tells_what_changes() -> None:
    from specdouble.openapi.model import as_text

    operations = {
        "GET /articles/{id}": op(ref("Article")),
        "POST /articles/{id}/relationships/tags": op(None, thing(data=many(ref("Link"))), status="204"),
    }

    assert "; adds to /relationships/tags/data" in as_text(model(operations, Article=ARTICLE, Link=LINK))
