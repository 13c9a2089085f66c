"""Automation rules of the caller (rules D01-D05); the automations app offers the same as functions (C09)."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op

from . import _rules


@op("POST /v1/automations")
def create(call: Call) -> Doc:
    """Create a rule from a prompt: deprecated, and still works (D01)."""
    limits = call.given(*_rules.DEFAULTS)
    return call.show(_rules.create(call.world, call.user, call.body["prompt"], **limits))


@op("GET /v1/automations")
def list_rules(call: Call) -> list[Doc]:
    """List every rule, whatever its status, newest first (D04)."""
    return call.show_all(call.state["automations"].newest(user_id=call.user_id))


@op("DELETE /v1/automations/{rule_id}")
def delete(call: Call) -> Doc:
    """Remove a rule."""
    return {"id": _rules.delete(call.world, call.user_id, call.params["rule_id"])["rule_id"], "status": "deleted"}


@op("POST /v1/automations/{rule_id}/pause")
def pause(call: Call) -> Doc:
    """Stop a rule from firing."""
    return call.show(_rules.pause(call.world, call.user_id, call.params["rule_id"]))


@op("POST /v1/automations/{rule_id}/resume")
def resume(call: Call) -> Doc:
    """Let a paused rule fire again, counting from zero (D05)."""
    return call.show(_rules.resume(call.world, call.user_id, call.params["rule_id"]))
