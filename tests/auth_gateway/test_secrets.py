"""Secrets: filled in by people, read by the app alone, shown to nobody."""

from __future__ import annotations

from typing import Any

import pytest
from people_kit import ADA, KATHERINE, MARGARET, make_app

APP = "/v1/secrets/vault-app"
DECLARED = [
    {"name": "pin", "description": "Typed in by you", "write_mode": "user", "required": True, "rotation_hint_days": 90},
    {"name": "refresh_token", "description": "Renewed by the app", "write_mode": "extension"},
    {"name": "either", "description": "By both", "write_mode": "both", "max_bytes": 8},
    {"name": "client_secret", "description": "The app's own", "scope": "app"},
]
VALUE = "fake-7b1e-plaintext"


@pytest.fixture(autouse=True)
def app(world: Any) -> None:
    make_app(world, "vault-app", {"secrets": DECLARED}, installed=(ADA, KATHERINE))
    make_app(world, "other-app", {"secrets": DECLARED}, installed=(ADA,))


def ext(gateway: Any, user_id: str = ADA, ext_id: str = "vault-app") -> Any:
    """Return a client with the token of an app that acts for a user."""
    reply = gateway.post("/__mock__/extension-token", {"ext_id": ext_id, "user_id": user_id})
    return gateway.bearer(reply.json["access_token"])


def audited(gateway: Any) -> list[str]:
    found = gateway.service().get("/v1/audit?target_type=secret&per_page=200&from=2000-01-01").json["entries"]
    return [one["action"] for one in found if one["target_id"].startswith("vault-app/")]


# -- what is shown -------------------------------------------------------------------------------------------------


def test_the_list_shows_declarations_and_states(user: Any, gateway: Any) -> None:
    user.put(f"{APP}/pin", {"value": VALUE})
    assert user.get(APP).json[0] == {
        "name": "pin", "description": "Typed in by you", "is_set": True, "last_accessed_at": None, "required": True,
        "write_mode": "user", "scope": "user", "rotation_hint_days": 90,
    }  # fmt: skip
    assert [(one["name"], one["is_set"]) for one in user.get(APP).json[1:]] == [
        ("refresh_token", False),
        ("either", False),
    ]
    ext(gateway).get(f"{APP}/pin")
    assert type(user.get(APP).json[0]["last_accessed_at"]) is int
    assert user.get("/v1/secrets/no-such-app").status == 404


@pytest.mark.rule("K01")
def test_no_answer_and_no_record_holds_a_value(user: Any, gateway: Any, admin: Any, world: Any) -> None:
    seen = [
        user.put(f"{APP}/pin", {"value": VALUE}),
        user.get(APP),
        user.get(f"{APP}/pin/meta"),
        user.get(f"{APP}/pin"),
        user.put(f"{APP}/either", {"value": VALUE}),
        user.put(f"{APP}/refresh_token", {"value": VALUE}),
        user.put(f"{APP}/unknown", {"value": VALUE}),
        user.call("PUT", f"{APP}/pin", {"value": {"nested": VALUE}}),
        user.put(f"{APP}/pin", {"value": VALUE}),
        user.get("/v1/actions"),
        admin.get("/v1/audit"),
    ]
    assert ext(gateway).get(f"{APP}/pin").json == {"value": VALUE}
    seen += [admin.get("/v1/audit"), user.delete(f"{APP}/either")]
    assert [reply.status for reply in seen] == [200, 200, 200, 403, 413, 403, 404, 422, 200, 200, 200, 200, 200]
    assert all(VALUE.encode() not in reply.content for reply in seen)
    holding = {name for name in world.state.names() for doc in world.state[name] if VALUE in str(doc)}
    assert holding == {"secrets"}
    assert VALUE not in str(world.journal)


