"""Faults of signing up, logging in, sessions, tokens and device logins."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import jwt

from specdouble.mock.pipeline.call import Call
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Store
from specdouble.packs.imperal.mockserver.auth_gateway.identity import _people, _tokens
from tests.conftest import Client
from tests.planted.fault import gateway
from tests.planted.gates import claimed, forgives, loosely, person, reads, refresher, signed
from tests.planted.makers import (
    after,
    around,
    before,
    body,
    crash,
    edit,
    extra,
    field,
    instead,
    keeps,
    loses,
    media,
    naive,
    null,
    put,
    rename,
    skips,
    status,
    still,
    store,
    swap,
)  # fmt: skip
from tests.planted.witness import ADA, GRACE, Witness, ok

add = gateway.add
NEW = {"email": "new@example.com", "password": "s3cure!new"}
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def sign_up(w: Witness, **more: Any) -> Any:
    return w.post("/v1/auth/signup", {**NEW, **more})


def verify(w: Witness) -> tuple[Any, str]:
    ok(sign_up(w))
    token = ok(w.get("/__mock__/outbox?to=new@example.com"))[0]["token"]
    return w.post("/v1/auth/verify-email", {"token": token}), token


def forged(w: Witness, **claims: Any) -> Client:
    """A client whose token says what we like and is signed with a key of our own."""
    held = jwt.decode(w.tokens("user@example.com")["access_token"], options={"verify_signature": False})
    return w.bearer(jwt.encode({**held, **claims}, "not-the-platform's-key-" * 3, algorithm="HS256"))


def me(client: Client) -> Any:
    return client.get("/v1/auth/me").status


# -- sign-up and login -----------------------------------------------------------------------------------------------

add("auth-signup-answers-200", "status", "POST /v1/auth/signup", "Signing up answers 200 where 201 is promised.",
    status(200), lambda w: sign_up(w).status)  # fmt: skip
add("auth-signup-hands-out-tokens", "field", "POST /v1/auth/signup", "The response of a sign-up holds an access token.",
    extra("access_token", "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"), lambda w: sorted(ok(sign_up(w))))  # fmt: skip
add("auth-signup-takes-no-address", "validation", "POST /v1/auth/signup", "Any text is taken for an e-mail address.",
    body("email", format=None), lambda w: sign_up(w, email="not-an-address").status)  # fmt: skip
add("auth-signup-asks-eight", "bounds", "POST /v1/auth/signup", "A password of 7 characters is refused at sign-up.",
    body("password", minLength=8), lambda w: sign_up(w, password="s3cure!").status)  # fmt: skip
add("auth-signup-takes-six", "bounds", "POST /v1/auth/signup", "A password of 6 characters is accepted at sign-up.",
    body("password", minLength=6), lambda w: sign_up(w, password="s3cure").status)  # fmt: skip
add("auth-signup-takes-endless-password", "bounds", "POST /v1/auth/signup", "A password may be longer than 128.",
    body("password", maxLength=None), lambda w: sign_up(w, password="p" * 129).status)  # fmt: skip
add("auth-signup-same-address-twice", "duplicates", "POST /v1/auth/signup", "An address may sign up twice.",
    skips(_people, "require_free_email"), lambda w: (sign_up(w).status, sign_up(w).status))  # fmt: skip
add("auth-signup-unknown-tenant-500", "500", "POST /v1/auth/signup", "A tenant that is not there is a crash.",
    crash(lambda call: call.body.get("tenant_id", "default") not in call.state["tenants"]),
    lambda w: sign_up(w, tenant_id="nowhere").status)  # fmt: skip


def _login_any_tenant(inner: Any, world: Any, email: str, tenant_id: str) -> Any:
    return inner(world, email, tenant_id) or world.state["users"].first(email=email.lower())


def _seen_as(**fields: Any) -> Any:
    """Find the account of a login as if it were in another state."""
    return swap(_people, "by_email", lambda inner, *args: (found := inner(*args)) and {**found, **fields})


def _unknown_is_404(call: Call, inner: Any) -> Any:
    if _people.by_email(call.world, call.body["email"], call.body.get("tenant_id", "default")) is None:
        raise Problem(404, "There is no such account.")
    return inner(call)


def log_in(w: Witness, email: str, password: str, **more: Any) -> int:
    return w.post("/v1/auth/login", {"email": email, "password": password, **more}).status


add("auth-login-unverified", "states", "POST /v1/auth/login", "An account logs in before its address is verified.",
    _seen_as(email_verified=True), lambda w: log_in(w, "unverified@example.com", "s3cure!unverified"))  # fmt: skip
add("auth-login-deactivated", "states", "POST /v1/auth/login", "A deactivated account logs in.",
    _seen_as(is_active=True), lambda w: log_in(w, "inactive@example.com", "s3cure!inactive"))  # fmt: skip
add("auth-login-tells-unknown", "status", "POST /v1/auth/login", "An unknown address is 404, a wrong password is 401.",
    around(_unknown_is_404), lambda w: log_in(w, "nobody@example.com", "s3cure!nobody"))  # fmt: skip
add("auth-login-across-tenants", "isolation", "POST /v1/auth/login", "A tenant that lacks an address finds another's.",
    swap(_people, "by_email", _login_any_tenant),
    lambda w: log_in(w, "dev@example.com", "s3cure!dev", tenant_id="acme"))  # fmt: skip
add("auth-login-any-password", "auth", "POST /v1/auth/login", "Passwords match when they begin alike.",
    swap(_people, "password_matches", lambda inner, user, word: inner(user, word) or inner(user, word[:7])),
    lambda w: log_in(w, "user@example.com", "s3cure!?and-more"))  # fmt: skip
add("auth-login-expires-in-lies", "field", "POST /v1/auth/login", "expires_in is 900 and the token lives an hour.",
    put("expires_in", 900), lambda w: w.tokens("user@example.com")["expires_in"])  # fmt: skip
add("auth-login-token-type", "enum", "POST /v1/auth/login", "token_type is spelt JWT.",
    put("token_type", "JWT"), lambda w: w.tokens("user@example.com")["token_type"])  # fmt: skip
add("auth-login-empty-password-500", "500", "POST /v1/auth/login", "An empty password is a crash.",
    crash(lambda call: not call.body["password"]), lambda w: log_in(w, "user@example.com", ""))  # fmt: skip
add("auth-login-one-session", "effects", "POST /v1/auth/login", "A login ends the person's other sessions.",
    before(lambda call: _tokens.close_sessions(
        call.world, (_people.by_email(call.world, call.body["email"], "default") or {"imperal_id": ""})["imperal_id"]
    )),
    lambda w: (w.ada, w.login(), me(w.ada))[2])  # fmt: skip
add("auth-login-last-login-stands", "timestamps", "POST /v1/auth/login", "last_login does not move with a login.",
    still("users", "last_login"),
    lambda w: (ok(w.ada.get("/v1/auth/me"))["last_login"] or "")
    < ok(w.login().get("/v1/auth/me"))["last_login"])  # fmt: skip
add("auth-verify-twice", "rotation", "POST /v1/auth/verify-email", "A mailed token verifies more than once.",
    keeps("verifications"),
    lambda w: w.post("/v1/auth/verify-email", {"token": verify(w)[1]}).status)  # fmt: skip
add("auth-verify-brings-nothing", "effects", "POST /v1/auth/verify-email", "A new account gets no system apps.",
    skips(_people, "welcome"),
    lambda w: len(ok(w.bearer(ok(verify(w)[0])["access_token"]).get("/v1/me/extensions"))))  # fmt: skip
add("auth-verify-unknown-404", "status", "POST /v1/auth/verify-email", "An unknown mailed token is 404.",
    around(lambda call, inner: inner(call) if _tokens.digest(call.body["token"]) in call.state["verifications"]
           else _refuse(404)),
    lambda w: w.post("/v1/auth/verify-email", {"token": "verify_nothing"}).status)  # fmt: skip


def _refuse(code: int) -> Any:
    raise Problem(code, "Refused.")


# -- refresh, logout, passwords --------------------------------------------------------------------------------------


def _same_again(call: Call, inner: Any) -> Any:
    old = call.body["refresh_token"]
    session = call.state["sessions"].first(refresh_hash=_tokens.digest(old))
    pair = inner(call)
    call.state["sessions"].update(session["session_id"], refresh_hash=_tokens.digest(old))
    return {**pair, "refresh_token": old}


def _reusable() -> Any:
    used: dict[str, str] = {}

    def act(call: Call, inner: Any) -> Any:
        presented = _tokens.digest(call.body["refresh_token"])
        session = call.state["sessions"].first(refresh_hash=presented)
        if session is not None:
            used[presented] = session["session_id"]
        held = call.state["sessions"].get(used.get(presented))
        if session is None and held is not None:
            return _tokens._pair(call.world, call.state["users"].get(held["user_id"]), held)
        return inner(call)

    return around(act)


def _other_session(call: Call, inner: Any) -> Any:
    session = call.state["sessions"].first(refresh_hash=_tokens.digest(call.body["refresh_token"]))
    if session is None:
        return inner(call)
    call.state["sessions"].remove(session["session_id"])
    return _tokens.open_session(call.world, call.state["users"].get(session["user_id"]), client=call.client)


def refresh(w: Witness, token: str) -> Any:
    return w.post("/v1/auth/refresh", {"refresh_token": token})


def reused(w: Witness) -> tuple[int, int, int]:
    old = w.tokens("user@example.com")["refresh_token"]
    fresh = ok(refresh(w, old))["refresh_token"]
    return refresh(w, old).status, fresh == old, refresh(w, fresh).status


def sid_after_refresh(w: Witness) -> bool:
    pair = w.tokens("user@example.com")
    ids = [
        jwt.decode(one["access_token"], options={"verify_signature": False})["sid"]
        for one in (pair, ok(refresh(w, pair["refresh_token"])))
    ]
    return ids[0] == ids[1]


def after_logout(w: Witness) -> tuple[int, int]:
    pair = w.tokens("user@example.com")
    ok(w.post("/v1/auth/logout", {"refresh_token": pair["refresh_token"]}))
    return refresh(w, pair["refresh_token"]).status, me(w.bearer(pair["access_token"]))


add("auth-refresh-same-token", "rotation", "POST /v1/auth/refresh", "A refresh answers the token that it was given.",
    around(_same_again), reused)  # fmt: skip
add("auth-refresh-old-token-lives", "rotation", "POST /v1/auth/refresh", "A used refresh token works again.",
    _reusable(), reused)  # fmt: skip
add("auth-refresh-other-session", "rotation", "POST /v1/auth/refresh", "A refresh moves the login to a new session.",
    around(_other_session), sid_after_refresh)  # fmt: skip
add("auth-refresh-unknown-403", "status", "POST /v1/auth/refresh", "A dead refresh token is 403 instead of 401.",
    around(lambda call, inner: _as(403, inner, call)), lambda w: refresh(w, "imp_rt_nothing").status)  # fmt: skip
add("auth-logout-ends-nothing", "delete", "POST /v1/auth/logout", "A logout leaves the session alive.",
    instead(lambda _call: {"message": "Logged out."}), after_logout)  # fmt: skip
add("auth-logout-unknown-401", "status", "POST /v1/auth/logout", "Logging out with an unknown token is refused.",
    around(lambda call, inner: inner(call) if call.state["sessions"].first(
        refresh_hash=_tokens.digest(call.body["refresh_token"])) else _refuse(401)),
    lambda w: w.post("/v1/auth/logout", {"refresh_token": "imp_rt_nothing"}).status)  # fmt: skip


def _as(code: int, inner: Any, call: Call) -> Any:
    try:
        return inner(call)
    except Problem as problem:
        raise Problem(code, problem.detail) from None


def change(client: Client, new: str, current: str = "s3cure!") -> int:
    path, sent = "/v1/auth/me/change-password", {"current_password": current, "new_password": new}
    return client.post(path, sent).status


add("auth-password-unchecked", "validation", "POST /v1/auth/me/change-password", "The current password is not checked.",
    swap(_people, "password_matches", lambda *_args: True),
    lambda w: change(w.ada, "another-one", current="wrong"))  # fmt: skip
add("auth-password-not-stored", "persistence", "POST /v1/auth/me/change-password", "The new password is not stored.",
    loses("users"),
    lambda w: (change(w.ada, "another-one"), log_in(w, "user@example.com", "another-one")))  # fmt: skip
add("auth-password-sessions-live", "effects", "POST /v1/auth/me/change-password", "Other sessions outlive it.",
    skips(_tokens, "close_sessions", 0),
    lambda w: (other := w.login(), change(w.ada, "another-one"), me(other))[1:])  # fmt: skip
add("auth-password-takes-seven", "bounds", "POST /v1/auth/me/change-password", "A new password may have 7 characters.",
    body("new_password", minLength=7), lambda w: change(w.ada, "s3cure?"))  # fmt: skip
add("auth-password-wrong-403", "status", "POST /v1/auth/me/change-password", "A wrong current password is a 403.",
    around(lambda call, inner: _as(403, inner, call)),
    lambda w: change(w.ada, "another-one", current="wrong"))  # fmt: skip
add("auth-register-answers-200", "status", "POST /v1/auth/register", "Registering answers 200 where 201 is promised.",
    status(200), lambda w: w.svc.post("/v1/auth/register", NEW).status)  # fmt: skip
add("auth-register-same-address", "duplicates", "POST /v1/auth/register", "A taken address registers again.",
    skips(_people, "require_free_email"),
    lambda w: w.svc.post("/v1/auth/register", {**NEW, "email": "user@example.com"}).status)  # fmt: skip
add("auth-register-tenant-forgotten", "persistence", "POST /v1/auth/register", "The tenant is always default.",
    before(lambda call: call.body.pop("tenant_id", None)),
    lambda w: ok(w.bearer(ok(w.svc.post("/v1/auth/register", {**NEW, "tenant_id": "acme"}))["access_token"])
                 .get("/v1/auth/me"))["tenant_id"])  # fmt: skip

# -- who am I --------------------------------------------------------------------------------------------------------

add("auth-me-id-renamed", "field", "GET /v1/auth/me", "imperal_id is called user_id.",
    rename("imperal_id", "user_id"), lambda w: sorted(ok(w.ada.get("/v1/auth/me"))))  # fmt: skip
add("auth-me-email-null", "null", "GET /v1/auth/me", "The e-mail address is null.",
    null("email"), lambda w: ok(w.ada.get("/v1/auth/me"))["email"])  # fmt: skip
add("auth-me-time-without-offset", "timestamps", "GET /v1/auth/me", "created_at has no offset.",
    naive("created_at"), lambda w: ok(w.ada.get("/v1/auth/me"))["created_at"][-1])  # fmt: skip
add("auth-me-password-hash", "secrets", "GET /v1/auth/me", "The profile holds the hash of the password.",
    after(lambda call, shown: {**shown, "password_hash": _people.hash_password("s3cure!", "salt")}),
    lambda w: sorted(ok(w.ada.get("/v1/auth/me"))))  # fmt: skip
add("auth-me-forgets-billing", "effects", "GET /v1/auth/me", "The attributes lack the billing profile.",
    edit(lambda shown: shown["attributes"].pop("billing", None)),
    lambda w: sorted(ok(w.ada.get("/v1/auth/me"))["attributes"]))  # fmt: skip
add("auth-me-html", "content-type", "GET /v1/auth/me", "The profile is sent as text/html.",
    media("text/html; charset=utf-8"), lambda w: w.ada.get("/v1/auth/me").headers["content-type"])  # fmt: skip
add("auth-me-signature-unread", "auth", "GET /v1/auth/me", "A token signed with any key is good.",
    forgives(claimed), lambda w: me(forged(w, sub=GRACE)))  # fmt: skip
add("auth-me-session-unread", "auth", "GET /v1/auth/me", "A token outlives the logout of its session.",
    forgives(signed), after_logout)  # fmt: skip
add("auth-sessions-refresh-token", "auth", "GET /v1/auth/sessions", "A refresh token is good as a bearer token.",
    forgives(refresher),
    lambda w: w.bearer(w.tokens("user@example.com")["refresh_token"]).get("/v1/auth/sessions").status)  # fmt: skip
add("auth-inactive-token-works", "auth", "POST /v1/auth/sessions/revoke-others",
    "A deactivated person's token still works.",
    forgives(signed),
    lambda w: (w.katherine, ok(w.grace.patch("/v1/users/imp_u_view01", {"is_active": False})),
               w.katherine.post("/v1/auth/sessions/revoke-others").status)[2])  # fmt: skip
add("auth-sessions-anyone", "auth", "GET /v1/auth/sessions", "Without a credential the sessions of a user are shown.",
    forgives(person(ADA)), lambda w: w.get("/v1/auth/sessions").status)  # fmt: skip
add("auth-password-other-scheme", "auth", "POST /v1/auth/me/change-password", "A token is good under any scheme name.",
    reads("authorization", lambda sent: re.sub(r"^\w+", "Bearer", sent)),
    lambda w: change(Client(w.app, {"Authorization": f"Basic {w.tokens('user@example.com')['access_token']}"}),
                     "another-one"))  # fmt: skip
add("auth-sessions-unknown-key-id", "auth", "GET /v1/auth/sessions", "The kid of a token is not looked at.",
    loosely(_tokens, "verify", lambda inner, world, token: inner(world, token) or _without_kid(world, token)),
    lambda w: w.bearer(_signed_without_kid(w)).get("/v1/auth/sessions").status)  # fmt: skip


def _without_kid(world: Any, token: str) -> Any:
    try:
        return jwt.decode(token, _tokens.signer(world)._public, algorithms=["RS256"])
    except jwt.InvalidTokenError:
        return None


def _signed_without_kid(w: Witness) -> str:
    held = jwt.decode(w.tokens("user@example.com")["access_token"], options={"verify_signature": False})
    return jwt.encode(held, _tokens.signer(w.world)._private, algorithm="RS256", headers={"kid": "another"})


# -- sessions --------------------------------------------------------------------------------------------------------


def sessions(client: Client) -> Any:
    return ok(client.get("/v1/auth/sessions"))["sessions"]


def _any_session(call: Call) -> Any:
    held = call.state["sessions"].get(call.params["session_id"])
    if held is None:
        raise Problem(404, "There is no such session.")
    call.state["sessions"].remove(held["session_id"])
    return {"status": "revoked"}


def revoke_foreign(w: Witness) -> tuple[int, int]:
    theirs = sessions(w.grace)[0]["session_id"]
    return w.ada.post(f"/v1/auth/sessions/{theirs}/revoke").status, me(w.grace)


def revoke_own(w: Witness) -> tuple[int, int]:
    other = w.login()
    theirs = next(one["session_id"] for one in sessions(other) if one["current"])
    return w.ada.post(f"/v1/auth/sessions/{theirs}/revoke").status, me(other)


add("auth-sessions-all-current", "field", "GET /v1/auth/sessions", "Every session says that it is the current one.",
    put("sessions.[].current", True),
    lambda w: (w.login(), [one["current"] for one in sessions(w.ada)])[1])  # fmt: skip
add("auth-sessions-everybodys", "isolation", "GET /v1/auth/sessions", "The sessions of all people are listed.",
    store("sessions", newest=lambda self, **_equals: Store.newest(self)),
    lambda w: (w.grace, len(sessions(w.ada)))[1])  # fmt: skip
add("auth-sessions-local-time", "timestamps", "GET /v1/auth/sessions", "last_seen_at is two hours ahead and says Z.",
    field("sessions.[].last_seen_at", lambda text: text[:11] + f"{(int(text[11:13]) + 2) % 24:02d}" + text[13:]),
    lambda w: [one["last_seen_at"][:13] == one["created_at"][:13] for one in sessions(w.ada)])  # fmt: skip
add("auth-session-revoke-nothing", "delete", "POST /v1/auth/sessions/{session_id}/revoke", "A revoked session lives.",
    keeps("sessions"), revoke_own)  # fmt: skip
add("auth-session-revoke-foreign", "isolation", "POST /v1/auth/sessions/{session_id}/revoke",
    "Anybody's session may be revoked.", instead(_any_session), revoke_foreign)  # fmt: skip
add("auth-session-revoke-status", "enum", "POST /v1/auth/sessions/{session_id}/revoke", "status is ok, not revoked.",
    put("status", "ok"),
    lambda w: ok(w.ada.post(f"/v1/auth/sessions/{sessions(w.ada)[0]['session_id']}/revoke")))  # fmt: skip
add("auth-revoke-others-own-too", "delete", "POST /v1/auth/sessions/revoke-others", "The calling session ends too.",
    swap(_tokens, "close_sessions", lambda inner, world, user_id, keep=None: inner(world, user_id)),
    lambda w: (w.ada.post("/v1/auth/sessions/revoke-others").status, me(w.ada)))  # fmt: skip
add("auth-revoke-others-miscounts", "field", "POST /v1/auth/sessions/revoke-others", "The own session is counted too.",
    field("revoked", lambda count: count + 1),
    lambda w: (w.login(), ok(w.ada.post("/v1/auth/sessions/revoke-others")))[1])  # fmt: skip
