"""The coding remote, as its extension calls the kernel: where a terminal is steered from, and what it waits for."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from tests.conftest import Client

ADA, MARGARET = "imp_u_abc123", "imp_u_dev001"
TAB, OTHER = f"coding-{ADA}-r3f9ab2", f"coding-{MARGARET}-r7d20c4"
REMOTE = "/v1/internal/coding-remote"
ON = {"enabled": True, "mirror": ["telegram", "panel"], "steer": ["telegram"]}


@pytest.fixture
def service(gateway: Client) -> Client:
    return gateway.service()


def poll(user: Client, query: str = "mode=plan&label=Garden") -> Any:
    return user.get(f"/v1/agent/sessions/{TAB}/pending-steer?{query}").json


def test_nobody_is_at_a_terminal(service: Client) -> None:
    assert service.get(f"{REMOTE}/{ADA}").json == {
        "state": {"enabled": False, "mirror": [], "steer": []}, "active": False, "running": False, "session_id": None,
        "applied_mode": None, "requested_mode": None, "last_seen": None, "pending_consent": None,
    }  # fmt: skip
    assert service.get(f"{REMOTE}/{ADA}/sessions").json == {"sessions": []}
    for word, body in (("steer", {"text": "x"}), ("stop", {}), ("mode", {"mode": "plan"})):
        assert service.post(f"{REMOTE}/{ADA}/{word}", body).status == 409
    assert service.post(f"{REMOTE}/{ADA}/consent", {"text": "yes"}).status == 404


def test_a_terminal_that_polls_is_an_open_tab(service: Client, user: Client, world: World) -> None:
    poll(user)
    held = service.get(f"{REMOTE}/{ADA}").json
    assert (held["active"], held["running"], held["session_id"], held["applied_mode"]) == (True, False, TAB, "plan")
    assert held["last_seen"] == int(world.clock.now()) or held["last_seen"] == int(world.clock.now()) - 1
    (row,) = service.get(f"{REMOTE}/{ADA}/sessions").json["sessions"]
    assert (row["session_id"], row["label"], row["status"], row["terminal_online"]) == (TAB, "Garden", "idle", True)
    world.clock.move(91)
    assert service.get(f"{REMOTE}/{ADA}/sessions").json == {"sessions": []}


def test_the_route_holds_for_every_session(service: Client, user: Client) -> None:
    assert service.put(f"{REMOTE}/{ADA}", ON).json["state"] == ON
    assert service.get(f"{REMOTE}/{ADA}").json["state"] == ON
    assert user.get(f"/v1/agent/sessions/{TAB}/remote").json["state"] == ON
    assert user.get(f"/v1/agent/sessions/coding-{ADA}-rnew1/remote").json["state"] == ON
    assert service.put(f"{REMOTE}/{ADA}", {"enabled": False}).json["state"] == {
        "enabled": False,
        "mirror": [],
        "steer": [],
    }


def test_a_terminal_is_steered_once_it_is_allowed(service: Client, user: Client) -> None:
    poll(user)
    steer = {"text": "Run the tests", "surface": "telegram"}
    assert service.post(f"{REMOTE}/{ADA}/steer", steer).status == 403
    service.put(f"{REMOTE}/{ADA}", ON)
    assert service.post(f"{REMOTE}/{ADA}/steer", steer).json == {"ok": True, "session_id": TAB}
    assert service.post(f"{REMOTE}/{ADA}/mode", {"mode": "autopilot", "surface": "panel"}).status == 403
    assert service.post(f"{REMOTE}/{ADA}/mode", {"mode": "autopilot", "surface": "telegram"}).status == 200
    assert service.get(f"{REMOTE}/{ADA}").json["requested_mode"] == "autopilot"
    polled = poll(user)
    assert [(one["text"], one["surface"]) for one in polled["items"]] == [("Run the tests", "telegram")]
    assert polled["requested_mode"] == {"mode": "autopilot", "surface": "telegram"}
    for wrong in ({"text": ""}, {}, {"text": "x", "surface": "fax"}):
        assert service.post(f"{REMOTE}/{ADA}/steer", wrong).status == 422


def test_a_parked_task_waits_for_consent(service: Client, developer: Client) -> None:
    held = service.get(f"{REMOTE}/{MARGARET}").json
    assert (held["active"], held["running"]) == (False, True)
    assert held["pending_consent"]["summary"] == "bash: make test"
    (row,) = service.get(f"{REMOTE}/{MARGARET}/sessions").json["sessions"]
    assert row["status"] == "parked"
    assert service.post(f"{REMOTE}/{MARGARET}/consent", {"text": "approve"}).json == {"ok": True, "session_id": OTHER}
    assert service.get(f"{REMOTE}/{MARGARET}").json["pending_consent"] is None
    assert service.post(f"{REMOTE}/{MARGARET}/consent", {"text": "approve"}).status == 404
    assert service.post(f"{REMOTE}/{MARGARET}/stop").status == 200
    assert service.post(f"{REMOTE}/{MARGARET}/stop").status == 409
    assert developer.get("/v1/agent/sessions/active").json["sessions"] == []


@pytest.mark.rule("I02")
def test_a_session_of_somebody_else_is_out_of_reach(service: Client) -> None:
    for word, body in (("steer", {"text": "x"}), ("stop", {}), ("mode", {"mode": "plan"}), ("consent", {"text": "y"})):
        assert service.post(f"{REMOTE}/{ADA}/{word}", {**body, "session_id": OTHER}).status == 403
        assert service.post(f"{REMOTE}/{ADA}/{word}", {**body, "session_id": f"coding-{ADA}-r0"}).status == 404
    assert service.get(f"{REMOTE}/imp_u_nobody").status == 404
