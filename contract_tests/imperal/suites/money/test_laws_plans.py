"""Laws of plans: the catalogue, subscribing, and moving up."""

from __future__ import annotations

import pytest

from specdouble.verify.kit import Judge, Stage, law

from ... import money
from . import _money
from ._plans import MONTHS, bought, in_force, state

PLANS, SUBSCRIPTION, WALLET = (f"GET /v1/billing/{path}" for path in ("plans", "subscription", "wallet"))
SUBSCRIBE, CHANGE = "POST /v1/billing/subscribe", "POST /v1/billing/change-plan"
PAYMENTS, HISTORY, STRIPE = "GET /v1/billing/payments", "GET /v1/billing/wallet/history", "POST /v1/webhooks/stripe"

# -- the catalogue -------------------------------------------------------------------------------------------------


@law("LIFE-220", PLANS)
def test_anybody_may_read_the_plans(stage: Stage, judge: Judge) -> None:
    """The catalogue is the same for everybody, signed in or not: plans with an id each, among them a free one."""
    reply = judge.ok(stage.send(PLANS))
    judge.equal(stage.send(PLANS, stage.cast.user).json, reply.json, "who signs in sees another catalogue", reply)
    ids = [one["id"] for one in reply.json]
    judge.equal(len(set(ids)), len(ids), "two plans share their id", reply)
    judge.that("free" in ids, "there is no free plan", reply)
    for one in reply.json:
        judge.that(one["name"].strip() and one["interval"].strip(), "a plan lacks its name or interval", reply)
        judge.that(one["price"] >= 0, "a price is negative", reply)
        judge.that(one["id"] != "free" or one["price"] == 0, "the free plan costs something", reply)


@law("LIFE-221", SUBSCRIPTION)
def test_nobody_is_without_a_plan(stage: Stage, judge: Judge) -> None:
    """Who never subscribed is on the free plan, active, without an end, a card or anything pending."""
    shown = judge.ok(stage.send(SUBSCRIPTION, stage.cast.new()))
    for name, value in (
        ("plan", "free"), ("status", "active"), ("expires_at", None), ("cancel_at_period_end", False),
        ("card_required", False), ("pending_plan", None), ("contract_amount_cents", None), ("billing_note", None),
    ):  # fmt: skip
        judge.equal(shown.json.get(name, value), value, f"{name} of a free plan is another", shown, about=name)


# -- subscribe -----------------------------------------------------------------------------------------------------


@law("LIFE-222", SUBSCRIBE, SUBSCRIPTION, WALLET, PAYMENTS, HISTORY)
@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("period", ["", "monthly", "annual"])
def test_subscribing_pays_grants_and_starts(period: str, which: int, stage: Stage, judge: Judge) -> None:
    """Subscribing charges the card, writes one payment, grants the plan's tokens once, and starts the period.

    Without a period it is monthly; a year costs twelve months.
    """
    plan, person = money.two_plans(stage)[which], money.payer(stage)
    before = state(stage, person)
    body = {"plan_id": plan["id"], **({"period": period} if period else {})}
    made = judge.ok(stage.send(SUBSCRIBE, person, body=body))
    period = period or "monthly"
    held = in_force(stage, judge, person, plan, period)
    paid = bought(stage, judge, person, before, "subscription", MONTHS[period])
    judge.equal(paid["amount_cents"], money.cents(plan, MONTHS[period]), f"the price of a {period} period is another")
    judge.equal({**made.json, "client_secret": made.json.get("client_secret")}, {
        "status": "active", "plan": plan["id"], "period": period, "started_at": held["started_at"],
        "expires_at": held["expires_at"], "payment_intent_id": paid["payment_intent_id"], "client_secret": None,
    }, "the answer differs from the subscription", made)  # fmt: skip


