"""The healthy app keeps its document, and every fault is one: a probe passes without it and fails with it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


def test_a_story_through_every_operation(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    reached: set[tuple[str, str]] = set()
    check = oracle.check

    def note(method: str, path: str, status: int, *more: Any) -> None:
        if status < 300:
            reached.add((method.lower(), oracle.template_of(path) or path))
        check(method, path, status, *more)

    monkeypatch.setattr(oracle, "check", note)
    story(World(client))
    operations = {(method, path) for path, item in oracle.document()["paths"].items() for method in item}
    assert 25 <= len(operations) <= 30
    assert operations - reached == set()


def story(w: World) -> None:
    """Let two people plan a harvest."""
    w.nobody.post("/v1/auth/register", {"email": "dora@example.org", "name": "Dora", "password": "dora-pass-1"})
    dora = w.login("dora@example.org")
    again = w.nobody.post("/v1/auth/refresh", {"refresh_token": dora.refresh_token}, 200)
    dora = w.bearer(again["access_token"], again["refresh_token"])
    dora.patch("/v1/me", {"bio": "Gardener", "timezone": "Europe/Vienna"})
    me = dora.get("/v1/me")
    assert (me["bio"], me["timezone"], me["role"]) == ("Gardener", "Europe/Vienna", "member")
    assert w.admin.get("/v1/admin/users", params={"q": "dor"})["items"] == [me]

    workspace = w.workspace(color="#22aa55")
    w.invite(dora, workspace, "editor")
    assert [one["name"] for one in dora.get(f"{workspace}/members")] == ["Alice", "Dora"]
    assert dora.get("/v1/workspaces")["total"] == 1
    assert dora.put(workspace, {"name": "Orchard"})["version"] == 2
    assert dora.get(workspace)["color"] is None

    project = w.project(workspace, hourly_rate_cents=1850)
    task = w.task(project, estimate_minutes=50, assignee_id=me["id"])
    assert dora.patch(task, {"priority": 5})["priority"] == 5
    dora.post(f"{task}/comments", {"text": "Ladders?"})
    assert [one["author_id"] for one in w.alice.get(f"{task}/comments")] == [me["id"]]
    file = dora.upload(task, b"map of the orchard")["id"]
    assert w.alice.get(f"{task}/attachments/{file}") == b"map of the orchard"
    w.move(task, "in_progress", "done")
    assert w.alice.get(task)["completed_at"] is not None
    assert w.alice.get(project)["cost_cents"] == 1542
    assert w.alice.get(f"{workspace}/projects")["items"] == [w.alice.get(project)]

    key = dora.key(scope="read")
    reader = w.with_key(key["secret"])
    assert [one["id"] for one in reader.get(f"{project}/tasks")["items"]] == [task.rpartition("/")[2]]
    assert [one["prefix"] for one in dora.get("/v1/me/api-keys")] == [key["prefix"]]
    dora.delete(f"/v1/me/api-keys/{key['id']}")
    reader.get("/v1/me", 401)

    dora.delete(task)
    assert w.alice.get(project)["task_count"] == 0
    dora.delete(workspace, 403)
    w.alice.delete(workspace)
    dora.get(workspace, 404)
    dora.post("/v1/auth/logout", status=204)
    dora.get("/v1/me", 401)


def test_the_document_is_the_same_with_every_fault() -> None:
    healthy = app_module.create_app().openapi()
    for fault_id in list(CATALOGUE)[::100]:
        activate(fault_id)
        assert app_module.create_app().openapi() == healthy


def test_files_stay_small() -> None:
    assert {path.name for path in HERE.rglob("*.py") if len(path.read_text().splitlines()) > 300} == set()


def test_ids_of_faults_are_words() -> None:
    assert [one for one in CATALOGUE if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", one)] == []
