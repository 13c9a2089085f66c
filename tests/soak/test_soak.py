"""Slices of the long proofs: kills, races, and the random machine; and that each of them can fail."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from tests.postgres import Postgres
from tests.soak.kills import Kills, kills
from tests.soak.races import PROJECTS, TARGETS, ProjectRaces, races
from tests.soak.servers import Replica, replicas
from tests.soak.shared import Counts
from tests.soak.soak import soak
from tests.soak.streams import Publisher, Reader, judge
from tests.soak.summary import Growth


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """A state that lasts; where no PostgreSQL starts, the tests of that are skipped as any other."""
    if request.param == "postgresql":
        request.getfixturevalue("postgres")
    return str(request.param)


def test_a_few_kills_lose_nothing(kind: str, tmp_path: Path) -> None:
    told = kills(kind, 3, seed=1, folder=tmp_path)
    assert told.sound, str(told)
    assert told.rounds == told.checks == 3
    assert told.acknowledged > 3


@pytest.mark.slow
def test_many_kills_lose_nothing(kind: str, tmp_path: Path) -> None:
    told = kills(kind, 100, seed=2, folder=tmp_path)
    assert told.sound, str(told)
    assert told.acknowledged > 1000


class Careless(Kills):
    """Loses what a file has not taken over yet, at each kill."""

    def _launch(self, victims: list[Replica]) -> None:
        state = victims[0]._environment["SPECDOUBLE_STATE"].partition(":")[2]
        for ending in ("-wal", "-shm"):
            Path(state + ending).unlink(missing_ok=True)
        super()._launch(victims)


def test_what_is_lost_is_seen(tmp_path: Path) -> None:
    with replicas("sqlite", tmp_path) as (servers, database):
        told = Careless(servers, database, seed=3).run(4)
    assert told.lost
    assert not told.sound


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_what_may_happen_once_happens_once(kind: str, target: str, tmp_path: Path) -> None:
    told = races(kind, target, 1, tmp_path, clients=32)
    assert told.sound, str(told)


@pytest.mark.slow
@pytest.mark.parametrize("target", sorted(TARGETS))
def test_a_hundred_rounds_of_races(kind: str, target: str, tmp_path: Path) -> None:
    told = races(kind, target, 100, tmp_path)
    assert told.sound, str(told)


def test_servers_that_share_nothing_lose_the_races(tmp_path: Path) -> None:
    with contextlib.ExitStack() as held:
        folders = [tmp_path / name for name in ("one", "other")]
        servers = []
        for folder in folders:
            folder.mkdir()
            servers += held.enter_context(replicas("memory", folder, PROJECTS))[0]
        told = ProjectRaces(servers, 8).run(1)
    said = str(told)
    assert "projects with one slug: one is made" in said
    assert not told.sound


def test_the_random_machine_finds_nothing_in_a_quarter_of_a_minute(postgres: Postgres, tmp_path: Path) -> None:
    told = soak("postgresql", 0.25, seed=1, folder=tmp_path)
    assert told.sound, str(told)
    assert told.counts.done["looks at a whole world"] > 1
    assert told.counts.done["events read"] > 1


def test_growth_is_told_as_it_was_seen_and_at_rest() -> None:
    growth, server = Growth(), Server()
    for number in range(24):
        server.memory = 50.0 + 0.1 * number + (30 if number < 12 else 0)
        growth.sample([server], 1000 * number, 100 + number)  # type: ignore[list-item]
        server.memory = 50.0 + 0.2 * (number % 2)
        growth.sample([server], 1000 * number, 100, rests=True)  # type: ignore[list-item]
    growth.sample([server], 30_000, None)  # type: ignore[list-item]
    ((seen, rest),) = growth.late().values()
    assert seen is not None
    assert rest is not None
    assert seen.mean == pytest.approx(0.1)
    assert seen.error < 1e-6
    assert abs(rest.mean) < rest.error < 0.02
    assert (rest.first.kept, rest.last.kept, seen.last.kept) == (100, 100, 123)
    assert growth.most == pytest.approx(81.1)
    server.starts = 2
    growth.sample([server], 31_000, 100)  # type: ignore[list-item]
    assert growth.late() == {0: (None, None)}, "of a new life"


class Server:
    """What is looked at of a server."""

    starts, memory = 1, 0.0


@pytest.mark.slow
def test_the_random_machine_finds_nothing_in_five_minutes(kind: str, tmp_path: Path) -> None:
    told = soak(kind, 5, seed=2, folder=tmp_path)
    assert told.sound, str(told)


def test_events_that_a_stream_lacks_or_has_twice_are_seen() -> None:
    counts, ended = Counts(), contextlib.nullcontext()
    publisher = Publisher([1], ended, counts, 0, 7)  # type: ignore[arg-type]
    readers = [Reader([1], counts, number) for number in range(2)]
    publisher.acknowledged = {(7, 1), (7, 2)}
    readers[0].heard = {1: (7, 1), 2: (7, 2)}
    readers[1].heard = {1: (7, 2), 2: (7, 1), 3: (7, 2)}
    judge([publisher], readers, counts, seconds=0)
    assert counts.wrong == {"events twice or out of order": 2, "events that differ between streams": 1}
    readers[1].heard = {1: (7, 1)}
    judge([publisher], readers, counts, seconds=0)
    assert counts.wrong["events that a stream lost"] == 1


def test_only_what_was_acknowledged_has_an_order() -> None:
    """What was not may come to be later than what was asked after it."""
    counts, ended = Counts(), contextlib.nullcontext()
    publisher = Publisher([1], ended, counts, 0, 7)  # type: ignore[arg-type]
    reader = Reader([1], counts, 1)
    reader.heard = {1: (7, 2), 2: (7, 1)}
    publisher.acknowledged = {(7, 2)}
    judge([publisher], [reader], counts, seconds=0)
    assert not counts.wrong
    publisher.acknowledged = {(7, 1), (7, 2)}
    judge([publisher], [reader], counts, seconds=0)
    assert counts.wrong == {"events twice or out of order": 1}
    assert any("heard 7 in another order: [2]" in one for one in counts.examples)
