"""Automation rules as the kernel runs them."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from tests.conftest import Client, Reply

ADA, ALAN, JOAN = "imp_u_abc123", "imp_u_acme01", "imp_u_acme02"
ACTIVE, PAUSED, ERROR = 17, 12, 9
COUNTERS = ("success_count", "fail_count", "last_error", "notify_mode", "last_triggered")
RULES = "/v1/automations/internal"


@pytest.fixture
def service(gateway: Client) -> Client:
    return gateway.service()


def of(client: Client, rule_id: int) -> dict[str, Any]:
    """The rule as its user sees it."""
    return {one["rule_id"]: one for one in client.get("/v1/automations").json}[rule_id]


def public(rule: dict[str, Any]) -> dict[str, Any]:
    """What of the kernel's row its user sees too."""
    return {name: value for name, value in rule.items() if name not in COUNTERS}


def triggered(service: Client, rule_id: int = ACTIVE, **body: Any) -> Reply:
    return service.post(f"{RULES}/triggered", {"rule_id": rule_id, **body})


def test_lists_are_those_of_a_tenant(service: Client, user: Client) -> None:
    every = service.get(f"{RULES}/all?timezone=Europe/Rome").json
    assert {ACTIVE, PAUSED, ERROR} <= {one["rule_id"] for one in every}
    assert {one["tenant_id"] for one in every} == {"default"}
    assert public(next(one for one in every if one["rule_id"] == ACTIVE)) == of(user, ACTIVE)
    active = service.get(f"{RULES}/active").json
    assert active == [one for one in every if one["status"] == "active"]
    assert {one["tenant_id"] for one in service.get(f"{RULES}/all?tenant_id=acme").json} <= {"acme"}
    assert service.get(f"{RULES}/active?tenant_id=nowhere").json == []


def test_a_pause_takes_a_rule_off_the_active_list(service: Client, user: Client) -> None:
    user.post(f"/v1/automations/{ACTIVE}/pause")
    assert ACTIVE not in {one["rule_id"] for one in service.get(f"{RULES}/active").json}
    assert ACTIVE in {one["rule_id"] for one in service.get(f"{RULES}/all").json}


def test_the_quota_is_the_user_s(service: Client) -> None:
    quota = service.get(f"{RULES}/quota?user_id={ADA}").json
    assert quota == {"cap": 25, "used": 3, "remaining": 22, "unlimited": False, "plan": "pro"}
    free = service.get(f"{RULES}/quota?user_id={JOAN}").json
    assert (free["unlimited"], free["plan"]) == (True, "enterprise")
    assert service.get(f"{RULES}/quota?user_id=imp_u_nobody").status == 404


RULE = {
    "user_id": ADA,
    "prompt": "Every weekday at 8, list my new notes",
    "trigger_filter": {"event_type": "schedule", "schedule": "0 8 * * 1-5"},
    "actions": [{"message": "List the notes I wrote"}],
}


def test_a_rule_is_created_as_it_was_read(service: Client, user: Client) -> None:
    made = service.post(f"{RULES}/create", {**RULE, "interpretation": "At eight.", "max_per_hour": 2}).json
    assert (made["interpretation"], made["actions"]) == ("At eight.", RULE["actions"])
    assert (made["max_per_hour"], made["cooldown_seconds"], made["status"]) == (2, 60, "active")
    assert of(user, made["rule_id"]) == public(made)
    assert service.get(f"{RULES}/quota?user_id={ADA}").json["used"] == 4


def test_a_trigger_may_come_without_a_schedule(service: Client) -> None:
    made = service.post(f"{RULES}/create", {**RULE, "user_id": ALAN, "trigger_filter": {"event_type": "note.created"}})
    assert made.json["trigger_filter"] == {"event_type": "note.created", "schedule": None}
    assert made.json["tenant_id"] == "acme"


@pytest.mark.rule("D03")
def test_beyond_the_quota_is_429(service: Client, user: Client) -> None:
    for _ in range(22):
        assert service.post(f"{RULES}/create", RULE).status == 200
    refused = service.post(f"{RULES}/create", RULE)
    assert (refused.status, refused.detail["error_code"]) == (429, "AUTOMATION_QUOTA_EXCEEDED")
    assert refused.detail["quota"] == {"cap": 25, "used": 25, "remaining": 0, "unlimited": False, "plan": "pro"}
    assert len(user.get("/v1/automations").json) == 25


