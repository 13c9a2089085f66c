"""Laws of background tasks: their states, who sees them, and who stops them. Workers make tasks, not callers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from specdouble.verify.kit import Judge, Person, Reply, Stage, law, listen
from specdouble.verify.suites._stamps import moment, moved

from ...calling import with_role
from ...recipes.work.tasks import queue

Doc = dict[str, Any]
ACTIVE, ONE, CANCEL = "GET /v1/tasks/active", "GET /v1/tasks/{task_id}", "POST /v1/tasks/{task_id}/cancel"


def read(stage: Stage, who: Person, task: str) -> Reply:
    """Read one task."""
    return stage.send(ONE, who, params={"task_id": task})


def cancel(stage: Stage, who: Person, task: str) -> Reply:
    """Stop a task."""
    return stage.send(CANCEL, who, params={"task_id": task})


def active(stage: Stage, who: Person, **query: Any) -> list[str]:
    """Return the ids of the tasks on a list."""
    return sorted(str(one["task_id"]) for one in stage.send(ACTIVE, who, query=query)["tasks"])


def until_it_runs(stage: Stage, person: Person, task: str) -> None:
    """Wait until a queued task has begun to run."""
    deadline = time.monotonic() + 3
    while read(stage, person, task)["status"] == "queued" and time.monotonic() < deadline:
        time.sleep(0.15)


def ending(stage: Stage, task: str, how: str) -> None:
    """Let the worker end a task."""
    more: Doc = {"result": {"pages": [1, 2], "text": "ok"}} if how == "finish" else {"message": "Out of ink"}
    stage.control.post(f"tasks/{task}/{how}", more)


# -- what a task shows ---------------------------------------------------------------------------------------------


@law("LIFE-290", ONE, ACTIVE)
@pytest.mark.parametrize("long_running", [True, False], ids=["long", "short"])
def test_a_task_shows_what_was_queued(long_running: bool, stage: Stage, judge: Judge) -> None:
    """A task shows its user, app, name and kind, begins at zero without a result, and is on the list of active ones."""
    stage.control.need()  # a command starts a task of its own choice
    person = stage.cast.new("worker's user")
    task = queue(stage, person, name="Index the shelves", app_id="developer", long_running=long_running)
    reply = judge.ok(read(stage, person, task))
    expected = {
        "task_id": task,
        "user_id": person.imperal_id,
        "app_id": "developer",
        "name": "Index the shelves",
        "long_running": long_running,
        "progress": 0,
        "message": None,
    }
    for name, value in expected.items():
        judge.equal(reply.json.get(name), value, f"{name} is not what was queued", reply, about=name)
    judge.that(reply["status"] in ("queued", "running"), "a new task has another status", reply)
    judge.that(reply.json.get("result") is None, "a task has a result before it is done", reply)
    judge.that(moment(reply["updated_at"]) >= moment(reply["created_at"]), "updated_at is before created_at", reply)
    listed = judge.ok(stage.send(ACTIVE, person))
    rows = [{**one, "status": "", "updated_at": ""} for one in listed["tasks"]]
    judge.equal(rows, [{**reply.json, "status": "", "updated_at": ""}], "the list shows a task otherwise", listed)


@law("LIFE-291", ACTIVE)
def test_the_limit_is_the_roles(stage: Stage, judge: Judge) -> None:
    """The list says how many tasks may run at once: the figure of the caller's role; without tasks it is empty."""
    for limit in (7, 50):
        person = with_role(stage, max_concurrent_tasks=limit)
        reply = judge.ok(stage.send(ACTIVE, person))
        judge.equal(reply.json, {"tasks": [], "limit": limit}, "the limit is not the role's", reply)
    plain = stage.cast.new("worker's user")
    roles = stage.send("GET /v1/roles", stage.cast.deputy).need().json
    theirs = [one["max_concurrent_tasks"] for one in roles if one["name"] == "user"]
    if len(theirs) == 1:
        reply = judge.ok(stage.send(ACTIVE, plain))
        judge.equal(reply["limit"], theirs[0], "the limit is not that of the role user", reply)


