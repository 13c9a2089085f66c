"""Plans, subscription, wallet, top-ups and cards of the caller. What they share stands in modules beside this one."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, op

from . import _auto_topup, _cards, _money, _payments, _purchases, _stripe_keys, _subscriptions, _usage

OK = {"status": "ok"}
PROFILE = ("name", "company", "vat", "country")

# -- what there is -------------------------------------------------------------------------------------------------


@op("GET /v1/billing/plans")
def plans(call: Call) -> list[Doc]:
    """List the catalogue; prices are dollars a month (E12)."""
    return call.show_all(call.state["plans"])


@op("GET /v1/billing/subscription")
def subscription(call: Call) -> Doc:
    """Show the caller's subscription; nobody is without one."""
    held = _money.subscription(call.world, call.user_id)
    return call.show(held, card_required=_subscriptions.needs_card(held))


@op("GET /v1/billing/usage")
def usage(call: Call) -> Doc:
    """Compare this month's meters with the limits of the plan; ``exceeded`` names those above."""
    return _usage.view(call.world, call.user_id)


@op("GET /v1/billing/wallet", "GET /v1/billing/balance")
def wallet(call: Call) -> Doc:
    """Show the caller's wallet (B01, B02)."""
    return _money.wallet_view(call.world, call.user_id)


@op("GET /v1/billing/wallet/history")
def history(call: Call) -> list[Doc]:
    """List the caller's ledger, newest first (E06)."""
    return call.show_all(call.state["ledger"].page(call.query["offset"], call.query["limit"], user_id=call.user_id))


@op("GET /v1/billing/payments")
def payments(call: Call) -> list[Doc]:
    """List the caller's payments, newest first."""
    return call.show_all(call.state["payments"].page(call.query["offset"], call.query["limit"], user_id=call.user_id))


# -- the plan ------------------------------------------------------------------------------------------------------


@op("POST /v1/billing/subscribe")
def subscribe(call: Call) -> Doc:
    """Start a paid plan; a card whose bank asks its holder leaves it waiting for that."""
    period = call.body.get("period", "monthly")
    payment = _purchases.subscribe(call.world, call.user_id, call.body["plan_id"], period)
    held = _money.subscription(call.world, call.user_id)
    active = payment["status"] == "completed"
    return {
        "status": "active" if active else "requires_action",
        "plan": call.body["plan_id"],
        "period": period,
        "started_at": held["started_at"] if active else payment["created_at"],
        "expires_at": held["expires_at"] if active else None,
        "payment_intent_id": payment["payment_intent_id"],
        "client_secret": None if active else payment["client_secret"],
    }


@op("POST /v1/billing/cancel")
def cancel(call: Call) -> Doc:
    """Cancel for the end of the period; this answer alone spells it canceled (B05)."""
    held = _subscriptions.cancel(call.world, call.user_id)
    return call.show(held, status="canceled", effective_at=held["expires_at"])


@op("POST /v1/billing/resume")
def resume(call: Call) -> Doc:
    """Take a cancellation back (B06)."""
    return call.show(_subscriptions.resume(call.world, call.user_id))


@op("POST /v1/billing/renew")
def renew(call: Call) -> Doc:
    """Buy a new period of a plan that has run out (B06)."""
    payment = _purchases.renew(call.world, call.user_id)
    held = _money.subscription(call.world, call.user_id)
    return call.show(held, payment_intent_id=payment["payment_intent_id"])


@op("POST /v1/billing/change-plan")
def change_plan(call: Call) -> Doc:
    """Move up now, or down at the end of the period (B07, B10)."""
    return _purchases.change(call.world, call.user_id, call.body["plan_id"], call.body.get("period"))


# -- tokens --------------------------------------------------------------------------------------------------------


@op("GET /v1/billing/topup-config")
def topup_config(call: Call) -> Doc:
    """Show tiers, limits and the publishable key."""
    return _payments.config(call.world)


