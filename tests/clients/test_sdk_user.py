"""The first-party clients of imperal-sdk, unchanged, for a signed-in person: money, secrets, and guarded routes.

Several of them turn a refusal into an empty value, so each test also asks the server what it saw.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from imperal_sdk.billing.client import BillingClient
from imperal_sdk.secrets.client import SecretClient, SecretStatus
from imperal_sdk.secrets.exceptions import SecretVaultUnavailable
from imperal_sdk.secrets.spec import SecretSpec
from imperal_sdk.types.models import AutoTopupSettings, PlanInfo

from tests.clients.harness import Live

ADA = "imp_u_abc123"
MONEY = "/v1/billing"


@pytest.fixture
def money(live: Live) -> BillingClient:
    return BillingClient(live.gateway, auth_token=live.token())


def test_billing_reads_limits_subscription_and_balance(live: Live, money: BillingClient) -> None:
    limits, held, wallet = (live.run(call) for call in (money.check_limits, money.get_subscription, money.get_balance))
    assert (limits.plan, limits.any_exceeded, limits.is_exceeded("tokens")) == ("pro", False, False)
    assert limits.limits["tokens"] == 50_000
    assert limits.usage.keys() >= {"tokens", "actions"}
    assert (held.plan, held.status, held.billing_mode, held.settles_off_stripe) == ("pro", "active", "card", False)
    assert held.card_required is True
    assert held.expires_at is not None
    assert (wallet.balance, wallet.plan, wallet.cap) == (4200, "pro", 50_000)
    assert live.saw() == [(f"GET {MONEY}/{name}", 200) for name in ("usage", "subscription", "balance")]


def test_billing_lists_cards_payments_and_plans(live: Live, money: BillingClient) -> None:
    cards, plans = live.run(money.list_payment_methods), live.run(money.list_plans)
    assert [card.id for card in cards if card.is_default] == ["pm_visa4242"]
    assert {card.id for card in cards} == {"pm_visa4242", "pm_mc5454", "pm_amex0005"}
    assert {card.type for card in cards} == {"card"}
    assert all(isinstance(plan, PlanInfo) and plan.limits for plan in plans)
    assert {plan.id: plan.price for plan in plans}["pro"] == 19.0
    payments = live.run(lambda: money.list_payments(limit=2, offset=1))
    assert len(payments) == 2
    assert all(payment.payment_intent_id and payment.status and payment.created_at for payment in payments)
    assert live.saw() == [(f"GET {MONEY}/{name}", 200) for name in ("payment-methods", "plans", "payments")]


def test_billing_adds_and_removes_cards(live: Live, money: BillingClient) -> None:
    setup = live.run(money.create_setup_intent)
    assert setup.client_secret
    assert setup.publishable_key.startswith("pk_")
    assert live.run(lambda: money.set_default_payment_method("pm_mc5454")) is True
    assert [card.id for card in live.run(money.list_payment_methods) if card.is_default] == ["pm_mc5454"]
    assert live.run(lambda: money.remove_payment_method("pm_amex0005")) is True
    assert {card.id for card in live.run(money.list_payment_methods)} == {"pm_visa4242", "pm_mc5454"}
    seen = live.saw()
    assert {status for _key, status in seen} == {200}
    assert [key for key, _status in seen if not key.startswith("GET")] == [
        f"POST {MONEY}/payment-methods/setup",
        f"PUT {MONEY}/payment-methods/{{pm_id}}/default",
        f"DELETE {MONEY}/payment-methods/{{pm_id}}",
    ]


def test_billing_changes_the_plan(live: Live, money: BillingClient) -> None:
    up = live.run(lambda: money.change_plan("business"))
    assert (up.action, up.plan, up.succeeded, up.requires_action) == ("upgrade", "business", True, False)
    assert live.run(money.get_subscription).plan == "business"
    down = live.run(lambda: money.change_plan("pro", period="monthly"))
    assert (down.plan, down.pending) == ("pro", True)
    assert down.effective_at
    assert live.saw() == [
        (f"POST {MONEY}/change-plan", 200),
        (f"GET {MONEY}/subscription", 200),
        (f"POST {MONEY}/change-plan", 200),
    ]


def test_billing_tops_up(live: Live, money: BillingClient) -> None:
    bought = live.run(lambda: money.topup(10_000, 1_000))
    assert (bought.succeeded, bought.requires_action) == (True, False)
    assert bought.payment_intent_id
    assert live.run(money.get_balance).balance == 14_200
    element = live.run(lambda: money.topup(10_000, 1_000, off_session=False))
    assert (element.succeeded, bool(element.client_secret), element.publishable_key[:3]) == (False, True, "pk_")
    assert live.saw() == [(f"POST {MONEY}/topup", 200), (f"GET {MONEY}/balance", 200), (f"POST {MONEY}/topup", 200)]


def test_billing_opens_the_portal_and_keeps_the_profile(live: Live, money: BillingClient) -> None:
    assert live.run(money.create_billing_portal_session).startswith("https://")
    profile = {"name": "Ada Lovelace", "company": "Analytical Engines", "vat": "GB123456789", "country": "GB"}
    assert live.run(lambda: money.update_billing_profile(profile)) is True
    assert live.saw() == [(f"POST {MONEY}/portal", 200), (f"PUT {MONEY}/profile", 200)]
    me = live.ask("GET", "/v1/auth/me")
    assert me["attributes"]["billing"] == profile


def test_billing_keeps_auto_topup(live: Live, money: BillingClient) -> None:
    assert live.run(lambda: money.set_auto_topup(True, 20, 30_000, "pm_visa4242")) is True
    held = live.run(money.get_auto_topup)
    assert held == AutoTopupSettings(True, 20, 30_000, 3_000, "pm_visa4242")
    assert live.saw() == [(f"PUT {MONEY}/auto-topup", 200), (f"GET {MONEY}/auto-topup", 200)]


def test_billing_cancels_and_resumes(live: Live, money: BillingClient) -> None:
    assert live.run(money.cancel_subscription)["cancel_at_period_end"] is True
    assert live.run(money.get_subscription).cancel_at_period_end is True
    resumed = live.run(money.resume_subscription)
    assert (resumed["status"], resumed["plan"], resumed["cancel_at_period_end"]) == ("active", "pro", False)
    assert [status for _key, status in live.saw()] == [200, 200, 200]


def test_billing_renews_what_has_expired(live: Live) -> None:
    money = BillingClient(live.gateway, auth_token=live.token("indie@example.com"))
    assert live.run(money.get_subscription).status == "expired"
    saved = live.control("/cards", {"user_id": "imp_u_indi01", "card": "pm_card_visa"})
    assert live.run(lambda: money.set_default_payment_method(saved["card"])) is True
    renewed = live.run(money.renew_subscription)
    assert (renewed["status"], bool(renewed["payment_intent_id"])) == ("active", True)
    assert live.run(money.get_subscription).status == "active"
    assert [status for key, status in live.saw() if key == f"POST {MONEY}/renew"] == [200]


def test_billing_surfaces_what_renew_refuses(live: Live, money: BillingClient) -> None:
    with pytest.raises(httpx.HTTPStatusError) as refusal:
        live.run(money.renew_subscription)
    assert refusal.value.response.status_code == 409
    poor = BillingClient(live.gateway, auth_token=live.token("indie@example.com"))
    with pytest.raises(httpx.HTTPStatusError) as declined:
        live.run(poor.renew_subscription)
    assert declined.value.response.status_code == 402


def test_billing_never_tracks_usage_for_a_person(live: Live, money: BillingClient) -> None:
    """The client itself refuses: counting is for services."""
    assert live.run(lambda: money.track_usage("tokens")) is False
    assert live.saw() == []


# -- secrets -------------------------------------------------------------------------------------------------------

ONE = "/v1/secrets/{ext_id}/{name}"


def secrets_of(live: Live, declared: dict[str, SecretSpec], ext_id: str) -> SecretClient:
    """The client as the kernel builds it for an app: with the token under which that app acts for Ada."""
    token = live.control("/extension-token", {"ext_id": ext_id, "user_id": ADA})["access_token"]
    live.saw()
    return SecretClient(
        ext_id=ext_id, imperal_id=ADA, auth_gw_base=live.gateway, session_token=token, declared=declared
    )


def writable(live: Live) -> tuple[str, dict[str, SecretSpec]]:
    """Find an app of the seed data that declares a secret which an app may write."""
    for app in live.world.state["apps"]:
        for one in (app.get("manifest_json") or {}).get("secrets") or ():
            if one.get("write_mode") in ("both", "extension") and one.get("scope", "user") == "user":
                spec = SecretSpec(
                    name=one["name"], description=one.get("description", ""), write_mode=one["write_mode"]
                )
                return app["app_id"], {one["name"]: spec}
    raise AssertionError("no app of the seed data declares a secret that it may write")


def test_secrets_are_set_read_listed_and_deleted(live: Live) -> None:
    ext_id, declared = writable(live)
    (name,) = declared
    client = secrets_of(live, declared, ext_id)

    async def life() -> list[Any]:
        return [
            await client.delete(name),
            await client.get(name),
            await client.set(name, "s3cret"),
            await client.get(name),
            await client.is_set(name),
            await client.list(),
            await client.delete(name),
            await client.delete(name),
            await client.is_set(name),
        ]

    _first, empty, done, value, there, listed, was, again, gone = live.run(life)
    assert (empty, done, value, there, was, again, gone) == (None, None, "s3cret", True, True, False, False)
    (status,) = [one for one in listed if one.name == name]
    assert status == SecretStatus(name, status.description, True, status.last_accessed_at)
    assert isinstance(status.last_accessed_at, int)
    assert live.saw() == [
        (f"DELETE {ONE}", 200), (f"GET {ONE}", 404), (f"PUT {ONE}", 200), (f"GET {ONE}", 200), (f"GET {ONE}/meta", 200),
        ("GET /v1/secrets/{ext_id}", 200), (f"DELETE {ONE}", 200), (f"DELETE {ONE}", 200), (f"GET {ONE}/meta", 200),
    ]  # fmt: skip


def test_secrets_of_another_user_are_not_reached(live: Live) -> None:
    ext_id, declared = writable(live)
    (name,) = declared
    client = secrets_of(live, declared, ext_id).for_user("imp_u_dev001")
    with pytest.raises(RuntimeError, match="unexpected auth-gw status 403"):
        live.run(lambda: client.get(name))


def test_secrets_say_when_the_vault_is_away(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    ext_id, declared = writable(live)
    (name,) = declared
    client = secrets_of(live, declared, ext_id)
    live.control("/vault", {"available": False})
    real = asyncio.sleep
    monkeypatch.setattr(asyncio, "sleep", lambda _seconds, *more: real(0, *more))  # the client's own retries
    with pytest.raises(SecretVaultUnavailable):
        live.run(lambda: client.get(name))
    assert {status for _key, status in live.saw()} == {503}


# -- guards of an app's own API ------------------------------------------------------------------------------------


def test_the_guards_of_fastapi_know_our_tokens(live: Live) -> None:
    fastapi = pytest.importorskip(
        "fastapi", reason="imperal_sdk.auth.middleware needs fastapi, which is not a dependency"
    )
    from imperal_sdk.auth.middleware import require_auth, require_scope

    bearer = f"Bearer {live.token()}"
    person = asyncio.run(require_auth(gateway_url=live.gateway)(bearer))
    assert (person.imperal_id, person.email) == (ADA, "user@example.com")
    allowed = asyncio.run(require_scope("extensions:call", gateway_url=live.gateway)(bearer))
    assert allowed.imperal_id == ADA
    with pytest.raises(fastapi.HTTPException) as lacking:
        asyncio.run(require_scope("admin:everything", gateway_url=live.gateway)(bearer))
    assert lacking.value.status_code == 403
    for wrong in (None, "Basic x", "Bearer nonsense"):
        with pytest.raises(fastapi.HTTPException) as refused:
            asyncio.run(require_auth(gateway_url=live.gateway)(wrong))
        assert refused.value.status_code == 401
