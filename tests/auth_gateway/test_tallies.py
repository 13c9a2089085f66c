"""The figures of actions and earnings: what is counted as it is written is what was done."""

from __future__ import annotations

from typing import Any

from specdouble.mock.state.world import World
from specdouble.packs.imperal.mockserver.auth_gateway.work import _tallies
from tests.conftest import Client
from tests.world.invariants import broken

ADA, MARGARET = "imp_u_abc123", "imp_u_dev001"
ACTION: dict[str, Any] = {
    "trace_id": "tr_tally",
    "user_id": ADA,
    "app_id": "notes",
    "tool_name": "create_note",
    "action_type": "write",
    "status": "success",
    "duration_ms": 100,
}
STATS, USE = "/v1/actions/stats", "/v1/actions/stats/extension/notes"


def by_tool(client: Client, tool: str) -> dict[str, Any]:
    return next((one for one in client.get(USE).json["by_tool"] if one["tool_name"] == tool), {"calls": 0, "failed": 0})


def test_a_recorded_action_counts_everywhere(gateway: Client, user: Client, developer: Client) -> None:
    service = gateway.service()
    month, use, shown = user.get(STATS).json, developer.get(USE).json, service.get(f"{STATS}/marketplace/notes").json
    model = {"llm_model": "tally-model", "llm_total_calls": 2, "llm_total_tokens": 30}
    service.post("/v1/actions", {**ACTION, **model})
    after = user.get(STATS).json
    assert (after["used"], after["completed"]) == (month["used"] + 1, month["completed"] + 1)
    assert after["llm_total_tokens"] == month["llm_total_tokens"] + 30
    assert {"model": "tally-model", "calls": 2, "tokens": 30} in after["llm_by_model"]
    assert developer.get(USE).json["total_actions"] == use["total_actions"] + 1
    assert developer.get(USE).json["unique_users"] == use["unique_users"]
    assert service.get(f"{STATS}/marketplace/notes").json["total_actions"] == shown["total_actions"] + 1


def test_an_overwritten_action_counts_as_what_it_is_now(gateway: Client, user: Client, developer: Client) -> None:
    service = gateway.service()
    service.post("/v1/actions", {**ACTION, "tool_name": "new_tool", "user_id": "imp_u_gone01"})
    users, month = developer.get(USE).json["unique_users"], user.get(STATS).json
    assert by_tool(developer, "new_tool") == {"tool_name": "new_tool", "calls": 1, "failed": 0}
    service.post("/v1/actions", {**ACTION, "tool_name": "other_tool", "status": "failed"})
    assert by_tool(developer, "new_tool")["calls"] == 0
    assert by_tool(developer, "other_tool") == {"tool_name": "other_tool", "calls": 1, "failed": 1}
    assert developer.get(USE).json["unique_users"] == users - 1
    after = user.get(STATS).json
    assert (after["used"], after["failed"]) == (month["used"] + 1, month["failed"] + 1)


def test_filters_count_what_a_scan_would(user: Client, world: World) -> None:
    for equals in (
        {"status": "failed"},
        {"action_type": "write", "status": "success"},
        {"app_id": "notes", "action_type": "read", "status": "success"},
        {"app_id": "notes", "status": "cancelled"},
    ):
        query = "&".join(f"{name}={value}" for name, value in equals.items())
        mine = [one for one in world.state["actions"] if one["user_id"] == ADA]
        expected = sum(equals.items() <= one.items() for one in mine)
        assert user.get(f"/v1/actions?{query}").json["total"] == expected, query


def test_who_is_erased_leaves_the_figures(admin: Client, developer: Client, world: World) -> None:
    before = developer.get(USE).json
    hers = world.state["actions"].count(user_id=ADA, app_id="notes")
    assert admin.delete(f"/v1/users/{ADA}?permanent=true").status == 200
    after = developer.get(USE).json
    assert after["total_actions"] == before["total_actions"] - hers
    assert after["unique_users"] == before["unique_users"] - 1
    assert not [one for one in world.state["tallies"] if ADA in one["id"]]


def test_a_new_app_does_not_inherit_the_figures_of_a_deleted_one(
    gateway: Client, developer: Client, admin: Client, world: World
) -> None:
    service = gateway.service()
    assert developer.get(USE).json["total_actions"] > 0
    assert developer.post("/v1/developer/apps/notes/suspend").status == 200
    assert developer.delete("/v1/developer/apps/notes", {"confirm_name": "notes"}).status == 200
    service.post("/v1/actions", ACTION)  # of an app that is not there
    made = {"app_id": "notes", "name": "Notes", "category": "productivity", "short_description": "Again"}
    assert developer.post("/v1/developer/apps", made).status == 201
    use = developer.get(USE).json
    assert (use["total_actions"], use["unique_users"], use["by_tool"]) == (0, 0, [])
    service.post("/v1/actions", {**ACTION, "trace_id": "tr_tally_2"})
    assert developer.get(USE).json["total_actions"] == 1
    assert developer.get("/v1/developer/apps/notes/analytics?days=7").json["total_calls"] == 1
    admin.delete("/v1/users/imp_u_view01?permanent=true")  # she used the one that is gone
    assert developer.get(USE).json["total_actions"] == 1
    assert broken(world) == []


def test_a_refused_request_counts_nothing(gateway: Client, user: Client, world: World) -> None:
    before = {one["id"]: one for one in world.state["tallies"]}
    gateway.service().post("/v1/actions", {**ACTION, "app_id": "tasks-board", "extension_price": 10**12})
    assert {one["id"]: one for one in world.state["tallies"]} == before


def test_counting_anew_gives_the_same(gateway: Client, user: Client, world: World) -> None:
    call = {"user_id": ADA, "function": "create_task", "params": {"title": "One"}}
    assert user.post("/v1/extensions/tasks-board/call", call).status == 200
    assert broken(world) == []
    kept = {one["id"]: one for one in world.state["tallies"]}
    for tally in world.state["tallies"]:
        world.state["tallies"].remove(tally["id"])
    _tallies.start(world)
    assert {one["id"]: one for one in world.state["tallies"]} == kept


def test_a_wrong_tally_is_seen(world: World) -> None:
    tally = next(world.state["tallies"].find(of="days:notes"))
    world.state["tallies"].update(tally["id"], calls=tally["calls"] + 1)
    assert any("tallies_add_up" in said for said in broken(world))
