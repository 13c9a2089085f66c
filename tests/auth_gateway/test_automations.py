"""Automation rules: the deprecated route, the app that replaces it, lifecycle and quota."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from specdouble.packs.documents import bundled
from tests.conftest import Client, Reply

ADA = "imp_u_abc123"
ACTIVE, PAUSED, ERROR = 17, 12, 9


def rules(client: Client) -> dict[int, dict[str, Any]]:
    return {one["rule_id"]: one for one in client.get("/v1/automations").json}


def call(client: Client, function: str, user_id: str = ADA, **params: Any) -> Reply:
    body = {"user_id": user_id, "function": function, "params": params}
    return client.post("/v1/extensions/automations/call", body)


@pytest.mark.rule("D01")
def test_creating_a_rule_is_deprecated_and_works(user: Client) -> None:
    operations = {one.key: one for one in bundled("auth-gateway").operations}
    assert [key for key, one in operations.items() if one.deprecated] == ["POST /v1/automations"]
    reply = user.post("/v1/automations", {"prompt": "Every weekday at 8, list my new notes", "max_per_hour": 4})
    assert reply.status == 200
    rule = reply.json
    assert rule["id"] == rule["rule_id"]
    assert (rule["status"], rule["trigger_count"], rule["last_triggered_at"]) == ("active", 0, None)
    assert (rule["cooldown_seconds"], rule["max_per_hour"], rule["max_iterations"]) == (60, 4, 0)
    assert rule["trigger_filter"] == {"event_type": "schedule", "schedule": "0 8 * * 1-5"}
    assert rule["actions"] == [{"message": "List my new notes"}]
    assert rules(user)[rule["rule_id"]] == rule


@pytest.mark.rule("D02")
def test_rule_ids_are_integers(user: Client) -> None:
    assert all(type(one["rule_id"]) is int for one in rules(user).values())
    assert user.post("/v1/automations/first/pause").status == 422
    assert user.delete("/v1/automations/first").status == 422
    assert user.post("/v1/automations/first/resume").status == 422


@pytest.mark.rule("D03")
def test_beyond_the_quota_is_429(user: Client, world: World) -> None:
    for number in range(22):
        assert user.post("/v1/automations", {"prompt": f"Rule {number}"}).status == 200
    reply = user.post("/v1/automations", {"prompt": "One too many"})
    assert reply.status == 429
    assert reply.detail["error_code"] == "AUTOMATION_QUOTA_EXCEEDED"
    assert reply.detail["quota"] == {"cap": 25, "used": 25, "remaining": 0, "unlimited": False, "plan": "pro"}
    assert len(rules(user)) == 25
    failed = call(user, "create_automation", prompt="One too many").json
    assert (failed["status"], "no more rules" in failed["error"]) == ("error", True)
    assert len(rules(user)) == 25
    user.delete(f"/v1/automations/{ERROR}")
    assert user.post("/v1/automations", {"prompt": "Room again"}).status == 200


def test_enterprise_has_no_cap(gateway: Client) -> None:
    joan = gateway.login("admin@acme.example", "s3cure!admin", "acme")
    quota = call(joan, "list_automations", "imp_u_acme02").json["data"]["quota"]
    assert quota == {"cap": None, "used": 0, "remaining": None, "unlimited": True, "plan": "enterprise"}


@pytest.mark.rule("D04")
def test_the_list_shows_every_status(user: Client) -> None:
    assert {number: one["status"] for number, one in rules(user).items()} == {
        ACTIVE: "active",
        PAUSED: "paused",
        ERROR: "error",
    }


def test_pausing(user: Client) -> None:
    assert user.post(f"/v1/automations/{ACTIVE}/pause").json == {"id": ACTIVE, "status": "paused"}
    assert rules(user)[ACTIVE]["status"] == "paused"
    assert user.post(f"/v1/automations/{ACTIVE}/pause").status == 409
    assert user.post(f"/v1/automations/{ERROR}/pause").status == 200


@pytest.mark.rule("D05")
def test_resuming_counts_from_zero(user: Client) -> None:
    assert rules(user)[PAUSED]["trigger_count"] == 6
    assert user.post(f"/v1/automations/{PAUSED}/resume").json == {"id": PAUSED, "status": "active"}
    resumed = rules(user)[PAUSED]
    assert (resumed["status"], resumed["trigger_count"]) == ("active", 0)
    assert user.post(f"/v1/automations/{PAUSED}/resume").status == 409
    assert user.post(f"/v1/automations/{ERROR}/resume").status == 409
    assert rules(user)[ERROR]["status"] == "error"


def test_deleting(user: Client) -> None:
    assert user.delete(f"/v1/automations/{PAUSED}").json == {"id": PAUSED, "status": "deleted"}
    assert PAUSED not in rules(user)
    assert user.delete(f"/v1/automations/{PAUSED}").status == 404
    assert user.post("/v1/automations", {"prompt": "New"}).json["rule_id"] > 23


@pytest.mark.rule("C09")
@pytest.mark.rule("D01")
def test_the_automations_app_does_it_all(user: Client) -> None:
    made = call(user, "create_automation", prompt="Every day at 7:30 pm, water the plants").json["data"]
    number = made["rule_id"]
    assert rules(user)[number].items() <= made.items()
    assert made["rule"]["rule_id"] == number
    assert made["trigger_filter"]["schedule"] == "30 19 * * *"
    assert number in [one["rule_id"] for one in call(user, "list_automations").json["data"]["items"]]
    assert call(user, "pause_automation", rule_id=number).json["data"]["status"] == "paused"
    assert rules(user)[number]["status"] == "paused"
    assert call(user, "resume_automation", rule_id=number).json["data"]["status"] == "active"
    assert call(user, "delete_automation", rule_id=number).json["data"] == {"rule_id": number, "deleted": True}
    assert number not in rules(user)


@pytest.mark.rule("I01")
@pytest.mark.rule("I02")
def test_anothers_rule_is_unknown(user: Client, developer: Client) -> None:
    assert list(rules(developer)) == [21]
    before = rules(user)
    assert developer.post(f"/v1/automations/{ACTIVE}/pause").status == 404
    assert developer.post(f"/v1/automations/{PAUSED}/resume").status == 404
    assert developer.delete(f"/v1/automations/{ACTIVE}").status == 404
    assert call(developer, "delete_automation", "imp_u_dev001", rule_id=ACTIVE).json["status"] == "error"
    assert rules(user) == before


def test_a_service_pauses_and_deletes_for_its_user(gateway: Client, user: Client) -> None:
    portal = gateway.service(ADA)
    assert portal.post(f"/v1/automations/{ACTIVE}/pause").status == 200
    assert portal.delete(f"/v1/automations/{ERROR}").status == 200
    assert sorted(rules(user)) == [PAUSED, ACTIVE]
    assert portal.get("/v1/automations").status in (401, 403)
    assert gateway.service().delete(f"/v1/automations/{ACTIVE}").status == 401


def test_strangers_are_401_and_bodies_are_checked(gateway: Client, user: Client) -> None:
    assert gateway.get("/v1/automations").status == 401
    assert gateway.post("/v1/automations", {"prompt": "x"}).status == 401
    for path in (f"/v1/automations/{ACTIVE}/pause", f"/v1/automations/{PAUSED}/resume"):
        assert gateway.post(path).status == 401
    assert gateway.delete(f"/v1/automations/{ACTIVE}").status == 401
    assert user.post("/v1/automations", {}).status == 422


def trigger(client: Client, number: int) -> Reply:
    return client.post(f"/__mock__/automations/{number}/trigger")


def test_a_rule_fires_within_its_limits(user: Client, world: World) -> None:
    before = user.get("/v1/actions?app_id=automations").json["total"]
    assert trigger(user, ACTIVE).json["trigger_count"] == 16
    assert user.get("/v1/actions?app_id=automations").json["total"] == before + 1
    said = [one["payload"]["text"] for one in world.state["events"].find(user_id=ADA) if one["type"] == "chat_message"]
    assert said == ["List my new notes"]
    assert trigger(user, ACTIVE).status == 409  # cools down
    for _ in range(9):
        world.clock.move(61)
        assert trigger(user, ACTIVE).status == 200
    world.clock.move(61)
    assert "an hour" in trigger(user, ACTIVE).detail
    assert trigger(user, PAUSED).status == 409
    assert trigger(user, ERROR).status == 409
    assert trigger(user, 999).status == 404


def test_a_rule_pauses_after_its_iterations(user: Client) -> None:
    made = user.post("/v1/automations", {"prompt": "When a mail comes, say so", "max_iterations": 1}).json
    assert made["trigger_filter"] == {"event_type": "mail.received", "schedule": None}
    assert trigger(user, made["rule_id"]).json["status"] == "paused"


@pytest.mark.parametrize(
    ("prompt", "event_type", "schedule"),
    [
        ("Every 15 minutes, look at the queue", "schedule", "*/15 * * * *"),
        ("Check the page every hour", "schedule", "0 * * * *"),
        ("Every Friday at 16:30, list my week", "schedule", "30 16 * * 5"),
        ("Every month, send the figures", "schedule", "0 9 1 * *"),
        ("Daily at 12am, roll over", "schedule", "0 0 * * *"),
        ("Every evening, sum up the day", "schedule", "0 18 * * *"),
        ("When a large charge shows up, write it down", "expense.unusual", None),
        ("Say hello", "chat_message", None),
        ("", "chat_message", None),
    ],
)
def test_prompts_are_read(user: Client, prompt: str, event_type: str, schedule: str | None) -> None:
    rule = user.post("/v1/automations", {"prompt": prompt}).json
    assert rule["trigger_filter"] == {"event_type": event_type, "schedule": schedule}
