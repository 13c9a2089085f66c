"""Notifications of apps: the settings of the user say where they go."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from tests.conftest import Client

ADA, GRACE = "imp_u_abc123", "imp_u_admin01"
NOTIFY = "/v1/internal/notify"
BODY = {"user_id": ADA, "message": "Your export is ready.", "extension_id": "notes"}


def heard(world: World, user_id: str = ADA) -> list[dict[str, Any]]:
    return [one["payload"] for one in world.state["events"].find(user_id=user_id) if one["type"] == "notification"]


@pytest.mark.parametrize(
    "headers", [{"X-Service-Token": "dev-service-token"}, {"Authorization": "Bearer dev-service-token"}]
)
def test_a_notification_is_kept_and_reaches_the_stream(headers: dict[str, str], gateway: Client, world: World) -> None:
    sent = {**BODY, "priority": "high", "channel": "in_app", "campaign": 7}
    reply = gateway.post(NOTIFY, sent, headers=headers)
    assert (reply.status, reply.json["channels"]) == (200, ["bell", "email"])  # her switches: e-mail on, push off
    (event,) = heard(world)
    assert (event["notification_id"], event["message"], event["priority"]) == (
        reply.json["notification_id"], "Your export is ready.", "high",
    )  # fmt: skip
    assert event["app_id"] == "notes"
    kept = world.state["notifications"].get(reply.json["notification_id"])
    assert kept is not None
    assert (kept["user_id"], kept["channel"], kept["more"]) == (ADA, "in_app", {"campaign": 7})
    assert heard(world, GRACE) == []


@pytest.mark.parametrize(
    ("settings", "channels"),
    [
        ({"enabled": True, "default": ["bell"], "apps": {}}, ["bell"]),
        ({"enabled": True, "default": ["bell"], "apps": {"notes": ["telegram", "email"]}}, ["telegram", "email"]),
        ({"enabled": True, "default": ["bell"], "apps": {"crm-sync": ["email"]}}, ["bell"]),
        ({"enabled": True, "default": ["bell"], "apps": {"notes": []}}, []),
        ({"enabled": False, "default": ["bell"], "apps": {"notes": ["bell"]}}, []),
        ({"email": False, "push": False}, ["bell"]),
        ({"email": True, "push": True}, ["bell", "email", "push"]),
        ({}, ["bell"]),
    ],
)
def test_the_row_of_the_app_decides_then_the_default_row(
    settings: dict[str, Any], channels: list[str], gateway: Client, user: Client, world: World
) -> None:
    assert user.patch("/v1/me/settings", {"notifications": settings}).status == 200
    mails = world.state["outbox"].count(to="user@example.com")
    assert gateway.service().post(NOTIFY, BODY).json["channels"] == channels
    assert len(heard(world)) == ("bell" in channels)
    assert world.state["outbox"].count(to="user@example.com") - mails == ("email" in channels)


def test_an_email_has_the_subject_and_body_that_were_sent(gateway: Client, world: World) -> None:
    gateway.service().post(NOTIFY, {**BODY, "subject": "Done", "body": "All 4 notes."})
    mail = next(world.state["outbox"].newest(to="user@example.com"))
    assert (mail["subject"], mail["text"]) == ("Done", "All 4 notes.")


@pytest.mark.parametrize(
    ("change", "status"),
    [({"user_id": "imp_u_nobody"}, 404), ({"message": 5}, 422)],
)
def test_what_is_refused_is_not_kept(change: dict[str, Any], status: int, gateway: Client, world: World) -> None:
    before = world.state.snapshot()
    assert gateway.service().post(NOTIFY, {**BODY, **change}).status == status
    assert world.state.snapshot() == before


def test_without_an_app_it_is_the_platforms(gateway: Client, world: World) -> None:
    assert gateway.service().post(NOTIFY, {"user_id": ADA, "message": "Hello"}).status == 200
    assert heard(world)[0]["app_id"] is None
