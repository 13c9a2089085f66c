"""What was there when a server ended is there when it begins again with the same file, each thing as it was."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from specdouble.mock.state.world import World
from specdouble.mock.testing import Mock, open_mock

LIBRARY = str(Path(__file__).parents[2] / "docs" / "examples" / "library.yaml")
ADA = {"email": "user@example.com", "password": "s3cure!", "tenant_id": "default"}


def opened(path: Path, api: str = "imperal", **options: Any) -> AbstractContextManager[Mock]:
    return open_mock(api, state=f"sqlite:{path / 'state.db'}", **options)


def held(world: World) -> dict[str, Any]:
    """Everything that a world is, documents in their order."""
    return {
        "state": world.state.snapshot(),
        "began": world.pristine,
        "offset": world.clock.offset,
        "mark": world.mark,
        "honours": world.honours,
        "seed_data": world.seed_data,
        "kept_at": world.start.kept_at,
        "made_at": world.made_at,
    }


def everything(mock: Mock) -> dict[str, Any]:
    worlds = mock.platform.worlds
    return {one.name: {**held(one), **worlds.began(one), "ends": worlds.ends_after(one)} for one in worlds.alive()}


@pytest.mark.parametrize("api", ["imperal", "toolhive", "alquimia", LIBRARY])
def test_a_world_is_the_same_after_a_restart(tmp_path: Path, api: str) -> None:
    with opened(tmp_path, api) as mock:
        for name in mock.world.state.names()[-5:]:
            for doc in list(mock.world.state[name])[::2]:
                mock.world.state[name].remove(doc[mock.world.state[name].declared.key])
        mock.world.mail("ada@example.com", "Hello", text="\ud800 is no Unicode", number=2**70)
        mock.world.emit("ada", "happened", {"nothing": None, "half": 0.5})
        mock.clock.advance("3h")
        before = everything(mock)
    with opened(tmp_path, api) as mock:
        assert everything(mock) == before
        assert mock.world.settled


def test_what_is_new_stands_behind_what_is_there_also_where_something_is_gone(tmp_path: Path) -> None:
    order = []
    for number, count in enumerate((9, 5, 2)):  # fewer each time: a place that was given before would show
        with opened(tmp_path) as mock:
            cards = mock.world.state["cards"]
            assert [one["id"] for one in cards.find(user_id="nobody")] == order
            for turn in range(count):
                cards.add({"id": f"{number}-{turn}", "user_id": "nobody"})
            mock.world.commit()
            for turn in range(count - 1):
                cards.remove(f"{number}-{turn}")
            cards.update(f"{number}-{count - 1}", brand="visa")
            mock.world.commit()
            order.append(f"{number}-{count - 1}")


def test_worlds_come_back_with_what_they_began_from(tmp_path: Path) -> None:
    with opened(tmp_path) as mock:
        worlds = mock.platform.worlds
        mock.world.state["cards"].remove_where()
        mock.world.commit()
        fork = worlds.fork("main", "fork", keep_sign_ins=True, ends_after=90)
        fork.serial("cards")
        fork.commit()
        worlds.make("other", "overdrawn")
        worlds.drop(worlds.make("gone").name)
        mock.reset()
        before = everything(mock)
        assert before["main"]["state"]["cards"]
        assert not before["fork"]["state"]["cards"]
    with opened(tmp_path) as mock:
        assert everything(mock) == before
        worlds = mock.platform.worlds
        for one in worlds.alive():
            one.reset()
        after = everything(mock)
        assert after["fork"]["state"] == before["fork"]["began"]
        assert after["other"]["seed_data"] == "overdrawn"
        again = worlds.fork("fork", "again")
        again.commit()
        after = everything(mock)
    with opened(tmp_path) as mock:
        assert everything(mock) == after


def test_reset_and_import_replace_everything_at_once(tmp_path: Path) -> None:
    with opened(tmp_path) as mock:
        client = mock.client()
        export = client.get("/__mock__/world").json()
        assert client.post("/v1/auth/login", json=ADA).status_code == 200
        client.post("/__mock__/reset", json={"world": "overdrawn", "keep_sign_ins": True})
        sessions = len(mock.world.state["sessions"])
        before = everything(mock)
    with opened(tmp_path) as mock:
        assert everything(mock) == before
        assert len(mock.world.state["sessions"]) == sessions
        export["clock"]["offset_seconds"] = 60.0
        assert mock.client().put("/__mock__/world", json=export).status_code == 200
        before = everything(mock)
        assert before["main"]["offset"] == 60
    with opened(tmp_path) as mock:
        assert everything(mock) == before
        assert mock.client().put("/__mock__/world", json={"collections": {"timers": [{"id": 1}]}}).status_code == 422
    with opened(tmp_path) as mock:
        assert everything(mock) == before


def test_a_token_of_before_works_after_also_where_the_key_was_made_at_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / f"home{number}"))  # another machine has another key
        with opened(tmp_path) as mock:
            if not number:
                token = mock.client().post("/v1/auth/login", json=ADA).json()["access_token"]
            found = mock.client().get("/v1/auth/me", headers={"Authorization": f"Bearer {token}"})
            assert found.status_code == 200


def test_a_timer_that_was_due_meanwhile_runs(tmp_path: Path) -> None:
    with opened(tmp_path) as mock:
        name = sorted(mock.world.timers)[0]
        mock.world.later(3600, name, nothing="fits")  # it fails, and then it is gone
        mock.world.commit()
        waiting = len(mock.world.state["timers"])
    with opened(tmp_path) as mock:
        assert not [one for one in mock.world.state["timers"] if one["payload"] == {}]
        assert len(mock.world.state["timers"]) == waiting
        mock.clock.advance("2h")
        assert not [one for one in mock.world.state["timers"] if one["payload"] == {"nothing": "fits"}]


def test_seeded_ids_do_not_come_again(tmp_path: Path) -> None:
    given = []
    for _ in range(3):
        with opened(tmp_path, LIBRARY, seed=7) as mock:
            given += [mock.world.ids.new("x_") for _ in range(5)]
    assert len(set(given)) == len(given)


def test_a_refused_request_leaves_nothing(tmp_path: Path) -> None:
    with opened(tmp_path, LIBRARY) as mock:
        assert mock.platform.state is not None
        before, number = everything(mock), mock.platform.state.number
        assert mock.client().post("/books", json={"author": 1}).status_code in (400, 422)
        assert mock.client().get("/books").status_code == 200
        assert mock.platform.state.number == number
    with opened(tmp_path, LIBRARY) as mock:
        assert everything(mock) == before


def test_stamps_go_on_after_those_that_were_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as mock:
        mock.world.mail("ada@example.com", "Hello")
        mock.world.commit()
        last = mock.world.state["outbox"].first(to="ada@example.com") or {}
    now = time.time()
    monkeypatch.setattr("specdouble.mock.state.clock.time.time", lambda: now - 3600)  # as a timer that is late sees it
    with opened(tmp_path) as mock:
        assert mock.world.clock.stamp() > last["sent_at"]