@law("LIFE-223", SUBSCRIBE)
def test_subscribing_is_refused(stage: Stage, judge: Judge) -> None:
    """An unknown plan is 404, no card or a declined one 402, a second paid plan 409; none of it changes anything.

    The plans free and enterprise cannot be bought.
    """
    small, large = money.two_plans(stage)
    poor, payer, running = stage.cast.new(), money.payer(stage), money.subscriber(stage, small["id"])
    with _money.unchanged(stage, judge, poor, payer, running):
        judge.status(stage.send(SUBSCRIBE, payer, body={"plan_id": stage.cast.fresh("plan")}), 404, about="unknown")
        judge.status(stage.send(SUBSCRIBE, poor, body={"plan_id": small["id"]}), 402, about="no card")
        for plan in (small, large):
            judge.status(stage.send(SUBSCRIBE, running, body={"plan_id": plan["id"]}), 409, about="second plan")
        for plan_id in money.NOT_FOR_SALE:
            reply = stage.send(SUBSCRIBE, payer, body={"plan_id": plan_id})
            judge.status(reply, 400, 402, 404, 409, 422, about=plan_id)
    declined = money.payer(stage, money.DECLINED)
    held = (money.subscription(stage, declined), money.history(stage, declined))
    judge.status(stage.send(SUBSCRIBE, declined, body={"plan_id": small["id"]}), 402, about="declined")
    now = (money.subscription(stage, declined), money.history(stage, declined))
    judge.equal(now, held, "a declined card buys something")


@law("LIFE-224", SUBSCRIBE, STRIPE)
def test_a_bank_that_asks_delays_the_plan(stage: Stage, judge: Judge) -> None:
    """When the bank wants the holder to confirm, the plan starts only once the payment succeeded."""
    small, _ = money.two_plans(stage)
    person = money.payer(stage, money.ASKS)
    before, held = state(stage, person), money.subscription(stage, person)
    made = judge.ok(stage.send(SUBSCRIBE, person, body={"plan_id": small["id"]}))
    judge.equal((made["status"], made["expires_at"]), ("requires_action", None), "it does not ask for an action", made)
    judge.that(made["client_secret"], "there is no client_secret to confirm with", made)
    judge.equal(money.subscription(stage, person), held, "the plan runs before the payment", made)
    judge.equal(money.history(stage, person), before[1], "tokens are granted before the payment", made)
    judge.ok(stage.cast.stripe("payment_intent.succeeded", {"id": made["payment_intent_id"]}))
    in_force(stage, judge, person, small, "monthly")
    bought(stage, judge, person, before, "subscription", 1)


# -- up ------------------------------------------------------------------------------------------------------------


@law("B07", CHANGE, SUBSCRIPTION, PAYMENTS)
@pytest.mark.parametrize("period", ["", "annual"])
def test_an_upgrade_is_immediate(period: str, stage: Stage, judge: Judge) -> None:
    """A larger plan is charged and applies at once, with its own tokens, cap and period."""
    small, large = money.two_plans(stage)
    person = money.subscriber(stage, small["id"])
    before = state(stage, person)
    body = {"plan_id": large["id"], **({"period": period} if period else {})}
    changed = judge.ok(stage.send(CHANGE, person, body=body))
    judge.equal(changed.json, {
        "action": "upgrade", "plan": large["id"], "succeeded": True, "requires_action": False, "client_secret": "",
        "effective_at": None, "pending": False,
    }, "the answer is not that of an upgrade", changed)  # fmt: skip
    period = period or "monthly"
    in_force(stage, judge, person, large, period)
    paid = bought(stage, judge, person, before, "subscription", MONTHS[period])
    whole, less = money.cents(large, MONTHS[period]), money.cents(large, MONTHS[period]) - money.cents(small)
    fair = paid["amount_cents"] == whole or less <= paid["amount_cents"] <= less + money.cents(small) * 0.02 + 1
    judge.that(fair, "an upgrade costs neither the plan nor what is left after the old one's rest", op=PAYMENTS,
               expected=f"{less} or {whole}", got=paid["amount_cents"])  # fmt: skip