def test_a_rule_is_not_created(service: Client) -> None:
    assert service.post(f"{RULES}/create", {**RULE, "user_id": "imp_u_nobody"}).status == 404
    assert service.post(f"{RULES}/create", {**RULE, "trigger_filter": {}}).status == 422


def test_a_run_is_counted_once(service: Client, user: Client) -> None:
    before = of(user, ACTIVE)
    first = triggered(service, execution_id="exec_01")
    assert first.json == {"rule_id": ACTIVE, "execution_id": "exec_01", "status": "triggered", "trigger_count": 16}
    again = triggered(service, execution_id="exec_01", status="success", result="done")
    assert (again.json["status"], again.json["trigger_count"]) == ("success", 16)
    assert triggered(service).json["execution_id"].startswith("exec_")
    after = of(user, ACTIVE)
    assert after["trigger_count"] == 17
    assert after["last_triggered_at"] > before["last_triggered_at"]
    assert service.get(f"{RULES}/{ACTIVE}/count").json == {
        "rule_id": ACTIVE, "count": 2, "max_per_hour": 10, "trigger_count": 17, "max_iterations": 0,
    }  # fmt: skip


def test_runs_are_forgotten_by_the_hour(service: Client, world: World) -> None:
    triggered(service)
    world.clock.move(3601)
    assert service.get(f"{RULES}/{ACTIVE}/count").json["count"] == 0


def test_the_same_execution_of_two_rules_are_two_runs(service: Client) -> None:
    triggered(service, execution_id="exec_01")
    assert triggered(service, ERROR, execution_id="exec_01").json["trigger_count"] == 3


def test_a_paused_rule_does_not_run(service: Client, user: Client) -> None:
    before = of(user, PAUSED)
    assert triggered(service, PAUSED).status == 409
    assert of(user, PAUSED) == before
    assert triggered(service, 999999).status == 404


def test_a_rule_pauses_after_its_last_run(service: Client, user: Client) -> None:
    service.patch(f"{RULES}/{ACTIVE}", {"max_iterations": 16})
    triggered(service, execution_id="exec_01")
    assert of(user, ACTIVE)["status"] == "paused"
    assert triggered(service).status == 409
    assert triggered(service, execution_id="exec_01", status="success").status == 200


def test_overdue_runs_time_out(service: Client, world: World) -> None:
    soon = world.clock.stamp(world.clock.now() + 60)
    triggered(service, execution_id="exec_soon", timeout_at=soon)
    triggered(service, execution_id="exec_done", timeout_at=soon)
    triggered(service, execution_id="exec_done", status="success")
    triggered(service, execution_id="exec_free")
    triggered(service, execution_id="exec_long", timeout_at="2999-01-01T00:00:00")
    assert service.post(f"{RULES}/check-timeout").json == {"checked": 2, "timed_out": []}
    world.clock.move(61)
    assert service.post(f"{RULES}/check-timeout").json == {"checked": 2, "timed_out": ["exec_soon"]}
    assert service.post(f"{RULES}/check-timeout").json == {"checked": 1, "timed_out": []}


def test_a_timeout_that_is_no_time_is_422(service: Client, user: Client) -> None:
    reply = triggered(service, timeout_at="soon")
    assert (reply.status, reply.detail[0]["loc"]) == (422, ["body", "timeout_at"])
    assert of(user, ACTIVE)["trigger_count"] == 15


def test_a_rule_is_changed_field_by_field(service: Client, user: Client) -> None:
    before = of(user, ACTIVE)
    changed = service.patch(f"{RULES}/{ACTIVE}", {"max_per_hour": 3, "cooldown_seconds": None, "status": "paused"}).json
    assert public(changed) == {**before, "max_per_hour": 3, "status": "paused"}
    assert of(user, ACTIVE) == public(changed)
    trigger = {"event_type": "note.created"}
    assert service.patch(f"{RULES}/{ACTIVE}", {"trigger_filter": trigger}).json["trigger_filter"]["schedule"] is None


