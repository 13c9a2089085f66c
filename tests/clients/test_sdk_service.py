"""The SDK in service mode, unchanged: money, apps, people and permissions through a service token.

The clients swallow many errors, so each test also reads in the journal what the server answered.
"""

from __future__ import annotations

from typing import Any

import pytest
from imperal_sdk.apps.client import AppsClient
from imperal_sdk.billing.client import BillingClient, LimitsResult, SubscriptionInfo
from imperal_sdk.errors import AuthError, NotFoundError
from imperal_sdk.rbac.client import RBACClient
from imperal_sdk.types.models import AutoTopupSettings, BalanceInfo, PaymentMethod
from imperal_sdk.users.client import UsersClient

from tests.clients.harness import Live

TOKEN = "dev-service-token"
ADA, GRACE, BARBARA = "imp_u_abc123", "imp_u_admin01", "imp_u_indi01"
MONEY = "/v1/billing/internal"


@pytest.fixture
def money(live: Live) -> BillingClient:
    return BillingClient(live.gateway, service_token=TOKEN, user_id=ADA)


@pytest.fixture
def apps(live: Live) -> AppsClient:
    return AppsClient(live.gateway, service_token=TOKEN, user_id=GRACE)


@pytest.fixture
def rbac(live: Live) -> RBACClient:
    return RBACClient(live.gateway, service_token=TOKEN, user_id=GRACE)


@pytest.fixture
def users(live: Live) -> UsersClient:
    return UsersClient(live.gateway, service_token=TOKEN, user_id=GRACE)


# -- billing -------------------------------------------------------------------------------------------------------


def test_billing_reads_limits_subscription_and_balance(live: Live, money: BillingClient) -> None:
    limits: LimitsResult = live.run(money.check_limits)
    assert (limits.plan, limits.limits["tokens"], limits.any_exceeded) == ("pro", 50000, False)
    held: SubscriptionInfo = live.run(money.get_subscription)
    assert (held.plan, held.status, held.billing_mode, held.card_required) == ("pro", "active", "card", True)
    assert live.run(money.get_balance) == BalanceInfo(balance=4200, plan="pro", cap=50000)
    assert live.saw() == [
        (f"GET {MONEY}/user-limits/{{user_id}}", 200),
        (f"GET {MONEY}/subscription/{{user_id}}", 200),
        (f"GET {MONEY}/balance/{{user_id}}", 200),
    ]


def test_billing_lists_cards_and_payments(live: Live, money: BillingClient) -> None:
    cards = live.run(money.list_payment_methods)
    assert [card.id for card in cards] == ["pm_visa4242", "pm_mc5454", "pm_amex0005"]
    assert cards[0] == PaymentMethod("pm_visa4242", "card", "visa", "4242", 12, 2028, True)
    every = live.run(money.list_payments)
    assert len(every) > 2
    assert {one.status for one in every} <= {"pending", "completed", "failed"}
    assert live.run(lambda: money.list_payments(limit=1, offset=1)) == every[1:2]
    assert live.saw() == [
        (f"GET {MONEY}/payment-methods/{{user_id}}", 200),
        (f"GET {MONEY}/payments/{{user_id}}", 200),
        (f"GET {MONEY}/payments/{{user_id}}", 200),
    ]


def test_billing_tracks_usage(live: Live, money: BillingClient) -> None:
    before = live.run(money.check_limits).usage["tokens"]
    assert live.run(lambda: money.track_usage("tokens", 120)) is True
    assert live.run(lambda: money.track_usage("pages")) is True
    after = live.run(money.check_limits)
    assert (after.usage["tokens"], after.usage["pages"]) == (before + 120, 1)
    live.run(lambda: money.track_usage("tokens", 50000))
    assert live.run(money.check_limits).is_exceeded("tokens")
    assert [one for one in live.saw() if one[0].startswith("POST")] == [(f"POST {MONEY}/usage/track", 200)] * 3


def test_billing_that_knows_no_user_counts_nothing(live: Live) -> None:
    nobody = BillingClient(live.gateway, service_token=TOKEN)
    assert live.run(lambda: nobody.track_usage("tokens")) is False
    assert live.saw() == [(f"POST {MONEY}/usage/track", 422)]


def test_billing_with_a_wrong_token_degrades(live: Live) -> None:
    wrong = BillingClient(live.gateway, service_token="wrong", user_id=ADA)
    assert live.run(wrong.get_balance) == BalanceInfo(balance=0, plan="unknown", cap=0)
    assert live.run(lambda: wrong.track_usage("tokens")) is False
    assert [status for _, status in live.saw()] == [401, 401]


