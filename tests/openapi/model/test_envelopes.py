"""Where the list or the item stands in a body that has more in it."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.openapi.model import Model, Resource, infer
from tests.openapi.model.small import ID, TEXT, document, many, op, ref, thing

BOOK = thing("id", "title", "pages")
COUNT = {"type": "integer"}


def model(operations: dict[str, Any], **schemas: Any) -> Model:
    return infer(document(operations, **({"Book": BOOK} | schemas)))


def resource(made: Model, name: str) -> Resource:
    found = made.resource(name)
    assert found is not None, [one.name for one in made.resources]
    return found


@pytest.mark.parametrize(
    "others",
    [
        {"nextLink": TEXT},
        {"count_current": COUNT, "is_limited": {"type": "boolean"}, "next_url": TEXT, "took_ms": COUNT},
        {"server": thing("name", "region")},
    ],
)
@pytest.mark.parametrize("member", ["value", "results", "hardcovers"])
def test_a_list_of_the_item_s_schema_is_a_list_whatever_stands_beside_it(member: str, others: dict[str, Any]) -> None:
    listing = thing(**{member: many(ref("Book"))}, **others)
    made = model({"GET /books": op(ref("Page")), "GET /books/{id}": op(ref("Book"))}, Page=listing)

    assert (made.by_key["GET /books"].role, made.by_key["GET /books"].at) == ("list", f"/{member}")
    assert resource(made, "book").envelope.list == f"/{member}"


def test_a_list_of_a_known_item_is_a_list_where_no_item_path_follows() -> None:
    listing = thing(value=many(ref("Book")), nextLink=TEXT)
    operations = {"GET /books/{id}": op(ref("Book")), "GET /shelves/{shelf}/all": op(ref("Page"))}
    found = model(operations, Page=listing).by_key["GET /shelves/{shelf}/all"]

    assert (found.role, found.resource, found.at) == ("list", "book", "/value")


def test_an_item_that_holds_items_of_another_kind_is_no_list() -> None:
    shelf = thing("id", books=many(ref("Book")), total=COUNT)
    operations = {
        "GET /books/{id}": op(ref("Book")),
        "GET /shelves/{id}": op(ref("Shelf")),
        "GET /me/shelf": op(ref("Shelf")),
    }
    made = model(operations, Shelf=shelf)

    assert made.by_key["GET /shelves/{id}"].at == ""
    assert made.by_key["GET /me/shelf"].role == "singleton-read"


def test_an_item_that_holds_its_own_kind_is_no_list() -> None:
    node = thing("id", "name", children=many(ref("Node")))
    found = model({"GET /nodes/{id}": op(ref("Node")), "GET /tree": op(ref("Node"))}, Node=node).by_key["GET /tree"]

    assert found.role == "singleton-read"


def test_a_list_of_what_another_path_lists_is_a_list() -> None:
    listing = thing(countries=many(ref("Country")), sum=COUNT)
    operations = {
        "GET /countries": op(ref("Countries")),
        "GET /countries/eu": op(ref("Countries")),
        "GET /alps": op(ref("Countries")),
    }
    made = model(operations, Country=thing("name", "code"), Countries=listing)

    assert [one.name for one in made.resources] == ["country"]
    assert [(one.resource, one.at) for one in made.operations] == [("country", "/countries")] * 3


def test_embedded_lists_of_hal() -> None:
    listing = thing(_embedded=thing(books=many(ref("Book"))), _links=thing("self"), count=COUNT)
    operations = {"GET /books": op(listing, query=("page", "size")), "GET /books/{id}": op(ref("Book"))}
    found = model(operations).by_key["GET /books"]

    assert (found.role, found.at) == ("list", "/_embedded/books")
    assert found.paging is not None
    assert found.paging.members["count"] == "/count"


def test_an_item_in_a_response_with_other_members() -> None:
    single = thing(data=thing(book=ref("Book"), server_knowledge=COUNT))
    listing = thing(data=thing(books=many(ref("Short")), default=ref("Short")))
    operations = {"GET /books": op(listing), "GET /books/{book_id}": op(single)}
    made = model(operations, Short=thing("id", "title"))
    book = resource(made, "book")

    assert (book.envelope.list, book.envelope.item) == ("/data/books", "/data/book")
    assert made.by_key["GET /books/{book_id}"].at == "/data/book"
    assert (book.key.parts[0].field, book.schema) == ("/id", "/components/schemas/Book")
    assert [one.name for one in made.resources] == ["book"]


def test_a_member_named_like_what_the_path_speaks_of_further_up_is_no_envelope() -> None:
    member = thing("nick", user=thing("id", "name"))
    made = model({"GET /guilds/{guild}/members/{user_id}": op(member)})

    assert made.by_key["GET /guilds/{guild}/members/{user_id}"].at == ""


def test_data_beside_how_it_went_is_the_item() -> None:
    wrapped = thing("responseStatus", data=ref("Book"), included=many(thing("id", "kind")))
    operations = {
        "GET /books": op(thing(data=many(ref("Book")), included=many(thing("id", "kind")))),
        "GET /books/{id}": op(wrapped),
        "POST /books": op(wrapped, thing("title")),
    }
    made = model(operations)

    assert (resource(made, "book").envelope.item, resource(made, "book").envelope.list) == ("/data", "/data")
    assert made.by_key["POST /books"].answers == "item"


def test_data_beside_other_members_of_a_request_is_a_member() -> None:
    event = thing("id", "kind", data=thing("text"))
    operations = {"GET /events/{id}": op(event), "POST /events": op(event, thing("kind", data=thing("text")))}

    assert resource(model(operations), "event").envelope.request == ""


def test_the_list_that_is_named_like_the_path_comes_first() -> None:
    answer = thing("state", "made_at", "note", "kind", "owner", bad_books=many(ref("Book")), books=many(ref("Book")))
    operations = {"GET /books/{id}": op(ref("Book")), "GET /shelves/{shelf}/books": op(answer)}

    assert model(operations).by_key["GET /shelves/{shelf}/books"].at == "/books"


def test_a_response_that_only_tells_how_it_went_is_no_item() -> None:
    errors = thing(errors=many(thing("code", "detail")))
    operations = {"GET /books/{id}": op(ref("Book")), "DELETE /books/{id}": op(errors), "PUT /seats/{id}": op(errors)}
    made = model(operations)

    assert made.by_key["DELETE /books/{id}"].answers == "receipt"
    assert resource(made, "seat").schema == ""


def test_an_object_with_a_key_is_no_envelope() -> None:
    book = thing("id", "title", book=thing("id"))
    made = model({"GET /books/{id}": op(book)})

    assert made.by_key["GET /books/{id}"].at == ""


@pytest.mark.parametrize("beside", [{"idempotency_key": TEXT}, {"books": many(ref("Book"))}, {"note": TEXT, "n": ID}])
def test_an_item_in_a_request_with_other_members(beside: dict[str, Any]) -> None:
    operations = {
        "GET /books/{id}": op(thing(book=ref("Book"), errors=many(TEXT))),
        "POST /books": op(thing(book=ref("Book"), errors=many(TEXT)), thing(book=ref("New"), **beside)),
    }
    made = model(operations, New=thing("title", "pages"))

    assert resource(made, "book").envelope.request == "/book"
    assert made.by_key["POST /books"].answers == "item"


def test_a_create_that_can_answer_the_item_among_other_things_does() -> None:
    receipt = thing(data=thing(book_ids=many(TEXT), book=ref("Book"), books=many(ref("Book")), known=COUNT))
    operations = {
        "GET /books": op(thing(data=thing(books=many(ref("Book")), known=COUNT))),
        "GET /books/{id}": op(thing(data=thing(book=ref("Book")))),
        "POST /books": op(receipt, thing(book=ref("Book"), books=many(ref("Book")))),
        "DELETE /books/{id}": op(thing(data=thing(book=ref("Book"), known=COUNT))),
    }
    made = model(operations)

    assert (made.by_key["POST /books"].answers, made.by_key["POST /books"].at) == ("item", "/data/book")
    assert (made.by_key["DELETE /books/{id}"].answers, made.by_key["DELETE /books/{id}"].at) == ("item", "/data/book")


def test_a_member_that_is_usual_around_lists_is_the_thing_where_the_path_says_so() -> None:
    operations = {
        "GET /objects/{object_id}": op(thing(object=ref("Book"), related_objects=many(ref("Book")), errors=many(TEXT))),
        "GET /objects": op(thing(objects=many(ref("Book")), cursor=TEXT)),
    }
    made = model(operations)

    assert resource(made, "object").envelope.item == "/object"


def test_a_twin_that_is_only_written_is_the_one_that_is_read() -> None:
    """Its parts have other envelopes, and no name of a schema says that they are the same."""
    operations = {
        "POST /admin/groups": op(thing(basic_group=thing("id", "name", "full_name")), thing(group=thing("name"))),
        "DELETE /admin/groups/{id}": op(thing("success")),
        "GET /groups": op(thing(groups=many(thing("id", "name", "full_name", "bio")), extras=thing("a"), total=COUNT)),
        "GET /groups/{id}": op(thing(group=thing("id", "name", "full_name", "bio"), extras=thing("b"))),
    }
    made = model(operations)

    assert [one.name for one in made.resources] == ["group"]
    assert made.by_key["POST /admin/groups"].role == "create"
    assert (resource(made, "group").envelope.item, resource(made, "group").key.parts[0].field) == ("/group", "/id")


def test_a_twin_with_another_key_is_another_thing() -> None:
    operations = {
        "GET /carriers/{carrier_id}": op(thing("carrier_id", "name")),
        "POST /connections/carriers/{carrier_name}": op(thing("carrier_id"), thing("user")),
    }

    assert len(model(operations).resources) == 2


def test_a_member_that_is_usual_around_lists_is_the_key_where_the_parameter_ends_in_it() -> None:
    """`kind` stands around lists too, and `metadata` is a list here: only the parameter tells what they are."""
    setting = thing("kind", metadata=many(TEXT))
    operations = {
        "GET /zones/{zone}/metadata": op(many(ref("Setting"))),
        "GET /zones/{zone}/metadata/{metadata_kind}": op(ref("Setting")),
        "POST /zones/{zone}/metadata": op(None, ref("Setting"), status="204"),
    }
    made = model(operations, Setting=setting)

    assert resource(made, "metadata").key.parts[0].field == "/kind"
    assert resource(made, "metadata").envelope.item == ""


def test_a_list_behind_a_lone_all_of_with_a_description_is_a_list() -> None:
    listing = thing("nextToken", Items={"allOf": [many(ref("Book")), {"description": "Which books there are."}]})
    made = model({"GET /books": op(listing), "POST /books": op(ref("Book"), ref("Book")),
                  "GET /books/{id}": op(ref("Book"))})  # fmt: skip

    assert (made.by_key["GET /books"].role, made.by_key["GET /books"].at) == ("list", "/Items")


def test_what_only_an_example_shows_is_read_from_it() -> None:
    shown = op(status="200")
    shown["responses"]["200"]["content"] = {"application/json": {"example": {"data": [{"id": "7", "title": "a"}]}}}
    made = model({"GET /books": shown, "POST /books": op(None, ref("Book")), "GET /books/{id}": op(ref("Book"))})

    assert (made.by_key["GET /books"].role, made.by_key["GET /books"].at) == ("list", "/data")


def test_an_item_with_what_it_refers_to_beside_it_stands_in_its_envelope() -> None:
    whole = thing(data=ref("Book"), includes=thing(authors=many(thing("name", "born"))), errors=many(thing("title")))
    makes = op(thing(data=thing("id", "title")), thing("title"))
    made = model({"GET /books/{id}": op(ref("Whole")), "POST /books": makes}, Whole=whole)
    book = resource(made, "book")

    assert (book.envelope.item, book.key.parts[-1].field) == ("/data", "/id")
