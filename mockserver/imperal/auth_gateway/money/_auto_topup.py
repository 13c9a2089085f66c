"""Automatic top-up: the settings, and the charge that follows when a debit leaves too little."""

from __future__ import annotations

from specdouble.mock.kit import Doc, World, timer

from . import _cards, _money, _payments

DEFAULTS = {"enabled": False, "threshold_pct": 10, "recharge_tokens": 20_000, "payment_method_id": ""}


def settings(world: World, user_id: str) -> Doc:
    """Return a user's settings; ``recharge_cents`` is always computed (rule B12)."""
    held = {**DEFAULTS, **(world.state["auto_topups"].get(user_id) or {})}
    return {**held, "recharge_cents": _money.cents(world, held["recharge_tokens"])}


def save(world: World, user_id: str, given: Doc) -> None:
    """Replace a user's settings; an empty ``payment_method_id`` means the default card, a foreign one is a 404."""
    chosen = {name: given.get(name, default) for name, default in DEFAULTS.items()}
    if chosen["payment_method_id"]:
        _cards.own(world, user_id, chosen["payment_method_id"])
    world.state["auto_topups"].put({"user_id": user_id, **chosen})
    world.emit(user_id, "panel_refresh", {"panel": "auto_topup", "enabled": chosen["enabled"]})


@timer("billing.auto_topup")
def recharge(world: World, user_id: str) -> None:
    """Charge the chosen card for a recharge; when that fails, switch automatic top-up off and say so."""
    if not _money.runs_low(world, user_id):
        return  # recharged or switched off since the debit
    held = settings(world, user_id)
    card = world.state["cards"].get(held["payment_method_id"]) or _cards.default(world, user_id)
    if card is not None and held["recharge_cents"] <= _payments.MAX_CENTS:
        intent = _payments.open_intent(world, user_id, "auto_topup", held["recharge_cents"], held["recharge_tokens"])
        payment = _payments.charge(world, intent, card)
        if payment["status"] == "completed":
            return
        if payment["status"] == "pending":
            _payments.fail(world, payment)  # nobody is there to confirm with the bank
    world.state["auto_topups"].update(user_id, enabled=False)
    world.emit(user_id, "notification", {"kind": "auto_topup_failed"})
    _payments.write_to(world, user_id, "auto_topup_failed", tokens=held["recharge_tokens"])
