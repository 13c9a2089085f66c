"""Signals reach the streams of the user whom they name."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from tests.conftest import Client

ADA, GRACE = "imp_u_abc123", "imp_u_admin01"
EMIT = "/api/v1/signals/emit"


def signals(world: World) -> list[tuple[str, Any]]:
    return [(one["user_id"], one["payload"]) for one in world.state["events"] if one["type"] == "signal"]


@pytest.mark.parametrize(
    "headers", [{"X-Service-Token": "dev-service-token"}, {"Authorization": "Bearer dev-service-token"}]
)
def test_a_signal_reaches_the_named_user_only(headers: dict[str, str], gateway: Client, world: World) -> None:
    sent = {"key": "notes.unread", "value": {"n": 3}, "metadata": {"user_id": ADA, "by": "import"}}
    assert gateway.post(EMIT, sent, headers=headers).json == {"ok": True, "key": "notes.unread"}
    assert signals(world) == [(ADA, sent)]


@pytest.mark.parametrize("metadata", [{}, {"user_id": "imp_u_nobody"}, {"user_id": [ADA]}])
def test_a_signal_without_a_user_reaches_nobody(metadata: dict[str, Any], gateway: Client, world: World) -> None:
    assert gateway.service().post(EMIT, {"key": "k", "value": None, "metadata": metadata}).status == 200
    assert gateway.service().post(EMIT, {"key": "k", "value": 1}).status == 200
    assert signals(world) == []


@pytest.mark.parametrize("body", [{"key": "", "value": 1}, {"key": "k"}, {"key": "k", "value": 1, "metadata": 5}])
def test_a_broken_signal_is_422(body: dict[str, Any], gateway: Client, world: World) -> None:
    assert gateway.service().post(EMIT, body).status == 422
    assert signals(world) == []
