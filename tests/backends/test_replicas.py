"""Several servers with one state are one world: whoever is asked knows what any of them acknowledged."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from specdouble.mock.state.lasting import TurnNeeded
from specdouble.mock.state.world import World
from specdouble.verify.problems import Unmet
from tests.backends.replicas import ADA, BOOK, Replicas, caught_up, turns, until
from tests.backends.test_surviving import everything
from tests.recipes import API, Recipes


def test_what_one_has_written_the_other_shows_at_once(library: Replicas) -> None:
    ports = [library.http(0), library.http(1)]
    made = []
    for turn in range(40):
        writer, reader = ports[turn % 2], ports[1 - turn % 2]
        book = writer.post("/books", json={**BOOK, "title": f"Emma {turn}"}).json()["book"]
        made.append(book["id"])
        assert reader.get(f"/books/{book['id']}").json()["book"] == book
        if turn % 5 == 4:
            assert reader.delete(f"/books/{book['id']}").status_code == 204
            assert writer.get(f"/books/{book['id']}").status_code == 404
            made.pop()
    assert len(set(made)) == len(made)
    shown = [one.get("/books", params={"per_page": 100}).json() for one in ports]
    assert shown[0] == shown[1]
    assert set(made) <= {book["id"] for book in shown[0]["books"]}
    library.same()


def test_many_who_write_at_once_lose_nothing_and_get_no_id_twice(library: Replicas) -> None:
    ports = [library.http(0), library.http(1)]

    def add(number: int) -> int:
        made = ports[number % 2].post("/books", json={**BOOK, "title": f"Emma {number}"})
        assert made.status_code == 201, made.text
        return int(made.json()["book"]["id"])

    with ThreadPoolExecutor(16) as pool:
        ids = list(pool.map(add, range(200)))
    assert len(set(ids)) == 200
    held = library.same()["main"]["state"]
    assert set(ids) <= {
        json.loads(doc["key"]) for docs in held.values() for doc in docs if "key" in doc and doc["key"].isdigit()
    }


def test_everything_that_operations_write_is_the_same_everywhere(database: str) -> None:
    replicas = Replicas(database, "imperal", internal=False)
    first, second = replicas.mocks
    recipes = Recipes(first.platform, {name: first.app(name) for name in first.platform.services})
    done = 0
    for op in API.contract.ops:
        declared = op.spec.response(200)
        if declared is not None and declared.media_type == "text/event-stream":
            continue
        with suppress(Unmet):
            done += recipes.session.play(recipes.ready(op.service, op.key)).status < 300
    assert done > len(API.contract.ops) * 0.8
    kept = replicas.same()
    assert turns(second).number == turns(first).number > done / 3
    recipes.session.client.http.close()
    caught_up(second)
    third = replicas.another()  # from the documents, as the second is from the log
    assert everything(third) == kept
    replicas.close()


def test_a_read_that_has_to_write_does_so_in_a_turn(cloud: Replicas) -> None:
    first, second = (one.client() for one in cloud.mocks)
    token = first.post("/v1/auth/login", json=ADA).json()["access_token"]
    key = first.post("/v1/keys", json={"name": "mine"}, headers={"authorization": f"Bearer {token}"}).json()
    before = turns(cloud.mocks[1]).number
    assert second.get("/v1/auth/me", headers={"x-api-key": key["key"]}).status_code == 200
    used = second.get(f"/v1/keys/{key['id']}", headers={"authorization": f"Bearer {token}"})
    if used.status_code == 200 and used.json().get("last_used_at"):
        assert turns(cloud.mocks[1]).number > before
    cloud.same()
    cloud.mocks[1].world.mail("ada@example.com", "Nobody's turn")
    with pytest.raises(TurnNeeded):
        cloud.mocks[1].world.commit()
    cloud.mocks[1].world.rollback()
    cloud.same()


def test_a_test_changes_data_in_its_turn(library: Replicas) -> None:
    first, second = library.mocks
    made = first.data["books"].add({"title": "By hand", "author": "A test"})
    assert second.client().get(f"/books/{made['id']}").json()["book"]["title"] == "By hand"
    with pytest.raises(LookupError):
        first.data["books"].change("none")
    assert second.data["books"][made["id"]]["title"] == "By hand"
    library.same()


def test_a_token_of_one_is_good_at_the_other_and_rotates_once(cloud: Replicas) -> None:
    clients = [one.client() for one in cloud.mocks]
    pair = clients[0].post("/v1/auth/login", json=ADA).json()
    bearer = {"authorization": f"Bearer {pair['access_token']}"}
    assert clients[1].get("/v1/auth/me", headers=bearer).status_code == 200
    ports = [cloud.http(0), cloud.http(1)]
    for _ in range(5):
        refresh = {"json": {"refresh_token": pair["refresh_token"]}}
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(ports[number % 2].post, "/v1/auth/refresh", **refresh) for number in range(8)]
            made = [one.result() for one in asked]
        won = [one.json() for one in made if one.status_code == 200]
        assert len(won) == 1
        assert {one.status_code for one in made} == {200, 401}
        pair = won[0]


def test_fault_rules_are_shared_and_count_once(library: Replicas) -> None:
    first, second = (one.client() for one in library.mocks)
    rule = {"operation": "GET /books", "times": 3, "after": 2, "status": 503}
    assert first.post("/__mock__/faults", json=rule).status_code == 200
    found = [(first, second)[turn % 2].get("/books").status_code for turn in range(10)]
    assert found == [200, 200, 503, 503, 503, 200, 200, 200, 200, 200]
    shown = [one.get("/__mock__/faults").json() for one in (first, second)]
    assert shown[0] == shown[1]
    assert (shown[0][0]["seen"], shown[0][0]["hits"]) == (5, 3)
    assert second.delete("/__mock__/faults").json() == {"removed": 1}
    assert first.get("/__mock__/faults").json() == []


def test_the_clock_is_one_and_timers_fire_once(cloud: Replicas) -> None:
    first, second = cloud.mocks
    fired: list[str] = []
    for mock in cloud.mocks:
        inner = mock.world._timers["payout.pay"]

        def counted(world: World, inner: Any = inner, **payload: Any) -> None:
            fired.append(world.name)
            inner(world, **payload)

        mock.world._timers["payout.pay"] = counted
    ports = [cloud.http(0), cloud.http(1)]  # both look for what is due by themselves too
    before = caught_up(second).world.clock.now()
    ports[0].post("/__mock__/clock", json={"advance": "2d"})
    assert ports[1].get("/__mock__/clock").json()["offset_seconds"] == 2 * 86400
    assert second.world.clock.now() - before > 86400
    until(lambda: first.world.settled and second.world.settled)
    assert fired == ["main"]
    assert second.world.state["payouts"].get(4)["status"] == "paid"  # type: ignore[index]
    cloud.same()


def test_worlds_are_made_forked_reset_and_dropped_for_all(library: Replicas) -> None:
    first, second = (one.client() for one in library.mocks)
    first.post("/books", json=BOOK)
    assert first.post("/__mock__/worlds", json={"name": "mine", "fork": "main"}).status_code == 200
    inside = {"x-specdouble-world": "mine"}
    count = second.get("/books", headers=inside).json()["total"]
    assert second.post("/books", json=BOOK, headers=inside).status_code == 201
    assert first.get("/books", headers=inside).json()["total"] == count + 1
    assert first.get("/books").json()["total"] == count
    second.post("/__mock__/reset", json={}, headers=inside)
    assert first.get("/books", headers=inside).json()["total"] == count
    first.post("/__mock__/reset", json={})
    assert second.get("/books").json()["total"] == count - 1
    library.same()
    assert second.delete("/__mock__/worlds/mine").status_code == 200
    gone = first.get("/books", headers=inside)
    assert gone.status_code == 404
    assert first.post("/__mock__/worlds", json={"name": "mine"}).status_code == 200
    assert second.get("/books", headers=inside).json()["total"] == count - 1
    library.same()


def test_a_world_that_one_server_uses_ends_at_none(library: Replicas) -> None:
    first, second = library.mocks
    ports = [library.http(0), library.http(1)]
    for name in ("busy", "quiet"):
        made = ports[0].post("/__mock__/worlds", json={"name": name, "ends_after": 3})
        assert made.status_code == 200, made.text
    end = time.monotonic() + 5
    while time.monotonic() < end:
        assert ports[1].get("/books", headers={"x-specdouble-world": "busy"}).status_code == 200
        time.sleep(0.2)
    until(lambda: {one.name for one in first.platform.worlds.alive()} == {"main", "busy"})
    until(lambda: {one.name for one in second.platform.worlds.alive()} == {"main", "busy"})
