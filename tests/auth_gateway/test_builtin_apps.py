"""The platform's own apps: everybody's, under the platform's function names, each function with its effect."""

from __future__ import annotations

import base64
import csv
import io
from typing import Any

import pytest

from specdouble.mock.state.world import World
from specdouble.packs.imperal.mockserver.auth_gateway.builtin._builtin import FUNCTIONS
from tests.conftest import Client

ADA, GRACE = "imp_u_abc123", "imp_u_admin01"
BUILT_IN = {
    "developer", "billing", "automations", "memory-index", "file-reader", "admin", "marketplace", "coding-remote",
    "notifications-control", "web-search", "thoughts",
}  # fmt: skip
TAB = "coding-imp_u_abc123-r3f9ab2"


def ask(client: Client, app_id: str, function: str, user_id: str = ADA, /, **params: Any) -> Any:
    body = {"user_id": user_id, "function": function, "params": params}
    reply = client.post(f"/v1/extensions/{app_id}/call", body)
    assert reply.status == 200, reply.content
    return reply.json


def do(client: Client, app_id: str, function: str, user_id: str = ADA, /, **params: Any) -> Any:
    answer = ask(client, app_id, function, user_id, **params)
    assert answer["status"] == "success", answer
    return answer["data"]


def fails(client: Client, app_id: str, function: str, user_id: str = ADA, /, **params: Any) -> str:
    answer = ask(client, app_id, function, user_id, **params)
    assert (answer["status"], answer["data"]) == ("error", None), answer
    return str(answer["error"])


@pytest.mark.rule("M23")
def test_a_fresh_account_has_them_for_good(gateway: Client) -> None:
    gateway.post("/v1/auth/signup", {"email": "new@example.com", "password": "s3cure!new", "tenant_id": "default"})
    (mail,) = gateway.get("/__mock__/outbox?to=new@example.com").json
    tokens = gateway.post("/v1/auth/verify-email", {"token": mail["token"]}).json
    fresh = gateway.bearer(tokens["access_token"])
    rows = {one["app_id"]: one for one in fresh.get("/v1/me/extensions").json}
    assert set(rows) == BUILT_IN
    assert all(one["system"] and one["functions"] for one in rows.values())
    for app_id in BUILT_IN:
        assert fresh.delete(f"/v1/marketplace/apps/{app_id}/install").status == 403
    assert {one["app_id"] for one in fresh.get("/v1/me/extensions").json} == BUILT_IN


def test_what_their_manifests_name_is_what_there_is(user: Client, registry: Client) -> None:
    for row in user.get("/v1/me/extensions").json:
        if row["system"]:
            named = [one["name"] for one in row["functions"]]
            assert named == [name for app_id, name in FUNCTIONS if app_id == row["app_id"]]
            tools = registry.key("imp_reg_key_dev").get(f"/v1/apps/{row['app_id']}/tools").json["tools"]
            assert [one["name"] for one in tools] == named


# -- billing -------------------------------------------------------------------------------------------------------


def test_billing_reads_what_the_api_says(user: Client) -> None:
    subscription = user.get("/v1/billing/subscription").json
    assert do(user, "billing", "get_plan") == subscription
    assert do(user, "billing", "list_payment_methods")["items"] == user.get("/v1/billing/payment-methods").json
    assert do(user, "billing", "list_payments")["items"] == user.get("/v1/billing/payments").json
    assert do(user, "billing", "get_auto_topup") == user.get("/v1/billing/auto-topup").json
    assert do(user, "billing", "open_billing_portal")["url"].startswith("https://")
    usage = user.get("/v1/billing/usage").json
    report = do(user, "billing", "spending_report")
    assert report["spent_tokens"] == sum(report["spent_by_app"].values())
    assert report["limits"] == usage["limits"]


def test_the_export_is_the_ledger(user: Client) -> None:
    def rows(**params: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(do(user, "billing", "export_csv", **params)["csv"])))

    history = user.get("/v1/billing/wallet/history?limit=200").json
    assert [int(one["id"]) for one in rows()] == [one["id"] for one in history]
    assert sum(int(one["amount"]) for one in rows()) == 4200
    assert all(int(one["amount"]) < 0 for one in rows(tx_type="deduct"))
    assert {one["app_id"] for one in rows(app_id="tasks-board")} == {"tasks-board"}
    assert len(rows(period="today")) < len(rows(period="30d")) < len(rows())
    assert fails(user, "billing", "export_csv", period="a year")


