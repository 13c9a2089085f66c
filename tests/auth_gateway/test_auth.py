"""Sign-up, login, tokens, sessions and device login."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from specdouble.mock.state.world import World
from tests.conftest import Client, Reply

ADA, ADMIN = "imp_u_abc123", "imp_u_admin01"
NEW = {"email": "new@example.com", "password": "s3cure!"}


def sign_up(gateway: Client, **more: Any) -> Reply:
    return gateway.post("/v1/auth/signup", {**NEW, **more})


def mailed_token(gateway: Client, to: str = "new@example.com") -> str:
    return str(gateway.get(f"/__mock__/outbox?to={to}").json[0]["token"])


def verified(gateway: Client, **more: Any) -> dict[str, Any]:
    """Sign somebody up, redeem the mail and return the token pair."""
    email = more.get("email", NEW["email"])
    assert sign_up(gateway, **more).status == 201
    reply = gateway.post("/v1/auth/verify-email", {"token": mailed_token(gateway, email)})
    assert reply.status == 200
    return dict(reply.json)


def log_in(gateway: Client, **more: Any) -> Reply:
    return gateway.post("/v1/auth/login", {"email": "user@example.com", "password": "s3cure!", **more})


def claims_of(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def export(gateway: Client) -> Any:
    return gateway.get("/__mock__/world").json["collections"]


def advance(gateway: Client, by: str) -> None:
    assert gateway.post("/__mock__/clock", {"advance": by}).status == 200


# -- sign-up -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("A01")
def test_signup_does_not_log_in_and_login_waits_for_the_mail(gateway: Client) -> None:
    reply = sign_up(gateway, first_name="Ada", last_name="New")
    assert reply.status == 201
    assert sorted(reply.json) == ["message", "user_id"]
    assert reply.json["user_id"].startswith("imp_u_")
    before = export(gateway)
    refused = log_in(gateway, **NEW)
    assert refused.status == 403
    assert "verified" in refused.detail
    assert export(gateway) == before
    assert gateway.post("/v1/auth/verify-email", {"token": mailed_token(gateway)}).status == 200
    assert log_in(gateway, **NEW).status == 200
    me = gateway.login(NEW["email"], NEW["password"]).get("/v1/auth/me").json
    assert (me["imperal_id"], me["role"], me["tenant_id"]) == (reply.json["user_id"], "user", "default")


@pytest.mark.rule("A02")
def test_verify_email_answers_a_token_pair_once(gateway: Client) -> None:
    sign_up(gateway)
    token = mailed_token(gateway)
    first = gateway.post("/v1/auth/verify-email", {"token": token})
    assert sorted(first.json) == sorted(log_in(gateway).json)
    assert gateway.bearer(first.json["access_token"]).get("/v1/auth/sessions").json["sessions"][0]["current"] is True
    before = export(gateway)
    assert gateway.post("/v1/auth/verify-email", {"token": token}).status == 400
    assert gateway.post("/v1/auth/verify-email", {"token": "verify_unknown"}).status == 400
    assert export(gateway) == before


@pytest.mark.rule("A02")
def test_a_mailed_token_ends_after_a_day(gateway: Client) -> None:
    sign_up(gateway)
    advance(gateway, "25h")
    assert gateway.post("/v1/auth/verify-email", {"token": mailed_token(gateway)}).status == 400
    assert log_in(gateway, **NEW).status == 403


@pytest.mark.rule("A03")
def test_signup_takes_seven_characters_and_the_others_want_eight(gateway: Client, user: Client) -> None:
    assert sign_up(gateway, password="1234567").status == 201
    assert sign_up(gateway, email="six@example.com", password="123456").status == 422
    register = {"email": "reg@example.com", "password": "1234567"}
    assert gateway.service().post("/v1/auth/register", register).status == 422
    change = {"current_password": "s3cure!", "new_password": "1234567"}
    assert user.post("/v1/auth/me/change-password", change).status == 422
    assert log_in(gateway).status == 200


def test_signup_refuses_a_taken_address_and_an_unknown_tenant(gateway: Client) -> None:
    before = export(gateway)
    assert sign_up(gateway, email="user@example.com").status == 409
    assert sign_up(gateway, email="USER@example.com").status == 409
    assert sign_up(gateway, tenant_id="nowhere").status == 404
    assert export(gateway) == before


@pytest.mark.rule("A05")
def test_the_tenant_defaults_and_one_address_may_be_two_users(gateway: Client, world: World) -> None:
    world.state["tenants"].put({**world.state["tenants"].get("default"), "tenant_id": "second"})  # type: ignore[dict-item]
    world.commit()
    here = claims_of(verified(gateway)["access_token"])
    assert here["tenant_id"] == "default"
    assert sign_up(gateway, tenant_id="second", password="another1").status == 201
    gateway.post("/v1/auth/verify-email", {"token": mailed_token(gateway)})
    there = claims_of(gateway.tokens(NEW["email"], "another1", tenant="second")["access_token"])
    assert there["tenant_id"] == "second"
    assert there["sub"] != here["sub"]
    assert log_in(gateway, **NEW).status == 200
    assert log_in(gateway, **NEW, tenant_id="second").status == 401
    assert gateway.service().post("/v1/auth/register", {**NEW, "password": "12345678"}).status == 409
    register = {"email": "reg@example.com", "password": "12345678"}
    registered = gateway.service().post("/v1/auth/register", register)
    assert claims_of(registered.json["access_token"])["tenant_id"] == "default"


def test_a_new_account_starts_with_a_wallet(gateway: Client) -> None:
    new = gateway.bearer(verified(gateway)["access_token"])
    assert new.get("/v1/billing/balance").status == 200
    assert new.get("/v1/auth/me").json["attributes"] == {}


# -- register ------------------------------------------------------------------------------------------------------


@pytest.mark.rule("S01")
def test_register_needs_the_service_token(gateway: Client, user: Client, admin: Client) -> None:
    body = {"email": "reg@example.com", "password": "12345678"}
    before = export(gateway)
    for client in (gateway, user, admin, gateway.key("imp_live_x")):
        assert client.post("/v1/auth/register", body).status in (401, 403)
    assert export(gateway) == before
    assert log_in(gateway, **body).status == 401
    reply = gateway.service().post("/v1/auth/register", body)
    assert reply.status == 201
    assert sorted(reply.json) == ["access_token", "expires_in", "refresh_token", "token_type"]
    assert log_in(gateway, **body).status == 200


def test_register_refuses_an_unknown_tenant_and_a_taken_address(gateway: Client) -> None:
    service = gateway.service()
    body = {"email": "reg@example.com", "password": "12345678", "tenant_id": "nowhere"}
    assert service.post("/v1/auth/register", body).detail[0]["loc"] == ["body", "tenant_id"]
    assert (
        service.post("/v1/auth/register", {**body, "tenant_id": "default", "email": "user@example.com"}).status == 409
    )


# -- login ---------------------------------------------------------------------------------------------------------


@pytest.mark.rule("A04")
def test_a_wrong_password_and_an_unknown_address_are_told_alike(gateway: Client) -> None:
    wrong, unknown = log_in(gateway, password="wrong"), log_in(gateway, email="nobody@example.com")
    empty, elsewhere = log_in(gateway, password=""), log_in(gateway, tenant_id="nowhere")
    assert {reply.status for reply in (wrong, unknown, empty, elsewhere)} == {401}
    assert wrong.content == unknown.content == empty.content == elsewhere.content


def test_login_does_not_mind_the_case_of_the_address(gateway: Client) -> None:
    assert log_in(gateway, email="User@Example.com").status == 200
    assert log_in(gateway, password="S3CURE!").status == 401


def test_login_moves_last_login_and_opens_a_session(gateway: Client, world: World) -> None:
    before = world.state["users"].get(ADA)
    tokens = gateway.tokens("user@example.com")
    after = world.state["users"].get(ADA)
    assert before is not None
    assert after is not None
    assert before["last_login"] < after["last_login"]
    assert world.state["sessions"].get(claims_of(tokens["access_token"])["sid"]) is not None


@pytest.mark.rule("A06")
def test_expires_in_is_what_the_token_says(gateway: Client) -> None:
    tokens = gateway.tokens("user@example.com")
    claims = claims_of(tokens["access_token"])
    assert tokens["token_type"] == "bearer"
    assert type(tokens["expires_in"]) is int
    assert claims["exp"] - claims["iat"] == tokens["expires_in"] > 0


@pytest.mark.rule("A06")
def test_an_access_token_ends_exactly_then(gateway: Client) -> None:
    tokens = gateway.tokens("user@example.com")
    user = gateway.bearer(tokens["access_token"])
    advance(gateway, str(tokens["expires_in"] - 5))
    assert user.get("/v1/auth/me").status == 200
    advance(gateway, "6")
    assert user.get("/v1/auth/me").status == 401


@pytest.mark.rule("A14")
def test_a_deactivated_user_is_out_at_once(gateway: Client, user: Client, world: World) -> None:
    tokens = gateway.tokens("user@example.com")
    key = user.post("/v1/keys", {"name": "ci"}).json["key"]
    world.state["users"].update(ADA, is_active=False)
    world.commit()
    assert user.get("/v1/auth/me").status == 401
    assert gateway.key(key).get("/v1/auth/me").status == 401
    assert gateway.post("/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]}).status == 401
    refused = log_in(gateway)
    assert refused.status == 403
    assert "deactivated" in refused.detail
    assert log_in(gateway, password="wrong").status == 401


# -- refresh and logout --------------------------------------------------------------------------------------------


@pytest.mark.rule("A07")
def test_a_refresh_rotates_and_the_old_token_is_dead(gateway: Client) -> None:
    old = gateway.tokens("user@example.com")
    new = gateway.post("/v1/auth/refresh", {"refresh_token": old["refresh_token"]}).json
    assert new["refresh_token"] != old["refresh_token"]
    assert new["access_token"] != old["access_token"]
    assert claims_of(new["access_token"])["sid"] == claims_of(old["access_token"])["sid"]
    before = export(gateway)
    assert gateway.post("/v1/auth/refresh", {"refresh_token": old["refresh_token"]}).status == 401
    assert export(gateway) == before
    assert gateway.post("/v1/auth/refresh", {"refresh_token": new["refresh_token"]}).status == 200


@pytest.mark.rule("A07")
def test_a_refresh_token_ends_after_thirty_days(gateway: Client) -> None:
    tokens = gateway.tokens("user@example.com")
    advance(gateway, "31d")
    assert gateway.post("/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]}).status == 401


@pytest.mark.rule("A08")
def test_only_a_dead_token_is_401_on_refresh(gateway: Client) -> None:
    tokens = gateway.tokens("user@example.com")
    assert gateway.post("/v1/auth/refresh", {}).status == 422
    assert gateway.post("/v1/auth/refresh", {"refresh_token": 5}).status == 422
    assert gateway.post("/v1/auth/refresh", {"refresh_token": tokens["access_token"]}).status == 401
    rubbish = gateway.bearer("rubbish").post("/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]})
    assert rubbish.status == 200  # a stale header of a client does not log it out


@pytest.mark.rule("A09")
def test_logout_takes_the_refresh_token_alone_and_ends_the_session(gateway: Client) -> None:
    keeper, tokens = gateway.login(), gateway.tokens("user@example.com")
    sid = claims_of(tokens["access_token"])["sid"]
    assert sid in [one["session_id"] for one in keeper.get("/v1/auth/sessions").json["sessions"]]
    assert gateway.post("/v1/auth/logout", {"refresh_token": tokens["refresh_token"]}).status == 200
    assert sid not in [one["session_id"] for one in keeper.get("/v1/auth/sessions").json["sessions"]]
    assert gateway.post("/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]}).status == 401
    assert gateway.bearer(tokens["access_token"]).get("/v1/auth/me").status == 401
    assert gateway.post("/v1/auth/logout", {"refresh_token": tokens["refresh_token"]}).status == 200
    assert keeper.get("/v1/auth/me").status == 200


# -- tokens --------------------------------------------------------------------------------------------------------


@pytest.mark.rule("A10", "A11")
def test_a_verifier_with_the_jwks_alone_accepts_the_token(gateway: Client) -> None:
    token = gateway.tokens("user@example.com")["access_token"]
    keys = jwt.PyJWKSet.from_dict(gateway.get("/v1/auth/.well-known/jwks.json").json)
    header = jwt.get_unverified_header(token)
    assert header["alg"] == "RS256"
    (key,) = [one for one in keys.keys if one.key_id == header["kid"]]
    assert key.public_key_use in (None, "sig")
    claims = jwt.decode(token, key, algorithms=["RS256"], options={"require": ["sub", "exp", "iat"]})
    assert claims["sub"] == ADA
    assert "aud" not in claims
    assert (claims["email"], claims["tenant_id"], claims["role"]) == ("user@example.com", "default", "user")
    assert claims["actor_kind"] == "user"
    assert isinstance(claims["scopes"], list)
    assert {"org_id", "sid"} <= claims.keys()
    sessions = gateway.bearer(token).get("/v1/auth/sessions").json["sessions"]
    assert claims["sid"] in [one["session_id"] for one in sessions]


@pytest.mark.rule("A11")
def test_the_jwks_is_public_and_holds_no_private_part(gateway: Client) -> None:
    (key,) = gateway.get("/v1/auth/.well-known/jwks.json").json["keys"]
    assert sorted(key) == ["alg", "e", "kid", "kty", "n", "use"]
    assert gateway.get("/.well-known/jwks.json").status == 404


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forged(gateway: Client) -> dict[str, str]:
    """Tokens that look like Ada's and must not be taken."""
    token = gateway.tokens("user@example.com")["access_token"]
    head, body, signature = token.split(".")
    claims, kid = claims_of(token), jwt.get_unverified_header(token)["kid"]
    foreign = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    other = "A" if signature[10] != "A" else "B"
    return {
        "tampered": f"{head}.{part({**claims, 'sub': ADMIN, 'role': 'admin'})}.{signature}",
        "turned": f"{head}.{body}.{signature[:10]}{other}{signature[11:]}",
        "cut": f"{head}.{body}.{signature[:-8]}",
        "unsigned": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "none": f"{part({'alg': 'none', 'kid': kid})}.{body}.",
        "None": f"{part({'alg': 'None', 'kid': kid})}.{body}.{signature}",
        "hs256": jwt.encode(claims, "s" * 32, algorithm="HS256", headers={"kid": kid}),
        "foreign": jwt.encode(claims, foreign, algorithm="RS256", headers={"kid": kid}),
        "unknown kid": jwt.encode(claims, foreign, algorithm="RS256", headers={"kid": "other"}),
        "no kid": jwt.encode(claims, foreign, algorithm="RS256"),
        "no header": f".{body}.{signature}",
        "deep header": f"{base64.urlsafe_b64encode(b'[' * 60_000).decode()}.{body}.{signature}",
        "not base64": "a b.c d.e f",
        "text": "garbage",
        "dots": "...",
    }


