"""Reading the ledger of actions: a person's pages and month, and the use of an app."""

from __future__ import annotations

from collections import Counter

from specdouble.mock.kit import Doc, World

from . import _tallies

MONTHLY_LIMIT = 500
SEARCHED = ("tool_name", "app_id", "message_preview", "result_preview", "error")
FILTERS = ("app_id", "action_type", "status")


def page(world: World, user_id: str, query: Doc) -> Doc:
    """Return a page of a user's actions, newest first (an ActionPage); ``query`` holds page, per_page and filters."""
    actions, number, per_page = world.state["actions"], query["page"], query["per_page"]
    equals = {name: query[name] for name in FILTERS if query[name] is not None}
    start = (number - 1) * per_page
    wanted = (query["search"] or "").lower()
    if not wanted:
        total = _tallies.actions_of(world, user_id, **equals) if equals else actions.count(user_id=user_id)
        found = actions.page(start, per_page, user_id=user_id, **equals) if start < total else []
    else:
        every = [one for one in actions.newest(user_id=user_id, **equals) if _mentions(one, wanted)]
        total, found = len(every), every[start : start + per_page]
    return {"items": [shown(one) for one in found], "total": total, "page": number, "per_page": per_page}


def month(world: World, user: Doc) -> Doc:
    """Sum up a user's current month against their role's limit (UsageStats, rule E07)."""
    period = world.clock.stamp()[:7]
    use = [one for one in _tallies.group(world, "done", user["imperal_id"]) if one["month"] == period]
    calls: Counter[str] = Counter()
    tokens: Counter[str] = Counter()
    for one in use:
        if one["model"] and one["calls"]:
            calls[one["model"]] += one["llm_calls"]
            tokens[one["model"]] += one["llm_tokens"]
    role = world.state["roles"].first(tenant_id=user["tenant_id"], name=user["role"])
    return {
        "period": period,
        "used": _total(use, "calls"),
        "completed": sum(one["calls"] for one in use if one["status"] == "success"),
        "failed": sum(one["calls"] for one in use if one["status"] in _tallies.FAILURES),
        "limit": role["monthly_action_limit"] if role else MONTHLY_LIMIT,
        "llm_total_calls": _total(use, "llm_calls"),
        "llm_total_tokens": _total(use, "llm_tokens"),
        "llm_by_model": [{"model": one, "calls": calls[one], "tokens": tokens[one]} for one in calls],
    }


def extension(world: World, app_id: str) -> Doc:
    """Sum up the use of an app for its developer (ExtensionStats)."""
    days = _tallies.group(world, "days", app_id)
    calls: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for one in days:
        calls[one["tool"]] += one["calls"]
        failed[one["tool"]] += one["failed"]
    timed = _total(days, "timed")
    return {
        "app_id": app_id,
        "total_actions": calls.total(),
        "completed": _total(days, "completed"),
        "failed": failed.total(),
        "unique_users": _tallies.size(world, "users", app_id),
        "avg_duration_ms": round(_total(days, "duration_ms") / timed, 1) if timed else None,
        "by_tool": [
            {"tool_name": name, "calls": calls[name], "failed": failed[name]}
            for name in sorted(calls, key=lambda name: (-calls[name], name))
            if calls[name]
        ],
    }


def marketplace(world: World, app_id: str) -> Doc:
    """Sum up the use of an app for the marketplace (MarketplaceStats)."""
    days = _tallies.group(world, "days", app_id)
    total = _total(days, "calls")
    return {
        "app_id": app_id,
        "total_actions": total,
        "active_users": _tallies.size(world, "users", app_id),
        "success_rate": round(_total(days, "completed") / total, 4) if total else 0.0,
        "cached_at": world.clock.stamp(),
    }


def _total(tallies: list[Doc], what: str) -> int:
    return sum(one[what] for one in tallies)


def shown(action: Doc) -> Doc:
    """Return an action as the ledger answers it (an ActionRecord)."""
    return {name: value for name, value in action.items() if name not in ("source", "retention_class")}


def _mentions(action: Doc, wanted: str) -> bool:
    return any(wanted in (action[field] or "").lower() for field in SEARCHED)
