"""Faults on a real port: what a client sees of a connection that breaks, and that the server goes on."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from specdouble.mock.boot import Platform
from specdouble.mock.transports.thread import serving
from tests.faults.conftest import shop_platform


@pytest.fixture(scope="module")
def served(shop_file: Path) -> Iterator[tuple[Platform, str]]:
    platform = shop_platform(shop_file)
    with serving(platform) as urls:
        yield platform, next(iter(urls.values()))


@pytest.fixture
def shop(served: tuple[Platform, str]) -> Platform:
    served[0].world.reset()
    return served[0]


@pytest.fixture
def http(served: tuple[Platform, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served[1], timeout=5) as client:
        yield client


def raw(http: httpx.Client, path: str) -> bytes:
    """Return all that comes over the wire for a request, until the connection is closed."""
    url = http.base_url
    with socket.create_connection((url.host, url.port or 80), timeout=5) as one:
        one.sendall(f"GET {path} HTTP/1.1\r\nhost: shop\r\n\r\n".encode())
        found = b""
        while part := one.recv(65536):
            found += part
    return found


def test_a_dropped_connection_has_no_response(shop: Platform, http: httpx.Client) -> None:
    shop.world.faults.add({"operation": "listItems", "times": 2, "drop": True})
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        http.get("/items")
    assert raw(http, "/items") == b""
    assert http.get("/items").status_code == 200
    assert [one.status for one in shop.world.calls("listItems")] == [0, 0, 200]


def test_half_a_response_announces_the_whole(shop: Platform, http: httpx.Client) -> None:
    whole = http.get("/items").content
    shop.world.faults.add({"operation": "listItems", "times": 2, "truncate": True})
    with pytest.raises(httpx.RemoteProtocolError, match=f"received {len(whole) // 2} bytes, expected {len(whole)}"):
        http.get("/items")
    head, _, body = raw(http, "/items").partition(b"\r\n\r\n")
    assert f"content-length: {len(whole)}".encode() in head
    assert body == whole[: len(whole) // 2]


@pytest.mark.parametrize("count", [0, 1, 10, 10**6])
def test_so_many_bytes_come_and_never_all(shop: Platform, http: httpx.Client, count: int) -> None:
    whole = http.get("/items").content
    shop.world.faults.add({"operation": "listItems", "truncate": count})
    _, _, body = raw(http, "/items").partition(b"\r\n\r\n")
    assert body == whole[: min(count, len(whole) - 1)]


def test_half_a_response_without_a_length_has_no_last_chunk(shop: Platform, http: httpx.Client) -> None:
    shop.world.faults.add({"operation": "listItems", "times": 2, "truncate": "chunked"})
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
        http.get("/items")
    found = raw(http, "/items")
    assert b"transfer-encoding: chunked" in found
    assert not found.endswith(b"0\r\n\r\n")


def test_a_stalled_response_begins_and_ends_with_the_client_or_the_world(shop: Platform, http: httpx.Client) -> None:
    shop.world.faults.add({"operation": "listItems", "times": 2, "stall": True})
    with pytest.raises(httpx.ReadTimeout):
        http.get("/items", timeout=0.2)
    with http.stream("GET", "/items") as reply:
        shop.world.reset()
        with pytest.raises(httpx.RemoteProtocolError):
            reply.read()
    assert http.get("/items").status_code == 200


def test_a_stalled_response_does_not_keep_a_server_from_stopping(shop_file: Path) -> None:
    platform = shop_platform(shop_file)
    platform.world.faults.add({"stall": True})
    with serving(platform) as urls:
        began = time.monotonic()
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{next(iter(urls.values()))}/items", timeout=0.1)
    assert time.monotonic() - began < 5


def seen_of(http: httpx.Client, made: int = 0, **more: Any) -> tuple[list[str], type[Exception] | None]:
    """Read the stream until it ends, while items are made; returns its events, and how it ended."""
    found: list[str] = []
    try:
        with http.stream("GET", "/news", **more) as reply:
            for number in range(made):
                http.post("/items", json={"name": str(number), "price": 1})
            for line in reply.iter_lines():
                found += [line] if line.startswith("data:") else []
    except httpx.HTTPError as error:
        return found, type(error)
    return found, None


@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_a_stream_is_cut_after_so_many_events(shop: Platform, http: httpx.Client, count: int) -> None:
    shop.world.faults.add({"operation": "news", "cut": count})
    seen, error = seen_of(http, made=5)
    assert (len(seen), error) == (count, httpx.RemoteProtocolError)
    (call,) = shop.world.calls("news")
    assert call.stream is not None
    assert (call.stream["open"], call.stream["events"]) == (False, count)
    assert 0 < call.stream["seconds"] < 5


def test_a_stream_stalls_after_so_many_events(shop: Platform, http: httpx.Client) -> None:
    shop.world.faults.add({"operation": "news", "stall": 2})
    seen, error = seen_of(http, made=5, timeout=0.3)
    assert (len(seen), error) == (2, httpx.ReadTimeout)


def test_a_stream_may_be_dropped(shop: Platform, http: httpx.Client) -> None:
    shop.world.faults.add({"operation": "news", "drop": True})
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        http.get("/news")
    assert shop.world.hub.clients == 0


def test_a_delay_holds_up_nobody_else(shop: Platform, http: httpx.Client) -> None:
    shop.world.faults.add({"operation": "getItem", "delay": 0.5})
    began = time.monotonic()
    with pytest.raises(httpx.ReadTimeout):
        http.get("/items/1", timeout=0.1)
    assert http.get("/items").status_code == 200
    assert time.monotonic() - began < 0.45


@pytest.mark.parametrize("origin", [{}, {"origin": "http://localhost:3000"}])
def test_pages_of_other_origins_see_what_struck(shop: Platform, http: httpx.Client, origin: dict[str, Any]) -> None:
    shop.world.faults.add({"operation": "listItems", "status": 500})
    reply = http.get("/items", headers=origin)
    assert reply.headers["x-mock-fault"] == "f1"
    assert ("access-control-allow-origin" in reply.headers) == bool(origin)
    if origin:
        assert "x-mock-fault" in reply.headers["access-control-expose-headers"]
