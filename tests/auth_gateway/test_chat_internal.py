"""Messages that apps put into the chat of their user."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from tests.conftest import Client

ADA, KATHERINE, MARGARET = "imp_u_abc123", "imp_u_view01", "imp_u_dev001"
INJECT = "/v1/internal/chat/inject"
BODY = {"ext_id": "notes", "user_id": ADA, "text": "Your export is ready."}


def test_a_message_stands_in_the_live_thread_and_leaves_a_record(gateway: Client, user: Client, world: World) -> None:
    reply = gateway.service(ADA).post(INJECT, {**BODY, "refresh_panels": ["main", "side"]})
    assert reply.status == 200
    said = gateway.service(ADA).get("/v1/conversations/conv_ada_turin/messages").json["messages"][-1]
    assert (said["role"], said["content"], said["surface"]) == ("assistant", BODY["text"], "panel")
    record = user.get(f"/v1/actions/{reply.json['trace_id']}").json
    assert (record["app_id"], record["tool_name"], record["status"]) == ("notes", "chat_inject", "success")
    events = [(one["type"], one["payload"]) for one in world.state["events"].find(user_id=ADA)]
    message = next(payload for kind, payload in events if kind == "chat_message")
    assert (message["message_id"], message["text"], message["app_id"]) == (
        reply.json["message_id"],
        BODY["text"],
        "notes",
    )
    panels = [payload["panel"] for kind, payload in events if kind == "panel_refresh"]
    assert panels == ["main", "side"]
    assert list(world.state["events"].find(user_id=MARGARET)) == []


def test_it_opens_a_thread_where_none_is_live(gateway: Client) -> None:
    katherine = gateway.service(KATHERINE)
    assert gateway.service().post(INJECT, {**BODY, "user_id": KATHERINE, "msg_type": "system"}).status == 200
    (thread,) = katherine.get("/v1/conversations").json["conversations"]
    (said,) = katherine.get(f"/v1/conversations/{thread['id']}/messages").json["messages"]
    assert said["role"] == "system"


@pytest.mark.parametrize(
    ("change", "acting", "status"),
    [
        ({}, MARGARET, 403),
        ({"user_id": "imp_u_nobody"}, None, 404),
        ({"user_id": "__system__"}, "__system__", 404),
        ({"msg_type": "shout"}, ADA, 422),
        ({"text": None}, ADA, 422),
        ({"text": "x" * 65_551}, ADA, 413),
        ({"text": "ü" * 32_776}, ADA, 413),
    ],
)
def test_what_is_refused_says_nothing(
    change: dict[str, Any], acting: str | None, status: int, gateway: Client, world: World
) -> None:
    before = world.state.snapshot()
    assert gateway.service(acting).post(INJECT, {**BODY, **change}).status == status
    assert world.state.snapshot() == before


def test_the_longest_text_of_the_first_party_client_is_taken(gateway: Client) -> None:
    text = "x" * 65_536 + "...(truncated)"
    assert gateway.service(ADA).post(INJECT, {**BODY, "text": text}).status == 200
