"""What reaches apps from outside: webhooks, OAuth redirects; and what is known of their health."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest
from people_kit import ADA, KATHERINE, MARGARET, make_app

HOOK = "/v1/ext/hook-app/webhook"
CALLBACK = "/v1/ext/hook-app/oauth/google/callback"
MANIFEST = {
    "webhooks": [
        {"path": "/incoming", "method": "POST", "secret_header": "x-signature"},
        {"path": "/verify", "method": "GET"},
        {"path": "crm/v2/events", "method": "POST"},
    ],
    "oauth": [{"provider": "google", "scopes": ["drive.readonly"]}, {"provider": "yahoo", "collection": "mailboxes"}],
}


@pytest.fixture(autouse=True)
def app(world: Any) -> None:
    make_app(world, "hook-app", MANIFEST, installed=(ADA,))


def state(gateway: Any, user_id: str = ADA, provider: str = "google") -> str:
    reply = gateway.post(f"/__mock__/oauth/hook-app/{provider}/state", {"user_id": user_id})
    return str(reply.json["state"])


def accounts(world: Any, collection: str = "google_accounts") -> list[str]:
    return [one["user_id"] for one in world.state["records"].find(app_id="hook-app") if one["collection"] == collection]


# -- webhooks ------------------------------------------------------------------------------------------------------


@pytest.mark.rule("W01")
def test_a_declared_webhook_takes_anything_from_anybody(gateway: Any) -> None:
    assert gateway.post(f"{HOOK}/incoming", {"event": "x"}).json == {"status": "ok"}
    assert gateway.post(f"{HOOK}/incoming", data=b"\xff not json", content_type="application/json").status == 200
    assert gateway.post(f"{HOOK}/incoming").status == 200
    assert gateway.get(f"{HOOK}/verify?hub.challenge=1").json == {"status": "ok"}


@pytest.mark.rule("W01")
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "incoming"), ("POST", "verify"), ("POST", "other"), ("POST", "incoming/more")]
)
def test_an_undeclared_webhook_is_unknown(gateway: Any, developer: Any, method: str, path: str) -> None:
    before = developer.get("/v1/actions").json["total"]
    assert gateway.call(method, f"{HOOK}/{path}").status == 404
    assert developer.get("/v1/actions").json["total"] == before


@pytest.mark.rule("E08")
def test_a_path_may_have_several_segments(gateway: Any) -> None:
    assert gateway.post(f"{HOOK}/crm/v2/events", {}).status == 200
    assert gateway.post(f"{HOOK}/crm/v2", {}).status == 404


@pytest.mark.rule("W05")
@pytest.mark.parametrize("app_id", ["Hook-App", "hook_app", "HookAppExtension", "no-such-app"])
def test_the_url_takes_the_apps_id(gateway: Any, app_id: str) -> None:
    assert gateway.post(f"/v1/ext/{app_id}/webhook/incoming", {}).status == 404


def test_a_suspended_app_hears_nothing(gateway: Any, world: Any) -> None:
    world.state["apps"].update("hook-app", status="suspended")
    world.commit()
    assert gateway.post(f"{HOOK}/incoming", {}).status == 404


def test_a_webhook_leaves_an_action_record_of_the_developer(
    gateway: Any, developer: Any, user: Any, world: Any
) -> None:
    others = user.get("/v1/actions").json["total"]
    gateway.post(f"{HOOK}/incoming", {"token": "fake-in-payload"})
    record = developer.get("/v1/actions").json["items"][0]
    assert (record["app_id"], record["tool_name"]) == ("hook-app", "__webhook__incoming")
    assert world.state["actions"].get(record["trace_id"])["source"] == "webhook"
    assert (record["status"], record["user_id"]) == ("success", MARGARET)
    assert "fake-in-payload" not in str(record)
    assert user.get("/v1/actions").json["total"] == others


@pytest.mark.rule("W01")
def test_a_failing_handler_is_not_the_senders_problem(gateway: Any, developer: Any) -> None:
    gateway.post("/__mock__/ext/hook-app/webhook", {"path": "/incoming", "fails": True})
    assert gateway.post(f"{HOOK}/incoming", {}).json == {"status": "ok"}
    assert developer.get("/v1/actions").json["items"][0]["status"] == "failed"


@pytest.mark.rule("W02")
def test_a_handler_may_choose_status_headers_and_body(gateway: Any) -> None:
    script = {"path": "verify", "method": "GET"}
    answer = {"status_code": 202, "headers": {"X-Seen": "yes"}, "body": "challenge-123"}
    assert gateway.post("/__mock__/ext/hook-app/webhook", {**script, "answer": answer}).status == 200
    reply = gateway.get(f"{HOOK}/verify")
    assert (reply.status, reply.headers["X-Seen"], reply.content) == (202, "yes", b"challenge-123")
    assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    answer = {"status_code": 500, "body": {"oops": True}, "headers": {"content-type": "application/problem+json"}}
    gateway.post("/__mock__/ext/hook-app/webhook", {**script, "answer": answer})
    reply = gateway.get(f"{HOOK}/verify")
    assert (reply.status, reply.json) == (500, {"oops": True})
    assert reply.headers["Content-Type"] == "application/problem+json"


@pytest.mark.rule("W02")
def test_any_other_dict_is_the_json_of_a_200(gateway: Any) -> None:
    gateway.post("/__mock__/ext/hook-app/webhook", {"path": "incoming", "answer": {"received": 3}})
    reply = gateway.post(f"{HOOK}/incoming", {})
    assert (reply.status, reply.json) == (200, {"received": 3})
    gateway.post("/__mock__/ext/hook-app/webhook", {"path": "incoming"})
    assert gateway.post(f"{HOOK}/incoming", {}).json == {"status": "ok"}


@pytest.mark.parametrize(
    "answer",
    [{"status_code": 99}, {"status_code": "200"}, {"headers": {"x-a": "b\r\nx-c: d"}}, {"headers": ["x"]}, "ok"],
)
def test_a_script_has_a_form(gateway: Any, answer: Any) -> None:
    assert gateway.post("/__mock__/ext/hook-app/webhook", {"path": "incoming", "answer": answer}).status == 422
    assert gateway.post("/__mock__/ext/hook-app/webhook", {"path": "other"}).status == 404
    assert gateway.post(f"{HOOK}/incoming", {}).json == {"status": "ok"}


# -- health --------------------------------------------------------------------------------------------------------


def test_health_is_unknown_until_somebody_has_looked(gateway: Any) -> None:
    nothing = {"status": "unknown", "healthy": None, "checked_at": None, "details": None}
    assert gateway.get("/v1/ext/hook-app/health").json == {"app_id": "hook-app", **nothing}
    assert gateway.get("/v1/ext/no-such-app/health").json == {"app_id": "no-such-app", **nothing}
    known = gateway.get("/v1/ext/crm-sync/health").json
    assert (known["status"], known["healthy"], known["details"]["latency_ms"]) == ("degraded", True, 1830)


# -- oauth ---------------------------------------------------------------------------------------------------------


@pytest.mark.rule("W06")
def test_a_callback_stores_the_account_of_the_person_in_the_state(gateway: Any, world: Any) -> None:
    reply = gateway.get(f"{CALLBACK}?code=fake-code&state={state(gateway)}")
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b"Your Google account is connected to Hook-App." in reply.content
    record = next(one for one in world.state["records"].find(app_id="hook-app"))
    assert (record["user_id"], record["collection"]) == (ADA, "google_accounts")
    assert record["data"]["scopes"] == ["drive.readonly"]
    gateway.get(f"/v1/ext/hook-app/oauth/yahoo/callback?code=c&state={state(gateway, KATHERINE, 'yahoo')}")
    assert accounts(world, "mailboxes") == [KATHERINE]


@pytest.mark.rule("W06")
def test_connecting_again_keeps_one_account(gateway: Any, world: Any) -> None:
    for _ in range(2):
        assert gateway.get(f"{CALLBACK}?code=c&state={state(gateway)}").status == 200
    assert accounts(world) == [ADA]


@pytest.mark.rule("W06")
def test_a_state_works_once(gateway: Any, world: Any) -> None:
    once = state(gateway)
    assert gateway.get(f"{CALLBACK}?code=c&state={once}").status == 200
    world.state["records"].remove_where(app_id="hook-app")
    world.commit()
    assert gateway.get(f"{CALLBACK}?code=c&state={once}").status == 400
    assert accounts(world) == []


def forged(good: str) -> str:
    payload, _, signature = good.partition(".")
    claims = orjson.loads(base64.urlsafe_b64decode(payload + "=="))
    other = base64.urlsafe_b64encode(orjson.dumps({**claims, "user_id": KATHERINE})).rstrip(b"=").decode()
    return f"{other}.{signature}"


@pytest.mark.rule("W06")
def test_forged_missing_foreign_and_late_states_store_nothing(gateway: Any, world: Any) -> None:
    good = state(gateway)
    broken = (
        "",
        "?code=c",
        "?code=c&state=",
        "?code=c&state=x",
        f"?code=c&state={forged(good)}",
        f"?code=c&state={good}0",
        "?code=c&state=%C3%A9.%C3%A9",
    )
    for query in broken:
        assert gateway.get(CALLBACK + query).status == 400, query
    yahoo = state(gateway, provider="yahoo")
    assert gateway.get(f"{CALLBACK}?code=c&state={yahoo}").status == 400
    gateway.post("/__mock__/clock", {"advance": "11m"})
    assert gateway.get(f"{CALLBACK}?code=c&state={good}").status == 400
    assert accounts(world) == []


@pytest.mark.rule("W06")
@pytest.mark.parametrize("query", ["error=access_denied", "code=invalid_grant", ""])
def test_a_provider_that_refuses_stores_nothing_and_leaves_the_state_usable(
    gateway: Any, world: Any, query: str
) -> None:
    good = state(gateway)
    assert gateway.get(f"{CALLBACK}?{query}&state={good}").status == 400
    assert accounts(world) == []
    assert gateway.get(f"{CALLBACK}?code=c&state={good}").status == 200


def test_unknown_apps_and_providers(gateway: Any) -> None:
    good = state(gateway)
    assert gateway.get(f"/v1/ext/no-such-app/oauth/google/callback?code=c&state={good}").status == 404
    assert gateway.get(f"/v1/ext/hook-app/oauth/microsoft/callback?code=c&state={good}").status == 404
    assert gateway.post("/__mock__/oauth/hook-app/microsoft/state", {"user_id": ADA}).status == 404
    assert gateway.post("/__mock__/oauth/no-such-app/google/state", {"user_id": ADA}).status == 404
