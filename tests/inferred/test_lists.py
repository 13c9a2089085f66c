"""Lists: envelopes, filters, order, and pages whose links can be followed."""

from __future__ import annotations

import pytest

from tests.inferred.conftest import Checked, Served


@pytest.fixture
def shop(served: Served) -> Checked:
    shop = served("shop", {"Authorization": "Bearer x"}, empty=True)
    for number in range(5):
        shop.form("POST", "/customers", {"name": str(number), "email": f"{number % 2}@b.c"})
    return shop


def test_pages_by_the_last_key(shop: Checked) -> None:
    seen, after = [], ""
    while True:
        page = shop.get(f"/customers?limit=2{after}").json
        seen += [one["name"] for one in page["data"]]
        assert (page["object"], page["url"]) == ("list", "/v1/customers")
        if not page["has_more"]:
            break
        after = f"&starting_after={page['data'][-1]['id']}"
    assert seen == ["4", "3", "2", "1", "0"]


def test_a_page_before_an_item(shop: Checked) -> None:
    every = shop.get("/customers").json["data"]
    page = shop.get(f"/customers?limit=2&ending_before={every[3]['id']}").json["data"]
    assert [one["name"] for one in page] == [one["name"] for one in every[1:3]]


def test_a_parameter_that_names_a_member_filters(shop: Checked) -> None:
    assert [one["name"] for one in shop.get("/customers?email=1@b.c").json["data"]] == ["3", "1"]


def test_bounds_of_the_size_are_kept(shop: Checked) -> None:
    assert shop.get("/customers?limit=0").status == 400
    assert shop.get("/customers?limit=101").status == 400


def test_pages_by_a_token_of_the_server(served: Served) -> None:
    cluster = served("cluster")
    path = "/api/v1/namespaces/dev/widgets"
    for number in range(5):
        cluster.post(path, {"metadata": {"name": f"w{number}"}})
    seen, more = [], ""
    for _ in range(3):
        page = cluster.get(f"{path}?limit=2{more}").json
        seen += [one["metadata"]["name"] for one in page["items"]]
        more = f"&continue={page.get('metadata', {}).get('continue')}"
    assert sorted(seen) == ["w0", "w1", "w2", "w3", "w4"]
    assert "continue" not in page.get("metadata", {})


@pytest.fixture
def tracker(served: Served) -> Checked:
    tracker = served("tracker", empty=True)
    for name, points, done in (("b", 3, True), ("a", 8, False), ("c", 5, False)):
        tracker.post("/tasks", {"data": {"name": name, "points": points, "completed": done, "notes": f"about {name}"}})
    return tracker


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("sort=name", ["a", "b", "c"]),
        ("sort=-points", ["a", "c", "b"]),
        ("sort=points:desc", ["a", "c", "b"]),
        ("completed=true", ["b"]),
        ("min_points=5&sort=name", ["a", "c"]),
        ("q=ABOUT C", ["c"]),
        ("created_after=2036-01-01T00:00:00Z", []),
        ("created_after=2001-01-01T00:00:00Z&sort=name", ["a", "b", "c"]),
    ],
)
def test_filters_and_order(tracker: Checked, query: str, names: list[str]) -> None:
    assert [one["name"] for one in tracker.get(f"/tasks?{query}").json["data"]] == names


def test_the_next_page_in_an_object(tracker: Checked) -> None:
    first = tracker.get("/tasks?limit=2&sort=name").json
    assert [one["name"] for one in first["data"]] == ["a", "b"]
    second = tracker.get(first["next_page"]["path"]).json
    assert [one["name"] for one in second["data"]] == ["c"]
    assert second["next_page"] is None


def test_items_of_another_item_of_their_kind(tracker: Checked) -> None:
    parent = tracker.post("/tasks", {"data": {"name": "parent"}}).json["data"]
    child = tracker.post(f"/tasks/{parent['gid']}/subtasks", {"data": {"name": "child"}}).json["data"]
    assert child["parent"] == {"gid": parent["gid"]}
    assert tracker.get(f"/tasks/{parent['gid']}/subtasks").json["data"] == [child]
    assert tracker.get(f"/tasks/{child['gid']}").json["data"] == child
    assert tracker.get("/tasks/nowhere/subtasks").status == 404


def test_links_and_totals_in_objects_beside_the_list(served: Served) -> None:
    depot = served("depot", empty=True)
    for number in range(3):
        depot.post("/machines", {"name": f"m{number}", "size": "s"})
    page = depot.get("/machines?per_page=1&page=2").json
    assert page["meta"]["total"] == 3
    links = page["links"]["pages"]
    assert links["next"].endswith("/machines?per_page=1&page=3")
    assert links["prev"].endswith("/machines?per_page=1&page=1")
    assert links["last"].endswith("page=3")
    last = depot.get(links["next"].partition("localhost")[2]).json
    assert "next" not in last["links"]["pages"]
    assert [one["name"] for one in (*page["machines"], *last["machines"])] == ["m1", "m0"]
