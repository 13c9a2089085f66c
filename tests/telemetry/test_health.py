"""Probes: whether the server lives and takes requests, told to anybody, whatever else does not work."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from specdouble.mock.boot import boot
from specdouble.mock.control.direct import Direct
from specdouble.mock.control.health import DRAINING, LOST
from specdouble.mock.testing import open_mock
from specdouble.mock.transports.app import create_app
from specdouble.mock.transports.thread import serving
from specdouble.packs.target import contract_of_target
from tests.backends.test_surviving import LIBRARY
from tests.backends.test_writing import BOOK, Gate

LIVE, READY = "/__mock__/health/live", "/__mock__/health/ready"


@pytest.mark.parametrize("port", [True, False])
def test_a_server_lives_and_is_ready(port: bool) -> None:
    with open_mock(LIBRARY) as mock, httpx.Client(base_url=mock.url) if port else mock.client() as client:
        for path, status in ((LIVE, "live"), (READY, "ready")):
            found = client.get(path, headers={"host": "mock.example.com", "origin": "https://example.com"})
            assert (found.status_code, found.json()) == (200, {"status": status})
            assert found.headers["cache-control"] == "no-store"
            assert "access-control-allow-origin" not in found.headers
            head = client.head(path)
            assert (head.status_code, head.content) == (200, b"")
            wrong = client.post(path, json={})
            assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD")
            assert client.get(f"{path}/more").status_code == 404
        assert client.get("/__mock__/clock", headers={"host": "mock.example.com"}).status_code == 403
        assert mock.control(f"GET {READY}") == {"status": "ready"}


def test_it_is_told_beyond_this_machine() -> None:
    client = create_app(boot(contract_of_target(LIBRARY))).test_client()
    elsewhere = {"REMOTE_ADDR": "10.0.0.5"}
    assert client.get("/__mock__/clock", environ_base=elsewhere).status_code == 403
    for path in (LIVE, READY):
        assert client.get(path, environ_base=elsewhere).status_code == 200


def test_it_is_told_below_a_prefix_and_of_each_service() -> None:
    with open_mock(LIBRARY, prefix=True, port=True) as mock:
        first = re.match(r"http://[^/]+", mock.url)
        assert first is not None
        for base in (first[0], f"{first[0]}/{next(iter(mock.platform.services))}"):
            assert httpx.get(base + READY).status_code == 200


def test_who_serves_again_is_ready_again() -> None:
    platform = boot(contract_of_target(LIBRARY))
    for _ in range(2):
        with serving(platform) as urls:
            assert httpx.get(urls["library"] + READY).status_code == 200


@pytest.mark.parametrize("port", [True, False])
def test_it_is_told_while_a_world_is_held_and_starts_nothing_in_it(port: bool) -> None:
    with open_mock(LIBRARY) as mock, httpx.Client(base_url=mock.url, timeout=5) if port else mock.client() as client:
        client.get("/books")
        asked, stop = mock.world.requests, threading.Event()

        def hold() -> None:
            with mock.world.lock:
                held.set()
                stop.wait(20)

        held, holding = threading.Event(), threading.Thread(target=hold)
        holding.start()
        try:
            assert held.wait(5)
            assert [client.get(path).status_code for path in (LIVE, READY)] == [200, 200]
        finally:
            stop.set()
            holding.join()
        assert mock.world.requests == asked
        assert [one.path for one in mock.world.journal.calls()] == ["/books"]


@pytest.mark.parametrize("port", [True, False])
def test_a_state_that_cannot_be_written_is_unready_until_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: bool
) -> None:
    gate = Gate(monkeypatch)
    with open_mock(LIBRARY, state=f"sqlite:{tmp_path / 'state.db'}") as mock:
        client = httpx.Client(base_url=mock.url, timeout=20) if port else mock.client()
        with client:
            assert client.get(READY).status_code == 200
            gate.fails = True
            assert client.post("/books", json=BOOK).status_code == 503
            found = client.get(READY)
            assert (found.status_code, found.headers["retry-after"]) == (503, "1")
            assert found.json() == {"status": "unready", "reason": LOST}
            assert client.get(LIVE).status_code == 200
            assert mock.platform.state is not None
            assert mock.platform.state.lost == "state.db: the disk is full."
            gate.fails = False
            assert client.post("/books", json=BOOK).status_code == 201
            assert client.get(READY).status_code == 200
            assert mock.platform.state.lost == ""


def test_it_is_told_while_writes_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch)
    with open_mock(LIBRARY, state=f"sqlite:{tmp_path / 'state.db'}") as mock, httpx.Client(base_url=mock.url) as client:
        with gate.closed():
            writing = threading.Thread(target=lambda: httpx.post(f"{mock.url}/books", json=BOOK, timeout=20))
            writing.start()
            assert gate.entered.acquire(timeout=20)
            assert client.get(READY).status_code == 200
        writing.join()


def test_what_fails_is_a_500_without_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    platform = boot(contract_of_target(LIBRARY))
    direct, (service,) = Direct(platform), platform.services.values()

    def fail(*_: object) -> None:
        raise RuntimeError("the secret detail")

    monkeypatch.setitem(direct._actions, READY, fail)
    reply = direct.reply(service, "GET", READY, None)
    assert reply is not None
    assert (reply.status, b"secret" in reply.body) == (500, False)


def test_sigterm_makes_it_unready_at_once_while_requests_are_answered() -> None:
    command = [sys.executable, "-m", "specdouble", "serve", LIBRARY, "--port", "0", "--drain-seconds", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        base = next(found[0] for line in run.stdout if (found := re.search(r"http://localhost:\d+", line)))
        told: list[tuple[int, int]] = []
        with httpx.Client(base_url=base, timeout=10) as client:
            while client.get(READY).status_code != 200:
                pass
            run.send_signal(signal.SIGTERM)
            for _ in range(2000):
                ready = client.get(READY)
                told.append((ready.status_code, client.get("/books").status_code))
                if ready.status_code == 503:
                    break
        assert run.wait(20) == 0
    assert {books for _, books in told} == {200}
    assert told[-1][0] == 503
    assert ready.json() == {"status": "unready", "reason": DRAINING}
    assert ready.headers["retry-after"] == "1"
    assert ready.headers["connection"] == "close"