@law("B07", CHANGE, SUBSCRIPTION, PAYMENTS)
def test_the_way_up_from_free_is_immediate(stage: Stage, judge: Judge) -> None:
    """From the free plan every plan is larger: it is charged whole and applies at once, where that is allowed."""
    small, _ = money.two_plans(stage)
    person = money.payer(stage)
    before = state(stage, person)
    changed = stage.send(CHANGE, person, body={"plan_id": small["id"]})
    if changed.status == 409:
        return  # a server may want POST /v1/billing/subscribe for the first plan
    told = {name: judge.ok(changed)[name] for name in ("action", "plan", "succeeded", "pending")}
    expected = {"action": "upgrade", "plan": small["id"], "succeeded": True, "pending": False}
    judge.equal(told, expected, "the answer is not that of an upgrade", changed)
    in_force(stage, judge, person, small, "monthly")
    paid = bought(stage, judge, person, before, "subscription", 1)
    judge.equal(paid["amount_cents"], money.cents(small), "the first plan is not paid whole", op=PAYMENTS)


@law("B06", CHANGE, STRIPE)
def test_an_upgrade_needs_a_good_card(stage: Stage, judge: Judge) -> None:
    """An upgrade without a card, or with one that is declined, is 402; one that the bank asks about waits for that."""
    small, large = money.two_plans(stage)
    poor, person = stage.cast.new(), money.subscriber(stage, small["id"])
    declined, asks = (money.card(stage, person, kind) for kind in (money.DECLINED, money.ASKS))
    body = {"plan_id": large["id"]}
    stage.send("PUT /v1/billing/payment-methods/{pm_id}/default", person, params={"pm_id": declined}).need()
    held = (money.subscription(stage, person), money.history(stage, person))
    with _money.unchanged(stage, judge, poor):
        judge.status(stage.send(CHANGE, poor, body=body), 402, message="an upgrade without a card is not 402")
    judge.status(stage.send(CHANGE, person, body=body), 402, message="an upgrade by a declined card is not 402")
    judge.equal((money.subscription(stage, person), money.history(stage, person)), held, "a declined card upgrades")
    stage.send("PUT /v1/billing/payment-methods/{pm_id}/default", person, params={"pm_id": asks}).need()
    before = state(stage, person)
    changed = judge.ok(stage.send(CHANGE, person, body=body))
    told = {name: changed[name] for name in ("action", "succeeded", "requires_action", "pending")}
    expected = {"action": "upgrade", "succeeded": False, "requires_action": True, "pending": False}
    judge.equal(told, expected, "the answer does not ask for the holder's action", changed)
    judge.that(changed["client_secret"], "there is no client_secret to confirm with", changed)
    judge.equal((money.subscription(stage, person), money.history(stage, person)), held, "upgraded before the payment")
    waiting = _money.added(before[0], money.payments(stage, person), "payment_intent_id")
    judge.must([one["status"] for one in waiting] == ["pending"], "no pending payment waits", op=PAYMENTS, got=waiting)
    judge.ok(stage.cast.stripe("payment_intent.succeeded", {"id": waiting[0]["payment_intent_id"]}))
    in_force(stage, judge, person, large, "monthly")
    bought(stage, judge, person, before, "subscription", 1)


@law("B10", CHANGE)
def test_some_plans_cannot_be_chosen(stage: Stage, judge: Judge) -> None:
    """Changing to free or enterprise is 400, to an unknown plan 404, to the present one 409; nothing changes."""
    small, _ = money.two_plans(stage)
    person, free = money.subscriber(stage, small["id"]), money.payer(stage)
    offered = {one["id"] for one in money.catalogue(stage)}
    with _money.unchanged(stage, judge, person, free):
        for plan_id in offered.intersection(money.NOT_FOR_SALE):
            for who in (person, free):
                judge.status(stage.send(CHANGE, who, body={"plan_id": plan_id}), 400, about=plan_id)
        judge.status(stage.send(CHANGE, person, body={"plan_id": stage.cast.fresh("plan")}), 404, about="unknown")
        for more in ({}, {"period": "monthly"}):
            judge.status(stage.send(CHANGE, person, body={"plan_id": small["id"], **more}), 409, about="the same")
