"""Manners of whole APIs: forms in CamelCase, JSON:API, HAL, calls with a noun and a verb."""

from __future__ import annotations

import pytest

from tests.inferred.conftest import Checked, Served

ACCOUNT = "/2010-04-01/Accounts/AC" + "0" * 32
JSON_API = "application/vnd.api+json"


def test_members_are_written_otherwise_in_forms(served: Served) -> None:
    phone = served("phone", {"Authorization": "Basic YTpi"})
    made = phone.form("POST", f"{ACCOUNT}/Messages.json", {"To": "+1", "From": "+2", "Body": "hi"}).json
    assert (made["to"], made["from"], made["body"], made["status"]) == ("+1", "+2", "hi", "queued")
    assert made["account_sid"] == ACCOUNT.rpartition("/")[2]
    assert made["date_created"].endswith("0000")
    path = f"{ACCOUNT}/Messages/{made['sid']}.json"
    assert phone.get(path).json == made
    assert phone.form("POST", path, {"Body": ""}).json == {**made, "body": ""}
    listed = phone.get(f"{ACCOUNT}/Messages.json?To=%2B1").json
    assert [one["sid"] for one in listed["messages"]] == [made["sid"]]
    assert phone.delete(path).status == 204
    assert phone.get(path).status == 404
    assert phone.get("/2010-04-01/Accounts/AC1/Messages.json").status == 400


@pytest.fixture
def articles(served: Served) -> Checked:
    return served("articles", empty=True)


def article(articles: Checked, title: str) -> dict[str, object]:
    body = {"data": {"type": "articles", "attributes": {"title": title, "body": "b"}}}
    return dict(articles.post("/articles", body, content_type=JSON_API).json["data"])


def test_attributes_are_kept_changed_filtered_and_ordered(articles: Checked) -> None:
    first, second = article(articles, "B"), article(articles, "A")
    assert first["attributes"]["createdAt"].startswith("20")  # type: ignore[index]
    changed = articles.patch(
        f"/articles/{first['id']}",
        {"data": {"type": "articles", "id": first["id"], "attributes": {"title": "C"}}},
        content_type=JSON_API,
    ).json["data"]
    assert changed == {**first, "attributes": {**first["attributes"], "title": "C"}}  # type: ignore[dict-item]
    assert articles.get("/articles?filter[title]=C").json["data"] == [changed]
    assert articles.get("/articles?sort=title").json["data"] == [second, changed]
    assert articles.get("/articles?sort=-title").json["data"] == [changed, second]


def test_errors_point_into_the_body(articles: Checked) -> None:
    reply = articles.post("/articles", {"data": {"type": "articles", "attributes": {}}}, content_type=JSON_API)
    (error,) = reply.json["errors"]
    assert (reply.status, error["status"]) == (422, "422")
    assert error["source"] == {"pointer": "/data/attributes/title"}
    assert articles.get("/articles/none").json["errors"][0]["status"] == "404"


def test_an_item_links_to_itself(articles: Checked) -> None:
    order = articles.post("/orders", {"item": "x"}).json
    assert order["_links"]["self"]["href"].endswith(f"/orders/{order['id']}")
    assert articles.get("/orders").json["_embedded"]["orders"] == [order]


def test_calls_of_one_noun_are_about_one_thing(served: Served) -> None:
    rpc = served("rpc", empty=True)
    channel = rpc.post("/conversations.create", {"name": "general"}).json["channel"]
    assert rpc.get(f"/conversations.info?channel={channel['id']}").json["channel"] == channel
    renamed = rpc.post("/conversations.rename", {"channel": channel["id"], "name": "other"}).json["channel"]
    assert renamed == {**channel, "name": "other"}
    rpc.post("/conversations.archive", {"channel": channel["id"]})
    assert rpc.get("/conversations.list").json["channels"] == [{**renamed, "is_archived": True}]
    assert rpc.get("/conversations.info?channel=C00000000").status == 404


def test_keys_in_bodies(served: Served) -> None:
    rpc = served("rpc")
    item = rpc.post("/item/create", {"label": "l"}).json
    key = {"item_id": item["item_id"]}
    assert rpc.post("/item/get", key).json == item
    assert rpc.post("/item/remove", key).json == {"removed": True}
    assert rpc.post("/item/get", key).status == 404


@pytest.fixture
def misc(served: Served) -> Checked:
    return served("misc", empty=True)


def test_an_object_around_the_item_of_a_request(misc: Checked) -> None:
    assert "EvalID" in misc.post("/v1/jobs", {"Job": {"ID": "web", "Name": "one"}, "EnforceIndex": True}).json
    assert misc.get("/v1/job/web").json["Name"] == "one"
    misc.post("/v1/job/web", {"Job": {"ID": "web", "Name": "one", "Status": "changed"}})
    assert misc.get("/v1/jobs").json == [{"ID": "web", "Name": "one", "Status": "changed"}]
    misc.delete("/v1/job/web")
    assert misc.get("/v1/job/web").status == 404


def test_a_verb_that_answers_as_if_it_made_something(misc: Checked) -> None:
    order = misc.post("/v2/checkout/orders", {"intent": "CAPTURE", "purchase_units": [{"a": 1}]}).json
    assert order["status"] == "CREATED"
    captured = misc.post(f"/v2/checkout/orders/{order['id']}/capture").json
    assert captured == {**order, "status": "CAPTURED"}
    steps = [{"op": "replace", "path": "/purchase_units/0/a", "value": 2}]
    assert misc.patch(f"/v2/checkout/orders/{order['id']}", steps).status == 204
    assert misc.get(f"/v2/checkout/orders/{order['id']}").json["purchase_units"] == [{"a": 2}]


def test_folders_in_folders(misc: Checked) -> None:
    outer = misc.post("/folders", {"name": "F", "parent": {"id": "0"}}).json
    assert "description" not in outer  # which a client writes, so it is not made up
    inner = misc.post("/folders", {"name": "G", "parent": {"id": outer["id"]}}).json
    assert misc.get(f"/folders/{outer['id']}/items").json["entries"] == [inner]
    misc.delete(f"/folders/{outer['id']}")
    assert misc.get(f"/folders/{inner['id']}").status == 404


def test_put_makes_and_then_changes(misc: Checked) -> None:
    assert [misc.put("/things/a", {"size": size}).status for size in (1, 2)] == [201, 200]
    assert misc.get("/things").json == [{"name": "a", "size": 2}]
