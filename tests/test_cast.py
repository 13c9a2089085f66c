"""The page about the cast is true: every id is there, every credential opens what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mockserver.world import World
from tests.conftest import Client

PAGE = (Path(__file__).resolve().parent.parent / "fixtures" / "README.md").read_text()
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
