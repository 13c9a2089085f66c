"""The payment provider's part of the control plane: cards that people save and intents that they pay.

The signed webhook does the same; these routes spare a front end the signing.
"""

from __future__ import annotations

from specdouble.mock.kit import Doc, Problem, World, control

from . import _cards, _payments


@control(
    "POST /__mock__/cards", 'Save a card for a user: {"user_id": …, "card": "pm_card_visa"}', user_id=str, card=str
)
def save_card(world: World, _params: Doc, body: Doc) -> Doc:
    """Attach a card as after a setup intent; ``card`` is one of Stripe's test names (default: a Visa)."""
    user_id = body.get("user_id")
    if not isinstance(user_id, str) or user_id not in world.state["users"]:
        raise Problem(404, f"There is no user {user_id!r}; user_id is an imperal_id.")
    card = body.get("card", "pm_card_visa")
    if card not in _cards.TEST_CARDS:
        raise Problem(422, f"There is no payment method {card!r}; card is one of {', '.join(_cards.TEST_CARDS)}.")
    return {"card": _cards.attach(world, user_id, card)["id"], "user_id": user_id}


@control("POST /__mock__/payments/{payment_intent_id}/succeed", "Let a pending payment succeed: the wallet is credited")
def pay(world: World, params: Doc, _body: Doc) -> Doc:
    """Complete a pending payment, as the provider's webhook does."""
    return {"status": _payments.complete(world, _pending(world, params))["status"]}


@control("POST /__mock__/payments/{payment_intent_id}/fail", "Let a pending payment fail: nothing is credited")
def decline(world: World, params: Doc, _body: Doc) -> Doc:
    """Fail a pending payment, as the provider's webhook does."""
    return {"status": _payments.fail(world, _pending(world, params))["status"]}


def _pending(world: World, params: Doc) -> Doc:
    intent = params["payment_intent_id"]
    payment = world.state["payments"].get(intent)
    if payment is None:
        raise Problem(404, f"There is no payment {intent!r}; GET /__mock__/collections/payments lists them.")
    if payment["status"] != "pending":
        raise Problem(409, f"The payment {intent} is {payment['status']}, not pending.")
    return payment
