"""The caller's own account, sessions and device login."""

from __future__ import annotations

import base64
import gc
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from accounts_kit import ADA, ADMIN, advance, claims_of, log_in

from specdouble.mock.state.world import World
from specdouble.packs.imperal.mockserver.auth_gateway.identity import _tokens
from specdouble.packs.imperal.mockserver.auth_gateway.identity._signing_key import signing_key
from tests.conftest import Client, Reply

# -- the caller's own account --------------------------------------------------------------------------------------


@pytest.mark.rule("A15")
def test_me_shows_imperal_id(user: Client) -> None:
    me = user.get("/v1/auth/me").json
    assert (me["imperal_id"], me["email"], me["role"], me["is_active"]) == (ADA, "user@example.com", "user", True)
    assert "password" not in json.dumps(me)


@pytest.mark.rule("A15")
def test_the_internal_id_is_no_path_value(admin: Client, world: World) -> None:
    ada = world.state["users"].get(ADA)
    assert ada is not None
    assert ada["id"] != ADA
    assert admin.patch(f"/v1/auth/users/{ada['id']}/cases-uid", {"cases_user_id": "1"}).status == 404


@pytest.mark.rule("A16")
def test_cases_user_id_goes_in_as_text_and_comes_out_as_a_number(user: Client, admin: Client) -> None:
    assert user.get("/v1/auth/me").json["cases_user_id"] is None
    reply = user.patch(f"/v1/auth/users/{ADA}/cases-uid", {"cases_user_id": "4711"})
    assert (reply.status, reply.json["cases_user_id"]) == (200, 4711)
    assert user.get("/v1/auth/me").json["cases_user_id"] == 4711
    for wrong in ("", "abc", "-1", "1.5", "9" * 20, "٣"):
        assert user.patch(f"/v1/auth/users/{ADA}/cases-uid", {"cases_user_id": wrong}).status == 422
    assert user.patch(f"/v1/auth/users/{ADMIN}/cases-uid", {"cases_user_id": "1"}).status == 403
    assert admin.patch("/v1/auth/users/nobody/cases-uid", {"cases_user_id": "1"}).status == 404
    assert admin.patch(f"/v1/auth/users/{ADA}/cases-uid", {"cases_user_id": "5"}).status == 200
    assert user.get("/v1/auth/me").json["cases_user_id"] == 5


@pytest.mark.rule("S14")
def test_naming_an_acting_user_with_a_bearer_changes_nothing(user: Client) -> None:
    acting = {"X-Acting-User": ADMIN}
    assert user.get("/v1/auth/me", headers=acting).json["imperal_id"] == ADA
    key = user.post("/v1/keys", {"name": "mine"}, headers=acting)
    assert key.status == 201
    assert user.get("/v1/keys").json[0]["id"] == key.json["id"]
    assert user.patch(f"/v1/auth/users/{ADMIN}/cases-uid", {"cases_user_id": "1"}, headers=acting).status == 403


@pytest.mark.rule("S13")
def test_a_service_acts_for_the_user_it_names(gateway: Client, user: Client) -> None:
    reply = gateway.service(ADA).patch(f"/v1/auth/users/{ADA}/cases-uid", {"cases_user_id": "8"})
    assert reply.status == 200
    assert user.get("/v1/auth/me").json["cases_user_id"] == 8
    assert gateway.service(ADA).patch(f"/v1/auth/users/{ADMIN}/cases-uid", {"cases_user_id": "8"}).status == 403
    assert gateway.service("nobody").patch(f"/v1/auth/users/{ADA}/cases-uid", {"cases_user_id": "9"}).status == 401
    assert user.get("/v1/auth/me").json["cases_user_id"] == 8


def test_a_changed_password_ends_the_other_sessions(gateway: Client, user: Client) -> None:
    other = gateway.tokens("user@example.com")
    change = {"current_password": "s3cure!", "new_password": "another-one"}
    assert user.post("/v1/auth/me/change-password", {**change, "current_password": "wrong"}).status == 400
    assert gateway.bearer(other["access_token"]).get("/v1/auth/me").status == 200
    assert user.post("/v1/auth/me/change-password", change).status == 200
    assert log_in(gateway).status == 401
    assert log_in(gateway, password="another-one").status == 200
    assert gateway.post("/v1/auth/refresh", {"refresh_token": other["refresh_token"]}).status == 401
    assert gateway.bearer(other["access_token"]).get("/v1/auth/me").status == 401
    assert user.get("/v1/auth/me").status == 200


