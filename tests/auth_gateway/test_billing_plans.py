"""The life of a subscription: subscribe, change, cancel, resume, renew, and what time does to it."""

from __future__ import annotations

from typing import Any

import pytest
from billing_helpers import ADA, ASKS, DECLINED, add_card, again, balance, days, everything, newcomer, plan_of, report

from specdouble.mock.kit import parse_stamp
from specdouble.mock.state.world import World

DAY = 86400


def shown(client: Any) -> dict[str, Any]:
    return client.get("/v1/billing/subscription").json


def lasts(held: dict[str, Any]) -> float:
    return parse_stamp(held["expires_at"]) - parse_stamp(held["started_at"])


def test_the_cast_shows_every_state(world: World) -> None:
    held = list(world.state["subscriptions"])
    assert {one["status"] for one in held} == {"active", "past_due", "expired", "canceled"}
    assert {one["billing_mode"] for one in held} == {"card", "manual"}
    assert any(one["cancel_at_period_end"] and one["status"] == "active" for one in held)
    assert any(one["pending_plan"] for one in held)


def test_ada_is_on_pro(user: Any) -> None:
    held = shown(user)
    assert (held["plan"], held["status"], held["period"], held["billing_mode"]) == ("pro", "active", "monthly", "card")
    assert (lasts(held), held["card_required"]) == (30 * DAY, True)


def test_a_card_is_required_only_while_one_will_be_charged(user: Any, gateway: Any, world: World) -> None:
    assert shown(newcomer(gateway))["card_required"] is False
    user.post("/v1/billing/cancel")
    assert shown(user)["card_required"] is False
    user.post("/v1/billing/resume")
    assert shown(user)["card_required"] is True
    world.state["subscriptions"].update(ADA, billing_mode="manual")
    assert shown(user)["card_required"] is False


# -- subscribe -----------------------------------------------------------------------------------------------------


def test_subscribing_pays_grants_and_starts(gateway: Any) -> None:
    nina = newcomer(gateway)
    add_card(gateway, nina)
    made = nina.post("/v1/billing/subscribe", {"plan_id": "pro"}).json
    assert (made["status"], made["plan"], made["period"], made["client_secret"]) == ("active", "pro", "monthly", None)
    held = shown(nina)
    assert (held["started_at"], held["expires_at"]) == (made["started_at"], made["expires_at"])
    assert (held["plan"], held["status"], lasts(held)) == ("pro", "active", 30 * DAY)
    (paid,) = nina.get("/v1/billing/payments").json
    assert (paid["payment_intent_id"], paid["amount_cents"], paid["tokens"], paid["status"], paid["type"]) == (
        made["payment_intent_id"], 1900, 20000, "completed", "subscription",
    )  # fmt: skip
    newest = nina.get("/v1/billing/wallet/history").json[0]
    assert (newest["transaction_id"], newest["amount"], newest["reason"]) == (
        made["payment_intent_id"], 20000, "grant",
    )  # fmt: skip
    wallet = nina.get("/v1/billing/wallet").json
    assert (wallet["balance"], wallet["cap"], wallet["included_tokens"]) == (21000, 50000, 20000)


def test_a_year_is_paid_at_once(gateway: Any) -> None:
    nina = newcomer(gateway)
    add_card(gateway, nina)
    nina.post("/v1/billing/subscribe", {"plan_id": "pro", "period": "annual"})
    assert lasts(shown(nina)) == 365 * DAY
    assert nina.get("/v1/billing/payments").json[0]["amount_cents"] == 12 * 1900
    assert balance(nina) == 1000 + 12 * 20000


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"plan_id": "gold"}, 404),
        ({"plan_id": "free"}, 422),
        ({"plan_id": "enterprise"}, 422),
        ({"plan_id": "pro", "period": "weekly"}, 422),
        ({}, 422),
        ({"plan_id": "pro"}, 402),
    ],
)
def test_subscribing_is_refused(gateway: Any, world: World, body: dict[str, str], status: int) -> None:
    nina = newcomer(gateway)
    before = everything(world)
    assert nina.post("/v1/billing/subscribe", body).status == status
    assert everything(world) == before


def test_a_declined_card_buys_nothing(gateway: Any, world: World) -> None:
    nina = newcomer(gateway)
    add_card(gateway, nina, DECLINED)
    before = everything(world)
    assert nina.post("/v1/billing/subscribe", {"plan_id": "pro"}).status == 402
    assert nina.post("/v1/billing/change-plan", {"plan_id": "pro"}).status == 402
    assert everything(world) == before
    assert plan_of(nina) == ("free", "active")


