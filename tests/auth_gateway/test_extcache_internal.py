"""The cache of apps: an envelope comes back as it was, until its time is over."""

from __future__ import annotations

from typing import Any

import pytest
from imperal_sdk.security.call_token import mint_call_token

from specdouble.mock.state.world import World
from tests.conftest import Client

ADA = "imp_u_abc123"
PATH = f"/v1/internal/extcache/notes/{ADA}/Inbox/9f86d081884c7d65"
ENVELOPE = {"model": "Inbox", "version": 1, "data": {"unread": 3}, "cached_at": "2026-06-21T10:00:00.123+00:00"}


@pytest.fixture
def app(gateway: Client) -> Client:
    token = mint_call_token("tool", "notes", ADA, 300, b"dev-call-token-secret")
    return Client(gateway.app, {**gateway.service().headers, "Authorization": f"ImperalCallToken {token}"})


def advance(client: Client, by: str) -> None:
    assert client.post("/__mock__/clock", {"advance": by}).status == 200


def test_an_envelope_is_put_read_and_forgotten(app: Client) -> None:
    assert app.get(PATH).status == 404
    assert app.put(PATH, {"envelope": ENVELOPE, "ttl_seconds": 60}).json["stored"] is True
    assert app.get(PATH).json == ENVELOPE
    other = {**ENVELOPE, "data": None}
    app.put(PATH, {"envelope": other, "ttl_seconds": 60})
    assert app.get(PATH).json == other
    assert [app.delete(PATH).json, app.delete(PATH).json] == [{"deleted": True}, {"deleted": False}]
    assert app.get(PATH).status == 404


def test_it_lives_as_long_as_was_asked(app: Client) -> None:
    app.put(PATH, {"envelope": ENVELOPE, "ttl_seconds": 60})
    advance(app, "50s")
    assert app.get(PATH).status == 200
    app.put(PATH, {"envelope": ENVELOPE, "ttl_seconds": 30})
    advance(app, "29s")
    assert app.get(PATH).status == 200
    advance(app, "2s")
    assert app.get(PATH).status == 404
    assert app.delete(PATH).json == {"deleted": False}


def test_what_has_expired_is_swept_away(app: Client, world: World) -> None:
    for key, ttl in (("a", 5), ("b", 300), ("c", 5)):
        app.put(PATH.replace("9f86d081884c7d65", key), {"envelope": ENVELOPE, "ttl_seconds": ttl})
    advance(app, "200s")
    app.put(PATH, {"envelope": ENVELOPE, "ttl_seconds": 300})
    advance(app, "101s")
    assert len(world.state["extcache"]) == 1
    assert [one["name"] for one in world.state["timers"]].count("extcache.sweep") == 1
    advance(app, "10m")
    assert len(world.state["extcache"]) == 0
    assert "extcache.sweep" not in [one["name"] for one in world.state["timers"]]


def test_one_sweep_is_due_however_often_the_cache_was_empty(app: Client, world: World) -> None:
    for _ in range(3):
        app.put(PATH, {"envelope": ENVELOPE, "ttl_seconds": 60})
        app.delete(PATH)
    app.put(PATH, {"envelope": ENVELOPE, "ttl_seconds": 60})
    assert [one["name"] for one in world.state["timers"]].count("extcache.sweep") == 1


def of_size(size: int) -> str:
    head, tail = (
        '{"envelope":{"model":"Inbox","version":1,"cached_at":"2026-06-21T10:00:00Z","data":"',
        '"},"ttl_seconds":60}',
    )
    return head + "x" * (size - len(head) - len(tail)) + tail


def test_the_whole_body_may_have_64_kib(app: Client) -> None:
    sent: dict[str, Any] = {"content_type": "application/json"}
    assert app.put(PATH, data=of_size(65_537), **sent).status == 413
    assert app.get(PATH).status == 404
    assert app.put(PATH, data=of_size(65_536), **sent).status == 200
    assert app.get(PATH).status == 200


WRONG = ({"model": "Outbox"}, {"version": 2}, {"more": 1}, {"cached_at": "now"})


@pytest.mark.parametrize(
    "change",
    [
        {"ttl_seconds": 4},
        {"ttl_seconds": 301},
        {"ttl_seconds": 5.5},
        {"ttl_seconds": None},
        *({"envelope": {**ENVELOPE, **wrong}} for wrong in WRONG),
    ],
    ids=str,
)
def test_a_wrong_envelope_or_life_is_422(change: dict[str, Any], app: Client, world: World) -> None:
    before = world.state.snapshot()
    assert app.put(PATH, {"envelope": ENVELOPE, "ttl_seconds": 60, **change}).status == 422
    assert world.state.snapshot() == before


def test_another_user_app_model_and_key_have_their_own(app: Client) -> None:
    app.put(PATH, {"envelope": ENVELOPE, "ttl_seconds": 60})
    assert app.get(PATH.replace("Inbox", "Outbox")).status == 404
    assert app.get(PATH.replace("9f86d081884c7d65", "0000000000000000")).status == 404
    assert app.get(PATH.replace(ADA, "imp_u_dev001")).status == 403
    assert app.get(PATH.replace("/notes/", "/tasks-board/")).status == 403
