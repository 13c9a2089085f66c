"""Billing for the platform: mirrors of a user's own answers, counted usage, and figures that count once set."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from specdouble.packs.documents import bundled
from tests.auth_gateway.billing_helpers import ADA, add_card, balance, days, everything, newcomer, report, sign
from tests.conftest import Client

BARBARA, GRACE, JOAN, ALAN = "imp_u_indi01", "imp_u_admin01", "imp_u_acme02", "imp_u_acme01"
MONEY = "/v1/internal/billing"
DEFAULTS = {
    "platform-fees": {"economy": 60, "standard": 250, "premium": 2200},
    "token-rate": {"token_rate": 1000},
    "category-defaults": {"read": 1, "write": 5, "destructive": 10},
    "coding-pricing": {
        "markup": 3.0, "credits_per_dollar": 1000, "min_charge": 0, "grace_cap": 1000, "low_warn_threshold": 500,
    },
    "voice-costs": {"stt": 20, "speak": 15},
    "voice-enabled": {"enabled": True},
}  # fmt: skip
CHANGED = {
    "platform-fees": {"economy": 1, "standard": 2, "premium": 3},
    "token-rate": {"token_rate": 500},
    "category-defaults": {"read": 0, "write": 7, "destructive": 70},
    "coding-pricing": {
        "markup": 1.5, "credits_per_dollar": 2000, "min_charge": 3, "grace_cap": 20000, "low_warn_threshold": 9,
    },
    "voice-costs": {"stt": 1, "speak": 0},
    "voice-enabled": {"enabled": False},
}  # fmt: skip


@pytest.fixture
def service(gateway: Client) -> Client:
    return gateway.service()


# -- mirrors -------------------------------------------------------------------------------------------------------

MIRRORS = [
    ("user-limits", "usage"),
    ("balance", "balance"),
    ("subscription", "subscription"),
    ("payment-methods", "payment-methods"),
    ("payments", "payments"),
]


@pytest.mark.parametrize(("internal", "public"), MIRRORS)
def test_a_mirror_answers_as_the_user_s_own_route(service: Client, user: Client, internal: str, public: str) -> None:
    mine = user.get(f"/v1/billing/{public}").json
    assert mine
    assert service.get(f"/v1/billing/internal/{internal}/{ADA}").json == mine


@pytest.mark.parametrize(("internal", "public"), MIRRORS)
def test_a_mirror_shows_the_user_of_the_path(gateway: Client, internal: str, public: str) -> None:
    barbara = gateway.login("indie@example.com").get(f"/v1/billing/{public}").json
    path = f"/v1/billing/internal/{internal}/{BARBARA}"
    seen = gateway.service().get(path).json
    assert seen == gateway.service(BARBARA).get(path).json == gateway.service(GRACE).get(path).json == barbara
    assert gateway.service(ADA).get(path).status == 403
    assert seen != gateway.service(ADA).get(f"/v1/billing/internal/{internal}/{ADA}").json


@pytest.mark.parametrize("internal", [one for one, _ in MIRRORS])
def test_a_mirror_of_nobody_is_404(service: Client, internal: str) -> None:
    assert service.get(f"/v1/billing/internal/{internal}/imp_u_nobody").status == 404


def test_payments_are_paged(service: Client) -> None:
    path = f"/v1/billing/internal/payments/{ADA}"
    every = service.get(path).json
    assert service.get(f"{path}?limit=2&offset=1").json == every[1:3]
    assert [service.get(f"{path}?{query}").status for query in ("limit=0", "limit=201", "offset=-1")] == [422] * 3


@pytest.mark.parametrize("nobody", ["__system__", "__webhook__"])
def test_acting_for_nobody_is_no_refusal(gateway: Client, nobody: str) -> None:
    assert gateway.service(nobody).get(f"/v1/billing/internal/balance/{ADA}").json["balance"] == 4200


# -- usage ---------------------------------------------------------------------------------------------------------


def track(client: Client, **body: Any) -> Any:
    return client.post("/v1/billing/internal/usage/track", {"user_id": ADA, "tenant_id": "default", **body})


def test_usage_is_counted_and_seen_by_its_user(service: Client, user: Client) -> None:
    reply = track(service, meter="tokens", quantity=120)
    assert reply.status == 200
    assert reply.json == {
        "user_id": ADA, "meter": "tokens", "quantity": 120, "used": 15920, "limit": 50000, "exceeded": False,
    }  # fmt: skip
    assert user.get("/v1/billing/usage").json["usage"]["tokens"] == 15920
    assert track(service, meter="tokens").json["used"] == 15921


def test_a_meter_of_its_own_has_no_limit(service: Client, user: Client) -> None:
    assert track(service, meter="pages", extension_id="notes").json["limit"] is None
    assert user.get("/v1/billing/usage").json["usage"]["pages"] == 1
    assert track(service, meter="pages", quantity=-5).json["used"] == 0


def test_over_the_limit_is_told_and_not_refused(service: Client, user: Client) -> None:
    reply = track(service, meter="tokens", quantity=40000)
    assert (reply.status, reply.json["exceeded"]) == (200, True)
    assert user.get("/v1/billing/usage").json["exceeded"] == ["tokens"]


def test_counters_start_anew_each_month(service: Client, world: World) -> None:
    track(service, meter="tokens", quantity=5)
    days(world, 32)
    assert track(service, meter="tokens", quantity=5).json["used"] == 5


def test_huge_counts_stay_whole_numbers(service: Client) -> None:
    for _ in range(3):
        reply = track(service, meter="tokens", quantity=2**63 - 1)
    assert (reply.status, reply.json["used"]) == (200, 2**53)


def test_usage_of_nobody_is_404(service: Client, world: World) -> None:
    before = list(world.state["meters"])
    assert track(service, meter="tokens", user_id="imp_u_nobody").status == 404
    assert list(world.state["meters"]) == before


def test_clients_that_know_no_user_get_422(service: Client) -> None:
    assert service.post("/v1/billing/internal/usage/track", {"meter": "tokens"}).status == 422


def test_the_tenant_of_the_body_does_not_matter(service: Client) -> None:
    assert track(service, user_id=ALAN, meter="tokens").status == 200


# -- figures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DEFAULTS)
def test_figures_have_defaults_and_stay_as_they_were_set(service: Client, name: str) -> None:
    assert service.get(f"{MONEY}/{name}").json == DEFAULTS[name]
    reply = service.put(f"{MONEY}/{name}", CHANGED[name])
    assert (reply.status, reply.json) == (200, CHANGED[name])
    assert service.get(f"{MONEY}/{name}").json == CHANGED[name]


@pytest.mark.parametrize("name", DEFAULTS)
def test_figures_change_for_administrators_only(gateway: Client, name: str) -> None:
    refused = [gateway.service(who).put(f"{MONEY}/{name}", CHANGED[name]) for who in (ADA, JOAN)]
    assert [one.status for one in refused] == [403, 403]
    assert "administrator" in refused[0].detail
    assert gateway.service(ADA).get(f"{MONEY}/{name}").json == DEFAULTS[name]
    assert gateway.service(GRACE).put(f"{MONEY}/{name}", CHANGED[name]).json == CHANGED[name]


def test_a_part_of_the_figures_is_422(service: Client) -> None:
    assert service.put(f"{MONEY}/platform-fees", {"economy": 1}).status == 422
    assert service.put(f"{MONEY}/token-rate", {"token_rate": 0}).status == 422
    assert service.get(f"{MONEY}/platform-fees").json == DEFAULTS["platform-fees"]


def test_a_high_grace_cap_is_cut(service: Client) -> None:
    wanted = {**CHANGED["coding-pricing"], "grace_cap": 20001}
    assert service.put(f"{MONEY}/coding-pricing", wanted).json["grace_cap"] == 20000
    assert service.get(f"{MONEY}/coding-pricing").json["grace_cap"] == 20000


def test_a_change_is_in_the_audit_log(gateway: Client, admin: Client) -> None:
    gateway.service(GRACE).put(f"{MONEY}/token-rate", {"token_rate": 800})
    (entry, *_) = admin.get("/v1/audit?action=billing.figures").json["entries"]
    assert (entry["actor_id"], entry["target_id"]) == (GRACE, "token-rate")
    assert entry["changes"] == {"token_rate": {"before": 1000, "after": 800}}


def test_the_token_rate_prices_tokens(service: Client, user: Client, gateway: Client) -> None:
    service.put(f"{MONEY}/token-rate", {"token_rate": 500})
    shown = user.get("/v1/billing/topup-config").json
    assert shown["token_rate"] == 500
    assert shown["tiers"][0] == {"tokens": 5000, "price_cents": 1000, "label": "Starter"}
    recharge = user.get("/v1/billing/auto-topup").json
    assert (recharge["recharge_tokens"], recharge["recharge_cents"]) == (10000, 2000)
    user.post("/v1/billing/topup", {"tokens": 5000, "price_cents": 500, "off_session": True})
    paid = user.get("/v1/billing/payments").json[0]
    assert (paid["amount_cents"], paid["tokens"]) == (1000, 5000)
    assert balance(user) == 9200


# -- models --------------------------------------------------------------------------------------------------------

RATES = f"{MONEY}/model-rates"
RATE = {"tier": "economy", "input_cost_per_1k": 0.1, "output_cost_per_1k": 0.2}


def test_a_rate_is_entered_changed_and_withdrawn(service: Client) -> None:
    assert service.put(f"{RATES}/tiny", RATE).json == {"model_id": "tiny", "action": "created"}
    shown = service.get(f"{RATES}/tiny").json
    assert shown == {
        **RATE,
        "id": "tiny",
        "platform_fee_default": 60,
        "is_available": True,
        "updated_at": shown["updated_at"],
    }
    assert service.put(f"{RATES}/tiny", {**RATE, "platform_fee_default": 7}).json["action"] == "updated"
    assert service.get(f"{MONEY}/model-rate/tiny").json["platform_fee_default"] == 7
    assert service.delete(f"{RATES}/tiny").json == {"model_id": "tiny", "action": "softdeleted"}
    assert service.get(f"{RATES}/tiny").json["is_available"] is False
    assert service.get(f"{MONEY}/model-rate/tiny").status == 404


def test_the_list_hides_what_is_not_available(service: Client) -> None:
    available = [one["id"] for one in service.get(RATES).json]
    assert available == ["claude-sonnet-4-6", "claude-haiku-4-5", "gpt-4o-mini"]
    assert [one["id"] for one in service.get(f"{RATES}?include_unavailable=true").json] == [*available, "gpt-4"]


def test_platform_fees_are_the_default_of_new_rates(service: Client) -> None:
    service.put(f"{MONEY}/platform-fees", {"economy": 5, "standard": 6, "premium": 7})
    service.put(f"{RATES}/tiny", RATE)
    assert service.get(f"{RATES}/tiny").json["platform_fee_default"] == 5


def test_an_unknown_model_is_404(service: Client) -> None:
    assert service.get(f"{RATES}/none").status == 404
    assert service.delete(f"{RATES}/none").status == 404
    assert service.get(f"{MONEY}/model-rate/none").status == 404
    assert service.put(f"{RATES}/none", {**RATE, "tier": "golden"}).status == 422


# -- plans ---------------------------------------------------------------------------------------------------------


def test_a_plan_s_feature_is_seen_in_the_catalogue(gateway: Client, service: Client) -> None:
    body = {"plan_id": "pro", "feature": "voice", "enabled": True}
    assert service.put(f"{MONEY}/plan-feature", body).json == body
    plans = {one["id"]: one["features"] for one in gateway.login().get("/v1/billing/plans").json}
    assert plans["pro"]["voice"] is True
    assert plans["pro"]["included_tokens"] == 20000
    assert "voice" not in plans["free"]


def test_a_plan_s_feature_is_refused(gateway: Client, service: Client) -> None:
    body = {"plan_id": "none", "feature": "voice", "enabled": True}
    assert service.put(f"{MONEY}/plan-feature", body).status == 404
    assert service.put(f"{MONEY}/plan-feature", {**body, "feature": "magic"}).status == 422
    assert gateway.service(ADA).put(f"{MONEY}/plan-feature", {**body, "plan_id": "pro"}).status == 403


def give(client: Client, user_id: str, plan_id: str) -> Any:
    return client.put(f"{MONEY}/user-plan", {"user_id": user_id, "plan_ref": plan_id})


def test_a_plan_is_given_without_a_payment(gateway: Client, service: Client) -> None:
    nina = newcomer(gateway)
    nina_id = nina.get("/v1/auth/me").json["imperal_id"]
    given = give(service, nina_id, "business").json
    shown = nina.get("/v1/billing/subscription").json
    assert given == {
        "user_id": nina_id, "plan_id": "business", "plan": "business", "status": "active",
        "expires_at": shown["expires_at"],
    }  # fmt: skip
    assert (shown["billing_mode"], shown["card_required"], shown["period"]) == ("free", False, "monthly")
    wallet = nina.get("/v1/billing/wallet").json
    assert (wallet["cap"], wallet["included_tokens"], wallet["balance"]) == (200000, 60000, 1000)
    assert nina.get("/v1/billing/payments").json == []


def test_a_given_plan_ends_with_its_period_and_charges_nobody(gateway: Client, service: Client, world: World) -> None:
    nina = newcomer(gateway)
    add_card(gateway, nina)
    give(service, nina.get("/v1/auth/me").json["imperal_id"], "pro")
    days(world, 31)
    nina = gateway.login("nina@example.com", "s3cure!nina")
    assert nina.get("/v1/billing/subscription").json["status"] == "expired"
    assert nina.get("/v1/billing/payments").json == []
    assert nina.post("/v1/billing/renew").status == 200
    assert nina.get("/v1/billing/subscription").json["billing_mode"] == "card"


def test_what_was_given_is_no_credit_towards_another_plan(gateway: Client, service: Client) -> None:
    nina = newcomer(gateway)
    add_card(gateway, nina)
    give(service, nina.get("/v1/auth/me").json["imperal_id"], "pro")
    assert nina.post("/v1/billing/change-plan", {"plan_id": "business"}).json["action"] == "upgrade"
    assert nina.get("/v1/billing/payments").json[0]["amount_cents"] == 4900


def test_back_to_free_has_no_end(service: Client, user: Client) -> None:
    assert give(service, ADA, "free").json == {
        "user_id": ADA, "plan_id": "free", "plan": "free", "status": "active", "expires_at": None,
    }  # fmt: skip
    assert user.get("/v1/billing/wallet").json["cap"] == 5000
    assert give(service, ADA, "free").status == 200
    assert give(service, ADA, "Business").json["plan"] == "business"  # its name does, too


def test_a_plan_is_not_given(gateway: Client, service: Client, world: World) -> None:
    before = everything(world)
    assert give(service, "imp_u_nobody", "pro").status == 404
    assert give(service, ADA, "golden").status == 404
    assert give(gateway.service(ADA), ADA, "business").status == 403
    assert everything(world) == before


# -- the payment provider ------------------------------------------------------------------------------------------

STRIPE = f"{MONEY}/stripe-config"


def test_keys_are_shown_by_their_ends(gateway: Client) -> None:
    admin = gateway.service(GRACE)
    before = admin.get(STRIPE).json
    assert (before["mode"], before["source"], before["configured"]) == ("test", "environment", True)
    body = {"secret_key": "sk_live_example9f2c", "publishable_key": "pk_live_example77aa"}
    saved = admin.put(STRIPE, body)
    assert saved.status == 200
    assert (saved.json["mode"], saved.json["source"]) == ("live", "vault")
    assert (saved.json["secret_key_masked"], saved.json["publishable_key_masked"]) == (
        "sk_live_...9f2c",
        "pk_live_...77aa",
    )
    assert b"example" not in admin.get(STRIPE).content.replace(b"auth.example.com", b"")
    assert admin.get(STRIPE).json == saved.json


def test_the_publishable_key_reaches_the_forms(gateway: Client, user: Client) -> None:
    gateway.service().post(STRIPE, {"publishable_key": "pk_test_example77aa"})
    assert user.get("/v1/billing/topup-config").json["publishable_key"] == "pk_test_example77aa"
    assert user.post("/v1/billing/payment-methods/setup").json["publishable_key"] == "pk_test_example77aa"


def test_the_webhook_secret_signs_events(gateway: Client) -> None:
    gateway.service().put(STRIPE, {"webhook_secret": "whsec_example_new"})
    assert b"whsec" not in gateway.service().get(STRIPE).content
    raw = b'{"id": "evt_9", "type": "ping", "data": {"object": {}}}'
    for secret, status in (("whsec_dev", 400), ("whsec_example_new", 200)):
        headers = {"Stripe-Signature": sign(raw, secret), "Content-Type": "application/json"}
        assert gateway.post("/v1/webhooks/stripe", data=raw, headers=headers).status == status


@pytest.mark.parametrize(
    "body",
    [
        {"secret_key": "sk_live_example9f2c"},  # beside a publishable key for tests
        {"secret_key": "sk_test_example9f2c", "publishable_key": "pk_live_example77aa"},
        {"secret_key": "pk_test_example77aa"},
        {"publishable_key": "pk_example77aa"},
        {"webhook_secret": "secret"},
        {"secret_key": ""},
    ],
)
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_keys_that_do_not_fit_are_400(gateway: Client, method: str, body: dict[str, str]) -> None:
    before = gateway.service().get(STRIPE).json
    assert gateway.service().call(method, STRIPE, body).status == 400
    assert gateway.service().get(STRIPE).json == before


def test_keys_that_are_not_sent_stay(gateway: Client) -> None:
    before = gateway.service().get(STRIPE).json
    assert gateway.service().put(STRIPE, {"secret_key": None}).json == before


def test_the_provider_is_an_administrator_s(gateway: Client) -> None:
    ada = gateway.service(ADA)
    assert [ada.get(STRIPE).status, ada.put(STRIPE, {}).status, ada.post(STRIPE, {}).status] == [403] * 3


def test_what_was_paid_is_in_the_provider_s_balance(gateway: Client, user: Client) -> None:
    before = gateway.service().get(STRIPE).json["balance"]["amount"]
    intent = user.post("/v1/billing/topup", {"tokens": 5000, "price_cents": 500}).json["payment_intent_id"]
    assert gateway.service().get(STRIPE).json["balance"]["amount"] == before
    report(gateway, "payment_intent.succeeded", {"id": intent})
    assert gateway.service().get(STRIPE).json["balance"]["amount"] == before + 500


@pytest.mark.rule("S11")
def test_no_bearer_opens_the_platform_s_figures(admin: Client, user: Client) -> None:
    paths = [one for one in bundled("auth-gateway-internal").operations if one.path.startswith(MONEY)]
    assert len(paths) == 22
    for one in paths:
        path = one.path.replace("{model}", "gpt-4")
        assert {client.call(one.method, path, {}).status for client in (admin, user)} == {403}