@pytest.mark.rule("A10")
def test_no_forged_token_opens_anything(gateway: Client) -> None:
    for name, token in forged(gateway).items():
        reply = gateway.bearer(token).get("/v1/auth/me")
        assert reply.status == 401, name
        assert token[:40].encode() not in reply.content, name


@pytest.mark.rule("A10")
def test_the_public_key_as_hmac_secret_opens_nothing(gateway: Client) -> None:
    import hmac

    token = gateway.tokens("user@example.com")["access_token"]
    (key,) = jwt.PyJWKSet.from_dict(gateway.get("/v1/auth/.well-known/jwks.json").json).keys
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pem = key.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{part({'alg': 'HS256', 'kid': key.key_id})}.{token.split('.')[1]}"
    mac = hmac.new(pem, signed.encode(), hashlib.sha256).digest()
    forgery = f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    assert gateway.bearer(forgery).get("/v1/auth/me").status == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "bearer", "Basic dXNlcjpw", "Token x", "Bearer  ", "x"])
def test_a_header_that_is_no_bearer_is_401(gateway: Client, header: str) -> None:
    assert gateway.get("/v1/auth/me", headers={"Authorization": header}).status == 401


def test_the_scheme_s_case_does_not_matter(gateway: Client) -> None:
    token = gateway.tokens("user@example.com")["access_token"]
    assert gateway.get("/v1/auth/me", headers={"Authorization": f"bearer {token}"}).status == 200


