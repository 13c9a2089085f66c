"""What developers earn: totals, figures of one app, and payouts. All amounts are tokens (1 token = $0.001)."""

from __future__ import annotations

from collections import Counter

from specdouble.mock.kit import Call, Doc, Problem, World, move, parse_stamp, timer

from ..rights import _trail
from ..work import _tallies
from . import _developers

MIN_PAYOUT_TOKENS = 10_000
TOKEN_USD_RATE = 0.001
PAYOUT_SECONDS = 2 * 86400  # from approval until the money has arrived
TOP_FUNCTIONS = 10
DAY = 86400

MOVES: dict[str, tuple[str, ...]] = {"pending": ("approved", "rejected"), "approved": ("paid",)}


def totals(world: World, user_id: str) -> Doc:
    """Return a developer's totals (EarningsResponse).

    ``pending_payout`` is what they may still ask for: what they earned, less payouts that are open, approved or paid.
    """
    earnings, payouts = world.state["earnings"], world.state["payouts"]
    earned = earnings.sum("developer_share", imperal_id=user_id)
    paid, approved, asked = (
        payouts.sum("amount_tokens", imperal_id=user_id, status=status) for status in ("paid", "approved", "pending")
    )
    return {
        "total_earnings": earned,
        "total_platform_share": earnings.sum("platform_share", imperal_id=user_id),
        "pending_payout": earned - paid - approved - asked,
        "paid_out": paid,
    }


def of_app(world: World, user_id: str, app_id: str) -> Doc:
    """Return what one app has earned, by month (EarningsByAppResponse); newest month last."""
    months = _tallies.group(world, "earned", user_id, app_id)
    return {
        "app_id": app_id,
        "total_earnings": sum(one["revenue"] for one in months),
        "action_count": sum(one["calls"] for one in months),
        "by_period": [
            {"period": one["month"], "total_earnings": one["revenue"], "action_count": one["calls"]}
            for one in sorted(months, key=lambda one: str(one["month"]))
        ],
    }


def analytics(world: World, developer: Doc, app: Doc, days: int) -> Doc:
    """Return the use of an app and its developer's share of the last ``days`` days, today included (AppAnalytics).

    Refuses with 400 a window that is longer than the tier's (rule M20).
    """
    longest = _developers.tier(developer)["analytics_days"]
    if days > longest:
        raise Problem(400, f"The tier {developer['tier']!r} looks back {longest} days. Ask for days={longest} or less.")
    app_id = app["app_id"]
    since = world.clock.stamp(world.clock.now() - (days - 1) * DAY)[:10]
    use = [one for one in _tallies.group(world, "days", app_id) if one["day"] >= since]
    calls: Counter[str] = Counter()
    by_day: Counter[str] = Counter()
    by_function: Counter[str] = Counter()
    for one in use:
        calls[one["tool"]] += one["calls"]
        by_function[one["tool"]] += one["revenue"]
        by_day[one["day"]] += one["revenue"]
    top = sorted(calls, key=lambda name: (-by_function[name], -calls[name], name))
    return {
        "app_id": app_id,
        "days": days,
        "total_calls": calls.total(),
        "total_revenue": by_day.total(),
        "unique_users": sum(one["last_day"] >= since for one in _tallies.group(world, "users", app_id)),
        "revenue_by_day": [{"day": day, "revenue": by_day[day]} for day in sorted(by_day) if by_day[day]],
        "top_functions": [
            {"function": name, "calls": calls[name], "revenue": by_function[name]} for name in top[:TOP_FUNCTIONS]
        ],
    }


def usd(tokens: int) -> str:
    """Write tokens as dollars: two digits after the point, three where a tenth of a cent counts (rule E12)."""
    return f"{tokens // 1000}.{tokens % 1000:03d}".removesuffix("0")


def request_payout(world: World, developer: Doc, tokens: int) -> Doc:
    """Ask for a payout; refuses with 403 an explorer (rule M26) and with 400 more than is there."""
    user_id = developer["imperal_id"]
    if not _developers.tier(developer)["payout_enabled"]:
        raise Problem(403, f"The tier {developer['tier']!r} cannot withdraw. PUT /v1/developer/tier first.")
    available = totals(world, user_id)["pending_payout"]
    if tokens > available:
        raise Problem(400, f"You can ask for {available} tokens at most: your pending_payout.")
    return world.state["payouts"].add(
        {
            "id": world.serial("payouts"),
            "imperal_id": user_id,
            "developer_id": developer["developer_id"],
            "amount_tokens": tokens,
            "amount_usd": usd(tokens),
            "status": "pending",
            "method": "stripe",
            "admin_note": None,
            "requested_at": world.clock.stamp(),
            "processed_at": None,
        }
    )


def decide(call: Call, status: str) -> Doc:
    """Approve or reject the payout that the path names; refuses with 404 an unknown and with 409 a decided one."""
    world, payout_id = call.world, call.params["payout_id"]
    payout = call.need(
        "payouts", payout_id, f"There is no payout {payout_id}. GET /v1/admin/payouts/pending lists them."
    )
    moved = move(MOVES, payout["status"], status, f"The payout {payout_id} is {payout['status']}, no longer pending.")
    note = call.body.get("note") or None
    decided = call.state["payouts"].update(payout_id, status=moved, admin_note=note, processed_at=world.clock.stamp())
    _trail.audit(call, f"payout.{moved}", "payout", payout_id, {"status": moved, "note": note})
    _tell(world, decided)
    if moved == "approved":
        world.later(PAYOUT_SECONDS, "payout.pay", payout_id=payout_id)
    return decided


def schedule(world: World) -> None:
    """Let the money of the seeded approved payouts arrive."""
    for payout in world.state["payouts"].find(status="approved"):
        world.at(parse_stamp(payout["processed_at"]) + PAYOUT_SECONDS, "payout.pay", payout_id=payout["id"])


@timer("payout.pay")
def pay(world: World, payout_id: int) -> None:
    """Let the money of an approved payout arrive."""
    payout = world.state["payouts"].get(payout_id)
    if payout is not None and payout["status"] == "approved":
        _tell(world, world.state["payouts"].update(payout_id, status="paid"))


def _tell(world: World, payout: Doc) -> None:
    shown = {"payout_id": payout["id"], "status": payout["status"], "amount_tokens": payout["amount_tokens"]}
    world.emit(payout["imperal_id"], "developer.payout", {**shown, "admin_note": payout["admin_note"]})
