"""Plans, subscriptions, wallets and invoices (`/v1/billing`, tag billing)."""

from __future__ import annotations

from specdouble.verify.kit import Read, Ready, either, perhaps, put_back, recipe

from ...people import Person
from ...session import Session
from ...shared import money


def _books(person: Person, *paths: str) -> tuple[Read, ...]:
    return tuple(Read(f"GET /v1/billing/{path}", person.bearer) for path in paths)


@recipe("GET /v1/billing/wallet/history")
def history(session: Session) -> Ready:
    """List the ledger of somebody who has bought tokens."""
    buyer = money.buyer(session)
    perhaps(session, lambda: session.shared("an entry in the ledger", lambda: session.users.fund(buyer, 5000)))
    return Ready(buyer.bearer, buyer, query={"limit": 20, "offset": 0})


@recipe("GET /v1/billing/payments")
def payments(session: Session) -> Ready:
    """List the payments of somebody who has begun one."""
    buyer = money.buyer(session)
    perhaps(session, lambda: session.shared("a payment", lambda: money.topup(session, buyer, 5000)))
    return Ready(buyer.bearer, buyer, query={"limit": 20, "offset": 0})


@recipe("POST /v1/billing/subscribe")
def subscribe(session: Session) -> Ready:
    """Subscribe to the cheapest plan for a year, with a card."""
    payer = money.payer(session)
    body = {"plan_id": money.small_plan(session), "period": "annual"}
    watch = _books(payer, "subscription", "wallet", "wallet/history", "payments")
    return Ready(payer.bearer, payer, body=body, watch=watch)


@recipe("POST /v1/billing/cancel")
def cancel(session: Session) -> Ready:
    """Cancel a running plan."""
    payer = money.subscriber(session)
    return Ready(payer.bearer, payer, watch=_books(payer, "subscription"))


@recipe("POST /v1/billing/resume")
def resume(session: Session) -> Ready:
    """Take back a cancellation."""
    payer = money.subscriber(session)
    session.send("POST /v1/billing/cancel", payer).need()
    return Ready(payer.bearer, payer, watch=_books(payer, "subscription"))


@recipe("POST /v1/billing/renew")
def renew(session: Session) -> Ready:
    """Renew a plan whose renewal by itself failed."""
    payer = money.subscriber(session)
    money.lapse(session, payer)
    return Ready(payer.bearer, payer, watch=_books(payer, "subscription", "wallet/history", "payments"))


@recipe("POST /v1/billing/change-plan")
def change_plan(session: Session) -> Ready:
    """Move from the cheapest plan to a year of the dearest."""
    small, large = money.two_plans(session)
    payer = money.subscriber(session, small["id"])
    watch = _books(payer, "subscription", "wallet", "wallet/history", "payments")
    return Ready(payer.bearer, payer, body={"plan_id": large["id"], "period": "annual"}, watch=watch)


@recipe("PUT /v1/billing/profile")
def profile(session: Session) -> Ready:
    """Save other invoicing details than before."""
    holder = either(session, lambda: money.holder(session), lambda: money.buyer(session))
    if not holder.ours:
        before = session.send("GET /v1/auth/me", holder)["attributes"].get("billing") or {}
        put_back(session, holder, "billing profile", "PUT /v1/billing/profile", body=before)
    body = {
        "name": session.users.fresh("name"),
        "company": session.users.fresh("co"),
        "vat": "GB123456789",
        "country": "GB",
    }
    return Ready(holder.bearer, holder, body=body, watch=(Read("GET /v1/auth/me", holder.bearer),))
