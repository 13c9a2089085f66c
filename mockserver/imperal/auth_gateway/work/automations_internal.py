"""Automation rules for the kernel, which runs them: every user's, by number."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op

from ..kernel import _kernel
from . import _executions, _rules


@op("GET /v1/automations/internal/all")
def all_rules(call: Call) -> list[Doc]:
    """List the rules of a tenant, whatever their status."""
    return call.show_all(call.state["automations"].find(tenant_id=call.query["tenant_id"]))


@op("GET /v1/automations/internal/active")
def active(call: Call) -> list[Doc]:
    """List the rules of a tenant that may fire."""
    return call.show_all(call.state["automations"].find(tenant_id=call.query["tenant_id"], status="active"))


@op("GET /v1/automations/internal/quota")
def quota(call: Call) -> Doc:
    """Show what a user's plan allows; without a cap, ``unlimited`` says so and the figures are 0 (D03)."""
    user = _kernel.asked_person(call)
    held = _rules.quota(call.world, user["imperal_id"])
    return {**held, "cap": held["cap"] or 0, "remaining": held["remaining"] or 0}


@op("GET /v1/automations/internal/{rule_id}/count")
def count(call: Call) -> Doc:
    """Count the runs of a rule in the last hour, and in all."""
    rule = _rules.known(call.world, call.params["rule_id"])
    return call.show(rule, count=len(_rules.last_hour(call.world, rule)))


@op("POST /v1/automations/internal/triggered")
def triggered(call: Call) -> Doc:
    """Take a report about a run."""
    rule = _rules.known(call.world, call.body["rule_id"])
    _kernel.require_tenant(call, rule["tenant_id"])
    return _executions.report(call.world, rule, call.body)


@op("POST /v1/automations/internal/check-timeout")
def check_timeout(call: Call) -> Doc:
    """End the runs that are overdue."""
    return _executions.end_overdue(call.world)


@op("POST /v1/automations/internal/create")
def create(call: Call) -> Doc:
    """Create a rule that the caller has read already; the quota is the user's own (D03)."""
    body = call.body
    user = _kernel.named_person(call)
    _kernel.require_tenant(call, user["tenant_id"])
    trigger = {"event_type": body["trigger_filter"]["event_type"], "schedule": body["trigger_filter"].get("schedule")}
    read = {
        "interpretation": body.get("interpretation", ""),
        "trigger_filter": trigger,
        "actions": _rules.actions(body["actions"]),
    }
    more = call.given(*_rules.DEFAULTS, "notify_mode")
    return call.show(_rules.create(call.world, user, body["prompt"], read=read, **more))


@op("PATCH /v1/automations/internal/{rule_id}")
def change(call: Call) -> Doc:
    """Change a rule; it starts to count anew when it becomes active again (D05)."""
    rule = _rules.known(call.world, call.params["rule_id"])
    return call.show(_rules.change(call.world, rule, call.given()))


@op("DELETE /v1/automations/internal/{rule_id}")
def delete(call: Call) -> Doc:
    """Remove a rule and what is known of its runs."""
    rule = _rules.known(call.world, call.params["rule_id"])
    _rules.delete(call.world, rule["user_id"], rule["rule_id"])
    return {"rule_id": rule["rule_id"], "deleted": True}


@op("POST /v1/automations/internal/{rule_id}/execution-result")
def execution_result(call: Call) -> Doc:
    """Take how a rule's last run ended: a failure puts it into error, a success takes it out again."""
    rule = _rules.known(call.world, call.params["rule_id"])
    return call.show(_rules.settle(call.world, rule, call.body["success"], call.body.get("error", "")))