@op("POST /v1/billing/topup")
def topup(call: Call) -> Doc:
    """Open an intent to buy tokens, or charge the default card at once (B03, B06, B11)."""
    world, user_id, tokens = call.world, call.user_id, call.body["tokens"]
    cents = _payments.topup_price(world, tokens)
    off_session = call.body.get("off_session", False)
    if off_session:
        payment = _payments.charge_default(world, user_id, "topup", cents, tokens)
    else:
        save = call.body.get("save_payment_method", False)
        payment = _payments.open_intent(world, user_id, "topup", cents, tokens, save_payment_method=save)
    return {
        "client_secret": payment["client_secret"],
        "payment_intent_id": payment["payment_intent_id"],
        "publishable_key": _stripe_keys.publishable(world),
        "succeeded": payment["status"] == "completed",
        "requires_action": off_session and payment["status"] == "pending",
    }


@op("POST /v1/billing/topup/confirm")
def confirm_topup(call: Call) -> Doc:
    """Credit a paid intent, once (B03, B04, S04)."""
    unknown = "Payment intent not found. Use the payment_intent_id returned by POST /v1/billing/topup."
    payment = call.need("payments", call.body["payment_intent_id"], unknown)
    if payment["status"] == "failed":
        raise Problem(409, "This payment did not succeed. Start a new top-up.")
    done = payment["status"] == "completed"
    if not done:
        _payments.complete(call.world, payment)
    return {
        "status": "completed",
        "payment_intent_id": payment["payment_intent_id"],
        "tokens": payment["tokens"],
        "balance": _money.balance(call.world, payment["user_id"]),
        "already_completed": done,
    }


@op("GET /v1/billing/auto-topup")
def auto_topup(call: Call) -> Doc:
    """Show the caller's automatic top-up, or the defaults (B12)."""
    return call.show(_auto_topup.settings(call.world, call.user_id))


@op("PUT /v1/billing/auto-topup")
def save_auto_topup(call: Call) -> Doc:
    """Replace the caller's automatic top-up."""
    _auto_topup.save(call.world, call.user_id, call.body)
    return OK


# -- cards and invoices --------------------------------------------------------------------------------------------


@op("GET /v1/billing/payment-methods")
def payment_methods(call: Call) -> list[Doc]:
    """List the caller's cards (B09)."""
    return call.show_all(call.state["cards"].find(user_id=call.user_id))


@op("POST /v1/billing/payment-methods/setup")
def setup(call: Call) -> Doc:
    """Open a setup intent; its card is there once Stripe reports setup_intent.succeeded."""
    intent = call.world.ids.new("seti_", 16)
    secret = f"{intent}_secret_{call.world.ids.new('', 16)}"
    now = call.world.clock.stamp()
    call.state["setup_intents"].add(
        {"id": intent, "user_id": call.user_id, "client_secret": secret, "status": "pending", "created_at": now}
    )
    return {"client_secret": secret, "publishable_key": _stripe_keys.publishable(call.world)}


@op("DELETE /v1/billing/payment-methods/{pm_id}")
def remove_card(call: Call) -> Doc:
    """Remove a card of the caller (B08, B09)."""
    _cards.detach(call.world, call.user_id, call.params["pm_id"])
    return OK


@op("PUT /v1/billing/payment-methods/{pm_id}/default")
def default_card(call: Call) -> Doc:
    """Make a card of the caller the default (B09)."""
    _cards.make_default(call.world, call.user_id, call.params["pm_id"])
    return OK


@op("POST /v1/billing/portal")
def portal(call: Call) -> Doc:
    """Open the hosted customer portal; each call makes a new link."""
    return {"url": f"https://billing.example.com/session/{call.world.ids.new('bps_', 16)}"}


@op("PUT /v1/billing/profile")
def save_profile(call: Call) -> Doc:
    """Save the invoicing profile; GET /v1/auth/me shows it in its attributes (A15)."""
    user = call.user
    attributes = {**user["attributes"], "billing": call.given(*PROFILE)}
    call.state["users"].update(call.user_id, attributes=attributes)
    call.world.emit(call.user_id, "panel_refresh", {"panel": "billing_profile"})
    return OK
