"""What a fault does to a response, and that the world is as it should be afterwards."""

from __future__ import annotations

import time
from typing import Any

import orjson
import pytest

from specdouble.mock.boot import Platform
from specdouble.mock.transports.breaking import BrokenConnectionError, StalledError
from tests.conftest import Client

CUP = {"name": "Cup", "price": 3}


def first(client: Client) -> str:
    return f"/items/{client.get('/items').json[0]['id']}"


def names(client: Client) -> list[str]:
    return [one["name"] for one in client.get("/items").json]


def test_a_status_has_the_error_body_of_the_document(shop: Platform, client: Client) -> None:
    shop.world.faults.add({"operation": "getItem", "status": 404, "times": 1})
    assert client.get("/items/1").json == {"error": {"code": "no_item", "message": "Sold out"}}
    shop.world.faults.add({"operation": "getItem", "status": 503, "times": 1, "detail": "Closed", "code": "closed"})
    reply = client.get("/items/1")
    assert reply.status == 503
    assert reply.json == {"error": {"code": "closed", "message": "Closed"}}
    assert reply.headers["x-mock-fault"] == "f2"


def test_a_status_that_nobody_declares_has_the_usual_error_body(shop: Platform, client: Client) -> None:
    shop.world.faults.add({"operation": "listItems", "status": 500})
    reply = client.get("/items")
    assert reply.status == 500
    assert reply.json["error"]["message"] == "This is the 500 that was asked for."


def test_a_422_stays_one_where_400_is_declared_too(shop: Platform, client: Client) -> None:
    shop.world.faults.add({"operation": "addItem", "status": 422, "detail": "No"})
    reply = client.post("/items", CUP)
    assert reply.status == 422
    assert "No" in reply.json["error"]["message"]


@pytest.mark.parametrize("body", [{"a": 1}, ["x"], "text", None, 5])
def test_a_body_and_headers_may_be_given(shop: Platform, client: Client, body: Any) -> None:
    shop.world.faults.add({"status": 418, "body": body, "headers": {"X-Tea": "green"}})
    reply = client.get("/items")
    assert reply.status == 418
    assert reply.headers["x-tea"] == "green"
    assert (reply.content.decode() if isinstance(body, str) else reply.json) == body


def test_retry_after_is_a_429_unless_another_status_is_given(shop: Platform, client: Client) -> None:
    shop.world.faults.add({"retry_after": 30, "times": 1})
    shop.world.faults.add({"status": 503, "retry_after": "1m", "times": 1})
    found = [client.get("/items") for _ in range(2)]
    assert [(one.status, one.headers["retry-after"]) for one in found] == [(429, "30"), (503, "60")]


def test_a_success_may_be_asked_for(shop: Platform, client: Client) -> None:
    before = names(client)
    shop.world.faults.add({"operation": "removeItem", "status": 204})
    assert client.delete("/items/1").status == 204
    assert names(client) == before


def test_a_fault_in_the_place_of_the_handler_changes_nothing(shop: Platform, client: Client) -> None:
    before = names(client)
    for effect in ({"status": 500}, {"retry_after": 1}, {"drop": True, "after_handling": False}):
        shop.world.faults.add({"operation": "addItem", "times": 1, **effect})
    assert client.post("/items", CUP).status == 500
    assert client.post("/items", CUP).status == 429
    with pytest.raises(BrokenConnectionError):
        client.post("/items", CUP)
    assert names(client) == before


@pytest.mark.parametrize(
    "effect",
    [{"drop": True}, {"truncate": True}, {"garbage": True}, {"omit": "id"}, {"status": 500, "after_handling": True}],
)  # fmt: skip
def test_a_fault_after_the_handler_has_taken_effect(shop: Platform, client: Client, effect: dict[str, Any]) -> None:
    before = names(client)
    shop.world.faults.add({"operation": "addItem", "times": 1, **effect})
    try:
        assert client.post("/items", CUP).status in (201, 500)
    except BrokenConnectionError:
        assert effect.keys() & {"drop", "truncate"}
    assert sorted(names(client)) == sorted([*before, "Cup"])


def test_in_this_process_a_broken_connection_is_an_exception(shop: Platform, client: Client) -> None:
    shop.world.faults.add({"operation": "listItems", "times": 1, "drop": True})
    shop.world.faults.add({"operation": "listItems", "times": 1, "truncate": True})
    shop.world.faults.add({"operation": "listItems", "times": 1, "stall": True})
    for kind in (BrokenConnectionError, BrokenConnectionError, StalledError):
        with pytest.raises(kind):
            client.get("/items")
    assert client.get("/items").status == 200
    assert [one.status for one in shop.world.calls("listItems")] == [0, 200, 200, 200]


def test_garbage_is_no_json_and_strikes_nothing_else(shop: Platform, client: Client) -> None:
    path = first(client)
    rule = shop.world.faults.add({"garbage": True})
    assert client.delete(path).status == 204
    assert rule.hits == 0
    content = client.get("/items").content
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(content)
    assert rule.hits == 1


