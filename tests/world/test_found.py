"""What the random machine and its making found, each as the shortest way to it."""

from __future__ import annotations

from specdouble.mock.state.world import World
from tests.conftest import Client
from tests.world.invariants import broken
from tests.world.test_effects import ok, register


def test_a_deleted_app_leaves_no_switch_no_script_and_no_timer(
    gateway: Client, admin: Client, developer: Client, world: World
) -> None:
    _, user_id = register(gateway)
    ok(developer.post("/v1/developer/apps/notes/deploys", {"version": "9.0.0"}), 201)
    ok(admin.post(f"/v1/users/{user_id}/extensions/disable", {"app_id": "notes"}))
    ok(gateway.post("/__mock__/ext/tasks-board/webhook", {"path": "incoming", "answer": {"body": "Hm"}}))
    for app_id in ("notes", "tasks-board"):
        ok(admin.delete(f"/v1/admin/apps/{app_id}", {"confirm_name": app_id, "force": True}))
    assert broken(world) == []


def test_a_deleted_developer_takes_their_apps_and_the_votes_on_their_reviews_along(admin: Client, world: World) -> None:
    for user_id in ("imp_u_dev001", "imp_u_indi01", "imp_u_part01", "imp_u_abc123"):
        ok(admin.delete(f"/v1/users/{user_id}?permanent=true"))
        assert broken(world) == []
    assert "notes" not in world.state["apps"]


def test_the_next_app_of_an_id_is_not_opened_by_the_old_keys(
    gateway: Client, registry: Client, admin: Client, developer: Client, world: World
) -> None:
    key = ok(registry.key().post("/v1/apps/notes/keys", {}))["api_key"]
    ok(admin.delete("/v1/admin/apps/notes", {"confirm_name": "notes", "force": True}))
    ok(developer.post("/v1/developer/apps", {"app_id": "notes", "name": "Notes", "description": "Another."}), 201)
    ok(developer.post("/v1/developer/apps/notes/deploys", {"version": "1.0.0"}), 201)
    ok(gateway.post("/__mock__/clock", {"advance": "5s"}))
    assert ok(registry.key().get("/v1/apps/notes"))["status"] == "active"
    assert registry.key(key).get("/v1/apps/notes").status == 401
    assert broken(world) == []


def test_nothing_is_made_in_a_tenant_that_is_not_there(gateway: Client, world: World) -> None:
    headers = {"X-Tenant-ID": "nowhere"}
    assert gateway.service().post("/v1/roles", {"name": "ghost"}, headers=headers).status == 403
    agency = {"agency_id": "ghosts", "display_name": "Ghosts"}
    assert gateway.service().post("/v1/agencies", agency, headers=headers).status == 403
    assert broken(world) == []


def test_a_tenant_with_tenants_below_it_stays(gateway: Client, world: World) -> None:
    config = {"host": "db.example", "database": "d", "username": "u", "password": "not-a-real-one"}
    service = gateway.service()
    ok(service.post("/v1/tenants", {"tenant_id": "above", "name": "Above", "db_config": config}), 201)
    below = {"tenant_id": "below", "name": "Below", "db_config": config, "parent_tenant_id": "above"}
    ok(service.post("/v1/tenants", below), 201)
    assert service.delete("/v1/tenants/above").status == 409
    ok(service.delete("/v1/tenants/below"))
    ok(service.delete("/v1/tenants/above"))
    assert broken(world) == []


def test_nobody_is_put_into_another_tenant_s_agency(gateway: Client, world: World) -> None:
    agency = {"agency_id": "acme-arts", "display_name": "Acme Arts"}
    ok(gateway.service().post("/v1/agencies", agency, headers={"X-Tenant-ID": "acme"}), 201)
    body = {"agency_id": "acme-arts"}
    assert gateway.service().patch("/v1/users/imp_u_abc123", body).status == 404
    assert gateway.service().patch("/v1/users/imp_u_acme01", body).status == 200


def test_who_comes_back_has_the_system_apps_that_came_meanwhile(gateway: Client, admin: Client, world: World) -> None:
    _, user_id = register(gateway)
    ok(admin.patch(f"/v1/users/{user_id}", {"is_active": False}))
    ok(gateway.service().post("/v1/developer/apps/notes/_sync_manifest", {"system": True}))
    assert broken(world) == []
    ok(admin.patch(f"/v1/users/{user_id}", {"is_active": True}))
    assert broken(world) == []


def test_the_deactivated_do_not_verify_and_the_unverified_do_not_log_in_by_device(
    gateway: Client, admin: Client, world: World
) -> None:
    user_id = ok(gateway.post("/v1/auth/signup", {"email": "sue@example.com", "password": "s3cure!"}), 201)["user_id"]
    challenge = "CrlVwe1WSHWuTQYh3iczmx3aS-faRx6C92k9_hNxl4A"
    device = ok(gateway.post("/v1/auth/cli/device/authorize", {"code_challenge": challenge}))
    ok(gateway.post(f"/__mock__/device/{device['user_code']}/approve", {"user_id": user_id}))
    poll = {"device_code": device["device_code"], "code_verifier": "v" * 50}
    assert gateway.post("/v1/auth/cli/device/token", poll).status == 400
    (mail,) = ok(gateway.get("/__mock__/outbox?to=sue@example.com"))
    ok(admin.patch(f"/v1/users/{user_id}", {"is_active": False}))
    assert gateway.post("/v1/auth/verify-email", {"token": mail["token"]}).status == 400
    assert world.state["sessions"].count(user_id=user_id) == 0
    ok(admin.patch(f"/v1/users/{user_id}", {"is_active": True}))
    ok(gateway.post("/v1/auth/verify-email", {"token": mail["token"]}))


def test_a_plan_cancelled_in_arrears_ends_and_is_not_charged(gateway: Client, world: World) -> None:
    client, user_id = register(gateway)
    ok(gateway.post("/__mock__/cards", {"user_id": user_id}))
    ok(client.post("/v1/billing/subscribe", {"plan_id": "pro"}))
    ok(gateway.post("/__mock__/cards", {"user_id": user_id, "card": "pm_card_chargeCustomerFail"}))

    def me() -> Client:
        return gateway.login("nina@example.com", "s3cure!nina")

    good, bad = (card["id"] for card in ok(client.get("/v1/billing/payment-methods")))
    ok(client.put(f"/v1/billing/payment-methods/{bad}/default"))
    ok(gateway.post("/__mock__/clock", {"advance": "30d1h"}))
    assert ok(me().get("/v1/billing/subscription"))["status"] == "past_due"
    ok(me().post("/v1/billing/cancel"))
    assert me().post("/v1/billing/resume").status == 409
    ok(me().put(f"/v1/billing/payment-methods/{good}/default"))
    paid = len(ok(me().get("/v1/billing/payments")))
    ok(gateway.post("/__mock__/clock", {"advance": "4d"}))
    assert ok(me().get("/v1/billing/subscription"))["plan"] == "free"
    assert len(ok(me().get("/v1/billing/payments"))) == paid
