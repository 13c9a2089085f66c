"""Ten workers with a world each, as parallel browser tests have, on one server: nobody meets what others did."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from specdouble.mock.boot import boot
from specdouble.mock.transports.thread import serving
from specdouble.packs.target import contract_of_target

WORKERS = 10
LOGIN = {"email": "user@example.com", "password": "s3cure!"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(boot(contract_of_target(""))) as urls:
        yield urls["auth_gateway"]


def short_test(url: str, worker: int, number: int) -> None:
    """Begin anew, sign in, make a key of an own name, move the clock, fail a call on purpose, look at the requests."""
    place = urlsplit(url)
    mine = {"host": f"worker-{worker}.localhost:{place.port}"}
    with httpx.Client(base_url=url, headers=mine, timeout=30) as client:
        client.post("/__mock__/reset").raise_for_status()
        token = client.post("/v1/auth/login", json=LOGIN).raise_for_status().json()["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
        seeded = client.get("/v1/keys").json()
        made = client.post("/v1/keys", json={"name": f"{worker}/{number}"}).raise_for_status().json()
        keys = client.get("/v1/keys").json()
        assert [one["name"] for one in keys if one not in seeded] == [f"{worker}/{number}"]
        assert made["id"] in {one["id"] for one in keys}
        client.post("/__mock__/clock", json={"advance": 10 * worker}).raise_for_status()
        assert client.get("/__mock__/clock").json()["offset_seconds"] == 10 * worker
        client.post("/__mock__/faults", json={"operation": "GET /v1/keys", "status": 503}).raise_for_status()
        assert client.get("/v1/keys").status_code == 503
        asked = client.get("/__mock__/requests").json()["requests"]
        strangers = [one for one in asked if one["path"] == "/v1/auth/me"]  # the last request of another worker
        assert {one["status"] for one in strangers} <= {401}
        assert [one["status"] for one in asked if one not in strangers] == [503, 200, 201, 200, 200]
        other = {"x-specdouble-world": f"worker-{(worker + 1) % WORKERS}"}
        assert client.get("/v1/auth/me", headers=other).status_code == 401, "a token of one world opens another"


def run(url: str, tests: int) -> None:
    """Let each worker make its world, run so many short tests and drop it."""
    names = [f"worker-{worker}" for worker in range(WORKERS)]
    for name in names:
        httpx.post(f"{url}/__mock__/worlds", json={"name": name}).raise_for_status()
    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [
            pool.submit(lambda worker=worker: [short_test(url, worker, number) for number in range(tests)])
            for worker in range(WORKERS)
        ]:
            done.result()
    for name in names:
        httpx.delete(f"{url}/__mock__/worlds/{name}").raise_for_status()


def test_workers_do_not_meet(url: str) -> None:
    run(url, tests=2)


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(5))
def test_two_hundred_short_tests_five_times(url: str, turn: int) -> None:
    run(url, tests=20)
