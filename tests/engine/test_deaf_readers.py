"""Who opens a stream and does not read it is cut off; who reads slowly is not."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from specdouble.mock.boot import Platform, boot
from specdouble.mock.transports.peers import known, unread
from specdouble.mock.transports.rsgi import streaming
from specdouble.mock.transports.thread import serving
from specdouble.packs.target import contract_of_target
from tests.engine.test_streams_end import ADA, token

pytestmark = pytest.mark.skipif(not known(), reason="this machine hides sockets from their process")
TEXT = "x" * 100_000


@pytest.fixture(scope="module")
def cloud() -> Platform:
    return boot(contract_of_target(""))


@pytest.fixture
def reader(cloud: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A connection that has asked for Ada's stream, with a small buffer."""
    monkeypatch.setattr(streaming, "DEAF_SECONDS", 0.4)
    cloud.world.reset()
    with serving(cloud) as urls, socket.socket() as connection:
        place = urlsplit(urls["auth_gateway"])
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        connection.connect((place.hostname, place.port))
        asked = f"GET /v1/events/stream HTTP/1.1\r\nhost: {place.netloc}\r\nauthorization: {token(cloud)}\r\n\r\n"
        connection.sendall(asked.encode())
        assert connection.recv(4_096).startswith(b"HTTP/1.1 200")
        yield connection


def publish(cloud: Platform) -> None:
    with cloud.world.lock:
        cloud.world.emit(ADA, "notification", {"text": TEXT})
        cloud.world.commit()


def test_a_reader_that_takes_nothing_is_cut_off(cloud: Platform, reader: socket.socket) -> None:
    until = time.monotonic() + 20
    while cloud.world.hub.clients and time.monotonic() < until:
        publish(cloud)
        time.sleep(0.01)
    assert cloud.world.hub.clients == 0
    got = 0
    while part := reader.recv(1 << 20):
        got += len(part)
    assert got < 20_000_000  # what the kernel held; the rest was let go
    assert unread(reader) == 0


def test_a_slow_reader_stays_and_gets_everything(cloud: Platform, reader: socket.socket) -> None:
    reader.settimeout(5)
    got = b""
    for _ in range(60):
        publish(cloud)
        got += reader.recv(1 << 18)
        time.sleep(0.01)
    while got.count(b"x") < 60 * len(TEXT):
        got += reader.recv(1 << 20)
    assert got.count(b'"text":"') == 60
    assert cloud.world.hub.clients == 1
