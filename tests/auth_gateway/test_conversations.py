"""Conversations: threads of the acting user, one of which is live."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from tests.conftest import Client

ADA, MARGARET, KATHERINE = "imp_u_abc123", "imp_u_dev001", "imp_u_view01"
PATH = "/v1/conversations"


@pytest.fixture
def ada(gateway: Client) -> Client:
    return gateway.service(ADA)


def listed(client: Client, query: str = "") -> tuple[list[str], str]:
    reply = client.get(f"{PATH}{query}").json
    return [one["id"] for one in reply["conversations"]], reply["active_id"]


def say(client: Client, user_id: str, text: str) -> Any:
    body = {"ext_id": "notes", "user_id": user_id, "text": text}
    reply = client.post("/v1/internal/chat/inject", body, headers={"X-Acting-User": user_id})
    assert reply.status == 200
    return reply.json


def test_pinned_threads_come_first_then_the_newest(ada: Client) -> None:
    assert listed(ada) == (["conv_ada_garden", "conv_ada_turin"], "conv_ada_turin")
    whole = ["conv_ada_garden", "conv_ada_turin", "conv_ada_taxes"]
    assert listed(ada, "?include_archived=true") == (whole, "conv_ada_turin")
    assert listed(ada, "?limit=1")[0] == ["conv_ada_garden"]
    made = ada.post(PATH, {}).json["conversation"]["id"]
    assert listed(ada) == (["conv_ada_garden", made, "conv_ada_turin"], made)
    ada.patch(f"{PATH}/{made}", {"pinned": True})
    assert listed(ada)[0] == [made, "conv_ada_garden", "conv_ada_turin"]


def test_somebody_without_threads_has_none(gateway: Client) -> None:
    assert listed(gateway.service(KATHERINE)) == ([], "")


def test_a_new_thread_is_live_and_the_old_one_stays(ada: Client) -> None:
    made = ada.post(PATH, {"title": "Plans"}).json
    assert (made["conversation"]["title"], made["conversation"]["title_generated"]) == ("Plans", False)
    assert made["active_id"] == made["conversation"]["id"]
    assert ada.get(f"{PATH}/conv_ada_turin/messages").json["conversation"]["archived"] is False
    assert len(ada.get(f"{PATH}/conv_ada_turin/messages").json["messages"]) == 2


def test_a_thread_without_a_title_is_named_by_what_is_said(ada: Client) -> None:
    made = ada.post(PATH, {"title": ""}).json["conversation"]
    assert (made["title"], made["title_generated"], made["message_count"]) == ("", True, 0)
    say(ada, ADA, "The train leaves at nine.")
    say(ada, ADA, "Take a book.")
    thread = ada.get(f"{PATH}/{made['id']}/messages").json["conversation"]
    assert (thread["title"], thread["title_generated"]) == ("The train leaves at nine.", True)
    assert (thread["message_count"], thread["last_message_preview"]) == (2, "Take a book.")


def test_a_title_given_by_hand_is_never_replaced(ada: Client) -> None:
    path = f"{PATH}/{ada.post(PATH, {}).json['conversation']['id']}"
    generated = ada.patch(path, {"title": "By the namer", "title_generated": True}).json["conversation"]
    assert (generated["title"], generated["title_generated"]) == ("By the namer", True)
    by_hand = ada.patch(path, {"title": "Mine"}).json["conversation"]
    assert (by_hand["title"], by_hand["title_generated"]) == ("Mine", False)
    again = ada.patch(path, {"title": "By the namer", "title_generated": True, "pinned": True}).json["conversation"]
    assert (again["title"], again["title_generated"], again["pinned"]) == ("Mine", False, True)
    say(ada, ADA, "Another subject")
    assert ada.get(f"{path}/messages").json["conversation"]["title"] == "Mine"


def test_what_is_not_sent_stays(ada: Client) -> None:
    path = f"{PATH}/conv_ada_garden"
    before = ada.get(f"{path}/messages").json["conversation"]
    assert ada.patch(path, {}).json["conversation"] == before
    after = ada.patch(path, {"title": "Beds"}).json["conversation"]
    assert after == {**before, "title": "Beds", "updated_at": after["updated_at"]}


def test_an_archived_thread_is_hidden_until_it_is_activated(ada: Client) -> None:
    assert ada.patch(f"{PATH}/conv_ada_turin", {"archived": True}).json["active_id"] == ""
    assert listed(ada) == (["conv_ada_garden"], "")
    back = ada.post(f"{PATH}/conv_ada_taxes/activate").json
    assert (back["active_id"], back["conversation"]["archived"]) == ("conv_ada_taxes", False)
    assert listed(ada) == (["conv_ada_garden", "conv_ada_taxes"], "conv_ada_taxes")
    say(ada, ADA, "Where were we?")
    assert ada.get(f"{PATH}/conv_ada_taxes/messages").json["conversation"]["message_count"] == 3


def test_the_latest_messages_come_oldest_first(ada: Client) -> None:
    whole = ada.get(f"{PATH}/conv_ada_garden/messages").json["messages"]
    assert [one["role"] for one in whole] == ["user", "assistant", "user", "assistant"]
    assert [one["ts"] for one in whole] == sorted(one["ts"] for one in whole)
    assert ada.get(f"{PATH}/conv_ada_garden/messages?limit=2").json["messages"] == whole[2:]
    assert {one["surface"] for one in whole} == {"telegram"}


def test_the_live_thread_is_replaced_when_it_is_deleted(ada: Client) -> None:
    gone = ada.delete(f"{PATH}/conv_ada_turin").json
    assert (gone["deleted"], gone["was_active"]) == (True, True)
    assert listed(ada) == (["conv_ada_garden", gone["new_active_id"]], gone["new_active_id"])
    assert ada.get(f"{PATH}/{gone['new_active_id']}/messages").json["messages"] == []
    assert ada.get(f"{PATH}/conv_ada_turin/messages").status == 404
    other = ada.delete(f"{PATH}/conv_ada_garden").json
    assert other == {"id": "conv_ada_garden", "deleted": True, "was_active": False, "new_active_id": None}


@pytest.mark.parametrize("thread", ["conv_margaret_radar", "conv_gone"])
def test_the_threads_of_others_are_unknown(thread: str, ada: Client, world: World) -> None:
    before = world.state.snapshot()
    path = f"{PATH}/{thread}"
    statuses = [
        ada.get(f"{path}/messages").status,
        ada.patch(path, {"title": "Mine"}).status,
        ada.post(f"{path}/activate").status,
        ada.delete(path).status,
    ]
    assert statuses == [404] * 4
    assert world.state.snapshot() == before
    assert "conv_margaret_radar" not in listed(ada, "?include_archived=true")[0]


@pytest.mark.parametrize("body", [{"title": ""}, {"title": "x" * 201}, {"pinned": "often"}, {"title": None}])
def test_a_wrong_change_is_422(body: dict[str, Any], ada: Client, world: World) -> None:
    before = world.state.snapshot()
    assert ada.patch(f"{PATH}/conv_ada_turin", body).status == 422
    assert ada.get(f"{PATH}?limit=0").status == 422
    assert world.state.snapshot() == before


def test_a_reset_forgets_the_live_thread_and_no_other(ada: Client, user: Client, world: World) -> None:
    assert user.post(f"/v1/users/{ADA}/reset-conversation", {}).json["workflow_terminated"] is True
    assert listed(ada, "?include_archived=true") == (["conv_ada_garden", "conv_ada_taxes"], "")
    assert world.state["messages"].count(conversation_id="conv_ada_turin") == 0
    say(ada, ADA, "A new start")
    assert user.post(f"/v1/users/{ADA}/reset-conversation", {}).json["redis_keys_deleted"] == 2
    assert listed(ada)[0] == ["conv_ada_garden"]


def test_changes_reach_the_persons_stream(ada: Client, world: World) -> None:
    ada.post(f"{PATH}/conv_ada_garden/activate")
    event = next(world.state["events"].newest(user_id=ADA))
    assert (event["type"], event["payload"]) == (
        "panel_refresh",
        {"panel": "chat", "conversation_id": "conv_ada_garden"},
    )
