"""What the seed data is waiting for comes by itself when the clock is moved, and stays to come after a reset."""

from __future__ import annotations

import time
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from specdouble.mock.state.world import World
from specdouble.moments import parse_stamp
from tests.conftest import Client
from tests.pack import Options, boot

MINUTE, HOUR, DAY = 60, 3600, 86400


def pass_time(world: World, seconds: float) -> None:
    world.clock.move(seconds)
    world.run_due()


def doc(world: World, collection: str, key: Any) -> dict[str, Any]:
    found = world.state[collection].get(key)
    assert found is not None
    return found


def test_these_wait_at_the_start(world: World) -> None:
    waiting = Counter(timer["name"] for timer in world.state["timers"])
    assert waiting == {
        "billing.period_end": 5,
        "billing.retry_renewal": 1,
        "confirmation.expire": 2,
        "task.cap": 2,
        "task.start": 2,
        "payout.pay": 1,
        "developer.renew": 2,
    }


def test_an_approved_payout_of_the_seed_data_is_paid(world: World) -> None:
    assert doc(world, "payouts", 4)["status"] == "approved"
    pass_time(world, DAY - HOUR)
    assert doc(world, "payouts", 4)["status"] == "approved"
    pass_time(world, 2 * HOUR)
    assert doc(world, "payouts", 4)["status"] == "paid"
    assert [doc(world, "payouts", number)["status"] for number in (3, 5, 6)] == ["rejected", "pending", "pending"]


def test_pending_confirmations_of_the_seed_data_expire(world: World) -> None:
    pass_time(world, 7 * DAY - HOUR)
    assert doc(world, "confirmations", "conf_ada_lemons")["status"] == "pending"
    pass_time(world, 2 * HOUR)
    for key in ("conf_ada_lemons", "conf_margaret_draft"):
        assert doc(world, "confirmations", key)["status"] == "expired"


def test_a_running_task_reaches_its_cap_and_the_queue_moves_on(world: World) -> None:
    pass_time(world, 20 * MINUTE)
    assert doc(world, "tasks", "task_ada_report")["status"] == "running"
    assert doc(world, "tasks", "task_ada_export")["status"] == "queued"
    pass_time(world, 7 * MINUTE + 10)  # 30 minutes after it began
    capped = doc(world, "tasks", "task_ada_report")
    assert capped["status"] == "failed"
    assert capped["message"] == "Stopped after 1800 seconds, the most that a task may run."
    assert doc(world, "tasks", "task_ada_export")["status"] == "running"
    pass_time(world, 180)
    assert doc(world, "tasks", "task_ada_export")["status"] == "failed"


def test_who_waits_alone_gets_a_turn(world: World) -> None:
    pass_time(world, 28 * MINUTE + 10)
    assert doc(world, "tasks", "task_alan_export")["status"] == "running"


def test_a_developer_s_year_ends(world: World) -> None:
    assert doc(world, "developers", "imp_u_indi01")["tier"] == "indie"
    before = world.state["ledger"].sum("amount", user_id="imp_u_indi01")
    pass_time(world, 46 * DAY + HOUR)
    barbara = doc(world, "developers", "imp_u_indi01")
    assert barbara["tier"] == "indie"
    assert world.state["ledger"].sum("amount", user_id="imp_u_indi01") == before - 9_000
    assert parse_stamp(barbara["tier_renews_at"]) > world.clock.now() + 364 * DAY


def test_the_stuck_deploy_waits_for_a_hand(world: World, gateway: Client) -> None:
    pass_time(world, 300 * DAY)
    assert doc(world, "deploys", "dep_quiz2")["status"] == "pending"
    assert gateway.post("/__mock__/deploys/dep_quiz2/finish").status == 200
    assert doc(world, "deploys", "dep_quiz2")["status"] == "success"


def test_a_reset_of_an_old_world_seeds_it_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    world = boot(Options()).world
    before = doc(world, "tasks", "task_ada_report")
    later = time.time() + 2 * HOUR
    monkeypatch.setattr("specdouble.mock.state.clock.time", SimpleNamespace(time=lambda: later))
    world.run_due()
    assert doc(world, "tasks", "task_ada_report")["status"] == "failed"
    world.reset()
    world.run_due()
    after = doc(world, "tasks", "task_ada_report")
    assert after["status"] == "running"
    assert abs(parse_stamp(after["created_at"]) - parse_stamp(before["created_at"]) - 2 * HOUR) < MINUTE
    assert len(world.state["timers"]) == 15


def test_a_reset_of_a_fresh_world_returns_the_very_documents(world: World) -> None:
    before = doc(world, "tasks", "task_ada_report")
    world.reset()
    assert doc(world, "tasks", "task_ada_report") is before