# -- sessions ------------------------------------------------------------------------------------------------------


def session_ids(client: Client) -> list[str]:
    return [one["session_id"] for one in client.get("/v1/auth/sessions").json["sessions"]]


@pytest.mark.rule("A20")
def test_exactly_one_session_is_current_and_revoke_others_keeps_it(gateway: Client) -> None:
    tokens = [gateway.tokens("user@example.com") for _ in range(4)]
    mine = gateway.bearer(tokens[2]["access_token"])
    sid = claims_of(tokens[2]["access_token"])["sid"]
    before = session_ids(mine)
    rows = mine.get("/v1/auth/sessions").json["sessions"]
    assert [row["session_id"] for row in rows if row["current"]] == [sid]
    assert mine.post("/v1/auth/sessions/revoke-others").json == {"revoked": len(before) - 1}
    assert session_ids(mine) == [sid]
    refreshed = [gateway.post("/v1/auth/refresh", {"refresh_token": one["refresh_token"]}).status for one in tokens]
    assert refreshed == [401, 401, 200, 401]
    assert gateway.bearer(tokens[0]["access_token"]).get("/v1/auth/me").status == 401


@pytest.mark.rule("A21")
def test_a_session_stays_listed_until_it_is_revoked(gateway: Client) -> None:
    crashed = claims_of(gateway.tokens("user@example.com")["access_token"])["sid"]
    advance(gateway, "90d")
    mine = gateway.login()
    assert crashed in session_ids(mine)
    assert mine.post(f"/v1/auth/sessions/{crashed}/revoke").json == {"status": "revoked"}
    assert crashed not in session_ids(mine)
    assert mine.post(f"/v1/auth/sessions/{crashed}/revoke").status == 404


@pytest.mark.rule("A20")
def test_the_own_session_may_be_revoked_too(gateway: Client, user: Client) -> None:
    (current,) = [row for row in user.get("/v1/auth/sessions").json["sessions"] if row["current"]]
    assert user.post(f"/v1/auth/sessions/{current['session_id']}/revoke").status == 200
    assert user.get("/v1/auth/sessions").status == 401


@pytest.mark.rule("I01")
def test_sessions_of_others_are_unknown(user: Client, admin: Client) -> None:
    (theirs,) = [row["session_id"] for row in admin.get("/v1/auth/sessions").json["sessions"] if row["current"]]
    assert theirs not in session_ids(user)
    assert user.post(f"/v1/auth/sessions/{theirs}/revoke").status == 404
    user.post("/v1/auth/sessions/revoke-others")
    assert admin.get("/v1/auth/me").status == 200


@pytest.mark.rule("E10", "E11")
def test_sessions_are_wrapped_and_their_times_are_utc(user: Client) -> None:
    reply = user.get("/v1/auth/sessions").json
    assert list(reply) == ["sessions"]
    for row in reply["sessions"]:
        for field in ("created_at", "last_seen_at"):
            assert row[field].endswith("Z")
            assert datetime.fromisoformat(row[field]).tzinfo == UTC


def test_an_api_key_has_no_current_session(gateway: Client, user: Client) -> None:
    key = gateway.key(user.post("/v1/keys", {"name": "ci"}).json["key"])
    assert [row["current"] for row in key.get("/v1/auth/sessions").json["sessions"]].count(True) == 0


# -- device login --------------------------------------------------------------------------------------------------

VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def authorize(gateway: Client) -> dict[str, Any]:
    reply = gateway.post(
        "/v1/auth/cli/device/authorize", {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    )
    assert reply.status == 200
    return dict(reply.json)


def poll(gateway: Client, device: dict[str, Any], verifier: str = VERIFIER) -> Reply:
    body = {"device_code": device["device_code"], "code_verifier": verifier}
    return gateway.post("/v1/auth/cli/device/token", body)


def decide(gateway: Client, device: dict[str, Any], decision: str, user_id: str = ADA) -> Reply:
    return gateway.post(f"/__mock__/device/{device['user_code']}/{decision}", {"user_id": user_id})


@pytest.mark.rule("A19")
def test_polling_while_pending_is_200_with_an_error(gateway: Client) -> None:
    device = authorize(gateway)
    assert device["user_code"] in device["verification_uri_complete"]
    first, second = poll(gateway, device), poll(gateway, device)
    assert (first.status, first.json) == (200, {"error": "authorization_pending"})
    assert (second.status, second.json) == (200, {"error": "slow_down"})
    advance(gateway, str(device["interval"]))
    assert poll(gateway, device).json == {"error": "authorization_pending"}


@pytest.mark.rule("A19")
def test_an_approved_device_gets_tokens_once(gateway: Client) -> None:
    device = authorize(gateway)
    poll(gateway, device)
    assert decide(gateway, device, "approve").status == 200
    reply = poll(gateway, device)
    assert sorted(reply.json) == ["access_token", "expires_in", "refresh_token", "token_type"]
    user = gateway.bearer(reply.json["access_token"])
    assert user.get("/v1/auth/me").json["imperal_id"] == ADA
    (current,) = [row for row in user.get("/v1/auth/sessions").json["sessions"] if row["current"]]
    assert current["surface"] == "cli"
    again = poll(gateway, device)
    assert (again.status, again.json) == (400, {"error": "invalid_grant"})


@pytest.mark.rule("A19")
def test_every_final_answer_is_400_with_error(gateway: Client) -> None:
    denied, expired, proven = authorize(gateway), authorize(gateway), authorize(gateway)
    decide(gateway, denied, "deny")
    decide(gateway, proven, "approve")
    for reply, error in (
        (poll(gateway, denied), "access_denied"),
        (poll(gateway, proven, "w" * 50), "invalid_grant"),
        (poll(gateway, {"device_code": "dev_unknown"}), "invalid_grant"),
    ):
        assert (reply.status, reply.json) == (400, {"error": error})
    advance(gateway, str(expired["expires_in"] + 1))
    reply = poll(gateway, expired)
    assert (reply.status, reply.json) == (400, {"error": "expired_token"})


def test_the_page_knows_its_codes_and_its_people(gateway: Client) -> None:
    device = authorize(gateway)
    assert decide(gateway, {"user_code": "NONE-0000"}, "approve").status == 404
    assert decide(gateway, device, "approve", "nobody").status == 404
    assert poll(gateway, device).json == {"error": "authorization_pending"}
    assert decide(gateway, device, "deny").status == 200
    assert decide(gateway, device, "approve").status == 409


def test_a_challenge_must_look_like_one(gateway: Client) -> None:
    body = {"code_challenge": "short", "code_challenge_method": "S256"}
    assert gateway.post("/v1/auth/cli/device/authorize", body).detail[0]["loc"] == ["body", "code_challenge"]
    plain = {"code_challenge": CHALLENGE, "code_challenge_method": "plain"}
    assert gateway.post("/v1/auth/cli/device/authorize", plain).status == 422


def test_what_tokens_say_is_remembered_of_those_that_were_used_last(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that runs for months sees any number of them, and one that is used all the time is read once."""
    signer, read = _tokens.Signer(signing_key(world, "")), []
    decode = signer._jwt.decode
    monkeypatch.setattr(
        signer._jwt, "decode", lambda token, *rest, **more: read.append(token) or decode(token, *rest, **more)
    )
    often, *others = (signer.sign({"sub": str(number), "exp": 2e9, "iat": 1, "scopes": []}) for number in range(1101))
    for token in others:
        assert signer.verify(token, 0)
        claims = signer.verify(often, 0)
        assert claims is not None
        assert claims["sub"] == "0"
        assert signer.verify(token + "x", 0) is None
    assert read.count(often) == 1
    kept = [one for one in gc.get_objects() if isinstance(one, dict) and one.get("exp") == 2e9 and "sub" in one]
    assert len(kept) <= 1000
