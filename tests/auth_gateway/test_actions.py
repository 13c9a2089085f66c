"""The ledger of actions: recording, listing, counting."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from tests.conftest import Client

ADA = "imp_u_abc123"
ACTION: dict[str, Any] = {
    "trace_id": "tr_note0621",
    "user_id": ADA,
    "app_id": "notes",
    "tool_name": "create_note",
    "action_type": "write",
    "status": "success",
}


def total(client: Client, query: str = "") -> int:
    return int(client.get(f"/v1/actions?{query}").json["total"])


# -- recording -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("S02")
def test_only_a_service_records(gateway: Client, user: Client, admin: Client) -> None:
    before = user.get("/v1/actions").json
    for client in (user, admin, gateway, Client(gateway.app, {"X-Service-Token": "wrong", **user.headers})):
        assert client.post("/v1/actions", ACTION).status in (401, 403)
    assert user.get("/v1/actions").json == before
    reply = gateway.service().post("/v1/actions", ACTION)
    assert reply.json == {"trace_id": "tr_note0621", "recorded": True}
    after = user.get("/v1/actions").json
    assert after["total"] == before["total"] + 1
    assert after["items"][0]["trace_id"] == "tr_note0621"


def test_what_was_sent_is_kept(gateway: Client, user: Client) -> None:
    sent = {**ACTION, "chain_id": "chain_1", "duration_ms": 180, "llm_model": "example-small", "llm_total_calls": 1}
    sent |= {"llm_steps": [{"step": 1}], "action_price": 0.5, "completed_at": "2026-06-21T09:50:00Z"}
    gateway.service().post("/v1/actions", {**sent, "no_such_field": 1})
    kept = user.get("/v1/actions/tr_note0621").json
    assert sent.items() <= kept.items()
    assert (kept["tenant_id"], kept["intent_type"], kept["tokens_used"]) == ("default", None, 0)


def test_the_same_trace_overwrites(gateway: Client, user: Client) -> None:
    service = gateway.service()
    service.post("/v1/actions", ACTION)
    before, first = total(user), user.get("/v1/actions/tr_note0621").json
    service.post("/v1/actions", {**ACTION, "status": "failed", "error": "Timed out"})
    second = user.get("/v1/actions/tr_note0621").json
    assert total(user) == before
    assert second == {**first, "status": "failed", "error": "Timed out"}


def test_a_priced_action_earns_its_developer_once(gateway: Client, world: World) -> None:
    priced = {**ACTION, "app_id": "tasks-board", "tool_name": "import_board", "extension_price": 900}
    before = world.state["earnings"].count(app_id="tasks-board")
    for _ in range(2):
        gateway.service().post("/v1/actions", priced)
    assert world.state["earnings"].count(app_id="tasks-board") == before + 1
    newest = next(world.state["earnings"].newest(app_id="tasks-board"))
    assert (newest["trace_id"], newest["developer_share"], newest["platform_share"]) == ("tr_note0621", 720, 180)
    too_much = gateway.service().post("/v1/actions", {**priced, "trace_id": "tr_x", "extension_price": 1e300})
    assert too_much.status == 422
    assert "tr_x" not in world.state["actions"]


def test_an_incomplete_action_is_422(gateway: Client) -> None:
    reply = gateway.service().post("/v1/actions", {"trace_id": "tr_1"})
    assert reply.status == 422
    assert ["body", "user_id"] in [one["loc"] for one in reply.detail]


# -- listing -------------------------------------------------------------------------------------------------------


def test_pages_are_newest_first_and_join_without_gaps(user: Client) -> None:
    whole = user.get("/v1/actions?per_page=200").json
    assert whole["total"] == len(whole["items"]) >= 120
    stamps = [one["created_at"] for one in whole["items"]]
    assert stamps == sorted(stamps, reverse=True)
    pages = [user.get(f"/v1/actions?per_page=70&page={page}").json for page in (1, 2, 3, 4)]
    assert [one["trace_id"] for page in pages for one in page["items"]] == [one["trace_id"] for one in whole["items"]]
    assert (pages[1]["page"], pages[1]["per_page"], pages[1]["total"]) == (2, 70, whole["total"])
    assert len(user.get("/v1/actions").json["items"]) == 50


def test_filters_narrow_down(user: Client) -> None:
    items = user.get("/v1/actions?per_page=200").json["items"]
    for name, value in (("app_id", "billing"), ("action_type", "destructive"), ("status", "failed")):
        wanted = [one["trace_id"] for one in items if one[name] == value]
        found = user.get(f"/v1/actions?{name}={value}&per_page=200").json
        assert wanted
        assert [one["trace_id"] for one in found["items"]] == wanted
        assert found["total"] == len(wanted)
    both = total(user, "app_id=notes&status=failed")
    assert both == sum(one["app_id"] == "notes" and one["status"] == "failed" for one in items)
    assert total(user, "search=PASSPORT") == sum("passport" in (one["message_preview"] or "") for one in items) > 0
    assert total(user, "search=passport&app_id=billing") == 0


@pytest.mark.rule("E05")
def test_no_kwargs_is_asked_for(user: Client) -> None:
    assert user.get("/v1/actions").status == 200


@pytest.mark.parametrize("query", ["page=0", "per_page=0", "per_page=201", "page=first"])
def test_bounds_are_kept(user: Client, query: str) -> None:
    assert user.get(f"/v1/actions?{query}").status == 422


@pytest.mark.rule("I01")
@pytest.mark.rule("I02")
def test_everybody_sees_their_own_actions_only(gateway: Client, user: Client, developer: Client) -> None:
    hers = {one["user_id"] for one in user.get("/v1/actions?per_page=200").json["items"]}
    theirs = {one["user_id"] for one in developer.get("/v1/actions?per_page=200").json["items"]}
    assert (hers, theirs) == ({ADA}, {"imp_u_dev001"})
    trace_id = user.get("/v1/actions?per_page=1").json["items"][0]["trace_id"]
    refused = developer.get(f"/v1/actions/{trace_id}")
    assert (refused.status, list(refused.json)) == (403, ["detail"])
    assert gateway.login(tenant="acme").get(f"/v1/actions/{trace_id}").status == 404
    assert user.get("/v1/actions/tr_nothing").status == 404
    for path in ("/v1/actions", f"/v1/actions/{trace_id}", "/v1/actions/stats"):
        assert gateway.get(path).status == 401


# -- counting ------------------------------------------------------------------------------------------------------


@pytest.mark.rule("E07")
def test_stats_is_the_summary_and_no_trace(gateway: Client, user: Client, world: World) -> None:
    before = user.get("/v1/actions/stats").json
    assert before["period"] == world.clock.stamp()[:7]
    assert before["limit"] == 500
    service = gateway.service()
    model = {"llm_model": "example-tiny", "llm_total_calls": 2, "llm_total_tokens": 900}
    service.post("/v1/actions", {**ACTION, **model})
    service.post("/v1/actions", {**ACTION, "trace_id": "tr_2", "status": "failed"})
    service.post("/v1/actions", {**ACTION, "trace_id": "tr_3", "status": "cancelled"})
    after = user.get("/v1/actions/stats").json
    assert after["used"] == before["used"] + 3
    assert after["completed"] == before["completed"] + 1
    assert after["failed"] == before["failed"] + 1
    assert after["llm_total_calls"] == before["llm_total_calls"] + 2
    assert {"model": "example-tiny", "calls": 2, "tokens": 900} in after["llm_by_model"]


def test_stats_begin_anew_with_the_month(gateway: Client, world: World) -> None:
    world.clock.move(40 * 86400)
    assert gateway.login().get("/v1/actions/stats").json["used"] == 0


def test_a_developer_reads_the_figures_of_an_own_app(gateway: Client, developer: Client, user: Client) -> None:
    path = "/v1/actions/stats/extension/notes"
    before = developer.get(path).json
    assert before["total_actions"] > before["completed"] > before["failed"] > 0
    assert sum(one["calls"] for one in before["by_tool"]) == before["total_actions"]
    gateway.service().post("/v1/actions", {**ACTION, "status": "failed", "user_id": "imp_u_part01"})
    after = developer.get(path).json
    assert after["total_actions"] == before["total_actions"] + 1
    assert after["failed"] == before["failed"] + 1
    assert after["unique_users"] == before["unique_users"] + 1
    assert user.get(path).status == 403
    assert gateway.login("indie@example.com").get(path).status == 403
    assert developer.get("/v1/actions/stats/extension/no-such-app").status == 404
    assert gateway.get(path).status == 401
    assert gateway.service().get(f"{path}?user_id=imp_u_dev001").json["total_actions"] == after["total_actions"]


@pytest.mark.rule("S03")
def test_marketplace_counters_are_for_services(gateway: Client, user: Client, admin: Client, developer: Client) -> None:
    path = "/v1/actions/stats/marketplace/notes"
    for client in (user, admin, developer):
        assert client.get(path).status == 403
    assert gateway.get(path).status == 401
    reply = gateway.service().get(path).json
    own = developer.get("/v1/actions/stats/extension/notes").json
    assert (reply["total_actions"], reply["active_users"]) == (own["total_actions"], own["unique_users"])
    assert reply["success_rate"] == round(own["completed"] / own["total_actions"], 4)
    assert gateway.service().get("/v1/actions/stats/marketplace/no-such-app").status == 404
    assert gateway.service().get("/v1/actions/stats/marketplace/quiz-night").json["success_rate"] == 0
