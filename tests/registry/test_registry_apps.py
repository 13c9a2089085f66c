"""Apps of the Registry, their keys, tools and settings."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from specdouble.packs.documents import bundled
from tests.conftest import Client

FULL = "imp_live_notesfullkey00000000000000000000"
TOOL: dict[str, Any] = {
    "activity": "fresh.say",
    "name": "say",
    "description": "Say something.",
    "domains": ["fresh"],
    "required_scopes": ["fresh:write"],
}


@pytest.fixture
def platform_key(registry: Client) -> Client:
    return registry.key()


@pytest.fixture
def fresh(platform_key: Client) -> dict[str, Any]:
    """A newly registered app."""
    body = {"app_id": "fresh", "display_name": "Fresh", "owner_id": "imp_u_dev001", "config": {"a": {"b": 1}}}
    return dict(platform_key.post("/v1/apps", body).json)


def ids(client: Client, query: str = "") -> list[str]:
    return [one["app_id"] for one in client.get(f"/v1/apps{query}").json]


# -- rows ----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R06")
def test_apps_are_a_bare_array_of_active_ones(platform_key: Client) -> None:
    rows = platform_key.get("/v1/apps").json
    assert isinstance(rows, list)
    assert {one["status"] for one in rows} == {"active"}
    assert ids(platform_key, "?status=suspended") == ["old-clock"]
    assert ids(platform_key, "?status=provisioning") == ["weather-card"]
    assert ids(platform_key, "?status=deleted") == ["pixel-diary"]
    everything = ids(platform_key, "?status=all")
    assert {"notes", "old-clock", "weather-card", "pixel-diary"} <= set(everything)
    assert set(ids(platform_key, "?status=all&owner_id=imp_u_dev001")) == {"notes", "expense-radar", "pixel-diary"}
    assert ids(platform_key, "?owner_id=imp_u_nobody") == []
    assert platform_key.get("/v1/apps?status=sleeping").status == 422


def test_registering_starts_as_provisioning(platform_key: Client, fresh: dict[str, Any]) -> None:
    assert fresh["name"] == fresh["display_name"] == "Fresh"
    assert (fresh["status"], fresh["namespace"], fresh["owner_id"]) == ("provisioning", "app-fresh", "imp_u_dev001")
    assert platform_key.get("/v1/apps/fresh").json == fresh
    assert platform_key.get("/v1/apps/fresh/tools").json["tools"] == []
    assert platform_key.post("/v1/apps", {"app_id": "bare", "display_name": "Bare"}).json["owner_id"] == "imperal"
    for body in ({"app_id": "Upper", "display_name": "x"}, {"app_id": "a", "display_name": "x"}, {"app_id": "ok"}):
        assert platform_key.post("/v1/apps", body).status == 422


@pytest.mark.rule("R05")
def test_a_known_id_is_409_and_stays(platform_key: Client) -> None:
    before = platform_key.get("/v1/apps/notes").json
    assert platform_key.post("/v1/apps", {"app_id": "notes", "display_name": "Other"}).status == 409
    assert platform_key.get("/v1/apps/notes").json == before


@pytest.mark.rule("D10")
@pytest.mark.parametrize("verb", ["PUT", "PATCH"])
def test_update_is_put_and_patch_is_the_older_verb(platform_key: Client, fresh: dict[str, Any], verb: str) -> None:
    deprecated = {one.key: one.deprecated for one in bundled("registry").operations}
    assert (deprecated["PUT /v1/apps/{app_id}"], deprecated["PATCH /v1/apps/{app_id}"]) == (False, True)
    changed = platform_key.call(verb, "/v1/apps/fresh", {"display_name": "Fresher", "config": {"c": 2}}).json
    assert (changed["display_name"], changed["config"]) == ("Fresher", {"c": 2})
    assert changed["name"] == "Fresh"
    assert changed["updated_at"] > fresh["updated_at"]
    assert platform_key.get("/v1/apps/fresh").json == changed
    assert platform_key.call(verb, "/v1/apps/no-such-app", {}).status == 404
    assert platform_key.call(verb, "/v1/apps/pixel-diary", {}).status == 404


@pytest.mark.rule("R10")
@pytest.mark.parametrize("status", ["draft", "pending_review", "provisioning", "deleted"])
def test_a_client_sets_active_and_suspended_only(platform_key: Client, status: str) -> None:
    assert platform_key.put("/v1/apps/notes", {"status": status}).status == 422
    assert platform_key.patch("/v1/apps/notes", {"status": status}).status == 422
    assert platform_key.get("/v1/apps/notes").json["status"] == "active"


@pytest.mark.rule("R10")
def test_drafts_and_reviews_are_unknown_here(platform_key: Client) -> None:
    known = {one["status"] for one in platform_key.get("/v1/apps?status=all").json}
    assert known == {"active", "suspended", "provisioning", "deleted"}
    for app_id in ("quiz-night", "mail-merge", "report-builder"):
        assert platform_key.get(f"/v1/apps/{app_id}").status == 404


def test_a_suspended_app_leaves_the_catalogue(platform_key: Client) -> None:
    assert platform_key.put("/v1/apps/notes", {"status": "suspended"}).json["status"] == "suspended"
    assert "notes" not in ids(platform_key)
    assert "notes" not in [one["app_id"] for one in platform_key.get("/v1/catalog").json["apps"]]
    assert platform_key.get("/v1/apps/notes").status == 200
    platform_key.put("/v1/apps/notes", {"status": "active"})
    assert "notes" in ids(platform_key)


@pytest.mark.rule("R08")
def test_a_deleted_app_is_gone_but_for_status_all(platform_key: Client, developer: Client) -> None:
    reply = platform_key.delete("/v1/apps/notes")
    assert (reply.json["app_id"], reply.json["status"]) == ("notes", "deleted")
    assert platform_key.get("/v1/apps/notes").status == 404
    assert platform_key.delete("/v1/apps/notes").status == 404
    assert platform_key.get("/v1/apps/notes/tools").status == 404
    assert "notes" not in ids(platform_key)
    assert "notes" in ids(platform_key, "?status=all")
    assert "notes" not in {one["app_id"] for one in platform_key.get("/v1/catalog/tools").json}
    assert "notes" not in [one["app_id"] for one in platform_key.get("/v1/users/imp_u_dev001/extensions").json]
    assert "notes" not in [one["app_id"] for one in developer.get("/v1/me/extensions").json]


def test_an_id_taken_anew_has_no_keys_or_settings_of_before(platform_key: Client, registry: Client) -> None:
    platform_key.delete("/v1/apps/notes")
    assert platform_key.post("/v1/apps", {"app_id": "notes", "display_name": "Other"}).status == 200
    assert platform_key.get("/v1/apps/notes/keys").json == {"keys": [], "total": 0}
    assert registry.key(FULL).get("/v1/apps/notes").status == 401
    assert platform_key.get("/v1/apps/notes/settings").json["persona"] == {"tone": "friendly"}
    assert platform_key.get("/v1/apps/notes").json["status"] == "provisioning"


def test_a_deleted_app_is_forgotten_after_a_month_with_its_keys_and_settings(
    platform_key: Client, fresh: dict[str, Any], world: World
) -> None:
    platform_key.post("/v1/apps/fresh/keys", {"scope": "full"})
    platform_key.put("/v1/apps/fresh/settings", {"persona": {"tone": "dry"}})
    others = [world.state[name].count() for name in ("registry_keys", "registry_settings")]
    platform_key.delete("/v1/apps/fresh")
    kept = [("registry_apps", 1), ("registry_keys", 1), ("registry_settings", 1)]
    for moved, wanted in (("29d", kept), ("2d", [(name, 0) for name, _ in kept])):
        platform_key.post("/__mock__/clock", {"advance": moved})
        assert [(name, len(list(world.state[name].find(app_id="fresh")))) for name, _ in kept] == wanted
    assert [world.state[name].count() + 1 for name in ("registry_keys", "registry_settings")] == others


# -- keys ----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R06")
def test_a_key_is_shown_once_and_works_until_revoked(platform_key: Client, registry: Client) -> None:
    made = platform_key.post("/v1/apps/crm-sync/keys", {"scope": "readonly"}).json
    assert made["api_key"].startswith("imp_live_")
    assert (len(made["api_key"]), made["prefix"], made["scope"]) == (41, made["api_key"][:13], "readonly")
    listed = platform_key.get("/v1/apps/crm-sync/keys")
    assert listed.json["total"] == len(listed.json["keys"]) == 2
    assert listed.json["keys"][0]["key_id"] == made["key_id"]
    assert made["api_key"] not in listed.content.decode()
    assert registry.key(made["api_key"]).get("/v1/apps/crm-sync").status == 200
    revoked = platform_key.delete(f"/v1/apps/crm-sync/keys/{made['key_id']}")
    assert revoked.json == {"key_id": made["key_id"], "status": "revoked"}
    assert registry.key(made["api_key"]).get("/v1/apps/crm-sync").status == 401
    assert platform_key.get("/v1/apps/crm-sync/keys").json["total"] == 1
    assert platform_key.delete(f"/v1/apps/crm-sync/keys/{made['key_id']}").status == 404


def test_a_key_is_full_unless_said_otherwise(platform_key: Client) -> None:
    assert platform_key.post("/v1/apps/crm-sync/keys", {}).json["scope"] == "full"
    assert platform_key.post("/v1/apps/crm-sync/keys", {"scope": "all"}).status == 422
    assert platform_key.delete("/v1/apps/crm-sync/keys/key_notes_full").status == 404
    assert platform_key.get("/v1/apps/notes/keys").json["total"] == 2
    for path in ("/v1/apps/no-such-app/keys", "/v1/apps/pixel-diary/keys"):
        assert platform_key.get(path).status == 404
        assert platform_key.post(path, {}).status == 404


# -- tools ---------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R03")
def test_pushing_tools_replaces_everything(platform_key: Client, fresh: dict[str, Any]) -> None:
    section = {"section_name": "today", "refresh_activity": "fresh.refresh_today", "ttl": 60}
    body = {"tools": [TOOL, {**TOOL, "name": "hear"}], "skeleton_sections": [section], "version": "1.0.0"}
    assert platform_key.put("/v1/apps/fresh/tools", body).json == {
        "app_id": "fresh",
        "tools_registered": 2,
        "tools_count": 2,
        "skeleton_sections_count": 1,
        "status": "active",
        "domains": ["fresh"],
    }
    assert platform_key.get("/v1/apps/fresh").json["version"] == "1.0.0"
    assert "fresh" in ids(platform_key)
    stored = platform_key.get("/v1/apps/fresh/tools").json
    assert stored["skeleton_sections"] == [
        {
            "name": "today",
            "refresh_activity": "fresh.refresh_today",
            "alert_activity": None,
            "ttl": 60,
            "alert_on_change": False,
        }
    ]
    platform_key.put("/v1/apps/fresh/tools", {"tools": [TOOL]})
    stored = platform_key.get("/v1/apps/fresh/tools").json
    assert stored["tools"] == [TOOL]
    assert stored["skeleton_sections"] == []
    platform_key.put("/v1/apps/fresh/tools", {})
    assert platform_key.get("/v1/apps/fresh/tools").json["tools"] == []


def test_a_tool_needs_a_name_and_the_right_types(platform_key: Client) -> None:
    before = platform_key.get("/v1/apps/notes/tools").json
    for body, loc in (
        ({"tools": [{"description": "x"}]}, ["body", "tools", 0, "name"]),
        ({"tools": [TOOL, {**TOOL, "domains": "fresh"}]}, ["body", "tools", 1, "domains"]),
        ({"tools": [{**TOOL, "action_type": "erase"}]}, ["body", "tools", 0, "action_type"]),
        ({"skeleton_sections": [{"ttl": 5}]}, ["body", "skeleton_sections", 0, "name"]),
        ({"skeleton_sections": [{"name": "x", "ttl": 0}]}, ["body", "skeleton_sections", 0, "ttl"]),
        ({"tools": "all"}, ["body", "tools"]),
    ):
        reply = platform_key.put("/v1/apps/notes/tools", body)
        assert (reply.status, reply.detail[0]["loc"]) == (422, loc)
    assert platform_key.get("/v1/apps/notes/tools").json == before
    assert platform_key.put("/v1/apps/no-such-app/tools", {"tools": []}).status == 404


@pytest.mark.rule("M21")
def test_pushing_tools_does_not_reach_the_gateway(platform_key: Client, developer: Client) -> None:
    before = developer.get("/v1/me/extensions").json
    catalogued = {**TOOL, "activity": "notes.say"}
    platform_key.put("/v1/apps/notes/tools", {"tools": [catalogued]})
    assert developer.get("/v1/me/extensions").json == before
    apps = {one["app_id"]: one for one in platform_key.get("/v1/catalog?user_id=imp_u_dev001").json["apps"]}
    assert [one["name"] for one in apps["notes"]["tools"]] == ["say"]


# -- settings ------------------------------------------------------------------------------------------------------


@pytest.mark.rule("R04")
def test_settings_merge_deeply_and_lose_nothing(platform_key: Client) -> None:
    before = platform_key.get("/v1/apps/crm-sync/settings").json
    saved = platform_key.put("/v1/apps/crm-sync/settings", {"alerts": {"quiet_hours": {"to": "06:00"}}})
    assert saved.json["updated_sections"] == ["alerts"]
    assert saved.json["skeleton_reloaded"] is False
    after = platform_key.get("/v1/apps/crm-sync/settings").json
    assert after["alerts"] == {
        "enabled": True,
        "channel": "mail",
        "quiet_hours": {"from": "22:00", "to": "06:00"},
    }
    assert {**after, "alerts": None} == {**before, "alerts": None}
    platform_key.put("/v1/apps/crm-sync/settings", {})
    assert platform_key.get("/v1/apps/crm-sync/settings").json == after


def test_settings_come_over_the_platforms_defaults(platform_key: Client) -> None:
    settings = platform_key.get("/v1/apps/notes/settings").json
    assert settings["models"] == {"primary_model": "demo-large", "temperature": 0.4}
    assert settings["persona"] == {"tone": "brief"}
    reload = platform_key.put("/v1/apps/notes/settings", {"skeleton": {"default_ttl": 60}})
    assert reload.json["skeleton_reloaded"] is True
    assert platform_key.put("/v1/apps/notes/settings", {"models": 7}).status == 422
    assert platform_key.put("/v1/apps/notes/settings", []).status == 422
    assert platform_key.put("/v1/apps/no-such-app/settings", {}).status == 404
    assert platform_key.get("/v1/apps/no-such-app/settings").status == 404
    assert platform_key.get("/v1/apps/developer/settings").json["persona"] == {"tone": "friendly"}


def test_settings_are_what_portals_read(platform_key: Client) -> None:
    where = "/v1/apps/notes/settings"
    row = platform_key.get("/v1/apps/notes").json
    settings = platform_key.get(where).json
    for name in ("app_id", "display_name", "version", "namespace", "created_at", "updated_at"):
        assert settings["general"][name] == row[name], name
    tools = platform_key.get("/v1/apps/notes/tools").json["tools"]
    assert [one["name"] for one in settings["tools"]] == [one["name"] for one in tools]
    keys = platform_key.get("/v1/apps/notes/keys").json["keys"]
    assert [one["key_id"] for one in settings["keys"]] == [one["key_id"] for one in keys]
    (section,) = settings["skeleton"]["sections"]
    assert (section["section_name"], section["ttl"], section["ttl_override"]) == ("recent_notes", 300, 120)
    unset = {"sections": [{"section_name": "recent_notes", "ttl_override": None, "alert_on_change": True}]}
    assert platform_key.put(where, {"skeleton": unset}).status == 200
    (section,) = platform_key.get(where).json["skeleton"]["sections"]
    assert (section["ttl_override"], section["alert_on_change"], section["ttl"]) == (None, True, 300)
    assert platform_key.put(where, {"general": {"display_name": "Notes 2"}}).status == 200
    assert platform_key.get("/v1/apps/notes").json["display_name"] == "Notes 2"
    assert platform_key.put(where, platform_key.get(where).json).status == 200  # a portal saves what it has read


@pytest.mark.parametrize(
    "wrong",
    [
        {"general": {"app_id": "other"}},
        {"general": {"namespace": "other"}},
        {"general": {"status": "gone"}},
        {"general": {"display_name": 5}},
        {"monitoring": {"namespace": "other"}},
        {"skeleton": {"sections": [{"section_name": "unknown", "ttl_override": 60}]}},
        {"skeleton": {"sections": [{"section_name": "recent_notes", "ttl_override": "often"}]}},
        {"skeleton": {"sections": {}}},
    ],
)
def test_settings_that_only_a_deploy_sets_are_refused(platform_key: Client, wrong: dict[str, Any]) -> None:
    before = platform_key.get("/v1/apps/notes/settings").json
    assert platform_key.put("/v1/apps/notes/settings", wrong).status == 422
    assert platform_key.get("/v1/apps/notes/settings").json == before


def test_the_overrides_outlive_a_push(platform_key: Client) -> None:
    pushed = {"tools": [], "skeleton_sections": [{"name": "recent_notes", "ttl": 900}, {"name": "drafts"}]}
    assert platform_key.put("/v1/apps/notes/tools", pushed).status == 200
    sections = {
        one["section_name"]: one for one in platform_key.get("/v1/apps/notes/settings").json["skeleton"]["sections"]
    }
    assert (sections["recent_notes"]["ttl"], sections["recent_notes"]["ttl_override"]) == (900, 120)
    assert sections["drafts"]["ttl_override"] is None


def test_health_answers_where_panels_look(registry: Client) -> None:
    assert registry.get("/health").json == registry.get("/v1/health").json == {"status": "ok"}
    assert registry.post("/health").status == 405
