"""What the Registry knows of people: installs and refresh rules."""

from __future__ import annotations

import pytest

from tests.conftest import Client

ADA = "imp_u_abc123"
INSTALLS = f"/v1/users/{ADA}/extensions"
RULES = f"/v1/users/{ADA}/automations"


def ids(client: Client, path: str = INSTALLS) -> list[str]:
    return [one["app_id"] for one in client.get(path).json]


@pytest.mark.rule("R09")
@pytest.mark.rule("D10")
def test_users_are_named_by_imperal_id(registry: Client) -> None:
    client = registry.key()
    rows = client.get(INSTALLS).json
    assert {one["user_id"] for one in rows} == {ADA}
    assert client.get("/v1/users/usr_7f3a/extensions").json == []
    assert client.get("/user-extensions").status == 404


def test_an_install_reaches_the_gateway_and_back(registry: Client, user: Client) -> None:
    client = registry.key()
    reply = client.post(INSTALLS, {"app_id": "notes", "config": {"theme": "dark"}})
    assert reply.status == 201
    assert (reply.json["app_id"], reply.json["status"], reply.json["config"]) == ("notes", "active", {"theme": "dark"})
    assert ids(client)[-1] == "notes"
    mine = {one["app_id"]: one["is_installed"] for one in user.get("/v1/me/extensions").json}
    assert mine["notes"] is True
    assert client.post(INSTALLS, {"app_id": "notes"}).status == 409
    assert client.delete(f"{INSTALLS}/notes").json == {"id": "notes", "deleted": True}
    assert "notes" not in ids(client)
    assert "notes" not in [one["app_id"] for one in user.get("/v1/me/extensions").json]
    assert client.delete(f"{INSTALLS}/notes").status == 404


def test_what_cannot_be_installed_is_404(registry: Client) -> None:
    client, before = registry.key(), ids(registry.key())
    for app_id in ("no-such-app", "old-clock", "pixel-diary"):
        assert client.post(INSTALLS, {"app_id": app_id}).status == 404
    assert client.post("/v1/users/imp_u_nobody/extensions", {"app_id": "notes"}).status == 404
    assert client.post(INSTALLS, {}).status == 422
    assert ids(client) == before


def test_a_system_app_stays(registry: Client) -> None:
    assert registry.key().delete(f"{INSTALLS}/billing").status == 403
    assert "billing" in ids(registry.key())


@pytest.mark.rule("R07")
def test_refresh_rules_are_replaced_by_a_bare_array(registry: Client) -> None:
    client = registry.key()
    assert len(client.get(RULES).json["automations"]) == 2
    rule = {"app_id": "notes", "section_name": "recent_notes", "enabled": True, "ttl": 90}
    saved = client.put(RULES, [rule])
    assert saved.json == {"message": "Rules saved.", "rules_count": 1, "skeleton_reloaded": True}
    assert client.get(RULES).json == {"automations": [{"user_id": ADA, **rule, "alert_config": None}]}
    assert client.put(RULES, {"automations": [rule]}).status == 422
    assert client.put(RULES, [{"app_id": "notes"}]).status == 422
    assert len(client.get(RULES).json["automations"]) == 1
    client.put(RULES, [])
    assert client.get(RULES).json == {"automations": []}


def test_refresh_rules_are_not_the_gateways_automations(registry: Client, user: Client) -> None:
    before = user.get("/v1/automations").json
    registry.key().put(RULES, [])
    assert user.get("/v1/automations").json == before
