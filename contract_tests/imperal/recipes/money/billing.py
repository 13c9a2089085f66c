"""Plans, subscriptions, wallets and invoices (`/v1/billing`, tag billing)."""

from __future__ import annotations

from specdouble.verify.kit import Person, Read, Ready, Stage, either, perhaps, put_back, recipe

from ... import money


def _books(person: Person, *paths: str) -> tuple[Read, ...]:
    return tuple(Read(f"GET /v1/billing/{path}", person.bearer) for path in paths)


@recipe("GET /v1/billing/plans")
def plans(stage: Stage) -> Ready:
    """Read the catalogue; nobody has to sign in."""
    return Ready()


@recipe("GET /v1/billing/subscription")
def subscription(stage: Stage) -> Ready:
    """Read a subscription."""
    user = stage.cast.user
    return Ready(user.bearer, user)


@recipe("GET /v1/billing/usage")
def usage(stage: Stage) -> Ready:
    """Read what was used this month."""
    user = stage.cast.user
    return Ready(user.bearer, user)


@recipe("GET /v1/billing/wallet")
def wallet(stage: Stage) -> Ready:
    """Read a wallet."""
    user = stage.cast.user
    return Ready(user.bearer, user)


@recipe("GET /v1/billing/balance")
def balance(stage: Stage) -> Ready:
    """Read a balance."""
    user = stage.cast.user
    return Ready(user.bearer, user)


@recipe("GET /v1/billing/wallet/history")
def history(stage: Stage) -> Ready:
    """List the ledger of somebody who has bought tokens."""
    buyer = money.buyer(stage)
    perhaps(stage, lambda: stage.shared("an entry in the ledger", lambda: stage.cast.fund(buyer, 5000)))
    return Ready(buyer.bearer, buyer, query={"limit": 20, "offset": 0})


@recipe("GET /v1/billing/payments")
def payments(stage: Stage) -> Ready:
    """List the payments of somebody who has begun one."""
    buyer = money.buyer(stage)
    perhaps(stage, lambda: stage.shared("a payment", lambda: money.topup(stage, buyer, 5000)))
    return Ready(buyer.bearer, buyer, query={"limit": 20, "offset": 0})


@recipe("POST /v1/billing/subscribe")
def subscribe(stage: Stage) -> Ready:
    """Subscribe to the cheapest plan for a year, with a card."""
    payer = money.payer(stage)
    body = {"plan_id": money.small_plan(stage), "period": "annual"}
    watch = _books(payer, "subscription", "wallet", "wallet/history", "payments")
    return Ready(payer.bearer, payer, body=body, watch=watch)


@recipe("POST /v1/billing/cancel")
def cancel(stage: Stage) -> Ready:
    """Cancel a running plan."""
    payer = money.subscriber(stage)
    return Ready(payer.bearer, payer, watch=_books(payer, "subscription"))


@recipe("POST /v1/billing/resume")
def resume(stage: Stage) -> Ready:
    """Take back a cancellation."""
    payer = money.subscriber(stage)
    stage.send("POST /v1/billing/cancel", payer).need()
    return Ready(payer.bearer, payer, watch=_books(payer, "subscription"))


@recipe("POST /v1/billing/renew")
def renew(stage: Stage) -> Ready:
    """Renew a plan whose renewal by itself failed."""
    payer = money.subscriber(stage)
    money.lapse(stage, payer)
    return Ready(payer.bearer, payer, watch=_books(payer, "subscription", "wallet/history", "payments"))


@recipe("POST /v1/billing/change-plan")
def change_plan(stage: Stage) -> Ready:
    """Move from the cheapest plan to a year of the dearest."""
    small, large = money.two_plans(stage)
    payer = money.subscriber(stage, small["id"])
    watch = _books(payer, "subscription", "wallet", "wallet/history", "payments")
    return Ready(payer.bearer, payer, body={"plan_id": large["id"], "period": "annual"}, watch=watch)


@recipe("PUT /v1/billing/profile")
def profile(stage: Stage) -> Ready:
    """Save other invoicing details than before."""
    holder = either(stage, lambda: money.holder(stage), lambda: money.buyer(stage))
    if not holder.ours:
        before = stage.send("GET /v1/auth/me", holder)["attributes"].get("billing") or {}
        put_back(stage, holder, "billing profile", "PUT /v1/billing/profile", body=before)
    body = {"name": stage.cast.fresh("name"), "company": stage.cast.fresh("co"), "vat": "GB123456789", "country": "GB"}
    return Ready(holder.bearer, holder, body=body, watch=(Read("GET /v1/auth/me", holder.bearer),))
