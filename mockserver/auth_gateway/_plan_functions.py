"""The billing app's functions that change a plan; like all that moves money they wait for the panel (gotcha C08)."""

from __future__ import annotations

from mockserver.auth_gateway import _purchases, _subscriptions
from mockserver.auth_gateway._outcomes import Function, FunctionError, Performed, text
from mockserver.kit import Doc, World


def _change_plan(world: World, user: Doc, params: Doc) -> Performed:
    period = params.get("period", "monthly")
    if period not in ("monthly", "annual"):
        raise FunctionError("params.period must be monthly or annual.")
    changed = _purchases.change(world, user["imperal_id"], text(params, "plan_id", "plan"), period)
    return changed, f"The plan changes to {changed['plan']}."


def _cancel(world: World, user: Doc, _params: Doc) -> Performed:
    held = _subscriptions.cancel(world, user["imperal_id"])
    return _state(held), "The plan ends with its period."


def _resume(world: World, user: Doc, _params: Doc) -> Performed:
    held = _subscriptions.resume(world, user["imperal_id"])
    return _state(held), "The plan goes on."


def _renew(world: World, user: Doc, _params: Doc) -> Performed:
    payment = _purchases.renew(world, user["imperal_id"])
    return {name: payment[name] for name in ("payment_intent_id", "status")}, "The plan runs again."


def _state(held: Doc) -> Doc:
    return {name: held[name] for name in ("plan", "status", "expires_at", "cancel_at_period_end")}


FUNCTIONS: dict[tuple[str, str], Function] = {
    ("billing", "change_plan"): _change_plan,
    ("billing", "upgrade_plan"): _change_plan,
    ("billing", "downgrade_plan"): _change_plan,
    ("billing", "cancel_subscription"): _cancel,
    ("billing", "resume_subscription"): _resume,
    ("billing", "renew_subscription"): _renew,
}
