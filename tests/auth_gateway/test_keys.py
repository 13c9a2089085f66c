"""API keys: shown once, good as a bearer, dead after deletion, and nobody else's business."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from specdouble.mock.state.world import World
from tests.conftest import Client

ADA = "imp_u_abc123"


@pytest.mark.rule("A13")
def test_a_key_is_shown_once_and_then_by_its_prefix(user: Client, world: World) -> None:
    made = user.post("/v1/keys", {"name": "ci"})
    secret = made.json["key"]
    assert made.status == 201
    assert secret.startswith("imp_live_")
    assert made.json["key_prefix"] == secret[:13]
    assert made.json["scopes"] == "*"
    (listed,) = [one for one in user.get("/v1/keys").json if one["id"] == made.json["id"]]
    assert "key" not in listed
    assert (listed["key_prefix"], listed["name"]) == (secret[:13], "ci")
    assert secret.encode() not in user.get("/v1/keys").content
    assert secret not in str(world.state.snapshot())


@pytest.mark.rule("A12")
def test_a_key_opens_bearer_routes_in_both_headers(gateway: Client, user: Client) -> None:
    secret = user.post("/v1/keys", {"name": "ci"}).json["key"]
    for client in (gateway.key(secret), gateway.bearer(secret)):
        assert client.get("/v1/auth/me").json["imperal_id"] == ADA


@pytest.mark.rule("A13")
def test_a_deleted_key_is_401_and_no_longer_listed(gateway: Client, user: Client) -> None:
    made = user.post("/v1/keys", {"name": "ci", "scopes": "extensions:call"}).json
    assert made["scopes"] == "extensions:call"
    assert user.delete(f"/v1/keys/{made['id']}").json == {"id": made["id"], "deleted": True}
    assert gateway.key(made["key"]).get("/v1/auth/me").status == 401
    assert gateway.bearer(made["key"]).get("/v1/auth/me").status == 401
    assert made["id"] not in [one["id"] for one in user.get("/v1/keys").json]
    assert user.delete(f"/v1/keys/{made['id']}").status == 404


@pytest.mark.rule("A13")
def test_last_used_at_moves_when_a_key_is_used(gateway: Client, user: Client) -> None:
    made = user.post("/v1/keys", {"name": "ci"}).json

    def last_used() -> str | None:
        (one,) = [one for one in user.get("/v1/keys").json if one["id"] == made["id"]]
        return None if one["last_used_at"] is None else str(one["last_used_at"])

    assert last_used() is None
    gateway.key(made["key"]).get("/v1/auth/me")
    first = last_used()
    gateway.key(made["key"]).get("/v1/auth/me")
    second = last_used()
    assert first is not None
    assert second is not None
    assert first < second


@pytest.mark.parametrize(
    "secret", ["", "imp_live_", "imp_live_" + "x" * 32, "imp_reg_key_dev", "dev-service-token", "é"]
)
def test_an_unknown_key_is_401(gateway: Client, secret: str) -> None:
    reply = gateway.key(secret).get("/v1/auth/me")
    assert reply.status == 401
    assert secret == "" or secret not in reply.detail


def test_the_prefix_and_the_id_of_a_key_open_nothing(gateway: Client, user: Client) -> None:
    made = user.post("/v1/keys", {"name": "ci"}).json
    for guess in (made["key_prefix"], made["id"], made["key"][:-1], made["key"] + "x", made["key"].lower()):
        assert gateway.key(guess).get("/v1/auth/me").status == 401


@pytest.mark.rule("I01", "I02")
def test_keys_of_others_are_unknown(gateway: Client, user: Client, admin: Client) -> None:
    made = user.post("/v1/keys", {"name": "ci"}).json
    assert made["id"] not in [one["id"] for one in admin.get("/v1/keys").json]
    assert admin.delete(f"/v1/keys/{made['id']}").status == 404
    assert gateway.key(made["key"]).get("/v1/auth/me").status == 200


def test_keys_outlive_sessions(gateway: Client, user: Client) -> None:
    secret = user.post("/v1/keys", {"name": "ci"}).json["key"]
    gateway.post("/__mock__/clock", {"advance": "60d"})
    assert gateway.key(secret).get("/v1/auth/me").status == 200


def test_a_key_may_make_and_end_keys(gateway: Client, user: Client) -> None:
    first = gateway.key(user.post("/v1/keys", {"name": "one"}).json["key"])
    second = first.post("/v1/keys", {"name": "two"}).json
    assert first.delete(f"/v1/keys/{second['id']}").status == 200


@pytest.mark.parametrize("body", [{}, {"name": 5}, {"name": "x", "scopes": ["*"]}])
def test_a_wrong_body_makes_no_key(user: Client, body: object) -> None:
    before = user.get("/v1/keys").json
    assert user.post("/v1/keys", body).status == 422
    assert user.get("/v1/keys").json == before


@pytest.mark.rule("E10", "E11")
def test_keys_are_a_bare_array_newest_first_with_utc_times(user: Client) -> None:
    for name in ("one", "two"):
        user.post("/v1/keys", {"name": name})
    keys = user.get("/v1/keys").json
    assert [one["name"] for one in keys[:2]] == ["two", "one"]
    assert all(one["created_at"].endswith("Z") for one in keys)
    assert all(datetime.fromisoformat(one["created_at"]).tzinfo == UTC for one in keys)
