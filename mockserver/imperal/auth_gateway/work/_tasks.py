"""Background tasks: queued -> running -> done | failed | cancelled, by the world's clock.

A role says how many of a user's tasks run at once; the others wait in the queue. A task that runs longer than its cap
(180 s, long-running ones 1800 s) fails.
"""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Doc, Problem, World, parse_stamp, timer

CAP, LONG_CAP = 180, 1800
QUEUE_SECONDS = 1
LIMIT = 3
ACTIVE = ("queued", "running")
MOVES = {"queued": ("running", "cancelled"), "running": ("done", "failed", "cancelled")}


def limit(world: World, user: Doc) -> int:
    """Return how many tasks a user may run at once: their role's figure."""
    role = world.state["roles"].first(tenant_id=user["tenant_id"], name=user["role"])
    return int(role["max_concurrent_tasks"]) if role else LIMIT


def active(world: World, user_id: str) -> list[Doc]:
    """Return a user's queued and running tasks, newest first."""
    tasks = world.state["tasks"]
    found = [*tasks.find(user_id=user_id, status="queued"), *tasks.find(user_id=user_id, status="running")]
    return sorted(found, key=lambda task: str(task["created_at"]), reverse=True)


def create(world: World, user: Doc, app_id: str, name: str, *, long_running: bool, seconds: float | None) -> Doc:
    """Queue a task that will run for that many seconds; without a figure it runs until somebody ends it."""
    now = world.clock.stamp()
    task = {
        "task_id": world.ids.new("task_", 12),
        "user_id": user["imperal_id"],
        "app_id": app_id,
        "name": name,
        "status": "queued",
        "progress": 0,
        "message": None,
        "long_running": long_running,
        "seconds": seconds,
        "created_at": now,
        "updated_at": now,
    }
    world.state["tasks"].add(task)
    _tell(world, task)
    world.later(QUEUE_SECONDS, "task.start", task_id=task["task_id"])
    return task


def step(world: World, task: Doc, to: str, **changes: Any) -> Doc:
    """Move a task on and tell its user; refuses with 409 what its state does not allow."""
    if to not in MOVES.get(task["status"], ()):
        raise Problem(409, f"The task is {task['status']} and cannot become {to}.")
    moved = world.state["tasks"].update(task["task_id"], status=to, **changes)
    _tell(world, moved)
    if task["status"] == "running":
        _start_waiting(world, task["user_id"])
    return moved


def finish(world: World, task: Doc, result: Any = None) -> Doc:
    """End a task well, from the queue too."""
    running = step(world, task, "running") if task["status"] == "queued" else task
    return step(world, running, "done", progress=100, result=result)


def fail(world: World, task: Doc, message: str) -> Doc:
    """End a task badly, from the queue too."""
    running = step(world, task, "running") if task["status"] == "queued" else task
    return step(world, running, "failed", message=message)


def schedule(world: World) -> None:
    """Let the tasks of the seed data go on by themselves: running ones reach their cap, queued ones get their turn.

    Who waits without a task of their own running waits for the worker, which is free after the longest cap.
    """
    for task in world.state["tasks"]:
        queued = parse_stamp(task["created_at"])
        if task["status"] == "running":
            world.at(queued + QUEUE_SECONDS + _cap(task), "task.cap", task_id=task["task_id"])
        elif task["status"] == "queued":
            world.at(queued + LONG_CAP, "task.start", task_id=task["task_id"])


@timer("task.start")
def start(world: World, task_id: str) -> None:
    """Start a queued task when its user has a place free."""
    task = world.state["tasks"].get(task_id)
    if task is None or task["status"] != "queued":
        return
    user = world.state["users"].get(task["user_id"])
    running = world.state["tasks"].count(user_id=task["user_id"], status="running")
    if user is None or running >= limit(world, user):
        return
    step(world, task, "running")
    cap, seconds = _cap(task), task.get("seconds")
    if seconds is None or seconds > cap:
        world.later(cap, "task.cap", task_id=task_id)
    else:
        world.later(seconds, "task.finish", task_id=task_id)


@timer("task.finish")
def finish_on_time(world: World, task_id: str) -> None:
    """End a task whose time of work is over."""
    task = world.state["tasks"].get(task_id)
    if task is not None and task["status"] == "running":
        finish(world, task)


@timer("task.cap")
def cap_reached(world: World, task_id: str) -> None:
    """Fail a task that has run for as long as it may."""
    task = world.state["tasks"].get(task_id)
    if task is not None and task["status"] == "running":
        fail(world, task, f"Stopped after {_cap(task)} seconds, the most that a task may run.")


def _cap(task: Doc) -> int:
    return LONG_CAP if task["long_running"] else CAP


def _start_waiting(world: World, user_id: str) -> None:
    waiting = world.state["tasks"].first(user_id=user_id, status="queued")
    if waiting is not None:
        start(world, waiting["task_id"])


def _tell(world: World, task: Doc) -> None:
    world.emit(task["user_id"], "task_update", {"task_id": task["task_id"], "status": task["status"]})
