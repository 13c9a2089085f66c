"""Connections: many that do nothing keep nobody out, and do not stay; those on which something is awaited do."""

from __future__ import annotations

import socket
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from specdouble.mock.testing import Mock, open_mock
from specdouble.mock.transports.peers import known
from specdouble.mock.transports.rsgi import connections
from specdouble.mock.transports.rsgi.connections import RESERVED, room
from tests.backends.test_surviving import LIBRARY

linux = pytest.mark.skipif(sys.platform != "linux" or not known(), reason="only Linux tells of idle connections")


def connected(mock: Mock, held: ExitStack) -> socket.socket:
    place = urlsplit(mock.url)
    made = held.enter_context(socket.create_connection((place.hostname, place.port), 10))
    made.settimeout(10)
    return made


def test_many_idle_connections_keep_nobody_out() -> None:
    with open_mock(LIBRARY) as mock, ExitStack() as held:
        for _ in range(300):
            connected(mock, held)
        assert httpx.get(f"{mock.url}/__mock__/health/live", timeout=10).status_code == 200


def test_more_connections_than_may_be_wait_until_one_ends() -> None:
    with open_mock(LIBRARY, max_connections=3) as mock, ExitStack() as held:
        mine = [connected(mock, held) for _ in range(3)]
        for one in mine:
            one.sendall(b"GET /books HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert one.recv(100).startswith(b"HTTP/1.1 200")
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{mock.url}/books", timeout=0.5)
        mine[0].close()
        assert httpx.get(f"{mock.url}/books", timeout=10).status_code == 200


@linux
def test_an_idle_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "LOOK_SECONDS", 0.1)
    with open_mock(LIBRARY, idle_seconds=1.0) as mock, ExitStack() as held:
        silent, used = connected(mock, held), connected(mock, held)
        used.sendall(b"GET /books HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert used.recv(100_000).startswith(b"HTTP/1.1 200")
        assert silent.recv(1) == b""
        assert used.recv(1) == b""


@linux
def test_a_connection_is_not_idle_while_something_is_awaited_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "LOOK_SECONDS", 0.05)
    with open_mock(LIBRARY, idle_seconds=1.0) as mock:
        mock.faults.add({"operation": "GET /books", "delay": "4s"})
        mock.faults.add({"operation": "GET /books/{bookId}", "stall": True})
        seen: dict[str, object] = {}

        def ask(path: str) -> None:
            began = time.monotonic()
            try:
                with httpx.stream("GET", mock.url + path, timeout=2.5) as reply:
                    seen[path] = reply.status_code
                    reply.read()
            except httpx.HTTPError as error:
                seen[path] = (type(error), time.monotonic() - began > 2.4)

        paths = ("/books", "/books/1", "/__mock__/requests/stream")
        asking = [threading.Thread(target=ask, args=(one,)) for one in paths]
        for one in asking:
            one.start()
        for one in asking:
            one.join()
    assert seen == {
        "/books": (httpx.ReadTimeout, True),
        "/books/1": (httpx.ReadTimeout, True),
        "/__mock__/requests/stream": (httpx.ReadTimeout, True),
    }


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="there is no such limit")
@pytest.mark.parametrize(
    ("soft", "hard", "found", "raised"),
    [
        (64, 4096, 100, RESERVED + 200),  # raised to what is needed
        (64, RESERVED + 20, 10, RESERVED + 20),  # and no further than it may be
        (5000, 5000, 100, 5000),
        (10, 10, 1, 10),
    ],
)
def test_there_is_room_for_as_many_as_files_may_be_open(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, found: int, raised: int
) -> None:
    import resource

    limits = [soft, hard]
    monkeypatch.setattr(resource, "getrlimit", lambda _which: tuple(limits))
    monkeypatch.setattr(resource, "setrlimit", lambda _which, given: limits.__setitem__(slice(None), given))
    assert room(100, 2) == found
    assert limits == [raised, hard]
