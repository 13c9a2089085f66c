"""What one request changes elsewhere: the eighteen effects of the domain, one test each."""

from __future__ import annotations

from typing import Any

from specdouble.mock.state.world import World
from tests.conftest import Client

ADA, MARGARET = "imp_u_abc123", "imp_u_dev001"
SYSTEM = {
    "developer", "billing", "automations", "memory-index", "file-reader", "admin", "marketplace", "coding-remote",
    "notifications-control", "web-search", "thoughts",
}  # fmt: skip
MANIFEST = {
    "manifest_schema_version": 3,
    "tools": [
        {"name": "list_boats", "description": "List.", "action_type": "read", "params_schema": {}},
        {"name": "sail_boat", "description": "Sail.", "action_type": "write", "params_schema": {}},
        {"name": "delete_boat", "description": "Sink.", "action_type": "destructive", "params_schema": {}},
    ],
    "webhooks": [{"path": "/tide", "method": "POST"}],
    "secrets": [{"name": "chart_key", "write_mode": "both"}],
}
PRICE = 100


def ok(reply: Any, status: int = 200) -> Any:
    assert reply.status == status, reply.content
    return reply.json


def register(gateway: Client, email: str = "nina@example.com") -> tuple[Client, str]:
    """Somebody new, verified and logged in, with their imperal_id."""
    token = ok(gateway.service().post("/v1/auth/register", {"email": email, "password": "s3cure!nina"}), 201)
    client = gateway.bearer(token["access_token"])
    return client, ok(client.get("/v1/auth/me"))["imperal_id"]


def balance(client: Client) -> int:
    return int(ok(client.get("/v1/billing/balance"))["balance"])


def events(world: World, user_id: str) -> list[str]:
    return [one["type"] for one in world.state["events"].find(user_id=user_id)]


def days(gateway: Client, count: int) -> None:
    ok(gateway.post("/__mock__/clock", {"advance": f"{count}d"}))


def publish(gateway: Client, developer: Client, admin: Client, app_id: str = "boat-log") -> None:
    """Bring a priced app of Margaret's from nothing to the marketplace."""
    draft = {
        "app_id": app_id, "name": "Boat Log", "description": "Every boat and where it sails.",
        "pricing_model": "per_action", "pricing_config": {"tool_prices": {"sail_boat": PRICE}},
    }  # fmt: skip
    ok(developer.post("/v1/developer/apps", draft), 201)
    ok(developer.post(f"/v1/developer/apps/{app_id}/deploys", {"commit_sha": "abc1234", "status": "success"}), 201)
    ok(gateway.service().post(f"/v1/developer/apps/{app_id}/_sync_manifest", {"manifest_json": MANIFEST}))
    ok(developer.post(f"/v1/developer/apps/{app_id}/submit"))
    ok(admin.post(f"/v1/admin/apps/{app_id}/approve"))


def test_effect_01_a_new_account_has_a_wallet_with_one_grant_and_the_system_apps(
    gateway: Client, admin: Client, world: World
) -> None:
    ok(gateway.post("/v1/auth/signup", {"email": "sue@example.com", "password": "s3cure!"}), 201)
    (mail,) = ok(gateway.get("/__mock__/outbox?to=sue@example.com"))
    verified = gateway.bearer(ok(gateway.post("/v1/auth/verify-email", {"token": mail["token"]}))["access_token"])
    registered, _ = register(gateway)
    ok(admin.post("/v1/users", {"email": "made@example.com", "password": "s3cure!made"}), 201)
    made = gateway.login("made@example.com", "s3cure!made")
    grant = world.state["plans"].get("free")["features"]["included_tokens"]  # type: ignore[index]
    for client in (verified, registered, made):
        assert [one["reason"] for one in ok(client.get("/v1/billing/wallet/history"))] == ["grant"]
        assert balance(client) == grant
        assert {one["app_id"] for one in ok(client.get("/v1/me/extensions"))} == SYSTEM


def test_effect_02_logging_in_opens_a_session_and_a_new_password_or_deactivation_ends_it(
    gateway: Client, admin: Client
) -> None:
    first, user_id = register(gateway)
    second = gateway.login("nina@example.com", "s3cure!nina")
    assert len(ok(first.get("/v1/auth/sessions"))["sessions"]) == 2
    change = {"current_password": "s3cure!nina", "new_password": "s3cure!nina2"}
    ok(second.post("/v1/auth/me/change-password", change))
    assert first.get("/v1/auth/me").status == 401
    third = gateway.login("nina@example.com", "s3cure!nina2")
    assert ok(third.post("/v1/auth/sessions/revoke-others"))["revoked"] == 1
    assert second.get("/v1/auth/me").status == 401
    ok(admin.patch(f"/v1/users/{user_id}", {"is_active": False}))
    assert third.get("/v1/auth/me").status == 401