@pytest.mark.rule("A10")
def test_tokens_outlive_a_restart_when_the_world_is_imported(gateway: Client) -> None:
    from specdouble.mock.transports.app import create_app
    from tests.pack import boot

    token = gateway.tokens("user@example.com")["access_token"]
    restarted = Client(create_app(boot(), "auth_gateway"))
    assert restarted.bearer(token).get("/v1/auth/me").status == 401
    restarted.put("/__mock__/world", gateway.get("/__mock__/world").json)
    assert restarted.bearer(token).get("/v1/auth/me").status == 200


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


# -- what is open --------------------------------------------------------------------------------------------------


@pytest.mark.rule("A23")
def test_what_needs_no_credential(gateway: Client) -> None:
    for path in (
        "/healthz", "/v1/auth/.well-known/jwks.json", "/v1/billing/plans", "/v1/marketplace/apps",
        "/v1/marketplace/categories", "/v1/marketplace/featured", "/v1/ext/notes/health",
    ):  # fmt: skip
        assert gateway.get(path).status == 200, path
    for path in ("verify-email", "logout", "login", "signup", "refresh", "cli/device/authorize", "cli/device/token"):
        assert gateway.post(f"/v1/auth/{path}", {}).status == 422, path
    assert gateway.get("/v1/ext/notes/webhook/none").status in (200, 404)
    assert gateway.post("/v1/webhooks/gmail", {}).status not in (401, 403)
    assert gateway.get("/v1/ext/notes/oauth/google/callback?state=x&code=y").status not in (401, 403)
