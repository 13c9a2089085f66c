"""Rules of background tasks: their states, who sees them, and who stops them. Workers make tasks, not callers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from specdouble.verify.kit import Check, Reply, listen, moment, moved, rule

from ...people import Person
from ...recipes.work.tasks import queue
from ...session import Session
from ...shared.calling import with_role
from ...streams import kind, payload

Doc = dict[str, Any]
ACTIVE, ONE, CANCEL = "GET /v1/tasks/active", "GET /v1/tasks/{task_id}", "POST /v1/tasks/{task_id}/cancel"


def read(session: Session, who: Person, task: str) -> Reply:
    """Read one task."""
    return session.send(ONE, who, params={"task_id": task})


def cancel(session: Session, who: Person, task: str) -> Reply:
    """Stop a task."""
    return session.send(CANCEL, who, params={"task_id": task})


def active(session: Session, who: Person, **query: Any) -> list[str]:
    """Return the ids of the tasks on a list."""
    return sorted(str(one["task_id"]) for one in session.send(ACTIVE, who, query=query)["tasks"])


def until_it_runs(session: Session, person: Person, task: str) -> None:
    """Wait until a queued task has begun to run."""
    deadline = time.monotonic() + 3
    while read(session, person, task)["status"] == "queued" and time.monotonic() < deadline:
        time.sleep(0.15)


def ending(session: Session, task: str, how: str) -> None:
    """Let the worker end a task."""
    more: Doc = {"result": {"pages": [1, 2], "text": "ok"}} if how == "finish" else {"message": "Out of ink"}
    session.control.post(f"tasks/{task}/{how}", more)


# -- what a task shows ---------------------------------------------------------------------------------------------


@rule("LIFE-290", ONE, ACTIVE)
@pytest.mark.parametrize("long_running", [True, False], ids=["long", "short"])
def test_a_task_shows_what_was_queued(long_running: bool, session: Session, check: Check) -> None:
    """A task shows its user, app, name and kind, begins at zero without a result, and is on the list of active ones."""
    session.control.need()  # a command starts a task of its own choice
    person = session.users.new("worker's user")
    task = queue(session, person, name="Index the shelves", app_id="developer", long_running=long_running)
    reply = check.ok(read(session, person, task))
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
        check.equal(reply.json.get(name), value, f"{name} is not what was queued", reply, about=name)
    check.that(reply["status"] in ("queued", "running"), "a new task has another status", reply)
    check.that(reply.json.get("result") is None, "a task has a result before it is done", reply)
    check.that(moment(reply["updated_at"]) >= moment(reply["created_at"]), "updated_at is before created_at", reply)
    listed = check.ok(session.send(ACTIVE, person))
    rows = [{**one, "status": "", "updated_at": ""} for one in listed["tasks"]]
    check.equal(rows, [{**reply.json, "status": "", "updated_at": ""}], "the list shows a task otherwise", listed)


@rule("LIFE-291", ACTIVE)
def test_the_limit_is_the_roles(session: Session, check: Check) -> None:
    """The list says how many tasks may run at once: the figure of the caller's role; without tasks it is empty."""
    for limit in (7, 50):
        person = with_role(session, max_concurrent_tasks=limit)
        reply = check.ok(session.send(ACTIVE, person))
        check.equal(reply.json, {"tasks": [], "limit": limit}, "the limit is not the role's", reply)
    plain = session.users.new("worker's user")
    roles = session.send("GET /v1/roles", session.users.deputy).need().json
    theirs = [one["max_concurrent_tasks"] for one in roles if one["name"] == "user"]
    if len(theirs) == 1:
        reply = check.ok(session.send(ACTIVE, plain))
        check.equal(reply["limit"], theirs[0], "the limit is not that of the role user", reply)


@rule("E07", ACTIVE)
def test_active_is_no_id(session: Session, check: Check) -> None:
    """`/v1/tasks/active` is the list of active tasks and no task of that id."""
    reply = check.ok(session.send(ACTIVE, session.users.new("worker's user")))
    check.equal(reply.json.get("tasks"), [], "somebody without tasks gets another list", reply)


