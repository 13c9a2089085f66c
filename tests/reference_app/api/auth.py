"""Registration, login, refresh, logout."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Response

from .. import clock
from ..faults import on
from ..models_people import Login, RefreshRequest, Registration, Tokens, UserOut
from ..problems import Refusal, conflict, header, refusals, unauthorized
from ..security import LIFETIME, SessionCaller, open_session, read_token, tokens
from ..store import User, hash_password, password_matches, store
from .views import user_view

router = APIRouter(prefix="/v1/auth", tags=["auth"])
ATTEMPTS = 10
WINDOW = timedelta(seconds=60)


@router.post(
    "/register",
    status_code=201,
    response_model=UserOut,
    responses={201: header("Location", "Where the own profile is."), **refusals(409, 415, 422)},
)
def register(body: Registration, response: Response) -> dict[str, Any]:
    """Create an account. An address can be used once, whatever its case."""
    password_hash = hash_password(body.password)
    with store.lock:
        if not on("unique-email-unchecked"):
            taken = store.user_by_email(body.email)
            if on("unique-email-case") and taken is not None and taken.email != body.email:
                taken = None
            if taken is not None:
                raise conflict("email_taken", "There is an account with this address.")
    if on("race-register"):
        time.sleep(0.15)
    with store.lock:
        unchecked = on("race-register") or on("unique-email-unchecked") or on("unique-email-case")
        if store.user_by_email(body.email) and not unchecked:
            raise conflict("email_taken", "There is an account with this address.")
        user = User(body.email, body.name, password_hash)
        store.users[user.id] = user
        response.headers["Location"] = "/v1/me"
        return user_view(user)


@router.post("/login", response_model=Tokens, responses=refusals(401, 415, 422, 429))
def login(body: Login) -> dict[str, Any]:
    """Start a session. After ten failures for an address within a minute further attempts are refused for a while."""
    with store.lock:
        since = clock.now() - WINDOW
        address = body.email.lower()
        failures = [one for one in store.failures.get(address, []) if one > since]
        if len(failures) >= ATTEMPTS and not on("rate-login-unlimited"):
            wait = int((failures[0] - since).total_seconds()) + 1
            raise Refusal(429, "too_many_attempts", "Too many failed attempts.", {"Retry-After": str(wait)})
        user = store.user_by_email(body.email)
        if user is None:
            if on("exists-login-unknown-email"):
                raise Refusal(404, "not_found", "There is no such account.")
            store.failures[address] = [*failures, clock.now()]
            raise unauthorized("Email or password is wrong.")
        right = password_matches(body.password, user.password_hash)
        if on("auth-password-ignored-case"):
            right = right or password_matches(body.password.lower(), user.password_hash)
        if not right:
            store.failures[address] = [*failures, clock.now()]
            raise unauthorized("Email or password is wrong.")
        lifetime = LIFETIME if on("auth-lifetime-ignored") else body.lifetime
        return {**open_session(user, lifetime), "expires_in": body.lifetime}


@router.post("/refresh", response_model=Tokens, responses=refusals(401, 415, 422))
def refresh(body: RefreshRequest) -> dict[str, Any]:
    """Get new tokens. A refresh token works once; when one comes again, its session ends."""
    with store.lock:
        session, claims = read_token(body.refresh_token, "refresh")
        if claims["jti"] != session.refresh_id and claims["typ"] == "refresh" and not on("rotation-old-works"):
            session.revoked = not on("rotation-reuse-keeps-session")
            raise unauthorized("This refresh token was used before.")
        if not on("rotation-same-token"):
            session.refresh_id = uuid4().hex
        answer = tokens(session, claims.get("ttl", LIFETIME) if claims["typ"] == "access" else LIFETIME)
        if on("rotation-new-token-dead"):
            session.refresh_id = uuid4().hex
        if on("rotation-access-of-first-user"):
            other = next(iter(store.users.values()))
            answer["access_token"] = open_session(other, LIFETIME)["access_token"]
        return answer


@router.post("/logout", status_code=204, responses=refusals(401))
def logout(caller: SessionCaller) -> None:
    """End the session: neither of its tokens works any more."""
    with store.lock:
        if on("auth-logout-ends-all"):
            for session in store.sessions.values():
                if session.user is caller.user:
                    session.revoked = True
        if caller.session is not None:
            caller.session.revoked = True
