"""Reading the ledger of actions: a person's pages and month, and the use of an app."""

from __future__ import annotations

from mockserver.auth_gateway import _tallies
from mockserver.kit import Doc, World

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
        total = actions.count(user_id=user_id, **equals)
        found = actions.page(start, per_page, user_id=user_id, **equals) if start < total else []
    else:
        every = [one for one in actions.newest(user_id=user_id, **equals) if _mentions(one, wanted)]
        total, found = len(every), every[start : start + per_page]
    return {"items": [shown(one) for one in found], "total": total, "page": number, "per_page": per_page}


def month(world: World, user: Doc) -> Doc:
    """Sum up a user's current month against their role's limit (UsageStats, gotcha E07)."""
    period = world.clock.stamp()[:7]
    models = _tallies.group(world, "month", user["imperal_id"], period)
    role = world.state["roles"].first(tenant_id=user["tenant_id"], name=user["role"])
    return {
        "period": period,
        "used": _total(models, "calls"),
        **_outcomes(models),
        "limit": role["monthly_action_limit"] if role else MONTHLY_LIMIT,
        "llm_total_calls": _total(models, "llm_calls"),
        "llm_total_tokens": _total(models, "llm_tokens"),
        "llm_by_model": [
            {"model": one["name"], "calls": one["llm_calls"], "tokens": one["llm_tokens"]}
            for one in models
            if one["name"]
        ],
    }


def extension(world: World, app_id: str) -> Doc:
    """Sum up the use of an app for its developer (ExtensionStats)."""
    tools = _tallies.group(world, "tools", app_id)
    timed = _total(tools, "timed")
    return {
        "app_id": app_id,
        "total_actions": _total(tools, "calls"),
        **_outcomes(tools),
        "unique_users": _tallies.size(world, "users", app_id),
        "avg_duration_ms": round(_total(tools, "duration_ms") / timed, 1) if timed else None,
        "by_tool": [
            {"tool_name": one["name"], "calls": one["calls"], "failed": one["failed"]}
            for one in sorted(tools, key=lambda one: (-one["calls"], one["name"]))
        ],
    }


def completed(world: World, app_id: str) -> int:
    """Count the actions of an app that went well."""
    return _total(_tallies.group(world, "tools", app_id), "completed")


def _total(tallies: list[Doc], what: str) -> int:
    return sum(one[what] for one in tallies)


def _outcomes(tallies: list[Doc]) -> Doc:
    return {"completed": _total(tallies, "completed"), "failed": _total(tallies, "failed")}


def shown(action: Doc) -> Doc:
    """Return an action as the ledger answers it (an ActionRecord)."""
    return {name: value for name, value in action.items() if name not in ("source", "retention_class")}


def _mentions(action: Doc, wanted: str) -> bool:
    return any(wanted in (action[field] or "").lower() for field in SEARCHED)
