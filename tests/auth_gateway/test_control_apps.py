"""What app authors need: a manifest becomes known, an unknown app may try itself, schedules read shared secrets."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from specdouble.mock.boot import Platform
from specdouble.mock.control.plane import actions
from specdouble.mock.state.world import World
from tests.conftest import Client

ADA = "imp_u_abc123"
THING = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "title": {"type": "string"}, "count": {"type": "integer", "minimum": 1}},
    "required": ["id", "title", "count"],
    "additionalProperties": False,
}
LIST = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": {"$ref": "#/$defs/Thing"}}, "total": {"type": "integer"}},
    "required": ["items", "total"],
    "$defs": {"Thing": THING},
}
NAMED = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
MANIFEST: dict[str, Any] = {
    "manifest_schema_version": 3,
    "app_id": "plant-book",
    "version": "0.3.0",
    "name": "Plant Book",
    "description": "Keeps plants.",
    "icon": "icon.svg",
    "tools": [
        {"name": "list_plants", "action_type": "read", "return_schema": LIST},
        {"name": "create_plant", "action_type": "write", "params_schema": NAMED, "return_schema": THING},
        {"name": "__panel__shelf", "description": "Panel", "synthetic": True},
    ],
    "panels": [{"panel_id": "shelf", "slot": "left", "title": "Shelf", "tree": {}}],
    "webhooks": [{"path": "/watered", "method": "POST"}],
    "secrets": [{"name": "api_key", "scope": "app"}, {"name": "own_key", "scope": "user"}],
}
KNOW = "/__mock__/extensions"


def call(client: Client, function: str, **params: Any) -> Any:
    body = {"user_id": ADA, "function": function, "params": params}
    return client.post("/v1/extensions/plant-book/call", body).json


@pytest.fixture
def known(gateway: Client) -> Any:
    reply = gateway.post(f"{KNOW}?developer=dev@example.com&install=user@example.com", MANIFEST)
    assert reply.status == 200, reply.content
    return reply.json


def test_one_call_makes_a_manifest_known(gateway: Client, registry: Client, user: Client, known: Any) -> None:
    assert known["functions"] == ["list_plants", "create_plant"]
    assert known["webhooks"] == [{"path": "watered", "method": "POST"}]
    page = gateway.get("/v1/marketplace/apps/plant-book").json
    assert [one["name"] for one in page["tools"]] == ["list_plants", "create_plant"]
    tools = registry.key("imp_reg_key_dev").get("/v1/apps/plant-book/tools").json
    assert [one["name"] for one in tools["tools"]] == ["list_plants", "create_plant"]
    assert "plant-book" in [one["app_id"] for one in user.get("/v1/me/extensions").json]
    assert gateway.post("/v1/ext/plant-book/webhook/watered", {}).json == {"status": "ok"}
    assert user.delete("/v1/marketplace/apps/plant-book/install").status == 200
    assert user.post("/v1/marketplace/apps/plant-book/install", {}).status == 200


def test_its_answers_are_true_to_their_schemas(user: Client, known: Any) -> None:
    assert call(user, "create_plant")["status"] == "error"  # its own params_schema holds
    made = call(user, "create_plant", name="Fern")["data"]
    assert jsonschema_rs.is_valid(THING, made)
    assert made["title"] == "Fern"
    listed = call(user, "list_plants")["data"]
    assert jsonschema_rs.is_valid(LIST, listed)
    assert (listed["total"], [one["title"] for one in listed["items"]]) == (1, ["Fern"])


def test_a_second_time_replaces_the_manifest_and_keeps_the_owner(gateway: Client, known: Any) -> None:
    tools = [{"name": "water_plant", "action_type": "write"}]
    again = gateway.post(f"{KNOW}?developer=indie@example.com", {**MANIFEST, "tools": tools}).json
    assert (again["functions"], again["developer_id"]) == (["water_plant"], known["developer_id"])


@pytest.mark.parametrize(
    ("query", "change", "status"),
    [
        ("", {"app_id": "Plant Book"}, 422),
        ("", {"app_id": None}, 422),
        ("", {"name": 5}, 422),
        ("", {"tools": [{"name": 5}]}, 422),
        ("", {"tools": [{"name": "x", "params_schema": {"type": "nonsense"}}]}, 422),
        ("", {"app_id": "billing"}, 409),
        ("?install=nobody@example.com", {}, 404),
        ("?developer=user@example.com", {}, 404),
    ],
)
def test_nonsense_makes_nothing_known(gateway: Client, query: str, change: Any, status: int) -> None:
    reply = gateway.post(KNOW + query, {**MANIFEST, **change})
    assert reply.status == status, reply.content
    assert gateway.get("/v1/marketplace/apps/plant-book").status == 404


def test_an_app_that_nobody_knows_may_notify_inject_and_store(gateway: Client, world: World) -> None:
    service = gateway.service(ADA)
    said = {"user_id": ADA, "message": "Water me", "extension_id": "unheard-of"}
    assert service.post("/v1/internal/notify", said).status == 200
    inject = {"user_id": ADA, "ext_id": "unheard-of", "text": "Hi", "msg_type": "response"}
    assert service.post("/v1/internal/chat/inject", inject).status == 200
    kept = {"extension_id": "unheard-of", "tenant_id": "default", "user_id": ADA, "collection": "a", "data": {"b": 1}}
    doc = service.post("/v1/internal/store", kept).json["id"]
    where = "extension_id=unheard-of&tenant_id=default"
    assert service.get(f"/v1/internal/store/a/{doc}?{where}").json["data"] == {"b": 1}
    section = {"extension_id": "unheard-of", "data": {"n": 1}}
    assert service.put(f"/v1/internal/skeleton/{ADA}/now", section).status == 200
    assert service.get(f"/v1/internal/skeleton/{ADA}/now?extension_id=unheard-of").json["data"] == {"n": 1}
    track = {"user_id": ADA, "meter": "actions", "extension_id": "unheard-of", "tenant_id": "default"}
    assert service.post("/v1/billing/internal/usage/track", track).status == 200
    assert next(world.state["notifications"].newest(user_id=ADA))["app_id"] == "unheard-of"


@pytest.mark.rule("K08")
def test_a_schedule_reads_what_the_app_shares(gateway: Client, developer: Client, user: Client, known: Any) -> None:
    assert developer.put("/v1/secrets/plant-book/api_key", {"value": "k-1"}).status == 200
    user.put("/v1/secrets/plant-book/own_key", {"value": "mine"})
    for nobody in ("__system__", "__webhook__"):
        headers = {"X-Service-Token": "dev-service-token", "X-Acting-User": nobody, "X-Ext-Id": "plant-book"}
        schedule = Client(gateway.app, headers)
        assert schedule.get("/v1/secrets/plant-book/api_key").json == {"value": "k-1"}
        assert schedule.get("/v1/secrets/plant-book/api_key/meta").json["is_set"] is True
        assert [one["name"] for one in schedule.get("/v1/secrets/plant-book").json] == ["api_key"]
        assert schedule.get("/v1/secrets/plant-book/own_key").status == 403
        assert schedule.put("/v1/secrets/plant-book/api_key", {"value": "x"}).status == 401
        assert schedule.delete("/v1/secrets/plant-book/api_key").status == 401
        assert schedule.get("/v1/me/extensions").status == 401
        other = Client(gateway.app, {**headers, "X-Ext-Id": "notes"})
        assert other.get("/v1/secrets/plant-book/api_key").status == 403


# -- nothing is silently ignored -----------------------------------------------------------------------------------

WRONG: tuple[tuple[str, Any], ...] = (
    ("POST /clock", {"advnce": "2d"}),
    ("POST /clock", {"advance": True}),
    ("POST /clock", {"advance": "soon"}),
    ("POST /reset", {"world": "emptyy"}),
    ("PUT /world", {"collections": {}, "clock": 5}),
    ("POST /events", {"user_id": ADA, "kind": "x"}),
    ("POST /cards", {"user_id": ADA, "card": "pm_card_nope"}),
    ("POST /cards", {"user_id": ADA, "card": {"id": "pm_card_visa"}}),
    ("POST /cards", {"user_id": ADA, "crad": "pm_card_visa"}),
    ("POST /tasks", {"user_id": ADA, "long_running": "yes"}),
    ("POST /tasks", {"user_id": ADA, "seconds": "ten"}),
    ("POST /tasks/task_ada_report/finish", {"reslt": 1}),
    ("POST /tasks/task_ada_report/fail", {"message": 5}),
    ("POST /deploys/dep_quiz2/finish", {"registry": "no"}),
    ("POST /deploys/dep_quiz2/finish", {"status": "failed"}),
    ("POST /deploys/dep_quiz2/fail", {"error": "x"}),
    ("POST /automations/17/trigger", {"now": True}),
    ("POST /extension-token", {"ext_id": 5}),
    ("POST /access-token", {"user_id": ADA, "seconds": 1.5}),
    ("POST /access-token", {"emial": "user@example.com"}),
    ("POST /vault", {"available": "no"}),
    ("POST /vault", {}),
    ("POST /oauth/doc-shelf/google/state", {"user": ADA}),
    ("POST /ext/tasks-board/webhook", {"path": 5}),
    ("POST /agent/coding-imp_u_abc123-r3f9ab2/steer", {"text": "x", "mode": "turbo"}),
    ("POST /agent/coding-imp_u_abc123-r3f9ab2/steer", {"text": "x", "surface": "fax"}),
    ("POST /agent/coding-imp_u_abc123-r3f9ab2/steer", {}),
    ("POST /payments/pi_ada_topup_3/succeed", {"amount": 5}),
    ("POST /confirmations/conf_ada_lemons/approve", {"yes": True}),
    ("POST /pages", {"url": "https://a.example", "title": "A", "text": None}),
)


@pytest.mark.parametrize(("key", "body"), WRONG, ids=[f"{key} {body}" for key, body in WRONG])
def test_a_wrong_body_is_refused_and_changes_nothing(gateway: Client, world: World, key: str, body: Any) -> None:
    before = world.state.snapshot()
    method, _, path = key.partition(" ")
    reply = gateway.call(method, f"/__mock__{path}", body)
    assert reply.status == 422, reply.content
    assert isinstance(reply.detail, str)
    assert world.state.snapshot() == before


def test_every_route_that_writes_says_what_it_takes(platform: Platform, gateway: Client) -> None:
    free = {"POST /__mock__/extensions"}  # any object
    named = {"{name}": "plans", "{id}": "free"}  # what is there, so that nothing else is wrong
    for key, (_summary, action) in actions(platform).items():
        assert hasattr(action, "control_fields") or key.startswith("GET") or key in free, key
        if key.startswith(("POST", "PUT")) and key not in free:
            path = key.partition(" ")[2]
            for name, value in named.items():
                path = path.replace(name, value)
            path = path.replace("{", "").replace("}", "")
            reply = gateway.call(key.partition(" ")[0], path, {"no_such_field": 1})
            assert (reply.status, "no_such_field" in str(reply.detail)) == (422, True), key
