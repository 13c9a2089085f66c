"""What Stripe reports: whose signature counts, and what each kind of event changes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from specdouble.mock.kit import Doc, Problem, World

from . import _cards, _money, _payments, _purchases, _stripe_keys, _subscriptions

TOLERANCE = 300
CUSTOMER = "cus_"
INVALID = "Invalid Stripe signature. Sign the raw body with the endpoint's secret and send it again."


def require_signature(world: World, header: str | None, raw: bytes) -> None:
    """Check ``t=…,v1=…`` against the raw body, as Stripe signs it; refuses with 400 (rule W03).

    Stripe lives in real time, so the signature's age does not depend on how far the world's clock was moved.
    """
    parts = [part.strip().partition("=") for part in (header or "").split(",")]
    stamp = next((value for name, _, value in parts if name == "t"), "")
    signed = [value for name, _, value in parts if name == "v1"]
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        raise Problem(400, INVALID)
    secret = _stripe_keys.webhook_secret(world).encode()
    expected = hmac.new(secret, stamp.encode() + b"." + raw, hashlib.sha256).hexdigest()
    if not any(one.isascii() and hmac.compare_digest(expected, one) for one in signed):
        raise Problem(400, INVALID)
    if abs(world.clock.now() - world.clock.offset - int(stamp)) > TOLERANCE:
        raise Problem(400, f"The signature's timestamp is more than {TOLERANCE} seconds away. Sign the event again.")


def receive(world: World, event: Doc) -> None:
    """Play an event once; a repeated id and an unknown type change nothing."""
    seen = world.state["stripe_events"]
    if event["id"] in seen:
        return
    seen.add({"id": event["id"], "type": event["type"], "received_at": world.clock.stamp()})
    reported, play = event["data"].get("object"), EVENTS.get(event["type"])
    if isinstance(reported, dict) and play is not None:
        play(world, reported)


def _text(reported: Doc, name: str) -> str:
    value = reported.get(name)
    return value if isinstance(value, str) else ""


def _owner(world: World, reported: Doc) -> str | None:
    """Find whom an object concerns: ``metadata.user_id``, or the customer ``cus_<imperal_id>``."""
    metadata: Any = reported.get("metadata")
    named = metadata.get("user_id") if isinstance(metadata, dict) else None
    user_id = named if isinstance(named, str) else _text(reported, "customer").removeprefix(CUSTOMER)
    return user_id if user_id in world.state["users"] else None


def _paid(world: World, reported: Doc) -> None:
    payment = world.state["payments"].get(_text(reported, "id"))
    if payment is not None and payment["status"] != "completed":
        _payments.complete(world, {**payment, "payment_method": reported.get("payment_method")})


def _unpaid(world: World, reported: Doc) -> None:
    payment = world.state["payments"].get(_text(reported, "id"))
    if payment is not None and payment["status"] == "pending":
        _payments.fail(world, payment)


def _card_saved(world: World, reported: Doc) -> None:
    intents = world.state["setup_intents"]
    held = intents.get(_text(reported, "id"))
    if held is None or held["status"] == "succeeded":
        return
    intents.update(held["id"], status="succeeded")
    _cards.attach(world, held["user_id"], reported.get("payment_method"))


def _invoice_paid(world: World, reported: Doc) -> None:
    """Complete the intent of an invoice; one of a plan that has run out starts it again."""
    intent = _text(reported, "payment_intent")
    if intent in world.state["payments"]:
        _paid(world, {**reported, "id": intent})
        return
    user_id = _owner(world, reported)
    held = _money.subscription(world, user_id) if user_id else None
    if held is None or user_id is None or held["status"] not in ("past_due", "expired"):
        return  # an invoice of a running plan is already in the books
    plan = _money.plan(world, held["plan"])
    if plan is not None:
        cents, tokens = _subscriptions.price(plan, held["period"]), _subscriptions.tokens(plan, held["period"])
        more = {"plan": plan["id"], "period": held["period"]}
        _payments.complete(world, _payments.open_intent(world, user_id, "renewal", cents, tokens, **more))


def _invoice_unpaid(world: World, reported: Doc) -> None:
    user_id = _owner(world, reported)
    held = world.state["subscriptions"].get(user_id) if user_id else None
    if held is not None and held["status"] == "active":
        _purchases.fall_behind(world, held)


def _subscription_changed(world: World, reported: Doc) -> None:
    """Follow a cancellation, or its withdrawal, that the customer portal took."""
    user_id, wanted = _owner(world, reported), reported.get("cancel_at_period_end")
    held = _money.subscription(world, user_id) if user_id else None
    if not user_id or not held or not _subscriptions.paying(held) or wanted != (not held["cancel_at_period_end"]):
        return
    if wanted:
        _subscriptions.cancel(world, user_id)
    elif held["status"] == "active":
        _subscriptions.resume(world, user_id)


def _subscription_deleted(world: World, reported: Doc) -> None:
    user_id = _owner(world, reported)
    if user_id in world.state["subscriptions"]:
        _subscriptions.end(world, str(user_id))


EVENTS: dict[str, Callable[[World, Doc], None]] = {
    "payment_intent.succeeded": _paid,
    "payment_intent.payment_failed": _unpaid,
    "payment_intent.canceled": _unpaid,
    "setup_intent.succeeded": _card_saved,
    "invoice.paid": _invoice_paid,
    "invoice.payment_succeeded": _invoice_paid,
    "invoice.payment_failed": _invoice_unpaid,
    "customer.subscription.updated": _subscription_changed,
    "customer.subscription.deleted": _subscription_deleted,
}
