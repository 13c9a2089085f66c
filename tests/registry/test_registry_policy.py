"""Who may call the Registry: the platform key, or an app's own key."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from specdouble.packs.documents import bundled
from tests.conftest import Client

FULL = "imp_live_notesfullkey00000000000000000000"
READONLY = "imp_live_notesreadkey00000000000000000000"
CRM = "imp_live_crmsyncfull000000000000000000000"
KEYS = [one.key for one in bundled("registry").operations if one.key != "GET /v1/health"]
PATHS = {"app_id": "notes", "user_id": "imp_u_abc123", "key_id": "key_notes_read", "ext_id": "notes"}

# Calls on crm-sync's own things, or on no app's, that a key of notes must not open.
FOREIGN: list[tuple[str, str, Any]] = [
    ("GET", "/v1/apps/crm-sync", None),
    ("PUT", "/v1/apps/crm-sync", {"name": "Mine now"}),
    ("PATCH", "/v1/apps/crm-sync", {"display_name": "Mine now"}),
    ("DELETE", "/v1/apps/crm-sync", None),
    ("GET", "/v1/apps/crm-sync/keys", None),
    ("POST", "/v1/apps/crm-sync/keys", {"scope": "full"}),
    ("DELETE", "/v1/apps/crm-sync/keys/key_crm_full", None),
    ("GET", "/v1/apps/crm-sync/tools", None),
    ("PUT", "/v1/apps/crm-sync/tools", {"tools": []}),
    ("GET", "/v1/apps/crm-sync/settings", None),
    ("PUT", "/v1/apps/crm-sync/settings", {"general": {"language": "fr"}}),
    ("POST", "/v1/apps", {"app_id": "fresh", "display_name": "Fresh"}),
    ("POST", "/v1/users/imp_u_abc123/extensions", {"app_id": "crm-sync"}),
    ("DELETE", "/v1/users/imp_u_dev001/extensions/crm-sync", None),
    ("PUT", "/v1/users/imp_u_abc123/automations", []),
    ("POST", "/v1/hub/imp_u_abc123/messages", {"content": "Hello"}),
    ("GET", "/extensions/crm-sync", None),
    ("PUT", "/extensions/crm-sync", {"display_name": "Mine now"}),
    ("DELETE", "/extensions/crm-sync", None),
    ("POST", "/extensions", {"id": "fresh", "display_name": "Fresh", "manifest": {}}),
]


@pytest.mark.rule("R01")
@pytest.mark.parametrize("key", KEYS)
def test_every_route_needs_a_known_key(registry: Client, world: World, key: str) -> None:
    method, _, path = key.partition(" ")
    before = {name: list(world.state[name]) for name in world.state.names()}
    for client in (registry, registry.key("imp_reg_key_wrong"), registry.bearer("imp_reg_key_dev")):
        assert client.call(method, path.format(**PATHS), {}).status == 401
    assert {name: list(world.state[name]) for name in world.state.names()} == before


@pytest.mark.rule("R01")
def test_health_is_open_and_the_headers_case_does_not_matter(registry: Client) -> None:
    assert registry.get("/v1/health").json == {"status": "ok"}
    for header in ("X-Api-Key", "x-api-key", "X-API-KEY"):
        assert registry.get("/v1/apps", headers={header: "imp_reg_key_dev"}).status == 200


@pytest.mark.rule("R02")
@pytest.mark.parametrize(("method", "path", "body"), FOREIGN)
def test_an_app_key_opens_nothing_of_another_app(
    registry: Client, world: World, method: str, path: str, body: Any
) -> None:
    before = {name: list(world.state[name]) for name in world.state.names()}
    assert registry.key(FULL).call(method, path, body).status == 403
    assert registry.key(READONLY).call(method, path, body).status == 403
    assert {name: list(world.state[name]) for name in world.state.names()} == before


@pytest.mark.rule("R02")
def test_a_readonly_key_reads_and_refuses_writes(registry: Client) -> None:
    reader, writer = registry.key(READONLY), registry.key(FULL)
    for path in ("", "/keys", "/tools", "/settings"):
        assert reader.get(f"/v1/apps/notes{path}").status == 200
    before = reader.get("/v1/apps/notes").json
    writes: list[tuple[str, str, Any]] = [
        ("PUT", "", {"name": "Notes 2"}),
        ("PATCH", "", {"display_name": "Notes 2"}),
        ("PUT", "/tools", {"tools": []}),
        ("PUT", "/settings", {"persona": {"tone": "loud"}}),
        ("POST", "/keys", {"scope": "full"}),
        ("DELETE", "/keys/key_notes_read", None),
        ("DELETE", "", None),
    ]
    for method, path, body in writes:
        assert reader.call(method, f"/v1/apps/notes{path}", body).status == 403
    assert reader.get("/v1/apps/notes").json == before
    assert reader.get("/v1/apps/notes/keys").json["total"] == 2
    for method, path, body in writes:
        assert writer.call(method, f"/v1/apps/notes{path}", body).status == 200


@pytest.mark.rule("R02")
def test_lists_show_an_app_key_its_own_app_only(registry: Client) -> None:
    platform, notes, crm = registry.key(), registry.key(READONLY), registry.key(CRM)
    assert len(platform.get("/v1/apps").json) > 5
    assert [one["app_id"] for one in notes.get("/v1/apps?status=all").json] == ["notes"]
    assert [one["app_id"] for one in notes.get("/v1/catalog").json["apps"]] == ["notes"]
    assert {one["app_id"] for one in notes.get("/v1/catalog/tools").json} == {"notes"}
    assert [one["id"] for one in notes.get("/extensions").json] == ["notes"]
    installs = notes.get("/v1/users/imp_u_dev001/extensions").json
    assert [one["app_id"] for one in installs] == ["notes"]
    assert [one["app_id"] for one in notes.get("/v1/users/imp_u_abc123/automations").json["automations"]] == ["notes"]
    assert crm.get("/v1/users/imp_u_abc123/automations").json == {"automations": []}


def test_using_a_key_is_remembered(registry: Client) -> None:
    key = {one["key_id"]: one for one in registry.key(READONLY).get("/v1/apps/notes/keys").json["keys"]}[
        "key_notes_read"
    ]
    assert key["last_used_at"] is not None