def test_cards_profile_and_topup_change(user: Client) -> None:
    cards = {one["id"]: one for one in user.get("/v1/billing/payment-methods").json}
    other = next(one for one in cards if not cards[one]["is_default"])
    do(user, "billing", "set_default_payment_method", pm_id=other)
    assert [one["id"] for one in user.get("/v1/billing/payment-methods").json if one["is_default"]] == [other]
    do(user, "billing", "remove_payment_method", pm_id=other)
    assert other not in [one["id"] for one in user.get("/v1/billing/payment-methods").json]
    assert "Card not found" in fails(user, "billing", "remove_payment_method", pm_id=other)
    do(user, "billing", "set_auto_topup", enabled=True, threshold_pct=20)
    held = user.get("/v1/billing/auto-topup").json
    assert (held["enabled"], held["threshold_pct"]) == (True, 20)
    do(user, "billing", "set_auto_topup", enabled=False)
    assert user.get("/v1/billing/auto-topup").json == {**held, "enabled": False}
    before = user.get("/v1/auth/me").json["attributes"]["billing"]
    do(user, "billing", "update_billing_profile", company="Engines Ltd")
    assert user.get("/v1/auth/me").json["attributes"]["billing"] == {**before, "company": "Engines Ltd"}
    assert fails(user, "billing", "update_billing_profile")


@pytest.mark.parametrize("held", ["text", 5, ["a"], {"company": 5, "country": "GB"}])
def test_attributes_that_are_no_billing_profile_give_way_to_one(user: Client, world: World, held: Any) -> None:
    attributes = world.state["users"].get(ADA)["attributes"]
    world.state["users"].update(ADA, attributes={**attributes, "billing": held})
    world.commit()
    do(user, "billing", "update_billing_profile", company="Engines Ltd")
    kept = {"country": "GB"} if isinstance(held, dict) else {}
    assert user.get("/v1/auth/me").json["attributes"]["billing"] == {**kept, "company": "Engines Ltd"}


@pytest.mark.rule("C08")
def test_only_what_moves_money_waits_for_the_panel(user: Client) -> None:
    body = {"user_id": ADA, "function": "buy_tokens", "params": {"tokens": 5000}, "confirmation_bypassed": True}
    assert user.post("/v1/extensions/billing/operate", body).json["kind"] == "panel_approval_required"
    body |= {"function": "set_auto_topup", "params": {"enabled": False}}
    assert user.post("/v1/extensions/billing/operate", body).json["kind"] == "tool_result"


def test_a_function_that_fails_leaves_nothing_behind(gateway: Client, world: World) -> None:
    """A declined charge writes a payment before it is refused; the call is 200, and that payment must not stay."""
    barbara = gateway.login("indie@example.com", "s3cure!indie")
    before = len(world.state["payments"])
    body = {"user_id": "imp_u_indi01", "function": "topup", "params": {"tokens": 5000}}
    held = barbara.post("/v1/extensions/billing/operate", body).json
    (result,) = gateway.post(f"/__mock__/confirmations/{held['confirmation_id']}/approve").json["results"]
    assert (result["status"], "declined" in result["error"]) == ("error", True)
    assert len(world.state["payments"]) == before


# -- automations ---------------------------------------------------------------------------------------------------


@pytest.mark.rule("C09")
def test_a_rule_by_its_parts(user: Client) -> None:
    action = {"app_id": "notes", "tool": "create_note", "args": {"text": "A mail came"}}
    wanted = {"event_type": "email.received", "action_description": "Write a note", "action": action}
    number = do(user, "automations", "create_automation", **wanted, notify_mode="failures")["rule_id"]

    def row() -> Any:
        return next((one for one in user.get("/v1/automations").json if one["rule_id"] == number), None)

    assert row()["actions"] == [action]
    assert row()["trigger_filter"] == {"event_type": "email.received", "schedule": None}
    do(user, "automations", "update_automation", rule_id=number, schedule="0 8 * * *", event_type="system.scheduled")
    do(user, "automations", "update_automation", rule_id=number, action_description="Say hello", max_per_hour=2)
    assert row()["trigger_filter"] == {"event_type": "system.scheduled", "schedule": "0 8 * * *"}
    assert (row()["actions"], row()["max_per_hour"]) == ([{"message": "Say hello"}], 2)
    do(user, "automations", "pause_automation", rule_id=number)
    assert row()["status"] == "paused"
    assert [one["rule_id"] for one in do(user, "automations", "list_automations", search="say hello")["items"]] == [
        number
    ]
    assert do(user, "automations", "get_automation_details", rule_id=number)["notify_mode"] == "failures"
    do(user, "automations", "resume_automation", rule_id=number)
    do(user, "automations", "delete_automation", rule_id=number)
    assert row() is None
    assert "schedule" in fails(
        user, "automations", "create_automation", event_type="system.scheduled", action_description="x"
    )
    assert fails(user, "automations", "update_automation", rule_id=17)


# -- files and memory ----------------------------------------------------------------------------------------------


