"""Automation rules: quota, lifecycle, firing (rules D01-D05)."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, Problem, World, move, parse_stamp

from ..agent import _prompts
from ..money import _money
from ..rights import _trail

APP = "automations"
EXCEEDED = "Your plan allows no more rules. Delete one or change the plan."
HOUR = 3600
DEFAULTS = {"cooldown_seconds": 60, "max_per_hour": 10, "max_iterations": 0}
NOTIFY_MODES = ("all", "failures", "off")
MEANING = ("prompt", "interpretation", "actions", "notify_mode")
CHANGEABLE = (*DEFAULTS, *MEANING, "status", "trigger_filter")
MOVES = {"active": ("paused", "error"), "paused": ("active",), "error": ("paused",)}


def quota(world: World, user_id: str) -> Doc:
    """Return how many rules a user's plan allows and how many they have; a plan without a cap is unlimited."""
    plan = _money.entitled(world, user_id)
    cap: int | None = plan["limits"].get(APP) if plan else None
    used = world.state["automations"].count(user_id=user_id)
    return {
        "cap": cap,
        "used": used,
        "remaining": None if cap is None else max(cap - used, 0),
        "unlimited": cap is None,
        "plan": _money.subscription(world, user_id)["plan"],
    }


def create(world: World, user: Doc, prompt: str, *, read: Doc | None = None, **more: Any) -> Doc:
    """Create an active rule from a prompt; refuses with 429 beyond the plan's quota (rule D03).

    ``read`` is what the prompt means, where the caller has read it: interpretation, trigger_filter and actions;
    ``more`` are its limits and ``notify_mode``.
    """
    allowed = quota(world, user["imperal_id"])
    if not allowed["unlimited"] and not allowed["remaining"]:
        detail = {"error_code": "AUTOMATION_QUOTA_EXCEEDED", "message": EXCEEDED, "quota": allowed}
        raise Problem(429, detail, headers=(("retry-after", str(HOUR)),))
    number = world.serial("automations")
    rule = {
        "rule_id": number,
        "id": number,
        "user_id": user["imperal_id"],
        "tenant_id": user["tenant_id"],
        "prompt": prompt,
        **(read or _prompts.read(prompt)),
        "status": "active",
        **DEFAULTS,
        "notify_mode": "all",
        **more,
        "trigger_count": 0,
        "success_count": 0,
        "fail_count": 0,
        "last_triggered_at": None,
        "last_triggered": None,
        "recent": [],
        "last_error": None,
        "created_at": world.clock.stamp(),
    }
    world.state["automations"].add(rule)
    _tell(world, rule)
    return rule


def known(world: World, rule_id: int) -> Doc:
    """Return a rule, whoever owns it; refuses with 404 an unknown number."""
    rule = world.state["automations"].get(rule_id)
    if rule is None:
        raise Problem(404, f"There is no rule {rule_id}. GET /v1/automations/internal/all lists them.")
    return rule


def own(world: World, user_id: str, rule_id: Any) -> Doc:
    """Return a rule of a user; refuses with 404 any other (rule I02)."""
    rule = world.state["automations"].get(rule_id)
    if rule is None or rule["user_id"] != user_id:
        raise Problem(404, f"There is no rule {str(rule_id)[:20]} of yours. GET /v1/automations lists them.")
    return rule


def pause(world: World, user_id: str, rule_id: Any) -> Doc:
    """Stop a rule from firing; refuses with 409 one that is paused already."""
    rule = own(world, user_id, rule_id)
    return _set(world, rule, "paused", "The rule is paused already. POST …/resume starts it again.")


def resume(world: World, user_id: str, rule_id: Any) -> Doc:
    """Let a paused rule fire again, its count back at zero (rule D05); refuses with 409 one that is not paused."""
    rule = own(world, user_id, rule_id)
    lead = " POST …/pause first, then resume it." if rule["status"] == "error" else ""
    return _set(world, rule, "active", f"The rule is {rule['status']}, not paused.{lead}", trigger_count=0)


def delete(world: World, user_id: str, rule_id: Any) -> Doc:
    """Remove a rule and its runs."""
    rule = world.state["automations"].remove(own(world, user_id, rule_id)["rule_id"])
    world.state["executions"].remove_where(rule_id=rule["rule_id"])
    _tell(world, {**rule, "status": "deleted"})
    return rule


