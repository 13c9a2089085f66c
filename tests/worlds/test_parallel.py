"""Workers with a world each, all on one server: none sees another's data, streams, clock or tokens."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import httpx

from specdouble.mock.transports.thread import serving
from tests.pack import Options, boot

WORKERS, ROUNDS = 10, int(os.environ.get("SPECDOUBLE_ROUNDS", "4"))


def work(url: str, number: int) -> int:
    """Run short tests in one world; returns how many."""
    name = f"worker-{number}"
    with httpx.Client(base_url=url, headers={"x-specdouble-world": name}, timeout=30) as client:
        assert client.post("/__mock__/worlds", json={"name": name}).status_code == 200
        for turn in range(ROUNDS):
            login = client.post("/v1/auth/login", json={"email": "user@example.com", "password": "s3cure!"}).json()
            client.headers["authorization"] = f"Bearer {login['access_token']}"
            seeded = len(client.get("/v1/keys").json())
            for count in range(number + 1):
                assert client.post("/v1/keys", json={"name": f"{name} {count}"}).status_code == 201
            names = [one["name"] for one in client.get("/v1/keys").json()]
            assert len(names) == seeded + number + 1
            assert len([one for one in names if one.startswith(name)]) == number + 1
            client.post("/__mock__/clock", json={"advance": 60 * (turn + 1)})
            assert client.get("/__mock__/clock").json()["offset_seconds"] == 60 * (turn + 1)
            asked = client.get("/__mock__/requests", params={"path": "/v1/keys", "limit": 1000})
            assert asked.status_code == 200
            assert client.post("/__mock__/reset").json() == {"reset": True, "world": "default"}
            assert client.get("/v1/auth/me").status_code == 401
        assert client.delete(f"/__mock__/worlds/{name}").status_code == 200
    return ROUNDS


def test_ten_workers_do_not_meet() -> None:
    platform = boot(Options())
    with serving(platform) as urls, ThreadPoolExecutor(WORKERS) as pool:
        done = list(pool.map(lambda number: work(urls["auth_gateway"], number), range(WORKERS)))
    assert sum(done) == WORKERS * ROUNDS
    assert [world.name for world in platform.worlds.alive()] == ["main"]
    assert not platform.world.state.dirty
