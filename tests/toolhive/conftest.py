"""A machine with ToolHive, as its seed data have it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from specdouble.mock.boot import Platform, boot
from specdouble.mock.options import Options
from specdouble.mock.transports.app import create_app
from specdouble.packs.documents import contract
from tests.conftest import Client

A = "/api/v1beta"


class Machine(Client):
    """A client of the server, and the clock of its world."""

    platform: Platform

    def later(self, seconds: float = 1.5) -> None:
        """Let time pass."""
        self.platform.world.clock.move(seconds)

    def names(self, query: str = "?all=true") -> list[str]:
        """Return the workloads of a list."""
        return [one["name"] for one in self.get(f"{A}/workloads{query}").json["workloads"]]

    def status(self, name: str) -> str:
        """Return the status of a workload."""
        return str(self.get(f"{A}/workloads/{name}/status").json["status"])

    def refused(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        """Send what is refused as text; return the status and the text."""
        reply = self.call(method, f"{A}{path}", body)
        assert reply.headers["content-type"] == "text/plain", reply.content
        return reply.status, reply.content.decode()


@pytest.fixture(scope="session")
def toolhive() -> Platform:
    return boot(contract("toolhive"), Options(strict=True, seed=7))


@pytest.fixture
def machine(toolhive: Platform) -> Iterator[Machine]:
    toolhive.worlds.restart()
    made = Machine(create_app(toolhive, "toolhive"))
    made.platform = toolhive
    yield made
    toolhive.worlds.restart()
