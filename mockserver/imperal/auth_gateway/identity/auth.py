"""Sign-up, login, sessions and device login."""

from __future__ import annotations

import base64
import hashlib
import hmac
import string
from typing import Any

from specdouble.mock.kit import Call, Doc, Problem, World, invalid, op

from ..rights import _trail
from . import _mails, _people, _tokens

VERIFY_SECONDS = 24 * 3600
DEVICE_SECONDS = 600
POLL_SECONDS = 5
CODE_LETTERS = string.ascii_uppercase + string.digits
WRONG_LOGIN = "The e-mail or the password is wrong."
_DECOY = {"password_hash": _people.hash_password("", "decoy")}


@op("POST /v1/auth/signup")
def signup(call: Call) -> Doc:
    """Create an unverified account and mail its token (A01, A03)."""
    tenant_id = call.body.get("tenant_id", "default")
    email = call.body["email"]
    call.need("tenants", tenant_id, f"There is no tenant {tenant_id!r}.")
    _people.require_free_email(call.world, email, tenant_id)
    names = call.given("first_name", "last_name")
    user = _people.create(
        call.world, email=email, password=call.body["password"], tenant_id=tenant_id, verified=False, **names
    )
    token = call.world.ids.new("verify_", 32)
    call.state["verifications"].add(
        {
            "token_hash": _tokens.digest(token),
            "user_id": user["imperal_id"],
            "expires_at": call.world.clock.now() + VERIFY_SECONDS,
        }
    )
    _mails.send(call.world, "verify_email", user["email"], user_id=user["imperal_id"], token=token)
    return {"message": "Verification email sent. Check your inbox.", "user_id": user["imperal_id"]}


@op("POST /v1/auth/verify-email")
def verify_email(call: Call) -> Doc:
    """Redeem a mailed token once: verify the account, give it its wallet and apps, log it in (A02)."""
    key = _tokens.digest(call.body["token"])
    verification = call.need("verifications", key, "The token is unknown or was used already.", 400)
    call.state["verifications"].remove(key)
    if verification["expires_at"] <= call.world.clock.now():
        raise Problem(400, "The token has expired. Sign up again.")
    user = call.need("users", verification["user_id"], "The account of this token is gone. Sign up again.", 400)
    if not user["is_active"]:
        raise Problem(400, "This account is deactivated. Ask an administrator.")
    user = call.state["users"].update(user["imperal_id"], email_verified=True)
    _people.welcome(call.world, user)
    return _people.log_in(call.world, user, call.client)


@op("POST /v1/auth/register")
def register(call: Call) -> Doc:
    """Create a verified account for a trusted backend (S01)."""
    tenant_id = call.body.get("tenant_id", "default")
    if tenant_id not in call.state["tenants"]:
        raise invalid((("body", "tenant_id"), f"There is no tenant {tenant_id!r}", "value_error"))
    _people.require_free_email(call.world, call.body["email"], tenant_id)
    user = _people.create(
        call.world, email=call.body["email"], password=call.body["password"], tenant_id=tenant_id, verified=True
    )
    return _people.log_in(call.world, user, call.client, "api")


@op("POST /v1/auth/login")
def login(call: Call) -> Doc:
    """Exchange e-mail and password for a token pair; both kinds of wrong answer alike (A04)."""
    user = _people.by_email(call.world, call.body["email"], call.body.get("tenant_id", "default"))
    if not _people.password_matches(user or _DECOY, call.body["password"]) or user is None:
        raise Problem(401, WRONG_LOGIN)
    if not user["email_verified"]:
        raise Problem(403, "The e-mail address is not verified yet. Use the token from the verification mail.")
    if not user["is_active"]:
        raise Problem(403, "This account is deactivated. Ask an administrator.")
    tenant = call.state["tenants"].get(user["tenant_id"])
    if tenant is not None and not tenant["is_active"]:
        raise Problem(403, f"The tenant {tenant['tenant_id']!r} is not active.")
    return _people.log_in(call.world, user, call.client)


@op("POST /v1/auth/refresh")
def refresh(call: Call) -> Doc:
    """Rotate a token pair (A07, A08)."""
    return _tokens.rotate(call.world, call.body["refresh_token"])


@op("POST /v1/auth/logout")
def logout(call: Call) -> Doc:
    """End the session that owns a refresh token; an unknown token is no error (A09)."""
    _tokens.close_session(call.world, call.body["refresh_token"])
    return {"message": "Logged out."}


@op("GET /v1/auth/me")
def me(call: Call) -> Doc:
    """Show the caller's profile; their billing profile and developer tier stand in its attributes (A15)."""
    return call.show(call.user, attributes=_attributes(call.world, call.user))


def _attributes(world: World, user: Doc) -> dict[str, Any]:
    developer = world.state["developers"].get(user["imperal_id"])
    attributes: dict[str, Any] = user["attributes"]
    return {**attributes, "developer_tier": developer["tier"]} if developer else attributes


