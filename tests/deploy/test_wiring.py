"""A balancer passes each port of an API on to the same port of a replica that is ready, and to no other."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest

from specdouble.sockets import ServeError, listen
from tests.deploy.wiring import ADDRESSES, BALANCERS, Balancer, Replica, only_linux
from tests.ports import free_ports


def two_in_a_row() -> int:
    """Return a free port whose next one is free too."""
    while True:
        (port,) = free_ports(1)
        try:
            for one in listen("127.0.0.1", port + 1):
                one.close()
        except ServeError:
            continue
        return port


def test_each_service_has_its_port_and_a_replica_that_is_away_gets_nothing(tmp_path: Path) -> None:
    only_linux()
    port = two_in_a_row()
    balancer = Balancer("haproxy", port, tmp_path, last=port + 1)
    settings = {"SPECDOUBLE_REGISTRY_PORT": str(port + 1)}
    replica = Replica(ADDRESSES[1], port, ["imperal"], settings, tmp_path / "log")
    try:
        replica.start()
        balancer.start()
        for path, where in (("/healthz", port), ("/v1/health", port + 1)):
            answers = [httpx.get(f"http://127.0.0.1:{where}{path}", timeout=10) for _ in range(4)]
            assert [one.status_code for one in answers] == [200] * 4
            assert answers[0].content == httpx.get(f"{replica.url.rpartition(':')[0]}:{where}{path}").content
    finally:
        balancer.stop()
        replica.stop()


@pytest.mark.parametrize("kind", BALANCERS)
def test_a_stream_whose_client_has_gone_ends_at_the_replica(kind: str, tmp_path: Path) -> None:
    only_linux()
    port = two_in_a_row()
    balancer = Balancer(kind, port, tmp_path)
    replica = Replica(ADDRESSES[1], port, ["imperal"], {"SPECDOUBLE_REGISTRY_PORT": str(port + 1)}, tmp_path / "log")

    def counted() -> int:
        told = httpx.get(f"{replica.url}/v1/events/stats", headers={"x-service-token": "dev-service-token"}, timeout=10)
        clients: int = told.json()["clients"]
        return clients

    try:
        replica.start()
        balancer.start()
        person = {"email": "user@example.com", "password": "s3cure!"}
        token = httpx.post(f"{replica.url}/v1/auth/login", json=person, timeout=10).json()["access_token"]
        while httpx.get(f"{balancer.url}/healthz", timeout=10).status_code != 200:
            time.sleep(0.1)  # until the balancer sees that it is ready
        url, headers = f"{balancer.url}/v1/events/stream", {"authorization": f"Bearer {token}"}
        with httpx.stream("GET", url, headers=headers, timeout=10) as stream:
            assert stream.status_code == 200
            assert counted() == 1
        until = time.monotonic() + 10  # a heartbeat comes after 15 seconds
        while counted():
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        balancer.stop()
        replica.stop()
