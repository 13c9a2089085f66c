"""The page about the seed data is true: every id is there, every credential opens what it says."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from specdouble.mock.state.world import World
from specdouble.packs.imperal.mockserver.auth_gateway.apps import _apps, _lifecycle
from specdouble.packs.imperal.mockserver.auth_gateway.developer import _deploys, _developers
from specdouble.packs.imperal.mockserver.auth_gateway.money import _subscriptions
from specdouble.packs.imperal.mockserver.auth_gateway.work import _tasks
from tests.conftest import Client

PAGE = (Path(__file__).resolve().parent.parent / "fixtures" / "imperal" / "README.md").read_text()
PEOPLE = re.findall(r"^\| `(imp_u_\w+)` \| (\S+) \| ([^|]+) \| (.*) \|$", PAGE, re.M)
KEYS = re.findall(r"^\| `(key_\w+)` \| `(imp_live_\w+)` \| (.*) \|$", PAGE, re.M)


def test_the_page_names_everybody(world: World) -> None:
    users = {one["imperal_id"]: one for one in world.state["users"]}
    assert {one[0] for one in PEOPLE} == set(users)
    for user_id, email, name, _story in PEOPLE:
        user = users[user_id]
        assert (user["email"], f"{user['first_name']} {user['last_name']}") == (email, name.strip())


@pytest.mark.parametrize(("user_id", "email", "name", "story"), PEOPLE)
def test_the_passwords_are_the_ones_it_gives(gateway: Client, user_id: str, email: str, name: str, story: str) -> None:
    word = "s3cure!" if email == "user@example.com" else f"s3cure!{email.partition('@')[0]}"
    tenant = "acme" if "tenant `acme`" in story else "default"
    body = {"email": email, "password": word, "tenant_id": tenant}
    refused = "login is refused" in story
    assert gateway.post("/v1/auth/login", body).status == (403 if refused else 200)
    if not refused:
        assert gateway.login(email, word, tenant).get("/v1/auth/me").json["imperal_id"] == user_id


def test_adas_wallet_holds_what_it_says(user: Client) -> None:
    assert user.get("/v1/billing/balance").json["balance"] == 4200


@pytest.mark.parametrize(("key_id", "secret", "opens"), KEYS)
def test_the_keys_open_what_it_says(registry: Client, key_id: str, secret: str, opens: str) -> None:
    app_id = re.findall(r"`(.+)`", opens)[0]
    client = registry.key(secret)
    assert key_id in [one["key_id"] for one in client.get(f"/v1/apps/{app_id}/keys").json["keys"]]
    assert client.put(f"/v1/apps/{app_id}/settings", {}).status == (200 if "writes" in opens else 403)


def test_every_app_and_thing_it_names_is_there(world: World) -> None:
    state = world.state
    for names, status in re.findall(r"^\| ((?:`[a-z-]+`(?:, )?)+) \| (\w+)[^|]* \|", PAGE, re.M):
        for app_id in re.findall(r"`([a-z-]+)`", names):
            app = state["registry_apps" if status == "Registry" else "apps"].get(app_id)
            assert app is not None, app_id
            assert status in ("Registry", app["status"])
    for collection, key in (("confirmations", "conf_ada_lemons"), ("tasks", "task_ada_report"), ("automations", 17)):
        assert key in state[collection]


# -- what the seed data must hold ------------------------------------------------------------------------------------


def values(world: World, collection: str, field: str) -> Counter[str]:
    """Count the documents of a collection by a field."""
    return Counter(doc[field] for doc in world.state[collection])


def test_every_role_and_every_tier_has_somebody(world: World) -> None:
    assert set(values(world, "users", "role")) == {"admin", "user", "viewer", "developer"}
    assert set(values(world, "roles", "name")) > set(values(world, "users", "role"))
    assert set(values(world, "developers", "tier")) == set(_developers.TIERS)
    assert {one["tenant_id"] for one in world.state["users"]} == set(values(world, "tenants", "tenant_id"))
    assert not all(one["email_verified"] for one in world.state["users"])
    assert not all(one["is_active"] for one in world.state["users"])


def test_there_are_agencies_and_people_in_them(world: World) -> None:
    assert set(values(world, "agencies", "agency_id")) == {"default", "northwind", "contoso", "acme-field"}
    assert {one["agency_id"] for one in world.state["users"]} == {None, "northwind", "acme-field"}


def test_a_dozen_apps_in_every_state_and_at_every_price(world: World) -> None:
    assert len(world.state["apps"]) >= 12
    assert set(values(world, "apps", "status")) == set(_lifecycle.MOVES)
    assert set(values(world, "apps", "pricing_model")) == {"free", "per_action", "subscription"}
    assert any(one["reject_reason"] for one in world.state["apps"])
    assert sum(one["system"] for one in world.state["apps"]) == 11
    assert set(values(world, "registry_apps", "status")) == {"active", "suspended", "provisioning", "deleted"}


def test_reviews_and_votes_are_of_several_people(world: World) -> None:
    assert len(world.state["reviews"]) >= 12
    assert len(values(world, "reviews", "user_id")) >= 5
    assert len(values(world, "reviews", "rating")) >= 3
    assert any(_apps.rating(world, app["app_id"])[1] >= 5 for app in world.state["apps"])
    assert len(world.state["votes"]) > 0


def test_deploys_have_every_outcome(world: World) -> None:
    assert set(values(world, "deploys", "status")) == {"pending", *_deploys.MOVES["pending"]}
    assert [one["deploy_id"] for one in world.state["deploys"].find(status="pending")] == ["dep_quiz2"]


@pytest.mark.parametrize("email", [one[1] for one in PEOPLE if "login is refused" not in one[3]])
def test_a_wallet_s_history_sums_up_to_its_balance(gateway: Client, email: str) -> None:
    tenant = "acme" if email.endswith("acme.example") else "default"
    person = gateway.login(email, tenant=tenant)
    history = person.get("/v1/billing/wallet/history?limit=100").json
    rows = history["items"] if isinstance(history, dict) else history
    assert 0 < len(rows) < 100
    assert sum(one["amount"] for one in rows) == person.get("/v1/billing/balance").json["balance"]


def test_money_is_in_every_state(world: World) -> None:
    assert set(values(world, "plans", "id")) == {"free", "pro", "business", "enterprise"}
    assert set(values(world, "subscriptions", "status")) == set(_subscriptions.MOVES)
    assert {one["billing_mode"] for one in world.state["subscriptions"]} == {"card", "manual"}
    assert {one["period"] for one in world.state["subscriptions"]} == {"monthly", "annual"}
    assert any(one["cancel_at_period_end"] for one in world.state["subscriptions"].find(status="active"))
    assert any(one["pending_plan"] for one in world.state["subscriptions"])
    assert set(values(world, "payments", "status")) == {"pending", "completed", "failed"}
    assert set(values(world, "payments", "type")) == {"topup", "auto_topup", "subscription", "renewal"}
    assert {"0341", "3184", "4242"} < set(values(world, "cards", "last4"))
    assert set(values(world, "payouts", "status")) == {"pending", "approved", "rejected", "paid"}
    assert {one["enabled"] for one in world.state["auto_topups"]} == {True, False}


def test_what_waits_and_what_is_over_is_there_in_every_state(world: World) -> None:
    assert set(values(world, "automations", "status")) == {"active", "paused", "error"}
    assert set(values(world, "confirmations", "status")) == {"pending", "confirmed", "cancelled", "expired"}
    states = {*_tasks.MOVES, *(to for after in _tasks.MOVES.values() for to in after)}
    assert set(values(world, "tasks", "status")) == states


def test_the_history_is_long(world: World, admin: Client) -> None:
    assert len(world.state["actions"]) >= 200
    assert set(values(world, "actions", "status")) == {"success", "failed", "validation_rejected", "cancelled"}
    assert set(values(world, "actions", "action_type")) == {"read", "write", "destructive"}
    assert len(world.state["audit"]) >= 200
    assert admin.get("/v1/audit?per_page=1").json["total"] >= 200
    assert set(values(world, "audit", "actor_type")) == {"user", "service"}


def test_secrets_are_set_and_unset_and_settings_are_changed(user: Client, developer: Client, world: World) -> None:
    listed = [one for who in (user, developer) for one in who.get("/v1/secrets/notes").json]
    assert {one["is_set"] for one in listed} == {True, False}
    assert {one["owner"] == "__app__" for one in world.state["secrets"]} == {True, False}
    assert user.get("/v1/me/settings").json["settings"]["max_response_tokens"] == 2000
    assert len(world.state["settings"]) >= 2
    assert len(world.state["tenant_settings"]) == 2
