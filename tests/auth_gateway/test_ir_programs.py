"""Declarative apps in the SDK's envelope: tried out in a store of their own, deployed, and called like any other."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from tests.conftest import Client, Reply

RADIA = "imp_u_expl01"


def function(name: str, kind: str, *steps: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "action_type": kind,
        "params_schema": {},
        "impl": {"kind": "declarative", "steps": list(steps)},
    }


def op(name: str, step: str = "s1", **args: Any) -> dict[str, Any]:
    return {"id": step, "op": name, "args": args}


FUNCTIONS = [
    function(
        "save", "write", op("store.create", kind="link", data={"url": "{{args.url}}", "note": "from {{args.who}}"})
    ),
    function("all", "read", op("store.list", kind="link", limit=10)),
    function("one", "read", op("store.get", kind="link", id="{{args.id}}")),
    function("mark", "write", op("store.update", kind="link", id="{{args.id}}", set={"read": True})),
    function("drop", "destructive", op("store.delete", kind="link", where={"url": "{{args.url}}"})),
    function("clear", "destructive", op("store.delete", kind="link")),
    function(
        "chain",
        "write",
        op("store.create", kind="link", data={"url": "x"}),
        op("send", "s2", message="Saved {{s1.id}}"),
    ),
]
IR = {"ir_version": "1.0", "app": {"id": "quiz-night", "version": "3.0.0", "functions": FUNCTIONS}}


@pytest.fixture
def radia(gateway: Client) -> Client:
    return gateway.login("explorer@example.com")


def call(client: Client, app: str, name: str, **params: Any) -> Reply:
    body = {"user_id": RADIA, "tenant_id": "default", "function": name, "params": params}
    return client.post(f"/v1/extensions/{app}/call", body)


def deploy(client: Client, ir: Any = IR) -> dict[str, Any]:
    return dict(call(client, "developer", "deploy_ir", app_id="quiz-night", ir_dict=ir).json)


def test_an_envelope_becomes_the_tools_of_its_app(radia: Client) -> None:
    receipt = deploy(radia)
    assert (receipt["status"], receipt["data"]["steps_registered"], receipt["data"]["ir_version"]) == (
        "success",
        7,
        "3.0.0",
    )
    tools = radia.get("/v1/developer/apps/quiz-night").json["manifest_json"]["tools"]
    assert [(one["name"], one["action_type"]) for one in tools][:2] == [("save", "write"), ("all", "read")]
    (mine,) = [one for one in radia.get("/v1/me/extensions").json if one["app_id"] == "quiz-night"]
    assert [one["name"] for one in mine["functions"]] == [one["name"] for one in FUNCTIONS]


def test_its_functions_keep_read_change_and_delete(radia: Client) -> None:
    deploy(radia)
    made = call(radia, "quiz-night", "save", url="https://a.example", who="me").json["data"]
    assert (made["url"], made["note"]) == ("https://a.example", "from me")
    assert call(radia, "quiz-night", "all").json["data"] == [made]
    assert call(radia, "quiz-night", "one", id=made["id"]).json["data"] == made
    assert call(radia, "quiz-night", "mark", id=made["id"]).json["data"] == [{**made, "read": True}]
    assert call(radia, "quiz-night", "drop", url="https://other.example").json["data"] == []
    assert call(radia, "quiz-night", "drop", url="https://a.example").json["data"] == [made["id"]]
    assert call(radia, "quiz-night", "all").json["data"] == []
    assert call(radia, "quiz-night", "clear").json["status"] == "error"


def test_a_step_may_use_what_another_gave(radia: Client) -> None:
    deploy(radia)
    said = call(radia, "quiz-night", "chain").json["data"]
    made = call(radia, "quiz-night", "all").json["data"][0]["id"]
    assert said == {"op": "send", "args": {"message": f"Saved {made}"}}


def test_smoke_tries_a_function_and_keeps_nothing(radia: Client, world: World) -> None:
    before = len(world.state["records"])
    tried = call(radia, "developer", "smoke_ir", ir_dict=IR, function="save", args={"url": "u", "who": "me"}).json[
        "data"
    ]
    assert (tried["ok"], tried["result"]["url"], [one["op"] for one in tried["trace"]]) == (True, "u", ["store.create"])
    assert len(world.state["records"]) == before
    assert call(radia, "developer", "smoke_ir", ir_dict=IR, function="none").json["status"] == "error"
    assert call(radia, "developer", "smoke_ir", ir_dict=IR, function="clear").json["status"] == "error"


@pytest.mark.parametrize(
    "functions", ["x", ["x"], [{}], [{"name": "f", "impl": {"steps": "x"}}], [{"name": "f", "impl": {"steps": [{}]}}]]
)
def test_a_broken_envelope_fails_and_changes_nothing(radia: Client, world: World, functions: Any) -> None:
    before = world.state["apps"].get("quiz-night")
    assert deploy(radia, {"app": {"id": "quiz-night", "functions": functions}})["status"] == "error"
    assert world.state["apps"].get("quiz-night") == before


def test_an_envelope_names_its_own_app(radia: Client) -> None:
    assert deploy(radia, {"app": {"id": "notes", "functions": []}})["error"] == "ir_dict names another app than app_id."


# -- the billing app's plan functions ------------------------------------------------------------------------------


@pytest.mark.rule("C08")
@pytest.mark.parametrize(
    ("name", "params", "plan", "ends"),
    [
        ("change_plan", {"plan_id": "business"}, "business", False),
        ("upgrade_plan", {"plan_id": "business"}, "business", False),
        ("cancel_subscription", {}, "pro", True),
    ],
)
def test_a_plan_changes_after_the_panel_s_approval_only(
    user: Client, gateway: Client, name: str, params: Any, plan: str, ends: bool
) -> None:
    def state() -> tuple[str, bool]:
        held = user.get("/v1/billing/subscription").json
        return held["plan"], held["cancel_at_period_end"]

    body = {"user_id": "imp_u_abc123", "tenant_id": "default", "function": name, "params": params}
    held = user.post("/v1/extensions/billing/operate", {**body, "confirmation_bypassed": True}).json
    assert held["kind"] == "panel_approval_required"
    assert state() == ("pro", False)
    assert gateway.post(f"/__mock__/confirmations/{held['confirmation_id']}/approve").status == 200
    assert state() == (plan, ends)


def test_a_cancelled_plan_is_resumed_and_an_expired_one_renewed(user: Client, gateway: Client) -> None:
    def approved(client: Client, user_id: str, name: str) -> dict[str, Any]:
        body = {"user_id": user_id, "tenant_id": "default", "function": name, "params": {}}
        held = client.post("/v1/extensions/billing/operate", {**body, "confirmation_bypassed": False}).json
        done = gateway.post(f"/__mock__/confirmations/{held['confirmation_id']}/approve").json
        return dict(done["results"][0])

    user.post("/v1/billing/cancel")
    assert approved(user, "imp_u_abc123", "resume_subscription")["data"]["cancel_at_period_end"] is False
    assert approved(user, "imp_u_abc123", "renew_subscription")["status"] == "error"
    barbara = gateway.login("indie@example.com")
    card = gateway.post("/__mock__/cards", {"user_id": "imp_u_indi01", "card": "pm_card_visa"}).json["card"]
    assert barbara.put(f"/v1/billing/payment-methods/{card}/default").status == 200
    assert approved(barbara, "imp_u_indi01", "renew_subscription")["data"]["status"] == "completed"
    assert barbara.get("/v1/billing/subscription").json["status"] == "active"
