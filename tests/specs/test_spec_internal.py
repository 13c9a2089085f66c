"""Facts about the internal document that rooms and clients rely on."""

import re
from collections import Counter
from typing import Any

import pytest
from imperal_sdk.security.call_token import CallTokenClaims
from imperal_sdk.types.store_contracts import ListUsersResponse
from jsonschema import Draft202012Validator

from specdouble.openapi import Document, Operation
from specdouble.packs.documents import bundled, bundled_documents

BEARER = (frozenset({"bearerAuth"}), frozenset({"apiKey"}))
SERVICE = frozenset({"serviceToken"})
SERVICE_BEARER = frozenset({"serviceBearer"})
ACTING = frozenset({"serviceToken", "actingUser"})
CALL = frozenset({"serviceToken", "callToken"})
SPOKEN_AS_BEARER = {
    "POST /v1/internal/notify",
    "POST /v1/internal/storage/upload",
    "GET /v1/internal/storage/download",
    "DELETE /v1/internal/storage",
    "GET /v1/internal/storage/list",
    "POST /api/v1/signals/emit",
}
CACHE = "/v1/internal/extcache/{app_id}/{user_id}/{model}/{key_hash}"


@pytest.fixture(scope="module")
def internal() -> Document:
    return bundled("auth-gateway-internal")


def keys(document: Document, *security: frozenset[str]) -> set[str]:
    return {operation.key for operation in document.operations if operation.security == security}


def room(path: str) -> str:
    """The file of a path: its first segment that is neither a version nor an audience, hyphens as underscores."""
    return next(part for part in path.split("/")[1:] if part not in ("api", "v1", "internal")).replace("-", "_")


def takes(operation: Operation, document: Document, body: Any) -> bool:
    assert operation.body is not None
    (content,) = operation.body.content.values()
    accepted: bool = Draft202012Validator({**document.raw, "$ref": f"#{content.pointer}"}).is_valid(body)
    return accepted


def test_the_counted_documents_have_149_paths_and_this_one_is_none_of_them(internal: Document) -> None:
    documents = bundled_documents()
    stated = [documents[name].stated or (0, 0) for name in ("auth-gateway", "registry")]

    assert sum(paths for paths, _ in stated) == 149
    assert documents["auth-gateway-internal"].stated is None
    assert (len(internal.raw["paths"]), len(internal.operations)) == (109, 133)


def test_nothing_is_in_two_documents(internal: Document, gateway: Document, registry: Document) -> None:
    """Requests of both gateway documents reach one server, so a path or an operationId means one thing."""
    ids = [o.operation_id for document in (internal, gateway) for o in document.operations]

    assert not internal.raw["paths"].keys() & (gateway.raw["paths"].keys() | registry.raw["paths"].keys())
    assert len(set(ids)) == len(ids)


def test_schemas_of_one_name_are_one_schema(internal: Document, gateway: Document) -> None:
    ours, theirs = internal.raw["components"]["schemas"], gateway.raw["components"]["schemas"]
    shared = ours.keys() & theirs.keys()

    assert {"ErrorDetail", "ActionStep", "WalletResponse", "UserSettings", "ActionPage"} <= shared
    assert [name for name in shared if ours[name] != theirs[name]] == []


def test_rooms(internal: Document) -> None:
    assert Counter(room(operation.path) for operation in internal.operations) == {
        "actions": 3,
        "activity": 1,
        "admin": 2,
        "agent": 12,
        "ai": 1,
        "audit": 1,
        "automations": 10,
        "billing": 28,
        "chat": 1,
        "coding_remote": 7,
        "config": 11,
        "conversations": 6,
        "email": 5,
        "events": 1,
        "extcache": 3,
        "llm_usage": 1,
        "memory": 15,
        "notify": 1,
        "oauth": 2,
        "processes": 1,
        "signals": 1,
        "skeleton": 3,
        "storage": 4,
        "store": 8,
        "surfaces": 1,
        "tasks": 1,
        "users": 2,
        "voice": 1,
    }


