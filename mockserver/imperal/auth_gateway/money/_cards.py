"""Saved cards: one default among them, and what a bank says when each is charged.

The bank follows Stripe's test cards: the last four digits decide.
"""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, Problem, World

from . import _money, _subscriptions

DECLINED = frozenset({"0341"})  # attaches, but every charge fails
CONFIRMED = frozenset({"3184"})  # the holder has to confirm every charge with the bank
UNKNOWN = "Card not found. Pick an id from GET /v1/billing/payment-methods."

# The names under which Stripe offers its test cards: brand and last four digits.
TEST_CARDS = {
    "pm_card_visa": ("visa", "4242"),
    "pm_card_mastercard": ("mastercard", "4444"),
    "pm_card_amex": ("amex", "8431"),
    "pm_card_chargeCustomerFail": ("visa", "0341"),
    "pm_card_authenticationRequired": ("visa", "3184"),
}
EXPIRY = (12, 2034)


def verdict(card: Doc) -> str:
    """Tell how a charge to a card ends: ``completed``, ``failed``, or ``pending`` until its holder confirms."""
    if card["last4"] in DECLINED:
        return "failed"
    return "pending" if card["last4"] in CONFIRMED else "completed"


def default(world: World, user_id: str) -> Doc | None:
    """Return a user's default card; only somebody without cards has none (rule B09)."""
    return next((card for card in world.state["cards"].find(user_id=user_id) if card["is_default"]), None)


def own(world: World, user_id: str, card_id: str) -> Doc:
    """Return a card of that user; anybody else's is unknown to them, 404 (rule I01)."""
    card = world.state["cards"].get(card_id)
    if card is None or card["user_id"] != user_id:
        raise Problem(404, UNKNOWN)
    return card


def attach(world: World, user_id: str, given: Any = None) -> Doc:
    """Save a card; the first one becomes the default.

    ``given`` is what a Stripe object calls its ``payment_method``: an id, one of Stripe's test names, or the
    expanded object. A card that the user has already is returned as it is.
    """
    cards = world.state["cards"]
    details = given if isinstance(given, dict) else {"id": given}
    card_id = details.get("id")
    held = cards.get(card_id) if isinstance(card_id, str) else None
    if held is not None and held["user_id"] == user_id:
        return held
    printed = details.get("card")
    printed = printed if isinstance(printed, dict) else {}
    brand, last4 = TEST_CARDS.get(card_id, TEST_CARDS["pm_card_visa"]) if isinstance(card_id, str) else ("visa", "4242")
    if not isinstance(card_id, str) or not card_id or card_id in TEST_CARDS or held is not None:
        card_id = world.ids.new("pm_", 14)
    made = {
        "id": card_id,
        "user_id": user_id,
        "type": "card",
        "brand": _as(str, printed, "brand", brand),
        "last4": _as(str, printed, "last4", last4),
        "exp_month": _as(int, printed, "exp_month", EXPIRY[0]),
        "exp_year": _as(int, printed, "exp_year", EXPIRY[1]),
        "is_default": cards.count(user_id=user_id) == 0,
        "created_at": world.clock.stamp(),
    }
    cards.add(made)
    _tell(world, user_id)
    return made


def make_default(world: World, user_id: str, card_id: str) -> None:
    """Move the default to a card of the user; 404 for any other."""
    chosen = own(world, user_id, card_id)
    former = default(world, user_id)
    if former is not None:
        world.state["cards"].update(former["id"], is_default=False)
    world.state["cards"].update(chosen["id"], is_default=True)
    _tell(world, user_id)


def detach(world: World, user_id: str, card_id: str) -> None:
    """Remove a card; the oldest other one takes over as default, and auto top-up goes back to the default.

    Refuses with 409 the only card of a plan that will be renewed by card (rule B08), with 404 a foreign one.
    """
    cards = world.state["cards"]
    card = own(world, user_id, card_id)
    if cards.count(user_id=user_id) == 1 and _subscriptions.needs_card(_money.subscription(world, user_id)):
        raise Problem(409, "The plan needs a card. Save another one first, or cancel the plan.")
    cards.remove(card["id"])
    heir = cards.first(user_id=user_id)
    if card["is_default"] and heir is not None:
        cards.update(heir["id"], is_default=True)
    settings = world.state["auto_topups"].get(user_id)
    if settings is not None and settings["payment_method_id"] == card["id"]:
        world.state["auto_topups"].update(user_id, payment_method_id="")
    _tell(world, user_id)


def _as(kind: type, printed: Doc, name: str, otherwise: Any) -> Any:
    value = printed.get(name)
    return value if type(value) is kind else otherwise


def _tell(world: World, user_id: str) -> None:
    world.emit(user_id, "panel_refresh", {"panel": "payment_methods"})
