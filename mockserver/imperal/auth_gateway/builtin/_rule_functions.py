"""The functions of the automations app, which replace the deprecated route (rule C09)."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, World

from ..functions._declared import COUNT, OBJECT, TEXT, WHOLE, Functions, one_of, up_to
from ..functions._outcomes import FunctionError, Performed, text, whole
from ..work import _rules

FUNCTIONS = Functions(_rules.APP)
add = FUNCTIONS.add
SCHEDULED = "system.scheduled"
STATUSES = ("active", "paused", "error")
_LIMITS: dict[str, Doc] = {"cooldown_seconds": COUNT, "max_per_hour": COUNT, "max_iterations": COUNT}
_MEANING: dict[str, Doc] = {
    "event_type": TEXT,
    "action_description": TEXT,
    "schedule": TEXT,
    "action": OBJECT,
    "notify_mode": one_of(*_rules.NOTIFY_MODES),
}
_RULE: dict[str, Any] = {"rule_id": WHOLE}


@add(
    "create_automation",
    "write",
    "Create a rule: an event or a schedule, and what happens then.",
    **_MEANING,
    prompt=TEXT,
    **_LIMITS,
)
def _create(world: World, user: Doc, params: Doc) -> Performed:
    """Create a rule from ``event_type`` and ``action_description``, or from one ``prompt`` that says both."""
    limits: dict[str, Any] = {name: whole(params, name, default, least=0) for name, default in _rules.DEFAULTS.items()}
    if "prompt" in params and "event_type" not in params:
        read, prompt = None, text(params, "prompt")
    else:
        described, trigger = text(params, "action_description"), _trigger(params)
        prompt = params.get("prompt") or described
        read = {
            "interpretation": f"On {trigger['event_type']}: {described}.",
            "trigger_filter": trigger,
            "actions": [_action(params, described)],
        }
    more = {"notify_mode": params["notify_mode"]} if "notify_mode" in params else {}
    rule = _rules.create(world, user, prompt, read=read, **limits, **more)
    shown = _shown(rule)
    return {**shown, "rule": shown}, f"Rule {rule['rule_id']} is active. {rule['interpretation']}"


@add(
    "list_automations",
    "read",
    "List the rules with their status and counters.",
    status=one_of(*STATUSES),
    event_type=TEXT,
    search=TEXT,
    limit=up_to(500),
)
def _list(world: World, user: Doc, params: Doc) -> Performed:
    """List the user's own rules, newest first; every filter narrows."""
    words, event = (params.get("search") or "").lower(), (params.get("event_type") or "").lower()
    rules = [
        _shown(rule)
        for rule in world.state["automations"].newest(user_id=user["imperal_id"])
        if params.get("status") in (None, rule["status"])
        and event in rule["trigger_filter"]["event_type"].lower()
        and words in f"{rule['prompt']} {rule['interpretation']}".lower()
    ]
    items = rules[: params.get("limit", 200)]
    held = _rules.quota(world, user["imperal_id"])
    return {"items": items, "total": len(rules), "quota": held}, f"You have {len(rules)} rules."


@add("get_automation_details", "read", "Show one rule.", "rule_id", **_RULE)
def _details(world: World, user: Doc, params: Doc) -> Performed:
    rule = _rules.own(world, user["imperal_id"], params["rule_id"])
    return _shown(rule), f"Rule {rule['rule_id']} is {rule['status']}."


@add(
    "update_automation",
    "write",
    "Change a rule; what is not named stays.",
    "rule_id",
    **_RULE,
    **_MEANING,
    **_LIMITS,
    status=one_of("active", "paused"),
)
def _update(world: World, user: Doc, params: Doc) -> Performed:
    rule = _rules.own(world, user["imperal_id"], params["rule_id"])
    changes: Doc = {name: params[name] for name in (*_LIMITS, "status", "notify_mode") if name in params}
    if "event_type" in params or "schedule" in params:
        changes["trigger_filter"] = _trigger({**rule["trigger_filter"], **params})
    if "action_description" in params or "action" in params:
        described = params.get("action_description") or rule["prompt"]
        trigger: Doc = changes.get("trigger_filter") or rule["trigger_filter"]
        event = trigger["event_type"]
        changes |= {
            "prompt": described,
            "actions": [_action(params, described)],
            "interpretation": f"On {event}: {described}.",
        }
    if not changes:
        raise FunctionError("Name at least one thing to change: action_description, event_type, schedule, status …")
    changed = _shown(_rules.change(world, rule, changes))
    return {**changed, "rule": changed}, f"Rule {rule['rule_id']} is changed."


@add("pause_automation", "write", "Pause a rule.", "rule_id", **_RULE)
def _pause(world: World, user: Doc, params: Doc) -> Performed:
    rule = _rules.pause(world, user["imperal_id"], params["rule_id"])
    return _shown(rule), f"Rule {rule['rule_id']} is paused."


@add("resume_automation", "write", "Resume a paused rule; it counts from zero again.", "rule_id", **_RULE)
def _resume(world: World, user: Doc, params: Doc) -> Performed:
    rule = _rules.resume(world, user["imperal_id"], params["rule_id"])
    return {**_shown(rule), "trigger_count_reset": True}, f"Rule {rule['rule_id']} is active again."


@add("delete_automation", "destructive", "Delete a rule for good.", "rule_id", **_RULE)
def _delete(world: World, user: Doc, params: Doc) -> Performed:
    rule = _rules.delete(world, user["imperal_id"], params["rule_id"])
    return {"rule_id": rule["rule_id"], "deleted": True}, f"Rule {rule['rule_id']} is deleted."


def _trigger(params: Doc) -> Doc:
    """Read when a rule fires; a schedule without an event is one of the clock."""
    schedule = params.get("schedule") or None
    event = text(params, "event_type") if "event_type" in params or not schedule else SCHEDULED
    if event == SCHEDULED and schedule is None:
        raise FunctionError("params.schedule is required for system.scheduled: a cron line such as '0 8 * * *'.")
    return {"event_type": event, "schedule": schedule}


def _action(params: Doc, described: str) -> Doc:
    """Read what a rule does: a function of an app with its arguments, or the words that describe it."""
    action = params.get("action")
    if action is None:
        return {"message": described}
    app_id, tool, args = action.get("app_id"), action.get("tool"), action.get("args") or {}
    if not isinstance(app_id, str) or not isinstance(tool, str) or not isinstance(args, dict):
        raise FunctionError("params.action must be an object of app_id, tool and args.")
    return {"app_id": app_id, "tool": tool, "args": args}


def _shown(rule: Doc) -> Doc:
    return {name: value for name, value in rule.items() if name != "recent"}
