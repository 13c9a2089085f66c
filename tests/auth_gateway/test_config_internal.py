"""Configuration in layers, and which language models answer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Client

ADA, MARGARET, GRACE = "imp_u_abc123", "imp_u_dev001", "imp_u_admin01"
ALAN, JOAN = "imp_u_acme01", "imp_u_acme02"
CONFIG = "/v1/internal/config"


@pytest.fixture
def service(gateway: Client) -> Client:
    return gateway.service()


def put(client: Client, where: str, **body: Any) -> dict[str, Any]:
    reply = client.put(f"{CONFIG}/{where}", body)
    assert reply.status == 200, reply.content
    return dict(reply.json)


def resolve(client: Client, **query: str) -> dict[str, Any]:
    asked = {"tenant_id": "default", "app_id": "notes", **query}
    return dict(client.get(f"{CONFIG}/resolve", query_string=asked).json)


# -- scopes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["platform", "tenant", "app", "user"])
def test_nothing_is_there_before_the_first_put(service: Client, scope: str) -> None:
    assert service.get(f"{CONFIG}/{scope}/crm-sync").status == 404
    put(service, f"{scope}/crm-sync", config={"a": {"b": 1}})
    assert service.get(f"{CONFIG}/{scope}/crm-sync").json["config"] == {"a": {"b": 1}}


RIGHTS = {  # for whom a service may act (S13): who reads, and who writes
    f"user/{ADA}": ({ADA, GRACE}, {ADA, GRACE}),
    f"user/{ALAN}": ({ALAN, JOAN}, {ALAN, JOAN}),
    "tenant/default": ({ADA, MARGARET, GRACE}, {GRACE}),
    "tenant/acme": ({ALAN, JOAN}, {JOAN}),
    "app/notes": ({ADA, MARGARET, GRACE, ALAN, JOAN}, {MARGARET, GRACE}),
    "app/crm-sync": ({ADA, MARGARET, GRACE, ALAN, JOAN}, {GRACE}),
    "platform/all": ({ADA, MARGARET, GRACE, ALAN, JOAN}, {GRACE}),
}


@pytest.mark.rule("S13")
@pytest.mark.parametrize("where", RIGHTS)
def test_whoever_is_acted_for_configures_what_is_theirs(gateway: Client, where: str) -> None:
    put(gateway.service(), where, config={"a": 1})
    readers, writers = RIGHTS[where]
    for person in (ADA, MARGARET, GRACE, ALAN, JOAN):
        acting = gateway.service(person)
        written = acting.put(f"{CONFIG}/{where}", {"config": {"by": person}})
        assert written.status == (200 if person in writers else 403), person
        read = acting.get(f"{CONFIG}/{where}")
        assert read.status == (200 if person in readers else 403), person
        if read.status == 200:
            assert (read.json["config"].get("by") == person) == (person in writers)


def test_an_unknown_scope_is_422(service: Client) -> None:
    assert service.get(f"{CONFIG}/planet/earth").status == 422
    assert service.put(f"{CONFIG}/planet/earth", {"config": {}}).status == 422


def test_what_is_sent_is_merged_deeply(service: Client) -> None:
    saved = put(service, "app/notes", config={"limits": {"pages": 7}}, enforced={"x": 1})
    assert saved == {
        "scope": "app",
        "scope_id": "notes",
        "tenant_id": "default",
        "app_id": "notes",
        "config": {"limits": {"notes": 500, "pages": 7}, "panels": {"slots": {"left": "list", "right": "editor"}}},
        "enforced": {"x": 1},
        "role_defaults": {},
    }
    assert service.get(f"{CONFIG}/app/notes").json == saved


def test_a_named_path_is_replaced_whole(service: Client) -> None:
    sent = {"panels": {"slots": {"left": "list"}, "title": "Notes"}}
    saved = put(service, "app/notes", config=sent, replace_paths=["panels.slots", "limits"])
    assert saved["config"]["panels"] == {"slots": {"left": "list"}, "title": "Notes"}
    assert saved["config"]["limits"] == {"notes": 500}


def test_null_trees_change_nothing(service: Client) -> None:
    before = service.get(f"{CONFIG}/app/notes").json
    assert put(service, "app/notes", config=None, enforced=None, role_defaults=None) == before


def test_an_app_has_its_own_settings_in_each_tenant(service: Client) -> None:
    for named in ({"headers": {"X-Tenant-ID": "acme"}}, {"query_string": {"tenant_id": "acme"}}):
        assert service.get(f"{CONFIG}/app/notes", **named).status == 404
    service.put(f"{CONFIG}/app/notes", {"config": {"limits": {"notes": 9}}}, headers={"X-Tenant-ID": "acme"})
    assert service.get(f"{CONFIG}/app/notes?tenant_id=acme").json["tenant_id"] == "acme"
    assert service.get(f"{CONFIG}/app/notes").json["config"]["limits"] == {"notes": 500}
    assert resolve(service, tenant_id="acme")["limits"] == {"notes": 9}
    assert resolve(service)["limits"] == {"notes": 500}


def test_a_user_s_row_is_in_the_user_s_tenant(service: Client) -> None:
    assert put(service, f"user/{ALAN}", config={"a": 1})["tenant_id"] == "acme"
    assert resolve(service, tenant_id="acme", user_id=ALAN)["a"] == 1


def test_a_change_for_a_user_reaches_their_stream(service: Client, world: Any) -> None:
    put(service, f"user/{ADA}", config={"a": 1})
    event = next(world.state["events"].newest(user_id=ADA))
    assert (event["type"], event["payload"]["panel"]) == ("panel_refresh", "config")


def test_a_change_is_in_the_audit_log_without_its_values(gateway: Client, admin: Client) -> None:
    gateway.service(GRACE).put(f"{CONFIG}/app/notes", {"config": {"token": "very secret"}})
    reply = admin.get("/v1/audit?action=config.update")
    (entry,) = reply.json["entries"]
    assert (entry["actor_id"], entry["target_type"], entry["target_id"]) == (GRACE, "config.app", "notes")
    assert b"very secret" not in reply.content


def test_later_layers_win(service: Client) -> None:
    assert resolve(service) == {
        "persona": {"language": "en", "tone": "concise"},
        "limits": {"notes": 500},
        "panels": {"slots": {"left": "list", "right": "editor"}},
        "safety": {"confirm_deletes": True},
    }
    assert resolve(service, app_id="crm-sync")["limits"] == {"notes": 100}
    assert resolve(service, app_id="crm-sync", role="viewer")["limits"] == {"notes": 20}
    assert resolve(service, app_id="crm-sync", role="developer")["limits"] == {"notes": 1000}
    assert resolve(service, role="developer")["limits"] == {"notes": 500}
    assert resolve(service, tenant_id="acme")["persona"] == {"language": "en", "tone": "friendly"}


def test_a_user_overrides_everything_but_what_is_enforced(service: Client) -> None:
    mine = {"limits": {"notes": 1}, "safety": {"confirm_deletes": False, "shout": True}}
    put(service, f"user/{ADA}", config=mine)
    resolved = resolve(service, user_id=ADA)
    assert resolved["limits"] == {"notes": 1}
    assert resolved["safety"] == {"confirm_deletes": True, "shout": True}
    assert resolve(service)["safety"] == {"confirm_deletes": True}


def test_a_row_for_one_app_counts_for_that_app_only(service: Client) -> None:
    service.put(f"{CONFIG}/user/{ADA}?app_id=notes", {"config": {"theme": "dark"}})
    put(service, f"user/{ADA}", config={"theme": "light"})
    assert resolve(service, user_id=ADA)["theme"] == "dark"
    assert resolve(service, user_id=ADA, app_id="crm-sync")["theme"] == "light"
    assert service.get(f"{CONFIG}/user/{ADA}").json["config"] == {"theme": "light"}


def test_where_nothing_is_set_nothing_holds(service: Client, world: Any) -> None:
    for row in world.state["configs"]:
        world.state["configs"].remove(row["id"])
    assert resolve(service) == {}
    assert service.get(f"{CONFIG}/resolve").status == 422


# -- language models -----------------------------------------------------------------------------------------------

LLM = f"{CONFIG}/llm"


def test_the_choice_is_merged_and_shown_without_keys(service: Client) -> None:
    before = service.get(LLM).json
    assert (before["provider"], before["model"], before["purpose"]) == ("anthropic", "claude-sonnet-4-6", {})
    sent = {
        "api_key": "sk-very-secret",
        "purpose": {"routing": {"temperature": 0.2, "routing_model": "gpt-4o-mini"}},
        "extension_overrides": {"notes": {"model": "gpt-4o", "api_key": "sk-very-secret"}},
    }
    saved = put(service, "llm", config=sent)
    assert saved["purpose"] == {"routing": {"temperature": 0.2, "routing_model": "gpt-4o-mini"}}
    assert saved["extension_overrides"] == {"notes": {"model": "gpt-4o"}}
    put(service, "llm", config={"purpose": {"routing": {"temperature": 0.5}}, "failover_enabled": True})
    reply = service.get(LLM)
    assert reply.json["purpose"]["routing"] == {"temperature": 0.5, "routing_model": "gpt-4o-mini"}
    assert reply.json["failover_enabled"] is True
    assert b"very-secret" not in reply.content


def test_fields_of_the_choice_keep_their_type(service: Client) -> None:
    before = service.get(LLM).json
    for wrong in ({"provider": 5}, {"failover_enabled": "yes"}, {"purpose": []}):
        reply = service.put(LLM, {"config": wrong})
        assert reply.status == 422
        assert reply.detail[0]["loc"] == ["body", "config", next(iter(wrong))]
        assert service.post(f"{LLM}/test", {"config": wrong}).status == 422
    assert service.get(LLM).json == before


def test_a_key_configures_its_provider(service: Client) -> None:
    configured = {one["id"]: one["configured"] for one in service.get(f"{LLM}/providers").json}
    assert configured == {"anthropic": True, "openai": True, "mistral": False}
    put(service, "llm", config={"failover_provider": "mistral", "failover_api_key": "sk-x"})
    assert {one["id"]: one["configured"] for one in service.get(f"{LLM}/providers").json}["mistral"] is True


def test_a_try_saves_nothing(service: Client) -> None:
    before = service.get(LLM).json
    reply = service.post(f"{LLM}/test", {"config": {"provider": "openai", "model": "gpt-4o"}})
    assert reply.json == {"ok": True, "provider": "openai", "model": "gpt-4o", "latency_ms": 310, "error": None}
    tools = service.post(f"{LLM}/test-tools", {}).json
    assert (tools["ok"], tools["model"], tools["tool_calls"]) == (True, "claude-sonnet-4-6", 1)
    assert service.get(LLM).json == before


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"provider": "example", "model": "example-large"}, "no provider 'example'"),
        ({"provider": "openai", "model": "none"}, "no model 'none'"),
        ({"provider": "mistral", "model": "mistral-large-latest"}, "no key for Mistral"),
    ],
)
def test_a_provider_that_does_not_answer_is_no_refusal(service: Client, config: dict[str, str], says: str) -> None:
    for path, count in (("test", "latency_ms"), ("test-tools", "tool_calls")):
        reply = service.post(f"{LLM}/{path}", {"config": config})
        assert (reply.status, reply.json["ok"], reply.json[count]) == (200, False, 0)
        assert says in reply.json["error"]


def test_a_key_in_the_try_is_enough(service: Client) -> None:
    config = {"provider": "mistral", "model": "mistral-large-latest", "api_key": "sk-x"}
    assert service.post(f"{LLM}/test", {"config": config}).json["ok"] is True


def test_usage_is_counted_by_day(service: Client, world: Any) -> None:
    called = {"user_id": ADA, "model": "gpt-4o", "input_tokens": 10, "output_tokens": 3, "latency_ms": 40}
    before = service.get(f"{LLM}/usage").json
    assert service.post("/v1/internal/llm-usage/track", called).status == 200
    after = service.get(f"{LLM}/usage").json
    assert (after["calls"], after["input_tokens"]) == (before["calls"] + 1, before["input_tokens"] + 10)
    mine = service.get(f"{LLM}/usage/{ADA}?date={after['date']}").json
    assert (mine["user_id"], mine["output_tokens"], mine["total_latency_ms"]) == (ADA, 3, 40)
    assert service.get(f"{LLM}/usage/{GRACE}").json["calls"] == 0
    assert service.get(f"{LLM}/usage?date=2020-01-01").json["calls"] == 0


def test_usage_is_refused(service: Client) -> None:
    assert service.get(f"{LLM}/usage?date=yesterday").status == 422
    assert service.get(f"{LLM}/usage/imp_u_nobody").status == 404


def test_forgetting_a_user_s_configuration(service: Client) -> None:
    assert service.post(f"{LLM}/invalidate/{ADA}").json == {"user_id": ADA, "invalidated": True}
    assert service.post(f"{LLM}/invalidate/imp_u_nobody").status == 404
