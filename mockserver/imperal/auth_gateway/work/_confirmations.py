"""Confirmations: calls that wait for their user's word. pending -> confirmed | cancelled | expired."""

from __future__ import annotations

from specdouble.mock.kit import Doc, Problem, World, parse_stamp, timer

from ..apps import _apps, _calls
from ..functions import _functions

PENDING, CONFIRMED, CANCELLED, EXPIRED = "pending", "confirmed", "cancelled", "expired"
GONE = "This confirmation has expired and nothing ran. Ask for the action again."
IN_PANEL = "This moves money: approve it in the panel; an API call cannot."


def confirm(world: World, user: Doc, confirmation: Doc) -> list[Doc]:
    """Run the held calls exactly as they were shown and return their results, in order.

    Refuses with 410 an expired confirmation, with 409 a settled one, and with 403 one that waits for the panel (C08).
    """
    require_pending(confirmation)
    if confirmation.get("panel"):
        raise Problem(403, IN_PANEL)
    return approve(world, user, confirmation)


def approve(world: World, user: Doc, confirmation: Doc) -> list[Doc]:
    """Run the held calls of a pending confirmation, whoever gave the word."""
    require_pending(confirmation)
    _settle(world, confirmation, CONFIRMED)
    approved = bool(confirmation.get("panel"))
    return [_run(world, user, held, approved=approved) for held in confirmation["calls"]]


def cancel(world: World, confirmation: Doc) -> None:
    """Drop a pending confirmation; nothing runs."""
    require_pending(confirmation)
    _settle(world, confirmation, CANCELLED)


def require_pending(confirmation: Doc) -> None:
    """Refuse with 410 an expired confirmation and with 409 one that is settled."""
    if confirmation["status"] == EXPIRED:
        raise Problem(410, GONE)
    if confirmation["status"] != PENDING:
        raise Problem(409, f"This confirmation is already {confirmation['status']}. Nothing was run again.")


def schedule(world: World) -> None:
    """Let the pending confirmations of the seed data expire by themselves."""
    for held in world.state["confirmations"]:
        if held["status"] == PENDING:
            at = parse_stamp(held["expires_at"])
            world.at(at, "confirmation.expire", confirmation_id=held["confirmation_id"])


@timer("confirmation.expire")
def expire(world: World, confirmation_id: str) -> None:
    """Let a confirmation that nobody settled in time expire."""
    confirmation = world.state["confirmations"].get(confirmation_id)
    if confirmation is not None and confirmation["status"] == PENDING:
        _settle(world, confirmation, EXPIRED)


def _settle(world: World, confirmation: Doc, status: str) -> None:
    confirmation_id = confirmation["confirmation_id"]
    world.state["confirmations"].update(confirmation_id, status=status, resolved_at=world.clock.stamp())
    payload = {"kind": "confirmation", "confirmation_id": confirmation_id, "status": status}
    world.emit(confirmation["user_id"], "notification", payload)


def _run(world: World, user: Doc, held: Doc, *, approved: bool) -> Doc:
    """Run one held call; what refuses it now (app gone, wallet empty) becomes its error, not the request's."""
    try:
        app = _apps.require_usable(world, user["imperal_id"], held["app_id"])
        outcome = _calls.run(world, user, app, held["function"], held["params"], source="panel", approved=approved)
    except Problem as refusal:
        return {"status": "error", "data": None, "summary": None, "error": _functions.sentence(refusal), "ui": None}
    return outcome.result
