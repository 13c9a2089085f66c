"""The files of apps: uploads come back byte by byte, and belong to one app of one tenant."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest

from specdouble.mock.state.world import World
from tests.conftest import Client

STORAGE = "/v1/internal/storage"
BYTES = bytes(range(256)) * 5 + b"\r\n--boundary\r\n\x00"


@pytest.fixture
def kernel(gateway: Client) -> Client:
    return Client(gateway.app, {"Authorization": "Bearer dev-service-token"})


def upload(kernel: Client, path: str, content: bytes = BYTES, name: str = "x.bin", **fields: str) -> Any:
    form = {"file": (BytesIO(content), name), "path": path, "extension_id": "crm-sync", **fields}
    return kernel.post(f"{STORAGE}/upload", data=form)


def paths(kernel: Client, query: str = "extension_id=crm-sync") -> list[str]:
    reply = kernel.get(f"{STORAGE}/list?{query}").json
    assert reply["total"] == len(reply["files"])
    assert (reply["has_more"], reply["cursor"]) == (False, None)
    return [one["path"] for one in reply["files"]]


def test_a_file_comes_back_byte_by_byte(kernel: Client) -> None:
    stored = upload(kernel, "a/ü b.bin").json
    assert (stored["path"], stored["size"], stored["content_type"]) == (
        "a/ü b.bin",
        len(BYTES),
        "application/octet-stream",
    )
    assert stored["url"] == "https://files.example.com/crm-sync/a/%C3%BC%20b.bin"
    reply = kernel.get(f"{STORAGE}/download?extension_id=crm-sync&path=a/%C3%BC%20b.bin")
    assert (reply.content, reply.headers["Content-Type"]) == (BYTES, "application/octet-stream")
    assert kernel.get(f"{STORAGE}/list?extension_id=crm-sync").json["files"] == [stored]


def test_a_file_at_the_same_path_is_replaced(kernel: Client) -> None:
    upload(kernel, "a.txt", b"one")
    stored = kernel.post(
        f"{STORAGE}/upload",
        data={"file": (BytesIO(b""), "x", "text/plain"), "path": "a.txt", "extension_id": "crm-sync"},
    ).json
    assert (stored["size"], stored["content_type"]) == (0, "text/plain")
    assert kernel.get(f"{STORAGE}/download?extension_id=crm-sync&path=a.txt").content == b""
    assert paths(kernel) == ["a.txt"]


def test_without_a_path_the_file_gives_its_name(kernel: Client) -> None:
    assert upload(kernel, "", name="own.txt").json["path"] == "own.txt"


def test_a_list_is_by_path_and_may_have_a_prefix(kernel: Client) -> None:
    for path in ("b/2", "a", "b/1", "bb"):
        upload(kernel, path)
    assert paths(kernel) == ["a", "b/1", "b/2", "bb"]
    assert paths(kernel, "extension_id=crm-sync&prefix=b/") == ["b/1", "b/2"]
    assert paths(kernel, "extension_id=crm-sync&prefix=z") == []


def test_a_deleted_file_is_unknown(kernel: Client) -> None:
    upload(kernel, "a")
    where = f"{STORAGE}?extension_id=crm-sync&path=a"
    assert kernel.delete(where).json == {"path": "a", "deleted": True}
    assert [kernel.delete(where).status, kernel.get(f"{STORAGE}/download?extension_id=crm-sync&path=a").status] == [
        404,
        404,
    ]
    assert paths(kernel) == []


@pytest.mark.parametrize("query", ["extension_id=notes", "extension_id=crm-sync&tenant_id=acme", ""])
def test_another_apps_and_tenants_files_are_unknown(query: str, kernel: Client) -> None:
    upload(kernel, "a")
    assert "a" not in paths(kernel, query)
    assert kernel.get(f"{STORAGE}/download?path=a&{query}").status == 404
    assert kernel.delete(f"{STORAGE}?path=a&{query}").status == 404
    assert paths(kernel) == ["a"]


def test_uploads_that_are_none_are_422(kernel: Client, world: World) -> None:
    before = world.state.snapshot()
    target = f"{STORAGE}/upload"
    tries: list[dict[str, Any]] = [
        {},
        {"body": {"file": "x"}},
        {"data": {"path": "a"}, "content_type": "multipart/form-data"},
        {"data": {"file": "no file", "path": "a"}, "content_type": "multipart/form-data"},
        {"data": b"broken", "content_type": "multipart/form-data"},
        {"data": b"broken", "content_type": "multipart/form-data; boundary=x"},
        {"data": {"file": (BytesIO(b"x"), "x"), "path": "a\0b"}},
        {"data": {"file": (BytesIO(b"x"), "")}},
    ]
    assert [kernel.call("POST", target, **one).status for one in tries] == [422] * len(tries)
    assert kernel.get(f"{STORAGE}/download").status == 422
    assert world.state.snapshot() == before


def test_a_world_with_files_exports_as_json(kernel: Client) -> None:
    upload(kernel, "a")
    export = kernel.get("/__mock__/world").content
    kernel.post("/__mock__/reset")
    assert kernel.get(f"{STORAGE}/download?extension_id=crm-sync&path=a").status == 404
    kernel.put("/__mock__/world", json.loads(export))
    assert kernel.get(f"{STORAGE}/download?extension_id=crm-sync&path=a").content == BYTES


def test_an_app_that_is_deleted_leaves_no_files(kernel: Client, admin: Client) -> None:
    upload(kernel, "a")
    assert admin.delete("/v1/admin/apps/crm-sync", {"confirm_name": "crm-sync", "force": True}).status == 200
    assert paths(kernel) == []
