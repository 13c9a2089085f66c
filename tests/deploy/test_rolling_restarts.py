"""Replicas that are restarted one after the other behind a load balancer lose no request."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.load import Load
from tests.deploy.wiring import ADDRESSES, BALANCERS, Balancer, Replica, only_linux
from tests.ports import free_ports

NOTES = Path(__file__).parent / "notes.yaml"
DRAIN = {"SPECDOUBLE_DRAIN_SECONDS": "3"}


@pytest.fixture
def replicas(tmp_path: Path) -> Iterator[list[Replica]]:
    only_linux()
    (port,) = free_ports(1)
    found = [Replica(one, port, [str(NOTES)], DRAIN, tmp_path / f"{one}.log") for one in ADDRESSES]
    try:
        for one in found:
            one.start()
        yield found
    finally:
        for one in found:
            one.stop()


@pytest.fixture(params=BALANCERS)
def balancer(request: pytest.FixtureRequest, replicas: list[Replica], tmp_path: Path) -> Iterator[Balancer]:
    found = Balancer(request.param, replicas[0].port, tmp_path)
    found.start()
    yield found
    found.stop()


def test_no_request_is_lost(replicas: list[Replica], balancer: Balancer) -> None:
    def roll() -> None:
        for one in replicas:
            one.restart()

    told = asyncio.run(Load(balancer.url).during(roll))
    assert told.lost == [], told.line()
    assert told.refused == [], told.line()
    assert told.requests > 500
    assert told.ends["told"] >= 4
    assert set(told.ends) == {"told"}
