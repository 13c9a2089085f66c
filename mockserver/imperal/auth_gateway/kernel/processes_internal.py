"""What runs for a user at the moment."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, op

from ..work import _tasks
from . import _kernel


@op("GET /v1/internal/processes/{user_id}")
def processes(call: Call) -> Doc:
    """List a user's queued and running tasks, newest first; progress goes from 0 to 1."""
    user_id = _kernel.person(call)["imperal_id"]
    shown = [_process(task) for task in _tasks.active(call.world, user_id)]
    return {"user_id": user_id, "processes": shown, "total": len(shown)}


def _process(task: Doc) -> Doc:
    process = {name: task[name] for name in ("task_id", "app_id", "name", "status", "long_running")}
    return {**process, "progress": task["progress"] / 100, "started_at": task["created_at"]}
