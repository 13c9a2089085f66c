"""Facts about the bundled documents that callers rely on."""

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from specdouble.openapi import Document, Operation, SpecError, load, load_overlay
from specdouble.packs.documents import bundled, bundled_documents

BEARER = (frozenset({"bearerAuth"}), frozenset({"apiKey"}))
ACTING = frozenset({"serviceToken", "actingUser"})
SERVICE = frozenset({"serviceToken"})
NOBODY = frozenset[str]()


def keys(document: Document, **wanted: Any) -> set[str]:
    return {
        operation.key
        for operation in document.operations
        if all(getattr(operation, name) == value for name, value in wanted.items())
    }


@pytest.mark.parametrize(
    ("name", "paths", "operations"),
    [("auth-gateway", 134, 162), ("registry", 15, 27), ("toolhive", 49, 61), ("alquimia", 15, 24)],
)
def test_sizes_are_those_the_documentation_states(name: str, paths: int, operations: int) -> None:
    document = bundled(name)

    assert (len(document.raw["paths"]), len(document.operations)) == (paths, operations)
    assert bundled_documents()[name].stated == (paths, operations)


def test_unknown_name_offers_the_closest() -> None:
    with pytest.raises(SpecError, match="Did you mean auth-gateway"):
        bundled("auth-gatway")


@pytest.mark.parametrize("name", ["auth-gateway", "auth-gateway-internal", "registry"])
def test_published_document_holds_only_what_such_documents_say(name: str) -> None:
    """A newer published document has to be able to take its place."""
    published = load(bundled_documents()[name].published)
    statuses = {status for item in published["paths"].values() for op in item.values() for status in op["responses"]}
    text = json.dumps(published)

    assert statuses == {"200", "201", "422"}
    assert not re.findall(r'"(security|enum|example|examples|links|deprecated|x-[a-z-]+)":', text)
    assert '"additionalProperties": false' not in text
    assert set(re.findall(r'"format": "([^"]+)"', text)) <= {"email"}


@pytest.mark.parametrize("name", bundled_documents())
def test_every_action_points_at_something_of_its_own_document(name: str) -> None:
    targets = [action["target"] for action in load_overlay(bundled_documents()[name].overlay)["actions"]]

    assert all(target.startswith(("$.paths", "$.components")) for target in targets)


@pytest.mark.rule("D01")
def test_deprecated_operations(gateway: Document, registry: Document) -> None:
    assert keys(gateway, deprecated=True) == {"POST /v1/automations"}
    assert keys(registry, deprecated=True) == {"PATCH /v1/apps/{app_id}"}


@pytest.mark.rule("S08")
def test_service_only_operations(gateway: Document) -> None:
    assert keys(gateway, security=(SERVICE,)) == {
        "POST /v1/auth/register",
        "POST /v1/actions",
        "GET /v1/actions/stats/marketplace/{app_id}",
        "POST /v1/billing/topup/confirm",
        "POST /v1/developer/apps/{app_id}/_sync_manifest",
        "GET /v1/events/stats",
        "GET /v1/extensions/access",
    }


@pytest.mark.rule("A23")
def test_public_operations(gateway: Document, registry: Document) -> None:
    public = keys(gateway, security=())

    assert len(public) == 20
    assert {
        "POST /v1/auth/signup",
        "POST /v1/auth/verify-email",
        "POST /v1/auth/logout",
        "POST /v1/auth/cli/device/token",
        "GET /v1/billing/plans",
        "POST /v1/webhooks/stripe",
        "GET /v1/ext/{app_id}/health",
        "GET /healthz",
    } < public
    assert keys(registry, security=()) == {"GET /v1/health"}
    assert keys(registry, security=(frozenset({"registryKey"}),)) == set(registry.by_key) - {"GET /v1/health"}


@pytest.mark.rule("M02")
def test_marketplace_reads_take_a_credential_without_asking_for_one(gateway: Document) -> None:
    assert keys(gateway, security=(NOBODY, *BEARER)) == {
        "GET /v1/marketplace/apps",
        "GET /v1/marketplace/apps/{app_id}",
        "GET /v1/marketplace/featured",
        "GET /v1/marketplace/developer/{developer_id}",
        "GET /v1/marketplace/apps/{app_id}/reviews",
    }


