"""Subscriptions: their states, their periods, and what a user may order for the end of one.

Somebody without a record is on the free plan (``_money.subscription``). Prices are cents, periods seconds.
"""

from __future__ import annotations

from specdouble.mock.kit import Doc, Problem, World, move, parse_stamp

from . import _money

DAY = 86400
SECONDS = {"monthly": 30 * DAY, "annual": 365 * DAY}
MONTHS = {"monthly": 1, "annual": 12}
MOVES = {
    "active": ("active", "past_due", "expired", "canceled"),
    "past_due": ("active", "expired", "canceled"),
    "expired": ("active",),
    "canceled": ("active",),
}
PERIOD_END = "billing.period_end"


def paying(held: Doc) -> bool:
    """Tell whether a subscription gives the rights of a paid plan: it runs, or waits for a late payment."""
    return held["plan"] != _money.FREE_PLAN and held["status"] in ("active", "past_due")


def needs_card(held: Doc) -> bool:
    """Tell whether a card will really be charged when the present period ends (what ``card_required`` shows)."""
    return paying(held) and held["billing_mode"] == "card" and not held["cancel_at_period_end"]


def price(plan: Doc, period: str) -> int:
    """Return what a plan costs for one period, in cents; a year costs twelve months."""
    cents: int = round(plan["price"] * 100)
    return cents * MONTHS[period]


def tokens(plan: Doc, period: str) -> int:
    """Return the tokens that one period of a plan brings."""
    return _money.included_tokens(plan) * MONTHS[period]


def begin(
    world: World, user_id: str, plan_id: str, period: str, start: float | None = None, *, mode: str = "card"
) -> Doc:
    """Begin a period now, or where the former one ended; whatever was ordered for its end is done with.

    ``mode`` is how it settles: ``card``, ``manual`` (under a contract) or ``free`` (given by an administrator).
    """
    begun = world.clock.now() if start is None else start
    ends = begun + SECONDS[period]
    move(MOVES, _money.subscription(world, user_id)["status"], "active", "This subscription cannot be started.")
    made = {
        "user_id": user_id,
        "plan": plan_id,
        "status": "active",
        "started_at": world.clock.stamp(begun),
        "expires_at": world.clock.stamp(ends),
        "cancel_at_period_end": False,
        "billing_mode": mode,
        "contract_amount_cents": None,
        "billing_note": None,
        "period": period,
        "pending_plan": None,
        "pending_period": None,
    }
    world.state["subscriptions"].put(made)
    schedule(world, made)
    _tell(world, made)
    return made


def give(world: World, user_id: str, plan_id: str) -> Doc:
    """Put a user on a plan for one month without a payment; it ends with its period. The free plan has no end."""
    if plan_id == _money.FREE_PLAN:
        if user_id in world.state["subscriptions"]:
            return end(world, user_id)
        return _money.subscription(world, user_id)
    return begin(world, user_id, plan_id, "monthly", mode="free")


def schedule(world: World, held: Doc) -> None:
    """Let the end of a subscription's period come by itself."""
    if held["expires_at"] is not None and held["status"] == "active":
        ends = parse_stamp(held["expires_at"])
        world.at(ends, PERIOD_END, user_id=held["user_id"], expires_at=held["expires_at"])


def cancel(world: World, user_id: str) -> Doc:
    """Order the end of a plan with its period; access goes on until then (rule B05). 409 with nothing to cancel."""
    held = _money.subscription(world, user_id)
    if not paying(held) or held["cancel_at_period_end"]:
        raise Problem(409, "Nothing to cancel. Check GET /v1/billing/subscription for the current state.")
    return _change(world, held, cancel_at_period_end=True, pending_plan=None, pending_period=None)


def resume(world: World, user_id: str) -> Doc:
    """Take a cancellation back while its period still runs; 409 without one, and once it is over (rule B06)."""
    held = _money.subscription(world, user_id)
    if not paying(held) or held["status"] != "active" or not held["cancel_at_period_end"]:
        raise Problem(409, "No cancellation is pending. The subscription continues as it is.")
    return _change(world, held, cancel_at_period_end=False)


def order(world: World, user_id: str, plan_id: str, period: str) -> Doc:
    """Order a smaller plan for the end of the period (rule B07); it takes back a cancellation."""
    held = _money.subscription(world, user_id)
    return _change(world, held, pending_plan=plan_id, pending_period=period, cancel_at_period_end=False)


def to(world: World, held: Doc, status: str) -> Doc:
    """Move a subscription to another state."""
    move(MOVES, held["status"], status, f"A subscription that is {held['status']} cannot become {status}.")
    return _change(world, held, status=status)


def end(world: World, user_id: str) -> Doc:
    """Put a user back on the free plan."""
    world.state["subscriptions"].remove(user_id)
    free = _money.subscription(world, user_id)
    _tell(world, free)
    return free


def _change(world: World, held: Doc, **changes: object) -> Doc:
    changed = world.state["subscriptions"].update(held["user_id"], **changes)
    _tell(world, changed)
    return changed


def _tell(world: World, held: Doc) -> None:
    payload = {"panel": "subscription", "plan": held["plan"], "status": held["status"]}
    world.emit(held["user_id"], "panel_refresh", payload)
