"""Background tasks: the caller's own, their life by the clock, and the worker's end of it."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.kit import parse_stamp
from specdouble.mock.state.world import World
from tests.conftest import Client

ADA = "imp_u_abc123"
RUNNING, QUEUED = "task_ada_report", "task_ada_export"


def status(client: Client, task_id: str) -> str:
    return str(client.get(f"/v1/tasks/{task_id}").json["status"])


def queue(client: Client, **body: Any) -> str:
    return str(client.post("/__mock__/tasks", {"user_id": ADA, **body}).json["task_id"])


@pytest.mark.rule("E07")
def test_active_lists_queued_and_running_ones_and_no_id(user: Client) -> None:
    reply = user.get("/v1/tasks/active").json
    assert {one["task_id"]: one["status"] for one in reply["tasks"]} == {QUEUED: "queued", RUNNING: "running"}
    assert reply["limit"] == 3


@pytest.mark.parametrize(
    ("task_id", "state"),
    [("task_ada_import", "done"), ("task_ada_scan", "failed"), ("task_ada_sync", "cancelled"), (RUNNING, "running")],
)
def test_one_of_each_state_can_be_read(user: Client, task_id: str, state: str) -> None:
    assert status(user, task_id) == state


def test_a_result_stands_on_a_done_task(user: Client) -> None:
    assert user.get("/v1/tasks/task_ada_import").json["result"] == {"tasks": 14}
    assert "result" not in user.get(f"/v1/tasks/{RUNNING}").json


@pytest.mark.parametrize("task_id", [RUNNING, QUEUED])
def test_cancelling_ends_it_and_is_told(user: Client, world: World, task_id: str) -> None:
    assert user.post(f"/v1/tasks/{task_id}/cancel").json == {"task_id": task_id, "status": "cancelled"}
    assert status(user, task_id) == "cancelled"
    assert task_id not in [one["task_id"] for one in user.get("/v1/tasks/active").json["tasks"]]
    told = [event["payload"] for event in world.state["events"].find(user_id=ADA) if event["type"] == "task_update"]
    assert {"task_id": task_id, "status": "cancelled"} in told
    assert user.post(f"/v1/tasks/{task_id}/cancel").status == 409


@pytest.mark.parametrize("task_id", ["task_ada_import", "task_ada_scan", "task_ada_sync"])
def test_what_has_ended_cannot_be_cancelled(user: Client, task_id: str) -> None:
    before = user.get(f"/v1/tasks/{task_id}").json
    assert user.post(f"/v1/tasks/{task_id}/cancel").status == 409
    assert user.get(f"/v1/tasks/{task_id}").json == before


def test_a_task_runs_by_the_clock(user: Client, world: World) -> None:
    task = queue(user, name="Count the stars", seconds=30)
    assert status(user, task) == "queued"
    world.clock.move(2)
    assert status(user, task) == "running"
    world.clock.move(30)
    assert user.get(f"/v1/tasks/{task}").json["progress"] == 100
    assert status(user, task) == "done"


def test_a_long_jump_of_the_clock_plays_what_happens_on_the_way(user: Client, world: World) -> None:
    task = queue(user, seconds=30)
    world.clock.move(600)
    assert status(user, task) == "done"
    done = user.get(f"/v1/tasks/{task}").json
    assert round(parse_stamp(done["updated_at"]) - parse_stamp(done["created_at"])) == 31


@pytest.mark.parametrize(("long_running", "cap"), [(False, 180), (True, 1800)])
def test_a_task_fails_at_its_cap(user: Client, world: World, long_running: bool, cap: int) -> None:
    task = queue(user, long_running=long_running, seconds=cap + 1)
    world.clock.move(1.5)
    assert status(user, task) == "running"
    world.clock.move(cap - 2)
    assert status(user, task) == "running"
    world.clock.move(3)
    failed = user.get(f"/v1/tasks/{task}").json
    assert (failed["status"], str(cap) in failed["message"]) == ("failed", True)


def test_the_role_says_how_many_run_at_once(user: Client, world: World) -> None:
    user.post(f"/v1/tasks/{RUNNING}/cancel")
    user.post(f"/v1/tasks/{QUEUED}/cancel")
    made = [queue(user, name=f"Task {number}") for number in range(4)]
    world.clock.move(2)
    assert [status(user, one) for one in made] == ["running", "running", "running", "queued"]
    user.post(f"/__mock__/tasks/{made[0]}/finish", {"result": {"pages": 3}})
    assert [status(user, one) for one in made] == ["done", "running", "running", "running"]
    assert user.get(f"/v1/tasks/{made[0]}").json["result"] == {"pages": 3}


def test_the_worker_ends_tasks(user: Client) -> None:
    assert user.post(f"/__mock__/tasks/{QUEUED}/finish").json["status"] == "done"
    assert user.post(f"/__mock__/tasks/{RUNNING}/fail", {"message": "Out of ink"}).json["status"] == "failed"
    assert user.get(f"/v1/tasks/{RUNNING}").json["message"] == "Out of ink"
    assert user.post(f"/__mock__/tasks/{RUNNING}/finish").status == 409
    assert user.post("/__mock__/tasks/task_nothing/finish").status == 404
    assert user.post("/__mock__/tasks", {"user_id": "imp_u_nobody"}).status == 404
    assert user.post("/__mock__/tasks", {"seconds": "soon"}).status == 422


@pytest.mark.rule("I04")
def test_naming_another_user_is_for_admins_of_the_tenant(
    gateway: Client, user: Client, developer: Client, admin: Client
) -> None:
    assert developer.get(f"/v1/tasks/active?user_id={ADA}").status == 403
    assert developer.get("/v1/tasks/active?user_id=imp_u_dev001").json == developer.get("/v1/tasks/active").json
    assert admin.get(f"/v1/tasks/active?user_id={ADA}").json == user.get("/v1/tasks/active").json
    assert admin.get("/v1/tasks/active?user_id=imp_u_acme01").status == 403
    assert admin.get("/v1/tasks/active?user_id=imp_u_nobody").status == 403
    assert gateway.get(f"/v1/tasks/active?user_id={ADA}").status == 401


@pytest.mark.rule("I01")
@pytest.mark.rule("I02")
def test_anothers_task_is_neither_shown_nor_cancelled(gateway: Client, user: Client, developer: Client) -> None:
    assert [one["task_id"] for one in developer.get("/v1/tasks/active").json["tasks"]] == ["task_margaret_build"]
    for reply in (developer.get(f"/v1/tasks/{RUNNING}"), developer.post(f"/v1/tasks/{RUNNING}/cancel")):
        assert reply.status == 403
        assert "report" not in reply.content.decode()
    alan = gateway.login(tenant="acme")
    assert alan.get(f"/v1/tasks/{RUNNING}").status == 404
    assert alan.post(f"/v1/tasks/{RUNNING}/cancel").status == 404
    assert status(user, RUNNING) == "running"


def test_unknown_tasks_are_404_and_strangers_401(gateway: Client, user: Client) -> None:
    assert user.get("/v1/tasks/task_nothing").status == 404
    assert user.post("/v1/tasks/task_nothing/cancel").status == 404
    assert gateway.get(f"/v1/tasks/{RUNNING}").status == 401
    assert gateway.post(f"/v1/tasks/{RUNNING}/cancel").status == 401
    assert gateway.get("/v1/tasks/active").status == 401
