"""The ledger of actions: written by the kernel, read by the person, counted for developers and the marketplace."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import takewhile

from mockserver.auth_gateway import _mine, _money, _trail
from mockserver.kit import Call, Doc, Problem, invalid, op

MONTHLY_LIMIT = 500
MAX_PRICE = 10**9  # tokens: a million dollars for one action
FAILURES = frozenset({"failed", "validation_rejected"})
RECORDED = frozenset(
    {
        "trace_id", "chain_id", "parent_task_id", "action_type", "intent_type", "status", "message_preview",
        "result_preview", "error", "duration_ms", "tokens_used", "heartbeat_count", "action_price", "extension_price",
        "platform_fee", "worker_id", "llm_provider", "llm_model", "llm_steps", "llm_total_calls", "llm_total_tokens",
        "completed_at",
    }
)  # fmt: skip
SEARCHED = ("tool_name", "app_id", "message_preview", "result_preview", "error")


@op("POST /v1/actions")
def record(call: Call) -> Doc:
    """Record a finished action; the same ``trace_id`` again overwrites it (S02). A priced one earns its developer."""
    sent = {"duration_ms": None, **call.given()}
    trace_id, user_id = sent["trace_id"], sent["user_id"]
    held = call.state["actions"].get(trace_id)
    if held is not None:
        call.state["actions"].update(trace_id, **{name: sent[name] for name in held if name in sent})
        return {"trace_id": trace_id, "recorded": True}
    user = call.state["users"].get(user_id)
    tenant_id = sent.get("tenant_id") or (user["tenant_id"] if user else "default")
    who = {"imperal_id": user_id, "tenant_id": tenant_id}
    known = {name: value for name, value in sent.items() if name in RECORDED}
    made = _trail.record_action(call.world, who, sent["app_id"], sent["tool_name"], **known)
    app = call.state["apps"].get(sent["app_id"])
    price = made["extension_price"]
    if app is not None and price >= 1 and made["status"] == "success":
        if price > MAX_PRICE:
            loc = ("body", "extension_price")
            raise invalid((loc, f"Input should be less than or equal to {MAX_PRICE}", "less_than_equal"))
        _money.accrue(call.world, app, made, int(price))
    return {"trace_id": trace_id, "recorded": True}


@op("GET /v1/actions")
def list_actions(call: Call) -> Doc:
    """List the caller's actions, newest first, filtered and paged (E05)."""
    actions, query = call.state["actions"], call.query
    page, per_page = query["page"], query["per_page"]
    equals = {name: query[name] for name in ("app_id", "action_type", "status") if query[name] is not None}
    start = (page - 1) * per_page
    wanted = (query["search"] or "").lower()
    if not wanted:
        total = actions.count(user_id=call.user_id, **equals)
        shown = actions.page(start, per_page, user_id=call.user_id, **equals) if start < total else []
    else:
        found = [one for one in actions.newest(user_id=call.user_id, **equals) if _mentions(one, wanted)]
        total, shown = len(found), found[start : start + per_page]
    return {"items": [_shown(one) for one in shown], "total": total, "page": page, "per_page": per_page}


@op("GET /v1/actions/stats")
def stats(call: Call) -> Doc:
    """Sum up the caller's current month against their role's limit (E07)."""
    period = call.world.clock.stamp()[:7]
    newest = call.state["actions"].newest(user_id=call.user_id)
    month = list(takewhile(lambda action: action["created_at"][:7] >= period, newest))
    calls: Counter[str] = Counter()
    tokens: Counter[str] = Counter()
    for action in month:
        if action["llm_model"]:
            calls[action["llm_model"]] += action["llm_total_calls"]
            tokens[action["llm_model"]] += action["llm_total_tokens"]
    user = call.user
    role = call.state["roles"].first(tenant_id=user["tenant_id"], name=user["role"])
    return {
        "period": period,
        "used": len(month),
        **_outcomes(month),
        "limit": role["monthly_action_limit"] if role else MONTHLY_LIMIT,
        "llm_total_calls": sum(action["llm_total_calls"] for action in month),
        "llm_total_tokens": sum(action["llm_total_tokens"] for action in month),
        "llm_by_model": [{"model": one, "calls": calls[one], "tokens": tokens[one]} for one in calls],
    }


@op("GET /v1/actions/{trace_id}")
def read(call: Call) -> Doc:
    """Show one action of the caller (I02)."""
    return _shown(_mine.require(call, "actions", call.params["trace_id"], "action", "GET /v1/actions"))


@op("GET /v1/actions/stats/extension/{app_id}")
def extension_stats(call: Call) -> Doc:
    """Sum up the use of an app for its developer."""
    app = _app(call)
    developer = call.state["developers"].get(call.user_id)
    if developer is None or app["developer_id"] != developer["developer_id"]:
        raise Problem(403, "Only the developer of an app may read its figures.")
    actions = list(call.state["actions"].find(app_id=app["app_id"]))
    tools: defaultdict[str, list[Doc]] = defaultdict(list)
    for action in actions:
        tools[action["tool_name"]].append(action)
    times = [action["duration_ms"] for action in actions if action["duration_ms"] is not None]
    return {
        "app_id": app["app_id"],
        "total_actions": len(actions),
        **_outcomes(actions),
        "unique_users": len({action["user_id"] for action in actions}),
        "avg_duration_ms": round(sum(times) / len(times), 1) if times else None,
        "by_tool": [
            {"tool_name": name, "calls": len(used), "failed": _outcomes(used)["failed"]}
            for name, used in sorted(tools.items(), key=lambda item: (-len(item[1]), item[0]))
        ],
    }


@op("GET /v1/actions/stats/marketplace/{app_id}")
def marketplace_stats(call: Call) -> Doc:
    """Count the use of an app for the marketplace; for services only (S03)."""
    app = _app(call)
    actions = list(call.state["actions"].find(app_id=app["app_id"]))
    done = _outcomes(actions)["completed"]
    return {
        "app_id": app["app_id"],
        "total_actions": len(actions),
        "active_users": len({action["user_id"] for action in actions}),
        "success_rate": round(done / len(actions), 4) if actions else 0.0,
        "cached_at": call.world.clock.stamp(),
    }


def _app(call: Call) -> Doc:
    return call.need("apps", call.params["app_id"], f"There is no app {call.params['app_id']!r}.")


def _outcomes(actions: list[Doc]) -> Doc:
    """Count what went well and what did not; a cancelled action is neither."""
    return {
        "completed": sum(action["status"] == "success" for action in actions),
        "failed": sum(action["status"] in FAILURES for action in actions),
    }


def _mentions(action: Doc, wanted: str) -> bool:
    return any(wanted in (action[field] or "").lower() for field in SEARCHED)


def _shown(action: Doc) -> Doc:
    return {name: value for name, value in action.items() if name not in ("source", "retention_class")}
