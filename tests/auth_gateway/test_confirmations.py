"""Held actions: list, read, confirm, cancel, expire, and the panel's approval."""

from __future__ import annotations

import pytest

from specdouble.mock.state.world import World
from tests.conftest import Client

ADA = "imp_u_abc123"
PENDING = "conf_ada_lemons"
PATH = f"/v1/confirmations/{PENDING}"
LEMONS = "task_item_001"


def tasks(client: Client) -> list[str]:
    body = {"user_id": ADA, "function": "list_tasks", "params": {"query": "lemons"}}
    found = client.post("/v1/extensions/tasks-board/call", body).json["data"]["items"]
    return [one["id"] for one in found]


def actions(client: Client) -> int:
    return int(client.get("/v1/actions").json["total"])


@pytest.mark.rule("E07")
def test_the_active_ones_are_listed_and_no_id(user: Client) -> None:
    reply = user.get("/v1/confirmations/active")
    assert [one["confirmation_id"] for one in reply.json["confirmations"]] == [PENDING]
    assert reply.json["confirmations"][0] == user.get(PATH).json
    assert user.get(PATH).json["calls"] == [
        {"app_id": "tasks-board", "function": "delete_task", "params": {"task_id": LEMONS}}
    ]


def test_settled_ones_can_still_be_read(user: Client) -> None:
    assert user.get("/v1/confirmations/conf_ada_packing").json["status"] == "confirmed"
    assert user.get("/v1/confirmations/conf_ada_poem").json["status"] == "cancelled"
    assert user.get("/v1/confirmations/conf_ada_topup").json["status"] == "expired"


def test_confirming_runs_the_held_calls_once(user: Client) -> None:
    before = actions(user)
    reply = user.post(f"{PATH}/confirm")
    assert reply.json == {
        "confirmation_id": PENDING,
        "status": "confirmed",
        "results": [
            {
                "status": "success",
                "data": {"deleted": True, "task_id": LEMONS},
                "summary": "The task is deleted.",
                "error": None,
                "ui": None,
            }
        ],
    }
    assert tasks(user) == []
    assert user.get("/v1/confirmations/active").json == {"confirmations": []}
    settled = user.get(PATH).json
    assert (settled["status"], settled["resolved_at"] is not None) == ("confirmed", True)
    assert user.post(f"{PATH}/confirm").status == 409
    assert user.post(f"{PATH}/cancel").status == 409
    assert actions(user) == before + 2  # the held call, and the look at the board


def test_cancelling_runs_nothing(user: Client) -> None:
    before = actions(user)
    assert user.post(f"{PATH}/cancel").json == {"confirmation_id": PENDING, "status": "cancelled"}
    assert actions(user) == before
    assert tasks(user) == [LEMONS]
    assert user.get("/v1/confirmations/active").json == {"confirmations": []}
    assert user.post(f"{PATH}/confirm").status == 409
    assert tasks(user) == [LEMONS]


@pytest.mark.rule("D07")
@pytest.mark.rule("C07")
def test_confirm_is_the_route_and_accept_is_none(user: Client) -> None:
    assert user.post(f"{PATH}/accept").status in (404, 405)
    assert user.get(PATH).json["status"] == "pending"
    assert user.post(f"{PATH}/confirm").status == 200


def test_it_expires_by_itself_after_the_users_ttl(user: Client, world: World) -> None:
    world.state["settings"].put({"user_id": ADA, "values": {"confirmation_ttl": 60}})
    world.commit()
    body = {"user_id": ADA, "function": "delete_task", "params": {"task_id": LEMONS}}
    held = user.post("/v1/extensions/tasks-board/operate", body).json["confirmation_id"]
    world.clock.move(59)
    assert user.get(f"/v1/confirmations/{held}").json["status"] == "pending"
    world.clock.move(2)
    assert user.get(f"/v1/confirmations/{held}").json["status"] == "expired"
    assert held not in str(user.get("/v1/confirmations/active").json)
    assert user.post(f"/v1/confirmations/{held}/confirm").status == 410
    assert user.post(f"/v1/confirmations/{held}/cancel").status == 410
    assert tasks(user) == [LEMONS]


