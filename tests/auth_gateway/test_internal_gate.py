"""The kernel routes open to services only, and not at all when they are switched off (rules S09, S11, S15)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from imperal_sdk.security.call_token import mint_call_token

from specdouble.cli.serve import serve
from specdouble.mock.transports.app import create_app
from specdouble.openapi import Operation
from specdouble.packs.documents import bundled
from tests.conftest import Client, Reply
from tests.pack import Options, boot

ADA, GRACE, ALAN = "imp_u_abc123", "imp_u_admin01", "imp_u_acme01"
SERVICE = {"X-Service-Token": "dev-service-token"}
SECRET = b"dev-call-token-secret"
KNOWN = {"user_id": ADA, "app_id": "notes", "ext_id": "notes", "rule_id": "1", "conversation_id": "conv_ada_turin"}

KERNEL = bundled("auth-gateway-internal").operations
FOR_SERVICES = [one for one in KERNEL if not any({"bearerAuth", "apiKey"} & set(way) for way in one.security)]
CALL_TOKENS = [one for one in FOR_SERVICES if any("callToken" in way for way in one.security)]
BEARERS = [one for one in FOR_SERVICES if any("serviceBearer" in way for way in one.security)]
ACTING = [one for one in FOR_SERVICES if any("actingUser" in way for way in one.security)]
PLAIN = [one for one in FOR_SERVICES if one not in CALL_TOKENS + ACTING]


def key(operation: Operation) -> str:
    return operation.key


def send(client: Client, operation: Operation, headers: dict[str, str]) -> Reply:
    """Send a request that would be taken if only the credential were good."""
    values = {
        one.name: KNOWN.get(one.name) or one.example or "1"
        for one in operation.parameters
        if one.location == "path" or (one.location == "query" and one.required)
    }
    path = re.sub(r"\{(\w+)\}", lambda found: str(values.pop(found[1])), operation.path)
    sent: dict[str, Any] = {}
    content = operation.body.content if operation.body else {}
    if "application/json" in content:
        body = content["application/json"].example
        sent = {"data": json.dumps(body), "content_type": "application/json"}
    elif content:
        sent = {"data": {"file": (BytesIO(b"x"), "x.txt")}}
    return client.call(operation.method, path + (f"?{urlencode(values)}" if values else ""), headers=headers, **sent)


@pytest.fixture
def people(user: Client, admin: Client, developer: Client) -> dict[str, dict[str, str]]:
    """The credentials of people, and those that are no credential of a service."""
    api_key = admin.post("/v1/keys", {"name": "gate"}).json["key"]
    wrong = {"X-Service-Token": "dev-service-tokem"}
    return {
        "nothing": {},
        "user": user.headers,
        "admin": admin.headers,
        "developer": developer.headers,
        "key": {"X-Api-Key": api_key},
        "admin, acting": {**admin.headers, "X-Acting-User": GRACE},
        "admin, for the system": {**admin.headers, "X-Acting-User": "__system__"},
        "acting alone": {"X-Acting-User": ADA},
        "wrong token": wrong,
        "wrong token, acting": {**wrong, "X-Acting-User": ADA},
        "wrong token, admin": {**wrong, **admin.headers},
        "wrong token as bearer": {"Authorization": "Bearer dev-service-tokem"},
        "empty token": {"X-Service-Token": ""},
        "empty bearer": {"Authorization": "Bearer "},
        "call token alone": token(ADA, "notes"),
    }


def token(
    user_id: str, app_id: str, kind: Any = "skeleton", seconds: int = 60, secret: bytes = SECRET
) -> dict[str, str]:
    return {"Authorization": f"ImperalCallToken {mint_call_token(kind, app_id, user_id, seconds, secret)}"}


def test_the_gate_has_as_many_doors_as_the_document() -> None:
    assert (len(KERNEL), len(FOR_SERVICES), len(CALL_TOKENS), len(BEARERS), len(ACTING)) == (133, 102, 4, 6, 6)


@pytest.mark.rule("S09", "S11")
@pytest.mark.parametrize("operation", FOR_SERVICES, ids=key)
def test_it_opens_to_no_person(operation: Operation, people: Any, gateway: Client, world: Any) -> None:
    before = world.state.snapshot()
    for name, headers in people.items():
        reply = send(gateway, operation, headers)
        assert reply.status in (401, 403), f"{name}: {reply.status}"
        assert isinstance(reply.detail, str), name
        assert world.state.snapshot() == before, f"{name} changed the world"


@pytest.mark.parametrize("operation", PLAIN, ids=key)
def test_it_opens_to_a_service_also_to_one_that_acts_for_nobody(operation: Operation, gateway: Client) -> None:
    for headers in (SERVICE, {**SERVICE, "X-Acting-User": "__system__"}, {**SERVICE, "X-Acting-User": "__webhook__"}):
        assert send(gateway, operation, headers).status not in (401, 403, 500)


@pytest.mark.parametrize("operation", [one for one in PLAIN if one not in BEARERS], ids=key)
def test_the_service_token_is_a_bearer_only_where_the_document_says_so(operation: Operation, gateway: Client) -> None:
    assert send(gateway, operation, {"Authorization": "Bearer dev-service-token"}).status == 401


@pytest.mark.parametrize("operation", BEARERS, ids=key)
def test_some_clients_send_the_service_token_as_a_bearer(operation: Operation, gateway: Client) -> None:
    assert send(gateway, operation, {"Authorization": "Bearer dev-service-token"}).status not in (401, 403, 500)


@pytest.mark.rule("S12")
@pytest.mark.parametrize("operation", ACTING, ids=key)
def test_what_is_a_persons_needs_the_person(operation: Operation, gateway: Client, user: Client, world: Any) -> None:
    before = world.state.snapshot()
    for acting in ({}, {"X-Acting-User": "__system__"}, {"X-Acting-User": "imp_u_gone01"}, user.headers):
        assert send(gateway, operation, {**SERVICE, **acting}).status == 401
    assert world.state.snapshot() == before
    assert send(gateway, operation, {**SERVICE, "X-Acting-User": ADA}).status == operation.success.status


# -- call tokens ---------------------------------------------------------------------------------------------------

SECTION = "/v1/internal/skeleton/notes/imp_u_abc123/recent"
CACHE = "/v1/internal/extcache/notes/imp_u_abc123/Inbox/0123456789abcdef"


@pytest.mark.rule("S15")
@pytest.mark.parametrize("operation", CALL_TOKENS, ids=key)
def test_a_call_token_goes_with_the_service_token(operation: Operation, gateway: Client) -> None:
    assert send(gateway, operation, SERVICE).status == 401
    assert send(gateway, operation, token(ADA, "notes")).status == 401
    assert send(gateway, operation, {**SERVICE, "Authorization": "Bearer dev-service-token"}).status == 401
    assert send(gateway, operation, {**SERVICE, **token(ADA, "notes")}).status not in (401, 403, 500)


@pytest.mark.rule("S15")
@pytest.mark.parametrize(
    ("name", "status"),
    [("expired", 401), ("expires now", 401), ("forged", 401), ("another user", 403), ("another app", 403)],
)
def test_a_call_token_must_hold(name: str, status: int, gateway: Client) -> None:
    tries = {
        "expired": token(ADA, "notes", seconds=-1),
        "expires now": token(ADA, "notes", seconds=0),
        "forged": token(ADA, "notes", secret=b"another-secret"),
        "another user": token(ALAN, "notes"),
        "another app": token(ADA, "tasks-board"),
    }
    for path in (SECTION, CACHE):
        assert gateway.get(path, headers={**SERVICE, **tries[name]}).status == status


@pytest.mark.parametrize("broken", ["", ".", "a.b", "no-dot", "é.é", "x" * 3000, "{}"])
def test_a_malformed_call_token_is_refused(broken: str, gateway: Client) -> None:
    assert gateway.get(SECTION, headers={**SERVICE, "Authorization": f"ImperalCallToken {broken}"}).status == 401


@pytest.mark.parametrize(
    "change", [{"tool_type": "admin"}, {"jti": "short"}, {"exp": "tomorrow"}, {"user_id": 5}, {"iat": None}]
)
def test_a_signed_call_token_with_wrong_claims_is_refused(change: dict[str, Any], gateway: Client) -> None:
    claims = {"app_id": "notes", "user_id": ADA, "tool_type": "skeleton", "jti": "j" * 16}
    now = int(time.time())
    payload = json.dumps({**claims, "iat": now, "exp": now + 60, **change}).encode()
    parts = (payload, hmac.new(SECRET, payload, hashlib.sha256).digest())
    text = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    assert gateway.get(SECTION, headers={**SERVICE, "Authorization": f"ImperalCallToken {text}"}).status == 401


def test_a_skeleton_opens_to_its_own_kind_of_token_and_the_cache_to_all(gateway: Client) -> None:
    for kind in ("panel", "tool", "chat_fn"):
        assert gateway.get(SECTION, headers={**SERVICE, **token(ADA, "notes", kind)}).status == 403
        assert gateway.get(CACHE, headers={**SERVICE, **token(ADA, "notes", kind)}).status == 404
    assert gateway.get(SECTION, headers={**SERVICE, **token(ADA, "notes")}).status == 200


def test_one_call_token_serves_several_calls(gateway: Client) -> None:
    headers = {**SERVICE, **token(ADA, "notes")}
    assert [gateway.get(SECTION, headers=headers).status for _ in range(3)] == [200, 200, 200]


def test_a_call_token_lives_in_the_clients_time(gateway: Client) -> None:
    gateway.post("/__mock__/clock", {"advance": "3h"})
    assert gateway.get(SECTION, headers={**SERVICE, **token(ADA, "notes")}).status == 200


# -- switched off --------------------------------------------------------------------------------------------------


@pytest.mark.rule("S11")
def test_without_the_kernel_routes_they_are_unknown_paths() -> None:
    client = Client(create_app(boot(Options(internal=False, seed=7)), "auth_gateway"))
    headers = {**SERVICE, "X-Acting-User": ADA, **token(ADA, "notes")}
    assert {one.key: send(client, one, headers).status for one in KERNEL} == {one.key: 404 for one in KERNEL}
    assert client.get("/v1/auth/.well-known/jwks.json").status == 200


@pytest.mark.parametrize(
    ("words", "internal"), [([], True), (["--internal"], True), (["--no-internal"], False)], ids=["", "on", "off"]
)
def test_the_command_line_switches_them(words: list[str], internal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Options] = []
    monkeypatch.setattr("specdouble.cli.serve.start", lambda _target, options, *_more: started.append(options))
    environment = {"SPECDOUBLE_CALL_TOKEN_SECRET": "from-the-environment"}
    assert CliRunner().invoke(serve, words, env=environment).exit_code == 0
    assert CliRunner().invoke(serve, ["--call-token-secret", "given"], env=environment).exit_code == 0
    assert started[0].internal is internal
    assert [one.call_token_secret for one in started] == ["from-the-environment", "given"]
