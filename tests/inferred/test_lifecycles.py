"""What is made is there, can be changed, and is gone once it is deleted: in the forms that documents have for it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.inferred.conftest import Checked, Served

WIDGETS = "/api/v1/namespaces/dev/widgets"
PATCH, MERGE = "application/json-patch+json", "application/merge-patch+json"


@pytest.fixture
def shop(served: Served) -> Checked:
    return served("shop", {"Authorization": "Bearer x"})


def test_a_nested_form_is_kept(shop: Checked) -> None:
    fields = {"email": "a@b.c", "address[city]": "Oslo", "metadata[k]": "v", "tags[0]": "x", "tags[1]": "y"}
    made = shop.form("POST", "/customers", fields).json
    assert (made["email"], made["address"], made["metadata"]) == ("a@b.c", {"city": "Oslo"}, {"k": "v"})
    assert made["tags"] == ["x", "y"]
    assert made["id"].startswith("cus_")
    assert made["default_source"] is None
    assert shop.get(f"/customers/{made['id']}").json == made


def test_post_on_an_item_changes_what_it_names(shop: Checked) -> None:
    made = shop.form("POST", "/customers", {"name": "Ada", "email": "a@b.c"}).json
    changed = shop.form("POST", f"/customers/{made['id']}", {"name": "Eve"}).json
    assert changed == {**made, "name": "Eve"}
    assert shop.get(f"/v1/customers/{made['id']}").json == changed


def test_a_deletion_says_so_and_the_item_is_gone(shop: Checked) -> None:
    made = shop.form("POST", "/customers", {"name": "Ada"}).json
    said = shop.delete(f"/customers/{made['id']}").json
    assert said == {"id": made["id"], "object": "customer", "deleted": True}
    assert shop.get(f"/customers/{made['id']}").status == 404
    assert shop.delete(f"/customers/{made['id']}").status == 404
    assert made["id"] not in [one["id"] for one in shop.get("/customers?limit=100").json["data"]]


def test_a_verb_sets_the_switch_or_the_state_that_it_names(shop: Checked) -> None:
    charge = shop.form("POST", "/charges", {"amount": "5", "currency": "eur", "customer": "cus_1"}).json
    assert (charge["amount"], charge["captured"], charge["status"]) == (5, False, "pending")
    captured = shop.post(f"/charges/{charge['id']}/capture").json
    assert (captured["captured"], captured["status"]) == (True, "pending")
    cancelled = shop.post(f"/charges/{charge['id']}/cancel").json
    assert cancelled["status"] == "canceled"
    assert cancelled["canceled_at"] is not None
    assert shop.get(f"/charges/{charge['id']}").json == cancelled
    assert shop.post("/charges/ch_nowhere/capture").status == 404


@pytest.fixture
def cluster(served: Served) -> Checked:
    return served("cluster")


def test_an_item_is_named_by_a_member_of_a_member(cluster: Checked) -> None:
    made = cluster.post(WIDGETS, {"metadata": {"name": "w1"}, "spec": {"size": 3}})
    assert made.status == 201
    assert made.headers["location"] == f"{WIDGETS}/w1"
    assert made.json["metadata"]["namespace"] == "dev"
    assert len(made.json["metadata"]["uid"]) == 36
    assert cluster.get(f"{WIDGETS}/w1").json == made.json
    assert cluster.post(WIDGETS, {"metadata": {"name": "w1"}}).status == 409
    assert cluster.get("/api/v1/namespaces/prod/widgets/w1").status == 404


def test_put_replaces_and_keeps_what_the_server_wrote(cluster: Checked) -> None:
    made = cluster.post(WIDGETS, {"metadata": {"name": "w1"}, "spec": {"size": 3}}).json
    replaced = cluster.put(f"{WIDGETS}/w1", {"metadata": {"name": "w1"}, "spec": {"color": "red"}}).json
    assert replaced["spec"] == {"color": "red"}
    assert made["spec"] == {"size": 3}
    assert cluster.get(f"{WIDGETS}/w1").json == replaced


@pytest.mark.parametrize(
    ("kind", "patch", "spec"),
    [
        (PATCH, [{"op": "replace", "path": "/spec/size", "value": 4}], {"size": 4, "color": "red"}),
        (PATCH, [{"op": "remove", "path": "/spec/size"}], {"color": "red"}),
        (PATCH, [{"op": "move", "from": "/spec/color", "path": "/spec/kind"}], {"size": 3}),
        (MERGE, {"spec": {"size": 9}}, {"size": 9, "color": "red"}),
        (MERGE, {"spec": {"color": None}}, {"size": 3}),
    ],
)
def test_both_kinds_of_patch(cluster: Checked, kind: str, patch: Any, spec: dict[str, Any]) -> None:
    cluster.post(WIDGETS, {"metadata": {"name": "w1"}, "spec": {"size": 3, "color": "red"}})
    changed = cluster.patch(f"{WIDGETS}/w1", patch, content_type=kind)
    assert changed.status == 200
    assert cluster.get(f"{WIDGETS}/w1").json["spec"] == spec


def test_a_patch_whose_test_does_not_hold_changes_nothing(cluster: Checked) -> None:
    cluster.post(WIDGETS, {"metadata": {"name": "w1"}, "spec": {"size": 3}})
    steps = [
        {"op": "replace", "path": "/spec/size", "value": 4},
        {"op": "test", "path": "/spec/size", "value": 3},
    ]
    assert cluster.patch(f"{WIDGETS}/w1", steps, content_type=PATCH).status == 409
    assert cluster.get(f"{WIDGETS}/w1").json["spec"] == {"size": 3}


def test_a_whole_collection_is_deleted(cluster: Checked) -> None:
    for name in ("a", "b"):
        cluster.post(WIDGETS, {"metadata": {"name": name}})
    cluster.post("/api/v1/namespaces/prod/widgets", {"metadata": {"name": "c"}})
    assert cluster.delete(WIDGETS).status == 200
    assert cluster.get(WIDGETS).json["items"] == []
    assert cluster.get("/api/v1/namespaces/prod/widgets/c").status == 200


@pytest.fixture
def depot(served: Served) -> Checked:
    return served("depot")


def test_post_on_an_item_path_makes_what_nothing_else_makes(depot: Checked) -> None:
    assert depot.get("/secret/a").status == 404
    assert depot.post("/secret/a", {"k": "v"}).status == 204
    assert depot.post("/secret/a", {"k2": "w"}).status == 204
    assert depot.get("/secret/a").json["k2"] == "w"
    assert depot.delete("/secret/a").status == 204
    assert depot.get("/secret/a").status == 404


def test_what_is_made_elsewhere_is_found_by_the_key_of_its_receipt(depot: Checked) -> None:
    receipt = depot.post("/silences", {"comment": "shh"}).json
    silence = depot.get(f"/silence/{receipt['silenceID']}").json
    assert (silence["comment"], silence["status"]["state"]) == ("shh", "active")
    assert silence in depot.get("/silences").json


def test_a_text_stands_in_an_object_where_the_response_has_one(depot: Checked) -> None:
    made = depot.post("/machines", {"name": "m", "size": "small", "tags": None})
    assert made.status == 202
    assert made.json["machine"]["size"] == {"slug": "small"}
    assert made.json["machine"]["status"] == "new"
    assert depot.get(f"/machines/{made.json['machine']['id']}").json == made.json


def test_lists_of_one_around_an_item(depot: Checked) -> None:
    (made,) = depot.put("/Invoices", {"Invoices": [{"Reference": "R1"}]}).json["Invoices"]
    assert depot.get(f"/Invoices/{made['InvoiceID']}").json == {"Invoices": [made]}
    (paid,) = depot.post(f"/Invoices/{made['InvoiceID']}", {"Invoices": [{"Status": "PAID"}]}).json["Invoices"]
    assert paid == {**made, "Status": "PAID"}
    several = depot.post("/Invoices", {"Invoices": [{"Reference": "R2"}, {"Reference": "R3"}]}).json["Invoices"]
    assert [one["Reference"] for one in several] == ["R2", "R3"]
    assert paid in depot.get("/Invoices").json["Invoices"]


@pytest.fixture
def chat(served: Served) -> Checked:
    return served("chat")


def test_parents_that_nothing_makes_are_there_until_they_are_deleted(chat: Checked) -> None:
    assert chat.get("/guilds/77").json["id"] == "77"
    assert chat.get("/guilds/77").json == chat.get("/guilds/77").json
    assert chat.patch("/guilds/77", {"name": "G"}).json["name"] == "G"
    assert chat.get("/guilds/77").json["name"] == "G"
    channel = chat.post("/guilds/77/channels", {"name": "general"}).json
    assert channel["guild_id"] == "77"
    assert chat.get("/guilds/77/channels").json == [channel]
    assert chat.get("/guilds/78/channels").json == []
    message = chat.post(f"/channels/{channel['id']}/messages", {"content": "hi"}).json
    assert chat.delete("/guilds/77").status == 204
    assert chat.get("/guilds/77").status == 404
    assert chat.get("/guilds/77/channels").status == 404
    assert chat.get(f"/channels/{channel['id']}").status == 404
    assert chat.get(f"/channels/{channel['id']}/messages/{message['id']}").status == 404


def test_what_is_put_by_path_is_the_thing_itself(chat: Checked) -> None:
    channel = chat.post("/guilds/1/channels", {"name": "general"}).json
    message = chat.post(f"/channels/{channel['id']}/messages", {"content": "hi"}).json
    pin = f"/channels/{channel['id']}/pins/{message['id']}"
    assert chat.put(pin).status == 204
    assert chat.get(f"/channels/{channel['id']}/pins").json == [message]
    assert chat.delete(pin).status == 204
    assert chat.get(f"/channels/{channel['id']}/pins").json == []


def test_an_upload_is_given_back_byte_for_byte(chat: Checked) -> None:
    assert chat.get("/avatars/me").status == 404
    assert chat.put("/avatars/me", data=b"\x00PNG\xff", content_type="image/png").status == 204
    given = chat.get("/avatars/me")
    assert given.content == b"\x00PNG\xff"
    assert given.headers["content-type"] == "image/png"


def test_a_thing_of_which_there_is_one(chat: Checked) -> None:
    assert chat.get("/settings").json == {"theme": "dark", "locale": "en-US", "notify": True}
    chat.patch("/settings", {"theme": "light", "locale": "de"})
    assert chat.get("/settings").json == {"theme": "light", "locale": "de", "notify": True}


def test_a_call_without_a_resource_answers_with_what_was_sent(chat: Checked) -> None:
    said = chat.post("/chat.postMessage", {"channel": "C1", "text": "hi"}).json
    assert (said["ok"], said["channel"]) == (True, "C1")
    assert chat.post("/chat.postMessage", {"channel": "C1"}).status == 400


def test_a_stream_begins_with_an_event_of_the_declared_form(chat: Checked) -> None:
    opened = chat.get("/events")
    assert opened.headers["content-type"].startswith("text/event-stream")
    assert b"data: " in opened.content