def test_the_seeded_ones_expire_too(gateway: Client, user: Client, world: World) -> None:
    world.clock.move(8 * 86400)
    assert gateway.login().get("/v1/confirmations/active").json == {"confirmations": []}


def test_what_cannot_run_any_more_is_an_error_of_its_result(user: Client, world: World) -> None:
    before = actions(user)
    world.state["installs"].remove(f"{ADA}:tasks-board")
    world.commit()
    reply = user.post(f"{PATH}/confirm")
    assert reply.status == 200
    (result,) = reply.json["results"]
    assert (result["status"], "not installed" in result["error"]) == ("error", True)
    assert actions(user) == before


def test_settling_is_told_on_the_stream(user: Client, world: World) -> None:
    user.post(f"{PATH}/cancel")
    newest = next(world.state["events"].newest(user_id=ADA))
    assert newest["type"] == "notification"
    assert newest["payload"] == {"kind": "confirmation", "confirmation_id": PENDING, "status": "cancelled"}


@pytest.mark.rule("I01")
@pytest.mark.rule("I02")
def test_anothers_confirmation_is_neither_shown_nor_settled(gateway: Client, developer: Client, user: Client) -> None:
    listed = developer.get("/v1/confirmations/active").json["confirmations"]
    assert [one["confirmation_id"] for one in listed] == ["conf_margaret_draft"]
    for reply in (developer.get(PATH), developer.post(f"{PATH}/confirm"), developer.post(f"{PATH}/cancel")):
        assert reply.status == 403
        assert "lemons" not in reply.content.decode().lower()
    alan = gateway.login(tenant="acme")
    assert alan.get(PATH).status == 404
    assert alan.post(f"{PATH}/confirm").status == 404
    assert user.get(PATH).json["status"] == "pending"
    assert tasks(user) == [LEMONS]


def test_unknown_ones_are_404_and_strangers_401(gateway: Client, user: Client) -> None:
    for path in ("/v1/confirmations/conf_nothing/confirm", "/v1/confirmations/conf_nothing/cancel"):
        assert user.post(path).status == 404
    assert user.get("/v1/confirmations/conf_nothing").status == 404
    assert gateway.get("/v1/confirmations/active").status == 401
    assert gateway.get(PATH).status == 401
    assert gateway.post(f"{PATH}/confirm").status == 401
    assert gateway.post(f"{PATH}/cancel").status == 401


def test_the_panel_approves_ordinary_ones_too(gateway: Client, user: Client) -> None:
    approved = gateway.post(f"/__mock__/confirmations/{PENDING}/approve")
    assert approved.json["status"] == "confirmed"
    assert tasks(user) == []
    assert gateway.post(f"/__mock__/confirmations/{PENDING}/approve").status == 409
    assert gateway.post("/__mock__/confirmations/conf_ada_topup/approve").status == 410
    assert gateway.post("/__mock__/confirmations/conf_nothing/approve").status == 404


@pytest.mark.rule("C08")
def test_an_approved_purchase_without_a_card_is_an_error_and_buys_nothing(user: Client, world: World) -> None:
    world.state["cards"].remove_where(user_id=ADA)
    world.commit()
    before = user.get("/v1/billing/balance").json["balance"]
    body = {"user_id": ADA, "function": "topup", "params": {"tokens": 10000}, "confirmation_bypassed": True}
    held = user.post("/v1/extensions/billing/operate", body).json["confirmation_id"]
    (result,) = user.post(f"/__mock__/confirmations/{held}/approve").json["results"]
    assert result["status"] == "error"
    assert user.get("/v1/billing/balance").json["balance"] == before
