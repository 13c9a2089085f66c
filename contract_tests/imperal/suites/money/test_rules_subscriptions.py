"""Rules of running subscriptions: cancelling, resuming, moving down, renewing, and what Stripe reports about them."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Check, rule

from ...people import Person
from ...session import Session
from ...shared import money
from . import _money
from ._plans import bought, in_force, state

SUBSCRIPTION, WALLET = "GET /v1/billing/subscription", "GET /v1/billing/wallet"
CANCEL, RESUME, RENEW, CHANGE = (f"POST /v1/billing/{word}" for word in ("cancel", "resume", "renew", "change-plan"))
STRIPE, USAGE = "POST /v1/webhooks/stripe", "GET /v1/billing/usage"
DEFAULT = "PUT /v1/billing/payment-methods/{pm_id}/default"
Doc = dict[str, Any]


def reported(session: Session, check: Check, kind: str, person: Person, **more: Any) -> None:
    """Let Stripe report something about a customer; it is acknowledged."""
    check.ok(session.users.stripe(kind, {**money.customer(person), **more}))


# -- cancel and resume ---------------------------------------------------------------------------------------------


@rule("B05", CANCEL, SUBSCRIPTION)
def test_cancelling_does_not_end_access(session: Session, check: Check) -> None:
    """Cancelling does not end access: the subscription stays active, with cancel_at_period_end, until its period ends.

    The answer to the cancellation itself says canceled, and when it takes effect.
    """
    person = money.subscriber(session)
    before, wallet, books = (
        money.subscription(session, person),
        session.send(WALLET, person).json,
        state(session, person),
    )
    reply = check.ok(session.send(CANCEL, person))
    check.equal(reply["status"], "canceled", "the response does not say canceled", reply)
    check.equal(reply["effective_at"], before["expires_at"], "effective_at is not the end of the period", reply)
    check.equal(reply.json.get("plan", before["plan"]), before["plan"], "the response names another plan", reply)
    check.equal(
        reply.json.get("cancel_at_period_end", True), True, "cancel_at_period_end of the response is false", reply
    )
    now = money.subscription(session, person)
    check.equal(now["cancel_at_period_end"], True, "cancel_at_period_end is not set", op=SUBSCRIPTION)
    for name in ("plan", "status", "started_at", "expires_at", "period", "billing_mode"):
        check.equal(now.get(name), before.get(name), f"cancelling changed {name}", op=SUBSCRIPTION, about=name)
    check.equal(session.send(WALLET, person).json, wallet, "cancelling changed the wallet", op=WALLET)
    check.equal(state(session, person), books, "cancelling is a payment or an entry", op=CANCEL)


@rule("LIFE-225", CANCEL)
def test_there_must_be_something_to_cancel(session: Session, check: Check) -> None:
    """Cancelling on the free plan, or a second time, is 409 and changes nothing."""
    free, person = session.users.new(), money.subscriber(session)
    check.ok(session.send(CANCEL, person))
    with _money.unchanged(session, check, free, person):
        for who in (free, person):
            check.status(session.send(CANCEL, who), 409)


@rule("B06", RESUME, RENEW)
def test_resuming_and_renewing_have_their_time(session: Session, check: Check) -> None:
    """Resuming without a pending cancellation and renewing before the end are 409 and change nothing."""
    free, person, cancelled = session.users.new(), money.subscriber(session), money.subscriber(session)
    check.ok(session.send(CANCEL, cancelled))
    with _money.unchanged(session, check, free, person, cancelled):
        for who in (free, person):
            check.status(session.send(RESUME, who), 409)
        for who in (free, person, cancelled):
            check.status(session.send(RENEW, who), 409)


@rule("LIFE-226", RESUME, SUBSCRIPTION)
def test_resuming_takes_the_cancellation_back(session: Session, check: Check) -> None:
    """Resuming makes the subscription what it was before its cancellation; then it may be cancelled again."""
    person = money.subscriber(session, period="annual")
    before, books = money.subscription(session, person), state(session, person)
    check.ok(session.send(CANCEL, person))
    reply = check.ok(session.send(RESUME, person))
    expected = {name: before[name] for name in ("status", "plan", "expires_at", "cancel_at_period_end")}
    check.equal(reply.json, expected, "the response is not the subscription as it was", reply)
    check.equal(money.subscription(session, person), before, "not what it was before the cancellation", op=SUBSCRIPTION)
    check.equal(state(session, person), books, "resuming is a payment or an entry", op=RESUME)
    check.status(session.send(RESUME, person), 409, message="resuming works twice")
    check.ok(session.send(CANCEL, person), "a resumed plan cannot be cancelled")


# -- down ----------------------------------------------------------------------------------------------------------


@rule("B07", CHANGE, SUBSCRIPTION)
@pytest.mark.parametrize("then", ["", "cancel", "up"])
def test_a_downgrade_waits(then: str, session: Session, check: Check) -> None:
    """A smaller plan waits for the end of the period: pending, with effective_at, and nothing is paid or lost before.

    Only pending_plan shows it. A cancellation or another upgrade may follow.
    """
    small, large = money.two_plans(session)
    person = money.subscriber(session, large["id"])
    before, wallet, books = (
        money.subscription(session, person),
        session.send(WALLET, person).json,
        state(session, person),
    )
    reply = check.ok(session.send(CHANGE, person, body={"plan_id": small["id"], "period": "monthly"}))
    expected = {"action": "downgrade", "plan": small["id"], "pending": True, "effective_at": before["expires_at"],
                "requires_action": False, "client_secret": ""}  # fmt: skip
    check.equal({name: reply[name] for name in expected}, expected, "the response is not that of a downgrade", reply)
    shown = session.send(SUBSCRIPTION, person)
    check.equal(
        shown.json, {**before, "pending_plan": small["id"]}, "a downgrade changed more than pending_plan", shown
    )
    check.equal(session.send(WALLET, person).json, wallet, "a downgrade changed the wallet", op=WALLET)
    check.equal(state(session, person), books, "a downgrade is a payment or an entry", op=CHANGE)
    if then == "cancel":
        check.ok(session.send(CANCEL, person), "a plan with a downgrade ahead cannot be cancelled")
        held = money.subscription(session, person)
        told = (held["plan"], held["status"], held["cancel_at_period_end"])
        check.equal(told, (large["id"], "active", True), "the cancellation is not pending", op=SUBSCRIPTION)
    elif then == "up":
        check.ok(session.send(CHANGE, person, body={"plan_id": large["id"], "period": "annual"}))
        in_force(session, check, person, large, "annual")


# -- renew ---------------------------------------------------------------------------------------------------------


@rule("LIFE-227", RENEW, STRIPE, SUBSCRIPTION)
@pytest.mark.parametrize("period", ["monthly", "annual"])
def test_a_lapsed_plan_can_be_renewed(period: str, session: Session, check: Check) -> None:
    """A plan whose renewal failed is renewed by its holder: one payment, one grant, a new period of the same plan."""
    small, _ = money.two_plans(session)
    person = money.subscriber(session, small["id"], period)
    first, before = money.subscription(session, person), state(session, person)
    status = money.invoice_failed(session, person)
    check.must(
        status in money.LAPSED, "a failed invoice leaves the plan running", op=STRIPE, expected="past_due", got=status
    )
    shown = money.subscription(session, person)
    check.equal(shown["plan"], small["id"], "a failed invoice changed the plan", op=STRIPE)
    check.equal(session.send(WALLET, person)["status"], shown["status"], "the wallet shows another status", op=WALLET)
    check.equal(money.history(session, person), before[1], "a failed invoice moved the wallet", op=STRIPE)
    before = state(session, person)
    _money.let_time_pass(first["started_at"])
    reply = check.ok(session.send(RENEW, person))
    held = in_force(session, check, person, small, period)
    later = _money.seconds(held["expires_at"]) > _money.seconds(first["expires_at"])
    check.that(later, "the new period does not end later", op=RENEW, expected=f"after {first['expires_at']}", got=held)
    months = 12 if period == "annual" else 1
    paid = bought(session, check, person, before, "renewal", months)
    check.equal(paid["amount_cents"], money.cents(small, months), "a renewal has another price", op=RENEW)
    check.equal(reply.json, {
        "status": "active", "plan": small["id"], "expires_at": held["expires_at"],
        "payment_intent_id": paid["payment_intent_id"],
    }, "the response is not the renewed subscription", reply)  # fmt: skip
    with _money.unchanged(session, check, person):
        check.status(session.send(RENEW, person), 409, message="a renewed plan can be renewed again")


@rule("B06", RENEW)
@pytest.mark.parametrize("kind", [money.DECLINED, money.ASKS])
def test_renewing_needs_a_good_card(kind: str, session: Session, check: Check) -> None:
    """Renewing without a card that can be charged is 402, and the plan stays as it is."""
    person = money.subscriber(session)
    card = money.card(session, person, kind)
    session.send(DEFAULT, person, params={"pm_id": card}).need()
    money.lapse(session, person)
    before = (money.subscription(session, person), money.history(session, person))
    check.status(session.send(RENEW, person), 402, message=f"renewing with {kind} is not 402")
    now = (money.subscription(session, person), money.history(session, person))
    check.equal(now, before, "a refused renewal changed the plan or the ledger")


# -- what Stripe reports -------------------------------------------------------------------------------------------


@rule("LIFE-228", STRIPE, SUBSCRIPTION)
@pytest.mark.parametrize("kind", ["invoice.paid", "invoice.payment_succeeded"])
def test_a_paid_invoice_brings_a_lapsed_plan_back(kind: str, session: Session, check: Check) -> None:
    """A paid invoice brings a lapsed plan back with one payment and one grant, however often Stripe reports it."""
    small, _ = money.two_plans(session)
    person, other = money.subscriber(session, small["id"]), money.subscriber(session, small["id"])
    invoice = f"in_{session.users.fresh('i')}"
    with _money.unchanged(session, check, other, what="an invoice of somebody else"):
        money.lapse(session, person)
        before = state(session, person)
        reported(session, check, kind, person, id=invoice)
    in_force(session, check, person, small, "monthly")
    bought(session, check, person, before, "renewal", 1)
    with _money.unchanged(session, check, person, what="another report of a paid invoice"):
        for again in ("invoice.paid", "invoice.payment_succeeded"):
            reported(session, check, again, person, id=invoice)


@rule("LIFE-229", STRIPE, SUBSCRIPTION)
def test_the_portal_s_cancellation_is_followed(session: Session, check: Check) -> None:
    """A cancellation in the customer portal, its withdrawal, and the end of a plan show in the subscription."""
    person, other = money.subscriber(session), money.subscriber(session)
    before, foreign = money.subscription(session, person), session.look(money.books(other))
    for wanted in (True, True, False, False):
        reported(session, check, "customer.subscription.updated", person, cancel_at_period_end=wanted)
        now = money.subscription(session, person)
        told = (now["plan"], now["status"], now["expires_at"], now["cancel_at_period_end"])
        expected = (before["plan"], "active", before["expires_at"], wanted)
        check.equal(told, expected, "the portal's cancellation is not followed", op=STRIPE, about=str(wanted))
    books = state(session, person)
    reported(session, check, "customer.subscription.deleted", person)
    now = money.subscription(session, person)
    told = (now["plan"], now["status"], now["expires_at"], now["cancel_at_period_end"])
    check.equal(told, ("free", "active", None, False), "an ended subscription is not the free plan", op=STRIPE)
    free, wallet = money.plan(session, "free"), session.send(WALLET, person)
    check.equal(wallet["plan"], "free", "the wallet does not show the free plan", wallet)
    check.equal(wallet["cap"], free["limits"].get("tokens", wallet["cap"]), "the cap is not the free plan's", wallet)
    check.equal(state(session, person), books, "the end of a plan moved money", op=STRIPE)
    check.equal(session.look(money.books(other)), foreign, "somebody else's plan moved", op=STRIPE)
    session.send("POST /v1/billing/subscribe", person, body={"plan_id": before["plan"]}).need()
    check.equal(money.subscription(session, person)["plan"], before["plan"], "a plan cannot be bought again", op=STRIPE)


# -- usage ---------------------------------------------------------------------------------------------------------


@rule("LIFE-230", USAGE)
def test_usage_is_compared_with_the_plan(session: Session, check: Check) -> None:
    """Usage names the plan, its limits and what was used; exceeded has exactly the meters above their limit.

    Calls and automations count; a smaller plan has smaller limits at once.
    """
    small, _ = money.two_plans(session)
    person = _money.customer(session, kind=money.GOOD)

    def shown(plan_id: str) -> Doc:
        reply = check.ok(session.send(USAGE, person))
        plan = money.plan(session, plan_id)
        check.equal(reply["plan"], plan_id, "usage names another plan", reply)
        check.equal(reply["limits"], plan["limits"], "the limits are not the plan's", reply)
        usage, limits = reply["usage"], reply["limits"]
        above = {name for name, limit in limits.items() if usage.get(name, 0) > limit}
        check.equal(set(reply["exceeded"]), above, "exceeded is not what is above its limit", reply)
        check.equal(len(reply["exceeded"]), len(set(reply["exceeded"])), "exceeded names a meter twice", reply)
        return dict(usage)

    start = shown("free")
    check.equal([name for name, value in start.items() if value], [], "a newcomer has used something")
    _money.call(session, person, _money.CHEAP).need()
    used = shown("free")
    for meter, quantity in (("tokens", _money.price(session, _money.CHEAP)), ("actions", 1)):
        if meter in start:
            check.equal(used[meter] - start[meter], quantity, f"a priced call does not count in {meter}", about=meter)
    session.send("POST /v1/billing/subscribe", person, body={"plan_id": small["id"]}).need()
    shown(small["id"])
    limit = money.plan(session, "free")["limits"].get("automations")
    if limit is None or limit > 20 or small["limits"].get("automations", 0) <= limit:
        return
    rules = []
    for number in range(limit + 1):
        made = session.send("POST /v1/automations", person, body={"prompt": f"Every day at {number}, list my notes"})
        rules.append(made["rule_id"])
        check.equal(shown(small["id"])["automations"], number + 1, "automations are counted wrong", about="automations")
    reported(session, check, "customer.subscription.deleted", person)
    check.equal(shown("free")["automations"], limit + 1, "automations are gone with the plan", about="automations")
    check.that(
        "automations" in session.send(USAGE, person)["exceeded"], "more automations than allowed are not exceeded"
    )
    session.send("DELETE /v1/automations/{rule_id}", person, params={"rule_id": rules[0]}).need()
    shown("free")  # as many as allowed are not too many
