"""The healthy app keeps its document, and every fault is one: a probe passes without it and fails with it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from . import app as app_module
from .faults import CATALOGUE, activate
from .probes import callers, oracle, reads, shape, writes
from .probes.world import PROBES, Probe, World

HERE = Path(__file__).parent
FAULTY = [(fault_id, function) for function, fault_ids in PROBES for fault_id in fault_ids]
MODULES = (callers, reads, shape, writes)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(app_module.create_app(), raise_server_exceptions=False) as made:
        yield made


@pytest.fixture(autouse=True)
def _healthy_again() -> Iterator[None]:
    yield
    activate(None)


@pytest.mark.parametrize("function", [function for function, _ in PROBES], ids=lambda one: one.__name__)
def test_the_healthy_app_passes(function: Probe, client: TestClient) -> None:
    function(World(client))


@pytest.mark.parametrize(("fault_id", "function"), FAULTY, ids=[fault_id for fault_id, _ in FAULTY])
def test_a_fault_is_seen(fault_id: str, function: Probe, client: TestClient) -> None:
    activate(fault_id)
    world = World(client)  # starting and logging in work with every fault
    with pytest.raises((AssertionError, KeyError, ValueError, TypeError)):
        function(world)


def test_every_fault_has_a_probe_and_a_place() -> None:
    probed = Counter(fault_id for fault_id, _ in FAULTY)
    assert {one: count for one, count in probed.items() if count > 1} == {}
    assert set(probed) == set(CATALOGUE)
    code = "\n".join(path.read_text() for path in HERE.rglob("*.py") if "probes" not in path.parts)
    assert [one for one in CATALOGUE if f'"{one}"' not in code] == []


def test_faults_are_many_and_of_all_classes() -> None:
    kinds = Counter(one.kind for one in CATALOGUE.values())
    assert len(CATALOGUE) >= 130
    assert min(kinds.values()) >= 3


def test_the_probes_reach_every_operation(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[tuple[str, str, int]] = set()
    check = oracle.check

    def note(method: str, path: str, status: int, *more: object) -> None:
        template = next((one for pattern, one in oracle._operations() if pattern.fullmatch(path)), path)
        seen.add((method.lower(), template, status // 100))
        check(method, path, status, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(oracle, "check", note)
    for function, _ in PROBES:
        function(World(client))
    operations = [(method, path) for path, item in oracle.document()["paths"].items() for method in item]
    assert 25 <= len(operations) <= 30
    assert [one for one in operations if (*one, 2) not in seen] == []


def test_the_document_is_the_same_with_every_fault() -> None:
    healthy = app_module.create_app().openapi()
    for fault_id in list(CATALOGUE)[::40]:
        activate(fault_id)
        assert app_module.create_app().openapi() == healthy


def test_files_stay_small() -> None:
    assert {path.name for path in HERE.rglob("*.py") if len(path.read_text().splitlines()) > 300} == set()


def test_ids_of_faults_are_words() -> None:
    assert [one for one in CATALOGUE if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", one)] == []