@pytest.mark.rule("S11")
def test_no_user_credential_opens_an_internal_path(internal: Document) -> None:
    inside = [o for o in internal.operations if "/internal/" in o.path]

    assert len(inside) == 95
    for operation in inside:
        schemes = frozenset().union(*operation.security)
        assert not schemes & {"bearerAuth", "apiKey"}, operation.key
        assert all({"serviceToken", "serviceBearer"} & alternative for alternative in operation.security), operation.key
        assert {401, 403} <= operation.responses.keys(), operation.key


def test_the_service_token_is_also_taken_as_a_bearer_where_clients_send_it_so(internal: Document) -> None:
    assert keys(internal, SERVICE, SERVICE_BEARER) == SPOKEN_AS_BEARER


@pytest.mark.rule("S15")
def test_skeleton_and_cache_want_a_call_token(internal: Document) -> None:
    skeleton = "GET /v1/internal/skeleton/{app_id}/{user_id}/{section}"
    scheme = internal.raw["components"]["securitySchemes"]["callToken"]

    assert keys(internal, CALL) == {skeleton, f"GET {CACHE}", f"PUT {CACHE}", f"DELETE {CACHE}"}
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "Authorization")
    assert "ImperalCallToken <token>" in scheme["description"]
    assert all(f"`{claim}`" in scheme["description"] for claim in CallTokenClaims.model_fields)


@pytest.mark.rule("S12")
def test_conversations_are_those_of_the_acting_user(internal: Document) -> None:
    found = keys(internal, ACTING)

    assert {room(internal.by_key[key].path) for key in found} == {"conversations"}
    assert len(found) == 6


def test_agents_memory_activity_and_voice_belong_to_users(internal: Document) -> None:
    mine = {operation.key for operation in internal.operations if operation.security == BEARER}

    assert {room(internal.by_key[key].path) for key in mine} == {"agent", "memory", "activity", "voice"}
    assert len(mine) == 12 + 15 + 1 + 1


def test_what_all_tenants_share_is_for_administrators(internal: Document) -> None:
    ways = {o.key: {frozenset(way) for way in o.security} for o in internal.operations if o.required_role == "admin"}
    people = {"POST /v1/admin/developer/tier", "POST /v1/admin/apps/{app_id}/metadata"}

    assert {key for key, accepted in ways.items() if {"bearerAuth"} in accepted} == people
    assert all(ways[key] == {frozenset({"serviceToken"})} for key in ways.keys() - people)
    shared = [o for o in internal.operations if o.path.startswith("/v1/internal/billing/") and o.method != "GET"]
    assert {o.key for o in shared} < ways.keys()


def test_no_parameter_repeats_the_service_token(internal: Document) -> None:
    names = {p.name.lower() for operation in internal.operations for p in operation.parameters}

    assert not names & {"authorization", "x-api-key", "x-service-token", "kwargs"}


def test_headers_that_the_sdk_sends_are_named(internal: Document) -> None:
    def headers(key: str) -> set[str]:
        return {p.name for p in internal.by_key[key].parameters if p.location == "header"}

    both = {"X-Extension-ID", "X-Tenant-ID"}
    assert all(headers(o.key) == both for o in internal.operations if room(o.path) in ("store", "conversations"))
    assert headers("GET /v1/internal/surfaces/{user_id}") == {"X-Acting-User", *both}
    assert headers("PUT /v1/internal/config/{scope}/{scope_id}") == {"X-Acting-User", *both}
    assert headers("POST /v1/internal/chat/inject") == {"X-Acting-User"}
    assert headers("GET /v1/agent/sessions/{session_id}/stream") == {"Last-Event-ID"}


def test_statuses_that_clients_compare_with(internal: Document) -> None:
    created = {o.key for o in internal.operations if o.success.status == 201}

    assert created == {"POST /v1/internal/store", "POST /v1/internal/audit"}
    assert {o.success.status for o in internal.operations if o.method == "DELETE"} == {200}


def test_every_answer_has_a_body_that_says_what_it_is(internal: Document) -> None:
    """A 204 breaks clients that parse every answer."""
    kinds = Counter(media for o in internal.operations for media in (o.success.content or ("none",)))

    assert kinds == {"application/json": 131, "application/octet-stream": 1, "text/event-stream": 1}


