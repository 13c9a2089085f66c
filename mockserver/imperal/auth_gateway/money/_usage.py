"""Meters: what a user has used this month, against the limits of their plan."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, World

from . import _money

MOST = 2**53  # a counter stops here


def count(world: World, user_id: str, meter: str, quantity: int = 1) -> None:
    """Add to a counter of a user's current month; ``at`` is the time of its last count. It never falls below zero."""
    now = world.clock.stamp()
    key = f"{user_id}:{meter}"
    held = world.state["meters"].get(key)
    used = held["used"] if held is not None and held["at"][:7] == now[:7] else 0
    total = min(max(used + quantity, 0), MOST)
    world.state["meters"].put({"id": key, "user_id": user_id, "meter": meter, "used": total, "at": now})


def view(world: World, user_id: str) -> Doc:
    """Compare this month's counters with the plan's limits; ``exceeded`` names those above (a LimitsResponse)."""
    month = world.clock.stamp()[:7]
    paid = _money.entitled(world, user_id)
    limits = paid["limits"] if paid else {}
    used = dict.fromkeys(limits, 0)
    used |= {one["meter"]: one["used"] for one in world.state["meters"].find(user_id=user_id) if one["at"][:7] == month}
    used["automations"] = world.state["automations"].count(user_id=user_id)
    return {
        "plan": _money.subscription(world, user_id)["plan"],
        "usage": used,
        "limits": limits,
        "exceeded": [meter for meter, total in used.items() if _is_above(total, limits.get(meter))],
    }


def _is_above(total: int, limit: Any) -> bool:
    """Tell whether a counter is above a limit: what is no number, as one that was written by hand, is none."""
    return isinstance(limit, int | float) and total > limit


def track(world: World, user_id: str, meter: str, quantity: int) -> Doc:
    """Count what a service reports and say where that leaves the user; over the limit is no refusal (UsageTracked).

    Rules count themselves: what is reported for ``automations`` changes nothing that shows.
    """
    count(world, user_id, meter, quantity)
    shown = view(world, user_id)
    return {
        "user_id": user_id,
        "meter": meter,
        "quantity": quantity,
        "used": shown["usage"][meter],
        "limit": shown["limits"].get(meter),
        "exceeded": meter in shown["exceeded"],
    }
