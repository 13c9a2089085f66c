"""The older store of extension records."""

from __future__ import annotations

import pytest

from tests.conftest import Client

NEW = {"id": "fresh", "display_name": "Fresh", "manifest": {"tools": []}}


@pytest.fixture
def client(registry: Client) -> Client:
    return registry.key()


def test_records_are_listed_by_status(client: Client) -> None:
    assert [one["id"] for one in client.get("/extensions").json] == ["notes", "crm-sync"]
    assert [one["id"] for one in client.get("/extensions?status=suspended").json] == ["old-clock"]


def test_a_record_is_created_once(client: Client) -> None:
    made = client.post("/extensions", NEW)
    assert made.status == 200
    assert (made.json["version"], made.json["status"], made.json["description"]) == ("1.0.0", "active", None)
    assert client.get("/extensions/fresh").json == made.json
    assert "fresh" in [one["id"] for one in client.get("/extensions").json]
    assert client.post("/extensions", {**NEW, "display_name": "Other"}).status == 409
    assert client.get("/extensions/fresh").json == made.json
    assert client.post("/extensions", {**NEW, "id": "Not A Slug"}).status == 422


def test_given_fields_change(client: Client) -> None:
    before = client.get("/extensions/notes").json
    after = client.put("/extensions/notes", {"version": "1.3.0", "description": None, "display_name": None}).json
    assert after == {**before, "version": "1.3.0", "description": None, "updated_at": after["updated_at"]}
    assert after["updated_at"] > before["updated_at"]
    assert client.get("/extensions/notes").json == after
    assert client.put("/extensions/nothing", {}).status == 404


def test_a_deleted_record_is_gone(client: Client) -> None:
    assert client.delete("/extensions/notes").json == {"id": "notes", "deleted": True}
    assert client.get("/extensions/notes").status == 404
    assert client.delete("/extensions/notes").status == 404


@pytest.mark.rule("D10")
def test_the_older_store_is_apart_from_apps_and_installs(client: Client) -> None:
    client.delete("/extensions/notes")
    assert client.get("/v1/apps/notes").status == 200
    assert "notes" in [one["app_id"] for one in client.get("/v1/users/imp_u_dev001/extensions").json]
    client.post("/extensions", NEW)
    assert client.get("/v1/apps/fresh").status == 404