def test_effect_03_a_top_up_is_pending_until_it_is_confirmed(gateway: Client, world: World) -> None:
    client, user_id = register(gateway)
    before, entries = balance(client), len(ok(client.get("/v1/billing/wallet/history")))
    intent = ok(client.post("/v1/billing/topup", {"tokens": 5000, "price_cents": 500}))["payment_intent_id"]
    assert [one["status"] for one in ok(client.get("/v1/billing/payments"))] == ["pending"]
    assert balance(client) == before
    ok(gateway.service().post("/v1/billing/topup/confirm", {"payment_intent_id": intent}))
    assert [one["status"] for one in ok(client.get("/v1/billing/payments"))] == ["completed"]
    assert balance(client) == before + 5000
    assert len(ok(client.get("/v1/billing/wallet/history"))) == entries + 1
    assert {"notification", "panel_refresh"} <= set(events(world, user_id))


def test_effect_04_a_plan_brings_a_payment_a_subscription_a_cap_and_a_grant(gateway: Client) -> None:
    client, user_id = register(gateway)
    ok(gateway.post("/__mock__/cards", {"user_id": user_id}))
    before = balance(client)
    ok(client.post("/v1/billing/subscribe", {"plan_id": "pro"}))
    wallet = ok(client.get("/v1/billing/wallet"))
    assert (wallet["plan"], wallet["cap"], wallet["included_tokens"]) == ("pro", 50_000, 20_000)
    assert wallet["balance"] == before + 20_000
    ok(client.post("/v1/billing/change-plan", {"plan_id": "business"}))
    assert ok(client.get("/v1/billing/subscription"))["plan"] == "business"
    assert balance(client) == before + 80_000
    assert [one["status"] for one in ok(client.get("/v1/billing/payments"))] == ["completed", "completed"]


def test_effect_05_a_priced_call_is_paid_recorded_earned_counted_and_told(
    gateway: Client, developer: Client, admin: Client, user: Client, world: World
) -> None:
    publish(gateway, developer, admin)
    ok(user.post("/v1/marketplace/apps/boat-log/install", {}))
    before, earned = balance(user), ok(developer.get("/v1/developer/earnings"))["total_earnings"]
    counted = ok(user.get("/v1/billing/usage"))["usage"].get("actions", 0)
    call = {"user_id": ADA, "function": "sail_boat", "params": {"to": "Cork"}}
    ok(user.post("/v1/extensions/boat-log/call", call))
    batch = {"user_id": ADA, "calls": [{"function": "sail_boat", "params": {"to": "Bantry"}}, {"function": "nothing"}]}
    ok(user.post("/v1/extensions/boat-log/batch", batch))
    assert balance(user) == before - 2 * PRICE
    assert [one["status"] for one in ok(user.get("/v1/actions?app_id=boat-log"))["items"]] == [
        "validation_rejected", "success", "success",
    ]  # fmt: skip
    assert ok(developer.get("/v1/developer/earnings"))["total_earnings"] == earned + 2 * PRICE * 85 // 100
    assert ok(user.get("/v1/billing/usage"))["usage"]["actions"] == counted + 3
    listed = ok(user.post("/v1/extensions/boat-log/call", {"user_id": ADA, "function": "list_boats"}))
    assert [one["to"] for one in listed["data"]["items"]] == ["Bantry", "Cork"]
    assert events(world, ADA).count("action_recorded") == 4


def test_effect_06_a_destructive_call_waits_for_its_confirmation(user: Client) -> None:
    ok(user.post("/v1/marketplace/apps/notes/install", {}))
    create = {"user_id": ADA, "function": "create_note", "params": {"title": "Tides", "text": "High at noon."}}
    made = ok(user.post("/v1/extensions/notes/call", create))
    note = made["data"]["id"]
    ok(user.patch("/v1/me/settings", {"confirmation_enabled": True, "confirmation_overrides": {}}))

    def ask() -> str:
        body = {"user_id": ADA, "function": "delete_note", "params": {"note_id": note}}
        return str(ok(user.post("/v1/extensions/notes/operate", body))["confirmation_id"])

    def total() -> int:
        return int(ok(user.get("/v1/actions?app_id=notes"))["total"])

    before = total()
    ok(user.post(f"/v1/confirmations/{ask()}/cancel"))
    assert total() == before
    (result,) = ok(user.post(f"/v1/confirmations/{ask()}/confirm"))["results"]
    assert result["data"]["deleted"] is True
    assert total() == before + 1


