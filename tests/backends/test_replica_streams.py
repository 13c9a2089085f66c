"""Events reach the streams of every server, in one order; streams end everywhere."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx

from specdouble import sse
from tests.backends.replicas import ADA, SECONDS, WHO, Replicas


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
