"""Paging, filters and sorting of lists."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.openapi.model import infer
from tests.openapi.model.small import TEXT, document, many, op, ref, thing

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
    ],
)  # fmt: skip
def test_styles_of_paging(query: tuple[str, ...], style: str, parameters: dict[str, str]) -> None:
    paging = listed(query).paging

    assert (paging.style, paging.parameters) == (style, parameters)


def test_a_list_as_a_whole_has_no_paging() -> None:
    assert listed(("name",)).paging is None


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
    ],
)
def test_filters_name_members(name: str, schema: Any, field: str, test: str) -> None:
    found = listed({name: schema}).filters

    assert [(one.parameter, one.field, one.test) for one in found] == [(name, field, test)]


@pytest.mark.parametrize("name", ["fields", "include", "verbose", "market"])
def test_other_parameters_filter_nothing(name: str) -> None:
    assert listed((name,)).filters == ()


def test_sorting() -> None:
    assert listed(("sort_by", "order", "name")).sort == ("sort_by", "order")
