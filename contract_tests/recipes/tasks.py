"""Background tasks (`/v1/tasks`). Workers make them, so only a control plane can stand in for one."""

from __future__ import annotations

import time
from typing import Any

from contract_tests.credentials import Person
from contract_tests.recipes import Read, Ready, recipe
from contract_tests.stage import Stage

_ONE = "GET /v1/tasks/{task_id}"


def queue(stage: Stage, person: Person, **more: Any) -> str:
    """Queue a task of a person and return its task_id."""
    body = {"user_id": person.imperal_id, "app_id": "billing", "name": "Count the stars", "long_running": True}
    task_id = str(stage.control.post("tasks", {**body, **more})["task_id"])
    stage.client.own(task_id)
    return task_id


@recipe("GET /v1/tasks/active")
def active(stage: Stage) -> Ready:
    """List one's own tasks, by name."""
    user = stage.cast.user
    if stage.control.there:
        stage.shared("a task", lambda: queue(stage, user))
    return Ready(user.bearer, user, query={"user_id": user.imperal_id})


@recipe(_ONE)
def read(stage: Stage) -> Ready:
    """Read a task."""
    user = stage.cast.user
    return Ready(user.bearer, user, {"task_id": stage.shared("a task", lambda: queue(stage, user))})


@recipe("POST /v1/tasks/{task_id}/cancel")
def cancel(stage: Stage) -> Ready:
    """Stop a task that was just queued and has begun, so that it does not move by itself any more."""
    user = stage.cast.user
    where = {"task_id": queue(stage, user)}
    deadline = time.monotonic() + 3.0
    while stage.send(_ONE, user, params=where)["status"] == "queued" and time.monotonic() < deadline:
        time.sleep(0.1)
    return Ready(user.bearer, user, where, watch=(Read(_ONE, user.bearer, where),))