@law("E07", ACTIVE)
def test_active_is_no_id(stage: Stage, judge: Judge) -> None:
    """`/v1/tasks/active` is the list of active tasks and no task of that id."""
    reply = judge.ok(stage.send(ACTIVE, stage.cast.new("worker's user")))
    judge.equal(reply.json.get("tasks"), [], "somebody without tasks gets another list", reply)


@law("LIFE-292", ACTIVE, ONE)
def test_a_role_bounds_what_runs_at_once(stage: Stage, judge: Judge) -> None:
    """No more tasks run at once than the role allows; the others wait queued, and one begins when another ends."""
    stage.control.need()
    person = with_role(stage, max_concurrent_tasks=1)
    first, second = queue(stage, person), queue(stage, person)
    until_it_runs(stage, person, first)
    time.sleep(0.3)
    states = read(stage, person, first)["status"], read(stage, person, second)["status"]
    judge.equal(states, ("running", "queued"), "more tasks run at once than the role allows", op=ACTIVE)
    judge.equal(active(stage, person), sorted([first, second]), "a queued task is not on the list", op=ACTIVE)
    ending(stage, first, "finish")
    until_it_runs(stage, person, second)
    judge.equal(read(stage, person, second)["status"], "running", "a waiting task does not get its turn", op=ONE)


# -- how it ends ---------------------------------------------------------------------------------------------------


def waiting(stage: Stage, person: Person) -> str:
    """Return a task that waits: one that was just queued."""
    return queue(stage, person)


def running(stage: Stage, person: Person) -> str:
    """Return a task that runs."""
    task = queue(stage, person)
    until_it_runs(stage, person, task)
    return task


@law("LIFE-293", CANCEL, ONE, ACTIVE)
@pytest.mark.parametrize("make", [waiting, running])
def test_cancelling_stops_a_task(make: Callable[[Stage, Person], str], stage: Stage, judge: Judge) -> None:
    """Cancelling stops a queued or running task for good: it reads `cancelled`, is off the list, and a second is 409.

    Nothing else of it changes but updated_at, which moves.
    """
    person = stage.cast.new("worker's user")
    kept, task = queue(stage, person), make(stage, person)
    before = judge.ok(read(stage, person, task))
    reply = judge.ok(cancel(stage, person, task))
    judge.equal(reply.json, {"task_id": task, "status": "cancelled"}, "the answer is not the cancelled task", reply)
    after = judge.ok(read(stage, person, task))
    judge.equal(after["status"], "cancelled", "a cancelled task has another status", after)
    on = moved(before["updated_at"], after["updated_at"])
    judge.that(on, "updated_at did not move", after, expected=f"after {before['updated_at']}")
    others = {name for name in before.json if after.json.get(name) != before.json[name]} - {"status", "updated_at"}
    judge.equal(others, set(), "cancelling changed other fields", after)
    judge.equal(active(stage, person), [kept], "the list is not the tasks that are left", op=ACTIVE)
    refuse(stage, judge, person, task)


def refuse(stage: Stage, judge: Judge, person: Person, task: str) -> None:
    """Judge that a task that has ended cannot be cancelled, and stays as it is."""
    before = read(stage, person, task).json
    again = cancel(stage, person, task)
    judge.status(again, 409, message=f"cancelling a task that has ended is answered with {again.status}, not 409")
    judge.equal(read(stage, person, task).json, before, "a refused cancel changed a task", again)


@law("LIFE-294", ONE, ACTIVE, CANCEL)
@pytest.mark.parametrize(("how", "status"), [("finish", "done"), ("fail", "failed")])
def test_a_task_that_has_ended_stays_ended(how: str, status: str, stage: Stage, judge: Judge) -> None:
    """A task that is done has its result and 100 percent, a failed one its message; neither is active or cancelled."""
    stage.control.need()
    person = stage.cast.new("worker's user")
    task = queue(stage, person)
    before = judge.ok(read(stage, person, task))
    ending(stage, task, how)
    after = judge.ok(read(stage, person, task))
    judge.equal(after["status"], status, "a task that has ended has another status", after)
    judge.equal(after["created_at"], before["created_at"], "the end of a task moved created_at", after)
    judge.that(moved(before["updated_at"], after["updated_at"]), "updated_at did not move", after)
    if how == "finish":
        judge.equal(after["progress"], 100, "a task that is done is not at 100 percent", after)
        result = {"pages": [1, 2], "text": "ok"}
        judge.equal(after.json.get("result"), result, "a task that is done has another result", after)
    else:
        judge.equal(after["message"], "Out of ink", "a failed task does not say why", after)
        judge.that(after.json.get("result") is None, "a failed task has a result", after)
    judge.equal(active(stage, person), [], "a task that has ended is on the list of active ones", op=ACTIVE)
    refuse(stage, judge, person, task)


