"""Reading the ledger of actions: a person's pages and month, and the use of an app."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import takewhile

from mockserver.kit import Doc, World

MONTHLY_LIMIT = 500
FAILURES = frozenset({"failed", "validation_rejected"})
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
    newest = world.state["actions"].newest(user_id=user["imperal_id"])
    actions = list(takewhile(lambda action: action["created_at"][:7] >= period, newest))
    calls: Counter[str] = Counter()
    tokens: Counter[str] = Counter()
    for action in actions:
        if action["llm_model"]:
            calls[action["llm_model"]] += action["llm_total_calls"]
            tokens[action["llm_model"]] += action["llm_total_tokens"]
    role = world.state["roles"].first(tenant_id=user["tenant_id"], name=user["role"])
    return {
        "period": period,
        "used": len(actions),
        **outcomes(actions),
        "limit": role["monthly_action_limit"] if role else MONTHLY_LIMIT,
        "llm_total_calls": sum(action["llm_total_calls"] for action in actions),
        "llm_total_tokens": sum(action["llm_total_tokens"] for action in actions),
        "llm_by_model": [{"model": one, "calls": calls[one], "tokens": tokens[one]} for one in calls],
    }


def extension(world: World, app_id: str) -> Doc:
    """Sum up the use of an app for its developer (ExtensionStats)."""
    actions = list(world.state["actions"].find(app_id=app_id))
    tools: defaultdict[str, list[Doc]] = defaultdict(list)
    for action in actions:
        tools[action["tool_name"]].append(action)
    times = [action["duration_ms"] for action in actions if action["duration_ms"] is not None]
    return {
        "app_id": app_id,
        "total_actions": len(actions),
        **outcomes(actions),
        "unique_users": len({action["user_id"] for action in actions}),
        "avg_duration_ms": round(sum(times) / len(times), 1) if times else None,
        "by_tool": [
            {"tool_name": name, "calls": len(used), "failed": outcomes(used)["failed"]}
            for name, used in sorted(tools.items(), key=lambda item: (-len(item[1]), item[0]))
        ],
    }


def outcomes(actions: list[Doc]) -> Doc:
    """Count what went well and what did not; a cancelled action is neither."""
    return {
        "completed": sum(action["status"] == "success" for action in actions),
        "failed": sum(action["status"] in FAILURES for action in actions),
    }


def shown(action: Doc) -> Doc:
    """Return an action as the ledger answers it (an ActionRecord)."""
    return {name: value for name, value in action.items() if name not in ("source", "retention_class")}


def _mentions(action: Doc, wanted: str) -> bool:
    return any(wanted in (action[field] or "").lower() for field in SEARCHED)
