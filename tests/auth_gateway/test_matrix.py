"""Every protected operation of both documents against every credential that must not open it.

The operations are those that the documents list; paths, queries and bodies are filled so that a hole would let the
request through. After each refusal the world must be as it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask

from specdouble.mock.boot import Platform
from specdouble.mock.state.collections import Snapshot
from specdouble.mock.transports.app import create_app
from specdouble.openapi import Operation
from specdouble.packs.documents import bundled
from specdouble.packs.imperal.mockserver.auth_gateway.policy import PERSONAL
from tests.conftest import Client, Reply
from tests.pack import Options, boot, contract

ADA, GRACE = "imp_u_abc123", "imp_u_admin01"
SERVICE_TOKEN = "dev-service-token"
FOREIGN = rsa.generate_private_key(public_exponent=65537, key_size=2048)
VALUES = {
    "app_id": "notes",
    "ext_id": "notes",
    "user_id": ADA,
    "imperal_id": ADA,
    "tenant_id": "default",
    "path": "a/b",
}

GATEWAY = {operation.key: operation for operation in bundled("auth-gateway").operations}
REGISTRY = {operation.key: operation for operation in bundled("registry").operations}
PROTECTED = [key for key, operation in GATEWAY.items() if not operation.public]
SERVICE_ONLY = [
    key for key in PROTECTED if all(set(way) <= {"serviceToken", "actingUser"} for way in GATEWAY[key].security)
]
OPEN_TO_PEOPLE = [key for key in PROTECTED if key not in SERVICE_ONLY]
OPTIONAL = [key for key, operation in GATEWAY.items() if frozenset() in operation.security]
REGISTRY_PROTECTED = [key for key, operation in REGISTRY.items() if not operation.public]

KERNEL = {one.key: one for document in contract().first.documents[1:] for one in document.operations}
KERNEL_ONLY = [key for key, one in KERNEL.items() if one.security and not PERSONAL & frozenset().union(*one.security)]

Headers = dict[str, str]


def send(client: Client, operation: Operation, headers: Headers) -> Reply:
    """Send a request to an operation that would be taken if only the credential were good."""
    values = {
        one.name: VALUES.get(one.name) or one.example or ("1" if "integer" in str(one.schema) else "x")
        for one in operation.parameters
        if one.location == "path" or (one.location == "query" and one.required)
    }
    path = re.sub(r"\{(\w+)\}", lambda found: str(values.pop(found[1])), operation.path)
    content = operation.body.content.get("application/json") if operation.body else None
    body = content.example if content is not None else None
    if body is None and content is not None:
        body = {"user_id": ADA}
    sent = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
    return client.call(operation.method, path + (f"?{urlencode(values)}" if values else ""), headers=headers, **sent)


def bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}


@dataclass(repr=False)
class Credentials:
    """What a caller may try: the headers of good people, and the headers that are good for nothing."""

    user: Headers
    admin: Headers
    developer: Headers
    key: Headers
    wrong: dict[str, Headers]
    wrong_service: dict[str, Headers]
    app_token: Headers
    export: Snapshot


@pytest.fixture(scope="module")
def credentials(platform: Platform, apps: dict[str, Flask]) -> Credentials:
    """Make every credential once, and keep the world in which they are as they are said to be."""
    world = platform.world
    world.reset()
    gateway = Client(apps["auth_gateway"])
    expired = gateway.tokens("admin@example.com")["access_token"]
    gateway.post("/__mock__/clock", {"advance": "2h"})
    admin, ended, ada = (gateway.tokens(f"{who}@example.com") for who in ("admin", "admin", "user"))
    gateway.post("/v1/auth/logout", {"refresh_token": ended["refresh_token"]})
    token = admin["access_token"]
    head, body, signature = token.split(".")
    claims = jwt.decode(token, options={"verify_signature": False})
    kid = jwt.get_unverified_header(token)["kid"]
    keeper = gateway.bearer(token)
    revoked, live = (keeper.post("/v1/keys", {"name": name}).json for name in ("revoked", "live"))
    keeper.delete(f"/v1/keys/{revoked['id']}")
    unsigned = jwt.encode(claims, None, algorithm="none", headers={"kid": kid})
    other = jwt.encode({**claims, "exp": claims["exp"] + 86400}, "x" * 32, algorithm="HS256").split(".")[1]
    wrong = {
        "nothing": {},
        "empty": {"Authorization": ""},
        "bearer without token": {"Authorization": "Bearer "},
        "garbage": bearer("garbage"),
        "three parts of garbage": bearer("a.b.c"),
        "other scheme": {"Authorization": f"Token {token}"},
        "no scheme": {"Authorization": token},
        "basic": {"Authorization": "Basic YWRtaW5AZXhhbXBsZS5jb206czNjdXJlIWFkbWlu"},
        "tampered payload": bearer(f"{head}.{other}.{signature}"),
        "cut signature": bearer(f"{head}.{body}.{signature[:-10]}"),
        "no signature": bearer(f"{head}.{body}."),
        "alg none": bearer(unsigned),
        "hs256": bearer(jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": kid})),
        "foreign key": bearer(jwt.encode(claims, FOREIGN, algorithm="RS256", headers={"kid": kid})),
        "expired": bearer(expired),
        "refresh token": bearer(admin["refresh_token"]),
        "ended session": bearer(ended["access_token"]),
        "revoked key": {"X-Api-Key": revoked["key"]},
        "revoked key as bearer": bearer(revoked["key"]),
        "unknown key": {"X-Api-Key": "imp_live_" + "x" * 32},
        "token as key": {"X-Api-Key": token},
        "service token as bearer": bearer(SERVICE_TOKEN),
        "service token as key": {"X-Api-Key": SERVICE_TOKEN},
        "registry key": {"X-Api-Key": "imp_reg_key_dev"},
        "acting user alone": {"X-Acting-User": GRACE},
        "token in the query's place": {"Cookie": f"token={token}; access_token={token}"},
    }
    wrong_service = {
        name: {"X-Service-Token": value}
        for name, value in {
            "empty": "",
            "wrong": "wrong",
            "prefix": SERVICE_TOKEN[:-1],
            "suffix": SERVICE_TOKEN + "x",
            "case": SERVICE_TOKEN.upper(),
            "bearer": token,
            "registry key": "imp_reg_key_dev",
        }.items()
    }
    app_token = gateway.post("/__mock__/extension-token", {"ext_id": "notes", "user_id": GRACE}).json["access_token"]
    world.commit()
    return Credentials(
        app_token=bearer(app_token),
        user=bearer(ada["access_token"]),
        admin=bearer(token),
        developer=bearer(gateway.tokens("dev@example.com")["access_token"]),
        key={"X-Api-Key": live["key"]},
        wrong=wrong,
        wrong_service=wrong_service,
        export=world.state.snapshot(),
    )


@pytest.fixture
def kept(credentials: Credentials, platform: Platform, apps: dict[str, Flask]) -> Iterator[Credentials]:
    """The credentials, in the world that they were made for."""
    world = platform.world
    world.reset()
    world.clock.move(7200)
    world.restore(credentials.export)
    yield credentials
    world.reset()


@pytest.fixture
def client(apps: dict[str, Flask]) -> Client:
    return Client(apps["auth_gateway"])


def refused(client: Client, operation: Operation, tries: dict[str, Headers], platform: Platform, *allowed: int) -> None:
    """Try each credential: refused with a declared status, in the one shape, and nothing has changed."""
    before = platform.world.state.snapshot()
    for name, headers in tries.items():
        reply = send(client, operation, headers)
        assert reply.status in allowed, f"{name}: {reply.status} {reply.content[:200]!r}"
        assert reply.status in operation.responses, f"{name}: {reply.status} is not declared"
        assert list(reply.json) == ["detail"], name
        assert isinstance(reply.detail, str), name
        for header, value in headers.items():
            secret = value.rpartition(" ")[2]
            assert header == "X-Acting-User" or len(secret) < 12 or secret.encode() not in reply.content, name
        assert platform.world.state.snapshot() == before, f"{name} changed the world"


def test_the_documents_protect_what_we_think() -> None:
    assert len(PROTECTED) > 130
    assert len(REGISTRY_PROTECTED) == len(REGISTRY) - 1
    assert sorted(SERVICE_ONLY) == sorted(
        [
            "POST /v1/auth/register",
            "POST /v1/actions",
            "GET /v1/actions/stats/marketplace/{app_id}",
            "POST /v1/billing/topup/confirm",
            "POST /v1/developer/apps/{app_id}/_sync_manifest",
            "GET /v1/events/stats",
            "GET /v1/extensions/access",
        ]
    )


def test_the_good_credentials_are_good(kept: Credentials, client: Client) -> None:
    me = GATEWAY["GET /v1/auth/me"]
    for headers in (kept.user, kept.admin, kept.developer, kept.key):
        assert send(client, me, headers).status == 200
    assert send(client, GATEWAY["GET /v1/events/stats"], {"X-Service-Token": SERVICE_TOKEN}).status == 200


@pytest.mark.rule("A10", "A22", "D09", "S08")
@pytest.mark.parametrize("key", OPEN_TO_PEOPLE)
def test_no_wrong_credential_opens_it(key: str, kept: Credentials, client: Client, platform: Platform) -> None:
    tries = dict(kept.wrong)
    if all(one.name != "X-Ext-Id" for one in GATEWAY[key].parameters):
        tries["an app's token"] = kept.app_token  # K02: it opens the app's own secrets only
    refused(client, GATEWAY[key], tries, platform, 401)


@pytest.mark.rule("S06", "S07", "S10", "S11")
@pytest.mark.parametrize("key", SERVICE_ONLY)
def test_a_service_operation_opens_to_no_person(
    key: str, kept: Credentials, client: Client, platform: Platform
) -> None:
    people = {"user": kept.user, "admin": kept.admin, "developer": kept.developer, "key": kept.key}
    acting = {f"{name}, acting": {**headers, "X-Acting-User": GRACE} for name, headers in people.items()}
    refused(client, GATEWAY[key], kept.wrong | kept.wrong_service | people | acting, platform, 401, 403)


@pytest.mark.rule("S10")
@pytest.mark.parametrize("key", SERVICE_ONLY)
def test_it_is_refused_before_its_body_is_looked_at(
    key: str, kept: Credentials, client: Client, platform: Platform
) -> None:
    method, path = GATEWAY[key].method, GATEWAY[key].path.replace("{app_id}", "notes")
    before = platform.world.state.snapshot()
    for headers in (kept.user, kept.admin, {}, {"X-Service-Token": "wrong"}):
        for data in (b"{", b"[]", b'{"email": 5}', b""):
            reply = client.call(method, path, headers=headers, data=data, content_type="application/json")
            assert reply.status in (401, 403)
    assert platform.world.state.snapshot() == before


@pytest.mark.rule("S09")
@pytest.mark.parametrize("key", PROTECTED)
def test_a_wrong_service_token_never_falls_back_to_the_bearer(
    key: str, kept: Credentials, client: Client, platform: Platform
) -> None:
    tries = {name: {**headers, **kept.admin, "X-Acting-User": ADA} for name, headers in kept.wrong_service.items()}
    refused(client, GATEWAY[key], tries, platform, 401, 403)


@pytest.mark.rule("S08")
@pytest.mark.parametrize("key", [key for key in OPEN_TO_PEOPLE if GATEWAY[key].required_role == "admin"])
def test_an_admin_operation_opens_to_no_other_role(
    key: str, kept: Credentials, client: Client, platform: Platform
) -> None:
    tries = {
        "user": kept.user,
        "developer": kept.developer,
        "acting": {**kept.user, "X-Acting-User": GRACE},
        "a service for a user": {"X-Service-Token": SERVICE_TOKEN, "X-Acting-User": ADA},
    }
    if frozenset({"serviceToken"}) in GATEWAY[key].security:
        del tries["a service for a user"]
    refused(client, GATEWAY[key], tries, platform, 403)


@pytest.mark.parametrize("key", [key for key in OPEN_TO_PEOPLE if GATEWAY[key].required_role == "developer"])
def test_a_developer_operation_opens_to_no_user(
    key: str, kept: Credentials, client: Client, platform: Platform
) -> None:
    platform.world.state["developers"].remove_where()
    platform.world.commit()
    refused(client, GATEWAY[key], {"user": kept.user, "acting": {**kept.user, "X-Acting-User": GRACE}}, platform, 403)


@pytest.mark.rule("S08")
@pytest.mark.parametrize("key", [key for key in OPEN_TO_PEOPLE if key != "GET /v1/events/stream"])
def test_it_opens_to_the_right_person(key: str, kept: Credentials, client: Client) -> None:
    operation = GATEWAY[key]
    headers = {"admin": kept.admin, "developer": kept.developer}.get(operation.required_role or "", kept.user)
    assert send(client, operation, headers).status not in (401, 500, 501)


@pytest.mark.rule("M02")
@pytest.mark.parametrize("key", OPTIONAL)
def test_where_credentials_are_optional_a_wrong_one_is_none(
    key: str, kept: Credentials, client: Client, platform: Platform
) -> None:
    anonymous = send(client, GATEWAY[key], {})
    before = platform.world.state.snapshot()
    for name, headers in (kept.wrong | kept.wrong_service).items():
        reply = send(client, GATEWAY[key], headers)
        assert (reply.status, reply.content) == (anonymous.status, anonymous.content), name
    assert platform.world.state.snapshot() == before


@pytest.mark.rule("R01", "S11")
@pytest.mark.parametrize("key", REGISTRY_PROTECTED)
def test_the_registry_opens_to_its_key_only(
    key: str, kept: Credentials, apps: dict[str, Flask], platform: Platform
) -> None:
    tries = {name: headers for name, headers in kept.wrong.items() if name != "registry key"}
    tries |= kept.wrong_service | {"user": kept.user, "admin": kept.admin}
    tries |= {
        "service": {"X-Service-Token": SERVICE_TOKEN},
        "prefix": {"X-Api-Key": "imp_reg_key_de"},
        "suffix": {"X-Api-Key": "imp_reg_key_devx"},
        "empty key": {"X-Api-Key": ""},
        "key as bearer": bearer("imp_reg_key_dev"),
    }
    refused(Client(apps["registry"]), REGISTRY[key], tries, platform, 401)
    # A person's key is known, but it opens the apps that they own only.
    refused(Client(apps["registry"]), REGISTRY[key], {"user's key": kept.key}, platform, 403, 404)


@pytest.mark.rule("S09", "S11", "S15")
@pytest.mark.parametrize("key", KERNEL_ONLY)
def test_a_kernel_operation_opens_to_no_person(key: str, kept: Credentials, client: Client, platform: Platform) -> None:
    people = {
        "user": kept.user,
        "admin": kept.admin,
        "developer": kept.developer,
        "key": kept.key,
        "app": kept.app_token,
    }
    tries = kept.wrong | kept.wrong_service | people
    if any("serviceBearer" in way for way in KERNEL[key].security):
        del tries["service token as bearer"]
    refused(client, KERNEL[key], tries, platform, 401, 403)


@pytest.mark.rule("S11", "S15")
@pytest.mark.parametrize("path", ["/v1/internal/none", "/v1/billing/internal/none", "/internal/skeleton/x"])
def test_other_internal_paths_are_unknown(path: str, kept: Credentials, client: Client) -> None:
    for headers in (kept.user, kept.admin, {"X-Service-Token": SERVICE_TOKEN}):
        assert client.get(path, headers=headers).status == 404


def test_a_server_without_internal_routes_does_not_know_them() -> None:
    hidden = Client(create_app(boot(Options(internal=False)), "auth_gateway"))
    for key in KERNEL:
        assert send(hidden, KERNEL[key], {"X-Service-Token": SERVICE_TOKEN}).status in (404, 405), key


# -- the shapes of collections -------------------------------------------------------------------------------------

ARRAYS = ["/v1/billing/plans", "/v1/keys", "/v1/me/extensions", "/v1/marketplace/apps", "/v1/billing/payments"]
WRAPPED = {
    "/v1/actions": {"items", "total"},
    "/v1/auth/sessions": {"sessions"},
    "/v1/confirmations/active": {"confirmations"},
    "/v1/tasks/active": {"tasks"},
}
FOR_ADMINS = {"/v1/users": {"items", "total"}, "/v1/audit": {"entries"}}
FOR_DEVELOPERS = ["/v1/developer/apps", "/v1/developer/payouts"]


@pytest.mark.rule("E11")
def test_collections_keep_their_several_shapes(user: Client, admin: Client, developer: Client) -> None:
    for path in ARRAYS:
        assert isinstance(user.get(path).json, list), path
    for path in FOR_DEVELOPERS:
        assert isinstance(developer.get(path).json, list), path
    for path, fields in WRAPPED.items():
        assert fields <= user.get(path).json.keys(), path
    for path, fields in FOR_ADMINS.items():
        assert fields <= admin.get(path).json.keys(), path
    assert {"items", "total"} <= user.get("/v1/marketplace/apps/notes/reviews").json.keys()
    assert {"extensions"} <= user.get(f"/v1/users/{ADA}/extensions").json.keys()


STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def stamps(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text that stands where a time does, with its place."""
    if isinstance(value, dict):
        for name, part in value.items():
            if isinstance(part, str) and re.search(r"_(at|login|until)$|^ts$", name):
                yield f"{path}/{name}", part
            yield from stamps(part, f"{path}/{name}")
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from stamps(part, f"{path}/{number}")


@pytest.mark.rule("E10")
def test_every_time_is_utc_with_z(kept: Credentials, client: Client) -> None:
    seen = 0
    for operation in GATEWAY.values():
        if operation.method == "GET" and operation.success.media_type == "application/json":
            headers = {"admin": kept.admin, "developer": kept.developer}.get(operation.required_role or "", kept.user)
            for where, text in stamps(send(client, operation, headers).json):
                seen += 1
                assert STAMP.fullmatch(text), f"{operation.key} {where}: {text}"
    assert seen > 20