def test_effect_07_a_developer_s_tier_costs_its_year_and_opens_the_routes(gateway: Client) -> None:
    client, _ = register(gateway)
    intent = ok(client.post("/v1/billing/topup", {"tokens": 50_000, "price_cents": 1}))["payment_intent_id"]
    ok(gateway.service().post("/v1/billing/topup/confirm", {"payment_intent_id": intent}))
    assert client.get("/v1/developer/apps").status == 403
    before = balance(client)
    ok(client.post("/v1/developer/register", {"tier": "indie", "nickname": "nina"}))
    assert ok(client.get("/v1/developer/apps")) == []
    assert balance(client) == before - 9000
    ok(client.put("/v1/developer/tier", {"tier": "studio"}))
    assert ok(client.get("/v1/developer/profile"))["tier"] == "studio"
    assert balance(client) == before - 9000 - 29_000


def test_effect_08_an_app_goes_from_draft_through_review_to_the_marketplace(
    gateway: Client, registry: Client, admin: Client, user: Client
) -> None:
    client, _ = register(gateway)
    ok(client.post("/v1/developer/register", {"display_name": "Nina"}))
    draft = {"app_id": "kite-map", "name": "Kite Map", "description": "Where the wind is."}
    ok(client.post("/v1/developer/apps", draft), 201)
    assert client.post("/v1/developer/apps", {**draft, "app_id": "kite-two"}).status == 403

    def queue() -> list[str]:
        return [one["app_id"] for one in ok(admin.get("/v1/admin/apps/pending"))]

    def submit() -> str:
        return str(ok(client.post("/v1/developer/apps/kite-map/submit"))["status"])

    assert (submit(), "kite-map" in queue()) == ("failed", False)
    ok(client.post("/v1/developer/apps/kite-map/deploys", {"version": "1.0.0"}), 201)
    ok(gateway.post("/__mock__/clock", {"advance": "5s"}))
    assert (submit(), "kite-map" in queue()) == ("pending_review", True)
    ok(admin.post("/v1/admin/apps/kite-map/reject", {"reason": "No wind."}))
    app = ok(client.get("/v1/developer/apps/kite-map"))
    assert (app["status"], app["reject_reason"]) == ("draft", "No wind.")
    assert user.post("/v1/marketplace/apps/kite-map/install", {}).status == 400
    assert submit() == "pending_review"
    ok(admin.post("/v1/admin/apps/kite-map/approve"))
    assert ok(gateway.get("/v1/marketplace/apps/kite-map"))["install_count"] == 0
    ok(user.post("/v1/marketplace/apps/kite-map/install", {}))
    assert ok(registry.key().get("/v1/apps/kite-map"))["status"] == "active"


def test_effect_09_a_suspended_app_is_gone_for_everybody(
    gateway: Client, registry: Client, admin: Client, user: Client
) -> None:
    ok(admin.post("/v1/admin/apps/notes/status", {"status": "suspended"}))
    assert gateway.get("/v1/marketplace/apps/notes").status == 404
    assert user.post("/v1/extensions/notes/call", {"user_id": ADA, "function": "list_notes"}).status == 403
    assert ok(registry.key().get("/v1/apps/notes"))["status"] == "suspended"


def test_effect_10_an_install_shows_everywhere_and_so_does_its_end(
    gateway: Client, registry: Client, world: World
) -> None:
    client, user_id = register(gateway)

    def seen() -> tuple[int, bool, bool, bool, bool]:
        card = ok(client.get("/v1/marketplace/apps/notes"))
        lists = (
            ok(client.get("/v1/me/extensions")),
            ok(client.get(f"/v1/users/{user_id}/extensions"))["extensions"],
            ok(registry.key().get(f"/v1/users/{user_id}/extensions")),
        )
        has = [any(one["app_id"] == "notes" for one in rows) for rows in lists]
        return card["install_count"], card["is_installed"], has[0], has[1], has[2]

    count = seen()[0]
    assert seen() == (count, False, False, False, False)
    ok(client.post("/v1/marketplace/apps/notes/install", {}))
    assert seen() == (count + 1, True, True, True, True)
    assert "marketplace.app_installed" in events(world, user_id)
    ok(client.delete("/v1/marketplace/apps/notes/install"))
    assert seen() == (count, False, False, False, False)


