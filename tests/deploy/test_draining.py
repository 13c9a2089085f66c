"""How a server drains: unready at once, answering to the end, streams told to connect again in the middle of it."""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path

import httpx
import pytest

from specdouble.mock.state.events import Hub, Listener
from specdouble.mock.state.world import PLAIN
from specdouble.mock.transports.rsgi.draining import Gates
from specdouble.sse import Parser
from tests.deploy.wiring import Replica
from tests.ports import free_ports

NOTES = Path(__file__).parent / "notes.yaml"
DRAIN_SECONDS = 2.0


def test_a_draining_server_is_unready_and_answers_to_the_end(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    settings = {"SPECDOUBLE_DRAIN_SECONDS": str(DRAIN_SECONDS)}
    replica = Replica("127.0.0.1", port, [str(NOTES)], settings, tmp_path / "log")
    parser = Parser()
    try:
        replica.start()
        with httpx.Client(base_url=replica.url) as client, client.stream("GET", "/events", timeout=10) as stream:
            lines = stream.iter_lines()
            next(lines)
            replica.term()
            begun = time.monotonic()
            while (unready := httpx.get(f"{replica.url}/__mock__/health/ready")).status_code == 200:
                time.sleep(0.01)
            assert unready.status_code == 503
            assert unready.headers["connection"] == "close"
            assert httpx.get(f"{replica.url}/__mock__/health/live").status_code == 200
            made = client.post("/notes", json={"text": "late"})
            assert (made.status_code, made.headers["connection"]) == (201, "close")
            preflight = {"origin": "http://a.example", "access-control-request-method": "POST"}
            assert httpx.options(f"{replica.url}/notes", headers=preflight).headers["connection"] == "close"
            events = [one.data for one in parser.feed(lines)]
            ended = time.monotonic() - begun
            with httpx.stream("GET", f"{replica.url}/events", timeout=10) as late:
                again = Parser()
                list(again.feed(late.iter_lines()))
        replica.ended(10)
        lasted = time.monotonic() - begun
    finally:
        replica.stop()
    assert len(events) == 1 + ('"created"' in events[-1])  # an example, and what was made while it drained
    assert '"created"' in events[-1]
    for one in (parser, again):
        assert "the server stops, connect again" in one.comments[-1]
        assert one.retry is not None
        assert 100 <= one.retry <= 1000
    assert DRAIN_SECONDS / 2 <= ended < DRAIN_SECONDS
    assert lasted >= DRAIN_SECONDS


def test_a_stream_that_is_opened_while_they_end_is_told_too() -> None:
    hub = Hub()
    early, late, stays = (Listener("ada", [], PLAIN) for _ in range(3))
    hub.join(early)
    hub.part(lambda: b"bye")
    hub.join(late)
    assert [(one.closed, one.farewell) for one in (early, late)] == [(True, b"bye")] * 2
    hub.part(None)
    hub.join(stays)
    assert (stays.closed, stays.farewell) == (False, b"")


@pytest.mark.skipif(sys.platform != "linux", reason="socket filters are of Linux")
@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_shut_gate_keeps_who_came_and_lets_nobody_else_in(family: socket.AddressFamily, host: str) -> None:
    with socket.socket(family) as listening:
        listening.bind((host, 0))
        listening.listen(8)
        listening.settimeout(5)
        address = listening.getsockname()[:2]
        gates = Gates([listening])
        with socket.create_connection(address, 5) as early:
            gates.shut()
            early.sendall(b"asked")
            with pytest.raises(TimeoutError):
                socket.create_connection(address, 0.3)
            taken, _ = listening.accept()
            with taken:
                assert taken.recv(5) == b"asked"
        gates.release()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, 5)
