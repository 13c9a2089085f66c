"""Buying tokens: intents, their one credit, charges without the holder, and the automatic ones."""

from __future__ import annotations

from typing import Any

import pytest
from billing_helpers import (
    ADA,
    ASKS,
    DECLINED,
    add_card,
    balance,
    days,
    everything,
    newcomer,
    report,
)

from specdouble.mock.state.world import World
from specdouble.packs.imperal.mockserver.auth_gateway.money import _money

TOPUP, CONFIRM = "/v1/billing/topup", "/v1/billing/topup/confirm"
BOUGHT = {"tokens": 5000, "price_cents": 500}


def buy(client: Any, **more: Any) -> Any:
    return client.post(TOPUP, {**BOUGHT, **more})


def credited(client: Any, intent: str) -> list[int]:
    history = client.get("/v1/billing/wallet/history?limit=200").json
    return [entry["amount"] for entry in history if entry["transaction_id"] == intent]


@pytest.mark.rule("B03")
def test_a_topup_counts_when_confirmed_and_once(user: Any, gateway: Any) -> None:
    made = buy(user).json
    intent = made["payment_intent_id"]
    assert (made["succeeded"], made["requires_action"]) == (False, False)
    assert made["client_secret"].startswith(intent)
    assert balance(user) == 4200
    assert user.get("/v1/billing/payments").json[0]["status"] == "pending"
    first = gateway.service().post(CONFIRM, {"payment_intent_id": intent}).json
    assert first == {
        "status": "completed",
        "payment_intent_id": intent,
        "tokens": 5000,
        "balance": 9200,
        "already_completed": False,
    }
    second = gateway.service().post(CONFIRM, {"payment_intent_id": intent})
    assert (second.status, second.json) == (200, {**first, "already_completed": True})
    assert balance(user) == 9200
    assert credited(user, intent) == [5000]
    paid = next(one for one in user.get("/v1/billing/payments").json if one["payment_intent_id"] == intent)
    assert (paid["status"], paid["receipt_url"].endswith(intent)) == ("completed", True)
    assert paid["completed_at"] is not None


@pytest.mark.rule("B04")
@pytest.mark.parametrize("first", ["webhook", "confirm"])
def test_webhook_and_confirm_credit_once_together(user: Any, gateway: Any, first: str) -> None:
    intent = buy(user).json["payment_intent_id"]

    def webhook() -> None:
        assert report(gateway, "payment_intent.succeeded", {"id": intent}).status == 200

    def confirm() -> None:
        assert gateway.service().post(CONFIRM, {"payment_intent_id": intent}).status == 200

    for step in (webhook, confirm) if first == "webhook" else (confirm, webhook):
        step()
    assert credited(user, intent) == [5000]
    assert balance(user) == 9200
    assert gateway.service().post(CONFIRM, {"payment_intent_id": intent}).json["already_completed"] is True


@pytest.mark.rule("S04")
def test_the_buyer_cannot_confirm(user: Any, gateway: Any, world: World) -> None:
    intent = buy(user).json["payment_intent_id"]
    before = everything(world)
    assert user.post(CONFIRM, {"payment_intent_id": intent}).status == 403
    assert gateway.post(CONFIRM, {"payment_intent_id": intent}).status == 401
    wrong = {"X-Service-Token": "wrong"}
    assert user.post(CONFIRM, {"payment_intent_id": intent}, headers=wrong).status == 401
    assert everything(world) == before
    assert balance(user) == 4200
    assert credited(user, intent) == []


def test_what_cannot_be_confirmed(gateway: Any, world: World) -> None:
    service = gateway.service()
    before = everything(world)
    assert service.post(CONFIRM, {"payment_intent_id": "pi_nothing"}).status == 404
    assert service.post(CONFIRM, {"payment_intent_id": "pi_ada_topup_2"}).status == 409
    assert service.post(CONFIRM, {}).status == 422
    assert everything(world) == before


