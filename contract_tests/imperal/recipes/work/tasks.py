"""Background tasks (`/v1/tasks`). Workers make them, so only a control plane can stand in for one."""

from __future__ import annotations

import time
from typing import Any

from specdouble.verify.kit import Person, Read, Ready, Stage, Unmet, either, first, perhaps, recipe, veteran

_ONE, _ACTIVE = "GET /v1/tasks/{task_id}", "GET /v1/tasks/active"


def queue(stage: Stage, person: Person, **more: Any) -> str:
    """Queue a task of a person and return its task_id.

    Raises:
        Unmet: nobody plays the worker, or what its command printed is no task of that person.

    """
    said = {"app_id": "billing", "name": "Count the stars", "long_running": True, **more}
    task_id = stage.parts.task(person.imperal_id, **said)
    stage.client.own(task_id)
    if stage.settings.task_command and not _known(stage, person, task_id):
        raise Unmet(f"--task-command printed {task_id[:60]!r}, which is no task of {person.imperal_id}")
    return task_id


def _known(stage: Stage, person: Person, task_id: str) -> bool:
    """Whether the target knows a task, by its id or in the list: a fault in one of them is not the command's."""
    if stage.send(_ONE, person, params={"task_id": task_id}).ok:
        return True
    listed = stage.send(_ACTIVE, person, query={"user_id": person.imperal_id})
    return listed.ok and task_id in str(listed.json)


@recipe(_ACTIVE)
def active(stage: Stage) -> Ready:
    """List one's own tasks, by name."""
    user = stage.cast.user
    perhaps(stage, lambda: stage.shared("a task", lambda: queue(stage, user)))
    return Ready(user.bearer, user, query={"user_id": user.imperal_id})


@recipe(_ONE)
def read(stage: Stage) -> Ready:
    """Read a task."""
    user = stage.cast.user

    def find() -> tuple[Person, str]:
        old = veteran(stage)
        return old, str(first(stage, "a task", _ACTIVE, old)["task_id"])

    user, task_id = either(stage, lambda: (user, stage.shared("a task", lambda: queue(stage, user))), find)
    return Ready(user.bearer, user, {"task_id": task_id})


@recipe("POST /v1/tasks/{task_id}/cancel")
def cancel(stage: Stage) -> Ready:
    """Stop a task that was just queued and has begun, so that it does not move by itself any more."""
    user = stage.cast.user
    where = {"task_id": queue(stage, user)}
    deadline = time.monotonic() + 3.0
    while stage.send(_ONE, user, params=where)["status"] == "queued" and time.monotonic() < deadline:
        time.sleep(0.1)
    return Ready(user.bearer, user, where, watch=(Read(_ONE, user.bearer, where),))
