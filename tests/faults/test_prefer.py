"""What one request wishes for: with handlers of a pack and with a plain document alike."""

from __future__ import annotations

import time

import orjson
import pytest

from specdouble.mock.boot import Platform
from specdouble.mock.transports.breaking import BrokenConnectionError, StalledError
from tests.conftest import Client


def test_a_status_is_wished_for_of_a_plain_document(client: Client) -> None:
    reply = client.get("/items/1", headers={"Prefer": "code=404"})
    assert (reply.status, reply.json["error"]["code"]) == (404, "no_item")
    assert reply.headers["preference-applied"] == "code=404"
    assert client.get("/items/1?__code=503").status == 503


def test_a_status_is_wished_for_of_a_handler_without_its_being_asked(gateway: Client, user: Client) -> None:
    keys = user.get("/v1/keys").json
    reply = user.post("/v1/keys", {"name": "ci"}, headers={"Prefer": "code=422"})
    assert reply.status == 422
    assert reply.json["detail"][0].keys() >= {"loc", "msg", "type"}
    assert user.get("/v1/keys").json == keys
    reply = gateway.get("/v1/auth/me?__code=401")
    assert (reply.status, reply.headers["preference-applied"]) == (401, "code=401")
    assert gateway.get("/v1/auth/me", headers={"Prefer": "code=200"}).json["email"]  # without a credential


def test_what_is_not_declared_is_a_404_that_says_what_is(client: Client, user: Client) -> None:
    assert "declares no 418; it declares 200, 404, 503" in str(client.get("/items/1?__code=418").json)
    reply = user.get("/v1/auth/me", headers={"Prefer": "code=418"})
    assert (reply.status, "declares no 418; it declares 200" in reply.detail) == (404, True)


def test_an_example_is_wished_for(client: Client) -> None:
    assert client.get("/items/1", headers={"Prefer": "example=cup"}).json == {"id": 7, "name": "Cup", "price": 3}
    assert client.get("/items/1?__example=cup&__code=200").json["name"] == "Cup"
    assert "has no example pot for 200" in str(client.get("/items/1?__example=pot").json)


def test_wishes_go_together(client: Client) -> None:
    began = time.monotonic()
    reply = client.get("/items/1", headers={"Prefer": 'code=503, wait=0.05, retry-after="7"'})
    assert time.monotonic() - began >= 0.05
    assert (reply.status, reply.headers["retry-after"]) == (503, "7")
    assert reply.headers["preference-applied"] == "code=503, wait=0.05, retry-after=7"


@pytest.mark.parametrize(
    "wish",
    ["return=minimal", "code=abc", "code=9", "wait=soon", "wait=-1", "wait=nan", "drop=maybe", "respond-async", ""],
)
def test_what_nobody_knows_is_ignored(client: Client, wish: str) -> None:
    reply = client.get("/items", headers={"Prefer": wish})
    assert reply.status == 200
    assert "preference-applied" not in reply.headers


@pytest.mark.parametrize(
    ("wish", "applied"),
    [
        ("code=404, wiat=1, wait=abc", "code=404"),
        ("wait=0.01, return=minimal", "wait=0.01"),
        ("code=404, omit=name", "code=404"),
        ("cut=1, wait=0.01", "wait=0.01"),
        ("omit=nothing, wrong-type=message", "wrong-type=message"),
        ("garbage, truncate=chunked, drop=maybe", "garbage"),
    ],
)
def test_only_what_was_applied_is_said(client: Client, wish: str, applied: str) -> None:
    assert client.get("/items/1", headers={"Prefer": wish}).headers["preference-applied"] == applied


@pytest.mark.parametrize("wish", ["cut=1", "omit=nothing", "wrong-type=nothing"])
def test_what_had_nothing_to_strike_at_is_not_said(shop: Platform, client: Client, wish: str) -> None:
    assert "preference-applied" not in client.get("/items/1", headers={"Prefer": wish}).headers
    assert shop.world.calls("getItem")[0].fault is None


def test_faults_may_be_wished_for(client: Client) -> None:
    with pytest.raises(BrokenConnectionError):
        client.get("/items", headers={"Prefer": "drop"})
    with pytest.raises(BrokenConnectionError):
        client.get("/items?__truncate=5")
    with pytest.raises(StalledError):
        client.get("/items?__stall")
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(client.get("/items", headers={"Prefer": "garbage"}).content)
    assert "name" not in client.get("/items?__omit=name").json[0]
    assert client.get("/items", headers={"Prefer": "wrong-type=/0/name"}).json[0]["name"] == 42
    assert client.get("/vault", headers={"Prefer": "expired-token", "x-shop-pass": "long-enough"}).status == 401


def test_a_wish_comes_before_the_rules_and_does_not_use_them_up(shop: Platform, client: Client) -> None:
    shop.world.faults.add({"operation": "getItem", "times": 1, "status": 503})
    assert client.get("/items/1?__code=404").status == 404
    assert client.get("/items/1").status == 503


def test_a_wish_is_in_the_journal(shop: Platform, client: Client) -> None:
    client.get("/items/1?__code=404")
    assert shop.world.calls("getItem")[0].fault == {"prefer": "code=404", "did": "status 404"}


def test_what_was_applied_cannot_break_the_headers(client: Client) -> None:
    reply = client.get("/items?__omit=name%0d%0ax-evil:1")
    assert "x-evil" not in reply.headers
    assert reply.headers["preference-applied"] == "omit=name%0D%0Ax-evil%3A1"