@pytest.mark.parametrize(
    ("key", "role", "alternatives"),
    [
        ("GET /v1/auth/me", None, BEARER),
        ("POST /v1/billing/topup", None, (*BEARER, ACTING)),
        ("GET /v1/secrets/{ext_id}/{name}", None, (*BEARER, ACTING)),
        ("POST /v1/billing/change-plan", None, (*BEARER, ACTING)),
        ("GET /v1/users", "admin", (*BEARER, SERVICE, ACTING)),
        ("PATCH /v1/admin/tenant-defaults", "admin", (*BEARER, ACTING)),
        ("POST /v1/developer/apps", "developer", (*BEARER, SERVICE, ACTING)),
        ("POST /v1/developer/register", None, (*BEARER, ACTING)),
    ],
)
def test_who_may_call(gateway: Document, key: str, role: str | None, alternatives: tuple[frozenset[str], ...]) -> None:
    operation = gateway.by_key[key]

    assert (operation.required_role, operation.security) == (role, alternatives)


@pytest.mark.rule("A03")
def test_signup_takes_seven_characters_and_other_passwords_eight(gateway: Document) -> None:
    def shortest(schema: str, field: str) -> int:
        length: int = gateway.raw["components"]["schemas"][schema]["properties"][field]["minLength"]
        return length

    assert shortest("SignupRequest", "password") == len("s3cure!")
    assert shortest("RegisterRequest", "password") == 8
    assert shortest("CreateUserRequest", "password") == 8
    assert shortest("ChangePasswordRequest", "new_password") == 8


@pytest.mark.rule("E05")
def test_no_parameter_is_an_artifact_or_a_credential(gateway: Document, registry: Document) -> None:
    names = {p.name.lower() for d in (gateway, registry) for operation in d.operations for p in operation.parameters}

    assert not names & {"kwargs", "args", "authorization", "x-api-key", "x-service-token", "x-acting-user"}


@pytest.mark.rule("E06")
@pytest.mark.parametrize(
    ("key", "name", "bounds"),
    [
        ("GET /v1/billing/wallet/history", "limit", (1, 200, 50)),
        ("GET /v1/marketplace/apps", "per_page", (1, 50, 20)),
        ("GET /v1/marketplace/apps", "page", (1, None, 1)),
        ("GET /v1/developer/apps/{app_id}/analytics", "days", (1, 365, 30)),
    ],
)
def test_bounds_and_defaults_of_parameters(
    gateway: Document, key: str, name: str, bounds: tuple[int, int | None, int]
) -> None:
    (parameter,) = (p for p in gateway.by_key[key].parameters if p.name == name)

    assert isinstance(parameter.schema, dict)
    assert (parameter.schema["minimum"], parameter.schema.get("maximum"), parameter.default) == bounds


@pytest.mark.rule("E09")
def test_deletes_with_a_body(gateway: Document, registry: Document) -> None:
    found = {o.key for d in (gateway, registry) for o in d.operations if o.method == "DELETE" and o.body}

    assert found == {"DELETE /v1/developer/apps/{app_id}", "DELETE /v1/admin/apps/{app_id}"}


def test_media_types_other_than_json(gateway: Document) -> None:
    answers = {o.key: o.success.media_type for o in gateway.operations if o.success.media_type != "application/json"}
    bodies = {o.key for o in gateway.operations if o.body and "application/json" not in o.body.content}

    assert answers == {
        "GET /v1/ext/{app_id}/oauth/{provider}/callback": "text/html",
        "GET /v1/events/stream": "text/event-stream",
        "GET /v1/marketplace/apps/{app_id}/icon": "image/svg+xml",
    }
    assert bodies == {"POST /v1/ext/{app_id}/webhook/{path}"}


@pytest.mark.rule("E11")
def test_collections_keep_their_different_forms(gateway: Document) -> None:
    arrays = {o.key for o in gateway.operations if isinstance(o.success.example, list)}

    assert {"GET /v1/billing/plans", "GET /v1/keys", "GET /v1/marketplace/apps", "GET /v1/me/extensions"} < arrays
    assert {"items", "total"} <= gateway.by_key["GET /v1/users"].success.example.keys()
    assert "entries" in gateway.by_key["GET /v1/audit"].success.example
    assert "sessions" in gateway.by_key["GET /v1/auth/sessions"].success.example


