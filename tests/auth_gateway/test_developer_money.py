"""What developers earn, look back on and withdraw."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from specdouble.packs.imperal.mockserver.auth_gateway.money import _money
from tests.conftest import Client

EARNINGS = "/v1/developer/earnings"
PAYOUTS = "/v1/developer/payouts"
ANALYTICS = "/v1/developer/apps/{}/analytics"
ADA, BARBARA = "imp_u_abc123", "imp_u_indi01"


@pytest.fixture
def barbara(gateway: Client) -> Client:
    return gateway.login("indie@example.com")


def call(client: Client, app_id: str, function: str, params: dict[str, Any], user_id: str = ADA) -> dict[str, Any]:
    body = {"user_id": user_id, "function": function, "params": params}
    reply = client.post(f"/v1/extensions/{app_id}/call", body)
    assert reply.status == 200, reply.content
    return dict(reply.json)


# -- earnings ------------------------------------------------------------------------------------------------------


@pytest.mark.rule("M24")
def test_the_share_is_the_floor_of_price_times_split(user: Client, barbara: Client) -> None:
    before = barbara.get(EARNINGS).json
    assert call(user, "tasks-board", "create_task", {"title": "Call Grace"})["status"] == "success"
    after = barbara.get(EARNINGS).json
    assert after["total_earnings"] - before["total_earnings"] == 5  # floor(7 x 80 / 100)
    assert after["total_platform_share"] - before["total_platform_share"] == 2
    assert user.get("/v1/billing/balance").json["balance"] == 4193


@pytest.mark.rule("M24")
def test_free_apps_earn_nothing_and_are_recorded(gateway: Client, developer: Client, world: World) -> None:
    before = developer.get(EARNINGS).json
    recorded = world.state["actions"].count(app_id="notes")
    katherine = gateway.login("viewer@example.com")
    call(katherine, "notes", "create_note", {"text": "x"}, "imp_u_view01")
    assert developer.get(EARNINGS).json == before
    assert world.state["actions"].count(app_id="notes") == recorded + 1


@pytest.mark.rule("M24")
def test_a_failing_call_earns_nothing(user: Client, barbara: Client) -> None:
    before = barbara.get(EARNINGS).json
    assert call(user, "tasks-board", "create_task", {})["status"] == "error"
    assert barbara.get(EARNINGS).json == before


@pytest.mark.parametrize("email", ["dev@example.com", "indie@example.com", "partner@example.com"])
def test_totals_add_up(gateway: Client, email: str) -> None:
    client = gateway.login(email)
    totals = client.get(EARNINGS).json
    open_ones = [one for one in client.get(PAYOUTS).json if one["status"] in ("pending", "approved")]
    waiting = sum(one["amount_tokens"] for one in open_ones)
    assert totals["total_earnings"] == totals["paid_out"] + totals["pending_payout"] + waiting
    assert totals["pending_payout"] > 0


def test_earnings_of_one_app_by_month(developer: Client, barbara: Client) -> None:
    found = developer.get(f"{EARNINGS}/expense-radar").json
    assert found["total_earnings"] == developer.get(EARNINGS).json["total_earnings"]
    assert sum(one["total_earnings"] for one in found["by_period"]) == found["total_earnings"]
    assert sum(one["action_count"] for one in found["by_period"]) == found["action_count"]
    periods = [one["period"] for one in found["by_period"]]
    assert periods == sorted(periods)
    assert developer.get(f"{EARNINGS}/notes").json == {
        "app_id": "notes",
        "total_earnings": 0,
        "action_count": 0,
        "by_period": [],
    }
    assert barbara.get(f"{EARNINGS}/expense-radar").status == 404


# -- analytics -----------------------------------------------------------------------------------------------------


@pytest.mark.rule("M20")
@pytest.mark.parametrize(
    ("email", "app_id", "window"),
    [
        ("explorer@example.com", "quiz-night", 7),
        ("indie@example.com", "tasks-board", 30),
        ("dev@example.com", "notes", 90),
        ("partner@example.com", "crm-sync", 365),
    ],
)
def test_the_window_of_a_tier(gateway: Client, email: str, app_id: str, window: int) -> None:
    client = gateway.login(email)
    path = ANALYTICS.format(app_id)
    assert client.get(f"{path}?days={window}").status == 200
    assert client.get(f"{path}?days={window + 1}").status == (400 if window < 365 else 422)
    assert client.get(path).status == (400 if window < 30 else 200)
    assert client.get(f"{path}?days=0").status == 422


def test_analytics_count_calls_users_and_revenue(user: Client, barbara: Client) -> None:
    before = barbara.get(f"{ANALYTICS.format('tasks-board')}?days=1").json
    call(user, "tasks-board", "create_task", {"title": "One"})
    call(user, "tasks-board", "list_tasks", {})
    after = barbara.get(f"{ANALYTICS.format('tasks-board')}?days=1").json
    assert after["total_calls"] == before["total_calls"] + 2
    assert after["total_revenue"] == before["total_revenue"] + 5
    assert after["unique_users"] >= 1
    assert sum(one["revenue"] for one in after["revenue_by_day"]) == after["total_revenue"]
    functions = {one["function"]: one for one in after["top_functions"]}
    assert functions["create_task"]["calls"] >= 1
    assert functions["create_task"]["revenue"] >= 5
    assert functions["list_tasks"]["revenue"] == 0


# -- payouts -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("D08")
def test_a_payout_is_asked_for_at_its_own_path(barbara: Client, world: World) -> None:
    asked = barbara.get(PAYOUTS).json
    assert barbara.post(PAYOUTS, {"amount": 12000}).status == 405
    assert barbara.post(f"{PAYOUTS}/request", {"amount": 12000}).status == 422
    assert barbara.post(f"{PAYOUTS}/request", {"amount_tokens": 9_999}).status == 422
    assert barbara.get(PAYOUTS).json == asked
    assert barbara.post(f"{PAYOUTS}/request", {"amount_tokens": 10_000}).status == 200


def test_asking_takes_the_amount_out_of_what_is_pending(barbara: Client, admin: Client) -> None:
    before = barbara.get(EARNINGS).json["pending_payout"]
    made = barbara.post(f"{PAYOUTS}/request", {"amount_tokens": 12_345}).json
    assert made.pop("requested_at").endswith("Z")
    assert made == {
        "id": made["id"],
        "developer_id": "imp_dev_bar01",
        "amount_tokens": 12_345,
        "amount_usd": "12.345",
        "status": "pending",
        "method": "stripe",
        "admin_note": None,
        "processed_at": None,
    }
    assert barbara.get(EARNINGS).json["pending_payout"] == before - 12_345
    assert barbara.get(PAYOUTS).json[0]["id"] == made["id"]
    assert made["id"] in [one["id"] for one in admin.get("/v1/admin/payouts/pending").json]


def test_nobody_withdraws_more_than_there_is(barbara: Client) -> None:
    before = barbara.get(EARNINGS).json
    too_much = {"amount_tokens": before["pending_payout"] + 1}
    assert barbara.post(f"{PAYOUTS}/request", too_much).status == 400
    assert barbara.get(EARNINGS).json == before
    assert barbara.post(f"{PAYOUTS}/request", {"amount_tokens": before["pending_payout"]}).status == 200
    assert barbara.get(EARNINGS).json["pending_payout"] == 0


@pytest.mark.rule("M26")
def test_an_explorer_earns_but_cannot_withdraw(gateway: Client, world: World) -> None:
    app = world.state["apps"].get("quiz-night")
    assert app is not None
    _money.accrue(world, app, {"trace_id": "tr_1", "tool_name": "ask"}, 20_000)
    world.state.commit()
    radia = gateway.login("explorer@example.com")
    assert radia.get(EARNINGS).json["pending_payout"] == 14_000
    assert radia.post(f"{PAYOUTS}/request", {"amount_tokens": 10_000}).status == 403
    assert radia.get(PAYOUTS).json == []


def test_payouts_are_their_owners_only(gateway: Client, barbara: Client) -> None:
    assert gateway.get(PAYOUTS).status == 401
    assert {one["developer_id"] for one in barbara.get(PAYOUTS).json} == {"imp_dev_bar01"}