def test_subscribing_twice_is_a_409(user: Any, world: World) -> None:
    before = everything(world)
    assert user.post("/v1/billing/subscribe", {"plan_id": "business"}).status == 409
    assert everything(world) == before


def test_a_bank_that_asks_delays_the_plan(gateway: Any) -> None:
    nina = newcomer(gateway)
    add_card(gateway, nina, ASKS)
    made = nina.post("/v1/billing/subscribe", {"plan_id": "pro"}).json
    assert (made["status"], made["expires_at"]) == ("requires_action", None)
    assert made["client_secret"].startswith(made["payment_intent_id"])
    assert plan_of(nina) == ("free", "active")
    report(gateway, "payment_intent.succeeded", {"id": made["payment_intent_id"]})
    assert plan_of(nina) == ("pro", "active")
    assert balance(nina) == 21000


# -- cancel and resume ---------------------------------------------------------------------------------------------


@pytest.mark.rule("B05")
def test_cancelling_keeps_access_until_the_period_ends(user: Any, gateway: Any, world: World) -> None:
    ends = shown(user)["expires_at"]
    assert user.post("/v1/billing/cancel").json == {
        "status": "canceled",
        "effective_at": ends,
        "plan": "pro",
        "cancel_at_period_end": True,
    }
    held = shown(user)
    assert (held["status"], held["cancel_at_period_end"], held["expires_at"]) == ("active", True, ends)
    assert user.get("/v1/billing/wallet").json["cap"] == 50000
    days(world, 17)
    assert plan_of(gateway.login()) == ("pro", "active")
    days(world, 2)
    assert plan_of(gateway.login()) == ("free", "active")
    assert gateway.login().get("/v1/billing/wallet").json["cap"] == 5000
    assert balance(gateway.login()) == 4200


@pytest.mark.rule("B06")
def test_resuming_needs_a_pending_cancellation(user: Any, world: World) -> None:
    before = everything(world)
    assert user.post("/v1/billing/resume").status == 409
    assert everything(world) == before
    user.post("/v1/billing/cancel")
    resumed = user.post("/v1/billing/resume").json
    assert (resumed["status"], resumed["plan"], resumed["cancel_at_period_end"]) == ("active", "pro", False)
    assert shown(user)["cancel_at_period_end"] is False
    assert user.post("/v1/billing/resume").status == 409


def test_there_must_be_something_to_cancel(user: Any, gateway: Any, world: World) -> None:
    assert newcomer(gateway).post("/v1/billing/cancel").status == 409
    user.post("/v1/billing/cancel")
    before = everything(world)
    assert user.post("/v1/billing/cancel").status == 409
    assert everything(world) == before


# -- change --------------------------------------------------------------------------------------------------------


@pytest.mark.rule("B07")
def test_an_upgrade_is_immediate(user: Any) -> None:
    changed = user.post("/v1/billing/change-plan", {"plan_id": "business"}).json
    assert changed == {
        "action": "upgrade",
        "plan": "business",
        "succeeded": True,
        "requires_action": False,
        "client_secret": "",
        "effective_at": None,
        "pending": False,
    }
    assert plan_of(user) == ("business", "active")
    paid = user.get("/v1/billing/payments").json[0]
    assert (paid["amount_cents"], paid["tokens"], paid["type"]) == (3760, 60000, "subscription")  # 18 of 30 days left
    assert balance(user) == 64200


@pytest.mark.rule("B07")
def test_a_downgrade_waits_for_the_end_of_the_period(developer: Any, gateway: Any, world: World) -> None:
    before = shown(developer)
    paid = developer.get("/v1/billing/payments").json
    changed = developer.post("/v1/billing/change-plan", {"plan_id": "pro"}).json
    assert (changed["action"], changed["pending"], changed["effective_at"]) == ("downgrade", True, before["expires_at"])
    held = shown(developer)
    assert held == {**before, "pending_plan": "pro"}
    assert developer.get("/v1/billing/payments").json == paid
    days(world, 11)
    margaret = gateway.login("dev@example.com")
    held = shown(margaret)
    assert (held["plan"], held["pending_plan"], held["started_at"]) == ("pro", None, before["expires_at"])
    newest = margaret.get("/v1/billing/payments").json[0]
    assert (newest["type"], newest["amount_cents"], newest["tokens"]) == ("renewal", 1900, 20000)