def test_effect_11_a_disabled_app_stays_installed_and_cannot_be_called(user: Client) -> None:
    call = {"user_id": ADA, "function": "list_notes"}
    ok(user.post("/v1/marketplace/apps/notes/install", {}))
    ok(user.post("/v1/me/extensions/disable", {"app_id": "notes"}))
    (notes,) = [one for one in ok(user.get("/v1/me/extensions")) if one["app_id"] == "notes"]
    assert (notes["is_installed"], notes["is_disabled"]) == (True, True)
    assert user.post("/v1/extensions/notes/call", call).status == 403
    ok(user.delete("/v1/me/extensions/disable/notes"))
    assert ok(user.post("/v1/extensions/notes/call", call))["status"] == "success"


def test_effect_12_each_manifest_copy_changes_its_own_service_only(
    gateway: Client, registry: Client, user: Client
) -> None:
    def portal() -> list[str]:
        (notes,) = [one for one in ok(user.get("/v1/me/extensions")) if one["app_id"] == "notes"]
        return [one["name"] for one in notes["functions"]]

    def kernel() -> list[str]:
        return [one["name"] for one in ok(registry.key().get("/v1/apps/notes/tools"))["tools"]]

    ok(user.post("/v1/marketplace/apps/notes/install", {}))
    old, pushed = portal(), kernel()
    body = {"manifest_json": MANIFEST, "icon_svg": "<svg/>"}
    ok(gateway.service().post("/v1/developer/apps/notes/_sync_manifest", body))
    assert portal() == ["list_boats", "sail_boat", "delete_boat"] != old
    assert kernel() == pushed
    assert ok(gateway.get("/v1/marketplace/apps/notes/webhooks")) == [{"path": "tide", "method": "POST"}]
    assert gateway.get("/v1/marketplace/apps/notes/icon").content == b"<svg/>"
    assert [one["name"] for one in ok(user.get("/v1/secrets/notes"))] == ["chart_key"]
    ok(registry.key().put("/v1/apps/notes/tools", {"tools": [{"name": "row_boat"}]}))
    assert kernel() == ["row_boat"]
    assert portal() == ["list_boats", "sail_boat", "delete_boat"]
    ok(gateway.service().post("/v1/developer/apps/notes/_sync_manifest", {"system": True}))
    assert gateway.get("/v1/marketplace/apps/notes").status == 404
    assert ok(registry.key().get("/v1/apps/notes"))["status"] == "active"


def test_effect_13_reviews_make_the_rating_and_votes_the_helpful_count(
    gateway: Client, developer: Client, admin: Client
) -> None:
    publish(gateway, developer, admin)
    readers = [register(gateway, f"reader{number}@example.com")[0] for number in range(2)]
    for reader in readers:
        ok(reader.post("/v1/marketplace/apps/boat-log/install", {}))

    def rated() -> tuple[float, int]:
        card = ok(gateway.get("/v1/marketplace/apps/boat-log"))
        return card["rating"], card["review_count"]

    def review(reader: Client, stars: int) -> int:
        body = {"rating": stars, "body": "It knew every boat in the harbour by name."}
        return int(ok(reader.post("/v1/marketplace/apps/boat-log/reviews", body))["id"])

    assert rated() == (0, 0)
    first = review(readers[0], 5)
    review(readers[1], 2)
    assert rated() == (3.5, 2)
    ok(readers[0].put(f"/v1/marketplace/reviews/{first}", {"rating": 4}))
    assert rated() == (3, 2)
    ok(readers[1].post(f"/v1/marketplace/reviews/{first}/vote", {"helpful": True}))
    page = ok(gateway.get("/v1/marketplace/apps/boat-log/reviews"))["items"]
    assert {one["id"]: one["helpful_count"] for one in page}[first] == 1
    ok(readers[0].delete(f"/v1/marketplace/reviews/{first}"))
    assert rated() == (2, 1)