def test_billing_changes_go_through_the_public_routes(live: Live, money: BillingClient) -> None:
    assert live.run(lambda: money.set_default_payment_method("pm_mc5454")) is True
    assert [card.id for card in live.run(money.list_payment_methods) if card.is_default] == ["pm_mc5454"]
    assert live.run(lambda: money.remove_payment_method("pm_amex0005")) is True
    bought = live.run(lambda: money.topup(5000, 500))
    assert (bought.succeeded, bought.requires_action) == (True, False)
    assert live.run(money.get_balance).balance == 9200
    assert live.run(lambda: money.set_auto_topup(True, 20, 10000)) is True
    kept: AutoTopupSettings = live.run(money.get_auto_topup)
    assert (kept.enabled, kept.threshold_pct, kept.recharge_tokens, kept.recharge_cents) == (True, 20, 10000, 1000)
    assert live.run(money.create_setup_intent).client_secret.startswith("seti_")
    assert live.run(money.create_billing_portal_session).startswith("https://")
    assert live.run(lambda: money.update_billing_profile({"name": "Ada", "country": "GB"})) is True
    assert [plan.id for plan in live.run(money.list_plans)] == ["free", "pro", "business", "enterprise"]
    assert {status for _, status in live.saw()} == {200}


def test_billing_moves_the_plan(live: Live, money: BillingClient) -> None:
    moved = live.run(lambda: money.change_plan("business"))
    assert (moved.action, moved.plan, moved.succeeded) == ("upgrade", "business", True)
    assert live.run(money.get_subscription).plan == "business"
    assert {status for _, status in live.saw()} == {200}
    assert live.run(money.cancel_subscription)["status"] == "canceled"
    assert live.run(money.get_subscription).cancel_at_period_end is True
    assert live.run(money.resume_subscription)["cancel_at_period_end"] is False
    assert {status for _, status in live.saw()} == {200}


def test_billing_sees_what_an_administrator_gave(live: Live) -> None:
    barbara = BillingClient(live.gateway, service_token=TOKEN, user_id=BARBARA)
    assert live.run(barbara.get_subscription).status == "expired"
    live.ask("PUT", "/v1/internal/billing/user-plan", body={"user_id": BARBARA, "plan_ref": "pro"}, service=True)
    held = live.run(barbara.get_subscription)
    assert (held.plan, held.status, held.card_required, held.settles_off_stripe) == ("pro", "active", False, True)


# -- apps ----------------------------------------------------------------------------------------------------------

CONFIG = "/v1/internal/config/{scope}/{scope_id}"


def test_apps_keep_their_settings(live: Live, apps: AppsClient) -> None:
    assert live.run(lambda: apps.get_settings("crm-sync")) == {}
    envelope = live.run(lambda: apps.update_settings("crm-sync", {"a": {"b": 1, "c": 2}}, updated_by=GRACE))
    assert (envelope["scope"], envelope["scope_id"], envelope["config"]) == ("app", "crm-sync", {"a": {"b": 1, "c": 2}})
    live.run(lambda: apps.update_settings("crm-sync", {"a": {"b": 9}}))
    assert live.run(lambda: apps.get_settings("crm-sync")) == {"a": {"b": 9, "c": 2}}
    live.run(lambda: apps.update_settings("crm-sync", {"a": {"d": 4}}, replace_paths=["a"]))
    assert live.run(lambda: apps.get_settings("crm-sync")) == {"a": {"d": 4}}
    assert live.saw() == [
        (f"GET {CONFIG}", 404), (f"PUT {CONFIG}", 200), (f"PUT {CONFIG}", 200), (f"GET {CONFIG}", 200),
        (f"PUT {CONFIG}", 200), (f"GET {CONFIG}", 200),
    ]  # fmt: skip


@pytest.mark.parametrize("acting", ["", "__system__", "__webhook__"])
def test_apps_keep_their_settings_for_schedules_and_webhooks(live: Live, acting: str) -> None:
    client = AppsClient(live.gateway, service_token=TOKEN, user_id=acting, extension_id="notes", tenant_id="default")
    assert live.run(lambda: client.get_settings("notes"))["limits"] == {"notes": 500}
    assert live.run(lambda: client.update_settings("notes", {"seen": True}))["tenant_id"] == "default"
    assert [status for _, status in live.saw()] == [200, 200]


def test_apps_are_moderated(live: Live, apps: AppsClient) -> None:
    assert "mail-merge" in {one["app_id"] for one in live.run(apps.list_pending)}
    assert live.run(lambda: apps.reject("mail-merge", "Say what it does."))["status"] == "draft"
    assert live.run(lambda: apps.set_status("mail-merge", "suspended"))["status"] == "suspended"
    live.ask("POST", "/v1/developer/apps/mail-merge/submit", "indie@example.com")
    assert live.run(lambda: apps.approve("mail-merge"))["status"] == "active"
    assert {one["app_id"]: one["status"] for one in live.run(apps.list_all)}["mail-merge"] == "active"
    assert {one["imperal_id"] for one in live.run(lambda: apps.users("notes"))["users"]} >= {ADA, GRACE}
    assert {status for _, status in live.saw()} == {200}


def test_apps_are_removed_without_a_body_by_the_service(live: Live, apps: AppsClient) -> None:
    assert live.run(lambda: apps.remove("old-clock"))["status"] == "deleted"
    assert live.saw() == [("DELETE /v1/admin/apps/{app_id}", 200)]
    assert "old-clock" not in {one["app_id"] for one in live.run(apps.list_all)}