@pytest.mark.rule("B11")
def test_the_client_s_price_is_not_trusted(user: Any, gateway: Any) -> None:
    intent = buy(user, tokens=20000, price_cents=1).json["payment_intent_id"]
    assert user.get("/v1/billing/payments").json[0]["amount_cents"] == 2000
    gateway.service().post(CONFIRM, {"payment_intent_id": intent})
    assert balance(user) == 24200


@pytest.mark.parametrize(("tokens", "status"), [(4990, 400), (5000, 200), (500000, 200), (500001, 400), (2**62, 400)])
def test_a_purchase_has_limits(user: Any, world: World, tokens: int, status: int) -> None:
    before = everything(world)
    assert buy(user, tokens=tokens).status == status
    assert (everything(world) == before) is (status == 400)


@pytest.mark.parametrize(
    "body", [{}, {"tokens": 5000}, {"tokens": 0, "price_cents": 500}, {"tokens": 5000, "price_cents": 0}]
)
def test_a_purchase_has_a_shape(user: Any, world: World, body: dict[str, int]) -> None:
    before = everything(world)
    assert user.post(TOPUP, body).status == 422
    assert everything(world) == before


def test_off_session_pays_at_once(user: Any) -> None:
    made = buy(user, off_session=True).json
    assert (made["succeeded"], made["requires_action"]) == (True, False)
    assert balance(user) == 9200
    assert credited(user, made["payment_intent_id"]) == [5000]
    paid = user.get("/v1/billing/payments").json[0]
    assert (paid["payment_intent_id"], paid["status"], paid["type"]) == (
        made["payment_intent_id"], "completed", "topup",
    )  # fmt: skip


def test_off_session_with_a_declined_card(gateway: Any, world: World) -> None:
    nina = newcomer(gateway)
    add_card(gateway, nina, DECLINED)
    assert nina.get("/v1/billing/payment-methods").json[0]["last4"] == "0341"
    before = everything(world)
    assert buy(nina, off_session=True).status == 402
    assert everything(world) == before
    assert nina.get("/v1/billing/payments").json == []


def test_off_session_with_a_bank_that_asks(gateway: Any) -> None:
    nina = newcomer(gateway)
    add_card(gateway, nina, ASKS)
    made = buy(nina, off_session=True).json
    assert (made["succeeded"], made["requires_action"]) == (False, True)
    assert balance(nina) == 1000
    report(gateway, "payment_intent.succeeded", {"id": made["payment_intent_id"]})
    assert balance(nina) == 6000


def test_a_card_may_be_saved_with_a_purchase(gateway: Any) -> None:
    nina = newcomer(gateway)
    intent = buy(nina, save_payment_method=True).json["payment_intent_id"]
    assert nina.get("/v1/billing/payment-methods").json == []
    report(gateway, "payment_intent.succeeded", {"id": intent, "payment_method": "pm_nina1"})
    assert [card["id"] for card in nina.get("/v1/billing/payment-methods").json] == ["pm_nina1"]
    assert buy(nina, off_session=True).json["succeeded"]


def test_a_completed_topup_is_announced(user: Any, gateway: Any, world: World) -> None:
    intent = buy(user).json["payment_intent_id"]
    gateway.service().post(CONFIRM, {"payment_intent_id": intent})
    newest = list(world.state["events"].newest(user_id=ADA))[:2]
    assert newest[0]["payload"] == {
        "kind": "payment",
        "payment_intent_id": intent,
        "status": "completed",
        "type": "topup",
        "tokens": 5000,
    }
    assert (newest[1]["type"], newest[1]["payload"]["balance"]) == ("panel_refresh", 9200)


# -- automatic -----------------------------------------------------------------------------------------------------


def test_the_defaults_of_auto_topup(gateway: Any) -> None:
    assert newcomer(gateway).get("/v1/billing/auto-topup").json == {
        "enabled": False,
        "threshold_pct": 10,
        "recharge_tokens": 20000,
        "recharge_cents": 2000,
        "payment_method_id": "",
    }