@pytest.mark.rule("B10")
@pytest.mark.parametrize("plan_id", ["free", "enterprise"])
def test_some_plans_are_not_for_self_service(user: Any, world: World, plan_id: str) -> None:
    before = everything(world)
    assert user.post("/v1/billing/change-plan", {"plan_id": plan_id}).status == 400
    assert everything(world) == before
    assert plan_of(user) == ("pro", "active")


def test_changing_to_an_unknown_or_the_same_plan(user: Any, world: World) -> None:
    before = everything(world)
    assert user.post("/v1/billing/change-plan", {"plan_id": "gold"}).status == 404
    assert user.post("/v1/billing/change-plan", {"plan_id": "pro"}).status == 409
    assert user.post("/v1/billing/change-plan", {"plan_id": "pro", "period": "monthly"}).status == 409
    assert user.post("/v1/billing/change-plan", {"period": "monthly"}).status == 422
    assert everything(world) == before


def test_the_same_plan_by_the_year_is_an_upgrade(user: Any) -> None:
    changed = user.post("/v1/billing/change-plan", {"plan_id": "pro", "period": "annual"}).json
    assert changed["action"] == "upgrade"
    assert (shown(user)["period"], lasts(shown(user))) == ("annual", 365 * DAY)


@pytest.mark.rule("B06")
def test_without_a_card_nothing_is_bought(gateway: Any, world: World) -> None:
    nina = newcomer(gateway)
    before = everything(world)
    assert nina.post("/v1/billing/change-plan", {"plan_id": "pro"}).status == 402
    bought = {"tokens": 5000, "price_cents": 500, "off_session": True}
    assert nina.post("/v1/billing/topup", bought).status == 402
    assert everything(world) == before
    assert plan_of(nina) == ("free", "active")


def test_an_upgrade_that_the_bank_asks_about_waits(user: Any, gateway: Any) -> None:
    card = add_card(gateway, user, ASKS)
    user.put(f"/v1/billing/payment-methods/{card}/default")
    changed = user.post("/v1/billing/change-plan", {"plan_id": "business"}).json
    assert (changed["succeeded"], changed["requires_action"]) == (False, True)
    assert plan_of(user) == ("pro", "active")
    report(gateway, "payment_intent.succeeded", {"id": changed["client_secret"].partition("_secret_")[0]})
    assert plan_of(user) == ("business", "active")


def test_cancelling_takes_back_an_ordered_downgrade(developer: Any) -> None:
    developer.post("/v1/billing/change-plan", {"plan_id": "pro"})
    developer.post("/v1/billing/cancel")
    developer.post("/v1/billing/resume")
    held = shown(developer)
    assert (held["plan"], held["pending_plan"], held["cancel_at_period_end"]) == ("business", None, False)


# -- time ----------------------------------------------------------------------------------------------------------


def test_a_plan_renews_itself_each_period(user: Any, gateway: Any, world: World) -> None:
    ends = parse_stamp(shown(user)["expires_at"])
    days(world, 18 + 30 + 1)
    ada = gateway.login()
    held = shown(ada)
    assert (held["plan"], held["status"]) == ("pro", "active")
    assert parse_stamp(held["expires_at"]) == ends + 60 * DAY
    renewals = [one for one in ada.get("/v1/billing/payments").json if one["type"] == "renewal"]
    assert len(renewals) == 4
    assert balance(ada) == 44200


def test_an_old_period_s_end_does_not_touch_the_new_one(user: Any, gateway: Any, world: World) -> None:
    user.post("/v1/billing/change-plan", {"plan_id": "business"})
    days(world, 19)
    assert plan_of(gateway.login()) == ("business", "active")
    assert balance(gateway.login()) == 64200


def subscribed(gateway: Any, card: str, plan_id: str = "pro") -> Any:
    """A newcomer on a plan whose only card is then another one."""
    nina = newcomer(gateway)
    first = add_card(gateway, nina)
    assert nina.post("/v1/billing/subscribe", {"plan_id": plan_id}).status == 200
    second = add_card(gateway, nina, card, "evt_other")
    nina.put(f"/v1/billing/payment-methods/{second}/default")
    nina.delete(f"/v1/billing/payment-methods/{first}")
    return nina