@pytest.mark.rule("D05")
@pytest.mark.parametrize("rule_id", [PAUSED, ERROR])
def test_active_again_it_counts_from_zero(service: Client, user: Client, rule_id: int) -> None:
    assert of(user, rule_id)["trigger_count"] > 0
    assert service.patch(f"{RULES}/{rule_id}", {"status": "active"}).json["trigger_count"] == 0
    triggered(service, rule_id)
    assert service.patch(f"{RULES}/{rule_id}", {"status": "active"}).json["trigger_count"] == 1


@pytest.mark.parametrize(
    "body", [{"status": "done"}, {"trigger_filter": {"schedule": "0 8 * * *"}}, {"trigger_filter": {"event_type": 5}}]
)
def test_a_change_that_makes_no_rule_is_422(service: Client, user: Client, body: dict[str, Any]) -> None:
    before = of(user, ACTIVE)
    assert service.patch(f"{RULES}/{ACTIVE}", body).status == 422
    assert of(user, ACTIVE) == before


def test_a_rule_is_removed_with_its_runs(service: Client, user: Client, world: World) -> None:
    triggered(service, execution_id="exec_01")
    assert service.delete(f"{RULES}/{ACTIVE}").json == {"rule_id": ACTIVE, "deleted": True}
    assert ACTIVE not in {one["rule_id"] for one in user.get("/v1/automations").json}
    assert world.state["executions"].count(rule_id=ACTIVE) == 0
    assert service.delete(f"{RULES}/{ACTIVE}").status == 404


def test_failures_and_successes_take_turns(service: Client, user: Client) -> None:
    path = f"{RULES}/{ACTIVE}/execution-result"
    failed = service.post(path, {"success": False, "error": "No such app"}).json
    assert failed == {"rule_id": ACTIVE, "status": "error", "last_error": "No such app"}
    assert of(user, ACTIVE)["status"] == "error"
    assert service.post(path, {"success": True}).json == {"rule_id": ACTIVE, "status": "active", "last_error": None}
    assert of(user, ACTIVE)["status"] == "active"
    assert service.post(f"{RULES}/{PAUSED}/execution-result", {"success": True}).json["status"] == "paused"


def test_an_unknown_rule_is_404(service: Client) -> None:
    unknown = f"{RULES}/999999"
    assert service.get(f"{unknown}/count").status == 404
    assert service.patch(unknown, {}).status == 404
    assert service.post(f"{unknown}/execution-result", {"success": True}).status == 404
    assert service.get(f"{RULES}/first/count").status == 422


def test_a_rule_may_call_an_app_and_counts_how_its_runs_ended(service: Client, user: Client) -> None:
    step = {"app_id": "notes", "tool": "create_note", "args": {"text": "Rain"}}
    made = service.post(f"{RULES}/create", {**RULE, "actions": [step], "notify_mode": "failures"}).json
    number = made["rule_id"]
    assert (made["actions"], made["notify_mode"], of(user, number)["actions"]) == ([step], "failures", [step])
    words = {"prompt": "When it rains, tell me", "interpretation": "On rain.", "actions": [{"message": "It rains"}]}
    assert service.patch(f"{RULES}/{number}", {**words, "notify_mode": "off"}).json.items() >= words.items()
    assert of(user, number)["prompt"] == words["prompt"]
    for success in (True, False, True):
        service.post(f"{RULES}/{number}/execution-result", {"success": success, "error": "" if success else "No app"})
    row = next(one for one in service.get(f"{RULES}/all").json if one["rule_id"] == number)
    assert (row["success_count"], row["fail_count"], row["last_error"], row["last_triggered"]) == (2, 1, None, None)
    triggered(service, number)
    row = next(one for one in service.get(f"{RULES}/all").json if one["rule_id"] == number)
    assert row["last_triggered"] == row["last_triggered_at"] is not None
    for wrong in ({"actions": [{}]}, {"actions": [{"app_id": "notes"}]}, {"notify_mode": "loud"}):
        assert service.patch(f"{RULES}/{number}", wrong).status == 422