def fire(world: World, rule: Doc) -> Doc:
    """Let a rule do what it says: one action record and one chat message per action.

    Refuses with 409 a rule that is not active, cools down, or has fired as often as it may this hour. A rule that has
    reached ``max_iterations`` (0: no limit) pauses.
    """
    now = world.clock.now()
    last = rule["last_triggered_at"]
    if rule["status"] != "active":
        raise Problem(409, f"The rule is {rule['status']}; only an active rule fires.")
    if last is not None and now < parse_stamp(last) + rule["cooldown_seconds"]:
        raise Problem(409, f"The rule cools down for {rule['cooldown_seconds']} seconds after it has fired.")
    if len(last_hour(world, rule)) >= rule["max_per_hour"]:
        raise Problem(409, f"The rule fires at most {rule['max_per_hour']} times an hour.")
    user = world.state["users"].get(rule["user_id"]) or {"imperal_id": rule["user_id"], "tenant_id": rule["tenant_id"]}
    for action in rule["actions"]:
        message = spoken(action)
        preview = _trail.preview(message)
        _trail.record_action(world, user, APP, "run_rule", action_type="write", message_preview=preview, source="chat")
        world.emit(rule["user_id"], "chat_message", {"message_id": world.ids.new("msg_", 12), "text": message})
    return count_run(world, rule)


def spoken(action: Doc) -> str:
    """Say what an action does: its message, or the function that it calls."""
    return str(action["message"]) if "message" in action else f"Run {action['tool']} of {action['app_id']}."


def actions(given: list[Doc]) -> list[Doc]:
    """Keep what actions say of themselves: a message, or app, tool and arguments, or both."""
    return [{name: one[name] for name in ("message", "app_id", "tool", "args") if name in one} for one in given]


def last_hour(world: World, rule: Doc) -> list[float]:
    """Return when a rule ran within the last hour, in epoch seconds."""
    now = world.clock.now()
    return [at for at in rule.get("recent", ()) if at > now - HOUR]


def count_run(world: World, rule: Doc) -> Doc:
    """Count one run of a rule; one that has reached its ``max_iterations`` pauses."""
    now, count = world.clock.now(), rule["trigger_count"] + 1
    done = 0 < rule["max_iterations"] <= count
    counted = world.state["automations"].update(
        rule["rule_id"],
        trigger_count=count,
        last_triggered_at=world.clock.stamp(now),
        last_triggered=world.clock.stamp(now),
        recent=[*last_hour(world, rule), now],
        status="paused" if done else rule["status"],
    )
    _tell(world, counted)
    return counted


def change(world: World, rule: Doc, given: Doc) -> Doc:
    """Change a rule for the kernel; None leaves a field. Active again, it counts from zero (rule D05)."""
    changes = {name: value for name, value in given.items() if name in CHANGEABLE and value is not None}
    trigger = changes.get("trigger_filter")
    if trigger is not None:
        changes["trigger_filter"] = {"event_type": trigger["event_type"], "schedule": trigger.get("schedule")}
    if "actions" in changes:
        changes["actions"] = actions(changes["actions"])
    if changes.get("status") == "active" and rule["status"] != "active":
        changes["trigger_count"] = 0
    changed = world.state["automations"].update(rule["rule_id"], **changes)
    _tell(world, changed)
    return changed


def settle(world: World, rule: Doc, success: bool, error: str) -> Doc:
    """Take how a run ended: active and error take turns; a paused rule stays paused."""
    to = rule["status"] if rule["status"] == "paused" else "active" if success else "error"
    message = None if success else error or "The run failed."
    counter = "success_count" if success else "fail_count"
    counted = {counter: rule.get(counter, 0) + 1, "last_error": message}
    settled = world.state["automations"].update(rule["rule_id"], status=to, **counted)
    _tell(world, settled)
    return settled


def _set(world: World, rule: Doc, to: str, refusal: str, **changes: Any) -> Doc:
    status = move(MOVES, rule["status"], to, refusal)
    changed = world.state["automations"].update(rule["rule_id"], status=status, **changes)
    _tell(world, changed)
    return changed


def _tell(world: World, rule: Doc) -> None:
    payload = {"panel": APP, "rule_id": rule["rule_id"], "status": rule["status"]}
    world.emit(rule["user_id"], "panel_refresh", payload)