def test_effect_14_a_payout_moves_between_pending_and_paid(gateway: Client, admin: Client, developer: Client) -> None:
    def totals() -> tuple[int, int]:
        shown = ok(developer.get("/v1/developer/earnings"))
        return shown["pending_payout"], shown["paid_out"]

    def request() -> int:
        return int(ok(developer.post("/v1/developer/payouts/request", {"amount_tokens": 10_000}))["id"])

    before, paid = totals()
    refused = request()
    assert totals() == (before - 10_000, paid)
    ok(admin.post(f"/v1/admin/payouts/{refused}/reject", {}))
    assert totals() == (before, paid)
    ok(admin.post(f"/v1/admin/payouts/{request()}/approve", {}))
    assert totals() == (before - 10_000, paid)
    days(gateway, 3)
    shown = ok(gateway.login("dev@example.com").get("/v1/developer/earnings"))
    assert (shown["pending_payout"], shown["paid_out"]) == (before - 10_000, paid + 10_000)


def test_effect_15_a_role_reaches_its_holders_and_what_is_in_use_stays(gateway: Client, admin: Client) -> None:
    role = ok(admin.post("/v1/roles", {"name": "sailor", "default_scopes": ["boats:read"]}), 201)["id"]
    scope = ok(admin.post("/v1/scopes", {"resource": "boats", "action": "sail"}), 201)["id"]
    _, user_id = register(gateway)
    ok(admin.patch(f"/v1/users/{user_id}", {"role": "sailor"}))
    changed = ok(admin.patch(f"/v1/roles/{role}?cascade=true", {"default_scopes": ["boats:sail"]}))
    assert changed["cascaded_count"] == 1
    assert ok(admin.get(f"/v1/users/{user_id}"))["scopes"] == ["boats:sail"]
    assert admin.delete(f"/v1/scopes/{scope}").status == 409
    assert admin.delete(f"/v1/roles/{role}").status == 409
    ok(admin.patch(f"/v1/users/{user_id}", {"role": "user", "scopes": []}))
    ok(admin.delete(f"/v1/roles/{role}"))
    ok(admin.delete(f"/v1/scopes/{scope}"))
    written = {one["action"] for one in ok(admin.get("/v1/audit?per_page=20"))["entries"]}
    assert {"role.create", "role.update", "role.delete", "scope.create", "scope.delete", "user.update"} <= written


def test_effect_16_a_profile_and_a_nickname_show_where_they_are_read(gateway: Client, developer: Client) -> None:
    ok(developer.put("/v1/billing/profile", {"name": "Margaret", "country": "IE"}))
    assert ok(developer.get("/v1/auth/me"))["attributes"]["billing"] == {"name": "Margaret", "country": "IE"}
    ok(developer.put("/v1/me/nickname", {"nickname": "skipper"}))
    assert ok(developer.get("/v1/me/nickname"))["nickname"] == "skipper"
    assert ok(developer.get("/v1/developer/profile"))["nickname"] == "skipper"
    assert ok(gateway.get(f"/v1/marketplace/developer/{MARGARET}"))["nickname"] == "skipper"


def test_effect_17_a_tenant_s_defaults_reach_who_has_no_value_of_their_own(gateway: Client, admin: Client) -> None:
    client, _ = register(gateway)
    ok(client.patch("/v1/me/settings", {"routing_context": 3}))
    ok(admin.patch("/v1/admin/tenant-defaults", {"routing_context": 17, "max_tool_rounds": 5}))
    shown = ok(client.get("/v1/me/settings"))["settings"]
    assert (shown["routing_context"], shown["max_tool_rounds"]) == (3, 5)
    ok(client.patch("/v1/me/settings", {"routing_context": None}))
    assert ok(client.get("/v1/me/settings"))["settings"]["routing_context"] == 17


def test_effect_18_the_outside_world_leaves_its_records(
    gateway: Client, developer: Client, admin: Client, world: World
) -> None:
    publish(gateway, developer, admin)
    ok(gateway.post("/v1/ext/boat-log/webhook/tide", {"height": 3}))
    action = next(world.state["actions"].newest(user_id=MARGARET))
    assert (action["app_id"], action["source"], action["tool_name"]) == ("boat-log", "webhook", "__webhook__tide")
    issued = ok(gateway.post("/__mock__/oauth/doc-shelf/google/state", {"user_id": ADA}))
    assert gateway.get(issued["callback"]).status == 200
    stored = [one["data"]["provider"] for one in world.state["records"].find(app_id="doc-shelf", user_id=ADA)]
    assert "google" in stored