def test_compare_and_set(internal: Document) -> None:
    patch = internal.by_key["PATCH /v1/internal/store/{collection}/{doc_id}"]
    body = {"data": {}, "extension_id": "notes", "tenant_id": "default"}

    assert takes(patch, internal, {**body, "if_match": "e1"})
    assert not takes(patch, internal, {**body, "if_match": 1})
    assert patch.responses[409].example["detail"].keys() >= {"error_code", "current_etag"}
    schema = internal.raw["components"]["schemas"]["StoreConflictDetail"]
    assert set(schema["required"]) == {"error_code", "current_etag"}
    assert "etag" in internal.raw["components"]["schemas"]["DocumentResponse"]["required"]


def test_store_answers_are_what_the_sdk_parses(internal: Document) -> None:
    page = internal.by_key["POST /v1/internal/store/{collection}/query"].success.example
    users = internal.by_key["GET /v1/internal/store/{collection}/list_users"]
    everything = internal.by_key["GET /v1/internal/store/{collection}/all"].success.example

    assert page.keys() == {"data", "cursor", "has_more", "total"}
    assert ListUsersResponse.model_validate(users.success.example).next_cursor is None
    assert {p.default for p in users.parameters if p.name == "cursor"} == {"0"}
    assert isinstance(everything, list)
    assert everything[0]["user_id"]


def test_cache_bounds(internal: Document) -> None:
    put = internal.by_key[f"PUT {CACHE}"]
    envelope = {"model": "M", "version": 1, "data": {}, "cached_at": "2026-06-21T10:00:00+00:00"}

    assert all(takes(put, internal, {"envelope": envelope, "ttl_seconds": ttl}) for ttl in (5, 300))
    assert not any(takes(put, internal, {"envelope": envelope, "ttl_seconds": ttl}) for ttl in (4, 301))
    assert "64 KiB" in internal.raw["paths"][CACHE]["put"]["responses"]["413"]["description"]


def test_what_notifications_and_signals_may_carry(internal: Document) -> None:
    notify = internal.by_key["POST /v1/internal/notify"]

    assert takes(notify, internal, {"user_id": "u", "message": "m", "priority": "high", "colour": "red"})
    assert takes(internal.by_key["POST /api/v1/signals/emit"], internal, {"key": "k", "value": None, "metadata": {}})


@pytest.mark.rule("D03")
def test_a_full_quota_is_told_in_the_refusal(internal: Document) -> None:
    refusal = internal.by_key["POST /v1/automations/internal/create"].responses[429]

    assert refusal.example["detail"]["error_code"] == "AUTOMATION_QUOTA_EXCEEDED"
    assert refusal.example["detail"]["quota"].keys() == {"cap", "used", "remaining", "unlimited", "plan"}
    assert "Retry-After" in (refusal.headers or {})


def test_refusals_share_one_form(internal: Document) -> None:
    own = {
        ("PATCH /v1/internal/store/{collection}/{doc_id}", 409): "StoreConflict",
        ("POST /v1/automations/internal/create", 429): "QuotaExceeded",
    }
    for operation in internal.operations:
        for status, response in operation.responses.items():
            if status >= 400:
                usual = "HTTPValidationError" if status == 422 else "ErrorDetail"
                name = own.get((operation.key, status), usual)
                assert response.schema == {"$ref": f"#/components/schemas/{name}"}, (operation.key, status)


def test_money_is_told_flat(internal: Document) -> None:
    """The admin app compares what it sent with the top level of the answer."""
    for name in ("platform-fees", "token-rate", "category-defaults", "coding-pricing", "voice-costs", "voice-enabled"):
        get, put = (internal.by_key[f"{method} /v1/internal/billing/{name}"] for method in ("GET", "PUT"))
        assert put.body is not None
        sent = put.body.content["application/json"].example
        assert sent.keys() == get.success.example.keys() == put.success.example.keys(), name


def test_agent_stream_frames_carry_ids(internal: Document) -> None:
    stream = internal.by_key["GET /v1/agent/sessions/{session_id}/stream"].success
    frames = stream.example.strip().split("\n\n")

    assert all(re.match(r"id: \d+-\d+\ndata: \{", frame) for frame in frames)
    assert stream.content is not None
    assert stream.content["text/event-stream"].pointer.endswith("/text~1event-stream/schema")
