"""Background tasks (`/v1/tasks`). Workers make them, so only a control plane can stand in for one."""

from __future__ import annotations

import time
from typing import Any

from specdouble.verify.kit import Read, Ready, Unmet, either, first, perhaps, recipe

from ...people import Person
from ...session import Session, veteran

_ONE, _ACTIVE = "GET /v1/tasks/{task_id}", "GET /v1/tasks/active"


def queue(session: Session, person: Person, **more: Any) -> str:
    """Queue a task of a person and return its task_id.

    Raises:
        Unmet: nobody plays the worker, or what its command printed is no task of that person.

    """
    said = {"app_id": "billing", "name": "Count the stars", "long_running": True, **more}
    task_id = session.parts.task(person.imperal_id, **said)
    session.client.own(task_id)
    if session.settings.task_command and not _known(session, person, task_id):
        raise Unmet(f"--task-command printed {task_id[:60]!r}, which is no task of {person.imperal_id}")
    return task_id


def _known(session: Session, person: Person, task_id: str) -> bool:
    """Whether the target knows a task, by its id or in the list: a fault in one of them is not the command's."""
    if session.send(_ONE, person, params={"task_id": task_id}).ok:
        return True
    listed = session.send(_ACTIVE, person, query={"user_id": person.imperal_id})
    return listed.ok and task_id in str(listed.json)


@recipe(_ACTIVE)
def active(session: Session) -> Ready:
    """List one's own tasks, by name."""
    user = session.users.user
    perhaps(session, lambda: session.shared("a task", lambda: queue(session, user)))
    return Ready(user.bearer, user, query={"user_id": user.imperal_id})


@recipe(_ONE)
def read(session: Session) -> Ready:
    """Read a task."""
    user = session.users.user

    def find() -> tuple[Person, str]:
        old = veteran(session)
        return old, str(first(session, "a task", _ACTIVE, old)["task_id"])

    user, task_id = either(session, lambda: (user, session.shared("a task", lambda: queue(session, user))), find)
    return Ready(user.bearer, user, {"task_id": task_id})


@recipe("POST /v1/tasks/{task_id}/cancel")
def cancel(session: Session) -> Ready:
    """Stop a task that was just queued and has begun, so that it does not move by itself any more."""
    user = session.users.user
    where = {"task_id": queue(session, user)}
    deadline = time.monotonic() + 3.0
    while session.send(_ONE, user, params=where)["status"] == "queued" and time.monotonic() < deadline:
        time.sleep(0.1)
    return Ready(user.bearer, user, where, watch=(Read(_ONE, user.bearer, where),))
