"""What the rules about plans share: that a plan is in force, and that it was paid and granted exactly once."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Check

from ...people import Person
from ...session import Session
from ...shared import money
from . import _money

SUBSCRIPTION, WALLET = "GET /v1/billing/subscription", "GET /v1/billing/wallet"
PAYMENTS, HISTORY = "GET /v1/billing/payments", "GET /v1/billing/wallet/history"
LENGTH = {"monthly": (28, 31.1), "annual": (365, 366.1)}  # days
MONTHS = {"monthly": 1, "annual": 12}
Doc = dict[str, Any]


def in_force(session: Session, check: Check, person: Person, plan: Doc, period: str) -> Doc:
    """Check that a plan runs by card for a period that begins now, and return the subscription."""
    shown = session.send(SUBSCRIPTION, person)
    for name, value in (
        ("plan", plan["id"]), ("status", "active"), ("period", period), ("cancel_at_period_end", False),
        ("billing_mode", "card"), ("card_required", True), ("pending_plan", None),
    ):  # fmt: skip
        check.equal(shown.json.get(name), value, f"{name} of the subscription is another", shown, about=name)
    least, most = LENGTH[period]
    lasts = _money.days(shown["started_at"], shown["expires_at"])
    check.that(least - 0.1 <= lasts <= most, f"a {period} period lasts {lasts:.1f} days", shown, about="length")
    wallet = session.send(WALLET, person)
    check.equal((wallet["plan"], wallet["status"]), (plan["id"], "active"), "the wallet does not show the plan", wallet)
    check.equal(wallet["cap"], plan["limits"].get("tokens", wallet["cap"]), "the cap is not the plan's", wallet)
    included = plan["features"].get("included_tokens", wallet["included_tokens"])
    check.equal(wallet["included_tokens"], included, "included_tokens is not the plan's", wallet)
    return dict(shown.json)


def bought(
    session: Session, check: Check, person: Person, before: tuple[list[Doc], list[Doc]], kind: str, months: int
) -> Doc:
    """Check that one payment and one credit of a plan's tokens came, and return the payment."""
    paid = _money.added(before[0], money.payments(session, person), "payment_intent_id")
    check.must(len(paid) == 1, "not exactly one payment was written", op=PAYMENTS, expected=1, got=paid)
    one: Doc = paid[0]
    check.equal((one["type"], one["status"]), (kind, "completed"), "the payment is another", op=PAYMENTS)
    check.that(_money.seconds(one["completed_at"]) > 0, "the payment has no completed_at", op=PAYMENTS)
    begun, paid_at = money.subscription(session, person)["started_at"], one["completed_at"]
    apart = abs(_money.seconds(begun) - _money.seconds(paid_at))
    check.that(apart < 60, "the period does not begin with its payment", op=SUBSCRIPTION, expected=paid_at, got=begun)
    included = session.send(WALLET, person)["included_tokens"]
    check.that(one["tokens"] in {included, included * months}, "not the tokens of the plan", op=PAYMENTS,
               expected=included * months, got=one["tokens"])  # fmt: skip
    new = _money.added(before[1], money.history(session, person), "id")
    credit = [(entry["amount"], entry["reason"], entry["transaction_id"]) for entry in new]
    expected = [(one["tokens"], "grant", one["payment_intent_id"])]
    check.equal(credit, expected, "the tokens of the plan are not one grant that names the payment", op=HISTORY)
    total = sum(entry["amount"] for entry in before[1]) + one["tokens"]
    check.equal(money.balance(session, person), total, "the balance did not grow by the tokens of the plan", op=WALLET)
    return one


def state(session: Session, person: Person) -> tuple[list[Doc], list[Doc]]:
    """Return the payments and the ledger of a person."""
    return money.payments(session, person), money.history(session, person)