@rule("LIFE-292", ACTIVE, ONE)
def test_a_role_bounds_what_runs_at_once(session: Session, check: Check) -> None:
    """No more tasks run at once than the role allows; the others wait queued, and one begins when another ends."""
    session.control.need()
    person = with_role(session, max_concurrent_tasks=1)
    first, second = queue(session, person), queue(session, person)
    until_it_runs(session, person, first)
    time.sleep(0.3)
    states = read(session, person, first)["status"], read(session, person, second)["status"]
    check.equal(states, ("running", "queued"), "more tasks run at once than the role allows", op=ACTIVE)
    check.equal(active(session, person), sorted([first, second]), "a queued task is not on the list", op=ACTIVE)
    ending(session, first, "finish")
    until_it_runs(session, person, second)
    check.equal(read(session, person, second)["status"], "running", "a waiting task does not get its turn", op=ONE)


# -- how it ends ---------------------------------------------------------------------------------------------------


def waiting(session: Session, person: Person) -> str:
    """Return a task that waits: one that was just queued."""
    return queue(session, person)


def running(session: Session, person: Person) -> str:
    """Return a task that runs."""
    task = queue(session, person)
    until_it_runs(session, person, task)
    return task


@rule("LIFE-293", CANCEL, ONE, ACTIVE)
@pytest.mark.parametrize("make", [waiting, running])
def test_cancelling_stops_a_task(make: Callable[[Session, Person], str], session: Session, check: Check) -> None:
    """Cancelling stops a queued or running task for good: it reads `cancelled`, is off the list, and a second is 409.

    Nothing else of it changes but updated_at, which moves.
    """
    person = session.users.new("worker's user")
    kept, task = queue(session, person), make(session, person)
    before = check.ok(read(session, person, task))
    reply = check.ok(cancel(session, person, task))
    check.equal(reply.json, {"task_id": task, "status": "cancelled"}, "the response is not the cancelled task", reply)
    after = check.ok(read(session, person, task))
    check.equal(after["status"], "cancelled", "a cancelled task has another status", after)
    on = moved(before["updated_at"], after["updated_at"])
    check.that(on, "updated_at did not move", after, expected=f"after {before['updated_at']}")
    others = {name for name in before.json if after.json.get(name) != before.json[name]} - {"status", "updated_at"}
    check.equal(others, set(), "cancelling changed other fields", after)
    check.equal(active(session, person), [kept], "the list is not the tasks that are left", op=ACTIVE)
    refuse(session, check, person, task)


def refuse(session: Session, check: Check, person: Person, task: str) -> None:
    """Judge that a task that has ended cannot be cancelled, and stays as it is."""
    before = read(session, person, task).json
    again = cancel(session, person, task)
    check.status(again, 409, message=f"cancelling a task that has ended is answered with {again.status}, not 409")
    check.equal(read(session, person, task).json, before, "a refused cancel changed a task", again)


@rule("LIFE-294", ONE, ACTIVE, CANCEL)
@pytest.mark.parametrize(("how", "status"), [("finish", "done"), ("fail", "failed")])
def test_a_task_that_has_ended_stays_ended(how: str, status: str, session: Session, check: Check) -> None:
    """A task that is done has its result and 100 percent, a failed one its message; neither is active or cancelled."""
    session.control.need()
    person = session.users.new("worker's user")
    task = queue(session, person)
    before = check.ok(read(session, person, task))
    ending(session, task, how)
    after = check.ok(read(session, person, task))
    check.equal(after["status"], status, "a task that has ended has another status", after)
    check.equal(after["created_at"], before["created_at"], "the end of a task moved created_at", after)
    check.that(moved(before["updated_at"], after["updated_at"]), "updated_at did not move", after)
    if how == "finish":
        check.equal(after["progress"], 100, "a task that is done is not at 100 percent", after)
        result = {"pages": [1, 2], "text": "ok"}
        check.equal(after.json.get("result"), result, "a task that is done has another result", after)
    else:
        check.equal(after["message"], "Out of ink", "a failed task does not say why", after)
        check.that(after.json.get("result") is None, "a failed task has a result", after)
    check.equal(active(session, person), [], "a task that has ended is on the list of active ones", op=ACTIVE)
    refuse(session, check, person, task)


