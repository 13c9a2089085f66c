"""Deploys, manifests and submissions: how a draft becomes an app that people use."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from specdouble.mock.state.world import World
from tests.conftest import Client

APPS = "/v1/developer/apps"
MINE = {"app_id": "my-extension", "name": "My Extension", "short_description": "Does something useful."}
TOOL = {"name": "list_things", "description": "List things.", "action_type": "read", "params_schema": {}}


@pytest.fixture
def ada(user: Client) -> Client:
    """Ada, a developer with the app my-extension in draft."""
    user.post("/v1/developer/register", {"display_name": "Ada Lovelace"})
    assert user.post(APPS, MINE).status == 201
    return user


def wait(world: World) -> None:
    """Let the pipeline do its work."""
    world.clock.move(world.options.deploy_seconds + 0.1)
    world.run_due()


def deploy(client: Client, **body: Any) -> dict[str, Any]:
    reply = client.post(f"{APPS}/my-extension/deploys", body)
    assert reply.status == 201, reply.content
    return dict(reply.json)


def status(client: Client) -> str:
    return str(client.get(f"{APPS}/my-extension").json["status"])


def settled(world: World) -> list[dict[str, Any]]:
    found = world.state["events"].find(user_id="imp_u_abc123")
    return [event["payload"] for event in found if event["type"] == "developer.deploy_settled"]


# -- deploys -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("M14")
def test_a_deploy_answers_as_the_api_map_prints_it_and_settles_by_itself(ada: Client, world: World) -> None:
    made = deploy(ada, version="1.0.0", changelog="Initial release.")
    assert made["deploy_id"].startswith("dep_")
    assert {"app_id": "my-extension", "version": "1.0.0", "status": "pending"}.items() <= made.items()
    assert ada.get(f"{APPS}/my-extension/deploys").json == [made]
    wait(world)
    (done,) = ada.get(f"{APPS}/my-extension/deploys").json
    assert (done["status"], done["error_message"]) == ("success", None)
    assert done["deployed_at"] > done["created_at"]
    assert ada.get(f"{APPS}/my-extension").json["version"] == "1.0.0"
    assert [one["status"] for one in settled(world)] == ["success"]


@pytest.mark.rule("M14")
def test_the_workers_note_records_a_finished_deploy(ada: Client) -> None:
    noted = deploy(ada, commit_sha="4f0c2d9e")
    assert (noted["status"], noted["commit_sha"], noted["version"]) == ("success", "4f0c2d9e", None)
    assert noted["deployed_at"] is not None
    failed = deploy(ada, commit_sha="9b71aa05", status="failed", error_message="The build broke.")
    assert (failed["status"], failed["error_message"], failed["deployed_at"]) == ("failed", "The build broke.", None)
    assert [one["status"] for one in ada.get(f"{APPS}/my-extension/deploys").json] == ["failed", "success"]


def test_a_deploy_names_a_version_or_a_commit(ada: Client) -> None:
    for body in ({}, {"changelog": "x"}, {"version": "1", "status": "done"}):
        assert ada.post(f"{APPS}/my-extension/deploys", body).status == 422
    assert ada.get(f"{APPS}/my-extension/deploys").json == []


def test_success_writes_both_copies(ada: Client, gateway: Client, world: World) -> None:
    gateway.service().post(f"{APPS}/my-extension/_sync_manifest", {"manifest_json": {"tools": [TOOL]}})
    deploy(ada, version="2.0.0")
    wait(world)
    assert ada.get(f"{APPS}/my-extension").json["manifest_json"] == {"tools": [TOOL], "version": "2.0.0"}
    pushed = world.state["registry_manifests"].get("my-extension")
    row = world.state["registry_apps"].get("my-extension")
    assert pushed is not None
    assert row is not None
    assert (pushed["version"], [tool["name"] for tool in pushed["tools"]]) == ("2.0.0", ["list_things"])
    assert (row["status"], row["version"], row["owner_id"]) == ("active", "2.0.0", "imp_u_abc123")


def test_a_deploy_of_a_deleted_app_is_forgotten(ada: Client, world: World) -> None:
    deploy(ada, version="1.0.0")
    ada.delete(f"{APPS}/my-extension", {"confirm_name": "my-extension"})
    wait(world)
    assert "my-extension" not in world.state["registry_apps"]
    assert settled(world) == []


# -- submitting ----------------------------------------------------------------------------------------------------


def test_submitting_answers_as_the_api_map_prints_it(ada: Client, admin: Client, world: World) -> None:
    deploy(ada, version="1.0.0")
    wait(world)
    answer = ada.post(f"{APPS}/my-extension/submit", {}).json
    assert answer.pop("submitted_at").endswith("Z")
    assert all(one["passed"] and one["ok"] for one in answer.pop("checks"))
    assert answer == {"app_id": "my-extension", "status": "pending_review"}
    assert status(ada) == "pending_review"
    assert "my-extension" in [app["app_id"] for app in admin.get("/v1/admin/apps/pending").json]


@pytest.mark.rule("M15")
def test_a_submission_without_a_deploy_fails_its_check(ada: Client, admin: Client) -> None:
    reply = ada.post(f"{APPS}/my-extension/submit", {})
    assert (reply.status, reply.json["status"], reply.json["submitted_at"]) == (200, "failed", None)
    assert [one["check"] for one in reply.json["checks"] if not one["passed"]] == ["successful_deploy"]
    assert status(ada) == "draft"
    assert "my-extension" not in [app["app_id"] for app in admin.get("/v1/admin/apps/pending").json]


@pytest.mark.rule("M16")
def test_only_a_clean_deploy_counts(ada: Client, world: World) -> None:
    deploy(ada, commit_sha="a", status="failed")
    deploy(ada, commit_sha="b", status="warning")
    deploy(ada, version="1.0.0", changelog="[fail] on purpose")
    deploy(ada, version="1.0.1", changelog="[warn] on purpose")
    wait(world)
    deploy(ada, version="1.0.2")
    outcomes = [one["status"] for one in ada.get(f"{APPS}/my-extension/deploys").json]
    assert outcomes == ["pending", "warning", "failed", "warning", "failed"]
    assert ada.post(f"{APPS}/my-extension/submit").json["status"] == "failed"
    wait(world)
    assert ada.post(f"{APPS}/my-extension/submit").json["status"] == "pending_review"


def test_submitting_again_is_refused(gateway: Client, developer: Client) -> None:
    assert gateway.login("indie@example.com").post(f"{APPS}/mail-merge/submit").status == 409
    assert developer.post(f"{APPS}/notes/submit").status == 409


# -- _sync_manifest ------------------------------------------------------------------------------------------------


@pytest.mark.rule("S05")
def test_sync_manifest_is_for_services_only(gateway: Client, developer: Client, admin: Client, world: World) -> None:
    before = world.state["apps"].get("notes")
    body = {"icon_svg": "<svg/>", "manifest_json": {"tools": []}, "tools_json": []}
    for client in (gateway, developer, admin, gateway.service("imp_u_dev001").bearer("x")):
        assert client.post(f"{APPS}/notes/_sync_manifest", body).status in (401, 403)
    wrong = Client(developer.app, {**developer.headers, "X-Service-Token": "guessed"})
    assert wrong.post(f"{APPS}/notes/_sync_manifest", body).status == 401
    assert world.state["apps"].get("notes") == before
    assert b"#f4c542" in gateway.get("/v1/marketplace/apps/notes/icon").content


def test_sync_manifest_shows_everywhere_on_the_gateway(gateway: Client, world: World) -> None:
    body = {
        "icon_svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
        "manifest_json": {"webhooks": [{"path": "/hook", "method": "post", "secret_header": "X"}], "tools": []},
        "tools_json": [TOOL],
    }
    answer = gateway.service().post(f"{APPS}/notes/_sync_manifest", body)
    assert answer.json == {"updated": True, "fields": ["icon_svg", "manifest_json", "tools_json"]}
    detail = gateway.get("/v1/marketplace/apps/notes").json
    assert [tool["name"] for tool in detail["tools"]] == ["list_things"]
    assert gateway.get("/v1/marketplace/apps/notes/webhooks").json == [{"path": "hook", "method": "POST"}]
    assert gateway.get("/v1/marketplace/apps/notes/icon").content == body["icon_svg"].encode()  # type: ignore[attr-defined]


def test_a_new_manifest_wins_over_an_older_list_of_tools(gateway: Client) -> None:
    path = f"{APPS}/notes/_sync_manifest"
    gateway.service().post(path, {"tools_json": [TOOL]})
    gateway.service().post(path, {"manifest_json": {"tools": [{"name": "newer"}]}})
    (tool,) = gateway.get("/v1/marketplace/apps/notes").json["tools"]
    assert tool == {"name": "newer", "description": "", "params_schema": {}, "action_type": "read"}


@pytest.mark.rule("M21")
def test_each_side_keeps_its_own_copy(gateway: Client, registry: Client, world: World) -> None:
    kernel = registry.key()
    admin = gateway.login("admin@example.com")

    def portal() -> list[str]:
        (notes,) = [one for one in admin.get("/v1/me/extensions").json if one["app_id"] == "notes"]
        return [one["name"] for one in notes["functions"]]

    def catalogue() -> list[str]:
        apps = kernel.get("/v1/catalog").json["apps"]
        return [tool["name"] for app in apps if app["app_id"] == "notes" for tool in app["tools"]]

    assert kernel.post("/v1/apps", {"app_id": "notes", "display_name": "Notes"}).status in (200, 201, 409)
    was_portal, was_catalogue = portal(), catalogue()
    tool = {"activity": "notes.list_things", "name": "list_things", "description": "List things."}
    assert kernel.put("/v1/apps/notes/tools", {"tools": [tool], "version": "2"}).status == 200
    assert (portal(), catalogue()) == (was_portal, ["list_things"])
    kernel.put("/v1/apps/notes/tools", {"tools": [], "version": "2"})
    gateway.service().post(f"{APPS}/notes/_sync_manifest", {"manifest_json": {"tools": [TOOL]}})
    assert (portal(), catalogue()) == (["list_things"], [])
    kernel.put("/v1/apps/notes/tools", {"tools": [tool], "version": "2"})
    assert portal() == catalogue() == ["list_things"]
    assert was_catalogue != ["list_things"]


@pytest.mark.rule("M22")
def test_a_manifest_may_come_as_text(gateway: Client, developer: Client) -> None:
    text = orjson.dumps({"tools": [TOOL]}, option=orjson.OPT_INDENT_2).decode()
    assert gateway.service().post(f"{APPS}/notes/_sync_manifest", {"manifest_json": text}).status == 200
    assert developer.get(f"{APPS}/notes").json["manifest_json"] == {"tools": [TOOL]}


@pytest.mark.rule("M22")
def test_too_large_is_refused_and_changes_nothing(gateway: Client, world: World) -> None:
    before = world.state["apps"].get("notes")
    path = f"{APPS}/notes/_sync_manifest"
    large = {"filler": "x" * (1024 * 1024)}
    assert gateway.service().post(path, {"manifest_json": large}).status == 413
    assert gateway.service().post(path, {"manifest_json": orjson.dumps(large).decode()}).status == 413
    assert gateway.service().post(path, {"icon_svg": "ü" * (40 * 1024)}).status == 413
    assert gateway.service().post(path, {"icon_svg": "x" * (65 * 1024)}).status in (413, 422)
    assert world.state["apps"].get("notes") == before
    spaced = orjson.dumps({"filler": ["x"] * 200_000}, option=orjson.OPT_INDENT_2).decode()
    assert len(spaced) > 1024 * 1024
    assert gateway.service().post(path, {"manifest_json": spaced}).status == 200


@pytest.mark.rule("M22")
@pytest.mark.parametrize(
    "manifest",
    [
        "not json",
        "[]",
        {"tools": {}},
        {"tools": [{}]},
        {"tools": [{"name": "x", "action_type": "delete"}]},
        {"tools": [{"name": "x", "params_schema": {"type": "nonsense"}}]},
        {"tools": [{"name": "x", "params_schema": {"$ref": "http://localhost:1/schema"}}]},
        {"webhooks": ["/hook"]},
        {"secrets": [{"name": "s", "write_mode": "anyone"}]},
        {"system": "yes"},
    ],
)
def test_what_is_no_manifest_is_refused(gateway: Client, world: World, manifest: Any) -> None:
    before = world.state["apps"].get("notes")
    reply = gateway.service().post(f"{APPS}/notes/_sync_manifest", {"manifest_json": manifest})
    assert reply.status == 422, reply.content
    assert reply.detail[0]["loc"][:2] == ["body", "manifest_json"]
    assert world.state["apps"].get("notes") == before


def test_nothing_sent_and_nobody_there(gateway: Client) -> None:
    assert gateway.service().post(f"{APPS}/notes/_sync_manifest", {}).json == {"updated": False, "fields": []}
    assert gateway.service().post(f"{APPS}/no-such-app/_sync_manifest", {}).status == 404


@pytest.mark.rule("M23")
@pytest.mark.parametrize("body", [{"system": True}, {"manifest_json": {"system": True}}])
def test_a_system_app_leaves_the_marketplace_and_reaches_everybody(
    gateway: Client, user: Client, world: World, body: dict[str, Any]
) -> None:
    assert "notes" not in [one["app_id"] for one in user.get("/v1/me/extensions").json]
    gateway.service().post(f"{APPS}/notes/_sync_manifest", body)
    assert gateway.get("/v1/marketplace/apps/notes").status == 404
    assert "notes" in [one["app_id"] for one in user.get("/v1/me/extensions").json]
    assert user.delete("/v1/marketplace/apps/notes/install").status == 403
    holders = {held["user_id"] for held in world.state["installs"].find(app_id="notes")}
    assert holders >= {one["imperal_id"] for one in world.state["users"] if one["is_active"] and one["email_verified"]}
    assert "imp_u_unver1" not in holders
