"""Calling the functions of apps: call, batch, operate, and who may reach what."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.mock.state.world import World
from tests.conftest import Client, Reply

ADA = "imp_u_abc123"
MARGARET = "imp_u_dev001"


def call(client: Client, app_id: str, function: str, /, user_id: str = ADA, **params: Any) -> Reply:
    body = {"user_id": user_id, "function": function, "params": params}
    return client.post(f"/v1/extensions/{app_id}/call", body)


def operate(client: Client, app_id: str, function: str, user_id: str = ADA, **more: Any) -> Reply:
    return client.post(f"/v1/extensions/{app_id}/operate", {"user_id": user_id, "function": function, **more})


def actions(client: Client) -> int:
    return int(client.get("/v1/actions").json["total"])


def balance(client: Client) -> int:
    return int(client.get("/v1/billing/balance").json["balance"])


# -- call ----------------------------------------------------------------------------------------------------------


@pytest.mark.rule("C10")
def test_deploy_ir_answers_as_the_api_map_prints_it(user: Client) -> None:
    step = {"id": "step_1", "kind": "declarative", "action": "store.create", "params": {"collection": "tasks"}}
    ir = {"app_id": "my-extension", "version": "1.0.0", "steps": [step]}
    reply = call(user, "developer", "deploy_ir", app_id="my-extension", ir_dict=ir)
    assert reply.status == 200
    assert reply.json["data"].pop("deployed_at").endswith("Z")
    assert reply.json == {
        "status": "success",
        "data": {"app_id": "my-extension", "steps_registered": 1, "ir_version": "1.0.0"},
        "summary": "IR deployed",
        "error": None,
        "ui": None,
    }
    assert call(user, "developer", "smoke_ir", app_id="my-extension").json["data"]["passed"] is True


@pytest.mark.rule("C10")
@pytest.mark.parametrize(
    ("app_id", "function"),
    [
        ("developer", "smoke_ir"),
        ("billing", "get_balance"),
        ("automations", "list_automations"),
        ("memory-index", "add_note"),
    ],
)
def test_platform_apps_are_extensions_too(user: Client, app_id: str, function: str) -> None:
    assert call(user, app_id, function, app_id="x", note="y").status == 200


@pytest.mark.rule("C01")
def test_the_user_in_the_body_is_required_and_must_be_the_caller(user: Client, developer: Client) -> None:
    before, others = actions(user), actions(developer)
    assert user.post("/v1/extensions/billing/call", {"function": "get_balance"}).status == 422
    assert call(user, "billing", "get_balance", user_id=MARGARET).status == 403
    assert (actions(user), actions(developer)) == (before, others)


@pytest.mark.rule("C02")
@pytest.mark.parametrize(
    ("app_id", "function", "params"),
    [
        ("developer", "nothing_of_that_name", {}),
        ("developer", "deploy_ir", {}),
        ("developer", "deploy_ir", {"app_id": "x", "ir_dict": {"steps": ["one"]}}),
        ("billing", "list_recent", {"limit": "five"}),
        ("automations", "pause_automation", {"rule_id": 999}),
        ("tasks-board", "delete_task", {"task_id": "task_item_999"}),
        ("file-reader", "read_files", {"file_ids": ["file_lost"]}),
        ("file-reader", "receive_files", {"files": []}),
    ],
)
def test_a_function_that_fails_is_still_http_200(
    user: Client, app_id: str, function: str, params: dict[str, Any]
) -> None:
    reply = call(user, app_id, function, **params)
    assert reply.status == 200
    assert reply.json["status"] == "error"
    assert reply.json["error"]
    assert reply.json["data"] is None


@pytest.mark.rule("C03")
def test_data_is_free_and_error_is_null_on_success(user: Client) -> None:
    reply = call(user, "billing", "get_balance")
    assert reply.json["error"] is None
    assert reply.json["data"]["balance"] == 4200
    assert isinstance(call(user, "tasks-board", "list_tasks").json["data"]["items"], list)


@pytest.mark.rule("C05")
def test_every_call_leaves_one_action(user: Client, developer: Client) -> None:
    before, others = actions(user), actions(developer)
    call(user, "billing", "get_balance")
    call(user, "tasks-board", "delete_task", task_id="nothing")
    calls = [{"function": "get_balance"}, {"function": "no_such"}]
    user.post("/v1/extensions/billing/batch", {"user_id": ADA, "calls": calls})
    newest = user.get("/v1/actions?per_page=4").json
    assert newest["total"] == before + 4
    assert [one["status"] for one in newest["items"]] == ["validation_rejected", "success", "failed", "success"]
    assert [one["tool_name"] for one in newest["items"]] == ["no_such", "get_balance", "delete_task", "get_balance"]
    assert actions(developer) == others


@pytest.mark.rule("C06")
def test_what_a_user_may_not_use_is_refused_and_leaves_no_action(gateway: Client, user: Client, world: World) -> None:
    before = actions(user)
    assert call(user, "no-such-app", "x").status == 404
    assert call(user, "crm-sync", "list_contacts").status == 403  # not installed
    radia, katherine = gateway.login("explorer@example.com"), gateway.login("viewer@example.com")
    assert call(radia, "notes", "list_notes", user_id="imp_u_expl01").status == 403  # disabled
    assert "disabled" in call(radia, "notes", "list_notes", user_id="imp_u_expl01").detail
    world.state["installs"].add({"id": "imp_u_view01:crm-sync", "user_id": "imp_u_view01", "app_id": "crm-sync"})
    world.commit()
    denied = call(katherine, "crm-sync", "list_contacts", user_id="imp_u_view01")
    assert (denied.status, "denied" in denied.detail) == (403, True)
    assert call(katherine, "old-clock", "list_clocks", user_id="imp_u_view01").status == 403  # suspended
    assert actions(user) == before
    assert actions(radia) == 0


def test_a_priced_function_takes_its_price_and_a_failing_one_does_not(user: Client, world: World) -> None:
    before = balance(user)
    assert call(user, "tasks-board", "create_task", title="Call the bank").json["status"] == "success"
    assert balance(user) == before - 7
    newest = user.get("/v1/actions?per_page=1").json["items"][0]
    assert (newest["tool_name"], newest["action_price"], newest["extension_price"]) == ("create_task", 7, 7)
    earned = list(world.state["earnings"].find(app_id="tasks-board"))[-1]
    assert (earned["trace_id"], earned["developer_share"], earned["platform_share"]) == (newest["trace_id"], 5, 2)
    assert call(user, "tasks-board", "create_task", column="Now").json["status"] == "error"
    assert balance(user) == before - 7


def test_an_empty_wallet_is_402_and_nothing_happens(user: Client, world: World) -> None:
    for entry in world.state["ledger"].find(user_id=ADA):
        world.state["ledger"].remove(entry["id"])
    world.commit()
    before = actions(user)
    tasks = call(user, "tasks-board", "list_tasks").json["data"]["total"]
    assert call(user, "tasks-board", "create_task", title="Too dear").status == 402
    calls = [{"function": "list_tasks"}, {"function": "create_task", "params": {"title": "Too dear"}}]
    assert user.post("/v1/extensions/tasks-board/batch", {"user_id": ADA, "calls": calls}).status == 402
    assert operate(user, "tasks-board", "create_task", params={"title": "Too dear"}).status == 402
    assert actions(user) == before + 1
    assert call(user, "tasks-board", "list_tasks").json["data"]["total"] == tasks


def test_functions_keep_what_they_are_given_for_their_user_only(user: Client, gateway: Client) -> None:
    saved = call(user, "tasks-board", "create_task", title="Water the plants").json["data"]
    assert saved["title"] == "Water the plants"
    listed = call(user, "tasks-board", "list_tasks", query="plants").json["data"]
    assert (listed["total"], listed["items"][0]["id"]) == (1, saved["id"])
    barbara = gateway.login("indie@example.com")
    stolen = call(barbara, "tasks-board", "delete_task", user_id="imp_u_indi01", task_id=saved["id"])
    assert stolen.json["status"] == "error"
    assert call(barbara, "tasks-board", "list_tasks", user_id="imp_u_indi01", query="plants").json["data"]["total"] == 0
    gone = call(user, "tasks-board", "delete_task", task_id=saved["id"]).json["data"]
    assert gone == {"deleted": True, "task_id": saved["id"]}
    assert call(user, "tasks-board", "list_tasks", query="plants").json["data"]["total"] == 0


def test_a_write_that_names_a_document_changes_it(gateway: Client, world: World) -> None:
    frances = gateway.login("partner@example.com")
    made = {"id": "contact_1", "app_id": "crm-sync", "user_id": "imp_u_part01", "collection": "contact"}
    world.state["records"].add({**made, "data": {"name": "Ida Rhodes", "email": "ida@example.com"}})
    world.commit()
    changed = call(
        frances,
        "crm-sync",
        "update_contact",
        user_id="imp_u_part01",
        contact_id="contact_1",
        email="rhodes@example.com",
    ).json["data"]
    assert (changed["name"], changed["email"]) == ("Ida Rhodes", "rhodes@example.com")
    lost = call(frances, "crm-sync", "update_contact", user_id="imp_u_part01", contact_id="contact_2")
    assert lost.json["error"] == "There is no contact 'contact_2'."


def test_parameters_are_checked_against_the_functions_own_schema(user: Client) -> None:
    reply = call(user, "tasks-board", "create_task", title=7)
    assert reply.json["error"].startswith("params.title: ")


def test_a_deployed_step_is_callable_at_once_by_its_developer(gateway: Client) -> None:
    radia, who = gateway.login("explorer@example.com"), "imp_u_expl01"
    steps = [
        {
            "id": "add",
            "action": "store.create",
            "params": {"collection": "q", "data": {"text": "{{text}}", "by": "a {{who}}"}},
        },
        {"id": "show", "action": "store.query", "params": {"collection": "q"}},
        {"id": "drop", "action": "store.delete", "params": {"collection": "q", "id": "{{id}}"}},
        {"id": "say", "action": "chat.say", "params": {"words": ["{{text}}"]}},
    ]
    ir = {"app_id": "quiz-night", "version": "2.0.0", "steps": steps}
    assert call(radia, "quiz-night", "show", user_id=who).status == 403
    assert (
        call(radia, "developer", "deploy_ir", user_id=who, app_id="quiz-night", ir_dict=ir).json["status"] == "success"
    )
    made = call(radia, "quiz-night", "add", user_id=who, text="Which year?", who="host").json["data"]
    assert (made["text"], made["by"]) == ("Which year?", "a host")
    assert call(radia, "quiz-night", "show", user_id=who).json["data"]["items"] == [made]
    assert call(radia, "quiz-night", "drop", user_id=who, id=made["id"]).json["data"]["deleted"] is True
    assert call(radia, "quiz-night", "drop", user_id=who, id=made["id"]).json["status"] == "error"
    assert call(radia, "quiz-night", "say", user_id=who, text="Hi").json["data"]["params"] == {"words": ["Hi"]}


def test_an_ir_of_somebody_elses_app_is_refused(user: Client) -> None:
    reply = call(user, "developer", "deploy_ir", app_id="notes", ir_dict={"steps": []})
    assert reply.json["error"] == "notes belongs to another developer."
    assert call(user, "developer", "smoke_ir", app_id="notes").json["status"] == "error"


def test_memory_recalls_what_it_was_told(user: Client, gateway: Client) -> None:
    call(user, "memory-index", "add_user_fact", fact="Plays the harp")
    call(user, "memory-index", "add_note", note="Repository: the parser stands in src")
    found = call(user, "memory-index", "recall_context", query="who plays harp").json["data"]["snippets"]
    assert [one["text"] for one in found] == ["Plays the harp"]
    assert len(call(user, "memory-index", "recall_context").json["data"]["snippets"]) == 4
    katherine = gateway.login("viewer@example.com")
    assert call(katherine, "memory-index", "recall_context", user_id="imp_u_view01").json["data"] == {"snippets": []}


def test_files_are_received_and_read_again(user: Client) -> None:
    (item,) = call(user, "file-reader", "receive_files", files=[{"filename": "a.txt", "content": "Hello"}]).json[
        "data"
    ]["items"]
    for wanted in ({"file_ids": [item["file_id"]]}, {"document_ids": [item["document_id"]]}, {}):
        (read,) = call(user, "file-reader", "read_files", **wanted).json["data"]["items"]
        assert read == {
            **item, "status": "ok", "body": "Hello", "body_format": "plain", "offset": 0, "returned_chars": 5,
            "total_chars": 5, "has_more": False, "message": None,
        }  # fmt: skip


def test_a_service_acts_for_the_user_whom_it_names(gateway: Client) -> None:
    assert call(gateway.service(ADA), "billing", "get_balance").json["data"]["balance"] == 4200
    assert call(gateway.service(MARGARET), "billing", "get_balance").status == 403
    assert call(gateway.service(), "billing", "get_balance").status == 401
    assert call(gateway, "billing", "get_balance").status == 401


# -- batch ---------------------------------------------------------------------------------------------------------


@pytest.mark.rule("C04")
def test_a_batch_answers_each_call_in_order(user: Client) -> None:
    calls = [{"function": "get_balance"}, {"function": "list_recent", "params": {"limit": 5}}]
    reply = user.post("/v1/extensions/billing/batch", {"user_id": ADA, "tenant_id": "default", "calls": calls})
    assert reply.status == 200
    first, second = reply.json
    assert (first["status"], first["data"]["balance"], first["data"]["currency"]) == ("success", 4200, "token")
    assert (second["status"], len(second["data"]["entries"])) == ("success", 5)


@pytest.mark.rule("C04")
def test_an_item_that_fails_leaves_the_others_alone(user: Client) -> None:
    calls = [
        {"function": "list_tasks"},
        {"function": "create_task", "params": {}},
        {"function": "create_task", "params": {"title": "After the failure"}},
    ]
    reply = user.post("/v1/extensions/tasks-board/batch", {"user_id": ADA, "calls": calls})
    assert [one["status"] for one in reply.json] == ["success", "error", "success"]
    assert call(user, "tasks-board", "list_tasks", query="After the failure").json["data"]["total"] == 1


@pytest.mark.rule("C04")
def test_an_empty_batch_is_an_empty_answer(user: Client) -> None:
    reply = user.post("/v1/extensions/billing/batch", {"user_id": ADA, "calls": []})
    assert (reply.status, reply.json) == (200, [])


def test_a_batch_has_the_refusals_of_a_call(user: Client, gateway: Client) -> None:
    calls: dict[str, Any] = {"calls": [{"function": "get_balance"}]}
    assert user.post("/v1/extensions/billing/batch", {"user_id": MARGARET, **calls}).status == 403
    assert user.post("/v1/extensions/crm-sync/batch", {"user_id": ADA, **calls}).status == 403
    assert user.post("/v1/extensions/no-such-app/batch", {"user_id": ADA, **calls}).status == 404
    assert user.post("/v1/extensions/billing/batch", {"user_id": ADA}).status == 422
    assert gateway.post("/v1/extensions/billing/batch", {"user_id": ADA, **calls}).status == 401


# -- operate -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("C07")
def test_a_destructive_function_waits_for_a_confirmation(user: Client) -> None:
    before = actions(user)
    held = operate(user, "tasks-board", "delete_task", params={"task_id": "task_item_002"}).json
    assert held["kind"] == "confirmation"
    active = user.get("/v1/confirmations/active").json["confirmations"]
    assert active[0]["confirmation_id"] == held["confirmation_id"]
    assert active[0]["calls"] == [
        {"app_id": "tasks-board", "function": "delete_task", "params": {"task_id": "task_item_002"}}
    ]
    assert actions(user) == before
    assert call(user, "tasks-board", "list_tasks", query="Turin").json["data"]["total"] == 1


@pytest.mark.rule("C07")
def test_without_the_confirmation_policy_it_runs_at_once(user: Client, world: World) -> None:
    world.state["settings"].put({"user_id": ADA, "values": {"confirmation_enabled": False}})
    world.commit()
    done = operate(user, "tasks-board", "delete_task", params={"task_id": "task_item_002"}).json
    assert (done["kind"], done["content"]["deleted"]) == ("tool_result", True)
    assert call(user, "tasks-board", "list_tasks", query="Turin").json["data"]["total"] == 0


@pytest.mark.rule("C07")
def test_settings_may_ask_for_writes_and_name_functions(user: Client, world: World) -> None:
    params = {"title": "Ask me first"}
    assert operate(user, "tasks-board", "create_task", params=params).json["kind"] == "tool_result"
    asked = {"confirmation_actions": {"write": True, "destructive": True}}
    world.state["settings"].put({"user_id": ADA, "values": asked})
    world.commit()
    assert operate(user, "tasks-board", "create_task", params=params).json["kind"] == "confirmation"
    own = {"confirmation_overrides": {"tasks-board": {"create_task": False, "delete_task": False}}}
    world.state["settings"].put({"user_id": ADA, "values": {**asked, **own}})
    world.commit()
    assert operate(user, "tasks-board", "create_task", params=params).json["kind"] == "tool_result"
    gone = operate(user, "tasks-board", "delete_task", params={"task_id": "task_item_003"}).json
    assert gone["kind"] == "tool_result"


@pytest.mark.rule("C07")
def test_a_role_may_enforce_confirmations_or_switch_them_off(gateway: Client, world: World) -> None:
    katherine, who = gateway.login("viewer@example.com"), "imp_u_view01"
    world.state["settings"].put({"user_id": who, "values": {"confirmation_enabled": False}})
    world.commit()
    params = {"note_id": "note_151"}
    assert operate(katherine, "notes", "delete_note", who, params=params).json["kind"] == "confirmation"
    world.state["roles"].update("role_default_viewer", confirmation_policy="disabled")
    world.commit()
    assert operate(katherine, "notes", "delete_note", who, params=params).json["kind"] == "tool_result"


def test_bypassing_runs_a_destructive_function(user: Client) -> None:
    done = operate(
        user, "tasks-board", "delete_task", params={"task_id": "task_item_002"}, confirmation_bypassed=True
    ).json
    assert done == {
        "kind": "tool_result",
        "content": {"deleted": True, "task_id": "task_item_002"},
        "summary": "The task is deleted.",
    }


@pytest.mark.rule("C08")
@pytest.mark.parametrize("bypassed", [True, False])
def test_money_waits_for_the_panel_whatever_is_bypassed(user: Client, bypassed: bool) -> None:
    before = balance(user)
    held = operate(user, "billing", "topup", params={"tokens": 10000}, confirmation_bypassed=bypassed).json
    assert held["kind"] == "panel_approval_required"
    assert held["panel_url"].endswith(held["confirmation_id"])
    refused = user.post(f"/v1/confirmations/{held['confirmation_id']}/confirm")
    assert refused.status == 403
    assert user.get(f"/v1/confirmations/{held['confirmation_id']}").json["status"] == "pending"
    assert call(user, "billing", "topup", tokens=10000).json["status"] == "error"
    assert balance(user) == before
    approved = user.post(f"/__mock__/confirmations/{held['confirmation_id']}/approve")
    assert [one["status"] for one in approved.json["results"]] == ["success"]
    assert balance(user) == before + 10000
    assert user.post(f"/__mock__/confirmations/{held['confirmation_id']}/approve").status == 409
    assert balance(user) == before + 10000


def test_reading_money_needs_no_approval(user: Client) -> None:
    assert operate(user, "billing", "get_balance").json["content"]["balance"] == 4200


def test_operate_tells_of_a_failure_in_its_content(user: Client) -> None:
    reply = operate(user, "tasks-board", "no_such_function").json
    assert reply["kind"] == "tool_result"
    assert "no function" in reply["content"]["error"]


def test_operate_has_the_refusals_of_a_call(user: Client, gateway: Client) -> None:
    assert operate(user, "billing", "get_balance", MARGARET).status == 403
    assert operate(user, "no-such-app", "x").status == 404
    assert operate(gateway, "billing", "get_balance").status == 401
    assert user.post("/v1/extensions/billing/operate", {"user_id": ADA}).status == 422


# -- who may reach what --------------------------------------------------------------------------------------------


@pytest.mark.rule("E07")
@pytest.mark.rule("S07")
def test_access_is_for_services_and_no_app_of_that_name(gateway: Client, admin: Client) -> None:
    assert admin.get("/v1/extensions/access").status == 403
    assert gateway.get("/v1/extensions/access").status == 401
    reply = gateway.service().get("/v1/extensions/access")
    assert reply.json["tenant_id"] == "default"
    reach = reply.json["users"]
    assert "tasks-board" in reach[ADA]
    assert "notes" not in reach[ADA]
    assert "notes" not in reach["imp_u_expl01"]  # switched off
    assert "imp_u_gone01" not in reach
    assert "imp_u_acme01" not in reach
    acme = gateway.service().get("/v1/extensions/access?tenant_id=acme").json["users"]
    assert sorted(acme) == ["imp_u_acme01", "imp_u_acme02"]


def test_the_users_of_an_app_are_those_of_the_admins_tenant(gateway: Client, admin: Client, user: Client) -> None:
    reply = admin.get("/v1/extensions/notes/users")
    by_id = {one["imperal_id"]: one for one in reply.json["users"]}
    assert reply.json["total"] == len(by_id)
    assert "imp_u_acme01" not in by_id
    assert (by_id[MARGARET]["access"], by_id[MARGARET]["reason"]) == ("granted", None)
    assert (by_id[ADA]["access"], by_id[ADA]["reason"]) == ("denied", "not installed")
    assert by_id["imp_u_expl01"]["reason"] == "disabled"
    assert by_id["imp_u_gone01"]["reason"] == "the account is deactivated"
    joan = gateway.login("admin@acme.example", "s3cure!admin", "acme")
    theirs = joan.get("/v1/extensions/crm-sync/users").json["users"]
    assert {one["imperal_id"]: one["access"] for one in theirs} == {"imp_u_acme01": "denied", "imp_u_acme02": "granted"}
    assert gateway.service().get("/v1/extensions/notes/users").json == reply.json
    assert user.get("/v1/extensions/notes/users").status == 403
    assert gateway.get("/v1/extensions/notes/users").status == 401
    assert admin.get("/v1/extensions/no-such-app/users").status == 404