@rule("STREAM-250", CANCEL, "GET /v1/events/stream")
def test_cancelling_is_told(session: Session, check: Check) -> None:
    """Listeners on the event stream of its user receive a task_update when a task is cancelled, and nobody else."""
    person, other = session.users.new("worker's user"), session.users.new("somebody else")
    task = queue(session, person)
    with listen(session, person) as mine, listen(session, other) as theirs:
        check.ok(cancel(session, person, task))
        heard = mine.wait(
            lambda event: kind(event) == "task_update" and payload(event).get("task_id") == task
            and payload(event).get("status") == "cancelled"
        )  # fmt: skip
        check.that(heard, "no task_update tells that a task was cancelled", op=CANCEL, expected="an event", got="none")
        check.that(not any(task in one.data for one in theirs.events), "a task is told to somebody else", rule="I05")


# -- whose it is ---------------------------------------------------------------------------------------------------


@rule("I02", ONE, CANCEL)
def test_anothers_task_is_neither_shown_nor_stopped(session: Session, check: Check) -> None:
    """Another user's task is 403 or 404: nothing of it is shown, and it goes on."""
    person, other = session.users.new("worker's user"), session.users.new("somebody else")
    task = queue(session, person, name="A private errand")
    for who in (other, session.users.deputy):
        for reply in (read(session, who, task), cancel(session, who, task)):
            check.status(reply, 403, 404, message=f"another user's task is answered with {reply.status}")
            check.that("private errand" not in reply.text, "a refusal shows another user's task", reply)
    status = read(session, person, task)["status"]
    check.that(status in ("queued", "running"), "another user stopped a task", op=CANCEL, expected="active", got=status)
    check.equal(active(session, other), [], "another user's task is on one's list", op=ACTIVE, rule="I01")


@rule("I04", ACTIVE)
def test_only_an_admin_names_somebody_else(session: Session, check: Check) -> None:
    """user_id of somebody else is refused or ignored unless an admin asks; one's own id changes nothing."""
    person, other = session.users.new("worker's user"), session.users.new("somebody else")
    task, own = queue(session, person), queue(session, other)
    spied = session.send(ACTIVE, other, query={"user_id": person.imperal_id})
    check.status(spied, 403, 200)
    check.that(task not in spied.text, "user_id shows another user's tasks", spied)
    if spied.ok:
        check.equal([one["task_id"] for one in spied["tasks"]], [own], "an ignored user_id hides one's own", spied)
    check.equal(active(session, other, user_id=other.imperal_id), [own], "naming oneself changes the list", op=ACTIVE)
    seen = check.ok(
        session.send(ACTIVE, session.users.deputy, query={"user_id": person.imperal_id}), "an admin may not name a user"
    )
    check.equal([one["task_id"] for one in seen["tasks"]], [task], "an admin sees other tasks than the user's", seen)
    check.equal(
        active(session, session.users.deputy), [], "an admin's own list has tasks of others", op=ACTIVE, rule="I01"
    )


@rule("LIFE-295", ONE, CANCEL)
@pytest.mark.parametrize("ask", [read, cancel])
def test_an_unknown_task_is_404(ask: Callable[[Session, Person, str], Reply], session: Session, check: Check) -> None:
    """A task that nobody knows is 404."""
    reply = ask(session, session.users.user, f"task_{session.users.fresh('none')}")
    check.status(reply, 404, message=f"an unknown task is answered with {reply.status}, not 404")
