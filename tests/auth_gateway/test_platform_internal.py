"""The smaller kernel handlers: audit, events, tasks, connected accounts, and two of the administrators' operations."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from tests.auth_gateway.billing_helpers import again, balance, days, newcomer
from tests.conftest import Client

ADA, ALAN, MARGARET, GRACE, RADIA = "imp_u_abc123", "imp_u_acme01", "imp_u_dev001", "imp_u_admin01", "imp_u_expl01"


@pytest.fixture
def service(gateway: Client) -> Client:
    return gateway.service()


# -- audit ---------------------------------------------------------------------------------------------------------

ENTRY = {"actor_id": GRACE, "action": "kernel.restart", "target_type": "worker", "target_id": "w1"}


def test_an_entry_is_read_in_the_log_of_its_tenant(gateway: Client, service: Client, admin: Client) -> None:
    reply = service.post("/v1/internal/audit", {**ENTRY, "changes": {"a": [1, 2]}, "source": "kernel"})
    assert reply.status == 201
    assert (reply.json["tenant_id"], reply.json["actor_type"], reply.json["metadata"]) == ("default", "user", None)
    assert admin.get("/v1/audit?action=kernel.restart").json["entries"] == [reply.json]
    joan = gateway.login("admin@acme.example", tenant="acme")
    assert joan.get("/v1/audit?action=kernel.restart").json["total"] == 0
    service.post("/v1/internal/audit", {**ENTRY, "tenant_id": "acme"})
    assert joan.get("/v1/audit?action=kernel.restart").json["total"] == 1


def test_an_entry_needs_its_target(service: Client, admin: Client) -> None:
    assert service.post("/v1/internal/audit", {"actor_id": GRACE, "action": "x"}).status == 422
    assert admin.get("/v1/audit?action=x").json["total"] == 0


# -- events --------------------------------------------------------------------------------------------------------


def newest(world: World, user_id: str) -> dict[str, Any]:
    return next(world.state["events"].newest(user_id=user_id))


def publish(service: Client, **body: Any) -> dict[str, Any]:
    return dict(service.post("/v1/internal/events/publish", body).json)


@pytest.mark.rule("I05")
def test_an_event_reaches_its_user_alone(service: Client, world: World) -> None:
    before = newest(world, MARGARET) if world.state["events"].count(user_id=MARGARET) else None
    body = {"scope": "task", "action": "updated", "id": "task_xyz", "actor": "kernel", "data": {"status": "done"}}
    reply = publish(service, user_id=ADA, **body)
    event = newest(world, ADA)
    assert reply == {"published": True, "event_id": str(event["id"])}
    assert event["type"] == "task_updated"
    assert event["payload"] == {"id": "task_xyz", "actor": "kernel", "status": "done"}
    assert (newest(world, MARGARET) if world.state["events"].count(user_id=MARGARET) else None) == before


def test_an_event_without_a_user_reaches_the_tenant(service: Client, world: World) -> None:
    publish(service, action="panel_refresh")
    assert {newest(world, one)["type"] for one in (ADA, MARGARET, GRACE)} == {"panel_refresh"}
    assert world.state["events"].count(user_id=ALAN) == 0
    assert world.state["events"].count(user_id="imp_u_gone01") == 0


def test_an_event_for_nobody_is_not_published(service: Client, world: World) -> None:
    before = len(world.state["events"])
    assert publish(service, user_id="__system__", action="x") == {"published": False, "event_id": ""}
    assert publish(service, tenant_id="nowhere", action="x") == {"published": False, "event_id": ""}
    assert len(world.state["events"]) == before
    assert service.post("/v1/internal/events/publish", {"data": 5}).status == 422


# -- tasks ---------------------------------------------------------------------------------------------------------

LIMIT = "/v1/tasks/internal/check-limit"


def test_the_limit_is_the_one_of_the_role(service: Client, user: Client, admin: Client, world: World) -> None:
    shown = user.get("/v1/tasks/active").json
    asked = service.get(f"{LIMIT}?user_id={ADA}").json
    assert asked == {"user_id": ADA, "allowed": True, "running": len(shown["tasks"]), "limit": shown["limit"]}
    world.state["roles"].update("role_default_user", max_concurrent_tasks=2)
    assert service.get(f"{LIMIT}?user_id={ADA}").json == {"user_id": ADA, "allowed": False, "running": 2, "limit": 2}
    user.post("/v1/tasks/task_ada_export/cancel")
    assert service.get(f"{LIMIT}?user_id={ADA}").json["allowed"] is True


def test_the_limit_of_nobody_is_404(service: Client) -> None:
    assert service.get(f"{LIMIT}?user_id=imp_u_nobody").status == 404
    assert service.get(LIMIT).status == 422


# -- accounts ------------------------------------------------------------------------------------------------------


def accounts(service: Client, what: str, user_id: str) -> list[dict[str, Any]]:
    return list(service.get(f"/v1/oauth/internal/{what}/accounts?user_id={user_id}").json["accounts"])


@pytest.mark.parametrize("what", ["gmail", "mail"])
def test_a_connected_account_is_listed_without_tokens(gateway: Client, service: Client, what: str) -> None:
    (held,) = accounts(service, what, MARGARET)
    assert held.pop("connected_at")
    assert held == {
        "account_id": f"google:doc-shelf:{MARGARET}", "provider": "google", "email": "dev@example.com",
        "status": "connected",
    }  # fmt: skip
    assert accounts(service, what, ADA) == []
    issued = gateway.post("/__mock__/oauth/doc-shelf/google/state", {"user_id": ADA}).json
    assert gateway.get(issued["callback"]).status == 200
    assert [one["email"] for one in accounts(service, what, ADA)] == ["user@example.com"]


def test_an_account_elsewhere_is_no_gmail(service: Client, world: World) -> None:
    held = world.state["records"].get(f"google:doc-shelf:{MARGARET}")
    assert held is not None
    world.state["records"].update(held["id"], data={**held["data"], "provider": "microsoft", "status": "expired"})
    assert accounts(service, "gmail", MARGARET) == []
    assert [one["status"] for one in accounts(service, "mail", MARGARET)] == ["expired"]


@pytest.mark.parametrize("what", ["gmail", "mail"])
def test_accounts_of_nobody_are_404(service: Client, what: str) -> None:
    assert service.get(f"/v1/oauth/internal/{what}/accounts?user_id=imp_u_nobody").status == 404
    assert service.get(f"/v1/oauth/internal/{what}/accounts").status == 422


# -- administrators ------------------------------------------------------------------------------------------------

TIER, METADATA = "/v1/admin/developer/tier", "/v1/admin/apps/notes/metadata"


def test_a_tier_is_granted_without_a_charge(gateway: Client, admin: Client) -> None:
    radia = gateway.login("explorer@example.com")
    before = balance(radia)
    reply = admin.post(TIER, {"user_id": RADIA, "tier": "partner"})
    assert reply.json == {"user_id": RADIA, "tier": "partner", "comped_by": GRACE}
    assert radia.get("/v1/developer/profile").json["tier"] == "partner"
    assert balance(radia) == before
    (entry, *_) = radia.get("/v1/billing/wallet/history").json
    assert (entry["amount"], entry["reason"]) == (0, "tier_fee")
    assert admin.get("/v1/audit?action=developer.tier").json["entries"][0]["target_id"] == RADIA


def test_who_never_enrolled_becomes_a_developer(user: Client, service: Client) -> None:
    assert user.get("/v1/developer/profile").status == 403
    assert service.post(TIER, {"user_id": ADA, "tier": "studio"}).json["comped_by"] == "service"
    assert user.get("/v1/developer/profile").json["tier"] == "studio"
    assert balance(user) == 4200


def test_the_year_after_is_the_developer_s_to_pay(gateway: Client, admin: Client, world: World) -> None:
    nina = newcomer(gateway)
    admin.post(TIER, {"user_id": nina.get("/v1/auth/me").json["imperal_id"], "tier": "studio"})
    days(world, 364)
    assert again(gateway).get("/v1/developer/profile").json["tier"] == "studio"
    days(world, 2)
    assert again(gateway).get("/v1/developer/profile").json["tier"] == "explorer"  # 29,000 tokens are not there


def test_back_to_explorer_nothing_is_due(gateway: Client, admin: Client, world: World) -> None:
    admin.post(TIER, {"user_id": ADA, "tier": "studio"})
    admin.post(TIER, {"user_id": ADA, "tier": "explorer"})
    held = world.state["developers"].get(ADA)
    assert held is not None
    assert held["tier_renews_at"] is None
    assert [one for one in world.state["timers"] if one["payload"] == {"imperal_id": ADA}] == []


def test_a_tier_is_not_granted(gateway: Client, admin: Client, user: Client) -> None:
    assert admin.post(TIER, {"user_id": "imp_u_nobody", "tier": "studio"}).status == 404
    assert admin.post(TIER, {"user_id": ADA, "tier": "golden"}).status == 422
    joan = gateway.login("admin@acme.example", tenant="acme")
    body = {"user_id": ADA, "tier": "studio"}
    assert [client.post(TIER, body).status for client in (user, joan, gateway)] == [403, 403, 401]
    assert user.get("/v1/developer/profile").status == 403


@pytest.mark.rule("M21")
def test_an_app_is_renamed_in_the_gateway_alone(admin: Client, user: Client, registry: Client) -> None:
    before = registry.key().get("/v1/apps/notes").json
    assert admin.post(METADATA, {"display_name": "Ada's Notes"}).json == {
        "app_id": "notes",
        "display_name": "Ada's Notes",
    }
    shown = user.get("/v1/marketplace/apps/notes").json
    assert (shown["name"], shown["display_name"]) == ("Ada's Notes", "Ada's Notes")
    assert registry.key().get("/v1/apps/notes").json == before
    (entry,) = admin.get("/v1/audit?action=app.metadata").json["entries"]
    assert entry["changes"] == {"display_name": ["Notes", "Ada's Notes"]}


def test_an_app_is_not_renamed(gateway: Client, admin: Client, user: Client, developer: Client) -> None:
    assert admin.post("/v1/admin/apps/none/metadata", {"display_name": "x"}).status == 404
    assert admin.post(METADATA, {"display_name": ""}).status == 422
    assert admin.post(METADATA, {"display_name": "x" * 101}).status == 422
    joan = gateway.login("admin@acme.example", tenant="acme")
    assert [client.post(METADATA, {"display_name": "x"}).status for client in (user, developer, joan)] == [403] * 3
    assert user.get("/v1/marketplace/apps/notes").json["name"] == "Notes"
