"""Every fault is one: what it spoils shows, and nothing of it stays behind."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any

import pytest

from specdouble.mock.boot import Platform
from specdouble.mock.transports.app import create_app
from specdouble.packs.documents import bundled
from tests.pack import Options, boot
from tests.planted.catalogue import FAULTS, find
from tests.planted.fault import CLASSES, DOCUMENTS, SLOTS, Fault, planted, tags
from tests.planted.systematic import numbered
from tests.planted.witness import Witness

OPTIONS = {"heartbeat_seconds": 0.01, "deploy_seconds": 0.0}


class Session:
    """A platform that is put back before each proof; its applications are rebuilt when a path gets a method."""

    def __init__(self, seed: int) -> None:
        self.platform: Platform = boot(Options(seed=seed, **OPTIONS))
        self._pristine = self.platform.world.state.snapshot()
        self._clean = {name: service.operations for name, service in self.platform.services.items()}
        self._apps = {name: self._made(name) for name in self._clean}

    def _made(self, name: str) -> Any:
        app = create_app(self.platform, name)
        app.extensions["service"] = self.platform.services[name]
        return app

    def _app(self, name: str) -> Any:
        changed = self.platform.services[name].operations is not self._clean[name]
        return self._made(name) if changed else self._apps[name]

    def _put_back(self) -> None:
        world = self.platform.world
        world.restore(self._pristine)
        world.clock.reset()
        world.hub.close()

    def prove(self, fault: Fault) -> Any:
        """What the fault's proof sees on this platform as it is now."""
        self._put_back()
        gateway, registry = self._app("auth_gateway"), self._app("registry")
        return fault.proof(Witness(gateway, registry_app=registry, world=self.platform.world))


@pytest.fixture(scope="module")
def sessions() -> tuple[Session, Session]:
    return Session(7), Session(8)


def test_there_are_enough() -> None:
    assert len(FAULTS) >= 150


def test_every_class_is_covered() -> None:
    assert not set(CLASSES) - {fault.fault_class for fault in FAULTS.values()}


def test_every_tag_is_covered() -> None:
    every = {(name, one.tag) for name, document in DOCUMENTS.items() for one in bundled(document).operations}
    assert not every - {(fault.service, fault.tag) for fault in FAULTS.values()}


def test_descriptions_differ() -> None:
    said = Counter((one.service, one.operation, one.description) for one in FAULTS.values())
    assert not [one for one, count in said.items() if count > 1]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
def test_a_fault_shows(fault: Fault, sessions: tuple[Session, Session]) -> None:
    first, second = sessions
    healthy = first.prove(fault)
    assert second.prove(fault) == healthy
    with planted(first.platform, fault):
        assert first.prove(fault) != healthy


def test_nothing_stays_behind(sessions: tuple[Session, Session]) -> None:
    platform = sessions[0].platform
    every = [op for service in platform.services.values() for op in service.operations.values()]
    clean = [SLOTS(op) for op in every], [service.policy for service in platform.services.values()]
    modules = {
        name: dict(vars(module))
        for name, module in sys.modules.items()
        if name.startswith(("specdouble.mock.", "specdouble.packs."))
    }
    for fault in list(FAULTS.values())[::20]:
        with planted(platform, fault):
            sessions[0].prove(fault)
    assert ([SLOTS(op) for op in every], [service.policy for service in platform.services.values()]) == clean
    assert {name: dict(vars(module)) for name, module in sys.modules.items() if name in modules} == modules


@pytest.mark.parametrize("number", [0, 3, 13, 30, 32])
def test_generated_faults_prove_themselves(number: int) -> None:
    fault = numbered(number)
    assert find(fault.id) is fault
    assert fault.tag == tags(fault.service)[fault.operation]