@op("POST /v1/auth/me/change-password")
def change_password(call: Call) -> Doc:
    """Change the caller's password and end their other sessions."""
    user = call.user
    if not _people.password_matches(user, call.body["current_password"]):
        raise Problem(400, "current_password is not the current password.")
    salt = call.world.ids.new("", 16)
    call.state["users"].update(call.user_id, password_hash=_people.hash_password(call.body["new_password"], salt))
    _tokens.close_sessions(call.world, call.user_id, keep=call.caller.session_id)
    return {"message": "Password changed. Other sessions were ended."}


@op("GET /v1/auth/.well-known/jwks.json")
def jwks(call: Call) -> Doc:
    """Publish the public key that access tokens verify against (A11)."""
    return {"keys": [_tokens.signer(call.world).jwk]}


@op("PATCH /v1/auth/users/{imperal_id}/cases-uid")
def set_cases_uid(call: Call) -> Doc:
    """Link a user to a Cases account; a numeric string becomes an integer (A16)."""
    user_id = call.params["imperal_id"]
    if call.user_id != user_id and call.user["role"] != "admin":
        raise Problem(403, "Only this user or an admin may set cases_user_id.")
    target = call.need("users", user_id, f"There is no user {user_id!r}.")
    if target["tenant_id"] != call.user["tenant_id"]:
        raise Problem(404, f"There is no user {user_id!r}.")
    number = int(call.body["cases_user_id"])
    call.state["users"].update(user_id, cases_user_id=number)
    _trail.audit(call, "user.cases_uid", "user", user_id, {"cases_user_id": number})
    return {"message": "Linked.", "user_id": user_id, "cases_user_id": number}


@op("GET /v1/auth/sessions")
def sessions(call: Call) -> Doc:
    """List the caller's live sessions; the presented token's own is ``current`` (A20, A21)."""
    current = call.caller.session_id
    return {
        "sessions": [
            {
                "session_id": session["session_id"],
                "surface": session["surface"],
                "label": session["label"],
                "ip_address": session["ip_address"],
                "created_at": session["created_at"],
                "last_seen_at": session["last_seen_at"],
                "current": session["session_id"] == current,
            }
            for session in call.state["sessions"].newest(user_id=call.user_id)
        ]
    }


@op("POST /v1/auth/sessions/{session_id}/revoke")
def revoke_session(call: Call) -> Doc:
    """End one session of the caller; somebody else's is unknown to them (I01)."""
    session = call.state["sessions"].get(call.params["session_id"])
    if session is None or session["user_id"] != call.user_id:
        raise Problem(404, "There is no such session of yours. GET /v1/auth/sessions lists them.")
    _tokens.end(call.world, call.user_id, session["session_id"])
    return {"status": "revoked"}


@op("POST /v1/auth/sessions/revoke-others")
def revoke_others(call: Call) -> Doc:
    """End every session of the caller but the calling one (A20)."""
    return {"revoked": _tokens.close_sessions(call.world, call.user_id, keep=call.caller.session_id)}


@op("POST /v1/auth/cli/device/authorize")
def device_authorize(call: Call) -> Doc:
    """Start a device login; the control plane plays the page on which a person approves it (A19)."""
    ids = call.world.ids
    user_code = f"{ids.pick(CODE_LETTERS, 4)}-{ids.pick(CODE_LETTERS, 4)}"
    device = {
        "device_code": ids.new("dev_", 40),
        "user_code": user_code,
        "code_challenge": call.body["code_challenge"],
        "status": "pending",
        "user_id": None,
        "expires_at": call.world.clock.now() + DEVICE_SECONDS,
        "polled_at": 0.0,
        "created_at": call.world.clock.stamp(),
    }
    call.state["device_logins"].add(device)
    page = "https://panel.imperal.io/device"
    return {
        "device_code": device["device_code"],
        "user_code": user_code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={user_code}",
        "expires_in": DEVICE_SECONDS,
        "interval": POLL_SECONDS,
    }


@op("POST /v1/auth/cli/device/token")
def device_token(call: Call) -> Doc:
    """Poll a device login: 200 with an error while pending, 400 with a final error, or a token pair (A19)."""
    devices = call.state["device_logins"]
    device = devices.get(call.body["device_code"])
    if device is None or device["status"] == "consumed" or not _proves(call.body["code_verifier"], device):
        raise Problem(400, raw={"error": "invalid_grant"})
    if device["expires_at"] <= call.world.clock.now():
        raise Problem(400, raw={"error": "expired_token"})
    if device["status"] == "denied":
        raise Problem(400, raw={"error": "access_denied"})
    if device["status"] == "pending":
        now = call.world.clock.now()
        early = now - device["polled_at"] < POLL_SECONDS / 2
        devices.update(device["device_code"], polled_at=now)
        return {"error": "slow_down" if early else "authorization_pending"}
    user = call.state["users"].get(device["user_id"])
    if user is None or not user["is_active"] or not user["email_verified"]:
        raise Problem(400, raw={"error": "access_denied"})
    devices.update(device["device_code"], status="consumed")
    return _people.log_in(call.world, user, call.client, "cli")


def _proves(verifier: str, device: Doc) -> bool:
    """Check a PKCE verifier against the S256 challenge of a device login."""
    hashed = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(hashed.encode(), device["code_challenge"].encode())
