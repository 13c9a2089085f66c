"""Tallies of what only grows: actions and earnings, counted as they are written, so that reading costs the answer.

A tally belongs to a group (``of``) and has a name in it:

- ``month:{user}:{2026-06}`` by language model: a person's month;
- ``tools:{app}`` by function: all use of an app; ``users:{app}`` by person: who used it, and on which day last;
- ``days:{app}`` by day and function: use and the developer's revenue, for as long as the app is there;
- ``earned:{developer}:{app}`` by month: the developer's share.
"""

from __future__ import annotations

from typing import Any

from mockserver.kit import Doc, World

FAILURES = frozenset({"failed", "validation_rejected"})


def start(world: World) -> None:
    """Count what the cast has done."""
    for action in world.state["actions"]:
        count_action(world, action)
    for earning in world.state["earnings"]:
        count_earning(world, earning)


def group(world: World, *of: str) -> list[Doc]:
    """Return the tallies of a group, first used first."""
    return list(world.state["tallies"].find(of=":".join(of)))


def size(world: World, *of: str) -> int:
    """Count the names of a group."""
    return world.state["tallies"].count(of=":".join(of))


def count_action(world: World, action: Doc, sign: int = 1) -> None:
    """Count an action, or take it back (``sign`` of -1). A cancelled action has neither succeeded nor failed."""
    user_id, app_id, tool = action["user_id"], action["app_id"], action["tool_name"]
    at, took = action["created_at"], action["duration_ms"]
    outcome = {
        "calls": sign,
        "completed": sign * (action["status"] == "success"),
        "failed": sign * (action["status"] in FAILURES),
    }
    llm = {
        "llm_calls": sign * (action["llm_total_calls"] or 0),
        "llm_tokens": sign * (action["llm_total_tokens"] or 0),
    }
    timed = {"timed": sign * (took is not None), "duration_ms": sign * (took or 0)}
    _add(world, f"month:{user_id}:{at[:7]}", action["llm_model"] or "", {**outcome, **llm}, user_id=user_id)
    _add(world, f"tools:{app_id}", tool, {**outcome, **timed})
    if app_id in world.state["apps"]:
        _count_day(world, app_id, at[:10], tool, calls=sign)
    if sign > 0:
        _note_user(world, user_id, app_id, at[:10])


def recount_action(world: World, old: Doc, new: Doc) -> None:
    """Count an action that was overwritten as what it is now."""
    count_action(world, old, -1)
    count_action(world, new)
    user_id, app_id = old["user_id"], old["app_id"]
    if not world.state["actions"].count(user_id=user_id, app_id=app_id):
        world.state["tallies"].remove(f"users:{app_id}:{user_id}")


def count_earning(world: World, earning: Doc) -> None:
    """Count what a call has earned its developer."""
    user_id, app_id, share, at = (earning[name] for name in ("imperal_id", "app_id", "developer_share", "created_at"))
    _add(world, f"earned:{user_id}:{app_id}", at[:7], {"calls": 1, "revenue": share}, imperal_id=user_id)
    if app_id in world.state["apps"]:
        _count_day(world, app_id, at[:10], earning["function"], revenue=share)


def forget_user(world: World, user_id: str) -> None:
    """Take back what a person has done; call it while their actions are still there."""
    for action in world.state["actions"].find(user_id=user_id):
        count_action(world, action, -1)


def forget_app(world: World, app_id: str) -> None:
    """Forget an app's days when it is deleted: who takes its slug does not inherit them."""
    world.state["tallies"].remove_where(of=f"days:{app_id}")
    for tally in group(world, "users", app_id):
        world.state["tallies"].update(tally["id"], last_day="")


def _count_day(world: World, app_id: str, day: str, tool: str, *, calls: int = 0, revenue: int = 0) -> None:
    counted = {"calls": calls, "revenue": revenue}
    _add(world, f"days:{app_id}", f"{day} {tool}", counted, day=day, tool=tool)


def _note_user(world: World, user_id: str, app_id: str, day: str) -> None:
    """Write down that a person used an app, once a day."""
    tallies, key = world.state["tallies"], f"users:{app_id}:{user_id}"
    held = tallies.get(key)
    if held is None or held["last_day"] < day:
        tallies.put({"id": key, "of": f"users:{app_id}", "name": user_id, "user_id": user_id, "last_day": day})


def _add(world: World, of: str, name: str, counted: dict[str, int], **fixed: Any) -> None:
    tallies, key = world.state["tallies"], f"{of}:{name}"
    held = tallies.get(key)
    if held is None:
        tallies.add({"id": key, "of": of, "name": name, **fixed, **counted})
        return
    new = {**held, **{what: held[what] + more for what, more in counted.items()}}
    if any(new[what] for what in counted):
        tallies.put(new)
    else:
        tallies.remove(key)
