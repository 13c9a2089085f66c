"""A platform whose worlds beside main end with each test, and clients in each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from specdouble.mock.boot import Platform
from tests.conftest import Client

In = Callable[[str], Client]


@pytest.fixture
def within(apps: dict[str, Flask], platform: Platform) -> Iterator[In]:
    """Give a client of the gateway in a world."""
    platform.worlds.restart()
    yield lambda name: InWorld(apps["auth_gateway"], {"X-Specdouble-World": name})
    platform.worlds.restart()


class InWorld(Client):
    """A client that stays in its world with every credential."""

    def bearer(self, token: str) -> Client:
        return InWorld(
            self.app,
            {"X-Specdouble-World": self.headers["X-Specdouble-World"], "Authorization": f"Bearer {token}"},
        )
