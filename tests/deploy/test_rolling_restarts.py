"""Replicas of one world that are restarted one after the other behind a load balancer lose nothing.

`SPECDOUBLE_ROLLS=5 pytest tests/deploy/test_rolling_restarts.py -n 0 --log-cli-level=INFO` restarts each five times
and prints what became of all requests.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.deploy.following import Follower
from tests.deploy.load import Load
from tests.deploy.wiring import ADDRESSES, BALANCERS, Balancer, Replica, only_linux, state_of
from tests.ports import free_ports

NOTES = Path(__file__).parent / "notes.yaml"
DRAIN_SECONDS = 3  # longer than nginx keeps a connection that nobody uses, and HAProxy needs to see
PUBLISHING_SECONDS = 0.05
log = logging.getLogger(__name__)

both = pytest.mark.parametrize("wire", BALANCERS, indirect=True)

Wired = tuple[list[Replica], Balancer]
Wire = Callable[[Sequence[str]], Wired]


@pytest.fixture
def wire(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Iterator[Wire]:
    """Start two replicas on one database, and a balancer before them."""
    only_linux()
    with ExitStack() as held:

        def start(target: Sequence[str]) -> Wired:
            ports = free_ports(2)
            settings = {
                **state_of(database),
                "SPECDOUBLE_DRAIN_SECONDS": str(DRAIN_SECONDS),
                "SPECDOUBLE_REGISTRY_PORT": str(ports[1]),
            }
            balancer = Balancer(request.param, ports[0], tmp_path)
            replicas = [Replica(one, ports[0], target, settings, tmp_path / f"{one}.log") for one in ADDRESSES]
            for one in replicas:
                held.callback(one.stop)
                one.start()
            held.callback(balancer.stop)
            balancer.start()
            return replicas, balancer

        yield start


def roll(replicas: list[Replica]) -> None:
    for one in replicas * int(os.environ.get("SPECDOUBLE_ROLLS", "1")):
        one.restart()


@both
def test_no_request_is_lost(wire: Wire) -> None:
    replicas, balancer = wire([str(NOTES)])
    told = asyncio.run(Load(balancer.url).during(lambda: roll(replicas)))
    log.info(told.line())
    assert told.lost == [], told.line()
    assert told.refused == [], told.line()
    assert {status for _, status in told.answers} == {200, 201}
    assert told.requests > 200, told.line()
    assert set(told.ends) == {"told"}, told.line()
    for one in replicas:
        kept = [note["text"] for note in httpx.get(f"{one.url}/notes").json()]
        assert len(kept) == len(set(kept))
        assert set(told.created) - set(kept) == set(), "a note was acknowledged and is gone"


@both
def test_a_write_that_was_sent_is_not_sent_again(wire: Wire) -> None:
    """A replica that is killed has seen it perhaps: here it has, and the client is told that nobody knows."""
    replicas, balancer = wire([str(NOTES)])
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(
            httpx.post, f"{balancer.url}/notes", json={"text": "once"}, headers={"prefer": "wait=5"}, timeout=20
        )
        until = time.monotonic() + 10
        while not (asked := [one for one in replicas if httpx.get(f"{one.url}/__mock__/requests").json()["total"]]):
            assert time.monotonic() < until
            time.sleep(0.05)
        (seen,) = asked
        seen.kill()
        assert asking.result(20).status_code == 502
    (other,) = [one for one in replicas if one is not seen]
    kept = [note["text"] for note in httpx.get(f"{balancer.url}/notes").json()]
    assert kept.count("once") == 1
    assert httpx.get(f"{other.url}/__mock__/requests?method=POST").json()["total"] == 0


@pytest.mark.parametrize("wire", ["haproxy", pytest.param("nginx", marks=pytest.mark.slow)], indirect=True)
def test_streams_are_taken_up_on_the_other_replica(wire: Wire) -> None:
    replicas, balancer = wire(["imperal"])
    login = {"email": "user@example.com", "password": "s3cure!"}
    tokens = httpx.post(f"{balancer.url}/v1/auth/login", json=login).json()
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    user = httpx.get(f"{balancer.url}/v1/auth/me", headers=headers).json()["imperal_id"]

    async def follow() -> tuple[list[Follower], list[int]]:
        url = f"{balancer.url}/v1/events/stream"
        followers = [Follower(url, headers) for _ in range(4)]
        running = [asyncio.create_task(one.run()) for one in followers]
        for one in followers:
            await asyncio.wait_for(one.open.wait(), 20)
        rolling = asyncio.create_task(asyncio.to_thread(roll, replicas))
        published: list[int] = []
        async with httpx.AsyncClient(base_url=balancer.url, timeout=15) as client:
            while not rolling.done():
                number = len(published)
                event = {"user_id": user, "type": "test.numbered", "payload": {"number": number}}
                reply = await client.post("/__mock__/events", json=event)
                assert reply.status_code == 200, reply.text
                published.append(number)
                await asyncio.sleep(PUBLISHING_SECONDS)
        await rolling
        until = time.monotonic() + 10
        while time.monotonic() < until and any(len(numbers(one)) < len(published) for one in followers):
            await asyncio.sleep(0.1)
        for each in running:
            each.cancel()
        return followers, published

    followers, published = asyncio.run(follow())
    assert len(published) > 50
    for one in followers:
        assert numbers(one) == published, one.told.ends
        assert [event for event, _ in one.told.events] == sorted({event for event, _ in one.told.events})
        assert one.told.gaps == 0
        assert set(one.told.ends) == {"told"}


def numbers(follower: Follower) -> list[int]:
    found = [json.loads(data) for _, data in follower.told.events]
    return [one["payload"]["number"] for one in found if one["type"] == "test.numbered"]
