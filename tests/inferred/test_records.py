"""Pages of long lists: they are those of the whole list, and only what is on them is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specdouble.mock.inferred.items.records import Records, newest_first
from specdouble.mock.state.clock import Clock
from specdouble.mock.state.collections import Collection, State, Store
from tests.inferred.conftest import Checked, Served
from tests.inferred.test_promises import content, made, query, send

MANY = 400
BOOK = {"type": "object", "properties": {"id": {"type": "integer", "readOnly": True}, "name": {"type": "string"}}}
PAGE = {"type": "object", "properties": {"data": {"type": "array", "items": BOOK}, "total": {"type": "integer"}}}
PLACES = ("/shops", "/shops/{shop}/shelves", "/shops/{shop}/shelves/{shelf}/books")


def library() -> dict[str, Any]:
    """Return a document with books on shelves in shops, each list in pages."""
    paths: dict[str, Any] = {}
    for place, key in zip(PLACES, ("shop", "shelf", "book"), strict=True):
        above = [{"name": one, "in": "path", "required": True, "schema": {"type": "integer"}}
                 for one in ("shop", "shelf", "book") if f"{{{one}}}" in place]  # fmt: skip
        own = {"name": key, "in": "path", "required": True, "schema": {"type": "integer"}}
        pages = [query("page", type="integer"), query("per_page", type="integer")]
        paths[place] = {
            "parameters": above,
            "get": {"parameters": pages, "responses": {"200": content(PAGE)}},
            "post": {"requestBody": send(BOOK), "responses": {"201": content(BOOK)}},
        }
        paths[f"{place}/{{{key}}}"] = {
            "parameters": [*above, own],
            "get": {"responses": {"200": content(BOOK)}},
            "delete": {"responses": {"204": {"description": "Gone"}}},
        }
    return made(paths, {})


@pytest.fixture
def shops(served: Served) -> Checked:
    client = served(library(), empty=True)
    for place in ("/shops", "/shops", "/shops/1/shelves", "/shops/2/shelves"):
        client.post(place, {"name": "first"})
    return client


@pytest.mark.parametrize("place", ["/shops", "/shops/1/shelves", "/shops/1/shelves/1/books"])
def test_a_page_reads_what_is_on_it(shops: Checked, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [shops.post(place, {"name": f"n{number}"}).json["id"] for number in range(MANY)]
    read = 0
    select = Store._select

    def counted(self: Store, *args: Any, **more: Any) -> Iterator[Any]:
        nonlocal read
        for one in select(self, *args, **more):
            read += 1
            yield one

    monkeypatch.setattr(Store, "_select", counted)
    for number in (1, 20, 40):
        page = shops.get(f"{place}?per_page=10&page={number}").json
        assert page["total"] >= MANY
        assert [one["id"] for one in page["data"]] == made[::-1][10 * (number - 1) : 10 * number]
    assert read < MANY / 10, f"{read} of {MANY} items were looked at for three pages"


def test_lists_below_two_parents_hold_what_is_below_both(shops: Checked) -> None:
    here = shops.post("/shops/1/shelves/1/books", {"name": "here"}).json
    there = shops.post("/shops/2/shelves/2/books", {"name": "there"}).json
    assert shops.get("/shops/1/shelves/1/books").json == {"data": [here], "total": 1}
    assert shops.get("/shops/2/shelves/2/books").json == {"data": [there], "total": 1}
    shops.delete(f"/shops/1/shelves/1/books/{here['id']}")
    assert shops.get("/shops/1/shelves/1/books").json == {"data": [], "total": 0}


def test_pages_in_the_middle_of_a_long_list_are_right_after_every_write() -> None:
    state = State([Collection("notes", by=("colour",))], Clock().stamp)
    store = state["notes"]
    for number in range(5000):
        store.add({"id": number, "colour": "rg"[number % 2]})
    state.commit()
    writes: list[Callable[[], object]] = [
        lambda: store.remove(2500),
        lambda: store.add({"id": 9000, "colour": "r"}),
        lambda: store.update(2502, colour="g"),
        state.rollback,
        lambda: store.load([{"id": number, "colour": "r"} for number in range(6000)]),
    ]
    for write in writes:
        for equals in ({}, {"colour": "r"}):
            newest = list(store.newest(**equals))
            for offset in (0, 900, 1200, len(newest) // 2, len(newest) - 5):
                assert store.page(offset, 10, **equals) == newest[offset : offset + 10]
        write()
    assert [one["id"] for one in store.page(3000, 2)] == [2999, 2998]


@given(
    colours=st.lists(st.sampled_from("rgb"), max_size=12),
    low=st.integers(-14, 14) | st.none(),
    high=st.integers(-14, 14) | st.none(),
    step=st.sampled_from([None, 1, 2, -1, -3]),
)
def test_records_are_cut_like_a_list(colours: list[str], low: int | None, high: int | None, step: int | None) -> None:
    state = State([Collection("notes", by=("colour",))], Clock().stamp)
    store = state["notes"]
    for number, colour in enumerate(colours):
        store.add({"id": number, "colour": colour})
    for equals in ({}, {"colour": "r"}):
        plain = [one for one in store if equals.items() <= one.items()]
        oldest = Records(store, equals)
        for records, expected in ((oldest, plain), (newest_first(oldest), plain[::-1])):
            assert len(records) == len(expected)
            assert [*records] == expected
            assert [*reversed(records)] == expected[::-1]
            assert records[low:high:step] == expected[low:high:step]
            assert all(records[at] == one for at, one in enumerate(expected))
            with pytest.raises(IndexError):
                records[len(expected)]