@pytest.mark.rule("K02")
def test_a_value_goes_to_its_app_or_the_platform(user: Any, gateway: Any, admin: Any) -> None:
    user.put(f"{APP}/pin", {"value": VALUE})
    user.put("/v1/secrets/other-app/pin", {"value": "fake-other"})
    assert user.get(f"{APP}/pin").status == 403
    assert admin.get(f"{APP}/pin").status == 403
    key = user.post("/v1/keys", {"name": "mine"}).json["key"]
    assert gateway.key(key).get(f"{APP}/pin").status == 403
    assert user.get(f"{APP}/pin", headers={"X-Ext-Id": "vault-app"}).status == 403
    assert ext(gateway).get(f"{APP}/pin").json == {"value": VALUE}
    assert gateway.service(ADA).get(f"{APP}/pin").json == {"value": VALUE}
    assert gateway.service().get(f"{APP}/pin").status == 401
    for path in ("/v1/secrets/other-app/pin", "/v1/secrets/other-app", "/v1/secrets/other-app/pin/meta"):
        assert ext(gateway).get(path).status == 403


@pytest.mark.rule("K02")
def test_an_apps_token_opens_nothing_else(user: Any, gateway: Any) -> None:
    token = ext(gateway)
    for path in ("/v1/auth/me", "/v1/me/settings", "/v1/billing/balance", "/v1/users", "/v1/keys"):
        assert token.get(path).status == 401
    assert token.get(APP).status == 200


@pytest.mark.rule("A10")
def test_an_apps_token_ends_with_its_time_and_its_user(user: Any, admin: Any, gateway: Any) -> None:
    token = ext(gateway)
    assert token.get(APP).status == 200
    gateway.post("/__mock__/clock", {"advance": "2h"})
    assert token.get(APP).status == 401
    token = ext(gateway)
    gateway.service().delete(f"/v1/users/{ADA}")
    assert token.get(APP).status == 401


@pytest.mark.rule("K03")
@pytest.mark.rule("E03")
def test_undeclared_and_unset_are_told_apart(user: Any, gateway: Any) -> None:
    for reply in (
        ext(gateway).get(f"{APP}/unknown"),
        user.get(f"{APP}/unknown/meta"),
        user.put(f"{APP}/unknown", {"value": VALUE}),
        user.delete(f"{APP}/unknown"),
        user.get("/v1/secrets/no-such-app/pin/meta"),
    ):
        assert (reply.status, reply.detail["error_code"]) == (404, "SECRET_NOT_DECLARED")
    unset = ext(gateway).get(f"{APP}/pin")
    assert (unset.status, unset.detail["error_code"]) == (404, "SECRET_NOT_SET")
    assert user.get(f"{APP}/pin/meta").json["is_set"] is False


@pytest.mark.rule("K06")
def test_declarations_come_with_the_synced_manifest(user: Any, gateway: Any, world: Any) -> None:
    make_app(world, "bare-app", {}, installed=(ADA,))
    assert user.put("/v1/secrets/bare-app/pin", {"value": VALUE}).detail["error_code"] == "SECRET_NOT_DECLARED"
    assert user.get("/v1/secrets/bare-app").json == []
    manifest = {"secrets": [{"name": "pin", "description": "Pin"}]}
    gateway.service().post("/v1/developer/apps/bare-app/_sync_manifest", {"manifest_json": manifest})
    assert user.put("/v1/secrets/bare-app/pin", {"value": VALUE}).status == 200


# -- writing -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("K04")
@pytest.mark.parametrize(
    ("name", "by_user", "by_app"), [("pin", 200, 403), ("refresh_token", 403, 200), ("either", 200, 200)]
)
def test_write_mode_says_who_writes(user: Any, gateway: Any, name: str, by_user: int, by_app: int) -> None:
    token = ext(gateway)
    assert user.put(f"{APP}/{name}", {"value": "by-user"}).status == by_user
    assert token.put(f"{APP}/{name}", {"value": "by-app"}).status == by_app
    kept = "by-app" if by_app == 200 else "by-user"
    assert token.get(f"{APP}/{name}").json == {"value": kept}
    refused = user if by_user == 403 else token
    if 403 in (by_user, by_app):
        assert refused.delete(f"{APP}/{name}").status == 403
        assert token.get(f"{APP}/{name}").json == {"value": kept}


@pytest.mark.rule("K04")
def test_the_kernel_writes_as_the_app_and_the_portal_as_the_user(gateway: Any) -> None:
    kernel, portal = {"X-Ext-Id": "vault-app"}, None
    service = gateway.service(ADA)
    assert service.put(f"{APP}/pin", {"value": "x"}, headers=kernel).status == 403
    assert service.put(f"{APP}/pin", {"value": "x"}, headers=portal).status == 200
    assert service.put(f"{APP}/refresh_token", {"value": "x"}, headers=kernel).status == 200
    assert service.put(f"{APP}/refresh_token", {"value": "x"}, headers=portal).status == 403


