"""Rules of plans: the catalogue, subscribing, and moving up."""

from __future__ import annotations

import pytest

from specdouble.verify.kit import Check, Unmet, rule

from ...session import Session
from ...shared import money
from . import _money
from ._plans import MONTHS, bought, in_force, state

PLANS, SUBSCRIPTION, WALLET = (f"GET /v1/billing/{path}" for path in ("plans", "subscription", "wallet"))
SUBSCRIBE, CHANGE = "POST /v1/billing/subscribe", "POST /v1/billing/change-plan"
PAYMENTS, HISTORY, STRIPE = "GET /v1/billing/payments", "GET /v1/billing/wallet/history", "POST /v1/webhooks/stripe"

# -- the catalogue -------------------------------------------------------------------------------------------------


@rule("LIFE-220", PLANS)
def test_anybody_may_read_the_plans(session: Session, check: Check) -> None:
    """The catalogue is the same for everybody, signed in or not: plans with an id each, among them a free one."""
    reply = check.ok(session.send(PLANS))
    check.equal(session.send(PLANS, session.users.user).json, reply.json, "who signs in sees another catalogue", reply)
    ids = [one["id"] for one in reply.json]
    check.equal(len(set(ids)), len(ids), "two plans share their id", reply)
    check.that("free" in ids, "there is no free plan", reply)
    for one in reply.json:
        check.that(one["name"].strip() and one["interval"].strip(), "a plan lacks its name or interval", reply)
        check.that(one["price"] >= 0, "a price is negative", reply)
        check.that(one["id"] != "free" or one["price"] == 0, "the free plan costs something", reply)


@rule("LIFE-221", SUBSCRIPTION)
def test_nobody_is_without_a_plan(session: Session, check: Check) -> None:
    """Who never subscribed is on the free plan, active, without an end, a card or anything pending."""
    shown = check.ok(session.send(SUBSCRIPTION, session.users.new()))
    for name, value in (
        ("plan", "free"), ("status", "active"), ("expires_at", None), ("cancel_at_period_end", False),
        ("card_required", False), ("pending_plan", None), ("contract_amount_cents", None), ("billing_note", None),
    ):  # fmt: skip
        check.equal(shown.json.get(name, value), value, f"{name} of a free plan is another", shown, about=name)


# -- subscribe -----------------------------------------------------------------------------------------------------


@rule("LIFE-222", SUBSCRIBE, SUBSCRIPTION, WALLET, PAYMENTS, HISTORY)
@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("period", ["", "monthly", "annual"])
def test_subscribing_pays_grants_and_starts(period: str, which: int, session: Session, check: Check) -> None:
    """Subscribing charges the card, writes one payment, grants the plan's tokens once, and starts the period.

    Without a period it is monthly; a year costs twelve months.
    """
    plan, person = money.two_plans(session)[which], money.payer(session)
    before = state(session, person)
    body = {"plan_id": plan["id"], **({"period": period} if period else {})}
    made = check.ok(session.send(SUBSCRIBE, person, body=body))
    period = period or "monthly"
    held = in_force(session, check, person, plan, period)
    paid = bought(session, check, person, before, "subscription", MONTHS[period])
    check.equal(paid["amount_cents"], money.cents(plan, MONTHS[period]), f"the price of a {period} period is another")
    check.equal({**made.json, "client_secret": made.json.get("client_secret")}, {
        "status": "active", "plan": plan["id"], "period": period, "started_at": held["started_at"],
        "expires_at": held["expires_at"], "payment_intent_id": paid["payment_intent_id"], "client_secret": None,
    }, "the response differs from the subscription", made)  # fmt: skip


