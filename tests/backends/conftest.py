"""Servers of one state."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.backends.replicas import Replicas
from tests.backends.test_surviving import LIBRARY


@pytest.fixture
def library(database: str) -> Iterator[Replicas]:
    replicas = Replicas(database, LIBRARY)
    yield replicas
    replicas.close()


@pytest.fixture
def cloud(database: str) -> Iterator[Replicas]:
    replicas = Replicas(database, "imperal")
    yield replicas
    replicas.close()
