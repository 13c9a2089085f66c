"""What the tests of first-party clients share: a running server, and a home folder of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from specdouble.mock.boot import Platform
from specdouble.mock.pytest_plugin import Urls
from tests.clients.harness import Live


@pytest.fixture
def live(specdouble_server: Urls, specdouble_platform: Platform) -> Live:
    """The server on real ports, as seeded."""
    return Live(specdouble_server.auth_gateway, specdouble_server.registry, specdouble_platform)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, live: Live) -> Path:
    """An empty home folder in which clients keep their credentials, and the address of the server in their variable."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("IMPERAL_API_URL", live.gateway)
    monkeypatch.setenv("IMPERAL_INTEL", "false")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.delenv("IMPERAL_TOKEN", raising=False)
    return folder
