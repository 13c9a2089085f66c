"""Sign-up, login and tokens."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import jwt
import pytest
from accounts_kit import ADA, ADMIN, NEW, advance, claims_of, export, log_in, mailed_token, sign_up, verified
from cryptography.hazmat.primitives.asymmetric import rsa

from specdouble.mock.state.world import World
from tests.conftest import Client

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