@pytest.mark.rule("B12")
def test_the_price_of_a_recharge_is_computed(user: Any) -> None:
    sent = {"enabled": True, "threshold_pct": 25, "recharge_tokens": 12345, "payment_method_id": "pm_mc5454"}
    assert user.put("/v1/billing/auto-topup", {**sent, "recharge_cents": 1}).json == {"status": "ok"}
    assert user.get("/v1/billing/auto-topup").json == {**sent, "recharge_cents": 1235}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"threshold_pct": 0}, 422),
        ({"threshold_pct": 51}, 422),
        ({"recharge_tokens": 0}, 422),
        ({"enabled": None}, 422),
        ({"payment_method_id": "pm_nothing"}, 404),
    ],
)
def test_settings_of_auto_topup_are_checked(user: Any, changes: dict[str, Any], status: int) -> None:
    before = user.get("/v1/billing/auto-topup").json
    sent = {"enabled": True, "threshold_pct": 10, "recharge_tokens": 5000, **changes}
    assert user.put("/v1/billing/auto-topup", sent).status == status
    assert user.get("/v1/billing/auto-topup").json == before


def enable(client: Any, **more: Any) -> None:
    sent = {"enabled": True, "threshold_pct": 10, "recharge_tokens": 20000, **more}
    assert client.put("/v1/billing/auto-topup", sent).status == 200


def spend(world: World, user_id: str, tokens: int) -> None:
    with world.lock:
        _money.debit(world, user_id, tokens, "deduct", app_id="notes")
        world.commit()


def test_a_low_balance_is_recharged_by_itself(user: Any, world: World) -> None:
    enable(user, payment_method_id="pm_mc5454")
    spend(world, ADA, 2200)
    assert balance(user) == 2000
    spend(world, ADA, 1)
    assert balance(user) == 21999
    newest = user.get("/v1/billing/payments").json[0]
    assert (newest["type"], newest["amount_cents"], newest["status"]) == ("auto_topup", 2000, "completed")
    entry = user.get("/v1/billing/wallet/history").json[0]
    assert (entry["reason"], entry["transaction_id"]) == ("auto_topup", newest["payment_intent_id"])


def test_several_debits_recharge_once(user: Any, world: World) -> None:
    enable(user)
    for _ in range(3):
        spend(world, ADA, 1000)
    assert balance(user) == 21200


def test_what_is_switched_off_recharges_nothing(user: Any, world: World) -> None:
    spend(world, ADA, 4000)
    assert balance(user) == 200


@pytest.mark.parametrize("card", [DECLINED, ASKS, None])
def test_a_failed_recharge_switches_itself_off(gateway: Any, world: World, card: str | None) -> None:
    nina = newcomer(gateway)
    nina_id = nina.get("/v1/auth/me").json["imperal_id"]
    if card:
        add_card(gateway, nina, card)
    enable(nina)
    spend(world, nina_id, 950)
    assert balance(nina) == 50
    assert nina.get("/v1/billing/auto-topup").json["enabled"] is False
    assert [one["status"] for one in nina.get("/v1/billing/payments").json] == (["failed"] if card else [])
    (mail,) = world.state["outbox"].newest(to="nina@example.com")
    assert "switched off" in mail["subject"]
    assert next(world.state["events"].newest(user_id=nina_id))["payload"] == {"kind": "auto_topup_failed"}


def test_a_recharge_beyond_the_limit_is_not_charged(user: Any, world: World) -> None:
    enable(user, recharge_tokens=2**60)
    spend(world, ADA, 4000)
    assert balance(user) == 200
    assert user.get("/v1/billing/auto-topup").json["enabled"] is False


def test_time_alone_recharges_nothing(user: Any, gateway: Any, world: World) -> None:
    enable(user, threshold_pct=50)
    days(world, 10)
    assert balance(gateway.login()) == 4200