@rule("LIFE-223", SUBSCRIBE)
def test_subscribing_is_refused(session: Session, check: Check) -> None:
    """An unknown plan is 404, no card or a declined one 402, a second paid plan 409; none of it changes anything.

    The plans free and enterprise cannot be bought.
    """
    small, large = money.two_plans(session)
    poor, payer, running = session.users.new(), money.payer(session), money.subscriber(session, small["id"])
    with _money.unchanged(session, check, poor, payer, running):
        check.status(
            session.send(SUBSCRIBE, payer, body={"plan_id": session.users.fresh("plan")}), 404, about="unknown"
        )
        check.status(session.send(SUBSCRIBE, poor, body={"plan_id": small["id"]}), 402, about="no card")
        for plan in (small, large):
            check.status(session.send(SUBSCRIBE, running, body={"plan_id": plan["id"]}), 409, about="second plan")
        for plan_id in money.NOT_FOR_SALE:
            reply = session.send(SUBSCRIBE, payer, body={"plan_id": plan_id})
            check.status(reply, 400, 402, 404, 409, 422, about=plan_id)
    declined = money.payer(session, money.DECLINED)
    held = (money.subscription(session, declined), money.history(session, declined))
    check.status(session.send(SUBSCRIBE, declined, body={"plan_id": small["id"]}), 402, about="declined")
    now = (money.subscription(session, declined), money.history(session, declined))
    check.equal(now, held, "a declined card buys something")


@rule("LIFE-224", SUBSCRIBE, STRIPE)
def test_a_bank_that_asks_delays_the_plan(session: Session, check: Check) -> None:
    """When the bank wants the holder to confirm, the plan starts only once the payment succeeded."""
    small, _ = money.two_plans(session)
    person = money.payer(session, money.ASKS)
    before, held = state(session, person), money.subscription(session, person)
    made = check.ok(session.send(SUBSCRIBE, person, body={"plan_id": small["id"]}))
    check.equal((made["status"], made["expires_at"]), ("requires_action", None), "it does not ask for an action", made)
    check.that(made["client_secret"], "there is no client_secret to confirm with", made)
    check.equal(money.subscription(session, person), held, "the plan runs before the payment", made)
    check.equal(money.history(session, person), before[1], "tokens are granted before the payment", made)
    check.ok(session.users.stripe("payment_intent.succeeded", {"id": made["payment_intent_id"]}))
    in_force(session, check, person, small, "monthly")
    bought(session, check, person, before, "subscription", 1)


# -- up ------------------------------------------------------------------------------------------------------------


@rule("B07", CHANGE, SUBSCRIPTION, PAYMENTS)
@pytest.mark.parametrize("period", ["", "annual"])
def test_an_upgrade_is_immediate(period: str, session: Session, check: Check) -> None:
    """A larger plan is charged and applies at once, with its own tokens, cap and period."""
    small, large = money.two_plans(session)
    person = money.subscriber(session, small["id"])
    before = state(session, person)
    body = {"plan_id": large["id"], **({"period": period} if period else {})}
    changed = check.ok(session.send(CHANGE, person, body=body))
    check.equal(changed.json, {
        "action": "upgrade", "plan": large["id"], "succeeded": True, "requires_action": False, "client_secret": "",
        "effective_at": None, "pending": False,
    }, "the response is not that of an upgrade", changed)  # fmt: skip
    period = period or "monthly"
    in_force(session, check, person, large, period)
    paid = bought(session, check, person, before, "subscription", MONTHS[period])
    whole, less = money.cents(large, MONTHS[period]), money.cents(large, MONTHS[period]) - money.cents(small)
    fair = paid["amount_cents"] == whole or less <= paid["amount_cents"] <= less + money.cents(small) * 0.02 + 1
    check.that(fair, "an upgrade costs neither the plan nor what is left after the old one's rest", op=PAYMENTS,
               expected=f"{less} or {whole}", got=paid["amount_cents"])  # fmt: skip


