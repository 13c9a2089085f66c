"""Background tasks of the caller: list the active ones, read one, cancel one (rules I02, I04)."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, op

from . import _mine, _tasks

NOT_YOURS = "Only an admin may look at another user's tasks, and only within the tenant. Leave user_id out."


@op("GET /v1/tasks/active")
def active(call: Call) -> Doc:
    """List queued and running tasks of the caller; an admin may name another user of the tenant (I04)."""
    user = call.user
    named = call.query["user_id"]
    if named is not None and named != call.user_id:
        other = call.state["users"].get(named)
        if user["role"] != "admin" or other is None or other["tenant_id"] != user["tenant_id"]:
            raise Problem(403, NOT_YOURS)
        user = other
    tasks = _tasks.active(call.world, user["imperal_id"])
    return {"tasks": [_shown(task) for task in tasks], "limit": _tasks.limit(call.world, user)}


@op("GET /v1/tasks/{task_id}")
def read(call: Call) -> Doc:
    """Show one task; its result stands there once it is done."""
    return _shown(_own(call))


@op("POST /v1/tasks/{task_id}/cancel")
def cancel(call: Call) -> Doc:
    """Stop a task that has not ended."""
    task = _tasks.step(call.world, _own(call), "cancelled")
    return {"task_id": task["task_id"], "status": task["status"]}


def _own(call: Call) -> Doc:
    return _mine.require(call, "tasks", call.params["task_id"], "task", "GET /v1/tasks/active")


def _shown(task: Doc) -> Doc:
    return {name: value for name, value in task.items() if name != "seconds"}