@pytest.mark.parametrize(
    ("place", "changed"),
    [
        ("name", {"/0/name", "/1/name", "/2/name"}),
        ("/0/name", {"/0/name"}),
        ("/*/price", {"/0/price", "/1/price", "/2/price"}),
        (["/0/id", "price"], {"/0/id", "/0/price", "/1/price", "/2/price"}),
    ],
)
@pytest.mark.parametrize("kind", ["omit", "wrong_type"])
def test_a_field_is_left_out_or_of_another_type(
    shop: Platform, client: Client, kind: str, place: Any, changed: set[str]
) -> None:
    before = client.get("/items").json
    shop.world.faults.add({"operation": "listItems", kind: place})
    after = client.get("/items").json
    found = set()
    for number, (one, other) in enumerate(zip(before, after, strict=True)):
        for name in one:
            if (name not in other) if kind == "omit" else (type(one[name]) is not type(other[name])):
                found.add(f"/{number}/{name}")
    assert found == changed


def test_a_rule_that_finds_nothing_to_spoil_waits_for_something(shop: Platform, client: Client) -> None:
    path = first(client)
    rule = shop.world.faults.add({"omit": "name", "times": 1})
    assert client.get("/items/999").status == 404
    assert (rule.seen, rule.hits) == (1, 0)
    assert shop.world.journal.last().fault is None
    assert "name" not in client.get(path).json
    assert rule.hits == 1


def test_an_element_of_a_list_may_be_left_out(shop: Platform, client: Client) -> None:
    before = client.get("/items").json
    shop.world.faults.add({"operation": "listItems", "omit": ["/0", "/2"]})
    assert client.get("/items").json == [before[1]]


def test_headers_may_be_changed_and_removed(shop: Platform, client: Client) -> None:
    shop.world.faults.add({"headers": {"content-type": "text/html", "x-mock-fidelity": None}})
    reply = client.get("/items")
    assert reply.headers.getlist("content-type") == ["text/html"]
    assert "x-mock-fidelity" not in reply.headers


@pytest.mark.parametrize("delay", [0.05, "50ms", {"min": 0.05, "max": 0.06}, {"mean": 0.055, "deviation": 0.001}])
def test_a_delay_holds_the_response_back(shop: Platform, client: Client, delay: Any) -> None:
    shop.world.faults.add({"delay": delay})
    began = time.monotonic()
    assert client.get("/items").status == 200
    assert 0.04 < time.monotonic() - began < 1
    assert "delay 0.05" in shop.world.calls()[0].fault["did"]  # type: ignore[index]


def test_an_expired_token_is_refused_as_the_service_does_it(gateway: Client, user: Client) -> None:
    world = gateway.app.extensions["paths"]._service.world
    admin = gateway.login("admin@example.com")
    real = user.get("/v1/auth/me")
    world.clock.move(3700)
    wanted = user.get("/v1/auth/me")
    assert (real.status, wanted.status) == (200, 401)
    world.clock.offset = 0
    offset = world.clock.offset
    world.faults.add({"caller": "user@example.com", "expired_token": True, "times": 2})
    assert admin.get("/v1/auth/me").status == 200
    assert gateway.get("/v1/auth/me").status == 401  # no token at all: nothing that could expire
    got = user.get("/v1/auth/me")
    assert (got.status, got.json, got.headers.get("www-authenticate")) == (
        wanted.status, wanted.json, wanted.headers.get("www-authenticate"),
    )  # fmt: skip
    assert world.faults.rules[0].hits == 1
    assert world.clock.offset == offset
    assert user.get("/v1/auth/me").status == 401
    assert user.get("/v1/auth/me").status == 200


def test_where_tokens_do_not_expire_the_refusal_says_so(shop: Platform, client: Client) -> None:
    shop.world.faults.add({"expired_token": True})
    assert client.get("/items").status == 200
    reply = client.get("/vault", headers={"authorization": "Bearer abcdefghijkl"})
    assert reply.status == 401
    assert "expired" in reply.json["error"]["message"]
    assert reply.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_a_fault_of_a_pack_has_the_error_body_of_the_pack(gateway: Client, user: Client) -> None:
    world = gateway.app.extensions["paths"]._service.world
    keys = user.get("/v1/keys").json
    world.faults.add({"operation": "POST /v1/keys", "times": 1, "status": 500, "detail": "Try later."})
    reply = user.post("/v1/keys", {"name": "ci"})
    assert (reply.status, reply.json) == (500, {"detail": "Try later."})
    assert user.get("/v1/keys").json == keys


def test_what_is_not_asked_for_is_as_before(shop: Platform, client: Client) -> None:
    before = client.get("/items")
    shop.world.faults.add({"operation": "getItem", "status": 500})
    after = client.get("/items")
    assert (before.content, dict(before.headers)) == (after.content, dict(after.headers))
