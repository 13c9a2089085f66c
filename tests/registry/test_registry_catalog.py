"""The catalogue that the web-kernel reads, and messages to the hub."""

from __future__ import annotations

from specdouble.mock.state.world import World
from tests.conftest import Client

ADA = "imp_u_abc123"


def test_the_catalogue_holds_the_active_apps_with_tools_and_sections(registry: Client) -> None:
    client = registry.key()
    catalog = client.get("/v1/catalog").json
    apps = {one["app_id"]: one for one in catalog["apps"]}
    assert catalog["total"] == len(apps)
    assert list(apps) == [one["app_id"] for one in client.get("/v1/apps").json]
    assert apps["notes"] == client.get("/v1/apps/notes/tools").json
    assert [one["name"] for one in apps["notes"]["skeleton_sections"]] == ["recent_notes"]
    assert not {"old-clock", "weather-card", "pixel-diary"} & set(apps)


def test_for_a_user_it_holds_what_is_installed(registry: Client) -> None:
    client = registry.key()
    catalog = client.get(f"/v1/catalog?user_id={ADA}").json
    installed = [one["app_id"] for one in client.get(f"/v1/users/{ADA}/extensions").json]
    assert catalog["user_id"] == ADA
    assert [one["app_id"] for one in catalog["apps"]] == installed
    assert client.get("/v1/catalog?user_id=imp_u_nobody").status == 404


def test_all_tools_are_listed_flat(registry: Client) -> None:
    client = registry.key()
    tools = client.get("/v1/catalog/tools").json
    counted = sum(len(one["tools"]) for one in client.get("/v1/catalog").json["apps"])
    assert len(tools) == counted
    assert {
        "app_id": "notes",
        "activity": "notes.list_notes",
        "name": "list_notes",
        "description": client.get("/v1/apps/notes/tools").json["tools"][0]["description"],
        "required_scopes": ["notes:read"],
    } in tools


def test_a_hub_message_reaches_the_stream_of_its_user(registry: Client, world: World) -> None:
    reply = registry.key().post(f"/v1/hub/{ADA}/messages", {"content": "Your summary is ready."})
    assert reply.json == {"status": "signaled", "namespace": "imperal-hub", "workflow_id": f"session-{ADA}"}
    (event,) = world.state["events"].find(user_id=ADA)
    assert event["type"] == "chat_message"
    assert event["payload"]["text"] == "Your summary is ready."
    assert event["payload"]["message_id"].startswith("msg_")
    assert registry.key().post(f"/v1/hub/{ADA}/messages", {}).status == 422
    assert registry.key().post("/v1/hub/imp_u_nobody/messages", {"content": "Hello?"}).status == 200
    assert len(world.state["events"]) == 1