@pytest.mark.rule("K05")
def test_a_value_that_is_too_long_is_refused(user: Any, gateway: Any) -> None:
    user.put(f"{APP}/either", {"value": "12345678"})
    assert user.put(f"{APP}/either", {"value": "123456789"}).status == 413
    assert user.put(f"{APP}/either", {"value": "ééééé"}).status == 413
    assert user.put(f"{APP}/either", {"value": ""}).status == 422
    assert ext(gateway).get(f"{APP}/either").json == {"value": "12345678"}
    assert user.put(f"{APP}/pin", {"value": "x" * 4096}).status == 200
    assert user.put(f"{APP}/pin", {"value": "x" * 4097}).status == 413


@pytest.mark.rule("K05")
def test_no_secret_goes_beyond_the_ceiling(user: Any, world: Any) -> None:
    make_app(world, "big-app", {"secrets": [{"name": "blob", "max_bytes": 10**9}]})
    assert user.put("/v1/secrets/big-app/blob", {"value": "x" * 65536}).status == 200
    assert user.put("/v1/secrets/big-app/blob", {"value": "x" * 65537}).status == 413


@pytest.mark.rule("K07")
def test_a_delete_says_whether_there_was_a_value(user: Any) -> None:
    assert user.put(f"{APP}/pin", {"value": VALUE}).json == {"name": "pin", "is_set": True}
    assert user.delete(f"{APP}/pin").json == {"was_set": True}
    assert user.delete(f"{APP}/pin").json == {"was_set": False}
    assert user.get(f"{APP}/pin/meta").json["is_set"] is False


@pytest.mark.rule("K08")
def test_a_shared_secret_belongs_to_the_app(user: Any, admin: Any, developer: Any, gateway: Any) -> None:
    path = f"{APP}/client_secret"
    joan = gateway.login("admin@acme.example", "s3cure!admin", "acme")
    for outsider in (user, joan, gateway.service(ADA), ext(gateway), ext(gateway, MARGARET)):
        assert outsider.put(path, {"value": "stolen"}).status == 403
        assert outsider.delete(path).status == 403
    for outsider in (user, joan, gateway.service(ADA)):
        assert "client_secret" not in [one["name"] for one in outsider.get(APP).json]
        assert outsider.get(f"{path}/meta").detail["error_code"] == "SECRET_NOT_DECLARED"
    assert developer.put(path, {"value": VALUE}).status == 200
    assert developer.get(f"{path}/meta").json["is_set"] is True
    assert admin.get(f"{path}/meta").json["is_set"] is True
    assert ext(gateway).get(path).json == {"value": VALUE}
    assert ext(gateway, KATHERINE).get(path).json == {"value": VALUE}
    assert developer.get(path).status == 403
    assert admin.put(path, {"value": "rotated"}).status == 200
    assert ext(gateway).get(path).json == {"value": "rotated"}


@pytest.mark.rule("K09")
def test_without_the_vault_nothing_opens(user: Any, gateway: Any) -> None:
    user.put(f"{APP}/pin", {"value": VALUE})
    before = audited(gateway)
    gateway.post("/__mock__/vault", {"available": False})
    assert user.put(f"{APP}/pin", {"value": "other"}).status == 503
    assert user.delete(f"{APP}/pin").status == 503
    assert ext(gateway).get(f"{APP}/pin").status == 503
    assert user.get(f"{APP}/pin").status == 403
    assert user.get(f"{APP}/pin/meta").json["is_set"] is True
    assert user.get(APP).status == 200
    assert audited(gateway) == before
    assert gateway.post("/__mock__/vault", {"available": True}).json == {"available": True}
    assert ext(gateway).get(f"{APP}/pin").json == {"value": VALUE}
    assert gateway.post("/__mock__/vault", {}).status == 422