@pytest.mark.rule("E10")
def test_times_are_utc_and_only_secrets_count_seconds(gateway: Document, registry: Document) -> None:
    for document in (gateway, registry):
        for name, schema in document.raw["components"]["schemas"].items():
            for field, part in schema.get("properties", {}).items():
                if field.endswith("_at") and name != "SecretStatus":
                    assert part.get("format") == "date-time", f"{name}.{field}"
        assert not re.findall(rb"20\d\d-\d\d-\d\dT[\d:.]+(?!Z)[^\d:.]", document.json)
    at = gateway.raw["components"]["schemas"]["SecretStatus"]["properties"]["last_accessed_at"]
    assert at["anyOf"] == [{"type": "integer"}, {"type": "null"}]


@pytest.mark.rule("A19")
def test_pending_device_login_is_a_success_and_its_failure_has_no_detail(gateway: Document) -> None:
    token = gateway.by_key["POST /v1/auth/cli/device/token"]
    check = Draft202012Validator({**gateway.raw, "$ref": f"#{token.success.pointer}"}).is_valid

    assert check({"error": "authorization_pending"})
    assert check({"error": "slow_down"})
    assert check(token.success.example)
    assert not check({"error": "expired_token"})
    assert not check({})
    assert token.responses[400].example.keys() == {"error"}


@pytest.mark.rule("E03")
def test_refusals_share_one_form(gateway: Document, registry: Document) -> None:
    for document in (gateway, registry):
        for operation in document.operations:
            for status, response in operation.responses.items():
                if status >= 400 and operation.key != "POST /v1/auth/cli/device/token":
                    name = "HTTPValidationError" if status == 422 else "ErrorDetail"
                    assert response.schema == {"$ref": f"#/components/schemas/{name}"}, (operation.key, status)


def test_too_many_requests_says_when_to_come_back(gateway: Document) -> None:
    limited = [o for o in gateway.operations if 429 in o.responses]

    assert {"POST /v1/auth/login", "POST /v1/auth/signup", "POST /v1/automations"} == {o.key for o in limited}
    assert all("Retry-After" in (o.responses[429].headers or {}) for o in limited)


def test_a_body_may_be_too_large_and_wrong(gateway: Document, registry: Document) -> None:
    with_body = [o for d in (gateway, registry) for o in d.operations if o.body]

    assert len(with_body) == 71
    assert all({413, 422} <= o.responses.keys() for o in with_body)


@pytest.mark.parametrize(
    ("key", "name", "target"),
    [
        ("POST /v1/keys", "key_id", "DELETE /v1/keys/{key_id}"),
        ("POST /v1/tenants", "tenant_id", "GET /v1/tenants/{tenant_id}"),
        ("POST /v1/developer/apps", "app_id", "POST /v1/developer/apps/{app_id}/submit"),
        ("POST /v1/users", "user_id", "GET /v1/users/{user_id}"),
    ],
)
def test_creating_links_to_the_paths_of_what_was_created(gateway: Document, key: str, name: str, target: str) -> None:
    links = gateway.by_key[key].success.links or {}
    ids = {link["operationId"]: link for link in links.values()}

    assert name in ids[gateway.by_key[target].operation_id]["parameters"]


