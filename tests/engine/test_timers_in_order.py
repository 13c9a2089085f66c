"""Timers run in order of time, each at its own moment, also those that begin and end meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from specdouble.mock.options import Options
from specdouble.mock.state.stores.store import Store
from specdouble.mock.state.world import World

HOUR = 3600.0


def playing(**timers: Any) -> tuple[World, list[tuple[str, int]]]:
    """Return a world whose timers note their names and, in seconds since now, when they ran."""
    told: list[tuple[str, int]] = []
    world = World(Options(), timers={})

    def noting(name: str, more: Any) -> Any:
        def run(world: World, **payload: Any) -> None:
            told.append((name, round(world.clock.now() - began)))
            if more is not None:
                more(world, **payload)

        return run

    world._timers.update({name: noting(name, more) for name, more in timers.items()})
    began = world.clock.now()
    return world, told


def test_what_begins_meanwhile_has_its_place() -> None:
    world, told = playing(first=lambda world: (world.later(10, "inner"), world.later(2 * HOUR, "later")),
                          inner=None, last=None, later=None)  # fmt: skip
    world.later(60, "last")
    world.later(30, "first")
    world.clock.move(HOUR)
    world.run_due()
    assert told == [("first", 30), ("inner", 40), ("last", 60)]
    assert world.settled
    world.clock.move(2 * HOUR)
    world.run_due()
    assert told[3:] == [("later", 7230)]
    assert not list(world.state["timers"])


def test_what_is_cancelled_meanwhile_does_not_run() -> None:
    world, told = playing(first=lambda world: world.cancel_timers("last"), last=None)
    world.later(60, "last")
    world.later(30, "first")
    world.clock.move(HOUR)
    world.run_due()
    assert told == [("first", 30)]
    assert world.settled


def test_what_a_failed_timer_began_never_runs() -> None:
    """Its number is given again, to a timer of another time."""

    def fails(world: World) -> None:
        world.later(5, "inner")
        raise RuntimeError("planted")

    world, told = playing(fails=fails, after=lambda world: world.later(100, "inner"), inner=None)
    world.later(10, "fails")
    world.later(11, "after")
    world.commit()
    world.clock.move(HOUR)
    world.run_due()
    assert told == [("fails", 10), ("after", 11), ("inner", 111)]


def test_many_timers_are_not_looked_through_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    world, told = playing(one=None)
    for number in range(500):
        world.later(500 - number, "one")
    world.commit()
    seen = 0
    through = Store.__iter__

    def counted(store: Store) -> Iterator[Any]:
        nonlocal seen
        for doc in through(store):
            seen += 1
            yield doc

    monkeypatch.setattr(Store, "__iter__", counted)
    world.clock.move(HOUR)
    world.run_due()
    assert [when for _, when in told] == list(range(1, 501))
    assert seen < 2000
