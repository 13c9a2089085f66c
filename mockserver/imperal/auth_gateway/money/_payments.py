"""Payments: intents, charges, and the one credit that a completed payment brings (rules B03, B04).

Amounts are US cents, tokens are integers. A payment that names a plan begins a period of it when it completes.
"""

from __future__ import annotations

from specdouble.mock.kit import Doc, Problem, World, move

from ..identity import _mails
from . import _cards, _money, _rates, _stripe_keys, _subscriptions

MIN_CENTS, MAX_CENTS = 500, 50_000
TIERS = (("Starter", 5_000), ("Regular", 20_000), ("Plus", 50_000), ("Studio", 100_000))
MOVES = {"pending": ("completed", "failed"), "failed": ("completed",)}  # Stripe may try a failed intent again
REASONS = {"topup": "topup", "auto_topup": "auto_topup", "subscription": "grant", "renewal": "grant"}
NO_CARD = "There is no card to charge. Add one with POST /v1/billing/payment-methods/setup, then try again."
DECLINED = "The card was declined. Make another card the default, then try again."


def config(world: World) -> Doc:
    """Return what a top-up form needs: tiers, limits and the publishable key."""
    return {
        "publishable_key": _stripe_keys.publishable(world),
        "tiers": [
            {"tokens": tokens, "price_cents": _money.cents(world, tokens), "label": label} for label, tokens in TIERS
        ],
        "custom_min_cents": MIN_CENTS,
        "custom_max_cents": MAX_CENTS,
        "token_rate": _rates.token_rate(world),
    }


def topup_price(world: World, tokens: int) -> int:
    """Price a top-up in cents, whatever the client believes it costs (rule B11); 400 outside the limits."""
    cents = _money.cents(world, tokens)
    if not MIN_CENTS <= cents <= MAX_CENTS:
        raise Problem(400, f"{tokens} tokens cost {cents} cents; buy for {MIN_CENTS} to {MAX_CENTS} cents at a time.")
    return cents


def open_intent(world: World, user_id: str, kind: str, cents: int, tokens: int, **more: object) -> Doc:
    """Write a pending payment. ``kind`` is topup, auto_topup, subscription or renewal."""
    intent = world.ids.new("pi_", 16)
    return world.state["payments"].add(
        {
            "payment_intent_id": intent,
            "user_id": user_id,
            "client_secret": f"{intent}_secret_{world.ids.new('', 16)}",
            "amount_cents": cents,
            "currency": "usd",
            "tokens": tokens,
            "status": "pending",
            "type": kind,
            "created_at": world.clock.stamp(),
            "completed_at": None,
            "receipt_url": "",
            **more,
        }
    )


def charge(world: World, payment: Doc, card: Doc) -> Doc:
    """Charge a card for a pending payment and return the payment: completed, failed, or pending (to be confirmed)."""
    verdict = _cards.verdict(card)
    if verdict == "completed":
        return complete(world, payment)
    return fail(world, payment) if verdict == "failed" else payment


def charge_default(world: World, user_id: str, kind: str, cents: int, tokens: int, **more: object) -> Doc:
    """Charge a user's default card; 402 without one, and when it is declined (rule B06)."""
    card = _cards.default(world, user_id)
    if card is None:
        raise Problem(402, NO_CARD)
    payment = charge(world, open_intent(world, user_id, kind, cents, tokens, **more), card)
    if payment["status"] == "failed":
        raise Problem(402, DECLINED)
    return payment


def charge_plan(world: World, user_id: str, kind: str, plan: Doc, period: str, off: int = 0) -> Doc:
    """Charge the default card for one period of a plan, less ``off``; it begins once the payment completes."""
    cents, tokens = max(_subscriptions.price(plan, period) - off, 0), _subscriptions.tokens(plan, period)
    return charge_default(world, user_id, kind, cents, tokens, plan=plan["id"], period=period)


def complete(world: World, payment: Doc) -> Doc:
    """Complete a payment: credit its tokens once, under its own id, and begin the period that it pays for."""
    intent, user_id = payment["payment_intent_id"], payment["user_id"]
    paid = world.state["payments"].update(
        intent,
        status=move(MOVES, payment["status"], "completed", "This payment is completed already."),
        completed_at=world.clock.stamp(),
        receipt_url=f"https://pay.example.com/receipts/{intent}",
    )
    if "plan" in payment:
        _subscriptions.begin(world, user_id, payment["plan"], payment["period"], payment.get("start"))
    if payment.get("save_payment_method"):
        _cards.attach(world, user_id, payment.get("payment_method"))
    _money.credit(
        world,
        user_id,
        payment["tokens"],
        REASONS[payment["type"]],
        description=_describe(world, payment),
        transaction_id=intent,
    )
    _tell(world, paid)
    return paid


def fail(world: World, payment: Doc) -> Doc:
    """Write down that a payment failed; it credits nothing."""
    status = move(MOVES, payment["status"], "failed", "This payment is settled already.")
    failed = world.state["payments"].update(payment["payment_intent_id"], status=status)
    _tell(world, failed)
    return failed


def write_to(world: World, user_id: str, case: str, *, dedup_key: str | None = None, **content: object) -> None:
    """Mail a user about their money; ``case`` is the kind of e-mail."""
    user = world.state["users"].get(user_id)
    if user is not None:
        _mails.send(world, case, user["email"], user_id=user_id, dedup_key=dedup_key, **content)


def _describe(world: World, payment: Doc) -> str:
    plan = _money.plan(world, payment.get("plan", ""))
    if plan is not None:
        return f"Tokens included in {plan['name']}"
    return "Automatic top-up" if payment["type"] == "auto_topup" else "Top-up"


def _tell(world: World, payment: Doc) -> None:
    names = ("payment_intent_id", "status", "type", "tokens")
    world.emit(payment["user_id"], "notification", {"kind": "payment", **{name: payment[name] for name in names}})
