"""Every fault is one: what it spoils shows, and nothing of it stays behind."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.boot import Platform, boot
from mockserver.options import Options
from specs import bundled
from tests.planted.catalogue import FAULTS
from tests.planted.fault import CLASSES, DOCUMENTS, Fault, planted
from tests.planted.witness import Witness

OPTIONS = {"heartbeat_seconds": 0.01, "deploy_seconds": 0.0}


class Stage:
    """A platform that is put back before each proof; its applications are rebuilt when a path gets a method."""

    def __init__(self, seed: int) -> None:
        self.platform: Platform = boot(Options(seed=seed, **OPTIONS))
        self._apps: dict[str, tuple[int, Any]] = {}

    def _app(self, name: str) -> Any:
        service = self.platform.services[name]
        held = self._apps.get(name)
        if held is None or held[0] != len(service.operations):
            held = self._apps[name] = (len(service.operations), create_app(self.platform, name))
        return held[1]

    def prove(self, fault: Fault) -> Any:
        self.platform.world.reset()
        try:
            witness = Witness(self._app("auth_gateway"), registry_app=self._app("registry"), world=self.platform.world)
            return fault.proof(witness)
        finally:
            self.platform.world.reset()


@pytest.fixture(scope="module")
def stages() -> tuple[Stage, Stage]:
    return Stage(7), Stage(8)


def test_there_are_enough() -> None:
    assert len(FAULTS) >= 150


def test_every_class_is_covered() -> None:
    assert not set(CLASSES) - {fault.fault_class for fault in FAULTS.values()}


def test_every_tag_is_covered() -> None:
    every = {(name, one.tag) for name, document in DOCUMENTS.items() for one in bundled(document).operations}
    assert not every - {(fault.service, fault.tag) for fault in FAULTS.values()}


def test_descriptions_differ() -> None:
    assert not [text for text, count in Counter(one.description for one in FAULTS.values()).items() if count > 1]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
def test_a_fault_shows(fault: Fault, stages: tuple[Stage, Stage]) -> None:
    first, second = stages
    healthy = first.prove(fault)
    assert second.prove(fault) == healthy
    with planted(first.platform, fault):
        spoilt = first.prove(fault)
    assert spoilt != healthy
    assert first.prove(fault) == healthy
