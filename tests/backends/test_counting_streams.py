"""Open streams are counted at all servers of a state: at once when they open, soon after they end, however they end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from specdouble.mock.backends.shared import postgresql
from specdouble.mock.state import elsewhere
from specdouble.mock.state.elsewhere import Change, SharedStreams
from specdouble.mock.state.events import Listener, OpenStream
from specdouble.mock.state.world import PLAIN
from tests.backends.replicas import SECONDS, Replicas, ran, turns, until
from tests.deploy.wiring import Replica
from tests.ports import free_ports

ADA, MARGARET = "user@example.com", "dev@example.com"
STREAM, STATS = "/v1/events/stream", "/v1/events/stats"
SERVICE = {"x-service-token": "dev-service-token"}


class Streams:
    """Opens streams of people at servers, and asks these how many there are."""

    def __init__(self, held: ExitStack, tokens: dict[str, str]) -> None:
        self._held = held
        self.tokens = tokens

    def open(self, url: str, person: str = ADA, **headers: str) -> httpx.Response:
        client = self._held.enter_context(httpx.Client(base_url=url, timeout=SECONDS))
        asked = {"authorization": f"Bearer {self.tokens[person]}", **headers}
        return self._held.enter_context(client.stream("GET", STREAM, headers=asked))

    @staticmethod
    def counted(url: str, **headers: str) -> tuple[int, int]:
        """The users with an open stream, and the streams."""
        told = httpx.get(f"{url}{STATS}", headers={**SERVICE, **headers}, timeout=SECONDS).json()
        return told["channels"], told["clients"]


@pytest.fixture
def streams(cloud: Replicas) -> Iterator[Streams]:
    with ExitStack() as held:
        yield Streams(held, {one: cloud.mocks[0].sign_in(one) for one in (ADA, MARGARET)})


def test_a_stream_that_was_opened_is_counted_at_once_at_every_server(cloud: Replicas, streams: Streams) -> None:
    urls = [one.url for one in cloud.mocks]
    for number in range(1, 11):
        assert streams.open(urls[number % 2]).status_code == 200
        assert streams.counted(urls[1 - number % 2]) == (1, number)
        assert streams.counted(urls[number % 2]) == (1, number)
    streams.open(urls[0], MARGARET)
    assert [streams.counted(one) for one in urls] == [(2, 11), (2, 11)]
    by_user = [one.world.hub.streams() for one in cloud.mocks]
    assert by_user[0] == by_user[1]
    assert sorted(by_user[0].values()) == [1, 10]
    assert sorted(one.world.hub.here for one in cloud.mocks) == [5, 6]
    assert cloud.mocks[0].world.hub.streams("of another channel").total() == 0
    assert streams.counted(cloud.another().url) == (2, 11)  # who comes later knows it too


def test_a_stream_that_ended_is_counted_no_more(cloud: Replicas, streams: Streams) -> None:
    urls = [one.url for one in cloud.mocks]
    open_ = [streams.open(urls[number % 2]) for number in range(6)]
    assert streams.counted(urls[0]) == (1, 6)
    for one in open_[:3]:
        one.close()
    for url in urls:
        until(lambda url=url: streams.counted(url) == (1, 3))
    cloud.mocks[0].world.hub.close()
    for url in urls:
        until(lambda url=url: streams.counted(url)[1] == sum(number % 2 for number in range(3, 6)))


def test_a_reset_loses_no_stream_and_counts_none_twice(cloud: Replicas, streams: Streams) -> None:
    urls = [one.url for one in cloud.mocks]
    for number in range(4):
        streams.open(urls[number % 2])
    assert httpx.post(f"{urls[0]}/__mock__/reset").status_code == 200
    streams.tokens[MARGARET] = cloud.mocks[0].sign_in(MARGARET)
    assert streams.open(urls[1], MARGARET).status_code == 200
    for url in urls:
        until(lambda url=url: streams.counted(url) == (1, 1))
    streams.open(urls[0], MARGARET)
    assert [streams.counted(one) for one in urls] == [(1, 2), (1, 2)]


def test_streams_are_counted_in_their_world(cloud: Replicas, streams: Streams) -> None:
    urls = [one.url for one in cloud.mocks]
    there = {"x-specdouble-world": "mine"}

    def make() -> None:
        assert httpx.post(f"{urls[0]}/__mock__/worlds", json={"name": "mine"}).is_success
        token = httpx.post(f"{urls[0]}/v1/auth/login", json={"email": ADA, "password": "s3cure!"}, headers=there)
        streams.tokens["there"] = token.json()["access_token"]

    make()
    streams.open(urls[0], "there", **there)
    streams.open(urls[1])
    for one in urls:
        assert (streams.counted(one), streams.counted(one, **there)) == ((1, 1), (1, 1))
        told = httpx.get(f"{one}/__mock__/worlds").json()
        assert '"streams":1' in json.dumps(told, separators=(",", ":"))
    assert httpx.delete(f"{urls[1]}/__mock__/worlds/mine").is_success
    make()
    for one in urls:
        assert (streams.counted(one), streams.counted(one, **there)) == ((1, 1), (0, 0))


def test_a_stream_that_could_not_be_opened_is_not_counted(
    cloud: Replicas, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = cloud.mocks
    inner = postgresql.PostgresqlBackend.commit

    def late(backend: postgresql.PostgresqlBackend, number: int, changes: Any) -> None:
        monkeypatch.setattr(postgresql.PostgresqlBackend, "commit", inner)
        inner(backend, number, changes)
        backend.close()
        backend.news(number)  # which says that it is out of reach

    for opened in (lambda: streams.open(first.url), lambda: first.client().get(STREAM, headers=bearer(streams))):
        monkeypatch.setattr(postgresql.PostgresqlBackend, "commit", late)
        assert opened().status_code == 503
        until(lambda: streams.counted(second.url) == (0, 0))
        until(lambda: httpx.get(f"{first.url}{STATS}", headers=SERVICE).status_code == 200)
        assert streams.counted(first.url) == (0, 0)
        assert first.world.hub.held() == []


def bearer(streams: Streams) -> dict[str, str]:
    return {"authorization": f"Bearer {streams.tokens[ADA]}"}


def test_a_server_that_loses_its_connection_keeps_its_streams(cloud: Replicas, streams: Streams) -> None:
    urls = [one.url for one in cloud.mocks]
    for number in range(4):
        streams.open(urls[number % 2])
    for _ in range(3):
        with psycopg.connect(cloud.url, autocommit=True) as direct:
            direct.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                " AND application_name = 'specdouble'"
            )
        for url in urls:
            until(lambda url=url: httpx.get(f"{url}{STATS}", headers=SERVICE).status_code == 200)
            assert streams.counted(url) == (1, 4)
        for one in cloud.mocks:
            backend = turns(one)._backend
            assert turns(one).perform(backend.present, writes=False) == {0, 1}


def test_a_server_that_was_taken_for_gone_tells_of_its_streams_again(cloud: Replicas, streams: Streams) -> None:
    first, second = cloud.mocks
    streams.open(first.url)
    assert streams.counted(second.url) == (1, 1)
    with psycopg.connect(cloud.url) as direct:
        (gone,) = direct.execute(
            "DELETE FROM specdouble_documents WHERE collection = 'streams' RETURNING id"
        ).fetchall()
        number = direct.execute("SELECT max(number) + 1 FROM specdouble_log").fetchone()
        told = json.dumps([["put", [[0, "streams", gone[0], 0, None]]]])
        direct.execute("INSERT INTO specdouble_log VALUES (%s, %s)", (number[0], told))  # type: ignore[index]
    until(lambda: streams.counted(first.url) == (1, 1) and streams.counted(second.url) == (1, 1))
    assert cloud.mocks[1].world.hub.here == 0


@pytest.mark.parametrize("together", [False, True])
def test_a_person_has_one_bound_at_all_servers(database: str, *, together: bool) -> None:
    cloud = Replicas(database, "imperal", max_caller_streams=3)
    with ExitStack() as held, ThreadPoolExecutor(8) as pool:
        held.callback(cloud.close)
        streams = Streams(held, {one: cloud.mocks[0].sign_in(one) for one in (ADA, MARGARET)})
        urls = [cloud.mocks[number % 2].url for number in range(8)]
        if together:  # at one server, in one turn
            with turns(cloud.mocks[0]).turn():
                asking = [pool.submit(streams.open, urls[0]) for _ in urls]
                until(lambda: len(turns(cloud.mocks[0])._jobs) == len(urls))
            asked = [one.result().status_code for one in asking]
        else:
            asked = [streams.open(one).status_code for one in urls]
        assert sorted(asked) == [200, 200, 200, 429, 429, 429, 429, 429]
        assert streams.open(urls[0], MARGARET).status_code == 200
        assert {streams.counted(one) for one in urls} == {(2, 4)}


def test_an_export_has_no_open_streams(cloud: Replicas, streams: Streams, tmp_path: Path) -> None:
    streams.open(cloud.mocks[0].url)
    assert ran("export", cloud.url, str(tmp_path / "all.jsonl")).exit_code == 0
    lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    assert [one for one in lines if one.get("collection") == "streams"] == []
    assert [one for one in lines if one.get("shelf") == 0] != []


def test_the_streams_of_a_server_that_was_killed_expire(database: str, tmp_path: Path) -> None:
    cloud = Replicas(database, "imperal", count=1)
    (first,) = cloud.mocks
    (port, registry) = free_ports(2)
    settings = {"SPECDOUBLE_STATE": database, "SPECDOUBLE_REGISTRY_PORT": str(registry)}
    second = Replica("127.0.0.1", port, ["imperal"], settings, tmp_path / "log")
    with ExitStack() as held:
        held.callback(cloud.close)
        held.callback(second.stop)
        streams = Streams(held, {one: first.sign_in(one) for one in (ADA, MARGARET)})
        second.start()
        streams.open(first.url)
        for _ in range(3):
            streams.open(second.url, MARGARET)
        assert streams.counted(first.url) == streams.counted(second.url) == (2, 4)
        second.kill()
        until(lambda: streams.counted(first.url) == (1, 1))
        second.start()
        for _ in range(3):
            streams.open(second.url, MARGARET)
        second.kill()
        assert streams.counted(cloud.another().url) == (1, 1)  # a new one counts none of those at all


def test_the_streams_of_a_server_that_ends_end_with_it(database: str, tmp_path: Path) -> None:
    cloud = Replicas(database, "imperal")
    with ExitStack() as held:
        held.callback(cloud.close)
        streams = Streams(held, {ADA: cloud.mocks[0].sign_in(ADA)})
        streams.open(cloud.mocks[0].url)
    with psycopg.connect(database) as direct:
        assert direct.execute("SELECT id FROM specdouble_documents WHERE collection = 'streams'").fetchall() == []


# -- who is there, one step after the other ----------------------------------------------------------------------


def stream(server: int, number: int = 1) -> OpenStream:
    return OpenStream(server, number, 7, "ada", "", "person ada")


def test_a_server_is_gone_when_it_is_missing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(elsewhere, "monotonic", lambda: now)
    known = SharedStreams()
    known.have([stream(1), stream(2)])
    assert known.arrive(3, {1, 2, 3}) == []
    looks = []

    def looking(there: set[int]) -> list[Change]:
        def present() -> set[int]:
            looks.append(now)
            return there

        return known.changes(present)

    assert looking({1, 3}) == []
    assert looking({1, 3}) == []  # too early to look again
    assert looks == [100.0]
    now += 1
    assert looking({1, 2, 3}) == []
    now += 1
    assert looking({1, 3}) == []
    now += 1
    assert looking({1, 3}) == [Change(2, 1, None)]
    assert known.others(7) == [stream(1)]
    assert known.others(8) == []
    known.heard(Change(1, 1, None))
    now += 1
    assert not known.waits()  # with nobody else there is nothing to look at


def test_what_is_kept_and_what_is_open_become_the_same() -> None:
    known = SharedStreams()
    woken: list[None] = []
    known.wake = lambda: woken.append(None)
    assert known.arrive(3, {3}) == []
    listeners = [Listener("ada", [], PLAIN) for _ in range(2)]
    opened = [known.open(7, one) for one in listeners]
    assert [one.number for one in opened] == [1, 2]
    known.have([stream(3, 2), stream(3, 9)])  # 1 was not kept, and nobody knows of 9
    changes = known.changes(set)
    assert changes == [opened[0], Change(3, 9, None)]
    known.heard(Change(3, 2, None))
    assert known.changes(set) == [opened[1]]
    assert known.changes(set) == []
    left = listeners[0].left
    assert left is not None
    left()
    assert woken == [None]
    assert known.changes(set) == [Change(3, 1, None)]
    known.heard(Change(3, 1, None))  # of which all have heard
    assert known.changes(set) == []
