"""Servers of one state, in one process."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import httpx
from click.testing import CliRunner, Result

from specdouble.cli.state import state_commands
from specdouble.mock.backends.shared.turns import Turns
from specdouble.mock.testing import Mock, open_mock
from tests.backends.test_surviving import everything

BOOK = {"title": "Emma", "author": "Jane Austen"}
ADA = {"email": "user@example.com", "password": "s3cure!", "tenant_id": "default"}
WHO = "imp_u_abc123"
SECONDS = 20  # that something may take on a busy machine


class Replicas:
    """Servers of one state in this process, each with what only a server of its own would have."""

    def __init__(self, url: str, api: str, count: int = 2, **options: Any) -> None:
        self._held = ExitStack()
        self.url = url
        self.api = api
        self.options = options
        self.mocks = [self.another() for _ in range(count)]

    def another(self) -> Mock:
        """Start one more."""
        return self._held.enter_context(open_mock(self.api, state=self.url, **self.options))

    def http(self, number: int) -> httpx.Client:
        """A client of one of them, over a port."""
        return self._held.enter_context(httpx.Client(base_url=self.mocks[number].url, timeout=SECONDS))

    def same(self) -> dict[str, Any]:
        """Everything that the first one has, which all of them have."""
        found = [everything(one) for one in map(caught_up, self.mocks)]
        for one in found[1:]:
            assert one == found[0]
        return found[0]

    def close(self) -> None:
        self._held.close()


def caught_up(mock: Mock) -> Mock:
    """Let a server learn what others did."""
    assert mock.platform.state is not None
    mock.platform.state.commits.perform(lambda: None, writes=False)
    return mock


def turns(mock: Mock) -> Turns:
    assert mock.platform.state is not None
    assert isinstance(mock.platform.state.commits, Turns)
    return mock.platform.state.commits


def until(right: Callable[[], object]) -> None:
    end = time.monotonic() + SECONDS
    while not right():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


def ran(*given: str) -> Result:
    return CliRunner().invoke(state_commands, given)
