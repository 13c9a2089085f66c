"""What the platform knows of a user: settings, surfaces, processes."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from tests.conftest import Client

ADA, ALAN, GRACE = "imp_u_abc123", "imp_u_acme01", "imp_u_admin01"
SETTINGS = f"/v1/internal/users/{ADA}/settings"


@pytest.fixture
def kernel(gateway: Client) -> Client:
    return gateway.service()


def test_settings_are_those_that_the_user_sees(kernel: Client, user: Client) -> None:
    assert kernel.get(SETTINGS).json == user.get("/v1/me/settings").json
    changed = kernel.patch(
        SETTINGS, {"routing_context": 4, "notifications": {"enabled": False}}, headers={"X-Acting-User": ADA}
    )
    assert changed.json["settings"]["routing_context"] == 4
    assert user.get("/v1/me/settings").json == changed.json
    assert kernel.get(f"{SETTINGS}?tenant_id=default").json == changed.json


def test_null_takes_a_setting_back_and_the_rest_stays(kernel: Client) -> None:
    before = kernel.get(SETTINGS).json["settings"]
    kernel.patch(SETTINGS, {"kav_max_retries": 5})
    after = kernel.patch(SETTINGS, {"max_response_tokens": None}).json["settings"]
    assert after == {**before, "kav_max_retries": 5, "max_response_tokens": 4096}


def test_settings_of_every_tenant_are_known_and_nobody_elses_change(kernel: Client) -> None:
    before = kernel.get(SETTINGS).json
    path = SETTINGS.replace(ADA, ALAN)
    assert kernel.patch(path, {"routing_context": 3}).json["settings"]["routing_context"] == 3
    assert kernel.get(path).json["settings"]["routing_context"] == 3
    assert kernel.get(SETTINGS).json == before


@pytest.mark.parametrize("body", [{"confirmation_ttl": 0}, {"confirmation_ttl": 2592001}, {"routing_context": "many"}])
def test_refused_settings_change_nothing(body: dict[str, Any], kernel: Client, world: World) -> None:
    before = world.state.snapshot()
    assert kernel.patch(SETTINGS, {"kav_max_retries": 1, **body}).status == 422
    assert world.state.snapshot() == before


@pytest.mark.rule("A15")
@pytest.mark.parametrize("user_id", ["imp_u_nobody", "usr_7f3a", "__system__"])
def test_only_an_imperal_id_names_anybody(user_id: str, kernel: Client, world: World) -> None:
    before = world.state.snapshot()
    path = SETTINGS.replace(ADA, user_id)
    assert [kernel.get(path).status, kernel.patch(path, {"routing_context": 1}).status] == [404, 404]
    assert kernel.get(f"/v1/internal/surfaces/{user_id}").status == 404
    assert kernel.get(f"/v1/internal/processes/{user_id}").status == 404
    assert world.state.snapshot() == before


def test_surfaces_follow_terminals_and_telegram(kernel: Client, admin: Client, world: World) -> None:
    path = f"/v1/internal/surfaces/{ADA}"
    assert kernel.get(path).json == {"surfaces": ["panel", "email"]}
    session = {
        "session_id": "ses_cli", "user_id": ADA, "surface": "cli", "label": "Terminal", "ip_address": None,
        "refresh_hash": "x", "refresh_until": world.clock.now() + 3600, "created_at": world.clock.stamp(),
        "last_seen_at": world.clock.stamp(),
    }  # fmt: skip
    world.state["sessions"].add(session)
    world.commit()
    assert admin.patch(f"/v1/users/{ADA}", {"attributes": {"telegram_id": "4711"}}).status == 200
    assert kernel.get(path).json == {"surfaces": ["panel", "email", "terminal", "telegram"]}
    kernel.post("/__mock__/clock", {"advance": "2h"})
    assert kernel.get(path).json == {"surfaces": ["panel", "email", "telegram"]}


def test_processes_are_the_tasks_that_have_not_ended(kernel: Client, user: Client) -> None:
    path = f"/v1/internal/processes/{ADA}"
    shown = kernel.get(path).json
    assert (shown["user_id"], shown["total"]) == (ADA, 2)
    export, report = shown["processes"]
    assert (export["task_id"], export["status"], export["progress"]) == ("task_ada_export", "queued", 0)
    assert (report["task_id"], report["progress"], report["long_running"]) == ("task_ada_report", 0.4, True)
    user.post("/v1/tasks/task_ada_report/cancel")
    assert [one["task_id"] for one in kernel.get(path).json["processes"]] == ["task_ada_export"]
    assert kernel.get(f"/v1/internal/processes/{GRACE}").json == {"user_id": GRACE, "processes": [], "total": 0}
