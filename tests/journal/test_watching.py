"""Requests as they come, over a stream, on a real port and in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from specdouble.mock.boot import Platform
from specdouble.mock.transports.thread import serving
from tests.conftest import Client
from tests.faults.conftest import shop_platform


@pytest.fixture(scope="module")
def served(shop_file: Path) -> Iterator[tuple[Platform, str]]:
    platform = shop_platform(shop_file)
    with serving(platform) as urls:
        yield platform, next(iter(urls.values()))


def told(lines: Iterator[str], count: int) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for line in lines:
        if line.startswith("data: "):
            found.append(json.loads(line[6:]))
            if len(found) == count:
                break
    return found


def test_each_request_comes_as_an_event(served: tuple[Platform, str]) -> None:
    platform, url = served
    with httpx.stream("GET", f"{url}/__mock__/requests/stream", timeout=5) as reply:
        assert reply.headers["content-type"] == "text/event-stream"
        assert "no-transform" in reply.headers["cache-control"]
        httpx.get(f"{url}/items?token=very-secret-thing")
        httpx.post(f"{url}/items", json={"name": 1})
        httpx.get(f"{url}/nothing")
        found = told(reply.iter_lines(), 3)
    assert [(one["method"], one["status"], one["unmatched"]) for one in found] == [
        ("GET", 200, False), ("POST", 422, False), ("GET", 404, True),
    ]  # fmt: skip
    assert "very-secret-thing" not in str(found)
    assert len(platform.world.journal) == 3


def test_a_watcher_sees_what_it_missed_and_outlives_a_reset(served: tuple[Platform, str]) -> None:
    platform, url = served
    platform.world.reset()
    httpx.get(f"{url}/items?page=1")
    first = platform.world.journal.last().number
    httpx.get(f"{url}/items?page=2")
    with httpx.stream("GET", f"{url}/__mock__/requests/stream?since={first}", timeout=5) as reply:
        lines = reply.iter_lines()
        assert [one["url"] for one in told(lines, 1)] == ["/items?page=2"]
        platform.world.reset()
        httpx.get(f"{url}/items?page=3")
        assert [one["url"] for one in told(lines, 1)] == ["/items?page=3"]
    headers = {"last-event-id": str(first + 1)}
    with httpx.stream("GET", f"{url}/__mock__/requests/stream", headers=headers, timeout=5) as reply:
        assert [one["url"] for one in told(reply.iter_lines(), 1)] == ["/items?page=3"]


def test_a_watcher_does_not_keep_a_server_from_stopping(shop_file: Path) -> None:
    platform = shop_platform(shop_file)
    with httpx.Client(timeout=5) as client:
        with serving(platform) as urls:
            url = f"{next(iter(urls.values()))}/__mock__/requests/stream"
            opened = client.send(client.build_request("GET", url), stream=True)
        assert "connected" in opened.read().decode()
    assert platform.world.watchers.clients == 0


def test_watching_works_in_this_process(shop: Platform, client: Client) -> None:
    client.get("/items")
    since = shop.world.journal.last().number - 1
    answer = client.app.test_client().get(f"/__mock__/requests/stream?since={since}")
    first = next(iter(answer.response))
    answer.close()
    assert b'"url":"/items"' in (first if isinstance(first, bytes) else first.encode())
    assert shop.world.watchers.clients == 0
    client.get("/items")
    assert shop.world.journal.watched is False


def test_a_parameter_that_it_does_not_take_is_refused(client: Client) -> None:
    assert client.get("/__mock__/requests/stream?method=GET").status == 422
