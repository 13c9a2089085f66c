"""What must be there before a random request to an internal operation can succeed: a live id, a state of things.

The verifier has no recipes for internal documents. A scene prepares the world over HTTP and says which values make a
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


@dataclass
class Live:
    """Values that meet the scene: who calls, path parameters, query, fields of the body, headers sent instead.

    ``listed`` says that the body stands in an array.
    """

    person: str | None = None
    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] | None = None
    listed: bool = False


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
# Of a published document: only an app that people have shows what `force` does.
fixed("DELETE /v1/admin/apps/{app_id}", path={"app_id": "crm-sync"}, body={"confirm_name": "crm-sync", "force": True})
fixed("POST /v1/memory/code/slice", "POST /v1/memory/code/impact", body={"repo_key": "3f9ab2", "symbols": ["plan"]})


# -- what must be made first ---------------------------------------------------------------------------------------


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