def test_files_are_read_in_windows_searched_and_forgotten(user: Client) -> None:
    content = "basil needs light\n" + "x" * 300
    sent = [
        {"name": "a.txt", "mime_type": "text/plain", "data_base64": base64.b64encode(content.encode()).decode()},
        {"name": "b.bin", "data_base64": base64.b64encode(b"\xff\xfe\x00").decode()},
        {"name": "c.txt", "data_base64": "not base64!"},
    ]
    received = do(user, "file-reader", "receive_files", files=sent)
    assert [one["name"] for one in received["rejected"]] == ["c.txt"]
    text, binary = (one["file_id"] for one in received["items"])
    (window,) = do(user, "file-reader", "read_files", file_ids=[text], offset=6, limit=5)["items"]
    assert (window["body"], window["has_more"], window["total_chars"]) == ("needs", True, len(content))
    (unread,) = do(user, "file-reader", "read_files", file_ids=[binary])["items"]
    assert (unread["status"], unread["body"]) == ("error", "")
    assert unread["message"]
    hits = do(user, "file-reader", "search_files", query="light for basil")["items"]
    assert [(one["file_id"], one["snippet"]) for one in hits] == [(text, "basil needs light")]
    assert do(user, "file-reader", "file_overview", file_ids=[text])["items"][0]["excerpt"].startswith("basil")
    assert do(user, "file-reader", "read_file_preview", file_ids=[text])["items"][0]["total_chars"] == len(content)
    do(user, "file-reader", "forget_files", file_ids=[text])
    assert [one["file_id"] for one in do(user, "file-reader", "list_files")["items"]] == [binary]


def test_facts_notes_and_repositories(user: Client) -> None:
    fact = do(user, "memory-index", "add_user_fact", fact="Likes mint", category="preference", tags=["tea"])["fact_id"]
    do(user, "memory-index", "edit_user_fact", fact_id=fact, fact="Likes basil")
    assert ("Likes basil", ["tea"]) in [
        (one["fact"], one["tags"]) for one in do(user, "memory-index", "list_user_facts")["items"]
    ]
    do(user, "memory-index", "add_note", note="Run make first", repo="garden-planner")
    do(user, "memory-index", "add_note", note="Tests are slow", repo="garden-planner")
    notes = do(user, "memory-index", "list_notes", repo="garden-planner")["items"]
    assert [(one["position"], one["note"]) for one in notes] == [(2, "Tests are slow"), (1, "Run make first")]
    repos = {one["repo_key"]: one for one in do(user, "memory-index", "list_repos")["items"]}
    assert (repos["3f9ab2"]["note_count"], repos["3f9ab2"]["has_index"]) == (2, True)
    assert do(user, "memory-index", "get_index", repo="garden")["file_count"] == 2
    do(user, "memory-index", "delete_note", position=1, repo="garden-planner")
    assert len(do(user, "memory-index", "list_notes", repo="garden-planner")["items"]) == 1
    only_notes = do(user, "memory-index", "recall_context", query="tests basil", include_user_facts=False)["snippets"]
    assert {one["kind"] for one in only_notes} == {"note"}
    do(user, "memory-index", "delete_user_fact", fact_id=fact)
    assert fact in fails(user, "memory-index", "delete_user_fact", fact_id=fact)


# -- the others ----------------------------------------------------------------------------------------------------


@pytest.mark.rule("S13")
def test_the_admin_app_gives_nobody_more_than_they_have(user: Client, admin: Client) -> None:
    made = do(admin, "admin", "create_user", GRACE, email="z@example.com", password="s3cure!zoe")["imperal_id"]
    do(admin, "admin", "update_user", GRACE, user_id=made, role="viewer")
    do(admin, "admin", "set_user_attribute", GRACE, user_id=made, attr_key="team", attr_value="red")
    row = admin.get(f"/v1/users/{made}").json
    assert (row["role"], row["attributes"]) == ("viewer", {"team": "red"})
    do(admin, "admin", "deactivate_user", GRACE, user_id=made)
    assert admin.get(f"/v1/users/{made}").json["is_active"] is False
    do(admin, "admin", "hard_delete_user", GRACE, user_id=made)
    assert admin.get(f"/v1/users/{made}").status == 404
    do(admin, "admin", "create_role", GRACE, name="gardener", default_scopes=["notes:read"])
    do(admin, "admin", "update_role", GRACE, role_name="gardener", display_name="Gardener")
    assert "Gardener" in [one["display_name"] for one in admin.get("/v1/roles").json]
    do(admin, "admin", "delete_role", GRACE, role_name="gardener")
    do(admin, "admin", "suspend_extension", GRACE, app_id="notes")
    assert admin.get("/v1/marketplace/apps/notes").status == 404
    do(admin, "admin", "activate_extension", GRACE, app_id="notes")
    for (app_id, name), declared in FUNCTIONS.items():
        if app_id == "admin":
            params = {one: 16 if one == "scope_id" else "x" for one in declared.required}
            if name in ("update_role", "delete_role", "delete_scope"):
                params |= {"role_name": "user", "display_name": "x"} if "role" in name else {"scope_name": "x"}
            if name == "update_user":
                params |= {"role": "admin"}
            assert "admin" in fails(user, "admin", name, **params), name


