"""Runs of automation rules, as the kernel reports them: counted once each, and ended by a result or by time.

A run is open while its status is ``triggered``.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any

from specdouble.mock.kit import Doc, Problem, World, invalid, parse_moment

from . import _rules

OPEN = "triggered"
REPORTED = ("status", "attempt", "parent_execution_id", "timeout_at", "event_data", "result", "error", "error_text")


def report(world: World, rule: Doc, given: Doc) -> Doc:
    """Write down what a run has come to and return a RuleTriggered; a run that was not known counts as a trigger.

    Refuses with 409 a new run of a paused rule, with 422 a ``timeout_at`` that is no time.
    """
    execution_id = given.get("execution_id") or world.ids.new("exec_", 12)
    key = f"{rule['rule_id']}:{execution_id}"
    known = {name: given[name] for name in REPORTED if name in given}
    known = {"status": OPEN, **known, "due": _moment(given.get("timeout_at"))}
    held = world.state["executions"].get(key)
    if held is not None:
        kept = known if known["due"] is not None else {name: known[name] for name in known if name != "due"}
        world.state["executions"].update(key, **kept)
    else:
        if rule["status"] == "paused":
            raise Problem(409, "The rule is paused. PATCH /v1/automations/internal/{rule_id} makes it active.")
        owner = {"rule_id": rule["rule_id"], "user_id": rule["user_id"], "execution_id": execution_id}
        world.state["executions"].add({"id": key, **owner, **known, "created_at": world.clock.stamp()})
        rule = _rules.count_run(world, rule)
    return {
        "rule_id": rule["rule_id"],
        "execution_id": execution_id,
        "status": known["status"],
        "trigger_count": rule["trigger_count"],
    }


def end_overdue(world: World) -> Doc:
    """End open runs whose time is over (RuleTimeouts)."""
    runs, now = world.state["executions"], world.clock.now()
    waiting = [one for one in runs.find(status=OPEN) if one["due"] is not None]
    late = [one for one in waiting if one["due"] < now]
    for one in late:
        runs.update(one["id"], status="timeout", error="The run took longer than it may.")
    return {"checked": len(waiting), "timed_out": [one["execution_id"] for one in late]}


def _moment(text: Any) -> float | None:
    """Read a time (UTC unless it says otherwise) as epoch seconds."""
    if text is None:
        return None
    try:
        return parse_moment(text, UTC).timestamp()
    except (ValueError, OverflowError):
        message = "Use a time such as 2026-06-21T10:00:00Z"
        raise invalid((("body", "timeout_at"), message, "datetime_parsing")) from None