# -- permissions ---------------------------------------------------------------------------------------------------


def test_rbac_keeps_roles(live: Live, rbac: RBACClient) -> None:
    made = live.run(lambda: rbac.create_role(name="author", display_name="Writer", default_scopes=["*:read"]))
    assert made["name"] == "author"
    assert "author" in {one["name"] for one in live.run(rbac.list_roles)}
    role_id = made["id"]
    changed = live.run(lambda: rbac.update_role(role_id, display_name="Author"))
    assert (changed["display_name"], changed["cascaded_count"]) == ("Author", 0)
    assert live.run(lambda: rbac.delete_role(role_id)) == {"deleted": True, "role_id": role_id}
    assert "author" not in {one["name"] for one in live.run(rbac.list_roles)}
    assert {status for _, status in live.saw()} == {200, 201}


def test_rbac_cascades_on_wish(live: Live, rbac: RBACClient) -> None:
    scopes = ["*:read", "notes:write"]
    changed = live.run(lambda: rbac.update_role("role_default_user", cascade=True, default_scopes=scopes))
    assert changed["cascaded_count"] > 0
    effective = live.run(lambda: rbac.effective_scopes(ADA))
    assert {one["scope"] for one in effective["scopes"]} >= {"notes:write"}
    assert {status for _, status in live.saw()} == {200}


def test_rbac_keeps_scopes(live: Live, rbac: RBACClient) -> None:
    made = live.run(lambda: rbac.create_scope(resource="boats", action="sail"))
    assert made["name"] == "boats:sail"
    assert [one["name"] for one in live.run(lambda: rbac.list_scopes(resource="boats"))] == ["boats:sail"]
    assert live.run(lambda: rbac.delete_scope(str(made["id"])))["deleted"] is True
    assert live.run(lambda: rbac.list_scopes(resource="boats")) == []
    assert {status for _, status in live.saw()} == {200, 201}


def test_rbac_is_refused_to_who_is_no_admin(live: Live) -> None:
    as_ada = RBACClient(live.gateway, service_token="wrong", user_id=ADA)
    with pytest.raises(AuthError):
        live.run(as_ada.list_roles)
    assert live.saw() == [("GET /v1/roles", 401)]


# -- people --------------------------------------------------------------------------------------------------------


def test_users_are_read(live: Live, users: UsersClient) -> None:
    page = live.run(lambda: users.list(search="user@"))
    assert [one["imperal_id"] for one in page["items"]] == [ADA]
    hidden = {one["imperal_id"] for one in live.run(lambda: users.list(include_inactive=True))["items"]}
    assert "imp_u_gone01" in hidden - {one["imperal_id"] for one in live.run(users.list)["items"]}
    assert live.run(lambda: users.get(ADA))["email"] == "user@example.com"
    assert "billing" in {one["app_id"] for one in live.run(lambda: users.extensions(ADA))["extensions"]}
    assert set(live.run(lambda: users.surfaces(ADA))["surfaces"]) >= {"panel", "email"}
    assert {status for _, status in live.saw()} == {200}


def test_users_are_made_changed_and_deleted(live: Live, users: UsersClient) -> None:
    made = live.run(lambda: users.create(email="nina@example.com", password="s3cure!nina"))
    nina = made["imperal_id"]
    assert live.run(lambda: users.update(nina, role="viewer"))["role"] == "viewer"
    assert live.run(lambda: users.set_active(nina, False))["is_active"] is False
    assert live.run(lambda: users.delete(nina))["permanent"] is False
    assert live.run(lambda: users.delete(nina, permanent=True))["permanent"] is True
    assert all(200 <= status < 300 for _, status in live.saw())
    with pytest.raises(NotFoundError):
        live.run(lambda: users.get(nina))
    assert live.saw() == [("GET /v1/users/{user_id}", 404)]


@pytest.mark.parametrize("acting", [GRACE, ADA, "", "__system__"])
def test_users_keep_their_settings(live: Live, acting: str) -> None:
    client = UsersClient(live.gateway, service_token=TOKEN, user_id=acting, extension_id="notes")
    before: dict[str, Any] = live.run(lambda: client.get_settings(ADA, tenant_id="default"))["settings"]
    after = live.run(lambda: client.update_settings(ADA, {"max_tool_rounds": 5}))["settings"]
    assert after == {**before, "max_tool_rounds": 5}
    assert live.run(lambda: client.get_settings(ADA))["settings"] == after
    assert [status for _, status in live.saw()] == [200, 200, 200]
    assert live.ask("GET", "/v1/me/settings")["settings"] == after


def test_a_live_chat_is_reset(live: Live, users: UsersClient) -> None:
    assert live.run(lambda: users.reset_conversation(ADA))["redis_keys_deleted"] > 0
    assert live.run(lambda: users.reset_conversation(ADA))["redis_keys_deleted"] == 0
    assert [status for _, status in live.saw()] == [200, 200]
