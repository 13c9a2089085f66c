"""What must be there before a random request to an operation can succeed: a live id, a secret, a state of things.

Without these most fuzzing would only ever see 404. A scene prepares the world over HTTP and says which values make a
request meet it; an operation without one is met by the examples of its document.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from imperal_sdk.security.call_token import mint_call_token

from specdouble.mock.state.world import World
from tests.conftest import Client

ADA, GRACE, MARGARET = "imp_u_abc123", "imp_u_admin01", "imp_u_dev001"
SECRET = b"dev-call-token-secret"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@dataclass
class Live:
    """Values that meet the scene: who calls, path parameters, query, fields of the body, headers sent instead."""

    person: str | None = None
    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] | None = None


@dataclass
class Stage:
    """What a scene works with: the gateway, its world, and clients of people."""

    gateway: Client
    world: World
    people: dict[str, Client]

    def ok(self, answer: Any) -> Any:
        """The JSON of an answer that must be a success."""
        assert answer.status < 300, answer.content
        return answer.json


Scene = Callable[[Stage], Live]
SCENES: dict[str, Scene] = {}


def scene(*keys: str) -> Callable[[Scene], Scene]:
    """Set the scene for operations."""

    def add(function: Scene) -> Scene:
        SCENES.update(dict.fromkeys(keys, function))
        return function

    return add


def fixed(*keys: str, **values: Any) -> None:
    """Meet what the seed data holds already."""
    SCENES.update(dict.fromkeys(keys, lambda _stage: Live(**values)))


# -- what the seed data holds ----------------------------------------------------------------------------------------

fixed("POST /v1/auth/signup", "POST /v1/auth/register", "POST /v1/users", body={"email": "new@example.com"})
fixed("POST /v1/tenants", body={"tenant_id": "new-works"})
fixed("GET /v1/tenants/{tenant_id}", path={"tenant_id": "default"})
fixed("PATCH /v1/tenants/{tenant_id}", "GET /v1/tenants/{tenant_id}/health", path={"tenant_id": "default"})
fixed("POST /v1/roles", body={"name": "fuzzer"})
fixed("POST /v1/scopes", body={"resource": "fuzz", "action": "write"})
fixed("POST /v1/agencies", body={"agency_id": "fuzz-studio", "domain": "fuzz.example"})
fixed("PUT /v1/developer/tier", body={"tier": "indie"})
fixed(
    "GET /v1/confirmations/{confirmation_id}",
    "POST /v1/confirmations/{confirmation_id}/confirm",
    "POST /v1/confirmations/{confirmation_id}/cancel",
    path={"confirmation_id": "conf_ada_lemons"},
)
fixed("GET /v1/tasks/{task_id}", "POST /v1/tasks/{task_id}/cancel", path={"task_id": "task_ada_export"})
fixed("GET /v1/actions/{trace_id}", path={"trace_id": "tr_ada_02"})
fixed("POST /v1/admin/payouts/{payout_id}/approve", "POST /v1/admin/payouts/{payout_id}/reject", path={"payout_id": 5})
fixed("GET /v1/ext/{app_id}/webhook/{path}", path={"app_id": "crm-sync", "path": "verify"})
fixed("POST /v1/ext/{app_id}/webhook/{path}", path={"app_id": "crm-sync", "path": "contact-updated"})
fixed(
    "POST /v1/extensions/{app_id}/operate",
    path={"app_id": "tasks-board"},
    body={"user_id": ADA, "function": "list_tasks"},
)
fixed("POST /v1/developer/apps/{app_id}/_sync_manifest", path={"app_id": "notes"})
fixed("POST /v1/developer/apps/{app_id}/deploys", path={"app_id": "notes"}, body={"version": "9.9.9"})
fixed(
    "PUT /v1/marketplace/reviews/{review_id}",
    "DELETE /v1/marketplace/reviews/{review_id}",
    person=GRACE,
    path={"review_id": 21},
)
fixed("POST /v1/marketplace/apps/{app_id}/reviews", path={"app_id": "doc-shelf"})
fixed("DELETE /v1/marketplace/apps/{app_id}/install", path={"app_id": "doc-shelf"})
fixed("GET /v1/secrets/{ext_id}/{name}/meta", path={"ext_id": "notes", "name": "sync_token"})
fixed("PUT /v1/secrets/{ext_id}/{name}", path={"ext_id": "notes", "name": "sync_token"})
fixed("DELETE /v1/secrets/{ext_id}/{name}", path={"ext_id": "notes", "name": "sync_token"})
fixed("DELETE /v1/apps/{app_id}/keys/{key_id}", path={"app_id": "notes", "key_id": "key_notes_full"})
fixed("DELETE /v1/users/{user_id}/extensions/{app_id}", path={"user_id": ADA, "app_id": "tasks-board"})
fixed("GET /extensions/{ext_id}", "PUT /extensions/{ext_id}", "DELETE /extensions/{ext_id}", path={"ext_id": "notes"})

SERVICE = {"X-Service-Token": "dev-service-token"}
NOTES = {"extension_id": "notes", "tenant_id": "default", "user_id": ADA}
fixed(
    "GET /v1/internal/store/{collection}/{doc_id}",
    "PATCH /v1/internal/store/{collection}/{doc_id}",
    "DELETE /v1/internal/store/{collection}/{doc_id}",
    path={"collection": "note", "doc_id": "note_001"},
    query=NOTES,
    body={**NOTES, "if_match": "e0-0001"},
)
fixed(
    "GET /v1/internal/skeleton/{user_id}/{section}",
    path={"user_id": ADA, "section": "recent"},
    query={"extension_id": "notes"},
)
fixed(
    "GET /v1/internal/storage/download",
    "DELETE /v1/internal/storage",
    query={"path": "exports/all.txt", "extension_id": "notes", "tenant_id": "default"},
)
fixed(
    "GET /v1/internal/skeleton/{app_id}/{user_id}/{section}",
    path={"app_id": "notes", "user_id": ADA, "section": "recent"},
)
fixed(
    "GET /v1/internal/billing/model-rates/{model}",
    "DELETE /v1/internal/billing/model-rates/{model}",
    "GET /v1/internal/billing/model-rate/{model}",
    path={"model": "gpt-4o-mini"},
)
fixed(
    "PATCH /v1/conversations/{conversation_id}",
    "DELETE /v1/conversations/{conversation_id}",
    "GET /v1/conversations/{conversation_id}/messages",
    "POST /v1/conversations/{conversation_id}/activate",
    path={"conversation_id": "conv_ada_garden"},
)
fixed("GET /v1/memory/code/outline", "GET /v1/memory/code/file", query={"repo_key": "3f9ab2", "path": "api.py"})
fixed("GET /v1/activity/steps/{ref}", path={"ref": "terminal:coding-imp_u_abc123-r3f9ab2:req-1"})


STORED = {"path": {"collection": "note"}, "body": {"extension_id": "notes", "where": {}}}
fixed("POST /v1/internal/store/{collection}/query", "POST /v1/internal/store/{collection}/count", **STORED)
RUNNING = {"person": MARGARET, "path": {"session_id": "coding-imp_u_dev001-r7d20c4"}}
fixed("POST /v1/agent/sessions/{session_id}/result", body={"req_id": "req-1"}, **RUNNING)
fixed("POST /v1/agent/sessions/{session_id}/inject", "POST /v1/agent/sessions/{session_id}/mode", **RUNNING)
fixed("DELETE /v1/admin/apps/{app_id}", path={"app_id": "crm-sync"}, body={"confirm_name": "crm-sync", "force": True})
fixed(
    "POST /v1/extensions/{app_id}/batch",
    path={"app_id": "tasks-board"},
    body={"calls": [{"function": "create_task", "params": {"title": "Water the beds"}}]},
)
fixed("POST /v1/memory/code/slice", "POST /v1/memory/code/impact", body={"repo_key": "3f9ab2", "symbols": ["plan"]})


# -- what must be made first ---------------------------------------------------------------------------------------


@scene("POST /v1/auth/verify-email")
def signed_up(stage: Stage) -> Live:
    stage.ok(stage.gateway.post("/v1/auth/signup", {"email": "new@example.com", "password": "s3cure!new"}))
    (mail,) = stage.ok(stage.gateway.get("/__mock__/outbox?to=new@example.com"))
    return Live(body={"token": mail["token"]})


@scene("POST /v1/auth/refresh", "POST /v1/auth/logout")
def logged_in(stage: Stage) -> Live:
    return Live(body={"refresh_token": stage.gateway.tokens("user@example.com")["refresh_token"]})


@scene("POST /v1/auth/sessions/{session_id}/revoke")
def logged_in_twice(stage: Stage) -> Live:
    stage.gateway.tokens("user@example.com")
    sessions = stage.ok(stage.people[ADA].get("/v1/auth/sessions"))["sessions"]
    return Live(path={"session_id": next(one["session_id"] for one in sessions if not one["current"])})


@scene("POST /v1/auth/cli/device/token")
def device_approved(stage: Stage) -> Live:
    asked = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    device = stage.ok(stage.gateway.post("/v1/auth/cli/device/authorize", asked))
    stage.ok(stage.gateway.post(f"/__mock__/device/{device['user_code']}/approve", {"user_id": ADA}))
    return Live(body={"device_code": device["device_code"], "code_verifier": VERIFIER})


@scene("DELETE /v1/keys/{key_id}")
def key_made(stage: Stage) -> Live:
    return Live(path={"key_id": stage.ok(stage.people[ADA].post("/v1/keys", {"name": "short-lived"}))["id"]})


@scene("DELETE /v1/tenants/{tenant_id}")
def tenant_made(stage: Stage) -> Live:
    database = {"host": "db.example.com", "username": "u", "password": "p", "database": "d"}
    stage.ok(stage.people[GRACE].post("/v1/tenants", {"tenant_id": "fuzzed", "name": "F", "db_config": database}))
    return Live(path={"tenant_id": "fuzzed"})


@scene("POST /v1/billing/resume")
def subscription_canceled(stage: Stage) -> Live:
    stage.ok(stage.people[ADA].post("/v1/billing/cancel"))
    return Live()


@scene("POST /v1/billing/subscribe", "POST /v1/billing/renew")
def subscription_expired(stage: Stage) -> Live:
    stage.world.state["subscriptions"].update(ADA, status="expired")
    stage.world.commit()
    return Live(body={"plan_id": "pro"})


@scene("POST /v1/billing/topup/confirm")
def topped_up(stage: Stage) -> Live:
    intent = stage.ok(stage.people[ADA].post("/v1/billing/topup", {"tokens": 10_000, "price_cents": 1000}))
    return Live(body={"payment_intent_id": intent["payment_intent_id"]})


@scene("PATCH /v1/roles/{role_id}", "DELETE /v1/roles/{role_id}")
def role_made(stage: Stage) -> Live:
    role = stage.ok(stage.people[GRACE].post("/v1/roles", {"name": "fuzzer", "display_name": "Fuzzer"}))
    return Live(path={"role_id": role["id"]})


@scene("PATCH /v1/scopes/{scope_id}", "DELETE /v1/scopes/{scope_id}")
def scope_made(stage: Stage) -> Live:
    made = stage.ok(stage.people[GRACE].post("/v1/scopes", {"resource": "fuzz", "action": "write"}))
    return Live(path={"scope_id": made["id"]})


@scene("DELETE /v1/users/{user_id}/extensions/disable/{app_id}", "DELETE /v1/me/extensions/disable/{app_id}")
def app_switched_off(stage: Stage) -> Live:
    stage.ok(stage.people[ADA].post("/v1/me/extensions/disable", {"app_id": "doc-shelf"}))
    return Live(path={"user_id": ADA, "app_id": "doc-shelf"})


@scene("GET /v1/ext/{app_id}/oauth/{provider}/callback")
def oauth_begun(stage: Stage) -> Live:
    begun = stage.ok(stage.gateway.post("/__mock__/oauth/doc-shelf/google/state", {"user_id": ADA}))
    query = {"state": begun["state"], "code": "4/fake-code", "error": ""}
    return Live(path={"app_id": "doc-shelf", "provider": "google"}, query=query)


@scene(
    "PUT /v1/developer/apps/{app_id}", "DELETE /v1/developer/apps/{app_id}", "POST /v1/developer/apps/{app_id}/submit"
)
def app_drafted(stage: Stage) -> Live:
    body = {"app_id": "fuzz-app", "name": "Fuzz", "short_description": "For a moment."}
    stage.ok(stage.people[MARGARET].post("/v1/developer/apps", body))
    return Live(path={"app_id": "fuzz-app"}, body={"confirm_name": "fuzz-app"})


@scene("GET /v1/secrets/{ext_id}/{name}")
def secret_set(stage: Stage) -> Live:
    stage.ok(stage.people[ADA].put("/v1/secrets/notes/sync_token", {"value": "fake-secret"}))
    asked = {"ext_id": "notes", "user_id": ADA}
    token = stage.ok(stage.gateway.post("/__mock__/extension-token", asked))["access_token"]
    return Live(path={"ext_id": "notes", "name": "sync_token"}, headers={"Authorization": f"Bearer {token}"})


@scene("GET /v1/internal/extcache/{app_id}/{user_id}/{model}/{key_hash}")
def cached(stage: Stage) -> Live:
    headers = {**SERVICE, "Authorization": f"ImperalCallToken {mint_call_token('skeleton', 'notes', ADA, 60, SECRET)}"}
    envelope = {"model": "Inbox", "data": {}, "version": 1, "cached_at": "2026-06-21T10:00:00Z"}
    path = f"/v1/internal/extcache/notes/{ADA}/Inbox/0123456789abcdef"
    stage.ok(stage.gateway.put(path, {"envelope": envelope, "ttl_seconds": 60}, headers=headers))
    return Live(path={"app_id": "notes", "user_id": ADA, "model": "Inbox", "key_hash": "0123456789abcdef"})


@scene("POST /v1/agent/sessions/{session_id}/drop")
def line_queued(stage: Stage) -> Live:
    path = "/v1/agent/sessions/coding-imp_u_dev001-r7d20c4/inject"
    stage.ok(stage.people[MARGARET].post(path, {"text": "Then lint it", "steer_iid": "77aa01"}))
    return Live(**RUNNING, body={"steer_iid": "77aa01"})


@scene(*(f"POST /v1/internal/coding-remote/{{user_id}}/{word}" for word in ("steer", "stop", "mode", "consent")))
def remote_switched_on(stage: Stage) -> Live:
    """Margaret's task waits for consent, and may be steered from everywhere."""
    path, session = f"/v1/internal/coding-remote/{MARGARET}", RUNNING["path"]["session_id"]
    on = {"enabled": True, "mirror": ["panel"], "steer": ["telegram", "panel"]}
    stage.ok(Client(stage.gateway.app, SERVICE).put(path, on))
    return Live(path={"user_id": MARGARET}, body={"session_id": session})


@scene("PATCH /v1/conversations/{conversation_id}")
def thread_opened(stage: Stage) -> Live:
    acting = Client(stage.gateway.app, {**SERVICE, "X-Acting-User": ADA})
    made = stage.ok(acting.post("/v1/conversations", {}))["conversation"]
    return Live(path={"conversation_id": made["id"]})


@scene("POST /v1/memory/frame/lens")
def step_recorded(stage: Stage) -> Live:
    sent = {
        "session_id": f"mcp-{ADA}-1",
        "step": 1,
        "goal": "Mend the gate",
        "exchange": [{"tool": "t", "text": "Done"}],
    }
    stage.ok(stage.people[ADA].post("/v1/memory/frame/record", sent))
    return Live(body={"session_id": sent["session_id"], "tool": "state_lens", "args": {"section": "all"}})


@scene("PUT /v1/internal/config/llm")
def model_chosen(stage: Stage) -> Live:
    choice = {"config": {"purpose": {"routing": {"temperature": 0.5}}}}
    stage.ok(stage.gateway.put("/v1/internal/config/llm", choice, headers=SERVICE))
    return Live()