@rule("B07", CHANGE, SUBSCRIPTION, PAYMENTS)
def test_the_way_up_from_free_is_immediate(session: Session, check: Check) -> None:
    """From the free plan every plan is larger: it is charged whole and applies at once, where that is allowed."""
    small, _ = money.two_plans(session)
    person = money.payer(session)
    before = state(session, person)
    changed = session.send(CHANGE, person, body={"plan_id": small["id"]})
    if changed.status == 409:
        raise Unmet("the target takes no change from the free plan (409), so how it would apply is not seen")
    told = {name: check.ok(changed)[name] for name in ("action", "plan", "succeeded", "pending")}
    expected = {"action": "upgrade", "plan": small["id"], "succeeded": True, "pending": False}
    check.equal(told, expected, "the response is not that of an upgrade", changed)
    in_force(session, check, person, small, "monthly")
    paid = bought(session, check, person, before, "subscription", 1)
    check.equal(paid["amount_cents"], money.cents(small), "the first plan is not paid whole", op=PAYMENTS)


@rule("B06", CHANGE, STRIPE)
def test_an_upgrade_needs_a_good_card(session: Session, check: Check) -> None:
    """An upgrade without a card, or with one that is declined, is 402; one that the bank asks about waits for that."""
    small, large = money.two_plans(session)
    poor, person = session.users.new(), money.subscriber(session, small["id"])
    declined, asks = (money.card(session, person, kind) for kind in (money.DECLINED, money.ASKS))
    body = {"plan_id": large["id"]}
    session.send("PUT /v1/billing/payment-methods/{pm_id}/default", person, params={"pm_id": declined}).need()
    held = (money.subscription(session, person), money.history(session, person))
    with _money.unchanged(session, check, poor):
        check.status(session.send(CHANGE, poor, body=body), 402, message="an upgrade without a card is not 402")
    check.status(session.send(CHANGE, person, body=body), 402, message="an upgrade by a declined card is not 402")
    check.equal((money.subscription(session, person), money.history(session, person)), held, "a declined card upgrades")
    session.send("PUT /v1/billing/payment-methods/{pm_id}/default", person, params={"pm_id": asks}).need()
    before = state(session, person)
    changed = check.ok(session.send(CHANGE, person, body=body))
    told = {name: changed[name] for name in ("action", "succeeded", "requires_action", "pending")}
    expected = {"action": "upgrade", "succeeded": False, "requires_action": True, "pending": False}
    check.equal(told, expected, "the response does not ask for the holder's action", changed)
    check.that(changed["client_secret"], "there is no client_secret to confirm with", changed)
    check.equal(
        (money.subscription(session, person), money.history(session, person)), held, "upgraded before the payment"
    )
    waiting = _money.added(before[0], money.payments(session, person), "payment_intent_id")
    check.must([one["status"] for one in waiting] == ["pending"], "no pending payment waits", op=PAYMENTS, got=waiting)
    check.ok(session.users.stripe("payment_intent.succeeded", {"id": waiting[0]["payment_intent_id"]}))
    in_force(session, check, person, large, "monthly")
    bought(session, check, person, before, "subscription", 1)


@rule("B10", CHANGE)
def test_some_plans_cannot_be_chosen(session: Session, check: Check) -> None:
    """Changing to free or enterprise is 400, to an unknown plan 404, to the present one 409; nothing changes."""
    small, _ = money.two_plans(session)
    person, free = money.subscriber(session, small["id"]), money.payer(session)
    offered = {one["id"] for one in money.catalogue(session)}
    with _money.unchanged(session, check, person, free):
        for plan_id in offered.intersection(money.NOT_FOR_SALE):
            for who in (person, free):
                check.status(session.send(CHANGE, who, body={"plan_id": plan_id}), 400, about=plan_id)
        check.status(session.send(CHANGE, person, body={"plan_id": session.users.fresh("plan")}), 404, about="unknown")
        for more in ({}, {"period": "monthly"}):
            check.status(session.send(CHANGE, person, body={"plan_id": small["id"], **more}), 409, about="the same")
