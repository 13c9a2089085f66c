"""Laws of running subscriptions: cancelling, resuming, moving down, renewing, and what Stripe reports about them."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Judge, Person, Stage, law

from ... import money
from . import _money
from ._plans import bought, in_force, state

SUBSCRIPTION, WALLET = "GET /v1/billing/subscription", "GET /v1/billing/wallet"
CANCEL, RESUME, RENEW, CHANGE = (f"POST /v1/billing/{word}" for word in ("cancel", "resume", "renew", "change-plan"))
STRIPE, USAGE = "POST /v1/webhooks/stripe", "GET /v1/billing/usage"
DEFAULT = "PUT /v1/billing/payment-methods/{pm_id}/default"
Doc = dict[str, Any]


def reported(stage: Stage, judge: Judge, kind: str, person: Person, **more: Any) -> None:
    """Let Stripe report something about a customer; it is acknowledged."""
    judge.ok(stage.cast.stripe(kind, {**money.customer(person), **more}))


# -- cancel and resume ---------------------------------------------------------------------------------------------


@law("B05", CANCEL, SUBSCRIPTION)
def test_cancelling_does_not_end_access(stage: Stage, judge: Judge) -> None:
    """Cancelling does not end access: the subscription stays active, with cancel_at_period_end, until its period ends.

    The answer to the cancellation itself says canceled, and when it takes effect.
    """
    person = money.subscriber(stage)
    before, wallet, books = money.subscription(stage, person), stage.send(WALLET, person).json, state(stage, person)
    reply = judge.ok(stage.send(CANCEL, person))
    judge.equal(reply["status"], "canceled", "the answer does not say canceled", reply)
    judge.equal(reply["effective_at"], before["expires_at"], "effective_at is not the end of the period", reply)
    judge.equal(reply.json.get("plan", before["plan"]), before["plan"], "the answer names another plan", reply)
    judge.equal(
        reply.json.get("cancel_at_period_end", True), True, "cancel_at_period_end of the answer is false", reply
    )
    now = money.subscription(stage, person)
    judge.equal(now["cancel_at_period_end"], True, "cancel_at_period_end is not set", op=SUBSCRIPTION)
    for name in ("plan", "status", "started_at", "expires_at", "period", "billing_mode"):
        judge.equal(now.get(name), before.get(name), f"cancelling changed {name}", op=SUBSCRIPTION, about=name)
    judge.equal(stage.send(WALLET, person).json, wallet, "cancelling changed the wallet", op=WALLET)
    judge.equal(state(stage, person), books, "cancelling is a payment or an entry", op=CANCEL)


@law("LIFE-225", CANCEL)
def test_there_must_be_something_to_cancel(stage: Stage, judge: Judge) -> None:
    """Cancelling on the free plan, or a second time, is 409 and changes nothing."""
    free, person = stage.cast.new(), money.subscriber(stage)
    judge.ok(stage.send(CANCEL, person))
    with _money.unchanged(stage, judge, free, person):
        for who in (free, person):
            judge.status(stage.send(CANCEL, who), 409)


@law("B06", RESUME, RENEW)
def test_resuming_and_renewing_have_their_time(stage: Stage, judge: Judge) -> None:
    """Resuming without a pending cancellation and renewing before the end are 409 and change nothing."""
    free, person, cancelled = stage.cast.new(), money.subscriber(stage), money.subscriber(stage)
    judge.ok(stage.send(CANCEL, cancelled))
    with _money.unchanged(stage, judge, free, person, cancelled):
        for who in (free, person):
            judge.status(stage.send(RESUME, who), 409)
        for who in (free, person, cancelled):
            judge.status(stage.send(RENEW, who), 409)


@law("LIFE-226", RESUME, SUBSCRIPTION)
def test_resuming_takes_the_cancellation_back(stage: Stage, judge: Judge) -> None:
    """Resuming makes the subscription what it was before its cancellation; then it may be cancelled again."""
    person = money.subscriber(stage, period="annual")
    before, books = money.subscription(stage, person), state(stage, person)
    judge.ok(stage.send(CANCEL, person))
    reply = judge.ok(stage.send(RESUME, person))
    expected = {name: before[name] for name in ("status", "plan", "expires_at", "cancel_at_period_end")}
    judge.equal(reply.json, expected, "the answer is not the subscription as it was", reply)
    judge.equal(money.subscription(stage, person), before, "not what it was before the cancellation", op=SUBSCRIPTION)
    judge.equal(state(stage, person), books, "resuming is a payment or an entry", op=RESUME)
    judge.status(stage.send(RESUME, person), 409, message="resuming works twice")
    judge.ok(stage.send(CANCEL, person), "a resumed plan cannot be cancelled")


# -- down ----------------------------------------------------------------------------------------------------------


@law("B07", CHANGE, SUBSCRIPTION)
@pytest.mark.parametrize("then", ["", "cancel", "up"])
def test_a_downgrade_waits(then: str, stage: Stage, judge: Judge) -> None:
    """A smaller plan waits for the end of the period: pending, with effective_at, and nothing is paid or lost before.

    Only pending_plan shows it. A cancellation or another upgrade may follow.
    """
    small, large = money.two_plans(stage)
    person = money.subscriber(stage, large["id"])
    before, wallet, books = money.subscription(stage, person), stage.send(WALLET, person).json, state(stage, person)
    reply = judge.ok(stage.send(CHANGE, person, body={"plan_id": small["id"], "period": "monthly"}))
    expected = {"action": "downgrade", "plan": small["id"], "pending": True, "effective_at": before["expires_at"],
                "requires_action": False, "client_secret": ""}  # fmt: skip
    judge.equal({name: reply[name] for name in expected}, expected, "the answer is not that of a downgrade", reply)
    shown = stage.send(SUBSCRIPTION, person)
    judge.equal(
        shown.json, {**before, "pending_plan": small["id"]}, "a downgrade changed more than pending_plan", shown
    )
    judge.equal(stage.send(WALLET, person).json, wallet, "a downgrade changed the wallet", op=WALLET)
    judge.equal(state(stage, person), books, "a downgrade is a payment or an entry", op=CHANGE)
    if then == "cancel":
        judge.ok(stage.send(CANCEL, person), "a plan with a downgrade ahead cannot be cancelled")
        held = money.subscription(stage, person)
        told = (held["plan"], held["status"], held["cancel_at_period_end"])
        judge.equal(told, (large["id"], "active", True), "the cancellation is not pending", op=SUBSCRIPTION)
    elif then == "up":
        judge.ok(stage.send(CHANGE, person, body={"plan_id": large["id"], "period": "annual"}))
        in_force(stage, judge, person, large, "annual")


# -- renew ---------------------------------------------------------------------------------------------------------


@law("LIFE-227", RENEW, STRIPE, SUBSCRIPTION)
@pytest.mark.parametrize("period", ["monthly", "annual"])
def test_a_lapsed_plan_can_be_renewed(period: str, stage: Stage, judge: Judge) -> None:
    """A plan whose renewal failed is renewed by its holder: one payment, one grant, a new period of the same plan."""
    small, _ = money.two_plans(stage)
    person = money.subscriber(stage, small["id"], period)
    first, before = money.subscription(stage, person), state(stage, person)
    status = money.invoice_failed(stage, person)
    judge.must(
        status in money.LAPSED, "a failed invoice leaves the plan running", op=STRIPE, expected="past_due", got=status
    )
    shown = money.subscription(stage, person)
    judge.equal(shown["plan"], small["id"], "a failed invoice changed the plan", op=STRIPE)
    judge.equal(stage.send(WALLET, person)["status"], shown["status"], "the wallet shows another status", op=WALLET)
    judge.equal(money.history(stage, person), before[1], "a failed invoice moved the wallet", op=STRIPE)
    before = state(stage, person)
    _money.let_time_pass(first["started_at"])
    reply = judge.ok(stage.send(RENEW, person))
    held = in_force(stage, judge, person, small, period)
    later = _money.seconds(held["expires_at"]) > _money.seconds(first["expires_at"])
    judge.that(later, "the new period does not end later", op=RENEW, expected=f"after {first['expires_at']}", got=held)
    months = 12 if period == "annual" else 1
    paid = bought(stage, judge, person, before, "renewal", months)
    judge.equal(paid["amount_cents"], money.cents(small, months), "a renewal has another price", op=RENEW)
    judge.equal(reply.json, {
        "status": "active", "plan": small["id"], "expires_at": held["expires_at"],
        "payment_intent_id": paid["payment_intent_id"],
    }, "the answer is not the renewed subscription", reply)  # fmt: skip
    with _money.unchanged(stage, judge, person):
        judge.status(stage.send(RENEW, person), 409, message="a renewed plan can be renewed again")


@law("B06", RENEW)
@pytest.mark.parametrize("kind", [money.DECLINED, money.ASKS])
def test_renewing_needs_a_good_card(kind: str, stage: Stage, judge: Judge) -> None:
    """Renewing without a card that can be charged is 402, and the plan stays as it is."""
    person = money.subscriber(stage)
    card = money.card(stage, person, kind)
    stage.send(DEFAULT, person, params={"pm_id": card}).need()
    money.lapse(stage, person)
    before = (money.subscription(stage, person), money.history(stage, person))
    judge.status(stage.send(RENEW, person), 402, message=f"renewing with {kind} is not 402")
    now = (money.subscription(stage, person), money.history(stage, person))
    judge.equal(now, before, "a refused renewal changed the plan or the ledger")


# -- what Stripe reports -------------------------------------------------------------------------------------------


@law("LIFE-228", STRIPE, SUBSCRIPTION)
@pytest.mark.parametrize("kind", ["invoice.paid", "invoice.payment_succeeded"])
def test_a_paid_invoice_brings_a_lapsed_plan_back(kind: str, stage: Stage, judge: Judge) -> None:
    """A paid invoice brings a lapsed plan back with one payment and one grant, however often Stripe reports it."""
    small, _ = money.two_plans(stage)
    person, other = money.subscriber(stage, small["id"]), money.subscriber(stage, small["id"])
    invoice = f"in_{stage.cast.fresh('i')}"
    with _money.unchanged(stage, judge, other, what="an invoice of somebody else"):
        money.lapse(stage, person)
        before = state(stage, person)
        reported(stage, judge, kind, person, id=invoice)
    in_force(stage, judge, person, small, "monthly")
    bought(stage, judge, person, before, "renewal", 1)
    with _money.unchanged(stage, judge, person, what="another report of a paid invoice"):
        for again in ("invoice.paid", "invoice.payment_succeeded"):
            reported(stage, judge, again, person, id=invoice)


@law("LIFE-229", STRIPE, SUBSCRIPTION)
def test_the_portal_s_cancellation_is_followed(stage: Stage, judge: Judge) -> None:
    """A cancellation in the customer portal, its withdrawal, and the end of a plan show in the subscription."""
    person, other = money.subscriber(stage), money.subscriber(stage)
    before, foreign = money.subscription(stage, person), stage.look(money.books(other))
    for wanted in (True, True, False, False):
        reported(stage, judge, "customer.subscription.updated", person, cancel_at_period_end=wanted)
        now = money.subscription(stage, person)
        told = (now["plan"], now["status"], now["expires_at"], now["cancel_at_period_end"])
        expected = (before["plan"], "active", before["expires_at"], wanted)
        judge.equal(told, expected, "the portal's cancellation is not followed", op=STRIPE, about=str(wanted))
    books = state(stage, person)
    reported(stage, judge, "customer.subscription.deleted", person)
    now = money.subscription(stage, person)
    told = (now["plan"], now["status"], now["expires_at"], now["cancel_at_period_end"])
    judge.equal(told, ("free", "active", None, False), "an ended subscription is not the free plan", op=STRIPE)
    free, wallet = money.plan(stage, "free"), stage.send(WALLET, person)
    judge.equal(wallet["plan"], "free", "the wallet does not show the free plan", wallet)
    judge.equal(wallet["cap"], free["limits"].get("tokens", wallet["cap"]), "the cap is not the free plan's", wallet)
    judge.equal(state(stage, person), books, "the end of a plan moved money", op=STRIPE)
    judge.equal(stage.look(money.books(other)), foreign, "somebody else's plan moved", op=STRIPE)
    stage.send("POST /v1/billing/subscribe", person, body={"plan_id": before["plan"]}).need()
    judge.equal(money.subscription(stage, person)["plan"], before["plan"], "a plan cannot be bought again", op=STRIPE)


# -- usage ---------------------------------------------------------------------------------------------------------


@law("LIFE-230", USAGE)
def test_usage_is_compared_with_the_plan(stage: Stage, judge: Judge) -> None:
    """Usage names the plan, its limits and what was used; exceeded has exactly the meters above their limit.

    Calls and automations count; a smaller plan has smaller limits at once.
    """
    small, _ = money.two_plans(stage)
    person = _money.customer(stage, kind=money.GOOD)

    def shown(plan_id: str) -> Doc:
        reply = judge.ok(stage.send(USAGE, person))
        plan = money.plan(stage, plan_id)
        judge.equal(reply["plan"], plan_id, "usage names another plan", reply)
        judge.equal(reply["limits"], plan["limits"], "the limits are not the plan's", reply)
        usage, limits = reply["usage"], reply["limits"]
        above = {name for name, limit in limits.items() if usage.get(name, 0) > limit}
        judge.equal(set(reply["exceeded"]), above, "exceeded is not what is above its limit", reply)
        judge.equal(len(reply["exceeded"]), len(set(reply["exceeded"])), "exceeded names a meter twice", reply)
        return dict(usage)

    start = shown("free")
    judge.equal([name for name, value in start.items() if value], [], "a newcomer has used something")
    _money.call(stage, person, _money.CHEAP).need()
    used = shown("free")
    for meter, quantity in (("tokens", _money.price(stage, _money.CHEAP)), ("actions", 1)):
        if meter in start:
            judge.equal(used[meter] - start[meter], quantity, f"a priced call does not count in {meter}", about=meter)
    stage.send("POST /v1/billing/subscribe", person, body={"plan_id": small["id"]}).need()
    shown(small["id"])
    limit = money.plan(stage, "free")["limits"].get("automations")
    if limit is None or limit > 20 or small["limits"].get("automations", 0) <= limit:
        return
    rules = []
    for number in range(limit + 1):
        made = stage.send("POST /v1/automations", person, body={"prompt": f"Every day at {number}, list my notes"})
        rules.append(made["rule_id"])
        judge.equal(shown(small["id"])["automations"], number + 1, "automations are counted wrong", about="automations")
    reported(stage, judge, "customer.subscription.deleted", person)
    judge.equal(shown("free")["automations"], limit + 1, "automations are gone with the plan", about="automations")
    judge.that("automations" in stage.send(USAGE, person)["exceeded"], "more automations than allowed are not exceeded")
    stage.send("DELETE /v1/automations/{rule_id}", person, params={"rule_id": rules[0]}).need()
    shown("free")  # as many as allowed are not too many