@law("STREAM-250", CANCEL, "GET /v1/events/stream")
def test_cancelling_is_told(stage: Stage, judge: Judge) -> None:
    """Listeners on the event stream of its user receive a task_update when a task is cancelled, and nobody else."""
    person, other = stage.cast.new("worker's user"), stage.cast.new("somebody else")
    task = queue(stage, person)
    with listen(stage, person) as mine, listen(stage, other) as theirs:
        judge.ok(cancel(stage, person, task))
        heard = mine.wait(
            lambda event: event.type == "task_update" and event.payload.get("task_id") == task
            and event.payload.get("status") == "cancelled"
        )  # fmt: skip
        judge.that(heard, "no task_update tells that a task was cancelled", op=CANCEL, expected="an event", got="none")
        judge.that(not any(task in one.data for one in theirs.events), "a task is told to somebody else", rule="I05")


# -- whose it is ---------------------------------------------------------------------------------------------------


@law("I02", ONE, CANCEL)
def test_anothers_task_is_neither_shown_nor_stopped(stage: Stage, judge: Judge) -> None:
    """Another user's task is 403 or 404: nothing of it is shown, and it goes on."""
    person, other = stage.cast.new("worker's user"), stage.cast.new("somebody else")
    task = queue(stage, person, name="A private errand")
    for who in (other, stage.cast.deputy):
        for reply in (read(stage, who, task), cancel(stage, who, task)):
            judge.status(reply, 403, 404, message=f"another user's task is answered with {reply.status}")
            judge.that("private errand" not in reply.text, "a refusal shows another user's task", reply)
    status = read(stage, person, task)["status"]
    judge.that(status in ("queued", "running"), "another user stopped a task", op=CANCEL, expected="active", got=status)
    judge.equal(active(stage, other), [], "another user's task is on one's list", op=ACTIVE, rule="I01")


@law("I04", ACTIVE)
def test_only_an_admin_names_somebody_else(stage: Stage, judge: Judge) -> None:
    """user_id of somebody else is refused or ignored unless an admin asks; one's own id changes nothing."""
    person, other = stage.cast.new("worker's user"), stage.cast.new("somebody else")
    task, own = queue(stage, person), queue(stage, other)
    spied = stage.send(ACTIVE, other, query={"user_id": person.imperal_id})
    judge.status(spied, 403, 200)
    judge.that(task not in spied.text, "user_id shows another user's tasks", spied)
    if spied.ok:
        judge.equal([one["task_id"] for one in spied["tasks"]], [own], "an ignored user_id hides one's own", spied)
    judge.equal(active(stage, other, user_id=other.imperal_id), [own], "naming oneself changes the list", op=ACTIVE)
    seen = judge.ok(
        stage.send(ACTIVE, stage.cast.deputy, query={"user_id": person.imperal_id}), "an admin may not name a user"
    )
    judge.equal([one["task_id"] for one in seen["tasks"]], [task], "an admin sees other tasks than the user's", seen)
    judge.equal(active(stage, stage.cast.deputy), [], "an admin's own list has tasks of others", op=ACTIVE, rule="I01")


@law("LIFE-295", ONE, CANCEL)
@pytest.mark.parametrize("ask", [read, cancel])
def test_an_unknown_task_is_404(ask: Callable[[Stage, Person, str], Reply], stage: Stage, judge: Judge) -> None:
    """A task that nobody knows is 404."""
    reply = ask(stage, stage.cast.user, f"task_{stage.cast.fresh('none')}")
    judge.status(reply, 404, message=f"an unknown task is answered with {reply.status}, not 404")
