"""Several servers with one state are one world: whoever is asked knows what any of them acknowledged."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from specdouble import sse
from specdouble.mock.backends import postgresql
from specdouble.mock.backends.changes import StateFileError
from specdouble.mock.backends.turns import Turns
from specdouble.mock.state.lasting import TurnNeeded
from specdouble.mock.state.world import World
from specdouble.mock.testing import Mock, open_mock
from specdouble.verify.problems import Unmet
from tests.backends.test_surviving import LIBRARY, everything
from tests.postgres import Postgres
from tests.recipes import API, Recipes

BOOK = {"title": "Emma", "author": "Jane Austen"}
ADA = {"email": "user@example.com", "password": "s3cure!", "tenant_id": "default"}
WHO = "imp_u_abc123"
SECONDS = 20  # that something may take on a busy machine


class Replicas:
    """Servers of one state in this process, each with what only a server of its own would have."""

    def __init__(self, url: str, api: str, count: int = 2, **options: Any) -> None:
        self._held = ExitStack()
        self.url = url
        self.api = api
        self.options = options
        self.mocks = [self.another() for _ in range(count)]

    def another(self) -> Mock:
        """Start one more."""
        return self._held.enter_context(open_mock(self.api, state=self.url, **self.options))

    def http(self, number: int) -> httpx.Client:
        """A client of one of them, over a port."""
        return self._held.enter_context(httpx.Client(base_url=self.mocks[number].url, timeout=SECONDS))

    def same(self) -> dict[str, Any]:
        """Everything that the first one has, which all of them have."""
        found = [everything(one) for one in map(caught_up, self.mocks)]
        for one in found[1:]:
            assert one == found[0]
        return found[0]

    def close(self) -> None:
        self._held.close()


def caught_up(mock: Mock) -> Mock:
    """Let a server learn what others did."""
    assert mock.platform.state is not None
    mock.platform.state.commits.perform(lambda: None, writes=False)
    return mock


def turns(mock: Mock) -> Turns:
    assert mock.platform.state is not None
    assert isinstance(mock.platform.state.commits, Turns)
    return mock.platform.state.commits


def until(right: Callable[[], object]) -> None:
    end = time.monotonic() + SECONDS
    while not right():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


@pytest.fixture
def library(database: str) -> Iterator[Replicas]:
    replicas = Replicas(database, LIBRARY)
    yield replicas
    replicas.close()


@pytest.fixture
def cloud(database: str) -> Iterator[Replicas]:
    replicas = Replicas(database, "imperal")
    yield replicas
    replicas.close()


# -- reading and writing ---------------------------------------------------------------------------------------------


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


# -- what belongs to no collection -----------------------------------------------------------------------------------


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


# -- streams ---------------------------------------------------------------------------------------------------------


def reading(
    client: httpx.Client, headers: dict[str, str], ready: threading.Event, wanted: int
) -> list[tuple[int, str]]:
    """Read events until there are so many, or one that is called last."""
    found: list[tuple[int, str]] = []
    parser = sse.Parser()
    with client.stream("GET", "/v1/events/stream", headers=headers) as response:
        assert response.status_code == 200, response.read()
        ready.set()
        for line in response.iter_lines():
            found += [(int(one.id or 0), json.loads(one.data)["payload"]["text"]) for one in parser.feed([line])]
            if len(found) >= wanted:
                return found
    return found


def test_events_reach_the_streams_of_every_server_in_one_order(cloud: Replicas) -> None:
    ports = [cloud.http(0), cloud.http(1)]
    token = ports[0].post("/v1/auth/login", json=ADA).json()["access_token"]
    bearer = {"authorization": f"Bearer {token}"}
    ready = [threading.Event() for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        readers = [
            pool.submit(reading, ports[number % 2], bearer, ready[number], 40) for number in range(4)
        ]  # fmt: skip
        for one in ready:
            assert one.wait(SECONDS)
        sent = {"user_id": WHO, "type": "notification"}

        def publish(number: int) -> None:
            said = ports[number % 2].post("/__mock__/events", json={**sent, "payload": {"text": f"t{number}"}})
            assert said.status_code == 200

        list(pool.map(publish, range(40)))
        found = [one.result(SECONDS) for one in readers]
    assert found[0] == found[1] == found[2] == found[3]
    assert [number for number, _ in found[0]] == sorted({number for number, _ in found[0]})
    assert {text for _, text in found[0]} == {f"t{number}" for number in range(40)}
    seen = found[0][14][0]
    taken_up = reading(ports[1], {**bearer, "last-event-id": str(seen)}, threading.Event(), 25)
    assert taken_up == found[0][15:]


def test_a_stream_ends_with_its_session_also_at_another_server(cloud: Replicas) -> None:
    ports = [cloud.http(0), cloud.http(1)]
    pair = ports[0].post("/v1/auth/login", json=ADA).json()
    ready = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        bearer = {"authorization": f"Bearer {pair['access_token']}"}
        reader = pool.submit(reading, ports[1], bearer, ready, 1)
        assert ready.wait(SECONDS)
        out = ports[0].post("/v1/auth/logout", json={"refresh_token": pair["refresh_token"]}, headers=bearer)
        assert out.status_code < 300, out.text
        assert reader.result(SECONDS) == []


# -- losing and finding the database ---------------------------------------------------------------------------------


def test_who_loses_the_database_says_so_and_recovers(library: Replicas, postgres: Postgres) -> None:
    ports = [library.http(0), library.http(1)]
    book = ports[0].post("/books", json=BOOK).json()["book"]
    postgres.kill()
    try:
        for one in ports:
            for asked in (lambda one=one: one.post("/books", json=BOOK), lambda one=one: one.get("/books")):
                refused = asked()
                assert refused.status_code == 503
                assert refused.headers["retry-after"] == "1"
                assert "the database is out of reach" in refused.text
            assert one.get("/__mock__/health/ready").status_code == 503
            assert one.get("/__mock__/health/live").status_code == 200
    finally:
        postgres.start()
    for one in ports:
        until(lambda one=one: one.get("/books").status_code == 200)
        assert one.get(f"/books/{book['id']}").json()["book"] == book
        assert one.get("/__mock__/health/ready").status_code == 200
    assert ports[0].post("/books", json=BOOK).status_code == 201
    library.same()


def test_a_write_that_is_lost_on_its_way_is_as_if_it_had_not_been(
    library: Replicas, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (one.client() for one in library.mocks)
    before = library.same()
    inner = postgresql.PostgresqlBackend.commit

    def cut(backend: postgresql.PostgresqlBackend, number: int, changes: Any) -> None:
        backend.close()
        inner(backend, number, changes)

    monkeypatch.setattr(postgresql.PostgresqlBackend, "commit", cut)
    assert first.post("/books", json=BOOK).status_code == 503
    monkeypatch.setattr(postgresql.PostgresqlBackend, "commit", inner)
    until(lambda: first.get("/books").status_code == 200)
    assert library.same() == before
    assert second.post("/books", json=BOOK).status_code == 201
    library.same()


def test_who_was_away_for_longer_than_the_log_reads_everything(library: Replicas, database: str) -> None:
    first, second = library.mocks
    with first.client() as client:
        for _ in range(3):
            client.post("/books", json=BOOK)
    with psycopg.connect(database) as direct:
        direct.execute("DELETE FROM specdouble_log WHERE number < (SELECT max(number) FROM specdouble_log)")
    client = second.client()
    until(lambda: client.get("/books").status_code == 200)
    assert client.get("/books").json()["total"] == 6
    library.same()


def test_what_cannot_be_a_database_is_one_sentence(database: str) -> None:
    with (
        pytest.raises(StateFileError, match=r"out of reach \(.*\)\.") as refused,
        open_mock(LIBRARY, state="postgresql://ada:secret@127.0.0.1:1/none"),
    ):
        pass
    assert "secret" not in str(refused.value)
    with (
        pytest.raises(StateFileError, match="cannot be the name of a schema"),
        open_mock(LIBRARY, state=f"{database}?schema=Not-One"),
    ):
        pass
    with open_mock(LIBRARY, state=database):
        pass
    with (
        pytest.raises(StateFileError, match="it is the state of library, and imperal is served"),
        open_mock("imperal", state=database),
    ):
        pass
    with open_mock("imperal", state=f"{database}?schema=another"):
        pass
    with psycopg.connect(database) as direct:
        direct.execute("UPDATE specdouble_format SET format = 99")
    with pytest.raises(StateFileError, match="it has format 99"), open_mock(LIBRARY, state=database):
        pass


def test_an_uploaded_file_is_kept(database: str, tmp_path: Path) -> None:
    document = tmp_path / "files.yaml"
    document.write_text("""
openapi: 3.1.0
info: {title: Files, version: "1"}
paths:
  /files/{name}:
    parameters: [{name: name, in: path, required: true, schema: {type: string}}]
    put:
      requestBody: {required: true, content: {application/octet-stream: {schema: {type: string, format: binary}}}}
      responses: {"204": {description: Kept}}
    get:
      responses:
        "200": {description: It, content: {application/octet-stream: {schema: {type: string, format: binary}}}}
""")
    content = bytes(range(256))
    for state in (database, f"sqlite:{tmp_path / 'state.db'}"):
        with open_mock(document, state=state) as mock:
            kind = {"content-type": "application/octet-stream"}
            assert mock.client().put("/files/a", content=content, headers=kind).status_code == 204
        with open_mock(document, state=state) as mock:
            assert mock.client().get("/files/a").content == content
