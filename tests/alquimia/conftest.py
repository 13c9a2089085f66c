"""A runtime with its registry, as its seed data have it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from specdouble.mock.boot import Platform, boot
from specdouble.mock.options import Options
from specdouble.mock.transports.app import create_app
from specdouble.packs.documents import contract
from tests.conftest import Client

TOKEN = {"Authorization": "Bearer alquimia-dev-token"}


@pytest.fixture(scope="session")
def alquimia() -> Platform:
    return boot(contract("alquimia"), Options(strict=True, seed=7))


@pytest.fixture
def anybody(alquimia: Platform) -> Iterator[Client]:
    alquimia.worlds.restart()
    yield Client(create_app(alquimia, "alquimia"))
    alquimia.worlds.restart()


@pytest.fixture
def registry(anybody: Client) -> Client:
    return Client(anybody.app, TOKEN)


@pytest.fixture
def space(registry: Client) -> str:
    """The query that names an agentspace of the test's own."""
    made = registry.post("/registry/", {"name": "own", "namespace": "test"})
    return f"agentspace_id={made.json['agentspace_id']}"
