"""The ledger of actions: written by the kernel, read by the person, counted for developers and the marketplace."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, invalid, op

from ..money import _money
from ..rights import _trail
from . import _action_log, _mine, _tallies

MAX_PRICE = 10**9  # tokens: a million dollars for one action
RECORDED = frozenset(
    {
        "trace_id", "chain_id", "parent_task_id", "action_type", "intent_type", "status", "message_preview",
        "result_preview", "error", "duration_ms", "tokens_used", "heartbeat_count", "action_price", "extension_price",
        "platform_fee", "worker_id", "llm_provider", "llm_model", "llm_steps", "llm_total_calls", "llm_total_tokens",
        "completed_at",
    }
)  # fmt: skip


@op("POST /v1/actions")
def record(call: Call) -> Doc:
    """Record a finished action; the same ``trace_id`` again overwrites it (S02). A priced one earns its developer."""
    sent = {"duration_ms": None, **call.given()}
    trace_id, user_id = sent["trace_id"], sent["user_id"]
    held = call.state["actions"].get(trace_id)
    if held is not None:
        now = call.state["actions"].update(trace_id, **{name: sent[name] for name in held if name in sent})
        _tallies.recount_action(call.world, held, now)
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
    return _action_log.page(call.world, call.user_id, call.query)


@op("GET /v1/actions/stats")
def stats(call: Call) -> Doc:
    """Sum up the caller's current month against their role's limit (E07)."""
    return _action_log.month(call.world, call.user)


@op("GET /v1/actions/{trace_id}")
def read(call: Call) -> Doc:
    """Show one action of the caller (I02)."""
    return _action_log.shown(_mine.require(call, "actions", call.params["trace_id"], "action", "GET /v1/actions"))


@op("GET /v1/actions/stats/extension/{app_id}")
def extension_stats(call: Call) -> Doc:
    """Sum up the use of an app for its developer."""
    app = _app(call)
    developer = call.state["developers"].get(call.user_id)
    if developer is None or app["developer_id"] != developer["developer_id"]:
        raise Problem(403, "Only the developer of an app may read its figures.")
    return _action_log.extension(call.world, app["app_id"])


@op("GET /v1/actions/stats/marketplace/{app_id}")
def marketplace_stats(call: Call) -> Doc:
    """Count the use of an app for the marketplace; for services only (S03)."""
    return _action_log.marketplace(call.world, _app(call)["app_id"])


def _app(call: Call) -> Doc:
    return call.need("apps", call.params["app_id"], f"There is no app {call.params['app_id']!r}.")
