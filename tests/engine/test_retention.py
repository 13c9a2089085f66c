"""What grows for ever has a bound: the oldest documents of a collection go, and what ended long ago."""

from __future__ import annotations

import pytest

from specdouble.mock.boot import Platform, boot
from specdouble.mock.options import Options
from specdouble.mock.state.stores.declared import Collection
from specdouble.mock.state.world import World
from specdouble.mock.transports.app import create_app
from specdouble.packs.target import contract_of_target

DAY = 86_400


@pytest.fixture
def world() -> World:
    return World(Options(), (Collection("marks", most=100, by=("of",)), Collection("passes", ends="until")))


def test_the_oldest_documents_of_a_bounded_collection_go(world: World) -> None:
    marks = world.state["marks"]
    for number in range(1_000):
        marks.add({"id": number, "of": number % 2})
        world.commit()
        assert len(marks) <= 110 + 32
    kept = [doc["id"] for doc in marks]
    assert kept == list(range(kept[0], 1_000))
    assert len(kept) >= 100
    assert marks.count(of=0) + marks.count(of=1) == len(kept)


def test_what_is_refused_forgets_nothing(world: World) -> None:
    marks = world.state["marks"]
    for number in range(109):
        marks.add({"id": number, "of": 0})
        world.commit()
    for number in range(64):
        marks.add({"id": f"refused {number}", "of": 0})
        world.rollback()
    assert len(marks) == 109


def test_what_ended_is_forgotten_a_day_later_and_after_a_reset_too(world: World) -> None:
    passes, now = world.state["passes"], world.clock.now()
    passes.add({"id": "short", "until": now + 60})
    passes.add({"id": "long", "until": now + 40 * DAY})
    passes.add({"id": "never", "until": None})
    world.commit()
    world.clock.move(DAY / 2)
    world.run_due()
    assert len(passes) == 3
    world.clock.move(DAY)
    world.run_due()
    assert [doc["id"] for doc in passes] == ["long", "never"]
    world.reset()
    passes.add({"id": "old", "until": world.clock.now() - 2 * DAY})
    world.commit()
    world.run_due()
    assert len(passes) == 0


@pytest.fixture(scope="module")
def cloud() -> Platform:
    return boot(contract_of_target(""))


# What nobody can count on for ever: how it is made by a request, and the collections that it fills.
MADE = {
    "POST /v1/auth/cli/device/authorize": (
        {"code_challenge": "c" * 43, "code_challenge_method": "S256"},
        ("device_logins",),
    ),
}


def test_a_jump_of_31_days_forgets_what_has_ended(cloud: Platform) -> None:
    cloud.world.reset()
    client = create_app(cloud, "auth_gateway").test_client()
    for number in range(5):
        signed = client.post("/v1/auth/signup", json={"email": f"new{number}@example.com", "password": "s3cure!"})
        assert signed.status_code == 201
        for operation, (body, _) in MADE.items():
            assert client.post(operation.partition(" ")[2], json=body).status_code in (200, 201), operation
    names = ("verifications", *(name for _, filled in MADE.values() for name in filled))
    before = {name: len(cloud.world.state[name]) for name in names}
    assert all(count >= 5 for count in before.values()), before
    client.post("/__mock__/clock", json={"advance": "32d"})
    cloud.world.run_due()
    assert {name: len(cloud.world.state[name]) for name in names} == dict.fromkeys(names, 0)
    cloud.world.reset()


def test_what_only_grows_has_a_bound(cloud: Platform) -> None:
    bounded = {one for one in cloud.world.state.names() if cloud.world.state[one].declared.most}
    assert bounded >= {"outbox", "sessions", "audit", "actions", "email_log", "verifications", "device_logins"}


def test_a_deleted_app_of_the_registry_is_kept_for_30_days(cloud: Platform) -> None:
    cloud.world.reset()
    client = create_app(cloud, "registry").test_client()
    client.environ_base["HTTP_X_API_KEY"] = "imp_reg_key_dev"
    made = client.post("/v1/apps", json={"app_id": "short-lived", "display_name": "Short lived"})
    assert made.status_code == 200, made.text
    assert client.delete("/v1/apps/short-lived").status_code == 200
    rows = cloud.world.state["registry_apps"]
    cloud.world.clock.move(29 * DAY)
    cloud.world.run_due()
    assert rows.get("short-lived")["status"] == "deleted"
    cloud.world.clock.move(1.5 * DAY)
    cloud.world.run_due()
    assert rows.get("short-lived") is None
    cloud.world.reset()
