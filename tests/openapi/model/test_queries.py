"""Paging, filters and sorting of lists."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.openapi.model import infer
from tests.openapi.model.small import TEXT, document, many, op, ref, thing

COUNT = {"type": "integer"}
ON = {"type": "boolean", "default": True}
DATE = {"type": "string", "format": "date-time"}
PET = thing("id", "name", "status", price={"type": "number"}, created_at=DATE, tags=many(TEXT))


def listed(query: Any, answer: Any = None) -> Any:
    operations = {"GET /pets": op(answer or many(ref("Pet")), query=query), "GET /pets/{id}": op(ref("Pet"))}
    return infer(document(operations, Pet=PET)).by_key["GET /pets"]


@pytest.mark.parametrize(
    ("query", "style", "parameters"),
    [
        (("page", "per_page"), "page", {"page": "page", "size": "per_page"}),
        (("page", "per_page", "offset"), "page", {"page": "page", "size": "per_page", "offset": "offset"}),
        (("page", "limit", "offset"), "offset", {"page": "page", "size": "limit", "offset": "offset"}),
        (("page[number]", "page[size]"), "page", {"page": "page[number]", "size": "page[size]"}),
        (("limit", "offset"), "offset", {"size": "limit", "offset": "offset"}),
        (("$top", "$skip"), "offset", {"size": "$top", "offset": "$skip"}),
        (("limit", "starting_after", "ending_before"), "cursor",
         {"size": "limit", "cursor": "starting_after", "back": "ending_before"}),
        (("pageToken", "maxResults"), "cursor", {"cursor": "pageToken", "size": "maxResults"}),
        (("limit", "since"), "cursor", {"size": "limit", "cursor": "since"}),
        (("limit",), "limit", {"size": "limit"}),
        (("first",), "limit", {"size": "first"}),
        ({"first": COUNT, "max": COUNT}, "offset", {"offset": "first", "size": "max"}),
        ({"max": COUNT, "first": COUNT}, "offset", {"size": "max", "offset": "first"}),
        (("page", "display_size"), "page", {"page": "page", "size": "display_size"}),
        ({"page": COUNT, "display_size": COUNT}, "page", {"page": "page", "size": "display_size"}),
        (("limit", "iterator"), "cursor", {"size": "limit", "cursor": "iterator"}),
        (("$top", "$skipToken"), "cursor", {"size": "$top", "cursor": "$skipToken"}),
    ],
)  # fmt: skip
def test_styles_of_paging(query: Any, style: str, parameters: dict[str, str]) -> None:
    paging = listed(query).paging

    assert (paging.style, paging.parameters) == (style, parameters)


def test_a_list_as_a_whole_has_no_paging() -> None:
    assert listed(("name",)).paging is None


@pytest.mark.parametrize(
    "query", [{"min": COUNT, "max": COUNT}, {"font_size": COUNT}, {"max": DATE}, {"credit_limit": COUNT}]
)
def test_other_numbers_are_no_sizes(query: Any) -> None:
    assert listed(query).paging is None


def test_a_question_in_a_body_has_its_pages_there() -> None:
    asks = thing("query", "cursor", limit=COUNT)
    answer = thing("cursor", pets=many(ref("Pet")))
    operations = {"POST /pets/search": op(answer, asks), "GET /pets/{id}": op(ref("Pet"))}
    paging = infer(document(operations, Pet=PET)).by_key["POST /pets/search"].paging

    assert paging is not None
    assert (paging.style, paging.parameters) == ("cursor", {"cursor": "cursor", "size": "limit"})
    assert paging.members == {"cursor": "/cursor"}


@pytest.mark.parametrize("name", ["total_entries", "totalElements", "total_count", "totalRecords"])
def test_totals_have_many_names(name: str) -> None:
    assert (
        listed(("limit", "offset"), thing(pets=many(ref("Pet")), **{name: COUNT})).paging.members["total"] == f"/{name}"
    )


def test_a_date_is_no_cursor() -> None:
    assert listed({"limit": TEXT, "since": DATE}).paging.style == "limit"


def test_figures_and_links_of_a_page_are_found_beside_the_list_and_below() -> None:
    around = {
        "paging": thing("next", limit={"type": "integer"}),
        "total": {"type": "integer"},
        "data": many(ref("Pet")),
    }
    paging = listed(("limit", "offset"), {"type": "object", "properties": around}).paging

    assert paging.members == {"total": "/total", "next": "/paging/next", "size": "/paging/limit"}


@pytest.mark.parametrize(
    ("name", "schema", "field", "test"),
    [
        ("status", TEXT, "/status", "equal"),
        ("status", many(TEXT), "/status", "any-of"),
        ("ids", TEXT, "/id", "any-of"),
        ("statuses", TEXT, "/status", "any-of"),
        ("min_price", TEXT, "/price", "least"),
        ("price_lte", TEXT, "/price", "most"),
        ("price[gte]", TEXT, "/price", "least"),
        ("created_after", TEXT, "/created_at", "after"),
        ("createdBefore", TEXT, "/created_at", "before"),
        ("startDate", TEXT, "/created_at", "after"),
        ("until", TEXT, "/created_at", "before"),
        ("q", TEXT, "", "text"),
        ("tags", many(TEXT), "/tags", "any-of"),
        ("name_prefix", TEXT, "/name", "prefix"),
        ("name_prefix_pattern", TEXT, "/name", "prefix"),
        ("name_pattern", TEXT, "/name", "contains"),
        ("name[contains]", TEXT, "/name", "contains"),
        ("pet_name_pattern", TEXT, "/name", "contains"),
        ("filter[status]", TEXT, "/status", "equal"),
        ("filter[created_after]", TEXT, "/created_at", "after"),
        ("filter[price][gte]", TEXT, "/price", "least"),
        ("filter.name", TEXT, "/name", "equal"),
        ("where[status]", TEXT, "/status", "equal"),
    ],
)
def test_filters_name_members(name: str, schema: Any, field: str, test: str) -> None:
    found = listed({name: schema}).filters

    assert [(one.parameter, one.field, one.test) for one in found] == [(name, field, test)]


def test_filters_of_json_api_are_about_attributes() -> None:
    account = thing("id", attributes=thing("kind", "name", opened_at=DATE))
    operations = {
        "GET /accounts": op(thing(data=many(ref("Account"))), query=("filter[kind]", "filter[opened_after]")),
        "GET /accounts/{id}": op(thing(data=ref("Account"))),
    }
    found = infer(document(operations, Account=account)).by_key["GET /accounts"].filters

    assert [(one.field, one.test) for one in found] == [
        ("/attributes/kind", "equal"),
        ("/attributes/opened_at", "after"),
    ]


def test_a_switch_of_what_responses_show_chooses_nothing() -> None:
    """It names a member, but says whether that is shown, and is on by default: as a filter it would empty the list."""
    pet = thing("id", tame={"type": "boolean"}, chipped={"type": "boolean"})
    operation = op(many(ref("Pet")), query={"tame": ON, "chipped": ON})
    operation["parameters"][0]["description"] = "Whether to include the `tame` field in the pets."
    operation["parameters"][1]["description"] = "Only pets with a chip."
    found = infer(document({"GET /pets": operation, "GET /pets/{id}": op(ref("Pet"))}, Pet=pet)).by_key["GET /pets"]

    assert [one.parameter for one in found.filters] == ["chipped"]


@pytest.mark.parametrize("name", ["fields", "include", "verbose", "market"])
def test_other_parameters_filter_nothing(name: str) -> None:
    assert listed((name,)).filters == ()


def test_sorting() -> None:
    assert listed(("sort_by", "order", "name")).sort == ("sort_by", "order")
