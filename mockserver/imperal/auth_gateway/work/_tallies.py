"""Tallies of what only grows: actions and earnings, counted as they are written, so that reading costs the answer.

A tally belongs to a group (``of``) and counts ``calls`` and more:

- ``done:{user}``, by month, app, kind, status and language model: what a person did;
- ``days:{app}``, by day and function: the use of an app and its developer's revenue;
- ``users:{app}``, by person: who used an app, and on which day last;
- ``earned:{developer}:{app}``, by month: the developer's share.

The figures of an app begin with it: a new app with a deleted one's slug does not inherit them.
"""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, World

FAILURES = frozenset({"failed", "validation_rejected"})


def start(world: World) -> None:
    """Count what was done in the seed data."""
    for action in world.state["actions"]:
        count_action(world, action)
    for earning in world.state["earnings"]:
        count_earning(world, earning)


def group(world: World, *of: str) -> list[Doc]:
    """Return the tallies of a group, first used first."""
    return list(world.state["tallies"].find(of=":".join(of)))


def size(world: World, *of: str) -> int:
    """Count the tallies of a group."""
    return world.state["tallies"].count(of=":".join(of))


def actions_of(world: World, user_id: str, **equals: str) -> int:
    """Count a person's actions with that ``app_id``, ``action_type`` and ``status``."""
    return sum(one["calls"] for one in world.state["tallies"].find(of=f"done:{user_id}", **equals))


def count_action(world: World, action: Doc, sign: int = 1) -> None:
    """Count an action, or take it back (``sign`` of -1)."""
    user_id, app_id, tool = action["user_id"], action["app_id"], action["tool_name"]
    kind, status, model, at = action["action_type"], action["status"], action["llm_model"], action["created_at"]
    of, month = f"done:{user_id}", at[:7]
    counted = {"calls": sign}
    if action["llm_total_calls"] or action["llm_total_tokens"]:
        counted["llm_calls"] = sign * (action["llm_total_calls"] or 0)
        counted["llm_tokens"] = sign * (action["llm_total_tokens"] or 0)
    key = f"{of}:{month}:{app_id}:{kind}:{status}:{model}"
    if not _raise(world, key, counted):
        fixed = {"user_id": user_id, "month": month, "app_id": app_id, "action_type": kind, "status": status}
        _begin(world, key, of, {**fixed, "model": model, "llm_calls": 0, "llm_tokens": 0, **counted})
    if not _of_this_app(world, app_id, at):
        return
    counted = {"calls": sign}
    if status == "success":
        counted["completed"] = sign
    elif status in FAILURES:
        counted["failed"] = sign
    if action["duration_ms"] is not None:
        counted["timed"] = sign
        counted["duration_ms"] = sign * action["duration_ms"]
    _count_day(world, app_id, at[:10], tool, counted)
    key = f"users:{app_id}:{user_id}"
    held = world.state["tallies"].get(key)
    if sign > 0 and (held is None or held["last_day"] < at[:10]):
        _begin(world, key, f"users:{app_id}", {"who": user_id, "last_day": at[:10]})


def recount_action(world: World, old: Doc, new: Doc) -> None:
    """Count an action that was overwritten as what it is now."""
    count_action(world, old, -1)
    count_action(world, new)
    _forget_use(world, old["user_id"], old["app_id"])


def count_earning(world: World, earning: Doc) -> None:
    """Count what a call has earned its developer."""
    user_id, app_id, share, at = (earning[name] for name in ("imperal_id", "app_id", "developer_share", "created_at"))
    of = f"earned:{user_id}:{app_id}"
    if not _raise(world, f"{of}:{at[:7]}", {"calls": 1, "revenue": share}):
        _begin(world, f"{of}:{at[:7]}", of, {"imperal_id": user_id, "month": at[:7], "calls": 1, "revenue": share})
    if _of_this_app(world, app_id, at):
        _count_day(world, app_id, at[:10], earning["function"], {"revenue": share})


def forget_user(world: World, user_id: str) -> None:
    """Take a person's use out of the figures of apps; call it while their actions are still there."""
    tallies, apps = world.state["tallies"], set()
    for action in world.state["actions"].find(user_id=user_id):
        count_action(world, action, -1)
        apps.add(action["app_id"])
    for key in (f"users:{app_id}:{user_id}" for app_id in apps):
        if key in tallies:
            tallies.remove(key)


def forget_app(world: World, app_id: str) -> None:
    """Forget the figures of an app that is deleted."""
    for kind in ("days", "users"):
        world.state["tallies"].remove_where(of=f"{kind}:{app_id}")


def _of_this_app(world: World, app_id: str, at: str) -> bool:
    """Tell whether something happened to the app that now has that slug."""
    app = world.state["apps"].get(app_id)
    return app is not None and bool(app["created_at"] <= at)


def _forget_use(world: World, user_id: str, app_id: str) -> None:
    """Forget that somebody used an app who has no action of it left."""
    key = f"users:{app_id}:{user_id}"
    if key in world.state["tallies"] and not world.state["actions"].count(user_id=user_id, app_id=app_id):
        world.state["tallies"].remove(key)


def _count_day(world: World, app_id: str, day: str, tool: str, counted: dict[str, Any]) -> None:
    of = f"days:{app_id}"
    key = f"{of}:{day}:{tool}"
    if not _raise(world, key, counted):
        zero = dict.fromkeys(("calls", "completed", "failed", "timed", "duration_ms", "revenue"), 0)
        _begin(world, key, of, {"day": day, "tool": tool, **zero, **counted})


def _raise(world: World, key: str, counted: dict[str, Any]) -> bool:
    """Add to a tally; tells whether there is one."""
    tallies = world.state["tallies"]
    held = tallies.get(key)
    if held is None:
        return False
    new = held.copy()
    for what, more in counted.items():
        new[what] += more
    tallies.put(new)
    return True


def _begin(world: World, key: str, of: str, counted: Doc) -> None:
    world.state["tallies"].put({"id": key, "of": of, **counted})