# The examples that the API map prints. An answer may say more than the map shows, never something else.
PRINTED_REQUESTS: dict[str, dict[str, Any]] = {
    "POST /v1/auth/signup": {
        "email": "user@example.com",
        "password": "s3cure!",
        "tenant_id": "default",
        "first_name": "Ada",
        "last_name": "Lovelace",
    },
    "POST /v1/auth/login": {"email": "user@example.com", "password": "s3cure!", "tenant_id": "default"},
    "POST /v1/auth/refresh": {"refresh_token": "eyJ..."},
    "POST /v1/extensions/{app_id}/batch": {
        "user_id": "imp_u_abc123",
        "tenant_id": "default",
        "calls": [{"function": "get_balance"}, {"function": "list_recent", "params": {"limit": 5}}],
    },
    "POST /v1/marketplace/apps/{app_id}/install": {},
    "POST /v1/developer/register": {
        "display_name": "Ada Lovelace",
        "website": "https://ada.io",
        "description": "Building productivity extensions for Imperal Cloud.",
    },
    "POST /v1/developer/apps": {
        "app_id": "my-extension",
        "name": "My Extension",
        "short_description": "Does something useful.",
        "category": "productivity",
    },
    "POST /v1/developer/apps/{app_id}/deploys": {"version": "1.0.0", "changelog": "Initial release."},
    "POST /v1/developer/apps/{app_id}/submit": {},
}
PRINTED_ANSWERS: dict[str, tuple[int, dict[str, Any]]] = {
    "POST /v1/auth/signup": (
        201,
        {"message": "Verification email sent. Check your inbox.", "user_id": "imp_u_abc123"},
    ),
    "POST /v1/auth/login": (200, {"token_type": "bearer", "expires_in": 3600}),
    "GET /v1/auth/me": (
        200,
        {
            "imperal_id": "imp_u_abc123",
            "email": "user@example.com",
            "role": "user",
            "tenant_id": "default",
            "is_active": True,
        },
    ),
    "POST /v1/extensions/{app_id}/call": (
        200,
        {
            "status": "success",
            "data": {
                "app_id": "my-extension",
                "deployed_at": "2026-06-21T10:00:00Z",
                "steps_registered": 1,
                "ir_version": "1.0.0",
            },
            "summary": "IR deployed",
            "error": None,
            "ui": None,
        },
    ),
    "POST /v1/marketplace/apps/{app_id}/install": (
        200,
        {"app_id": "notes", "installed_at": "2026-06-21T10:00:00Z", "status": "installed"},
    ),
    "GET /v1/billing/balance": (200, {"balance": 4200, "currency": "token", "updated_at": "2026-06-21T09:55:00Z"}),
    "POST /v1/developer/register": (200, {}),
    "POST /v1/developer/apps": (
        201,
        {"app_id": "my-extension", "name": "My Extension", "status": "draft", "created_at": "2026-06-21T10:00:00Z"},
    ),
    "POST /v1/developer/apps/{app_id}/deploys": (
        201,
        {
            "deploy_id": "dep_abc",
            "app_id": "my-extension",
            "version": "1.0.0",
            "status": "pending",
            "created_at": "2026-06-21T10:00:00Z",
        },
    ),
    "POST /v1/developer/apps/{app_id}/submit": (
        200,
        {"app_id": "my-extension", "status": "pending_review", "submitted_at": "2026-06-21T10:00:00Z"},
    ),
}


@pytest.mark.parametrize("key", PRINTED_REQUESTS)
def test_printed_requests_are_the_examples(gateway: Document, key: str) -> None:
    operation = gateway.by_key[key]

    assert operation.body is not None
    assert operation.body.content["application/json"].example == PRINTED_REQUESTS[key]


@pytest.mark.parametrize("key", PRINTED_ANSWERS)
def test_printed_answers_are_part_of_the_examples(gateway: Document, key: str) -> None:
    success = gateway.by_key[key].success
    status, printed = PRINTED_ANSWERS[key]

    assert success.status == status
    assert {name: success.example[name] for name in printed} == printed


def test_short_printed_requests_are_enough(gateway: Document) -> None:
    """The curl examples of the API map leave out what has a default."""

    def accepted(operation: Operation, body: Any) -> bool:
        assert operation.body is not None
        pointer = operation.body.content["application/json"].pointer
        return Draft202012Validator({**gateway.raw, "$ref": f"#{pointer}"}).is_valid(body)

    signup = {"email": "user@example.com", "password": "s3cure!", "tenant_id": "default"}
    batch = {"user_id": "imp_u_abc123", "calls": [{"function": "get_balance"}, {"function": "list_plans"}]}
    assert accepted(gateway.by_key["POST /v1/auth/signup"], signup)
    assert accepted(gateway.by_key["POST /v1/extensions/{app_id}/batch"], batch)
    assert accepted(gateway.by_key["POST /v1/developer/register"], {"display_name": "Ada Lovelace"})
    assert not accepted(gateway.by_key["POST /v1/auth/signup"], {"email": "user@example.com"})


@pytest.mark.rule("M10")
def test_bodies_that_need_one_of_two_fields(gateway: Document) -> None:
    def accepted(name: str, body: Any) -> bool:
        return Draft202012Validator({**gateway.raw, "$ref": f"#/components/schemas/{name}"}).is_valid(body)

    assert accepted("DeveloperRegisterRequest", {"tier": "indie", "nickname": "ada"})
    assert not accepted("DeveloperRegisterRequest", {"website": "https://ada.io"})
    assert accepted("AppCreateRequest", {"app_id": "my-extension", "display_name": "My Extension"})
    assert not accepted("AppCreateRequest", {"app_id": "my-extension"})
    assert accepted("DeployRecordRequest", {"commit_sha": "4f0c2d9e", "status": "success"})
    assert not accepted("DeployRecordRequest", {"changelog": "Initial release."})
