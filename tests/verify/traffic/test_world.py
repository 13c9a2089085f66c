"""A world that was recorded is played back by a server: its document and its items."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from specdouble import packs
from specdouble.mock.boot import boot
from specdouble.mock.options import Options
from specdouble.mock.transports.app import create_app
from specdouble.packs.documents import contract_of_file
from specdouble.packs.target import contract_of_target
from specdouble.verify.responses.reply import Reply
from specdouble.verify.traffic.world import World


def _ok(schema: Any) -> dict[str, Any]:
    return {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}


def _path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


TASK = {
    "type": "object",
    "required": ["id", "title"],
    "properties": {"id": {"type": "string"}, "title": {"type": "string"}},
}
OWNER = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
TASKS = {"type": "object", "properties": {"items": {"type": "array", "items": TASK}}}
MADE = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Tasks", "version": "1"},
    "paths": {
        "/owners": {
            "get": {"responses": _ok({"type": "array", "items": OWNER})},
            "post": {**MADE, "responses": _ok(OWNER)},
        },
        "/owners/{ownerId}": {
            "parameters": [_path("ownerId")],
            "get": {"responses": _ok(OWNER)},
            "delete": {"responses": {"204": {"description": "gone"}}},
        },
        "/owners/{ownerId}/tasks": {
            "parameters": [_path("ownerId")],
            "get": {"responses": _ok(TASKS)},
            "post": {**MADE, "responses": _ok(TASK)},
        },
        "/owners/{ownerId}/tasks/{taskId}": {
            "parameters": [_path("ownerId"), _path("taskId")],
            "get": {"responses": _ok(TASK)},
            "delete": {"responses": {"204": {"description": "gone"}}},
        },
    },
}  # fmt: skip


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "tasks.json").write_text(json.dumps(DOCUMENT))
    contract = contract_of_file(folder / "tasks.json", None)
    world = World(contract)

    def see(key: str, status: int, body: Any = None, **params: str) -> None:
        op = contract[key]
        headers = {"content-type": "application/json"}
        world.see(op, params, Reply(op, status, headers, b"" if body is None else json.dumps(body).encode()))

    task = "/owners/{ownerId}/tasks/{taskId}"
    see("GET /owners", 200, [{"id": "ann", "name": "Ann"}, {"id": "ben"}])
    see("GET /owners/{ownerId}/tasks", 200, {"items": [{"id": "t1", "title": "one"}]}, ownerId="ann")
    see("POST /owners/{ownerId}/tasks", 200, {"id": "t2", "title": "two"}, ownerId="ann")
    see("POST /owners/{ownerId}/tasks", 200, {"id": "t1", "title": "of Ben"}, ownerId="ben")
    see(f"GET {task}", 200, {"id": "t2", "title": "second"}, ownerId="ann", taskId="t2")
    see("POST /owners/{ownerId}/tasks", 200, {"id": "t3", "title": "gone soon"}, ownerId="ann")
    see(f"DELETE {task}", 204, ownerId="ann", taskId="t3")
    see(f"GET {task}", 404, {"detail": "no"}, ownerId="ann", taskId="t9")
    see("POST /owners", 200, {"id": "cid"})
    see("POST /owners/{ownerId}/tasks", 200, {"id": "t4", "title": "of Cid"}, ownerId="cid")
    see("DELETE /owners/{ownerId}", 204, ownerId="cid")
    return world.write(tmp_path / "world", lambda value: value)


def test_a_server_plays_it_back(recorded: Path) -> None:
    contract = contract_of_target(str(recorded))
    try:
        platform = boot(contract, Options(strict=True))
        client = create_app(platform, contract.first.name).test_client()
        assert client.get("/owners").json == [{"id": "ann", "name": "Ann"}, {"id": "ben"}]
        tasks = client.get("/owners/ann/tasks").json["items"]
        assert [{name: one[name] for name in ("id", "title")} for one in tasks] == [
            {"id": "t1", "title": "one"}, {"id": "t2", "title": "second"},
        ]  # fmt: skip
        assert [one["title"] for one in client.get("/owners/ben/tasks").json["items"]] == ["of Ben"]
        assert client.get("/owners/ann/tasks/t3").status_code == 404
    finally:
        packs._added.pop(contract.name, None)


def test_what_belonged_to_what_was_deleted_is_gone(recorded: Path) -> None:
    records = json.loads((recorded.parent / "fixtures" / "task.json").read_text())["records"]
    assert sorted(one["title"] for one in records) == ["of Ben", "one", "second"]


def test_an_empty_list_stays_empty(tmp_path: Path) -> None:
    (tmp_path / "tasks.json").write_text(json.dumps(DOCUMENT))
    contract = contract_of_file(tmp_path / "tasks.json", None)
    world = World(contract)
    op = contract["GET /owners"]
    world.see(op, {}, Reply(op, 200, {"content-type": "application/json"}, b"[]"))
    written = contract_of_target(str(world.write(tmp_path / "world", lambda value: value)))
    try:
        client = create_app(boot(written, Options(strict=True)), written.first.name).test_client()
        assert client.get("/owners").json == []
    finally:
        packs._added.pop(written.name, None)
