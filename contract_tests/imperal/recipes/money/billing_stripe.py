"""Top-ups, cards and the customer portal (`/v1/billing`, tag billing-stripe)."""

from __future__ import annotations

from itertools import count

from specdouble.verify.kit import Read, Ready, Unmet, either, recipe

from ...session import Session
from ...shared import money

_other = count(1)


@recipe("POST /v1/billing/portal")
def portal(session: Session) -> Ready:
    """Ask for a link to the customer portal."""
    holder = either(session, lambda: money.holder(session), lambda: money.buyer(session))
    return Ready(holder.bearer, holder)


@recipe("POST /v1/billing/topup")
def topup(session: Session) -> Ready:
    """Buy tokens on the default card at once; where nobody can have a card, begin a purchase."""
    try:
        payer, at_once = money.holder(session), True
    except Unmet:
        payer, at_once = money.buyer(session), False
    body = {"tokens": 6000, "price_cents": 600, "save_payment_method": True, "off_session": at_once}
    watch = tuple(Read(f"GET /v1/billing/{path}", payer.bearer) for path in ("balance", "wallet/history", "payments"))
    return Ready(payer.bearer, payer, body=body, watch=watch)


@recipe("POST /v1/billing/topup/confirm")
def confirm(session: Session) -> Ready:
    """Confirm a top-up, as a service."""
    buyer = money.buyer(session)
    intent = money.topup(session, buyer, 5000)
    watch = tuple(Read(f"GET /v1/billing/{path}", buyer.bearer) for path in ("balance", "wallet/history", "payments"))
    return Ready(session.users.service, buyer, body={"payment_intent_id": intent}, watch=watch)


@recipe("GET /v1/billing/payment-methods")
def cards(session: Session) -> Ready:
    """List the cards of somebody who has two."""
    holder = either(session, lambda: money.holder(session), lambda: session.users.user)
    return Ready(holder.bearer, holder)


@recipe("POST /v1/billing/payment-methods/setup")
def setup(session: Session) -> Ready:
    """Begin to save a card."""
    holder = either(session, lambda: money.holder(session), lambda: money.buyer(session))
    return Ready(holder.bearer, holder)


@recipe("DELETE /v1/billing/payment-methods/{pm_id}")
def remove(session: Session) -> Ready:
    """Remove a card that was just saved."""
    holder = money.holder(session)
    watch = (Read("GET /v1/billing/payment-methods", holder.bearer),)
    return Ready(holder.bearer, holder, {"pm_id": money.card(session, holder)}, watch=watch)


@recipe("PUT /v1/billing/payment-methods/{pm_id}/default")
def default(session: Session) -> Ready:
    """Make the other card the default."""
    holder = money.holder(session)
    other = next(one["id"] for one in session.users.cards(holder) if not one["is_default"])
    session.client.own(other)
    watch = (Read("GET /v1/billing/payment-methods", holder.bearer),)
    return Ready(holder.bearer, holder, {"pm_id": other}, watch=watch)


@recipe("PUT /v1/billing/auto-topup")
def save_auto_topup(session: Session) -> Ready:
    """Set automatic top-up otherwise than before, on a card of one's own."""
    holder = money.holder(session)
    card = session.users.cards(holder)[-1]["id"]
    body = {"enabled": True, "threshold_pct": 7, "recharge_tokens": 30_000 + next(_other), "payment_method_id": card}
    return Ready(holder.bearer, holder, body=body, watch=(Read("GET /v1/billing/auto-topup", holder.bearer),))