@pytest.mark.rule("B06")
def test_renewing_waits_for_the_end_and_needs_a_card(gateway: Any, world: World) -> None:
    nina = newcomer(gateway)
    card = add_card(gateway, nina)
    nina.post("/v1/billing/subscribe", {"plan_id": "pro"})
    before = everything(world)
    assert nina.post("/v1/billing/renew").status == 409
    assert everything(world) == before
    world.state["cards"].remove(card)
    days(world, 31)
    nina = again(gateway)
    assert plan_of(nina) == ("pro", "expired")
    assert nina.get("/v1/billing/wallet").json["cap"] == 5000
    before = everything(world)
    assert nina.post("/v1/billing/renew").status == 402
    assert everything(world) == before
    add_card(gateway, nina, event_id="evt_new")
    renewed = nina.post("/v1/billing/renew").json
    held = shown(nina)
    assert (renewed["status"], renewed["plan"], renewed["expires_at"]) == ("active", "pro", held["expires_at"])
    assert (held["status"], lasts(held)) == ("active", 30 * DAY)
    paid = nina.get("/v1/billing/payments").json[0]
    assert (paid["payment_intent_id"], paid["type"]) == (renewed["payment_intent_id"], "renewal")
    assert balance(nina) == 41000
    assert nina.post("/v1/billing/renew").status == 409


def test_a_declined_renewal_falls_behind_and_then_expires(gateway: Any, world: World) -> None:
    subscribed(gateway, DECLINED)
    days(world, 31)
    nina = again(gateway)
    assert plan_of(nina) == ("pro", "past_due")
    assert nina.get("/v1/billing/wallet").json["cap"] == 50000
    assert [one["status"] for one in nina.get("/v1/billing/payments").json] == ["failed", "completed"]
    assert nina.post("/v1/billing/renew").status == 402
    days(world, 3)
    nina = again(gateway)
    assert plan_of(nina) == ("pro", "expired")
    assert balance(nina) == 21000
    subjects = [one["subject"] for one in world.state["outbox"].newest(to="nina@example.com")]
    assert subjects == ["Your plan has expired", "Your payment failed"]


def test_a_late_renewal_is_tried_again(gateway: Any, world: World) -> None:
    subscribed(gateway, DECLINED)
    days(world, 31)
    nina = again(gateway)
    card = add_card(gateway, nina, event_id="evt_new")
    nina.put(f"/v1/billing/payment-methods/{card}/default")
    days(world, 3)
    assert plan_of(again(gateway)) == ("pro", "active")
    assert balance(again(gateway)) == 41000


def test_a_renewal_that_the_bank_asks_about_is_no_renewal(gateway: Any, world: World) -> None:
    subscribed(gateway, ASKS)
    days(world, 31)
    nina = again(gateway)
    assert plan_of(nina) == ("pro", "past_due")
    days(world, 3)
    nina = again(gateway)
    before = everything(world)
    assert nina.post("/v1/billing/renew").status == 402
    assert everything(world) == before


def test_an_expired_plan_may_be_replaced(gateway: Any, world: World) -> None:
    nina = newcomer(gateway)
    card = add_card(gateway, nina)
    nina.post("/v1/billing/subscribe", {"plan_id": "business"})
    world.state["cards"].remove(card)
    days(world, 31)
    nina = again(gateway)
    add_card(gateway, nina, event_id="evt_new")
    assert nina.post("/v1/billing/change-plan", {"plan_id": "business"}).status == 409
    changed = nina.post("/v1/billing/change-plan", {"plan_id": "pro"}).json
    assert (changed["action"], changed["pending"]) == ("upgrade", False)
    assert plan_of(nina) == ("pro", "active")


def test_a_contract_is_not_renewed_by_card(gateway: Any, world: World) -> None:
    held = {**world.state["subscriptions"].get(ADA), "plan": "enterprise", "billing_mode": "manual"}
    world.state["subscriptions"].put({**held, "contract_amount_cents": 1200000, "billing_note": "by invoice"})
    days(world, 19)
    ada = gateway.login()
    assert plan_of(ada) == ("enterprise", "expired")
    assert ada.post("/v1/billing/renew").status == 402


def test_a_change_of_plan_reaches_the_user_s_panel(user: Any, world: World) -> None:
    user.post("/v1/billing/cancel")
    event = next(world.state["events"].newest(user_id=ADA))
    assert (event["type"], event["payload"]["panel"]) == ("panel_refresh", "subscription")
