"""Nobody makes everybody wait: while a long call of the control plane is under way, others are answered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import orjson
import pytest

from specdouble.mock.control import data, requests, worlds
from specdouble.mock.journal.entry import Entry
from specdouble.mock.options import Options
from specdouble.mock.state.start import Start
from specdouble.mock.transports.thread import serving
from tests.pack import boot

SECONDS = 20


class Long:
    """A function that ends only when it may."""

    def __init__(self, inner: Callable[..., Any]) -> None:
        self.begun, self.may_end = threading.Event(), threading.Event()
        self._inner = inner

    def __call__(self, *given: Any, **named: Any) -> Any:
        self.begun.set()
        assert self.may_end.wait(SECONDS)
        return self._inner(*given, **named)


CALLS = {
    "GET requests.har": (requests, "har"),
    "GET requests": (Entry, "line"),
    "GET journal": (Entry, "line"),
    "GET requests/1": (Entry, "whole"),
    "GET collections/users?q=ada": (data, "searched"),
    "GET files": (worlds, "saved"),
    "PUT world": (data, "_filled"),
}


@pytest.fixture(scope="module", params=["memory", "sqlite", "postgresql"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, str]]:
    """Serve the pack with each kind of state."""
    with ExitStack() as held:
        state = str(request.param)
        if state == "sqlite":
            state += f":{tmp_path_factory.mktemp('state') / 'state.db'}"
        elif state == "postgresql":
            state = held.enter_context(request.getfixturevalue("postgres").database())
        platform = boot(Options(state=state))
        held.callback(platform.close)
        yield platform, held.enter_context(serving(platform))["auth_gateway"]


@pytest.mark.parametrize("call", sorted(CALLS))
def test_others_are_answered_meanwhile(call: str, served: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> None:
    _, url = served
    assert httpx.get(f"{url}/v1/marketplace/apps").status_code == 200
    where, name = CALLS[call]
    long = Long(getattr(where, name))
    monkeypatch.setattr(where, name, lambda *given, **named: long(*given, **named))
    with ThreadPoolExecutor(1) as pool:
        method, _, path = call.partition(" ")
        body = {"collections": {"audit": []}} if method == "PUT" else None
        asked = pool.submit(httpx.request, method, f"{url}/__mock__/{path}", json=body, timeout=2 * SECONDS)
        try:
            assert long.begun.wait(SECONDS)
            assert httpx.get(f"{url}/v1/marketplace/apps", timeout=SECONDS / 2).status_code == 200
            assert httpx.get(f"{url}/__mock__/clock", timeout=SECONDS / 2).status_code == 200
        finally:
            long.may_end.set()
        assert asked.result(SECONDS).status_code == 200


@pytest.mark.parametrize("call", ["POST worlds", "POST reset"])
def test_others_are_answered_while_seed_data_are_written(
    call: str, served: tuple[Any, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    platform, url = served
    long = Long(platform.worlds._sow)
    monkeypatch.setattr(platform.worlds, "_sow", long)
    monkeypatch.setattr(Start, "is_old", lambda start, _now: not long.may_end.is_set())
    with ThreadPoolExecutor(1) as pool:
        method, _, path = call.partition(" ")
        asked = pool.submit(httpx.request, method, f"{url}/__mock__/{path}", json={}, timeout=2 * SECONDS)
        try:
            assert long.begun.wait(SECONDS)
            assert httpx.get(f"{url}/v1/marketplace/apps", timeout=SECONDS / 2).status_code == 200
        finally:
            long.may_end.set()
        assert asked.result(SECONDS).status_code == 200


def test_what_is_read_is_one_moment(served: tuple[Any, str], monkeypatch: pytest.MonkeyPatch) -> None:
    _, url = served
    long = Long(worlds.saved)
    monkeypatch.setattr(worlds, "saved", long)
    before = httpx.get(f"{url}/__mock__/collections/audit?limit=1").headers["x-total-count"]
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(httpx.get, f"{url}/__mock__/files?all=true", timeout=2 * SECONDS)
        try:
            assert long.begun.wait(SECONDS)
            doc = httpx.get(f"{url}/__mock__/collections/audit?limit=1").json()[0]
            assert httpx.delete(f"{url}/__mock__/collections/audit/{doc['id']}").status_code == 200
        finally:
            long.may_end.set()
        files = asked.result(SECONDS).json()["files"]
    assert len(orjson.loads(files["fixtures/audit.json"])["records"]) == int(before)
    assert httpx.get(f"{url}/__mock__/collections/audit?limit=1").headers["x-total-count"] == str(int(before) - 1)