@pytest.mark.rule("K10")
def test_reads_and_writes_are_audited_looks_are_not(user: Any, gateway: Any) -> None:
    user.get(APP)
    user.get(f"{APP}/pin/meta")
    assert audited(gateway) == []
    user.put(f"{APP}/pin", {"value": VALUE})
    ext(gateway).get(f"{APP}/pin")
    user.get(APP)
    user.get(f"{APP}/pin/meta")
    user.put(f"{APP}/pin", {"value": VALUE})
    user.delete(f"{APP}/pin")
    assert audited(gateway) == ["secret.delete", "secret.rotate", "secret.read", "secret.write"]
    entry = gateway.service().get("/v1/audit?action=secret.read&target_id=vault-app/pin").json["entries"][0]
    assert entry["changes"]["length"] == len(VALUE)
    assert len(entry["changes"]["sha256_prefix"]) == 8
    assert entry["actor_id"] == ADA


# -- whose ---------------------------------------------------------------------------------------------------------


@pytest.mark.rule("I01")
@pytest.mark.rule("I02")
def test_everybody_has_their_own_value(user: Any, gateway: Any) -> None:
    katherine = gateway.login("viewer@example.com")
    user.put(f"{APP}/pin", {"value": VALUE})
    assert katherine.get(f"{APP}/pin/meta").json["is_set"] is False
    assert ext(gateway, KATHERINE).get(f"{APP}/pin").detail["error_code"] == "SECRET_NOT_SET"
    assert katherine.delete(f"{APP}/pin").json == {"was_set": False}
    assert ext(gateway).get(f"{APP}/pin").json == {"value": VALUE}
    for method, path in (("GET", ""), ("GET", "/pin"), ("PUT", "/pin"), ("DELETE", "/pin"), ("GET", "/pin/meta")):
        body = {"value": "stolen"} if method == "PUT" else None
        for stranger in (katherine, ext(gateway, KATHERINE)):
            refused = stranger.call(method, APP + path, body, headers={"X-Acting-User": ADA})
            assert refused.status == 403
            assert VALUE.encode() not in refused.content
    assert ext(gateway).get(f"{APP}/pin").json == {"value": VALUE}


@pytest.mark.rule("S12")
def test_a_service_token_alone_is_nobody(gateway: Any, user: Any) -> None:
    user.put(f"{APP}/pin", {"value": VALUE})
    service = gateway.service()
    assert service.get(APP).status == 401
    assert service.put(f"{APP}/pin", {"value": "x"}).status == 401
    assert service.delete(f"{APP}/pin").status == 401
    assert gateway.get(APP).status == 401
    assert ext(gateway).get(f"{APP}/pin").json == {"value": VALUE}


@pytest.mark.rule("S13")
def test_a_service_acts_for_the_named_person(gateway: Any, user: Any) -> None:
    assert gateway.service(ADA).put(f"{APP}/pin", {"value": VALUE}).status == 200
    assert user.get(APP).json == gateway.service(ADA).get(APP).json
    assert user.get(f"{APP}/pin/meta").json["is_set"] is True
    assert gateway.service(KATHERINE).get(f"{APP}/pin/meta").json["is_set"] is False
    assert gateway.service("imp_u_nobody").get(APP).status == 401


@pytest.mark.rule("S14")
def test_a_bearer_acts_for_its_own_person_only(gateway: Any, user: Any) -> None:
    reply = user.put(f"{APP}/pin", {"value": VALUE}, headers={"X-Acting-User": KATHERINE})
    assert reply.status == 403
    assert gateway.login("viewer@example.com").get(f"{APP}/pin/meta").json["is_set"] is False
    assert user.get(f"{APP}/pin/meta").json["is_set"] is False
    assert user.put(f"{APP}/pin", {"value": VALUE}, headers={"X-Acting-User": ADA}).status == 200


def test_tokens_are_issued_for_apps_and_people_that_exist(gateway: Any) -> None:
    assert gateway.post("/__mock__/extension-token", {"ext_id": "nothing", "user_id": ADA}).status == 404
    assert gateway.post("/__mock__/extension-token", {"ext_id": "vault-app", "user_id": "nobody"}).status == 404


def test_changes_reach_the_persons_streams_without_the_value(user: Any, world: Any) -> None:
    user.put(f"{APP}/pin", {"value": VALUE})
    event = next(world.state["events"].newest(user_id=ADA))
    assert event["payload"] == {"panel": "secrets", "ext_id": "vault-app", "name": "pin", "is_set": True}