def test_apps_are_found_installed_and_removed(user: Client) -> None:
    assert [one["app_id"] for one in do(user, "marketplace", "search_marketplace", query="notes")["items"]] == ["notes"]
    do(user, "marketplace", "install_app", app_id="notes")
    assert "notes" in [one["app_id"] for one in do(user, "marketplace", "list_my_installed")["apps"]]
    assert user.get("/v1/marketplace/apps/notes").json["is_installed"] is True
    assert do(user, "marketplace", "recommend_for_intent", user_need="personal notes")["picks"][0]["app_id"] == "notes"
    do(user, "marketplace", "uninstall_app", app_id="notes")
    assert user.get("/v1/marketplace/apps/notes").json["is_installed"] is False
    assert "built in" in fails(user, "marketplace", "uninstall_app", app_id="billing")


def test_conversations_are_the_person_s(user: Client, gateway: Client) -> None:
    held = gateway.service(ADA)
    thread = do(user, "thoughts", "new_conversation", title="Plans")["conversation_id"]
    assert held.get("/v1/conversations").json["active_id"] == thread
    do(user, "thoughts", "rename_conversation", conversation_id=thread, title="Garden")
    (found,) = do(user, "thoughts", "list_conversations", query="garden", limit=1)["items"]
    do(user, "thoughts", "continue_conversation", conversation_id=found["id"])
    said = {"user_id": ADA, "ext_id": "notes", "text": "Hello", "msg_type": "response"}
    held.post("/v1/internal/chat/inject", said)
    assert do(user, "thoughts", "read_conversation")["items"][-1]["text"] == "Hello"
    do(user, "thoughts", "delete_conversation", conversation_id=thread)
    assert fails(user, "thoughts", "read_conversation", conversation_id=thread)


def test_notifications_go_where_they_are_sent(user: Client, gateway: Client) -> None:
    def channels(app_id: str) -> Any:
        sent = {"user_id": ADA, "message": "Hi", "extension_id": app_id}
        return gateway.service().post("/v1/internal/notify", sent).json["channels"]

    do(user, "notifications-control", "set_preferences", app_id="notes", channels=["email"])
    do(user, "notifications-control", "set_preferences", default_channels=["bell"])
    assert (channels("notes"), channels("tasks-board")) == (["email"], ["bell"])
    do(user, "notifications-control", "set_preferences", enabled=False)
    assert channels("notes") == []
    assert do(user, "notifications-control", "get_preferences")["apps"] == {"notes": ["email"]}
    assert fails(user, "notifications-control", "set_preferences", enabled=True, app_id="notes")


def test_the_web_is_what_was_given(user: Client, gateway: Client) -> None:
    page = {"url": "https://wiki.example.com/fern", "title": "Fern", "text": "Ferns like shade."}
    assert "POST /__mock__/pages" in fails(user, "web-search", "read_url", url=page["url"])
    assert gateway.post("/__mock__/pages", page).status == 200
    assert do(user, "web-search", "read_url", url=page["url"])["content"] == "Ferns like shade."
    found = do(user, "web-search", "web_search", query="ferns in shade", include_domains=["example.com"])["items"]
    assert found[0]["url"] == page["url"]
    assert do(user, "web-search", "web_search", query="fern", include_domains=["other.example"])["items"] == []
    assert gateway.post("/__mock__/pages", {**page, "url": "fern"}).status == 422


def test_the_terminal_is_steered_from_the_panel(user: Client) -> None:
    assert "no active coding session" in fails(user, "coding-remote", "send_instruction", text="Run the tests")
    user.get(f"/v1/agent/sessions/{TAB}/pending-steer?mode=default")
    assert "off" in fails(user, "coding-remote", "send_instruction", text="Run the tests")
    do(user, "coding-remote", "set_mode", mode="panel")
    do(user, "coding-remote", "send_instruction", text="Run the tests")
    do(user, "coding-remote", "set_coding_mode", mode="autopilot")
    status = do(user, "coding-remote", "get_status")
    assert (status["active"], status["requested_mode"], status["steer"]) == (True, "autopilot", ["panel"])
    polled = user.get(f"/v1/agent/sessions/{TAB}/pending-steer").json
    assert [one["text"] for one in polled["items"]] == ["Run the tests"]
    assert polled["requested_mode"]["mode"] == "autopilot"
    do(user, "coding-remote", "set_mode", mode="tg")
    assert "web-panel" in fails(user, "coding-remote", "set_coding_mode", mode="autopilot")
    assert "nothing to stop" in fails(user, "coding-remote", "stop_session")
