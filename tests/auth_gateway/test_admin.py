"""Administration: the review queue, an app's state, purges, payouts and the defaults of tenants."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from tests.conftest import Client

APPS = "/v1/admin/apps"
ADA, GRACE = "imp_u_abc123", "imp_u_admin01"
EVERY = [
    ("GET", APPS, None),
    ("GET", f"{APPS}/pending", None),
    ("DELETE", f"{APPS}/old-clock", {"confirm_name": "old-clock"}),
    ("POST", f"{APPS}/old-clock/status", {"status": "active"}),
    ("POST", f"{APPS}/mail-merge/approve", None),
    ("POST", f"{APPS}/mail-merge/reject", {"reason": "No."}),
    ("POST", f"{APPS}/notes/sync-pricing", None),
    ("POST", f"{APPS}/sync-pricing", None),
    ("GET", "/v1/admin/payouts/pending", None),
    ("POST", "/v1/admin/payouts/5/approve", {}),
    ("POST", "/v1/admin/payouts/5/reject", {}),
    ("GET", "/v1/admin/developer/config", None),
]
DEFAULTS = [
    ("GET", "/v1/admin/tenant-defaults", None),
    ("PATCH", "/v1/admin/tenant-defaults", {"max_tool_rounds": 3}),
]


def app_status(world: World, app_id: str) -> str:
    app = world.state["apps"].get(app_id)
    assert app is not None
    return str(app["status"])


def last_audit(world: World) -> tuple[str, str, str]:
    """Who did what to which target, last."""
    entry = next(world.state["audit"].newest())
    return entry["actor_id"], entry["action"], entry["target_id"]


# -- who may -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path", "body"), EVERY + DEFAULTS)
def test_admins_only(gateway: Client, user: Client, developer: Client, method: str, path: str, body: Any) -> None:
    assert gateway.call(method, path, body).status == 401
    assert user.call(method, path, body).status == 403
    assert developer.call(method, path, body).status == 403


@pytest.mark.rule("S16")
@pytest.mark.parametrize(("method", "path", "body"), EVERY)
def test_the_service_token_alone_suffices(gateway: Client, method: str, path: str, body: Any) -> None:
    assert gateway.service().call(method, path, body).status == 200


@pytest.mark.rule("S16")
@pytest.mark.parametrize(("method", "path", "body"), DEFAULTS)
def test_tenant_defaults_need_an_acting_admin(gateway: Client, method: str, path: str, body: Any) -> None:
    assert gateway.service().call(method, path, body).status == 401
    assert gateway.service(ADA).call(method, path, body).status == 403
    assert gateway.service("imp_u_admin01").call(method, path, body).status == 200


@pytest.mark.parametrize(("method", "path", "body"), EVERY[:-1])
def test_an_admin_of_a_customer_does_not_administer_the_platform(
    gateway: Client, world: World, method: str, path: str, body: Any
) -> None:
    joan = gateway.login("admin@acme.example", "s3cure!admin", "acme")
    assert joan.call(method, path, body).status == 403
    assert (app_status(world, "old-clock"), app_status(world, "mail-merge")) == ("suspended", "pending_review")


# -- reviewing -----------------------------------------------------------------------------------------------------


def test_every_app_in_every_state_is_listed(admin: Client) -> None:
    listed = admin.get(APPS).json
    assert {app["status"] for app in listed} == {"draft", "pending_review", "active", "suspended"}
    assert {"billing", "quiz-night", "notes"} <= {app["app_id"] for app in listed}


@pytest.mark.rule("E07")
def test_the_queue_wins_over_a_parameter(admin: Client, world: World) -> None:
    queue = admin.get(f"{APPS}/pending").json
    assert [app["app_id"] for app in queue] == ["mail-merge", "report-builder"]
    for app in queue:
        assert app["display_name"] == app["name"]
        assert world.state["deploys"].count(app_id=app["app_id"], status="success") >= 1


@pytest.mark.rule("E07")
def test_sync_pricing_of_all_and_of_one(admin: Client, world: World) -> None:
    active = world.state["apps"].count(status="active")
    assert admin.post(f"{APPS}/sync-pricing").json == {"synced": active, "status": "ok"}
    one = admin.post(f"{APPS}/tasks-board/sync-pricing").json
    assert one == {"app_id": "tasks-board", "synced": 1, "status": "ok"}
    assert admin.post(f"{APPS}/no-such-app/sync-pricing").status == 404


def test_approving_publishes(admin: Client, user: Client, gateway: Client, world: World) -> None:
    assert admin.post(f"{APPS}/mail-merge/approve").json == {
        "app_id": "mail-merge",
        "status": "active",
        "reject_reason": None,
    }
    assert gateway.get("/v1/marketplace/apps/mail-merge").status == 200
    assert user.post("/v1/marketplace/apps/mail-merge/install").status == 200
    assert [app["app_id"] for app in admin.get(f"{APPS}/pending").json] == ["report-builder"]
    row = world.state["registry_apps"].get("mail-merge")
    assert row is not None
    assert (row["status"], row["owner_id"]) == ("active", "imp_u_indi01")
    assert last_audit(world) == (GRACE, "app.approve", "mail-merge")
    last = world.state["events"].page(0, 1, user_id="imp_u_indi01")[0]
    assert (last["type"], last["payload"]["status"]) == ("developer.app_status", "active")
    assert admin.post(f"{APPS}/mail-merge/approve").status == 409


@pytest.mark.rule("M17")
def test_rejecting_sends_back_to_draft_with_a_reason(admin: Client, gateway: Client, world: World) -> None:
    rejected = {"app_id": "mail-merge", "status": "draft", "reject_reason": "Too many mails."}
    assert admin.post(f"{APPS}/mail-merge/reject", {"reason": "Too many mails."}).json == rejected
    barbara = gateway.login("indie@example.com")
    shown = barbara.get("/v1/developer/apps/mail-merge").json
    assert (shown["status"], shown["reject_reason"]) == ("draft", "Too many mails.")
    assert last_audit(world) == (GRACE, "app.reject", "mail-merge")
    assert barbara.post("/v1/developer/apps/mail-merge/submit").json["status"] == "pending_review"
    assert admin.post(f"{APPS}/mail-merge/approve").json["reject_reason"] is None


@pytest.mark.parametrize(("step", "body"), [("approve", None), ("reject", {"reason": "No."})])
def test_only_a_submitted_app_is_decided(admin: Client, world: World, step: str, body: Any) -> None:
    for app_id in ("notes", "old-clock", "quiz-night"):
        before = app_status(world, app_id)
        assert admin.post(f"{APPS}/{app_id}/{step}", body).status == 409
        assert app_status(world, app_id) == before
    assert admin.post(f"{APPS}/no-such-app/{step}", body).status == 404


def test_a_rejection_needs_a_reason(admin: Client, world: World) -> None:
    for body in ({}, {"reason": ""}, {"reason": "x" * 501}):
        assert admin.post(f"{APPS}/mail-merge/reject", body).status == 422
    assert app_status(world, "mail-merge") == "pending_review"


# -- state and purge -----------------------------------------------------------------------------------------------


@pytest.mark.rule("M27")
def test_draft_is_softer_than_suspended(admin: Client, user: Client, gateway: Client, world: World) -> None:
    call = {"user_id": ADA, "function": "list_tasks"}

    def reach() -> tuple[int, int, int, Any]:
        row = world.state["registry_apps"].get("tasks-board")
        return (
            gateway.get("/v1/marketplace/apps/tasks-board").status,
            gateway.login("explorer@example.com").post("/v1/marketplace/apps/tasks-board/install").status,
            user.post("/v1/extensions/tasks-board/call", call).status,
            row["status"] if row else None,
        )

    admin.post(f"{APPS}/tasks-board/status", {"status": "suspended"})
    admin.post(f"{APPS}/tasks-board/status", {"status": "active"})
    assert reach() == (200, 200, 200, "active")
    assert admin.post(f"{APPS}/tasks-board/status", {"status": "draft"}).json["status"] == "draft"
    assert reach() == (404, 400, 200, "active")
    admin.post(f"{APPS}/tasks-board/status", {"status": "suspended"})
    assert reach() == (404, 400, 403, "suspended")


def test_status_knows_three_states_and_the_present_one_changes_nothing(admin: Client, world: World) -> None:
    for status in ("pending_review", "deleted", "gone"):
        assert admin.post(f"{APPS}/notes/status", {"status": status}).status == 422
    before = world.state["apps"].get("notes"), len(world.state["audit"])
    assert admin.post(f"{APPS}/notes/status", {"status": "active"}).status == 200
    assert (world.state["apps"].get("notes"), len(world.state["audit"])) == before
    assert admin.post(f"{APPS}/no-such-app/status", {"status": "active"}).status == 404


@pytest.mark.rule("E09")
def test_a_purge_repeats_the_name(admin: Client, world: World) -> None:
    assert admin.delete(f"{APPS}/old-clock").status == 422
    assert admin.delete(f"{APPS}/old-clock", {"confirm_name": "clock"}).status == 400
    assert admin.delete(f"{APPS}/no-such-app", {"confirm_name": "no-such-app"}).status == 404
    assert app_status(world, "old-clock") == "suspended"
    installs = world.state["installs"].count(app_id="old-clock")
    reply = admin.delete(f"{APPS}/old-clock", {"confirm_name": "old-clock"})
    assert reply.json == {"app_id": "old-clock", "status": "deleted", "installs_purged": installs}
    assert installs == 3


def test_a_live_app_is_purged_with_force_only(admin: Client, gateway: Client, user: Client, world: World) -> None:
    assert admin.delete(f"{APPS}/tasks-board", {"confirm_name": "tasks-board"}).status == 409
    assert app_status(world, "tasks-board") == "active"
    reply = admin.delete(f"{APPS}/tasks-board", {"confirm_name": "tasks-board", "force": True})
    assert (reply.status, reply.json["status"]) == (200, "deleted")
    assert gateway.get("/v1/marketplace/apps/tasks-board").status == 404
    assert "tasks-board" not in [one["app_id"] for one in user.get("/v1/me/extensions").json]
    assert user.post("/v1/extensions/tasks-board/call", {"user_id": ADA, "function": "list_tasks"}).status == 404
    earned = gateway.login("indie@example.com").get("/v1/developer/earnings").json
    assert earned["total_earnings"] > 0


# -- payouts -------------------------------------------------------------------------------------------------------


def test_pending_payouts_oldest_first(admin: Client) -> None:
    assert [one["id"] for one in admin.get("/v1/admin/payouts/pending").json] == [5, 6]


def test_an_approved_payout_is_paid_two_days_later(admin: Client, developer: Client, world: World) -> None:
    before = developer.get("/v1/developer/earnings").json
    approved = admin.post("/v1/admin/payouts/5/approve", {"note": "Bank details checked."}).json
    assert (approved["status"], approved["admin_note"]) == ("approved", "Bank details checked.")
    assert approved["processed_at"].endswith("Z")
    assert [one["id"] for one in admin.get("/v1/admin/payouts/pending").json] == [6]
    assert developer.get("/v1/developer/earnings").json == before
    world.clock.move(2 * 86400 + 1)
    world.run_due()
    payout = world.state["payouts"].get(5)
    assert payout is not None
    assert payout["status"] == "paid"
    assert world.state["payouts"].sum("amount_tokens", imperal_id="imp_u_dev001", status="paid") == (
        before["paid_out"] + payout["amount_tokens"]
    )
    events = world.state["events"].find(user_id="imp_u_dev001")
    told = [one["payload"]["status"] for one in events if one["type"] == "developer.payout"]
    assert told == ["approved", "paid"]


def test_a_rejected_payout_can_be_asked_for_again(admin: Client, developer: Client, world: World) -> None:
    before = developer.get("/v1/developer/earnings").json["pending_payout"]
    rejected = admin.post("/v1/admin/payouts/5/reject", {}).json
    assert (rejected["status"], rejected["admin_note"]) == ("rejected", None)
    assert developer.get("/v1/developer/earnings").json["pending_payout"] == before + 12_000
    assert last_audit(world) == (GRACE, "payout.rejected", "5")


@pytest.mark.parametrize("step", ["approve", "reject"])
def test_a_payout_is_decided_once(admin: Client, world: World, step: str) -> None:
    for payout_id in (1, 3, 4):
        before = world.state["payouts"].get(payout_id)
        assert admin.post(f"/v1/admin/payouts/{payout_id}/{step}", {}).status == 409
        assert world.state["payouts"].get(payout_id) == before
    assert admin.post(f"/v1/admin/payouts/999/{step}", {}).status == 404
    assert admin.post(f"/v1/admin/payouts/first/{step}", {}).status == 422


# -- configuration -------------------------------------------------------------------------------------------------


def test_the_table_of_tiers(admin: Client) -> None:
    config = admin.get("/v1/admin/developer/config").json
    rows = {
        name: tuple(tier[field] for field in ("revenue_split_dev", "max_apps", "analytics_days", "annual_price_tokens"))
        for name, tier in config["tiers"].items()
    }
    assert rows == {
        "explorer": (70, 1, 7, 0),
        "indie": (80, 3, 30, 9_000),
        "studio": (85, 10, 90, 29_000),
        "partner": (95, None, 365, 79_000),
    }
    assert (config["min_payout_tokens"], config["token_usd_rate"]) == (10_000, 0.001)


def test_tenant_defaults_are_merged_and_inherited(admin: Client, user: Client, world: World) -> None:
    path = "/v1/admin/tenant-defaults"
    assert user.get("/v1/me/settings").json["settings"]["max_tool_rounds"] == 8
    patch = {"max_tool_rounds": 5, "favourite_colour": "teal"}
    assert sorted(admin.patch(path, patch).json["updated"]) == sorted(patch)
    answer = admin.get(path).json
    assert answer["tenant_id"] == "default"
    assert patch.items() <= answer["settings"].items()
    assert answer["settings"]["history_ttl_days"] == 30
    assert user.get("/v1/me/settings").json["settings"]["max_tool_rounds"] == 5
    assert last_audit(world) == (GRACE, "tenant.defaults", "default")
    admin.patch(path, {"favourite_colour": None})
    assert "favourite_colour" not in admin.get(path).json["settings"]


def test_tenant_defaults_refuse_what_is_no_setting(admin: Client, world: World) -> None:
    path = "/v1/admin/tenant-defaults"
    before = admin.get(path).json
    assert admin.patch(path, {}).status == 400
    bodies: list[dict[str, Any]] = [{"max_tool_rounds": "many"}, {"confirmation_enabled": 2}, {"notifications": 1}]
    for body in [*bodies, {"other": {"a": 1}}, {"other": [1]}]:
        assert admin.patch(path, body).status == 422, body
    assert admin.get(f"{path}?tenant_id=nowhere").status == 404
    assert admin.patch(f"{path}?tenant_id=nowhere", {"max_tool_rounds": 1}).status == 404
    assert admin.get(path).json == before


def test_an_admin_of_a_customer_sets_their_own_tenant_only(gateway: Client, admin: Client) -> None:
    path = "/v1/admin/tenant-defaults"
    joan = gateway.login("admin@acme.example", "s3cure!admin", "acme")
    assert joan.get(f"{path}?tenant_id=acme").json["settings"]["max_tool_rounds"] == 12
    assert joan.patch(f"{path}?tenant_id=acme", {"max_tool_rounds": 9}).status == 200
    assert joan.get(path).status == 404
    assert joan.patch(path, {"max_tool_rounds": 1}).status == 404
    assert admin.get(f"{path}?tenant_id=acme").json["settings"]["max_tool_rounds"] == 9
    assert admin.get(path).json["settings"]["max_tool_rounds"] == 8
