"""What app authors use of the SDK, unchanged: OAuth states and tokens, and the UI kit that reads panels."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from imperal_sdk import oauth_tokens, ui
from imperal_sdk.http.client import HTTPClient
from imperal_sdk.manifest_schema_ui import UINode as Schema
from imperal_sdk.oauth_state import build_oauth_state
from imperal_sdk.store.client import StoreClient
from imperal_sdk.ui.base import UINode

from tests.clients.harness import Live

ADA = "imp_u_abc123"
APP, PROVIDER = "plant-post", "google"
TOKEN = "dev-service-token"
MANIFEST = {
    "app_id": APP,
    "name": "Plant Post",
    "version": "1.0.0",
    "tools": [{"name": "list_letters", "action_type": "read"}],
    "oauth": [{"provider": PROVIDER, "collection": "accounts", "scopes": ["mail.read"]}],
    "secrets": [{"name": f"{PROVIDER}_client_{part}", "scope": "app"} for part in ("id", "secret")],
    "panels": [{"panel_id": "letters", "slot": "left", "title": "Letters", "tree": {}}],
}


class Secrets:
    """The app's own secrets, as the kernel's client reads them: with the service token, for nobody."""

    def __init__(self, gateway: str) -> None:
        self.gateway = gateway

    async def get(self, name: str) -> str | None:
        headers = {"X-Service-Token": TOKEN, "X-Acting-User": "__system__", "X-Ext-Id": APP}
        async with httpx.AsyncClient() as client:
            reply = await client.get(f"{self.gateway}/v1/secrets/{APP}/{name}", headers=headers)
        return str(reply.json()["value"]) if reply.status_code == 200 else None


@dataclass
class Context:
    """What the helpers take of an extension's context."""

    secrets: Secrets
    http: HTTPClient
    store: StoreClient


@pytest.fixture
def known(live: Live) -> Live:
    live.control(f"/extensions?install={ADA}", MANIFEST)
    for name in ("google_client_id", "google_client_secret"):
        live.ask("PUT", f"/v1/secrets/{APP}/{name}", "dev@example.com", body={"value": f"{name}-value"})
    return live


def connect(live: Live, state: str, **query: str) -> httpx.Response:
    url = f"{live.gateway}/v1/ext/{APP}/oauth/{PROVIDER}/callback"
    return httpx.get(url, params={"code": "any", "state": state, **query})


def account(live: Live) -> dict[str, Any]:
    record = live.world.state["records"].get(f"{PROVIDER}:{APP}:{ADA}")
    assert record is not None
    return {**record["data"], "doc_id": record["id"]}


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPERAL_OAUTH_STATE_SECRET", "dev-oauth-state-secret")


@pytest.mark.rule("W06")
@pytest.mark.usefixtures("secret")
def test_a_state_of_the_sdk_ends_the_flow_as_often_as_it_comes(known: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    state = build_oauth_state(APP, ADA, "default", PROVIDER)
    assert connect(known, state).status_code == 200
    first = account(known)
    assert (first["email"], first["is_active"], first["name"]) == ("user@example.com", True, "Ada Lovelace")
    assert not oauth_tokens.needs_refresh(first)
    assert connect(known, state).status_code == 200
    assert account(known)["access_token"] != first["access_token"]
    foreign = build_oauth_state("notes", ADA, "default", PROVIDER)
    assert connect(known, foreign).status_code == 400
    assert connect(known, build_oauth_state(APP, "imp_u_nobody", "default", PROVIDER)).status_code == 400
    assert connect(known, state[:-2]).status_code == 400
    monkeypatch.setenv("IMPERAL_OAUTH_STATE_SECRET", "another")
    assert connect(known, build_oauth_state(APP, ADA, "default", PROVIDER)).status_code == 400


@pytest.mark.rule("W06")
def test_a_state_of_the_panel_still_works_once(known: Live) -> None:
    state = known.control(f"/oauth/{APP}/{PROVIDER}/state", {"user_id": ADA})["state"]
    assert [connect(known, state).status_code for _ in range(2)] == [200, 400]


@pytest.mark.usefixtures("secret")
def test_the_helpers_read_and_refresh_the_tokens(known: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    assert connect(known, build_oauth_state(APP, ADA, "default", PROVIDER)).status_code == 200
    monkeypatch.setitem(oauth_tokens.PROVIDER_TOKEN_URLS, PROVIDER, f"{known.gateway}/__mock__/oauth/{PROVIDER}/token")
    held = account(known)
    store = StoreClient(known.gateway, service_token=TOKEN, extension_id=APP, user_id=ADA)
    context = Context(Secrets(known.gateway), HTTPClient(), store)
    used: list[str] = []

    async def letters(now: dict[str, Any]) -> httpx.Response:
        used.append(now["access_token"])
        return httpx.Response(401 if len(used) == 1 else 200)

    async def use() -> Any:
        return await oauth_tokens.with_fresh_token(context, dict(held), letters, collection="accounts")

    assert known.run(use).status_code == 200
    assert used[0] == held["access_token"]
    assert used[1] == account(known)["access_token"] != held["access_token"]

    async def refuse() -> Any:
        await oauth_tokens.fresh_token(context, {**held, "refresh_token": "unknown"}, collection="accounts", force=True)

    with pytest.raises(oauth_tokens.TokenRefreshError) as refused:
        known.run(refuse)
    assert refused.value.reconnect_required


# -- panels --------------------------------------------------------------------------------------------------------


def built(node: Any) -> UINode:
    """Build a node anew with the kit's own function for it: it takes every property, and gives the same node."""
    Schema.model_validate(node)
    make = getattr(ui, node["type"])
    known = inspect.signature(make).parameters
    assert set(node["props"]) <= set(known), node["type"]
    made = make(**{name: inner(value) for name, value in node["props"].items()})
    assert isinstance(made, UINode)
    assert made.to_dict() == node
    return made


def inner(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"type", "props"}:
        return built(value)
    return [inner(one) for one in value] if isinstance(value, list) else value


def panel(live: Live, app_id: str, name: str) -> Any:
    body = {"user_id": ADA, "function": f"__panel__{name}", "params": {}}
    return live.ask("POST", f"/v1/extensions/{app_id}/call", body=body)


def test_every_panel_renders(known: Live) -> None:
    known.ask("POST", "/v1/internal/store", body={"extension_id": APP, "tenant_id": "default", "user_id": ADA,
              "collection": "letters", "data": {"title": "Dear Fern"}}, service=True)  # fmt: skip
    shown = panel(known, APP, "letters")
    assert shown["status"] == "success"
    assert shown["data"] == {"ui": shown["ui"], "panel_id": "letters"}
    assert "Dear Fern" in str(built(shown["ui"]).to_dict())
    seen = 0
    for row in known.world.state["apps"]:
        for one in (row["manifest_json"] or {}).get("panels", ()):
            if known.world.state["installs"].get(f"{ADA}:{row['app_id']}"):
                answer = panel(known, row["app_id"], one["panel_id"])
                assert answer["status"] == "success", answer
                built(answer["ui"])
                seen += 1
    assert seen >= 7
    assert "4200" in str(panel(known, "billing", "wallet")["ui"])
    assert panel(known, "billing", "nothing")["status"] == "error"
